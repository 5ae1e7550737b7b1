/* Sequential bias correction: each layer's mean output in the quantized network, layers before it
 * quantized and corrected already, is brought back to FP32's, channel by channel. What is rounded
 * and clipped on the way to a layer shifts it too, which the fast way (quant/bias.h) does not see:
 * in a background of one colour the errors of a value's channels are the same at all positions, so
 * that they add up from layer to layer, instead of averaging out. Source: Nagel et al. 2019,
 * "Data-Free Quantization Through Weight Equalization and Bias Correction", appendix D ("empirical
 * bias correction").
 *
 * shift[c] = before[c] + common(want[i][c] - got[i][c] - before[c]), where want and got are means
 * of the layer's own output, without bias, of image i in FP32 and quantized, and common
 * (rq_bias_common_loss) leaves out what may be chance. */
#ifndef RQ_WORKBENCH_SEARCH_BIAS_SEARCH_H
#define RQ_WORKBENCH_SEARCH_BIAS_SEARCH_H

#include "engine/workbench/search/search_images.h"
#include "quant/plan.h"

#define RQ_BIAS_IMAGES 16 /* to fit to, at most */

/* Changes bias_shift of those of the plan's weights that have one, where holdout images gain by
 * it. */
rq_status rq_bias_search(rq_quant_plan *plan, const rq_workload *workload,
                         rq_search_images *images);

#endif
