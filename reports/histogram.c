/* Histograms for drawing: equal buckets from buckets of any width. */
#include "reports/report.h"

#include <math.h>

rq_status rq_report_histogram_begin(rq_report_histogram *out, rq_arena *arena, double min,
                                    double max, size_t buckets)
{
    if (!isfinite(min) || !isfinite(max) || min > max || buckets == 0)
        return rq_fail(RQ_EARG, "a histogram of %zu buckets over [%g, %g]", buckets, min, max);
    if (min == max) {
        double half = fmax(fabs(min) * 0.01, 1e-6);
        min -= half;
        max += half;
    }
    double *edges = rq_arena_alloc(arena, buckets + 1, sizeof *edges);
    double *counts = rq_arena_alloc(arena, buckets, sizeof *counts);
    if (!edges || !counts) return RQ_ENOMEM;
    for (size_t i = 0; i <= buckets; i++) {
        double share = (double)i / (double)buckets;
        edges[i] = min * (1 - share) + max * share; /* max - min may overflow */
    }
    out->edges = (rq_reals){edges, buckets + 1};
    out->counts = (rq_reals){counts, buckets};
    return RQ_OK;
}

static size_t bucket_of(const rq_report_histogram *h, double x)
{
    double min = h->edges.values[0], max = h->edges.values[h->counts.n];
    double share = (x / 2 - min / 2) / (max / 2 - min / 2);
    double last = (double)(h->counts.n - 1);
    return (size_t)fmin(fmax(share * (double)h->counts.n, 0), last);
}

void rq_report_histogram_add(rq_report_histogram *histogram, double lo, double hi, double count)
{
    double *counts = histogram->counts.values;
    const double *edges = histogram->edges.values;
    size_t first = bucket_of(histogram, lo), last = bucket_of(histogram, hi);
    if (first >= last) {
        counts[first] += count;
        return;
    }
    double width = hi - lo;
    for (size_t i = first; i <= last; i++) {
        double from = i == first ? lo : edges[i], to = i == last ? hi : edges[i + 1];
        counts[i] += count * fmax(to - from, 0) / width;
    }
}
