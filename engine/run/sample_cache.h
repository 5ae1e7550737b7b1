/* Images that were decoded, resized and cropped, kept as 8-bit pixels for the passes to come.
 *
 * One cache serves a workload's data and the images that tune validates on, whatever the
 * preprocessing, and all threads: an entry is of a file and of how it becomes the pixels (what
 * follows, order of channels, mean and scale, costs little and is done again). Whether an image is
 * kept changes no result. */
#ifndef RQ_RUN_SAMPLE_CACHE_H
#define RQ_RUN_SAMPLE_CACHE_H

#include "datasets/loader.h"

typedef struct rq_sample_cache rq_sample_cache;

/* Keeps images until they take `bytes`; those that come later are decoded again. */
rq_status rq_sample_cache_create(rq_sample_cache **out, size_t bytes);
void rq_sample_cache_destroy(rq_sample_cache **cache); /* accepts NULL and *cache == NULL */

/* rq_load_pixels (datasets/loader.h) through the cache, which may be NULL: scratch->view and
 * scratch->resized are set. keep: what was not there is, from now on. Thread-safe as long as each
 * thread has its own scratch. */
rq_status rq_sample_cache_load(rq_sample_cache *cache, bool keep, const rq_image_plan *plan,
                               const char *path, rq_loader_scratch *scratch);

#endif
