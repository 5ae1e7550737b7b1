/* The plan: every decision of a quantization and its reason. plan_create.c decides, apply.c carries
 * it out, plan_json.c writes it for people. */
#ifndef RQ_QUANT_PLAN_H
#define RQ_QUANT_PLAN_H

#include "calib/stats.h"
#include "quant/compress/compress_plan.h"
#include "quant/equalize.h"
#include "quant/given_differences.h"
#include "quant/plan_options.h"

/* One FakeQuantize. */
typedef struct rq_plan_activation {
    rq_point point;
    int rank;          /* of the value */
    int levels;        /* 256 */
    size_t n;          /* ranges: 1, or channels along point.axis */
    float *low, *high; /* output range equals input range */
    const char *estimator;
    const char *estimator_reason; /* what spoke for the estimator; NULL: it was asked for */
    double noise, signal; /* mean squares over the calibration set: of x - FQ(x), and of x */
} rq_plan_activation;

/* One weighted layer that computes in INT8. */
typedef struct rq_plan_weight {
    rq_weight_point point;
    int out_rank; /* of the layer's output */
    rq_weight_layout layout;
    rq_weight_codes codes;
    const char *overflow; /* what was done against saturation, and why */
    int code_limit;       /* codes are in -code_limit..code_limit, */
    bool repair_pairs;    /* and no pair of them may saturate int16 */
    const char *rounding; /* how codes were rounded, and why; NULL: to the nearest */
    float *bias_shift;    /* per output channel, added to the bias; NULL when nothing is */
    size_t shared_with;   /* index of an earlier entry with the same weights, or its own */
} rq_plan_weight;

typedef struct rq_quant_plan {
    rq_arena *arena;
    rq_plan_options options; /* what it was asked for; saved with it */
    rq_placement *placement;
    rq_plan_activation *activations;
    size_t n_activations;
    rq_plan_weight *weights;
    size_t n_weights;
    rq_plan_compressed *compressed; /* weights of layers that compute in floating point, tables */
    size_t n_compressed;
    const rq_channel_equalization
        *equalizations; /* made before this plan, of the graph it is for: borrowed */
    size_t n_equalizations;
    rq_given_differences differences; /* from the plan file that it follows; else none */
} rq_quant_plan;

/* By graph value id: nonzero where statistics must be gathered for any plan of this graph. */
rq_status rq_plan_observed_values(uint8_t **observed, const rq_bound *bound);
/* (*axes)[value id], to be freed: along which axis its readers see channels, 1 or what a MatMul
 * sums over; -1: none, as where that dimension is dynamic. */
rq_status rq_plan_channel_axes(int **axes, const rq_bound *bound);

void rq_quant_plan_destroy(rq_quant_plan **plan);

#endif
