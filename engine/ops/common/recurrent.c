#include "engine/ops/common/recurrent.h"

#include "engine/ops/work.h"

#include <math.h>
#include <string.h>

enum { FORWARD, REVERSE, BIDIRECTIONAL };
static const char *const directions[] = {"forward", "reverse", "bidirectional", NULL};

const rq_attr_spec rq_recurrent_specs[] = {
    {"hidden_size", RQ_ATTR_INT, offsetof(rq_recurrent_attrs, hidden_size), NULL, NULL},
    {"activations", RQ_ATTR_STRING, offsetof(rq_recurrent_attrs, activations), "", NULL},
    {"activations_alpha", RQ_ATTR_FLOATS, offsetof(rq_recurrent_attrs, alpha), "", NULL},
    {"activations_beta", RQ_ATTR_FLOATS, offsetof(rq_recurrent_attrs, beta), "", NULL},
    {"clip", RQ_ATTR_FLOAT, offsetof(rq_recurrent_attrs, clip), "0", NULL},
    {"linear_before_reset", RQ_ATTR_BOOL, offsetof(rq_recurrent_attrs, linear_before_reset),
     "false", NULL},
    {"direction", RQ_ATTR_ENUM, offsetof(rq_recurrent_attrs, direction), "forward", directions},
    RQ_ATTRS_END,
};

/* -- activations ---------------------------------------------------------------------------- */

static float gate_sigmoid(float x, float alpha, float beta)
{
    (void)alpha, (void)beta;
    return 1.0f / (1.0f + expf(-x));
}

static float gate_tanh(float x, float alpha, float beta)
{
    (void)alpha, (void)beta;
    return tanhf(x);
}

static float gate_relu(float x, float alpha, float beta)
{
    (void)alpha, (void)beta;
    return x > 0.0f ? x : 0.0f;
}

static float gate_hard_sigmoid(float x, float alpha, float beta)
{
    return fmaxf(0.0f, fminf(1.0f, alpha * x + beta));
}

static float gate_affine(float x, float alpha, float beta)
{
    return alpha * x + beta;
}

static const struct {
    const char *name;
    rq_gate_fn *fn;
} gate_table[] = {
    {"sigmoid", gate_sigmoid},          {"tanh", gate_tanh},     {"relu", gate_relu},
    {"hardsigmoid", gate_hard_sigmoid}, {"affine", gate_affine},
};

static rq_status find_gates(rq_gate gates[RQ_MAX_GATES], const rq_node *node,
                            const rq_recurrent_attrs *a, const rq_cell_kind *kind)
{
    const char *text = a->activations[0] ? a->activations : kind->activations;
    for (int g = 0; g < kind->n_activations; g++) {
        size_t length = strcspn(text, ","), skip = strspn(text, " ");
        gates[g] = (rq_gate){NULL, (size_t)g < a->alpha.n ? (float)a->alpha.v[g] : 0.0f,
                             (size_t)g < a->beta.n ? (float)a->beta.v[g] : 0.0f};
        for (size_t i = 0; i < sizeof gate_table / sizeof gate_table[0]; i++)
            if (strlen(gate_table[i].name) == length - skip &&
                !strncmp(gate_table[i].name, text + skip, length - skip))
                gates[g].fn = gate_table[i].fn;
        if (!gates[g].fn)
            return rq_node_fail(node, RQ_EUNSUPPORTED, "activation %d of '%s' is not known", g + 1,
                                a->activations);
        text += length + (text[length] == ',');
    }
    return RQ_OK;
}

/* -- shapes --------------------------------------------------------------------------------- */

typedef struct layer {
    size_t batch, time, input, hidden, directions, weight_rows, bias_rows;
    uint32_t port_lengths, port_w; /* 0: no lengths */
} layer;

static uint32_t state_count(const rq_cell_kind *kind)
{
    return kind->has_cell_state ? 2 : 1;
}

/* Where W lies; R and B follow. */
static uint32_t weights_port(const rq_cell_kind *kind, bool sequence)
{
    return 1 + state_count(kind) + sequence;
}

static rq_status expect(const rq_node *node, const rq_tensor *t, const char *what, size_t count)
{
    if (rq_tensor_count(t) == count) return RQ_OK;
    return rq_node_fail(node, RQ_EFORMAT, "%s has %zu elements, expected %zu", what,
                        rq_tensor_count(t), count);
}

static rq_status describe(layer *l, const rq_node *node, const rq_recurrent_attrs *a,
                          const rq_cell_kind *kind, const rq_tensor *in, uint32_t n_in,
                          bool sequence)
{
    uint32_t states = state_count(kind);
    const rq_shape *x = &in[0].shape;
    if (x->rank != (sequence ? 3 : 2) || a->hidden_size < 1 || a->hidden_size > 1 << 20)
        return rq_node_fail(node, RQ_EFORMAT, "data of rank %d and hidden_size %lld", x->rank,
                            (long long)a->hidden_size);
    *l = (layer){.batch = (size_t)x->d[0],
                 .time = sequence ? (size_t)x->d[1] : 1,
                 .input = (size_t)x->d[x->rank - 1],
                 .hidden = (size_t)a->hidden_size,
                 .directions = sequence && a->direction == BIDIRECTIONAL ? 2 : 1,
                 .port_lengths = sequence ? 1 + states : 0,
                 .port_w = weights_port(kind, sequence)};
    l->weight_rows = (size_t)kind->gates * l->hidden;
    l->bias_rows = (size_t)(kind->bias_gates + a->linear_before_reset) * l->hidden;
    if (n_in < l->port_w + 3)
        return rq_node_fail(node, RQ_EFORMAT, "%u inputs, expected %u", n_in, l->port_w + 3);
    for (uint32_t s = 0; s < states; s++)
        RQ_TRY(expect(node, &in[1 + s], "the state", l->batch * l->directions * l->hidden));
    if (sequence) RQ_TRY(expect(node, &in[l->port_lengths], "sequence_lengths", l->batch));
    RQ_TRY(expect(node, &in[l->port_w], "W", l->directions * l->weight_rows * l->input));
    RQ_TRY(expect(node, &in[l->port_w + 1], "R", l->directions * l->weight_rows * l->hidden));
    return expect(node, &in[l->port_w + 2], "B", l->directions * l->bias_rows);
}

/* All inputs but sequence_lengths. */
static rq_status check_floats(const rq_infer *ctx, const layer *l)
{
    for (uint32_t i = 0; i < l->port_w + 3; i++)
        if (!l->port_lengths || i != l->port_lengths) RQ_TRY(rq_infer_float(ctx, i));
    return RQ_OK;
}

static void set_shape(rq_tensor *out, const rq_tensor *in, int rank, const int64_t *dims)
{
    out->dtype = in->dtype;
    out->shape = rq_shape_make(rank, dims);
}

rq_status rq_cell_infer(rq_infer *ctx)
{
    const rq_cell_kind *kind = ctx->op->kind;
    layer l;
    rq_gate gates[RQ_MAX_GATES];
    RQ_TRY(rq_infer_arity(ctx, 1, 8));
    RQ_TRY(describe(&l, ctx->node, ctx->attrs, kind, ctx->in, ctx->n_in, false));
    RQ_TRY(check_floats(ctx, &l));
    RQ_TRY(find_gates(gates, ctx->node, ctx->attrs, kind));
    for (uint32_t o = 0; o < ctx->n_out; o++)
        set_shape(&ctx->out[o], &ctx->in[0], 2, (int64_t[]){(int64_t)l.batch, (int64_t)l.hidden});
    return RQ_OK;
}

rq_status rq_sequence_infer(rq_infer *ctx)
{
    const rq_cell_kind *kind = ctx->op->kind;
    layer l;
    rq_gate gates[RQ_MAX_GATES];
    RQ_TRY(rq_infer_arity(ctx, 1, 8));
    RQ_TRY(describe(&l, ctx->node, ctx->attrs, kind, ctx->in, ctx->n_in, true));
    RQ_TRY(check_floats(ctx, &l));
    RQ_TRY(find_gates(gates, ctx->node, ctx->attrs, kind));
    int64_t n = (int64_t)l.batch, d = (int64_t)l.directions, t = (int64_t)l.time,
            s = (int64_t)l.hidden;
    set_shape(&ctx->out[0], &ctx->in[0], 4, (int64_t[]){n, d, t, s});
    for (uint32_t o = 1; o < ctx->n_out; o++)
        set_shape(&ctx->out[o], &ctx->in[0], 3, (int64_t[]){n, d, s});
    return RQ_OK;
}

size_t rq_recurrent_scratch(const rq_infer *ctx)
{
    const rq_cell_kind *kind = ctx->op->kind;
    const rq_recurrent_attrs *a = ctx->attrs;
    /* W x, R h, h, c of one step. */
    return (size_t)(2 * kind->gates + 2) * (size_t)a->hidden_size * sizeof(float);
}

/* -- running -------------------------------------------------------------------------------- */

void rq_matvec(float *y, const float *m, const float *x, size_t rows, size_t columns)
{
    for (size_t r = 0; r < rows; r++, m += columns) {
        double sum = 0.0;
        for (size_t c = 0; c < columns; c++) sum += (double)m[c] * x[c];
        y[r] = (float)sum;
    }
}

float rq_clip(double x, double clip)
{
    if (clip > 0.0 && isfinite(clip)) x = x > clip ? clip : x < -clip ? -clip : x;
    return (float)x;
}

typedef struct walk {
    const layer *l;
    const rq_cell_kind *kind;
    const rq_call *call;
    rq_cell_step step;
    float *wx;
} walk;

static const float *data_of(const walk *w, uint32_t port, size_t offset)
{
    return (const float *)w->call->in[port].data + offset;
}

/* One sequence in one direction; states start at, and end in, h and c. */
static void walk_sequence(walk *w, size_t n, size_t d, size_t length, bool reverse, float *y)
{
    const layer *l = w->l;
    const float *weights = data_of(w, l->port_w, d * l->weight_rows * l->input);
    w->step.r = data_of(w, l->port_w + 1, d * l->weight_rows * l->hidden);
    w->step.b = data_of(w, l->port_w + 2, d * l->bias_rows);
    for (size_t k = 0; k < length; k++) {
        size_t t = reverse ? length - 1 - k : k;
        rq_matvec(w->wx, weights, data_of(w, 0, (n * l->time + t) * l->input), l->weight_rows,
                  l->input);
        w->kind->step(&w->step);
        if (y) memcpy(y + t * l->hidden, w->step.h, l->hidden * sizeof *y);
    }
}

static rq_status begin_walk(walk *w, const layer *l, rq_gate *gates, rq_call *call)
{
    const rq_cell_kind *kind = call->op->kind;
    const rq_recurrent_attrs *a = call->attrs;
    float *scratch = call->scratch;
    size_t g = (size_t)kind->gates * l->hidden;
    RQ_TRY(find_gates(gates, call->node, a, kind));
    *w = (walk){.l = l, .kind = kind, .call = call, .wx = scratch};
    w->step = (rq_cell_step){.hidden = l->hidden,
                             .wx = scratch,
                             .rh = scratch + g,
                             .h = scratch + 2 * g,
                             .c = scratch + 2 * g + l->hidden,
                             .gates = gates,
                             .clip = a->clip,
                             .linear_before_reset = a->linear_before_reset};
    return RQ_OK;
}

static void load_states(walk *w, size_t at)
{
    size_t bytes = w->l->hidden * sizeof(float);
    memcpy(w->step.h, data_of(w, 1, at), bytes);
    if (w->kind->has_cell_state) memcpy(w->step.c, data_of(w, 2, at), bytes);
}

static void store_states(const walk *w, uint32_t first_out, size_t at)
{
    const rq_call *call = w->call;
    size_t bytes = w->l->hidden * sizeof(float);
    if (call->n_out > first_out) memcpy((float *)call->out[first_out].data + at, w->step.h, bytes);
    if (w->kind->has_cell_state && call->n_out > first_out + 1)
        memcpy((float *)call->out[first_out + 1].data + at, w->step.c, bytes);
}

rq_status rq_cell_run(rq_call *call)
{
    const rq_cell_kind *kind = call->op->kind;
    layer l;
    walk w;
    rq_gate gates[RQ_MAX_GATES];
    RQ_TRY(describe(&l, call->node, call->attrs, kind, call->in, call->n_in, false));
    RQ_TRY(begin_walk(&w, &l, gates, call));
    for (size_t n = 0; n < l.batch; n++) {
        load_states(&w, n * l.hidden);
        walk_sequence(&w, n, 0, 1, false, NULL);
        store_states(&w, 0, n * l.hidden);
    }
    return RQ_OK;
}

rq_status rq_sequence_run(rq_call *call)
{
    const rq_cell_kind *kind = call->op->kind;
    const rq_recurrent_attrs *a = call->attrs;
    layer l;
    walk w;
    rq_gate gates[RQ_MAX_GATES];
    RQ_TRY(describe(&l, call->node, a, kind, call->in, call->n_in, true));
    RQ_TRY(begin_walk(&w, &l, gates, call));
    float *y = call->out[0].data;
    memset(y, 0, rq_tensor_bytes(&call->out[0])); /* steps past a sequence's length stay 0 */
    for (size_t n = 0; n < l.batch; n++) {
        int64_t length =
            rq_load_i64(call->in[l.port_lengths].data, call->in[l.port_lengths].dtype, n);
        if (length < 0 || (size_t)length > l.time)
            return rq_node_fail(call->node, RQ_EARG, "sequence length %lld is not in [0, %zu]",
                                (long long)length, l.time);
        for (size_t d = 0; d < l.directions; d++) {
            size_t at = n * l.directions + d;
            load_states(&w, at * l.hidden);
            walk_sequence(&w, n, d, (size_t)length, a->direction == REVERSE || d == 1,
                          y + at * l.time * l.hidden);
            store_states(&w, 1, at * l.hidden);
        }
    }
    return RQ_OK;
}

/* -- work ----------------------------------------------------------------------------------- */

static double count_flops(const rq_work_shapes *shapes, bool sequence)
{
    uint32_t w = weights_port(shapes->op->kind, sequence);
    double width = rq_work_extent(shapes->in[0], -1), steps = rq_work_count(shapes->in[0]) / width;
    double weights = rq_work_count(shapes->in[w]) + rq_work_count(shapes->in[w + 1]);
    return width > 0 ? 2 * steps * weights : 0;
}

double rq_cell_flops(const rq_work_shapes *shapes)
{
    return count_flops(shapes, false);
}

double rq_sequence_flops(const rq_work_shapes *shapes)
{
    return count_flops(shapes, true);
}
