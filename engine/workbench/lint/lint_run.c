/* One pass over the images: fingerprints, ranges of values, and the outputs of some images under
 * each preprocessing. */
#include "engine/base/numbers.h"
#include "engine/base/progress.h"
#include "engine/workbench/lint/lint_predictions.h"
#include "engine/run/pipeline.h"
#include "engine/workbench/evaluate/evaluate.h"
#include "engine/workbench/output_kinds.h"
#include "quant/plan.h"
#include "reports/metrics/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OUTPUTS 4096
#define WATCHED 8       /* images whose activations are measured under each variant */
#define MIN_POSITIONS 4 /* of a channel, for its variance */

typedef struct worker {
    rq_session *session, *watched; /* without observers, with them */
    rq_tensor *inputs;
    float *given, *varied; /* the image input's numbers */
} worker;

typedef struct runner {
    rq_lint *lint;
    rq_bound *bound;
    uint8_t *observed; /* by value id */
    size_t *row;       /* by value id: in ranges */
    rq_model *observing, *plain;
    rq_image_feed feed;
    rq_lint_predictions predictions;
    rq_id input; /* value id of the image input */
    int channels;
    bool channels_last;
    worker *workers;
} runner;

/* -- opening --------------------------------------------------------------------------------- */

static rq_status choose_observed(runner *r)
{
    rq_lint *l = r->lint;
    RQ_TRY(
        rq_bind(&r->bound, l->workload.graph, l->workload.exec.shapes, l->workload.exec.n_shapes));
    RQ_TRY(rq_plan_observed_values(&r->observed, r->bound));
    RQ_TRY(rq_calloc(&r->row, l->workload.graph->n_values, sizeof *r->row, "values"));
    for (rq_id v = 0; v < l->workload.graph->n_values; v++)
        if (r->observed[v]) r->row[v] = l->n_ranges++;
    size_t n = l->n_ranges * l->workload.images.dataset->n;
    l->range = rq_arena_alloc(l->arena, n, sizeof *l->range);
    if (!l->range) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) l->range[i] = NAN;
    return RQ_OK;
}

/* A layout that was asked for and cannot be is a finding; the model's own is taken then. */
static rq_status open_feed(runner *r)
{
    rq_lint *l = r->lint;
    rq_layout asked = l->workload.request.preprocess.layout;
    rq_status status = rq_image_feed_open(&r->feed, &l->workload.request, r->plain);
    if (status != RQ_EARG || asked == RQ_LAYOUT_AUTO) return status;
    const char *why = rq_arena_strdup(l->arena, rq_error_text());
    rq_image_feed_close(&r->feed);
    l->workload.request.preprocess.layout = RQ_LAYOUT_AUTO;
    RQ_TRY(rq_image_feed_open(&r->feed, &l->workload.request, r->plain));
    return rq_lint_add(l, RQ_LINT_ERROR, "preprocessing",
                       "layout: differs from that of the model's input", why,
                       rq_arena_printf(l->arena, "--layout %s",
                                       rq_layout_keywords[r->feed.plan.settled.layout].name));
}

static rq_status open_models(runner *r)
{
    rq_lint *l = r->lint;
    rq_exec_options options = l->workload.exec;
    options.streams = l->workload.threads;
    RQ_TRY(rq_model_create(&r->plain, l->workload.graph, &options));
    RQ_TRY(open_feed(r));
    r->input = rq_model_input_node(r->plain, r->feed.input)->out[0];
    bool ranged = r->observed[r->input];
    r->observed[r->input] = 1;
    options.observed = r->observed;
    rq_status status = rq_model_create(&r->observing, l->workload.graph, &options);
    if (!ranged) r->row[r->input] = SIZE_MAX;
    return status;
}

static void find_channels(runner *r)
{
    const rq_shape *shape = &rq_model_input(r->plain, r->feed.input)->shape;
    if (!r->feed.tensors) {
        r->channels = r->feed.plan.channels;
        r->channels_last = r->feed.plan.settled.layout == RQ_LAYOUT_NHWC;
    } else if (shape->rank == 4 && shape->d[0] == 1) {
        r->channels_last = shape->d[1] != 3 && shape->d[1] != 1;
        r->channels = (int)shape->d[r->channels_last ? 3 : 1];
    }
    if (r->channels > RQ_LINT_MAX_CHANNELS) r->channels = 0;
}

/* The model's first output. */
static bool is_classes(const runner *r)
{
    const rq_workload *w = &r->lint->workload;
    rq_found_kind *found =
        rq_arena_alloc(r->lint->arena, rq_model_output_count(r->plain), sizeof *found);
    if (!found) return false;
    rq_output_kinds_find(found, w, r->plain);
    return found[0].kind == RQ_OUTPUT_CLASSES;
}

static rq_status open_predictions(runner *r)
{
    rq_lint *l = r->lint;
    if (!r->feed.tensors)
        RQ_TRY(rq_lint_predictions_open(&r->predictions, &l->workload, r->plain, &r->feed.plan,
                                        l->arena));
    l->found = r->predictions.found;
    l->predicted = rq_arena_alloc(l->arena, l->n_variants * l->n_varied, sizeof *l->predicted);
    return l->predicted ? RQ_OK : RQ_ENOMEM;
}

/* Room for what variants answer, if the model's first output says anything about them. */
static rq_status open_variants(runner *r)
{
    rq_lint *l = r->lint;
    const rq_tensor *out = rq_model_output(r->plain, 0);
    size_t n = l->workload.images.dataset->n;
    find_channels(r);
    l->channels_last = r->channels_last;
    if (!r->channels || r->feed.dtype != RQ_DT_F32 || !rq_model_output_count(r->plain) ||
        out->dtype != RQ_DT_F32 || !rq_shape_is_static(&out->shape) || !n || !l->n_varied)
        return RQ_OK;
    size_t count = rq_tensor_count(out);
    RQ_TRY(rq_lint_list_variants(l, r->channels, r->feed.tensors));
    if (is_classes(r)) l->n_classes = count;
    l->n_outputs = l->n_classes || count < MAX_OUTPUTS ? count : MAX_OUTPUTS;
    if (l->n_varied > n) l->n_varied = n;
    for (size_t k = 0; k < l->n_varied; k++) l->facts[k * n / l->n_varied].slot = k + 1;
    l->ran = rq_arena_alloc(l->arena, l->n_varied, sizeof *l->ran);
    size_t n_variances = l->n_variants * l->n_ranges * l->n_varied;
    l->variance = rq_arena_alloc(l->arena, n_variances, sizeof *l->variance);
    if (!l->variance) return RQ_ENOMEM;
    for (size_t i = 0; i < n_variances; i++) l->variance[i] = NAN;
    RQ_TRY(open_predictions(r));
    l->outputs =
        rq_arena_alloc(l->arena, l->n_variants * l->n_varied * l->n_outputs, sizeof *l->outputs);
    return l->ran && l->outputs ? RQ_OK : RQ_ENOMEM;
}

/* Folders may be there for other reasons than classes. */
static void settle_labels(rq_lint *l)
{
    const rq_images *images = &l->workload.images;
    l->labelled = l->n_classes ? rq_labels_fit(images, l->n_classes)
                               : images->dataset->labelled && !images->dataset->by_folder;
}

static rq_status open_worker(worker *w, const runner *r)
{
    size_t n = rq_tensor_count(rq_model_input(r->plain, r->feed.input));
    RQ_TRY(rq_session_create(&w->session, r->plain));
    RQ_TRY(rq_session_create(&w->watched, r->observing));
    RQ_TRY(rq_calloc(&w->inputs, r->feed.n_inputs, sizeof *w->inputs, "inputs"));
    RQ_TRY(rq_calloc(&w->given, n, sizeof *w->given, "an image"));
    RQ_TRY(rq_calloc(&w->varied, n, sizeof *w->varied, "an image"));
    memcpy(w->inputs, r->feed.fixed, r->feed.n_inputs * sizeof *w->inputs);
    w->inputs[r->feed.input] = *rq_model_input(r->plain, r->feed.input);
    w->inputs[r->feed.input].data = w->varied;
    return RQ_OK;
}

static rq_status open_workers(runner *r)
{
    RQ_TRY(rq_calloc(&r->workers, r->lint->workload.threads, sizeof *r->workers, "workers"));
    for (unsigned t = 0; t < r->lint->workload.threads; t++) RQ_TRY(open_worker(&r->workers[t], r));
    return RQ_OK;
}

static void close_runner(runner *r)
{
    for (unsigned t = 0; r->workers && t < r->lint->workload.threads; t++) {
        rq_session_destroy(&r->workers[t].session);
        rq_session_destroy(&r->workers[t].watched);
        free(r->workers[t].inputs);
        free(r->workers[t].given);
        free(r->workers[t].varied);
    }
    free(r->workers);
    rq_lint_predictions_close(&r->predictions);
    rq_image_feed_close(&r->feed);
    rq_model_destroy(&r->observing);
    rq_model_destroy(&r->plain);
    rq_bound_destroy(&r->bound);
    free(r->observed);
    free(r->row);
}

/* -- one image ------------------------------------------------------------------------------- */

static float largest_magnitude(const float *x, size_t n)
{
    float most = 0.0f;
    for (size_t i = 0; i < n; i++) {
        float a = fabsf(x[i]);
        most = a > most ? a : most;
    }
    return most;
}

/* Variants have room for inputs of one shape. */
static bool has_planned_shape(const runner *r, const rq_pipeline_image *at)
{
    return rq_session_bound(at->sessions[0]) == rq_model_bound(r->observing);
}

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    runner *r = at->ctx;
    rq_lint *l = r->lint;
    if (!r->observed[value] || tensor->dtype != RQ_DT_F32) return RQ_OK;
    size_t n = rq_tensor_count(tensor), row = r->row[value];
    if (value == r->input && has_planned_shape(r, at))
        memcpy(r->workers[at->worker].given, tensor->data, n * sizeof(float));
    if (row != SIZE_MAX)
        l->range[row * l->workload.images.dataset->n + at->image] =
            largest_magnitude(tensor->data, n);
    return RQ_OK;
}

/* Classes as probabilities; of larger outputs elements spread evenly. */
static void read_prediction(float *out, const rq_lint *l, const rq_tensor *output)
{
    const float *x = output->data;
    size_t count = rq_tensor_count(output);
    for (size_t i = 0; i < l->n_outputs; i++) out[i] = x[i * count / l->n_outputs];
    if (l->n_classes) rq_class_probabilities(out, l->n_classes);
}

/* Mean over channels of the variance within them; NAN where they are points. */
static double channel_variance(const rq_tensor *t)
{
    const rq_shape *shape = &t->shape;
    if (shape->rank < 3 || shape->d[0] != 1 || shape->d[1] < 1) return NAN;
    size_t channels = (size_t)shape->d[1], n = rq_shape_count(shape) / channels;
    const float *x = t->data;
    double sum = 0;
    for (size_t c = 0; c < channels; c++, x += n) {
        double a = 0, b = 0;
        for (size_t i = 0; i < n; i++) {
            a += x[i];
            b += (double)x[i] * x[i];
        }
        sum += b / (double)n - a / (double)n * (a / (double)n);
    }
    return n < MIN_POSITIONS ? NAN : sum / (double)channels;
}

typedef struct watcher {
    const runner *r;
    double *variance; /* by value, n_varied apart */
} watcher;

static rq_status watch_variant(void *ctx, rq_id value, const rq_tensor *tensor)
{
    const watcher *w = ctx;
    size_t row = w->r->row[value];
    if (!w->r->observed[value] || row == SIZE_MAX || value == w->r->input) return RQ_OK;
    if (tensor->dtype == RQ_DT_F32)
        w->variance[row * w->r->lint->n_varied] = channel_variance(tensor);
    return RQ_OK;
}

/* The first images also show how large activations become. */
static rq_status run_variant(runner *r, const rq_pipeline_image *image, size_t variant, size_t slot)
{
    rq_lint *l = r->lint;
    worker *w = &r->workers[image->worker];
    rq_session *session = slot < WATCHED ? w->watched : w->session;
    watcher at = {r, l->variance + variant * l->n_ranges * l->n_varied + slot};
    rq_session_reset(session);
    RQ_TRY(rq_session_run(session, w->inputs, slot < WATCHED ? watch_variant : NULL, &at));
    size_t row = variant * l->n_varied + slot;
    read_prediction(l->outputs + row * l->n_outputs, l, rq_session_output(session, 0));
    return rq_lint_predictions_score(&l->predicted[row], &r->predictions, image, session);
}

static bool is_late(const rq_lint *l)
{
    return l->until > 0 && rq_now() > l->until;
}

/* An image that some variants have no time for is none that ran with variants. */
static rq_status run_variants(runner *r, const rq_pipeline_image *at, size_t slot)
{
    rq_lint *l = r->lint;
    worker *w = &r->workers[at->worker];
    const rq_shape *shape = &w->inputs[r->feed.input].shape;
    for (size_t v = 0; v < l->n_variants; v++) {
        if (is_late(l)) {
            l->facts[at->image].slot = 0;
            return RQ_OK;
        }
        rq_lint_vary(w->varied, w->given, l, v, shape, r->channels, r->channels_last);
        RQ_TRY(run_variant(r, at, v, slot));
    }
    return RQ_OK;
}

static rq_status done(const rq_pipeline_image *at)
{
    runner *r = at->ctx;
    rq_lint *l = r->lint;
    rq_lint_image *fact = &l->facts[at->image];
    const rq_tensor *output = rq_session_output(at->sessions[0], 0);
    fact->seen = true;
    fact->label =
        l->labelled ? l->workload.images.dataset->samples[at->image].label : RQ_UNLABELLED;
    bool planned = has_planned_shape(r, at);
    if (!planned) fact->slot = 0;
    fact->predicted = l->n_classes && planned ? rq_argmax(output->data, l->n_classes) : -1;
    if (!r->feed.tensors) rq_fingerprint_make(&fact->print, &at->scratch->resized);
    return fact->slot ? run_variants(r, at, fact->slot - 1) : RQ_OK;
}

/* -- all ------------------------------------------------------------------------------------- */

static void list_ran(rq_lint *l)
{
    for (size_t i = 0; i < l->workload.images.dataset->n; i++)
        if (l->facts[i].seen && l->facts[i].slot) l->ran[l->n_ran++] = i;
}

static rq_status run(runner *r)
{
    rq_lint *l = r->lint;
    l->facts = rq_arena_alloc(l->arena, l->workload.images.dataset->n, sizeof *l->facts);
    if (!l->facts) return RQ_ENOMEM;
    RQ_TRY(choose_observed(r));
    RQ_TRY(open_models(r));
    if (l->evaluates) RQ_TRY(rq_evaluate_check(&l->workload));
    RQ_TRY(open_variants(r));
    settle_labels(l);
    RQ_TRY(open_workers(r));
    const rq_model *models[] = {r->observing};
    rq_pipeline pipeline = {.images = &l->workload.images,
                            .feed = &r->feed,
                            .models = models,
                            .n_models = 1,
                            .threads = l->workload.threads,
                            .title = "lint",
                            .observe = observe,
                            .done = done,
                            .ctx = r};
    RQ_TRY(rq_pipeline_run(&pipeline));
    l->plan = r->feed.plan;
    if (l->n_variants) list_ran(l);
    return l->val && !r->feed.tensors ? rq_lint_run_val(l) : RQ_OK;
}

static rq_status gather(rq_lint *lint)
{
    runner r = {.lint = lint};
    rq_status status = run(&r);
    close_runner(&r);
    return status;
}

rq_status rq_lint_run(rq_lint *out, const rq_workload *workload, const rq_lint_options *options)
{
    *out = (rq_lint){.workload = *workload,
                     .val = options->val,
                     .n_varied = options->n_varied,
                     .evaluates = options->evaluates};
    if (options->seconds > 0) out->until = rq_now() + options->seconds;
    RQ_TRY(rq_arena_create(&out->arena));
    RQ_TRY(gather(out));
    return rq_lint_check_all(out);
}

void rq_lint_close(rq_lint *lint)
{
    rq_arena_destroy(&lint->arena);
}
