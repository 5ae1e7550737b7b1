/* How far the outputs of edited clones of a graph are from the graph's own, on a few images: what a
 * search asks again and again. */
#ifndef RQ_WORKBENCH_SEARCH_OUTPUT_ERROR_H
#define RQ_WORKBENCH_SEARCH_OUTPUT_ERROR_H

#include "engine/run/workload.h"

typedef struct rq_output_error_options {
    const char *title; /* of the progress line */
    size_t n_images;   /* at most, drawn from all the data by `seed` */
    uint64_t seed;
} rq_output_error_options;

typedef struct rq_output_error rq_output_error;

/* Runs the workload's graph and keeps its outputs. The workload is borrowed; results do not depend
 * on its threads. */
rq_status rq_output_error_open(rq_output_error **out, const rq_workload *workload,
                               const rq_output_error_options *options);
void rq_output_error_close(rq_output_error **error);

/* dB: signal over noise of all images, the mean over outputs in f32; none counts for more than 100.
 * NAN where nothing can be compared: other types, only zeros. */
rq_status rq_output_error_measure(double *decibel, rq_output_error *error, const rq_graph *clone);

#endif
