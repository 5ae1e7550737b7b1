#include "calib/histogram_count.h"

#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Neighbours are counted apart: activations are often equal (zeros after a ReLU), and an increment
 * that waits for the one before takes several times as long. The banks lie side by side: a power of
 * two apart they would compete for the same cache lines. */
#define BANKS 2

struct rq_histogram_counter {
    uint32_t counts[RQ_HISTOGRAM_BUCKETS][BANKS];
    size_t stride;
    size_t skip;    /* values to come before the next that counts */
    size_t pending; /* values counted here */
};

rq_status rq_histogram_counter_create(rq_histogram_counter **out)
{
    return rq_calloc(out, 1, sizeof **out, "histogram counters");
}

void rq_histogram_counter_destroy(rq_histogram_counter **counter)
{
    if (!counter) return;
    free(*counter);
    *counter = NULL;
}

static size_t common_factor(size_t a, size_t b)
{
    while (b) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

size_t rq_histogram_stride(size_t n)
{
    if (n <= RQ_HISTOGRAM_SAMPLES) return 1;
    size_t stride = (n + RQ_HISTOGRAM_SAMPLES - 1) / RQ_HISTOGRAM_SAMPLES;
    while (common_factor(n, stride) != 1) stride++;
    return stride;
}

static inline void increment(rq_histogram_counter *counter, size_t bank, float x)
{
    counter->counts[rq_histogram_bucket(x)][bank]++;
}

static rq_status drain_page(rq_histogram *histogram, rq_histogram_counter *counter, uint32_t page)
{
    uint64_t counts[RQ_HISTOGRAM_PAGE], total = 0;
    uint32_t(*from)[BANKS] = &counter->counts[page * RQ_HISTOGRAM_PAGE];
    for (size_t i = 0; i < RQ_HISTOGRAM_PAGE; i++) {
        counts[i] = (uint64_t)from[i][0] + from[i][1];
        total += counts[i];
    }
    if (!total) return RQ_OK;
    memset(from, 0, RQ_HISTOGRAM_PAGE * sizeof *from);
    counter->pending -= total;
    return rq_histogram_add_page(histogram, page, counts);
}

/* Pages [0, n) of one sign, from the largest magnitudes down: the smallest are rare, and hold zero.
 */
static rq_status drain_sign(rq_histogram *histogram, rq_histogram_counter *counter, uint32_t first,
                            uint32_t n)
{
    if (counter->pending) RQ_TRY(drain_page(histogram, counter, first));
    for (uint32_t page = first + n - 1; page > first && counter->pending; page--)
        RQ_TRY(drain_page(histogram, counter, page));
    return RQ_OK;
}

static uint32_t pages_within(float bound)
{
    return rq_histogram_bucket(bound) % (RQ_HISTOGRAM_BUCKETS / 2) / RQ_HISTOGRAM_PAGE + 1;
}

/* To note pages while counting would take longer than to look where values can be: within the
 * bounds, until all are found. What is not finite is out of bounds. */
static rq_status drain(rq_histogram *histogram, rq_histogram_counter *counter)
{
    const uint32_t negative = RQ_HISTOGRAM_PAGES / 2;
    if (histogram->max >= 0.0f)
        RQ_TRY(drain_sign(histogram, counter, 0, pages_within(histogram->max)));
    if (histogram->min <= 0.0f)
        RQ_TRY(drain_sign(histogram, counter, negative, pages_within(histogram->min)));
    RQ_TRY(drain_sign(histogram, counter, 0, negative));
    return drain_sign(histogram, counter, negative, negative);
}

static void count_values(rq_histogram_counter *counter, const float *data, size_t n)
{
    size_t stride = counter->stride, i = 0;
    for (; i + BANKS <= n; i += BANKS, data += BANKS * stride) {
        increment(counter, 0, data[0]);
        increment(counter, 1, data[stride]);
    }
    if (i < n) increment(counter, 0, *data);
    counter->pending += n;
}

void rq_histogram_count_begin(rq_histogram_counter *counter, size_t stride)
{
    counter->stride = stride;
    counter->skip = 0;
}

rq_status rq_histogram_count_part(rq_histogram *histogram, rq_histogram_counter *counter,
                                  const float *data, size_t n)
{
    while (counter->skip < n) {
        if (counter->pending == UINT32_MAX) RQ_TRY(drain(histogram, counter));
        size_t values = (n - counter->skip - 1) / counter->stride + 1;
        if (values > UINT32_MAX - counter->pending) values = UINT32_MAX - counter->pending;
        count_values(counter, data + counter->skip, values);
        counter->skip += values * counter->stride;
    }
    counter->skip -= n;
    return RQ_OK;
}

void rq_histogram_rows_begin(size_t *next, const rq_histogram_counter *counter, size_t element,
                             size_t n_channels, size_t positions)
{
    size_t stride = counter->stride;
    for (size_t c = 0; c < n_channels; c++)
        next[c] = (stride - (element + c * positions) % stride) % stride;
}

rq_status rq_histogram_count_rows(rq_histogram *histogram, rq_histogram_counter *counter,
                                  size_t *next, const float *rows, size_t first, size_t n_rows,
                                  size_t n_channels)
{
    size_t end = first + n_rows, stride = counter->stride, n = 0;
    if (counter->pending > UINT32_MAX - n_rows * n_channels) RQ_TRY(drain(histogram, counter));
    for (size_t c = 0; c < n_channels; c++)
        for (; next[c] < end; next[c] += stride)
            increment(counter, n++ % BANKS, rows[(next[c] - first) * n_channels + c]);
    counter->pending += n;
    return RQ_OK;
}

rq_status rq_histogram_count_end(rq_histogram *histogram, rq_histogram_counter *counter)
{
    return drain(histogram, counter);
}
