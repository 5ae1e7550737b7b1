#include "reports/summary.h"

#include "reports/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* -- layers --------------------------------------------------------------------------------- */

static bool is_worse(const rq_report_layer *a, const rq_report_layer *b)
{
    return a->sqnr_db < b->sqnr_db;
}

/* What a layer in floating point shows is the noise of those before it. One that was quantized, but
 * ran in floating point, has its own. */
static bool may_be_quantized(const rq_report_layer *layer)
{
    bool known = layer->precision_before && layer->precision_after;
    return !known || strcmp(layer->precision_before, layer->precision_after) != 0 ||
           layer->noise_share > 0;
}

size_t rq_worst_layers(const rq_report_layer **list, size_t n, const rq_report *report)
{
    size_t kept = 0;
    for (size_t i = 0; i < report->n_layers; i++) {
        const rq_report_layer *layer = &report->layers[i];
        if (!(layer->sqnr_db < INFINITY) || !may_be_quantized(layer)) continue;
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
    const rq_report *report = out->headline.report;
    for (size_t i = 0; i < report->n_sizes; i++) {
        const rq_report_size *size = &report->sizes[i];
        if (!size->part || strcmp(size->part, part) != 0) continue;
        out->before_bytes = add_known(out->before_bytes, size->before_bytes);
        out->after_bytes = add_known(out->after_bytes, size->after_bytes);
    }
}

static void find_size(rq_summary *out)
{
    const rq_report *report = out->headline.report;
    const rq_report_model *before = &report->before, *after = &report->after;
    out->before_bytes = add_known(before->xml_bytes, before->bin_bytes);
    out->after_bytes = add_known(after->xml_bytes, after->bin_bytes);
    if (!isnan(out->before_bytes) && !isnan(out->after_bytes)) return;
    out->before_bytes = out->after_bytes = NAN;
    sum_sizes(out, "file");
    if (isnan(out->before_bytes)) sum_sizes(out, "weights");
}

const char *rq_summary_limit(const rq_summary *summary, char buffer[RQ_LIMIT_TEXT])
{
    return rq_verdict_limit(&summary->headline, buffer);
}

const char *rq_summary_title(const rq_summary *summary)
{
    return rq_verdict_title(summary->verdict, &summary->headline);
}

void rq_summarise(rq_summary *out, const rq_report *report)
{
    *out = (rq_summary){.headline = rq_headline_find(report)};
    if (report->n_speeds) out->speed = &report->speeds[0];
    out->accuracy_verdict = rq_verdict_of_accuracy(&out->headline);
    rq_suspicions_find(&out->suspicions, &out->headline);
    out->verdict = out->suspicions.n ? RQ_VERDICT_SUSPICIOUS : out->accuracy_verdict;
    rq_worst_layers(&out->worst, 1, report);
    find_size(out);
}

bool rq_has_loss(const rq_summary *summary)
{
    rq_verdict verdict = summary->accuracy_verdict;
    return (verdict == RQ_VERDICT_REVIEW || verdict == RQ_VERDICT_BAD) &&
           !rq_suspicion_of_original(&summary->suspicions);
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

void rq_summary_command(rq_buf *out, const rq_summary *summary)
{
    const rq_report_tool *tool = &summary->headline.report->tool;
    bool deployed = !strcmp(summary->suspicions.list[0].rule, "deployment");
    const char *command = deployed ? tool->evaluate : tool->lint;
    rq_buf_append(out, command    ? command
                       : deployed ? "requant evaluate --backend openvino"
                                  : "requant lint");
}

void rq_summary_sentence(rq_buf *out, const rq_summary *summary)
{
    rq_buf text = {0};
    if (summary->suspicions.n) rq_buf_printf(out, "%s. ", summary->suspicions.list[0].brief);
    if (summary->headline.accuracy) put_accuracy_text(&text, summary->headline.accuracy);
    put_factor_text(&text, summary->before_bytes, summary->after_bytes, "smaller", "larger");
    if (summary->speed && !summary->speed->noise) put_speed_text(&text, summary->speed);
    if (text.length) rq_buf_append(out, text.data);
    out->failed = out->failed || text.failed;
    rq_buf_free(&text);
}
