/* rq_quantize. */
#include "engine/api/options/output_option.h"
#include "engine/api/options/quantize_options.h"
#include "engine/api/report_forms.h"

typedef struct state {
    rq_report_state report;
    rq_workload workload;
    rq_quantize_options options;
    rq_quantization quantization;
} state;

static rq_status run(void *state_, const rq_network *network, const rq_settings *settings)
{
    state *s = state_;
    rq_workload *w = &s->workload;
    rq_quantize_options *o = &s->options;
    rq_output_paths written;
    RQ_TRY(rq_network_workload(w, network, settings));
    RQ_TRY(rq_quantize_options_read(o, settings, w->arena));
    RQ_TRY(rq_output_read(&o->output, settings));
    RQ_TRY(rq_options_command(&o->command, "quantize", &network->path, 1, settings, w->arena));
    RQ_TRY(rq_options_lint_command(&o->lint, network->path, settings, w->arena));
    RQ_TRY(rq_output_paths_make(&written, o->output, w->graph->path,
                                rq_precision_word(o->decide.plan.precision), w->arena));
    RQ_TRY(rq_options_evaluate_command(&o->evaluate, written.model, settings, w->arena));
    RQ_TRY(rq_options_tune_command(&o->tune, network->path, settings, w->arena));
    s->report = (rq_report_state){&s->quantization.finished.report, &s->quantization.output.paths,
                                  rq_precision_has_plan(o->decide.plan.precision)};
    RQ_TRY(rq_quantize_open(w, o));
    return rq_quantize_run(&s->quantization, w, o);
}

static void close_state(void *state_)
{
    state *s = state_;
    rq_quantization_close(&s->quantization);
    rq_plan_file_destroy(&s->options.decide.given);
    rq_workload_close(&s->workload);
}

static const rq_result_form forms[] = {
    {"text", rq_report_text_form, "terminal"}, RQ_REPORT_FORMS, {NULL, NULL, NULL}};
static const rq_result_kind kind = {"quantize", sizeof(state), run, close_state, forms};

rq_status rq_quantize(rq_result **out, const rq_network *network, const rq_options *options)
{
    return rq_result_make(out, &kind, network, options);
}
