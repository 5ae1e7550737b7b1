#include "engine/import/framework_model_make.h"
#include "engine/import/tensorflow/graph/tf_graph.h"

#include <string.h>

/* "n", "n:1", ... */
const char *rq_tf_value_name(rq_tf_graph *graph, const rq_tf_node *node, uint32_t k)
{
    return k ? rq_arena_printf(graph->arena, "%s:%u", node->name, k) : node->name;
}

static void count_output(rq_tf_graph *graph, rq_tf_port port)
{
    rq_tf_node *node = &graph->nodes[port.node];
    if (port.output >= node->n_out) node->n_out = port.output + 1;
}

static void count_outputs(rq_tf_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_tf_node *node = &graph->nodes[i];
        for (uint32_t k = 0; node->needed && k < rq_tf_count_reads(graph, node); k++)
            count_output(graph, *rq_tf_read(graph, node, k));
    }
    for (size_t i = 0; i < graph->n_outputs; i++) count_output(graph, graph->outputs[i].port);
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

/* -- what of a node with graphs inside is read ----------------------------------------------- */

static void want(rq_tf_graph *graph, rq_tf_port port)
{
    const rq_tf_node *node = &graph->nodes[port.node];
    if (node->wanted) node->wanted[port.output] = true;
}

static rq_status find_wanted(rq_tf_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        rq_tf_node *node = &graph->nodes[i];
        if (!node->first_region || !node->needed) continue;
        node->wanted = rq_arena_alloc(graph->arena, node->n_out, sizeof *node->wanted);
        if (!node->wanted) return RQ_ENOMEM;
    }
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_tf_node *node = &graph->nodes[i];
        for (uint32_t k = 0; node->needed && k < rq_tf_count_reads(graph, node); k++)
            want(graph, *rq_tf_read(graph, node, k));
    }
    for (size_t i = 0; i < graph->n_outputs; i++) want(graph, graph->outputs[i].port);
    return RQ_OK;
}

/* -- graphs inside --------------------------------------------------------------------------- */

static rq_status make_model(rq_framework_model **out, const rq_framework_model *source)
{
    rq_framework_model *inner = rq_arena_alloc(source->arena, 1, sizeof *inner);
    if (!inner) return RQ_ENOMEM;
    *inner = (rq_framework_model){.arena = source->arena,
                                  .parent = source,
                                  .framework = source->framework,
                                  .path = source->path,
                                  .name = ""};
    *out = inner;
    return RQ_OK;
}

/* One model a region; models[0] is the whole. */
static rq_status make_models(rq_framework_model ***out, rq_framework_model *source,
                             const rq_tf_graph *graph)
{
    size_t n = graph->n_regions ? graph->n_regions : 1;
    rq_framework_model **models = rq_arena_alloc(source->arena, n, sizeof *models);
    if (!models) return RQ_ENOMEM;
    models[0] = source;
    for (size_t r = 1; r < n; r++) RQ_TRY(make_model(&models[r], source));
    for (size_t r = 1; r < n; r++)
        models[r]->parent = models[graph->nodes[graph->regions[r].owner].region];
    *out = models;
    return RQ_OK;
}

static rq_status name_ports(rq_framework_model *inner, rq_tf_graph *graph,
                            const rq_tf_region *region)
{
    rq_tensor unknown = {RQ_DT_UNDEFINED, {.rank = -1}, NULL};
    for (uint32_t k = 0; k < region->n_parameters; k++) {
        rq_tf_port p = region->parameters[k];
        const char *name = rq_tf_value_name(graph, &graph->nodes[p.node], p.output);
        if (!name) return RQ_ENOMEM;
        RQ_TRY(rq_framework_model_add_input(inner, name, unknown.dtype, &unknown.shape));
    }
    for (uint32_t k = 0; k < region->n_results; k++) {
        rq_tf_port p = region->results[k];
        const char *name = rq_tf_value_name(graph, &graph->nodes[p.node], p.output);
        if (!name) return RQ_ENOMEM;
        RQ_TRY(rq_framework_model_add_output(inner, name));
    }
    return RQ_OK;
}

static rq_status add_graphs(rq_framework_model *source, rq_framework_model **models,
                            rq_framework_node *node, rq_tf_graph *graph, const rq_tf_node *from)
{
    for (uint32_t r = 0; from->first_region && r < 2; r++) {
        const rq_tf_region *region = &graph->regions[from->first_region + r];
        rq_framework_model *inner = models[from->first_region + r];
        rq_framework_attr *attr;
        RQ_TRY(name_ports(inner, graph, region));
        RQ_TRY(rq_framework_model_add_attr(&attr, source, node, region->attr, RQ_FRAMEWORK_GRAPH));
        attr->graph = inner;
    }
    return RQ_OK;
}

/* -- nodes ----------------------------------------------------------------------------------- */

static rq_status emit_node(rq_framework_model **models, rq_tf_graph *graph, const rq_tf_node *from)
{
    rq_framework_model *source = models[from->region];
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
        node->out[k] = from->wanted && !from->wanted[k] ? "" : rq_tf_value_name(graph, from, k);
        if (!node->out[k]) return RQ_ENOMEM;
    }
    RQ_TRY(rq_tf_add_attrs(source, node, graph, from));
    return add_graphs(source, models, node, graph, from);
}

/* A constant whose type an IR lacks (a message's text) stays a node. */
static rq_status emit_const(rq_framework_model **models, rq_tf_graph *graph, rq_tf_node *node)
{
    const Tf__AttrValue *value = rq_tf_find_attr(node->def, "value");
    if (!value || !value->tensor)
        return rq_fail(RQ_EFORMAT, "%s: constant '%s' has no value", graph->path, node->name);
    if (value->tensor->dtype != TF__DATA_TYPE__DT_COMPLEX64 &&
        rq_dtype_bits(rq_tf_dtype(value->tensor->dtype)) < 8)
        return emit_node(models, graph, node);
    RQ_TRY(rq_tf_tensor(&node->value, graph, value->tensor, node->name));
    return rq_framework_model_add_constant(models[0], node->name, &node->value);
}

/* Constants are the whole model's, wherever they are read. */
static rq_status emit(rq_framework_model **models, rq_tf_graph *graph, rq_tf_node *node)
{
    if (node->value.data)
        return rq_framework_model_add_constant(models[0], node->name, &node->value);
    if (rq_tf_is_input(node->def)) return rq_tf_emit_inputs(models[0], graph, node);
    if (!strcmp(node->def->op, "Const")) return emit_const(models, graph, node);
    if (!strcmp(node->def->op, "State") && node->region) return RQ_OK; /* its model's input */
    return emit_node(models, graph, node);
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
    rq_framework_model **models;
    count_outputs(graph);
    RQ_TRY(find_wanted(graph));
    RQ_TRY(make_models(&models, source, graph));
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i].needed && !graph->nodes[i].results)
            RQ_TRY(emit(models, graph, &graph->nodes[i]));
    for (size_t i = 0; i < graph->n_outputs; i++)
        RQ_TRY(emit_output(source, graph, &graph->outputs[i]));
    return RQ_OK;
}
