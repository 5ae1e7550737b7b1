/* Sequential bias correction: each layer's mean output in the quantized network, layers before it
 * quantized and corrected already, is brought back to FP32's, channel by channel. What the layers'
 * own activations lose by rounding and clipping is corrected too, which the fast way (quant/bias.h)
 * does not see. Source: Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and
 * Bias Correction", appendix D ("empirical bias correction"). */
#ifndef RQ_WORKBENCH_SEARCH_BIAS_SEQUENTIAL_H
#define RQ_WORKBENCH_SEARCH_BIAS_SEQUENTIAL_H

#include "engine/run/image_input.h"
#include "quant/plan.h"

typedef struct rq_bias_sequence {
    const rq_graph *graph;
    const rq_bound *bound; /* of the graph, for the same shapes as `exec` */
    const rq_exec_options *exec;
    const rq_image_request *request;
    const rq_args *args;
    const char *data; /* images to take means over */
    size_t subset;    /* at most so many of them; 0: as many as it takes */
    uint64_t seed;
    unsigned threads;
} rq_bias_sequence;

/* Changes bias_shift of the plan's weights, if the quantized outputs come nearer to FP32's on
 * another draw of images. */
rq_status rq_bias_sequence_run(rq_plan *plan, const rq_bias_sequence *job);

#endif
