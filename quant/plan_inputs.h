/* What making one plan borrows beside the options: nothing of it is kept or saved. */
#ifndef RQ_QUANT_PLAN_INPUTS_H
#define RQ_QUANT_PLAN_INPUTS_H

#include "engine/base/memo.h"
#include "quant/plan_file.h"
#include "quant/ranges/range_cache.h"

/* How the range of one point is found. */
typedef struct rq_point_range {
    const char *estimator; /* NULL: the best at the consumers' outputs */
    rq_preset preset;
} rq_point_range;

/* {0}: nothing, on one thread. */
typedef struct rq_plan_inputs {
    const rq_plan_file *given; /* a plan to follow: its precisions, ranges and scales are taken;
                                  what its edits leave open (a value that is quantized now and
                                  was not) is decided from the statistics. NULL: none */
    const rq_point_range *point_ranges; /* by point of the placement, instead of the options' range
                                           and preset; NULL: none */
    const char *point_reason;           /* what spoke for them */
    bool activations_only;              /* weights stay as they are: to try ranges */
    bool tables_stay;                   /* tables of embeddings stay as they are: to try what does
                                           not concern them. Not for -weights precisions */
    rq_range_cache *ranges;             /* what earlier plans of the same network, statistics and
                                           placement found; NULL: none */
    rq_memo *memo;    /* what earlier plans of any network found, and what this one finds: the same
                         plan, sooner. NULL: none */
    unsigned threads; /* workers; 0 is 1. Plans do not depend on it */
} rq_plan_inputs;

#endif
