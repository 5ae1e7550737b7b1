/* A trial: one validation with a set of layers ignored. */
#include "engine/base/callbacks.h"
#include "engine/base/numbers.h"
#include "engine/base/progress.h"
#include "engine/workbench/evaluate/evaluation_report.h"
#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/tune/tune.h"
#include "engine/workbench/tune/tune_failure.h"
#include "reports/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- measuring ------------------------------------------------------------------------------- */

static bool is_metric(const rq_tuning *t, const rq_report_accuracy *row)
{
    bool same_output = !t->output || (row->output && !strcmp(row->output, t->output));
    return !strcmp(row->metric, t->metric) && same_output;
}

static rq_status evaluate(rq_evaluation *out, const rq_tuning *t, const rq_graph *after,
                          bool paired, const rq_images *images)
{
    const rq_workload w = rq_workload_over(t->workload, images);
    const rq_evaluate_options options = {.before = paired ? w.graph : NULL, .after = after};
    return rq_evaluate_run(out, &w, &options);
}

/* Rows that outlive the measure. */
static rq_status read_rows(rq_report_accuracy **rows, size_t *n, const rq_evaluation *m,
                           const rq_tuning *t)
{
    RQ_TRY(rq_measure_rows(rows, n, m->measure, t->arena));
    for (size_t i = 0; i < *n; i++) {
        if (!(*rows)[i].output) continue;
        (*rows)[i].output = rq_arena_strdup(t->arena, (*rows)[i].output);
        if (!(*rows)[i].output) return RQ_ENOMEM;
    }
    return RQ_OK;
}

/* Of all outputs, where there are several: their mean comes first. */
static const rq_report_accuracy *find_sqnr(const rq_report_accuracy *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(rows[i].metric, "mean SQNR") || !strcmp(rows[i].metric, "SQNR"))
            return &rows[i];
    return NULL;
}

/* Against truth first; else percent that stay the same; SQNR where that is asked for. */
static const rq_report_accuracy *choose(const rq_tuning *t, const rq_report_accuracy *rows,
                                        size_t n)
{
    if (!isnan(t->options.min_sqnr)) return find_sqnr(rows, n);
    for (size_t i = 0; i < n; i++)
        if (!rows[i].compares && !isnan(rows[i].before.value)) return &rows[i];
    for (size_t i = 0; i < n; i++)
        if (rows[i].compares && rows[i].higher_is_better && !strcmp(rows[i].unit, "%"))
            return &rows[i];
    return NULL;
}

rq_report_budget rq_tune_budget(const rq_tuning *t)
{
    return (rq_report_budget){.metric = t->metric,
                              .output = t->output,
                              .max_drop = t->options.max_drop,
                              .relative = t->options.relative,
                              .min_value = t->options.min_sqnr,
                              .original_value = NAN,
                              .other_original_value = NAN,
                              .images = NAN,
                              .other_images = NAN};
}

/* Whether a value meets the budget, beside FP32's. */
static bool check_budget(double *drop, const rq_tuning *t, double fp32, double value)
{
    rq_report_budget budget = rq_tune_budget(t);
    *drop = rq_budget_drop(&budget, fp32, value, t->higher_is_better);
    return rq_budget_is_met(&budget, *drop);
}

void rq_tune_take_other(const rq_tuning *t, rq_trial *trial, double value)
{
    trial->other_value = value;
    trial->other_meets = check_budget(&trial->other_drop, t, t->other_fp32_value, value);
}

/* -- trials ---------------------------------------------------------------------------------- */

static double weight_bytes(const rq_tuning *t, const bool *ignored)
{
    const rq_quant_plan *plan = t->options.setup->decision.plan;
    double bytes = 0;
    for (size_t i = 0; i < plan->n_weights; i++) {
        const rq_plan_weight *w = &plan->weights[i];
        double n = (double)rq_tensor_count(&t->workload->bound->values[w->point.value]), each = 1;
        for (size_t l = 0; l < t->n_layers; l++)
            if (ignored[l] && t->options.setup->parts->v[t->layers[l].part].node == w->point.node)
                each = 4;
        bytes += w->shared_with == i ? each * n : 0;
    }
    return bytes;
}

rq_status rq_tune_add(rq_tuning *t, const bool *ignored, double value)
{
    if (t->n_trials == t->capacity_trials) {
        size_t capacity = t->capacity_trials ? 2 * t->capacity_trials : 16;
        rq_trial *more = rq_arena_alloc(t->arena, capacity, sizeof *more);
        if (!more) return RQ_ENOMEM;
        if (t->n_trials) memcpy(more, t->trials, t->n_trials * sizeof *more);
        t->trials = more;
        t->capacity_trials = capacity;
    }
    rq_trial *trial = &t->trials[t->n_trials];
    *trial = (rq_trial){.measured_ms = NAN,
                        .bytes = weight_bytes(t, ignored),
                        .other_value = NAN,
                        .other_drop = NAN};
    trial->ignored = rq_arena_alloc(t->arena, t->n_layers, sizeof *ignored);
    if (!trial->ignored) return RQ_ENOMEM;
    memcpy(trial->ignored, ignored, t->n_layers * sizeof *ignored);
    for (size_t i = 0; i < t->n_layers; i++) {
        trial->n_ignored += ignored[i];
        if (ignored[i]) trial->cost_ms += rq_tune_cost_ms(&t->layers[i]);
    }
    trial->value = value;
    trial->meets = check_budget(&trial->drop, t, t->fp32_value, value);
    t->n_trials++;
    return RQ_OK;
}

rq_status rq_tune_reasons(const char ***out, const rq_tuning *t, const bool *ignored)
{
    const char **why = rq_arena_alloc(t->arena, t->options.setup->parts->n, sizeof *why);
    if (!why) return RQ_ENOMEM;
    for (size_t i = 0; i < t->n_layers; i++) {
        const rq_tune_layer *layer = &t->layers[i];
        if (!ignored[i]) continue;
        why[layer->part] =
            rq_arena_printf(t->arena,
                            "tuned: %.1f %% of the error, SQNR %.1f dB when quantized alone; %.3f "
                            "ms in FP32, %.3f ms in INT8, about %.3f ms conversion overhead",
                            100 * layer->share, -rq_decibels(layer->error), layer->fp32_ms,
                            layer->int8_ms, layer->conversion_ms);
        if (!why[layer->part]) return RQ_ENOMEM;
    }
    *out = why;
    return RQ_OK;
}

rq_status rq_tune_build(rq_graph **out, const rq_tuning *t, const bool *ignored)
{
    const char **why;
    rq_partial_plan *partial;
    RQ_TRY(rq_tune_reasons(&why, t, ignored));
    RQ_TRY(rq_partial_plan_create(&partial, t->options.setup->parts, why));
    rq_status status = rq_build_int8(out, t->workload->graph, &partial->plan);
    rq_partial_plan_destroy(&partial);
    return status;
}

static void log_trial(const rq_tuning *t)
{
    const rq_trial *trial = &t->trials[t->n_trials - 1];
    rq_log("trial %zu of at most %zu: %zu layer%s ignored: %s %.4g%s%s, %s", t->n_trials,
           t->options.max_trials, trial->n_ignored, rq_plural(trial->n_ignored), t->metric,
           trial->value, t->unit && *t->unit ? " " : "", t->unit ? t->unit : "",
           trial->meets ? "meets the budget" : "misses the budget");
}

static rq_status find_row(rq_report_accuracy *row, const rq_tuning *t,
                          const rq_report_accuracy *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_metric(t, &rows[i])) {
            *row = rows[i];
            return RQ_OK;
        }
    return rq_fail(RQ_EFORMAT, "the metric '%s' could not be measured again", t->metric);
}

static double fp32_of(const rq_report_accuracy *row)
{
    return row->compares ? 100 : row->before.value;
}

static rq_status measure(rq_report_accuracy *row, const rq_tuning *t, const rq_images *images,
                         const bool *ignored, bool paired)
{
    rq_graph *graph;
    rq_report_accuracy *rows;
    size_t n;
    RQ_TRY(rq_tune_build(&graph, t, ignored));
    rq_evaluation m;
    rq_status status = evaluate(&m, t, graph, paired, images);
    if (status == RQ_OK) status = read_rows(&rows, &n, &m, t);
    if (status == RQ_OK) status = find_row(row, t, rows, n);
    rq_evaluation_close(&m);
    rq_graph_destroy(&graph);
    return status;
}

rq_status rq_tune_measure(double *value, const rq_tuning *t, const rq_images *images,
                          const bool *ignored)
{
    rq_report_accuracy row;
    RQ_TRY(measure(&row, t, images, ignored, t->compares));
    *value = row.after.value;
    return RQ_OK;
}

static rq_status validate(rq_tuning *t, const bool *ignored)
{
    double value;
    RQ_TRY(rq_tune_measure(&value, t, t->options.val, ignored));
    RQ_TRY(rq_tune_add(t, ignored, value));
    log_trial(t);
    return rq_tune_save(t);
}

rq_status rq_tune_evaluate(size_t *index, rq_tuning *t, const bool *ignored)
{
    for (size_t i = 0; i < t->n_trials; i++)
        if (!memcmp(t->trials[i].ignored, ignored, t->n_layers * sizeof *ignored)) {
            *index = i;
            return RQ_OK;
        }
    if (t->n_trials >= t->options.max_trials) return rq_tune_fail_trials(t);
    if (t->deadline > 0 && t->n_trials && rq_now() > t->deadline)
        return rq_fail(RQ_EBUDGET,
                       "%zu trial%s in the time of --budget, and none meets the "
                       "accuracy asked for; increase --budget",
                       t->n_trials, rq_plural(t->n_trials));
    RQ_TRY(validate(t, ignored));
    *index = t->n_trials - 1;
    return RQ_OK;
}

/* -- the other images ------------------------------------------------------------------------- */

static void log_other(const rq_tuning *t, size_t index)
{
    const rq_trial *trial = &t->trials[index];
    rq_log("trial %zu on the other %zu images: %s %.4g%s%s, %s", index + 1,
           t->options.others->dataset->n, t->metric, trial->other_value,
           t->unit && *t->unit ? " " : "", t->unit ? t->unit : "",
           trial->other_meets ? "meets the budget" : "misses the budget");
}

/* The first time together with FP32. */
rq_status rq_tune_confirm(bool *meets, rq_tuning *t, size_t index)
{
    rq_trial *trial = &t->trials[index];
    rq_report_accuracy row;
    bool first = isnan(t->other_fp32_value);
    if (isnan(trial->other_value)) {
        RQ_TRY(measure(&row, t, t->options.others, trial->ignored, t->compares || first));
        if (first) t->other_fp32_value = fp32_of(&row);
        rq_tune_take_other(t, trial, row.after.value);
        log_other(t, index);
        RQ_TRY(rq_tune_save(t));
    }
    *meets = trial->other_meets;
    return RQ_OK;
}

/* -- the first trial, and what it tells ------------------------------------------------------ */

/* A budget that not a single image fits into. */
static void warn_of_few(const rq_tuning *t)
{
    double n = (double)t->options.val->dataset->n, points = t->options.max_drop;
    if (isnan(points) || !t->unit || strcmp(t->unit, "%") != 0) return;
    if (t->options.relative) points *= t->fp32_value / 100;
    if (!(points > 0) || points >= 100 / n) return;
    rq_log("warning: the budget is less than one image of %.0f: of %.0f or more (--val) one may be "
           "lost",
           n, ceil(100 / points) * (t->options.others ? 2 : 1));
}

static rq_status take_metric(rq_tuning *t, const rq_report_accuracy *row)
{
    if (!row)
        return rq_fail(RQ_EARG, isnan(t->options.min_sqnr)
                                    ? "--max-drop needs labels, or outputs that are classes, "
                                      "boxes, masks or texts (--adapter), or your own metric "
                                      "(--score); or use --min-sqnr"
                                    : "--min-sqnr: no output can be compared");
    t->metric = row->metric;
    t->unit = row->unit;
    t->output = row->output;
    t->compares = row->compares;
    t->higher_is_better = row->higher_is_better;
    t->fp32_value = fp32_of(row);
    bool *none = rq_arena_alloc(t->arena, t->n_layers, sizeof *none);
    warn_of_few(t);
    return none ? rq_tune_add(t, none, row->after.value) : RQ_ENOMEM;
}

/* A budget against a model that tells nothing is met by anything. */
static rq_status refuse_suspicious(const rq_tuning *t, const rq_evaluation *evaluation)
{
    const char *found;
    RQ_TRY(rq_evaluation_suspect(&found, evaluation, t->arena));
    if (!found) return RQ_OK;
    return rq_fail(RQ_EUNMEASURED, "suspicious: %s: no budget can be checked against it. Run: %s",
                   found, t->options.lint ? t->options.lint : "requant lint");
}

rq_status rq_tune_open_metric(rq_tuning *t)
{
    rq_report_accuracy *rows = NULL;
    size_t n = 0;
    rq_evaluation m;
    rq_status status = evaluate(&m, t, t->options.setup->quantized, true, t->options.val);
    if (status == RQ_OK) status = refuse_suspicious(t, &m);
    if (status == RQ_OK) status = read_rows(&rows, &n, &m, t);
    if (status == RQ_OK) status = rq_tune_choose_critical(t, m.measure);
    rq_evaluation_close(&m);
    RQ_TRY(status);
    RQ_TRY(take_metric(t, choose(t, rows, n)));
    log_trial(t);
    return rq_tune_save(t);
}
