/* What range estimators found, for plans of one network and its statistics made one after the
 * other: candidates of a search differ in which estimator they follow, not in what it finds. */
#ifndef RQ_QUANT_RANGE_CACHE_H
#define RQ_QUANT_RANGE_CACHE_H

#include "quant/ranges/range_auto.h"

/* {0}: nothing yet. */
typedef struct rq_range_cache {
    size_t n_points;                /* of the placement */
    rq_range_candidate *candidates; /* [n_points][2][rq_range_count()], symmetric ones second */
} rq_range_cache;

/* Before the first of `n_points` is asked for; RQ_EARG where there were others. */
rq_status rq_range_cache_open(rq_range_cache *cache, size_t n_points);
void rq_range_cache_close(rq_range_cache *cache); /* {0} again */

/* One for each estimator. Different points may be filled in at once. */
rq_range_candidate *rq_range_cache_at(const rq_range_cache *cache, size_t point, bool symmetric);

#endif
