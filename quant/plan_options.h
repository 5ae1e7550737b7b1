/* What is asked of a plan, and saved in plan.json. */
#ifndef RQ_QUANT_PLAN_OPTIONS_H
#define RQ_QUANT_PLAN_OPTIONS_H

#include "quant/placement/ignored_scope.h"
#include "quant/placement/int8_kernels.h"
#include "quant/placement/precision.h"
#include "quant/placement/targets.h"
#include "quant/placement/zero_points.h"
#include "quant/weights.h"

typedef enum rq_preset {
    RQ_PRESET_PERFORMANCE, /* symmetric activations */
    RQ_PRESET_MIXED,       /* asymmetric activations: with a zero point */
    RQ_PRESET_AUTO         /* asymmetric where that gains more than its kernels lose */
} rq_preset;

/* Of weights. A plan is created with codes rounded to the nearest; round_plan.h fits them. */
typedef enum rq_rounding { RQ_ROUNDING_NEAREST, RQ_ROUNDING_ADAPTIVE } rq_rounding;

/* Cross-layer equalization, which comes before a plan: not tried, or where the outputs gain. */
typedef enum rq_equalize { RQ_EQUALIZE_OFF, RQ_EQUALIZE_AUTO } rq_equalize;

/* How they are spelled, by enumerator: in options, plan.json, rt_info and reports. */
extern const rq_keyword rq_presets[], rq_overflow_fixes[], rq_roundings[], rq_equalizations[];

#define RQ_GROUP_SIZE 64 /* of 4-bit weights, by default */

#define RQ_RANGE_AUTO "auto" /* instead of a range estimator's name: chosen per value */

typedef struct rq_plan_options {
    rq_precision precision; /* of layers that a plan to follow does not name; not FP32 */
    rq_target target;
    rq_preset preset;
    rq_overflow overflow;
    rq_int8_isa isa;               /* of the kernels that codes are placed for */
    rq_zero_point_isa zero_points; /* whose kernels read zero points */
    bool may_saturate;             /* the target ISA has vpmaddubsw only (any, avx2, avx512) */
    const char *range;             /* a range estimator's name; NULL: chosen per value */
    bool bias_correction;
    rq_rounding rounding; /* wanted */
    size_t group_size;    /* of 4-bit weights: inputs that share a scale, or nearly so many */
    double ratio;         /* of the weights that may get 4 bits: how many of them do, 0..1 */
    rq_ignored_scope scope;
} rq_plan_options;

/* The range estimator's name, or RQ_RANGE_AUTO. */
const char *rq_plan_range_name(const rq_plan_options *options);

#endif
