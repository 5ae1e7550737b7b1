/* Statistics of a model over images: gathered, continued after an interruption, or taken over from
 * a stats.h5 that fits. */
#ifndef RQ_WORKBENCH_CALIBRATE_CALIBRATE_H
#define RQ_WORKBENCH_CALIBRATE_CALIBRATE_H

#include "calib/stats.h"
#include "engine/run/workload.h"

typedef struct rq_calibrate_options {
    const char *path; /* stats.h5: read if it fits, written at the end and on Ctrl-C; NULL: they are
                         not kept */
    const char *given; /* statistics used as they are, refused when they are of another model or
                          preprocessing; nothing is run. NULL: none */
} rq_calibrate_options;

typedef struct rq_calibration {
    rq_stats *stats; /* owned by the caller */
    bool reused;     /* nothing had to be run */
} rq_calibration;

/* Of the workload's images; the graph is bound. */
rq_status rq_calibrate_run(rq_calibration *out, const rq_workload *workload,
                           const rq_calibrate_options *options);

/* RQ_EARG where statistics are not complete, or of another model or preprocessing than the
 * workload's. `name` is for the message. */
rq_status rq_calibration_check(const rq_stats *stats, const char *name,
                               const rq_workload *workload);

#endif
