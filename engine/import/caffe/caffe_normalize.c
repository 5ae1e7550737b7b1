/* Caffe's normalizations and per-channel scales. */
#include "engine/import/caffe/caffe_map.h"
#include "engine/import/normalize.h"

#include <string.h>

static void set_normalized(rq_ir_builder *b, rq_id gamma, rq_id beta, rq_id mean, rq_id variance)
{
    double epsilon = rq_framework_float(b->node, "eps", 1e-5);
    rq_ir_builder_set(b, 0,
                      rq_emit_normalize_channels(b, rq_ir_builder_in(b, 0), gamma, beta, mean,
                                                 variance, epsilon));
}

/* By the images' own mean and variance. */
static void set_normalized_by_batch(rq_ir_builder *b)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_ir_builder_set(
        b, 0,
        rq_emit_mvn(b, x, rq_emit_batch_axes(b, x), rq_framework_float(b->node, "eps", 1e-5)));
}

/* Blobs: sums of means and of variances, and of how many there are. */
static void map_batch_norm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    if (!rq_framework_int(b->node, "use_global_stats", 1)) {
        set_normalized_by_batch(b);
        return;
    }
    rq_id mean = rq_caffe_blob_as(b, 0, NULL, 0), variance = rq_caffe_blob_as(b, 1, NULL, 0);
    double sum = rq_ir_builder_number(b, rq_caffe_blob(b, 2), 1);
    rq_id factor = rq_emit_scalar(b, RQ_DT_F32, sum == 0 ? 0 : 1 / sum);
    if (sum != 1) {
        mean = rq_emit_binary(b, "Multiply-1", mean, factor);
        variance = rq_emit_binary(b, "Multiply-1", variance, factor);
    }
    set_normalized(b, RQ_NONE, RQ_NONE, mean, variance);
}

/* "BN" of several forks: scale and shift of four dimensions, then mean and variance. */
static void map_bn(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    set_normalized(b, rq_caffe_blob_as(b, 0, NULL, 0), rq_caffe_blob_as(b, 1, NULL, 0),
                   rq_caffe_blob_as(b, 2, NULL, 0), rq_caffe_blob_as(b, 3, NULL, 0));
}

/* The factor with ones around it, its first axis on `axis` of x. */
static rq_id align(rq_ir_builder *b, rq_id factor, int axis, int rank)
{
    rq_shape shape = rq_ir_builder_shape(b, factor);
    int64_t dims[RQ_MAX_RANK];
    if (shape.rank <= 0 || b->status != RQ_OK) return factor;
    if (axis + shape.rank > rank) { /* an old blob: [1, 1, 1, C] */
        if (rq_ir_builder_const(b, factor)) return rq_caffe_per_axis(b, factor, axis, rank);
        rq_ir_builder_fail(b, RQ_EFORMAT, "a factor of %d dimensions at axis %d of %d", shape.rank,
                           axis, rank);
        return RQ_NONE;
    }
    for (int i = 0; i < rank; i++) {
        bool inside = i >= axis && i < axis + shape.rank;
        dims[i] = inside ? shape.d[i - axis] : 1;
    }
    return rq_emit_reshape(b, factor, dims, (size_t)rank);
}

/* row->ir: Multiply of a Scale, Add of a Bias. The factor is a second bottom or a blob. */
static void map_scale(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool given = rq_caffe_bottoms(b) > 1;
    rq_id x = rq_ir_builder_in(b, 0), factor = given ? rq_ir_builder_in(b, 1) : rq_caffe_blob(b, 0);
    int rank = rq_ir_builder_require_rank(b, x), axis = rq_caffe_axis(b, "axis", 1, rank);
    rq_id y = rq_emit_binary(b, row->ir, x, align(b, factor, axis, rank));
    if (rq_framework_int(b->node, "bias_term", 0))
        y = rq_emit_binary(b, "Add-1", y, align(b, rq_caffe_blob(b, given ? 0 : 1), axis, rank));
    rq_ir_builder_set(b, 0, y);
}

static void map_normalize(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    bool across = rq_framework_int(b->node, "across_spatial", 1);
    int rank = rq_ir_builder_require_rank(b, x);
    rq_id axes = across ? RQ_EMIT_INTS(b, 1, 2, 3) : RQ_EMIT_INTS(b, 1);
    (void)row;
    rq_id y = rq_emit(b, "NormalizeL2-1", RQ_IN(x, axes), "eps=%.9g;eps_mode=add",
                      rq_framework_float(b->node, "eps", 1e-10));
    rq_ir_builder_set(
        b, 0,
        rq_emit_binary(b, "Multiply-1", y, rq_caffe_per_axis(b, rq_caffe_blob(b, 0), 1, rank)));
}

/* Each item of the batch to length 1. */
static void map_l2_normalization(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    int64_t axes[RQ_MAX_RANK];
    (void)row;
    for (int i = 1; i < rank; i++) axes[i - 1] = i;
    rq_id list = rq_emit_ints(b, axes, (size_t)(rank > 1 ? rank - 1 : 0));
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "NormalizeL2-1", RQ_IN(x, list), "eps=%.9g;eps_mode=add",
                              rq_framework_float(b->node, "eps", 1e-10)));
}

/* Global response: x / sqrt(sum over channels of x^2 + bias). */
static void map_grn(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "NormalizeL2-1", RQ_IN(rq_ir_builder_in(b, 0), RQ_EMIT_INTS(b, 1)),
                              "eps=%.9g;eps_mode=add", rq_framework_float(b->node, "bias", 1)));
}

static void map_lrn(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool within = !strcmp(rq_framework_string(b->node, "norm_region", ""), "WITHIN_CHANNEL");
    rq_id axes = within ? RQ_EMIT_INTS(b, 2, 3) : RQ_EMIT_INTS(b, 1);
    const rq_lrn lrn = {.alpha = rq_framework_float(b->node, "alpha", 1),
                        .beta = rq_framework_float(b->node, "beta", 0.75),
                        .bias = within ? 1.0 : rq_framework_float(b->node, "k", 1),
                        .size = rq_framework_int(b->node, "local_size", 5)};
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_lrn(b, rq_ir_builder_in(b, 0), axes, &lrn));
}

static void map_mvn(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool across = rq_framework_int(b->node, "across_channels", 0);
    bool variance = rq_framework_int(b->node, "normalize_variance", 1);
    rq_id axes = across ? RQ_EMIT_INTS(b, 1, 2, 3) : RQ_EMIT_INTS(b, 2, 3);
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "MVN-6", RQ_IN(rq_ir_builder_in(b, 0), axes),
                              "eps=%.9g;normalize_variance=%s;eps_mode=outside_sqrt",
                              rq_framework_float(b->node, "eps", 1e-9), rq_bool_text(variance)));
}

static void map_softmax(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int axis = rq_caffe_axis(b, "axis", 1, rq_ir_builder_require_rank(b, x));
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit(b, "SoftMax-1", RQ_IN(x), "axis=%d", axis));
}

static const rq_op_mapping_row rows[] = {
    {"", "BN", map_bn, NULL},
    {"", "BatchNorm", map_batch_norm, NULL},
    {"", "Bias", map_scale, "Add-1"},
    {"", "GRN", map_grn, NULL},
    {"", "L2Normalization", map_l2_normalization, NULL},
    {"", "LRN", map_lrn, NULL},
    {"", "MVN", map_mvn, NULL},
    {"", "Normalize", map_normalize, NULL},
    {"", "Scale", map_scale, "Multiply-1"},
    {"", "Softmax", map_softmax, NULL},
};
RQ_OP_MAPPING_GROUP(caffe_normalize, rows)
