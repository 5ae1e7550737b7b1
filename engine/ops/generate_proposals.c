/* Operation Specifications: GenerateProposals-9. Per image the best boxes that do not overlap;
 * outputs: boxes [rows,4], scores [rows], rows per image [N]. */
#include "engine/ops/common/anchor_boxes.h"

#include <inttypes.h>
#include <string.h>

typedef struct generate_attrs {
    double min_size, nms_threshold;
    int64_t pre_nms_count, post_nms_count;
    bool normalized;
    rq_dtype num_type;
} generate_attrs;

#define FIELD(name) offsetof(generate_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"min_size", RQ_ATTR_FLOAT, FIELD(min_size), NULL, NULL},
    {"nms_threshold", RQ_ATTR_FLOAT, FIELD(nms_threshold), NULL, NULL},
    {"pre_nms_count", RQ_ATTR_INT, FIELD(pre_nms_count), NULL, NULL},
    {"post_nms_count", RQ_ATTR_INT, FIELD(post_nms_count), NULL, NULL},
    {"normalized", RQ_ATTR_BOOL, FIELD(normalized), "true", NULL},
    {"roi_num_type", RQ_ATTR_DTYPE, FIELD(num_type), "i64", NULL},
    RQ_ATTRS_END,
};

enum { IMAGE, ANCHORS, DELTAS, SCORES };

static rq_status check_shapes(const rq_infer *ctx)
{
    const rq_shape *image = &ctx->in[IMAGE].shape, *anchors = &ctx->in[ANCHORS].shape;
    const rq_shape *deltas = &ctx->in[DELTAS].shape, *scores = &ctx->in[SCORES].shape;
    RQ_TRY(rq_infer_rank(ctx, IMAGE, 2, 2));
    for (uint32_t i = ANCHORS; i <= SCORES; i++) RQ_TRY(rq_infer_rank(ctx, i, 4, 4));
    int64_t n = scores->d[0], kinds = scores->d[1], h = scores->d[2], w = scores->d[3];
    rq_shape want_anchors = {4, {h, w, kinds, 4}}, want_deltas = {4, {n, kinds * 4, h, w}};
    if (image->d[0] == n && (image->d[1] == 3 || image->d[1] == 4) &&
        rq_shape_equal(anchors, &want_anchors) && rq_shape_equal(deltas, &want_deltas) &&
        rq_shape_span(scores, 1, 4) <= INT32_MAX)
        return RQ_OK;
    char a[RQ_SHAPE_TEXT], d[RQ_SHAPE_TEXT], s[RQ_SHAPE_TEXT];
    return rq_node_fail(ctx->node, RQ_EFORMAT,
                        "anchors %s, deltas %s and scores %s do not fit, or "
                        "the image has not 3 or 4 numbers",
                        rq_shape_text(anchors, a), rq_shape_text(deltas, d),
                        rq_shape_text(scores, s));
}

static rq_status infer(rq_infer *ctx)
{
    const generate_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 4, 4));
    RQ_TRY(rq_infer_floats(ctx, 4));
    RQ_TRY(check_shapes(ctx));
    if (ctx->n_out != 3 || a->pre_nms_count < 1 || a->post_nms_count < 1 ||
        !rq_is_index_type(a->num_type))
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "pre_nms_count %" PRId64 ", post_nms_count %" PRId64
                            ", roi_num_type %s",
                            a->pre_nms_count, a->post_nms_count, rq_dtype_name(a->num_type));
    ctx->out[0].dtype = ctx->out[1].dtype = ctx->in[SCORES].dtype;
    ctx->out[2].dtype = a->num_type;
    return rq_infer_defer(ctx);
}

/* Scratch: the boxes of one image, then of all images what is kept. */
typedef struct work {
    rq_anchor_work anchors;
    rq_corners *boxes;
    float *scores;
    size_t *rows; /* by image */
} work;

static size_t cut_work(work *w, const generate_attrs *a, const rq_shape *scores, char *base)
{
    size_t n = rq_shape_span(scores, 1, 4), images = (size_t)scores->d[0];
    size_t most = (uint64_t)a->post_nms_count < n ? (size_t)a->post_nms_count : n;
    size_t bytes = rq_round_up(rq_anchor_work_cut(&w->anchors, n, base), RQ_ALIGN);
    size_t rows = images * most;
    if (base) {
        w->boxes = (rq_corners *)(void *)(base + bytes);
        w->rows = (size_t *)(void *)(w->boxes + rows);
        w->scores = (float *)(void *)(w->rows + images);
    }
    return bytes + rows * (sizeof(rq_corners) + sizeof(float)) + images * sizeof(size_t);
}

static size_t scratch(const rq_infer *ctx)
{
    work w;
    return cut_work(&w, ctx->attrs, &ctx->in[SCORES].shape, NULL);
}

static rq_anchor_field image_field(const rq_call *call, size_t n)
{
    const generate_attrs *a = call->attrs;
    const rq_tensor *in = call->in;
    size_t numbers = (size_t)in[IMAGE].shape.d[1], boxes = rq_shape_span(&in[SCORES].shape, 1, 4);
    const float *image = (const float *)in[IMAGE].data + n * numbers;
    float min = (float)a->min_size;
    return (rq_anchor_field){
        .anchors = in[ANCHORS].data,
        .deltas = (const float *)in[DELTAS].data + n * boxes * 4,
        .scores = (const float *)in[SCORES].data + n * boxes,
        .kinds = (size_t)in[SCORES].shape.d[1],
        .cells = rq_shape_span(&in[SCORES].shape, 2, 4),
        .height = image[0],
        .width = image[1],
        .min_height = min * image[2],
        .min_width = min * image[numbers - 1],
        .offset = a->normalized ? 0.0f : 1.0f,
    };
}

/* The kept boxes and scores of an image; small boxes count for the pre-NMS limit only. */
static size_t propose(const rq_call *call, size_t n, const rq_anchor_work *w, rq_corners *boxes,
                      float *scores)
{
    const generate_attrs *a = call->attrs;
    rq_anchor_field field = image_field(call, n);
    size_t all = field.cells * field.kinds, large = 0;
    size_t limit = (uint64_t)a->pre_nms_count < all ? (size_t)a->pre_nms_count : all;
    rq_anchor_boxes(&field, w);
    rq_sort_first(w->order, all, limit);
    for (size_t i = 0; i < limit; i++)
        if (!rq_anchor_is_small(&field, &w->boxes[w->order[i].index]))
            w->order[large++] = w->order[i];
    size_t count = rq_corners_suppress(w->kept, (size_t)a->post_nms_count, w->boxes, w->order,
                                       large, (float)a->nms_threshold, field.offset);
    for (size_t i = 0; i < count; i++) {
        boxes[i] = w->boxes[w->kept[i]];
        scores[i] = w->scores[w->kept[i]];
    }
    return count;
}

static rq_status run(rq_call *call)
{
    work w;
    size_t images = (size_t)call->in[SCORES].shape.d[0], total = 0;
    cut_work(&w, call->attrs, &call->in[SCORES].shape, call->scratch);
    for (size_t n = 0; n < images; n++) {
        w.rows[n] = propose(call, n, &w.anchors, w.boxes + total, w.scores + total);
        total += w.rows[n];
    }
    rq_shape boxes = {2, {(int64_t)total, 4}}, scores = {1, {(int64_t)total}};
    rq_shape counts = {1, {(int64_t)images}};
    RQ_TRY(rq_call_resize(call, 0, &boxes));
    RQ_TRY(rq_call_resize(call, 1, &scores));
    RQ_TRY(rq_call_resize(call, 2, &counts));
    memcpy(call->out[0].data, w.boxes, total * sizeof *w.boxes);
    memcpy(call->out[1].data, w.scores, total * sizeof *w.scores);
    for (size_t n = 0; n < images; n++)
        rq_store_i64(call->out[2].data, call->out[2].dtype, n, (int64_t)w.rows[n]);
    return RQ_OK;
}

const rq_op rq_op_GenerateProposals = {
    .type = "GenerateProposals",
    .opsets = RQ_OPSET(9),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(generate_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
