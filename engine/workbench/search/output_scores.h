/* What a model's outputs lose against another's, image by image and output by output, and whether
 * one model loses less than another on images that neither was fitted to. */
#ifndef RQ_WORKBENCH_SEARCH_OUTPUT_SCORES_H
#define RQ_WORKBENCH_SEARCH_OUTPUT_SCORES_H

#include "engine/base/tensor.h"

/* Sums of squares over one output of one image. 0: nothing to compare. */
typedef struct rq_output_sums {
    double signal, noise;
} rq_output_sums;

typedef struct rq_output_scores {
    rq_output_sums *sums; /* [image][output], owned */
    size_t n_images, n_outputs;
    const double *weights; /* [n_outputs], borrowed; NULL: all count alike */
} rq_output_scores;

/* All sums 0. */
rq_status rq_output_scores_open(rq_output_scores *out, size_t n_images, size_t n_outputs);
void rq_output_scores_close(rq_output_scores *scores); /* {0} again */
void rq_output_scores_swap(rq_output_scores *a, rq_output_scores *b);

/* Of n elements. Where `want` is not finite there is nothing to compare; where only `got` is not,
 * the noise is infinite. */
rq_output_sums rq_output_sums_of(const float *want, const float *got, size_t n);

/* dB: signal over noise of all images, the mean over outputs by weight; none counts for less than
 * -100 or more than 100.
 * NAN where nothing can be compared: other types, only zeros. */
double rq_output_scores_decibel(const rq_output_scores *scores);

/* What `after` gains on `before`, of the same images and outputs, but that `after` may lack the
 * last images. */
typedef struct rq_output_gain {
    double decibel;    /* of rq_output_scores_decibel */
    double image_mean; /* dB: the mean over images of an image's gain, the mean of its outputs' */
    double image_low;  /* at least that, with 95 % confidence: of the median over images (Wilcoxon's
                          signed ranks, one-sided) */
    double image_high; /* at most that, likewise */
    bool is_whole; /* of all images; else of the first, as the others were left out of `after` */
} rq_output_gain;

rq_output_gain rq_output_scores_gain(const rq_output_scores *before, const rq_output_scores *after);

/* Does `after`, of whose images the first n are there, hardly gain `least` dB on `before`? */
bool rq_output_scores_is_beaten(const rq_output_scores *before, const rq_output_scores *after,
                                size_t n, double least);

/* Has `after`, of whose images the first n are there, not gained `least` dB by them? */
bool rq_output_scores_is_behind(const rq_output_scores *before, const rq_output_scores *after,
                                size_t n, double least);

/* A choice is kept only where holdout images, which it was not fitted to, confirm it: they gain by
 * it, image by image, more than chance gives, and at least `least` dB in all. */
bool rq_output_gain_is_confirmed(const rq_output_gain *gain, double least);
/* Whether it is, and tells so: "<what> 25.1 dB vs 22.7 dB without (...): applied". */
bool rq_output_scores_confirm(const char *what, const rq_output_scores *before,
                              const rq_output_scores *after, double least);

#endif
