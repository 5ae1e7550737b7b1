#include "engine/import/framework_model_make.h"
#include "engine/import/tensorflow/tf_graph.h"

#include <string.h>

/* "n", "n:1", ... */
const char *rq_tf_value_name(rq_tf_graph *graph, const rq_tf_node *node, uint32_t k)
{
    return k ? rq_arena_printf(graph->arena, "%s:%u", node->name, k) : node->name;
}

static void count_outputs(rq_tf_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_tf_node *node = &graph->nodes[i];
        for (uint32_t k = 0; node->needed && k < node->n_in + node->n_next; k++) {
            rq_tf_node *producer = &graph->nodes[node->in[k].node];
            if (node->in[k].output >= producer->n_out) producer->n_out = node->in[k].output + 1;
        }
    }
    for (size_t i = 0; i < graph->n_outputs; i++) {
        rq_tf_node *node = &graph->nodes[graph->outputs[i].port.node];
        if (graph->outputs[i].port.output >= node->n_out)
            node->n_out = graph->outputs[i].port.output + 1;
    }
}

/* "ComplexMul" for "Mul" of complex values, which are pairs in the graph: see tf_complex.c. What
 * has such values alone is called as it is. */
static const char *type_of(rq_tf_graph *graph, const Tf__NodeDef *def)
{
    static const char *const own[] = {"Real", "Imag", "Angle", "Conj", "ComplexAbs", "Const"};
    static const char *const types[] = {"T", "DstT", "SrcT"};
    bool complex = false;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const Tf__AttrValue *type = rq_tf_find_attr(def, types[i]);
        complex |= type && type->type == TF__DATA_TYPE__DT_COMPLEX64;
    }
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) complex &= strcmp(def->op, own[i]) != 0;
    return complex ? rq_arena_printf(graph->arena, "Complex%s", def->op) : def->op;
}

static rq_status emit_node(rq_framework_model *source, rq_tf_graph *graph, const rq_tf_node *from)
{
    rq_framework_node *node;
    RQ_TRY(rq_tf_spend(graph, from->n_out, 64, from->name));
    const char *type = type_of(graph, from->def);
    if (!type) return RQ_ENOMEM;
    RQ_TRY(rq_framework_model_add_node(&node, source, from->name, type, from->n_in, from->n_out));
    for (uint32_t k = 0; k < from->n_in; k++) {
        node->in[k] = rq_tf_value_name(graph, &graph->nodes[from->in[k].node], from->in[k].output);
        if (!node->in[k]) return RQ_ENOMEM;
    }
    for (uint32_t k = 0; k < from->n_out; k++) {
        node->out[k] = rq_tf_value_name(graph, from, k);
        if (!node->out[k]) return RQ_ENOMEM;
    }
    return rq_tf_add_attrs(source, node, graph, from);
}

/* A constant whose type an IR lacks (a message's text) stays a node. */
static rq_status emit_const(rq_framework_model *source, rq_tf_graph *graph, rq_tf_node *node)
{
    const Tf__AttrValue *value = rq_tf_find_attr(node->def, "value");
    if (!value || !value->tensor)
        return rq_fail(RQ_EFORMAT, "%s: constant '%s' has no value", graph->path, node->name);
    if (value->tensor->dtype != TF__DATA_TYPE__DT_COMPLEX64 &&
        rq_dtype_bits(rq_tf_dtype(value->tensor->dtype)) < 8)
        return emit_node(source, graph, node);
    RQ_TRY(rq_tf_tensor(&node->value, graph, value->tensor, node->name));
    return rq_framework_model_add_constant(source, node->name, &node->value);
}

static rq_status emit(rq_framework_model *source, rq_tf_graph *graph, rq_tf_node *node)
{
    if (node->value.data) return rq_framework_model_add_constant(source, node->name, &node->value);
    if (rq_tf_is_input(node->def)) return rq_tf_emit_inputs(source, graph, node);
    if (!strcmp(node->def->op, "Const")) return emit_const(source, graph, node);
    return emit_node(source, graph, node);
}

/* "prob:0", as TensorFlow calls the tensor, and what the signature does. */
static rq_status add_output(rq_framework_model *source, const char *name, const char *value,
                            const rq_tf_output *output)
{
    RQ_TRY(rq_framework_model_add_output(source, name));
    rq_framework_value *added = &source->outputs[source->n_outputs - 1];
    bool later = strchr(value, ':') != NULL; /* "x:1" */
    const char *tensor = later ? NULL : rq_arena_printf(source->arena, "%s:0", value);
    rq_framework_value_add_name(added, tensor);
    rq_framework_value_add_name(added, output->tensor);
    return later || tensor ? RQ_OK : RQ_ENOMEM;
}

/* A signature's name for an output is a node of that name that passes the value on. */
static rq_status emit_output(rq_framework_model *source, rq_tf_graph *graph,
                             const rq_tf_output *output)
{
    const char *value =
        rq_tf_value_name(graph, &graph->nodes[output->port.node], output->port.output);
    rq_framework_node *node;
    if (!value) return RQ_ENOMEM;
    if (!strcmp(value, output->name) || rq_map_get(graph->names, output->name) != RQ_NONE)
        return add_output(source, value, value, output);
    RQ_TRY(rq_map_put(graph->names, output->name, 0)); /* taken */
    RQ_TRY(rq_framework_model_add_node(&node, source, output->name, "Identity", 1, 1));
    node->in[0] = value;
    node->out[0] = output->name;
    return add_output(source, output->name, value, output);
}

rq_status rq_tf_emit(rq_framework_model *source, rq_tf_graph *graph)
{
    count_outputs(graph);
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i].needed && !graph->nodes[i].results)
            RQ_TRY(emit(source, graph, &graph->nodes[i]));
    for (size_t i = 0; i < graph->n_outputs; i++)
        RQ_TRY(emit_output(source, graph, &graph->outputs[i]));
    return RQ_OK;
}
