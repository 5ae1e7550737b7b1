#include "engine/workbench/bench/interleaved.h"

#include "engine/base/callbacks.h"
#include "engine/base/mem.h"
#include "engine/base/progress.h"
#include "engine/base/threads.h"

#include <stdlib.h>

#define MIN_ROUNDS 5

static rq_status run_rounds(rq_samples *figures, const rq_contest *contest)
{
    double started = rq_now();
    for (size_t round = 0; round < MIN_ROUNDS || rq_now() - started < contest->seconds; round++)
        for (size_t i = 0; i < contest->n; i++) {
            double figure;
            if (rq_cancelled()) return rq_fail(RQ_ECANCELLED, "stopped by the user");
            RQ_TRY(contest->slice(contest->ctx, i, contest->slice_seconds, &figure));
            RQ_TRY(rq_samples_add(&figures[i], figure));
        }
    return RQ_OK;
}

/* Round by round: `own` and `first` are in the order of rounds. */
static rq_status compare(rq_standing *out, const rq_samples *own, const rq_samples *first)
{
    rq_samples ratios = {0};
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < own->n; i++)
        status = rq_samples_add(&ratios, own->v[i] / first->v[i]);
    rq_samples_sort(&ratios);
    out->ratio = rq_samples_quantile(&ratios, 0.5);
    out->ratio_low = rq_samples_quantile(&ratios, 0.1);
    out->ratio_high = rq_samples_quantile(&ratios, 0.9);
    rq_samples_free(&ratios);
    return status;
}

static rq_status summarise(rq_standing *standings, rq_samples *figures, size_t n)
{
    for (size_t i = 0; i < n; i++) RQ_TRY(compare(&standings[i], &figures[i], &figures[0]));
    for (size_t i = 0; i < n; i++) {
        rq_samples_sort(&figures[i]);
        standings[i].figure = rq_samples_quantile(&figures[i], 0.5);
        standings[i].spread = rq_samples_spread(&figures[i]);
        standings[i].slices = figures[i].n;
    }
    return RQ_OK;
}

rq_status rq_contest_run(rq_standing *standings, const rq_contest *contest)
{
    rq_samples *figures;
    RQ_TRY(rq_calloc(&figures, contest->n, sizeof *figures, "timings"));
    rq_status status = run_rounds(figures, contest);
    if (status == RQ_OK) status = summarise(standings, figures, contest->n);
    for (size_t i = 0; i < contest->n; i++) rq_samples_free(&figures[i]);
    free(figures);
    return status;
}
