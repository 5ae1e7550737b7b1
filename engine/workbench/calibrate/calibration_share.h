/* A calibration that ranks (engine/run/ranks.h) share. Private to engine/workbench/calibrate. */
#ifndef RQ_WORKBENCH_CALIBRATE_CALIBRATION_SHARE_H
#define RQ_WORKBENCH_CALIBRATE_CALIBRATION_SHARE_H

#include "engine/workbench/calibrate/calibration_pass.h"

/* Before the pass: the images that rank 0's file has, as all begin behind them. `mine`: how this
 * rank fares. */
rq_status rq_calibration_share_start(rq_stats_origin *origin, rq_status mine);
/* The pass itself, `end` being 0: rank 0 gets all statistics, and saves them. Of a process alone,
 * the same as rq_calibration_pass_run. */
rq_status rq_calibration_share_pass(rq_calibration_pass *pass, const rq_model *model,
                                    const rq_image_feed *feed);
/* After it: so do the others. */
rq_status rq_calibration_share_end(rq_stats *stats);

#endif
