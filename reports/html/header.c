/* The top of the page: which model, the verdict, and four cards that answer four questions. */
#include "reports/html/html.h"

#include <math.h>

static const char *const verdict_class[] = {
    [RQ_VERDICT_UNKNOWN] = "none", [RQ_VERDICT_GOOD] = "good",      [RQ_VERDICT_REVIEW] = "watch",
    [RQ_VERDICT_BAD] = "bad",      [RQ_VERDICT_SUSPICIOUS] = "bad",
};
static const char *const verdict_icon[] = {
    [RQ_VERDICT_UNKNOWN] = "<path d='M7 12h10'/>",
    [RQ_VERDICT_GOOD] = "<path d='m7 12.5 3.5 3.5L17 9'/>",
    [RQ_VERDICT_REVIEW] = "<path d='M12 7v6m0 3.5v.5'/>",
    [RQ_VERDICT_BAD] = "<path d='m8 8 8 8m0-8-8 8'/>",
    [RQ_VERDICT_SUSPICIOUS] = "<path d='M12 7v6m0 3.5v.5'/>",
};

static void put_names(const rq_html *page)
{
    const rq_report *report = page->report;
    rq_buf_append(page->out, "<p class=kicker>requant report</p><h1>");
    rq_html_text(page->out, report->before.name);
    rq_buf_append(page->out, " <span class=change>");
    rq_html_text(page->out, report->before.precision);
    rq_buf_append(page->out, " <span aria-label=to>\xe2\x86\x92</span> ");
    rq_html_text(page->out, report->after.precision);
    rq_buf_append(page->out, "</span></h1>\n");
}

static void put_command(const rq_html *page)
{
    rq_buf command = {0};
    rq_summary_command(&command, page->summary);
    rq_buf_append(page->out, " <br>Run: <code>");
    rq_html_text(page->out, command.data);
    rq_buf_append(page->out, "</code>");
    page->out->failed = page->out->failed || command.failed;
    rq_buf_free(&command);
}

static void put_verdict(const rq_html *page)
{
    rq_verdict verdict = page->summary->verdict;
    rq_buf sentence = {0};
    rq_summary_sentence(&sentence, page->summary);
    rq_buf_printf(page->out,
                  "<p class='verdict %s'><svg viewBox='0 0 24 24' aria-hidden=true><circle cx=12 "
                  "cy=12 r=10 />%s</svg><span><b>%s.</b> ",
                  verdict_class[verdict], verdict_icon[verdict], rq_summary_title(page->summary));
    if (sentence.length) {
        rq_buf_escape(page->out, sentence.data);
        rq_buf_append(page->out, ".");
    }
    if (page->summary->suspicions.n) put_command(page);
    rq_buf_append(page->out, "</span></p>\n");
    page->out->failed = page->out->failed || sentence.failed;
    rq_buf_free(&sentence);
}

/* -- cards ---------------------------------------------------------------------------------- */

static void begin_card(rq_buf *out, const char *class, const char *question)
{
    rq_buf_printf(out, "<div class='card %s'><h2>%s</h2>", class, question);
}

static void put_from_to(rq_buf *out, const char *before, const char *after)
{
    rq_buf_append(out, "<p class=fromto><span>");
    rq_buf_escape(out, before);
    rq_buf_append(out, "</span> <span aria-label=to>\xe2\x86\x92</span> <b>");
    rq_buf_escape(out, after);
    rq_buf_append(out, "</b></p>");
}

static void accuracy_numbers(rq_buf *out, const rq_report_accuracy *row)
{
    char before[RQ_NUMBER_TEXT], after[RQ_NUMBER_TEXT], interval[RQ_NUMBER_TEXT];
    rq_metric_text(row->unit, row->after.value, after);
    rq_interval_text(row->unit, row->compares ? &row->after : &row->delta, interval);
    rq_buf_append(out, "<p class=big>");
    if (row->compares)
        rq_buf_escape(out, after);
    else
        rq_buf_escape(out, rq_change_text(row->unit, row->delta.value, before));
    rq_buf_append(out, "</p>");
    if (row->compares)
        rq_buf_append(out, "<p class=fromto>original and quantized model on the same images</p>");
    else
        put_from_to(out, rq_metric_text(row->unit, row->before.value, before), after);
    rq_buf_append(out, "<p class=small>");
    if (interval[0]) rq_buf_printf(out, "95 %% interval %s", interval);
    if (rq_is_not_significant(row)) rq_buf_append(out, ": not significant");
    rq_buf_append(out, "</p>");
}

static void accuracy_card(const rq_html *page)
{
    const rq_report_accuracy *row = page->summary->headline.accuracy;
    begin_card(page->out, verdict_class[page->summary->verdict], "Accuracy");
    if (row) {
        rq_buf_append(page->out, "<p class=what>");
        rq_html_text(page->out, row->metric);
        rq_buf_append(page->out, "</p>");
        accuracy_numbers(page->out, row);
    } else {
        rq_buf_append(page->out, "<p class=what>accuracy</p><p class=big>not measured</p>"
                                 "<p class=small>give labelled images with --val</p>");
    }
    rq_buf_append(page->out, "</div>\n");
}

/* before / after, or its inverse with the other word. */
static void put_factor(rq_buf *out, double before, double after, const char *more, const char *less)
{
    char text[RQ_NUMBER_TEXT];
    bool gain = before >= after;
    if (!(before > 0) || !(after > 0)) {
        rq_buf_append(out, "<p class=big>not known</p>");
        return;
    }
    rq_factor_text(gain ? before : after, gain ? after : before, text);
    rq_buf_printf(out, "<p class=big>%s <span>%s</span></p>", text, gain ? more : less);
}

static const char *gain_class(double before, double after)
{
    return isnan(before) || isnan(after) ? "none" : after < before ? "good" : "watch";
}

static void size_card(const rq_html *page)
{
    char a[RQ_NUMBER_TEXT], b[RQ_NUMBER_TEXT], ratio[RQ_NUMBER_TEXT];
    double before = page->summary->before_bytes, after = page->summary->after_bytes;
    begin_card(page->out, gain_class(before, after), "Size");
    rq_buf_append(page->out, "<p class=what>all files of the model</p>");
    put_factor(page->out, before, after, "smaller", "larger");
    put_from_to(page->out, rq_unit_text(RQ_UNIT_BYTES, before, a),
                rq_unit_text(RQ_UNIT_BYTES, after, b));
    rq_buf_printf(page->out, "<p class=small>%s of the original</p></div>\n",
                  rq_ratio_text(before, after, ratio));
}

static void speed_card(const rq_html *page)
{
    const rq_report_speed *speed = page->summary->speed;
    double before = speed ? speed->before_median_ms : NAN;
    double after = speed ? speed->after_median_ms : NAN;
    char a[RQ_NUMBER_TEXT], b[RQ_NUMBER_TEXT];
    bool noise = speed && speed->noise;
    char name[RQ_SPEED_NAME];
    begin_card(page->out, noise ? "none noise" : gain_class(before, after), "Latency");
    if (speed) {
        rq_buf_append(page->out, "<p class=what>one image with ");
        rq_html_text(page->out, rq_speed_name(speed, name));
        rq_buf_append(page->out, "</p>");
        if (noise)
            rq_buf_append(page->out, "<p class=big>not measurable now</p>");
        else
            put_factor(page->out, before, after, "faster", "slower");
        put_from_to(page->out, rq_unit_text(RQ_UNIT_MS, before, a),
                    rq_unit_text(RQ_UNIT_MS, after, b));
        rq_buf_append(page->out, "<p class=small>");
        rq_html_text(page->out, noise ? speed->noise : "median of interleaved runs");
        rq_buf_append(page->out, "</p>");
    } else {
        rq_buf_append(page->out, "<p class=what>time of one image</p><p class=big>not measured</p>"
                                 "<p class=small>see requant bench</p>");
    }
    rq_buf_append(page->out, "</div>\n");
}

static void layer_card(const rq_html *page)
{
    const rq_report_layer *worst = page->summary->worst;
    char text[RQ_NUMBER_TEXT];
    begin_card(page->out, worst ? rq_html_sqnr_class(worst->sqnr_db) : "none", "Worst layer");
    if (worst) {
        rq_buf_append(page->out, "<p class=what>lowest SQNR</p><p class=big>");
        rq_buf_printf(page->out, "%s</p><p class=fromto><a class=name href='#layer-%zu' title=\"",
                      rq_unit_text(RQ_UNIT_DB, worst->sqnr_db, text),
                      (size_t)(worst - page->report->layers));
        rq_html_text(page->out, worst->name);
        rq_buf_append(page->out, "\">");
        rq_html_layer_name(page, worst->name);
        rq_buf_append(page->out, "</a></p><p class=small>");
        rq_html_text(page->out, worst->type);
        rq_buf_append(page->out, ", earlier errors included</p>");
    } else {
        rq_buf_append(page->out, "<p class=what>lowest SQNR</p><p class=big>none</p>"
                                 "<p class=small>no quantized layer's output was compared</p>");
    }
    rq_buf_append(page->out, "</div>\n");
}

/* What measures layers alone writes no model, that there were a size or a time of. */
static bool has_model(const rq_html *page)
{
    return page->summary->worst || page->summary->speed || !isnan(page->summary->after_bytes);
}

void rq_html_header(const rq_html *page)
{
    rq_buf_append(page->out, "<header>\n");
    put_names(page);
    put_verdict(page);
    rq_buf_append(page->out, "<div class=cards>\n");
    accuracy_card(page);
    if (has_model(page)) {
        size_card(page);
        speed_card(page);
        layer_card(page);
    }
    rq_buf_append(page->out, "</div>\n</header>\n");
}
