/* (x - mean(x)) / sqrt(mean((x - mean(x))^2) + eps), spelled out, as MVN. */
#include "engine/import/normalize.h"
#include "engine/import/pass.h"

#include <string.h>

/* x, when value is its mean over constant axes with the dimensions kept. */
static rq_id mean_of(const rq_pass *p, rq_id value, rq_id *axes)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_ReduceMean);
    if (!node || !rq_pass_int(p, node, "keep_dims") || !rq_ir_builder_const(p->b, node->in[1]))
        return RQ_NONE;
    *axes = node->in[1];
    return node->in[0];
}

/* y of y * y, y^2, or squared difference of x and m (then *difference is set). */
static rq_id square_of(const rq_pass *p, rq_id value)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Power);
    if (node) return rq_pass_is(p, node->in[1], 2.0) ? node->in[0] : RQ_NONE;
    node = rq_pass_producer(p, value, &rq_op_Multiply);
    return node && node->in[0] == node->in[1] ? node->in[0] : RQ_NONE;
}

/* v of sqrt(v + eps) or (v + eps)^0.5, and eps. */
static rq_id deviation_of(const rq_pass *p, rq_id value, double *epsilon)
{
    const rq_node *root = rq_pass_producer(p, value, &rq_op_Sqrt);
    if (!root) root = rq_pass_producer(p, value, &rq_op_Power);
    if (!root || (root->n_in == 2 && !rq_pass_is(p, root->in[1], 0.5))) return RQ_NONE;
    const rq_node *sum = rq_pass_producer(p, root->in[0], &rq_op_Add);
    int side = sum ? rq_pass_constant_side(p, sum) : -1;
    if (side < 0 || rq_tensor_count(rq_ir_builder_const(p->b, sum->in[side])) != 1) return RQ_NONE;
    *epsilon = rq_ir_builder_number(p->b, sum->in[side], 0.0);
    return sum->in[1 - side];
}

static bool same_axes(const rq_pass *p, rq_id x, rq_id y)
{
    const rq_tensor *s = rq_ir_builder_const(p->b, x), *t = rq_ir_builder_const(p->b, y);
    return s && t && s->dtype == t->dtype && rq_shape_equal(&s->shape, &t->shape) &&
           !memcmp(s->data, t->data, rq_tensor_bytes(s));
}

static bool same_difference(const rq_pass *p, rq_id a, rq_id b)
{
    const rq_node *x = rq_pass_producer(p, a, &rq_op_Subtract),
                  *y = rq_pass_producer(p, b, &rq_op_Subtract);
    return a == b || (x && y && x->in[0] == y->in[0] && x->in[1] == y->in[1]);
}

static void fuse(rq_pass *p, rq_node *quotient)
{
    double epsilon = 0.0;
    rq_id axes = RQ_NONE, again = RQ_NONE;
    rq_id variance = deviation_of(p, quotient->in[1], &epsilon);
    rq_id centred = square_of(p, variance == RQ_NONE ? RQ_NONE : mean_of(p, variance, &axes));
    const rq_node *difference = rq_pass_producer(p, quotient->in[0], &rq_op_Subtract);
    if (!difference || centred == RQ_NONE || !same_difference(p, centred, quotient->in[0])) return;
    rq_id x = difference->in[0];
    if (mean_of(p, difference->in[1], &again) != x || !same_axes(p, axes, again)) return;
    rq_pass_replace(p, quotient, rq_emit_mvn(p->b, x, axes, epsilon));
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node = rq_pass_node(p, i, &rq_op_Divide);
        if (node) fuse(p, node);
    }
}

const rq_pass_row rq_pass_norm = {"norm", "decomposed normalization fused into MVN", run, true};
