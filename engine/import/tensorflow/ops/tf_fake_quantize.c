/* TensorFlow's quantization-aware training. */
#include "engine/base/round.h"
#include "engine/import/tensorflow/ops/tf_layout.h"

#include <math.h>

/* Constant limits of TensorFlow's quantization-aware training; nudged as its kernel does it
 * (fake_quant_ops_functor.h, Nudge): zero falls on a level. */
static bool nudge(rq_ir_builder *b, double *low, double *high)
{
    int bits = (int)rq_framework_int(b->node, "num_bits", 8);
    bool narrow = rq_framework_int(b->node, "narrow_range", 0);
    if (bits < 2 || bits > 16 || !(*low < *high)) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%d bits from %g to %g", bits, *low, *high);
        return false;
    }
    /* In float32, as there: which level a zero between two falls on depends on it. */
    float quant_min = narrow ? 1.0f : 0.0f, quant_max = (float)((1 << bits) - 1);
    float scale = ((float)*high - (float)*low) / (quant_max - quant_min);
    float zero = roundf(quant_min - (float)*low / scale);
    zero = fmaxf(quant_min, fminf(zero, quant_max));
    *low = (double)((quant_min - zero) * scale);
    *high = (double)((quant_max - zero) * scale);
    return true;
}

static rq_id fake_quantize(rq_ir_builder *b, rq_id x, rq_id low, rq_id high)
{
    int bits = (int)rq_framework_int(b->node, "num_bits", 8);
    int levels = (1 << bits) - (rq_framework_int(b->node, "narrow_range", 0) != 0);
    return rq_emit(b, "FakeQuantize-1", RQ_IN(x, low, high, low, high), "levels=%d", levels);
}

static rq_id emit_fake_quant(rq_ir_builder *b, rq_id x, double low, double high)
{
    if (!nudge(b, &low, &high)) return RQ_NONE;
    return fake_quantize(b, x, rq_emit_like(b, x, low), rq_emit_like(b, x, high));
}

/* Rows of limits, one for each index of the last axis. */
static void map_fake_quant_rows(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), limits[2];
    const rq_tensor *low = rq_ir_builder_const(b, rq_ir_builder_in(b, 1));
    const rq_tensor *high = rq_ir_builder_const(b, rq_ir_builder_in(b, 2));
    size_t n = low && high ? rq_tensor_count(low) : 0;
    float *rows_of = n ? rq_arena_alloc(b->arena, 2 * n, sizeof *rows_of) : NULL;
    (void)row;
    if (!rows_of || rq_tensor_count(high) != n) {
        rq_ir_builder_unmapped(b, "its limits are not constant");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double least = rq_load_f64(low->data, low->dtype, i),
               most = rq_load_f64(high->data, high->dtype, i);
        if (!nudge(b, &least, &most)) return;
        rows_of[i] = (float)least;
        rows_of[n + i] = (float)most;
    }
    bool first = rq_tf_has_channels_first(b, x);
    int rank = rq_ir_builder_rank(b, x);
    for (int i = 0; i < 2; i++) {
        limits[i] = rq_emit_floats(b, rows_of + (size_t)i * n, &(rq_shape){1, {(int64_t)n}});
        if (first) limits[i] = rq_tf_channels_first_operand(b, limits[i], rank);
    }
    if (first)
        rq_tf_set_channels_first(
            b, 0, fake_quantize(b, rq_tf_to_channels_first(b, x), limits[0], limits[1]));
    else
        rq_ir_builder_set(b, 0, fake_quantize(b, x, limits[0], limits[1]));
}

static rq_id emit_fake_quant_args(rq_ir_builder *b, rq_id x)
{
    return emit_fake_quant(b, x, rq_framework_float(b->node, "min", -6),
                           rq_framework_float(b->node, "max", 6));
}

static rq_id emit_fake_quant_vars(rq_ir_builder *b, rq_id x)
{
    rq_id low = rq_ir_builder_in(b, 1), high = rq_ir_builder_in(b, 2);
    if (rq_ir_builder_const(b, low) && rq_ir_builder_const(b, high))
        return emit_fake_quant(b, x, rq_ir_builder_number(b, low, 0),
                               rq_ir_builder_number(b, high, 0));
    rq_ir_builder_unmapped(b, "its limits are not constant");
    return RQ_NONE;
}

static void map_fake_quant_args(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_tf_map_with(b, emit_fake_quant_args);
}

static void map_fake_quant_vars(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_tf_map_with(b, emit_fake_quant_vars);
}

/* Limits become whole multiples of one scale, by which zero is a level. */
static void map_there_and_back(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    double low = rq_ir_builder_number(b, rq_ir_builder_in(b, 1), NAN);
    double high = rq_ir_builder_number(b, rq_ir_builder_in(b, 2), NAN);
    int64_t bits = rq_framework_int(b->node, "num_bits", 8);
    (void)row;
    if (rq_ir_builder_has(b, 3))
        bits = rq_saturate_i64(rq_ir_builder_number(b, rq_ir_builder_in(b, 3), 0));
    if (!(low <= high) || bits < 2 || bits > 16 || !rq_framework_int(b->node, "range_given", 0) ||
        rq_framework_int(b->node, "axis", -1) != -1) {
        rq_ir_builder_unmapped(b, "limits that are not given as constants, one for all");
        return;
    }
    bool is_signed = rq_framework_int(b->node, "signed_input", 1);
    bool narrow = rq_framework_int(b->node, "narrow_range", 0);
    double most = ldexp(1, (int)bits - is_signed) - 1;
    double least = is_signed ? -most - !narrow : 0;
    double by_low = least * low > 0 ? least / low : INFINITY;
    double by_high = most * high > 0 ? most / high : INFINITY, scale = fmin(by_low, by_high);
    rq_id from = rq_emit_like(b, x, least / scale), to = rq_emit_like(b, x, most / scale);
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "FakeQuantize-1", RQ_IN(x, from, to, from, to), "levels=%d",
                              (int)(most - least) + 1));
}

static const rq_op_mapping_row rows[] = {
    {"", "FakeQuantWithMinMaxArgs", map_fake_quant_args, NULL},
    {"", "FakeQuantWithMinMaxVars", map_fake_quant_vars, NULL},
    {"", "FakeQuantWithMinMaxVarsPerChannel", map_fake_quant_rows, NULL},
    {"", "QuantizeAndDequantizeV2", map_there_and_back, NULL},
    {"", "QuantizeAndDequantizeV3", map_there_and_back, NULL},
    {"", "QuantizeAndDequantizeV4", map_there_and_back, NULL},
};
RQ_OP_MAPPING_GROUP(tf_fake_quantize, rows)
