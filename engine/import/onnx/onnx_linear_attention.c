/* ONNX's linear attention: a state [B, K, D, V] that each token changes and is read from. */
#include "engine/import/onnx/onnx_ops.h"
#include "engine/import/subgraph.h"

#include <math.h>
#include <string.h>

enum { QUERY, KEY, VALUE, STATE, DECAY, BETA, INPUTS }; /* the node's inputs */

typedef struct linear_attention {
    int64_t heads, times;  /* of keys; queries' heads for each of them */
    bool decays, corrects; /* exp(decay) times the state; only what it does not give yet is added */
    double scale;
    rq_id in[INPUTS]; /* f32: whole sequences [B, T, ...], and the first state */
} linear_attention;

/* One token: in[] are its slices [B, 1, ...] and the state before it. Gives the state after it and
 * its output [B, 1, heads * V]. */
static rq_id emit_token(rq_ir_builder *b, const linear_attention *l, const rq_id in[INPUTS],
                        rq_id *y)
{
    const int64_t k = l->heads;
    rq_id state = in[STATE];
    rq_id query = rq_emit_reshape(b, in[QUERY], (int64_t[]){0, k, l->times, -1}, 4);
    rq_id key = rq_emit_reshape(b, in[KEY], (int64_t[]){0, k, -1, 1}, 4);
    rq_id value = rq_emit_reshape(b, in[VALUE], (int64_t[]){0, k, 1, -1}, 4);
    if (l->decays) {
        rq_id decay = rq_emit_reshape(b, in[DECAY], (int64_t[]){0, k, -1, 1}, 4);
        state = rq_emit_binary(b, "Multiply-1", state, rq_emit(b, "Exp-1", RQ_IN(decay), "%s", ""));
    }
    if (l->corrects) {
        rq_id beta = rq_emit_reshape(b, in[BETA], (int64_t[]){0, -1, 1, 1}, 4);
        value = rq_emit_binary(b, "Subtract-1", value, rq_emit_mat_mul(b, key, state, true, false));
        value = rq_emit_binary(b, "Multiply-1", value, beta);
    }
    state = rq_emit_binary(b, "Add-1", state, rq_emit_binary(b, "Multiply-1", key, value));
    *y = rq_emit_binary(b, "Multiply-1", rq_emit_mat_mul(b, query, state, false, false),
                        rq_onnx_like(b, query, l->scale));
    *y = rq_emit_reshape(b, *y, (int64_t[]){0, 1, -1}, 3);
    return state;
}

static void set_outputs(rq_ir_builder *b, rq_id y, rq_id state)
{
    rq_dtype dtype = rq_ir_builder_dtype(b, rq_ir_builder_in(b, QUERY));
    rq_id given = rq_ir_builder_has(b, STATE) ? rq_ir_builder_in(b, STATE) : RQ_NONE;
    rq_ir_builder_set(b, 0, rq_emit_convert(b, y, dtype));
    if (given != RQ_NONE) dtype = rq_ir_builder_dtype(b, given);
    if (rq_ir_builder_wants(b, 1)) rq_ir_builder_set(b, 1, rq_emit_convert(b, state, dtype));
}

/* All tokens, one after another. */
static void emit_tokens(rq_ir_builder *b, const linear_attention *l)
{
    static const char *const names[INPUTS] = {"query", "key", "value", "state", "decay", "beta"};
    const rq_subgraph_slice slice = {.sliced = true, .axis = 1};
    rq_id inner[INPUTS], y = RQ_NONE;
    rq_subgraph_map m = {0};
    rq_node *node = rq_emit_deferred(b, "TensorIterator-1", NULL, 0, 2, "%s", "");
    if (!node) return;
    rq_subgraph_begin(&m, b, node, b->source, "body", "port_map");
    m.build.node = b->node;
    for (int i = 0; i < INPUTS; i++) {
        inner[i] = RQ_NONE;
        if (l->in[i] == RQ_NONE) continue;
        rq_shape shape = rq_ir_builder_shape(b, l->in[i]);
        if (i != STATE) shape.d[1] = 1;
        inner[i] =
            rq_subgraph_parameter(&m, names[i], rq_ir_builder_dtype(b, l->in[i]), &shape,
                                  rq_subgraph_input(&m, l->in[i]), i == STATE ? NULL : &slice);
    }
    rq_id state = emit_token(&m.build, l, inner, &y);
    rq_subgraph_result(&m, "y", y, 0, &slice);
    rq_subgraph_edge(&m, rq_subgraph_result(&m, "next_state", state, 1, NULL), inner[STATE]);
    rq_subgraph_end(&m, true);
    if (b->status == RQ_OK) set_outputs(b, node->out[0], node->out[1]);
}

/* Zeros where no state is given. */
static rq_id first_state(rq_ir_builder *b, const linear_attention *l)
{
    if (rq_ir_builder_has(b, STATE))
        return rq_emit_convert(b, rq_ir_builder_in(b, STATE), RQ_DT_F32);
    rq_shape key = rq_ir_builder_shape(b, l->in[KEY]), value = rq_ir_builder_shape(b, l->in[VALUE]);
    if (key.d[2] < 0 || value.d[2] < 0) {
        rq_ir_builder_unmapped(b, "keys or values of unknown width");
        return RQ_NONE;
    }
    rq_id batch = rq_emit_reshape(b, rq_onnx_dim(b, l->in[KEY], 0), (int64_t[]){1}, 1);
    rq_id rest = RQ_EMIT_INTS(b, l->heads, key.d[2] / l->heads, value.d[2] / l->heads);
    return rq_emit(
        b, "Broadcast-3",
        RQ_IN(rq_onnx_like(b, l->in[KEY], 0), rq_emit(b, "Concat-1", RQ_IN(batch, rest), "axis=0")),
        "mode=numpy");
}

static bool read_linear(linear_attention *l, rq_ir_builder *b)
{
    const char *rule = rq_framework_string(b->node, "update_rule", "gated_delta");
    int64_t queries = rq_framework_int(b->node, "q_num_heads", 0);
    l->heads = rq_framework_int(b->node, "kv_num_heads", 0);
    l->decays = !strncmp(rule, "gated", 5);
    l->corrects = strstr(rule, "delta") != NULL;
    l->scale = rq_framework_float(b->node, "scale", 0);
    for (size_t i = 0; i < INPUTS; i++) {
        bool used = i < STATE || (i == DECAY && l->decays) || (i == BETA && l->corrects);
        l->in[i] = RQ_NONE;
        if (!used) continue;
        l->in[i] = rq_emit_convert(b, rq_ir_builder_in(b, i), RQ_DT_F32);
        int rank = rq_ir_builder_require_rank(b, l->in[i]);
        if (rank >= 0 && rank != 3)
            rq_ir_builder_fail(b, RQ_EFORMAT, "input %zu: rank %d", i, rank);
    }
    if (b->status != RQ_OK) return false;
    int64_t width = rq_ir_builder_shape(b, l->in[QUERY]).d[2];
    if (l->heads < 1 || queries < l->heads || queries % l->heads || width < queries) {
        rq_ir_builder_unmapped(b, "%d heads of queries for %d of keys, or their unknown width",
                               (int)queries, (int)l->heads);
        return false;
    }
    l->times = queries / l->heads;
    if (l->scale == 0) l->scale = 1 / sqrt((double)(width / queries));
    l->in[STATE] = first_state(b, l);
    return b->status == RQ_OK && l->in[STATE] != RQ_NONE;
}

static void map_linear_attention(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    linear_attention l;
    rq_id y = RQ_NONE;
    (void)row;
    if (!read_linear(&l, b)) return;
    if (rq_ir_builder_shape(b, l.in[QUERY]).d[1] != 1) {
        emit_tokens(b, &l);
        return;
    }
    rq_id state = emit_token(b, &l, l.in, &y);
    set_outputs(b, y, state);
}

static const rq_op_mapping_row rows[] = {
    {"", "LinearAttention", map_linear_attention, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_linear_attention, rows)
