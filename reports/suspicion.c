#include "reports/suspicion.h"

#include "engine/base/text.h"
#include "reports/limits.h"
#include "reports/units.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One for each line of limits.def: whether it holds, and what is found. */
typedef bool rule_fn(rq_suspicion *out, const rq_headline *headline);

static const rq_report_accuracy *find_row(const rq_report *report, const char *metric)
{
    for (size_t i = 0; i < report->n_accuracy; i++)
        if (rq_same_text(report->accuracy[i].metric, metric)) return &report->accuracy[i];
    return NULL;
}

static const char *name_of(const char *name)
{
    return name ? name : "-";
}

__attribute__((format(printf, 2, 3))) static void set_found(rq_suspicion *out, const char *format,
                                                            ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(out->found, sizeof out->found, format, args);
    va_end(args);
}

static const char *model_of(const rq_headline *headline, const rq_suspicion *found)
{
    return found->of_original ? headline->original : "the quantized model";
}

static bool holds_not_finite(rq_suspicion *out, const rq_headline *headline)
{
    const rq_report *report = headline->report;
    for (size_t i = 0; i < report->n_outputs; i++) {
        const rq_report_output *o = &report->outputs[i];
        if (!(o->nan_before > 0) && !(o->nan_after > 0)) continue;
        out->of_original = o->nan_before > 0;
        set_found(out, "Output '%.60s' of %s holds NaN", name_of(o->name), model_of(headline, out));
        return true;
    }
    return false;
}

/* Single outputs may be constant for good reasons, such as anchors; not all of them. */
static bool are_constant(const rq_report *report, bool after)
{
    size_t n = 0;
    for (size_t i = 0; i < report->n_outputs; i++) {
        const rq_report_output *o = &report->outputs[i];
        if (!(o->weight > 0)) continue;
        if (!(after ? o->constant_after : o->constant_before)) return false;
        n++;
    }
    return n > 0;
}

static bool holds_constant(rq_suspicion *out, const rq_headline *headline)
{
    out->of_original = are_constant(headline->report, false);
    if (!out->of_original && !are_constant(headline->report, true)) return false;
    const rq_report *report = headline->report;
    size_t others = report->n_outputs - 1;
    set_found(out, "The outputs of %s are the same for all images: '%.60s'%s",
              model_of(headline, out), name_of(report->outputs[0].name), others ? ", ..." : "");
    return true;
}

static bool holds_both_find_nothing(rq_suspicion *out, const rq_headline *headline)
{
    const rq_report_data *data = &headline->report->data;
    if (data->found_before != 0 || data->found_after != 0) return false;
    out->of_original = true;
    set_found(out,
              "Neither model finds anything in %.0f image%s, so that their agreement says nothing",
              data->validation_images, rq_plural_real(data->validation_images));
    return true;
}

static bool holds_finds_nothing(rq_suspicion *out, const rq_headline *headline)
{
    char text[RQ_NUMBER_TEXT];
    const rq_report_accuracy *row = headline->uninformative;
    out->of_original = true;
    if (row)
        set_found(out, "%s of %s is only %s", name_of(row->metric), headline->original,
                  rq_metric_text(row->unit, row->before.value, text));
    else if (headline->report->data.found_before == 0)
        set_found(out, "In %.0f image%s nothing is found by %s",
                  headline->report->data.validation_images,
                  rq_plural_real(headline->report->data.validation_images), headline->original);
    else
        return false;
    return true;
}

static double classes_of(const rq_report *report)
{
    for (size_t i = 0; i < report->n_outputs; i++)
        if (report->outputs[i].classes > 1) return report->outputs[i].classes;
    return NAN;
}

static bool holds_chance(rq_suspicion *out, const rq_headline *headline)
{
    const rq_report_accuracy *row = find_row(headline->report, "top-1");
    double classes = classes_of(headline->report);
    if (!row || row->compares || !(row->before.low <= 100 / classes)) return false;
    out->of_original = true;
    set_found(out,
              "top-1 of %s is %.1f %% [%.1f, %.1f] on %.0f image%s, not significantly above chance "
              "(%.3g %% of %.0f classes)",
              headline->original, row->before.value, row->before.low, row->before.high, row->images,
              rq_plural_real(row->images), 100 / classes, classes);
    return true;
}

/* Boxes and texts may come in another order, numbers of classes be ids: no signal and noise. */
static bool has_signal(const rq_report *report, const char *output)
{
    for (size_t i = 0; i < report->n_outputs; i++) {
        const rq_report_output *o = &report->outputs[i];
        if (!rq_same_text(o->name, output)) continue;
        return o->weight > 0 && !rq_same_text(o->kind, "boxes") && !rq_same_text(o->kind, "mask");
    }
    return true;
}

static bool holds_noise(rq_suspicion *out, const rq_headline *headline)
{
    const rq_report *report = headline->report;
    for (size_t i = 0; i < report->n_accuracy; i++) {
        const rq_report_accuracy *row = &report->accuracy[i];
        if (!rq_same_text(row->metric, "SQNR") || !(row->after.value < RQ_LIMIT_NOISE_DB)) continue;
        if (!has_signal(report, row->output)) continue;
        set_found(out, "SQNR%s%.60s is %.1f dB: noise", row->output ? " of output " : "",
                  row->output ? row->output : "", row->after.value);
        return true;
    }
    return false;
}

bool rq_is_not_significant(const rq_report_accuracy *row)
{
    return !row->compares && row->delta.value != 0 && row->delta.low <= 0 && row->delta.high >= 0;
}

static bool holds_gain(rq_suspicion *out, const rq_headline *headline)
{
    const rq_report_accuracy *row = headline->accuracy;
    if (!row || row->compares || !rq_same_text(row->unit, "%")) return false;
    double sign = row->higher_is_better ? 1 : -1, gain = sign * row->delta.value;
    if (!(gain > RQ_LIMIT_GAIN_POINTS) || rq_is_not_significant(row)) return false;
    set_found(out, "The quantized model is better than the original by %.1f points of %s", gain,
              name_of(row->metric));
    return true;
}

bool rq_deployment_differs(const rq_report *report, const rq_report_deployment *row)
{
    if (row->failure) return true;
    double beyond = row->quantization_sqnr_db - RQ_LIMIT_DEPLOYMENT_BEYOND_DB;
    return has_signal(report, row->output) && row->sqnr_db < RQ_LIMIT_DEPLOYMENT_DB &&
           row->sqnr_db < beyond;
}

static bool holds_deployment(rq_suspicion *out, const rq_headline *headline)
{
    const rq_report *report = headline->report;
    for (size_t i = 0; i < report->n_deployment; i++) {
        const rq_report_deployment *row = &report->deployment[i];
        if (!rq_deployment_differs(report, row)) continue;
        if (row->failure)
            set_found(out, "%.250s", row->failure);
        else
            set_found(
                out,
                "%.40s computes other outputs than requant: the SQNR of %.60s is %.1f dB between "
                "them, and %.1f dB against the original",
                name_of(row->runtime), name_of(row->output), row->sqnr_db,
                row->quantization_sqnr_db);
        return true;
    }
    return false;
}

static rule_fn *const rules[] = {
    [RQ_SUSPICION_NOT_FINITE] = holds_not_finite,
    [RQ_SUSPICION_CONSTANT] = holds_constant,
    [RQ_SUSPICION_BOTH_FIND_NOTHING] = holds_both_find_nothing,
    [RQ_SUSPICION_FINDS_NOTHING] = holds_finds_nothing,
    [RQ_SUSPICION_CHANCE] = holds_chance,
    [RQ_SUSPICION_NOISE] = holds_noise,
    [RQ_SUSPICION_GAIN] = holds_gain,
    [RQ_SUSPICION_DEPLOYMENT] = holds_deployment,
};
_Static_assert(sizeof rules / sizeof *rules == RQ_SUSPICIONS, "a rule for each line of the table");

static const struct words {
    const char *rule, *brief, *limit;
} words[] = {
#define RQ_SUSPICION(id, rule, brief, text) [RQ_SUSPICION_##id] = {rule, brief, text},
#define RQ_MINIMUM(metric, good, bad, before, after)
#define RQ_LOSS(id, good, bad, before, after)
#include "reports/limits.def"
#undef RQ_SUSPICION
#undef RQ_MINIMUM
#undef RQ_LOSS
};

void rq_suspicions_find(rq_suspicions *out, const rq_headline *headline)
{
    out->n = 0;
    for (rq_suspicion_rule i = 0; i < RQ_SUSPICIONS; i++) {
        rq_suspicion *next = &out->list[out->n];
        *next =
            (rq_suspicion){.rule = words[i].rule, .brief = words[i].brief, .limit = words[i].limit};
        out->n += rules[i](next, headline);
    }
}

bool rq_suspicion_is_dead(const rq_suspicion *s)
{
    return s->rule == words[RQ_SUSPICION_NOT_FINITE].rule ||
           s->rule == words[RQ_SUSPICION_CONSTANT].rule;
}

const rq_suspicion *rq_suspicion_of_original(const rq_suspicions *suspicions)
{
    for (size_t i = 0; i < suspicions->n; i++)
        if (suspicions->list[i].of_original) return &suspicions->list[i];
    return NULL;
}
