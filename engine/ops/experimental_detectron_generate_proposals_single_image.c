/* Operation Specifications: ExperimentalDetectronGenerateProposalsSingleImage-6. Outputs always
 * have post_nms_count rows, zeros behind the last box. Boxes below min_size score 0. */
#include "engine/ops/common/anchor_boxes.h"

#include <inttypes.h>
#include <string.h>

typedef struct proposals_attrs {
    double min_size, nms_threshold;
    int64_t pre_nms_count, post_nms_count;
} proposals_attrs;

#define FIELD(name) offsetof(proposals_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"min_size", RQ_ATTR_FLOAT, FIELD(min_size), NULL, NULL},
    {"nms_threshold", RQ_ATTR_FLOAT, FIELD(nms_threshold), NULL, NULL},
    {"pre_nms_count", RQ_ATTR_INT, FIELD(pre_nms_count), NULL, NULL},
    {"post_nms_count", RQ_ATTR_INT, FIELD(post_nms_count), NULL, NULL},
    RQ_ATTRS_END,
};

enum { IMAGE, ANCHORS, DELTAS, SCORES };

static rq_status infer(rq_infer *ctx)
{
    const proposals_attrs *a = ctx->attrs;
    const rq_shape *scores = &ctx->in[SCORES].shape, *anchors = &ctx->in[ANCHORS].shape;
    const rq_shape *deltas = &ctx->in[DELTAS].shape;
    RQ_TRY(rq_infer_arity(ctx, 4, 4));
    RQ_TRY(rq_infer_floats(ctx, 4));
    RQ_TRY(rq_infer_rank(ctx, ANCHORS, 2, 2));
    RQ_TRY(rq_infer_rank(ctx, DELTAS, 3, 3));
    RQ_TRY(rq_infer_rank(ctx, SCORES, 3, 3));
    size_t n = rq_shape_count(scores);
    rq_shape want = {3, {scores->d[0] * 4, scores->d[1], scores->d[2]}};
    if (rq_tensor_count(&ctx->in[IMAGE]) != 3 || anchors->d[1] != 4 || n > INT32_MAX ||
        (size_t)anchors->d[0] != n || !rq_shape_equal(deltas, &want)) {
        char x[RQ_SHAPE_TEXT], d[RQ_SHAPE_TEXT], s[RQ_SHAPE_TEXT];
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "anchors %s, deltas %s and scores %s do not fit, "
                            "or the image has not 3 numbers",
                            rq_shape_text(anchors, x), rq_shape_text(deltas, d),
                            rq_shape_text(scores, s));
    }
    if (ctx->n_out != 2 || a->pre_nms_count < 1 || a->post_nms_count < 1)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "pre_nms_count %" PRId64 ", post_nms_count %" PRId64, a->pre_nms_count,
                            a->post_nms_count);
    ctx->out[0].dtype = ctx->out[1].dtype = ctx->in[SCORES].dtype;
    ctx->out[0].shape = (rq_shape){2, {a->post_nms_count, 4}};
    ctx->out[1].shape = (rq_shape){1, {a->post_nms_count}};
    return RQ_OK;
}

static size_t scratch(const rq_infer *ctx)
{
    rq_anchor_work w;
    return rq_anchor_work_cut(&w, rq_shape_count(&ctx->in[SCORES].shape), NULL);
}

static rq_status run(rq_call *call)
{
    const proposals_attrs *a = call->attrs;
    const rq_shape *shape = &call->in[SCORES].shape;
    const float *image = call->in[IMAGE].data;
    rq_anchor_field field = {.anchors = call->in[ANCHORS].data,
                             .deltas = call->in[DELTAS].data,
                             .scores = call->in[SCORES].data,
                             .kinds = (size_t)shape->d[0],
                             .cells = rq_shape_span(shape, 1, 3),
                             .height = image[0],
                             .width = image[1],
                             .min_height = (float)a->min_size,
                             .min_width = (float)a->min_size,
                             .offset = 1.0f};
    size_t all = rq_shape_count(shape);
    size_t limit = (uint64_t)a->pre_nms_count < all ? (size_t)a->pre_nms_count : all;
    rq_anchor_work w;
    rq_anchor_work_cut(&w, all, call->scratch);
    rq_anchor_boxes(&field, &w);
    for (size_t i = 0; i < all; i++) {
        if (rq_anchor_is_small(&field, &w.boxes[i])) w.scores[i] = 0.0f;
        w.order[i] = rq_rank_score(w.scores[i], (int64_t)i);
    }
    rq_sort_first(w.order, all, limit);
    size_t count = rq_corners_suppress(w.kept, (size_t)a->post_nms_count, w.boxes, w.order, limit,
                                       (float)a->nms_threshold, 0.0f);
    for (uint32_t i = 0; i < 2; i++) memset(call->out[i].data, 0, rq_tensor_bytes(&call->out[i]));
    for (size_t i = 0; i < count; i++) {
        memcpy((float *)call->out[0].data + i * 4, &w.boxes[w.kept[i]], sizeof *w.boxes);
        ((float *)call->out[1].data)[i] = w.scores[w.kept[i]];
    }
    return RQ_OK;
}

const rq_op rq_op_ExperimentalDetectronGenerateProposalsSingleImage = {
    .type = "ExperimentalDetectronGenerateProposalsSingleImage",
    .opsets = RQ_OPSET(6),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(proposals_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
