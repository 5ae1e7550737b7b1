/* Ranges: from statistics through an estimator, joined over groups, to FakeQuantize parameters. */
#include "calib/range.h"
#include "engine/base/threads.h"
#include "quant/decide.h"
#include "quant/decide_given.h"
#include "quant/decide_zero_points.h"
#include "quant/plan_digests.h"
#include "quant/ranges/noise_gains.h"
#include "quant/ranges/range_auto.h"

#include <math.h>
#include <stdlib.h>

#define ACTIVATION_LEVELS 256

rq_status rq_find_stats(const rq_stats_value **out, const rq_stats *stats, const rq_graph *graph,
                        rq_id value)
{
    char buffer[512];
    const char *name = rq_value_name(graph, value, buffer, sizeof buffer);
    *out = stats ? rq_stats_find(stats, name) : NULL;
    return *out
               ? RQ_OK
               : rq_fail(RQ_EARG, "no statistics for value '%s'; calibrate this model again", name);
}

typedef struct span {
    float low, high;
} span;

typedef struct decider {
    rq_quant_plan *plan;
    const rq_bound *bound;
    const rq_stats *stats;
    const rq_plan_inputs *inputs;
    const rq_plan_file_activation **given; /* by point: from the plan that is followed; or NULL */
    span *spans;                           /* by point: as estimated, then joined over groups */
    rq_range_choice *choices;              /* by point */
    rq_range_cache *ranges;
    bool *zero_point; /* by point: preset auto gives its group one */
} decider;

static bool is_symmetric(const decider *d, size_t i)
{
    const rq_point_range *ranges = d->inputs->point_ranges;
    rq_preset preset = ranges ? ranges[i].preset : d->plan->options.preset;
    if (d->plan->placement->points[i].codes != RQ_CODES_ANY) return true;
    return preset == RQ_PRESET_PERFORMANCE || (preset == RQ_PRESET_AUTO && !d->zero_point[i]);
}

static rq_range_target target_of(bool symmetric)
{
    return (rq_range_target){.levels = ACTIVATION_LEVELS, .symmetric = symmetric};
}

static void decide_per_tensor(rq_plan_activation *a, bool symmetric, span s)
{
    const rq_range_target target = target_of(symmetric);
    a->n = 1;
    rq_range_limits(&a->low[0], &a->high[0], s.low, s.high, &target);
}

/* Channels share signedness, or a depthwise layer would mix u8 and s8. One that was always 0 gets
 * the widest range: 0 is exact in any, and another image may wake it. */
static void decide_per_channel(rq_plan_activation *a, bool symmetric, const rq_stats_value *stats)
{
    const rq_range_target target = target_of(symmetric);
    float most = 0.0f, lowest = 0.0f;
    for (size_t c = 0; c < stats->n_channels; c++) {
        most = fmaxf(most, fmaxf(fabsf(stats->channel_min[c]), fabsf(stats->channel_max[c])));
        lowest = fminf(lowest, stats->channel_min[c]);
    }
    a->n = stats->n_channels;
    a->estimator = "minmax";
    for (size_t c = 0; c < a->n; c++) {
        span s = {stats->channel_min[c], stats->channel_max[c]};
        float absmax = fmaxf(fabsf(s.low), fabsf(s.high));
        if (absmax == 0.0f) absmax = s.high = most;
        if (symmetric) s = (span){lowest < 0.0f ? -absmax : 0.0f, absmax};
        rq_range_limits(&a->low[c], &a->high[c], s.low, s.high, &target);
    }
}

static double per_channel_noise(const rq_plan_activation *a)
{
    double sum = 0.0;
    for (size_t c = 0; c < a->n; c++) {
        double step = ((double)a->high[c] - a->low[c]) / (a->levels - 1);
        sum += step * step / 12.0; /* uniform rounding error; nothing is clipped */
    }
    return sum / (double)a->n;
}

static bool is_per_channel(const rq_plan_activation *a)
{
    return a->point.axis >= 0;
}

static rq_status start_point(const decider *d, size_t i)
{
    rq_plan_activation *a = &d->plan->activations[i];
    const rq_stats_value *stats;
    a->point = d->plan->placement->points[i];
    a->levels = ACTIVATION_LEVELS;
    a->rank = d->bound->values[a->point.value].shape.rank;
    RQ_TRY(rq_find_stats(&stats, d->stats, d->bound->graph, a->point.value));
    size_t n = d->given[i] ? d->given[i]->n : is_per_channel(a) ? stats->n_channels : 1;
    a->low = rq_arena_alloc(d->plan->arena, n, sizeof *a->low);
    a->high = rq_arena_alloc(d->plan->arena, n, sizeof *a->high);
    if (!a->low || !a->high) return RQ_ENOMEM;
    if (d->given[i]) return rq_given_take(a, d->given[i], d->plan->arena);
    /* Zero points that differ between channels are more than the kernels take. */
    if (is_per_channel(a)) decide_per_channel(a, d->plan->options.preset != RQ_PRESET_MIXED, stats);
    return RQ_OK;
}

/* NULL: the best at the consumers' outputs. */
static const char *asked_estimator(const decider *d, size_t i)
{
    const rq_point_range *ranges = d->inputs->point_ranges;
    return ranges ? ranges[i].estimator : d->plan->options.range;
}

/* Every estimator's, where an earlier plan found them. */
static rq_status recall(rq_range_candidate *candidates, char digest[RQ_DIGEST_TEXT], rq_memo *memo,
                        const rq_stats_value *stats, const rq_range_target *target)
{
    RQ_TRY(rq_ranges_digest(digest, stats, target));
    rq_memo_find(candidates, rq_range_count() * sizeof *candidates, memo, digest);
    return RQ_OK;
}

/* The best of all, which are filled in. */
static rq_status choose_best(rq_range_choice *out, rq_range_candidate *candidates, rq_memo *memo,
                             const rq_stats_value *stats, const rq_range_target *target)
{
    char digest[RQ_DIGEST_TEXT];
    if (rq_range_is_known(candidates, NULL)) memo = NULL;
    if (memo) RQ_TRY(recall(candidates, digest, memo, stats, target));
    RQ_TRY(rq_range_choose(out, candidates, stats, target));
    return memo ? rq_memo_keep(memo, digest, candidates, rq_range_count() * sizeof *candidates)
                : RQ_OK;
}

static rq_status choose_range(const decider *d, size_t i, const rq_stats_value *stats)
{
    rq_range_target target = target_of(is_symmetric(d, i));
    rq_range_candidate *candidates = rq_range_cache_at(d->ranges, i, target.symmetric);
    const char *estimator = asked_estimator(d, i);
    rq_arena *arena;
    rq_gain gain;
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = RQ_OK;
    if (!rq_range_is_known(candidates, estimator)) {
        status = rq_noise_gains_find(&gain, d->bound, &d->plan->placement->points[i], stats, arena);
        target.gain = &gain;
    }
    if (status == RQ_OK)
        status = estimator
                     ? rq_range_choose_named(&d->choices[i], candidates, estimator, stats, &target)
                     : choose_best(&d->choices[i], candidates, d->inputs->memo, stats, &target);
    rq_arena_destroy(&arena);
    return status;
}

/* One point; points know nothing of each other. */
static rq_status estimate(void *ctx, unsigned worker, size_t i)
{
    const decider *d = ctx;
    const rq_stats_value *stats;
    (void)worker;
    if (d->given[i] || is_per_channel(&d->plan->activations[i])) return RQ_OK;
    RQ_TRY(rq_find_stats(&stats, d->stats, d->bound->graph, d->plan->placement->points[i].value));
    RQ_TRY(choose_range(d, i, stats));
    d->spans[i] = (span){d->choices[i].low, d->choices[i].high};
    return RQ_OK;
}

/* Points of one group get the union of their ranges. */
static rq_status join_group_spans(span *spans, const rq_quant_plan *plan, size_t n_values)
{
    uint32_t *first; /* by group: index of its first point + 1 */
    RQ_TRY(rq_calloc(&first, n_values, sizeof *first, "groups"));
    for (size_t i = 0; i < plan->n_activations; i++) {
        uint32_t *slot = &first[plan->activations[i].point.group];
        if (!*slot) *slot = (uint32_t)i + 1;
        span *joint = &spans[*slot - 1];
        joint->low = fminf(joint->low, spans[i].low);
        joint->high = fmaxf(joint->high, spans[i].high);
    }
    for (size_t i = 0; i < plan->n_activations; i++)
        spans[i] = spans[first[plan->activations[i].point.group] - 1];
    free(first);
    return RQ_OK;
}

static rq_status finish_point(const decider *d, size_t i)
{
    rq_plan_activation *a = &d->plan->activations[i];
    const rq_stats_value *stats;
    RQ_TRY(rq_find_stats(&stats, d->stats, d->bound->graph, a->point.value));
    a->signal = rq_histogram_mean_square(stats->histogram);
    if (is_per_channel(a)) {
        a->noise = per_channel_noise(a);
        return RQ_OK;
    }
    if (!d->given[i]) {
        const rq_range_choice *choice = &d->choices[i];
        span s = d->spans[i];
        if (a->point.codes == RQ_CODES_SIGNED && s.low >= 0.0f) s.low = -s.high;
        decide_per_tensor(a, is_symmetric(d, i), s);
        a->estimator = choice->estimator;
        const char *reason = *choice->reason ? choice->reason : d->inputs->point_reason;
        if (reason && *reason) {
            a->estimator_reason = rq_arena_strdup(d->plan->arena, reason);
            if (!a->estimator_reason) return RQ_ENOMEM;
        }
    }
    return rq_range_noise(&a->noise, stats->histogram, a->low[0], a->high[0], a->levels);
}

static rq_status decide_points(decider *d)
{
    size_t n = d->plan->n_activations;
    unsigned threads = d->inputs->threads ? d->inputs->threads : 1;
    RQ_TRY(rq_decide_zero_points(d->zero_point, d->plan, d->bound, d->stats));
    if (d->inputs->given)
        RQ_TRY(rq_given_activations(d->given, d->inputs->given, d->plan->placement, d->bound));
    for (size_t i = 0; i < n; i++) RQ_TRY(start_point(d, i));
    RQ_TRY(rq_parallel_for(threads, n, estimate, d));
    RQ_TRY(join_group_spans(d->spans, d->plan, d->bound->graph->n_values));
    for (size_t i = 0; i < n; i++) RQ_TRY(finish_point(d, i));
    return RQ_OK;
}

rq_status rq_decide_activations(rq_quant_plan *plan, const rq_bound *bound, const rq_stats *stats,
                                const rq_plan_inputs *inputs)
{
    rq_range_cache own = {0};
    decider d = {.plan = plan,
                 .bound = bound,
                 .stats = stats,
                 .inputs = inputs,
                 .ranges = inputs->ranges ? inputs->ranges : &own};
    size_t n = plan->n_activations;
    rq_status status = rq_calloc(&d.spans, n, sizeof *d.spans, "ranges");
    if (status == RQ_OK) status = rq_calloc(&d.given, n, sizeof *d.given, "given ranges");
    if (status == RQ_OK) status = rq_calloc(&d.choices, n, sizeof *d.choices, "ranges");
    if (status == RQ_OK) status = rq_range_cache_open(d.ranges, n);
    if (status == RQ_OK) status = rq_calloc(&d.zero_point, n, sizeof *d.zero_point, "ranges");
    if (status == RQ_OK) status = decide_points(&d);
    rq_range_cache_close(&own);
    free(d.zero_point);
    free(d.choices);
    free(d.given);
    free(d.spans);
    return status;
}
