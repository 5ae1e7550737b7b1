/* The images that decisions are made with: some to fit to, others to validate on. All searches of a
 * network take them from one split, so that nothing is ever validated on what it was fitted to. */
#ifndef RQ_WORKBENCH_SEARCH_SEARCH_IMAGES_H
#define RQ_WORKBENCH_SEARCH_SEARCH_IMAGES_H

#include "engine/base/memo.h"
#include "engine/workbench/search/output_error.h"

#define RQ_HOLDOUT_IMAGES 256 /* at most */

typedef struct rq_search_images {
    const rq_workload *workload;
    rq_images fit, holdout;
    size_t affordable; /* to fit to in many trials: what a network of this size leaves time for */
    bool enough;       /* else nothing is decided; a search says so itself */
    rq_output_error *outputs; /* of the holdout images; NULL: nobody asked yet */
    rq_output_scores scores;  /* of the plan as it stands, on them; sums NULL: nobody asked yet */
    rq_memo *memo;            /* for the plans of all searches */
} rq_search_images;

/* What a network of this size leaves time for in each of many trials. */
size_t rq_search_images_affordable(const rq_bound *bound);
/* That searches of it take, at most. */
size_t rq_search_images_most(const rq_bound *bound);

/* Twice as many holdout images as are affordable, as they run in few trials and decide what is
 * kept; at most half of what the data, or the workload's subset, have. The workload is borrowed. */
rq_status rq_search_images_open(rq_search_images *out, const rq_workload *workload);
void rq_search_images_close(rq_search_images *images); /* {0} again */

/* Of those to fit to, evenly spread, as many as are affordable, and at least n; to be closed. */
rq_status rq_search_images_fit(rq_images *out, const rq_search_images *images, size_t n);

/* The network's outputs on the holdout images, which run once for all searches: a changed network
 * that computes the same is compared with them, too. `title`: of the progress line. */
rq_status rq_search_images_outputs(rq_output_error **out, rq_search_images *images,
                                   const char *title);

#endif
