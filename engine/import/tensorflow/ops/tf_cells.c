/* TensorFlow's recurrent cells that are one operator. */
#include "engine/import/tensorflow/ops/tf_layout.h"

#include <string.h>

/* [x, h] w + bias */
static rq_id linear(rq_ir_builder *b, rq_id x, rq_id h, rq_id w, rq_id bias)
{
    rq_id both = rq_emit(b, "Concat-1", RQ_IN(x, h), "axis=1");
    return rq_emit_binary(b, "Add-1", rq_emit_mat_mul(b, both, w, false, false), bias);
}

/* -- one step of an LSTM ---------------------------------------------------------------------- */

/* x, cs_prev, h_prev, w, wci, wcf, wco, b; gates i, ci, f, o. */
static void map_lstm_cell(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id cs = rq_ir_builder_in(b, 1);
    double clip = rq_framework_float(b->node, "cell_clip", 3);
    (void)row;
    if (rq_framework_int(b->node, "use_peephole", 0)) {
        rq_ir_builder_unmapped(b, "peepholes");
        return;
    }
    rq_id all = linear(b, rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 2), rq_ir_builder_in(b, 3),
                       rq_ir_builder_in(b, 7));
    rq_node *gates = rq_emit_node(b, "Split-1", RQ_IN(all, rq_emit_int(b, 1)), 4, "num_splits=4");
    if (!gates) return;
    rq_id forget = rq_emit_like(b, cs, rq_framework_float(b->node, "forget_bias", 1));
    rq_id i = rq_emit_unary(b, "Sigmoid-1", gates->out[0]),
          ci = rq_emit_unary(b, "Tanh-1", gates->out[1]);
    rq_id f = rq_emit_unary(b, "Sigmoid-1", rq_emit_binary(b, "Add-1", gates->out[2], forget));
    rq_id o = rq_emit_unary(b, "Sigmoid-1", gates->out[3]);
    rq_id next = rq_emit_binary(b, "Add-1", rq_emit_binary(b, "Multiply-1", ci, i),
                                rq_emit_binary(b, "Multiply-1", cs, f));
    if (clip > 0) next = rq_emit(b, "Clamp-1", RQ_IN(next), "min=%.9g;max=%.9g", -clip, clip);
    rq_id co = rq_emit_unary(b, "Tanh-1", next);
    const rq_id out[] = {i, next, f, o, ci, co, rq_emit_binary(b, "Multiply-1", o, co)};
    for (size_t k = 0; k < sizeof out / sizeof *out; k++)
        if (rq_ir_builder_wants(b, k)) rq_ir_builder_set(b, k, out[k]);
}

/* -- a GRU ------------------------------------------------------------------------------------ */

/* x, h_prev, w_ru, w_c, b_ru, b_c; gives r, u, c, h. */
static void map_gru_cell(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), h = rq_ir_builder_in(b, 1);
    rq_id both = rq_emit_unary(b, "Sigmoid-1",
                               linear(b, x, h, rq_ir_builder_in(b, 2), rq_ir_builder_in(b, 4)));
    rq_node *gates = rq_emit_node(b, "Split-1", RQ_IN(both, rq_emit_int(b, 1)), 2, "num_splits=2");
    (void)row;
    if (!gates) return;
    rq_id r = gates->out[0], u = gates->out[1];
    rq_id c = rq_emit_unary(b, "Tanh-1",
                            linear(b, x, rq_emit_binary(b, "Multiply-1", h, r),
                                   rq_ir_builder_in(b, 3), rq_ir_builder_in(b, 5)));
    rq_id rest = rq_emit_binary(b, "Subtract-1", rq_emit_like(b, u, 1), u);
    rq_id next = rq_emit_binary(b, "Add-1", rq_emit_binary(b, "Multiply-1", rest, c),
                                rq_emit_binary(b, "Multiply-1", u, h));
    const rq_id out[] = {r, u, c, next};
    for (size_t k = 0; k < sizeof out / sizeof *out; k++)
        if (rq_ir_builder_wants(b, k)) rq_ir_builder_set(b, k, out[k]);
}

/* -- all steps of an LSTM --------------------------------------------------------------------- */

/* Blocks of the last axis in the IR's order, f, i, c, o; `order`: where each of them is. */
static rq_id reordered(rq_ir_builder *b, rq_id x, const int *order)
{
    rq_node *node = rq_emit_node(b, "Split-1", RQ_IN(x, rq_emit_int(b, -1)), 4, "num_splits=4");
    if (!node) return RQ_NONE;
    return rq_emit(
        b, "Concat-1",
        RQ_IN(node->out[order[0]], node->out[order[1]], node->out[order[2]], node->out[order[3]]),
        "axis=-1");
}

/* One part of the rows of w, as [1, 4 H, rows]. */
static rq_id weights_of(rq_ir_builder *b, rq_id w, int64_t begin, int64_t end)
{
    const int64_t front = 0;
    rq_id rows = rq_emit_slice(b, w, 0, begin, end, 1);
    return rq_emit_unsqueeze(b, rq_emit_transpose(b, rows, (int64_t[]){1, 0}, 2), &front, 1);
}

/* Forget gates have a bias of their own in BlockLSTM. */
static rq_id bias_of(rq_ir_builder *b, rq_id bias, int64_t hidden)
{
    const int64_t front = 0;
    double forget = rq_framework_float(b->node, "forget_bias", 1);
    rq_id own =
        rq_emit(b, "Broadcast-3", RQ_IN(rq_emit_like(b, bias, forget), RQ_EMIT_INTS(b, hidden)),
                "mode=numpy");
    rq_id rest =
        rq_emit(b, "Broadcast-3", RQ_IN(rq_emit_like(b, bias, 0), RQ_EMIT_INTS(b, 3 * hidden)),
                "mode=numpy");
    rq_id more = rq_emit(b, "Concat-1", RQ_IN(own, rest), "axis=0");
    if (strcmp(b->node->type, "BlockLSTM") != 0) more = rq_emit_like(b, bias, 0);
    return rq_emit_unsqueeze(b, rq_emit_binary(b, "Add-1", bias, more), &front, 1);
}

/* Does a node read output k, or is it the model's? */
static bool is_read(const rq_ir_builder *b, size_t k)
{
    const rq_framework_model *s = b->source;
    const char *name = rq_ir_builder_wants(b, k) ? b->node->out[k] : NULL;
    for (size_t i = 0; name && i < s->n_nodes; i++)
        for (size_t n = 0; n < s->nodes[i].n_in; n++)
            if (!strcmp(s->nodes[i].in[n], name)) return true;
    for (size_t i = 0; name && i < s->n_outputs; i++)
        if (!strcmp(s->outputs[i].name, name)) return true;
    return false;
}

static bool is_plain(rq_ir_builder *b)
{
    double usual = strcmp(b->node->type, "BlockLSTM") ? 0 : 3;
    bool others = false;
    for (size_t k = 0; k < 6; k++) others |= is_read(b, k);
    if (rq_framework_int(b->node, "use_peephole", 0))
        rq_ir_builder_unmapped(b, "peepholes");
    else if (rq_framework_float(b->node, "cell_clip", usual) > 0)
        rq_ir_builder_unmapped(b, "a clipped state");
    else if (others)
        rq_ir_builder_unmapped(b, "gates or states of every step");
    else
        return true;
    return false;
}

/* seq_len_max, x [T, N, I], cs_prev, h_prev, w [I + H, 4 H], wci, wcf, wco, b; h of every step. */
static void map_block_lstm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    static const int old_order[] = {2, 0, 1, 3}, new_order[] = {1, 0, 2, 3};
    const int *order = strcmp(row->type, "BlockLSTM") ? new_order : old_order;
    const int64_t middle = 1, turned[] = {1, 0, 2}, steps_first[] = {2, 0, 1, 3};
    rq_id x = rq_emit_transpose(b, rq_ir_builder_in(b, 1), turned, 3);
    rq_shape w_shape = rq_ir_builder_shape(b, rq_ir_builder_in(b, 4));
    if (!is_plain(b)) return;
    if (w_shape.rank != 2 || w_shape.d[1] < 4 || w_shape.d[1] / 4 > w_shape.d[0]) {
        rq_ir_builder_unmapped(b, "weights of unknown shape");
        return;
    }
    int64_t hidden = w_shape.d[1] / 4, inputs = w_shape.d[0] - hidden;
    rq_id w = reordered(b, rq_ir_builder_in(b, 4), order);
    rq_id bias = bias_of(b, reordered(b, rq_ir_builder_in(b, 8), order), hidden);
    rq_id h = rq_emit_unsqueeze(b, rq_ir_builder_in(b, 3), &middle, 1);
    rq_id c = rq_emit_unsqueeze(b, rq_ir_builder_in(b, 2), &middle, 1);
    rq_id batch = rq_emit_slice(b, rq_emit_shape_of(b, x), 0, 0, 1, 1);
    rq_id length =
        rq_emit(b, "Broadcast-3",
                RQ_IN(rq_emit_convert(b, rq_ir_builder_in(b, 0), RQ_DT_I64), batch), "mode=numpy");
    rq_node *node = rq_emit_node(
        b, "LSTMSequence-5",
        RQ_IN(x, h, c, length, weights_of(b, w, 0, inputs),
              weights_of(b, w, inputs, inputs + hidden), bias),
        3, "direction=forward;activations=sigmoid,tanh,tanh;hidden_size=%lld", (long long)hidden);
    if (!node) return;
    rq_id y = rq_emit_transpose(b, node->out[0], steps_first, 4); /* [T, N, 1, H] */
    rq_ir_builder_set(b, 6, rq_emit_squeeze(b, y, (int64_t[]){2}, 1));
}

static const rq_op_mapping_row rows[] = {
    {"", "BlockLSTM", map_block_lstm, NULL},
    {"", "BlockLSTMV2", map_block_lstm, NULL},
    {"", "GRUBlockCell", map_gru_cell, NULL},
    {"", "LSTMBlockCell", map_lstm_cell, NULL},
};
RQ_OP_MAPPING_GROUP(tf_cells, rows)
