/* What is left of the user's rules when layers were folded into others. */
#include "engine/base/callbacks.h"
#include "engine/workbench/preparation.h"

#include <stdlib.h>
#include <string.h>

typedef struct rules {
    const char **v;
    size_t n;
} rules;

/* Does a scope of one rule match a layer? */
static rq_status try_rule(const rq_graph *graph, const rq_ignored_scope *one)
{
    const char **reasons;
    rq_precision *precisions = NULL;
    rq_arena *arena;
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = rq_calloc(&reasons, graph->n_nodes, sizeof *reasons, "rules");
    if (status == RQ_OK)
        status = rq_calloc(&precisions, graph->n_nodes, sizeof *precisions, "rules");
    if (status == RQ_OK) status = rq_ignored_scope_apply(reasons, precisions, graph, one, arena);
    free(reasons);
    free(precisions);
    rq_arena_destroy(&arena);
    return status;
}

/* Keeps the rule unless it matches only layers that are gone. */
static void sift(rules *kept, const char *rule, const char *kind, const rq_workload *w,
                 const rq_ignored_scope *one)
{
    if (try_rule(w->graph, one) == RQ_OK || try_rule(w->as_read, one) != RQ_OK)
        kept->v[kept->n++] = rule;
    else
        rq_log("nothing is left of the ignored %s '%s': the layer was folded into another "
               "(--keep-graph leaves it)",
               kind, rule);
}

/* Layers that had an ignored type and go on, by their name, as another. */
static void add_retyped(rules *names, const char *type, const rq_workload *w)
{
    for (size_t i = 0; i < w->as_read->n_nodes; i++) {
        const rq_node *was = w->as_read->nodes[i];
        const rq_node *is =
            was && !strcmp(was->type, type) ? rq_graph_find(w->graph, was->name) : NULL;
        if (is && strcmp(is->type, type) != 0) names->v[names->n++] = is->name;
    }
}

/* Whether the type was given before: its layers are listed once. */
static bool is_repeated(const rq_ignored_scope *scope, size_t type)
{
    for (size_t i = 0; i < type; i++)
        if (!strcmp(scope->types[i], scope->types[type])) return true;
    return false;
}

rq_status rq_preparation_scope(rq_ignored_scope *scope, const rq_workload *w)
{
    if (!w->as_read) return RQ_OK;
    size_t room = scope->n_names + w->as_read->n_nodes;
    rules names = {rq_arena_alloc(w->arena, room, sizeof *names.v), 0};
    rules patterns = {rq_arena_alloc(w->arena, scope->n_patterns, sizeof *patterns.v), 0};
    rules types = {rq_arena_alloc(w->arena, scope->n_types, sizeof *types.v), 0};
    if (!names.v || !patterns.v || !types.v) return RQ_ENOMEM;
    for (size_t i = 0; i < scope->n_names; i++)
        sift(&names, scope->names[i], "name", w,
             &(rq_ignored_scope){.names = &scope->names[i], .n_names = 1});
    for (size_t i = 0; i < scope->n_patterns; i++)
        sift(&patterns, scope->patterns[i], "pattern", w,
             &(rq_ignored_scope){.patterns = &scope->patterns[i], .n_patterns = 1});
    for (size_t i = 0; i < scope->n_types; i++) {
        size_t had = names.n;
        if (is_repeated(scope, i)) continue;
        add_retyped(&names, scope->types[i], w);
        const rq_ignored_scope one = {.types = &scope->types[i], .n_types = 1};
        if (names.n == had || try_rule(w->graph, &one) == RQ_OK)
            sift(&types, scope->types[i], "type", w, &one);
    }
    scope->names = names.v;
    scope->n_names = names.n;
    scope->patterns = patterns.v;
    scope->n_patterns = patterns.n;
    scope->types = types.v;
    scope->n_types = types.n;
    return RQ_OK;
}
