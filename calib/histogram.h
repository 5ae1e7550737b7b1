/* A histogram of float32 values that needs no range beforehand: the bucket of a value is the top
 * 16 bits of its bit pattern (sign, exponent, 7 mantissa bits), so that every octave has 128
 * buckets and a bucket is at most 1/128 of its value wide. Counts are integers: merging is exact
 * in any order. Values that are not finite have no bucket; -0.0 is counted apart from +0.0. */
#ifndef RQ_CALIB_HISTOGRAM_H
#define RQ_CALIB_HISTOGRAM_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RQ_HISTOGRAM_BUCKETS 65536
#define RQ_HISTOGRAM_PAGE 256 /* buckets in a page: two octaves of one sign */
#define RQ_HISTOGRAM_PAGES (RQ_HISTOGRAM_BUCKETS / RQ_HISTOGRAM_PAGE)

typedef struct rq_histogram {
    uint64_t *pages[RQ_HISTOGRAM_PAGES]; /* NULL: nothing counted there */
    uint64_t total;
    float min, max; /* bounds of all counted values; +Inf and -Inf while there is none */
} rq_histogram;

rq_status rq_histogram_create(rq_histogram **out);
void rq_histogram_destroy(rq_histogram **histogram);
void rq_histogram_clear(rq_histogram *histogram); /* keeps its memory for the next counts */

static inline uint32_t rq_histogram_bucket(float x)
{
    union {
        float f;
        uint32_t u;
    } v = {x};
    return v.u >> 16;
}

/* False for the buckets of infinities and NaN. */
static inline bool rq_histogram_is_finite(uint32_t bucket)
{
    return (bucket & 0x7f80u) != 0x7f80u;
}

/* Adds `count` to a finite bucket. The caller then widens the bounds with rq_histogram_bound. */
rq_status rq_histogram_add(rq_histogram *histogram, uint32_t bucket, uint64_t count);
/* The same for a whole page of counts; those of buckets that are not finite are left out. */
rq_status rq_histogram_add_page(rq_histogram *histogram, uint32_t page,
                                const uint64_t counts[RQ_HISTOGRAM_PAGE]);
/* All values counted so far that are not within the bounds yet lie in [min, max]. */
void rq_histogram_bound(rq_histogram *histogram, float min, float max);
rq_status rq_histogram_merge(rq_histogram *into, const rq_histogram *from);

uint64_t rq_histogram_at(const rq_histogram *histogram, uint32_t bucket);

/* One bucket that holds something, cut to the bounds: values in [low, high), negative ones in
 * (low, high]. Doubles, as the last bucket ends at 2^128. */
typedef struct rq_bin {
    double low, high, center;
    uint64_t count;
} rq_bin;
/* Of a finite bucket. */
rq_bin rq_histogram_bin(const rq_histogram *histogram, uint32_t bucket);
/* All of them in rising order of value, malloc'd. */
rq_status rq_histogram_bins(rq_bin **bins, size_t *n, const rq_histogram *histogram);

/* Mean of x^2 over the counted values, each bin taken as uniform; 0 when empty. */
double rq_histogram_mean_square(const rq_histogram *histogram);

#endif
