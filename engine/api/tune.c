/* rq_tune. */
#include "engine/api/options/data_option.h"
#include "engine/api/options/output_option.h"
#include "engine/api/options/plan_options.h"
#include "engine/api/options/tune_options.h"
#include "engine/api/report_forms.h"
#include "engine/run/ranks.h"
#include "engine/workbench/preparation.h"
#include "engine/workbench/quantize/first_checks.h"
#include "engine/workbench/quantize/resources.h"
#include "engine/workbench/report/tune_report.h"
#include "engine/workbench/search/decide.h"
#include "engine/workbench/tune/tune_text.h"
#include "reports/summary.h"

typedef struct state {
    rq_report_state report;
    rq_workload workload;
    rq_decide_options decide;
    rq_output_folder output;
    rq_steps steps;
    rq_setup setup;
    rq_images all; /* for validation: their parts to choose layers on, and to confirm the choice */
    rq_images val, others;
    rq_tune_options options;
    rq_tuning tuning;
    rq_tuned tuned;
    double speed_seconds;
} state;

/* Trials run these images again and again: they are kept, too. Before the first image is run: the
 * labels may be wrong. */
static rq_status open_val(state *s, const rq_settings *settings)
{
    rq_workload *w = &s->workload;
    const rq_data_source val = rq_data_option_read(settings, "val");
    if (!val.name) rq_log("no --val: accuracy is measured on the calibration images");
    RQ_TRY(rq_finish_open_val(&s->all, w, &val, rq_settings_get(settings, "labels", NULL)));
    s->all.cache = w->cache;
    RQ_TRY(rq_tune_split(&s->val, &s->others, &s->options, &s->all, w->seed));
    if (!s->others.dataset)
        rq_log("layers are chosen on the images that accuracy is measured on, which flatters");
    return RQ_OK;
}

static rq_status open_output(state *s, const rq_settings *settings)
{
    rq_arena *arena = s->workload.arena;
    const char *output, *suffix = rq_precision_word(s->decide.plan.precision);
    RQ_TRY(rq_output_read(&output, settings));
    if (rq_ranks_index()) /* which writes nothing */
        return rq_output_paths_make(&s->output.paths, output, s->workload.graph->path, suffix,
                                    arena);
    RQ_TRY(rq_output_folder_open(&s->output, output, s->workload.graph->path, suffix, arena));
    s->options.state_path = s->output.staged.tune;
    s->options.earlier_state = s->output.paths.tune;
    rq_finish_keep_stats(&s->decide, &s->output);
    return s->output.paths.onnx ? rq_to_onnx_check(s->workload.graph) : RQ_OK;
}

static rq_status open(state *s, const rq_network *network, const rq_settings *settings)
{
    rq_workload *w = &s->workload;
    RQ_TRY(rq_tune_budget_read(&s->options, settings));
    RQ_TRY(rq_output_read_seconds(&s->speed_seconds, settings));
    RQ_TRY(rq_network_workload_with_data(w, network, settings));
    RQ_TRY(rq_backend_check_observes(&w->exec));
    RQ_TRY(rq_decide_options_read(&s->decide, settings, w->arena));
    RQ_TRY(open_output(s, settings));
    RQ_TRY(rq_preparation_open(w, &s->decide.plan.scope));
    RQ_TRY(rq_decide_check(w, &s->decide));
    RQ_TRY(open_val(s, settings));
    RQ_TRY(rq_first_checks_run(w));
    const rq_resources needed = rq_resources_estimate(w, &s->decide, s->speed_seconds);
    RQ_TRY(rq_resources_check(&needed, s->output.paths.dir));
    rq_steps_begin(&s->steps, rq_decide_count_steps(w, &s->decide) + 1 +
                                  rq_finish_count_steps(w, true, s->speed_seconds));
    RQ_TRY(rq_setup_open(&s->setup, w, &s->decide, &s->steps));
    s->options.budget = s->decide.budget;
    s->options.setup = &s->setup;
    s->options.val = &s->val;
    s->options.others = s->others.dataset ? &s->others : NULL;
    return RQ_OK;
}

/* What was written stays, and its report says the same. */
static rq_status refuse_suspicious(const state *s)
{
    rq_summary summary;
    rq_summarise(&summary, &s->tuned.finished.report);
    if (!summary.suspicions.n) return RQ_OK;
    return rq_fail(RQ_EUNMEASURED, "suspicious: the budget is not known to be met. %s. See %s",
                   summary.suspicions.list[0].found, s->output.paths.report_html);
}

static rq_status finish_tuning(state *s, const rq_finish_options *finish)
{
    RQ_TRY(rq_tune_write(&s->tuned, &s->tuning, finish));
    RQ_TRY(rq_finish_commit(&s->output, &s->setup.decision, true));
    return refuse_suspicious(s);
}

/* What was tried in vain; the error is another. */
static void tell_trials(const rq_tuning *tuning)
{
    rq_buf text = {0};
    if (!rq_ranks_index() && tuning->n_trials && rq_tune_trials_text(&text, tuning) == RQ_OK)
        rq_log_lines(text.data);
    rq_buf_free(&text);
}

static rq_status tune(state *s, const rq_network *network, const rq_settings *settings)
{
    s->report = (rq_report_state){&s->tuned.finished.report, &s->output.paths, true};
    RQ_TRY(open(s, network, settings));
    rq_finish_options finish = {.output = &s->output,
                                .val_source = rq_data_option_read(settings, "val"),
                                .asked = &s->decide,
                                .thumbnails = true,
                                .speed_seconds = s->speed_seconds,
                                .target_isa = rq_settings_get(settings, "target-isa", "any"),
                                .steps = &s->steps};
    RQ_TRY(rq_output_read_qdq(&finish.qdq, settings));
    RQ_TRY(rq_options_command(&finish.command, "tune", &network->path, 1, settings,
                              s->workload.arena));
    RQ_TRY(rq_options_lint_command(&finish.lint, network->path, settings, s->workload.arena));
    RQ_TRY(rq_options_evaluate_command(&finish.evaluate, s->output.paths.model, settings,
                                       s->workload.arena));
    s->options.lint = finish.lint;
    rq_steps_start(&s->steps, "tune");
    rq_status status = rq_tune_run(&s->tuning, &s->options);
    if (status == RQ_EBUDGET) tell_trials(&s->tuning);
    RQ_TRY(status);
    rq_steps_end(&s->steps);
    rq_ranks_set_alone(true); /* what is left is the first rank's */
    status = rq_ranks_index() ? RQ_OK : finish_tuning(s, &finish);
    rq_ranks_set_alone(false);
    return status;
}

static rq_status run(void *state_, const rq_network *network, const rq_settings *settings)
{
    state *s = state_;
    return rq_output_folder_end(&s->output, tune(s, network, settings));
}

static void close_state(void *state_)
{
    state *s = state_;
    rq_tuned_close(&s->tuned);
    rq_tune_close(&s->tuning);
    rq_images_close(&s->others);
    rq_images_close(&s->val);
    rq_images_close(&s->all);
    rq_setup_close(&s->setup);
    rq_output_folder_close(&s->output);
    rq_workload_close(&s->workload);
}

/* -- forms ----------------------------------------------------------------------------------- */

static rq_status write_text(rq_buf *out, const void *state_, const rq_result_form *form,
                            const rq_text_style *style)
{
    RQ_TRY(rq_report_text_form(out, state_, form, style));
    return rq_tune_reasons_text(out, &((const state *)state_)->tuning);
}

static const rq_result_form forms[] = {
    {"text", write_text, "terminal"}, RQ_REPORT_FORMS, {NULL, NULL, NULL}};
static const rq_result_kind kind = {"tune", sizeof(state), run, close_state, forms};

rq_status rq_tune(rq_result **out, const rq_network *network, const rq_options *options)
{
    rq_status status = rq_result_make(out, &kind, network, options);
    if (rq_ranks_index()) rq_result_destroy(out); /* the first of several alone has a report */
    return status;
}
