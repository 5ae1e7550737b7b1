#include "calib/histogram.h"

#include "engine/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEGATIVE 0x8000u /* the sign bit of a bucket */

rq_status rq_histogram_create(rq_histogram **out)
{
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "a histogram"));
    (*out)->min = INFINITY;
    (*out)->max = -INFINITY;
    return RQ_OK;
}

void rq_histogram_destroy(rq_histogram **histogram)
{
    if (!histogram || !*histogram) return;
    for (size_t p = 0; p < RQ_HISTOGRAM_PAGES; p++) free((*histogram)->pages[p]);
    free(*histogram);
    *histogram = NULL;
}

void rq_histogram_clear(rq_histogram *histogram)
{
    for (size_t p = 0; p < RQ_HISTOGRAM_PAGES; p++)
        if (histogram->pages[p])
            memset(histogram->pages[p], 0, RQ_HISTOGRAM_PAGE * sizeof(uint64_t));
    histogram->total = 0;
    histogram->min = INFINITY;
    histogram->max = -INFINITY;
}

static rq_status need_page(rq_histogram *histogram, uint32_t page)
{
    if (histogram->pages[page]) return RQ_OK;
    return rq_calloc(&histogram->pages[page], RQ_HISTOGRAM_PAGE, sizeof(uint64_t),
                     "a histogram page");
}

rq_status rq_histogram_add(rq_histogram *histogram, uint32_t bucket, uint64_t count)
{
    RQ_TRY(need_page(histogram, bucket / RQ_HISTOGRAM_PAGE));
    histogram->pages[bucket / RQ_HISTOGRAM_PAGE][bucket % RQ_HISTOGRAM_PAGE] += count;
    histogram->total += count;
    return RQ_OK;
}

rq_status rq_histogram_add_page(rq_histogram *histogram, uint32_t page,
                                const uint64_t counts[RQ_HISTOGRAM_PAGE])
{
    uint32_t n = RQ_HISTOGRAM_PAGE; /* infinities and NaN are the second half of their pages */
    if (!rq_histogram_is_finite((page + 1) * RQ_HISTOGRAM_PAGE - 1)) n /= 2;
    RQ_TRY(need_page(histogram, page));
    uint64_t *into = histogram->pages[page], total = 0;
    for (uint32_t i = 0; i < n; i++) {
        into[i] += counts[i];
        total += counts[i];
    }
    histogram->total += total;
    return RQ_OK;
}

void rq_histogram_bound(rq_histogram *histogram, float min, float max)
{
    histogram->min = fminf(histogram->min, min);
    histogram->max = fmaxf(histogram->max, max);
}

/* An empty page (left by rq_histogram_clear) must not cost the receiver one. */
static bool page_is_empty(const uint64_t *page)
{
    uint64_t any = 0; /* without a way out before the end this runs two and more at a time */
    for (size_t i = 0; i < RQ_HISTOGRAM_PAGE; i++) any |= page[i];
    return !any;
}

rq_status rq_histogram_merge(rq_histogram *into, const rq_histogram *from)
{
    for (uint32_t p = 0; p < RQ_HISTOGRAM_PAGES; p++) {
        const uint64_t *page = from->pages[p];
        if (!page || page_is_empty(page)) continue;
        RQ_TRY(need_page(into, p));
        uint64_t *sums = into->pages[p];
        for (size_t i = 0; i < RQ_HISTOGRAM_PAGE; i++) sums[i] += page[i];
    }
    into->total += from->total;
    rq_histogram_bound(into, from->min, from->max);
    return RQ_OK;
}

uint64_t rq_histogram_at(const rq_histogram *histogram, uint32_t bucket)
{
    const uint64_t *page = histogram->pages[bucket / RQ_HISTOGRAM_PAGE];
    return page ? page[bucket % RQ_HISTOGRAM_PAGE] : 0;
}

/* Rank 0 is the most negative bucket, 0x7fff the one of -0.0, 0x8000 the one of +0.0. */
static uint32_t bucket_of_rank(uint32_t rank)
{
    return rank < NEGATIVE ? 0xffffu - rank : rank - NEGATIVE;
}

/* Where the magnitudes of a bucket begin. */
static double magnitude(uint32_t bucket)
{
    union {
        uint32_t u;
        float f;
    } v = {(bucket & ~NEGATIVE) << 16};
    return isfinite(v.f) ? (double)v.f : ldexp(1.0, 128);
}

rq_bin rq_histogram_bin(const rq_histogram *histogram, uint32_t bucket)
{
    double near = magnitude(bucket), far = magnitude((bucket & ~NEGATIVE) + 1);
    double low = bucket & NEGATIVE ? -far : near, high = bucket & NEGATIVE ? -near : far;
    low = fmin(fmax(low, (double)histogram->min), high);
    high = fmax(fmin(high, (double)histogram->max), low);
    return (rq_bin){low, high, 0.5 * (low + high), rq_histogram_at(histogram, bucket)};
}

/* The next bucket that holds something, from *rank on, which moves behind it. */
static bool next_bin(rq_bin *bin, uint32_t *rank, const rq_histogram *histogram)
{
    while (*rank < RQ_HISTOGRAM_BUCKETS) {
        uint32_t bucket = bucket_of_rank(*rank);
        const uint64_t *page = histogram->pages[bucket / RQ_HISTOGRAM_PAGE];
        *rank += page ? 1 : RQ_HISTOGRAM_PAGE;
        if (!page || !page[bucket % RQ_HISTOGRAM_PAGE]) continue;
        *bin = rq_histogram_bin(histogram, bucket);
        return true;
    }
    return false;
}

static size_t count_bins(const rq_histogram *histogram)
{
    size_t n = 0;
    for (size_t p = 0; p < RQ_HISTOGRAM_PAGES; p++)
        for (size_t i = 0; histogram->pages[p] && i < RQ_HISTOGRAM_PAGE; i++)
            n += histogram->pages[p][i] != 0;
    return n;
}

rq_status rq_histogram_bins(rq_bin **bins, size_t *n, const rq_histogram *histogram)
{
    RQ_TRY(rq_calloc(bins, count_bins(histogram), sizeof **bins, "bins of a histogram"));
    *n = 0;
    for (uint32_t rank = 0; next_bin(&(*bins)[*n], &rank, histogram);) ++*n;
    return RQ_OK;
}

double rq_histogram_mean_square(const rq_histogram *histogram)
{
    double sum = 0.0;
    rq_bin bin;
    for (uint32_t rank = 0; next_bin(&bin, &rank, histogram);)
        sum += (double)bin.count * (bin.low * bin.low + bin.low * bin.high + bin.high * bin.high);
    return histogram->total ? sum / (3.0 * (double)histogram->total) : 0.0;
}
