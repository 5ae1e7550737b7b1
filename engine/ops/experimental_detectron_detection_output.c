/* Operation Specifications: ExperimentalDetectronDetectionOutput-6. Regions [R,4], what each class
 * moves them by [R,C*4], and scores [R,C], class 0 the background; outputs boxes [K,4], classes
 * [K] and scores [K], zeros behind the last. Corners are pixels that belong to the box. */
#include "engine/ops/common/anchor_boxes.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct output_attrs {
    double score_threshold, nms_threshold, max_delta_log_wh;
    int64_t num_classes, post_nms_count, max_detections;
    bool class_agnostic;
    rq_floats deltas_weights;
} output_attrs;

#define FIELD(name) offsetof(output_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"score_threshold", RQ_ATTR_FLOAT, FIELD(score_threshold), NULL, NULL},
    {"nms_threshold", RQ_ATTR_FLOAT, FIELD(nms_threshold), NULL, NULL},
    {"max_delta_log_wh", RQ_ATTR_FLOAT, FIELD(max_delta_log_wh), NULL, NULL},
    {"num_classes", RQ_ATTR_INT, FIELD(num_classes), NULL, NULL},
    {"post_nms_count", RQ_ATTR_INT, FIELD(post_nms_count), NULL, NULL},
    {"max_detections_per_image", RQ_ATTR_INT, FIELD(max_detections), NULL, NULL},
    {"class_agnostic_box_regression", RQ_ATTR_BOOL, FIELD(class_agnostic), "false", NULL},
    {"deltas_weights", RQ_ATTR_FLOATS, FIELD(deltas_weights), NULL, NULL},
    RQ_ATTRS_END,
};

enum { ROIS, DELTAS, SCORES }; /* the image's size, input 3, does not count */

static rq_status check_attrs(const rq_node *node, const output_attrs *a)
{
    bool weights = a->deltas_weights.n == 4;
    for (size_t i = 0; weights && i < 4; i++) weights = a->deltas_weights.v[i] != 0;
    if (weights && a->max_detections > 0 && a->num_classes > 1 && a->num_classes <= INT32_MAX &&
        a->post_nms_count >= -1)
        return RQ_OK;
    return rq_node_fail(node, RQ_EFORMAT,
                        "%zu deltas_weights, max_detections_per_image %" PRId64
                        ", num_classes %" PRId64,
                        a->deltas_weights.n, a->max_detections, a->num_classes);
}

static rq_status infer(rq_infer *ctx)
{
    const output_attrs *a = ctx->attrs;
    const rq_shape *rois = &ctx->in[ROIS].shape, *deltas = &ctx->in[DELTAS].shape;
    const rq_shape *scores = &ctx->in[SCORES].shape;
    RQ_TRY(rq_infer_arity(ctx, 4, 4));
    RQ_TRY(rq_infer_floats(ctx, 4));
    RQ_TRY(check_attrs(ctx->node, a));
    for (uint32_t i = ROIS; i <= SCORES; i++) RQ_TRY(rq_infer_rank(ctx, i, 2, 2));
    if (rois->d[1] != 4 || deltas->d[0] != rois->d[0] || deltas->d[1] != 4 * a->num_classes ||
        scores->d[0] != rois->d[0] || scores->d[1] != a->num_classes || rois->d[0] > INT32_MAX) {
        char r[RQ_SHAPE_TEXT], d[RQ_SHAPE_TEXT], s[RQ_SHAPE_TEXT];
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "regions %s, deltas %s and scores %s do not fit %" PRId64 " classes",
                            rq_shape_text(rois, r), rq_shape_text(deltas, d),
                            rq_shape_text(scores, s), a->num_classes);
    }
    if (ctx->n_out != 3) return rq_node_fail(ctx->node, RQ_EFORMAT, "%u outputs", ctx->n_out);
    ctx->out[0].dtype = ctx->out[2].dtype = ctx->in[ROIS].dtype;
    ctx->out[1].dtype = RQ_DT_I32;
    ctx->out[0].shape = (rq_shape){2, {a->max_detections, 4}};
    ctx->out[1].shape = ctx->out[2].shape = (rq_shape){1, {a->max_detections}};
    return RQ_OK;
}

/* Boxes and scores by class, then region; in `found` the numbers of those that are left. */
typedef struct work {
    rq_corners *boxes;
    rq_sort_item *order, *found;
    int32_t *kept;
} work;

static size_t cut_work(work *w, const rq_shape *scores, void *base)
{
    size_t rois = (size_t)scores->d[0], all = rois * (size_t)scores->d[1];
    *w = (work){0};
    if (base) {
        w->boxes = base;
        w->order = (rq_sort_item *)(void *)(w->boxes + all);
        w->found = w->order + rois;
        w->kept = (int32_t *)(void *)(w->found + all);
    }
    return all * (sizeof(rq_corners) + sizeof(rq_sort_item)) +
           rois * (sizeof(rq_sort_item) + sizeof(int32_t));
}

static size_t scratch(const rq_infer *ctx)
{
    work w;
    return cut_work(&w, &ctx->in[SCORES].shape, NULL);
}

static float score_of(const rq_call *call, size_t roi, size_t c)
{
    return ((const float *)call->in[SCORES].data)[roi * (size_t)call->in[SCORES].shape.d[1] + c];
}

/* Moves all regions for class c; ranks those above the score threshold. Empty ones are out. */
static size_t refine_class(const rq_call *call, size_t c, rq_corners *boxes, rq_sort_item *order)
{
    const output_attrs *a = call->attrs;
    size_t rois = (size_t)call->in[ROIS].shape.d[0], classes = (size_t)a->num_classes, count = 0;
    for (size_t r = 0; r < rois; r++) {
        rq_corners box;
        float delta[4], score = score_of(call, r, c);
        memcpy(&box, (const float *)call->in[ROIS].data + r * 4, sizeof box);
        boxes[r] = (rq_corners){0, 0, 0, 0};
        if (!(box.x2 - box.x1 > 0 && box.y2 - box.y1 > 0)) continue;
        for (size_t i = 0; i < 4; i++)
            delta[i] = ((const float *)call->in[DELTAS].data)[(r * classes + c) * 4 + i] /
                       (float)a->deltas_weights.v[i];
        boxes[r] = rq_anchor_apply_deltas(&box, delta, 1, (float)a->max_delta_log_wh, 1.0f);
        rq_corners_clip(&boxes[r], INFINITY,
                        INFINITY); /* as OpenVINO: not to the image's far sides */
        if (score > (float)a->score_threshold) order[count++] = rq_rank_score(score, (int64_t)r);
    }
    return count;
}

static size_t detect(const rq_call *call, const work *w)
{
    const output_attrs *a = call->attrs;
    size_t rois = (size_t)call->in[ROIS].shape.d[0], total = 0;
    size_t most = a->post_nms_count < 0 ? SIZE_MAX : (size_t)a->post_nms_count;
    for (size_t c = 1; c < (size_t)a->num_classes; c++) {
        rq_corners *boxes = w->boxes + c * rois;
        size_t count = refine_class(call, c, boxes, w->order);
        rq_sort_first(w->order, count, count);
        count = rq_corners_suppress(w->kept, most, boxes, w->order, count, (float)a->nms_threshold,
                                    1.0f);
        for (size_t i = 0; i < count; i++) {
            size_t r = (size_t)w->kept[i];
            w->found[total++] = rq_rank_score(score_of(call, r, c), (int64_t)(c * rois + r));
        }
    }
    return total;
}

static rq_status run(rq_call *call)
{
    const output_attrs *a = call->attrs;
    size_t rois = (size_t)call->in[ROIS].shape.d[0], limit = (size_t)a->max_detections;
    work w;
    cut_work(&w, &call->in[SCORES].shape, call->scratch);
    for (uint32_t i = 0; i < 3; i++) memset(call->out[i].data, 0, rq_tensor_bytes(&call->out[i]));
    size_t total = detect(call, &w);
    if (total > limit) { /* else they stay in the order of their classes */
        rq_sort_first(w.found, total, limit);
        total = limit;
    }
    for (size_t i = 0; i < total; i++) {
        size_t at = (size_t)w.found[i].index;
        memcpy((float *)call->out[0].data + i * 4, &w.boxes[at], sizeof *w.boxes);
        ((int32_t *)call->out[1].data)[i] = (int32_t)(at / rois);
        ((float *)call->out[2].data)[i] = score_of(call, at % rois, at / rois);
    }
    return RQ_OK;
}

const rq_op rq_op_ExperimentalDetectronDetectionOutput = {
    .type = "ExperimentalDetectronDetectionOutput",
    .opsets = RQ_OPSET(6),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(output_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
