/* ONNX's normalisations. */
#include "engine/import/normalize.h"
#include "engine/import/onnx/onnx_ops.h"

static rq_id range_axes(rq_ir_builder *b, int begin, int end)
{
    int64_t axes[RQ_MAX_RANK];
    size_t n = 0;
    if (b->status == RQ_OK && (begin < 0 || begin > end))
        rq_ir_builder_fail(b, RQ_EFORMAT, "axis %d of rank %d", begin, end);
    for (int i = begin; b->status == RQ_OK && i < end; i++) axes[n++] = i;
    return rq_emit_ints(b, axes, n);
}

static rq_id add_epsilon(rq_ir_builder *b, rq_id x, double fallback)
{
    double epsilon = rq_framework_float(b->node, "epsilon", fallback);
    return rq_emit_binary(b, "Add-1", x, rq_onnx_like(b, x, epsilon));
}

static rq_id mean_of(rq_ir_builder *b, rq_id x, rq_id axes)
{
    return rq_emit(b, "ReduceMean-1", RQ_IN(x, axes), "keep_dims=true");
}

static rq_id square(rq_ir_builder *b, rq_id x)
{
    return rq_emit_binary(b, "Multiply-1", x, x);
}

/* -- BatchNormalization ---------------------------------------------------------------------- */

/* x * s + t with s = gamma / sqrt(var + eps), t = beta - mean * s: constants become one each. */
static rq_id normalize_by(rq_ir_builder *b, rq_id x, rq_id mean, rq_id variance, int rank)
{
    rq_id deviation = rq_emit(b, "Sqrt-1", RQ_IN(add_epsilon(b, variance, 1e-5)), "%s", "");
    rq_id scale = rq_emit_binary(b, "Divide-1", rq_ir_builder_in(b, 1), deviation);
    rq_id moved = rq_emit_binary(b, "Multiply-1", mean, scale);
    rq_id shift = rq_emit_binary(b, "Subtract-1", rq_ir_builder_in(b, 2), moved);
    if (rq_ir_builder_rank(b, scale) <= 1) { /* else of each place, before opset 9 */
        scale = rq_onnx_per_channel(b, scale, rank);
        shift = rq_onnx_per_channel(b, shift, rank);
    }
    return rq_emit_binary(b, "Add-1", rq_emit_binary(b, "Multiply-1", x, scale), shift);
}

/* The old average times momentum, the batch's times the rest. */
static rq_id running(rq_ir_builder *b, rq_id old, rq_id now)
{
    double momentum = rq_framework_float(b->node, "momentum", 0.9);
    rq_id kept = rq_emit_binary(b, "Multiply-1", old, rq_onnx_like(b, old, momentum));
    rq_id added = rq_emit_binary(b, "Multiply-1", now, rq_onnx_like(b, now, 1.0 - momentum));
    return rq_emit_binary(b, "Add-1", kept, added);
}

static void train_batch_norm(rq_ir_builder *b, rq_id x, int rank)
{
    const int64_t row = -1;
    rq_id over = rq_emit_batch_axes(b, x), mean = mean_of(b, x, over);
    rq_id variance = mean_of(b, square(b, rq_emit_binary(b, "Subtract-1", x, mean)), over);
    mean = rq_emit_reshape(b, mean, &row, 1);
    variance = rq_emit_reshape(b, variance, &row, 1);
    rq_ir_builder_set(b, 0, normalize_by(b, x, mean, variance, rank));
    if (rq_ir_builder_wants(b, 1))
        rq_ir_builder_set(b, 1, running(b, rq_ir_builder_in(b, 3), mean));
    if (rq_ir_builder_wants(b, 2))
        rq_ir_builder_set(b, 2, running(b, rq_ir_builder_in(b, 4), variance));
}

static void map_batch_norm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    (void)row;
    if (rq_framework_int(b->node, "training_mode", 0))
        train_batch_norm(b, x, rank);
    else
        rq_ir_builder_set(b, 0,
                          normalize_by(b, x, rq_ir_builder_in(b, 3), rq_ir_builder_in(b, 4), rank));
}

/* -- by the tensor's own mean and variance --------------------------------------------------- */

static void map_instance_norm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    rq_id y =
        rq_emit_mvn(b, x, range_axes(b, 2, rank), rq_framework_float(b->node, "epsilon", 1e-5));
    y = rq_emit_binary(b, "Multiply-1", y, rq_onnx_per_channel(b, rq_ir_builder_in(b, 1), rank));
    y = rq_emit_binary(b, "Add-1", y, rq_onnx_per_channel(b, rq_ir_builder_in(b, 2), rank));
    (void)row;
    rq_ir_builder_set(b, 0, y);
}

static void map_layer_norm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y;
    int rank = rq_ir_builder_require_rank(b, x);
    int64_t axis = rq_onnx_axis(rq_framework_int(b->node, "axis", -1), rank);
    rq_id axes = range_axes(b, (int)axis, rank);
    (void)row;
    if (rq_ir_builder_wants(b, 1) || rq_ir_builder_wants(b, 2)) {
        rq_id mean = mean_of(b, x, axes), moved = rq_emit_binary(b, "Subtract-1", x, mean);
        rq_id variance = add_epsilon(b, mean_of(b, square(b, moved), axes), 1e-5);
        rq_id root = rq_emit(b, "Sqrt-1", RQ_IN(variance), "%s", "");
        rq_id inverse = rq_emit_binary(b, "Divide-1", rq_onnx_like(b, x, 1.0), root);
        y = rq_emit_binary(b, "Multiply-1", moved, inverse);
        rq_ir_builder_set(b, 1, mean);
        rq_ir_builder_set(b, 2, inverse);
    } else {
        y = rq_emit_mvn(b, x, axes, rq_framework_float(b->node, "epsilon", 1e-5));
    }
    y = rq_emit_binary(b, "Multiply-1", y, rq_ir_builder_in(b, 1));
    rq_ir_builder_set(b, 0, rq_onnx_add_input(b, y, 2));
}

/* x / sqrt(mean(x^2) + eps) * scale */
static void map_rms_norm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    int64_t axis = rq_onnx_axis(rq_framework_int(b->node, "axis", -1), rank);
    rq_id power = mean_of(b, square(b, x), range_axes(b, (int)axis, rank));
    rq_id root = rq_emit(b, "Sqrt-1", RQ_IN(add_epsilon(b, power, 1e-5)), "%s", "");
    rq_id y = rq_emit_binary(b, "Divide-1", x, root);
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Multiply-1", y, rq_ir_builder_in(b, 1)));
    if (rq_ir_builder_wants(b, 1)) /* of SimplifiedLayerNormalization */
        rq_ir_builder_set(b, 1, rq_emit_binary(b, "Divide-1", rq_onnx_like(b, x, 1.0), root));
}

/* Before opset 21 there is one scale per group. */
static rq_id per_channel_of(rq_ir_builder *b, rq_id row, int64_t groups, rq_id x)
{
    rq_shape shape = rq_ir_builder_shape(b, x), have = rq_ir_builder_shape(b, row);
    if (b->source->opset >= 21 || have.rank != 1 || have.d[0] != groups || shape.rank < 2 ||
        shape.d[1] == groups)
        return row;
    if (shape.d[1] == RQ_DYNAMIC || groups < 1) {
        rq_ir_builder_unmapped(b, "an unknown number of channels");
        return RQ_NONE;
    }
    int64_t last = 1, flat = -1;
    row = rq_emit_unsqueeze(b, row, &last, 1);
    row = rq_emit(b, "Tile-1", RQ_IN(row, RQ_EMIT_INTS(b, 1, shape.d[1] / groups)), "%s", "");
    return rq_emit_reshape(b, row, &flat, 1);
}

static void map_group_norm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int64_t groups = rq_framework_int(b->node, "num_groups", 1);
    rq_id scale = per_channel_of(b, rq_ir_builder_in(b, 1), groups, x);
    rq_id shift = per_channel_of(b, rq_ir_builder_in(b, 2), groups, x);
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "GroupNormalization-12", RQ_IN(x, scale, shift),
                              "num_groups=%d;epsilon=%.9g", (int)groups,
                              rq_framework_float(b->node, "epsilon", 1e-5)));
}

static void map_mvn(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t axes[RQ_MAX_RANK] = {0, 2, 3};
    size_t n;
    (void)row;
    if (!rq_onnx_ints(b, SIZE_MAX, "axes", axes, RQ_MAX_RANK, &n)) return;
    rq_ir_builder_set(
        b, 0, rq_emit_mvn(b, rq_ir_builder_in(b, 0), rq_emit_ints(b, axes, n ? n : 3), 1e-9));
}

/* -- others ---------------------------------------------------------------------------------- */

/* An even number of channels is one more behind than before; the IR takes one more than that. The
 * mean of squares is an average over a volume of one channel, whose depth the channels are. */
static rq_id even_lrn(rq_ir_builder *b, rq_id x, const rq_lrn *lrn)
{
    const int64_t channel = 1;
    int size = (int)lrn->size;
    rq_id squares = rq_emit_unsqueeze(b, square(b, x), &channel, 1);
    rq_id mean = rq_emit(b, "AvgPool-1", RQ_IN(squares),
                         "kernel=%d,1,1;strides=1,1,1;pads_begin=%d,0,0;pads_end=%d,0,0;"
                         "exclude-pad=false;rounding_type=floor;auto_pad=explicit",
                         size, (size - 1) / 2, size / 2);
    mean = rq_emit_squeeze(b, mean, &channel, 1);
    rq_id sum = rq_emit_binary(b, "Multiply-1", mean, rq_onnx_like(b, x, lrn->alpha));
    sum = rq_emit_binary(b, "Add-1", sum, rq_onnx_like(b, x, lrn->bias));
    return rq_emit_binary(b, "Divide-1", x,
                          rq_emit_binary(b, "Power-1", sum, rq_onnx_like(b, x, lrn->beta)));
}

static void map_lrn(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    const rq_lrn lrn = {.alpha = rq_framework_float(b->node, "alpha", 1e-4),
                        .beta = rq_framework_float(b->node, "beta", 0.75),
                        .bias = rq_framework_float(b->node, "bias", 1.0),
                        .size = rq_framework_int(b->node, "size", 1)};
    bool even = lrn.size > 0 && lrn.size % 2 == 0 && rq_ir_builder_rank(b, x) == 4;
    (void)row;
    rq_ir_builder_set(b, 0,
                      even ? even_lrn(b, x, &lrn) : rq_emit_lrn(b, x, RQ_EMIT_INTS(b, 1), &lrn));
}

/* Zeros stay zeros. */
static void map_lp_norm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), axis = RQ_EMIT_INTS(b, rq_framework_int(b->node, "axis", -1));
    (void)row;
    if (rq_framework_int(b->node, "p", 2) != 1) {
        rq_ir_builder_set(b, 0,
                          rq_emit(b, "NormalizeL2-1", RQ_IN(x, axis), "eps=1e-30;eps_mode=max"));
        return;
    }
    rq_id norm = rq_emit(b, "ReduceL1-4", RQ_IN(x, axis), "keep_dims=true");
    norm = rq_emit_binary(b, "Maximum-1", norm, rq_onnx_like(b, x, 1e-30));
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Divide-1", x, norm));
}

static const rq_op_mapping_row rows[] = {
    {"", "BatchNormalization", map_batch_norm, NULL},
    {"", "GroupNormalization", map_group_norm, NULL},
    {"", "InstanceNormalization", map_instance_norm, NULL},
    {"", "LRN", map_lrn, NULL},
    {"", "LayerNormalization", map_layer_norm, NULL},
    {"", "LpNormalization", map_lp_norm, NULL},
    {"", "MeanVarianceNormalization", map_mvn, NULL},
    {"", "RMSNormalization", map_rms_norm, NULL},
    {"", "SimplifiedLayerNormalization", map_rms_norm, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_norm, rows)
