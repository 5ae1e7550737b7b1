#include "engine/import/tensorflow/graph/tf_graph.h"

#include <string.h>

/* Output arguments in order, of operators with several (TensorFlow's operator definitions).
 * In a function's body an input names the argument, and counts within it. */
static const struct {
    const char *op;
    const char *arguments[8];
} several[] = {
    {"BlockLSTM", {"i", "cs", "f", "o", "ci", "co", "h"}},
    {"BlockLSTMV2", {"i", "cs", "f", "o", "ci", "co", "h"}},
    {"CTCGreedyDecoder", {"decoded_indices", "decoded_values", "decoded_shape", "log_probability"}},
    {"CombinedNonMaxSuppression",
     {"nmsed_boxes", "nmsed_scores", "nmsed_classes", "valid_detections"}},
    {"FusedBatchNorm", {"y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"}},
    {"FusedBatchNormV2",
     {"y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"}},
    {"FusedBatchNormV3",
     {"y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2",
      "reserve_space_3"}},
    {"GRUBlockCell", {"r", "u", "c", "h"}},
    {"LSTMBlockCell", {"i", "cs", "f", "o", "ci", "co", "h"}},
    {"ListDiff", {"out", "idx"}},
    {"MaxPoolWithArgmax", {"output", "argmax"}},
    {"Merge", {"output", "value_index"}},
    {"NonMaxSuppressionV4", {"selected_indices", "valid_outputs"}},
    {"NonMaxSuppressionV5", {"selected_indices", "selected_scores", "valid_outputs"}},
    {"SoftmaxCrossEntropyWithLogits", {"loss", "backprop"}},
    {"SparseSoftmaxCrossEntropyWithLogits", {"loss", "backprop"}},
    {"Switch", {"output_false", "output_true"}},
    {"TensorListPopBack", {"output_handle", "tensor"}},
    {"TopK", {"values", "indices"}},
    {"TopKV2", {"values", "indices"}},
    {"Unique", {"y", "idx"}},
    {"UniqueWithCounts", {"y", "idx", "count"}},
};

uint32_t rq_tf_output_place(const char *op, const char *argument)
{
    for (size_t i = 0; *argument && i < sizeof several / sizeof *several; i++) {
        if (strcmp(several[i].op, op)) continue;
        for (uint32_t k = 0; k < 8 && several[i].arguments[k]; k++)
            if (!strcmp(several[i].arguments[k], argument)) return k;
    }
    return 0;
}
