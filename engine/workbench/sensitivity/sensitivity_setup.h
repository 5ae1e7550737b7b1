/* What analyze and tune start with: statistics of a model, the plan that follows from them, and the
 * plan carried out. */
#ifndef RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_SETUP_H
#define RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_SETUP_H

#include "engine/run/workload.h"
#include "engine/workbench/sensitivity/sensitivity_parts.h"

typedef struct rq_setup_options {
    const rq_plan_options *plan;
    const char *stats_path;  /* where statistics are kept; NULL: nowhere */
    const char *given_stats; /* statistics to decide from instead of calibrating; NULL: none */
    double fit_seconds; /* time for fitting codes to images; 0: they are rounded to the nearest */
} rq_setup_options;

typedef struct rq_setup {
    const rq_workload *workload;
    rq_stats *stats;
    rq_quant_plan *plan;
    rq_graph *quantized; /* a clone of the workload's graph */
    rq_parts *parts;
} rq_setup;

/* The workload is bound and its images are listed. RQ_EARG where its model is quantized already.
 * After a failure too, to be closed, before the workload. */
rq_status rq_setup_open(rq_setup *out, const rq_workload *workload,
                        const rq_setup_options *options);
void rq_setup_close(rq_setup *setup);

#endif
