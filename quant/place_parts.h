/* The parts of placement, for place*.c only. */
#ifndef RQ_QUANT_PLACE_PARTS_H
#define RQ_QUANT_PLACE_PARTS_H

#include "quant/place.h"

/* What one reader of a value wants. */
typedef enum rq_wish { RQ_WISH_NEUTRAL, RQ_WISH_QUANTIZED, RQ_WISH_FLOAT } rq_wish;

typedef struct rq_demand {
    uint32_t n_quantized, n_float;
    bool all_per_channel; /* every request comes from a depthwise convolution */
    bool claimed;         /* moved up through its producer: no point of its own */
} rq_demand;

typedef struct rq_placer {
    const rq_bound *bound;
    const rq_graph *graph;
    rq_uses uses;
    rq_placement *placement;
    const char **reasons;     /* by node id */
    rq_precision *precisions; /* by node id: how it would be quantized */
    bool *quantized;          /* by node id: a role that quantizes, and no reason against it */
    bool *weights_only;       /* by node id: its weights become INT8, its inputs do not */
    bool *transparent;        /* by node id: requests travel through it */
    bool *stops;              /* by node id: requests do not, whoever asks */
    rq_demand *demands;       /* by value id */
    uint32_t *group;          /* by value id: union-find */
    uint32_t *group_size;     /* by group: how many points it will have */
} rq_placer;

/* place_nodes.c: what a node is. Activations carry data worth quantizing: connected, floating
 * point, not constant. */
bool rq_placer_is_activation(const rq_placer *p, const rq_node *node, uint32_t port);
uint32_t rq_placer_count_activations(const rq_placer *p, const rq_node *node);
bool rq_placer_is_weight_port(const rq_placer *p, const rq_node *node, uint32_t port);
rq_role rq_placer_role_of(const rq_placer *p, const rq_node *node);
bool rq_placer_is_depthwise(const rq_placer *p, const rq_node *node);
/* Fills `quantized`, `weights_only` and why others are kept: needs `reasons` and `precisions`. */
void rq_placer_choose_quantized(rq_placer *p);

/* place_demands.c: what the readers of values want. */
rq_wish rq_placer_wish_of(const rq_placer *p, const rq_use *use);
uint32_t rq_placer_find_group(rq_placer *p, uint32_t v);
/* Counts the demands on every value, and moves them up through the nodes that let them through. */
void rq_placer_spread_demands(rq_placer *p);
/* Marks slices that demands must not pass; true: demands are to be spread anew. */
bool rq_placer_stop_at_slices(rq_placer *p);
/* All inputs of a Concat share one range, so do all outputs and the input of a moving operator:
 * each such set is one group. */
void rq_placer_join_concats(rq_placer *p);

#endif
