/* What analyze and tune start with: a model, statistics and the plan that follows from them. */
#ifndef RQ_CLI_SENSITIVITY_SETUP_H
#define RQ_CLI_SENSITIVITY_SETUP_H

#include "engine/workbench/sensitivity/sensitivity_parts.h"
#include "engine/run/workload.h"

typedef struct rq_setup {
    rq_subject subject;
    rq_graph *quantized;
    rq_images calib;
    rq_stats *stats;
    rq_plan_options plan_options;
    rq_plan *plan;
    rq_parts *parts;
} rq_setup;

/* Reads --data, --seed, --subset, --stats and what shapes plans and images; calibrates unless
 * --stats is given. `stats_path`: where statistics are kept; NULL: nowhere. `fit_seconds`: time
 * for fitting codes to the images of --data; 0: they are rounded to the nearest. After a failure
 * too, to be closed. */
rq_status rq_setup_open(rq_setup *out, const rq_args *args, const char *stats_path,
                        double fit_seconds);
void rq_setup_close(rq_setup *setup);

#endif
