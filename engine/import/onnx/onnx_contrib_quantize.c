/* ONNX Runtime's own products of quantized matrices (com.microsoft), computed on real numbers. */
#include "engine/import/onnx/onnx_quantize.h"

#include <string.h>

/* Input i as real numbers, by scale and zero point that are other inputs. */
static rq_id real_input(rq_ir_builder *b, size_t i, size_t scale, size_t zero, int64_t axis)
{
    return rq_onnx_dequantize(b, rq_ir_builder_in(b, i), rq_ir_builder_in(b, scale),
                              rq_ir_builder_in(b, zero), axis);
}

/* A, B, their scales, their zero points, bias. */
static void map_integer_to_float(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_id w = real_input(b, 1, 3, 5, -1), x = real_input(b, 0, 2, 4, -2);
    rq_ir_builder_set(b, 0, rq_onnx_add_input(b, rq_emit_mat_mul(b, x, w, false, false), 6));
}

/* A of real numbers, B, its scale and zero point, bias: A keeps what quantizing it would lose. */
static void map_dynamic_quantize_mat_mul(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_onnx_quantizer q;
    rq_id x = rq_ir_builder_in(b, 0);
    (void)row;
    rq_onnx_dynamic_quantizer(&q, b, x);
    rq_id codes = rq_onnx_quantize(b, &q, x);
    rq_id zero = rq_emit_convert(b, q.zero, RQ_DT_U8);
    x = rq_onnx_dequantize(b, codes, q.scale, zero, 0);
    rq_id y = rq_emit_mat_mul(b, x, real_input(b, 1, 2, 3, -1), false, false);
    rq_ir_builder_set(b, 0, rq_onnx_add_input(b, y, 4));
}

/* A, scale, zero, B, scale, zero, C in units of both scales' product, then the result's scale and
 * zero; of real numbers without those. */
static void map_qgemm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool transposed = rq_framework_int(b->node, "transB", 0) != 0;
    double alpha = rq_framework_float(b->node, "alpha", 1.0);
    rq_onnx_quantizer q;
    (void)row;
    rq_id w = real_input(b, 3, 4, 5, transposed ? 0 : -1), x = real_input(b, 0, 1, 2, 0);
    rq_id y = rq_emit_mat_mul(b, x, w, rq_framework_int(b->node, "transA", 0) != 0, transposed);
    if (rq_ir_builder_has(b, 6)) {
        rq_id unit =
            rq_emit_binary(b, "Multiply-1", rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 4));
        rq_id c = rq_emit_convert(b, rq_ir_builder_in(b, 6), RQ_DT_F32);
        y = rq_emit_binary(b, "Add-1", y, rq_emit_binary(b, "Multiply-1", c, unit));
    }
    if (alpha != 1.0) y = rq_emit_binary(b, "Multiply-1", y, rq_onnx_like(b, y, alpha));
    if (!rq_ir_builder_has(b, 7))
        rq_ir_builder_set(b, 0, y);
    else if (rq_onnx_read_quantizer(&q, b, y, 7, 8))
        rq_ir_builder_set(b, 0, rq_onnx_quantize(b, &q, y));
}

/* -- weights of few bits ---------------------------------------------------------------------- */

typedef struct nbits {
    int64_t k, n, bits, block, blocks;
} nbits;

static bool read_nbits(nbits *w, rq_ir_builder *b, const rq_tensor *codes)
{
    *w = (nbits){.k = rq_framework_int(b->node, "K", 0),
                 .n = rq_framework_int(b->node, "N", 0),
                 .bits = rq_framework_int(b->node, "bits", 4),
                 .block = rq_framework_int(b->node, "block_size", 0)};
    if (w->bits != 4 && w->bits != 8) {
        rq_ir_builder_unmapped(b, "weights of other than 4 or 8 bits");
        return false;
    }
    if (w->k < 1 || w->n < 1 || w->block < 1 || w->k > INT32_MAX || w->n > INT32_MAX ||
        w->block > INT32_MAX) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "its sizes are not those of a matrix in blocks");
        return false;
    }
    w->blocks = (w->k + w->block - 1) / w->block;
    int64_t bytes = w->block * w->bits / 8, count = codes ? (int64_t)rq_tensor_count(codes) : 0;
    bool known = codes && codes->dtype == RQ_DT_U8 && bytes > 0 && w->block * w->bits % 8 == 0;
    if (known && count % bytes == 0 && count / bytes == w->n * w->blocks &&
        !rq_ir_builder_has(b, 4))
        return true;
    rq_ir_builder_unmapped(b, "weights that are not constant, or regrouped");
    return false;
}

/* One zero point for each block, [N, blocks, 1]: given as numbers, or packed row by row; else the
 * middle. */
static rq_id zeros_of(rq_ir_builder *b, const nbits *w)
{
    const rq_tensor *given = rq_ir_builder_const(b, rq_ir_builder_in(b, 3));
    int64_t dims[] = {w->n, w->blocks, 1}, row = (w->blocks * w->bits + 7) / 8;
    if (!rq_ir_builder_has(b, 3)) return rq_emit_scalar(b, RQ_DT_U8, (double)(1 << (w->bits - 1)));
    if (given && rq_dtype_is_float(given->dtype))
        return rq_emit_reshape(b, rq_ir_builder_in(b, 3), dims, 3);
    if (!given || given->dtype != RQ_DT_U8 || (int64_t)rq_tensor_count(given) != w->n * row) {
        rq_ir_builder_unmapped(b, "zero points that are not constant");
        return RQ_NONE;
    }
    uint8_t *zeros = rq_arena_alloc(b->arena, (size_t)(w->n * w->blocks), 1);
    if (!rq_ir_builder_ok(b, zeros ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    for (int64_t i = 0; i < w->n * w->blocks; i++) {
        int64_t n = i / w->blocks, k = i % w->blocks;
        uint8_t byte = ((const uint8_t *)given->data)[n * row + k * w->bits / 8];
        zeros[i] = w->bits == 8 ? byte : k % 2 ? byte >> 4 : byte & 15;
    }
    return rq_emit_const(b, &(rq_tensor){RQ_DT_U8, rq_shape_make(3, dims), zeros});
}

/* A, B [N, blocks, bytes], scales, zero points, -, bias: Y = A B^T. */
static void map_mat_mul_nbits(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const rq_tensor *codes = rq_ir_builder_const(b, rq_ir_builder_in(b, 1));
    nbits w;
    (void)row;
    if (!read_nbits(&w, b, codes)) return;
    rq_tensor t = {w.bits == 4 ? RQ_DT_U4 : RQ_DT_U8, {3, {w.n, w.blocks, w.block}}, codes->data};
    rq_id zeros = zeros_of(b, &w);
    rq_id scales = rq_emit_reshape(b, rq_ir_builder_in(b, 2), (int64_t[]){w.n, w.blocks, 1}, 3);
    rq_id weights = rq_onnx_dequantize(b, rq_emit_const(b, &t), scales, zeros, 0);
    b->no_fold = true; /* what follows stays small as it is */
    weights = rq_emit_reshape(b, weights, (int64_t[]){w.n, w.blocks * w.block}, 2);
    if (w.blocks * w.block != w.k) weights = rq_emit_slice(b, weights, 1, 0, w.k, 1);
    b->no_fold = false;
    rq_id x = rq_ir_builder_in(b, 0);
    weights = rq_emit_convert(b, weights, rq_ir_builder_dtype(b, x));
    rq_ir_builder_set(b, 0, rq_onnx_add_input(b, rq_emit_mat_mul(b, x, weights, false, true), 5));
}

/* -- GatherBlockQuantized -------------------------------------------------------------------- */

/* Constant codes; bytes that hold two of 4 bits as what they hold. RQ_NONE: it does not map. */
static rq_id codes_of(rq_ir_builder *b, size_t input, int64_t bits)
{
    rq_id x = rq_ir_builder_in(b, input);
    const rq_tensor *t = rq_ir_builder_const(b, x);
    rq_tensor halves = t ? *t : (rq_tensor){0};
    int last = halves.shape.rank - 1;
    if (!t || last < 0 || halves.shape.d[last] > INT32_MAX) {
        rq_ir_builder_unmapped(b, "codes that are not constant");
        return RQ_NONE;
    }
    if (t->dtype != RQ_DT_U8 || bits != 4) return x;
    halves.dtype = RQ_DT_U4;
    halves.shape.d[last] *= 2;
    return rq_emit_const(b, &halves);
}

/* Zero points of the scales' shape; without any those of bytes are the middle. */
static rq_id block_zeros(rq_ir_builder *b, int64_t bits)
{
    const rq_tensor *codes = rq_ir_builder_const(b, rq_ir_builder_in(b, 0));
    rq_shape scales = rq_ir_builder_shape(b, rq_ir_builder_in(b, 2));
    if (!rq_ir_builder_has(b, 3)) {
        bool bytes = codes && codes->dtype == RQ_DT_U8;
        return bytes ? rq_emit_scalar(b, RQ_DT_U8, (double)(1 << (bits - 1))) : RQ_NONE;
    }
    rq_id zeros = codes_of(b, 3, bits);
    rq_shape shape = rq_ir_builder_shape(b, zeros);
    if (rq_shape_equal(&shape, &scales)) return zeros;
    rq_ir_builder_unmapped(b, "zero points whose rows end within a byte");
    return RQ_NONE;
}

/* Rows of a table in blocks along another axis: table, indices, scales, zero points. */
static void map_gather_blocks(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t bits = rq_framework_int(b->node, "bits", 4);
    (void)row;
    if (bits != 4 && bits != 8) {
        rq_ir_builder_unmapped(b, "codes of other than 4 or 8 bits");
        return;
    }
    rq_id codes = codes_of(b, 0, bits), zeros = block_zeros(b, bits);
    if (b->status != RQ_OK) return;
    b->no_fold = true; /* the table stays small as it is */
    rq_id table = rq_onnx_dequantize_blocks(b, codes, rq_ir_builder_in(b, 2), zeros,
                                            rq_framework_int(b->node, "block_size", 128),
                                            rq_framework_int(b->node, "quantize_axis", 1));
    b->no_fold = false;
    rq_ir_builder_set(b, 0,
                      rq_emit_gather(b, table, rq_ir_builder_in(b, 1),
                                     rq_framework_int(b->node, "gather_axis", 0)));
}

static const rq_op_mapping_row rows[] = {
    {"com.microsoft", "DynamicQuantizeMatMul", map_dynamic_quantize_mat_mul, NULL},
    {"com.microsoft", "MatMulIntegerToFloat", map_integer_to_float, NULL},
    {"com.microsoft", "GatherBlockQuantized", map_gather_blocks, NULL},
    {"com.microsoft", "MatMulNBits", map_mat_mul_nbits, NULL},
    {"com.microsoft", "QGemm", map_qgemm, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_contrib_quantize, rows)
