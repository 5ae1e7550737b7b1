/* Which layers the user or a known pattern keeps out of quantization. */
#ifndef RQ_QUANT_SCOPE_H
#define RQ_QUANT_SCOPE_H

#include "engine/ops/bind.h"

/* The user's rules: exact layer names, POSIX extended regular expressions that must match from the
 * start of the name (as NNCF's patterns do), and IR layer types. Each borrowed. */
typedef struct rq_scope {
    const char *const *names, *const *patterns, *const *types;
    size_t n_names, n_patterns, n_types;
} rq_scope;

/* reasons[node id]: NULL, or why the layer stays in floating point (borrowed from `arena` or
 * static). A rule that matches no layer is RQ_EARG with the nearest name. */
rq_status rq_scope_apply(const char **reasons, const rq_graph *graph, const rq_scope *scope,
                         rq_arena *arena);

#endif
