/* Statistics of a network and of the equalized one that was made of it, from one pass of images. */
#ifndef RQ_WORKBENCH_CALIBRATE_CALIBRATE_EQUALIZED_H
#define RQ_WORKBENCH_CALIBRATE_CALIBRATE_EQUALIZED_H

#include "engine/workbench/calibrate/calibrate_rest.h"

/* Where statistics of either are kept, and those of an earlier run (rq_calibrate_options). */
typedef struct rq_calibrate_equalized_options {
    rq_scaled_values scaled; /* of the equalized network */
    const char *path, *earlier;
    const char *equalized_path, *equalized_earlier;
    const rq_begun_stats *begun; /* of images that ran before, both in one (kept_as); may
                                    be NULL */
} rq_calibrate_equalized_options;

typedef struct rq_equalized_calibration {
    rq_split_stats stats; /* owned by the caller */
    const char *reused;   /* the options' path of those that were there already; NULL: none were */
    bool saved;           /* path and equalized_path have them */
} rq_equalized_calibration;

/* `equalized`: the workload, of the equalized network. */
rq_status rq_calibrate_equalized_run(rq_equalized_calibration *out, const rq_workload *workload,
                                     const rq_workload *equalized,
                                     const rq_calibrate_equalized_options *options);

#endif
