/* One image's outputs against FP32's. */
#ifndef RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_SCORE_H
#define RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_SCORE_H

#include "engine/ops/bind.h"

typedef struct rq_output_score {
    bool there;
    float sqnr_db, cosine; /* mean over outputs, by weight */
    bool agrees;           /* same class as FP32 */
    int8_t lost;           /* 1: FP32 was right and this is not; -1: the other way round */
} rq_output_score;

#define RQ_SCORE_MAX_DB 120.0

/* What scores need to know of the network. */
typedef struct rq_scoring {
    const rq_bound *bound; /* of the original: its outputs */
    const double *weights; /* [n_results]: how much each output counts */
    size_t class_output;   /* that is a score for each class; n_results: there is none */
} rq_scoring;

/* want[n], got[n]: outputs; got[i].data NULL: the same as want[i]. Outputs whose shapes differ, or
 * that are no numbers, tell nothing. What a Softmax makes is compared as logits (logarithms less
 * their mean): probabilities near 0 and 1 hide errors. label -1: none.
 * noise[n]: filled with noise over signal of each output; NAN: it tells nothing. `whole`: that of
 * the whole plan, where only a part of it is carried out: its SQNR then is the whole's, less its
 * mean share in the noise of each output. NULL: the mean of the outputs' SQNR in dB. */
rq_status rq_output_score_make(rq_output_score *out, double *noise, const rq_tensor *want,
                               const rq_tensor *got, const rq_scoring *scoring, const double *whole,
                               int64_t label);

/* Mean over images; NaN where nothing was measured. */
typedef struct rq_effect {
    size_t images;
    double sqnr_db; /* of the outputs against FP32: mean of each image's, at most 120; comparable
                       between effects that were measured on other images */
    double cosine;
    double agreement; /* percent of images with FP32's class; NaN: no classifier */
    double drop;      /* points of top-1 lost against FP32; NaN: no labels */
} rq_effect;

/* scores[n] by image. Effects are measured on different images: the SQNR is that of another
 * effect, `anchor`, over all its images, plus the mean difference over those that both have. */
rq_effect rq_effect_of(const rq_output_score *scores, const rq_output_score *anchor,
                       double anchor_db, size_t n, bool labelled, bool classes);

double rq_mean_sqnr(const rq_output_score *scores, size_t n);

#endif
