/* The bias of a weighted layer: a constant of one number, or one per output channel, in an Add that
 * is the only reader of the layer's output. */
#ifndef RQ_QUANT_LAYERS_LAYER_BIAS_H
#define RQ_QUANT_LAYERS_LAYER_BIAS_H

#include "engine/ir/graph.h"

/* Where the bias of a weighted layer is, or would be. */
typedef struct rq_layer_bias {
    rq_id node;
    uint32_t port;   /* the input that holds weights */
    int out_rank;    /* of its output */
    size_t channels; /* of its output */
} rq_layer_bias;

/* The axis of the layer's output that its bias runs along. */
int rq_layer_bias_axis(const rq_graph *graph, const rq_layer_bias *layer);

/* `uses`: of the graph before any edit. */
bool rq_layer_bias_exists(const rq_graph *graph, const rq_uses *uses, const rq_layer_bias *layer);

/* Adds shift[channels] to the bias; a layer that has none gets one. `uses` as above. RQ_ENOMEM
 * only. */
rq_status rq_layer_bias_shift(rq_graph *graph, const rq_uses *uses, const rq_layer_bias *layer,
                              const float *shift);

#endif
