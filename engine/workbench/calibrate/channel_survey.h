/* Ranges, means and powers of the channels of some values, along any axis, over a few images. */
#ifndef RQ_WORKBENCH_CALIBRATE_CHANNEL_SURVEY_H
#define RQ_WORKBENCH_CALIBRATE_CHANNEL_SURVEY_H

#include "engine/run/image_input.h"
#include "quant/equalize.h"

typedef struct rq_surveyed {
    rq_id value;
    int axis;
    size_t n; /* channels */
} rq_surveyed;

typedef struct rq_survey_job {
    const char *title; /* of the progress line */
    const rq_graph *graph;
    const rq_exec_options *exec;
    const rq_image_request *request;
    const rq_args *args;
    const rq_images *images;
    const rq_surveyed *values;
    size_t n_values;
    unsigned threads;
} rq_survey_job;

/* surveys[n_values]: their arrays live in the arena. */
rq_status rq_channel_survey_run(rq_channel_survey *surveys, const rq_survey_job *job,
                                rq_arena *arena);

#endif
