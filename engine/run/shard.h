/* Parts of a list of images, for runs that know nothing of each other: the jobs of a scheduler's
 * array, and ranks. */
#ifndef RQ_RUN_SHARD_H
#define RQ_RUN_SHARD_H

#include "engine/base/status.h"

#include <stddef.h>

/* Part `index`, from 1, of `count`. {0}: the whole. */
typedef struct rq_shard {
    size_t index, count;
} rq_shard;

typedef struct rq_image_span {
    size_t first, n;
} rq_image_span;

/* "3/8". RQ_EARG, with what was found, unless 1 <= 3 <= 8 <= 2^29. */
rq_status rq_shard_parse(rq_shard *out, const char *text);

/* The part's place in a list of `total`: consecutive images, as parts one behind the other are the
 * list; sizes differ by 1 at most. */
rq_image_span rq_shard_span(const rq_shard *shard, size_t total);

#endif
