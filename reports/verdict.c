#include "reports/verdict.h"

#include "reports/limits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct limit {
    const char *metric; /* NULL: of all metrics that do not compare */
    double good, bad;   /* at least good, below bad; of losses negative */
    const char *text;   /* of good */
} limit;

static const limit compared[] = {
#define RQ_SUSPICION(id, rule, brief, text)
#define RQ_MINIMUM(metric, good, bad, before, after) {metric, good, bad, before #good after},
#define RQ_LOSS(id, good, bad, before, after)
#include "reports/limits.def"
#undef RQ_MINIMUM
#undef RQ_LOSS
};

enum {
#define RQ_MINIMUM(metric, good, bad, before, after)
#define RQ_LOSS(id, good, bad, before, after) LOSS_##id,
#include "reports/limits.def"
#undef RQ_LOSS
};

static const limit losses[] = {
#define RQ_LOSS(id, good, bad, before, after)                                                      \
    [LOSS_##id] = {NULL, -(good), -(bad), before #good after},
#include "reports/limits.def"
#undef RQ_LOSS
#undef RQ_MINIMUM
#undef RQ_SUSPICION
};

static bool is_percent(const rq_report_accuracy *row)
{
    return rq_same_text(row->unit, "%");
}

static bool is_small(const rq_report_accuracy *row)
{
    return row->higher_is_better && row->before.value < RQ_LIMIT_SMALL_PERCENT;
}

static const limit *find_compared(const char *metric)
{
    for (size_t i = 0; i < sizeof compared / sizeof *compared; i++)
        if (rq_same_text(compared[i].metric, metric)) return &compared[i];
    return NULL;
}

static const limit *limit_of(const rq_report_accuracy *row)
{
    if (row->compares) return find_compared(row->metric);
    return &losses[!is_percent(row) ? LOSS_SHARE : is_small(row) ? LOSS_SMALL : LOSS_POINTS];
}

/* How much better it is than before, as the limit counts it. */
static double gain_of(const rq_report_accuracy *row, const limit *at)
{
    double gain = row->higher_is_better ? row->delta.value : -row->delta.value;
    if (at == &losses[LOSS_POINTS] || gain == 0) return gain;
    return 100 * gain / fabs(row->before.value);
}

static rq_verdict verdict_of(const rq_report_accuracy *row)
{
    const limit *at = row ? limit_of(row) : NULL;
    if (!at) return RQ_VERDICT_UNKNOWN;
    double x = row->compares ? row->after.value : gain_of(row, at);
    if (isnan(x)) return RQ_VERDICT_UNKNOWN;
    x += RQ_LIMIT_ROUNDING;
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

static bool is_uninformative(const rq_report_accuracy *row)
{
    bool share = is_percent(row) && row->higher_is_better;
    return share && !row->compares && row->before.value < RQ_LIMIT_NOTHING_PERCENT;
}

/* -- a budget ------------------------------------------------------------------------------- */

static bool is_of_budget(const rq_report *report, const rq_report_accuracy *row)
{
    const rq_report_budget *budget = &report->budget;
    return budget->metric && rq_same_text(budget->metric, row->metric) &&
           (!budget->output || rq_same_text(budget->output, row->output));
}

double rq_budget_drop(const rq_report_budget *budget, double before, double after,
                      bool higher_is_better)
{
    if (!isnan(budget->min_value)) return budget->min_value - after;
    double drop = higher_is_better ? before - after : after - before;
    return budget->relative ? drop * 100 / fabs(before) : drop;
}

double rq_budget_missed(const rq_report_budget *budget, double drop)
{
    return drop - (isnan(budget->min_value) ? budget->max_drop : 0);
}

bool rq_budget_is_met(const rq_report_budget *budget, double drop)
{
    return rq_budget_missed(budget, drop) <= RQ_LIMIT_ROUNDING;
}

/* What was asked for decides, not the limits of those who asked for nothing. */
static rq_verdict verdict_of_budget(const rq_headline *headline)
{
    const rq_report_accuracy *row = headline->accuracy;
    const rq_report_budget *budget = &headline->report->budget;
    double drop = rq_budget_drop(budget, row->compares ? 100 : row->before.value, row->after.value,
                                 row->higher_is_better);
    if (isnan(drop)) return RQ_VERDICT_UNKNOWN;
    return rq_budget_is_met(budget, drop) ? RQ_VERDICT_GOOD : RQ_VERDICT_BAD;
}

static bool has_budget(const rq_headline *headline)
{
    return headline->accuracy && is_of_budget(headline->report, headline->accuracy);
}

/* -- all of it ------------------------------------------------------------------------------ */

rq_headline rq_headline_find(const rq_report *report)
{
    rq_headline out = {.report = report, .original = "the original model"};
    size_t i = 0;
    while (i < report->n_accuracy && is_uninformative(&report->accuracy[i])) i++;
    if (i > 0) out.uninformative = &report->accuracy[0];
    if (report->n_accuracy) out.accuracy = &report->accuracy[i < report->n_accuracy ? i : 0];
    for (size_t k = report->n_accuracy; k-- > 0;)
        if (is_of_budget(report, &report->accuracy[k])) out.accuracy = &report->accuracy[k];
    return out;
}

rq_verdict rq_verdict_of_accuracy(const rq_headline *headline)
{
    if (has_budget(headline)) return verdict_of_budget(headline);
    if (headline->accuracy == headline->uninformative) return RQ_VERDICT_UNKNOWN;
    return verdict_of_outputs(headline->report, headline->accuracy);
}

const char *rq_verdict_limit(const rq_headline *headline, char buffer[RQ_LIMIT_TEXT])
{
    const rq_report_budget *budget = &headline->report->budget;
    const rq_report_accuracy *row = headline->accuracy;
    const limit *at = row ? limit_of(row) : NULL;
    buffer[0] = '\0';
    if (has_budget(headline) && !isnan(budget->min_value))
        snprintf(buffer, RQ_LIMIT_TEXT, "the budget is at least %.4g %.8s", budget->min_value,
                 row->unit ? row->unit : "");
    else if (has_budget(headline))
        snprintf(buffer, RQ_LIMIT_TEXT, "the budget is a loss of at most %.4g%s", budget->max_drop,
                 budget->relative        ? " %"
                 : !is_percent(row)      ? ""
                 : budget->max_drop == 1 ? " point"
                                         : " points");
    else if (at)
        snprintf(buffer, RQ_LIMIT_TEXT, "%s", at->text);
    return buffer;
}

/* Of what is compared tune takes shares in percent; else the SQNR of the outputs, whose limit is
 * that of other metrics, too. */
const char *rq_verdict_option(const rq_headline *headline, char buffer[RQ_LIMIT_TEXT])
{
    const rq_report_accuracy *row = headline->accuracy;
    const limit *at = row ? limit_of(row) : NULL;
    buffer[0] = '\0';
    if (!at) return buffer;
    if (!row->compares)
        snprintf(buffer, RQ_LIMIT_TEXT, "--max-drop %g%s", -at->good,
                 at == &losses[LOSS_POINTS] ? "" : "%");
    else if (is_percent(row))
        snprintf(buffer, RQ_LIMIT_TEXT, "--max-drop %g", 100 - at->good);
    else
        snprintf(buffer, RQ_LIMIT_TEXT, "--min-sqnr %g", find_compared("SQNR")->good);
    return buffer;
}

/* -- in words ------------------------------------------------------------------------------- */

static const char *const titles[RQ_VERDICTS] = {
    [RQ_VERDICT_UNKNOWN] = "Accuracy was not measured",
    [RQ_VERDICT_GOOD] = "Accuracy preserved",
    [RQ_VERDICT_REVIEW] = "Accuracy dropped slightly: review",
    [RQ_VERDICT_BAD] = "Accuracy loss too high",
    [RQ_VERDICT_SUSPICIOUS] = "Suspicious: check before use",
};
/* Against the original alone: whether that is right is not known. */
static const char *const unlabelled[RQ_VERDICTS] = {
    [RQ_VERDICT_UNKNOWN] = "Accuracy was not measured",
    [RQ_VERDICT_GOOD] = "Close to the original model",
    [RQ_VERDICT_REVIEW] = "Differs from the original model: review",
    [RQ_VERDICT_BAD] = "Differs too much from the original model",
    [RQ_VERDICT_SUSPICIOUS] = "Suspicious: check before use",
};

const char *rq_verdict_word(rq_verdict verdict)
{
    static const char *const words[RQ_VERDICTS] = {"unknown", "good", "review", "bad",
                                                   "suspicious"};
    return words[verdict];
}

const char *rq_verdict_title(rq_verdict verdict, const rq_headline *headline)
{
    if (verdict < RQ_VERDICT_SUSPICIOUS && has_budget(headline))
        return verdict == RQ_VERDICT_GOOD ? "Within the budget" : "Budget missed";
    bool compares = headline->accuracy && headline->accuracy->compares;
    return (compares ? unlabelled : titles)[verdict];
}
