/* ONNX's LSTM with peepholes, gates that see the cell's state, which the IR's sequences lack: step
 * by step, one direction after the other. Gates stay in ONNX's order: i, o, f, c. */
#include "engine/import/onnx/onnx_ops.h"
#include "engine/import/subgraph.h"

#include <string.h>

/* Of one direction; by steps are GATES and STEP. */
enum { GATES, STEP, HIDDEN, CELL, RECURRENT, PEEPHOLES, LENGTHS, INPUTS };

typedef struct peephole_lstm {
    bool backwards;
    /* [T, B, 4 H] of the inputs alone, [T], [B, H], [B, H], [4 H, H], [3 H], [B, 1]; STEP and
     * LENGTHS RQ_NONE where all sequences are as long as there are steps. */
    rq_id in[INPUTS];
} peephole_lstm;

static rq_id sigmoid_of_sum(rq_ir_builder *b, rq_id gate, rq_id peephole, rq_id cell)
{
    return rq_emit_unary(
        b, "Sigmoid-1",
        rq_emit_binary(b, "Add-1", gate, rq_emit_binary(b, "Multiply-1", peephole, cell)));
}

/* x, or other where the sequence has ended. */
static rq_id while_it_lasts(rq_ir_builder *b, const rq_id in[INPUTS], rq_id x, rq_id other)
{
    if (in[LENGTHS] == RQ_NONE) return x;
    return rq_emit(b, "Select-1",
                   RQ_IN(rq_emit_binary(b, "Less-1", in[STEP], in[LENGTHS]), x, other),
                   "auto_broadcast=numpy");
}

/* One step: in[GATES] is [1, B, 4 H]. Gives the hidden state after it, *cell is that of the cell.
 */
static rq_id emit_step(rq_ir_builder *b, const rq_id in[INPUTS], rq_id *cell)
{
    const int64_t front = 0;
    rq_id x = rq_emit_squeeze(b, in[GATES], &front, 1), c = in[CELL];
    x = rq_emit_binary(b, "Add-1", x, rq_emit_mat_mul(b, in[HIDDEN], in[RECURRENT], false, true));
    rq_node *g = rq_emit_node(b, "Split-1", RQ_IN(x, rq_emit_int(b, 1)), 4, "num_splits=4");
    rq_node *p =
        rq_emit_node(b, "Split-1", RQ_IN(in[PEEPHOLES], rq_emit_int(b, 0)), 3, "num_splits=3");
    if (!g || !p) return RQ_NONE;
    rq_id input = sigmoid_of_sum(b, g->out[0], p->out[0], c);
    rq_id forget = sigmoid_of_sum(b, g->out[2], p->out[2], c);
    *cell = rq_emit_binary(
        b, "Add-1", rq_emit_binary(b, "Multiply-1", forget, c),
        rq_emit_binary(b, "Multiply-1", input, rq_emit_unary(b, "Tanh-1", g->out[3])));
    rq_id output = sigmoid_of_sum(b, g->out[1], p->out[1], *cell);
    return rq_emit_binary(b, "Multiply-1", output, rq_emit_unary(b, "Tanh-1", *cell));
}

/* Parameters of the body. */
static void emit_parameters(rq_subgraph_map *m, const peephole_lstm *l, rq_id inner[INPUTS])
{
    static const char *const names[INPUTS] = {"gates",     "step",      "hidden", "cell",
                                              "recurrent", "peepholes", "lengths"};
    const rq_subgraph_slice slice = {.sliced = true, .backwards = l->backwards};
    for (int i = 0; i < INPUTS; i++) {
        inner[i] = RQ_NONE;
        if (l->in[i] == RQ_NONE) continue;
        rq_shape shape = rq_ir_builder_shape(m->outer, l->in[i]);
        if (i <= STEP) shape.d[0] = 1;
        inner[i] =
            rq_subgraph_parameter(m, names[i], rq_ir_builder_dtype(m->outer, l->in[i]), &shape,
                                  rq_subgraph_input(m, l->in[i]), i <= STEP ? &slice : NULL);
    }
}

/* Outputs of the node: [T, B, H] of all steps, the last states [B, H]. */
static rq_node *emit_steps(rq_ir_builder *b, const peephole_lstm *l)
{
    const rq_subgraph_slice slice = {.sliced = true, .backwards = l->backwards};
    const int64_t front = 0;
    rq_id in[INPUTS], cell = RQ_NONE;
    rq_subgraph_map m = {0};
    rq_node *node = rq_emit_deferred(b, "TensorIterator-1", NULL, 0, 3, "%s", "");
    if (!node) return NULL;
    rq_subgraph_begin(&m, b, node, b->source, "body", "port_map");
    m.build.node = b->node;
    emit_parameters(&m, l, in);
    rq_id hidden = emit_step(&m.build, in, &cell);
    rq_id y = while_it_lasts(&m.build, in, hidden, rq_onnx_like(&m.build, hidden, 0));
    hidden = while_it_lasts(&m.build, in, hidden, in[HIDDEN]);
    cell = while_it_lasts(&m.build, in, cell, in[CELL]);
    rq_subgraph_result(&m, "y", rq_emit_unsqueeze(&m.build, y, &front, 1), 0, &slice);
    rq_subgraph_edge(&m, rq_subgraph_result(&m, "next_hidden", hidden, 1, NULL), in[HIDDEN]);
    rq_subgraph_edge(&m, rq_subgraph_result(&m, "next_cell", cell, 2, NULL), in[CELL]);
    rq_subgraph_end(&m, true);
    return b->status == RQ_OK ? node : NULL;
}

/* -- the node's inputs ----------------------------------------------------------------------- */

typedef struct weights {
    rq_id inputs, recurrent; /* [D, 4 H, I], [D, 4 H, H] */
    int64_t hidden;
} weights;

static rq_id of_direction(rq_ir_builder *b, rq_id x, int direction)
{
    return rq_emit_gather(b, x, rq_emit_int(b, direction), 0);
}

/* [B, H] of the node's input, or zeros. */
static rq_id first_state(rq_ir_builder *b, size_t input, int direction, rq_id x, int64_t hidden)
{
    if (rq_ir_builder_has(b, input)) return of_direction(b, rq_ir_builder_in(b, input), direction);
    rq_id batch = rq_emit_reshape(b, rq_onnx_dim(b, x, 1), (int64_t[]){1}, 1);
    rq_id shape = rq_emit(b, "Concat-1", RQ_IN(batch, RQ_EMIT_INTS(b, hidden)), "axis=0");
    return rq_emit(b, "Broadcast-3", RQ_IN(rq_onnx_like(b, x, 0), shape), "mode=numpy");
}

/* Each sequence [T, B, ...] turned as far as it goes. */
static rq_id turned(rq_ir_builder *b, rq_id x)
{
    return rq_emit(b, "ReverseSequence-1", RQ_IN(x, rq_ir_builder_in(b, 4)),
                   "batch_axis=1;seq_axis=0");
}

/* What the gates get of the inputs alone. */
static rq_id emit_gates(rq_ir_builder *b, rq_id x, rq_id w, int direction, int64_t hidden)
{
    rq_id gates = rq_emit_mat_mul(b, x, of_direction(b, w, direction), false, true);
    if (!rq_ir_builder_has(b, 3)) return gates;
    rq_id bias = of_direction(b, rq_ir_builder_in(b, 3), direction);
    rq_id sum = rq_emit_binary(b, "Add-1", rq_emit_slice(b, bias, 0, 0, 4 * hidden, 1),
                               rq_emit_slice(b, bias, 0, 4 * hidden, 8 * hidden, 1));
    return rq_emit_binary(b, "Add-1", gates, sum);
}

/* [T, B, H], and the last states [B, H]. */
static bool emit_direction(rq_ir_builder *b, int direction, bool backwards, const weights *w,
                           rq_id out[3])
{
    bool lengths = rq_ir_builder_has(b, 4);
    rq_id x = rq_ir_builder_in(b, 0);
    peephole_lstm l = {.backwards = backwards && !lengths, .in = {[STEP] = RQ_NONE}};
    l.in[GATES] =
        emit_gates(b, lengths && backwards ? turned(b, x) : x, w->inputs, direction, w->hidden);
    l.in[HIDDEN] = first_state(b, 5, direction, x, w->hidden);
    l.in[CELL] = first_state(b, 6, direction, x, w->hidden);
    l.in[RECURRENT] = of_direction(b, w->recurrent, direction);
    l.in[PEEPHOLES] = of_direction(b, rq_ir_builder_in(b, 7), direction);
    l.in[LENGTHS] = RQ_NONE;
    if (lengths) {
        l.in[STEP] = rq_emit_count_up(b, rq_onnx_dim(b, x, 0));
        l.in[LENGTHS] = rq_emit_convert(b, rq_ir_builder_in(b, 4), RQ_DT_I64);
        l.in[LENGTHS] = rq_emit_reshape(b, l.in[LENGTHS], (int64_t[]){-1, 1}, 2);
    }
    rq_node *node = emit_steps(b, &l);
    for (int i = 0; node && i < 3; i++) out[i] = node->out[i];
    if (node && lengths && backwards) out[0] = turned(b, out[0]);
    return node != NULL;
}

static bool is_usual(rq_ir_builder *b)
{
    if (rq_framework_int(b->node, "layout", 0))
        rq_ir_builder_unmapped(b, "peepholes with the batch first");
    else if (rq_framework_find_attr(b->node, "activations"))
        rq_ir_builder_unmapped(b, "peepholes with activations of their own");
    else if (rq_framework_find_attr(b->node, "clip"))
        rq_ir_builder_unmapped(b, "peepholes with a clipped state");
    else
        return true;
    return false;
}

void rq_onnx_peephole_lstm(rq_ir_builder *b, int64_t hidden, rq_id inputs, rq_id recurrent)
{
    const weights w = {inputs, recurrent, hidden};
    const char *direction = rq_framework_string(b->node, "direction", "forward");
    int n = strcmp(direction, "bidirectional") ? 1 : 2;
    rq_id parts[2], out[2][3];
    if (!is_usual(b)) return;
    for (int k = 0; k < n; k++)
        if (!emit_direction(b, k, k || direction[0] == 'r', &w, out[k])) return;
    for (uint32_t i = 0; i < 3; i++) {
        const int64_t axis = i == 0; /* [T, D, B, H], [D, B, H] */
        if (!rq_ir_builder_wants(b, i)) continue;
        for (int k = 0; k < n; k++) parts[k] = rq_emit_unsqueeze(b, out[k][i], &axis, 1);
        rq_ir_builder_set(
            b, i, n == 1 ? parts[0] : rq_emit(b, "Concat-1", parts, 2, "axis=%d", (int)axis));
    }
}
