/* Operators of ai.onnx.ml that are arithmetic on features, the last axis. */
#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

/* The attribute's numbers as a row; one number as a scalar; RQ_NONE without any. */
static rq_id row_of(rq_ir_builder *b, const char *name)
{
    const rq_framework_attr *list = rq_framework_find_attr(b->node, name);
    if (!list || list->kind != RQ_FRAMEWORK_FLOATS || !list->n) return RQ_NONE;
    rq_shape shape = list->n == 1 ? RQ_SHAPE_SCALAR : (rq_shape){1, {(int64_t)list->n}};
    return rq_emit_reals(b, list->floats, &shape);
}

/* (x - offset) * scale */
static void map_scaler(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_emit_convert(b, rq_ir_builder_in(b, 0), RQ_DT_F32);
    rq_id offset = row_of(b, "offset"), scale = row_of(b, "scale");
    (void)row;
    if (offset != RQ_NONE) x = rq_emit_binary(b, "Subtract-1", x, offset);
    if (scale != RQ_NONE) x = rq_emit_binary(b, "Multiply-1", x, scale);
    rq_ir_builder_set(b, 0, x);
}

static void map_binarizer(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_id limit = rq_onnx_like(b, x, rq_framework_float(b->node, "threshold", 0));
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit_convert(b, rq_emit_binary(b, "Greater-1", x, limit), rq_ir_builder_dtype(b, x)));
}

/* Rows by their largest element, or their norm. */
static void map_normalizer(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_emit_convert(b, rq_ir_builder_in(b, 0), RQ_DT_F32);
    const char *norm = rq_framework_string(b->node, "norm", "MAX");
    const char *type = !strcmp(norm, "L1")   ? "ReduceL1-4"
                       : !strcmp(norm, "L2") ? "ReduceL2-4"
                                             : "ReduceMax-1";
    rq_id size = rq_emit(b, type, RQ_IN(x, RQ_EMIT_INTS(b, -1)), "keep_dims=true");
    rq_id zero = rq_emit_binary(b, "Equal-1", size, rq_onnx_like(b, x, 0));
    (void)row;
    size = rq_emit(b, "Select-1", RQ_IN(zero, rq_onnx_like(b, x, 1), size), "auto_broadcast=numpy");
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Divide-1", x, size));
}

static void map_feature_extractor(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id index = rq_emit_reshape(b, rq_ir_builder_in(b, 1), (int64_t[]){-1}, 1);
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_gather(b, rq_ir_builder_in(b, 0), index, -1));
}

static const rq_op_mapping_row rows[] = {
    {"ai.onnx.ml", "ArrayFeatureExtractor", map_feature_extractor, NULL},
    {"ai.onnx.ml", "Binarizer", map_binarizer, NULL},
    {"ai.onnx.ml", "Normalizer", map_normalizer, NULL},
    {"ai.onnx.ml", "Scaler", map_scaler, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_ml, rows)
