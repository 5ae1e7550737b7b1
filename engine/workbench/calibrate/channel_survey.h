/* Ranges, means and powers of the channels of some values, along any axis, over a few images. */
#ifndef RQ_WORKBENCH_CALIBRATE_CHANNEL_SURVEY_H
#define RQ_WORKBENCH_CALIBRATE_CHANNEL_SURVEY_H

#include "engine/run/workload.h"
#include "quant/equalize.h"

typedef struct rq_surveyed {
    rq_id value;
    int axis;
    size_t n; /* channels */
} rq_surveyed;

typedef struct rq_survey_options {
    const char *title; /* of the progress line */
    const rq_surveyed *values;
    size_t n_values;
} rq_survey_options;

/* surveys[n_values], of the workload's images: their arrays live in the arena. */
rq_status rq_channel_survey_run(rq_channel_survey *surveys, const rq_workload *workload,
                                const rq_survey_options *options, rq_arena *arena);

#endif
