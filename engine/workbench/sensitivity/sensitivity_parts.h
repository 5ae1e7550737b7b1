/* A plan taken apart: which of its pieces belong to which layer, and plans of some pieces only. */
#ifndef RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_PARTS_H
#define RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_PARTS_H

#include "quant/plan.h"

/* A layer that quantization changes: it has INT8 weights, or reads quantized activations, perhaps
 * through layers that only hand values on (pooling, reshaping, Concat); those then go with it. */
typedef struct rq_part {
    rq_id node;
    bool weights, activations;
    uint8_t *reads;    /* by use (see rq_parts): it is one of this layer's activations */
    uint8_t *affected; /* by node id of the original: may compute something else when the layer
                          changes, or must be computed with such layers */
} rq_part;

typedef struct rq_parts {
    rq_arena *arena;
    const rq_quant_plan *plan;
    const rq_bound *bound;
    size_t n_uses; /* of all activations, numbered in the plan's order */
    rq_part *v;    /* in topological order */
    size_t n;
    uint8_t *boundaries; /* by value id of the original: an affected layer reads it, an unaffected
                         one makes it, for some part */
} rq_parts;

/* `plan` and `bound` are borrowed. */
rq_status rq_parts_create(rq_parts **out, const rq_quant_plan *plan, const rq_bound *bound);
void rq_parts_destroy(rq_parts **parts);

typedef enum rq_variant {
    RQ_VARIANT_WEIGHTS,     /* the layer's weights alone are quantized, all else is FP32 */
    RQ_VARIANT_ACTIVATIONS, /* what it reads alone is quantized */
    RQ_VARIANT_BOTH,        /* the layer alone is quantized */
    RQ_VARIANT_LEFT_OUT,    /* all but the layer is quantized */
    RQ_VARIANTS
} rq_variant;

/* Whether the variant differs from another one of this part. */
bool rq_part_has(const rq_part *part, rq_variant variant);

/* The clone of the original in which only this variant of the part is carried out. */
rq_status rq_part_build(rq_graph **out, const rq_parts *parts, size_t part, rq_variant variant);

/* The plan without some of its layers: for the graph, for plan.json and for reports. Borrows from
 * the whole plan; freed with its arena, not with rq_quant_plan_destroy. */
typedef struct rq_partial_plan {
    rq_arena *arena;
    rq_quant_plan plan;
    rq_placement placement; /* plan.placement points here */
} rq_partial_plan;

/* why[parts->n]: why a layer stays in floating point, borrowed; NULL where it is quantized. */
rq_status rq_partial_plan_create(rq_partial_plan **out, const rq_parts *parts,
                                 const char *const *why);
void rq_partial_plan_destroy(rq_partial_plan **partial);

/* Keeps of `graph`, a clone of the original that was edited, what the part affects. Its inputs
 * become Parameters, of any dimensions where the original has dynamic inputs: (*values)[i] is the
 * value id, in the original, of model input i; malloc'd. */
rq_status rq_part_cut(rq_graph *graph, rq_id **values, size_t *n_values, const rq_parts *parts,
                      size_t part);

#endif
