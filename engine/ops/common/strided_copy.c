#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <string.h>

void rq_strided_copy_add(rq_strided_copy *copy, int64_t dim, int64_t dst_stride, int64_t src_stride)
{
    if (dim == 1) return;
    int outer = copy->rank - 1;
    if (outer >= 0 && copy->dst[outer] == dim * dst_stride &&
        copy->src[outer] == dim * src_stride) {
        copy->dims[outer] *= dim;
        copy->dst[outer] = dst_stride;
        copy->src[outer] = src_stride;
        return;
    }
    copy->dims[copy->rank] = dim;
    copy->dst[copy->rank] = dst_stride;
    copy->src[copy->rank] = src_stride;
    copy->rank++;
}

/* The two innermost loops: `rows` of `n` elements, steps in bytes. */
typedef struct rectangle {
    int64_t rows, dst_row, src_row;
    int64_t n, dst_step, src_step;
} rectangle;

/* One function per element size; memcpy of a fixed size is one load or store and copes with
 * constants that lie unaligned in a .bin file. */
#define COPY_RECTANGLE(size)                                                                       \
    static void fill_row_##size(char *dst, const char *src, int64_t n)                             \
    {                                                                                              \
        uint##size##_t x;                                                                          \
        memcpy(&x, src, sizeof x);                                                                 \
        for (int64_t i = 0; i < n; i++) memcpy(dst + i * (int64_t)sizeof x, &x, sizeof x);         \
    }                                                                                              \
    static void move_##size(char *dst, const char *src, const rectangle *r)                        \
    {                                                                                              \
        const int64_t bytes = size / 8;                                                            \
        for (int64_t i = 0; i < r->rows; i++, dst += r->dst_row, src += r->src_row) {              \
            if (r->dst_step == bytes && r->src_step == bytes && r->n > 8)                          \
                memcpy(dst, src, (size_t)(r->n * bytes));                                          \
            else if (r->dst_step == bytes && r->src_step == 0)                                     \
                fill_row_##size(dst, src, r->n);                                                   \
            else                                                                                   \
                for (int64_t k = 0; k < r->n; k++)                                                 \
                    memcpy(dst + k * r->dst_step, src + k * r->src_step, size / 8);                \
        }                                                                                          \
    }
COPY_RECTANGLE(8)
COPY_RECTANGLE(16)
COPY_RECTANGLE(32)
COPY_RECTANGLE(64)

typedef void move_fn(char *dst, const char *src, const rectangle *r);
static move_fn *const moves[] = {[1] = move_8, [2] = move_16, [4] = move_32, [8] = move_64};

void rq_strided_copy_run(const rq_strided_copy *copy, void *dst, const void *src, size_t element)
{
    int64_t at[RQ_STRIDED_COPY_RANK] = {0}, size = (int64_t)element;
    char *to = dst;
    const char *from = src;
    for (int i = 0; i < copy->rank; i++)
        if (copy->dims[i] == 0) return;
    rectangle inside = {.rows = 1, .n = 1};
    int outer = copy->rank; /* loops outside of the rectangle */
    if (outer > 0) {
        inside.n = copy->dims[--outer];
        inside.dst_step = copy->dst[outer] * size;
        inside.src_step = copy->src[outer] * size;
    }
    if (outer > 0) {
        inside.rows = copy->dims[--outer];
        inside.dst_row = copy->dst[outer] * size;
        inside.src_row = copy->src[outer] * size;
    }
    for (;;) {
        moves[element](to, from, &inside);
        int i = outer - 1;
        for (; i >= 0; i--) {
            to += copy->dst[i] * size;
            from += copy->src[i] * size;
            if (++at[i] < copy->dims[i]) break;
            to -= copy->dst[i] * copy->dims[i] * size;
            from -= copy->src[i] * copy->dims[i] * size;
            at[i] = 0;
        }
        if (i < 0) return;
    }
}

void rq_strided_copy_to_dense(void *dst, const void *src, int rank, const int64_t *dims,
                              const int64_t *src_strides, size_t element)
{
    int64_t dst_strides[RQ_STRIDED_COPY_RANK], stride = 1;
    for (int i = rank - 1; i >= 0; i--) {
        dst_strides[i] = stride;
        stride *= dims[i];
    }
    rq_strided_copy copy = {0};
    for (int i = 0; i < rank; i++)
        rq_strided_copy_add(&copy, dims[i], dst_strides[i], src_strides[i]);
    rq_strided_copy_run(&copy, dst, src, element);
}

rq_status rq_infer_whole_bytes(const rq_infer *ctx, uint32_t i)
{
    rq_dtype dt = ctx->in[i].dtype;
    if (rq_dtype_bits(dt) >= 8) return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EUNSUPPORTED,
                        "input %u has elements of type %s, expected whole bytes", i,
                        rq_dtype_name(dt));
}

rq_status rq_node_axis(const rq_node *node, int *out, int64_t axis, int rank)
{
    int limit = rank > 0 ? rank : 1;
    if (axis < -limit || axis >= limit)
        return rq_node_fail(node, RQ_EFORMAT, "axis %" PRId64 ", expected one in [%d, %d)", axis,
                            -limit, limit);
    *out = (int)(axis < 0 ? axis + limit : axis);
    return RQ_OK;
}

rq_status rq_node_axes(const rq_node *node, int *out, int *n, const rq_tensor *t, int rank)
{
    int64_t axes[RQ_MAX_RANK];
    size_t count;
    unsigned seen = 0;
    RQ_TRY(rq_tensor_ints(node, t, axes, RQ_MAX_RANK, &count));
    for (size_t i = 0; i < count; i++) {
        RQ_TRY(rq_node_axis(node, &out[i], axes[i], rank));
        if (seen >> out[i] & 1)
            return rq_node_fail(node, RQ_EFORMAT, "axis %" PRId64 " appears twice", axes[i]);
        seen |= 1u << out[i];
    }
    *n = (int)count;
    return RQ_OK;
}

rq_status rq_node_list(const rq_node *node, int64_t *out, size_t n, const rq_tensor *t,
                       const char *what)
{
    int64_t values[RQ_MAX_RANK];
    size_t count;
    RQ_TRY(rq_tensor_ints(node, t, values, RQ_MAX_RANK, &count));
    if (count != n)
        return rq_node_fail(node, RQ_EFORMAT, "%s has %zu entries, expected %zu", what, count, n);
    memcpy(out, values, n * sizeof *out);
    return RQ_OK;
}

rq_status rq_infer_integer(const rq_infer *ctx, uint32_t i)
{
    rq_dtype_kind kind = rq_dtype_kind_of(ctx->in[i].dtype);
    if (kind == RQ_KIND_SIGNED || kind == RQ_KIND_UNSIGNED) return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EFORMAT, "input %u is %s, expected integers", i,
                        rq_dtype_name(ctx->in[i].dtype));
}

rq_status rq_node_index(const rq_node *node, int64_t *out, int64_t index, int64_t dim)
{
    if (index < -dim || index >= dim)
        return rq_node_fail(node, RQ_EARG,
                            "index %" PRId64 ", expected one in [%" PRId64 ", %" PRId64 ")", index,
                            -dim, dim);
    *out = index < 0 ? index + dim : index;
    return RQ_OK;
}
