/* The plan: every decision of a quantization and its reason. The only place that decides; apply.c
 * carries it out, plan_json.c writes it for people and reads it back. */
#ifndef RQ_QUANT_PLAN_H
#define RQ_QUANT_PLAN_H

#include "calib/stats.h"
#include "quant/equalize.h"
#include "quant/place.h"
#include "quant/weights.h"

typedef enum rq_preset {
    RQ_PRESET_PERFORMANCE, /* symmetric activations */
    RQ_PRESET_MIXED,       /* asymmetric activations: a zero point, 1 to 3 % slower */
    RQ_PRESET_AUTO /* asymmetric where symmetric codes would lie idle: see decide_activations.c */
} rq_preset;

typedef struct rq_plan_options {
    rq_preset preset;
    rq_overflow overflow;
    bool may_saturate;               /* the target ISA has vpmaddubsw only (any, avx2, avx512) */
    const char *range;               /* a range estimator's name; NULL: chosen per value */
    const char *const *point_ranges; /* by point of the placement: its estimator instead of `range`,
                                        NULL for that; borrowed until the plan is created */
    const char *point_reason;        /* what spoke for them, borrowed as long */
    bool activations_only;           /* weights stay as they are: to try ranges */
    bool bias_correction;
    bool search_scale;
    bool fit_codes;   /* wanted: rq_plan_create rounds to the nearest, round_plan.h fits */
    unsigned threads; /* workers; 0 is 1. Plans do not depend on it */
    rq_scope scope;
    const struct rq_plan_file
        *given; /* a plan to follow (plan_file.h), which outlives this one; NULL */
} rq_plan_options;

/* One FakeQuantize. */
typedef struct rq_plan_activation {
    rq_point point;
    int rank;          /* of the value */
    int levels;        /* 256 */
    size_t n;          /* ranges: 1, or channels along point.axis */
    float *low, *high; /* output range equals input range */
    const char *estimator;
    const char *choice;   /* what spoke for the estimator; NULL: it was asked for */
    double noise, signal; /* mean squares over the calibration set: of x - FQ(x), and of x */
} rq_plan_activation;

/* One weighted layer. */
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

typedef struct rq_plan {
    rq_arena *arena;
    rq_plan_options options;
    rq_placement *placement;
    rq_plan_activation *activations;
    size_t n_activations;
    rq_plan_weight *weights;
    size_t n_weights;
    const rq_equalize_move *moves; /* made before this plan, of the graph it is for: borrowed */
    size_t n_moves;
} rq_plan;

/* By graph value id: nonzero where statistics must be gathered for any plan of this graph. */
rq_status rq_plan_wanted(uint8_t **wanted, const rq_bound *bound);
/* (*axes)[value id], to be freed: along which axis its readers see channels, 1 or what a MatMul
 * sums over; -1: none, as where that dimension is dynamic. */
rq_status rq_plan_channel_axes(int **axes, const rq_bound *bound);

/* Decides everything from statistics; no inference. `stats` names values by rq_value_name; NULL
 * where only weights are quantized.
 * With options->given: its precisions, ranges and scales are taken; what its edits leave open (a
 * value that is quantized now and was not) is decided from the statistics. */
rq_status rq_plan_create(rq_plan **out, const rq_bound *bound, const rq_stats *stats,
                         const rq_plan_options *options);
void rq_plan_destroy(rq_plan **plan);

#endif
