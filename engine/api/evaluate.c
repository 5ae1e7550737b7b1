/* rq_evaluate. */
#include "engine/api/result.h"
#include "engine/base/file.h"
#include "engine/run/ranks.h"
#include "engine/workbench/evaluate/evaluation_report.h"
#include "engine/workbench/evaluate/evaluation_text.h"
#include "engine/workbench/quantize/first_checks.h"

typedef struct state {
    rq_workload workload;
    rq_evaluation evaluation;
} state;

static rq_status save_classes(const state *s, const char *path)
{
    rq_buf text = {0};
    rq_status status = rq_evaluation_classes_csv(&text, &s->evaluation, s->workload.images.dataset);
    if (status == RQ_OK) status = rq_write_file(path, text.data, text.length);
    rq_buf_free(&text);
    return status;
}

/* Where the figures say nothing, that is said, and what to run. */
static rq_status warn_of_suspicion(const state *s, const rq_network *network,
                                   const rq_settings *settings)
{
    const char *found, *lint;
    rq_arena *arena = s->workload.arena;
    RQ_TRY(rq_evaluation_suspect(&found, &s->evaluation, arena));
    if (!found) return RQ_OK;
    RQ_TRY(rq_options_lint_command(&lint, network->path, settings, arena));
    rq_log("warning: %s. Run: %s", found, lint);
    return RQ_OK;
}

static rq_status run(void *state_, const rq_network *network, const rq_settings *settings)
{
    state *s = state_;
    rq_workload *w = &s->workload;
    RQ_TRY(rq_network_workload_with_data(w, network, settings));
    RQ_TRY(rq_workload_fit(w));
    RQ_TRY(rq_workload_list(w, rq_settings_get(settings, "labels", NULL)));
    RQ_TRY(rq_evaluate_check(w));
    RQ_TRY(rq_first_checks_run(w));
    const char *classes = rq_settings_get(settings, "classes", NULL);
    const rq_evaluate_options how = {
        .after = w->graph, .needs_metrics = true, .needs_classes = classes != NULL};
    RQ_TRY(rq_evaluate_run(&s->evaluation, w, &how));
    RQ_TRY(warn_of_suspicion(s, network, settings));
    return classes && !rq_ranks_index() ? save_classes(s, classes) : RQ_OK;
}

static void close_state(void *state_)
{
    state *s = state_;
    rq_evaluation_close(&s->evaluation);
    rq_workload_close(&s->workload);
}

/* -- forms ----------------------------------------------------------------------------------- */

static rq_status write_text(rq_buf *out, const void *state_, const rq_result_form *form,
                            const rq_text_style *style)
{
    (void)form, (void)style;
    return rq_evaluation_text(out, &((const state *)state_)->evaluation);
}

static rq_status write_json(rq_buf *out, const void *state_, const rq_result_form *form,
                            const rq_text_style *style)
{
    (void)form, (void)style;
    return rq_evaluation_json(out, &((const state *)state_)->evaluation);
}

static rq_status write_csv(rq_buf *out, const void *state_, const rq_result_form *form,
                           const rq_text_style *style)
{
    const state *s = state_;
    (void)form, (void)style;
    return rq_evaluation_classes_csv(out, &s->evaluation, s->workload.images.dataset);
}

static rq_status write_classes(rq_buf *out, const void *state_, const rq_result_form *form,
                               const rq_text_style *style)
{
    const state *s = state_;
    (void)form, (void)style;
    return rq_evaluation_classes_text(out, &s->evaluation, s->workload.images.dataset);
}

static const rq_result_form forms[] = {{"text", write_text, NULL},
                                       {"json", write_json, NULL},
                                       {"csv", write_csv, NULL},
                                       {"classes", write_classes, NULL},
                                       {NULL, NULL, NULL}};
static const rq_result_kind kind = {"evaluate", sizeof(state), run, close_state, forms};

rq_status rq_evaluate(rq_result **out, const rq_network *network, const rq_options *options)
{
    return rq_result_make(out, &kind, network, options);
}
