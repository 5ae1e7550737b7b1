/* What a layer has to do: arithmetic and memory traffic, from its shapes. */
#ifndef RQ_OPS_WORK_H
#define RQ_OPS_WORK_H

#include "engine/ops/bind.h"

typedef struct rq_work {
    double flops; /* a multiplication and an addition are two; a moved value is none */
    double bytes; /* every input read once and every output written once, as rq_work_of has them */
} rq_work;

/* Zero for layers that are not run (constants) or move nothing (views, Parameter, Result), and
 * where shapes are known only at run time. Layers of nested bodies are not counted. */
double rq_work_flops_of(const rq_bound *bound, rq_id node);
/* Bytes are those of the IR's types, but for what is quantized: of weights that the IR holds as
 * integers, and of what a FakeQuantize of at most 256 levels makes, they are those of the codes. A
 * value that nothing but such FakeQuantizes read is written as codes by the layer that makes it,
 * and they move nothing. `uses` is of the bound graph. within[value]: the value never is in memory;
 * NULL: all are. */
rq_work rq_work_of(const rq_bound *bound, rq_id node, const rq_uses *uses, const bool *within);
/* The sum over all layers; 0 for NULL. */
double rq_work_total_flops(const rq_bound *bound);

/* -- for operators' `flops` ------------------------------------------------------------------- */

/* Elements; 0 for NULL. */
static inline double rq_work_count(const rq_shape *shape)
{
    return shape ? (double)rq_shape_count(shape) : 0;
}
/* Size of dim `axis`; negative axes count from the end. 1 if it is not there, or for NULL. */
double rq_work_extent(const rq_shape *shape, int axis);

#endif
