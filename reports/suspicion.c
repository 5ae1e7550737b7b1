#include "reports/suspicion.h"

#include "reports/limits.h"
#include "reports/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One for each line of limits.def. */
typedef bool rule_fn(char *out, size_t room, const rq_headline *headline);

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

static bool holds_not_finite(char *out, size_t room, const rq_headline *headline)
{
    const rq_report *report = headline->report;
    for (size_t i = 0; i < report->n_outputs; i++) {
        const rq_report_output *o = &report->outputs[i];
        if (!(o->nan_before > 0) && !(o->nan_after > 0)) continue;
        snprintf(out, room, "Output '%.60s' of the %s model holds NaN", name_of(o->name),
                 o->nan_before > 0 ? "original" : "quantized");
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

static bool holds_constant(char *out, size_t room, const rq_headline *headline)
{
    bool before = are_constant(headline->report, false);
    if (!before && !are_constant(headline->report, true)) return false;
    snprintf(out, room, "The outputs of the %s model are the same for all images",
             before ? "original" : "quantized");
    return true;
}

static bool holds_both_find_nothing(char *out, size_t room, const rq_headline *headline)
{
    const rq_report_data *data = &headline->report->data;
    if (data->found_before != 0 || data->found_after != 0) return false;
    snprintf(out, room,
             "Neither model finds anything in %.0f images, so that their agreement "
             "says nothing",
             data->validation_images);
    return true;
}

static bool holds_finds_nothing(char *out, size_t room, const rq_headline *headline)
{
    char text[RQ_NUMBER_TEXT];
    const rq_report_accuracy *row = headline->uninformative;
    if (row)
        snprintf(out, room, "%s of the original model is only %s", name_of(row->metric),
                 rq_metric_text(row->unit, row->before.value, text));
    else if (headline->report->data.found_before == 0)
        snprintf(out, room, "The original model finds nothing in %.0f images",
                 headline->report->data.validation_images);
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

static bool holds_chance(char *out, size_t room, const rq_headline *headline)
{
    const rq_report_accuracy *row = find_row(headline->report, "top-1");
    double classes = classes_of(headline->report);
    if (!row || row->compares || !(row->before.low <= 100 / classes)) return false;
    snprintf(
        out, room,
        "top-1 of the original model is %.1f %% [%.1f, %.1f] on %.0f images, not significantly "
        "above chance (%.3g %% of %.0f classes)",
        row->before.value, row->before.low, row->before.high, row->images, 100 / classes, classes);
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

static bool holds_noise(char *out, size_t room, const rq_headline *headline)
{
    const rq_report *report = headline->report;
    for (size_t i = 0; i < report->n_accuracy; i++) {
        const rq_report_accuracy *row = &report->accuracy[i];
        if (!rq_same_text(row->metric, "SQNR") || !(row->after.value < RQ_LIMIT_NOISE_DB)) continue;
        if (!has_signal(report, row->output)) continue;
        snprintf(out, room, "SQNR%s%.60s is %.1f dB: noise", row->output ? " of output " : "",
                 row->output ? row->output : "", row->after.value);
        return true;
    }
    return false;
}

bool rq_is_not_significant(const rq_report_accuracy *row)
{
    return !row->compares && row->delta.value != 0 && row->delta.low <= 0 && row->delta.high >= 0;
}

static bool holds_gain(char *out, size_t room, const rq_headline *headline)
{
    const rq_report_accuracy *row = headline->accuracy;
    if (!row || row->compares || !rq_same_text(row->unit, "%")) return false;
    double sign = row->higher_is_better ? 1 : -1, gain = sign * row->delta.value;
    if (!(gain > RQ_LIMIT_GAIN_POINTS) || rq_is_not_significant(row)) return false;
    snprintf(out, room, "The quantized model is better than the original by %.1f points of %s",
             gain, name_of(row->metric));
    return true;
}

static rule_fn *const rules[] = {
    [RQ_SUSPICION_NOT_FINITE] = holds_not_finite,
    [RQ_SUSPICION_CONSTANT] = holds_constant,
    [RQ_SUSPICION_BOTH_FIND_NOTHING] = holds_both_find_nothing,
    [RQ_SUSPICION_FINDS_NOTHING] = holds_finds_nothing,
    [RQ_SUSPICION_CHANCE] = holds_chance,
    [RQ_SUSPICION_NOISE] = holds_noise,
    [RQ_SUSPICION_GAIN] = holds_gain,
};
_Static_assert(sizeof rules / sizeof *rules == RQ_SUSPICIONS, "a rule for each line of the table");

rq_suspicion rq_suspicion_find(char *out, size_t room, const rq_headline *headline)
{
    for (rq_suspicion i = 0; i < RQ_SUSPICIONS; i++)
        if (rules[i](out, room, headline)) return i;
    return RQ_SUSPICIONS;
}
