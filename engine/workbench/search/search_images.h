/* The images that decisions are made with: some to fit to, others to validate on. */
#ifndef RQ_WORKBENCH_SEARCH_SEARCH_IMAGES_H
#define RQ_WORKBENCH_SEARCH_SEARCH_IMAGES_H

#include "engine/run/workload.h"

typedef struct rq_search_images {
    rq_images fit, holdout;
    bool enough; /* else nothing is decided; a search says so itself */
} rq_search_images;

/* As many images to fit to as a network of this size leaves time for, and at least `n_fit`; twice
 * as many as it leaves time for to validate on; where the data, or the workload's subset, have
 * fewer, half of them for either. */
rq_status rq_search_images_open(rq_search_images *out, const rq_workload *workload, size_t n_fit);
void rq_search_images_close(rq_search_images *images); /* {0} again */

#endif
