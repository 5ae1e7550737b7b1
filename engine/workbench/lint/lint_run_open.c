/* Opening what a pass over the images needs. */
#include "engine/workbench/evaluate/evaluate.h"
#include "engine/workbench/lint/lint_run_parts.h"
#include "engine/workbench/output_kinds.h"
#include "quant/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OUTPUTS 4096

static rq_status choose_observed(rq_lint_runner *r)
{
    rq_lint *l = r->lint;
    RQ_TRY(rq_backend_check_observes(&l->workload.exec));
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
static rq_status open_feed(rq_lint_runner *r)
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

static rq_status open_models(rq_lint_runner *r)
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

static void find_channels(rq_lint_runner *r)
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
static bool is_classes(const rq_lint_runner *r)
{
    const rq_workload *w = &r->lint->workload;
    rq_found_kind *found =
        rq_arena_alloc(r->lint->arena, rq_model_output_count(r->plain), sizeof *found);
    if (!found) return false;
    rq_output_kinds_find(found, w, r->plain);
    return found[0].kind == RQ_OUTPUT_CLASSES;
}

static rq_status open_predictions(rq_lint_runner *r)
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
static rq_status open_variants(rq_lint_runner *r)
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

static rq_status open_worker(rq_lint_worker *w, const rq_lint_runner *r)
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

static rq_status open_workers(rq_lint_runner *r)
{
    RQ_TRY(rq_calloc(&r->workers, r->lint->workload.threads, sizeof *r->workers, "workers"));
    for (unsigned t = 0; t < r->lint->workload.threads; t++) RQ_TRY(open_worker(&r->workers[t], r));
    return RQ_OK;
}

rq_status rq_lint_open_runner(rq_lint_runner *r)
{
    rq_lint *l = r->lint;
    RQ_TRY(choose_observed(r));
    RQ_TRY(open_models(r));
    if (l->evaluates) RQ_TRY(rq_evaluate_check(&l->workload));
    RQ_TRY(open_variants(r));
    settle_labels(l);
    return open_workers(r);
}

void rq_lint_close_runner(rq_lint_runner *r)
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
