/* What a shard's file says of the part that it is of (stats_file.h). Private to calib/stats*.c. */
#ifndef RQ_CALIB_STATS_SHARD_FILE_H
#define RQ_CALIB_STATS_SHARD_FILE_H

#include "calib/h5.h"
#include "calib/h5_tree.h"
#include "calib/stats_entry.h"

/* Into the root; nothing for statistics of a whole list. */
rq_status rq_stats_put_shard(rq_h5 *h5, const rq_stats *stats);
/* From the root, after the origin; nothing where there is no shard. The arena is the tree's.
 * RQ_EFORMAT, naming the file. */
rq_status rq_stats_get_shard(rq_stats *stats, rq_h5_tree *tree, rq_arena *arena, const char *path);

#endif
