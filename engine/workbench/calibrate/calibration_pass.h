/* One pass over images that gathers statistics of some values of a graph. */
#ifndef RQ_WORKBENCH_CALIBRATE_CALIBRATION_PASS_H
#define RQ_WORKBENCH_CALIBRATE_CALIBRATION_PASS_H

#include "calib/stats.h"
#include "engine/run/workload.h"
#include "engine/workbench/calibrate/calibrate_values.h"

typedef struct rq_calibration_pass {
    const rq_workload *workload;
    const rq_calibrate_values *values; /* which are gathered */
    rq_stats *stats;                   /* has all values */
    const char *title;                 /* of the progress line */
    size_t first;                      /* images before it are done already */
    size_t end;                        /* as of rq_pipeline; 0: all are run */
    /* May be NULL: called now and then, when the statistics are those of all images so far. After
     * it at most 10 s of work are lost, and no more than 50 images where saving them is cheap. */
    rq_status (*save)(void *ctx);
    void *ctx;
    /* out, also after a failure or Ctrl-C: what is done is in the statistics */
    size_t images_done, images_bad; /* of this pass; bad ones count as done */
} rq_calibration_pass;

/* `model` observes the values, `feed` is of it. By this process alone, whatever ranks there are. */
rq_status rq_calibration_pass_run(rq_calibration_pass *pass, const rq_model *model,
                                  const rq_image_feed *feed);

#endif
