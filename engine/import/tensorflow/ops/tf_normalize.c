/* TensorFlow's normalizations, softmax and matrix products. */
#include "engine/import/normalize.h"
#include "engine/import/tensorflow/ops/tf_layout.h"

/* The statistics of the batch, [C], as outputs 1 and 2: the variance by n - 1. */
static void set_batch_statistics(rq_ir_builder *b, rq_id x, rq_id axes)
{
    rq_id mean = rq_emit(b, "ReduceMean-1", RQ_IN(x, axes), "keep_dims=true");
    rq_id moved = rq_emit_binary(b, "Subtract-1", x, mean);
    rq_id sum =
        rq_emit(b, "ReduceSum-1", RQ_IN(rq_emit_binary(b, "Multiply-1", moved, moved), axes),
                "keep_dims=false");
    rq_id all = rq_emit_shape_of(b, x), one = rq_emit_int(b, 1), zero = rq_emit_int(b, 0);
    rq_id n = rq_emit(b, "ReduceProd-1", RQ_IN(all, RQ_EMIT_INTS(b, 0)), "keep_dims=false");
    rq_id channels = rq_emit(b, "Gather-8", RQ_IN(all, one, zero), "batch_dims=0");
    n = rq_emit_binary(b, "Subtract-1", rq_emit_binary(b, "Divide-1", n, channels), one);
    n = rq_emit_convert(b, rq_emit_binary(b, "Maximum-1", n, one), rq_ir_builder_dtype(b, x));
    if (rq_ir_builder_wants(b, 1))
        rq_ir_builder_set(b, 1, rq_emit_reshape(b, mean, (int64_t[]){-1}, 1));
    if (rq_ir_builder_wants(b, 2)) rq_ir_builder_set(b, 2, rq_emit_binary(b, "Divide-1", sum, n));
}

/* x normalized by its own mean and variance, as a layer in training does it. */
static void normalize_by_batch(rq_ir_builder *b, rq_id x)
{
    int rank = rq_ir_builder_require_rank(b, x);
    rq_id over = rq_emit_batch_axes(b, x);
    rq_id y = rq_emit_mvn(b, x, over, rq_framework_float(b->node, "epsilon", 1e-4));
    y = rq_emit_binary(b, "Multiply-1", y,
                       rq_tf_channels_first_operand(b, rq_ir_builder_in(b, 1), rank));
    y = rq_emit_binary(b, "Add-1", y,
                       rq_tf_channels_first_operand(b, rq_ir_builder_in(b, 2), rank));
    rq_tf_set_image_output(b, 0, y);
    if (rq_ir_builder_wants(b, 1) || rq_ir_builder_wants(b, 2)) set_batch_statistics(b, x, over);
}

/* x, gamma, beta, mean, variance: the statistics of training, as they are. */
static void map_batch_norm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_tf_image_input(b, 0);
    (void)row;
    if (rq_framework_int(b->node, "is_training", 1)) {
        normalize_by_batch(b, x);
        return;
    }
    for (size_t i = 1; i < b->node->n_out; i++) {
        if (!rq_ir_builder_wants(b, i) || i > 2) continue; /* passed on, though rarely read */
        rq_ir_builder_set(b, i, rq_ir_builder_in(b, i + 2));
    }
    rq_id y = rq_emit_normalize_channels(b, x, rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 2),
                                         rq_ir_builder_in(b, 3), rq_ir_builder_in(b, 4),
                                         rq_framework_float(b->node, "epsilon", 1e-4));
    rq_tf_set_image_output(b, 0, y);
}

/* alpha counts each of the 2 r + 1 channels; the IR's is for their sum. */
static void map_lrn(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t size = 2 * rq_framework_int(b->node, "depth_radius", 5) + 1;
    (void)row;
    const rq_lrn lrn = {.alpha = rq_framework_float(b->node, "alpha", 1) * (double)size,
                        .beta = rq_framework_float(b->node, "beta", 0.5),
                        .bias = rq_framework_float(b->node, "bias", 1),
                        .size = size};
    rq_tf_set_image_output(b, 0, rq_emit_lrn(b, rq_tf_image_input(b, 0), RQ_EMIT_INTS(b, 1), &lrn));
}

/* Along the last axis, which is the channels'. */
static void map_softmax(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    if (rq_tf_has_channels_first(b, x)) {
        rq_tf_set_channels_first(
            b, 0, rq_emit(b, row->ir, RQ_IN(rq_tf_to_channels_first(b, x)), "axis=1"));
        return;
    }
    rq_ir_builder_set(b, 0, rq_emit(b, row->ir, RQ_IN(x), "axis=%d", rank - 1));
}

static bool flag(const rq_ir_builder *b, const char *name, const char *other)
{
    return rq_framework_int(b->node, name, rq_framework_int(b->node, other, 0));
}

static void map_mat_mul(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit_mat_mul(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1),
                                      flag(b, "transpose_a", "adj_x"),
                                      flag(b, "transpose_b", "adj_y")));
}

static void map_einsum(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id in[8];
    size_t n = b->node->n_in < 8 ? b->node->n_in : 8;
    (void)row;
    for (size_t i = 0; i < n; i++) in[i] = rq_ir_builder_in(b, i);
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Einsum-7", in, n, "equation=%s", rq_framework_string(b->node, "equation", "")));
}

static const rq_op_mapping_row rows[] = {
    {"", "BatchMatMul", map_mat_mul, NULL},          {"", "BatchMatMulV2", map_mat_mul, NULL},
    {"", "BatchMatMulV3", map_mat_mul, NULL},        {"", "Einsum", map_einsum, NULL},
    {"", "FusedBatchNorm", map_batch_norm, NULL},    {"", "FusedBatchNormV2", map_batch_norm, NULL},
    {"", "FusedBatchNormV3", map_batch_norm, NULL},  {"", "LRN", map_lrn, NULL},
    {"", "LogSoftmax", map_softmax, "LogSoftmax-5"}, {"", "MatMul", map_mat_mul, NULL},
    {"", "Softmax", map_softmax, "SoftMax-1"},
};
RQ_OP_MAPPING_GROUP(tf_normalize, rows)
