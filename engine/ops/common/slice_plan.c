#include "engine/ops/common/slice_plan.h"

#include "engine/ops/common/strided_copy.h"

#include <string.h>

rq_slice rq_slice_all(const rq_shape *shape)
{
    rq_slice slice = {.rank = shape->rank};
    for (int i = 0; i < shape->rank; i++) {
        slice.step[i] = 1;
        slice.count[i] = shape->d[i];
    }
    return slice;
}

static int64_t clamp(int64_t x, int64_t lo, int64_t hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

rq_status rq_slice_bound(const rq_node *node, rq_slice *slice, int axis, int64_t dim, int64_t begin,
                         int64_t end, int64_t step)
{
    if (step == 0) return rq_node_fail(node, RQ_EFORMAT, "step 0 along dimension %d", axis);
    if (step == INT64_MIN) step++; /* as far as any step; keeps -step in range */
    bool back = step < 0;
    begin = clamp(begin < 0 ? begin + dim : begin, 0, back ? dim - 1 : dim);
    end = clamp(end < 0 ? end + dim : end, back ? -1 : 0, back ? dim - 1 : dim);
    int64_t span = step > 0 ? end - begin : begin - end;
    int64_t stride = step > 0 ? step : -step;
    slice->first[axis] = begin;
    slice->step[axis] = step;
    slice->count[axis] = dim > 0 && span > 0 ? (span - 1) / stride + 1 : 0;
    return RQ_OK;
}

/* Loops over the part: strides of the data to `data`, dense ones to `dense`. Returns the offset of
 * the first element in the data. */
static int64_t part_strides(int64_t *data, int64_t *dense, const rq_shape *shape,
                            const rq_slice *slice)
{
    int64_t offset = 0, stride = 1;
    rq_shape_strides(shape, data);
    for (int i = slice->rank - 1; i >= 0; i--) {
        dense[i] = stride;
        stride *= slice->count[i];
        offset += data[i] * slice->first[i];
        /* a single element has no step: a huge one would overflow */
        data[i] *= slice->count[i] > 1 ? slice->step[i] : 1;
    }
    return stride > 0 ? offset : 0;
}

void rq_slice_read(void *out, const void *data, const rq_shape *shape, const rq_slice *slice,
                   size_t element)
{
    int64_t far[RQ_MAX_RANK], dense[RQ_MAX_RANK];
    int64_t offset = part_strides(far, dense, shape, slice);
    rq_strided_copy copy = {0};
    for (int i = 0; i < slice->rank; i++)
        rq_strided_copy_add(&copy, slice->count[i], dense[i], far[i]);
    rq_strided_copy_run(&copy, out, rq_strided_from(data, offset, element), element);
}

void rq_slice_write(void *data, const rq_shape *shape, const rq_slice *slice, const void *part,
                    size_t element)
{
    int64_t far[RQ_MAX_RANK], dense[RQ_MAX_RANK];
    int64_t offset = part_strides(far, dense, shape, slice);
    rq_strided_copy copy = {0};
    for (int i = 0; i < slice->rank; i++)
        rq_strided_copy_add(&copy, slice->count[i], far[i], dense[i]);
    rq_strided_copy_run(&copy, rq_strided_at(data, offset, element), part, element);
}

rq_status rq_slice_from_inputs(rq_slice *slice, const rq_node *node, const rq_tensor *in,
                               uint32_t n_in, uint32_t first)
{
    const rq_shape *shape = &in[0].shape;
    int64_t start[RQ_MAX_RANK], stop[RQ_MAX_RANK], step[RQ_MAX_RANK];
    int axes[RQ_MAX_RANK], n_axes;
    size_t n;
    RQ_TRY(rq_tensor_ints(node, &in[first], start, RQ_MAX_RANK, &n));
    RQ_TRY(rq_node_list(node, stop, n, &in[first + 1], "stop"));
    RQ_TRY(rq_node_list(node, step, n, &in[first + 2], "step"));
    for (int i = 0; i < RQ_MAX_RANK; i++) axes[i] = i;
    n_axes = (int)n;
    if (rq_input_given(in, n_in, first + 3))
        RQ_TRY(rq_node_axes(node, axes, &n_axes, &in[first + 3], shape->rank));
    if (n_axes != (int)n || n_axes > shape->rank)
        return rq_node_fail(node, RQ_EFORMAT, "%zu bounds and %d axes for an input of rank %d", n,
                            n_axes, shape->rank);
    *slice = rq_slice_all(shape);
    for (int i = 0; i < n_axes; i++)
        RQ_TRY(rq_slice_bound(node, slice, axes[i], shape->d[axes[i]], start[i], stop[i], step[i]));
    return RQ_OK;
}
