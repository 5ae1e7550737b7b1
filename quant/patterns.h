/* Sub-networks that quantization leaves alone or treats as one operator: a table of recognisers. */
#ifndef RQ_QUANT_PATTERNS_H
#define RQ_QUANT_PATTERNS_H

#include "engine/ops/bind.h"

typedef struct rq_pattern_context {
    const rq_bound *bound;
    const rq_uses *uses;
    const char **reasons; /* by node id: why the layer stays in floating point */
} rq_pattern_context;

typedef struct rq_pattern {
    const char *name, *help;
    /* Looks at one node as the end of the pattern; sets reasons of the nodes it covers. */
    void (*match)(const rq_pattern_context *ctx, const rq_node *node);
} rq_pattern;

/* Runs every recogniser over every node. */
void rq_patterns_apply(const rq_pattern_context *ctx);

#endif
