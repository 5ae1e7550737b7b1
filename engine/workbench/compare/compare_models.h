/* Models as operands of `requant compare`: measured on the spot, in pairs with the first of them.
 */
#ifndef RQ_WORKBENCH_COMPARE_COMPARE_MODELS_H
#define RQ_WORKBENCH_COMPARE_COMPARE_MODELS_H

#include "engine/cli/command.h"
#include "quant/plan_file.h"
#include "reports/compare/compare.h"

extern const rq_option rq_compare_model_options[]; /* --data, --labels, --seconds, ... */

typedef struct rq_compare_models {
    const rq_args *args;
    rq_arena *arena;
    double seconds;                /* of timing each pair; 0: none */
    struct rq_measured_model *all; /* the last one first; reports borrow from them */
    struct rq_measured_model *first;
} rq_compare_models;

bool rq_compare_is_model(const char *operand); /* by its name */

/* RQ_EARG without --data. */
rq_status rq_compare_models_open(rq_compare_models *out, const rq_args *args, rq_arena *arena);
void rq_compare_models_close(rq_compare_models *models);
/* Measures one model; the first counts as the original of those that follow. The report lives until
 * the models are closed. */
rq_status rq_compare_models_measure(rq_compare_run *out, rq_compare_models *models,
                                    const char *path);
/* What the model that was measured last computes in, as a plan; NULL: nothing in it is quantized.
 * To be destroyed by the caller, before the models are closed. */
rq_status rq_compare_models_plan(rq_plan_file **out, const rq_compare_models *models);

#endif
