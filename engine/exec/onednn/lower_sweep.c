/* Element-wise nodes as one pass over memory. */
#include "engine/exec/onednn/lower.h"

#include "engine/exec/onednn/sweep_tile.h"
#include "engine/ops/weight_axes.h"

#include <string.h>

typedef struct passing {
    rq_lower *l;
    const rq_chain *chain;
    rq_sweep sweep;
    struct {
        rq_id value;         /* or RQ_NONE */
        const float *packed; /* per channel */
    } operands[RQ_SWEEP_MAX_OPS];
    size_t n_channel_ops;
    int channel_axis; /* of them; 0: there is none yet */
    rq_id source;     /* the value that is read */
    rq_id now;        /* the value that the nodes so far leave */
    size_t taken;     /* nodes */
    bool floats;      /* f32 throughout: nothing is decoded, nothing becomes codes */
    rq_u8_params to;  /* scale 0: float */
} passing;

/* -- what the nodes do ------------------------------------------------------------------------- */

static rq_sweep_numbers sweep_numbers(rq_dtype dtype)
{
    return (rq_sweep_numbers){.kind = dtype == RQ_DT_BF16 ? RQ_SWEEP_BF16 : RQ_SWEEP_F32};
}

static bool add_op(passing *p, const rq_sweep_op *op, rq_id value, const float *packed)
{
    rq_sweep *sweep = &p->sweep;
    if (sweep->n_ops == RQ_SWEEP_MAX_OPS) return false;
    if (op->per_channel && p->n_channel_ops == RQ_SWEEP_MAX_CHANNEL_OPS) return false;
    p->operands[sweep->n_ops].value = value;
    p->operands[sweep->n_ops].packed = packed;
    sweep->ops[sweep->n_ops++] = *op;
    p->n_channel_ops += op->per_channel;
    return true;
}

/* Operands per channel, or per element of the last dim: a sweep has one of both. */
static bool settle_axis(passing *p, int axis)
{
    bool fits = !p->channel_axis || p->channel_axis == axis;
    p->channel_axis = axis;
    return fits;
}

static bool multiply_channels(passing *p, const float *factors)
{
    if (!settle_axis(p, 1)) return false;
    rq_sweep_op op = {.binary = true, .kind = RQ_DNN_MUL, .per_channel = true};
    return add_op(p, &op, RQ_NONE, factors);
}

/* Numbers that statistics are made of keep the bits that oneDNN gives them: it multiplies and adds
 * without rounding in between. */
static bool rounds_otherwise(rq_dnn_eltwise_kind eltwise)
{
    return eltwise == RQ_DNN_LINEAR || eltwise == RQ_DNN_HSWISH;
}

static bool take_function(passing *p, const rq_node *node)
{
    rq_dnn_post posts[RQ_MAX_ELTWISE_POSTS];
    size_t n = rq_eltwise_posts(p->l, node, posts);
    for (size_t i = 0; i < n; i++) {
        rq_sweep_op op = {
            .eltwise = posts[i].eltwise, .alpha = posts[i].alpha, .beta = posts[i].beta};
        if (!rq_sweep_knows(op.eltwise) || (p->floats && rounds_otherwise(op.eltwise)) ||
            !add_op(p, &op, RQ_NONE, NULL))
            return false;
    }
    return n > 0;
}

/* Ones but for the last dim. */
static bool is_row(const rq_shape *operand, const rq_shape *whole)
{
    int last = operand->rank - 1;
    return last >= 0 && operand->rank <= whole->rank &&
           operand->d[last] == whole->d[whole->rank - 1] && rq_shape_span(operand, 0, last) == 1;
}

/* The axis along which an operand changes; -1: some other way. */
static int axis_of(const rq_shape *operand, const rq_shape *whole)
{
    if (whole->rank < 2) return -1;
    rq_shape channel = rq_channel_shape(whole->rank, (size_t)whole->d[1]);
    if (rq_shape_equal(operand, &channel)) return 1;
    return is_row(operand, whole) ? whole->rank - 1 : -1;
}

static bool take_binary(passing *p, const rq_node *node)
{
    rq_sweep_op op = {.binary = true};
    if (!rq_is_binary(p->l, node, &op.kind) || node->n_in != 2) return false;
    op.swapped = node->in[0] != p->now;
    rq_id operand = node->in[op.swapped ? 0 : 1];
    const rq_tensor *t = rq_lower_value(p->l, operand);
    const rq_shape *whole = &rq_lower_value(p->l, p->now)->shape;
    if (!rq_shape_equal(&rq_lower_value(p->l, node->out[0])->shape, whole)) return false;
    op.per_channel = !rq_shape_equal(&t->shape, whole);
    if (t->dtype != RQ_DT_F32) return false;
    int axis = op.per_channel ? axis_of(&t->shape, whole) : 0;
    if (axis < 0 || (axis > 0 && !settle_axis(p, axis))) return false;
    return add_op(p, &op, operand, NULL);
}

static bool take_codes(passing *p, const rq_node *node)
{
    if (!rq_fake_quantize_u8(&p->to, p->l, node) || node->in[0] != p->now) return false;
    p->sweep.to = rq_sweep_codes(&p->to);
    if (!p->to.scales) return true;
    float *factors = rq_arena_alloc(p->l->plan->arena, p->to.n, sizeof *factors);
    for (size_t c = 0; factors && c < p->to.n; c++) factors[c] = 1.0f / p->to.scales[c];
    return factors && multiply_channels(p, factors);
}

static bool take(passing *p, const rq_node *node)
{
    return rq_node_is(node, &rq_op_FakeQuantize) ? take_codes(p, node)
           : rq_is_eltwise(p->l, node)           ? take_function(p, node)
                                                 : take_binary(p, node);
}

static void take_nodes(passing *p)
{
    while (p->taken < p->chain->n) {
        const rq_node *node = p->chain->nodes[p->taken];
        passing before = *p;
        if (!take(p, node)) {
            *p = before;
            return;
        }
        p->taken += rq_dequantized_nodes(p->l, node);
        p->now = p->chain->nodes[p->taken - 1]->out[0];
    }
}

static bool has_codes(const rq_chain *chain)
{
    for (size_t i = 0; i < chain->n; i++)
        if (rq_node_is(chain->nodes[i], &rq_op_FakeQuantize)) return true;
    return false;
}

/* The input of the first node that has its output's shape and is not constant. */
static bool find_source(passing *p)
{
    const rq_node *node = p->chain->nodes[0];
    const rq_shape *out = &rq_lower_value(p->l, node->out[0])->shape;
    for (uint32_t i = 0; i < node->n_in && i < 2; i++) {
        if (node->in[i] == RQ_NONE) continue;
        const rq_tensor *t = rq_lower_value(p->l, node->in[i]);
        if (t->data || t->dtype != RQ_DT_F32 || !rq_shape_equal(&t->shape, out)) continue;
        p->source = p->now = node->in[i];
        return true;
    }
    return false;
}

/* -- where it lies ----------------------------------------------------------------------------- */

/* Codes of one scale are decoded on the way; those with one per channel, too, and then multiplied.
 */
static rq_status find_buffer(size_t *out, passing *p)
{
    const rq_u8_params *codes = rq_buffer_u8(p->l->plan, p->source, out);
    if (!codes) {
        RQ_TRY(rq_buffer_numbers(out, p->l->plan, p->source, p->chain->nodes[0]->id));
        p->sweep.from = sweep_numbers(rq_dnn_layout_dtype(p->l->plan->buffers[*out].layout));
        return RQ_OK;
    }
    p->sweep.from = rq_sweep_codes(codes);
    return !codes->scales || multiply_channels(p, codes->scales) ? RQ_OK : RQ_EUNSUPPORTED;
}

/* An image's codes for a convolution, which wants them channels last. */
static bool interleaves(const passing *p, const rq_dnn_blocked *shape)
{
    const rq_node *consumer = rq_only_consumer(p->l, p->now);
    return p->sweep.to.kind == RQ_SWEEP_CODES && shape->block == 1 && shape->channels > 1 &&
           shape->channels <= RQ_SWEEP_MAX_INTERLEAVED && consumer &&
           rq_op_is_convolution(rq_lower_op(p->l, consumer)) && consumer->in[0] == p->now;
}

static rq_status shape_sweep(passing *p, const rq_dnn_layout *layout)
{
    rq_dnn_blocked *shape = &p->sweep.shape;
    if (p->channel_axis > 1) { /* rows are positions, and their elements channels */
        const rq_shape *whole = &rq_lower_value(p->l, p->now)->shape;
        size_t row = (size_t)whole->d[p->channel_axis];
        *shape = (rq_dnn_blocked){1, row, rq_dnn_layout_elements(layout) / row, row};
        return rq_dnn_layout_is_dense(layout) ? RQ_OK : RQ_EUNSUPPORTED;
    }
    p->sweep.interleaves = rq_dnn_layout_blocked(shape, layout) && interleaves(p, shape);
    if (!p->n_channel_ops && !p->sweep.interleaves) {
        size_t n = rq_dnn_layout_elements(layout);
        *shape = (rq_dnn_blocked){1, n, 1, n};
        return RQ_OK;
    }
    return rq_dnn_layout_blocked(shape, layout) ? RQ_OK : RQ_EUNSUPPORTED;
}

static rq_status operand_buffer(size_t *out, passing *p, size_t i, const rq_dnn_layout *layout)
{
    rq_onednn_plan *plan = p->l->plan;
    rq_sweep_op *op = &p->sweep.ops[i];
    rq_id value = p->operands[i].value, node = p->chain->nodes[0]->id;
    if (op->per_channel) return rq_buffer_rows(out, plan, value, RQ_DT_F32, node);
    const rq_dnn_layout *bytes = rq_dnn_layout_retyped(plan->dnn, layout, RQ_DT_U8);
    const rq_u8_params *codes = rq_buffer_u8(plan, value, out);
    if (codes && !codes->scales && bytes &&
        rq_dnn_layout_equal(plan->buffers[*out].layout, bytes)) {
        op->operand = rq_sweep_codes(codes);
        return RQ_OK;
    }
    op->operand = sweep_numbers(plan->numbers);
    return rq_buffer_in(out, plan, value, rq_dnn_layout_retyped(plan->dnn, layout, plan->numbers),
                        NULL, node);
}

static rq_status emit(passing *p, size_t source)
{
    rq_onednn_plan *plan = p->l->plan;
    const rq_dnn_layout *layout = plan->buffers[source].layout;
    rq_step_arg args[RQ_SWEEP_MAX_OPS + 2] = {{RQ_DNN_SRC, source, NULL}};
    size_t n = 1;
    for (size_t i = 0; i < p->sweep.n_ops; i++) {
        if (!p->sweep.ops[i].binary) continue;
        args[n] = (rq_step_arg){RQ_DNN_SRC_1, RQ_NO_BUFFER, p->operands[i].packed};
        if (p->operands[i].value != RQ_NONE) RQ_TRY(operand_buffer(&args[n].buffer, p, i, layout));
        n++;
    }
    bool coded = p->sweep.to.kind == RQ_SWEEP_CODES;
    const rq_dnn_layout *to =
        p->sweep.interleaves
            ? rq_dnn_layout_channels_last(plan->dnn, RQ_DT_U8, &rq_lower_value(p->l, p->now)->shape)
            : rq_dnn_layout_retyped(plan->dnn, layout, coded ? RQ_DT_U8 : plan->numbers);
    if (!coded) p->sweep.to = sweep_numbers(plan->numbers);
    if (!to) return RQ_EUNSUPPORTED; /* a layout that has no name in another type (oneDNN 3) */
    args[n] = (rq_step_arg){RQ_DNN_DST, 0, NULL};
    RQ_TRY(rq_buffer_add(&args[n].buffer, plan, p->now, to, coded ? &p->to : NULL, RQ_NO_BUFFER));
    return rq_step_add_sweep(plan, p->chain->nodes[0]->id, &p->sweep, args, n + 1);
}

rq_status rq_lower_sweep(rq_lower *l, rq_chain *chain, bool whole)
{
    passing p = {.l = l, .chain = chain};
    size_t source;
    if (!find_source(&p)) return RQ_EUNSUPPORTED;
    RQ_TRY(find_buffer(&source, &p));
    p.floats =
        p.sweep.from.kind == RQ_SWEEP_F32 && l->plan->numbers == RQ_DT_F32 && !has_codes(chain);
    take_nodes(&p);
    if (!p.taken || (whole && p.taken < chain->n)) return RQ_EUNSUPPORTED;
    RQ_TRY(shape_sweep(&p, l->plan->buffers[source].layout));
    RQ_TRY(emit(&p, source));
    chain->done = p.taken;
    l->plan->kernels[chain->nodes[0]->id] = "sweep";
    return RQ_OK;
}
