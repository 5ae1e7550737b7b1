/* Subtraction and division of constants as addition and multiplication, so that later passes meet
 * one form: x - c = x + (-c), x / c = x * (1/c), -x stays. */
#include "engine/import/pass.h"

static bool is_float(const rq_pass *p, rq_id value)
{
    return rq_dtype_is_float(rq_ir_builder_dtype(p->b, value));
}

static void rewrite(rq_pass *p, rq_node *node, const char *type)
{
    rq_ir_builder *b = p->b;
    rq_id c = node->in[1], other;
    if (rq_pass_constant_side(p, node) != 1 || !is_float(p, c)) return;
    if (node->type[0] == 'S')
        other = rq_emit(b, "Negative-1", RQ_IN(c), "%s", "");
    else
        other = rq_emit_binary(b, "Divide-1", rq_emit_like(b, c, 1.0), c);
    rq_pass_replace(p, node, rq_emit_binary(b, type, node->in[0], other));
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node;
        if ((node = rq_pass_node(p, i, &rq_op_Subtract))) rewrite(p, node, "Add-1");
        if ((node = rq_pass_node(p, i, &rq_op_Divide))) rewrite(p, node, "Multiply-1");
    }
}

const rq_pass_row rq_pass_linear_form = {
    "linear_form", "Subtract and Divide by constants converted to Add and Multiply", run, true};
