#include "engine/ops/common/loop_nest.h"

void rq_loop_nest_split(rq_loop_nest *groups, rq_loop_nest *members, const rq_shape *shape,
                        const bool *reduced)
{
    int64_t strides[RQ_MAX_RANK];
    rq_shape_strides(shape, strides);
    *groups = *members = (rq_loop_nest){.count = 1};
    for (int d = 0; d < shape->rank; d++) {
        rq_loop_nest *to = reduced[d] ? members : groups;
        to->dims[to->rank] = shape->d[d];
        to->strides[to->rank++] = strides[d];
        to->count *= (size_t)shape->d[d];
    }
}

int64_t rq_loop_nest_next(const rq_loop_nest *nest, int64_t *index, int64_t offset)
{
    for (int d = nest->rank - 1; d >= 0; d--) {
        offset += nest->strides[d];
        if (++index[d] < nest->dims[d]) break;
        offset -= nest->strides[d] * nest->dims[d];
        index[d] = 0;
    }
    return offset;
}

rq_status rq_loop_nest_axes(bool reduced[RQ_MAX_RANK], const rq_node *node, int rank,
                            const rq_tensor *axes)
{
    int64_t list[RQ_MAX_RANK];
    size_t n;
    for (int d = 0; d < RQ_MAX_RANK; d++) reduced[d] = false;
    RQ_TRY(rq_tensor_ints(node, axes, list, RQ_MAX_RANK, &n));
    for (size_t i = 0; i < n; i++) {
        int axis;
        rq_status status = rq_axis_normalize(&axis, list[i], rank, "axis");
        if (status != RQ_OK)
            return rq_fail_prefix(status, "layer '%s' (%s)", node->name, node->type);
        reduced[axis] = true;
    }
    return RQ_OK;
}
