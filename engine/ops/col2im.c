/* Operation Specifications: Col2Im-15: columns of patches added up into an image. */
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <string.h>

typedef struct col2im_attrs {
    rq_ints strides, dilations, pads_begin, pads_end;
} col2im_attrs;

static const rq_attr_spec attrs_table[] = {
    {"strides", RQ_ATTR_INTS, offsetof(col2im_attrs, strides), "1,1", NULL},
    {"dilations", RQ_ATTR_INTS, offsetof(col2im_attrs, dilations), "1,1", NULL},
    {"pads_begin", RQ_ATTR_INTS, offsetof(col2im_attrs, pads_begin), "0,0", NULL},
    {"pads_end", RQ_ATTR_INTS, offsetof(col2im_attrs, pads_end), "0,0", NULL},
    RQ_ATTRS_END,
};

#define LIMIT (INT64_C(1) << 29) /* keeps the window arithmetic far from overflow */

typedef struct geometry {
    int64_t out[2], kernel[2], windows[2];
} geometry;

static rq_status check_list(const rq_node *node, const rq_ints *list, int64_t least,
                            const char *name)
{
    if (list->n == 2 && list->v[0] >= least && list->v[1] >= least && list->v[0] < LIMIT &&
        list->v[1] < LIMIT)
        return RQ_OK;
    return rq_node_fail(node, RQ_EFORMAT, "%s: expected two numbers of %" PRId64 " or more", name,
                        least);
}

/* Source: windows = floor((out + pads - dilation * (kernel - 1) - 1) / stride) + 1. */
static rq_status read_geometry(geometry *g, const rq_node *node, const col2im_attrs *a,
                               const rq_tensor *in)
{
    RQ_TRY(check_list(node, &a->strides, 1, "strides"));
    RQ_TRY(check_list(node, &a->dilations, 1, "dilations"));
    RQ_TRY(check_list(node, &a->pads_begin, 0, "pads_begin"));
    RQ_TRY(check_list(node, &a->pads_end, 0, "pads_end"));
    RQ_TRY(rq_node_list(node, g->out, 2, &in[1], "output_size"));
    RQ_TRY(rq_node_list(node, g->kernel, 2, &in[2], "kernel_size"));
    for (int i = 0; i < 2; i++) {
        if (g->kernel[i] < 1 || g->kernel[i] >= LIMIT || g->out[i] < 1 || g->out[i] >= LIMIT)
            return rq_node_fail(node, RQ_EFORMAT, "kernel %" PRId64 " on output %" PRId64,
                                g->kernel[i], g->out[i]);
        int64_t span = g->out[i] + a->pads_begin.v[i] + a->pads_end.v[i] -
                       a->dilations.v[i] * (g->kernel[i] - 1) - 1;
        g->windows[i] = span < 0 ? 0 : span / a->strides.v[i] + 1;
    }
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    const rq_shape *in = &ctx->in[0].shape;
    RQ_TRY(rq_infer_arity(ctx, 3, 3));
    RQ_TRY(rq_infer_rank(ctx, 0, 2, 3));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    ctx->out[0].dtype = ctx->in[0].dtype;
    if (!rq_infer_known(ctx, 1) || !rq_infer_known(ctx, 2)) return rq_infer_defer(ctx);
    geometry g;
    RQ_TRY(read_geometry(&g, ctx->node, ctx->attrs, ctx->in));
    int64_t area = g.kernel[0] * g.kernel[1], rows = in->d[in->rank - 2];
    if (rows % area || in->d[in->rank - 1] != g.windows[0] * g.windows[1]) {
        char text[RQ_SHAPE_TEXT];
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "input %s, expected a multiple of %" PRId64 " rows of %" PRId64
                            " columns",
                            rq_shape_text(in, text), area, g.windows[0] * g.windows[1]);
    }
    rq_shape shape = {.rank = in->rank + 1};
    shape.d[0] = in->d[0];
    shape.d[in->rank - 2] = rows / area;
    shape.d[in->rank - 1] = g.out[0];
    shape.d[in->rank] = g.out[1];
    ctx->out[0].shape = shape;
    return RQ_OK;
}

static void add(rq_tensor *out, size_t at, const rq_tensor *in, size_t from)
{
    if (rq_dtype_is_float(out->dtype))
        rq_store_f64(out->data, out->dtype, at,
                     rq_load_f64(out->data, out->dtype, at) +
                         rq_load_f64(in->data, in->dtype, from));
    else
        rq_store_i64(out->data, out->dtype, at,
                     (int64_t)((uint64_t)rq_load_i64(out->data, out->dtype, at) +
                               (uint64_t)rq_load_i64(in->data, in->dtype, from)));
}

/* One row of the input: the element at (ky, kx) of the kernel in every window. */
static void add_row(const rq_call *call, const geometry *g, size_t plane, int64_t ky, int64_t kx,
                    size_t from)
{
    const col2im_attrs *a = call->attrs;
    for (int64_t wy = 0; wy < g->windows[0]; wy++)
        for (int64_t wx = 0; wx < g->windows[1]; wx++, from++) {
            int64_t y = wy * a->strides.v[0] + ky * a->dilations.v[0] - a->pads_begin.v[0];
            int64_t x = wx * a->strides.v[1] + kx * a->dilations.v[1] - a->pads_begin.v[1];
            if (y < 0 || x < 0 || y >= g->out[0] || x >= g->out[1]) continue;
            add(&call->out[0], plane + (size_t)(y * g->out[1] + x), &call->in[0], from);
        }
}

static rq_status run(rq_call *call)
{
    geometry g;
    RQ_TRY(read_geometry(&g, call->node, call->attrs, call->in));
    size_t columns = (size_t)(g.windows[0] * g.windows[1]);
    size_t image = (size_t)(g.out[0] * g.out[1]), row = 0;
    size_t planes = image ? rq_tensor_count(&call->out[0]) / image : 0;
    memset(call->out[0].data, 0, rq_tensor_bytes(&call->out[0]));
    for (size_t p = 0; p < planes; p++)
        for (int64_t ky = 0; ky < g.kernel[0]; ky++)
            for (int64_t kx = 0; kx < g.kernel[1]; kx++, row++)
                add_row(call, &g, p * image, ky, kx, row * columns);
    return RQ_OK;
}

const rq_op rq_op_Col2Im = {
    .type = "Col2Im",
    .opsets = RQ_OPSET(15),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(col2im_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
