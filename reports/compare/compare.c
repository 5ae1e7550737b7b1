#include "reports/compare/compare.h"

rq_status rq_comparison_create(rq_comparison *out, const rq_compare_run *runs, size_t n,
                               const rq_compare_options *options, rq_arena *arena)
{
    *out = (rq_comparison){
        .runs = runs, .n = n, .changes = options->changes, .n_changes = options->n_changes};
    RQ_TRY(rq_compare_accuracy(out, options->metric, arena));
    RQ_TRY(rq_compare_layers(out, arena));
    RQ_TRY(rq_compare_settings(out, arena));
    RQ_TRY(rq_compare_warnings(out, arena));
    RQ_TRY(rq_compare_images(out, arena));
    RQ_TRY(rq_compare_budgets(out, &options->budgets, arena));
    return rq_compare_tables(out, arena);
}
