/* Operation Specifications: RegionYolo-1. Per region, planes of coords box numbers, one of
 * objectness and one per class: sigmoid of the first two and of objectness; classes by softmax
 * (YOLO v2) or sigmoid (v3). */
#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct region_attrs {
    int64_t coords, classes, num, axis, end_axis;
    bool do_softmax;
    rq_ints mask;
} region_attrs;

#define FIELD(name) offsetof(region_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"coords", RQ_ATTR_INT, FIELD(coords), NULL, NULL},
    {"classes", RQ_ATTR_INT, FIELD(classes), NULL, NULL},
    {"num", RQ_ATTR_INT, FIELD(num), NULL, NULL},
    {"do_softmax", RQ_ATTR_BOOL, FIELD(do_softmax), "true", NULL},
    {"mask", RQ_ATTR_INTS, FIELD(mask), "", NULL},
    {"axis", RQ_ATTR_INT, FIELD(axis), NULL, NULL},
    {"end_axis", RQ_ATTR_INT, FIELD(end_axis), NULL, NULL},
    RQ_ATTRS_END,
};

static int64_t regions(const region_attrs *a)
{
    return a->do_softmax ? a->num : (int64_t)a->mask.n;
}

static rq_status check_channels(const rq_node *node, const region_attrs *a, int64_t channels)
{
    if (a->coords < 2 || a->coords > INT32_MAX || a->classes < 0 || a->classes > INT32_MAX ||
        a->num < 1 || a->num > INT32_MAX)
        return rq_node_fail(node, RQ_EFORMAT,
                            "coords %" PRId64 ", classes %" PRId64 ", num %" PRId64, a->coords,
                            a->classes, a->num);
    int64_t want = 0;
    if (rq_mul_i64(&want, regions(a), a->coords + a->classes + 1) &&
        (a->do_softmax ? want == channels : want <= channels))
        return RQ_OK;
    return rq_node_fail(node, RQ_EFORMAT, "%" PRId64 " channels, expected %" PRId64, channels,
                        want);
}

/* With softmax dimensions axis to end_axis become one; without, the channels are cut. */
static rq_status infer(rq_infer *ctx)
{
    const region_attrs *a = ctx->attrs;
    const rq_shape *in = &ctx->in[0].shape;
    int axis, end;
    RQ_TRY(rq_infer_arity(ctx, 1, 1));
    RQ_TRY(rq_infer_rank(ctx, 0, 4, 4));
    RQ_TRY(rq_infer_floats(ctx, 1));
    RQ_TRY(check_channels(ctx->node, a, in->d[1]));
    RQ_TRY(rq_infer_same(ctx));
    rq_shape *out = &ctx->out[0].shape;
    out->d[1] = (a->coords + a->classes + 1) * regions(a);
    if (!a->do_softmax) return RQ_OK;
    RQ_TRY(rq_node_axis(ctx->node, &axis, a->axis, in->rank));
    RQ_TRY(rq_node_axis(ctx->node, &end, a->end_axis, in->rank));
    if (end < axis)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "end_axis %d comes before axis %d", end, axis);
    rq_shape flat = {in->rank - (end - axis), {0}};
    for (int i = 0; i < axis; i++) flat.d[i] = in->d[i];
    flat.d[axis] = (int64_t)rq_shape_span(in, axis, end + 1);
    for (int i = end + 1; i < in->rank; i++) flat.d[i - (end - axis)] = in->d[i];
    *out = flat;
    return RQ_OK;
}

static void sigmoid(float *data, size_t n)
{
    for (size_t i = 0; i < n; i++) data[i] = 1.0f / (1.0f + expf(-data[i]));
}

/* Over classes, `area` apart. */
static void softmax(float *data, size_t classes, size_t area)
{
    for (size_t i = 0; i < area; i++) {
        float top = -INFINITY;
        double sum = 0;
        for (size_t c = 0; c < classes; c++) top = fmaxf(top, data[c * area + i]);
        for (size_t c = 0; c < classes; c++)
            sum += data[c * area + i] = expf(data[c * area + i] - top);
        for (size_t c = 0; c < classes; c++) data[c * area + i] = (float)(data[c * area + i] / sum);
    }
}

static rq_status run(rq_call *call)
{
    const region_attrs *a = call->attrs;
    const rq_shape *in = &call->in[0].shape;
    size_t area = (size_t)(in->d[2] * in->d[3]), coords = (size_t)a->coords;
    size_t classes = (size_t)a->classes, region = (coords + classes + 1) * area;
    size_t image = region * (size_t)regions(a);
    if (rq_tensor_count(&call->out[0]) == 0) return RQ_OK;
    for (int64_t n = 0; n < in->d[0]; n++) {
        const float *src = (const float *)call->in[0].data + (size_t)(n * in->d[1]) * area;
        float *dst = (float *)call->out[0].data + (size_t)n * image;
        memcpy(dst, src, image * sizeof *dst);
        for (int64_t r = 0; r < regions(a); r++, dst += region) {
            sigmoid(dst, 2 * area);
            sigmoid(dst + coords * area, (a->do_softmax ? 1 : classes + 1) * area);
            if (a->do_softmax) softmax(dst + (coords + 1) * area, classes, area);
        }
    }
    return RQ_OK;
}

const rq_op rq_op_RegionYolo = {
    .type = "RegionYolo",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(region_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
