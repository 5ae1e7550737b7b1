/* The options of how outputs are judged: their weights, and the user's own metric. */
#ifndef RQ_API_OPTIONS_SCORE_OPTIONS_H
#define RQ_API_OPTIONS_SCORE_OPTIONS_H

#include "engine/base/option.h"
#include "engine/base/settings.h"
#include "engine/run/workload.h"

extern const rq_option rq_output_weight_options[];
extern const rq_option rq_score_options[];

/* A program's function, as rq_settings keeps it under "score". */
typedef struct rq_score_call {
    rq_score_fn *function;
    void *ctx;
} rq_score_call;

rq_status rq_score_options_read(rq_workload *out, const rq_settings *settings);

#endif
