/* Values whose channels can be scaled without changing the network: what makes them, or a Multiply
 * put behind it, can give every channel any positive scale, and what reads them can take it back.
 *
 * Producers: a weighted layer (by its output channels) or a Multiply by a constant per channel,
 * with additions of constants and positively homogeneous operators (ReLU, PReLU, pooling) in
 * between. Consumers: weighted layers only, which sum over the channels. Convolutions and depthwise
 * ones are pairs of cross-layer equalization (Nagel et al. 2019, "Data-Free Quantization Through
 * Weight Equalization and Bias Correction", section 4.1); a layer normalization's gain and beta
 * before MatMul are what SmoothQuant scales (Xiao et al. 2023, section 4). Where others read the
 * value, too (a residual connection), or nothing above can take the scale (GELU), MatMul layers get
 * a Multiply of their own: OpenVINO executes it fused to what is above. */
#ifndef RQ_QUANT_EQUALIZE_SITE_H
#define RQ_QUANT_EQUALIZE_SITE_H

#include "quant/layers/weight_layout.h"

typedef enum rq_equalize_role {
    RQ_EQUALIZE_OPERAND, /* one number, or one per channel, element by element: divided by the scale
                          */
    RQ_EQUALIZE_PRODUCER, /* weights: divided, by output channel */
    RQ_EQUALIZE_CONSUMER, /* weights: multiplied, by input channel */
} rq_equalize_role;

/* A constant that changes when channels are scaled; used by this layer only. */
typedef struct rq_equalize_constant {
    rq_equalize_role role;
    rq_id node;
    uint32_t port;
    rq_weight_layout layout; /* of weights */
} rq_equalize_constant;

typedef struct rq_equalize_site {
    rq_id value;    /* what the consumers read */
    int axis;       /* of the channels */
    size_t n;       /* channels */
    bool inserted;  /* a Multiply comes between the value and the consumers; all constants are
                       theirs */
    bool can_shift; /* the value is a sum with a constant per channel, constants[shifted], and no
                       consumer pads it: channels can be shifted, too, and the consumers' biases
                       take that back */
    size_t shifted;
    rq_equalize_constant *constants;
    size_t n_constants;
} rq_equalize_site;

/* All of them, in topological order of their consumers, into the arena. Layers that the placement
 * leaves in floating point make sites of no use: their inputs are left out. */
rq_status rq_equalize_sites(rq_equalize_site **sites, size_t *n, const rq_bound *bound,
                            const rq_placement *placement, rq_arena *arena);

/* The site of one value; *found is false where it has none. */
rq_status rq_equalize_site_of(rq_equalize_site *out, bool *found, const rq_bound *bound,
                              const rq_uses *uses, rq_id value, rq_arena *arena);

/* Input channel of the value that weight i of output channel c multiplies. */
static inline size_t rq_equalize_input(const rq_weight_layout *l, size_t c, size_t i)
{
    return c / l->outputs * l->inputs + i;
}

#endif
