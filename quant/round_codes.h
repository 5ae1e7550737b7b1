/* Codes of one output channel to least error at the layer's output: integers c that make
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
    const float *hessian; /* H, n * n, symmetric */
    const float
        *curves; /* its diagonal, n numbers > 0, side by side: each is read in every sweep */
    int limit;   /* codes in -limit..limit */
    bool repair; /* the codes given are safe, and stay so */
} rq_round_space;

/* gradient: H (x - codes), n numbers; kept up to date. */
void rq_round_codes(int8_t *codes, float *gradient, const rq_round_space *space);

#endif
