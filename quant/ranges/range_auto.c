#include "quant/ranges/range_auto.h"

#include "engine/base/numbers.h"

#include <math.h>
#include <stdio.h>

#define REFERENCE "minmax"          /* what a reason compares with: nothing clipped */
#define EQUAL_NOISE_FACTOR 1.047129 /* 0.2 dB: too little to tell ranges apart by */

static rq_status estimate(rq_range_candidate *c, size_t i, const rq_stats_value *value,
                          const rq_range_target *target)
{
    if (c->is_estimated) return RQ_OK;
    RQ_TRY(rq_range_estimate(&c->low, &c->high, rq_range_at(i)->name, value, target));
    c->is_estimated = true;
    return RQ_OK;
}

static void measure(rq_range_candidate *c, const rq_range_target *target,
                    const rq_output_noise *noise)
{
    float from, to;
    rq_range_limits(&from, &to, c->low, c->high, target);
    c->noise = rq_output_noise_at(noise, from, to, target->levels);
    c->is_measured = true;
}

/* Every estimator's. */
static rq_status measure_all(rq_range_candidate *all, const rq_stats_value *value,
                             const rq_range_target *target)
{
    rq_output_noise *noise;
    if (rq_range_is_known(all, NULL)) return RQ_OK;
    RQ_TRY(rq_output_noise_create(&noise, value, target->gain));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < rq_range_count(); i++) {
        status = estimate(&all[i], i, value, target);
        if (status == RQ_OK) measure(&all[i], target, noise);
    }
    rq_output_noise_destroy(&noise);
    return status;
}

static double decibel(double noise)
{
    return -rq_decibels(fmax(noise, 1e-30));
}

/* rq_range_count(): there is none of that name. */
static size_t index_of(const char *estimator)
{
    const rq_range_method *method = rq_range_find(estimator);
    size_t i = 0;
    while (i < rq_range_count() && rq_range_at(i) != method) i++;
    return i;
}

static void explain(rq_range_choice *out, const rq_range_candidate *all, size_t best)
{
    size_t reference = index_of(REFERENCE);
    const char *name = rq_range_at(best)->name;
    if (best == reference)
        snprintf(out->reason, sizeof out->reason, "SQNR at the consumers' outputs: %s %.1f dB",
                 name, decibel(all[best].noise));
    else
        snprintf(out->reason, sizeof out->reason,
                 "SQNR at the consumers' outputs: %s %.1f dB, %s %.1f dB", name,
                 decibel(all[best].noise), REFERENCE, decibel(all[reference].noise));
}

static double width(const rq_range_candidate *c)
{
    return (double)c->high - c->low;
}

/* The widest of those that are nearly as good as the best. */
static size_t pick(const rq_range_candidate *all)
{
    size_t best = 0, n = rq_range_count();
    for (size_t i = 1; i < n; i++)
        if (all[i].noise < all[best].noise) best = i;
    size_t widest = best;
    for (size_t i = 0; i < n; i++)
        if (all[i].noise <= EQUAL_NOISE_FACTOR * all[best].noise &&
            width(&all[i]) > width(&all[widest]))
            widest = i;
    return widest;
}

static rq_range_choice choice_of(const rq_range_candidate *all, size_t i)
{
    return (rq_range_choice){
        .low = all[i].low, .high = all[i].high, .estimator = rq_range_at(i)->name};
}

rq_status rq_range_choose(rq_range_choice *out, rq_range_candidate *candidates,
                          const rq_stats_value *value, const rq_range_target *target)
{
    RQ_TRY(measure_all(candidates, value, target));
    size_t best = pick(candidates);
    *out = choice_of(candidates, best);
    explain(out, candidates, best);
    return RQ_OK;
}

rq_status rq_range_choose_named(rq_range_choice *out, rq_range_candidate *candidates,
                                const char *estimator, const rq_stats_value *value,
                                const rq_range_target *target)
{
    size_t i = index_of(estimator);
    float low, high;
    if (i == rq_range_count()) return rq_range_estimate(&low, &high, estimator, value, target);
    RQ_TRY(estimate(&candidates[i], i, value, target));
    *out = choice_of(candidates, i);
    return RQ_OK;
}

bool rq_range_is_known(const rq_range_candidate *candidates, const char *estimator)
{
    if (estimator) {
        size_t i = index_of(estimator);
        return i < rq_range_count() && candidates[i].is_estimated;
    }
    for (size_t i = 0; i < rq_range_count(); i++)
        if (!candidates[i].is_measured) return false;
    return true;
}
