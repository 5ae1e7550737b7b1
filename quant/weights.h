/* Weights to INT8: symmetric, per output channel, narrow range (codes -127..127, zero point 0):
 *   w ~ code * scale,  code = round half to even (w / scale).
 *
 * The start is NNCF's scale, absmax / 127 (NNCF 3.4.0, nncf/quantization/fake_quantize.py), but
 * without its floor for channels that are small beside the largest. The search then tries narrower
 * scales, and codes repaired for int16 saturation, and keeps what loses least: sum over inputs of
 * E[x_i^2] (w - code * scale)^2, the expected square error of the output if inputs were
 * uncorrelated (cf. Nagel et al. 2021, "A White Paper on Neural Network Quantization",
 * section 2.5). */
#ifndef RQ_QUANT_WEIGHTS_H
#define RQ_QUANT_WEIGHTS_H

#include "quant/layers/weight_layout.h"

typedef enum rq_overflow {
    RQ_OVERFLOW_AUTO,  /* repair exactly the pairs that can saturate */
    RQ_OVERFLOW_FIRST, /* NNCF's default: halve the codes of each input's first convolution */
    RQ_OVERFLOW_ALL,   /* NNCF's overflow fix: halve all */
    RQ_OVERFLOW_OFF
} rq_overflow;

typedef struct rq_weight_options {
    bool half_range;           /* codes -63..63 */
    bool repair_pairs;         /* no pair of codes may saturate int16 */
    bool search_scale;         /* else absmax / 127 */
    const double *mean_square; /* E[x^2] per input channel of the activation; NULL: all equal */
    const uint8_t *max_code;   /* largest activation code per input channel; NULL: 255 */
    const float *given_scales; /* per output channel: taken as they are; NULL: none */
    unsigned threads;          /* workers; 0 is 1. Results do not depend on it */
} rq_weight_options;

typedef struct rq_weight_codes {
    int8_t *codes; /* laid out as the weights */
    float *scales; /* per output channel */
    float
        *scale_ratio; /* per output channel: scale over NNCF's scale; below 1 where outliers clip */
    size_t n_repaired;    /* pairs whose codes were moved for int16's sake */
    double noise, signal; /* weighted square sums of w - code * scale, and of w */
} rq_weight_codes;

/* Results live in `arena`. Non-finite weights are RQ_EFORMAT. */
rq_status rq_weights_quantize(rq_weight_codes *out, rq_arena *arena, const float *weights,
                              const rq_weight_layout *layout, const rq_weight_options *options);

/* Codes are in -limit..limit. */
int rq_weights_code_limit(const rq_weight_options *options);

#endif
