/* What rq_stats holds: the public values and the exact sums behind their means.
 * Private to calib/stats*.c. */
#ifndef RQ_CALIB_STATS_ENTRY_H
#define RQ_CALIB_STATS_ENTRY_H

#include "calib/exact_sum.h"
#include "calib/stats.h"
#include "engine/base/arena.h"
#include "engine/base/map.h"

/* In a file. */
#define RQ_STATS_MAX_IMAGES ((size_t)1 << 29)

typedef struct rq_stats_entry {
    rq_stats_value value;
    uint64_t *finite;                  /* [n_channels]: finite elements */
    rq_exact_sum *sum, *square;        /* [n_channels] */
    size_t min_capacity, max_capacity; /* of image_min and image_max */
} rq_stats_entry;

struct rq_stats {
    rq_arena *arena; /* names, arrays by channel, texts of the origin */
    rq_map *index;
    rq_stats_entry **entries;
    size_t n, capacity;
    rq_stats_origin origin;
    const rq_stats_shard *shard; /* NULL: the whole list */
};

/* Channels that a value of this shape has along the axis; 1 for none. */
size_t rq_stats_channels(const rq_shape *shape, int axis);
rq_status rq_stats_append_image(rq_stats_entry *entry, float min, float max);
/* Appends the images of `from`, of as many channels. */
rq_status rq_stats_merge_entry(rq_stats_entry *into, const rq_stats_entry *from);
/* Before the channel's count of finite elements grows. */
void rq_stats_widen_channel(rq_stats_entry *entry, size_t c, float min, float max);

#endif
