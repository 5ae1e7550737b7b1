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
    uint8_t touched[RQ_HISTOGRAM_PAGES];
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
    uint32_t bucket = rq_histogram_bucket(x);
    counter->counts[bucket][bank]++;
    counter->touched[bucket / RQ_HISTOGRAM_PAGE] = 1;
}

static rq_status drain_page(rq_histogram *histogram, rq_histogram_counter *counter, uint32_t page)
{
    uint64_t counts[RQ_HISTOGRAM_PAGE];
    uint32_t(*from)[BANKS] = &counter->counts[page * RQ_HISTOGRAM_PAGE];
    for (size_t i = 0; i < RQ_HISTOGRAM_PAGE; i++) counts[i] = (uint64_t)from[i][0] + from[i][1];
    memset(from, 0, RQ_HISTOGRAM_PAGE * sizeof *from);
    counter->touched[page] = 0;
    return rq_histogram_add_page(histogram, page, counts);
}

rq_status rq_histogram_count(rq_histogram *histogram, rq_histogram_counter *counter,
                             const float *data, size_t n, size_t stride)
{
    size_t i = 0, samples = (n + stride - 1) / stride;
    for (; i + 4 <= samples; i += 4, data += 4 * stride) {
        increment(counter, 0, data[0]);
        increment(counter, 1, data[stride]);
        increment(counter, 0, data[2 * stride]);
        increment(counter, 1, data[3 * stride]);
    }
    for (; i < samples; i++, data += stride) increment(counter, 0, *data);
    for (uint32_t page = 0; page < RQ_HISTOGRAM_PAGES; page++)
        if (counter->touched[page]) RQ_TRY(drain_page(histogram, counter, page));
    return RQ_OK;
}
