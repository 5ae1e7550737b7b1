/* From what a run knows to the report that people read: fills rq_report. */
#ifndef RQ_WORKBENCH_REPORT_REPORT_BUILD_H
#define RQ_WORKBENCH_REPORT_REPORT_BUILD_H

#include "engine/workbench/report/deployment_check.h"
#include "calib/stats.h"
#include "engine/run/image_input.h"
#include "engine/workbench/bench/layer_times.h"
#include "engine/workbench/evaluate/evaluate.h"
#include "engine/workbench/output_paths.h"
#include "quant/fp16.h"
#include "engine/workbench/bench/speed.h"
#include "engine/workbench/search/decide.h"
#include "quant/plan.h"
#include "reports/report.h"

/* What quantizing one layer costs at the model's outputs, as tune and analyze measure it. */
typedef struct rq_layer_cost {
    const char *name;
    double error;    /* noise over signal when it alone is quantized */
    double float_ms; /* that leaving it in floating point adds; NAN: not measured */
    bool excluded;   /* it was left there */
} rq_layer_cost;

/* Into the rows of the report's layers that have these names. */
rq_status rq_report_add_costs(rq_report *report, const rq_layer_cost *costs, size_t n);

/* Everything is borrowed; what a run does not have is NULL or 0. */
typedef struct rq_report_facts {
    const char *command;            /* what was asked for, as one text */
    const char *lint;               /* likewise: what checks its preprocessing; NULL */
    const char *evaluate;           /* likewise: what measures `after` in OpenVINO; NULL */
    const char *tune;               /* likewise: what meets a budget, without that; NULL */
    const rq_report_budget *budget; /* NULL: none */
    const rq_report_trial *trials;  /* of the search for layers that meet it; NULL: none */
    size_t n_trials;
    const rq_report_note *note; /* about the images of it; NULL: none */
    const char *model_path;
    const rq_output_paths *paths;
    const char *written;   /* where the model after is now, if not in its place; NULL: there */
    const rq_graph *model; /* as it was read; NULL: that is `before` */
    const rq_deployment_check *deployment; /* of `after`; NULL: not checked */
    const char *input_warning;             /* about what the network is fed with; NULL: none */
    const char *prepared; /* what preparing changed of it, see rq_workload; NULL: nothing */
    const rq_graph *before, *after;
    const rq_bound *bound;           /* of `before` */
    const rq_quant_plan *plan;       /* NULL for FP16 */
    const rq_stats *stats;           /* NULL for FP16 */
    const rq_decide_options *asked;  /* what the plan follows from; NULL: not known */
    bool float_fp16;                 /* constants that the plan leaves are FP16 */
    const rq_fp16_report *fp16;      /* NULL where no constant became FP16 */
    const rq_evaluation *evaluation; /* NULL when nothing was measured */
    const rq_workload *workload;     /* to run the worst images once more; NULL: they are not */
    const rq_images *calib, *val;
    const char *calib_name, *val_name;
    const char *backend, *target_isa;
    const rq_speed_result *speeds;
    size_t n_speeds;
    rq_node_times times_before, times_after; /* empty: not measured */
    const rq_report_step *steps;
    size_t n_steps;
    unsigned threads;
    uint64_t seed;
    double peak_memory; /* bytes */
    bool thumbnails;
} rq_report_facts;

/* All but advice. */
rq_status rq_report_build(rq_report *out, const rq_report_facts *facts, rq_arena *arena);
/* In place of those that it has. */
rq_status rq_report_set_steps(rq_report *out, const rq_report_step *steps, size_t n,
                              rq_arena *arena);

/* Where the report says that something is lost: tries what could be done about it, on some of the
 * validation images, for at most 15 % of the time that the steps took, and puts lines of what gains
 * into the report. The workload is that of the plan. */
rq_status rq_report_try_advice(rq_report *report, const rq_report_facts *facts,
                               const rq_workload *workload);

/* Share of the values that are more than half a step, as 8 bits divide the range, outside
 * [low, high], by the histogram: what is nearer is rounded as any value is. NAN where there are
 * none. */
double rq_report_clipped_share(const rq_stats_value *stats, float low, float high);

/* Text in the arena; NULL is RQ_ENOMEM. */
rq_status rq_report_add_note(rq_report *out, bool warning, const char *text);

/* The parts, one file each. */
rq_status rq_report_build_models(rq_report *out, const rq_report_facts *facts, rq_arena *arena);
rq_status rq_report_build_layers(rq_report *out, const rq_report_facts *facts, rq_arena *arena);
/* Rows of outputs in OpenVINO, and the note about them. */
rq_status rq_report_build_deployment(rq_report *out, const rq_report_facts *facts, rq_arena *arena);
rq_status rq_report_note_deployment(rq_report *out, rq_arena *arena);
rq_status rq_report_build_notes(rq_report *out, const rq_report_facts *facts, rq_arena *arena);
/* How many weights are in which precision, and why; those that OpenVINO expands. */
rq_status rq_report_note_compression(rq_report *out, const rq_report_facts *facts, rq_arena *arena);
rq_status rq_report_build_kernels(rq_report *out, const rq_report_facts *facts, rq_arena *arena);
rq_status rq_report_build_histograms(rq_report *out, const rq_report_facts *facts, rq_arena *arena);
rq_status rq_report_build_graph(rq_report *out, const rq_report_facts *facts, rq_arena *arena);
rq_status rq_report_build_channels(rq_report *out, const rq_report_facts *facts, rq_arena *arena);
rq_status rq_report_build_times(rq_report *out, const rq_report_facts *facts, rq_arena *arena);
rq_status rq_report_build_images(rq_report *out, const rq_report_facts *facts, rq_arena *arena);
/* results[i] is the image of out->images[i]. */
rq_status rq_report_build_predictions(rq_report *out, const rq_report_facts *facts,
                                      const rq_image_result *results, rq_arena *arena);

#endif
