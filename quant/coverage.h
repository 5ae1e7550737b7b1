/* How often each kernel tap meets the input instead of padding. */
#ifndef RQ_QUANT_COVERAGE_H
#define RQ_QUANT_COVERAGE_H

#include "quant/layers/weight_layout.h"

/* coverage[t] = share of output positions whose tap t reads an input element (convolution), or gets
 * one (ConvolutionBackpropData); 1 for MatMul. Length layout->taps. With it, the mean of a layer's
 * output is exact when the input's mean is the same at every position:
 *   mean_out[c] = sum over i, t of w(c, i, t) * coverage[t] * mean_in[i]. */
rq_status rq_coverage(double *coverage, const rq_bound *bound, const rq_weight_point *point,
                      const rq_weight_layout *layout);

#endif
