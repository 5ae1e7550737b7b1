/* Which metrics apply to a measurement: what is known of outputs, data and user decides. */
#include "reports/metrics/measure_parts.h"

static bool predictions_apply(const rq_metric *metric, const rq_measure_options *options)
{
    unsigned there = options->predictions;
    if (metric->needs & RQ_NEEDS_LABELS) there &= options->truths;
    return (metric->predictions & there) == metric->predictions;
}

static bool needs_are_met(const rq_metric *metric, const rq_measure *measure)
{
    const rq_measure_options *options = &measure->options;
    bool by_label = (metric->needs & RQ_NEEDS_LABELS) && !metric->predictions;
    unsigned missing = 0;
    if (measure->class_output == options->n_outputs) missing |= RQ_NEEDS_CLASSES;
    if (by_label && !options->labelled) missing |= RQ_NEEDS_LABELS;
    if (!options->paired) missing |= RQ_NEEDS_REFERENCE;
    if (options->n_outputs < 2) missing |= RQ_NEEDS_OUTPUTS;
    if (!options->user_scored || options->less_is_better) missing |= RQ_NEEDS_USER_SCORE;
    if (!options->user_scored || !options->less_is_better) missing |= RQ_NEEDS_USER_SCORE_LESS;
    return !(metric->needs & missing);
}

static bool applies(const rq_metric *metric, const rq_measure *measure)
{
    if (!needs_are_met(metric, measure)) return false;
    if (metric->predictions) return predictions_apply(metric, &measure->options);
    return measure->options.n_classes >= metric->min_classes;
}

static bool is_kind(const rq_measure *measure, size_t output, rq_output_kind kind)
{
    return measure->options.kinds[output] == kind;
}

/* Labels are of the first output of classes; that two models agree can be asked of each. */
static bool is_of_output(const rq_metric *metric, const rq_measure *measure, size_t output)
{
    if (metric->of_kind && !is_kind(measure, output, metric->of_kind)) return false;
    if (metric->per_output) return true;
    if (!(metric->needs & RQ_NEEDS_CLASSES)) return output == 0;
    if (metric->needs & RQ_NEEDS_LABELS) return output == measure->class_output;
    return is_kind(measure, output, RQ_OUTPUT_CLASSES);
}

static size_t count_kind(const rq_measure *measure, rq_output_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < measure->options.n_outputs; i++) n += is_kind(measure, i, kind);
    return n;
}

static bool names_output(const rq_metric *metric, const rq_measure *measure)
{
    bool of_classes = (metric->needs & RQ_NEEDS_CLASSES) && !(metric->needs & RQ_NEEDS_LABELS);
    return metric->per_output || (of_classes && count_kind(measure, RQ_OUTPUT_CLASSES) > 1);
}

/* Of embeddings the direction counts: what tells of sizes, too, comes behind it. */
static bool is_late(const rq_metric *metric, const rq_measure *measure)
{
    extern const rq_metric rq_metric_sqnr, rq_metric_mean_sqnr;
    size_t n = measure->options.n_outputs;
    bool embeddings = n > 0 && count_kind(measure, RQ_OUTPUT_EMBEDDING) == n;
    return embeddings && (metric == &rq_metric_sqnr || metric == &rq_metric_mean_sqnr);
}

static size_t list_one(rq_measured *out, const rq_metric *metric, const rq_measure *measure)
{
    /* The user's metric needs no output that requant can read. */
    size_t n = 0, outputs = measure->options.n_outputs ? measure->options.n_outputs : 1;
    if (metric->per_output) outputs = measure->options.n_outputs;
    for (size_t i = 0; i < outputs; i++) {
        if (!is_of_output(metric, measure, i)) continue;
        if (out) out[n] = (rq_measured){metric, i, names_output(metric, measure)};
        n++;
    }
    return n;
}

size_t rq_measure_list(rq_measured *out, const rq_measure *measure)
{
    size_t n = 0;
    for (int late = 0; late < 2; late++)
        for (size_t m = 0; rq_metrics[m]; m++) {
            const rq_metric *metric = rq_metrics[m];
            if (is_late(metric, measure) != (late == 1) || !applies(metric, measure)) continue;
            n += list_one(out ? out + n : NULL, metric, measure);
        }
    return n;
}
