/* Where quantization goes: which values get a FakeQuantize for which consumers, which weights
 * become INT8, and why the rest stays in floating point. Structure only: no ranges, no statistics.
 *
 * By purpose: an operator asks for codes on its activation inputs where OpenVINO has an INT8 kernel
 * for it that is faster for them (int8_kernels.def); requests propagate upwards through operators
 * that only move values, as long as every consumer agrees; Concat asks the same of all its inputs,
 * with one range. All else between two such kernels stays in floating point. Propagation is NNCF
 * 3.4.0's, nncf/common/quantization/quantizer_propagation/solver.py; there every operator that can
 * be quantized asks. */
#ifndef RQ_QUANT_PLACEMENT_QUANTIZER_PLACEMENT_H
#define RQ_QUANT_PLACEMENT_QUANTIZER_PLACEMENT_H

#include "quant/placement/ignored_scope.h"
#include "quant/placement/int8_kernels.h"

/* What the kernels that read a value can take, each less than the one before. */
typedef enum rq_codes {
    RQ_CODES_ANY,
    RQ_CODES_SYMMETRIC, /* no zero point: transposed convolutions, input 0 of MatMul of two values
                         */
    RQ_CODES_SIGNED     /* nor unsigned ones: input 1 of that */
} rq_codes;

typedef struct rq_point {
    rq_id value;
    rq_use *uses; /* inputs that will read the quantized value */
    size_t n_uses;
    bool at_output;     /* every consumer of the data reads it quantized ("fq_output") */
    int axis;           /* per channel along this axis; -1: per tensor */
    rq_codes codes;     /* of all of its group alike */
    uint32_t group;     /* points of one group share one range (Concat) */
    const char *reason; /* "input of Convolution 'x'", "inputs of Concat 'y' share one scale" */
} rq_point;

typedef struct rq_weight_point {
    rq_id node;
    uint32_t port;          /* the input that holds weights */
    rq_id value;            /* constant after folding, f32 */
    int axis;               /* of output channels in the weight tensor */
    int n_axes;             /* 1, or 2 where groups and outputs are separate: axis 0 and 1 */
    rq_precision precision; /* RQ_PRECISION_INT8, or one of weights only: the layer then computes in
                               floating point, and no activation of it is quantized */
} rq_weight_point;

typedef struct rq_placement {
    rq_arena *arena;
    rq_point *points; /* in topological order of the producers */
    size_t n_points;
    rq_weight_point *weights; /* in topological order */
    size_t n_weights;
    const char **ignored; /* by node id: why a layer that would be quantized, or would hand on
                          quantized values, stays in floating point; else NULL */
} rq_placement;

/* An element-wise operator with a constant operand runs fused behind its producer: it takes what it
 * gets, but does not ask. */
bool rq_placement_is_fused(const rq_bound *bound, const rq_node *node);

/* The weights of a layer at one of its inputs, its precision unset. */
rq_weight_point rq_placement_weights_at(const rq_bound *bound, const rq_node *node, uint32_t port);

/* scope NULL: none. */
rq_status rq_placement_create(rq_placement **out, const rq_bound *bound, rq_precision precision,
                              rq_int8_isa isa, const rq_ignored_scope *scope);
void rq_placement_destroy(rq_placement **placement);

#endif
