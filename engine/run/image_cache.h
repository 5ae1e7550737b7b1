/* Images as a model is fed them, kept in memory for the next run over the same data set. */
#ifndef RQ_RUN_IMAGE_CACHE_H
#define RQ_RUN_IMAGE_CACHE_H

#include "engine/base/answer.h"
#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Of one data set and one preprocessing. Different images from different threads at once, each
 * image from one thread at a time. */
typedef struct rq_image_cache {
    float **pixels; /* by image; NULL: not kept */
    rq_view *views;
    size_t n;     /* images */
    size_t bytes; /* the first images that fit into so many are kept */
} rq_image_cache;

rq_status rq_image_cache_open(rq_image_cache *out, size_t n, size_t bytes);
void rq_image_cache_close(rq_image_cache *cache);

/* Copies the `count` floats of image i and its view; false: it is not kept. */
bool rq_image_cache_get(const rq_image_cache *cache, size_t i, float *pixels, size_t count,
                        rq_view *view);
/* Keeps image i if there is room for it and it is not kept yet. */
rq_status rq_image_cache_put(rq_image_cache *cache, size_t i, const float *pixels, size_t count,
                             const rq_view *view);

#endif
