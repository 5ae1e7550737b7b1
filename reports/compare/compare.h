/* Any number of runs side by side: accuracy with paired tests, size, speed, layers, settings.
 *
 * Runs over the same images are compared image by image, from the values that report.json keeps of
 * each; runs over different images get no test. The first run is what the others are compared
 * with; each report's own "before" is the original model. Everything made lives in the caller's
 * arena and borrows from the reports. Doubles are NaN, texts NULL where not known. */
#ifndef RQ_REPORTS_COMPARE_COMPARE_H
#define RQ_REPORTS_COMPARE_COMPARE_H

#include "reports/fields.h"
#include "reports/report.h"

#include <string.h>

typedef struct rq_compare_run {
    const char *name; /* unique among the runs */
    const char *path; /* of its report, or its model */
    const rq_report *report;
    bool original; /* nothing changed it: it is measured alone, and budgets are not for it */
} rq_compare_run;

/* -- accuracy ------------------------------------------------------------------------------- */

typedef enum rq_significance {
    RQ_SIGNIFICANCE_UNKNOWN, /* not the same images, or nothing is known of each */
    RQ_SIGNIFICANCE_SAME,    /* not one image differs */
    /* May be chance, at 5 %. Or the test is of signs, image by image, and the metric's own figure,
     * which pools the images, does not change in the direction that most images do. */
    RQ_SIGNIFICANCE_NONE,
    RQ_SIGNIFICANCE_WORSE,
    RQ_SIGNIFICANCE_BETTER
} rq_significance;

/* Why the accuracy of two runs does not compare. */
typedef struct rq_compare_apart {
    const char *verdict; /* in place of a test's */
    const char *text;    /* a sentence about the runs */
} rq_compare_apart;

/* What one run says of a metric. */
typedef struct rq_compare_value {
    const rq_report_accuracy *row; /* of its report; NULL: it was not measured */
    /* Against the first run, on the same images; of "%" in points. An interval where the metric is
     * a mean over images: Newcombe's of a share of right images, else bootstrapped. */
    rq_estimate change;
    double p_value; /* McNemar's of shares, the sign test's where there is no interval; else NaN */
    double worse, better; /* images than with the first run */
    rq_significance significance;
    const rq_compare_apart *apart; /* from the first run: nothing is said of a change; NULL: not */
} rq_compare_value;

const char *rq_compare_verdict(const rq_compare_value *value); /* "not significant", ... */

typedef struct rq_compare_metric {
    const rq_report_accuracy *row; /* that describes it: of the first run that has it */
    rq_compare_value *values;      /* [n runs] */
} rq_compare_metric;

/* -- layers, settings, images --------------------------------------------------------------- */

typedef struct rq_compare_layer {
    const char *name, *type;
    const rq_report_layer **rows; /* [n runs]; NULL: that run has no such layer */
    bool missing;                 /* in some run */
    double spread_db;             /* largest SQNR less the smallest, of finite ones; NaN: one */
} rq_compare_layer;

/* Layers whose precision one run changed from the first run's. */
typedef struct rq_compare_transition {
    size_t run;
    const char *from, *to; /* "i8", "f32" */
    size_t layers;
    const char *example; /* the first such layer */
} rq_compare_transition;

typedef struct rq_compare_setting {
    const char *part, *title, *help; /* part: "settings", "data", "machine", "tool" */
    const char **texts;              /* [n runs] */
    bool differs;
} rq_compare_setting;

/* An image that a run does worse than the first. */
typedef struct rq_compare_image {
    size_t run;
    const char *path;
    double label, first_class, class; /* NaN: not a classifier */
    const char *label_name, *first_name, *class_name;
    double first_value, value; /* of the headline metric */
    bool newly_wrong;          /* the first run is right, this one wrong; unlabelled: it differs */
} rq_compare_image;

/* Why numbers of this run and the first do not compare. */
typedef struct rq_compare_warning {
    size_t run;
    const char *about; /* "model", "images", "preprocessing", "machine", "times" */
    const char *text;
} rq_compare_warning;

/* What another decision made differently; the caller's, since plans are not reports. */
typedef struct rq_compare_change {
    size_t run, against;
    const char *section; /* "activations", "weights", "ignored_layers", ... */
    const char *name, *key, *first, *now;
} rq_compare_change;

/* -- budgets -------------------------------------------------------------------------------- */

/* What a run may lose and must win against the model it started from; NaN: no budget. */
typedef struct rq_budgets {
    double max_drop;    /* of the headline metric, in its unit; % in points */
    double min_speedup; /* median time before over after, of the first backend */
    double max_size;    /* 0..1: of the original's xml and bin */
} rq_budgets;

typedef enum rq_budget_state {
    RQ_BUDGET_MET,
    RQ_BUDGET_MISSED,
    RQ_BUDGET_UNMEASURED, /* what it found is NaN */
    RQ_BUDGET_STATES
} rq_budget_state;

typedef struct rq_budget_check {
    size_t run;
    const char *budget; /* "max-drop" */
    double limit, found;
    rq_budget_state state;
    const char *noise; /* why that is not measurable now (rq_speed_noise); NULL: another reason */
    const char *suspicion; /* why the run's figures of accuracy say nothing; NULL: they do */
    const char *text;      /* one line: run, found and limit */
} rq_budget_check;

const char *rq_budget_state_word(rq_budget_state state); /* "met", "missed", "not measured" */

/* -- tables: the same content for terminal, Markdown and page -------------------------------- */

typedef struct rq_compare_cell {
    const char *text;  /* NULL: empty */
    double sort;       /* NaN: by text */
    const char *mark;  /* "good", "watch", "bad"; NULL: none */
    const char *whole; /* what `text` shortens: a layer's whole name; NULL: nothing */
} rq_compare_cell;

typedef struct rq_compare_column {
    const char *title;
    bool number;
} rq_compare_column;

typedef struct rq_compare_table {
    const char *id, *title, *lead;
    rq_compare_column *columns;
    rq_compare_cell *cells; /* [rows][n_columns] */
    size_t n_columns, rows;
    size_t brief; /* rows that say the most, at the top: enough for a terminal */
} rq_compare_table;

/* -- all ------------------------------------------------------------------------------------ */

typedef struct rq_comparison {
    const rq_compare_run *runs;
    rq_compare_metric *metrics;        /* as the reports list them */
    const rq_compare_metric *headline; /* NULL: nothing was measured */
    rq_compare_layer *layers;          /* in execution order of the first run that has them */
    rq_compare_transition *transitions;
    rq_compare_setting *settings;
    rq_compare_image *images; /* by run, worst first */
    rq_compare_warning *warnings;
    rq_budget_check *budgets;
    const rq_compare_change *changes;
    rq_compare_table *tables;
    size_t n_changes, n_tables;
    size_t n, n_metrics, n_layers, n_transitions, n_settings, n_images, n_warnings, n_budgets;
} rq_comparison;

typedef struct rq_compare_options {
    const char *metric; /* the headline's name; NULL: the first there is */
    rq_budgets budgets;
    const rq_compare_change *changes;
    size_t n_changes;
} rq_compare_options;

/* RQ_EARG when no run has the headline metric, naming those there are. n >= 1. */
rq_status rq_comparison_create(rq_comparison *out, const rq_compare_run *runs, size_t n,
                               const rq_compare_options *options, rq_arena *arena);

/* Budgets by state: those of a run, or, for RQ_ALL_RUNS, of all. */
#define RQ_ALL_RUNS SIZE_MAX
typedef struct rq_budget_counts {
    size_t by_state[RQ_BUDGET_STATES], n;
} rq_budget_counts;
rq_budget_counts rq_compare_count_budgets(const rq_comparison *c, size_t run);

/* Bytes of the models before and after: of xml and bin, else of weights. */
void rq_compare_bytes(double *before, double *after, const rq_report *report);
/* rq_speedup of the run's row that is as deployments run; NaN where nothing was timed, too. */
double rq_compare_speedup(const rq_comparison *c, size_t run);

/* The parts, one file each; rq_comparison_create calls them in this order. */
rq_status rq_compare_accuracy(rq_comparison *out, const char *metric, rq_arena *arena);
rq_status rq_compare_layers(rq_comparison *out, rq_arena *arena);
rq_status rq_compare_settings(rq_comparison *out, rq_arena *arena);
rq_status rq_compare_warnings(rq_comparison *out, rq_arena *arena);
rq_status rq_compare_images(rq_comparison *out, rq_arena *arena);
rq_status rq_compare_budgets(rq_comparison *out, const rq_budgets *budgets, rq_arena *arena);
rq_status rq_compare_tables(rq_comparison *out, rq_arena *arena);

/* -- what parts share ----------------------------------------------------------------------- */

/* Whether no warning before it says the same of another run. */
bool rq_compare_warning_is_first(const rq_comparison *comparison, size_t i);

/* Whether both validated the same images in the same order. */
bool rq_compare_same_images(const rq_report *a, const rq_report *b);
/* Whether both have accuracy, and of other images: by content, as far as the reports tell it. */
bool rq_compare_images_differ(const rq_report *a, const rq_report *b);
bool rq_compare_preprocessing_differs(const rq_report *a, const rq_report *b);
/* NULL: their accuracy compares, or one of them has none. */
const rq_compare_apart *rq_compare_apart_of(const rq_report *a, const rq_report *b);
/* The same of the first run and any other; NULL: it compares with all. */
const rq_compare_apart *rq_compare_any_apart(const rq_comparison *comparison);
/* A row of the headline metric whose `before` every run has for the model it started from; NULL:
 * they differ, or were measured on different inputs, or there is none. */
const rq_report_accuracy *rq_compare_shared_original(const rq_comparison *comparison);
/* A report's values of a metric, image by image; NULL: it has none. */
const rq_report_values *rq_compare_values_of(const rq_report *report,
                                             const rq_report_accuracy *row);

#endif
