#include "quant/placement/ignored_scope.h"

#include "engine/base/choice.h"
#include "quant/placement/shown_name.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

static rq_status no_match(const rq_graph *graph, const char *kind, const char *rule, bool by_type)
{
    const char **known;
    RQ_TRY(rq_calloc(&known, graph->n_nodes, sizeof *known, "layer names"));
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]) known[i] = by_type ? graph->nodes[i]->type : graph->nodes[i]->name;
    rq_status status =
        rq_choice_fail(RQ_EARG, rule, known, graph->n_nodes,
                       "no layer of %s matches the ignored %s '%s'", graph->path, kind, rule);
    free(known);
    return status;
}

/* A whole name, or the part of one that tables show. */
static rq_status apply_name(const char **reasons, const rq_graph *graph, const char *rule,
                            rq_arena *arena)
{
    const rq_node *node = rq_graph_find(graph, rule);
    if (!node) RQ_TRY(rq_shown_name_find(&node, graph, rule));
    if (!node) return no_match(graph, "name", rule, false);
    reasons[node->id] = rq_arena_printf(arena, "ignored name '%s'", rule);
    return reasons[node->id] ? RQ_OK : RQ_ENOMEM;
}

static rq_status apply_type(const char **reasons, const rq_graph *graph, const char *rule,
                            rq_arena *arena)
{
    size_t hits = 0;
    const char *reason = rq_arena_printf(arena, "ignored type '%s'", rule);
    if (!reason) return RQ_ENOMEM;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node || strcmp(node->type, rule) != 0) continue;
        reasons[i] = reason;
        hits++;
    }
    return hits ? RQ_OK : no_match(graph, "type", rule, true);
}

static rq_status apply_pattern(const char **reasons, const rq_graph *graph, const char *rule,
                               rq_arena *arena)
{
    regex_t regex;
    int code = regcomp(&regex, rule, REG_EXTENDED);
    if (code != 0) {
        char text[128];
        regerror(code, &regex, text, sizeof text);
        return rq_fail(RQ_EARG, "ignored pattern '%s': %s", rule, text);
    }
    size_t hits = 0;
    const char *reason = rq_arena_printf(arena, "ignored pattern '%s'", rule);
    for (size_t i = 0; reason && i < graph->n_nodes; i++) {
        regmatch_t match;
        const rq_node *node = graph->nodes[i];
        if (!node || regexec(&regex, node->name, 1, &match, 0) != 0 || match.rm_so != 0) continue;
        reasons[i] = reason;
        hits++;
    }
    regfree(&regex);
    if (!reason) return RQ_ENOMEM;
    return hits ? RQ_OK : no_match(graph, "pattern", rule, false);
}

static rq_status apply_rule(const char **reasons, rq_precision *precisions, const rq_graph *graph,
                            const rq_precision_rule *rule)
{
    const rq_node *node = rq_graph_find(graph, rule->layer);
    if (!node) return no_match(graph, "name", rule->layer, false);
    precisions[node->id] = rule->precision;
    if (rule->precision == RQ_PRECISION_FP32) reasons[node->id] = rule->reason;
    return RQ_OK;
}

rq_status rq_ignored_scope_apply(const char **reasons, rq_precision *precisions,
                                 const rq_graph *graph, const rq_ignored_scope *scope,
                                 rq_arena *arena)
{
    for (size_t i = 0; i < scope->n_rules; i++)
        RQ_TRY(apply_rule(reasons, precisions, graph, &scope->rules[i]));
    for (size_t i = 0; i < scope->n_names; i++)
        RQ_TRY(apply_name(reasons, graph, scope->names[i], arena));
    for (size_t i = 0; i < scope->n_types; i++)
        RQ_TRY(apply_type(reasons, graph, scope->types[i], arena));
    for (size_t i = 0; i < scope->n_patterns; i++)
        RQ_TRY(apply_pattern(reasons, graph, scope->patterns[i], arena));
    return RQ_OK;
}
