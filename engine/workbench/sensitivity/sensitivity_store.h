/* Values of some images, as the FP32 and the quantized network compute them: what parts of the
 * network start from. */
#ifndef RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_STORE_H
#define RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_STORE_H

#include "engine/run/workload.h"
#include "engine/workbench/sensitivity/sensitivity_parts.h"

enum { RQ_STORE_FP32, RQ_STORE_QUANTIZED, RQ_STORES };

typedef struct rq_stored_image {
    bool good;                     /* it could be read, and was run */
    int64_t label;                 /* -1: none */
    rq_tensor *values[RQ_STORES];  /* by value id of the original; data NULL where not kept */
    rq_tensor *outputs[RQ_STORES]; /* by result */
} rq_stored_image;

typedef struct rq_store {
    const rq_workload *workload;
    const rq_parts *parts;
    rq_model *models[RQ_STORES];
    rq_image_feed feed;
    rq_stored_image *images; /* of the round */
    size_t first, n;         /* which images of the data set */
} rq_store;

/* `quantized`: the whole plan carried out; all borrowed. */
rq_status rq_store_open(rq_store *store, const rq_workload *workload, const rq_parts *parts,
                        const rq_graph *quantized);
void rq_store_close(rq_store *store);
/* Bytes that one image takes, of the shapes that the network is bound to. */
size_t rq_store_image_bytes(const rq_store *store);
/* Forgets the images it has, and runs images [first, first + n) of the data set. */
rq_status rq_store_fill(rq_store *store, size_t first, size_t n);

#endif
