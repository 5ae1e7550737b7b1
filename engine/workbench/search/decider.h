/* A decision in the making. Private to engine/workbench/search/decide*. */
#ifndef RQ_WORKBENCH_SEARCH_DECIDER_H
#define RQ_WORKBENCH_SEARCH_DECIDER_H

#include "engine/workbench/calibrate/calibrate_rest.h"
#include "engine/workbench/search/decision.h"
#include "engine/workbench/search/search_images.h"
#include "engine/workbench/steps.h"

typedef struct rq_decider {
    rq_decision *out;
    const rq_decide_options *options;
    rq_steps *steps;
    const rq_workload *workload; /* before anything is equalized */
    rq_search_images images;     /* of it; {0}: no search asked yet */
    rq_scaled_values scaled; /* by the equalization that was found or given; {0}: there is none */
    rq_begun_stats begun;    /* that decisions on the network needed; none once all images ran */
    bool knows_noisy_layers;
} rq_decider;

/* Ranges are decided here, and there are images to try them on. */
bool rq_decider_may_search(const rq_decider *d);
/* That ranges are of all images where these are few: the holdout ones judge what they helped to
 * make. Once all have run, where a search has asked for images. */
void rq_decider_tell_few_images(const rq_decider *d);
/* What all searches share, once one asks. */
rq_status rq_decider_need_images(rq_decider *d);
/* Rules for layers that INT8 would drown in noise, into `own` options. */
rq_status rq_decider_find_noisy_layers(rq_decide_options *own, rq_decider *d,
                                       const rq_stats *stats);

#endif
