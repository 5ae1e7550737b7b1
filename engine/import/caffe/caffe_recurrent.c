/* Caffe's recurrent layers: BVLC's, which take "cont", 0 where a sequence begins; and Lstm. */
#include "engine/import/caffe/caffe_map.h"

#include "engine/import/subgraph.h"

#include <string.h>

typedef struct recurrent {
    int gates;
    int64_t steps, batch, hidden;
    rq_id x;       /* [T, N, I] */
    rq_id cont;    /* [T, N]; RQ_NONE: one sequence, from the first step on */
    rq_id w, r, b; /* [gates * H, I], [gates * H, H], [gates * H]: the IR's order of gates */
} recurrent;

/* -- weights ---------------------------------------------------------------------------------- */

/* Rows of H in the IR's order f, i, c, o; Caffe's is i, f, o, c. */
static rq_id reorder(rq_ir_builder *b, rq_id x)
{
    static const int order[4] = {1, 0, 3, 2};
    rq_id parts[4];
    rq_node *split = rq_emit_node(b, "Split-1", RQ_IN(x, rq_emit_int(b, 0)), 4, "num_splits=4");
    if (!split) return RQ_NONE;
    for (int k = 0; k < 4; k++) {
        const rq_tensor *constant = rq_ir_builder_const(b, split->out[order[k]]);
        parts[k] = constant ? rq_emit_const(b, constant) : split->out[order[k]];
    }
    return rq_emit(b, "Concat-1", parts, 4, "axis=0");
}

static void read_weights(recurrent *r, rq_ir_builder *b, size_t w, size_t bias, size_t hidden)
{
    int64_t rows = r->gates * r->hidden;
    r->w = rq_caffe_blob_as(b, w, (int64_t[]){rows, -1}, 2);
    r->r = rq_caffe_blob_as(b, hidden, (int64_t[]){rows, r->hidden}, 2);
    r->b = rq_caffe_blob_as(b, bias, NULL, 0);
    if (r->gates == 1) return;
    r->w = reorder(b, r->w);
    r->r = reorder(b, r->r);
    r->b = reorder(b, r->b);
}

/* [T, N, ...] as [T, N, I]. */
static bool read_input(recurrent *r, rq_ir_builder *b, int64_t batch)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    r->hidden = rq_framework_int(b->node, "num_output", 0);
    if (b->status != RQ_OK) return false;
    bool flat = shape.rank == 2 && batch > 0;
    bool known = shape.rank > 2 || flat;
    r->steps = known ? shape.d[0] / (flat ? batch : 1) : 0;
    r->batch = flat ? batch : known ? shape.d[1] : 0;
    if (r->steps < 1 || r->batch < 1 || r->hidden < 1) {
        rq_ir_builder_unmapped(b, "steps, batch or num_output are not known; give --input_shape");
        return false;
    }
    r->x = rq_emit_reshape(b, x, (int64_t[]){r->steps, r->batch, -1}, 3);
    return b->status == RQ_OK;
}

/* -- sequences -------------------------------------------------------------------------------- */

static rq_id zeros(rq_ir_builder *b, int rank, const int64_t *dims)
{
    rq_shape shape = rq_shape_make(rank, dims);
    if (!rq_ir_builder_ok(b, rq_shape_check(&shape, false, "a state"))) return RQ_NONE;
    float *data = rq_arena_alloc(b->arena, rq_shape_count(&shape), sizeof *data);
    if (!rq_ir_builder_ok(b, data ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    return rq_emit_const(b, &(rq_tensor){RQ_DT_F32, shape, data});
}

static rq_id lengths(rq_ir_builder *b, const recurrent *r)
{
    return rq_emit(b, "Broadcast-3", RQ_IN(rq_emit_int(b, r->steps), RQ_EMIT_INTS(b, r->batch)),
                   "mode=numpy");
}

static rq_id with_direction(rq_ir_builder *b, rq_id x)
{
    return rq_emit_unsqueeze(b, x, (int64_t[]){0}, 1);
}

/* All steps at once: [T, N, H]. */
static rq_id emit_sequence(rq_ir_builder *b, const recurrent *r)
{
    bool lstm = r->gates == 4;
    rq_id state = zeros(b, 3, (int64_t[]){r->batch, 1, r->hidden});
    rq_id in[7] = {rq_emit_transpose(b, r->x, (int64_t[]){1, 0, 2}, 3), state};
    size_t n = 2;
    if (lstm) in[n++] = state;
    in[n++] = lengths(b, r);
    in[n++] = with_direction(b, r->w);
    in[n++] = with_direction(b, r->r);
    in[n++] = with_direction(b, r->b);
    rq_node *node = rq_emit_node(b, lstm ? "LSTMSequence-5" : "RNNSequence-5", in, n, lstm ? 3 : 2,
                                 "hidden_size=%lld;direction=forward;activations=%s",
                                 (long long)r->hidden, lstm ? "sigmoid,tanh,tanh" : "tanh");
    if (!node) return RQ_NONE; /* its output 0 is [N, 1, T, H] */
    rq_id y = rq_emit_squeeze(b, node->out[0], (int64_t[]){1}, 1);
    return rq_emit_transpose(b, y, (int64_t[]){1, 0, 2}, 3);
}

/* Whether cont is 0 at the first step, and 1 at all others. */
static bool begins_once(const rq_ir_builder *b, const recurrent *r)
{
    const rq_tensor *cont = r->cont == RQ_NONE ? NULL : rq_ir_builder_const(b, r->cont);
    if (r->cont == RQ_NONE) return true;
    if (!cont || rq_tensor_count(cont) != (size_t)(r->steps * r->batch)) return false;
    for (size_t i = 0; i < rq_tensor_count(cont); i++) {
        double want = i < (size_t)r->batch ? 0 : 1;
        if (rq_load_f64(cont->data, cont->dtype, i) != want) return false;
    }
    return true;
}

/* One step, in the body: states that begin anew where cont is 0. */
static void emit_step(rq_subgraph_map *m, const recurrent *r, const rq_id in[5],
                      const rq_id states[2])
{
    rq_ir_builder *b = &m->build;
    const rq_subgraph_slice slice = {.sliced = true};
    bool lstm = r->gates == 4;
    rq_id x = rq_emit_reshape(b, in[0], (int64_t[]){r->batch, -1}, 2);
    rq_id cont = rq_emit_reshape(b, in[1], (int64_t[]){r->batch, 1}, 2);
    rq_id cell[6] = {x}, kept[2] = {RQ_NONE, RQ_NONE};
    size_t n = 1;
    for (int k = 0; k < (lstm ? 2 : 1); k++)
        cell[n++] = rq_emit_binary(b, "Multiply-1", states[k], cont);
    for (int k = 2; k < 5; k++) cell[n++] = in[k];
    rq_node *node = rq_emit_node(b, lstm ? "LSTMCell-4" : "RNNCell-1", cell, n, lstm ? 2 : 1,
                                 "hidden_size=%lld;activations=%s", (long long)r->hidden,
                                 lstm ? "sigmoid,tanh,tanh" : "tanh");
    if (!node) return;
    for (int k = 0; k < (lstm ? 2 : 1); k++) kept[k] = node->out[k];
    rq_id y = rq_emit_unsqueeze(b, kept[0], (int64_t[]){0}, 1);
    rq_subgraph_result(m, "y", y, 0, &slice);
    rq_subgraph_edge(m, rq_subgraph_result(m, "h_out", kept[0], 1, NULL), states[0]);
    if (lstm) rq_subgraph_edge(m, rq_subgraph_result(m, "c_out", kept[1], 2, NULL), states[1]);
}

/* Step by step: [T, N, H]. */
static rq_id emit_iterator(rq_ir_builder *b, const recurrent *r)
{
    static const char *const names[5] = {"x", "cont", "w", "r", "b"};
    const rq_subgraph_slice slice = {.sliced = true};
    bool lstm = r->gates == 4;
    rq_id outer[5] = {r->x, r->cont, r->w, r->r, r->b}, inner[5], states[2] = {RQ_NONE, RQ_NONE};
    rq_id state = zeros(b, 2, (int64_t[]){r->batch, r->hidden});
    rq_subgraph_map m = {0};
    rq_node *node = rq_emit_deferred(b, "TensorIterator-1", NULL, 0, lstm ? 3 : 2, "%s", "");
    if (!node) return RQ_NONE;
    rq_subgraph_begin(&m, b, node, b->source, "body", "port_map");
    m.build.node = b->node;
    for (int k = 0; k < 5; k++) {
        rq_shape shape = rq_ir_builder_shape(b, outer[k]);
        if (k < 2) shape.d[0] = 1;
        inner[k] = rq_subgraph_parameter(&m, names[k], RQ_DT_F32, &shape,
                                         rq_subgraph_input(&m, outer[k]), k < 2 ? &slice : NULL);
    }
    rq_shape shape = rq_ir_builder_shape(b, state);
    for (int k = 0; k < (lstm ? 2 : 1); k++)
        states[k] = rq_subgraph_parameter(&m, k ? "c" : "h", RQ_DT_F32, &shape,
                                          rq_subgraph_input(&m, state), NULL);
    emit_step(&m, r, inner, states);
    rq_subgraph_end(&m, true);
    return b->status == RQ_OK ? node->out[0] : RQ_NONE;
}

static rq_id emit_recurrence(rq_ir_builder *b, const recurrent *r)
{
    return begins_once(b, r) ? emit_sequence(b, r) : emit_iterator(b, r);
}

/* -- layers ----------------------------------------------------------------------------------- */

/* Bottoms of BVLC's layers: x [T, N, ...], cont [T, N]. */
static bool read_bvlc(recurrent *r, rq_ir_builder *b)
{
    if (rq_caffe_bottoms(b) != 2 || rq_framework_int(b->node, "expose_hidden", 0)) {
        rq_ir_builder_unmapped(b, "a static input, or states that are inputs and outputs");
        return false;
    }
    r->cont = rq_ir_builder_in(b, 1);
    return read_input(r, b, 0);
}

/* Blobs: W of x, its bias, W of the state. */
static void map_lstm(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    recurrent r = {.gates = 4};
    (void)row;
    if (!read_bvlc(&r, b)) return;
    read_weights(&r, b, 0, 1, 2);
    rq_ir_builder_set(b, 0, emit_recurrence(b, &r));
}

/* The same, then W of the output and its bias: tanh(W h + b) comes out. */
static void map_rnn(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    recurrent r = {.gates = 1};
    (void)row;
    if (!read_bvlc(&r, b)) return;
    read_weights(&r, b, 0, 1, 2);
    rq_id h = emit_recurrence(b, &r);
    rq_id w = rq_caffe_blob_as(b, 3, (int64_t[]){r.hidden, -1}, 2);
    rq_id y = rq_emit_binary(b, "Add-1", rq_emit_mat_mul(b, h, w, false, true),
                             rq_caffe_blob_as(b, 4, NULL, 0));
    rq_ir_builder_set(b, 0, rq_emit(b, "Tanh-1", RQ_IN(y), "%s", ""));
}

/* Of the fork for text recognition: blobs are W of x, W of the state, the bias; x is [T, N, ...],
 * or [T * N, I] with batch_size. The optional second bottom is cont. */
static void map_lstm_fork(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    recurrent r = {.gates = 4, .cont = RQ_NONE};
    bool flat = rq_ir_builder_rank(b, rq_ir_builder_in(b, 0)) == 2;
    (void)row;
    if (!read_input(&r, b, rq_framework_int(b->node, "batch_size", 1))) return;
    if (rq_caffe_bottoms(b) > 1)
        r.cont = rq_emit_reshape(b, rq_ir_builder_in(b, 1), (int64_t[]){r.steps, r.batch}, 2);
    read_weights(&r, b, 0, 2, 1);
    rq_id y = emit_recurrence(b, &r);
    if (flat) y = rq_emit_reshape(b, y, (int64_t[]){-1, r.hidden}, 2);
    rq_ir_builder_set(b, 0, y);
}

static rq_id sigmoid(rq_ir_builder *b, rq_id x)
{
    return rq_emit(b, "Sigmoid-1", RQ_IN(x), "%s", "");
}

/* One step without weights: c [1,N,D], gates [1,N,4D] in the order i, f, o, g, cont [1,N]. */
static void map_lstm_unit(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id c = rq_ir_builder_in(b, 0), cont = rq_ir_builder_in(b, 2);
    rq_node *gate = rq_emit_node(b, "Split-1", RQ_IN(rq_ir_builder_in(b, 1), rq_emit_int(b, 2)), 4,
                                 "num_splits=4");
    (void)row;
    if (!gate) return;
    cont = rq_emit_unsqueeze(b, cont, (int64_t[]){2}, 1);
    rq_id forget = rq_emit_binary(b, "Multiply-1", sigmoid(b, gate->out[1]), cont);
    rq_id candidate = rq_emit(b, "Tanh-1", RQ_IN(gate->out[3]), "%s", "");
    rq_id next =
        rq_emit_binary(b, "Add-1", rq_emit_binary(b, "Multiply-1", forget, c),
                       rq_emit_binary(b, "Multiply-1", sigmoid(b, gate->out[0]), candidate));
    rq_id bounded = rq_emit(b, "Tanh-1", RQ_IN(next), "%s", "");
    rq_ir_builder_set(b, 0, next);
    rq_ir_builder_set(b, 1, rq_emit_binary(b, "Multiply-1", sigmoid(b, gate->out[2]), bounded));
}

/* [T, N]: 0 at the first step, then 1. */
static void map_continuation(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_shape x = {.rank = 0};
    (void)row;
    if (rq_caffe_bottoms(b)) x = rq_ir_builder_shape(b, rq_ir_builder_in(b, 0));
    int64_t steps = rq_framework_int(b->node, "time_step", x.rank > 0 ? x.d[0] : 0);
    int64_t batch = rq_framework_int(b->node, "batch_size", x.rank > 1 ? x.d[1] : 1);
    rq_shape shape = {2, {steps, batch}};
    if (b->status != RQ_OK) return;
    if (steps < 1 || batch < 1 || rq_shape_check(&shape, false, "cont") != RQ_OK) {
        rq_ir_builder_unmapped(b, "time_step and batch_size are not known");
        return;
    }
    float *data = rq_arena_alloc(b->arena, rq_shape_count(&shape), sizeof *data);
    if (!rq_ir_builder_ok(b, data ? RQ_OK : RQ_ENOMEM)) return;
    for (size_t i = (size_t)batch; i < rq_shape_count(&shape); i++) data[i] = 1;
    rq_ir_builder_set(b, 0, rq_emit_const(b, &(rq_tensor){RQ_DT_F32, shape, data}));
}

static void map_ctc(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool merge = rq_framework_int(b->node, "ctc_merge_repeated", 1);
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "CTCGreedyDecoder-1",
                              RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)),
                              "ctc_merge_repeated=%s", rq_bool_text(merge)));
}

static const rq_op_mapping_row rows[] = {
    {"", "CTCGreedyDecoder", map_ctc, NULL},
    {"", "ContinuationIndicator", map_continuation, NULL},
    {"", "LSTM", map_lstm, NULL},
    {"", "LSTMUnit", map_lstm_unit, NULL},
    {"", "Lstm", map_lstm_fork, NULL},
    {"", "RNN", map_rnn, NULL},
};
RQ_OP_MAPPING_GROUP(caffe_recurrent, rows)
