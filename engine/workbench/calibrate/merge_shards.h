/* Shards of a calibration joined to what one run over all images gives, byte for byte. */
#ifndef RQ_WORKBENCH_CALIBRATE_MERGE_SHARDS_H
#define RQ_WORKBENCH_CALIBRATE_MERGE_SHARDS_H

#include "calib/stats.h"

/* The files of all shards, in any order; one is in memory at a time beside the sum. RQ_EARG, naming
 * the file, found and expected, for what is no shard, or not complete, or was there already, or is
 * of another model, preprocessing, list of images, version, computer or options than the first;
 * and, naming them, where shards are missing. RQ_EFORMAT where too many images were unreadable. */
rq_status rq_shards_merge(rq_stats **out, const char *const *paths, size_t n);

#endif
