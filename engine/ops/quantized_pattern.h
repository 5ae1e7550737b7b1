/* How an IR stores constants as integers: codes -> Convert [-> Subtract zero point] -> Multiply by
 * scales. */
#ifndef RQ_OPS_QUANTIZED_PATTERN_H
#define RQ_OPS_QUANTIZED_PATTERN_H

#include "engine/ir/graph.h"

/* Ids of values. */
typedef struct rq_quantized_pattern {
    rq_id codes;
    rq_id numbers;    /* what the Convert makes of them */
    rq_id zero_point; /* RQ_NONE: 0 */
    rq_id scale;
} rq_quantized_pattern;

/* Whether the node converts integers of at most 8 bits, booleans apart, to floating point. */
bool rq_is_integer_convert(const rq_graph *graph, const rq_node *node);

/* The pattern that ends in a Multiply, its codes coming in at input `side` (0, 1). Of types and
 * whether its ends are constant nothing is said. */
bool rq_quantized_pattern_at(rq_quantized_pattern *out, const rq_graph *graph,
                             const rq_node *multiply, uint32_t side);
/* The same with codes that rq_is_integer_convert, at whichever input. */
bool rq_quantized_pattern_find(rq_quantized_pattern *out, const rq_graph *graph,
                               const rq_node *multiply);

#endif
