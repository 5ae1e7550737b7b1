/* Two models of one network over a part of the images, their layers compared. */
#ifndef RQ_WORKBENCH_EVALUATE_LAYER_PASS_H
#define RQ_WORKBENCH_EVALUATE_LAYER_PASS_H

#include "engine/run/workload.h"
#include "engine/workbench/evaluate/layer_compare.h"

typedef struct rq_layer_pass {
    const rq_graph *before, *after;
    const rq_bound *bound; /* of `before` */
    const rq_id *same;     /* by value of `after`: the value of `before` that it is compared with,
                            * RQ_NONE: none; NULL: ids are the same in both */
    const char *title;     /* of the progress line */
} rq_layer_pass;

/* On those of the workload's images that rq_layer_compare_takes. Of models of its own: what is
 * observed is not fused away, so that other roundings may change an answer that hangs in the
 * balance. *out is owned by the caller. */
rq_status rq_layer_pass_run(rq_layer_compare **out, const rq_workload *workload,
                            const rq_layer_pass *pass);

#endif
