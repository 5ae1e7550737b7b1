/* rq_compare. */
#include "engine/api/options/compare_options.h"
#include "engine/api/options/workload_options.h"
#include "engine/api/result.h"
#include "engine/base/callbacks.h"
#include "engine/workbench/compare/compare_runs.h"
#include "reports/compare/compare_writer.h"

#include <math.h>

typedef struct state {
    const rq_context *context;
    const rq_settings *settings;
    rq_arena *arena;
    rq_compare_models_options models;
    rq_compare_runs runs;
    rq_comparison comparison;
    bool in_pairs; /* models are measured, layer by layer beside the first */
} state;

static rq_status open_workload(rq_workload *out, void *ctx)
{
    const state *s = ctx;
    RQ_TRY(rq_api_workload(out, s->context, s->settings));
    if (s->in_pairs) RQ_TRY(rq_backend_check_observes(&out->exec));
    return rq_workload_options_need_data(out);
}

/* Reports show texts as long as the result lives. */
static rq_status copy_texts(const char *const **out, const char *const *texts, size_t n,
                            rq_arena *arena)
{
    const char **copies = rq_arena_alloc(arena, n, sizeof *copies);
    for (size_t i = 0; copies && i < n; i++)
        if (!(copies[i] = rq_arena_strdup(arena, texts[i]))) return RQ_ENOMEM;
    *out = copies;
    return copies ? RQ_OK : RQ_ENOMEM;
}

static rq_status open_runs(state *s, const char *const *operands, size_t n)
{
    const rq_settings *settings = s->settings;
    RQ_TRY(copy_texts(&operands, operands, n, s->arena));
    s->models = (rq_compare_models_options){.open_workload = open_workload,
                                            .ctx = s,
                                            .labels = rq_settings_get(settings, "labels", NULL)};
    RQ_TRY(rq_options_command(&s->models.command, "compare", operands, n, settings, s->arena));
    RQ_TRY(rq_options_lint_command(&s->models.lint, operands[0], settings, s->arena));
    RQ_TRY(rq_compare_seconds_read(&s->models.seconds, settings));
    bool measures = rq_settings_has(settings, "data");
    size_t n_models = 0;
    for (size_t i = 0; i < n; i++) n_models += rq_compare_is_model(operands[i]);
    s->in_pairs = n_models > 1;
    return rq_compare_runs_open(&s->runs, operands, n, rq_settings_get(settings, "baseline", NULL),
                                measures ? &s->models : NULL, s->arena);
}

/* One line per budget that is missed, or whose figure is not known. */
static rq_status check_budgets(const rq_comparison *c, bool noise_warns)
{
    rq_buf text = {0};
    const rq_budget_counts counts = rq_compare_count_budgets(c, RQ_ALL_RUNS);
    for (size_t i = 0; i < c->n_budgets; i++) {
        const rq_budget_check *check = &c->budgets[i];
        if (check->state == RQ_BUDGET_MET) continue;
        if (check->noise && noise_warns) {
            rq_log("warning: %s", check->text);
            continue;
        }
        rq_buf_append(&text, text.length ? "\n" : "");
        rq_buf_visible(&text, check->text);
    }
    rq_status failure = counts.by_state[RQ_BUDGET_MISSED] ? RQ_EBUDGET : RQ_EUNMEASURED;
    rq_status status = text.length ? rq_fail_lines(failure, text.data) : RQ_OK;
    rq_buf_free(&text);
    return status;
}

static rq_status compare(state *s, const char *const *operands, size_t n)
{
    rq_compare_options how = {.metric = rq_settings_get(s->settings, "metric", NULL)};
    RQ_TRY(rq_arena_create(&s->arena));
    bool noise_warns;
    RQ_TRY(rq_compare_budgets_read(&how.budgets, s->settings));
    RQ_TRY(rq_compare_speed_noise_read(&noise_warns, s->settings));
    RQ_TRY(open_runs(s, operands, n));
    how.changes = s->runs.changes;
    how.n_changes = s->runs.n_changes;
    RQ_TRY(rq_comparison_create(&s->comparison, s->runs.runs, s->runs.n, &how, s->arena));
    return check_budgets(&s->comparison, noise_warns);
}

static void close_state(void *state_)
{
    state *s = state_;
    rq_compare_runs_close(&s->runs);
    rq_arena_destroy(&s->arena);
}

/* -- forms ----------------------------------------------------------------------------------- */

static rq_status write(rq_buf *out, const void *state_, const rq_result_form *form,
                       const rq_text_style *style)
{
    const rq_report_style how = {.colour = style->colour, .columns = style->columns};
    const rq_comparison *comparison = &((const state *)state_)->comparison;
    return rq_compare_writer_find(form->writer)->write(out, comparison, &how);
}

static const rq_result_form forms[] = {{"text", write, "terminal"},     {"json", write, "json"},
                                       {"csv", write, "csv"},           {"html", write, "html"},
                                       {"markdown", write, "markdown"}, {"junit", write, "junit"},
                                       {"github", write, "github"},     {NULL, NULL, NULL}};
static const rq_result_kind kind = {"compare", sizeof(state), NULL, close_state, forms};

rq_status rq_compare(rq_result **out, const rq_context *context, const char *const *operands,
                     size_t n, const rq_options *options)
{
    *out = NULL;
    if (n == 0) return rq_fail(RQ_EARG, "nothing to compare: expected runs or models");
    RQ_TRY(rq_result_create(out, &kind, context, options));
    state *s = (*out)->state;
    s->context = context;
    s->settings = &(*out)->settings;
    const rq_api_call call = rq_api_enter(context);
    rq_status status = compare(s, operands, n);
    rq_api_leave(&call);
    if (status != RQ_OK && status != RQ_EBUDGET && status != RQ_EUNMEASURED) rq_result_destroy(out);
    return status;
}
