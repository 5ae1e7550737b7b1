/* Rounding better than nearest: some images are run through the network once more, and each layer's
 * codes are fitted to what its inputs turn out to be (quant/round_layer.h). */
#ifndef RQ_WORKBENCH_SEARCH_ROUNDING_RUN_H
#define RQ_WORKBENCH_SEARCH_ROUNDING_RUN_H

#include "engine/run/workload.h"
#include "quant/plan.h"

typedef struct rq_rounding_options {
    const rq_stats *stats;
    double work;     /* of rq_round_set_limit; layers beyond stay as they are */
    double deadline; /* of rq_now: no layer is begun behind it; 0: none */
} rq_rounding_options;

/* Changes codes, biases and `rounding` of the plan's weights. Of each four of the workload's images
 * three are fitted to, and each layer is validated on the last. */
rq_status rq_rounding_run(rq_quant_plan *plan, const rq_workload *workload,
                          const rq_rounding_options *options);

#endif
