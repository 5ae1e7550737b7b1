/* Bias correction: the mean that weight rounding adds to a layer's output is taken off its bias.
 * Source: Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias
 * Correction", section 4.2; there per layer, from the input's mean. */
#ifndef RQ_QUANT_BIAS_H
#define RQ_QUANT_BIAS_H

#include "quant/weights.h"

/* shift[c] = sum over i, t of (w - code * scale)(c, i, t) * coverage[t] * mean_in[i].
 * mean_in: mean of the layer's input per channel, groups one after the other. */
void rq_bias_shift(float *shift, const float *weights, const rq_weight_codes *codes,
                   const rq_weight_layout *layout, const double *coverage, const double *mean_in);

#endif
