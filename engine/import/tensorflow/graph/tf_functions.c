/* A graph's nodes from the file, and functions' in place of the nodes that call them. */
#include "engine/import/tensorflow/graph/tf_graph.h"
#include "engine/import/tensorflow/graph/tf_input_text.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CALL_DEPTH 64
#define MAX_PREFIX 500 /* of inlined nodes' names, which are copies */

/* Where names of a graph's or a function's inputs lead. */
typedef struct scope {
    const char *prefix; /* "" or ending in '/' */
    uint32_t first;     /* node of nodes[0] */
    Tf__NodeDef **nodes;
    size_t n_nodes;
    rq_map *by_name;                 /* -> nodes */
    const Tf__FunctionDef *function; /* NULL: the graph itself */
    rq_map *arguments;               /* -> given */
    const rq_tf_port *given;         /* what the function is called with */
    uint32_t n_given;
    uint32_t caller;
    uint32_t region;
} scope;

/* -- nodes ----------------------------------------------------------------------------------- */

static const char *name_node(rq_tf_graph *graph, const char *prefix, const char *name)
{
    const char *full = rq_arena_printf(graph->arena, "%s%s", prefix, name);
    if (full && rq_map_get(graph->names, full) != RQ_NONE)
        full = rq_arena_printf(graph->arena, "%s#%zu", full, graph->n_nodes);
    return full;
}

static rq_status add_node(rq_tf_graph *graph, scope *in, const Tf__NodeDef *def, int depth)
{
    if (!def->name || !*def->name || !def->op)
        return rq_fail(RQ_EFORMAT, "%s: a node without %s", graph->path,
                       def->op ? "a name" : "an operator");
    if (strlen(def->name) > RQ_TF_MAX_NAME)
        return rq_fail(RQ_EFORMAT, "%s: a node's name of more than %d characters: '%.64s...'",
                       graph->path, RQ_TF_MAX_NAME, def->name);
    if (graph->n_nodes >= graph->file_size)
        return rq_fail(RQ_EFORMAT, "%s: functions that call each other make more than %zu nodes",
                       graph->path, graph->file_size);
    if (rq_map_get(in->by_name, def->name) != RQ_NONE)
        return rq_fail(RQ_EFORMAT, "%s: two nodes are called '%s'", graph->path, def->name);
    RQ_TRY(rq_grow(&graph->nodes, &graph->capacity, graph->n_nodes, sizeof *graph->nodes, "nodes"));
    const char *name = name_node(graph, in->prefix, def->name);
    uint32_t i = (uint32_t)graph->n_nodes;
    if (!name) return RQ_ENOMEM;
    graph->nodes[i] = (rq_tf_node){.name = name, .def = def, .depth = depth, .region = in->region};
    RQ_TRY(rq_map_put(graph->names, name, i));
    RQ_TRY(rq_map_put(in->by_name, def->name, i));
    graph->n_nodes++;
    return RQ_OK;
}

static const Tf__FunctionDef *find_function(const rq_tf_graph *graph, const char *name)
{
    uint32_t i = rq_map_get(graph->functions, name);
    return i == RQ_NONE ? NULL : graph->library->function[i];
}

/* Output arguments of a function that is an operator of its own name. */
static uint32_t output_place(const rq_tf_graph *graph, const char *op, const char *argument)
{
    const Tf__FunctionDef *function = *argument ? find_function(graph, op) : NULL;
    for (size_t i = 0; function && i < function->signature->n_output_arg; i++) {
        const char *name = function->signature->output_arg[i]->name;
        if (name && !strcmp(name, argument)) return (uint32_t)i;
    }
    return rq_tf_output_place(op, argument);
}

static rq_status find_input(rq_tf_port *out, const rq_tf_graph *graph, const scope *in,
                            const char *text, const char *reader)
{
    rq_tf_input_text parts;
    if (!rq_tf_split_input(&parts, text))
        return rq_fail(RQ_EFORMAT, "%s: node '%s': '%.64s' is no input", graph->path, reader, text);
    uint32_t argument = in->arguments ? rq_map_get(in->arguments, parts.name) : RQ_NONE;
    if (argument != RQ_NONE) {
        if (argument >= in->n_given)
            return rq_fail(RQ_EFORMAT,
                           "%s: '%s' calls a function of more arguments than its %u "
                           "inputs",
                           graph->path, graph->nodes[in->caller].name, in->n_given);
        *out = in->given[argument];
        return RQ_OK;
    }
    uint32_t i = rq_map_get(in->by_name, parts.name);
    if (i == RQ_NONE)
        return rq_fail(RQ_EFORMAT, "%s: node '%s' reads '%s', which is not there", graph->path,
                       reader, parts.name);
    uint32_t place = output_place(graph, graph->nodes[i].def->op, parts.argument);
    *out = (rq_tf_port){i, parts.output + place};
    return RQ_OK;
}

/* Control inputs ("^name") order what has effects; a model that is used has none. */
static rq_status read_inputs(rq_tf_graph *graph, const scope *in, uint32_t i)
{
    const Tf__NodeDef *def = graph->nodes[i].def;
    rq_tf_port *ports = rq_arena_alloc(graph->arena, def->n_input, sizeof *ports);
    uint32_t n = 0;
    if (!ports) return RQ_ENOMEM;
    for (size_t k = 0; k < def->n_input; k++) {
        if (*def->input[k] == '^') continue;
        RQ_TRY(find_input(&ports[n++], graph, in, def->input[k], def->name));
    }
    graph->nodes[i].in = ports;
    graph->nodes[i].n_in = n;
    return RQ_OK;
}

static rq_status add_nodes(rq_tf_graph *graph, scope *in, int depth)
{
    in->first = (uint32_t)graph->n_nodes;
    RQ_TRY(rq_map_create(&in->by_name));
    for (size_t i = 0; i < in->n_nodes; i++) RQ_TRY(add_node(graph, in, in->nodes[i], depth));
    for (size_t i = 0; i < in->n_nodes; i++)
        RQ_TRY(read_inputs(graph, in, in->first + (uint32_t)i));
    return RQ_OK;
}

static rq_status index_functions(rq_tf_graph *graph)
{
    RQ_TRY(rq_map_create(&graph->functions));
    for (size_t i = 0; graph->library && i < graph->library->n_function; i++) {
        const Tf__OpDef *signature = graph->library->function[i]->signature;
        if (!signature || !signature->name)
            return rq_fail(RQ_EFORMAT, "%s: function %zu has no name", graph->path, i);
        RQ_TRY(rq_map_put(graph->functions, signature->name, (uint32_t)i));
    }
    return RQ_OK;
}

rq_status rq_tf_add_graph(rq_tf_graph *graph, const Tf__GraphDef *def)
{
    graph->library = def->library;
    RQ_TRY(index_functions(graph));
    scope whole = {.prefix = "", .nodes = def->node, .n_nodes = def->n_node};
    rq_status status = add_nodes(graph, &whole, 0);
    rq_map_destroy(&whole.by_name);
    return status;
}

/* -- functions ------------------------------------------------------------------------------- */

static rq_status add_results(rq_tf_graph *graph, const scope *in)
{
    const Tf__FunctionDef *function = in->function;
    size_t n = function->signature->n_output_arg;
    rq_tf_port *results = rq_arena_alloc(graph->arena, n, sizeof *results);
    rq_map *rets;
    rq_status status = RQ_OK;
    if (!results) return RQ_ENOMEM;
    RQ_TRY(rq_map_create(&rets));
    for (size_t i = 0; i < function->n_ret; i++)
        if (function->ret[i]->key && function->ret[i]->value)
            RQ_TRY_GOTO(rq_map_put(rets, function->ret[i]->key, (uint32_t)i), out);
    for (size_t i = 0; i < n; i++) {
        const char *name = function->signature->output_arg[i]->name;
        uint32_t ret = rq_map_get(rets, name ? name : "");
        if (ret == RQ_NONE) {
            status = rq_fail(RQ_EFORMAT, "%s: function '%s' does not return its output %zu",
                             graph->path, function->signature->name, i);
            goto out;
        }
        RQ_TRY_GOTO(find_input(&results[i], graph, in, function->ret[ret]->value,
                               function->signature->name),
                    out);
    }
    graph->nodes[in->caller].results = results;
    graph->nodes[in->caller].n_results = (uint32_t)n;
out:
    rq_map_destroy(&rets);
    return status;
}

/* "model/conv/StatefulPartitionedCall" -> "model/conv/": Keras names a layer's scope so. */
static const char *scope_prefix(rq_tf_graph *graph, const char *call)
{
    const char *slash = strrchr(call, '/'), *own = slash ? slash + 1 : call;
    if (strlen(call) > MAX_PREFIX) return "";
    if (rq_starts_with(own, "StatefulPartitionedCall") || rq_starts_with(own, "PartitionedCall"))
        return slash ? rq_arena_strndup(graph->arena, call, (size_t)(own - call)) : "";
    return rq_arena_printf(graph->arena, "%s/", call);
}

static rq_status expand_body(rq_tf_graph *graph, scope *in, int depth)
{
    const Tf__OpDef *signature = in->function->signature;
    RQ_TRY(rq_map_create(&in->arguments));
    for (size_t i = 0; i < signature->n_input_arg; i++)
        if (signature->input_arg[i]->name)
            RQ_TRY(rq_map_put(in->arguments, signature->input_arg[i]->name, (uint32_t)i));
    RQ_TRY(add_nodes(graph, in, depth));
    return add_results(graph, in);
}

const Tf__FunctionDef *rq_tf_function(const rq_tf_graph *graph, const char *name)
{
    return name ? find_function(graph, name) : NULL;
}

const Tf__FunctionDef *rq_tf_function_attr(const rq_tf_graph *graph, const Tf__NodeDef *def,
                                           const char *name)
{
    const Tf__AttrValue *f = rq_tf_find_attr(def, name);
    return f && f->func ? rq_tf_function(graph, f->func->name) : NULL;
}

/* The function that the node is a call of; NULL when it is none. */
static const Tf__FunctionDef *called_function(const rq_tf_graph *graph, const Tf__NodeDef *def)
{
    if (!strcmp(def->op, "PartitionedCall") || !strcmp(def->op, "StatefulPartitionedCall"))
        return rq_tf_function_attr(graph, def, "f");
    return find_function(graph, def->op);
}

rq_status rq_tf_expand(rq_tf_graph *graph, uint32_t i, const Tf__FunctionDef *function,
                       const rq_tf_call *call)
{
    int depth = graph->nodes[i].depth + 1;
    if (depth > MAX_CALL_DEPTH)
        return rq_fail(RQ_EFORMAT,
                       "%s: function '%s' is called more than %d calls deep: "
                       "functions that call themselves cannot be converted",
                       graph->path, function->signature->name, MAX_CALL_DEPTH);
    scope in = {.prefix = scope_prefix(graph, graph->nodes[i].name),
                .function = function,
                .nodes = function->node_def,
                .n_nodes = function->n_node_def,
                .given = call->given,
                .n_given = call->n_given,
                .region = call->region,
                .caller = i};
    if (!in.prefix) return RQ_ENOMEM;
    rq_status status = expand_body(graph, &in, depth);
    rq_map_destroy(&in.by_name);
    rq_map_destroy(&in.arguments);
    return status;
}

static rq_status expand_call(rq_tf_graph *graph, uint32_t i)
{
    const rq_tf_node *node = &graph->nodes[i];
    if (!strcmp(node->def->op, "If") || !strcmp(node->def->op, "StatelessIf"))
        return rq_tf_expand_if(graph, i);
    if (!strcmp(node->def->op, "Case") || !strcmp(node->def->op, "StatelessCase"))
        return rq_tf_expand_case(graph, i);
    if (!strcmp(node->def->op, "While") || !strcmp(node->def->op, "StatelessWhile"))
        return rq_tf_expand_while(graph, i);
    const Tf__FunctionDef *function = called_function(graph, node->def);
    const rq_tf_call call = {node->in, node->n_in, node->region};
    return function ? rq_tf_expand(graph, i, function, &call) : RQ_OK;
}

/* -- calls ----------------------------------------------------------------------------------- */

/* Calls on a stack of those that are to be expanded. */
typedef struct calls {
    uint32_t *v;
    size_t n, capacity;
} calls;

static rq_status push(calls *c, rq_tf_port at)
{
    RQ_TRY(rq_grow(&c->v, &c->capacity, c->n, sizeof *c->v, "calls"));
    c->v[c->n++] = at.node;
    return RQ_OK;
}

static rq_status expand_stacked(rq_tf_graph *graph, calls *c)
{
    while (c->n) {
        uint32_t i = c->v[--c->n];
        if (graph->nodes[i].expanded) continue;
        graph->nodes[i].expanded = true;
        RQ_TRY(expand_call(graph, i));
        const rq_tf_node *node = &graph->nodes[i];
        for (uint32_t k = 0; k < node->n_results; k++) RQ_TRY(push(c, node->results[k]));
        for (uint32_t k = 0; k < node->n_in; k++) RQ_TRY(push(c, node->in[k]));
    }
    return RQ_OK;
}

/* What the signature's outputs need comes first: of several calls of the same function (Keras
 * writes one for each way to run the model) its nodes are those that keep their names. */
static rq_status expand_signature(rq_tf_graph *graph)
{
    calls c = {0};
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < graph->signature->n_outputs; i++) {
        const Tf__TensorInfoEntry *entry = graph->signature->outputs[i];
        rq_tf_port at;
        if (!entry->value || !entry->value->name) continue;
        status = rq_tf_graph_find(&at, graph, entry->value->name);
        if (status == RQ_OK) status = push(&c, at);
    }
    if (status == RQ_OK) status = expand_stacked(graph, &c);
    free(c.v);
    return status;
}

rq_status rq_tf_expand_calls(rq_tf_graph *graph)
{
    rq_status status = graph->signature ? expand_signature(graph) : RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < graph->n_nodes; i++) /* bodies come behind */
        if (!graph->nodes[i].expanded) status = expand_call(graph, (uint32_t)i);
    return status;
}
