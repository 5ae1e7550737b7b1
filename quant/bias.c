#include "quant/bias.h"

#include <math.h>

void rq_bias_shift(float *shift, const float *weights, const rq_weight_codes *codes,
                   const rq_weight_layout *layout, const double *coverage, const double *mean_in)
{
    for (size_t c = 0; c < rq_weight_channels(layout); c++) {
        size_t offset = rq_weight_offset(layout, c);
        const double *mean = mean_in + c / layout->outputs * layout->inputs;
        double sum = 0.0;
        for (size_t i = 0; i < layout->inputs; i++)
            for (size_t t = 0; t < layout->taps; t++) {
                size_t at = offset + i * layout->input_stride + t * layout->tap_stride;
                double lost = weights[at] - (double)codes->codes[at] * codes->scales[c];
                sum += lost * coverage[t] * mean[i];
            }
        shift[c] = (float)sum;
    }
}

double rq_bias_common_loss(const double *lost, size_t n)
{
    double sum = 0.0, square = 0.0;
    if (n < 2) return 0.0;
    for (size_t i = 0; i < n; i++) sum += lost[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) square += (lost[i] - mean) * (lost[i] - mean);
    double variance = square / ((double)n * (double)(n - 1));
    return isfinite(mean) && mean * mean > variance ? mean - variance / mean : 0.0;
}
