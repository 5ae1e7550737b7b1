/* Binding a graph: node by node in topological order. */
#include "engine/ops/bind_parts.h"

#include <stdlib.h>

static rq_status make_room(rq_binder *b, const rq_graph *graph)
{
    size_t n_in = 1, n_out = 1;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (node && node->n_in > n_in) n_in = node->n_in;
        if (node && node->n_out > n_out) n_out = node->n_out;
    }
    b->in = rq_arena_alloc(b->bound->arena, n_in, sizeof *b->in);
    b->out = rq_arena_alloc(b->bound->arena, n_out, sizeof *b->out);
    return b->in && b->out ? RQ_OK : RQ_ENOMEM;
}

void rq_bind_drop(rq_bound *bound, rq_id value)
{
    free(bound->folded_data[value]);
    bound->folded_data[value] = NULL;
    bound->values[value].data = NULL;
}

/* Large folded values that only other folded nodes read have served their purpose. */
static void drop_folded(rq_binder *b)
{
    rq_bound *bound = b->bound;
    for (rq_id v = 0; v < bound->graph->n_values; v++) {
        if (!bound->folded_data[v]) continue;
        bool needed = rq_tensor_bytes(&bound->values[v]) <= RQ_SMALL_FOLDED;
        for (uint32_t u = b->uses.first[v]; u < b->uses.first[v + 1]; u++) {
            const rq_bound_node *reader = &bound->nodes[b->uses.uses[u].node];
            needed |= !reader->folded || reader->postponed;
        }
        if (!needed) rq_bind_drop(bound, v);
    }
}

static rq_status bind_graph(rq_binder *b)
{
    rq_bound *bound = b->bound;
    const rq_graph *graph = bound->graph;
    RQ_TRY(rq_arena_create(&bound->arena));
    RQ_TRY(make_room(b, graph));
    RQ_TRY(rq_graph_topo_order(&bound->order, &bound->n_order, graph));
    RQ_TRY(rq_graph_list(&bound->parameters, &bound->n_parameters, graph, "Parameter"));
    RQ_TRY(rq_graph_list(&bound->results, &bound->n_results, graph, "Result"));
    RQ_TRY(rq_calloc(&bound->nodes, graph->n_nodes, sizeof *bound->nodes, "bound nodes"));
    RQ_TRY(rq_calloc(&bound->values, graph->n_values, sizeof *bound->values, "bound values"));
    RQ_TRY(rq_calloc(&bound->folded_data, graph->n_values, sizeof *bound->folded_data,
                     "folded constants"));
    RQ_TRY(rq_uses_create(&b->uses, graph));
    if (b->base) RQ_TRY(rq_bind_find_taken(b));
    for (size_t i = 0; i < bound->n_order; i++)
        RQ_TRY(rq_bind_node(b, graph->nodes[bound->order[i]]));
    drop_folded(b);
    return RQ_OK;
}

rq_status rq_bind_sharing(rq_bound **out, const rq_graph *graph, const rq_bound *base,
                          const rq_input_shape *shapes, size_t n)
{
    *out = NULL;
    RQ_TRY(rq_check_operators(graph));
    RQ_TRY(rq_input_shapes_check(graph, shapes, n));
    rq_bound *bound;
    RQ_TRY(rq_calloc(&bound, 1, sizeof *bound, "a bound graph"));
    bound->graph = graph;
    rq_binder b = {.bound = bound, .base = base, .shapes = shapes, .n_shapes = n};
    rq_status status = bind_graph(&b);
    free(b.is_taken);
    rq_uses_free(&b.uses);
    if (status != RQ_OK) {
        rq_bound_destroy(&bound);
        return status;
    }
    *out = bound;
    return RQ_OK;
}

rq_status rq_bind(rq_bound **out, const rq_graph *graph, const rq_input_shape *shapes, size_t n)
{
    RQ_TRY(rq_bind_sharing(out, graph, NULL, shapes, n));
    rq_status status = rq_bound_fold_all(*out);
    if (status != RQ_OK) rq_bound_destroy(out);
    return status;
}

void rq_bound_destroy(rq_bound **bound)
{
    rq_bound *b = bound ? *bound : NULL;
    if (!b) return;
    if (b->folded_data)
        for (size_t v = 0; v < b->graph->n_values; v++) free(b->folded_data[v]);
    free(b->folded_data);
    free(b->values);
    free(b->nodes);
    free(b->order);
    free(b->parameters);
    free(b->results);
    rq_arena_destroy(&b->arena);
    free(b);
    *bound = NULL;
}
