#include "reports/summary.h"

#include "reports/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* -- verdict -------------------------------------------------------------------------------- */

typedef struct limit {
    const char *metric; /* NULL: any of this unit */
    const char *unit;   /* NULL: any */
    bool compares;      /* else of the change */
    bool relative;      /* of the change: in percent of the value before */
    double good, bad;   /* at least good, below bad */
    const char *text;   /* of good */
} limit;

/* The first that fits holds. */
static const limit limits[] = {
    {"agreement", NULL, true, false, 98, 95, "at least 98 % agree with the original model"},
    {"box F1", NULL, true, false, 98, 95,
     "the F1 of its boxes against the original model's is at least 98 %"},
    {"mask IoU", NULL, true, false, 98, 95,
     "the IoU of its masks with the original model's is at least 98 %"},
    {"same text", NULL, true, false, 98, 95, "at least 98 % of the texts are the original model's"},
    {"PSNR to before", NULL, true, false, 40, 30,
     "the PSNR to the original model's images is at least 40 dB"},
    {"mean SQNR", NULL, true, false, 20, 10, "the SQNR of the outputs is at least 20 dB"},
    {"SQNR", NULL, true, false, 20, 10, "the output SQNR is at least 20 dB"},
    {"cosine", NULL, true, false, 0.995, 0.95, /* 20 and 10 dB of errors that keep the length */
     "the cosine with the original outputs is at least 0.995"},
    {NULL, "%", false, false, -1, -3, "the loss is at most 1 point"},
    {NULL, NULL, false, true, -1, -3, "the loss is at most 1 % of the original model's value"},
};

static const limit *limit_of(const rq_report_accuracy *row)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        const limit *at = &limits[i];
        if (at->compares != row->compares) continue;
        if (at->metric && !rq_same_text(at->metric, row->metric)) continue;
        if (!at->unit || rq_same_text(at->unit, row->unit)) return at;
    }
    return NULL;
}

/* How much better it is than before, as the limit counts it. */
static double gain_of(const rq_report_accuracy *row, const limit *at)
{
    double gain = row->higher_is_better ? row->delta.value : -row->delta.value;
    if (!at->relative || gain == 0) return gain;
    return 100 * gain / fabs(row->before.value);
}

static rq_verdict verdict_of(const rq_report_accuracy *row)
{
    const limit *at = row ? limit_of(row) : NULL;
    if (!at) return RQ_VERDICT_UNKNOWN;
    double x = row->compares ? row->after.value : gain_of(row, at);
    if (isnan(x)) return RQ_VERDICT_UNKNOWN;
    return x >= at->good ? RQ_VERDICT_GOOD : x >= at->bad ? RQ_VERDICT_REVIEW : RQ_VERDICT_BAD;
}

static bool counts(const rq_report *report, const rq_report_accuracy *row)
{
    for (size_t i = 0; i < report->n_outputs; i++)
        if (rq_same_text(report->outputs[i].name, row->output))
            return report->outputs[i].weight > 0;
    return true;
}

/* A mean over outputs is not good where one of them is bad. */
static rq_verdict verdict_of_outputs(const rq_report *report, const rq_report_accuracy *headline)
{
    rq_verdict verdict = verdict_of(headline);
    if (verdict != RQ_VERDICT_GOOD || !rq_same_text(headline->metric, "mean SQNR")) return verdict;
    for (size_t i = 0; i < report->n_accuracy; i++) {
        const rq_report_accuracy *row = &report->accuracy[i];
        if (rq_same_text(row->metric, "SQNR") && counts(report, row) &&
            verdict_of(row) == RQ_VERDICT_BAD)
            return RQ_VERDICT_REVIEW;
    }
    return verdict;
}

const char *rq_verdict_limit(const rq_report_accuracy *row)
{
    return limit_of(row)->text;
}

const char *rq_verdict_title(rq_verdict verdict)
{
    static const char *const titles[] = {
        [RQ_VERDICT_UNKNOWN] = "Accuracy was not measured",
        [RQ_VERDICT_GOOD] = "Accuracy preserved",
        [RQ_VERDICT_REVIEW] = "Accuracy dropped slightly: review",
        [RQ_VERDICT_BAD] = "Accuracy loss too high",
    };
    return titles[verdict];
}

bool rq_is_not_significant(const rq_report_accuracy *row)
{
    return !row->compares && row->delta.value != 0 && row->delta.low <= 0 && row->delta.high >= 0;
}

/* -- layers --------------------------------------------------------------------------------- */

static bool is_worse(const rq_report_layer *a, const rq_report_layer *b)
{
    return a->sqnr_db < b->sqnr_db;
}

size_t rq_worst_layers(const rq_report_layer **list, size_t n, const rq_report *report)
{
    size_t kept = 0;
    for (size_t i = 0; i < report->n_layers; i++) {
        const rq_report_layer *layer = &report->layers[i];
        if (!(layer->sqnr_db < INFINITY)) continue;
        size_t at = kept;
        while (at > 0 && is_worse(layer, list[at - 1])) at--;
        if (at >= n) continue;
        if (kept < n) kept++;
        memmove(list + at + 1, list + at, (kept - 1 - at) * sizeof *list);
        list[at] = layer;
    }
    return kept;
}

/* -- all of it ------------------------------------------------------------------------------ */

static double add_known(double a, double b)
{
    return isnan(a) ? b : isnan(b) ? a : a + b;
}

static void sum_sizes(rq_summary *out, const char *part)
{
    for (size_t i = 0; i < out->report->n_sizes; i++) {
        const rq_report_size *size = &out->report->sizes[i];
        if (!size->part || strcmp(size->part, part) != 0) continue;
        out->before_bytes = add_known(out->before_bytes, size->before_bytes);
        out->after_bytes = add_known(out->after_bytes, size->after_bytes);
    }
}

static void find_size(rq_summary *out)
{
    const rq_report_model *before = &out->report->before, *after = &out->report->after;
    out->before_bytes = add_known(before->xml_bytes, before->bin_bytes);
    out->after_bytes = add_known(after->xml_bytes, after->bin_bytes);
    if (!isnan(out->before_bytes) && !isnan(out->after_bytes)) return;
    out->before_bytes = out->after_bytes = NAN;
    sum_sizes(out, "file");
    if (isnan(out->before_bytes)) sum_sizes(out, "weights");
}

#define MIN_INFORMATIVE_PERCENT 1 /* % */

static bool is_uninformative(const rq_report_accuracy *row)
{
    bool share = row->unit && !strcmp(row->unit, "%") && row->higher_is_better;
    return share && !row->compares && row->before.value < MIN_INFORMATIVE_PERCENT;
}

/* The first metric, or, where it is uninformative, the first that is not. */
static void find_headline(rq_summary *out)
{
    const rq_report *report = out->report;
    size_t i = 0;
    while (i < report->n_accuracy && is_uninformative(&report->accuracy[i])) i++;
    if (i > 0) out->uninformative = &report->accuracy[0];
    if (report->n_accuracy) out->accuracy = &report->accuracy[i < report->n_accuracy ? i : 0];
}

void rq_summarise(rq_summary *out, const rq_report *report)
{
    *out = (rq_summary){.report = report};
    find_headline(out);
    if (report->n_speeds) out->speed = &report->speeds[0];
    out->verdict = out->accuracy == out->uninformative ? RQ_VERDICT_UNKNOWN
                                                       : verdict_of_outputs(report, out->accuracy);
    rq_worst_layers(&out->worst, 1, report);
    find_size(out);
}

/* -- in words ------------------------------------------------------------------------------- */

static void put_accuracy_text(rq_buf *out, const rq_report_accuracy *row)
{
    char a[RQ_NUMBER_TEXT], b[RQ_NUMBER_TEXT];
    const char *metric = row->metric ? row->metric : "accuracy";
    rq_metric_text(row->unit, row->after.value, a);
    if (row->compares) {
        rq_buf_printf(out, "%s with the original model is %s", metric, a);
        return;
    }
    rq_change_text(row->unit, row->delta.value, b);
    if (row->delta.value == 0)
        rq_buf_printf(out, "%s is %s, unchanged", metric, a);
    else
        rq_buf_printf(out, "%s is %s (%s%s)", metric, a, b,
                      rq_is_not_significant(row) ? ", not significant" : "");
}

static void put_factor_text(rq_buf *out, double before, double after, const char *more,
                            const char *less)
{
    char text[RQ_NUMBER_TEXT];
    if (!(before > 0) || !(after > 0)) return;
    bool gain = before >= after;
    rq_factor_text(gain ? before : after, gain ? after : before, text);
    rq_buf_printf(out, "%s%s %s", out->length ? ", " : "", text, gain ? more : less);
}

static void put_speed_text(rq_buf *out, const rq_report_speed *s)
{
    char name[RQ_SPEED_NAME];
    put_factor_text(out, s->before_median_ms, s->after_median_ms, "faster", "slower");
    if (s->backend) rq_buf_printf(out, " with %s", rq_speed_name(s, name));
}

const char *rq_speed_name(const rq_report_speed *speed, char buffer[RQ_SPEED_NAME])
{
    snprintf(buffer, RQ_SPEED_NAME, "%.40s%s%.8s", speed->backend ? speed->backend : "-",
             speed->precision ? ", floats in " : "", speed->precision ? speed->precision : "");
    return buffer;
}

void rq_summary_sentence(rq_buf *out, const rq_summary *summary)
{
    rq_buf text = {0};
    if (summary->accuracy) put_accuracy_text(&text, summary->accuracy);
    put_factor_text(&text, summary->before_bytes, summary->after_bytes, "smaller", "larger");
    if (summary->speed && !summary->speed->noise) put_speed_text(&text, summary->speed);
    if (text.length) rq_buf_append(out, text.data);
    out->failed = out->failed || text.failed;
    rq_buf_free(&text);
}
