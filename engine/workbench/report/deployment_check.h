/* Does OpenVINO compute with the written model what requant's own engine does? */
#ifndef RQ_WORKBENCH_REPORT_DEPLOYMENT_CHECK_H
#define RQ_WORKBENCH_REPORT_DEPLOYMENT_CHECK_H

#include "engine/run/workload.h"

typedef struct rq_deployment_check {
    const char *note; /* a sentence with the figures, in the workload's arena; NULL: not checked */
    bool warning;     /* it says that something is wrong */
} rq_deployment_check;

/* Runs `graph` over some of the images in both, where OpenVINO's library is there. That OpenVINO
 * refuses the model is no failure but the finding. Without images, nothing. */
rq_status rq_deployment_check_run(rq_deployment_check *out, const rq_workload *workload,
                                  const rq_graph *graph, const rq_images *images);

#endif
