/* Statistics of a model over images: gathered, continued after an interruption, or taken over from
 * a stats.h5 that fits. */
#ifndef RQ_WORKBENCH_CALIBRATE_CALIBRATE_H
#define RQ_WORKBENCH_CALIBRATE_CALIBRATE_H

#include "calib/stats.h"
#include "engine/run/workload.h"
#include "engine/workbench/calibrate/scaled_values.h"

typedef struct rq_calibrate_options {
    const char *path; /* stats.h5: continued if it fits, written as it grows (rq_calibration_pass),
                         at the end and on Ctrl-C; NULL: they are not kept */
    const char *earlier; /* of a run that ended: taken instead if they fit; NULL: none */
    const char *given;   /* statistics used as they are, refused when they are of another model or
                            preprocessing; nothing is run. NULL: none */
    rq_scaled_values scaled; /* of which statistics are gathered, too (rq_scaled_values_split) */
    const char *title;       /* of the progress line; NULL: "calibrate" */
    const char *data_digest; /* of the workload's images, from who knows it; NULL: they are read */
    size_t ran_before; /* images of the same list that the caller adds, who then saves them: `path`
                          has what Ctrl-C leaves; 0: the workload's are all */
} rq_calibrate_options;

typedef struct rq_calibration {
    rq_stats *stats;  /* owned by the caller */
    bool reused;      /* nothing had to be run */
    const char *path; /* the option's that has them; NULL: none */
} rq_calibration;

/* Of the workload's images, or of its shard of them; the graph is bound. */
rq_status rq_calibrate_run(rq_calibration *out, const rq_workload *workload,
                           const rq_calibrate_options *options);

/* Of an earlier run, whole, and of the same work; *out NULL: there are none, or several ranks, of
 * which one alone has files. quiet: why they are not taken is not said. */
rq_status rq_calibrate_find(rq_stats **out, const rq_workload *workload, const char *path,
                            bool quiet);

/* The same into a file, which is made, or replaced, when all is done: until then what there is lies
 * in a folder of its own beside it, from which the next run continues. RQ_EIO while another run
 * writes there. */
rq_status rq_calibrate_into(rq_calibration *out, const rq_workload *workload, const char *path);

/* RQ_EARG where statistics are not complete, or of another model or preprocessing than the
 * workload's. `name` is for the message. */
rq_status rq_calibration_check(const rq_stats *stats, const char *name,
                               const rq_workload *workload);

#endif
