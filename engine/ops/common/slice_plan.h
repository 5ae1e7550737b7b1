/* A rectangular part of a tensor, with steps: what StridedSlice, Slice and SliceScatter share. */
#ifndef RQ_OPS_COMMON_SLICE_PLAN_H
#define RQ_OPS_COMMON_SLICE_PLAN_H

#include "engine/ops/op.h"

/* Along each dimension of the data: `count` elements from `first` with `step` (not 0). */
typedef struct rq_slice {
    int rank;
    int64_t first[RQ_MAX_RANK], step[RQ_MAX_RANK], count[RQ_MAX_RANK];
} rq_slice;

/* All of `shape`. */
rq_slice rq_slice_all(const rq_shape *shape);
/* Sets one dimension of size `dim` from Python-like bounds: negative ones count from the end, those
 * outside are moved in. Backwards, a begin before the first element means the first element, as in
 * ONNX and OpenVINO (in Python: nothing). RQ_EFORMAT if step is 0. */
rq_status rq_slice_bound(const rq_node *node, rq_slice *slice, int axis, int64_t dim, int64_t begin,
                         int64_t end, int64_t step);
/* The part of `data` (of shape `shape`), as a dense array. */
void rq_slice_read(void *out, const void *data, const rq_shape *shape, const rq_slice *slice,
                   size_t element);
/* Overwrites the part of `data` with a dense array. */
void rq_slice_write(void *data, const rq_shape *shape, const rq_slice *slice, const void *part,
                    size_t element);
/* By inputs start, stop, step and (optional) axes at `first`, as Slice-8 and SliceScatter-15 have
 * them; all must be known. */
rq_status rq_slice_from_inputs(rq_slice *slice, const rq_node *node, const rq_tensor *in,
                               uint32_t n_in, uint32_t first);

#endif
