/* What a model's outputs lose against another's, image by image and output by output, and whether
 * one model loses less than another on images that neither was fitted to. */
#ifndef RQ_WORKBENCH_SEARCH_OUTPUT_SCORES_H
#define RQ_WORKBENCH_SEARCH_OUTPUT_SCORES_H

#include "engine/base/tensor.h"
#include "reports/estimate.h"

/* Sums of squares over one output of one image. 0: nothing to compare. */
typedef struct rq_output_sums {
    double signal, noise;
} rq_output_sums;

typedef struct rq_output_scores {
    rq_output_sums *sums; /* [image][output], owned */
    size_t n_images, n_outputs;
} rq_output_scores;

/* All sums 0. */
rq_status rq_output_scores_open(rq_output_scores *out, size_t n_images, size_t n_outputs);
void rq_output_scores_close(rq_output_scores *scores); /* {0} again */

/* Of n elements. Where `want` is not finite there is nothing to compare; where only `got` is not,
 * the noise is infinite. */
rq_output_sums rq_output_sums_of(const float *want, const float *got, size_t n);

/* dB: signal over noise of all images, the mean over outputs; each counts between -100 and 100.
 * NAN where nothing can be compared: other types, only zeros. */
double rq_output_scores_decibel(const rq_output_scores *scores);

/* dB that `after` gains on `before`, of the same images and outputs, with its interval over
 * resamples of the images. */
rq_status rq_output_scores_gain(rq_estimate *out, const rq_output_scores *before,
                                const rq_output_scores *after);

/* A choice is kept only where these images, which it was not fitted to, say so: the whole interval
 * of its gain is above 0, and the gain is at least `least` dB. */
bool rq_output_gain_is_confirmed(const rq_estimate *gain, double least);

#endif
