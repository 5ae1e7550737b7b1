/* ONNX's recurrent layers. X is [T,B,I] (layout 0), W [D,gates H,I], R [D,gates H,H], B [D,2 gates
 * H], states [D,B,H]; the IR wants the batch first everywhere and one sum of the two biases. */
#include "engine/import/onnx/onnx_ops.h"

#include <ctype.h>
#include <string.h>

typedef struct rnn_kind {
    const char *type, *ir;
    int gates;
    int order[4];    /* the IR's gate k is ONNX's order[k] */
    int activations; /* per direction */
    const char *defaults[3];
} rnn_kind;

static const rnn_kind kinds[] = {
    {"RNN", "RNNSequence-5", 1, {0}, 1, {"tanh"}},
    {"GRU", "GRUSequence-5", 3, {0, 1, 2}, 2, {"sigmoid", "tanh"}},
    /* ONNX's iofc, the IR's fico */
    {"LSTM", "LSTMSequence-5", 4, {2, 0, 3, 1}, 3, {"sigmoid", "tanh", "tanh"}},
};

/* Rows of H along `axis`, in the IR's order of gates. */
static rq_id reorder(rq_ir_builder *b, const rnn_kind *kind, rq_id x, int64_t axis)
{
    rq_id parts[4];
    if (kind->gates != 4) return x;
    rq_node *split = rq_emit_node(b, "Split-1", RQ_IN(x, rq_emit_int(b, axis)),
                                  (uint32_t)kind->gates, "num_splits=%d", kind->gates);
    if (!split) return RQ_NONE;
    for (int k = 0; k < kind->gates; k++) {
        rq_id part = split->out[kind->order[k]];
        const rq_tensor *constant = rq_ir_builder_const(b, part);
        parts[k] = constant ? rq_emit_const(b, constant) : part;
    }
    return rq_emit(b, "Concat-1", parts, (size_t)kind->gates, "axis=%d", (int)axis);
}

static rq_id columns(rq_ir_builder *b, rq_id x, int64_t begin, int64_t end)
{
    return rq_emit_slice(b, x, 1, begin, end, 1);
}

/* Wb + Rb; a GRU with linear_before_reset keeps the last gate's two apart. */
static rq_id join_biases(rq_ir_builder *b, const rnn_kind *kind, rq_id bias, int64_t hidden,
                         bool linear)
{
    int64_t n = kind->gates * hidden;
    rq_id w = columns(b, bias, 0, n), r = columns(b, bias, n, 2 * n);
    if (!linear) return reorder(b, kind, rq_emit_binary(b, "Add-1", w, r), 1);
    rq_id sum = rq_emit_binary(b, "Add-1", columns(b, bias, 0, 2 * hidden),
                               columns(b, bias, n, n + 2 * hidden));
    return rq_emit(
        b, "Concat-1",
        RQ_IN(sum, columns(b, bias, 2 * hidden, n), columns(b, bias, n + 2 * hidden, 2 * n)),
        "axis=1");
}

typedef struct rnn {
    const rnn_kind *kind;
    int64_t hidden;
    int directions;
    const char *direction;
    bool batch_first, linear;
    rq_id x, batch, steps; /* x with the batch first; sizes as rows of one element */
    rq_id weights, recurrent;
} rnn;

static bool read_rnn(rnn *r, rq_ir_builder *b)
{
    rq_shape recurrent = rq_ir_builder_shape(b, r->recurrent);
    r->direction = rq_framework_string(b->node, "direction", "forward");
    r->directions = strcmp(r->direction, "bidirectional") ? 1 : 2;
    r->hidden =
        rq_framework_int(b->node, "hidden_size", recurrent.rank == 3 ? recurrent.d[2] : RQ_DYNAMIC);
    r->batch_first = rq_framework_int(b->node, "layout", 0) != 0;
    r->linear = r->kind->gates == 3 && rq_framework_int(b->node, "linear_before_reset", 0);
    if (b->status != RQ_OK) return false;
    if (r->hidden < 1 || r->hidden > INT32_MAX)
        rq_ir_builder_unmapped(b, "an unknown hidden_size");
    else if (rq_framework_int(b->node, "input_forget", 0))
        rq_ir_builder_unmapped(b, "coupled input and forget gates");
    else
        return true;
    return false;
}

static rq_id one_dim(rq_ir_builder *b, rq_id x, int64_t axis)
{
    return rq_emit_reshape(b, rq_onnx_dim(b, x, axis), (const int64_t[]){1}, 1);
}

static rq_id swap(rq_ir_builder *b, const rnn *r, rq_id x)
{
    return r->batch_first ? x : rq_emit_transpose(b, x, (const int64_t[]){1, 0, 2}, 3);
}

static rq_id state_or_zeros(rq_ir_builder *b, const rnn *r, size_t input)
{
    if (rq_ir_builder_has(b, input)) return swap(b, r, rq_ir_builder_in(b, input));
    rq_id shape = rq_emit(b, "Concat-1", RQ_IN(r->batch, RQ_EMIT_INTS(b, r->directions, r->hidden)),
                          "axis=0");
    return rq_emit(b, "Broadcast-3", RQ_IN(rq_onnx_like(b, r->x, 0.0), shape), "mode=numpy");
}

static rq_id bias_or_zeros(rq_ir_builder *b, const rnn *r)
{
    int64_t n = (r->kind->gates + (r->linear ? 1 : 0)) * r->hidden;
    if (rq_ir_builder_has(b, 3))
        return join_biases(b, r->kind, rq_ir_builder_in(b, 3), r->hidden, r->linear);
    return rq_emit(b, "Broadcast-3",
                   RQ_IN(rq_onnx_like(b, r->x, 0.0), RQ_EMIT_INTS(b, r->directions, n)),
                   "mode=numpy");
}

/* "sigmoid,tanh": lower case, those of the first direction. */
static const char *activations(rq_ir_builder *b, const rnn *r)
{
    const rq_framework_attr *attr = rq_framework_find_attr(b->node, "activations");
    bool given =
        attr && attr->kind == RQ_FRAMEWORK_STRINGS && attr->n >= (size_t)r->kind->activations;
    const char *text = "";
    for (int i = 0; i < r->kind->activations && text; i++)
        text = rq_arena_printf(b->arena, "%s%s%s", text, i ? "," : "",
                               given ? attr->strings[i] : r->kind->defaults[i]);
    char *lower = text ? rq_arena_strdup(b->arena, text) : NULL;
    if (!lower) b->status = RQ_ENOMEM;
    for (char *c = lower; c && *c; c++) *c = (char)tolower((unsigned char)*c);
    return lower ? lower : "";
}

/* "0.1,0.2" */
static const char *numbers(rq_ir_builder *b, const char *name)
{
    const rq_framework_attr *attr = rq_framework_find_attr(b->node, name);
    const char *text = "";
    for (size_t i = 0; attr && attr->kind == RQ_FRAMEWORK_FLOATS && i < attr->n && text; i++)
        text = rq_arena_printf(b->arena, "%s%s%.9g", text, i ? "," : "", attr->floats[i]);
    if (!text) b->status = RQ_ENOMEM;
    return text ? text : "";
}

static rq_node *emit_rnn(rq_ir_builder *b, const rnn *r)
{
    rq_id in[7];
    size_t n = 0;
    in[n++] = r->x;
    in[n++] = state_or_zeros(b, r, 5);
    if (r->kind->gates == 4) in[n++] = state_or_zeros(b, r, 6);
    in[n++] = rq_ir_builder_has(b, 4)
                  ? rq_ir_builder_in(b, 4)
                  : rq_emit(b, "Broadcast-3", RQ_IN(r->steps, r->batch), "mode=numpy");
    in[n++] = reorder(b, r->kind, r->weights, 1);
    in[n++] = reorder(b, r->kind, r->recurrent, 1);
    in[n++] = bias_or_zeros(b, r);
    return rq_emit_node(
        b, r->kind->ir, in, n, r->kind->gates == 4 ? 3 : 2,
        "hidden_size=%d;direction=%s;activations=%s;activations_alpha=%s;activations_beta=%s;"
        "clip=%.9g%s",
        (int)r->hidden, r->direction, activations(b, r), numbers(b, "activation_alpha"),
        numbers(b, "activation_beta"), rq_framework_float(b->node, "clip", 0.0),
        r->kind->gates != 3 ? ""
        : r->linear         ? ";linear_before_reset=true"
                            : ";linear_before_reset=false");
}

void rq_onnx_recurrent(rq_ir_builder *b, const char *type, rq_id weights, rq_id recurrent)
{
    rnn r = {.kind = kinds, .weights = weights, .recurrent = recurrent};
    while (strcmp(r.kind->type, type)) r.kind++;
    if (!read_rnn(&r, b)) return;
    if (rq_ir_builder_has(b, 7)) {
        rq_onnx_peephole_lstm(b, r.hidden, weights, recurrent);
        return;
    }
    r.x = swap(b, &r, rq_ir_builder_in(b, 0));
    r.batch = one_dim(b, r.x, 0);
    r.steps = one_dim(b, r.x, 1);
    rq_node *node = emit_rnn(b, &r);
    if (!node) return;
    /* [B,D,T,H] -> [T,D,B,H], or [B,T,D,H] with the batch first */
    const int64_t order[2][4] = {{2, 1, 0, 3}, {0, 2, 1, 3}};
    rq_ir_builder_set(b, 0, rq_emit_transpose(b, node->out[0], order[r.batch_first], 4));
    for (uint32_t i = 1; i < node->n_out; i++)
        if (rq_ir_builder_wants(b, i)) rq_ir_builder_set(b, i, swap(b, &r, node->out[i]));
}

static void map_rnn(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_onnx_recurrent(b, row->type, rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 2));
}

static const rq_op_mapping_row rows[] = {
    {"", "GRU", map_rnn, NULL},
    {"", "LSTM", map_rnn, NULL},
    {"", "RNN", map_rnn, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_rnn, rows)
