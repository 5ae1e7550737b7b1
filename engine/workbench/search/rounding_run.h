/* Rounding better than nearest: some images are run through the network once more, and each layer's
 * codes are fitted to what its inputs turn out to be (quant/round_layer.h). */
#ifndef RQ_WORKBENCH_SEARCH_ROUNDING_RUN_H
#define RQ_WORKBENCH_SEARCH_ROUNDING_RUN_H

#include "engine/run/image_input.h"
#include "quant/plan.h"

typedef struct rq_rounding_job {
    const rq_graph *graph;
    const rq_bound *bound; /* of the graph, for the same shapes as `exec` */
    const rq_stats *stats;
    const rq_exec_options *exec;
    const rq_image_request *request;
    const rq_args *args;
    const char *data; /* images to fit to, and to judge with: of each four the last */
    size_t subset;    /* at most so many of them, drawn by `seed`; 0: as many as it takes */
    uint64_t seed;
    unsigned threads;
    double seconds; /* what there is time for; layers that it does not reach stay as they are */
} rq_rounding_job;

/* Changes codes, biases and `rounding` of the plan's weights. */
rq_status rq_rounding_run(rq_plan *plan, const rq_rounding_job *job);

#endif
