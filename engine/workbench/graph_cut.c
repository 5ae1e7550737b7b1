#include "engine/workbench/graph_cut.h"

#include "engine/run/tensor_shapes.h"

#include <stdlib.h>

typedef struct cutter {
    rq_graph *graph;
    const rq_graph_cut_options *options;
    uint8_t *kept; /* by node id of the edited graph */
    rq_id *stack;  /* kept nodes whose inputs are not looked at yet */
    size_t n_stack;
    rq_id *parameter; /* by value id of the original: what stands for it, or RQ_NONE */
    bool dynamic;     /* inputs of the original may have other shapes than those it is bound to */
} cutter;

static void keep(cutter *c, rq_id node)
{
    if (c->kept[node]) return;
    c->kept[node] = 1;
    c->stack[c->n_stack++] = node;
}

static rq_status parameter_for(rq_id *out, cutter *c, rq_id value)
{
    const rq_tensor *t = &c->options->bound->values[value];
    const char *type = rq_dtype_name(t->dtype);
    rq_shape shape = t->shape;
    rq_buf dims = {0};
    rq_node *node;
    *out = c->parameter[value];
    if (*out != RQ_NONE) return RQ_OK;
    for (int d = 0; d < shape.rank; d++) {
        if (c->dynamic) shape.d[d] = RQ_DYNAMIC;
        rq_buf_printf(&dims, "%s%lld", d ? "," : "", (long long)shape.d[d]);
    }
    rq_status status = dims.failed ? rq_fail_memory(dims.length, "a shape") : RQ_OK;
    if (status == RQ_OK)
        status = rq_graph_add_node(&node, c->graph, "border", "Parameter", "opset1", 0, 1);
    if (status == RQ_OK) status = rq_node_set_attr(c->graph, node, "element_type", type);
    if (status == RQ_OK)
        status = rq_node_set_attr(c->graph, node, "shape", dims.data ? dims.data : "");
    rq_buf_free(&dims);
    RQ_TRY(status);
    c->graph->values[node->out[0]]->dtype = t->dtype;
    c->graph->values[node->out[0]]->shape = shape;
    *out = c->parameter[value] = node->out[0];
    return RQ_OK;
}

static rq_status cut_inputs(cutter *c, rq_node *node)
{
    size_t n_values = c->options->bound->graph->n_values;
    for (uint32_t i = 0; i < node->n_in; i++) {
        rq_id value = node->in[i];
        if (value == RQ_NONE) continue;
        if (value < n_values && c->options->border[value])
            RQ_TRY(parameter_for(&node->in[i], c, value));
        else
            keep(c, c->graph->values[value]->producer);
    }
    return RQ_OK;
}

static void drop_rest(cutter *c, size_t n_nodes)
{
    rq_graph *graph = c->graph;
    for (rq_id i = 0; i < n_nodes; i++)
        if (graph->nodes[i] && !c->kept[i])
            for (uint32_t p = 0; p < graph->nodes[i]->n_in; p++) graph->nodes[i]->in[p] = RQ_NONE;
    for (rq_id i = 0; i < n_nodes; i++)
        if (graph->nodes[i] && !c->kept[i]) rq_graph_remove_node(graph, i);
}

static rq_status cut(cutter *c)
{
    size_t n_nodes = c->graph->n_nodes;
    const rq_graph *original = c->options->bound->graph;
    for (rq_id i = 0; i < original->n_nodes; i++)
        if (c->options->wanted[i] && c->graph->nodes[i]) keep(c, i);
    while (c->n_stack) RQ_TRY(cut_inputs(c, c->graph->nodes[c->stack[--c->n_stack]]));
    drop_rest(c, n_nodes);
    return RQ_OK;
}

/* Parameters in the order of nodes, which is the order of the model's inputs. */
static rq_status list_inputs(rq_id **values, size_t *n_values, const cutter *c)
{
    const rq_graph *original = c->options->bound->graph;
    rq_id *inputs, *list;
    size_t n;
    RQ_TRY(rq_graph_list(&inputs, &n, c->graph, "Parameter"));
    rq_status status = rq_calloc(&list, n, sizeof *list, "inputs");
    for (size_t i = 0; status == RQ_OK && i < n; i++) {
        list[i] = c->graph->nodes[inputs[i]]->out[0]; /* of an input that is kept itself */
        for (rq_id v = 0; v < original->n_values; v++)
            if (c->parameter[v] == c->graph->nodes[inputs[i]]->out[0]) list[i] = v;
    }
    free(inputs);
    RQ_TRY(status);
    *values = list;
    *n_values = n;
    return RQ_OK;
}

rq_status rq_graph_cut(rq_graph *graph, rq_id **values, size_t *n_values,
                       const rq_graph_cut_options *options)
{
    size_t n = options->bound->graph->n_values;
    cutter c = {.graph = graph, .options = options};
    rq_status status = rq_calloc(&c.kept, graph->n_nodes, 1, "layers");
    if (status == RQ_OK) status = rq_calloc(&c.stack, graph->n_nodes, sizeof *c.stack, "layers");
    if (status == RQ_OK) status = rq_calloc(&c.parameter, n, sizeof *c.parameter, "values");
    if (status == RQ_OK) {
        c.dynamic = rq_tensor_shapes_open(options->bound->graph, NULL, 0) > 0;
        for (size_t v = 0; v < n; v++) c.parameter[v] = RQ_NONE;
        status = cut(&c);
    }
    if (status == RQ_OK) status = list_inputs(values, n_values, &c);
    free(c.kept);
    free(c.stack);
    free(c.parameter);
    return status;
}

bool rq_graph_cut_may_be_border(const rq_bound *bound, rq_id value)
{
    const rq_tensor *t = &bound->values[value];
    return !rq_bound_is_constant(bound, value) && rq_shape_is_static(&t->shape);
}

rq_status rq_graph_cut_model(rq_model **out, const rq_graph *graph, const rq_id *values,
                             size_t n_values, const rq_bound *bound, const rq_exec_options *exec)
{
    rq_exec_options options = *exec;
    rq_input_shape *shapes;
    rq_id *inputs;
    size_t n;
    RQ_TRY(rq_calloc(&shapes, n_values, sizeof *shapes, "shapes"));
    rq_status status = rq_graph_list(&inputs, &n, graph, "Parameter");
    if (status == RQ_OK) {
        for (size_t i = 0; i < n; i++)
            shapes[i] =
                (rq_input_shape){graph->nodes[inputs[i]]->name, bound->values[values[i]].shape};
        options.shapes = shapes;
        options.n_shapes = n;
        status = rq_model_create(out, graph, &options);
        free(inputs);
    }
    free(shapes);
    return status;
}
