#include "engine/workbench/bench/interleaved.h"

#include "engine/base/callbacks.h"
#include "engine/base/mem.h"
#include "engine/base/progress.h"
#include "engine/base/threads.h"

#include <stdlib.h>

#define MIN_ROUNDS 5

static rq_status run_rounds(rq_samples *rates, const rq_interleaved *interleaved)
{
    double started = rq_now();
    for (size_t round = 0; round < MIN_ROUNDS || rq_now() - started < interleaved->seconds; round++)
        for (size_t i = 0; i < interleaved->n; i++) {
            double rate;
            if (rq_cancelled()) return rq_fail(RQ_ECANCELLED, "interrupted");
            RQ_TRY(interleaved->slice(interleaved->ctx, i, interleaved->slice_seconds, &rate));
            RQ_TRY(rq_samples_add(&rates[i], rate));
            if (interleaved->measuring) rq_measuring_tick(interleaved->measuring);
        }
    return RQ_OK;
}

/* Round by round: `own` and `other` are in the order of rounds. */
static rq_status compare(rq_interleaved_summary *out, const rq_samples *own,
                         const rq_samples *other)
{
    rq_samples ratios = {0};
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < own->n; i++)
        status = rq_samples_add(&ratios, own->v[i] / other->v[i]);
    rq_samples_sort(&ratios);
    out->ratio = rq_samples_quantile(&ratios, 0.5);
    out->ratio_low = rq_samples_quantile(&ratios, 0.1);
    out->ratio_high = rq_samples_quantile(&ratios, 0.9);
    rq_samples_free(&ratios);
    return status;
}

static rq_status summarise(rq_interleaved_summary *summaries, rq_samples *rates,
                           const rq_interleaved *interleaved)
{
    size_t n = interleaved->n;
    const size_t *against = interleaved->against;
    for (size_t i = 0; i < n; i++)
        RQ_TRY(compare(&summaries[i], &rates[i], &rates[against ? against[i] : 0]));
    for (size_t i = 0; i < n; i++) {
        rq_samples_sort(&rates[i]);
        summaries[i].rate = rq_samples_quantile(&rates[i], 0.5);
        summaries[i].spread = rq_samples_spread(&rates[i]);
        summaries[i].slices = rates[i].n;
    }
    return RQ_OK;
}

rq_status rq_interleaved_run(rq_interleaved_summary *summaries, const rq_interleaved *interleaved)
{
    rq_samples *rates;
    RQ_TRY(rq_calloc(&rates, interleaved->n, sizeof *rates, "timings"));
    rq_status status = run_rounds(rates, interleaved);
    if (status == RQ_OK) status = summarise(summaries, rates, interleaved);
    for (size_t i = 0; i < interleaved->n; i++) rq_samples_free(&rates[i]);
    free(rates);
    return status;
}
