/* x / sqrt(sum(x^2) + eps), spelled out, as NormalizeL2; a maximum may stand for the sum with eps,
 * under the root or behind it. */
#include "engine/import/pass.h"

#include <math.h>

typedef struct length {
    rq_id x, axes;
    double epsilon;
    const char *mode; /* "add", "max" */
} length;

/* One number and another value of a node of two inputs. */
static rq_id with_number(const rq_pass *p, rq_id value, const rq_op *op, double *number)
{
    const rq_node *node = rq_pass_producer(p, value, op);
    int side = node ? rq_pass_constant_side(p, node) : -1;
    if (side < 0 || rq_tensor_count(rq_ir_builder_const(p->b, node->in[side])) != 1) return RQ_NONE;
    *number = rq_ir_builder_number(p->b, node->in[side], 0.0);
    return node->in[1 - side];
}

/* Clamp from below only: what clips has no upper bound that matters. */
static rq_id clamped(const rq_pass *p, rq_id value, double *least)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Clamp);
    if (!node) return RQ_NONE;
    *least = rq_pass_float(p, node, "min");
    return rq_pass_float(p, node, "max") < 1e30 ? RQ_NONE : node->in[0];
}

static rq_id at_least(const rq_pass *p, rq_id value, double *least)
{
    rq_id x = with_number(p, value, &rq_op_Maximum, least);
    return x == RQ_NONE ? clamped(p, value, least) : x;
}

/* The argument of a reduction over constant axes that keeps its dimensions. */
static rq_id reduced(const rq_pass *p, rq_id value, const rq_op *op, rq_id *axes)
{
    const rq_node *node = rq_pass_producer(p, value, op);
    if (!node || !rq_pass_int(p, node, "keep_dims") || !rq_ir_builder_const(p->b, node->in[1]))
        return RQ_NONE;
    *axes = node->in[1];
    return node->in[0];
}

/* sum(x^2) */
static bool match_sum(length *l, const rq_pass *p, rq_id value)
{
    rq_id square = reduced(p, value, &rq_op_ReduceSum, &l->axes);
    const rq_node *power = rq_pass_producer(p, square, &rq_op_Power);
    const rq_node *product = rq_pass_producer(p, square, &rq_op_Multiply);
    l->x = RQ_NONE;
    if (power && rq_pass_is(p, power->in[1], 2.0)) l->x = power->in[0];
    if (product && product->in[0] == product->in[1]) l->x = product->in[0];
    return l->x != RQ_NONE;
}

/* sqrt(v) or v^exponent */
static rq_id rooted(const rq_pass *p, rq_id value, double exponent)
{
    const rq_node *root = exponent > 0.0 ? rq_pass_producer(p, value, &rq_op_Sqrt) : NULL;
    const rq_node *power = rq_pass_producer(p, value, &rq_op_Power);
    if (root) return root->in[0];
    return power && rq_pass_is(p, power->in[1], exponent) ? power->in[0] : RQ_NONE;
}

/* sum + eps or max(sum, eps) */
static bool match_square(length *l, const rq_pass *p, rq_id value)
{
    l->mode = "add";
    rq_id sum = with_number(p, value, &rq_op_Add, &l->epsilon);
    if (sum == RQ_NONE) {
        l->mode = "max";
        sum = at_least(p, value, &l->epsilon);
    }
    return match_sum(l, p, sum);
}

/* max(|x|, eps), which is sqrt(max(|x|^2, eps^2)) */
static bool match_norm(length *l, const rq_pass *p, rq_id value)
{
    rq_id norm = at_least(p, value, &l->epsilon);
    l->mode = "max";
    l->epsilon *= l->epsilon;
    l->x = reduced(p, norm, &rq_op_ReduceL2, &l->axes);
    return l->x != RQ_NONE || match_sum(l, p, rooted(p, norm, 0.5));
}

/* A divisor stretched to x's shape is the same without that. */
static rq_id unstretched(const rq_pass *p, rq_id value, rq_id x)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Broadcast);
    const rq_node *target = node ? rq_pass_producer(p, node->in[1], &rq_op_ShapeOf) : NULL;
    if (!node) return value;
    rq_shape to = rq_ir_builder_shape(p->b, value), own = rq_ir_builder_shape(p->b, x);
    bool same = rq_shape_is_static(&own) && rq_shape_equal(&to, &own);
    return same || (target && target->in[0] == x) ? node->in[0] : value;
}

static bool match_divisor(length *l, const rq_pass *p, rq_id x, rq_id divisor)
{
    divisor = unstretched(p, divisor, x);
    return (match_square(l, p, rooted(p, divisor, 0.5)) || match_norm(l, p, divisor)) && l->x == x;
}

/* x * (...)^-0.5 or x * (1 / sqrt(...)) */
static bool match_factor(length *l, const rq_pass *p, rq_id x, rq_id factor)
{
    const rq_node *inverse = rq_pass_producer(p, factor, &rq_op_Divide);
    if (inverse && rq_pass_is(p, inverse->in[0], 1.0))
        return match_divisor(l, p, x, inverse->in[1]);
    return match_square(l, p, rooted(p, factor, -0.5)) && l->x == x;
}

/* The attribute is a 32-bit float, above 0. */
static void fuse(rq_pass *p, rq_node *node, const length *l)
{
    if (!rq_dtype_is_float(rq_ir_builder_dtype(p->b, l->x))) return;
    if (!((float)l->epsilon >= 1e-37f) || !isfinite((float)l->epsilon)) return;
    rq_pass_replace(p, node,
                    rq_emit(p->b, "NormalizeL2-1", RQ_IN(l->x, l->axes), "eps=%.9g;eps_mode=%s",
                            l->epsilon, l->mode));
}

static void run(rq_pass *p)
{
    length l;
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node = rq_pass_node(p, i, &rq_op_Divide);
        if (node && match_divisor(&l, p, node->in[0], node->in[1])) fuse(p, node, &l);
        node = rq_pass_node(p, i, &rq_op_Multiply);
        for (int side = 0; node && side < 2; side++)
            if (match_factor(&l, p, node->in[side], node->in[1 - side])) {
                fuse(p, node, &l);
                break;
            }
    }
}

const rq_pass_row rq_pass_normalize = {
    "normalize", "decomposed L2 normalization fused into NormalizeL2", run, true};
