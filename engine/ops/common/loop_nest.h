/* Elements that are normalised together: a tensor seen as kept dimensions times reduced ones. */
#ifndef RQ_OPS_COMMON_LOOP_NEST_H
#define RQ_OPS_COMMON_LOOP_NEST_H

#include "engine/ops/op.h"

typedef struct rq_loop_nest {
    int rank;
    int64_t dims[RQ_MAX_RANK], strides[RQ_MAX_RANK];
    size_t count;
} rq_loop_nest;

/* reduced[d]: dimension d is inside a group. */
void rq_loop_nest_split(rq_loop_nest *groups, rq_loop_nest *members, const rq_shape *shape,
                        const bool *reduced);
/* The offset after `offset`, stepping `index` (all zero at first). */
int64_t rq_loop_nest_next(const rq_loop_nest *nest, int64_t *index, int64_t offset);
/* Axes of a tensor input as flags; RQ_EFORMAT when one is out of range. */
rq_status rq_loop_nest_axes(bool reduced[RQ_MAX_RANK], const rq_node *node, int rank,
                            const rq_tensor *axes);

#endif
