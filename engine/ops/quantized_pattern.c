#include "engine/ops/quantized_pattern.h"

#include "engine/ops/operators.h"

static const rq_node *producer(const rq_graph *graph, const rq_node *node, uint32_t port)
{
    return port < node->n_in && node->in[port] != RQ_NONE ? rq_value_producer(graph, node->in[port])
                                                          : NULL;
}

bool rq_is_integer_convert(const rq_graph *graph, const rq_node *node)
{
    if (!rq_node_is(node, &rq_op_Convert) || !node->n_in || node->in[0] == RQ_NONE) return false;
    rq_dtype dtype = graph->values[node->in[0]]->dtype;
    rq_dtype_kind kind = rq_dtype_kind_of(dtype);
    return (kind == RQ_KIND_SIGNED || kind == RQ_KIND_UNSIGNED) && rq_dtype_bits(dtype) <= 8 &&
           dtype != RQ_DT_BOOL && rq_dtype_is_float(graph->values[node->out[0]]->dtype);
}

static const rq_node *match(rq_quantized_pattern *out, const rq_graph *graph,
                            const rq_node *multiply, uint32_t side)
{
    if (!rq_node_is(multiply, &rq_op_Multiply) || multiply->n_in != 2) return NULL;
    const rq_node *node = producer(graph, multiply, side);
    *out = (rq_quantized_pattern){RQ_NONE, RQ_NONE, RQ_NONE, multiply->in[1 - side]};
    if (rq_node_is(node, &rq_op_Subtract) && node->n_in == 2) {
        out->zero_point = node->in[1];
        node = producer(graph, node, 0);
    }
    if (!rq_node_is(node, &rq_op_Convert) || !producer(graph, node, 0)) return NULL;
    out->codes = node->in[0];
    out->numbers = node->out[0];
    return node;
}

bool rq_quantized_pattern_at(rq_quantized_pattern *out, const rq_graph *graph,
                             const rq_node *multiply, uint32_t side)
{
    return match(out, graph, multiply, side) != NULL;
}

bool rq_quantized_pattern_find(rq_quantized_pattern *out, const rq_graph *graph,
                               const rq_node *multiply)
{
    for (uint32_t side = 0; side < 2; side++) {
        const rq_node *convert = match(out, graph, multiply, side);
        if (convert && rq_is_integer_convert(graph, convert)) return true;
    }
    return false;
}
