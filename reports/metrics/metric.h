/* Metrics: one file each, one line in metrics.def.
 *
 * A metric turns each image into a short record of numbers, and a set of records into one value.
 * Outputs are looked at once and need not be kept; records are, so that intervals, paired tests
 * and worst lists come from the same numbers. */
#ifndef RQ_REPORTS_METRICS_METRIC_H
#define RQ_REPORTS_METRICS_METRIC_H

#include "engine/base/prediction.h"
#include "engine/base/tensor.h"
#include "reports/metrics/output_kind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One output of one model for one image. Borrowed. */
typedef struct rq_output {
    const char *name;
    rq_shape shape;
    const float *data; /* rq_shape_count(&shape) values; NaN and infinities allowed */
} rq_output;

/* What a metric sees of one image. */
typedef struct rq_metric_input {
    const rq_output *got;       /* of the model that is evaluated */
    const rq_output *reference; /* of the model before; NULL unless the metric compares */
    size_t n;                   /* outputs of each; 1 for a metric that is per output */
    const double *weights;      /* [n]: how much each output counts */
    double user_score;          /* what the user's own metric gave it; NaN: nothing */
    int64_t label;              /* class index; -1: none */
    /* Of metrics with `predictions`: what an adapter made of the outputs, and what is true. */
    const rq_prediction *prediction;
    const rq_prediction *truth; /* the prediction before instead, where the metric compares */
} rq_metric_input;

/* Records of all images, one after the other. {0} is empty. */
typedef struct rq_records {
    double *values;
    size_t *ends; /* record i is values[ends[i - 1] .. ends[i]) */
    size_t n, n_values, ends_capacity, values_capacity;
} rq_records;

rq_status rq_records_push(rq_records *records, double x); /* to the record being made */
rq_status rq_records_end(rq_records *records);            /* it is complete */
rq_status rq_records_copy(rq_records *to, const rq_records *from, size_t i);
const double *rq_records_at(const rq_records *records, size_t i);
size_t rq_records_size(const rq_records *records, size_t i); /* numbers of record i */
void rq_records_clear(rq_records *records);                  /* keeps its memory */
void rq_records_free(rq_records *records);

typedef enum rq_metric_needs {
    RQ_NEEDS_CLASSES = 1, /* an output is classes: got[0] and reference[0] are that one */
    RQ_NEEDS_LABELS = 2,
    RQ_NEEDS_REFERENCE =
        4, /* compares the model after with the model before: one value, no delta */
    RQ_NEEDS_USER_SCORE = 8,       /* the user has a metric of his own, more is better */
    RQ_NEEDS_USER_SCORE_LESS = 16, /* the same, less is better */
    RQ_NEEDS_OUTPUTS = 32          /* several outputs */
} rq_metric_needs;

/* One of several numbers made from the same records. */
typedef struct rq_figure {
    const char *name, *unit, *help;
} rq_figure;

#define RQ_MAX_FIGURES 12

typedef struct rq_metric {
    const char *name;     /* "top-1" */
    const char *unit;     /* "%", "dB", "" */
    const char *help;     /* one sentence */
    unsigned needs;       /* rq_metric_needs */
    unsigned predictions; /* rq_prediction_kind: what prediction, and truth if that is needed, must
                             have */
    size_t min_classes;   /* of fewer it says nothing */
    rq_output_kind of_kind; /* of outputs of this kind only; RQ_OUTPUT_TENSOR: of any */
    bool per_output; /* one row per output of the model; else one row that sees all outputs */
    bool proportion; /* a record is 0 or 1, the value 100 * mean: Wilson and McNemar apply */
    bool higher_is_better;
    bool class_weighted; /* a mean in which every class weighs the same: rq_class_weights */
    rq_status (*score)(rq_records *record, const rq_metric_input *input); /* pushes, never ends */
    /* Where an image's value depends on the other images: one record each, of what was scored, once
     * all are there; `settled` starts empty and may stop early. NULL: records stay as they are. */
    rq_status (*settle)(rq_records *settled, const rq_records *all);
    double (*reduce)(const rq_records *records, const size_t *picks, size_t n);
    /* Instead of `reduce`: n_figures numbers at once; name, unit and help are then theirs. NaN:
     * the images tell nothing. */
    const rq_figure *figures;
    size_t n_figures;
    void (*reduce_figures)(double *out, const rq_records *records, const size_t *picks, size_t n);
} rq_metric;

extern const rq_metric *const rq_metrics[]; /* NULL-terminated; the most telling first */

/* By its name, or NULL. A figure of a metric is not found. */
const rq_metric *rq_metric_find(const char *name);

/* 100 * mean, and mean, of the first number of each record. */
double rq_reduce_percent(const rq_records *records, const size_t *picks, size_t n);
/* The metric's value, its first figure if it has several. */
double rq_metric_value(const rq_metric *metric, const rq_records *records, const size_t *picks,
                       size_t n);
double rq_reduce_mean(const rq_records *records, const size_t *picks, size_t n);

#define RQ_SHOWN_SCORE 0.3F /* the least score of a box that people would draw */

/* -- what metrics share --------------------------------------------------------------------- */

/* weights[i] = 1 / images of labels[i]; 0 for an image without a label (negative or NaN). The two
 * may be the same array. RQ_EFORMAT for a label that is too large to be the index of a class. */
rq_status rq_class_weights(double *weights, const double *labels, size_t n);
/* Outputs of classes of which one is NaN: they tell no class, and are wrong whatever is true. */
bool rq_classes_hold_nan(const float *x, size_t n);
/* How many classes come before `label`: larger, or equal with a lower index. n when label is not
 * in [0, n) or a value is NaN. */
size_t rq_class_rank(const float *x, size_t n, int64_t label);
/* The probability of class i: x[i] itself when x are probabilities already (all in [0, 1], sum 1
 * within 1 %), else softmax. NaN when x holds NaN. */
double rq_class_probability(const float *x, size_t n, int64_t i);
/* The same of all classes, in place; as they are when all are NaN. */
void rq_class_probabilities(float *x, size_t n);

/* Sums over elements whose reference is finite; a value that is infinite where the reference is not
 * makes noise infinite. NaN on either side is no noise but no figure at all: all sums are NaN, and
 * stay so. */
typedef struct rq_noise_sums {
    double signal; /* sum of reference^2 */
    double noise;  /* sum of (reference - got)^2 */
    double power;  /* sum of got^2 */
    double dot;    /* sum of reference * got */
} rq_noise_sums;

void rq_noise_add(rq_noise_sums *sums, const float *reference, const float *got, size_t n);

/* SQNR of several outputs as one number: the mean of their decibels by weight, so that an output of
 * small values counts as much as one of large ones. */
#define RQ_OUTPUT_MAX_DB 100.0 /* of one of several: an exact output hides no other */
typedef struct rq_mean_db {
    double sum, weight, only;
    unsigned n;
} rq_mean_db;

/* {0} has none. An output of weight 0, and one of NaN, do not count. */
void rq_mean_db_add(rq_mean_db *mean, double db, double weight);
double rq_mean_db_value(const rq_mean_db *mean); /* NaN: none counts */
/* In [-1, 1]; 1 when both are all zero, 0 when one is, or where a value is infinite; NaN of NaN. */
double rq_cosine(const rq_noise_sums *sums);

/* [N], [1,N], [1,N,1,1] or [1,1,1,N] with N > 1: looks like one score per class. */
bool rq_shape_is_classes(const rq_shape *shape);

#endif
