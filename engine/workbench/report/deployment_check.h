/* Does OpenVINO compute with the written model what requant's own engine does? */
#ifndef RQ_WORKBENCH_REPORT_DEPLOYMENT_CHECK_H
#define RQ_WORKBENCH_REPORT_DEPLOYMENT_CHECK_H

#include "engine/run/workload.h"

typedef struct rq_deployed_output {
    const char *name;
    double sqnr_db; /* of OpenVINO's values against requant's; NaN: they do not compare */
    double quantization_sqnr_db; /* on the same images: of requant's against the original's */
} rq_deployed_output;

/* Texts live in the workload's arena. */
typedef struct rq_deployment_check {
    const char *runtime; /* "OpenVINO 2026.4.1"; NULL: not checked */
    const char *failure; /* that it could not run the model, and why, in a line; NULL: it could */
    rq_deployed_output *outputs;
    size_t n_outputs, n_images, n_shapes; /* shapes: different ones of the images */
    const char *const *kernels; /* rq_deployed_kernels_of the model; NULL: nothing is known */
} rq_deployment_check;

/* Runs `graph`, an edited clone of the workload's, over some of the images in both, where
 * OpenVINO's library is there; a dynamic one at several of the shapes that the images have. That
 * OpenVINO refuses the model is no failure but the finding. Without images, nothing. */
rq_status rq_deployment_check_run(rq_deployment_check *out, const rq_workload *workload,
                                  const rq_graph *graph, const rq_images *images);

#endif
