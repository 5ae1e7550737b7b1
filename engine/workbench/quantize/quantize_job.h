/* One run of `requant quantize`, stage by stage; each stage is a file of its own. */
#ifndef RQ_WORKBENCH_QUANTIZE_QUANTIZE_JOB_H
#define RQ_WORKBENCH_QUANTIZE_QUANTIZE_JOB_H

#include "engine/workbench/bench/layer_times.h"
#include "engine/workbench/evaluate/evaluate.h"
#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/bench/speed.h"
#include "engine/run/workload.h"
#include "quant/plan.h"
#include "quant/plan_file.h"
#include "reports/report.h"

#define RQ_MAX_STEPS 12

typedef struct rq_quantizing {
    rq_subject subject; /* its data: images to calibrate with; NULL: none are needed */
    rq_plan_options plan_options;
    rq_plan_file *given; /* --plan */
    rq_output_paths paths;
    bool fp16, rest_fp16;
    rq_graph *model; /* as it was read, where scales have moved in `subject`; else NULL */
    rq_bound *model_bound;
    rq_equalize_move *moves;
    size_t n_moves;
    rq_images calib;
    rq_stats *stats;
    rq_plan *plan;
    rq_graph *result;
    rq_fp16_report fp16_report;
    rq_images val; /* images to measure with: of --val, else of --data */
    rq_measuring measuring;
    rq_speed_result speed;
    size_t n_speeds;
    rq_node_times times_before, times_after;
    rq_report_step steps[RQ_MAX_STEPS];
    size_t n_steps;
    double step_started;
    double peak_memory; /* bytes */
} rq_quantizing;

/* Options, the model and the plan that is given. */
rq_status rq_quantizing_read(rq_quantizing *q, const rq_args *args);
/* The moves of scales that --plan lists. */
rq_status rq_quantizing_follow_moves(rq_quantizing *q);
/* Statistics of the activations, where they are needed. */
rq_status rq_quantizing_gather(rq_quantizing *q);
/* --equalize: scales move between layers where the outputs gain by it. */
rq_status rq_quantizing_equalize(rq_quantizing *q);
/* The plan, and the model that follows from it, both written. */
rq_status rq_quantizing_build(rq_quantizing *q);
/* Accuracy and speed of the two models. */
rq_status rq_quantizing_measure(rq_quantizing *q);
/* Writes the report, and prints it. */
rq_status rq_quantizing_report(const rq_quantizing *q);

/* Ends a step of the work: its time goes into the report. */
void rq_quantizing_end_step(rq_quantizing *q, const char *name);
/* Activations are quantized too. */
bool rq_quantizing_has_ranges(const rq_quantizing *q);
/* There are images, and not made-up ones. */
bool rq_quantizing_has_real_images(const rq_quantizing *q);

#endif
