/* Which layers the user keeps out of quantization, and how a plan to follow quantizes others. */
#ifndef RQ_QUANT_PLACEMENT_IGNORED_SCOPE_H
#define RQ_QUANT_PLACEMENT_IGNORED_SCOPE_H

#include "engine/ops/bind.h"
#include "quant/placement/precision.h"

/* What a plan file says of one layer. */
typedef struct rq_precision_rule {
    const char *layer;
    rq_precision precision;
    const char *reason; /* why, of a layer that is left alone */
} rq_precision_rule;

/* The user's rules: layer names, whole or as tables show them (shown_name.h), POSIX extended
 * regular expressions that must match from the start of the name (as NNCF's patterns do), and IR
 * layer types. Each borrowed. */
typedef struct rq_ignored_scope {
    const char *const *names, *const *patterns, *const *types;
    size_t n_names, n_patterns, n_types;
    const rq_precision_rule *rules;
    size_t n_rules;
    const bool *listed; /* by node id: a plan to follow gives it codes to read, as plans of 0.1.0
                           do to layers without an INT8 kernel; NULL: none */
    bool only_rules;    /* the rules tell all: known patterns are not looked for */
} rq_ignored_scope;

/* reasons[node id]: NULL, or why the layer stays in floating point (borrowed from `arena`, from the
 * scope's rules, or static). precisions[node id]: how it is quantized if it is; changed where
 * a rule says so. A rule that matches
 * no layer is RQ_EARG with the nearest name. */
rq_status rq_ignored_scope_apply(const char **reasons, rq_precision *precisions,
                                 const rq_graph *graph, const rq_ignored_scope *scope,
                                 rq_arena *arena);

#endif
