/* Multiplications and additions of constants: composed into one each, and into the weights and the
 * bias of the convolution or product before them. All in the weights' own precision. */
#include "engine/import/pass.h"

#include "engine/ops/weight_axes.h"

#include <string.h>

/* -- products with weights ------------------------------------------------------------------- */

/* The operator of a node with weights; NULL: it has none. */
static const rq_op *weighted(const rq_node *node)
{
    const rq_op *op = rq_op_find(node->type);
    return op && op->weights != RQ_WEIGHTS_NONE ? op : NULL;
}

/* Transposed convolutions among them. */
static bool is_convolution(const rq_node *node)
{
    const rq_op *op = weighted(node);
    return op && !rq_op_is_matrix_product(op);
}

/* Does a constant that meets a tensor [N,C,...] of `rank` vary along C only? */
static bool per_channel(const rq_shape *c, int rank)
{
    if (c->rank > rank) return false;
    for (int i = 0; i < c->rank; i++)
        if (c->d[i] != 1 && rank - c->rank + i != 1) return false;
    return true;
}

/* The factor per channel in the shape of the weights' output axes. */
static rq_id factor_of_weights(rq_pass *p, const rq_node *conv, rq_id factor)
{
    rq_shape shape = rq_ir_builder_shape(p->b, conv->in[1]);
    rq_weight_axes axes = rq_weight_axes_of(weighted(conv), rq_pass_attrs(p, conv), 1, shape.rank);
    int64_t dims[RQ_MAX_RANK], one = 1;
    const rq_tensor *t = rq_ir_builder_const(p->b, factor);
    if (rq_tensor_count(t) == 1) return rq_emit_reshape(p->b, factor, &one, 1);
    for (int i = 0; i < shape.rank; i++)
        dims[i] = i == axes.output || i == axes.group ? shape.d[i] : 1;
    return rq_emit_reshape(p->b, factor, dims, (size_t)shape.rank);
}

static bool scale_convolution(rq_pass *p, rq_node *conv, rq_id factor)
{
    rq_shape shape = rq_ir_builder_shape(p->b, conv->out[0]);
    const rq_tensor *t = rq_ir_builder_const(p->b, factor);
    if (!is_convolution(conv) || !rq_ir_builder_const(p->b, conv->in[1]) || shape.rank < 0 ||
        rq_pass_uses(p, conv->out[0]) != 1 || !per_channel(&t->shape, shape.rank))
        return false;
    rq_id scale = factor_of_weights(p, conv, factor);
    rq_id weights = rq_emit_binary(p->b, "Multiply-1", conv->in[1], scale);
    rq_pass_set_input(p, conv, 1, weights);
    return true;
}

/* A row of factors along the product's last axis. */
static bool scale_mat_mul(rq_pass *p, rq_node *product, rq_id factor)
{
    const rq_tensor *t = rq_ir_builder_const(p->b, factor);
    if (!rq_node_is(product, &rq_op_MatMul) || !rq_ir_builder_const(p->b, product->in[1]) ||
        rq_pass_uses(p, product->out[0]) != 1)
        return false;
    for (int i = 0; i + 1 < t->shape.rank; i++)
        if (t->shape.d[i] != 1) return false;
    bool columns = rq_pass_int(p, product, "transpose_b");
    int64_t n = t->shape.rank ? t->shape.d[t->shape.rank - 1] : 1;
    rq_shape weights = rq_ir_builder_shape(p->b, product->in[1]);
    if (weights.rank < 2 || (n != 1 && n != weights.d[weights.rank - (columns ? 2 : 1)]))
        return false;
    rq_id scale = rq_emit_reshape(p->b, factor, columns ? (int64_t[]){n, 1} : (int64_t[]){1, n}, 2);
    rq_pass_set_input(p, product, 1, rq_emit_binary(p->b, "Multiply-1", product->in[1], scale));
    return true;
}

/* -- chains ---------------------------------------------------------------------------------- */

/* A constant operand that does not change the other's shape. */
static bool keeps_shape(const rq_pass *p, const rq_node *node, int side)
{
    rq_shape x = rq_ir_builder_shape(p->b, node->in[1 - side]);
    rq_shape y = rq_ir_builder_shape(p->b, node->out[0]);
    const rq_tensor *c = rq_ir_builder_const(p->b, node->in[side]);
    if (x.rank < 0) return rq_tensor_count(c) == 1 && c->shape.rank == 0;
    return rq_shape_equal(&x, &y) && rq_dtype_is_float(c->dtype);
}

/* The constant operand of a node of that type, by its only consumer if `only`; else RQ_NONE. */
static rq_id constant_of(const rq_pass *p, const rq_node *node, rq_id *x)
{
    int side = rq_pass_constant_side(p, node);
    if (side < 0 || !keeps_shape(p, node, side)) return RQ_NONE;
    *x = node->in[1 - side];
    return node->in[side];
}

/* (x * a) * c = x * (a * c), (x + a) + c = x + (a + c) */
static bool join(rq_pass *p, rq_node *node, const char *type, rq_id x, rq_id c)
{
    rq_id inner;
    rq_node *before = rq_pass_producer(p, x, rq_op_find(node->type));
    if (!before || rq_pass_uses(p, x) != 1) return false;
    rq_id a = constant_of(p, before, &inner);
    if (a == RQ_NONE) return false;
    rq_pass_replace(p, node, rq_emit_binary(p->b, type, inner, rq_emit_binary(p->b, type, a, c)));
    return true;
}

/* Can a factor go into what makes this value? */
static bool takes_factor(const rq_pass *p, rq_id value)
{
    rq_id inner;
    const rq_node *node = rq_value_producer(p->graph, value);
    if (rq_pass_uses(p, value) != 1) return false;
    if (rq_node_is(node, &rq_op_Multiply)) return constant_of(p, node, &inner) != RQ_NONE;
    return weighted(node) && rq_ir_builder_const(p->b, node->in[1]);
}

/* (x + a) * c = x * c + a * c where x takes the factor in */
static bool pass_addition(rq_pass *p, rq_node *node, rq_id x, rq_id c)
{
    rq_id inner;
    rq_node *before = rq_pass_producer(p, x, &rq_op_Add);
    if (!before || rq_pass_uses(p, x) != 1) return false;
    rq_id a = constant_of(p, before, &inner);
    if (a == RQ_NONE || !takes_factor(p, inner)) return false;
    rq_id scaled = rq_emit_binary(p->b, "Multiply-1", inner, c);
    rq_id shift = rq_emit_binary(p->b, "Multiply-1", a, c);
    rq_pass_replace(p, node, rq_emit_binary(p->b, "Add-1", scaled, shift));
    return true;
}

static void fuse_multiply(rq_pass *p, rq_node *node)
{
    rq_id x = RQ_NONE, c = constant_of(p, node, &x);
    if (c == RQ_NONE || join(p, node, "Multiply-1", x, c) || pass_addition(p, node, x, c)) return;
    rq_node *before = rq_value_producer(p->graph, x);
    if (rq_pass_is(p, c, 1.0) && rq_tensor_count(rq_ir_builder_const(p->b, c)) == 1 &&
        rq_load_f64(rq_ir_builder_const(p->b, c)->data, rq_ir_builder_dtype(p->b, c), 0) == 1.0)
        rq_pass_replace(p, node, x);
    else if (scale_convolution(p, before, c) || scale_mat_mul(p, before, c))
        rq_pass_replace(p, node, x);
}

/* A bias as [1,C,1,1] where it was [C,1,1]: programs that correct biases look for C along axis 1.
 */
static void complete_bias(rq_pass *p, rq_node *node, rq_id x, rq_id c)
{
    rq_shape shape = rq_ir_builder_shape(p->b, c);
    int rank = rq_ir_builder_shape(p->b, x).rank;
    int64_t dims[RQ_MAX_RANK];
    if (!is_convolution(rq_value_producer(p->graph, x)) || shape.rank + 1 != rank ||
        !per_channel(&shape, rank))
        return;
    dims[0] = 1;
    memcpy(dims + 1, shape.d, (size_t)shape.rank * sizeof *dims);
    rq_pass_set_input(p, node, node->in[1] == c, rq_emit_reshape(p->b, c, dims, (size_t)rank));
}

static void fuse_add(rq_pass *p, rq_node *node)
{
    rq_id x = RQ_NONE, c = constant_of(p, node, &x);
    if (c != RQ_NONE && !join(p, node, "Add-1", x, c)) complete_bias(p, node, x, c);
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node;
        if ((node = rq_pass_node(p, i, &rq_op_Multiply))) fuse_multiply(p, node);
        if ((node = rq_pass_node(p, i, &rq_op_Add))) fuse_add(p, node);
    }
}

const rq_pass_row rq_pass_linear = {"linear", "scale and shift folded into convolutions", run,
                                    true};
