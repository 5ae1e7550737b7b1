/* Operation Specifications: NonMaxSuppression-1, -3, -4, -5, -9. Per image and class, the best
 * boxes of which none overlaps a better one by the IoU threshold or more. With a sigma above 0
 * (soft suppression) overlapping boxes stay, with scores times exp(-IoU^2 / (2 sigma)).
 * As in OpenVINO's runtime the output has as many rows as boxes were selected, in all versions. */
#include "engine/ops/common/box.h"

#include <inttypes.h>
#include <math.h>

typedef struct nms_attrs {
    int encoding;
    bool sort;
    rq_dtype output_type;
} nms_attrs;

static const char *const encodings[] = {"corner", "center", NULL};
enum { CENTER = 1 };

static const rq_attr_spec attrs_table[] = {
    {"box_encoding", RQ_ATTR_ENUM, offsetof(nms_attrs, encoding), "corner", encodings},
    {"sort_result_descending", RQ_ATTR_BOOL, offsetof(nms_attrs, sort), "true", NULL},
    {"output_type", RQ_ATTR_DTYPE, offsetof(nms_attrs, output_type), "i64", NULL},
    RQ_ATTRS_END,
};

enum { BOXES, SCORES, MAX_BOXES, IOU, SCORE, SIGMA };

static rq_status infer(rq_infer *ctx)
{
    const nms_attrs *a = ctx->attrs;
    const rq_shape *boxes = &ctx->in[BOXES].shape, *scores = &ctx->in[SCORES].shape;
    RQ_TRY(rq_infer_arity(ctx, 2, 6));
    RQ_TRY(rq_infer_floats(ctx, 2));
    RQ_TRY(rq_infer_rank(ctx, BOXES, 3, 3));
    RQ_TRY(rq_infer_rank(ctx, SCORES, 3, 3));
    if (boxes->d[2] != 4 || boxes->d[0] != scores->d[0] || boxes->d[1] != scores->d[2] ||
        boxes->d[1] > INT32_MAX)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "boxes [%" PRId64 ",%" PRId64 ",%" PRId64
                            "] do not fit scores [%" PRId64 ",%" PRId64 ",%" PRId64 "]",
                            boxes->d[0], boxes->d[1], boxes->d[2], scores->d[0], scores->d[1],
                            scores->d[2]);
    if (ctx->n_out > 3 || !rq_is_index_type(a->output_type))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "%u outputs of type %s", ctx->n_out,
                            rq_dtype_name(a->output_type));
    for (uint32_t i = 0; i < ctx->n_out; i++) ctx->out[i].dtype = a->output_type;
    if (ctx->n_out > 1) ctx->out[1].dtype = RQ_DT_F32;
    return rq_infer_defer(ctx);
}

typedef struct nms {
    const rq_tensor *in;
    size_t images, classes, boxes, max_boxes; /* max_boxes: per image and class */
    float iou, score, sigma;
} nms;

static rq_status read_number(const rq_node *node, const rq_tensor *in, uint32_t n_in, uint32_t i,
                             double *out)
{
    *out = 0;
    if (!rq_input_given(in, n_in, i)) return RQ_OK;
    if (rq_tensor_count(&in[i]) != 1)
        return rq_node_fail(node, RQ_EFORMAT, "input %u must have one element", i);
    *out = rq_load_f64(in[i].data, in[i].dtype, 0);
    return RQ_OK;
}

static rq_status read_nms(nms *p, const rq_node *node, const rq_tensor *in, uint32_t n_in)
{
    const rq_shape *scores = &in[SCORES].shape;
    double max, iou, score, sigma;
    RQ_TRY(read_number(node, in, n_in, MAX_BOXES, &max));
    RQ_TRY(read_number(node, in, n_in, IOU, &iou));
    RQ_TRY(read_number(node, in, n_in, SCORE, &score));
    RQ_TRY(read_number(node, in, n_in, SIGMA, &sigma));
    if (!(max >= 0))
        return rq_node_fail(node, RQ_EARG, "at most %g boxes per class, expected 0 or more", max);
    *p = (nms){in, (size_t)scores->d[0], (size_t)scores->d[1], (size_t)scores->d[2],
               0,  (float)iou,           (float)score,         (float)sigma};
    p->max_boxes = max < (double)p->boxes ? (size_t)max : p->boxes;
    return RQ_OK;
}

static float score_at(const nms *p, size_t row, size_t box)
{
    return (float)rq_load_f64(p->in[SCORES].data, p->in[SCORES].dtype, row * p->boxes + box);
}

/* Boxes that can be selected at most: those above the score threshold. */
static size_t count_candidates(const nms *p)
{
    size_t total = 0;
    for (size_t row = 0; row < p->images * p->classes; row++) {
        size_t count = 0;
        for (size_t b = 0; b < p->boxes; b++) count += score_at(p, row, b) > p->score;
        total += count < p->max_boxes ? count : p->max_boxes;
    }
    return total;
}

typedef struct candidate {
    float score;
    int32_t box;
} candidate;

typedef struct selected {
    float score;
    int32_t box;
    size_t row; /* image * classes + class */
} selected;

typedef struct work {
    selected *chosen;    /* [total] */
    rq_sort_item *order; /* [total] */
    rq_corners *boxes;   /* [boxes] of one image */
    candidate *waiting;  /* [boxes] */
} work;

static void cut_work(work *w, const nms *p, size_t total, void *base)
{
    w->chosen = base;
    w->order = (rq_sort_item *)(w->chosen + total);
    w->boxes = (rq_corners *)(w->order + total);
    w->waiting = (candidate *)(w->boxes + p->boxes);
}

static size_t scratch(const rq_infer *ctx)
{
    nms p;
    if (read_nms(&p, ctx->node, ctx->in, ctx->n_in) != RQ_OK) return 0;
    return count_candidates(&p) * (sizeof(selected) + sizeof(rq_sort_item)) +
           p.boxes * (sizeof(rq_corners) + sizeof(candidate));
}

static void read_boxes(const nms *p, size_t image, bool center, rq_corners *boxes)
{
    const float *v = (const float *)p->in[BOXES].data + image * p->boxes * 4;
    for (size_t i = 0; i < p->boxes; i++, v += 4) {
        if (center)
            boxes[i] =
                (rq_corners){v[0] - v[2] / 2, v[1] - v[3] / 2, v[0] + v[2] / 2, v[1] + v[3] / 2};
        else /* two corners in any order, y first */
            boxes[i] = (rq_corners){fminf(v[1], v[3]), fminf(v[0], v[2]), fmaxf(v[1], v[3]),
                                    fmaxf(v[0], v[2])};
    }
}

/* Takes the best waiting box out; of equal ones the first. */
static candidate take_best(candidate *waiting, size_t *n)
{
    size_t best = 0;
    for (size_t i = 1; i < *n; i++)
        if (waiting[i].score > waiting[best].score) best = i;
    candidate taken = waiting[best];
    for (size_t i = best + 1; i < *n; i++) waiting[i - 1] = waiting[i];
    --*n;
    return taken;
}

/* Lowers or removes the waiting boxes that overlap the one just selected. */
static void suppress(const nms *p, const rq_corners *boxes, const rq_corners *by,
                     candidate *waiting, size_t *n)
{
    size_t left = 0;
    for (size_t i = 0; i < *n; i++) {
        candidate c = waiting[i];
        float overlap = rq_corners_overlap(&boxes[c.box], by, 0.0f);
        if (p->sigma > 0)
            c.score *= expf(-0.5f / p->sigma * overlap * overlap);
        else if (overlap >= p->iou)
            continue;
        if (c.score > p->score) waiting[left++] = c;
    }
    *n = left;
}

static size_t select_row(const nms *p, size_t row, const work *w, selected *out)
{
    size_t n = 0, count = 0;
    for (size_t b = 0; b < p->boxes; b++) {
        float score = score_at(p, row, b);
        if (score > p->score) w->waiting[n++] = (candidate){score, (int32_t)b};
    }
    while (n > 0 && count < p->max_boxes) {
        candidate best = take_best(w->waiting, &n);
        out[count++] = (selected){best.score, best.box, row};
        suppress(p, w->boxes, &w->boxes[best.box], w->waiting, &n);
    }
    return count;
}

static rq_status write_outputs(rq_call *call, const nms *p, const work *w, size_t count)
{
    rq_shape rows = {2, {(int64_t)count, 3}}, one = {1, {1}};
    for (uint32_t i = 0; i < call->n_out; i++)
        RQ_TRY(rq_call_resize(call, i, i < 2 ? &rows : &one));
    rq_tensor *out = call->out;
    for (size_t i = 0; i < count; i++) {
        const selected *s = &w->chosen[w->order[i].index];
        int64_t image = (int64_t)(s->row / p->classes), class = (int64_t)(s->row % p->classes);
        const int64_t row[] = {image, class, s->box};
        for (size_t k = 0; k < 3; k++) rq_store_i64(out[0].data, out[0].dtype, i * 3 + k, row[k]);
        if (call->n_out < 2) continue;
        float *scores = (float *)out[1].data + i * 3;
        scores[0] = (float)image;
        scores[1] = (float)class;
        scores[2] = s->score;
    }
    if (call->n_out > 2) rq_store_i64(out[2].data, out[2].dtype, 0, (int64_t)count);
    return RQ_OK;
}

static rq_status run(rq_call *call)
{
    const nms_attrs *a = call->attrs;
    nms p;
    work w;
    size_t count = 0;
    RQ_TRY(read_nms(&p, call->node, call->in, call->n_in));
    cut_work(&w, &p, count_candidates(&p), call->scratch);
    for (size_t row = 0; row < p.images * p.classes; row++) {
        if (row % p.classes == 0) read_boxes(&p, row / p.classes, a->encoding == CENTER, w.boxes);
        count += select_row(&p, row, &w, w.chosen + count);
    }
    for (size_t i = 0; i < count; i++)
        w.order[i] =
            a->sort ? rq_rank_score(w.chosen[i].score, (int64_t)i) : (rq_sort_item){0, (int64_t)i};
    rq_sort_first(w.order, count, count);
    return write_outputs(call, &p, &w, count);
}

const rq_op rq_op_NonMaxSuppression = {
    .type = "NonMaxSuppression",
    .opsets = RQ_OPSET(1) | RQ_OPSET(3) | RQ_OPSET(4) | RQ_OPSET(5) | RQ_OPSET(9),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_SELECTS | RQ_OP_EXACT_CONSTANTS,
    .attrs_size = sizeof(nms_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
