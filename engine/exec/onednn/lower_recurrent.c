/* LSTM and GRU, cells and sequences. The library keeps time before batch, and gates in an order of
 * its own. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/common/recurrent.h"

#include <math.h>

typedef struct recurrent {
    rq_lower *l;
    const rq_node *node;
    const rq_recurrent_attrs *attrs;
    bool lstm, sequence;
    int64_t batch, time, input, hidden, directions, gates, bias_gates;
    uint32_t port_w;
    rq_step_arg args[9];
    size_t n_args;
} recurrent;

/* -- reading --------------------------------------------------------------------------------- */

static bool has_usual_gates(const recurrent *r)
{
    const char *text = r->attrs->activations;
    const char *usual = r->lstm ? "sigmoid,tanh,tanh" : "sigmoid,tanh";
    bool clips = r->attrs->clip > 0 && isfinite(r->attrs->clip);
    for (; *text && *usual; text++) {
        if (*text == ' ') continue;
        if (*text != *usual++) return false;
    }
    return !clips && !*text && (!*usual || !r->attrs->activations[0]);
}

/* All sequences go on to the end. */
static bool are_full(const recurrent *r)
{
    const rq_tensor *lengths = rq_lower_value(r->l, r->node->in[r->port_w - 1]);
    if (!lengths->data) return false;
    for (int64_t n = 0; n < r->batch; n++)
        if (rq_load_i64(lengths->data, lengths->dtype, (size_t)n) != r->time) return false;
    return true;
}

static rq_status describe(recurrent *r)
{
    const rq_node *node = r->node;
    r->attrs = rq_lower_attrs(r->l, node);
    const rq_op *op = rq_lower_op(r->l, node);
    r->lstm = op == &rq_op_LSTMCell || op == &rq_op_LSTMSequence;
    r->sequence = op == &rq_op_LSTMSequence || op == &rq_op_GRUSequence;
    r->port_w = 2 + r->lstm + r->sequence;
    if (node->n_in < r->port_w + 3) return RQ_EUNSUPPORTED; /* peepholes of old versions */
    const rq_shape *x = &rq_lower_value(r->l, node->in[0])->shape;
    r->batch = x->d[0];
    r->time = r->sequence ? x->d[1] : 1;
    r->input = x->d[x->rank - 1];
    r->hidden = r->attrs->hidden_size;
    r->directions = r->sequence && r->attrs->direction == RQ_DNN_BIDIRECTIONAL ? 2 : 1;
    r->gates = r->lstm ? 4 : 3;
    r->bias_gates = r->gates + (!r->lstm && r->attrs->linear_before_reset);
    bool simple = r->directions == 1 || r->batch == 1; /* states lie as the library wants them */
    return simple && has_usual_gates(r) && (!r->sequence || are_full(r)) ? RQ_OK : RQ_EUNSUPPORTED;
}

/* -- weights --------------------------------------------------------------------------------- */

/* Our gate for the library's. */
static int64_t gate_of(const recurrent *r, int64_t gate)
{
    static const int64_t lstm[] = {1, 0, 2, 3}; /* i, f, c, o from f, i, c, o */
    return r->lstm ? lstm[gate] : gate;
}

/* [D, G S, rows] to [D, rows, G, S]; a bias is of one row. */
static float *reordered(recurrent *r, const float *in, int64_t rows, int64_t gates)
{
    int64_t s = r->hidden;
    float *out =
        rq_arena_alloc(r->l->plan->arena, (size_t)(r->directions * rows * gates * s), sizeof *out);
    if (!out) return NULL;
    for (int64_t d = 0; d < r->directions; d++)
        for (int64_t i = 0; i < rows; i++)
            for (int64_t g = 0; g < gates; g++)
                for (int64_t k = 0; k < s; k++)
                    out[((d * rows + i) * gates + g) * s + k] =
                        in[((d * gates + gate_of(r, g)) * s + k) * rows + i];
    return out;
}

static rq_shape weight_shape(const recurrent *r, int64_t rows)
{
    return rq_shape_make(5, (int64_t[]){1, r->directions, rows, r->gates, r->hidden});
}

static rq_shape bias_shape(const recurrent *r)
{
    return rq_shape_make(4, (int64_t[]){1, r->directions, r->bias_gates, r->hidden});
}

static rq_status add_constant(recurrent *r, int role, uint32_t port, int64_t rows, int64_t gates,
                              const rq_shape *shape, const rq_dnn_layout *to)
{
    size_t n;
    const rq_dnn_layout *dense = rq_dnn_layout_dense(r->l->plan->dnn, RQ_DT_F32, shape);
    const float *data =
        reordered(r, rq_lower_floats(r->l, r->node->in[r->port_w + port], &n), rows, gates);
    rq_step_arg *arg = &r->args[r->n_args++];
    *arg = (rq_step_arg){role, RQ_NO_BUFFER, NULL};
    if (!dense || !data) return RQ_ENOMEM;
    return rq_pack_constant(&arg->packed, r->l->plan, dense, data, to, NULL);
}

static rq_status add_constants(recurrent *r, const rq_dnn_primitive *p)
{
    rq_shape w = weight_shape(r, r->input), u = weight_shape(r, r->hidden), b = bias_shape(r);
    RQ_TRY(add_constant(r, RQ_DNN_WEIGHTS, 0, r->input, r->gates, &w, p->layouts[RQ_DNN_WEIGHTS]));
    RQ_TRY(add_constant(r, RQ_DNN_WEIGHTS_1, 1, r->hidden, r->gates, &u,
                        p->layouts[RQ_DNN_WEIGHTS_1]));
    return add_constant(r, RQ_DNN_BIAS, 2, 1, r->bias_gates, &b, p->layouts[RQ_DNN_BIAS]);
}

/* -- data ------------------------------------------------------------------------------------ */

static void add_buffer(recurrent *r, int role, size_t buffer)
{
    r->args[r->n_args++] = (rq_step_arg){role, buffer, NULL};
}

/* [N, T, I] as [T, N, I]. */
static rq_status add_source(recurrent *r, const rq_dnn_primitive *p)
{
    static const int swap[] = {1, 0, 2};
    rq_onednn_plan *plan = r->l->plan;
    size_t buffer, seen;
    RQ_TRY(rq_buffer_rows(&buffer, plan, r->node->in[0], RQ_DT_F32, r->node->id));
    if (r->batch > 1 && r->time > 1) {
        const rq_dnn_layout *view =
            rq_dnn_layout_permuted(plan->dnn, plan->buffers[buffer].layout, swap);
        if (!view) return RQ_ENOMEM;
        RQ_TRY(rq_buffer_view(&seen, plan, buffer, view));
        RQ_TRY(rq_buffer_scratch(&buffer, plan, p->layouts[RQ_DNN_SRC]));
        RQ_TRY(rq_buffer_reorder(plan, seen, buffer, r->node->id));
    }
    add_buffer(r, RQ_DNN_SRC, buffer);
    return RQ_OK;
}

static rq_status add_states(recurrent *r, const rq_dnn_primitive *p)
{
    rq_onednn_plan *plan = r->l->plan;
    for (int i = 0; i < 1 + r->lstm; i++) {
        size_t before, after;
        uint32_t port = (uint32_t)(i + r->sequence);
        RQ_TRY(rq_buffer_rows(&before, plan, r->node->in[1 + i], RQ_DT_F32, r->node->id));
        if (port < r->node->n_out)
            RQ_TRY(rq_buffer_add(&after, plan, r->node->out[port], plan->buffers[before].layout,
                                 NULL, RQ_NO_BUFFER));
        else
            RQ_TRY(rq_buffer_scratch(&after, plan, p->layouts[RQ_DNN_DST_1]));
        add_buffer(r, RQ_DNN_SRC_1 + i, before);
        add_buffer(r, RQ_DNN_DST_1 + i, after);
    }
    return RQ_OK;
}

/* [T, N, D S] becomes [N, D, T, S] behind the primitive. */
static rq_status emit(recurrent *r, const rq_dnn_primitive *p)
{
    static const int order[] = {1, 2, 0, 3};
    rq_onednn_plan *plan = r->l->plan;
    const rq_shape apart =
        rq_shape_make(4, (int64_t[]){r->time, r->batch, r->directions, r->hidden});
    size_t made, view, out;
    RQ_TRY(rq_buffer_scratch(&made, plan, p->layouts[RQ_DNN_DST]));
    add_buffer(r, RQ_DNN_DST, made);
    RQ_TRY(rq_step_add(plan, RQ_STEP_PRIMITIVE, r->node->id, p, r->args, r->n_args));
    plan->kernels[r->node->id] = p->kernel;
    if (!r->sequence) return RQ_OK;
    const rq_dnn_layout *layout = rq_dnn_layout_dense(plan->dnn, RQ_DT_F32, &apart);
    if (layout) layout = rq_dnn_layout_permuted(plan->dnn, layout, order);
    if (!layout) return RQ_ENOMEM;
    RQ_TRY(rq_buffer_view(&view, plan, made, layout));
    const rq_tensor *y = rq_lower_value(r->l, r->node->out[0]);
    RQ_TRY(rq_buffer_add(&out, plan, r->node->out[0],
                         rq_dnn_layout_dense(plan->dnn, RQ_DT_F32, &y->shape), NULL, RQ_NO_BUFFER));
    return rq_buffer_reorder(plan, view, out, r->node->id);
}

/* -- lowering -------------------------------------------------------------------------------- */

static rq_status build(rq_dnn_primitive **out, const recurrent *r)
{
    rq_dnn *dnn = r->l->plan->dnn;
    const int64_t n = r->batch, d = r->directions, s = r->hidden;
    rq_shape src = rq_shape_make(3, (int64_t[]){r->time, n, r->input});
    rq_shape dst = rq_shape_make(3, (int64_t[]){r->time, n, d * s});
    rq_shape state = rq_shape_make(4, (int64_t[]){1, d, n, s});
    rq_shape w = weight_shape(r, r->input), u = weight_shape(r, s), b = bias_shape(r);
    const bool before = r->attrs->linear_before_reset;
    rq_dnn_recurrent_desc desc = {
        .cell = r->lstm  ? RQ_DNN_LSTM
                : before ? RQ_DNN_GRU_LINEAR_BEFORE_RESET
                         : RQ_DNN_GRU,
        .direction = r->sequence ? (rq_dnn_direction)r->attrs->direction : RQ_DNN_FORWARD,
        .src = rq_dnn_layout_dense(dnn, RQ_DT_F32, &src),
        .state = rq_dnn_layout_dense(dnn, RQ_DT_F32, &state),
        .weights = rq_dnn_layout_any(dnn, RQ_DT_F32, &w),
        .weights_1 = rq_dnn_layout_any(dnn, RQ_DT_F32, &u),
        .bias = rq_dnn_layout_dense(dnn, RQ_DT_F32, &b),
        .dst = rq_dnn_layout_dense(dnn, RQ_DT_F32, &dst),
    };
    if (!desc.src || !desc.state || !desc.weights || !desc.weights_1 || !desc.bias || !desc.dst)
        return RQ_EUNSUPPORTED;
    return rq_dnn_recurrent(out, dnn, &desc);
}

rq_status rq_lower_recurrent(rq_lower *l, rq_chain *chain)
{
    recurrent r = {.l = l, .node = chain->nodes[0]};
    rq_dnn_primitive *primitive;
    size_t n;
    RQ_TRY(describe(&r));
    for (uint32_t i = 0; i < 3; i++)
        if (!rq_lower_floats(l, r.node->in[r.port_w + i], &n)) return RQ_EUNSUPPORTED;
    RQ_TRY(build(&primitive, &r));
    RQ_TRY(add_source(&r, primitive));
    RQ_TRY(add_states(&r, primitive));
    RQ_TRY(add_constants(&r, primitive));
    chain->done = 1;
    return emit(&r, primitive);
}
