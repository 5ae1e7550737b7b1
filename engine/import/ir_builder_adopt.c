/* A graph that was not built here, taken in so that passes can change it. */
#include "engine/import/ir_builder.h"
#include "engine/ops/operators.h"

#include <stdlib.h>

static void know_constant(rq_ir_builder *b, const rq_node *node)
{
    const rq_value *value = b->graph->values[node->out[0]];
    rq_ir_builder_value *known = &b->values[value->id];
    rq_tensor tensor = {value->dtype, value->shape, (void *)node->data};
    if (!node->data || rq_dtype_bits(value->dtype) < 8) tensor.data = NULL;
    for (int s = 0; s < RQ_IR_BUILDER_SAMPLES; s++) known->t[s] = tensor;
    known->constant = tensor.data != NULL;
}

/* The file's word where inference had none. */
static void keep_file_shape(rq_ir_builder *b, rq_value *value, const rq_value *was)
{
    if (value->dtype == RQ_DT_UNDEFINED) value->dtype = was->dtype;
    if (value->shape.rank >= 0 || was->shape.rank < 0) return;
    value->shape = was->shape;
    rq_ir_builder_know_parameter(b, value->id, value->dtype, &was->shape);
}

static void infer(rq_ir_builder *b, rq_node *node)
{
    rq_value *was;
    if (!rq_ir_builder_ok(b, rq_calloc(&was, node->n_out, sizeof *was, "shapes"))) return;
    for (uint32_t i = 0; i < node->n_out; i++) was[i] = *b->graph->values[node->out[i]];
    rq_ir_builder_infer(b, node, false);
    for (uint32_t i = 0; b->status == RQ_OK && i < node->n_out; i++)
        keep_file_shape(b, b->graph->values[node->out[i]], &was[i]);
    free(was);
}

void rq_ir_builder_adopt(rq_ir_builder *b)
{
    rq_id *order = NULL;
    size_t n = 0;
    if (!rq_ir_builder_make_room(b) ||
        !rq_ir_builder_ok(b, rq_graph_topo_order(&order, &n, b->graph)))
        return;
    for (size_t i = 0; i < n && b->status == RQ_OK; i++) {
        rq_node *node = b->graph->nodes[order[i]];
        const rq_value *value = node->n_out ? b->graph->values[node->out[0]] : NULL;
        if (rq_node_is(node, &rq_op_Parameter))
            rq_ir_builder_know_parameter(b, value->id, value->dtype, &value->shape);
        else if (rq_node_is(node, &rq_op_Const))
            know_constant(b, node);
        else
            infer(b, node);
    }
    free(order);
}
