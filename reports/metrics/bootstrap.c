#include "engine/base/mem.h"
#include "engine/base/numbers.h"
#include "engine/base/rng.h"
#include "reports/metrics/interval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

rq_span rq_value_span(const char *unit, bool higher_is_better)
{
    bool percent = unit && !strcmp(unit, "%") && higher_is_better;
    return percent ? (rq_span){0, 100} : (rq_span){NAN, NAN};
}

rq_span rq_difference_span(rq_span value)
{
    return (rq_span){value.least - value.most, value.most - value.least};
}

/* Of n images that are all alike. */
static void set_rule_of_three(rq_estimate *out, size_t n, rq_span span)
{
    double share = 1 - pow(0.05, 1 / (double)n);
    out->low = out->high = NAN;
    if (isnan(span.least) || isnan(span.most)) return;
    out->low = out->value - share * fmax(out->value - span.least, 0);
    out->high = out->value + share * fmax(span.most - out->value, 0);
}

/* The two ends of what `kept` resampled values span. */
static void set_interval(rq_estimate *out, double *values, size_t kept, size_t n, rq_span span)
{
    if (kept == 0) return;
    rq_sort_f64(values, kept);
    out->low = rq_quantile(values, kept, 0.025);
    out->high = rq_quantile(values, kept, 0.975);
    if (values[0] == values[kept - 1]) set_rule_of_three(out, n, span);
}

typedef struct buffers {
    size_t *picks;
    double *now;    /* [k]: of one round */
    double *values; /* [k][rounds]: those that are numbers */
    size_t *kept;   /* [k] */
} buffers;

static rq_status open_buffers(buffers *b, size_t k, size_t n, size_t rounds)
{
    size_t all;
    if (!rq_mul_size(&all, k, rounds)) return rq_fail_memory(k, "a bootstrap");
    RQ_TRY(rq_calloc(&b->picks, n, sizeof *b->picks, "images of a bootstrap"));
    RQ_TRY(rq_calloc(&b->now, k, sizeof *b->now, "values of a bootstrap"));
    RQ_TRY(rq_calloc(&b->kept, k, sizeof *b->kept, "values of a bootstrap"));
    return rq_calloc(&b->values, all, sizeof *b->values, "rounds of a bootstrap");
}

static void close_buffers(buffers *b)
{
    free(b->picks);
    free(b->now);
    free(b->kept);
    free(b->values);
}

rq_status rq_bootstrap_many(rq_estimate *out, size_t k, rq_statistics_fn *statistics,
                            const void *ctx, size_t n, const rq_span *spans, size_t rounds,
                            uint64_t seed)
{
    buffers b = {0};
    rq_rng rng;
    for (size_t i = 0; i < k; i++) out[i] = RQ_NO_ESTIMATE;
    if (n == 0) return RQ_OK;
    rq_status status = open_buffers(&b, k, n, rounds);
    if (status == RQ_OK) {
        for (size_t i = 0; i < n; i++) b.picks[i] = i;
        statistics(b.now, ctx, b.picks, n);
        for (size_t i = 0; i < k; i++) out[i].value = b.now[i];
    }
    rq_rng_seed(&rng, seed);
    for (size_t round = 0; status == RQ_OK && n > 1 && round < rounds; round++) {
        for (size_t i = 0; i < n; i++) b.picks[i] = (size_t)rq_rng_below(&rng, n);
        statistics(b.now, ctx, b.picks, n);
        for (size_t i = 0; i < k; i++)
            if (!isnan(b.now[i])) b.values[i * rounds + b.kept[i]++] = b.now[i];
    }
    for (size_t i = 0; status == RQ_OK && i < k; i++)
        set_interval(&out[i], b.values + i * rounds, b.kept[i], n, spans[i]);
    close_buffers(&b);
    return status;
}

typedef struct single {
    rq_statistic_fn *statistic;
    const void *ctx;
} single;

static void call_single(double *out, const void *ctx, const size_t *picks, size_t n)
{
    const single *s = ctx;
    *out = s->statistic(s->ctx, picks, n);
}

rq_status rq_bootstrap(rq_estimate *out, rq_statistic_fn *statistic, const void *ctx, size_t n,
                       rq_span span, uint64_t seed)
{
    single s = {statistic, ctx};
    return rq_bootstrap_many(out, 1, call_single, &s, n, &span, RQ_BOOTSTRAP_ROUNDS, seed);
}
