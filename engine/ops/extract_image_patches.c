/* Operation Specifications: ExtractImagePatches-3. */
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <string.h>

typedef struct patches_attrs {
    rq_ints sizes, strides, rates;
    int auto_pad;
} patches_attrs;

static const char *const pads[] = {"valid", "same_upper", "same_lower", NULL};
enum { VALID, SAME_UPPER, SAME_LOWER };

static const rq_attr_spec attrs_table[] = {
    {"sizes", RQ_ATTR_INTS, offsetof(patches_attrs, sizes), NULL, NULL},
    {"strides", RQ_ATTR_INTS, offsetof(patches_attrs, strides), NULL, NULL},
    {"rates", RQ_ATTR_INTS, offsetof(patches_attrs, rates), NULL, NULL},
    {"auto_pad", RQ_ATTR_ENUM, offsetof(patches_attrs, auto_pad), NULL, pads},
    RQ_ATTRS_END,
};

#define LIMIT (INT64_C(1) << 31) /* keeps the window arithmetic far from overflow */

static rq_status check_list(const rq_node *node, const rq_ints *list, const char *name)
{
    if (list->n == 2 && list->v[0] > 0 && list->v[1] > 0 && list->v[0] < LIMIT &&
        list->v[1] < LIMIT)
        return RQ_OK;
    return rq_node_fail(node, RQ_EFORMAT, "%s: expected two numbers of 1 or more", name);
}

/* Patches along dimension 2 + i, and the padding before it. */
static int64_t count_patches(const patches_attrs *a, const rq_shape *in, int i, int64_t *before)
{
    int64_t dim = in->d[2 + i], stride = a->strides.v[i];
    int64_t extent = (a->sizes.v[i] - 1) * a->rates.v[i] + 1;
    *before = 0;
    if (a->auto_pad == VALID) return dim < extent ? 0 : (dim - extent) / stride + 1;
    int64_t n = (dim + stride - 1) / stride;
    int64_t pad = (n - 1) * stride + extent - dim;
    if (pad < 0) pad = 0;
    *before = a->auto_pad == SAME_UPPER ? pad / 2 : pad - pad / 2;
    return n;
}

static rq_status infer(rq_infer *ctx)
{
    const patches_attrs *a = ctx->attrs;
    const rq_shape *in = &ctx->in[0].shape;
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    RQ_TRY(rq_infer_rank(ctx, 0, 4, 4));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    RQ_TRY(check_list(ctx->node, &a->sizes, "sizes"));
    RQ_TRY(check_list(ctx->node, &a->strides, "strides"));
    RQ_TRY(check_list(ctx->node, &a->rates, "rates"));
    rq_shape shape = {4, {in->d[0]}};
    int64_t before;
    if (!rq_mul_i64(&shape.d[1], in->d[1], a->sizes.v[0] * a->sizes.v[1]))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "sizes are too large");
    for (int i = 0; i < 2; i++) shape.d[2 + i] = count_patches(a, in, i, &before);
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = shape;
    return RQ_OK;
}

/* One output plane: the element (ky, kx) of every patch of one input plane. */
static char *copy_plane(const rq_call *call, const int64_t *before, const char *src, int64_t ky,
                        int64_t kx, char *dst)
{
    const patches_attrs *a = call->attrs;
    const rq_shape *in = &call->in[0].shape, *out = &call->out[0].shape;
    size_t element = rq_element_bytes(call->in[0].dtype);
    for (int64_t py = 0; py < out->d[2]; py++)
        for (int64_t px = 0; px < out->d[3]; px++, dst += element) {
            int64_t y = py * a->strides.v[0] + ky * a->rates.v[0] - before[0];
            int64_t x = px * a->strides.v[1] + kx * a->rates.v[1] - before[1];
            if (y < 0 || x < 0 || y >= in->d[2] || x >= in->d[3])
                memset(dst, 0, element);
            else
                memcpy(dst, src + (size_t)(y * in->d[3] + x) * element, element);
        }
    return dst;
}

/* The output's channels: patch row, patch column, input channel. */
static rq_status run(rq_call *call)
{
    const patches_attrs *a = call->attrs;
    const rq_shape *in = &call->in[0].shape;
    size_t plane = (size_t)(in->d[2] * in->d[3]) * rq_element_bytes(call->in[0].dtype);
    int64_t before[2];
    for (int i = 0; i < 2; i++) count_patches(a, in, i, &before[i]);
    char *dst = call->out[0].data;
    if (rq_tensor_count(&call->out[0]) == 0) return RQ_OK;
    for (int64_t n = 0; n < in->d[0]; n++)
        for (int64_t ky = 0; ky < a->sizes.v[0]; ky++)
            for (int64_t kx = 0; kx < a->sizes.v[1]; kx++)
                for (int64_t c = 0; c < in->d[1]; c++)
                    dst = copy_plane(call, before,
                                     (const char *)call->in[0].data +
                                         (size_t)(n * in->d[1] + c) * plane,
                                     ky, kx, dst);
    return RQ_OK;
}

const rq_op rq_op_ExtractImagePatches = {
    .type = "ExtractImagePatches",
    .opsets = RQ_OPSET(3),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(patches_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
