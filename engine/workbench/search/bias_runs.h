/* Layers of the quantized network, level by level, on all images at once: each level starts from
 * what the one before it left, with the biases that were found for that. One run of the network in
 * all, where running it anew for each level would take as many as there are levels. */
#ifndef RQ_WORKBENCH_SEARCH_BIAS_RUNS_H
#define RQ_WORKBENCH_SEARCH_BIAS_RUNS_H

#include "engine/run/workload.h"
#include "engine/workbench/search/bias_levels.h"

typedef struct rq_bias_runs {
    const rq_workload *workload; /* over the images */
    const rq_bias_levels *levels;
    const char *title;
    size_t n_images;
    bool *read;         /* by image: it could be, and was run */
    rq_tensor **values; /* [image][value id]: data NULL where it is not known now */
    size_t *first;      /* by layer: of its channels */
    size_t n_channels;  /* of all layers */
    double *want, *got; /* [image][n_channels]: means of layers' outputs, in FP32 and quantized */
} rq_bias_runs;

/* Runs the workload's graph: `want`. The workload and the levels are borrowed. After a failure too,
 * to be closed. */
rq_status rq_bias_runs_open(rq_bias_runs *out, const rq_workload *workload,
                            const rq_bias_levels *levels, const char *title);
void rq_bias_runs_close(rq_bias_runs *runs);

/* Runs one level of `quantized`, a clone of the workload's graph: `got` of its layers. */
rq_status rq_bias_runs_level(rq_bias_runs *runs, const rq_graph *quantized, size_t level);
/* From now on a layer's output is that much larger in each channel. */
void rq_bias_runs_shift(rq_bias_runs *runs, size_t layer, const double *shift);
/* Forgets what no later level starts from. */
void rq_bias_runs_leave(rq_bias_runs *runs, size_t level);

#endif
