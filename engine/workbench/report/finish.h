/* What follows a decided plan: the model and its plan.json on disk, accuracy and speed of both
 * models, the report. quantize and tune end with it. */
#ifndef RQ_WORKBENCH_REPORT_FINISH_H
#define RQ_WORKBENCH_REPORT_FINISH_H

#include "engine/export/onnx/to_onnx.h"
#include "engine/workbench/bench/layer_times.h"
#include "engine/workbench/bench/speed.h"
#include "engine/workbench/evaluate/evaluate.h"
#include "engine/workbench/output_folder.h"
#include "engine/workbench/report/deployment_check.h"
#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/search/decide.h"
#include "engine/workbench/steps.h"
#include "reports/report.h"

/* Everything is borrowed. */
typedef struct rq_finish_options {
    const rq_workload *workload; /* of the network that the plan is for; FP32 is its graph */
    const rq_graph *model;       /* as it was read; NULL: that is the workload's graph */
    rq_build_options build;
    const rq_decide_options *asked; /* what the plan follows from */
    const rq_stats *stats;          /* that the plan was decided from; NULL: none */
    const rq_output_folder *output;
    rq_qdq qdq;                       /* codes of a model that is written as ONNX */
    const rq_images *val;             /* to measure with; without a data set nothing is measured */
    rq_data_source val_source;        /* as the user named them; {0}: those calibrated with */
    bool thumbnails;                  /* of the worst images, in the report */
    double speed_seconds;             /* about how long speed is measured; 0: not at all */
    const char *command, *target_isa; /* what was asked for, as texts for the report */
    const char *lint;                 /* likewise: the command that checks its preprocessing */
    const char *evaluate;             /* and the one that measures the result in OpenVINO */
    const char *tune;                 /* and the one that meets a budget, without that; NULL */
    const rq_report_budget *budget;   /* that the plan was tuned for; NULL: none */
    const rq_report_trial *trials;    /* of that search; NULL: none */
    size_t n_trials;
    const rq_report_note *note;        /* about the images that it was tuned on; NULL: none */
    rq_steps *steps;                   /* done so far; its own are added */
    const struct rq_layer_cost *costs; /* of layers, where they were measured; NULL: none */
    size_t n_costs;
} rq_finish_options;

typedef struct rq_finished {
    rq_graph *result; /* a clone of the workload's graph, closed before it */
    rq_fp16_report fp16;
    rq_evaluation evaluation;
    rq_speed_result speeds[RQ_MAX_SPEEDS];
    size_t n_speeds;
    rq_node_times times_before, times_after;
    rq_deployment_check deployment;
    double peak_memory; /* bytes, before another runtime adds its own; 0: nothing was measured */
    rq_report report;   /* borrows from all above and from the options */
} rq_finished;

/* How many steps the stages below tell of, with and without images to measure with. */
size_t rq_finish_count_steps(const rq_workload *workload, bool measures, double speed_seconds);
/* All of the stages below, into {0}. After a failure too, to be closed. */
rq_status rq_finish_run(rq_finished *out, const rq_finish_options *options);
void rq_finished_close(rq_finished *finished);

/* Writes model and plan, into the folder's staged paths. */
rq_status rq_finish_build(rq_finished *out, const rq_finish_options *options);
rq_status rq_finish_measure_accuracy(rq_finished *out, const rq_finish_options *options);
rq_status rq_finish_measure_speed(rq_finished *out, const rq_finish_options *options);
/* Whether OpenVINO computes the same. */
rq_status rq_finish_check_deployment(rq_finished *out, const rq_finish_options *options);
/* Builds the report and writes it. */
rq_status rq_finish_report(rq_finished *out, const rq_finish_options *options);

/* Statistics that a decision gathers are files of the folder. */
void rq_finish_keep_stats(rq_decide_options *decide, const rq_output_folder *output);
/* What was written takes its place in OUT, all of it or nothing; `tune`: its trials, too. */
rq_status rq_finish_commit(rq_output_folder *output, const rq_decision *decision, bool tune);

/* The images that accuracy is measured on: `val` and `labels` as the user named them. Without `val`
 * those that are calibrated with, or what `labels` lists of them; none where there are no data.
 * Those of `val` are no longer the workload's, if that has others. Checked (rq_evaluate_check). To
 * be closed before the workload. */
rq_status rq_finish_open_val(rq_images *out, rq_workload *workload, const rq_data_source *val,
                             const char *labels);

#endif
