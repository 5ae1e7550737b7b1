#include "engine/import/tensorflow/graph/tf_graph.h"

#include <string.h>

#define MAX_REGION_DEPTH 64

/* -- what nodes depend on -------------------------------------------------------------------- */

uint32_t rq_tf_count_reads(const rq_tf_graph *graph, const rq_tf_node *node)
{
    uint32_t n = node->n_in + node->n_next;
    for (uint32_t r = 0; node->first_region && r < 2; r++)
        n += graph->regions[node->first_region + r].n_results;
    return n;
}

rq_tf_port *rq_tf_read(const rq_tf_graph *graph, const rq_tf_node *node, uint32_t k)
{
    if (k < node->n_in + node->n_next) return &node->in[k];
    const rq_tf_region *region = &graph->regions[node->first_region];
    k -= node->n_in + node->n_next;
    return k < region->n_results ? &region->results[k] : &region[1].results[k - region->n_results];
}

rq_status rq_tf_resolve_regions(rq_tf_graph *graph)
{
    for (size_t r = 0; r < graph->n_regions; r++)
        for (uint32_t k = 0; k < graph->regions[r].n_results; k++)
            RQ_TRY(rq_tf_graph_resolve(&graph->regions[r].results[k], graph));
    return RQ_OK;
}

/* -- making ---------------------------------------------------------------------------------- */

rq_status rq_tf_add_regions(rq_tf_graph *graph, uint32_t owner, const char *first,
                            const char *second)
{
    if (graph->n_regions == 0) { /* the graph's own number */
        RQ_TRY(rq_grow(&graph->regions, &graph->cap_regions, 0, sizeof *graph->regions, "loops"));
        graph->regions[graph->n_regions++] = (rq_tf_region){0};
    }
    graph->nodes[owner].first_region = (uint32_t)graph->n_regions;
    for (int k = 0; k < 2; k++) {
        RQ_TRY(rq_grow(&graph->regions, &graph->cap_regions, graph->n_regions,
                       sizeof *graph->regions, "loops"));
        graph->regions[graph->n_regions++] =
            (rq_tf_region){.owner = owner, .attr = k ? second : first};
    }
    return RQ_OK;
}

static rq_status make_def(Tf__NodeDef **out, rq_tf_graph *graph, const char *name, const char *op)
{
    Tf__NodeDef *def = rq_arena_alloc(graph->arena, 1, sizeof *def);
    char *own = rq_arena_strdup(graph->arena, name), *type = rq_arena_strdup(graph->arena, op);
    if (!def || !own || !type) return RQ_ENOMEM;
    tf__node_def__init(def);
    def->name = own;
    def->op = type;
    *out = def;
    return RQ_OK;
}

rq_status rq_tf_make_node(uint32_t *out, rq_tf_graph *graph, const char *name, const char *op,
                          uint32_t region)
{
    Tf__NodeDef *def;
    if (rq_map_get(graph->names, name) != RQ_NONE)
        name = rq_arena_printf(graph->arena, "%s#%zu", name, graph->n_nodes);
    if (!name) return RQ_ENOMEM;
    if (graph->n_nodes >= graph->file_size)
        return rq_fail(RQ_EFORMAT, "%s: loops make more than %zu nodes", graph->path,
                       graph->file_size);
    RQ_TRY(make_def(&def, graph, name, op));
    RQ_TRY(rq_grow(&graph->nodes, &graph->capacity, graph->n_nodes, sizeof *graph->nodes, "nodes"));
    *out = (uint32_t)graph->n_nodes;
    graph->nodes[graph->n_nodes] =
        (rq_tf_node){.name = def->name, .def = def, .region = region, .made = true};
    graph->n_nodes++;
    return rq_map_put(graph->names, def->name, *out);
}

rq_status rq_tf_remake_node(rq_tf_graph *graph, uint32_t node, const char *op)
{
    Tf__NodeDef *def;
    RQ_TRY(make_def(&def, graph, graph->nodes[node].name, op));
    graph->nodes[node].def = def;
    graph->nodes[node].made = true;
    return RQ_OK;
}

rq_status rq_tf_check_nesting(const rq_tf_graph *graph, uint32_t depth)
{
    if (depth <= MAX_REGION_DEPTH) return RQ_OK;
    return rq_fail(RQ_EUNSUPPORTED, "%s: loops and conditions nested more than %d deep",
                   graph->path, MAX_REGION_DEPTH);
}

rq_status rq_tf_check_depth(const rq_tf_graph *graph)
{
    for (size_t r = 1; r < graph->n_regions; r++) {
        uint32_t depth = 0;
        for (uint32_t at = (uint32_t)r; at && depth <= MAX_REGION_DEPTH; depth++)
            at = graph->nodes[graph->regions[at].owner].region;
        RQ_TRY(rq_tf_check_nesting(graph, depth));
    }
    return RQ_OK;
}

/* -- functions ------------------------------------------------------------------------------- */

rq_status rq_tf_expand_region(rq_tf_graph *graph, uint32_t i, const Tf__FunctionDef *function,
                              const rq_tf_call *call)
{
    RQ_TRY(rq_tf_expand(graph, i, function, call));
    rq_tf_region *region = &graph->regions[call->region];
    rq_tf_node *node = &graph->nodes[i];
    region->results = node->results;
    region->n_results = node->n_results;
    node->results = NULL;
    node->n_results = 0;
    return RQ_OK;
}

rq_status rq_tf_expand_if(rq_tf_graph *graph, uint32_t i)
{
    static const char *const names[] = {"then_branch", "else_branch"};
    const Tf__FunctionDef *functions[2];
    for (int k = 0; k < 2; k++) {
        const rq_tf_node *node = &graph->nodes[i];
        functions[k] = rq_tf_function_attr(graph, node->def, names[k]);
        if (!functions[k] || node->n_in < 1)
            return rq_fail(RQ_EFORMAT, "%s: node '%s' (%s) has no condition or no %s", graph->path,
                           node->name, node->def->op, names[k]);
    }
    RQ_TRY(rq_tf_add_regions(graph, i, names[0], names[1]));
    uint32_t first = graph->nodes[i].first_region;
    for (uint32_t k = 0; k < 2; k++) {
        const rq_tf_node *node = &graph->nodes[i];
        const rq_tf_call call = {node->in + 1, node->n_in - 1, first + k};
        RQ_TRY(rq_tf_expand_region(graph, i, functions[k], &call));
    }
    const rq_tf_region *then = &graph->regions[first];
    if (then[0].n_results != then[1].n_results)
        return rq_fail(RQ_EFORMAT, "%s: the branches of node '%s' give %u and %u results",
                       graph->path, graph->nodes[i].name, then[0].n_results, then[1].n_results);
    graph->nodes[i].n_in = 1;
    return RQ_OK;
}

/* A node for each of the loop's states. */
static rq_status make_parameters(rq_tf_graph *graph, uint32_t region)
{
    const rq_tf_node *node = &graph->nodes[graph->regions[region].owner];
    const char *owner = node->name;
    uint32_t n = node->n_in;
    rq_tf_port *parameters = rq_arena_alloc(graph->arena, n, sizeof *parameters);
    if (!parameters) return RQ_ENOMEM;
    for (uint32_t k = 0; k < n; k++) {
        const char *name =
            rq_arena_printf(graph->arena, "%s/%s/state_%u", owner, graph->regions[region].attr, k);
        if (!name) return RQ_ENOMEM;
        parameters[k].output = 0;
        RQ_TRY(rq_tf_make_node(&parameters[k].node, graph, name, "State", region));
    }
    graph->regions[region].parameters = parameters;
    graph->regions[region].n_parameters = n;
    return RQ_OK;
}

rq_status rq_tf_expand_while(rq_tf_graph *graph, uint32_t i)
{
    static const char *const names[] = {"cond", "body"};
    const Tf__FunctionDef *functions[2];
    for (int k = 0; k < 2; k++) {
        functions[k] = rq_tf_function_attr(graph, graph->nodes[i].def, names[k]);
        if (!functions[k]) return RQ_OK;
    }
    RQ_TRY(rq_tf_add_regions(graph, i, names[0], names[1]));
    uint32_t first = graph->nodes[i].first_region;
    for (uint32_t k = 0; k < 2; k++) {
        RQ_TRY(make_parameters(graph, first + k));
        const rq_tf_region *region = &graph->regions[first + k];
        const rq_tf_call call = {region->parameters, region->n_parameters, first + k};
        RQ_TRY(rq_tf_expand_region(graph, i, functions[k], &call));
    }
    const rq_tf_region *cond = &graph->regions[first];
    if (cond[0].n_results != 1 || cond[1].n_results != graph->nodes[i].n_in)
        return rq_fail(RQ_EFORMAT, "%s: the functions of node '%s' give %u and %u results for %u",
                       graph->path, graph->nodes[i].name, cond[0].n_results, cond[1].n_results,
                       graph->nodes[i].n_in);
    return RQ_OK;
}

/* -- states that do not change --------------------------------------------------------------- */

static bool same(rq_tf_port a, rq_tf_port b)
{
    return a.node == b.node && a.output == b.output;
}

/* A loop inside gives what it began with. */
static bool is_unchanged(const rq_tf_graph *graph, const rq_tf_node *node, uint32_t k)
{
    const rq_tf_region *body = node->first_region ? &graph->regions[node->first_region + 1] : NULL;
    return body && k < body->n_parameters && same(body->results[k], node->in[k]);
}

/* Past nodes that only pass a value on. */
static rq_tf_port source_of(const rq_tf_graph *graph, rq_tf_port port)
{
    for (size_t steps = 0; steps < graph->n_nodes; steps++) {
        const rq_tf_node *node = &graph->nodes[port.node];
        if (!strcmp(node->def->op, "Identity") && node->n_in == 1)
            port = node->in[0];
        else if (is_unchanged(graph, node, port.output))
            port = node->in[port.output];
        else
            break;
    }
    return port;
}

static rq_status lead_to(rq_tf_graph *graph, rq_tf_port parameter, const rq_tf_port *to)
{
    rq_tf_node *node = &graph->nodes[parameter.node];
    uint32_t n = parameter.output + 1;
    node->results = rq_arena_alloc(graph->arena, n, sizeof *node->results);
    if (!node->results) return RQ_ENOMEM;
    for (uint32_t k = 0; k < n; k++) node->results[k] = *to;
    node->n_results = n;
    return RQ_OK;
}

static rq_status find_invariants_of(bool *found, rq_tf_graph *graph, const rq_tf_node *node)
{
    rq_tf_region *cond = &graph->regions[node->first_region], *body = cond + 1;
    for (uint32_t k = 0; k < node->n_in; k++) {
        rq_tf_port end = source_of(graph, body->results[k]);
        if (!same(end, body->parameters[k]) || same(body->results[k], node->in[k])) continue;
        body->results[k] = node->in[k];
        RQ_TRY(lead_to(graph, body->parameters[k], &node->in[k]));
        RQ_TRY(lead_to(graph, cond->parameters[k], &node->in[k]));
        *found = true;
    }
    return RQ_OK;
}

/* Inner loops first or outer ones: as many rounds as loops are deep. */
rq_status rq_tf_find_invariants(rq_tf_graph *graph)
{
    for (bool found = true; found;) {
        found = false;
        for (size_t i = 0; i < graph->n_nodes; i++) {
            const rq_tf_node *node = &graph->nodes[i];
            if (node->first_region && graph->regions[node->first_region].n_parameters)
                RQ_TRY(find_invariants_of(&found, graph, node));
        }
        RQ_TRY(rq_tf_graph_resolve_all(graph));
    }
    return RQ_OK;
}
