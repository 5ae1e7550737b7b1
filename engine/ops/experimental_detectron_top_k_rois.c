/* Operation Specifications: ExperimentalDetectronTopKROIs-6: the max_rois most probable regions,
 * best first; zeros where there are fewer. */
#include "engine/ops/common/box.h"

#include <inttypes.h>
#include <string.h>

typedef struct top_attrs {
    int64_t max_rois;
} top_attrs;

static const rq_attr_spec attrs_table[] = {
    {"max_rois", RQ_ATTR_INT, offsetof(top_attrs, max_rois), "0", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const top_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 2, 2));
    RQ_TRY(rq_infer_floats(ctx, 2));
    RQ_TRY(rq_infer_rank(ctx, 0, 2, 2));
    RQ_TRY(rq_infer_rank(ctx, 1, 1, 1));
    const rq_shape *rois = &ctx->in[0].shape;
    if (rois->d[1] != 4 || rois->d[0] != ctx->in[1].shape.d[0] || a->max_rois < 0)
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "%" PRId64 " regions of %" PRId64 " numbers, %" PRId64
                            " probabilities, max_rois %" PRId64,
                            rois->d[0], rois->d[1], ctx->in[1].shape.d[0], a->max_rois);
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = (rq_shape){2, {a->max_rois, 4}};
    return RQ_OK;
}

static size_t scratch(const rq_infer *ctx)
{
    return (size_t)ctx->in[0].shape.d[0] * sizeof(rq_sort_item);
}

static rq_status run(rq_call *call)
{
    const top_attrs *a = call->attrs;
    size_t n = (size_t)call->in[0].shape.d[0];
    size_t k = (uint64_t)a->max_rois < n ? (size_t)a->max_rois : n;
    const float *rois = call->in[0].data, *scores = call->in[1].data;
    float *out = call->out[0].data;
    rq_sort_item *order = call->scratch;
    for (size_t i = 0; i < n; i++) order[i] = rq_rank_score(scores[i], (int64_t)i);
    rq_sort_first(order, n, k);
    memset(out, 0, rq_tensor_bytes(&call->out[0]));
    for (size_t i = 0; i < k; i++) memcpy(out + i * 4, rois + order[i].index * 4, 4 * sizeof *out);
    return RQ_OK;
}

const rq_op rq_op_ExperimentalDetectronTopKROIs = {
    .type = "ExperimentalDetectronTopKROIs",
    .opsets = RQ_OPSET(6),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(top_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
