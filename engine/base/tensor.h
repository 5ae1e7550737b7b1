/* Shapes and tensor views. Dense, row-major: d[rank-1] is innermost.
 * Letters used in this code base: N batch, C channels, H rows, W columns, G groups,
 * O output channels, I input channels, K kernel. */
#ifndef RQ_BASE_TENSOR_H
#define RQ_BASE_TENSOR_H

#include "engine/base/dtype.h"
#include "engine/base/mem.h"

#define RQ_MAX_RANK 10
#define RQ_DYNAMIC (-1)
/* Elements in one tensor at most: keeps a hostile shape from claiming the machine's memory. */
#define RQ_MAX_ELEMENTS ((int64_t)1 << 33)

typedef struct rq_shape {
    int rank;               /* -1: unknown rank */
    int64_t d[RQ_MAX_RANK]; /* d[0] outermost; RQ_DYNAMIC where unknown */
} rq_shape;

/* A view: owns nothing. data == NULL means "no data" (an absent optional input). */
typedef struct rq_tensor {
    rq_dtype dtype;
    rq_shape shape;
    void *data;
} rq_tensor;

#define RQ_SHAPE_SCALAR ((rq_shape){0, {0}})

rq_shape rq_shape_make(int rank, const int64_t *dims);
bool rq_shape_equal(const rq_shape *a, const rq_shape *b);
bool rq_shape_is_static(const rq_shape *s);
/* Number of elements of a static shape whose product was checked (rq_shape_check). rank 0: 1. */
size_t rq_shape_count(const rq_shape *s);
/* Product of d[begin..end). */
size_t rq_shape_span(const rq_shape *s, int begin, int end);
/* Where element i of row-major memory lies in that with dim 1 last. rank >= 2. */
size_t rq_shape_channels_last(const rq_shape *s, size_t i);
/* Refuses negative dims (RQ_DYNAMIC allowed if `dynamic_ok`), and products past RQ_MAX_ELEMENTS. */
rq_status rq_shape_check(const rq_shape *s, bool dynamic_ok, const char *what);
/* "[1,3,224,224]", "?" for dynamic, "[?...]" for unknown rank; returns buffer. */
#define RQ_SHAPE_TEXT 256
const char *rq_shape_text(const rq_shape *s, char buffer[RQ_SHAPE_TEXT]);
/* Row-major strides in elements. */
void rq_shape_strides(const rq_shape *s, int64_t strides[RQ_MAX_RANK]);
/* Axis in [-rank, rank) made non-negative; RQ_EARG with `what` otherwise. */
rq_status rq_axis_normalize(int *out, int64_t axis, int rank, const char *what);

static inline size_t rq_tensor_count(const rq_tensor *t)
{
    return rq_shape_count(&t->shape);
}
/* Bytes of the tensor's data (sub-byte types rounded up). */
size_t rq_tensor_bytes(const rq_tensor *t);
/* The same tensor with data of its own, aligned to RQ_ALIGN, to be freed; NULL after a failure. */
rq_status rq_tensor_clone(rq_tensor *out, const rq_tensor *from);

#endif
