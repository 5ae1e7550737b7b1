/* One pass over the images: fingerprints, ranges of values, and the outputs of some images under
 * each preprocessing. */
#include "engine/base/numbers.h"
#include "engine/base/progress.h"
#include "engine/workbench/lint/lint_run_parts.h"
#include "engine/run/pipeline.h"
#include "reports/metrics/metric.h"

#include <math.h>
#include <string.h>

#define WATCHED 8       /* images whose activations are measured under each variant */
#define MIN_POSITIONS 4 /* of a channel, for its variance */

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
static bool has_planned_shape(const rq_lint_runner *r, const rq_pipeline_image *at)
{
    return rq_session_bound(at->sessions[0]) == rq_model_bound(r->observing);
}

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    rq_lint_runner *r = at->ctx;
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
    const rq_lint_runner *r;
    double *variance; /* by value, n_varied apart */
} watcher;

static rq_status watch_variant(void *ctx, rq_id value, const rq_tensor *tensor, bool channels_last)
{
    (void)channels_last;
    const watcher *w = ctx;
    size_t row = w->r->row[value];
    if (!w->r->observed[value] || row == SIZE_MAX || value == w->r->input) return RQ_OK;
    if (tensor->dtype == RQ_DT_F32)
        w->variance[row * w->r->lint->n_varied] = channel_variance(tensor);
    return RQ_OK;
}

/* The first images also show how large activations become. */
static rq_status run_variant(rq_lint_runner *r, const rq_pipeline_image *image, size_t variant,
                             size_t slot)
{
    rq_lint *l = r->lint;
    rq_lint_worker *w = &r->workers[image->worker];
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
static rq_status run_variants(rq_lint_runner *r, const rq_pipeline_image *at, size_t slot)
{
    rq_lint *l = r->lint;
    rq_lint_worker *w = &r->workers[at->worker];
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
    rq_lint_runner *r = at->ctx;
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

static rq_status run(rq_lint_runner *r)
{
    rq_lint *l = r->lint;
    l->facts = rq_arena_alloc(l->arena, l->workload.images.dataset->n, sizeof *l->facts);
    if (!l->facts) return RQ_ENOMEM;
    RQ_TRY(rq_lint_open_runner(r));
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
    rq_lint_runner r = {.lint = lint};
    rq_status status = run(&r);
    rq_lint_close_runner(&r);
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
