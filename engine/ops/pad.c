/* Operation Specifications: Pad-1, Pad-12. Negative pads crop. */
#include "engine/ops/common/pad.h"
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <string.h>

typedef struct pad_attrs {
    int pad_mode; /* rq_pad_mode */
} pad_attrs;

static const char *const modes[] = {"constant", "edge", "reflect", "symmetric", NULL};

static const rq_attr_spec attrs_table[] = {
    {"pad_mode", RQ_ATTR_ENUM, offsetof(pad_attrs, pad_mode), NULL, modes},
    RQ_ATTRS_END,
};

/* How far a mode can reach over an edge. */
static int64_t reach(int mode, int64_t dim)
{
    return mode == RQ_PAD_MODE_REFLECT     ? dim - 1
           : mode == RQ_PAD_MODE_SYMMETRIC ? dim
           : dim > 0                       ? INT64_MAX
                                           : 0;
}

static rq_status check_pads(const rq_infer *ctx, int axis, int64_t before, int64_t after)
{
    const pad_attrs *a = ctx->attrs;
    int64_t dim = ctx->in[0].shape.d[axis], limit = reach(a->pad_mode, dim);
    if (a->pad_mode == RQ_PAD_MODE_CONSTANT ||
        ((before <= 0 || before <= limit) && (after <= 0 || after <= limit)))
        return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EFORMAT,
                        "pads %" PRId64 " and %" PRId64 " of dimension %d of "
                        "size %" PRId64 " are too large for mode %s",
                        before, after, axis, dim, modes[a->pad_mode]);
}

static rq_status infer(rq_infer *ctx)
{
    RQ_TRY(rq_infer_arity(ctx, 3, 4));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    ctx->out[0].dtype = ctx->in[0].dtype;
    rq_shape shape = ctx->in[0].shape;
    if (!rq_infer_known(ctx, 1) || !rq_infer_known(ctx, 2)) return rq_infer_defer(ctx);
    if (rq_input_given(ctx->in, ctx->n_in, 3) &&
        (rq_tensor_count(&ctx->in[3]) != 1 || ctx->in[3].dtype != ctx->in[0].dtype))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "the pad value must be one %s",
                            rq_dtype_name(ctx->in[0].dtype));
    int64_t before[RQ_MAX_RANK], after[RQ_MAX_RANK];
    RQ_TRY(rq_node_list(ctx->node, before, (size_t)shape.rank, &ctx->in[1], "pads_begin"));
    RQ_TRY(rq_node_list(ctx->node, after, (size_t)shape.rank, &ctx->in[2], "pads_end"));
    for (int i = 0; i < shape.rank; i++) {
        RQ_TRY(check_pads(ctx, i, before[i], after[i]));
        if (!rq_add_i64(&shape.d[i], shape.d[i], before[i]) ||
            !rq_add_i64(&shape.d[i], shape.d[i], after[i]) || shape.d[i] < 0)
            return rq_node_fail(ctx->node, RQ_EFORMAT,
                                "pads %" PRId64 " and %" PRId64 " do not fit dimension %d",
                                before[i], after[i], i);
    }
    ctx->out[0].shape = shape;
    return RQ_OK;
}

/* For each index along each output dimension, the input's offset in elements, or -1. */
static size_t scratch(const rq_infer *ctx)
{
    size_t n = 0;
    for (int i = 0; i < ctx->out[0].shape.rank; i++) n += (size_t)ctx->out[0].shape.d[i];
    return n * sizeof(int64_t);
}

static int64_t source(int mode, int64_t x, int64_t dim)
{
    if (x >= 0 && x < dim) return x;
    switch (mode) {
    case RQ_PAD_MODE_EDGE:
        return x < 0 ? 0 : dim - 1;
    case RQ_PAD_MODE_REFLECT:
        return x < 0 ? -x : 2 * (dim - 1) - x;
    case RQ_PAD_MODE_SYMMETRIC:
        return x < 0 ? -1 - x : 2 * dim - 1 - x;
    default:
        return -1;
    }
}

static void fill_row(char *dst, const char *src, const int64_t *map, int64_t n, const void *value,
                     size_t element)
{
    for (int64_t i = 0; i < n;) {
        int64_t run = 1; /* consecutive elements at once */
        while (map[i] >= 0 && i + run < n && map[i + run] == map[i] + run) run++;
        memcpy(dst + (size_t)i * element, map[i] < 0 ? value : src + (size_t)map[i] * element,
               (size_t)run * element);
        i += run;
    }
}

typedef struct padder {
    const rq_shape *out;
    const int64_t *map[RQ_MAX_RANK];
    char *dst;
    const char *src;
    const void *value;
    size_t element;
} padder;

/* Fills dimension `axis` and those inside it; `offset` is -1 outside of the input. */
static void pad_axis(padder *p, int axis, int64_t offset)
{
    int64_t n = p->out->d[axis];
    if (axis == p->out->rank - 1 && offset >= 0) {
        fill_row(p->dst, p->src + (size_t)offset * p->element, p->map[axis], n, p->value,
                 p->element);
        p->dst += (size_t)n * p->element;
        return;
    }
    if (offset < 0) {
        size_t count = rq_shape_span(p->out, axis, p->out->rank);
        for (size_t i = 0; i < count; i++, p->dst += p->element)
            memcpy(p->dst, p->value, p->element);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        pad_axis(p, axis + 1, p->map[axis][i] < 0 ? -1 : offset + p->map[axis][i]);
}

static rq_status run(rq_call *call)
{
    const pad_attrs *a = call->attrs;
    const rq_shape *in = &call->in[0].shape, *out = &call->out[0].shape;
    static const uint64_t zero = 0;
    padder p = {.out = out,
                .dst = call->out[0].data,
                .src = call->in[0].data,
                .value = &zero,
                .element = rq_element_bytes(call->in[0].dtype)};
    int64_t strides[RQ_MAX_RANK], *map = call->scratch;
    if (rq_shape_count(out) == 0) return RQ_OK;
    if (rq_input_given(call->in, call->n_in, 3)) p.value = call->in[3].data;
    rq_shape_strides(in, strides);
    for (int i = 0; i < out->rank; i++) {
        int64_t before = rq_load_i64(call->in[1].data, call->in[1].dtype, (size_t)i);
        p.map[i] = map;
        for (int64_t x = 0; x < out->d[i]; x++) {
            int64_t from = source(a->pad_mode, x - before, in->d[i]);
            *map++ = from < 0 ? -1 : from * strides[i];
        }
    }
    if (out->rank == 0)
        memcpy(p.dst, p.src, p.element);
    else
        pad_axis(&p, 0, 0);
    return RQ_OK;
}

const rq_op rq_op_Pad = {
    .type = "Pad",
    .opsets = RQ_OPSET(1) | RQ_OPSET(12),
    .role = RQ_ROLE_PASS,
    .flags = RQ_OP_ANY_DTYPE | RQ_OP_KEEPS_CHANNELS,
    .attrs_size = sizeof(pad_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
