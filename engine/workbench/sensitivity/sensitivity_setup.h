/* What analyze and tune start with: a decided plan, carried out and taken apart. */
#ifndef RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_SETUP_H
#define RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_SETUP_H

#include "engine/workbench/search/decide.h"
#include "engine/workbench/sensitivity/sensitivity_parts.h"

typedef struct rq_setup {
    rq_decision decision; /* its workload is what both go on with: the network may be equalized */
    rq_graph *quantized;  /* a clone of the workload's graph: what quantize writes */
    rq_parts *parts;
} rq_setup;

/* As rq_decide_run; RQ_EARG also where the model is quantized already. After a failure too, to be
 * closed, before the workload. */
rq_status rq_setup_open(rq_setup *out, const rq_workload *workload,
                        const rq_decide_options *options, rq_steps *steps);
void rq_setup_close(rq_setup *setup);

#endif
