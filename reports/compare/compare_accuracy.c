/* Metrics of several runs, and tests of their differences on the same images. */
#include "reports/compare/compare.h"

#include "engine/base/choice.h"
#include "engine/base/text.h"
#include "reports/metrics/interval.h"
#include "reports/metrics/metric.h"

#include <math.h>
#include <string.h>

#define ALPHA 0.05
#define SEED 0

const char *rq_compare_verdict(const rq_compare_value *value)
{
    static const char *const texts[] = {
        [RQ_SIGNIFICANCE_UNKNOWN] = "not tested",   [RQ_SIGNIFICANCE_SAME] = "unchanged",
        [RQ_SIGNIFICANCE_NONE] = "not significant", [RQ_SIGNIFICANCE_WORSE] = "worse",
        [RQ_SIGNIFICANCE_BETTER] = "better",
    };
    return value->apart ? value->apart->verdict : texts[value->significance];
}

/* -- which metrics there are ---------------------------------------------------------------- */

/* Outputs are told apart by name only where a report has several rows of the metric: other
 * converters name the only output differently. */
static const rq_report_accuracy *find_row(const rq_report *report, const rq_report_accuracy *like)
{
    const rq_report_accuracy *only = NULL;
    size_t n = 0;
    for (size_t i = 0; i < report->n_accuracy; i++) {
        const rq_report_accuracy *row = &report->accuracy[i];
        if (!rq_same_text(row->metric, like->metric) || row->compares != like->compares) continue;
        if (rq_same_text(row->output, like->output)) return row;
        only = row;
        n++;
    }
    return n == 1 ? only : NULL;
}

static bool is_listed(const rq_comparison *c, const rq_report_accuracy *row, size_t run)
{
    for (size_t m = 0; m < c->n_metrics; m++)
        if (c->metrics[m].values[run].row == row) return true;
    return false;
}

static rq_status add_metric(rq_comparison *c, const rq_report_accuracy *row, rq_arena *arena)
{
    rq_compare_metric *metric = &c->metrics[c->n_metrics++];
    metric->row = row;
    metric->values = rq_arena_alloc(arena, c->n, sizeof *metric->values);
    if (!metric->values) return RQ_ENOMEM;
    for (size_t k = 0; k < c->n; k++)
        metric->values[k] = (rq_compare_value){.row = find_row(c->runs[k].report, row),
                                               .change = RQ_NO_ESTIMATE,
                                               .p_value = NAN,
                                               .worse = NAN,
                                               .better = NAN};
    return RQ_OK;
}

static rq_status list_metrics(rq_comparison *c, rq_arena *arena)
{
    size_t most = 0;
    for (size_t k = 0; k < c->n; k++) most += c->runs[k].report->n_accuracy;
    c->metrics = rq_arena_alloc(arena, most, sizeof *c->metrics);
    if (!c->metrics) return RQ_ENOMEM;
    for (size_t k = 0; k < c->n; k++)
        for (size_t i = 0; i < c->runs[k].report->n_accuracy; i++) {
            const rq_report_accuracy *row = &c->runs[k].report->accuracy[i];
            if (row->metric && !is_listed(c, row, k)) RQ_TRY(add_metric(c, row, arena));
        }
    return RQ_OK;
}

/* -- tests ---------------------------------------------------------------------------------- */

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-6 * fmax(1, fabs(b));
}

static bool is_binary(const rq_reals *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->values[i] != 0 && list->values[i] != 1) return false;
    return true;
}

/* The two runs' images in pairs. */
typedef struct pairing {
    const rq_reals *first, *run;
    const double *weights; /* of images, where the metric weighs them by class; else NULL */
    bool share;            /* both are 100 times the share of right images */
    bool means;            /* both are means over images, weighted if there are weights */
} pairing;

static double mean(const pairing *p, const rq_reals *list)
{
    double sum = 0, all = 0;
    for (size_t i = 0; i < list->n; i++) {
        double weight = p->weights ? p->weights[i] : 1;
        sum += weight * list->values[i];
        all += weight;
    }
    return sum / all;
}

/* Labels are the same in both runs, or the metric has no value in one of them. */
static rq_status find_weights(pairing *out, const rq_report *report, const char *metric,
                              rq_arena *arena)
{
    const rq_metric *known = rq_metric_find(metric);
    const rq_reals *labels = &report->validated.labels;
    if (!known || !known->class_weighted || labels->n != out->first->n) return RQ_OK;
    double *weights = rq_arena_alloc(arena, labels->n, sizeof *weights);
    if (!weights) return RQ_ENOMEM;
    out->weights = weights;
    return rq_class_weights(weights, labels->values, labels->n);
}

static rq_status find_pairing(pairing *out, bool *found, const rq_comparison *c,
                              const rq_compare_metric *metric, size_t k, rq_arena *arena)
{
    const rq_report *a = c->runs[0].report, *b = c->runs[k].report;
    const rq_report_accuracy *row_a = metric->values[0].row, *row_b = metric->values[k].row;
    const rq_report_values *values_a = rq_compare_values_of(a, row_a);
    const rq_report_values *values_b = rq_compare_values_of(b, row_b);
    *found = values_a && values_b && rq_compare_same_images(a, b);
    if (!*found) return RQ_OK;
    *out = (pairing){.first = &values_a->after, .run = &values_b->after};
    RQ_TRY(find_weights(out, a, row_a->metric, arena));
    double mean_a = mean(out, out->first), mean_b = mean(out, out->run);
    out->share = !out->weights && is_binary(out->first) && is_binary(out->run) &&
                 near(100 * mean_a, row_a->after.value) && near(100 * mean_b, row_b->after.value);
    out->means = near(mean_a, row_a->after.value) && near(mean_b, row_b->after.value);
    return RQ_OK;
}

static void count_images(rq_compare_value *out, const pairing *p, bool higher_is_better)
{
    out->worse = out->better = 0;
    for (size_t i = 0; i < p->first->n; i++) {
        double gain = p->run->values[i] - p->first->values[i];
        if (!higher_is_better) gain = -gain;
        out->worse += gain < 0;
        out->better += gain > 0;
    }
}

static void test_share(rq_compare_value *out, const pairing *p)
{
    rq_pairs pairs = {0};
    for (size_t i = 0; i < p->first->n; i++) {
        bool first = p->first->values[i] != 0, run = p->run->values[i] != 0;
        pairs.both += first && run;
        pairs.lost += first && !run;
        pairs.gained += !first && run;
        pairs.neither += !first && !run;
    }
    rq_estimate e = rq_paired_difference(&pairs);
    out->change = (rq_estimate){100 * e.value, 100 * e.low, 100 * e.high};
}

static double mean_difference(const void *ctx, const size_t *picks, size_t n)
{
    const pairing *p = ctx;
    double sum = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        double weight = p->weights ? p->weights[picks[i]] : 1;
        sum += weight * (p->run->values[picks[i]] - p->first->values[picks[i]]);
        all += weight;
    }
    return sum / all;
}

/* Bootstrapped: the interval is the test, and McNemar's or the sign test is not needed. */
static bool has_own_interval(const rq_compare_value *value, const pairing *p)
{
    return !p->share && isfinite(value->change.low) && isfinite(value->change.high);
}

/* Whether the figures say so, too; those of a pooled metric may say the opposite of images. */
static bool confirmed_by_figures(const rq_compare_value *value, bool worse, bool higher_is_better)
{
    return worse == higher_is_better ? value->change.value < 0 : value->change.value > 0;
}

static rq_significance significance_of(const rq_compare_value *value, const pairing *p,
                                       bool higher_is_better)
{
    bool by_interval = has_own_interval(value, p);
    bool chance =
        by_interval ? value->change.low <= 0 && value->change.high >= 0 : !(value->p_value < ALPHA);
    if (value->worse == 0 && value->better == 0) return RQ_SIGNIFICANCE_SAME;
    if (chance) return RQ_SIGNIFICANCE_NONE;
    bool worse =
        by_interval ? (value->change.value < 0) == higher_is_better : value->worse > value->better;
    if (!confirmed_by_figures(value, worse, higher_is_better)) return RQ_SIGNIFICANCE_NONE;
    return worse ? RQ_SIGNIFICANCE_WORSE : RQ_SIGNIFICANCE_BETTER;
}

static rq_span change_span(const rq_report_accuracy *row)
{
    return rq_difference_span(rq_value_span(row->unit, row->higher_is_better));
}

static rq_status compare(rq_comparison *c, rq_compare_metric *metric, size_t k, rq_arena *arena)
{
    rq_compare_value *out = &metric->values[k];
    pairing p;
    bool found;
    if (!out->row || !metric->values[0].row) return RQ_OK;
    out->apart = rq_compare_apart_of(c->runs[0].report, c->runs[k].report);
    if (out->apart) return RQ_OK;
    out->change.value = out->row->after.value - metric->values[0].row->after.value;
    RQ_TRY(find_pairing(&p, &found, c, metric, k, arena));
    if (!found) return RQ_OK;
    count_images(out, &p, metric->row->higher_is_better);
    if (p.share)
        test_share(out, &p);
    else if (p.means)
        RQ_TRY(rq_bootstrap(&out->change, mean_difference, &p, p.first->n, change_span(metric->row),
                            SEED));
    if (!has_own_interval(out, &p))
        out->p_value = rq_mcnemar((size_t)out->worse, (size_t)out->better);
    out->significance = significance_of(out, &p, metric->row->higher_is_better);
    return RQ_OK;
}

/* -- all ------------------------------------------------------------------------------------ */

static rq_status unknown_metric(const rq_comparison *c, const char *name, rq_arena *arena)
{
    const char **names = rq_arena_alloc(arena, c->n_metrics, sizeof *names);
    if (!names) return RQ_ENOMEM;
    for (size_t m = 0; m < c->n_metrics; m++) names[m] = c->metrics[m].row->metric;
    return rq_choice_fail(RQ_EARG, name, names, c->n_metrics, "no run measured '%s'", name);
}

rq_status rq_compare_accuracy(rq_comparison *out, const char *metric, rq_arena *arena)
{
    RQ_TRY(list_metrics(out, arena));
    for (size_t m = 0; m < out->n_metrics; m++)
        for (size_t k = 1; k < out->n; k++) RQ_TRY(compare(out, &out->metrics[m], k, arena));
    for (size_t m = 0; m < out->n_metrics && !out->headline; m++)
        if (!metric || !strcmp(metric, out->metrics[m].row->metric))
            out->headline = &out->metrics[m];
    return metric && !out->headline ? unknown_metric(out, metric, arena) : RQ_OK;
}
