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

/* What the n images' losses of a channel's mean, image by image, have in common: with their mean m
 * and its variance v = sum of (lost[i] - m)^2 / (n (n - 1)), m - v / m, or 0 where v > m^2; 0 for
 * less than two. A mean over few images is m and chance of the size of sqrt(v); m (1 - v / m^2) has
 * the least expected square error of all multiples of it (cf. James & Stein 1961). */
double rq_bias_common_loss(const double *lost, size_t n);

#endif
