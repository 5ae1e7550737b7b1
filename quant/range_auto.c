#include "quant/range_auto.h"

#include "engine/base/mem.h"
#include "engine/base/numbers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFERENCE "minmax"          /* what a reason compares with: nothing clipped */
#define EQUAL_NOISE_FACTOR 1.047129 /* 0.2 dB: too little to tell ranges apart by */

typedef struct range_candidate {
    const char *estimator;
    float low, high;
    double noise; /* over signal */
} range_candidate;

static rq_status measure_candidate(range_candidate *out, const char *name,
                                   const rq_stats_value *value, const rq_range_target *target,
                                   const rq_output_noise *noise)
{
    float from, to;
    out->estimator = name;
    RQ_TRY(rq_range_estimate(&out->low, &out->high, name, value, target));
    rq_range_limits(&from, &to, out->low, out->high, target);
    out->noise = rq_output_noise_at(noise, from, to, target->levels);
    return RQ_OK;
}

static double decibel(double noise)
{
    return -rq_decibels(fmax(noise, 1e-30));
}

static void explain(rq_range_choice *out, const range_candidate *best,
                    const range_candidate *reference)
{
    if (!strcmp(best->estimator, reference->estimator))
        snprintf(out->reason, sizeof out->reason, "SQNR at the consumers' outputs: %s %.1f dB",
                 best->estimator, decibel(best->noise));
    else
        snprintf(out->reason, sizeof out->reason,
                 "SQNR at the consumers' outputs: %s %.1f dB, %s %.1f dB", best->estimator,
                 decibel(best->noise), reference->estimator, decibel(reference->noise));
}

static double width(const range_candidate *j)
{
    return (double)j->high - j->low;
}

/* The widest of those that are nearly as good as the best. */
static const range_candidate *pick(const range_candidate *all, size_t n)
{
    const range_candidate *best = all;
    for (size_t i = 1; i < n; i++)
        if (all[i].noise < best->noise) best = &all[i];
    const range_candidate *widest = best;
    for (size_t i = 0; i < n; i++)
        if (all[i].noise <= EQUAL_NOISE_FACTOR * best->noise && width(&all[i]) > width(widest))
            widest = &all[i];
    return widest;
}

static rq_status choose(rq_range_choice *out, range_candidate *all, const rq_stats_value *value,
                        const rq_range_target *target, const rq_output_noise *noise)
{
    const range_candidate *reference = all;
    size_t n = rq_range_count();
    for (size_t i = 0; i < n; i++) {
        RQ_TRY(measure_candidate(&all[i], rq_range_at(i)->name, value, target, noise));
        if (!strcmp(all[i].estimator, REFERENCE)) reference = &all[i];
    }
    const range_candidate *best = pick(all, n);
    *out = (rq_range_choice){.low = best->low, .high = best->high, .estimator = best->estimator};
    explain(out, best, reference);
    return RQ_OK;
}

rq_status rq_range_choose(rq_range_choice *out, const rq_stats_value *value,
                          const rq_range_target *target)
{
    rq_output_noise *noise;
    RQ_TRY(rq_output_noise_create(&noise, value, target->gain));
    range_candidate *all;
    rq_status status = rq_calloc(&all, rq_range_count(), sizeof *all, "ranges");
    if (status == RQ_OK) {
        status = choose(out, all, value, target, noise);
        free(all);
    }
    rq_output_noise_destroy(&noise);
    return status;
}
