#include "reports/compare/compare.h"

#include "reports/summary.h"

#include <string.h>

rq_status rq_comparison_create(rq_comparison *out, const rq_compare_run *runs, size_t n,
                               const rq_compare_options *options, rq_arena *arena)
{
    *out = (rq_comparison){
        .runs = runs, .n = n, .changes = options->changes, .n_changes = options->n_changes};
    RQ_TRY(rq_compare_accuracy(out, options->metric, arena));
    RQ_TRY(rq_compare_layers(out, arena));
    RQ_TRY(rq_compare_settings(out, arena));
    RQ_TRY(rq_compare_doubts(out, arena));
    RQ_TRY(rq_compare_images(out, arena));
    RQ_TRY(rq_compare_budgets(out, &options->budgets, arena));
    return rq_compare_tables(out, arena);
}

void rq_compare_bytes(double *before, double *after, const rq_report *report)
{
    rq_summary summary;
    rq_summarise(&summary, report);
    *before = summary.before_bytes;
    *after = summary.after_bytes;
}

bool rq_compare_same_images(const rq_report *a, const rq_report *b)
{
    const rq_texts *x = &a->validated.paths, *y = &b->validated.paths;
    if (x->n == 0 || x->n != y->n) return false;
    for (size_t i = 0; i < x->n; i++)
        if (!rq_same_text(x->values[i], y->values[i])) return false;
    return true;
}

const rq_report_values *rq_compare_values_of(const rq_report *report, const rq_report_accuracy *row)
{
    for (size_t i = 0; i < report->n_values; i++)
        if (rq_same_text(report->values[i].metric, row->metric) &&
            rq_same_text(report->values[i].output, row->output))
            return &report->values[i];
    return NULL;
}
