/* Statistics of named float32 values over a set of images: what calibration gathers.
 *
 * Parallel gathering: every worker observes values into its own rq_stats_local; when an image is
 * done, rq_stats_merge_image adds its sums and extremes, one call at a time, in image order. When
 * the run ends, or stops, rq_stats_absorb takes over each worker's histograms, which count merged
 * images only, and rq_stats_finish derives the means. Nothing depends on the number of workers,
 * nor on how a list is cut into shards (sums are rq_exact_sum, counts are integers). */
#ifndef RQ_CALIB_STATS_H
#define RQ_CALIB_STATS_H

#include "calib/histogram.h"
#include "engine/base/hash.h"
#include "engine/base/tensor.h"

/* One value. All minima, maxima, means are over finite elements; where there is none they are 0,
 * in image_min and image_max NaN (also when the image did not produce the value). */
typedef struct rq_stats_value {
    const char *name;
    rq_shape shape;    /* as declared */
    int axis;          /* channel axis; -1: none */
    size_t n_channels; /* 1 when axis is -1 */
    size_t n_images;
    uint64_t count; /* elements seen, all images */
    uint64_t nan_count, inf_count;
    float min, max;
    float *image_min, *image_max;               /* [n_images] */
    float *channel_min, *channel_max;           /* [n_channels] */
    double *channel_mean, *channel_mean_square; /* [n_channels]: mean of x, mean of x^2 */
    rq_histogram
        *histogram; /* of finite elements; of large tensors a sample, see histogram_count.h */
} rq_stats_value;

/* Where the statistics come from. Texts are NULL when not known. */
typedef struct rq_stats_origin {
    const char *model,
        *model_digest; /* names are as given, for people; digests as engine/base/hash.h */
    const char *data, *data_digest; /* the list of images */
    const char *preprocess;         /* canonical text of the preprocessing */
    const char *preprocess_digest;  /* of that text; rq_stats_set_origin computes it */
    const char *tool;               /* name and version of the program */
    const char *compute_isa;        /* what kernels were limited to (rq_isas); NULL: nothing */
    size_t images_total;            /* in the list */
    size_t images_done, images_bad; /* dealt with so far, and how many of them were skipped */
} rq_stats_origin;

/* Statistics of a part of a list of images: which part, and what it takes to join the parts to what
 * one run over the list would have given. */
typedef struct rq_stats_shard {
    size_t index, count;     /* part `index`, from 1, of `count` */
    size_t first, total;     /* where its images begin, and how many the list has */
    const char *list_digest; /* of the names of all, in order */
    const char *computed_by; /* library and instructions: others may give other bits */
    const char *options;     /* what `how` says, for people */
    double max_bad;          /* fraction of the whole list that may be unreadable */
    /* [images_total of the origin]: of its images' names and content */
    const char (*sample_digests)[RQ_DIGEST_TEXT];
    const uint8_t *how; /* what else the digest of the data is of: inputs, shapes, backend */
    size_t how_bytes;
} rq_stats_shard;

typedef struct rq_stats rq_stats;

rq_status rq_stats_create(rq_stats **out);
void rq_stats_destroy(rq_stats **stats);

/* Copies the texts. */
rq_status rq_stats_set_origin(rq_stats *stats, const rq_stats_origin *origin);
const rq_stats_origin *rq_stats_origin_of(const rq_stats *stats);
/* After the origin. Copies everything; NULL: they are of the whole list, as they are at first. */
rq_status rq_stats_set_shard(rq_stats *stats, const rq_stats_shard *shard);
const rq_stats_shard *rq_stats_shard_of(const rq_stats *stats); /* NULL: of the whole list */
/* RQ_EARG, naming found and expected, when the statistics are of another model, preprocessing or
 * list of images. What is NULL is not compared. `path` is for the message. */
rq_status rq_stats_check(const rq_stats *stats, const char *path, const char *model_digest,
                         const char *preprocess, const char *data_digest);

/* Before the first image. `axis`: of the channels, -1 for none, as where that dimension is dynamic.
 * `index` may be NULL. RQ_EARG for a name that is there already and for an axis that is not. */
rq_status rq_stats_add_value(rq_stats *stats, uint32_t *index, const char *name,
                             const rq_shape *shape, int axis);
size_t rq_stats_count(const rq_stats *stats);
const rq_stats_value *rq_stats_at(const rq_stats *stats, size_t i);
const rq_stats_value *rq_stats_find(const rq_stats *stats, const char *name); /* NULL: absent */

/* One worker's findings. Create it after the last rq_stats_add_value; `stats` must outlive it. */
typedef struct rq_stats_local rq_stats_local;
rq_status rq_stats_local_create(rq_stats_local **out, const rq_stats *stats);
void rq_stats_local_destroy(rq_stats_local **local);

/* Dense data of `shape`, whose rank and channel dimension are those declared (RQ_EARG): row-major,
 * or with dim 1, the channels', last in memory (channels_last). A value may be observed several
 * times in one image; the findings are combined. */
rq_status rq_stats_observe(rq_stats_local *local, uint32_t index, const float *data,
                           const rq_shape *shape, bool channels_last);

/* Adds the image that `local` observed last. Every image that counts is merged, in order. Only
 * RQ_ENOMEM; the statistics are then of no more use. */
rq_status rq_stats_merge_image(rq_stats *stats, rq_stats_local *local);
/* Moves the histograms of the images merged from `local`; an image not merged is left out. */
rq_status rq_stats_absorb(rq_stats *stats, rq_stats_local *local);
/* Derives min, max, means and moments; call after the last absorb. */
void rq_stats_finish(rq_stats *stats);

/* Appends the images of `from`, the next part of the list, finished like `into`. RQ_EARG, naming
 * the difference, for another model, preprocessing or set of values, for parts that are more than
 * the whole, and for shards, which tell more of themselves (rq_calibration_merge). */
rq_status rq_stats_merge(rq_stats *into, const rq_stats *from, const char *from_path);
/* The values alone, whatever the origins say; `into` is to be finished. RQ_EARG for other values.
 */
rq_status rq_stats_append(rq_stats *into, const rq_stats *from, const char *from_path);
/* The same where images of the two take turns: is_from says it of each image of both. */
rq_status rq_stats_weave(rq_stats *into, const rq_stats *from, const bool *is_from,
                         const char *from_path);

#endif
