/* TensorFlow's complex numbers and Fourier transforms: in the graph a complex value has a last axis
 * of two more, its real and imaginary parts. The reader calls an operator "ComplexMul" that is
 * "Mul" of complex values: one without a row here does not map. */
#include "engine/import/tensorflow/ops/tf_layout.h"

#include <string.h>

static rq_id part(rq_ir_builder *b, rq_id x, int64_t which)
{
    return rq_emit_gather(b, x, rq_emit_int(b, which), -1);
}

static rq_id join(rq_ir_builder *b, rq_id real, rq_id imaginary)
{
    const int64_t last = -1;
    return rq_emit(
        b, "Concat-1",
        RQ_IN(rq_emit_unsqueeze(b, real, &last, 1), rq_emit_unsqueeze(b, imaginary, &last, 1)),
        "axis=-1");
}

/* row->ir: "0" or "1", which part. */
static void map_part(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_ir_builder_set(b, 0, part(b, rq_ir_builder_in(b, 0), row->ir[0] - '0'));
}

static void map_complex(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1), zero = rq_emit_like(b, x, 0);
    rq_id sum = rq_emit_binary(b, "Multiply-1", rq_emit_binary(b, "Add-1", x, y),
                               zero); /* both parts' shape */
    (void)row;
    rq_ir_builder_set(
        b, 0, join(b, rq_emit_binary(b, "Add-1", x, sum), rq_emit_binary(b, "Add-1", y, sum)));
}

static void map_of_real(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_emit_convert(b, rq_ir_builder_in(b, 0), RQ_DT_F32);
    (void)row;
    rq_ir_builder_set(b, 0, join(b, x, rq_emit_binary(b, "Multiply-1", x, rq_emit_like(b, x, 0))));
}

static void map_abs(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), squares = rq_emit_binary(b, "Multiply-1", x, x);
    rq_id sum = rq_emit(b, "ReduceSum-1", RQ_IN(squares, RQ_EMIT_INTS(b, -1)), "keep_dims=false");
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit(b, "Sqrt-1", RQ_IN(sum), "%s", ""));
}

static void map_conj(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    static const float signs[] = {1, -1};
    rq_id x = rq_ir_builder_in(b, 0);
    (void)row;
    rq_ir_builder_set(
        b, 0, rq_emit_binary(b, "Multiply-1", x, rq_emit_floats(b, signs, &(rq_shape){1, {2}})));
}

/* Of the complex plane: atan2 of the parts. */
static void map_angle(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    (void)row;
    rq_ir_builder_set(b, 0, rq_tf_emit_atan2(b, part(b, x, 1), part(b, x, 0)));
}

static rq_id product(rq_ir_builder *b, rq_id x, rq_id y)
{
    rq_id a = part(b, x, 0), p = part(b, x, 1), c = part(b, y, 0), q = part(b, y, 1);
    rq_id real = rq_emit_binary(b, "Subtract-1", rq_emit_binary(b, "Multiply-1", a, c),
                                rq_emit_binary(b, "Multiply-1", p, q));
    rq_id imaginary = rq_emit_binary(b, "Add-1", rq_emit_binary(b, "Multiply-1", a, q),
                                     rq_emit_binary(b, "Multiply-1", p, c));
    return join(b, real, imaginary);
}

static void map_product(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0, product(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)));
}

/* Of the same rank, or with axes put in front of the one of less. */
static void map_sum(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_ir_builder_set(b, 0,
                      rq_emit_binary(b, row->ir, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)));
}

static void map_reshape(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id target = rq_emit_convert(b, rq_ir_builder_in(b, 1), RQ_DT_I64);
    (void)row;
    target = rq_emit(b, "Concat-1", RQ_IN(target, RQ_EMIT_INTS(b, 2)), "axis=0");
    rq_ir_builder_set(
        b, 0, rq_emit(b, "Reshape-1", RQ_IN(rq_ir_builder_in(b, 0), target), "special_zero=false"));
}

static void map_exp(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), angle = part(b, x, 1);
    rq_id length = rq_emit(b, "Exp-1", RQ_IN(part(b, x, 0)), "%s", "");
    rq_id real = rq_emit(b, "Cos-1", RQ_IN(angle), "%s", "");
    rq_id imaginary = rq_emit(b, "Sin-1", RQ_IN(angle), "%s", "");
    (void)row;
    rq_ir_builder_set(b, 0,
                      join(b, rq_emit_binary(b, "Multiply-1", length, real),
                           rq_emit_binary(b, "Multiply-1", length, imaginary)));
}

/* Bits of the mask as the IR's list, and one more. */
static const char *mask_text(rq_ir_builder *b, const char *name, size_t n, int64_t last)
{
    int64_t mask = rq_framework_int(b->node, name, 0), list[RQ_MAX_RANK + 1];
    for (size_t i = 0; i < n; i++) list[i] = mask >> i & 1;
    list[n] = last;
    return rq_ir_builder_text(b, list, n + 1);
}

/* Behind "..." the pairs' axis is one of those that are named: all of it stays. */
static void map_strided_slice(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id in[4] = {rq_ir_builder_in(b, 0), RQ_NONE, RQ_NONE, RQ_NONE};
    int64_t numbers[RQ_MAX_RANK + 1];
    size_t n = 0;
    (void)row;
    for (size_t i = 1; i < 4; i++) {
        if (!rq_tf_ints(b, i, numbers, &n, "where to slice")) return;
        numbers[n] = i == 3;
        in[i] = rq_emit_ints(b, numbers, n + 1);
    }
    if (!rq_framework_int(b->node, "ellipsis_mask", 0)) {
        rq_ir_builder_unmapped(b, "complex values, sliced without '...'");
        return;
    }
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "StridedSlice-1", in, 4,
                "begin_mask=%s;end_mask=%s;new_axis_mask=%s;shrink_axis_mask=%s;ellipsis_mask=%s",
                mask_text(b, "begin_mask", n, 1), mask_text(b, "end_mask", n, 1),
                mask_text(b, "new_axis_mask", n, 0), mask_text(b, "shrink_axis_mask", n, 0),
                mask_text(b, "ellipsis_mask", n, 0)));
}

/* -- transforms ------------------------------------------------------------------------------- */

/* The last axes of `rank`, as many as the operator's name says: RFFT, RFFT2D. */
static rq_id transformed_axes(rq_ir_builder *b, int rank)
{
    int64_t axes[3];
    size_t length = strlen(b->node->type);
    const char *digit = b->node->type + length - (length > 2 ? 2 : 0);
    int n = *digit == '2' ? 2 : *digit == '3' ? 3 : 1;
    for (int i = 0; i < n; i++) axes[i] = rank - n + i;
    return rq_emit_ints(b, axes, (size_t)n);
}

static void map_transform(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    bool of_reals = !strncmp(row->ir, "RDFT", 4);
    rq_id axes = transformed_axes(b, of_reals ? rank : rank - 1);
    if (!rq_ir_builder_has(b, 1)) {
        rq_ir_builder_set(b, 0, rq_emit(b, row->ir, RQ_IN(x, axes), "%s", ""));
        return;
    }
    rq_id size = rq_emit_convert(b, rq_ir_builder_in(b, 1), RQ_DT_I64);
    rq_ir_builder_set(b, 0, rq_emit(b, row->ir, RQ_IN(x, axes, size), "%s", ""));
}

static const rq_op_mapping_row rows[] = {
    {"", "Angle", map_angle, NULL},
    {"", "Complex", map_complex, NULL},
    {"", "ComplexAbs", map_abs, NULL},
    {"", "ComplexAdd", map_sum, "Add-1"},
    {"", "ComplexAddV2", map_sum, "Add-1"},
    {"", "ComplexCast", map_of_real, NULL},
    {"", "ComplexExp", map_exp, NULL},
    {"", "ComplexIdentity", rq_map_identity, NULL},
    {"", "ComplexMul", map_product, NULL},
    {"", "ComplexNeg", rq_map_same, "Negative-1"},
    {"", "ComplexReshape", map_reshape, NULL},
    {"", "ComplexStridedSlice", map_strided_slice, NULL},
    {"", "ComplexSub", map_sum, "Subtract-1"},
    {"", "Conj", map_conj, NULL},
    {"", "FFT", map_transform, "DFT-7"},
    {"", "FFT2D", map_transform, "DFT-7"},
    {"", "FFT3D", map_transform, "DFT-7"},
    {"", "IFFT", map_transform, "IDFT-7"},
    {"", "IFFT2D", map_transform, "IDFT-7"},
    {"", "IFFT3D", map_transform, "IDFT-7"},
    {"", "IRFFT", map_transform, "IRDFT-9"},
    {"", "IRFFT2D", map_transform, "IRDFT-9"},
    {"", "IRFFT3D", map_transform, "IRDFT-9"},
    {"", "Imag", map_part, "1"},
    {"", "RFFT", map_transform, "RDFT-9"},
    {"", "RFFT2D", map_transform, "RDFT-9"},
    {"", "RFFT3D", map_transform, "RDFT-9"},
    {"", "Real", map_part, "0"},
};
RQ_OP_MAPPING_GROUP(tf_complex, rows)
