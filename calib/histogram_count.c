#include "calib/histogram_count.h"

#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Neighbours go to different banks: activations are often equal (zeros after a ReLU), and an
 * increment that waits for the one before takes five times as long. */
#define BANKS 4

struct rq_histogram_counter {
    uint32_t bank[BANKS][RQ_HISTOGRAM_BUCKETS];
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
    counter->bank[bank][bucket]++;
    counter->touched[bucket / RQ_HISTOGRAM_PAGE] = 1;
}

static rq_status drain_page(rq_histogram *histogram, rq_histogram_counter *counter, uint32_t page)
{
    uint64_t counts[RQ_HISTOGRAM_PAGE] = {0};
    counter->touched[page] = 0;
    for (size_t b = 0; b < BANKS; b++) {
        uint32_t *bank = &counter->bank[b][page * RQ_HISTOGRAM_PAGE];
        for (size_t i = 0; i < RQ_HISTOGRAM_PAGE; i++) counts[i] += bank[i];
        memset(bank, 0, RQ_HISTOGRAM_PAGE * sizeof *bank);
    }
    return rq_histogram_add_page(histogram, page, counts);
}

rq_status rq_histogram_count(rq_histogram *histogram, rq_histogram_counter *counter,
                             const float *data, size_t n, size_t stride)
{
    size_t i = 0, samples = (n + stride - 1) / stride;
    for (; i + BANKS <= samples; i += BANKS)
        for (size_t b = 0; b < BANKS; b++) increment(counter, b, data[(i + b) * stride]);
    for (; i < samples; i++) increment(counter, 0, data[i * stride]);
    for (uint32_t page = 0; page < RQ_HISTOGRAM_PAGES; page++)
        if (counter->touched[page]) RQ_TRY(drain_page(histogram, counter, page));
    return RQ_OK;
}
