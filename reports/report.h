/* The report: what one run changed in accuracy, size and speed. Plain data, filled by the caller,
 * read by the writers (writer.h) and by report_read.c.
 *
 * Everything lives in one arena of the caller's; strings are borrowed, NULL where not known.
 * Doubles are NaN where not known; make rows with rq_report_rows (fields.h) and start with
 * rq_report_init, which see to that. What a field is called in files, its unit and its explanation
 * stand in report_fields*.c. "before" is the model that came in, "after" the one that went out.
 *
 * Nothing here depends on the time of day but measured times. */
#ifndef RQ_REPORTS_REPORT_H
#define RQ_REPORTS_REPORT_H

#include "engine/base/arena.h"
#include "reports/estimate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct rq_report_tool {
    const char *version, *command;
    const char *lint;     /* the command that checks the same model, images and preprocessing */
    const char *evaluate; /* and that measures the model after in OpenVINO */
    const char *tune;     /* and that leaves layers in floating point for a budget, without that */
} rq_report_tool;

typedef struct rq_report_machine {
    const char *cpu, *isa; /* "Intel Xeon ...", "avx512_core_vnni" */
    double threads, memory_bytes;
} rq_report_machine;

typedef struct rq_report_model {
    const char *name, *path, *format; /* "IR v11" */
    const char *digest;               /* engine/base/hash.h, of xml and bin */
    const char *precision;            /* "FP32", "INT8" */
    const char *inputs, *outputs;     /* "input [1,3,224,224] f32, ..." */
    double layers, params, macs;
    double xml_bytes, bin_bytes; /* of a model that is no IR all files, and 0 */
} rq_report_model;

typedef struct rq_report_data {
    const char *calibration, *validation; /* folders or lists, as the user named them */
    double calibration_images, validation_images, bad_images;
    double classes;
    bool labelled;                 /* else label-free measures */
    const char *preprocessing;     /* canonical text */
    const char *digest;            /* of the list of calibration images */
    const char *validation_digest; /* of the validated images: names and contents */
    /* What predictions hold: boxes that people would draw, symbols of texts, images whose pixels
     * are not all of one class. NaN: they are none of those. */
    double found_before, found_after;
} rq_report_data;

/* What the run was to keep; metric NULL: nothing was asked for. */
typedef struct rq_report_budget {
    const char *metric, *output; /* as in the row of `accuracy`; output NULL: any */
    const char *unit;            /* likewise */
    double max_drop;             /* points, or percent of the original's value */
    bool relative;               /* the latter */
    double min_value;            /* instead: of the metric itself; NaN: none */
    /* Of a search for layers: the original's value of the metric, on the images that layers are
     * chosen on and on others, and how many there are; NaN: not measured, or nothing to measure. */
    double original_value, other_original_value;
    double images, other_images;
} rq_report_budget;

/* A set of layers that tune tried. */
typedef struct rq_report_trial {
    double ignored;              /* layers that stay in floating point */
    double value, other_value;   /* of the budget's metric, on images as above */
    double drop, other_drop;     /* rq_budget_drop */
    double cost_ms, measured_ms; /* expected against everything quantized; one inference */
    const char *noise;           /* why measured_ms is not measurable now */
    double weight_bytes;
    bool within_budget, selected;
} rq_report_trial;

typedef struct rq_report_settings {
    const char *precision, *float_precision;
    const char *preset, *estimator, *overflow_fix;
    const char *equalize, *rounding;
    double rounding_work;  /* 10^9 multiply-accumulates */
    double budget_seconds; /* NAN: no limit of time */
    const char *bias_correction;
    const char *target_isa, *backend, *ignored;
    double seed;
} rq_report_settings;

typedef struct rq_report_accuracy {
    const char *metric, *unit, *help;
    const char *output; /* of the model; NULL: the metric sees all of them */
    bool compares;      /* after against before: only `after` is there, before and delta are not */
    bool higher_is_better;
    rq_estimate before, after;
    rq_estimate delta;   /* after - before on the same images; of "%" in points */
    double p_value;      /* McNemar's; NaN where it does not apply */
    double lost, gained; /* images newly wrong, newly right */
    double images;
    const char *why; /* `after` is no number, or infinite; NULL: it is one */
} rq_report_accuracy;

/* An output of the model, and what it was taken for: metrics follow that. */
typedef struct rq_report_output {
    const char *name;
    const char *kind;             /* "classes", "tensor" ... (reports/metrics/output_kinds.def) */
    const char *evidence;         /* why: "ends in Softmax"; NULL: nothing tells */
    double weight;                /* how much it counts where outputs are one number */
    double classes;               /* of kind "classes": how many */
    double nan_before, nan_after; /* values that are NaN, of all images */
    bool constant_before, constant_after; /* the same for all images */
} rq_report_output;

typedef struct rq_report_size {
    const char *part; /* "weights", "file" */
    const char *name; /* of weights "f32", "i8", ...; of files "xml", "bin", or "model": all */
    double before_bytes, after_bytes;
} rq_report_size;

/* Latency of one inference; both models took turns. The first row is as deployments run. */
typedef struct rq_report_speed {
    const char *backend, *kernels; /* "onednn", "2.6, avx512_core_vnni" */
    const char *precision;         /* that floats are multiplied in: "bf16", "f32" */
    double threads, runs;
    double before_median_ms, before_p10_ms, before_p90_ms;
    double after_median_ms, after_p10_ms, after_p90_ms;
    double round_speedup, round_speedup_p10,
        round_speedup_p90; /* within rounds: median, p10, p90 */
    double waited_share;   /* 0..1: of the time that threads wanted a core, how much they waited */
    const char *noise;     /* why the speed is not measurable now (rq_speed_noise); NULL: it is */
} rq_report_speed;

/* An output of the model after in OpenVINO's hands, where that is there. */
typedef struct rq_report_deployment {
    const char *runtime; /* "OpenVINO 2026.4.1" */
    const char *failure; /* in the only row: that it could not run the model, and why; else NULL */
    const char *output;  /* of the model */
    double images;       /* that were run */
    double shapes;       /* different ones of them; more than 1: the model is dynamic */
    double sqnr_db;      /* of OpenVINO's values against requant's; NaN: they do not compare */
    double quantization_sqnr_db; /* on the same images: of requant's against the original's */
} rq_report_deployment;

typedef struct rq_report_layer {
    double order; /* execution order, from 0 */
    const char *name, *type;
    const char *precision_before, *precision_after; /* what computes it: "f32", "i8" */
    double sqnr_db;       /* of its output, the whole network before against after; +Inf: equal */
    double cosine;        /* of the same */
    double noise_share;   /* 0..1: noise its own rounding adds to its output, beside the signal, of
                             the sum over all layers; not what reaches the model's outputs */
    double clipped_share; /* 0..1: input values outside the chosen range */
    double low, high;     /* chosen activation range */
    const char *estimator;
    double weight_min, weight_max;
    double params, macs;
    double before_ms, after_ms;
    const char *kernel; /* that ran it in the deployment's own runtime; NULL: not known */
    const char *reason; /* why this precision and range */
    /* Where sensitivity was measured (tune, analyze): noise over signal at the model's outputs when
     * this layer alone is quantized; time that leaving it in floating point adds; whether it was
     * left there for accuracy ("yes"). */
    double error_alone, float_ms;
    const char *excluded;
} rq_report_layer;

typedef struct rq_reals {
    double *values;
    size_t n;
} rq_reals;

typedef struct rq_report_histogram {
    const char *layer; /* a layer's name, as in its row */
    const char *value; /* what was counted: "input", "weights" */
    rq_reals edges;    /* counts.n + 1, increasing */
    rq_reals counts;
    double low, high; /* chosen range; NaN: none */
    double clipped_share;
    const char *estimator;
} rq_report_histogram;

typedef struct rq_report_image {
    const char *path;
    double label; /* -1 and NaN: none */
    const char *label_name;
    double before_class, after_class; /* NaN: not a classifier */
    const char *before_name, *after_name;
    double before_score, after_score; /* probabilities, 0..1 */
    double sqnr_db;
    const char *metric;               /* of an adapter's predictions: what the values are of */
    double before_value, after_value; /* of this image alone; of a metric that compares: after */
    bool newly_wrong; /* right before, wrong after; without labels: another prediction */
    /* What is in the image, and what the models find, of adapters' predictions: boxes as
     * RQ_BOX_NUMBERS each; a mask as runs (class, cells) over the rows of a grid of RQ_MASK_SIDE by
     * RQ_MASK_SIDE cells that covers the thumbnail. Empty, NULL: nothing of the kind. */
    rq_reals label_boxes, before_boxes, after_boxes;
    rq_reals label_mask, before_mask, after_mask;
    const char *label_text, *before_text, *after_text;
    const uint8_t *jpeg; /* thumbnail for the page, at most RQ_THUMBNAIL_MAX bytes; else left out */
    size_t jpeg_size;
} rq_report_image;

/* Of a box: left, top, right, bottom as shares of the thumbnail's sides; class; score. */
#define RQ_BOX_NUMBERS 6
#define RQ_MASK_SIDE 48

#define RQ_THUMBNAIL_MAX ((size_t)32 * 1024)

typedef struct rq_texts {
    const char **values;
    size_t n;
} rq_texts;

/* Every validated image, in the order measured: what paired tests between runs need. Columns of
 * one length, or empty where there is nothing of the kind. */
typedef struct rq_report_validated {
    rq_texts paths;
    rq_reals labels, before_classes, after_classes; /* NaN: none */
    rq_texts class_names;                           /* by class; not a column */
} rq_report_validated;

/* A metric of each of those images alone: 0 or 1 where the metric is the share of images that are
 * right, else in the metric's unit. */
typedef struct rq_report_values {
    const char *metric, *output; /* as in the row of `accuracy` */
    rq_reals before;             /* empty where the metric compares */
    rq_reals after;
} rq_report_values;

/* The network as people draw it: layers, and where branches meet; what only passes a value on
 * (activations, reshapes, FakeQuantize) is left out. In topological order. */
typedef struct rq_report_node {
    const char *name, *type; /* of a layer: as in its row */
    rq_reals inputs;         /* positions in this list, all lower than its own */
} rq_report_node;

/* Least and largest weight by output channel, before and as rounded; neighbouring channels are
 * taken together where there are more than RQ_CHANNEL_GROUPS. */
typedef struct rq_report_channels {
    const char *layer;
    double channels;
    rq_reals before_low, before_high, after_low, after_high; /* of one length */
} rq_report_channels;

#define RQ_CHANNEL_GROUPS 32

/* All operators of a type together. */
typedef struct rq_report_type_time {
    const char *type;
    double before_layers, after_layers;
    double before_ms, after_ms; /* of one inference */
    const char *noise; /* why their ratio is not measurable now (rq_speed_noise); NULL: it is */
} rq_report_type_time;

/* A class of images, objects or pixels: how well it does. */
typedef struct rq_report_class {
    const char *metric; /* "AP50", "IoU", "accuracy"; in % */
    const char *name;
    double class_id;
    double items; /* of the ground truth: objects, pixels, images */
    double before, after;
} rq_report_class;

typedef struct rq_report_step {
    const char *name; /* "calibrate", "decide", "round", "measure accuracy", ... */
    double seconds;
} rq_report_step;

typedef struct rq_report_note {
    bool warning;
    const char *text;
} rq_report_note;

typedef struct rq_report_advice {
    const char *text;
    const char *option;         /* what to type: "--ignore 'Conv_1'"; NULL: nothing */
    double before_db, after_db; /* SQNR of the outputs without and with it, where it was tried */
    double images;              /* that it was tried on */
    double time_share;          /* of the quantized model's time that it adds; estimated */
} rq_report_advice;

typedef struct rq_report_resources {
    double peak_memory_bytes;
} rq_report_resources;

typedef struct rq_report {
    rq_report_tool tool;
    rq_report_machine machine;
    rq_report_model before, after;
    rq_report_data data;
    rq_report_settings settings;
    rq_report_budget budget;
    rq_report_resources resources;
    rq_report_validated validated;
    rq_report_values *values;
    rq_report_node *graph;
    rq_report_channels *channels;
    rq_report_type_time *types; /* most time before first */
    rq_report_class *classes;   /* what lost most first */
    rq_report_accuracy *accuracy;
    rq_report_output *outputs;
    rq_report_size *sizes;
    rq_report_speed *speeds;
    rq_report_deployment *deployment;
    rq_report_layer *layers; /* in execution order */
    rq_report_histogram *histograms;
    rq_report_image *images; /* worst first */
    rq_report_step *steps;
    rq_report_note *notes;
    rq_report_advice *advice;
    rq_report_trial *trials; /* in the order in which they were tried */
    size_t n_accuracy, n_sizes, n_speeds, n_layers, n_histograms, n_images, n_steps, n_notes;
    size_t n_advice, n_values, n_graph, n_channels, n_types, n_outputs, n_classes, n_deployment;
    size_t n_trials;
} rq_report;

/* Both may be NULL, which equals NULL only. */
static inline bool rq_same_text(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}
/* Both are known, and not the same. */
static inline bool rq_texts_differ(const char *a, const char *b)
{
    return a && b && strcmp(a, b) != 0;
}

/* Nothing known: NULL, NaN, no rows. */
void rq_report_init(rq_report *report);

/* -- histograms ----------------------------------------------------------------------------- */

/* `buckets` equal buckets over [min, max], empty. RQ_EARG unless min <= max, both finite; equal
 * ones are drawn a little apart. */
rq_status rq_report_histogram_begin(rq_report_histogram *out, rq_arena *arena, double min,
                                    double max, size_t buckets);
/* Spreads `count` evenly over [lo, hi]; what lies outside goes to the outermost buckets. */
void rq_report_histogram_add(rq_report_histogram *histogram, double lo, double hi, double count);

/* -- advice and reading --------------------------------------------------------------------- */

/* Adds what the numbers suggest to do next to report->advice, after what the caller put there: what
 * was tried. */
rq_status rq_report_advise(rq_report *report, rq_arena *arena);

/* report.json back into a report; thumbnails are not in it. Unknown keys are ignored, absent ones
 * not known. RQ_EFORMAT when it is not a report, or of a newer version, naming both. */
rq_status rq_report_read(rq_report *report, rq_arena *arena, const char *path);

#endif
