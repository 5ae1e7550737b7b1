/* ONNX's losses, as sums over what the labels pick. */
#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

typedef struct loss {
    rq_id labels; /* those to ignore made 0 */
    rq_id weight; /* of each label; RQ_NONE: all 1 */
    rq_id picked; /* -log p of each label, weighted */
} loss;

/* Weight of each label: by class where `weights` is given, 0 for the one to ignore. */
static rq_id label_weights(rq_ir_builder *b, loss *l, rq_id scores, rq_id weights)
{
    rq_id weight = RQ_NONE;
    if (rq_framework_find_attr(b->node, "ignore_index")) {
        rq_dtype dtype = rq_ir_builder_dtype(b, l->labels);
        double ignored = (double)rq_framework_int64(b->node, "ignore_index", -1);
        rq_id other = rq_emit_binary(b, "NotEqual-1", l->labels, rq_emit_scalar(b, dtype, ignored));
        l->labels = rq_emit(b, "Select-1", RQ_IN(other, l->labels, rq_emit_scalar(b, dtype, 0.0)),
                            "auto_broadcast=numpy");
        weight = rq_emit_convert(b, other, rq_ir_builder_dtype(b, scores));
    }
    if (weights == RQ_NONE) return weight;
    rq_id by_class = rq_emit_gather(b, weights, l->labels, 0);
    return weight == RQ_NONE ? by_class : rq_emit_binary(b, "Multiply-1", by_class, weight);
}

static rq_id reduce_all(rq_ir_builder *b, const char *type, rq_id x)
{
    int rank = rq_ir_builder_require_rank(b, x);
    int64_t axes[RQ_MAX_RANK];
    for (int i = 0; i < rank; i++) axes[i] = i;
    return rq_emit(b, type, RQ_IN(x, rq_emit_ints(b, axes, rank < 0 ? 0 : (size_t)rank)),
                   "keep_dims=false");
}

static rq_id reduce_loss(rq_ir_builder *b, const loss *l)
{
    const char *reduction = rq_framework_string(b->node, "reduction", "mean");
    if (!strcmp(reduction, "none")) return l->picked;
    if (!strcmp(reduction, "sum")) return reduce_all(b, "ReduceSum-1", l->picked);
    if (l->weight == RQ_NONE) return reduce_all(b, "ReduceMean-1", l->picked);
    return rq_emit_binary(b, "Divide-1", reduce_all(b, "ReduceSum-1", l->picked),
                          reduce_all(b, "ReduceSum-1", l->weight));
}

/* scores [N,C,...] are log p, labels [N,...]. */
static rq_id negative_log_likelihood(rq_ir_builder *b, rq_id scores, rq_id labels, rq_id weights)
{
    int64_t channel = 1;
    loss l = {.labels = labels};
    l.weight = label_weights(b, &l, scores, weights);
    rq_id index = rq_emit_unsqueeze(b, l.labels, &channel, 1);
    rq_id picked = rq_emit(b, "GatherElements-6", RQ_IN(scores, index), "axis=1");
    picked = rq_emit_squeeze(b, picked, &channel, 1);
    l.picked = rq_emit(b, "Negative-1", RQ_IN(picked), "%s", "");
    if (l.weight != RQ_NONE) l.picked = rq_emit_binary(b, "Multiply-1", l.picked, l.weight);
    return reduce_loss(b, &l);
}

static void map_nll(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      negative_log_likelihood(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1),
                                              rq_ir_builder_in(b, 2)));
}

static void map_softmax_cross_entropy(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id scores = rq_emit(b, "LogSoftmax-5", RQ_IN(rq_ir_builder_in(b, 0)), "axis=1");
    rq_id y = negative_log_likelihood(b, scores, rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 2));
    (void)row;
    rq_ir_builder_set(b, 0, y);
    rq_ir_builder_set(b, 1, scores);
}

static const rq_op_mapping_row rows[] = {
    {"", "NegativeLogLikelihoodLoss", map_nll, NULL},
    {"", "SoftmaxCrossEntropyLoss", map_softmax_cross_entropy, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_loss, rows)
