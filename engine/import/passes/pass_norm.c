/* (x - mean(x)) / sqrt(mean((x - mean(x))^2) + eps), spelled out, as MVN. */
#include "engine/import/normalize.h"
#include "engine/import/pass.h"

/* y of y * y or y^2. */
static rq_id square_of(const rq_pass *p, rq_id value)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Power);
    if (node) return rq_pass_is(p, node->in[1], 2.0) ? node->in[0] : RQ_NONE;
    node = rq_pass_producer(p, value, &rq_op_Multiply);
    return node && node->in[0] == node->in[1] ? node->in[0] : RQ_NONE;
}

/* v of sqrt(v + eps) or (v + eps)^exponent, and eps. */
static rq_id deviation_of(const rq_pass *p, rq_id value, double exponent, double *epsilon)
{
    const rq_node *root = exponent > 0 ? rq_pass_producer(p, value, &rq_op_Sqrt) : NULL;
    if (!root) root = rq_pass_producer(p, value, &rq_op_Power);
    if (!root || (root->n_in == 2 && !rq_pass_is(p, root->in[1], exponent))) return RQ_NONE;
    const rq_node *sum = rq_pass_producer(p, root->in[0], &rq_op_Add);
    int side = sum ? rq_pass_constant_side(p, sum) : -1;
    if (side < 0 || rq_tensor_count(rq_ir_builder_const(p->b, sum->in[side])) != 1) return RQ_NONE;
    *epsilon = rq_ir_builder_number(p->b, sum->in[side], 0.0);
    return sum->in[1 - side];
}

static bool same_difference(const rq_pass *p, rq_id a, rq_id b)
{
    const rq_node *x = rq_pass_producer(p, a, &rq_op_Subtract),
                  *y = rq_pass_producer(p, b, &rq_op_Subtract);
    return a == b || (x && y && x->in[0] == y->in[0] && x->in[1] == y->in[1]);
}

/* Is it the square of `top`, which is x - mean? */
static bool is_square(const rq_pass *p, rq_id value, rq_id top, const rq_node *difference)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_SquaredDifference);
    if (node) return node->in[0] == difference->in[0] && node->in[1] == difference->in[1];
    rq_id centred = square_of(p, value);
    return centred != RQ_NONE && same_difference(p, centred, top);
}

/* `top` times (variance + eps)^exponent is x's MVN; RQ_NONE when it is not. */
static rq_id match(rq_pass *p, rq_id top, rq_id deviation, double exponent)
{
    double epsilon = 0.0;
    rq_id axes = RQ_NONE, again = RQ_NONE;
    rq_id variance = deviation_of(p, deviation, exponent, &epsilon);
    rq_id square = variance == RQ_NONE ? RQ_NONE : rq_pass_mean_of(p, variance, &axes);
    const rq_node *difference = rq_pass_producer(p, top, &rq_op_Subtract);
    if (!difference || square == RQ_NONE || !is_square(p, square, top, difference)) return RQ_NONE;
    rq_id x = difference->in[0];
    if (rq_pass_mean_of(p, difference->in[1], &again) != x ||
        !rq_pass_same_constant(p, axes, again))
        return RQ_NONE;
    return rq_emit_mvn(p->b, x, axes, epsilon);
}

/* (x - mean) r, where r may have a factor. */
static void fuse_product(rq_pass *p, rq_node *node)
{
    for (int side = 0; side < 2; side++) {
        rq_id top = node->in[side], r = node->in[1 - side];
        const rq_node *product = rq_pass_producer(p, r, &rq_op_Multiply);
        rq_id y = match(p, top, r, -0.5), gain = RQ_NONE;
        for (int k = 0; product && k < 2 && y == RQ_NONE; k++) {
            y = match(p, top, product->in[k], -0.5);
            gain = product->in[1 - k];
        }
        if (y == RQ_NONE) continue;
        rq_pass_replace(p, node, gain == RQ_NONE ? y : rq_emit_binary(p->b, "Multiply-1", y, gain));
        return;
    }
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node = rq_pass_node(p, i, &rq_op_Divide);
        if (node) rq_pass_replace(p, node, match(p, node->in[0], node->in[1], 0.5));
        node = rq_pass_node(p, i, &rq_op_Multiply);
        if (node) fuse_product(p, node);
    }
}

const rq_pass_row rq_pass_norm = {"norm", "decomposed normalization fused into MVN", run, true};
