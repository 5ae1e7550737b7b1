/* Calibration where some of the images ran before: for a decision that needs few of them. */
#ifndef RQ_WORKBENCH_CALIBRATE_CALIBRATE_REST_H
#define RQ_WORKBENCH_CALIBRATE_CALIBRATE_REST_H

#include "engine/workbench/calibrate/calibrate.h"

typedef struct rq_begun_stats {
    rq_stats *stats;  /* of the same values; NULL: none ran */
    rq_images images; /* that they are of */
} rq_begun_stats;

void rq_begun_stats_close(rq_begun_stats *begun); /* {0} again */

/* rq_calibrate_run, to the same bytes, but images of `begun` (borrowed; may be NULL) run no second
 * time, where all of them are the workload's and could be read, and no file holds some of its
 * statistics already. */
rq_status rq_calibrate_rest_run(rq_calibration *out, const rq_workload *workload,
                                const rq_calibrate_options *options, const rq_begun_stats *begun);

#endif
