#include "engine/export/onnx/to_onnx_spread.h"

#include "engine/base/arena.h"
#include "engine/ops/operators.h"

#include <stdlib.h>
#include <string.h>

/* A FakeQuantize of one range; NULL: the value is none's. */
static const rq_node *quantizer_of(const rq_graph *graph, rq_id value)
{
    const rq_node *node = value == RQ_NONE ? NULL : rq_value_producer(graph, value);
    if (!rq_node_is(node, &rq_op_FakeQuantize)) return NULL;
    for (uint32_t i = 1; i < 5; i++) {
        const rq_shape *s = &graph->values[node->in[i]]->shape;
        if (!rq_shape_is_static(s) || rq_shape_count(s) != 1) return NULL;
    }
    return node;
}

static bool same_range(const rq_graph *graph, const rq_node *a, const rq_node *b)
{
    if (a == b) return true;
    for (uint32_t i = 1; i < 5; i++) {
        const rq_node *x = rq_value_producer(graph, a->in[i]),
                      *y = rq_value_producer(graph, b->in[i]);
        if (!x->data || !y->data || x->data_bytes != y->data_bytes ||
            memcmp(x->data, y->data, x->data_bytes))
            return false;
    }
    return true;
}

/* The quantizer whose codes the layer hands on. */
static const rq_node *handed_on(const rq_graph *graph, const rq_node *node)
{
    const rq_op *op = rq_op_find(node->type);
    if (!op || (op->role != RQ_ROLE_PASS && op->role != RQ_ROLE_CONCAT) || node->n_in == 0)
        return NULL;
    const rq_node *first = quantizer_of(graph, node->in[0]);
    for (uint32_t i = 1; first && op->role == RQ_ROLE_CONCAT && i < node->n_in; i++) {
        const rq_node *other = quantizer_of(graph, node->in[i]);
        if (!other || !same_range(graph, first, other)) return NULL;
    }
    return first;
}

/* Values that go to the model's outputs only, or to quantizers, need none. */
static bool is_read_by_layers(const rq_graph *graph, const rq_uses *uses, rq_id value)
{
    for (uint32_t u = uses->first[value]; u < uses->first[value + 1]; u++) {
        const rq_node *reader = graph->nodes[uses->uses[u].node];
        if (!rq_node_is(reader, &rq_op_Result) && !rq_node_is(reader, &rq_op_FakeQuantize) &&
            !rq_node_is(reader, &rq_op_ShapeOf))
            return true;
    }
    return false;
}

static rq_status quantize_output(rq_graph *graph, const rq_node *like, rq_id value)
{
    const rq_value *v = graph->values[value];
    rq_node *node;
    char *name = rq_arena_printf(graph->arena, "%s/fq_output_%u",
                                 rq_value_producer(graph, value)->name, v->index);
    if (!name) return RQ_ENOMEM;
    RQ_TRY(rq_graph_add_node(&node, graph, name, like->type, like->version, 5, 1));
    RQ_TRY(rq_node_set_attr(graph, node, "levels", rq_node_attr(like, "levels")));
    for (uint32_t i = 1; i < 5; i++) node->in[i] = like->in[i];
    graph->values[node->out[0]]->dtype = v->dtype;
    graph->values[node->out[0]]->shape = v->shape;
    rq_graph_replace_uses(graph, value, node->out[0], node->id);
    node->in[0] = value;
    return RQ_OK;
}

static rq_status spread(rq_graph *graph, const rq_uses *uses, const rq_id *order, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const rq_node *node = graph->nodes[order[i]], *quantizer = handed_on(graph, node);
        for (uint32_t k = 0; quantizer && k < node->n_out; k++)
            if (rq_dtype_is_float(graph->values[node->out[k]]->dtype) &&
                is_read_by_layers(graph, uses, node->out[k]))
                RQ_TRY(quantize_output(graph, quantizer, node->out[k]));
    }
    return RQ_OK;
}

rq_status rq_to_onnx_spread(rq_graph *graph)
{
    rq_uses uses = {0};
    rq_id *order = NULL;
    size_t n;
    RQ_TRY(rq_graph_topo_order(&order, &n, graph));
    rq_status status = rq_uses_create(&uses, graph);
    if (status == RQ_OK) status = spread(graph, &uses, order, n);
    rq_uses_free(&uses);
    free(order);
    return status;
}
