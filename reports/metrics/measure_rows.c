/* From records to rows of the report: values, intervals, paired differences. */
#include "reports/fields.h"
#include "reports/metrics/interval.h"
#include "reports/metrics/measure_parts.h"

#include <math.h>

static rq_estimate percent(rq_estimate e)
{
    return (rq_estimate){100 * e.value, 100 * e.low, 100 * e.high};
}

static size_t count_hits(const rq_records *records)
{
    size_t hits = 0;
    for (size_t i = 0; i < records->n; i++) hits += *rq_records_at(records, i) != 0;
    return hits;
}

typedef struct statistic {
    const rq_metric *metric;
    const rq_metric_result *metric_result;
} statistic;

static double reduce_after(const void *ctx, const size_t *picks, size_t n)
{
    const statistic *s = ctx;
    return s->metric->reduce(&s->metric_result->after, picks, n);
}

static double reduce_before(const void *ctx, const size_t *picks, size_t n)
{
    const statistic *s = ctx;
    return s->metric->reduce(&s->metric_result->before, picks, n);
}

static double reduce_delta(const void *ctx, const size_t *picks, size_t n)
{
    return reduce_after(ctx, picks, n) - reduce_before(ctx, picks, n);
}

static void fill_proportions(rq_report_accuracy *row, const rq_metric_result *metric_result)
{
    const rq_records *before = &metric_result->before, *after = &metric_result->after;
    rq_pairs pairs = {0};
    row->after = percent(rq_wilson(count_hits(after), after->n));
    if (row->compares || before->n == 0) return;
    row->before = percent(rq_wilson(count_hits(before), before->n));
    for (size_t i = 0; i < after->n; i++) {
        bool right_before = *rq_records_at(before, i) != 0;
        bool right_after = *rq_records_at(after, i) != 0;
        pairs.both += right_before && right_after;
        pairs.lost += right_before && !right_after;
        pairs.gained += !right_before && right_after;
        pairs.neither += !right_before && !right_after;
    }
    row->delta = percent(rq_paired_difference(&pairs));
    row->lost = (double)pairs.lost;
    row->gained = (double)pairs.gained;
    row->p_value = rq_mcnemar(pairs.lost, pairs.gained);
}

static rq_status fill_values(rq_report_accuracy *row, const rq_metric *metric,
                             const rq_metric_result *metric_result, uint64_t seed)
{
    statistic s = {metric, metric_result};
    size_t n = metric_result->after.n;
    rq_span span = rq_value_span(metric->unit, metric->higher_is_better);
    RQ_TRY(rq_bootstrap(&row->after, reduce_after, &s, n, span, seed));
    if (row->compares || metric_result->before.n == 0) return RQ_OK;
    RQ_TRY(rq_bootstrap(&row->before, reduce_before, &s, n, span, seed));
    return rq_bootstrap(&row->delta, reduce_delta, &s, n, rq_difference_span(span), seed);
}

/* All figures at once: after, and, where it is evaluated too, before and the difference. */
typedef struct all_figures {
    const rq_metric *metric;
    const rq_metric_result *metric_result;
    bool paired;
} all_figures;

static void reduce_all(double *out, const void *ctx, const size_t *picks, size_t n)
{
    const all_figures *a = ctx;
    size_t k = a->metric->n_figures;
    a->metric->reduce_figures(out, &a->metric_result->after, picks, n);
    if (!a->paired) return;
    a->metric->reduce_figures(out + k, &a->metric_result->before, picks, n);
    for (size_t i = 0; i < k; i++) out[2 * k + i] = out[i] - out[k + i];
}

/* Fewer rounds where each is slow: percentiles of 100 are rough, but there. */
static size_t rounds_for(const rq_metric_result *metric_result)
{
    size_t numbers = metric_result->after.n_values + metric_result->before.n_values;
    size_t rounds = (size_t)2000000 / (numbers + 1);
    if (rounds < 100) return 100;
    return rounds < RQ_BOOTSTRAP_ROUNDS ? rounds : RQ_BOOTSTRAP_ROUNDS;
}

static rq_status fill_figures(rq_report_accuracy *rows, const rq_metric *metric,
                              const rq_metric_result *metric_result, uint64_t seed)
{
    rq_estimate estimates[3 * RQ_MAX_FIGURES];
    rq_span spans[3 * RQ_MAX_FIGURES];
    size_t k = metric->n_figures;
    all_figures all = {metric, metric_result, !rows->compares && metric_result->before.n > 0};
    for (size_t i = 0; i < k; i++) {
        spans[i] = rq_value_span(metric->figures[i].unit, metric->higher_is_better);
        spans[k + i] = spans[i];
        spans[2 * k + i] = rq_difference_span(spans[i]);
    }
    RQ_TRY(rq_bootstrap_many(estimates, all.paired ? 3 * k : k, reduce_all, &all,
                             metric_result->after.n, spans, rounds_for(metric_result), seed));
    for (size_t i = 0; i < k; i++) {
        rows[i].metric = metric->figures[i].name;
        rows[i].unit = metric->figures[i].unit;
        rows[i].help = metric->figures[i].help;
        rows[i].after = estimates[i];
        if (!all.paired) continue;
        rows[i].before = estimates[k + i];
        rows[i].delta = estimates[2 * k + i];
    }
    return RQ_OK;
}

static void describe(rq_report_accuracy *row, const rq_metric *metric, const char *output,
                     const rq_metric_result *metric_result)
{
    row->metric = metric->name;
    row->unit = metric->unit;
    row->help = metric->help;
    row->output = output;
    row->compares = (metric->needs & RQ_NEEDS_REFERENCE) != 0;
    row->higher_is_better = metric->higher_is_better;
    row->images = (double)metric_result->after.n;
}

/* Images of whose outputs the metric makes no number. */
static size_t count_nan(const rq_metric *metric, const rq_records *records)
{
    size_t n = 0;
    for (size_t i = 0; i < records->n; i++) n += isnan(metric->reduce(records, &i, 1));
    return n;
}

static rq_status explain(rq_report_accuracy *row, const rq_metric *metric,
                         const rq_metric_result *result, rq_arena *arena)
{
    double value = row->after.value;
    if (isfinite(value) || !metric->reduce) return RQ_OK;
    size_t nan = isnan(value) ? count_nan(metric, &result->after) : 0;
    row->why = isnan(value) ? rq_arena_printf(arena, "an output holds NaN in %zu of %.0f image%s",
                                              nan, row->images, rq_plural_real(row->images))
               : value > 0  ? "there is no difference"
                            : "there is nothing but difference";
    if (isnan(value) && !nan) row->why = "there are no images to tell it";
    return row->why ? RQ_OK : RQ_ENOMEM;
}

static rq_status fill_rows(rq_report_accuracy *rows, const rq_measure *measure, size_t i,
                           const rq_metric_result *metric_result, rq_arena *arena)
{
    const rq_measured *measured = &measure->measured[i];
    const rq_metric *metric = measured->metric;
    const char *output = NULL;
    if (measured->named) {
        output = rq_arena_strdup(arena, measure->options.output_names[measured->output]);
        if (!output) return RQ_ENOMEM;
    }
    for (size_t k = 0; k < rq_measured_rows(measured); k++)
        describe(&rows[k], metric, output, metric_result);
    if (metric->n_figures) return fill_figures(rows, metric, metric_result, measure->options.seed);
    if (metric->proportion)
        fill_proportions(rows, metric_result);
    else
        RQ_TRY(fill_values(rows, metric, metric_result, measure->options.seed));
    return explain(rows, metric, metric_result, arena);
}

static rq_status settle_and_fill(rq_report_accuracy *rows, const rq_measure *measure, size_t i,
                                 rq_arena *arena)
{
    rq_metric_result settled;
    rq_status status = rq_measure_settle(&settled, measure, i);
    if (status == RQ_OK) status = fill_rows(rows, measure, i, &settled, arena);
    rq_measure_unsettle(&settled, measure, i);
    return status;
}

rq_status rq_measure_rows(rq_report_accuracy **rows, size_t *n, const rq_measure *measure,
                          rq_arena *arena)
{
    size_t total = 0, at = 0;
    for (size_t i = 0; i < measure->n; i++) total += rq_measured_rows(&measure->measured[i]);
    rq_report_accuracy *made = rq_report_rows(arena, &rq_accuracy_type, total);
    if (!made) return RQ_ENOMEM;
    for (size_t i = 0; i < measure->n; i++) {
        RQ_TRY(settle_and_fill(&made[at], measure, i, arena));
        at += rq_measured_rows(&measure->measured[i]);
    }
    *rows = made;
    *n = total;
    return RQ_OK;
}
