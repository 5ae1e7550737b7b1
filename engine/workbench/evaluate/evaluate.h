/* One or two models over labelled or unlabelled images: metrics of their outputs and, for two, the
 * error of every layer. */
#ifndef RQ_WORKBENCH_EVALUATE_EVALUATE_H
#define RQ_WORKBENCH_EVALUATE_EVALUATE_H

#include "engine/run/image_input.h"
#include "engine/workbench/evaluate/layer_compare.h"
#include "reports/metrics/measure.h"

typedef struct rq_measuring {
    const rq_graph *before; /* NULL: only `after` is measured */
    const rq_graph *after;  /* an edited clone of `before`, if that is there; else with `same` */
    const rq_bound *bound;  /* of `before`; NULL: no layers are compared */
    const rq_id *same;      /* by value of `after`: the value of `before` that it is compared with,
                             * RQ_NONE: none; NULL: ids are the same in both */
    const rq_exec_options *exec;
    const rq_image_request *request;
    const rq_args *args;
    rq_images *images;
    unsigned threads;
    uint64_t seed;
    /* out */
    rq_measure *measure;
    rq_layer_compare *layers; /* NULL when none are compared */
    double seconds;
    rq_image_plan plan; /* how images became inputs */
} rq_measuring;

rq_status rq_measuring_run(rq_measuring *m);
void rq_measuring_close(rq_measuring *m);

#endif
