/* Models as operands of `requant compare`: measured on the spot, in pairs with the first of them.
 */
#ifndef RQ_WORKBENCH_COMPARE_COMPARE_MODELS_H
#define RQ_WORKBENCH_COMPARE_COMPARE_MODELS_H

#include "engine/run/workload.h"
#include "quant/plan_file.h"
#include "reports/compare/compare.h"

/* Models are read and fitted one by one, so each has a workload of its own, made by the caller. */
typedef struct rq_compare_models_options {
    rq_status (*open_workload)(rq_workload *out, void *ctx); /* with data, not read yet */
    void *ctx;
    const char *labels;  /* file; NULL: as the data say */
    const char *command; /* for the report */
    const char *lint;    /* likewise: what checks the preprocessing */
    double seconds;      /* of timing each pair; 0: none */
} rq_compare_models_options;

typedef struct rq_compare_models {
    const rq_compare_models_options *options;
    rq_arena *arena;
    struct rq_measured_model *all; /* the last one first; reports borrow from them */
    struct rq_measured_model *first;
    rq_graph *recorded;    /* the first model that says how its images are prepared; NULL: none */
    double measuring_left; /* seconds that all pairs together may still be timed for stability */
} rq_compare_models;

bool rq_compare_is_model(const char *operand); /* by its name */

/* Options and arena are borrowed. */
void rq_compare_models_open(rq_compare_models *out, const rq_compare_models_options *options,
                            rq_arena *arena);
void rq_compare_models_close(rq_compare_models *models);
/* Whether the model says how its images are prepared (recorded_request.h): then all that are
 * measured later are measured so, where the options do not say otherwise. The first that does
 * counts. */
rq_status rq_compare_models_consult(rq_compare_models *models, const char *path);
/* Measures one model; the first counts as the original of those that follow. The report lives until
 * the models are closed. */
rq_status rq_compare_models_measure(rq_compare_run *out, rq_compare_models *models,
                                    const char *path);
/* What the model that was measured last computes in, as a plan; NULL: nothing in it is quantized.
 * To be destroyed by the caller, before the models are closed. */
rq_status rq_compare_models_plan(rq_plan_file **out, const rq_compare_models *models);

#endif
