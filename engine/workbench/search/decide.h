/* From a model and images to the plan: statistics, cross-layer equalization, ranges, codes, biases.
 * The one place that decides; what quantize writes is what tune and analyze judge. */
#ifndef RQ_WORKBENCH_SEARCH_DECIDE_H
#define RQ_WORKBENCH_SEARCH_DECIDE_H

#include "engine/workbench/search/decision.h"
#include "engine/workbench/steps.h"

/* What can be told before images are run: RQ_EARG for a plan of another model, RQ_EFORMAT for
 * weights to be quantized that are NaN or infinite. */
rq_status rq_decide_check(const rq_workload *workload, const rq_decide_options *options);

/* What rq_decide_run will do, about: a plan that is given may ask for other things, and with few
 * images a search may end before it begins. */
typedef struct rq_decide_stages {
    bool calibrates, equalizes;
    bool tries_layers,
        tries_ranges;             /* which stay in floating point; of the options' that are open */
    bool rounds, corrects_biases; /* adaptively; layer by layer */
} rq_decide_stages;
rq_decide_stages rq_decide_find_stages(const rq_workload *workload,
                                       const rq_decide_options *options);
/* How many steps it will tell of. */
size_t rq_decide_count_steps(const rq_workload *workload, const rq_decide_options *options);

/* The workload is bound and, where it has data, listed; it outlives `out`. Steps are added to
 * `steps`. RQ_EARG where statistics or a plan that are given do not fit, or images are missing.
 * After a failure too, to be closed. */
rq_status rq_decide_run(rq_decision *out, const rq_workload *workload,
                        const rq_decide_options *options, rq_steps *steps);

/* RQ_EARG for a model that is quantized already; `remedy` ends the message: what to do about it. */
rq_status rq_decide_refuse_quantized(const rq_graph *graph, const char *remedy);

#endif
