/* Codes and real numbers in the IR: what tflite_quantize.c writes. */
#include "engine/import/op_mapping.h"
#include "engine/import/weights.h"

#include <string.h>

static int levels_of(const rq_ir_builder *b)
{
    return (int)(rq_framework_float(b->node, "greatest", 255) -
                 rq_framework_float(b->node, "least", 0)) +
           1;
}

static rq_id limit(rq_ir_builder *b, const char *name)
{
    return rq_emit_scalar(b, RQ_DT_F32, rq_framework_float(b->node, name, 0));
}

static void map_from_codes(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_emit_convert(b, rq_ir_builder_in(b, 0), RQ_DT_F32);
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "FakeQuantize-1",
                RQ_IN(x, limit(b, "least"), limit(b, "greatest"), limit(b, "min"), limit(b, "max")),
                "levels=%d;auto_broadcast=numpy", levels_of(b)));
}

/* What was rounded to the same codes before need not be so twice. */
static rq_id before_rounding(rq_ir_builder *b, rq_id x)
{
    const rq_node *node = b->status == RQ_OK ? rq_value_producer(b->graph, x) : NULL;
    if (!node || strcmp(node->type, "FakeQuantize")) return x;
    double low = rq_framework_float(b->node, "min", 0),
           high = rq_framework_float(b->node, "max", 0);
    double near = 1e-6 * (high - low);
    double least = rq_ir_builder_number(b, node->in[1], high) - low,
           most = rq_ir_builder_number(b, node->in[2], low) - high;
    bool same = least < near && least > -near && most < near && most > -near;
    return same ? node->in[0] : x;
}

static void map_to_codes(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = before_rounding(b, rq_ir_builder_in(b, 0));
    const rq_framework_attr *codes = rq_framework_find_attr(b->node, "codes");
    (void)row;
    rq_id y =
        rq_emit(b, "FakeQuantize-1",
                RQ_IN(x, limit(b, "min"), limit(b, "max"), limit(b, "least"), limit(b, "greatest")),
                "levels=%d;auto_broadcast=numpy", levels_of(b));
    rq_ir_builder_set(b, 0, rq_emit_convert(b, y, codes ? (rq_dtype)codes->i : RQ_DT_I8));
}

/* Codes, scales, zero points (or none): weights stay compressed, other constants are computed. */
static void map_dequantize(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit_dequantized(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1),
                                          rq_ir_builder_in(b, 2),
                                          rq_framework_int(b->node, "compressed", 0)));
}

static const rq_op_mapping_row rows[] = {
    {"", "DEQUANTIZE", map_dequantize, NULL},
    {"", "FROM_CODES", map_from_codes, NULL},
    {"", "TO_CODES", map_to_codes, NULL},
};
RQ_OP_MAPPING_GROUP(tflite_codes, rows)
