/* Sub-networks that quantization leaves alone or treats as one operator: a table of recognisers. */
#ifndef RQ_QUANT_PLACEMENT_PATTERNS_H
#define RQ_QUANT_PLACEMENT_PATTERNS_H

#include "engine/ops/bind.h"

typedef struct rq_pattern_context {
    const rq_bound *bound;
    const rq_uses *uses;
    const char **reasons; /* by node id: why the layer stays in floating point */
    const rq_id *gated;   /* by node id: x where the node computes x * gate(x), else RQ_NONE */
} rq_pattern_context;

typedef struct rq_pattern {
    const char *name, *help;
    /* Looks at one node as the end of the pattern; sets reasons of the nodes it covers. */
    void (*match)(const rq_pattern_context *ctx, const rq_node *node);
} rq_pattern;

/* Swish and HSwish written out. gated[node id]: x where the node computes x * gate(x), else
 * RQ_NONE.
 */
void rq_patterns_find_gated(rq_id *gated, const rq_bound *bound);
/* Runs every recogniser over every node. */
void rq_patterns_apply(const rq_pattern_context *ctx);

#endif
