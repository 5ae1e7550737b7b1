#include "engine/workbench/search/float_rules.h"

#include "engine/base/callbacks.h"

#include <string.h>

rq_status rq_float_rules_add(rq_ignored_scope *scope, const char *layer, const char *reason,
                             rq_arena *arena)
{
    rq_precision_rule *rules = rq_arena_alloc(arena, scope->n_rules + 1, sizeof *rules);
    if (!rules) return RQ_ENOMEM;
    if (scope->n_rules) memcpy(rules, scope->rules, scope->n_rules * sizeof *rules);
    rules[scope->n_rules++] =
        (rq_precision_rule){.layer = layer, .precision = RQ_PRECISION_FP32, .reason = reason};
    scope->rules = rules;
    return RQ_OK;
}

void rq_float_rules_log(const rq_ignored_scope *scope, size_t first)
{
    for (size_t i = first; i < scope->n_rules; i++)
        rq_log("layer '%s' stays in floating point: %s", scope->rules[i].layer,
               scope->rules[i].reason);
}
