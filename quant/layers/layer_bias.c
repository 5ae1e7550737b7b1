#include "quant/layers/layer_bias.h"

#include "engine/ops/operators.h"
#include "engine/ops/weight_axes.h"
#include "quant/layers/graph_edit.h"

/* The constant behind a value of f32: itself, or compressed with a Convert; NULL if it is none. */
static const rq_node *find_const(const rq_graph *graph, rq_id value)
{
    if (value == RQ_NONE || graph->values[value]->dtype != RQ_DT_F32) return NULL;
    const rq_node *node = rq_value_producer(graph, value);
    if (rq_node_is(node, &rq_op_Convert) && node->in[0] != RQ_NONE)
        node = rq_value_producer(graph, node->in[0]);
    bool is_const = rq_node_is(node, &rq_op_Const);
    return is_const && rq_dtype_is_float(graph->values[node->out[0]]->dtype) ? node : NULL;
}

int rq_layer_bias_axis(const rq_graph *graph, const rq_layer_bias *layer)
{
    return rq_output_channel_axis(rq_op_find(graph->nodes[layer->node]->type), layer->port,
                                  layer->out_rank);
}

/* Output channels in the layer's output. */
static rq_shape bias_shape(const rq_graph *graph, const rq_layer_bias *layer)
{
    return rq_graph_edit_axis_shape(layer->out_rank, rq_layer_bias_axis(graph, layer),
                                    layer->channels);
}

/* One number, or one per output channel. */
static bool is_bias_shape(const rq_shape *shape, const rq_shape *want)
{
    if (shape->rank > want->rank) return false;
    if (rq_shape_count(shape) == 1) return true;
    for (int d = 0; d < want->rank; d++) {
        int at = d - (want->rank - shape->rank); /* shapes broadcast from the right */
        if ((at < 0 ? 1 : shape->d[at]) != want->d[d]) return false;
    }
    return true;
}

/* The Add of a bias that is the only reader of the layer; *port gets the bias's. */
static rq_node *find_bias(const rq_graph *graph, const rq_uses *uses, const rq_layer_bias *layer,
                          uint32_t *port)
{
    const rq_use *only = rq_uses_only(uses, graph->nodes[layer->node]->out[0]);
    if (!only) return NULL;
    rq_node *add = graph->nodes[only->node];
    if (!rq_node_is(add, &rq_op_Add) || add->n_in != 2) return NULL;
    *port = 1 - only->port;
    const rq_node *bias = find_const(graph, add->in[*port]);
    if (!bias) return NULL;
    rq_shape want = bias_shape(graph, layer);
    return is_bias_shape(&graph->values[bias->out[0]]->shape, &want) ? add : NULL;
}

static rq_status shift_bias(rq_graph *graph, rq_node *add, uint32_t port,
                            const rq_layer_bias *layer, const float *shift)
{
    const rq_node *old = find_const(graph, add->in[port]);
    const rq_value *value = graph->values[old->out[0]];
    const char *name = rq_value_producer(graph, add->in[port])->name;
    rq_shape shape = bias_shape(graph, layer);
    bool single = rq_shape_count(&value->shape) == 1;
    float *bias = rq_arena_alloc(graph->arena, layer->channels, sizeof *bias);
    if (!bias) return RQ_ENOMEM;
    for (size_t c = 0; c < layer->channels; c++)
        bias[c] = (float)rq_load_f64(old->data, value->dtype, single ? 0 : c) + shift[c];
    return rq_graph_edit_const_f32(&add->in[port], graph, name, "corrected", &shape, bias);
}

static rq_status add_bias(rq_graph *graph, const rq_layer_bias *layer, const float *numbers)
{
    const rq_node *node = graph->nodes[layer->node];
    rq_value *out = graph->values[node->out[0]];
    rq_shape shape = bias_shape(graph, layer);
    const char *name = rq_arena_printf(graph->arena, "%s/bias_correction", node->name);
    if (!name) return RQ_ENOMEM;
    rq_id in[2] = {out->id};
    RQ_TRY(rq_graph_edit_const_f32(&in[1], graph, name, "shift", &shape, numbers));
    rq_node *add;
    RQ_TRY(rq_graph_edit_node(&add, graph, name, "Add", "opset1", in, 2, out->dtype, &out->shape));
    RQ_TRY(rq_node_set_attr(graph, add, "auto_broadcast", "numpy"));
    rq_graph_replace_uses(graph, out->id, add->out[0], add->id);
    graph->values[add->out[0]]->names = out->names; /* where a Result finds its name */
    out->names = NULL;
    return RQ_OK;
}

bool rq_layer_bias_exists(const rq_graph *graph, const rq_uses *uses, const rq_layer_bias *layer)
{
    uint32_t port;
    return find_bias(graph, uses, layer, &port) != NULL;
}

rq_status rq_layer_bias_shift(rq_graph *graph, const rq_uses *uses, const rq_layer_bias *layer,
                              const float *shift)
{
    uint32_t port;
    rq_node *add = find_bias(graph, uses, layer, &port);
    return add ? shift_bias(graph, add, port, layer, shift) : add_bias(graph, layer, shift);
}
