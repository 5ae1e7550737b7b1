/* Moving elements between strided views: what Transpose, StridedSlice, Broadcast, Tile, Concat and
 * their kin share. Elements are whole bytes; their type does not matter. */
#ifndef RQ_OPS_COMMON_STRIDED_COPY_H
#define RQ_OPS_COMMON_STRIDED_COPY_H

#include "engine/ops/op.h"

#define RQ_STRIDED_COPY_RANK (2 * RQ_MAX_RANK + 2)

/* A nest of loops over two arrays, outermost first. Strides in elements: 0 repeats, negative ones
 * walk backwards. {0} is one element. */
typedef struct rq_strided_copy {
    int rank;
    int64_t dims[RQ_STRIDED_COPY_RANK], dst[RQ_STRIDED_COPY_RANK], src[RQ_STRIDED_COPY_RANK];
} rq_strided_copy;

/* Adds the next inner loop; merges it with the one outside where the strides allow. */
void rq_strided_copy_add(rq_strided_copy *copy, int64_t dim, int64_t dst_stride,
                         int64_t src_stride);
/* `element` in bytes: 1, 2, 4 or 8. dst and src point at the elements of index 0. */
void rq_strided_copy_run(const rq_strided_copy *copy, void *dst, const void *src, size_t element);
/* Into a dense row-major array of these dims. */
void rq_strided_copy_to_dense(void *dst, const void *src, int rank, const int64_t *dims,
                              const int64_t *src_strides, size_t element);

static inline void *rq_strided_at(void *data, int64_t index, size_t element)
{
    return (char *)data + index * (int64_t)element;
}
static inline const void *rq_strided_from(const void *data, int64_t index, size_t element)
{
    return (const char *)data + index * (int64_t)element;
}

/* Bytes of one element of a type that passed rq_infer_whole_bytes. */
static inline size_t rq_element_bytes(rq_dtype dt)
{
    return rq_dtype_bits(dt) / 8;
}
/* RQ_EUNSUPPORTED unless input i's elements are whole bytes (not u4, i4, u2, u1, string). */
rq_status rq_infer_whole_bytes(const rq_infer *ctx, uint32_t i);

/* -- axes, indices and lists of operators that move data -------------------------------------- */

/* Axis in [-rank, rank) made non-negative; RQ_EFORMAT otherwise. A rank of 0 counts as 1. */
rq_status rq_node_axis(const rq_node *node, int *out, int64_t axis, int rank);
/* A known list of distinct axes, made non-negative; at most RQ_MAX_RANK. */
rq_status rq_node_axes(const rq_node *node, int *out, int *n, const rq_tensor *t, int rank);
/* A known list of exactly n integers. */
rq_status rq_node_list(const rq_node *node, int64_t *out, size_t n, const rq_tensor *t,
                       const char *what);
/* RQ_EFORMAT unless the input's element type is an integer. */
rq_status rq_infer_integer(const rq_infer *ctx, uint32_t i);
/* Index in [-dim, dim) made non-negative; RQ_EARG naming layer and index otherwise (data may be
 * the user's). */
rq_status rq_node_index(const rq_node *node, int64_t *out, int64_t index, int64_t dim);

#endif
