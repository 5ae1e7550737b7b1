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

/* A Subtract of zero points that are stored as integers from codes that are. */
static bool has_zero_points(const rq_graph *graph, const rq_node *node)
{
    return rq_node_is(node, &rq_op_Subtract) && node->n_in == 2 && node->in[0] != RQ_NONE &&
           node->in[1] != RQ_NONE &&
           is_integer_weights(graph, rq_value_producer(graph, node->in[0])) &&
           is_integer_weights(graph, rq_value_producer(graph, node->in[1]));
}

static bool is_4bit(const rq_graph *graph, const rq_node *convert)
{
    return rq_dtype_bits(graph->values[convert->in[0]]->dtype) == 4;
}

rq_existing_quantization rq_detect_quantized(const rq_graph *graph)
{
    rq_existing_quantization d = {0};
    size_t n_zero_points = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node) continue;
        d.n_fake_quantize += is_fake(node);
        bool weights = is_integer_weights(graph, node);
        d.n_integer_weights += weights;
        d.n_4bit_weights += weights && is_4bit(graph, node);
        n_zero_points += has_zero_points(graph, node);
    }
    if (d.n_integer_weights > n_zero_points) d.n_integer_weights -= n_zero_points;
    if (rq_graph_rt_info(graph, "nncf/quantization/preset") ||
        rq_graph_rt_info(graph, "nncf/weight_compression/mode"))
        d.marked_by = "nncf";
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
