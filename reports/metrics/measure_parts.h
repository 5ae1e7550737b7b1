/* What a measurement is made of. Private to reports/metrics/measure*.c. */
#ifndef RQ_REPORTS_METRICS_MEASURE_PARTS_H
#define RQ_REPORTS_METRICS_MEASURE_PARTS_H

#include "reports/metrics/measure.h"

/* One metric on one output, or on all of them. */
typedef struct rq_measured {
    const rq_metric *metric;
    size_t output; /* where the metric is of one output */
    bool named;    /* rows name that output */
} rq_measured;

/* Rows of the report that it makes. */
static inline size_t rq_measured_rows(const rq_measured *measured)
{
    return measured->metric->n_figures ? measured->metric->n_figures : 1;
}

/* Of one image, or of all: `before` stays empty unless the model before is evaluated too. */
typedef struct rq_metric_result {
    rq_records before, after;
} rq_metric_result;

/* What an output of one image is compared by with those of other images. */
typedef struct rq_output_print {
    size_t n;
    double nan, sum, power; /* values that are NaN; weighted sum and sum of squares of the others */
} rq_output_print;

typedef struct rq_output_sum {
    rq_output_print first; /* of the first image */
    double nan;
    bool varies;
} rq_output_sum;

/* Boxes, symbols, and images with several classes of pixels. */
typedef struct rq_found {
    bool knows;
    double items;
    unsigned class; /* of the first pixel */
} rq_found;

struct rq_scores {
    size_t n;
    rq_metric_result *metric_results; /* [n] */
    rq_output_print *prints;          /* [2 * n_outputs]: before, after */
    rq_found found[2];                /* before, after */
    rq_image_result result;
};

struct rq_measure {
    rq_arena *arena;
    rq_measure_options options;
    size_t class_output; /* the first that is classes; n_outputs: none */
    rq_measured *measured;
    rq_metric_result *metric_results; /* [n] */
    size_t n;
    rq_output_sum *sums; /* [2 * n_outputs]: before, after */
    rq_found found[2];   /* before, after */
    rq_image_result *images;
    size_t n_images, images_capacity;
};

/* The metrics that apply, those of one output for each, into `out` (NULL: only counted): how many.
 */
size_t rq_measure_list(rq_measured *out, const rq_measure *measure);

/* measure_outputs.c: of one image, and of all so far, before the image is counted. */
void rq_measure_outputs(const rq_measure *measure, rq_scores *out, const rq_sample_outputs *sample);
void rq_measure_keep_outputs(rq_measure *measure, const rq_scores *scores);

/* What metric i makes of all images so far: its records, settled where they have to be. Given back
 * by the second, after a failure too. */
rq_status rq_measure_settle(rq_metric_result *out, const rq_measure *measure, size_t i);
void rq_measure_unsettle(rq_metric_result *settled, const rq_measure *measure, size_t i);

static inline bool rq_measures_before(const rq_measure *measure, const rq_metric *metric)
{
    return measure->options.paired && !(metric->needs & RQ_NEEDS_REFERENCE);
}

#endif
