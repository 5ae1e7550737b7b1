/* From records to rows of the report: values, intervals, paired differences. */
#include "reports/fields.h"
#include "reports/measure_parts.h"

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
    const rq_judgement *judgement;
} statistic;

static double reduce_after(const void *ctx, const size_t *picks, size_t n)
{
    const statistic *s = ctx;
    return s->metric->reduce(&s->judgement->after, picks, n);
}

static double reduce_before(const void *ctx, const size_t *picks, size_t n)
{
    const statistic *s = ctx;
    return s->metric->reduce(&s->judgement->before, picks, n);
}

static double reduce_delta(const void *ctx, const size_t *picks, size_t n)
{
    return reduce_after(ctx, picks, n) - reduce_before(ctx, picks, n);
}

static void fill_proportions(rq_report_accuracy *row, const rq_judgement *judgement)
{
    const rq_records *before = &judgement->before, *after = &judgement->after;
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
                             const rq_judgement *judgement, uint64_t seed)
{
    statistic s = {metric, judgement};
    size_t n = judgement->after.n;
    RQ_TRY(rq_bootstrap(&row->after, reduce_after, &s, n, seed));
    if (row->compares || judgement->before.n == 0) return RQ_OK;
    RQ_TRY(rq_bootstrap(&row->before, reduce_before, &s, n, seed));
    return rq_bootstrap(&row->delta, reduce_delta, &s, n, seed);
}

static rq_status fill_row(rq_report_accuracy *row, const rq_measure *measure, size_t i,
                          rq_arena *arena)
{
    const rq_metric *metric = measure->measured[i].metric;
    const rq_judgement *judgement = &measure->judgements[i];
    row->metric = metric->name;
    row->unit = metric->unit;
    row->help = metric->help;
    row->compares = (metric->needs & RQ_NEEDS_REFERENCE) != 0;
    row->higher_is_better = metric->higher_is_better;
    row->images = (double)judgement->after.n;
    if (metric->per_output) {
        row->output =
            rq_arena_strdup(arena, measure->options.output_names[measure->measured[i].output]);
        if (!row->output) return RQ_ENOMEM;
    }
    if (!metric->proportion) return fill_values(row, metric, judgement, measure->options.seed);
    fill_proportions(row, judgement);
    return RQ_OK;
}

rq_status rq_measure_rows(rq_report_accuracy **rows, size_t *n, const rq_measure *measure,
                          rq_arena *arena)
{
    rq_report_accuracy *made = rq_report_rows(arena, &rq_accuracy_type, measure->n);
    if (!made) return RQ_ENOMEM;
    for (size_t i = 0; i < measure->n; i++) RQ_TRY(fill_row(&made[i], measure, i, arena));
    *rows = made;
    *n = measure->n;
    return RQ_OK;
}
