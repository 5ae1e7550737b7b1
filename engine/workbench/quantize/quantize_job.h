/* The main job: from a model and images to an INT8 or FP16 model and a report of what changed. Each
 * stage is a file of its own. */
#ifndef RQ_WORKBENCH_QUANTIZE_QUANTIZE_JOB_H
#define RQ_WORKBENCH_QUANTIZE_QUANTIZE_JOB_H

#include "engine/run/workload.h"
#include "engine/workbench/bench/layer_times.h"
#include "engine/workbench/bench/speed.h"
#include "engine/workbench/evaluate/evaluate.h"
#include "engine/workbench/search/build_quantized.h"
#include "quant/plan.h"
#include "quant/plan_file.h"
#include "reports/report.h"

#define RQ_MAX_STEPS 12

/* Texts and what is pointed to are borrowed. */
typedef struct rq_quantize_options {
    rq_plan_options plan;
    rq_plan_file *given;     /* a plan to follow; NULL: decide */
    const char *given_stats; /* statistics to decide from instead of running images; NULL: none */
    const rq_stats *lent;    /* the same, loaded already; borrowed; NULL: none */
    bool fp16;               /* FP16 constants instead of a plan */
    bool float_fp16;         /* constants that INT8 leaves, too */
    bool equalize;           /* where the outputs gain by it */
    bool sequential_bias;    /* each layer's bias once more, where the outputs gain by it */
    bool requantize;         /* accept a model that is quantized already */
    double rounding_seconds; /* for fitting codes; layers not reached are rounded to the nearest */
    const char *output;      /* a folder, or the model's file name ending in .xml */
    const char *val,
        *labels;            /* data to measure with and their labels; NULL: those calibrated with */
    bool thumbnails;        /* of the worst images, in the report */
    const char *command;    /* what was asked for, as one text: for the report */
    const char *target_isa; /* as the user names it: for the report */
} rq_quantize_options;

typedef struct rq_quantization {
    const rq_quantize_options *options;
    rq_workload workload;  /* the caller's, with the changed network where scales have moved */
    const rq_graph *model; /* as it was read, where scales have moved; else NULL */
    rq_graph *changed;     /* owned, a clone of `model`; NULL: none */
    rq_bound *changed_bound;
    rq_channel_equalization *equalizations;
    size_t n_equalizations;
    rq_output_paths paths;
    const rq_stats *stats; /* decided from: those gathered, or lent */
    rq_stats *gathered;
    rq_quant_plan *plan;
    rq_graph *result; /* a clone of the workload's graph */
    rq_fp16_report fp16_report;
    rq_images val; /* images to measure with */
    rq_evaluation evaluation;
    rq_speed_result speed;
    size_t n_speeds;
    rq_node_times times_before, times_after;
    rq_report_step steps[RQ_MAX_STEPS];
    size_t n_steps;
    double step_started;
    double peak_memory; /* bytes */
    rq_report report;   /* borrows from all above */
} rq_quantization;

/* Prepares a workload that has its model and options: a model that is quantized already is refused,
 * or a stripped copy takes its place; without data, ranges come from generated pictures. Fits,
 * binds and lists as far as the precision needs it. */
rq_status rq_quantize_open(rq_workload *workload, const rq_quantize_options *options);
/* Everything: writes model, plan and reports. The workload was opened as above and outlives `out`.
 * After a failure too, to be closed. */
rq_status rq_quantize_run(rq_quantization *out, const rq_workload *workload,
                          const rq_quantize_options *options);
/* Only what decides: statistics and plan; writes nothing. */
rq_status rq_quantize_plan(rq_quantization *out, const rq_workload *workload,
                           const rq_quantize_options *options);
void rq_quantization_close(rq_quantization *quantization);

/* -- the stages ------------------------------------------------------------------------------- */

/* The moves of scales that the given plan lists. */
rq_status rq_quantize_follow_equalizations(rq_quantization *q);
/* Statistics of the activations, where they are needed. */
rq_status rq_quantize_gather(rq_quantization *q);
/* Cross-layer equalization where the outputs gain by it. */
rq_status rq_quantize_equalize(rq_quantization *q);
/* The plan. */
rq_status rq_quantize_decide(rq_quantization *q);
rq_status rq_quantize_save_plan(const rq_quantization *q, const char *path);
/* The model that follows from it: a clone of the workload's graph, which outlives it. */
rq_status rq_quantize_apply(rq_graph **out, const rq_quantization *q, rq_fp16_report *report);
/* Writes both. */
rq_status rq_quantize_build(rq_quantization *q);
/* Accuracy and speed of the two models. */
rq_status rq_quantize_measure(rq_quantization *q);
/* Builds the report and writes it. */
rq_status rq_quantize_report(rq_quantization *q);

/* Ends a step of the work: its time goes into the report. */
void rq_quantize_end_step(rq_quantization *q, const char *name);
/* Activations are quantized too. */
bool rq_quantize_has_ranges(const rq_quantize_options *options);
/* There are images, and not made-up ones. */
bool rq_quantize_has_real_images(const rq_workload *workload);

#endif
