/* Case: one of several branches by number, the last one for numbers that are none's. It becomes as
 * many If in each other. */
#include "engine/import/tensorflow/graph/tf_graph.h"

#include <string.h>

static rq_status make_number(uint32_t *out, rq_tf_graph *graph, const char *name, uint32_t value,
                             uint32_t region)
{
    RQ_TRY(rq_tf_make_node(out, graph, name, "Const", region));
    int32_t *data = rq_arena_alloc(graph->arena, 1, sizeof *data);
    if (!data) return RQ_ENOMEM;
    *data = (int32_t)value;
    graph->nodes[*out].value = (rq_tensor){RQ_DT_I32, RQ_SHAPE_SCALAR, data};
    return RQ_OK;
}

rq_status rq_tf_make_is_branch(rq_tf_port *out, rq_tf_graph *graph, const char *name,
                               rq_tf_port number, uint32_t branch, uint32_t region)
{
    uint32_t value, equal;
    const char *constant = rq_arena_printf(graph->arena, "%s/branch_%u", name, branch);
    const char *compared = rq_arena_printf(graph->arena, "%s/is_branch_%u", name, branch);
    rq_tf_port *in = rq_arena_alloc(graph->arena, 2, sizeof *in);
    if (!constant || !compared || !in) return RQ_ENOMEM;
    RQ_TRY(make_number(&value, graph, constant, branch, region));
    RQ_TRY(rq_tf_make_node(&equal, graph, compared, "Equal", region));
    in[0] = number;
    in[1] = (rq_tf_port){value, 0};
    graph->nodes[equal].in = in;
    graph->nodes[equal].n_in = 2;
    *out = (rq_tf_port){equal, 0};
    return RQ_OK;
}

/* -- the functional form --------------------------------------------------------------------- */

typedef struct expansion {
    rq_tf_graph *graph;
    const Tf__FunctionDef **functions;
    size_t n_functions;
    rq_tf_port number;
    const rq_tf_port *given; /* what all branches get */
    uint32_t n_given;
    const char *name;
    int depth; /* of calls */
} expansion;

static rq_status make_inner(uint32_t *out, const expansion *e, uint32_t region)
{
    RQ_TRY(rq_tf_make_node(out, e->graph, e->name, "If", region));
    e->graph->nodes[*out].depth = e->depth;
    e->graph->nodes[*out].expanded = true;
    return RQ_OK;
}

/* What the inner If gives is what the outer one's other branch does. */
static rq_status hand_on(rq_tf_graph *graph, uint32_t region, uint32_t inner)
{
    const rq_tf_region *then = &graph->regions[graph->nodes[inner].first_region];
    uint32_t n = then->n_results;
    rq_tf_port *results = rq_arena_alloc(graph->arena, n, sizeof *results);
    if (!results) return RQ_ENOMEM;
    for (uint32_t k = 0; k < n; k++) results[k] = (rq_tf_port){inner, k};
    graph->regions[region].results = results;
    graph->regions[region].n_results = n;
    return RQ_OK;
}

/* Branch `k` or one behind it, by the If that `owner` is. */
static rq_status expand_from(const expansion *e, uint32_t owner, size_t k)
{
    rq_tf_graph *graph = e->graph;
    uint32_t inner, base = graph->nodes[owner].region;
    rq_tf_port *condition = rq_arena_alloc(graph->arena, 1, sizeof *condition);
    if (!condition) return RQ_ENOMEM;
    RQ_TRY(rq_tf_make_is_branch(condition, graph, e->name, e->number, (uint32_t)k, base));
    RQ_TRY(rq_tf_add_regions(graph, owner, "then_branch", "else_branch"));
    uint32_t first = graph->nodes[owner].first_region;
    const rq_tf_call then = {e->given, e->n_given, first},
                     other = {e->given, e->n_given, first + 1};
    RQ_TRY(rq_tf_expand_region(graph, owner, e->functions[k], &then));
    if (k + 2 == e->n_functions) {
        RQ_TRY(rq_tf_expand_region(graph, owner, e->functions[k + 1], &other));
    } else {
        RQ_TRY(make_inner(&inner, e, first + 1));
        RQ_TRY(expand_from(e, inner, k + 1));
        RQ_TRY(hand_on(graph, first + 1, inner));
    }
    if (graph->regions[first].n_results != graph->regions[first + 1].n_results)
        return rq_fail(RQ_EFORMAT, "%s: the branches of node '%s' give %u and %u results",
                       graph->path, e->name, graph->regions[first].n_results,
                       graph->regions[first + 1].n_results);
    graph->nodes[owner].in = condition;
    graph->nodes[owner].n_in = 1;
    return RQ_OK;
}

static rq_status find_functions(expansion *e, const Tf__NodeDef *def)
{
    const Tf__AttrValue *list = rq_tf_find_attr(def, "branches");
    e->n_functions = list && list->list ? list->list->n_func : 0;
    e->functions = rq_arena_alloc(e->graph->arena, e->n_functions, sizeof *e->functions);
    if (!e->functions) return RQ_ENOMEM;
    bool found = e->n_functions > 0;
    for (size_t k = 0; k < e->n_functions; k++) {
        e->functions[k] = rq_tf_function(e->graph, list->list->func[k]->name);
        found &= e->functions[k] != NULL;
    }
    if (found) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s: node '%s' (%s) lacks branches", e->graph->path, e->name,
                   def->op);
}

rq_status rq_tf_expand_case(rq_tf_graph *graph, uint32_t i)
{
    const rq_tf_node *node = &graph->nodes[i];
    if (node->n_in < 1)
        return rq_fail(RQ_EFORMAT, "%s: node '%s' (%s) has no number of a branch", graph->path,
                       node->name, node->def->op);
    expansion e = {.graph = graph,
                   .number = node->in[0],
                   .given = node->in + 1,
                   .n_given = node->n_in - 1,
                   .name = node->name,
                   .depth = node->depth};
    RQ_TRY(find_functions(&e, node->def));
    if (e.n_functions == 1) {
        const rq_tf_call only = {e.given, e.n_given, node->region};
        return rq_tf_expand(graph, i, e.functions[0], &only);
    }
    RQ_TRY(rq_tf_check_nesting(graph, (uint32_t)(e.n_functions < 999 ? e.n_functions : 999)));
    RQ_TRY(rq_tf_remake_node(graph, i, "If"));
    graph->nodes[i].made = false;
    return expand_from(&e, i, 0);
}
