#include "reports/metrics/measure.h"

#include "engine/base/numbers.h"
#include "reports/metrics/measure_parts.h"

#include <math.h>
#include <stdlib.h>

static rq_status copy_names(rq_measure *measure)
{
    size_t n = measure->options.n_outputs;
    const char **names = rq_arena_alloc(measure->arena, n, sizeof *names);
    if (!names) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        names[i] = rq_arena_strdup(measure->arena, measure->options.output_names[i]);
        if (!names[i]) return RQ_ENOMEM;
    }
    measure->options.output_names = names;
    return RQ_OK;
}

/* Without any: tensors that count alike. */
static rq_status copy_kinds(rq_measure *measure)
{
    rq_measure_options *options = &measure->options;
    size_t n = options->n_outputs;
    rq_output_kind *kinds = rq_arena_alloc(measure->arena, n, sizeof *kinds);
    double *weights = rq_arena_alloc(measure->arena, n, sizeof *weights);
    if (!kinds || !weights) return RQ_ENOMEM;
    measure->class_output = n;
    for (size_t i = n; i-- > 0;) {
        kinds[i] = options->kinds ? options->kinds[i] : RQ_OUTPUT_TENSOR;
        weights[i] = options->weights ? options->weights[i] : 1;
        if (kinds[i] == RQ_OUTPUT_CLASSES) measure->class_output = i;
    }
    options->kinds = kinds;
    options->weights = weights;
    return RQ_OK;
}

static rq_status fill(rq_measure *measure)
{
    RQ_TRY(rq_arena_create(&measure->arena));
    RQ_TRY(copy_names(measure));
    RQ_TRY(copy_kinds(measure));
    measure->n = rq_measure_list(NULL, measure);
    measure->measured = rq_arena_alloc(measure->arena, measure->n, sizeof *measure->measured);
    measure->metric_results =
        rq_arena_alloc(measure->arena, measure->n, sizeof *measure->metric_results);
    measure->sums =
        rq_arena_alloc(measure->arena, 2 * measure->options.n_outputs, sizeof *measure->sums);
    if (!measure->measured || !measure->metric_results || !measure->sums) return RQ_ENOMEM;
    rq_measure_list(measure->measured, measure);
    return RQ_OK;
}

rq_status rq_measure_create(rq_measure **out, const rq_measure_options *options)
{
    rq_measure *measure = NULL;
    RQ_TRY(rq_calloc(&measure, 1, sizeof *measure, "a measurement"));
    measure->options = *options;
    rq_status status = fill(measure);
    if (status != RQ_OK)
        rq_measure_destroy(&measure);
    else
        *out = measure;
    return status;
}

size_t rq_measure_count(const rq_measure *measure)
{
    return measure->n;
}

static void free_metric_results(rq_metric_result *metric_results, size_t n)
{
    for (size_t i = 0; metric_results && i < n; i++) {
        rq_records_free(&metric_results[i].before);
        rq_records_free(&metric_results[i].after);
    }
}

void rq_measure_destroy(rq_measure **measure)
{
    if (!measure || !*measure) return;
    free_metric_results((*measure)->metric_results, (*measure)->n);
    rq_arena_destroy(&(*measure)->arena);
    free((*measure)->images);
    free(*measure);
    *measure = NULL;
}

rq_status rq_scores_create(rq_scores **out, const rq_measure *measure)
{
    rq_scores *scores = NULL;
    RQ_TRY(rq_calloc(&scores, 1, sizeof *scores, "scores of an image"));
    scores->n = measure->n;
    rq_status status = rq_calloc(&scores->metric_results, scores->n, sizeof *scores->metric_results,
                                 "scores of an image");
    if (status == RQ_OK)
        status = rq_calloc(&scores->prints, 2 * measure->options.n_outputs, sizeof *scores->prints,
                           "scores of an image");
    if (status != RQ_OK)
        rq_scores_destroy(&scores);
    else
        *out = scores;
    return status;
}

void rq_scores_destroy(rq_scores **scores)
{
    if (!scores || !*scores) return;
    free_metric_results((*scores)->metric_results, (*scores)->n);
    free((*scores)->metric_results);
    free((*scores)->prints);
    free(*scores);
    *scores = NULL;
}

/* -- one image ------------------------------------------------------------------------------ */

static rq_status check(const rq_measure_options *options, const rq_sample_outputs *sample)
{
    if (options->n_classes && sample->label >= (int64_t)options->n_classes)
        return rq_fail(RQ_EARG, "label %lld: the model has classes 0 to %zu",
                       (long long)sample->label, options->n_classes - 1);
    for (size_t i = 0; options->paired && !options->predictions && i < options->n_outputs; i++) {
        size_t before = rq_shape_count(&sample->before[i].shape);
        size_t after = rq_shape_count(&sample->after[i].shape);
        if (before != after)
            return rq_fail(RQ_EARG, "output '%s' has %zu values after, %zu before",
                           options->output_names[i], after, before);
    }
    return RQ_OK;
}

static bool same_sizes(const rq_sample_outputs *sample, size_t first, size_t n)
{
    for (size_t i = first; i < first + n; i++)
        if (rq_shape_count(&sample->before[i].shape) != rq_shape_count(&sample->after[i].shape))
            return false;
    return true;
}

/* Whether the metric has nothing to say of this image. */
static bool is_blind(const rq_metric *metric, const rq_sample_outputs *sample, size_t first,
                     size_t n)
{
    bool compares = metric->needs & RQ_NEEDS_REFERENCE;
    if (!metric->predictions)
        return ((metric->needs & RQ_NEEDS_LABELS) && sample->label < 0) ||
               (compares && !same_sizes(sample, first, n));
    return (metric->needs & RQ_NEEDS_LABELS) &&
           (!sample->truth || (sample->truth->has & metric->predictions) != metric->predictions);
}

static rq_status measure_one(const rq_measure *measure, rq_metric_result *out,
                             const rq_measured *measured, const rq_sample_outputs *sample)
{
    const rq_metric *metric = measured->metric;
    bool single = metric->per_output || (metric->needs & RQ_NEEDS_CLASSES);
    size_t first = single ? measured->output : 0;
    size_t n = single ? 1 : measure->options.n_outputs;
    bool compares = metric->needs & RQ_NEEDS_REFERENCE;
    rq_records_clear(&out->before);
    rq_records_clear(&out->after);
    if (is_blind(metric, sample, first, n)) return RQ_OK;
    const rq_output *before = sample->before ? sample->before + first : NULL;
    rq_metric_input input = {.got = sample->after + first,
                             .reference = before,
                             .n = n,
                             .weights = measure->options.weights + first,
                             .user_score = sample->after_score,
                             .label = sample->label,
                             .prediction = sample->after_prediction,
                             .truth = compares ? sample->before_prediction : sample->truth};
    RQ_TRY(metric->score(&out->after, &input));
    RQ_TRY(rq_records_end(&out->after));
    if (!rq_measures_before(measure, metric)) return RQ_OK;
    input.got = before;
    input.user_score = sample->before_score;
    input.prediction = sample->before_prediction;
    RQ_TRY(metric->score(&out->before, &input));
    return rq_records_end(&out->before);
}

static void prediction(int64_t *class, double *score, const rq_output *output)
{
    size_t n = rq_shape_count(&output->shape);
    *class = rq_classes_hold_nan(output->data, n) ? -1 : rq_argmax(output->data, n);
    *score = rq_class_probability(output->data, n, *class);
}

static double mean_sqnr_db(const rq_measure_options *options, const rq_sample_outputs *sample)
{
    rq_mean_db mean = {0};
    if (!options->paired || !same_sizes(sample, 0, options->n_outputs)) return NAN;
    for (size_t i = 0; i < options->n_outputs; i++) {
        rq_noise_sums sums = {0};
        rq_noise_add(&sums, sample->before[i].data, sample->after[i].data,
                     rq_shape_count(&sample->after[i].shape));
        bool tells = options->n_outputs == 1 || sums.signal > 0;
        if (isnan(sums.signal) && options->weights[i] > 0) return NAN;
        rq_mean_db_add(&mean, tells ? rq_sqnr_db(sums.signal, sums.noise) : (double)NAN,
                       options->weights[i]);
    }
    return rq_mean_db_value(&mean);
}

static rq_image_result result_of(const rq_measure *measure, const rq_sample_outputs *sample)
{
    const rq_measure_options *options = &measure->options;
    rq_image_result result = {0, sample->label, -1, -1, NAN, NAN, NAN, NAN, NAN};
    size_t at = measure->class_output;
    result.sqnr_db = mean_sqnr_db(options, sample);
    if (at == options->n_outputs) return result;
    prediction(&result.after, &result.after_score, &sample->after[at]);
    if (options->paired) prediction(&result.before, &result.before_score, &sample->before[at]);
    return result;
}

/* Index of the headline among measured; n: none. */
static size_t find_headline(const rq_measure *measure)
{
    const unsigned scores = RQ_NEEDS_USER_SCORE | RQ_NEEDS_USER_SCORE_LESS;
    size_t i = 0;
    while (i < measure->n && !measure->measured[i].metric->predictions &&
           !(measure->measured[i].metric->needs & scores))
        i++;
    return i;
}

const rq_metric *rq_measure_headline(const rq_measure *measure)
{
    size_t i = find_headline(measure);
    return i < measure->n ? measure->measured[i].metric : NULL;
}

static double value_of(const rq_metric *metric, const rq_records *records)
{
    return records->n ? rq_metric_value(metric, records, &(size_t){0}, 1) : (double)NAN;
}

static void set_values(const rq_measure *measure, rq_scores *out)
{
    size_t i = find_headline(measure);
    if (i == measure->n) return;
    const rq_metric *metric = measure->measured[i].metric;
    out->result.before_value = value_of(metric, &out->metric_results[i].before);
    out->result.after_value = value_of(metric, &out->metric_results[i].after);
}

rq_status rq_measure_score(const rq_measure *measure, rq_scores *out,
                           const rq_sample_outputs *sample)
{
    RQ_TRY(check(&measure->options, sample));
    for (size_t i = 0; i < measure->n; i++)
        RQ_TRY(measure_one(measure, &out->metric_results[i], &measure->measured[i], sample));
    out->result = result_of(measure, sample);
    set_values(measure, out);
    rq_measure_outputs(measure, out, sample);
    return RQ_OK;
}

static rq_status keep(rq_records *all, const rq_records *one)
{
    return one->n ? rq_records_copy(all, one, 0) : RQ_OK;
}

rq_status rq_measure_keep(rq_measure *measure, const rq_scores *scores, size_t image)
{
    RQ_TRY(rq_grow(&measure->images, &measure->images_capacity, measure->n_images,
                   sizeof *measure->images, "measured images"));
    for (size_t i = 0; i < measure->n; i++) {
        RQ_TRY(keep(&measure->metric_results[i].before, &scores->metric_results[i].before));
        RQ_TRY(keep(&measure->metric_results[i].after, &scores->metric_results[i].after));
    }
    rq_measure_keep_outputs(measure, scores);
    measure->images[measure->n_images] = scores->result;
    measure->images[measure->n_images++].image = image;
    return RQ_OK;
}

const rq_image_result *rq_measure_images(const rq_measure *measure, size_t *n)
{
    *n = measure->n_images;
    return measure->images;
}

rq_status rq_measure_settle(rq_metric_result *out, const rq_measure *measure, size_t i)
{
    const rq_metric *metric = measure->measured[i].metric;
    *out = metric->settle ? (rq_metric_result){0} : measure->metric_results[i];
    return metric->settle ? metric->settle(&out->after, &measure->metric_results[i].after) : RQ_OK;
}

void rq_measure_unsettle(rq_metric_result *settled, const rq_measure *measure, size_t i)
{
    if (measure->measured[i].metric->settle) rq_records_free(&settled->after);
}
