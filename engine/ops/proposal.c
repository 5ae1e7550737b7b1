/* Operation Specifications: Proposal-1, Proposal-4: from scores and moves of anchors at every cell
 * of a feature map to the best boxes that do not overlap. Output rows are [image, x1, y1, x2, y2];
 * rows of an image past its last box are 0, the first of them with image -1. */
#include "engine/ops/common/box.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct proposal_attrs {
    int64_t base_size, pre_nms_topn, post_nms_topn, feat_stride, min_size;
    double nms_thresh, coordinate_scale, size_scale;
    rq_floats ratio, scale;
    bool clip_before, clip_after, normalize;
    const char *framework;
} proposal_attrs;

#define FIELD(name) offsetof(proposal_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"base_size", RQ_ATTR_INT, FIELD(base_size), NULL, NULL},
    {"pre_nms_topn", RQ_ATTR_INT, FIELD(pre_nms_topn), NULL, NULL},
    {"post_nms_topn", RQ_ATTR_INT, FIELD(post_nms_topn), NULL, NULL},
    {"nms_thresh", RQ_ATTR_FLOAT, FIELD(nms_thresh), NULL, NULL},
    {"feat_stride", RQ_ATTR_INT, FIELD(feat_stride), NULL, NULL},
    {"min_size", RQ_ATTR_INT, FIELD(min_size), NULL, NULL},
    {"ratio", RQ_ATTR_FLOATS, FIELD(ratio), NULL, NULL},
    {"scale", RQ_ATTR_FLOATS, FIELD(scale), NULL, NULL},
    {"clip_before_nms", RQ_ATTR_BOOL, FIELD(clip_before), "true", NULL},
    {"clip_after_nms", RQ_ATTR_BOOL, FIELD(clip_after), "false", NULL},
    {"normalize", RQ_ATTR_BOOL, FIELD(normalize), "false", NULL},
    {"box_size_scale", RQ_ATTR_FLOAT, FIELD(size_scale), "1", NULL},
    {"box_coordinate_scale", RQ_ATTR_FLOAT, FIELD(coordinate_scale), "1", NULL},
    {"framework", RQ_ATTR_STRING, FIELD(framework), "", NULL},
    RQ_ATTRS_END,
};

enum { SCORES, DELTAS, IMAGE };

static bool is_tensorflow(const proposal_attrs *a)
{
    return strcmp(a->framework, "tensorflow") == 0;
}

static rq_status check_attrs(const rq_node *node, const proposal_attrs *a)
{
    if (a->pre_nms_topn > 0 && a->post_nms_topn > 0 && a->post_nms_topn <= INT32_MAX &&
        a->base_size > 0 && a->base_size <= 1 << 20 && a->feat_stride > 0 &&
        a->feat_stride <= 1 << 20 && a->coordinate_scale != 0 && a->size_scale != 0)
        return RQ_OK;
    return rq_node_fail(node, RQ_EFORMAT,
                        "base_size %" PRId64 ", pre_nms_topn %" PRId64 ", post_nms_topn %" PRId64
                        ", feat_stride %" PRId64 ": expected more than 0",
                        a->base_size, a->pre_nms_topn, a->post_nms_topn, a->feat_stride);
}

static rq_status infer(rq_infer *ctx)
{
    const proposal_attrs *a = ctx->attrs;
    const rq_shape *scores = &ctx->in[SCORES].shape, *deltas = &ctx->in[DELTAS].shape;
    RQ_TRY(rq_infer_arity(ctx, 3, 3));
    RQ_TRY(rq_infer_floats(ctx, 3));
    RQ_TRY(rq_infer_rank(ctx, SCORES, 4, 4));
    RQ_TRY(rq_infer_rank(ctx, DELTAS, 4, 4));
    RQ_TRY(check_attrs(ctx->node, a));
    int64_t anchors = (int64_t)(a->ratio.n * a->scale.n);
    size_t info = rq_tensor_count(&ctx->in[IMAGE]);
    if (scores->d[0] != deltas->d[0] || scores->d[1] != 2 * anchors ||
        deltas->d[1] != 4 * anchors || scores->d[2] != deltas->d[2] ||
        scores->d[3] != deltas->d[3] || info < 3 || info > 4 ||
        rq_shape_span(scores, 1, 4) > INT32_MAX) {
        char s[RQ_SHAPE_TEXT], d[RQ_SHAPE_TEXT];
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "scores %s and deltas %s for %" PRId64 " anchors, "
                            "and %zu numbers about the image",
                            rq_shape_text(scores, s), rq_shape_text(deltas, d), anchors, info);
    }
    int64_t rows = scores->d[0] * a->post_nms_topn;
    for (uint32_t i = 0; i < ctx->n_out; i++) ctx->out[i].dtype = ctx->in[SCORES].dtype;
    ctx->out[0].shape = (rq_shape){2, {rows, 5}};
    if (ctx->n_out > 1) ctx->out[1].shape = (rq_shape){1, {rows}};
    return RQ_OK;
}

/* Per image: all boxes, their scores and order, and which are kept. */
typedef struct work {
    rq_corners *boxes, *anchors;
    rq_sort_item *order;
    float *scores;
    int32_t *kept;
    size_t n, limit; /* boxes; of them taken to suppression */
} work;

static size_t cut_work(work *w, const proposal_attrs *a, const rq_shape *scores, char *base)
{
    size_t n = (size_t)(scores->d[1] / 2 * scores->d[2] * scores->d[3]);
    size_t anchors = a->ratio.n * a->scale.n, rows = (size_t)a->post_nms_topn;
    *w = (work){.n = n, .limit = (uint64_t)a->pre_nms_topn < n ? (size_t)a->pre_nms_topn : n};
    if (rows > n) rows = n;
    if (base) {
        w->boxes = (rq_corners *)(void *)base;
        w->anchors = w->boxes + n;
        w->order = (rq_sort_item *)(void *)(w->anchors + anchors);
        w->scores = (float *)(void *)(w->order + n);
        w->kept = (int32_t *)(void *)(w->scores + n);
    }
    return (n + anchors) * sizeof(rq_corners) + n * (sizeof(rq_sort_item) + sizeof(float)) +
           rows * sizeof(int32_t);
}

static size_t scratch(const rq_infer *ctx)
{
    work w;
    return cut_work(&w, ctx->attrs, &ctx->in[SCORES].shape, NULL);
}

/* Boxes around the first cell's centre. TensorFlow's do not count their last pixel. */
static void make_anchors(const proposal_attrs *a, rq_corners *anchors)
{
    bool tensorflow = is_tensorflow(a);
    float offset = tensorflow ? 0.0f : 1.0f, base = (float)a->base_size;
    float center = 0.5f * (base - offset), shift = tensorflow ? 0.5f * base : 0.0f;
    for (size_t r = 0; r < a->ratio.n; r++) {
        float ratio = (float)a->ratio.v[r], width = sqrtf(base * base / ratio);
        if (!tensorflow) width = roundf(width);
        float height = tensorflow ? width * ratio : roundf(width * ratio);
        for (size_t s = 0; s < a->scale.n; s++) {
            float w = 0.5f * (width * (float)a->scale.v[s] - offset);
            float h = 0.5f * (height * (float)a->scale.v[s] - offset);
            *anchors++ = (rq_corners){center - w - shift, center - h - shift, center + w - shift,
                                      center + h - shift};
        }
    }
}

typedef struct image {
    float height, width, min_height, min_width; /* pixels */
    float offset;
} image;

/* TensorFlow's feature maps are transposed, and so OpenVINO's runtime takes the image for. */
static image read_image(const proposal_attrs *a, const rq_tensor *in)
{
    const float *v = in->data;
    bool swapped = is_tensorflow(a);
    float scale_w = rq_tensor_count(in) < 4 ? v[2] : v[3];
    return (image){v[swapped ? 1 : 0], v[swapped ? 0 : 1], (float)a->min_size * v[2],
                   (float)a->min_size * scale_w, swapped ? 0.0f : 1.0f};
}

/* `delta`: four numbers, `area` apart. */
static rq_corners move_anchor(const proposal_attrs *a, const image *im, rq_corners box,
                              const float *delta, size_t area)
{
    float place = (float)a->coordinate_scale, size = (float)a->size_scale;
    if (is_tensorflow(a)) rq_corners_clip(&box, im->width, im->height);
    float width = box.x2 - box.x1 + im->offset, height = box.y2 - box.y1 + im->offset;
    float x = delta[0] / place * width + box.x1 + 0.5f * width;
    float y = delta[area] / place * height + box.y1 + 0.5f * height;
    float w = expf(delta[2 * area] / size) * width, h = expf(delta[3 * area] / size) * height;
    box = (rq_corners){x - 0.5f * w, y - 0.5f * h, x + 0.5f * w, y + 0.5f * h};
    if (a->clip_before) rq_corners_clip(&box, im->width - im->offset, im->height - im->offset);
    return box;
}

/* Boxes by cell, then anchor; those below the minimum size score 0. */
static void make_boxes(const rq_call *call, const image *im, int64_t n, work *w)
{
    const proposal_attrs *a = call->attrs;
    const rq_shape *shape = &call->in[SCORES].shape;
    size_t anchors = a->ratio.n * a->scale.n, area = (size_t)(shape->d[2] * shape->d[3]);
    const float *scores =
        (const float *)call->in[SCORES].data + ((size_t)n * 2 + 1) * anchors * area;
    const float *deltas = (const float *)call->in[DELTAS].data + (size_t)n * 4 * anchors * area;
    bool swapped = is_tensorflow(a);
    for (size_t cell = 0; cell < area; cell++)
        for (size_t k = 0; k < anchors; k++) {
            size_t row = cell / (size_t)shape->d[3], column = cell % (size_t)shape->d[3];
            float x = (float)((int64_t)(swapped ? row : column) * a->feat_stride);
            float y = (float)((int64_t)(swapped ? column : row) * a->feat_stride);
            rq_corners box = w->anchors[k];
            box = (rq_corners){box.x1 + x, box.y1 + y, box.x2 + x, box.y2 + y};
            box = move_anchor(a, im, box, deltas + k * 4 * area + cell, area);
            bool large = im->min_width <= box.x2 - box.x1 + im->offset &&
                         im->min_height <= box.y2 - box.y1 + im->offset;
            size_t i = cell * anchors + k;
            w->boxes[i] = box;
            w->scores[i] = large ? scores[k * area + cell] : 0.0f;
            w->order[i] = rq_rank_score(w->scores[i], (int64_t)i);
        }
}

static void write_image(rq_call *call, const image *im, int64_t n, const work *w, size_t count)
{
    const proposal_attrs *a = call->attrs;
    size_t rows = (size_t)a->post_nms_topn, first = (size_t)n * rows;
    float *out = (float *)call->out[0].data + first * 5;
    float *scores = call->n_out > 1 ? (float *)call->out[1].data + first : NULL;
    for (size_t i = 0; i < count; i++) {
        rq_corners box = w->boxes[w->kept[i]];
        if (a->clip_after) rq_corners_clip(&box, im->width, im->height);
        if (a->normalize)
            box = (rq_corners){box.x1 / im->width, box.y1 / im->height, box.x2 / im->width,
                               box.y2 / im->height};
        out[i * 5] = (float)n;
        memcpy(out + i * 5 + 1, &box, sizeof box);
        if (scores) scores[i] = w->scores[w->kept[i]];
    }
    if (count < rows) out[count * 5] = -1.0f;
}

static rq_status run(rq_call *call)
{
    const proposal_attrs *a = call->attrs;
    work w;
    image im = read_image(a, &call->in[IMAGE]);
    cut_work(&w, a, &call->in[SCORES].shape, call->scratch);
    for (uint32_t i = 0; i < call->n_out; i++)
        memset(call->out[i].data, 0, rq_tensor_bytes(&call->out[i]));
    make_anchors(a, w.anchors);
    for (int64_t n = 0; n < call->in[SCORES].shape.d[0]; n++) {
        make_boxes(call, &im, n, &w);
        rq_sort_first(w.order, w.n, w.limit);
        size_t count = rq_corners_suppress(w.kept, (size_t)a->post_nms_topn, w.boxes, w.order,
                                           w.limit, (float)a->nms_thresh, im.offset);
        write_image(call, &im, n, &w, count);
    }
    return RQ_OK;
}

const rq_op rq_op_Proposal = {
    .type = "Proposal",
    .opsets = RQ_OPSET(1) | RQ_OPSET(4),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_SELECTS | RQ_OP_EXACT_CONSTANTS,
    .attrs_size = sizeof(proposal_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
