/* Recurrent layers. The IR's sequences want the batch first, and weights and biases of all gates
 * one after another. */
#include "engine/import/op_mapping.h"

/* Where inputs of one direction begin; of each four, the gates of input, forget, cell, output. */
typedef struct lstm_inputs {
    size_t weights, recurrent, peepholes, biases, projection;
    size_t norms; /* 0: it has none */
    bool backward;
} lstm_inputs;
static const lstm_inputs lstm_only = {1, 5, 9, 12, 16, 20, false};
/* BIDIRECTIONAL_SEQUENCE_LSTM. */
static const lstm_inputs lstm_both[] = {{1, 5, 9, 12, 16, 0, false}, {18, 22, 26, 29, 33, 0, true}};
enum { LSTM_AUXILIARY = 39, RNN_AUXILIARY = 9 };
/* Weights, recurrent weights and bias of one direction's RNN follow each other. */
enum { RNN_WEIGHTS = 1, RNN_BACKWARD = 5 };
enum { INPUT_GATE, FORGET_GATE, CELL_GATE, OUTPUT_GATE, GATES };

static const char *activation_of(rq_ir_builder *b)
{
    int64_t code = rq_framework_int(b->node, "activation", 0);
    if (code == 1) return "relu";
    if (code != 4) rq_ir_builder_unmapped(b, "its activation is number %d", (int)code);
    return "tanh";
}

/* [batch, steps, ..], as the file has it or not. */
static rq_id batch_first(rq_ir_builder *b, rq_id x)
{
    bool time_major = rq_framework_int(b->node, "time_major", 0);
    return time_major ? rq_emit_transpose(b, x, (int64_t[]){1, 0, 2}, 3) : x;
}

static rq_id dimension(rq_ir_builder *b, rq_id x, int64_t axis)
{
    return rq_emit_gather(b, rq_emit_shape_of(b, x), RQ_EMIT_INTS(b, axis), 0);
}

/* States are variables that every run begins with zeros in: [batch, 1, hidden]. */
static rq_id zero_state(rq_ir_builder *b, rq_id x, int64_t hidden)
{
    rq_id shape =
        rq_emit(b, "Concat-1", RQ_IN(dimension(b, x, 0), RQ_EMIT_INTS(b, 1, hidden)), "axis=0");
    return rq_emit(b, "Broadcast-3", RQ_IN(rq_emit_like(b, x, 0), shape), "mode=numpy");
}

static rq_id lengths(rq_ir_builder *b, rq_id x)
{
    return rq_emit(b, "Broadcast-3", RQ_IN(dimension(b, x, 1), dimension(b, x, 0)), "mode=numpy");
}

/* One direction's, in front of what the IR has for all directions. */
static rq_id one_direction(rq_ir_builder *b, rq_id x)
{
    return rq_emit_unsqueeze(b, x, (int64_t[]){0}, 1);
}

static rq_id sequence(rq_ir_builder *b, const rq_node *node)
{
    if (!node) return RQ_NONE;
    return batch_first(b, rq_emit_squeeze(b, node->out[0], (int64_t[]){1}, 1));
}

/* Two outputs, or one of both side by side. */
static void set_both(rq_ir_builder *b, rq_id forward, rq_id backward)
{
    if (rq_framework_int(b->node, "merge_outputs", 0)) {
        rq_ir_builder_set(b, 0, rq_emit(b, "Concat-1", RQ_IN(forward, backward), "axis=2"));
        return;
    }
    rq_ir_builder_set(b, 0, forward);
    rq_ir_builder_set(b, 1, backward);
}

static bool has_auxiliary(rq_ir_builder *b, size_t input)
{
    if (rq_ir_builder_has(b, input)) rq_ir_builder_unmapped(b, "it has an auxiliary input");
    return rq_ir_builder_has(b, input);
}

/* -- LSTM ------------------------------------------------------------------------------------ */

/* The gates' rows in the IR's order: forget, input, cell, output. Without an input gate it is what
 * the forget gate leaves: 1 - sigmoid(z) is sigmoid(-z). */
static rq_id join_gates(rq_ir_builder *b, size_t first)
{
    static const size_t order[] = {FORGET_GATE, INPUT_GATE, CELL_GATE, OUTPUT_GATE};
    rq_id gates[GATES];
    for (size_t i = 0; i < GATES; i++) {
        bool has = rq_ir_builder_has(b, first + order[i]);
        gates[i] = rq_ir_builder_in(b, first + (has ? order[i] : FORGET_GATE));
        if (!has)
            gates[i] = rq_emit_binary(b, "Multiply-1", gates[i], rq_emit_like(b, gates[i], -1));
    }
    return one_direction(b, rq_emit(b, "Concat-1", gates, GATES, "axis=0"));
}

static bool has_some(const rq_ir_builder *b, size_t first, size_t n)
{
    for (size_t i = first; i < first + n; i++)
        if (rq_ir_builder_has(b, i)) return true;
    return false;
}

/* The cell's limit, 10 in every file that the converter writes, is left out: a cell grows by 1 a
 * step at most, and its tanh is 1 long before. */
static bool check_lstm(rq_ir_builder *b, const lstm_inputs *at)
{
    const char *what = has_some(b, at->peepholes, 3)            ? "peepholes"
                       : has_some(b, at->projection, 2)         ? "a projection"
                       : at->norms && has_some(b, at->norms, 4) ? "layer normalization"
                                                                : NULL;
    if (what) rq_ir_builder_unmapped(b, "it has %s", what);
    return !what && b->status == RQ_OK;
}

static rq_id lstm(rq_ir_builder *b, const lstm_inputs *at)
{
    if (!check_lstm(b, at)) return RQ_NONE;
    const char *activation = activation_of(b);
    rq_id x = batch_first(b, rq_ir_builder_in(b, 0)), recurrent = join_gates(b, at->recurrent);
    rq_shape shape = rq_ir_builder_shape(b, recurrent);
    if (b->status != RQ_OK || shape.rank != 3) return RQ_NONE;
    rq_id state = zero_state(b, x, shape.d[2]);
    return sequence(
        b, rq_emit_node(b, "LSTMSequence-5",
                        RQ_IN(x, state, state, lengths(b, x), join_gates(b, at->weights), recurrent,
                              join_gates(b, at->biases)),
                        3, "hidden_size=%d;direction=%s;activations=sigmoid,%s,%s", (int)shape.d[2],
                        at->backward ? "reverse" : "forward", activation, activation));
}

static void map_lstm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_id y = lstm(b, &lstm_only);
    if (y != RQ_NONE) rq_ir_builder_set(b, 0, y);
}

static void map_lstm_both_ways(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    if (has_auxiliary(b, LSTM_AUXILIARY)) return;
    rq_id forward = lstm(b, &lstm_both[0]);
    rq_id backward = forward == RQ_NONE ? RQ_NONE : lstm(b, &lstm_both[1]);
    if (backward != RQ_NONE) set_both(b, forward, backward);
}

/* -- RNN ------------------------------------------------------------------------------------- */

static rq_id rnn(rq_ir_builder *b, size_t first, const char *direction)
{
    const char *activation = activation_of(b);
    rq_id x = batch_first(b, rq_ir_builder_in(b, 0));
    rq_id weights = one_direction(b, rq_ir_builder_in(b, first));
    rq_id recurrent = one_direction(b, rq_ir_builder_in(b, first + 1));
    rq_id bias = one_direction(b, rq_ir_builder_in(b, first + 2));
    rq_shape shape = rq_ir_builder_shape(b, recurrent);
    if (b->status != RQ_OK || shape.rank != 3) return RQ_NONE;
    return sequence(b, rq_emit_node(b, "RNNSequence-5",
                                    RQ_IN(x, zero_state(b, x, shape.d[2]), lengths(b, x), weights,
                                          recurrent, bias),
                                    2, "hidden_size=%d;direction=%s;activations=%s",
                                    (int)shape.d[2], direction, activation));
}

static void map_rnn(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_id y = rnn(b, RNN_WEIGHTS, "forward");
    if (y != RQ_NONE) rq_ir_builder_set(b, 0, y);
}

static void map_rnn_both_ways(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    if (has_auxiliary(b, RNN_AUXILIARY)) return;
    rq_id forward = rnn(b, RNN_WEIGHTS, "forward");
    rq_id backward = forward == RQ_NONE ? RQ_NONE : rnn(b, RNN_BACKWARD, "reverse");
    if (backward != RQ_NONE) set_both(b, forward, backward);
}

static const rq_op_mapping_row rows[] = {
    {"", "BIDIRECTIONAL_SEQUENCE_LSTM", map_lstm_both_ways, NULL},
    {"", "BIDIRECTIONAL_SEQUENCE_RNN", map_rnn_both_ways, NULL},
    {"", "UNIDIRECTIONAL_SEQUENCE_LSTM", map_lstm, NULL},
    {"", "UNIDIRECTIONAL_SEQUENCE_RNN", map_rnn, NULL},
};
RQ_OP_MAPPING_GROUP(tflite_recurrent, rows)
