#include "engine/workbench/bench/timing.h"

#include "engine/base/progress.h"
#include "engine/run/seeded_session.h"

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

static rq_status measure_interleaved(rq_timing *out, measured_model *all, size_t n, double seconds)
{
    double share = seconds / (double)(n * MIN_SLICES);
    rq_interleaved interleaved = {.n = n,
                                  .seconds = seconds,
                                  .slice_seconds = share < SLICE_SECONDS ? share : SLICE_SECONDS,
                                  .slice = time_slice,
                                  .ctx = all};
    rq_interleaved_summary *summaries;
    RQ_TRY(rq_calloc(&summaries, n, sizeof *summaries, "timings"));
    rq_status status = rq_interleaved_run(summaries, &interleaved);
    for (size_t i = 0; status == RQ_OK && i < n; i++) {
        rq_samples_sort(&all[i].all);
        out[i] = (rq_timing){.median = rq_samples_quantile(&all[i].all, 0.5),
                             .p10 = rq_samples_quantile(&all[i].all, 0.1),
                             .p90 = rq_samples_quantile(&all[i].all, 0.9),
                             .p99 = rq_samples_quantile(&all[i].all, 0.99),
                             .runs = all[i].all.n,
                             .summary = summaries[i]};
    }
    free(summaries);
    return status;
}

static void close_model(measured_model *c)
{
    rq_seeded_session_close(&c->seeded);
    rq_samples_free(&c->slice);
    rq_samples_free(&c->all);
}

rq_status rq_timing_measure(rq_timing *out, const rq_model *const *models, size_t n, double seconds,
                            uint64_t seed)
{
    measured_model *all;
    RQ_TRY(rq_calloc(&all, n, sizeof *all, "timings"));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < n; i++) {
        status = rq_seeded_session_open(&all[i].seeded, models[i], seed);
        if (status == RQ_OK) status = rq_seeded_session_run(&all[i].seeded); /* warm-up */
    }
    if (status == RQ_OK) status = measure_interleaved(out, all, n, seconds);
    for (size_t i = 0; i < n; i++) close_model(&all[i]);
    free(all);
    return status;
}
