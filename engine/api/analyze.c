/* rq_analyze. */
#include "engine/api/options/analyze_options.h"
#include "engine/api/options/data_option.h"
#include "engine/api/options/plan_options.h"
#include "engine/api/result.h"
#include "engine/workbench/evaluate/evaluation_report.h"
#include "engine/workbench/preparation.h"
#include "engine/workbench/quantize/first_checks.h"
#include "engine/workbench/report/sensitivity_report.h"
#include "engine/workbench/sensitivity/sensitivity_setup.h"
#include "engine/workbench/sensitivity/sensitivity_text.h"
#include "reports/writers/writer.h"

typedef struct state {
    rq_workload workload;
    rq_decide_options decide;
    rq_steps steps;
    rq_setup setup;
    rq_images images; /* to measure layers on */
    rq_measured_on measured_on;
    rq_sensitivity sensitivity;
    const char *command;
} state;

#define HOLDOUT_PART 4 /* at most one in so many images */

/* Of the data calibrated with: anew where labels tell which images there are. */
static rq_status draw_images(state *s, const char *labels, size_t n)
{
    const rq_workload *w = &s->workload;
    size_t most = w->all.dataset->n / HOLDOUT_PART;
    bool enough = most >= RQ_TRIAL_MIN_IMAGES;
    if (enough && n > most) n = most;
    s->measured_on.source = enough ? RQ_MEASURED_HOLDOUT : RQ_MEASURED_CALIBRATION;
    return labels ? rq_workload_open_images(&s->images, w, &w->data, labels, n)
                  : rq_workload_draw(&s->images, w, n, w->seed);
}

/* Before the first image is run, as labels may be wrong. What layers are measured on is no longer
 * calibrated with. */
static rq_status choose_images(state *s, const rq_settings *settings, size_t n)
{
    rq_workload *w = &s->workload;
    const char *labels = rq_settings_get(settings, "labels", NULL);
    const rq_data_source val = rq_data_option_read(settings, "val");
    bool apart = true;
    s->measured_on = (rq_measured_on){.source = RQ_MEASURED_OTHER,
                                      .data = val.name ? val.name : w->data.name,
                                      .given_stats = s->decide.given_stats || s->decide.lent};
    RQ_TRY(val.name ? rq_workload_open_images(&s->images, w, &val, labels, n)
                    : draw_images(s, labels, n));
    const rq_workload over = rq_workload_over(w, &s->images);
    RQ_TRY(rq_evaluate_check(&over));
    if (s->measured_on.source != RQ_MEASURED_CALIBRATION)
        RQ_TRY(rq_workload_set_apart(&apart, w, &s->images));
    if (!apart) s->measured_on.source = RQ_MEASURED_CALIBRATION;
    s->measured_on.calibration = w->images.dataset->n;
    return RQ_OK;
}

/* Of outputs that are NaN or constant no layer can be told from another; others are told about. */
static rq_status refuse_dead(const state *s, const rq_workload *w, const rq_network *network,
                             const rq_settings *settings)
{
    rq_evaluation evaluation = {0};
    rq_suspicions suspicions = {.n = 0};
    const char *lint;
    RQ_TRY(rq_options_lint_command(&lint, network->path, settings, s->workload.arena));
    const rq_evaluate_options how = {.after = w->graph, .title = "check outputs"};
    rq_status status = rq_evaluate_run(&evaluation, w, &how);
    if (status == RQ_OK)
        status = rq_evaluation_suspicions(&suspicions, &evaluation, s->workload.arena);
    rq_evaluation_close(&evaluation);
    if (status != RQ_OK || !suspicions.n) return status;
    const rq_suspicion *first = &suspicions.list[0];
    if (rq_suspicion_is_dead(first))
        return rq_fail(RQ_EUNMEASURED, "suspicious: %s: no layer's share can be measured. Run: %s",
                       first->found, lint);
    rq_log("warning: %s. Run: %s", first->found, lint);
    return RQ_OK;
}

static rq_status open_workload(state *s, const rq_network *network, const rq_settings *settings)
{
    rq_workload *w = &s->workload;
    RQ_TRY(rq_network_workload_with_data(w, network, settings));
    RQ_TRY(rq_backend_check_observes(&w->exec));
    RQ_TRY(rq_decide_options_read(&s->decide, settings, w->arena));
    RQ_TRY(rq_preparation_open(w, &s->decide.plan.scope));
    return rq_decide_check(w, &s->decide);
}

static rq_status run(void *state_, const rq_network *network, const rq_settings *settings)
{
    state *s = state_;
    size_t images;
    RQ_TRY(rq_analyze_images_read(&images, settings));
    RQ_TRY(open_workload(s, network, settings));
    RQ_TRY(
        rq_options_command(&s->command, "analyze", &network->path, 1, settings, s->workload.arena));
    RQ_TRY(choose_images(s, settings, images));
    RQ_TRY(rq_first_checks_run(&s->workload));
    const rq_workload checked = rq_workload_over(&s->workload, &s->images);
    RQ_TRY(refuse_dead(s, &checked, network, settings));
    rq_steps_begin(&s->steps, rq_decide_count_steps(&s->workload, &s->decide) + 2);
    RQ_TRY(rq_setup_open(&s->setup, &s->workload, &s->decide, &s->steps));
    const rq_workload some = rq_workload_over(&s->setup.decision.workload, &s->images);
    const rq_sensitivity_options what = {.parts = s->setup.parts, .quantized = s->setup.quantized};
    rq_steps_start(&s->steps, "analyze");
    RQ_TRY(rq_sensitivity_run(&s->sensitivity, &some, &what));
    s->sensitivity.measured_on = s->measured_on;
    rq_steps_start(&s->steps, "advice");
    const rq_stats *stats = s->decide.given ? NULL : s->setup.decision.stats;
    return rq_sensitivity_try_advice(&s->sensitivity, &some, stats, some.arena);
}

static void close_state(void *state_)
{
    state *s = state_;
    rq_sensitivity_close(&s->sensitivity);
    rq_images_close(&s->images);
    rq_setup_close(&s->setup);
    rq_workload_close(&s->workload);
}

/* -- forms ----------------------------------------------------------------------------------- */

static rq_status write_text(rq_buf *out, const void *state_, const rq_result_form *form,
                            const rq_text_style *style)
{
    (void)form;
    return rq_sensitivity_text(out, &((const state *)state_)->sensitivity, style->rows,
                               style->columns);
}

static rq_status write_json(rq_buf *out, const void *state_, const rq_result_form *form,
                            const rq_text_style *style)
{
    (void)form, (void)style;
    return rq_sensitivity_json(out, &((const state *)state_)->sensitivity);
}

static rq_status write_csv(rq_buf *out, const void *state_, const rq_result_form *form,
                           const rq_text_style *style)
{
    (void)form, (void)style;
    rq_sensitivity_csv(out, &((const state *)state_)->sensitivity);
    return RQ_OK;
}

/* The command is that of the settings: options of the program alone are not in it. */
static rq_status write_html(rq_buf *out, const void *state_, const rq_result_form *form,
                            const rq_text_style *style)
{
    const state *s = state_;
    const rq_report_style how = {.columns = style->columns};
    rq_report report;
    RQ_TRY(rq_sensitivity_report(&report, &s->sensitivity, s->command, s->workload.arena));
    return rq_report_writer_find(form->writer)->write(out, &report, &how);
}

static const rq_result_form forms[] = {{"text", write_text, NULL},
                                       {"json", write_json, NULL},
                                       {"csv", write_csv, NULL},
                                       {"html", write_html, "html"},
                                       {NULL, NULL, NULL}};
static const rq_result_kind kind = {"analyze", sizeof(state), run, close_state, forms};

rq_status rq_analyze(rq_result **out, const rq_network *network, const rq_options *options)
{
    return rq_result_make(out, &kind, network, options);
}
