/* ONNX's sources of values: constants, ranges, windows. */
#include "engine/base/round.h"
#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

/* -- Constant -------------------------------------------------------------------------------- */

static rq_id emit_attr(rq_ir_builder *b, const rq_framework_attr *attr)
{
    rq_shape row = {1, {(int64_t)attr->n}};
    switch (attr->kind) {
    case RQ_FRAMEWORK_TENSOR:
        return rq_emit_const(b, &attr->tensor);
    case RQ_FRAMEWORK_INT:
        return rq_emit_int(b, attr->i);
    case RQ_FRAMEWORK_INTS:
        return rq_emit_ints(b, attr->ints, attr->n);
    case RQ_FRAMEWORK_FLOAT:
        return rq_emit_reals(b, &attr->f, &RQ_SHAPE_SCALAR);
    case RQ_FRAMEWORK_FLOATS:
        return rq_emit_reals(b, attr->floats, &row);
    default:
        return RQ_NONE;
    }
}

static void map_constant(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    for (size_t i = 0; i < b->node->n_attrs; i++) {
        const rq_framework_attr *attr = &b->node->attrs[i];
        if (strncmp(attr->name, "value", 5) && strcmp(attr->name, "sparse_value")) continue;
        bool text = attr->kind == RQ_FRAMEWORK_TENSOR
                        ? attr->tensor.dtype == RQ_DT_STRING
                        : attr->kind == RQ_FRAMEWORK_STRING || attr->kind == RQ_FRAMEWORK_STRINGS;
        if (text)
            rq_ir_builder_unmapped(b, "strings");
        else
            rq_ir_builder_set(b, 0, emit_attr(b, attr));
        return;
    }
    rq_ir_builder_fail(b, RQ_EFORMAT, "it has no value");
}

static rq_id fill(rq_ir_builder *b, rq_id value, rq_id shape)
{
    return rq_emit(b, "Broadcast-3", RQ_IN(value, shape), "mode=numpy");
}

static void map_constant_of_shape(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const rq_framework_attr *attr = rq_framework_find_attr(b->node, "value");
    rq_id value;
    (void)row;
    if (attr && attr->kind == RQ_FRAMEWORK_TENSOR)
        value = rq_emit_reshape(b, rq_emit_const(b, &attr->tensor), NULL, 0);
    else
        value = rq_emit_scalar(b, RQ_DT_F32, 0.0);
    rq_ir_builder_set(b, 0, fill(b, value, rq_ir_builder_in(b, 0)));
}

static rq_dtype dtype_attr(const rq_ir_builder *b, const char *name, rq_dtype fallback)
{
    static const rq_dtype types[] = {
        [1] = RQ_DT_F32,  [2] = RQ_DT_U8,   [3] = RQ_DT_I8,    [4] = RQ_DT_U16,  [5] = RQ_DT_I16,
        [6] = RQ_DT_I32,  [7] = RQ_DT_I64,  [9] = RQ_DT_BOOL,  [10] = RQ_DT_F16, [11] = RQ_DT_F64,
        [12] = RQ_DT_U32, [13] = RQ_DT_U64, [16] = RQ_DT_BF16,
    };
    int64_t type = rq_framework_int(b->node, name, 0);
    return type > 0 && type < (int64_t)(sizeof types / sizeof types[0]) ? types[type] : fallback;
}

static void map_eye_like(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_dtype dtype = dtype_attr(b, "dtype", rq_ir_builder_dtype(b, x));
    rq_id diagonal = rq_emit_int(b, rq_framework_int(b->node, "k", 0));
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Eye-9",
                              RQ_IN(rq_onnx_dim(b, x, 0), rq_onnx_dim(b, x, 1), diagonal),
                              "output_type=%s", rq_dtype_name(dtype)));
}

static void map_range(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id in[3];
    (void)row;
    for (size_t i = 0; i < 3; i++) in[i] = rq_emit_reshape(b, rq_ir_builder_in(b, i), NULL, 0);
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Range-4", in, 3, "output_type=%s",
                              rq_dtype_name(rq_ir_builder_dtype(b, in[0]))));
}

/* -- random numbers -------------------------------------------------------------------------- */

/* row->ir: "like" input 0's shape, else the attribute's. */
static void map_random_uniform(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    size_t n;
    const int64_t *dims = rq_framework_ints(b->node, "shape", &n);
    rq_id x = row->ir ? rq_ir_builder_in(b, 0) : RQ_NONE;
    rq_id shape = row->ir ? rq_emit_shape_of(b, x) : rq_emit_ints(b, dims, n);
    rq_dtype dtype = dtype_attr(b, "dtype", row->ir ? rq_ir_builder_dtype(b, x) : RQ_DT_F32);
    double low = rq_framework_float(b->node, "low", 0),
           high = rq_framework_float(b->node, "high", 1);
    rq_id y =
        rq_emit(b, "RandomUniform-8",
                RQ_IN(shape, rq_emit_scalar(b, RQ_DT_F32, low), rq_emit_scalar(b, RQ_DT_F32, high)),
                "output_type=f32;global_seed=%lld;op_seed=0",
                (long long)rq_saturate_i64(rq_framework_float(b->node, "seed", 0)));
    rq_ir_builder_set(b, 0, rq_emit_convert(b, y, dtype));
}

/* -- windows --------------------------------------------------------------------------------- */

typedef struct cosine_window {
    const char *type;
    double a[3]; /* a0 - a1 cos(2 pi n/N) + a2 cos(4 pi n/N) */
} cosine_window;

static const cosine_window windows[] = {
    {"HannWindow", {0.5, 0.5, 0.0}},
    {"HammingWindow", {25.0 / 46.0, 21.0 / 46.0, 0.0}},
    {"BlackmanWindow", {0.42, 0.5, 0.08}},
};

#define TWO_PI 6.283185307179586

static rq_id cosine_term(rq_ir_builder *b, rq_id phase, double times, double weight)
{
    rq_id angle = rq_emit_binary(b, "Multiply-1", phase, rq_emit_scalar(b, RQ_DT_F32, times));
    rq_id cosine = rq_emit(b, "Cos-1", RQ_IN(angle), "%s", "");
    return rq_emit_binary(b, "Multiply-1", cosine, rq_emit_scalar(b, RQ_DT_F32, weight));
}

static void map_window(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const cosine_window *w = windows;
    while (strcmp(w->type, row->type)) w++;
    rq_dtype dtype = dtype_attr(b, "output_datatype", RQ_DT_F32);
    rq_id size = rq_emit_reshape(b, rq_ir_builder_in(b, 0), NULL, 0);
    rq_id length = rq_emit_convert(b, size, RQ_DT_F32);
    rq_id zero = rq_emit_scalar(b, RQ_DT_F32, 0.0), one = rq_emit_scalar(b, RQ_DT_F32, 1.0);
    rq_id n = rq_emit(b, "Range-4", RQ_IN(zero, length, one), "output_type=f32");
    if (!rq_framework_int(b->node, "periodic", 1))
        length = rq_emit_binary(b, "Subtract-1", length, one);
    rq_id phase = rq_emit_binary(b, "Divide-1", n, length);
    rq_id y = rq_emit_binary(b, "Subtract-1", rq_emit_scalar(b, RQ_DT_F32, w->a[0]),
                             cosine_term(b, phase, TWO_PI, w->a[1]));
    if (w->a[2] != 0.0)
        y = rq_emit_binary(b, "Add-1", y, cosine_term(b, phase, 2.0 * TWO_PI, w->a[2]));
    rq_ir_builder_set(b, 0, rq_emit_convert(b, y, dtype));
}

/* -- training only --------------------------------------------------------------------------- */

/* Nothing is dropped in inference; the mask, where wanted, is all true. */
static void map_dropout(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    bool training = b->source->opset >= 12 && rq_ir_builder_has(b, 2) &&
                    rq_ir_builder_number(b, rq_ir_builder_in(b, 2), 1.0) != 0.0;
    double ratio =
        rq_ir_builder_has(b, 1) ? rq_ir_builder_number(b, rq_ir_builder_in(b, 1), 1.0) : 0.5;
    (void)row;
    if (training && ratio != 0.0) {
        rq_ir_builder_unmapped(b, "training mode");
        return;
    }
    rq_ir_builder_set(b, 0, x);
    if (!rq_ir_builder_wants(b, 1)) return;
    rq_dtype mask = b->source->opset >= 10 ? RQ_DT_BOOL : rq_ir_builder_dtype(b, x);
    rq_ir_builder_set(b, 1, fill(b, rq_emit_scalar(b, mask, 1.0), rq_emit_shape_of(b, x)));
}

static const rq_op_mapping_row rows[] = {
    {"", "BlackmanWindow", map_window, NULL},
    {"", "Constant", map_constant, NULL},
    {"", "ConstantOfShape", map_constant_of_shape, NULL},
    {"", "Dropout", map_dropout, NULL},
    {"", "EyeLike", map_eye_like, NULL},
    {"", "HammingWindow", map_window, NULL},
    {"", "HannWindow", map_window, NULL},
    {"", "RandomUniform", map_random_uniform, NULL},
    {"", "RandomUniformLike", map_random_uniform, "like"},
    {"", "Range", map_range, NULL},
    {"com.microsoft", "Range", map_range, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_constant, rows)
