/* TensorFlow's operators on the scores of classes: losses, ranks, the text that they spell. */
#include "engine/import/tensorflow/ops/tf_layout.h"

static rq_id sum(rq_ir_builder *b, rq_id x, int64_t axis)
{
    return rq_emit(b, "ReduceSum-1", RQ_IN(x, rq_emit_ints(b, &axis, 1)), "keep_dims=false");
}

/* One in the class of each target. */
static rq_id one_hot(rq_ir_builder *b, rq_id targets, rq_id scores)
{
    rq_id n = rq_emit_gather(b, rq_emit_shape_of(b, scores), rq_emit_int(b, -1), 0);
    return rq_emit(b, "OneHot-1",
                   RQ_IN(targets, n, rq_emit_like(b, scores, 1), rq_emit_like(b, scores, 0)),
                   "axis=-1");
}

/* Scores and labels [N, classes], or (Sparse) [N]: losses, and what training goes back by. */
static void map_cross_entropy(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), labels = rq_ir_builder_in(b, 1);
    if (row->ir) labels = one_hot(b, labels, x);
    rq_id logs = rq_emit(b, "LogSoftmax-5", RQ_IN(x), "axis=-1");
    rq_id loss = sum(b, rq_emit_binary(b, "Multiply-1", labels, logs), -1);
    rq_ir_builder_set(b, 0, rq_emit(b, "Negative-1", RQ_IN(loss), "%s", ""));
    if (rq_ir_builder_wants(b, 1))
        rq_ir_builder_set(
            b, 1,
            rq_emit_binary(b, "Subtract-1", rq_emit(b, "SoftMax-1", RQ_IN(x), "axis=1"), labels));
}

/* Is the target among the k best? Scores [N, classes], targets [N]. */
static void map_in_top_k(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const int64_t last = -1;
    rq_id x = rq_ir_builder_in(b, 0), targets = rq_ir_builder_in(b, 1);
    rq_id own = sum(b, rq_emit_binary(b, "Multiply-1", one_hot(b, targets, x), x), -1);
    rq_id above = rq_emit_binary(b, "Greater-1", x, rq_emit_unsqueeze(b, own, &last, 1));
    rq_id count = sum(b, rq_emit_convert(b, above, RQ_DT_I64), -1);
    rq_id k = rq_ir_builder_has(b, 2) ? rq_emit_convert(b, rq_ir_builder_in(b, 2), RQ_DT_I64)
                                      : rq_emit_int(b, rq_framework_int(b->node, "k", 1));
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Less-1", count, k));
}

/* -- CTCGreedyDecoder -------------------------------------------------------------------------- */

/* Minus the sum of each step's best score, within the lengths; scores [N, T, C]. */
static rq_id log_probability(rq_ir_builder *b, rq_id scores, rq_id lengths)
{
    const int64_t last = -1;
    rq_id best = rq_emit(b, "ReduceMax-1", RQ_IN(scores, RQ_EMIT_INTS(b, 2)), "keep_dims=false");
    rq_id steps =
        rq_emit_count_up(b, rq_emit_gather(b, rq_emit_shape_of(b, scores), rq_emit_int(b, 1), 0));
    rq_id length = rq_emit_unsqueeze(b, rq_emit_convert(b, lengths, RQ_DT_I64), &last, 1);
    rq_id within = rq_emit_binary(b, "Less-1", steps, length);
    rq_id kept = rq_emit(b, "Select-1", RQ_IN(within, best, rq_emit_like(b, best, 0)),
                         "auto_broadcast=numpy");
    rq_id total = rq_emit(b, "ReduceSum-1", RQ_IN(kept, RQ_EMIT_INTS(b, 1)), "keep_dims=true");
    return rq_emit(b, "Negative-1", RQ_IN(total), "%s", "");
}

/* Scores [T, N, C] and lengths: the decoded classes as a sparse matrix (places, values, shape), and
 * how likely they are. */
static void map_ctc_greedy(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id scores = rq_emit_transpose(b, rq_ir_builder_in(b, 0), (int64_t[]){1, 0, 2}, 3);
    rq_id lengths = rq_ir_builder_in(b, 1);
    (void)row;
    rq_node *node =
        rq_emit_node(b, "CTCGreedyDecoderSeqLen-6", RQ_IN(scores, lengths), 2,
                     "merge_repeated=%s;classes_index_type=i64;sequence_length_type=i64",
                     rq_bool_text(rq_framework_int(b->node, "merge_repeated", 0)));
    if (!node) return;
    rq_id there =
        rq_emit_binary(b, "GreaterEqual-1", node->out[0], rq_emit_like(b, node->out[0], 0));
    rq_id places = rq_emit(b, "NonZero-3", RQ_IN(there), "output_type=i64");
    places = rq_emit_transpose(b, places, (int64_t[]){1, 0}, 2);
    if (rq_ir_builder_wants(b, 0)) rq_ir_builder_set(b, 0, places);
    if (rq_ir_builder_wants(b, 1))
        rq_ir_builder_set(b, 1,
                          rq_emit(b, "GatherND-8", RQ_IN(node->out[0], places), "batch_dims=0"));
    if (rq_ir_builder_wants(b, 2)) {
        rq_id rows = rq_emit_slice(b, rq_emit_shape_of(b, scores), 0, 0, 1, 1);
        rq_id longest =
            rq_emit(b, "ReduceMax-1", RQ_IN(node->out[1], RQ_EMIT_INTS(b, 0)), "keep_dims=true");
        rq_ir_builder_set(b, 2, rq_emit(b, "Concat-1", RQ_IN(rows, longest), "axis=0"));
    }
    if (rq_ir_builder_wants(b, 3)) rq_ir_builder_set(b, 3, log_probability(b, scores, lengths));
}

static const rq_op_mapping_row rows[] = {
    {"", "CTCGreedyDecoder", map_ctc_greedy, NULL},
    {"", "InTopK", map_in_top_k, NULL},
    {"", "InTopKV2", map_in_top_k, NULL},
    {"", "SoftmaxCrossEntropyWithLogits", map_cross_entropy, NULL},
    {"", "SparseSoftmaxCrossEntropyWithLogits", map_cross_entropy, "sparse"},
};
RQ_OP_MAPPING_GROUP(tf_classes, rows)
