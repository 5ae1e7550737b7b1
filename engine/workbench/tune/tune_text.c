/* Tuning for people: the trials of a search, and why each layer was ignored. */
#include "engine/workbench/tune/tune_text.h"

#include "reports/writers/trials_text.h"

static void put_reasons(rq_buf *out, const rq_tuning *t, const char *const *why)
{
    const rq_trial *best = &t->trials[t->best];
    if (best->n_ignored == 0) {
        rq_buf_append(out, "\nNo layer needs to be excluded from quantization.\n");
        return;
    }
    rq_buf_append(out, "\nExcluded from quantization:\n");
    for (size_t i = 0; i < t->n_layers; i++) {
        if (!best->ignored[i]) continue;
        rq_buf_append(out, "  ");
        rq_buf_visible(out, t->layers[i].name);
        rq_buf_printf(out, ": %s\n", why[t->layers[i].part]);
    }
}

rq_status rq_tune_trials_text(rq_buf *out, const rq_tuning *t)
{
    rq_report_trial *rows;
    const rq_report_budget budget = rq_tune_searched(t);
    RQ_TRY(rq_tune_rows(&rows, t, t->n_trials));
    rq_trials_text(out, &budget, rows, t->n_trials, 0);
    return out->failed ? rq_fail_memory(out->length, "a table") : RQ_OK;
}

rq_status rq_tune_reasons_text(rq_buf *out, const rq_tuning *t)
{
    const char **why;
    RQ_TRY(rq_tune_reasons(&why, t, t->trials[t->best].ignored));
    put_reasons(out, t, why);
    return out->failed ? rq_fail_memory(out->length, "a text") : RQ_OK;
}
