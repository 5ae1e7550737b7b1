/* Sequential bias correction: each layer's mean output in the quantized network, layers before it
 * quantized and corrected already, is brought back to FP32's, channel by channel. What the layers'
 * own activations lose by rounding and clipping is corrected too, which the fast way (quant/bias.h)
 * does not see. Source: Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and
 * Bias Correction", appendix D ("empirical bias correction"). */
#ifndef RQ_WORKBENCH_SEARCH_BIAS_SEQUENTIAL_H
#define RQ_WORKBENCH_SEARCH_BIAS_SEQUENTIAL_H

#include "engine/run/workload.h"
#include "quant/plan.h"

/* Changes bias_shift of the plan's weights, if the quantized outputs come nearer to FP32's on
 * another draw of images. */
rq_status rq_bias_sequential_run(rq_quant_plan *plan, const rq_workload *workload);

#endif
