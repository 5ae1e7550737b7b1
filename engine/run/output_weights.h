/* How much each output of a model counts where its outputs are one number. */
#ifndef RQ_RUN_OUTPUT_WEIGHTS_H
#define RQ_RUN_OUTPUT_WEIGHTS_H

#include "engine/base/arena.h"
#include "engine/exec/exec.h"

typedef struct rq_output_weight {
    const char *name; /* of the output: its layer's, or the tensor's */
    double weight;    /* at least 0; 0: it does not count */
} rq_output_weight;

/* {0}: all count alike. */
typedef struct rq_output_weights {
    rq_output_weight *v;
    size_t n;
} rq_output_weights;

/* "NAME=W", NAME perhaps with '=' in it. RQ_EARG without one, or for W that is no number from 0. */
rq_status rq_output_weight_parse(rq_output_weight *out, const char *text, rq_arena *arena);
/* weight[n outputs of the model]: 1 unless named. RQ_EARG for a name that no output has, or where
 * none would count. */
rq_status rq_output_weights_find(double *weight, const rq_output_weights *weights,
                                 const rq_model *model);

#endif
