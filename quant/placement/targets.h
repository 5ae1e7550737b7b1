/* Devices that a model is quantized for. */
#ifndef RQ_QUANT_PLACEMENT_TARGETS_H
#define RQ_QUANT_PLACEMENT_TARGETS_H

#include "engine/base/keyword.h"

typedef enum rq_target {
#define RQ_TARGET(id, word, help, rules) RQ_TARGET_##id,
#include "quant/placement/targets.def"
#undef RQ_TARGET
    RQ_TARGETS
} rq_target;

/* What a target asks for. */
enum {
    RQ_TARGET_PER_TENSOR = 1 << 0,     /* one range per activation, for depthwise layers, too */
    RQ_TARGET_JOINT_OPERANDS = 1 << 1, /* one range for all inputs of an element-wise operator */
    RQ_TARGET_STATIC_SHAPES = 1 << 2,
    /* Transposed convolutions with few channels stay in floating point; no zero points of others.
     */
    RQ_TARGET_GPU_DECONVOLUTION = 1 << 3,
    RQ_TARGET_QUANTIZED_OUTPUTS = 1 << 4 /* of layers with INT8 weights */
};

/* How they are spelled, by enumerator. */
extern const rq_keyword rq_targets[];

unsigned rq_target_rules(rq_target target);

#endif
