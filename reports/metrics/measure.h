/* Measuring models image by image: which metrics apply, their intervals, and the worst images.
 *
 * Several threads score images, each into its own rq_scores; rq_measure_keep adds them one at a
 * time, in the order of the images, so that nothing depends on the number of threads. Outputs may
 * go once an image is scored; a few numbers per image stay. */
#ifndef RQ_REPORTS_METRICS_MEASURE_H
#define RQ_REPORTS_METRICS_MEASURE_H

#include "engine/base/text.h"
#include "reports/metrics/metric.h"
#include "reports/metrics/output_kind.h"
#include "reports/report.h"

typedef struct rq_measure_options {
    size_t n_outputs;
    const char *const *output_names; /* [n_outputs]; copied */
    /* [n_outputs], copied. What each is (NULL: tensors), and how much it counts (NULL: 1). */
    const rq_output_kind *kinds;
    const double *weights;
    bool labelled;        /* images have labels */
    bool paired;          /* two models: before and after; else only one, which counts as after */
    size_t n_classes;     /* of the first output that is classes; 0: there is none */
    bool user_scored;     /* samples have the user's scores */
    bool less_is_better;  /* of those */
    uint64_t seed;        /* of bootstrap intervals */
    unsigned predictions; /* rq_prediction_kind that samples have predictions of; 0: no adapter */
    unsigned truths;      /* rq_prediction_kind that samples have truths of */
} rq_measure_options;

/* One image. RQ_EARG when before and after differ in number or size of outputs (but with
 * predictions, where sizes may depend on what is found: metrics per output leave such an image
 * out), or a label is not below n_classes. */
typedef struct rq_sample_outputs {
    const rq_output *before; /* [n_outputs]; NULL unless paired */
    const rq_output *after;  /* [n_outputs] */
    int64_t label;           /* -1: none; the image then counts in label-free metrics only */
    /* What an adapter made of the outputs, and what is true; NULL where the options say none. A
     * truth that lacks a kind keeps the image out of the metrics that need it. */
    const rq_prediction *before_prediction, *after_prediction, *truth;
    double before_score, after_score; /* the user's, where the options say so */
} rq_sample_outputs;

/* What stays of one image. */
typedef struct rq_image_result {
    size_t image;                     /* as given to rq_measure_keep */
    int64_t label;                    /* -1: none */
    int64_t before, after;            /* most likely classes; -1: none */
    double before_score, after_score; /* their probabilities; NaN: none */
    double sqnr_db;                   /* mean over outputs, by weight; NaN unless paired */
    /* The user's score of this image alone, or the headline metric, where there are predictions;
     * NaN: it tells nothing.
     * Of a metric that compares only `after`. */
    double before_value, after_value;
} rq_image_result;

typedef struct rq_measure rq_measure;
typedef struct rq_scores rq_scores; /* of one image at a time */

rq_status rq_measure_create(rq_measure **out, const rq_measure_options *options);
void rq_measure_destroy(rq_measure **measure);
/* Metrics that apply, those per output for each of them; 0: nothing can be measured. */
size_t rq_measure_count(const rq_measure *measure);
rq_status rq_scores_create(rq_scores **out, const rq_measure *measure);
void rq_scores_destroy(rq_scores **scores);

rq_status rq_measure_score(const rq_measure *measure, rq_scores *out,
                           const rq_sample_outputs *sample);
/* Scores as bytes, to another process that measures the same: to the end of `out`, and into scores
 * of the same measure. RQ_EFORMAT for bytes that are not so. */
rq_status rq_scores_pack(rq_buf *out, const rq_measure *measure, const rq_scores *scores);
rq_status rq_scores_unpack(rq_scores *out, const rq_measure *measure, const void *data,
                           size_t bytes);
rq_status rq_measure_keep(rq_measure *measure, const rq_scores *scores, size_t image);

/* An output over all images: values that are NaN (itself NaN: there is no such model), and whether
 * it is the same for all, but for rounding. */
typedef struct rq_output_state {
    double nan;
    bool constant;
} rq_output_state;
rq_output_state rq_measure_output_state(const rq_measure *measure, size_t output, bool after);
/* As found_before of rq_report_data. */
double rq_measure_found(const rq_measure *measure, bool after);

/* One row per metric that applies (and per output, where the metric is), into `arena`. */
rq_status rq_measure_rows(rq_report_accuracy **rows, size_t *n, const rq_measure *measure,
                          rq_arena *arena);

/* Every image's own value of each metric that applies to all of them, and its classes, in the
 * order kept. The paths are the caller's. */
rq_status rq_measure_values(rq_report_values **rows, size_t *n, const rq_measure *measure,
                            rq_arena *arena);
rq_status rq_measure_classes(rq_report_validated *out, const rq_measure *measure, rq_arena *arena);

/* All images, in the order kept; borrowed until the next keep. */
const rq_image_result *rq_measure_images(const rq_measure *measure, size_t *n);

/* The metric whose per-image values before_value and after_value are; NULL: there are none. */
const rq_metric *rq_measure_headline(const rq_measure *measure);

/* At most `want` images, worst first. With predictions: by how much the headline metric lost.
 * Without: newly wrong ones (without labels: with another prediction), then those with another
 * prediction, then the rest; within each, the lowest SQNR first, then the lower index. Fills the
 * numbers of the rows; paths, names and thumbnails are the caller's: results[i] is the image of
 * rows[i]. */
rq_status rq_measure_worst(rq_report_image **rows, rq_image_result **results, size_t *n,
                           const rq_measure *measure, size_t want, rq_arena *arena);

#endif
