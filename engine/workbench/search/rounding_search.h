/* Whether rounding better than nearest (rounding_run.h) brings the network's outputs nearer to
 * FP32's on images that it was not fitted to. */
#ifndef RQ_WORKBENCH_SEARCH_ROUNDING_SEARCH_H
#define RQ_WORKBENCH_SEARCH_ROUNDING_SEARCH_H

#include "engine/workbench/search/rounding_run.h"
#include "engine/workbench/search/search_images.h"

/* As rq_rounding_run on images to fit to; where holdout images do not gain by it the
 * plan's weights stay rounded to the nearest, and their `rounding` says so. */
rq_status rq_rounding_search(rq_quant_plan *plan, const rq_workload *workload,
                             rq_search_images *images, const rq_rounding_options *options);

#endif
