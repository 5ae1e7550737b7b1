/* What is asked of a plan, and saved in plan.json. */
#ifndef RQ_QUANT_PLAN_OPTIONS_H
#define RQ_QUANT_PLAN_OPTIONS_H

#include "quant/ignored_scope.h"
#include "quant/weights.h"

typedef enum rq_preset {
    RQ_PRESET_PERFORMANCE, /* symmetric activations */
    RQ_PRESET_MIXED,       /* asymmetric activations: a zero point, 1 to 3 % slower */
    RQ_PRESET_AUTO /* asymmetric where symmetric codes would lie idle: see decide_activations.c */
} rq_preset;

typedef struct rq_plan_options {
    rq_preset preset;
    rq_overflow overflow;
    bool may_saturate; /* the target ISA has vpmaddubsw only (any, avx2, avx512) */
    const char *range; /* a range estimator's name; NULL: chosen per value */
    bool bias_correction;
    bool search_scale;
    bool adaptive_rounding; /* wanted: rq_quant_plan_create rounds to the nearest, round_plan.h fits
                             */
    rq_ignored_scope scope;
} rq_plan_options;

#endif
