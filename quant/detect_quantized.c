#include "quant/detect_quantized.h"

#include "engine/ops/quantized_pattern.h"
#include "engine/ops/operators.h"

#include <string.h>

static bool is_fake(const rq_node *node)
{
    const rq_op *op = rq_op_find(node->type);
    return op && op->flags & RQ_OP_FAKE_QUANTIZES;
}

/* Whatever is done with the numbers then. */
static bool is_integer_weights(const rq_graph *graph, const rq_node *node)
{
    return rq_is_integer_convert(graph, node) &&
           rq_node_is(rq_value_producer(graph, node->in[0]), &rq_op_Const);
}

rq_existing_quantization rq_detect_quantized(const rq_graph *graph)
{
    rq_existing_quantization d = {0};
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node) continue;
        d.n_fake_quantize += is_fake(node);
        d.n_integer_weights += is_integer_weights(graph, node);
    }
    if (rq_graph_rt_info(graph, "nncf/quantization/preset")) d.marked_by = "nncf";
    const char *precision = rq_graph_rt_info(graph, "requant/precision");
    if (precision && strcmp(precision, "fp16") != 0) d.marked_by = "requant";
    return d;
}

rq_status rq_strip_quantization(rq_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (node && is_fake(node)) rq_graph_replace_uses(graph, node->out[0], node->in[0], RQ_NONE);
    }
    return rq_graph_prune(graph);
}
