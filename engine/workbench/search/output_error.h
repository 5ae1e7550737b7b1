/* How far the outputs of edited clones of a graph are from the graph's own, on a few images: what a
 * search asks again and again. */
#ifndef RQ_WORKBENCH_SEARCH_OUTPUT_ERROR_H
#define RQ_WORKBENCH_SEARCH_OUTPUT_ERROR_H

#include "engine/run/workload.h"
#include "engine/workbench/search/output_scores.h"
#include "quant/plan.h"

typedef struct rq_output_error_options {
    const char *title;       /* of the progress line */
    const rq_images *images; /* their data set outlives what is opened */
} rq_output_error_options;

typedef struct rq_output_error rq_output_error;

/* Runs the workload's graph and keeps its outputs. The workload is borrowed; results do not depend
 * on its threads. */
rq_status rq_output_error_open(rq_output_error **out, const rq_workload *workload,
                               const rq_output_error_options *options);
void rq_output_error_close(rq_output_error **error);

/* What has to be beaten, on the same images. */
typedef struct rq_output_rival {
    const rq_output_scores *scores;
    double least;    /* dB that have to be gained on it */
    bool half_tells; /* of the images: what has not gained that much by then is beaten, even if it
                        may be chance. For trials of many, which are confirmed later on */
} rq_output_rival;

typedef struct rq_output_error_score_options {
    const rq_graph *graph;        /* the workload's or a clone of it */
    const rq_quant_plan *plan;    /* it is scored as this quantizes it; NULL: as it is */
    const rq_output_rival *rival; /* or NULL. Images are run until it is plain that it is not
                                     beaten: there are fewer then, the same ones whatever the
                                     number of threads */
    const char *title;            /* of the progress line; NULL: as opened */
} rq_output_error_score_options;

/* Of outputs in f32; of a classification's probabilities the logits (logits.h). To be closed, after
 * a failure too, before the error is: it borrows the weights of outputs. */
rq_status rq_output_error_score(rq_output_scores *out, rq_output_error *error,
                                const rq_output_error_score_options *options);

#endif
