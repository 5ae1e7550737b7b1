/* The trials as the report has them. */
#include "engine/workbench/tune/tune.h"

#include "reports/fields.h"

#include <math.h>

rq_report_budget rq_tune_searched(const rq_tuning *t)
{
    const rq_images *others = t->options.others;
    rq_report_budget budget = rq_tune_budget(t);
    budget.unit = t->unit;
    budget.images = (double)t->options.val->dataset->n;
    if (others) budget.other_images = (double)others->dataset->n;
    if (t->compares) return budget; /* the original with itself */
    budget.original_value = t->fp32_value;
    if (others) budget.other_original_value = t->other_fp32_value;
    return budget;
}

/* Wherever it was measured. */
static bool meets_budget(const rq_trial *trial)
{
    return trial->meets && (isnan(trial->other_value) || trial->other_meets);
}

rq_status rq_tune_rows(rq_report_trial **out, const rq_tuning *t, size_t selected)
{
    rq_report_trial *rows = rq_report_rows(t->arena, &rq_trial_type, t->n_trials);
    if (!rows) return RQ_ENOMEM;
    for (size_t i = 0; i < t->n_trials; i++) {
        const rq_trial *trial = &t->trials[i];
        rows[i] = (rq_report_trial){.ignored = (double)trial->n_ignored,
                                    .value = trial->value,
                                    .drop = trial->drop,
                                    .other_value = trial->other_value,
                                    .other_drop = trial->other_drop,
                                    .cost_ms = trial->cost_ms,
                                    .measured_ms = trial->measured_ms,
                                    .noise = trial->noise,
                                    .weight_bytes = trial->bytes,
                                    .within_budget = meets_budget(trial),
                                    .selected = i == selected};
    }
    *out = rows;
    return RQ_OK;
}
