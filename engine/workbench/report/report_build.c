/* The report as a whole: machine, data, settings, accuracy, speed, steps. */
#include "engine/workbench/report/report_build.h"
#include "datasets/dataset_digest.h"
#include "engine/base/version.h"

#include "engine/workbench/evaluate/evaluation_report.h"
#include "engine/workbench/bench/machine.h"
#include "reports/fields.h"
#include "reports/metrics/speed_noise.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

/* -- the machine ---------------------------------------------------------------------------- */

static void fill_machine(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    struct sysinfo info;
    out->machine.cpu = rq_machine_cpu(arena);
    out->machine.isa = rq_machine_isa();
    out->machine.threads = facts->threads;
    if (sysinfo(&info) == 0)
        out->machine.memory_bytes = (double)info.totalram * (double)info.mem_unit;
    out->resources.peak_memory_bytes = facts->peak_memory ? facts->peak_memory : rq_peak_memory();
}

/* -- data and settings ---------------------------------------------------------------------- */

static size_t count_bad(const rq_images *images)
{
    size_t n = 0;
    if (images && images->bad) rq_bad_images_get(images->bad, &n);
    return n;
}

/* Of any pass: some turn unreadable after the calibration, or are of statistics of another run. */
static double all_bad(double known, const rq_images *images)
{
    double told = images && images->bad_log ? (double)rq_bad_image_log_count(images->bad_log) : 0;
    return told > known ? told : known;
}

static void fill_data(rq_report *out, const rq_report_facts *facts)
{
    out->data.calibration = facts->calib_name;
    out->data.validation = facts->val_name;
    out->data.bad_images = (double)count_bad(facts->calib);
    if (facts->stats) {
        const rq_stats_origin *origin = rq_stats_origin_of(facts->stats);
        out->data.calibration_images = (double)(origin->images_done - origin->images_bad);
        out->data.bad_images = (double)origin->images_bad;
        out->data.preprocessing = origin->preprocess;
        out->data.digest = origin->data_digest;
    }
    double calibration_bad = out->data.bad_images;
    out->data.bad_images = all_bad(calibration_bad, facts->calib);
    if (!facts->val || !facts->val->dataset) return;
    size_t bad = count_bad(facts->val);
    out->data.validation_images = (double)(facts->val->dataset->n - bad);
    if (facts->val != facts->calib)
        out->data.bad_images = all_bad(calibration_bad + (double)bad, facts->val);
    out->data.labelled =
        facts->evaluation ? facts->evaluation->outputs.labelled : facts->val->dataset->labelled;
    if (out->data.labelled) out->data.classes = facts->val->dataset->n_classes;
}

/* Without statistics, what images went through when they were measured. */
static rq_status fill_preprocessing(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    rq_buf text = {0};
    if (out->data.preprocessing || !facts->evaluation) return RQ_OK;
    rq_preprocess_describe(&facts->evaluation->plan, &text);
    out->data.preprocessing = rq_arena_strdup(arena, text.data ? text.data : "");
    rq_buf_free(&text);
    return out->data.preprocessing ? RQ_OK : RQ_ENOMEM;
}

/* Read once more, from what the system still holds: folders of one name may hold other images. */
static rq_status fill_validation_digest(rq_report *out, const rq_report_facts *facts,
                                        rq_arena *arena)
{
    char digest[RQ_DIGEST_TEXT];
    if (!facts->evaluation || !facts->val || !facts->val->dataset) return RQ_OK;
    RQ_TRY(rq_dataset_digest(facts->val->dataset, facts->threads ? facts->threads : 1, digest));
    out->data.validation_digest = rq_arena_strdup(arena, digest);
    return out->data.validation_digest ? RQ_OK : RQ_ENOMEM;
}

static const char *on_or_off(bool on)
{
    return on ? "on" : "off";
}

static void fill_asked(rq_report_settings *out, const rq_report_facts *facts)
{
    const rq_decide_options *asked = facts->asked;
    if (!asked) return;
    out->precision = rq_precision_word(asked->plan.precision);
    if (!facts->plan) return;
    out->float_precision =
        rq_precision_word(facts->float_fp16 ? RQ_PRECISION_FP16 : RQ_PRECISION_FP32);
    out->equalize = asked->given ? "plan" : rq_equalizations[asked->equalize].name;
    if (facts->plan->options.rounding == RQ_ROUNDING_ADAPTIVE)
        out->rounding_work = isfinite(asked->rounding_work) ? asked->rounding_work : NAN;
    if (asked->budget > 0) out->budget_seconds = asked->budget;
}

static rq_status fill_settings(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    out->settings.backend = facts->backend;
    out->settings.seed = (double)facts->seed;
    out->settings.target_isa = facts->target_isa;
    fill_asked(&out->settings, facts);
    if (!facts->plan) return RQ_OK;
    const rq_plan_options *o = &facts->plan->options;
    out->settings.preset = rq_presets[o->preset].name;
    out->settings.estimator = rq_plan_range_name(o);
    out->settings.overflow_fix = rq_overflow_fixes[o->overflow].name;
    out->settings.rounding = rq_roundings[o->rounding].name;
    out->settings.bias_correction = on_or_off(o->bias_correction);
    const rq_ignored_scope *scope = &o->scope;
    if (scope->n_names + scope->n_patterns + scope->n_types == 0) return RQ_OK;
    out->settings.ignored = rq_arena_printf(
        arena, "%zu name%s, %zu pattern%s, %zu type%s", scope->n_names, rq_plural(scope->n_names),
        scope->n_patterns, rq_plural(scope->n_patterns), scope->n_types, rq_plural(scope->n_types));
    return out->settings.ignored ? RQ_OK : RQ_ENOMEM;
}

/* -- speed, steps --------------------------------------------------------------------------- */

static rq_status fill_speeds(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    out->speeds = rq_report_rows(arena, &rq_speed_type, facts->n_speeds);
    if (!out->speeds) return RQ_ENOMEM;
    out->n_speeds = facts->n_speeds;
    for (size_t i = 0; i < facts->n_speeds; i++) {
        const rq_speed_result *from = &facts->speeds[i];
        rq_report_speed *to = &out->speeds[i];
        to->backend = from->backend;
        to->kernels = rq_arena_strdup(arena, from->note); /* which may be its thread's */
        if (from->note && !to->kernels) return RQ_ENOMEM;
        to->precision = from->precision;
        to->threads = facts->threads;
        to->runs = (double)from->before.runs;
        to->before_median_ms = from->before.median * 1e3;
        to->before_p10_ms = from->before.p10 * 1e3;
        to->before_p90_ms = from->before.p90 * 1e3;
        to->after_median_ms = from->after.median * 1e3;
        to->after_p10_ms = from->after.p10 * 1e3;
        to->after_p90_ms = from->after.p90 * 1e3;
        to->round_speedup = from->after.summary.ratio;
        to->round_speedup_p10 = from->after.summary.ratio_low;
        to->round_speedup_p90 = from->after.summary.ratio_high;
        to->waited_share = from->after.waited;
        to->noise = rq_report_speed_noise(to);
    }
    return RQ_OK;
}

rq_status rq_report_set_steps(rq_report *out, const rq_report_step *steps, size_t n,
                              rq_arena *arena)
{
    out->steps = rq_report_rows_copy(arena, &rq_step_type, steps, n);
    out->n_steps = n;
    return out->steps ? RQ_OK : RQ_ENOMEM;
}

static rq_status copy_trials(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    out->trials = rq_report_rows_copy(arena, &rq_trial_type, facts->trials, facts->n_trials);
    out->n_trials = facts->n_trials;
    return out->trials ? RQ_OK : RQ_ENOMEM;
}

rq_status rq_report_build(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    rq_report_init(out);
    out->tool.version = "requant " RQ_VERSION;
    out->tool.command = facts->command;
    out->tool.lint = facts->lint;
    out->tool.evaluate = facts->evaluate;
    out->tool.tune = facts->tune;
    if (facts->budget) out->budget = *facts->budget;
    RQ_TRY(copy_trials(out, facts, arena));
    fill_machine(out, facts, arena);
    fill_data(out, facts);
    RQ_TRY(fill_preprocessing(out, facts, arena));
    RQ_TRY(fill_validation_digest(out, facts, arena));
    RQ_TRY(fill_settings(out, facts, arena));
    RQ_TRY(rq_report_build_models(out, facts, arena));
    RQ_TRY(fill_speeds(out, facts, arena));
    RQ_TRY(rq_report_set_steps(out, facts->steps, facts->n_steps, arena));
    if (facts->evaluation) {
        RQ_TRY(rq_evaluation_fill_report(out, facts->evaluation, arena));
        RQ_TRY(rq_report_build_layers(out, facts, arena));
        RQ_TRY(rq_report_build_graph(out, facts, arena));
        RQ_TRY(rq_report_build_images(out, facts, arena));
    }
    RQ_TRY(rq_report_build_histograms(out, facts, arena));
    RQ_TRY(rq_report_build_channels(out, facts, arena));
    RQ_TRY(rq_report_build_times(out, facts, arena));
    RQ_TRY(rq_report_build_deployment(out, facts, arena));
    RQ_TRY(rq_report_build_notes(out, facts, arena));
    return rq_report_build_kernels(out, facts, arena);
}
