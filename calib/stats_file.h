/* stats.h5: statistics on disk, for requant and for any HDF5 reader (h5py, HDFView).
 *
 * The first 512 bytes are a user block with a digest of the rest (see h5.h); a file that was
 * changed since is refused.
 *
 * Attributes of the root: format "requant statistics", version 1 (integer); texts, absent when not
 * known: tool, model, model_digest, data, data_digest, preprocess, preprocess_digest,
 * compute_isa; integers images_total, images_done, images_bad.
 *
 * One group /values/<number> for each value, "00000" the first. Attributes: name; shape (list of
 * integers, -1 where dynamic); axis of channels (-1: none); count, nan_count, inf_count of
 * elements. (min, max and sampled can be had from the datasets.) Datasets:
 *
 * - image_min, image_max: f32 [images]; NaN where nothing finite was in that image
 * - channel_min, channel_max: f32 [channels]; 0 where channel_finite is 0, like the means
 * - channel_finite: u64 [channels]; finite elements seen
 * - channel_mean, channel_moment: f64 [channels]; means of x and of x^2. Derived, not read back
 * - channel_sum, channel_square_sum: i64 [channels, 3], with channel_sum_top and
 *   channel_square_sum_top: i32 [channels]; exact sums (see exact_sum.h), which merging and
 *   resuming work from: sum over k of digit[k] * 2^(32 (top - k))
 * - histogram_bucket: u16 [n]; top 16 bits of a float32, rising; only those that occur
 * - histogram_low, histogram_high: f32 [n]; the least and the greatest value that the bucket holds,
 *   within those that were seen. Derived, not read back
 * - histogram_count: u64 [n]; finite elements in that bucket (large tensors: a sample)
 *
 * Statistics of a part of a list (rq_stats_shard) have a group /shard besides, and count and digest
 * that part's images above. Attributes: index, count, first, total (integers), list_digest,
 * computed_by, options (texts). Datasets: max_bad: f64 [1]; sample_digest: u8 [images_total, 32],
 * the digits of a digest; how: u8 [n].
 *
 * Each dataset has an attribute `units`. Equal statistics give equal bytes. */
#ifndef RQ_CALIB_STATS_FILE_H
#define RQ_CALIB_STATS_FILE_H

#include "calib/stats.h"

/* Atomic: under the real name there is never half a file. Call rq_stats_finish before. */
rq_status rq_stats_save(const rq_stats *stats, const char *path);

/* RQ_EIO where the program that saving needs is not found (hdf5_file.h). */
rq_status rq_stats_can_save(void);
/* RQ_EARG where saving would replace a file that is neither empty nor statistics, damaged ones
 * included. */
rq_status rq_stats_may_replace(const char *path);

/* RQ_EFORMAT, naming file and place, for anything that is not as above. */
rq_status rq_stats_load(rq_stats **out, const char *path);

#define RQ_STATS_FORMAT "requant statistics"
#define RQ_STATS_VERSION 1
#define RQ_STATS_SHARD "shard" /* the group */

#endif
