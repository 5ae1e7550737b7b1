#include "engine/workbench/bench/timing.h"

#include "engine/base/mem.h"
#include "engine/base/progress.h"
#include "engine/run/seeded_session.h"
#include "engine/workbench/bench/core_wait.h"
#include "reports/metrics/speed_noise.h"

#include <math.h>
#include <stdlib.h>

#define SLICE_SECONDS 0.1
#define MIN_SLICES 10 /* in a short run the slices are shorter */

typedef struct measured_model {
    rq_seeded_session seeded;
    rq_samples slice, all; /* seconds of one inference */
} measured_model;

/* The first inference of a slice finds the caches full of another model: it counts only where it is
 * the only one. */
static rq_status time_slice(void *ctx, size_t i, double seconds, double *rate)
{
    measured_model *c = (measured_model *)ctx + i;
    double started = rq_now(), now = started, warm_up = 0;
    c->slice.n = 0;
    for (size_t run = 0; run == 0 || now - started < seconds; run++) {
        double before = now;
        RQ_TRY(rq_seeded_session_run(&c->seeded));
        now = rq_now();
        if (run == 0)
            warm_up = now - before;
        else
            RQ_TRY(rq_samples_add(&c->slice, now - before));
    }
    if (!c->slice.n) RQ_TRY(rq_samples_add(&c->slice, warm_up));
    RQ_TRY(rq_samples_append(&c->all, &c->slice));
    rq_samples_sort(&c->slice);
    *rate = 1 / rq_samples_quantile(&c->slice, 0.5);
    return RQ_OK;
}

static rq_status run_interleaved(rq_interleaved_summary *out, measured_model *all, size_t n,
                                 const rq_timing_options *options, rq_measuring *measuring)
{
    double share = options->seconds / (double)(n * MIN_SLICES);
    rq_interleaved interleaved = {.n = n,
                                  .seconds = options->seconds,
                                  .slice_seconds = share < SLICE_SECONDS ? share : SLICE_SECONDS,
                                  .slice = time_slice,
                                  .ctx = all,
                                  .against = options->against,
                                  .measuring = measuring};
    for (size_t i = 0; i < n; i++) all[i].all.n = 0;
    return rq_interleaved_run(out, &interleaved);
}

static const char *noise_of(const rq_timing *t, const rq_timing *other)
{
    double ratio = t == other ? (double)NAN : other->median / t->median;
    return rq_speed_noise(&(rq_speed_facts){.ratio = ratio,
                                            .first_spread = other->p90 / other->p10,
                                            .spread = t->p90 / t->p10,
                                            .round_ratio = t->summary.ratio,
                                            .round_ratio_low = t->summary.ratio_low,
                                            .round_ratio_high = t->summary.ratio_high,
                                            .waited = t->waited});
}

static rq_status measure_once(rq_timing *out, rq_interleaved_summary *summaries,
                              measured_model *all, size_t n, const rq_timing_options *options,
                              rq_measuring *measuring)
{
    rq_core_wait from = rq_core_wait_now();
    RQ_TRY(run_interleaved(summaries, all, n, options, measuring));
    rq_core_wait to = rq_core_wait_now();
    for (size_t i = 0; i < n; i++) {
        rq_samples_sort(&all[i].all);
        out[i] = (rq_timing){.median = rq_samples_quantile(&all[i].all, 0.5),
                             .p10 = rq_samples_quantile(&all[i].all, 0.1),
                             .p90 = rq_samples_quantile(&all[i].all, 0.9),
                             .p99 = rq_samples_quantile(&all[i].all, 0.99),
                             .runs = all[i].all.n,
                             .summary = summaries[i],
                             .waited = rq_core_wait_share(&from, &to)};
    }
    for (size_t i = 0; i < n; i++)
        out[i].noise = noise_of(&out[i], &out[options->against ? options->against[i] : 0]);
    return RQ_OK;
}

/* NULL: all are stable. */
static const char *find_noise(const rq_timing *timings, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (timings[i].noise) return timings[i].noise;
    return NULL;
}

/* What was noisy is measured anew, not averaged with what follows. */
static rq_status measure_interleaved(rq_timing *out, measured_model *all, size_t n,
                                     const rq_timing_options *options)
{
    rq_interleaved_summary *summaries;
    rq_measuring measuring;
    RQ_TRY(rq_calloc(&summaries, n, sizeof *summaries, "timings"));
    rq_measuring_begin(&measuring, "speed", options->seconds);
    rq_status status;
    do status = measure_once(out, summaries, all, n, options, &measuring);
    while (status == RQ_OK && rq_measuring_again(&measuring, find_noise(out, n), options->left));
    rq_measuring_end(&measuring);
    free(summaries);
    return status;
}

static void close_model(measured_model *c)
{
    rq_seeded_session_close(&c->seeded);
    rq_samples_free(&c->slice);
    rq_samples_free(&c->all);
}

rq_status rq_timing_measure(rq_timing *out, const rq_model *const *models, size_t n,
                            const rq_timing_options *options)
{
    measured_model *all;
    RQ_TRY(rq_calloc(&all, n, sizeof *all, "timings"));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < n; i++) {
        status = rq_seeded_session_open(&all[i].seeded, models[i], options->seed);
        if (status == RQ_OK) status = rq_seeded_session_run(&all[i].seeded); /* warm-up */
    }
    if (status == RQ_OK) status = measure_interleaved(out, all, n, options);
    for (size_t i = 0; i < n; i++) close_model(&all[i]);
    free(all);
    return status;
}
