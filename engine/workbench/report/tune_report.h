/* The files of a tuned model: what quantize writes, with the layers that were kept. */
#ifndef RQ_WORKBENCH_REPORT_TUNE_REPORT_H
#define RQ_WORKBENCH_REPORT_TUNE_REPORT_H

#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/bench/speed.h"
#include "engine/workbench/evaluate/evaluate.h"
#include "engine/workbench/tune/tune.h"
#include "reports/report.h"

typedef struct rq_tune_report_options {
    const rq_output_paths *paths;
    const char *command; /* what was asked for, as one text */
    const char
        *val_name; /* the data that the budget was held against; NULL: those calibrated with */
    const char *target_isa; /* as the user names it */
} rq_tune_report_options;

typedef struct rq_tuned {
    rq_report report; /* borrows from the rest, and from the tune */
    rq_evaluation evaluation;
    rq_partial_plan *partial;
    rq_graph *result; /* a clone of the workload's graph */
    rq_speed_result speed;
} rq_tuned;

/* Writes the model, plan.json, report.json and report.html. After a failure too, to be closed. */
rq_status rq_tune_write(rq_tuned *out, const rq_tuning *tune,
                        const rq_tune_report_options *options);
void rq_tuned_close(rq_tuned *tuned);

#endif
