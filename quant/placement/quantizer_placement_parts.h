/* The parts of placement, for quantizer_placement*.c only. */
#ifndef RQ_QUANT_PLACEMENT_QUANTIZER_PLACEMENT_PARTS_H
#define RQ_QUANT_PLACEMENT_QUANTIZER_PLACEMENT_PARTS_H

#include "quant/placement/quantizer_placement.h"

/* What one consumer of a value wants. */
typedef enum rq_quantizer_request {
    RQ_REQUEST_NONE,
    RQ_REQUEST_QUANTIZED,
    RQ_REQUEST_FLOAT
} rq_quantizer_request;

typedef struct rq_quantizer_requests {
    uint32_t n_quantized, n_float;
    bool all_per_channel; /* every request comes from a depthwise convolution */
    rq_codes codes;       /* the least that a request can take */
    bool propagated;      /* moved up through its producer: no point of its own */
} rq_quantizer_requests;

typedef struct rq_placer {
    const rq_bound *bound;
    const rq_graph *graph;
    rq_uses uses;
    rq_placement *placement;
    rq_int8_isa isa;
    const bool *listed;             /* by node id: it asks, whatever its kernel; NULL: none does */
    const rq_int8_kernel **kernels; /* by node id; NULL: none */
    const char **reasons;           /* by node id */
    rq_id *gated;                   /* by node id: x where it computes x * gate(x), else RQ_NONE */
    bool *wanted;                   /* by value id: leads to a kernel that asks */
    rq_precision *precisions;       /* by node id: how it would be quantized */
    bool *quantized;    /* by node id: a role that quantizes, and no reason against it */
    bool *weights_only; /* by node id: its weights become integers, its inputs do not */
    bool *pass_through; /* by node id: requests propagate through it */
    bool *blocked;      /* by node id: requests do not propagate through it, whoever asks */
    rq_quantizer_requests *requests; /* by value id */
    uint32_t *group;                 /* by value id: union-find */
    uint32_t *group_size;            /* by group: how many points it will have */
} rq_placer;

/* quantizer_placement_nodes.c: what a node is. Activations carry data worth quantizing: connected,
 * floating point, not constant. */
bool rq_placer_is_activation(const rq_placer *p, const rq_node *node, uint32_t port);
uint32_t rq_placer_count_activations(const rq_placer *p, const rq_node *node);
bool rq_placer_is_weight_port(const rq_placer *p, const rq_node *node, uint32_t port);
bool rq_placer_has_weights(const rq_placer *p, const rq_node *node);
rq_role rq_placer_role_of(const rq_placer *p, const rq_node *node);
bool rq_placer_is_depthwise(const rq_placer *p, const rq_node *node);
/* Whether the node hands codes on, if it gets them: it moves values, and in a form that OpenVINO
 * moves as codes. */
bool rq_placer_moves_codes(const rq_placer *p, const rq_node *node);
/* The input that the node works on behind its producer, in the same kernel: it is an activation, an
 * element-wise layer with a constant, x * gate(x). RQ_NONE: it does no such thing. */
rq_id rq_placer_follows(const rq_placer *p, const rq_node *node);
/* Fills `quantized`, `weights_only` and why others are ignored: needs `reasons` and `precisions`.
 * Sums are left out. */
void rq_placer_choose_quantized(rq_placer *p);

/* quantizer_placement_sums.c: fills `wanted`, decides on sums: those that become part of an INT8
 * convolution, and says of layers that would have to move codes, and cannot, why. */
void rq_placer_choose_sums(rq_placer *p);

/* quantizer_placement_requests.c: what the consumers of values want. */
rq_quantizer_request rq_placer_request_of(const rq_placer *p, const rq_use *use);
uint32_t rq_placer_find_group(rq_placer *p, uint32_t v);
/* Counts the requests on every value, and propagates them upwards through pass-through nodes. */
void rq_placer_propagate(rq_placer *p);
/* Marks slices that requests must not pass; true: requests are to be propagated anew. */
bool rq_placer_block_at_slices(rq_placer *p);
/* All inputs of a Concat share one range, so do all outputs and the input of a moving operator:
 * each such set is one group. */
void rq_placer_unify_scales(rq_placer *p);

#endif
