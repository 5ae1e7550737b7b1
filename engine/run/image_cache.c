#include "engine/run/image_cache.h"

#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

rq_status rq_image_cache_open(rq_image_cache *out, size_t n, size_t bytes)
{
    *out = (rq_image_cache){.n = n, .bytes = bytes};
    RQ_TRY(rq_calloc(&out->pixels, n, sizeof *out->pixels, "images"));
    return rq_calloc(&out->views, n, sizeof *out->views, "images");
}

void rq_image_cache_close(rq_image_cache *cache)
{
    for (size_t i = 0; cache->pixels && i < cache->n; i++) free(cache->pixels[i]);
    free(cache->pixels);
    free(cache->views);
    *cache = (rq_image_cache){0};
}

bool rq_image_cache_get(const rq_image_cache *cache, size_t i, float *pixels, size_t count,
                        rq_view *view)
{
    if (i >= cache->n || !cache->pixels[i]) return false;
    memcpy(pixels, cache->pixels[i], count * sizeof *pixels);
    *view = cache->views[i];
    return true;
}

rq_status rq_image_cache_put(rq_image_cache *cache, size_t i, const float *pixels, size_t count,
                             const rq_view *view)
{
    size_t each = count * sizeof *pixels;
    if (i >= cache->n || cache->pixels[i] || each == 0 || i >= cache->bytes / each) return RQ_OK;
    RQ_TRY(rq_alloc_aligned(&cache->pixels[i], each, "an image"));
    memcpy(cache->pixels[i], pixels, each);
    cache->views[i] = *view;
    return RQ_OK;
}
