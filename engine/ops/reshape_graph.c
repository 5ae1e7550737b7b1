#include "engine/ops/reshape_graph.h"

#include "engine/ops/operators.h"

/* "1,3,224,224", as Parameters spell it. */
static rq_status set_parameter_shape(rq_graph *graph, rq_node *node, const rq_shape *shape)
{
    rq_buf text = {0};
    for (int d = 0; d < shape->rank; d++)
        rq_buf_printf(&text, "%s%lld", d ? "," : "", (long long)shape->d[d]);
    rq_status status = text.failed
                           ? rq_fail_memory(text.length, "a shape")
                           : rq_node_set_attr(graph, node, "shape", text.data ? text.data : "");
    rq_buf_free(&text);
    return status;
}

rq_status rq_graph_make_static(rq_graph *graph, const rq_bound *bound)
{
    for (size_t i = 0; i < bound->graph->n_nodes; i++) {
        rq_node *node = graph->nodes[i];
        if (!node || !bound->graph->nodes[i]) continue;
        for (uint32_t o = 0; o < node->n_out; o++) {
            const rq_shape *shape = &bound->values[node->out[o]].shape;
            if (rq_shape_is_static(shape)) graph->values[node->out[o]]->shape = *shape;
        }
        if (rq_node_is(node, &rq_op_Parameter))
            RQ_TRY(set_parameter_shape(graph, node, &graph->values[node->out[0]]->shape));
    }
    return RQ_OK;
}
