/* Ranges: from statistics through an estimator, joined over groups, to FakeQuantize parameters. */
#include "calib/qparams.h"
#include "calib/range.h"
#include "quant/decide.h"
#include "quant/decide_given.h"

#include <math.h>
#include <stdlib.h>

#define ACTIVATION_LEVELS 256
#define DEFAULT_RANGE "mse"

rq_status rq_find_stats(const rq_stats_value **out, const rq_stats *stats, const rq_graph *graph,
                        rq_id value)
{
    char buffer[512];
    const char *name = rq_value_name(graph, value, buffer, sizeof buffer);
    *out = stats ? rq_stats_find(stats, name) : NULL;
    return *out ? RQ_OK
                : rq_fail(RQ_EARG,
                          "the statistics hold nothing for value '%s'; calibrate this model "
                          "anew",
                          name);
}

typedef struct span {
    float low, high;
} span;

static bool is_symmetric(const rq_plan *plan)
{
    return plan->options.preset == RQ_PRESET_PERFORMANCE;
}

/* The estimated range of one point, before groups are joined. */
static rq_status estimate(span *out, const rq_plan *plan, const rq_stats_value *stats,
                          const char **estimator)
{
    rq_range_target target = {.levels = ACTIVATION_LEVELS, .symmetric = is_symmetric(plan)};
    *estimator = plan->options.range ? plan->options.range : DEFAULT_RANGE;
    return rq_range_estimate(&out->low, &out->high, *estimator, stats, &target);
}

static void to_fake_quantize(float *low, float *high, const rq_plan *plan, span s)
{
    if (is_symmetric(plan))
        rq_qparams_symmetric(low, high, fmaxf(fabsf(s.low), fabsf(s.high)), s.low < 0.0f,
                             ACTIVATION_LEVELS);
    else
        rq_qparams_asymmetric(low, high, s.low, s.high, ACTIVATION_LEVELS);
}

static void decide_per_tensor(rq_plan_activation *a, const rq_plan *plan, span s)
{
    a->n = 1;
    to_fake_quantize(&a->low[0], &a->high[0], plan, s);
}

/* Channels share signedness, or a depthwise layer would mix u8 and s8; near-empty ones get the
 * floor of facts, section 1.3. */
static void decide_per_channel(rq_plan_activation *a, const rq_plan *plan,
                               const rq_stats_value *stats)
{
    float most = 0.0f, lowest = 0.0f;
    for (size_t c = 0; c < stats->n_channels; c++) {
        most = fmaxf(most, fmaxf(fabsf(stats->channel_min[c]), fabsf(stats->channel_max[c])));
        lowest = fminf(lowest, stats->channel_min[c]);
    }
    float least = fmaxf(0.01f * most, 8e-5f);
    a->n = stats->n_channels;
    a->estimator = "minmax";
    for (size_t c = 0; c < a->n; c++) {
        span s = {stats->channel_min[c], stats->channel_max[c]};
        if (is_symmetric(plan)) {
            float absmax = fmaxf(fmaxf(fabsf(s.low), fabsf(s.high)), least);
            s = (span){lowest < 0.0f ? -absmax : 0.0f, absmax};
        }
        to_fake_quantize(&a->low[c], &a->high[c], plan, s);
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

static rq_status start_point(rq_plan_activation *a, span *s, rq_plan *plan, const rq_point *point,
                             int rank, const rq_stats_value *stats,
                             const rq_plan_file_activation *given)
{
    a->point = *point;
    a->levels = ACTIVATION_LEVELS;
    a->rank = rank;
    size_t n = given ? given->n : point->axis >= 0 ? stats->n_channels : 1;
    a->low = rq_arena_alloc(plan->arena, n, sizeof *a->low);
    a->high = rq_arena_alloc(plan->arena, n, sizeof *a->high);
    if (!a->low || !a->high) return RQ_ENOMEM;
    if (given) return rq_given_take(a, given, plan->arena);
    if (point->axis >= 0) {
        decide_per_channel(a, plan, stats);
        return RQ_OK;
    }
    return estimate(s, plan, stats, &a->estimator);
}

/* Points of one group get the union of their ranges. */
static rq_status join_group_spans(span *spans, const rq_plan *plan, size_t n_values)
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

static void finish_point(rq_plan_activation *a, const rq_plan *plan, span s,
                         const rq_stats_value *stats, bool is_given)
{
    a->signal = rq_histogram_moment(stats->histogram);
    if (a->point.axis >= 0) {
        a->noise = per_channel_noise(a);
        return;
    }
    if (!is_given) decide_per_tensor(a, plan, s);
    a->noise = rq_range_noise(stats->histogram, a->low[0], a->high[0], a->levels);
}

static rq_status decide_points(span *spans, const rq_plan_file_activation **given, rq_plan *plan,
                               const rq_bound *bound, const rq_stats *stats)
{
    const rq_stats_value *found;
    RQ_TRY(rq_given_activations(given, plan, bound));
    for (size_t i = 0; i < plan->n_activations; i++) {
        const rq_point *point = &plan->placement->points[i];
        RQ_TRY(rq_find_stats(&found, stats, bound->graph, point->value));
        RQ_TRY(start_point(&plan->activations[i], &spans[i], plan, point,
                           bound->values[point->value].shape.rank, found, given[i]));
    }
    RQ_TRY(join_group_spans(spans, plan, bound->graph->n_values));
    for (size_t i = 0; i < plan->n_activations; i++) {
        rq_plan_activation *a = &plan->activations[i];
        RQ_TRY(rq_find_stats(&found, stats, bound->graph, a->point.value));
        finish_point(a, plan, spans[i], found, given[i] != NULL);
    }
    return RQ_OK;
}

rq_status rq_decide_activations(rq_plan *plan, const rq_bound *bound, const rq_stats *stats)
{
    span *spans;
    const rq_plan_file_activation **given;
    RQ_TRY(rq_calloc(&spans, plan->n_activations, sizeof *spans, "ranges"));
    rq_status status = rq_calloc(&given, plan->n_activations, sizeof *given, "given ranges");
    if (status == RQ_OK) {
        status = decide_points(spans, given, plan, bound, stats);
        free(given);
    }
    free(spans);
    return status;
}
