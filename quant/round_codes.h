/* Codes of output channels to least error at the layer's output: integers c that make
 * (x - c)^T H (x - c) small, where x are the weights divided by their scale and H the second
 * moments of the layer's input. From the codes given, one code is changed at a time, to what is
 * best beside the others, until none gains (coordinate descent: Behdin et al. 2023, "QuantEase";
 * the objective is that of Frantar et al. 2022, "GPTQ").
 *
 * Under `repair`, codes of inputs 2i and 2i + 1 of one tap never saturate int16
 * (quant/saturation.h); where that binds, one of them may gain what the other gives up. */
#ifndef RQ_QUANT_ROUND_CODES_H
#define RQ_QUANT_ROUND_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the output channels of a group share. */
typedef struct rq_round_space {
    size_t n, inputs;     /* n is a multiple of inputs: those of one tap, side by side */
    const float *hessian; /* n * n, symmetric: H off the diagonal is `share` of it */
    float share;
    const float *curves; /* H's diagonal, n numbers > 0 */
    int limit;           /* codes in -limit..limit */
    bool repair;         /* the codes given are safe, and stay so */
} rq_round_space;

#define RQ_ROUND_CHANNELS 16 /* at a time, at most */

/* codes[channels, n]; gradient[channels, n]: H (x - codes), kept up to date. Channels know nothing
 * of each other: those that are given together share the rows of H that pass through the cache. */
void rq_round_codes(int8_t *codes, float *gradient, size_t channels, const rq_round_space *space);

#endif
