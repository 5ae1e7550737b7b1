/* One step of ONNX's optimizers. Inputs: the rate R and the number T of steps before this one, then
 * for n tensors X_1 ... X_n, their gradients, and one or two rows of averages of those. Outputs:
 * what becomes of the tensors, then of the averages. */
#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

/* -- arithmetic ------------------------------------------------------------------------------ */

static rq_id times(rq_ir_builder *b, double factor, rq_id x)
{
    return factor == 1 ? x : rq_emit_binary(b, "Multiply-1", x, rq_onnx_like(b, x, factor));
}

static rq_id square_root(rq_ir_builder *b, rq_id x)
{
    return rq_emit(b, "Sqrt-1", RQ_IN(x), "%s", "");
}

/* x / (sqrt(h) + epsilon) */
static rq_id normalized(rq_ir_builder *b, rq_id x, rq_id h)
{
    double epsilon = rq_framework_float(b->node, "epsilon", 1e-6);
    rq_id root = square_root(b, h);
    return rq_emit_binary(b, "Divide-1", x,
                          rq_emit_binary(b, "Add-1", root, rq_onnx_like(b, root, epsilon)));
}

/* -- the node's inputs ----------------------------------------------------------------------- */

typedef struct optimized {
    rq_id rate, steps; /* steps as real numbers */
    size_t n, i;       /* tensor i of n */
} optimized;

static rq_id input(rq_ir_builder *b, const optimized *o, size_t row)
{
    return rq_ir_builder_in(b, 2 + row * o->n + o->i);
}

static void set_output(rq_ir_builder *b, const optimized *o, size_t row, rq_id value)
{
    size_t k = row * o->n + o->i;
    if (rq_ir_builder_wants(b, k)) rq_ir_builder_set(b, k, value);
}

/* The gradient with that of the penalty on large weights. */
static rq_id gradient(rq_ir_builder *b, const optimized *o)
{
    double penalty = rq_framework_float(b->node, "norm_coefficient", 0);
    rq_id g = input(b, o, 1);
    return penalty == 0 ? g : rq_emit_binary(b, "Add-1", times(b, penalty, input(b, o, 0)), g);
}

static rq_id where_begun(rq_ir_builder *b, const optimized *o, rq_id then, rq_id at_first)
{
    rq_id begun = rq_emit_binary(b, "Greater-1", o->steps, rq_onnx_like(b, o->steps, 0));
    return rq_emit(b, "Select-1", RQ_IN(begun, then, at_first), "auto_broadcast=numpy");
}

/* -- the optimizers -------------------------------------------------------------------------- */

static void adagrad(rq_ir_builder *b, const optimized *o)
{
    rq_id x = input(b, o, 0), g = gradient(b, o);
    rq_id decay = times(b, rq_framework_float(b->node, "decay_factor", 0), o->steps);
    rq_id rate = rq_emit_binary(b, "Divide-1", o->rate,
                                rq_emit_binary(b, "Add-1", decay, rq_onnx_like(b, decay, 1)));
    rq_id h = rq_emit_binary(b, "Add-1", input(b, o, 2), rq_emit_binary(b, "Multiply-1", g, g));
    rq_id step = normalized(b, rq_emit_binary(b, "Multiply-1", rate, g), h);
    set_output(b, o, 0, rq_emit_binary(b, "Subtract-1", x, step));
    set_output(b, o, 1, h);
}

/* factor * average + (1 - factor) * x */
static rq_id averaged(rq_ir_builder *b, double factor, rq_id average, rq_id x)
{
    return rq_emit_binary(b, "Add-1", times(b, factor, average), times(b, 1 - factor, x));
}

/* 1 - factor^steps */
static rq_id begun_share(rq_ir_builder *b, const optimized *o, double factor)
{
    rq_id one = rq_onnx_like(b, o->steps, 1);
    return rq_emit_binary(
        b, "Subtract-1", one,
        rq_emit_binary(b, "Power-1", rq_onnx_like(b, o->steps, factor), o->steps));
}

static void adam(rq_ir_builder *b, const optimized *o)
{
    double alpha = rq_framework_float(b->node, "alpha", 0.9);
    double beta = rq_framework_float(b->node, "beta", 0.999);
    rq_id x = input(b, o, 0), g = gradient(b, o);
    rq_id v = averaged(b, alpha, input(b, o, 2), g);
    rq_id h = averaged(b, beta, input(b, o, 3), rq_emit_binary(b, "Multiply-1", g, g));
    rq_id rate = rq_emit_binary(b, "Multiply-1", o->rate, square_root(b, begun_share(b, o, beta)));
    rate =
        where_begun(b, o, rq_emit_binary(b, "Divide-1", rate, begun_share(b, o, alpha)), o->rate);
    x = rq_emit_binary(b, "Subtract-1", x,
                       normalized(b, rq_emit_binary(b, "Multiply-1", rate, v), h));
    set_output(b, o, 0, times(b, 1 - rq_framework_float(b->node, "norm_coefficient_post", 0), x));
    set_output(b, o, 1, v);
    set_output(b, o, 2, h);
}

static void momentum(rq_ir_builder *b, const optimized *o)
{
    double alpha = rq_framework_float(b->node, "alpha", 0);
    bool ahead = !strcmp(rq_framework_string(b->node, "mode", "standard"), "nesterov");
    rq_id g = gradient(b, o), one = rq_onnx_like(b, o->steps, 1);
    rq_id beta =
        where_begun(b, o, rq_onnx_like(b, o->steps, rq_framework_float(b->node, "beta", 1)), one);
    rq_id v = rq_emit_binary(b, "Add-1", times(b, alpha, input(b, o, 2)),
                             rq_emit_binary(b, "Multiply-1", beta, g));
    rq_id way = ahead ? rq_emit_binary(b, "Add-1", g, times(b, alpha, v)) : v;
    set_output(b, o, 0,
               rq_emit_binary(b, "Subtract-1", input(b, o, 0),
                              rq_emit_binary(b, "Multiply-1", o->rate, way)));
    set_output(b, o, 1, v);
}

/* -- mapping --------------------------------------------------------------------------------- */

static void map_optimizer(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    static const struct {
        const char *type;
        void (*step)(rq_ir_builder *b, const optimized *o);
        size_t rows; /* of inputs */
    } kinds[] = {{"Adagrad", adagrad, 3}, {"Adam", adam, 4}, {"Momentum", momentum, 3}};
    size_t kind = 0;
    while (strcmp(kinds[kind].type, row->type)) kind++;
    if (b->node->n_in < 2 || (b->node->n_in - 2) % kinds[kind].rows) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%zu inputs", b->node->n_in);
        return;
    }
    optimized o = {.rate = rq_ir_builder_in(b, 0), .n = (b->node->n_in - 2) / kinds[kind].rows};
    o.steps = rq_emit_convert(b, rq_ir_builder_in(b, 1), rq_ir_builder_dtype(b, o.rate));
    for (; o.i < o.n; o.i++) kinds[kind].step(b, &o);
}

#define DOMAIN "ai.onnx.preview.training"

static const rq_op_mapping_row rows[] = {
    {DOMAIN, "Adagrad", map_optimizer, NULL},
    {DOMAIN, "Adam", map_optimizer, NULL},
    {DOMAIN, "Momentum", map_optimizer, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_training, rows)
