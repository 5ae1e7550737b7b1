/* ONNX Runtime's LSTM of quantized weights (com.microsoft): the IR's, of what the codes stand for.
 * What it would round of inputs and states, step by step, stays as it is. */
#include "engine/import/onnx/onnx_ops.h"

enum { WEIGHTS = 1, RECURRENT, WEIGHTS_SCALE = 8, RECURRENT_SCALE = 10 };

/* A scale or zero point [D] or [D, 4 H], to be one of codes [D, I, 4 H]. */
static rq_id of_columns(rq_ir_builder *b, rq_id x)
{
    const int64_t axes[] = {1, 2};
    int rank = rq_ir_builder_rank(b, x);
    return rq_emit_unsqueeze(b, x, axes, rank == 1 ? 2 : 1);
}

/* Input i, codes [D, I, 4 H], as weights [D, 4 H, I]: its zero point follows its scale. */
static rq_id real_weights(rq_ir_builder *b, size_t i, size_t scale)
{
    rq_id x = rq_ir_builder_in(b, i), by = rq_ir_builder_in(b, scale);
    rq_dtype dtype = rq_ir_builder_dtype(b, by);
    x = rq_emit_convert(b, x, dtype);
    if (rq_ir_builder_has(b, scale + 1)) {
        rq_id zero = rq_emit_convert(b, rq_ir_builder_in(b, scale + 1), dtype);
        x = rq_emit_binary(b, "Subtract-1", x, of_columns(b, zero));
    }
    x = rq_emit_binary(b, "Multiply-1", x, of_columns(b, by));
    return rq_emit_transpose(b, x, (int64_t[]){0, 2, 1}, 3);
}

static void map_dynamic_quantize_lstm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_onnx_recurrent(b, "LSTM", real_weights(b, WEIGHTS, WEIGHTS_SCALE),
                      real_weights(b, RECURRENT, RECURRENT_SCALE));
}

static const rq_op_mapping_row rows[] = {
    {"com.microsoft", "DynamicQuantizeLSTM", map_dynamic_quantize_lstm, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_contrib_rnn, rows)
