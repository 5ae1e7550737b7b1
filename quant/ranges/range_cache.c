#include "quant/ranges/range_cache.h"

#include "engine/base/mem.h"

#include <stdlib.h>

rq_status rq_range_cache_open(rq_range_cache *cache, size_t n_points)
{
    if (cache->candidates && cache->n_points == n_points) return RQ_OK;
    if (cache->candidates)
        return rq_fail(RQ_EARG, "ranges of %zu points were kept, and there are %zu",
                       cache->n_points, n_points);
    cache->n_points = n_points;
    return rq_calloc(&cache->candidates, 2 * n_points * rq_range_count(), sizeof *cache->candidates,
                     "ranges");
}

void rq_range_cache_close(rq_range_cache *cache)
{
    free(cache->candidates);
    *cache = (rq_range_cache){0};
}

rq_range_candidate *rq_range_cache_at(const rq_range_cache *cache, size_t point, bool symmetric)
{
    return cache->candidates + (2 * point + symmetric) * rq_range_count();
}
