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

/* Indices of an output dimension that lie in the input one after the other, `step` apart. */
typedef struct stretch {
    int64_t n, from, step; /* from -1: outside */
} stretch;

typedef struct padder {
    const rq_shape *out;
    stretch parts[RQ_MAX_RANK][3]; /* before the input, in it, behind it */
    int64_t strides[RQ_MAX_RANK];  /* of the input */
    int last;                      /* dimensions inside of this one are as they were */
    char *dst;
    const char *src;
    const void *value;
    size_t element;
} padder;

/* Of the input's indices [begin, end), also negative ones, those that the output has. */
static stretch part_of(int mode, int64_t dim, int64_t begin, int64_t end, int64_t step)
{
    stretch part = {.n = end > begin ? end - begin : 0, .step = step};
    if (part.n) part.from = source(mode, begin, dim);
    return part;
}

static void plan_axis(padder *p, int axis, int mode, int64_t dim, int64_t before)
{
    const int64_t far = INT64_MAX / 2; /* behind any input: what is cropped may be past an int64 */
    int64_t begin = before < -far ? far : -before, end = begin + p->out->d[axis];
    int64_t step = mode == RQ_PAD_MODE_EDGE ? 0 : -1;
    stretch *parts = p->parts[axis];
    parts[0] = part_of(mode, dim, begin, end < 0 ? end : 0, step);
    parts[1] = part_of(mode, dim, begin > 0 ? begin : 0, end < dim ? end : dim, 1);
    parts[2] = part_of(mode, dim, begin > dim ? begin : dim, end, step);
    if (parts[0].n || parts[2].n || parts[1].n != dim) p->last = axis;
}

static void fill(padder *p, int64_t n)
{
    rq_strided_copy copy = {0};
    rq_strided_copy_add(&copy, n, 1, 0);
    rq_strided_copy_run(&copy, p->dst, p->value, p->element);
    p->dst += (size_t)n * p->element;
}

static void copy_part(padder *p, const stretch *part, int64_t offset, int64_t inner)
{
    rq_strided_copy copy = {0};
    rq_strided_copy_add(&copy, part->n, inner, part->step * inner);
    rq_strided_copy_add(&copy, inner, 1, 1);
    rq_strided_copy_run(&copy, p->dst, rq_strided_from(p->src, offset, p->element), p->element);
    p->dst += (size_t)(part->n * inner) * p->element;
}

/* Fills dimension `axis` and those inside it, from the input's element `offset` on. */
static void pad_axis(padder *p, int axis, int64_t offset)
{
    int64_t inner = (int64_t)rq_shape_span(p->out, axis + 1, p->out->rank);
    for (int k = 0; k < 3; k++) {
        const stretch *part = &p->parts[axis][k];
        int64_t from = offset + part->from * p->strides[axis];
        if (part->n > 0 && part->from < 0)
            fill(p, part->n * inner);
        else if (part->n > 0 && axis >= p->last)
            copy_part(p, part, from, inner);
        else
            for (int64_t i = 0; i < part->n; i++)
                pad_axis(p, axis + 1, from + i * part->step * p->strides[axis]);
    }
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
    if (rq_shape_count(out) == 0) return RQ_OK;
    if (rq_input_given(call->in, call->n_in, 3)) p.value = call->in[3].data;
    rq_shape_strides(in, p.strides);
    for (int i = 0; i < out->rank; i++)
        plan_axis(&p, i, a->pad_mode, in->d[i],
                  rq_load_i64(call->in[1].data, call->in[1].dtype, (size_t)i));
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
    .run = run,
};
