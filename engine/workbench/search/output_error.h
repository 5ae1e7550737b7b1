/* How far the outputs of edited clones of a graph are from the graph's own, on a few images: what a
 * search asks again and again. */
#ifndef RQ_WORKBENCH_SEARCH_OUTPUT_ERROR_H
#define RQ_WORKBENCH_SEARCH_OUTPUT_ERROR_H

#include "engine/run/image_input.h"

/* Borrowed while it is in use. */
typedef struct rq_output_error_job {
    const rq_graph *graph;
    const rq_exec_options *exec;
    const rq_image_request *request;
    const rq_args *args;
    const char *data;
    size_t n_images; /* at most, drawn from `data` by `seed` */
    uint64_t seed;
    unsigned threads; /* results do not depend on it */
} rq_output_error_job;

typedef struct rq_output_error rq_output_error;

/* Runs the graph, and keeps its outputs and the images. */
rq_status rq_output_error_open(rq_output_error **out, const rq_output_error_job *job);
void rq_output_error_close(rq_output_error **error);

/* dB: signal over noise of all images, the mean over outputs in f32; none counts for more than 100.
 * NAN where nothing can be compared: other types, only zeros. */
rq_status rq_output_error_measure(double *decibel, rq_output_error *error, const rq_graph *clone);

#endif
