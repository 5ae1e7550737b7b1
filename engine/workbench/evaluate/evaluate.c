#include "engine/workbench/evaluate/evaluate.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/evaluate/predictions.h"
#include "engine/run/pipeline.h"

#include <stdlib.h>
#include <string.h>

#define MAX_MODELS RQ_PREDICTION_MODELS

typedef struct scorer {
    rq_scores *scores;
    rq_output *outputs[MAX_MODELS]; /* by model: one per output of the model */
    float **wide;                   /* copies of outputs that are not f32: [model * n + output] */
    size_t *wide_count;
} scorer;

typedef struct runner {
    const rq_workload *workload;
    const rq_evaluate_options *options;
    rq_evaluation *out;
    /* Those that answer; then, where layers are compared, the same again, watched: what is observed
     * is not fused away, so that other roundings may change an answer that hangs in the balance. */
    rq_model *models[2 * MAX_MODELS];
    size_t n_models, n_watched, n_outputs;
    bool labelled;
    rq_image_feed feed;
    rq_predictions predictions;
    scorer *scorers; /* by worker */
    const char **names;
    rq_arena *arena;
} runner;

/* -- opening -------------------------------------------------------------------------------- */

/* The value of `before` that a model's value is compared as. */
static rq_id compared_as(const rq_evaluate_options *options, size_t model, rq_id value)
{
    rq_id as = model == 1 && options->same ? options->same[value] : value;
    return as < options->bound->graph->n_values ? as : RQ_NONE;
}

/* `observed`: by value id; NULL: none. */
static rq_status open_model(runner *r, const rq_graph *graph, const uint8_t *observed)
{
    rq_exec_options options = r->workload->exec;
    uint8_t *none = rq_arena_alloc(r->arena, graph->n_values, 1);
    if (!none) return RQ_ENOMEM;
    options.observed = observed ? observed : none;
    options.streams = r->workload->threads;
    return rq_model_create(&r->models[r->n_models + r->n_watched], graph, &options);
}

static rq_status open_prediction_model(runner *r, const rq_graph *graph)
{
    RQ_TRY(open_model(r, graph, NULL));
    r->n_models++;
    return RQ_OK;
}

static rq_status open_watched(runner *r, const rq_graph *graph)
{
    const uint8_t *wanted = rq_layer_compare_wanted(r->out->layers);
    uint8_t *observed = rq_arena_alloc(r->arena, graph->n_values, 1);
    if (!observed) return RQ_ENOMEM;
    for (rq_id v = 0; v < graph->n_values; v++) {
        rq_id as = compared_as(r->options, r->n_watched, v);
        observed[v] = as != RQ_NONE && wanted[as];
    }
    RQ_TRY(open_model(r, graph, observed));
    r->n_watched++;
    return RQ_OK;
}

static rq_status open_models(runner *r)
{
    const rq_evaluate_options *o = r->options;
    if (o->before) RQ_TRY(open_prediction_model(r, o->before));
    RQ_TRY(open_prediction_model(r, o->after));
    if (!o->bound) return RQ_OK;
    RQ_TRY(rq_layer_compare_create(&r->out->layers, o->bound, r->workload->threads));
    RQ_TRY(open_watched(r, o->before));
    return open_watched(r, o->after);
}

static rq_status name_outputs(runner *r)
{
    const rq_model *model = r->models[0];
    const rq_graph *graph = r->options->before ? r->options->before : r->options->after;
    r->n_outputs = rq_model_output_count(model);
    r->names = rq_arena_alloc(r->arena, r->n_outputs, sizeof *r->names);
    if (!r->names) return RQ_ENOMEM;
    for (size_t i = 0; i < r->n_outputs; i++) {
        char buffer[512];
        rq_id value = rq_model_output_node(model, i)->in[0];
        r->names[i] = rq_arena_strdup(r->arena, rq_value_name(graph, value, buffer, sizeof buffer));
        if (!r->names[i]) return RQ_ENOMEM;
    }
    return RQ_OK;
}

/* Labels of a file must fit the model; sub-folders may be there for other reasons. */
static rq_status refuse_labels(runner *r, size_t n_classes)
{
    int found = r->workload->images.dataset->n_classes;
    if (r->workload->images.labels)
        return rq_fail(RQ_EARG, "%s has %d classes, but output '%s' has only %zu",
                       r->workload->images.labels, found, r->names[0], n_classes);
    rq_log("the %d sub-folders are not the classes of output '%s', which has %zu: evaluating "
           "without labels",
           found, r->names[0], n_classes);
    r->labelled = false;
    return RQ_OK;
}

static rq_status open_predictions(runner *r)
{
    rq_output *shapes = rq_arena_alloc(r->arena, r->n_outputs, sizeof *shapes);
    if (!shapes) return RQ_ENOMEM;
    for (size_t i = 0; i < r->n_outputs; i++)
        shapes[i] = (rq_output){r->names[i], rq_model_output(r->models[0], i)->shape, NULL};
    return rq_predictions_open(&r->predictions, &r->workload->request, r->workload->images.dataset,
                               &r->feed.plan, shapes, r->n_outputs, r->workload->threads);
}

static rq_status open_measure(runner *r)
{
    const rq_adapter *adapter = r->predictions.use.adapter;
    const rq_dataset *dataset = r->workload->images.dataset;
    const rq_shape *shape = &rq_model_output(r->models[0], 0)->shape;
    bool classes = r->n_outputs > 0 && rq_shape_is_classes(shape) &&
                   (!adapter || (adapter->gives & RQ_PREDICTION_CLASS));
    size_t n_classes = classes ? rq_shape_count(shape) : 0;
    r->labelled = classes && dataset->labelled;
    if (r->labelled && (size_t)dataset->n_classes > n_classes) RQ_TRY(refuse_labels(r, n_classes));
    rq_measure_options options = {.n_outputs = r->n_outputs,
                                  .output_names = r->names,
                                  .classes = classes,
                                  .labelled = r->labelled,
                                  .paired = r->n_models == 2,
                                  .n_classes = n_classes,
                                  .seed = r->workload->seed,
                                  .predictions = adapter ? adapter->gives : 0,
                                  .truths = dataset->truths};
    return rq_measure_create(&r->out->measure, &options);
}

static rq_status open_scorers(runner *r)
{
    RQ_TRY(rq_calloc(&r->scorers, r->workload->threads, sizeof *r->scorers, "workers' scores"));
    for (unsigned t = 0; t < r->workload->threads; t++) {
        scorer *s = &r->scorers[t];
        size_t n = r->n_models * r->n_outputs;
        RQ_TRY(rq_scores_create(&s->scores, r->out->measure));
        RQ_TRY(rq_calloc(&s->wide, n, sizeof *s->wide, "outputs"));
        RQ_TRY(rq_calloc(&s->wide_count, n, sizeof *s->wide_count, "outputs"));
        for (size_t m = 0; m < r->n_models; m++)
            RQ_TRY(rq_calloc(&s->outputs[m], r->n_outputs, sizeof(rq_output), "outputs"));
    }
    return RQ_OK;
}

/* -- one image ------------------------------------------------------------------------------ */

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    const runner *r = at->ctx;
    if (at->model < r->n_models) return RQ_OK;
    size_t side = at->model - r->n_models;
    rq_id as = compared_as(r->options, side, value);
    if (as == RQ_NONE) return RQ_OK;
    return rq_layer_compare_observe(r->out->layers, at->worker, side, as, tensor);
}

/* An output as f32. */
static rq_status view_output(scorer *s, size_t slot, rq_output *out, const rq_tensor *t)
{
    size_t n = rq_tensor_count(t);
    out->shape = t->shape;
    out->data = t->data;
    if (t->dtype == RQ_DT_F32) return RQ_OK;
    if (n > s->wide_count[slot] || !s->wide[slot]) {
        RQ_TRY(rq_realloc(&s->wide[slot], n, sizeof(float), "an output"));
        s->wide_count[slot] = n;
    }
    out->data = s->wide[slot];
    return rq_convert(s->wide[slot], RQ_DT_F32, t->data, t->dtype, n);
}

static rq_status done(const rq_pipeline_image *at)
{
    const runner *r = at->ctx;
    scorer *s = &r->scorers[at->worker];
    for (size_t m = 0; m < r->n_models; m++)
        for (size_t o = 0; o < r->n_outputs; o++) {
            s->outputs[m][o].name = r->names[o];
            RQ_TRY(view_output(s, m * r->n_outputs + o, &s->outputs[m][o],
                               rq_session_output(at->sessions[m], o)));
        }
    RQ_TRY(rq_predictions_read(&r->predictions, at, s->outputs, r->n_models, r->n_outputs));
    const rq_image_predictions *predictions = &r->predictions.made[at->worker];
    rq_sample_outputs sample = {
        .before = r->n_models == 2 ? s->outputs[0] : NULL,
        .after = s->outputs[r->n_models - 1],
        .label = r->labelled ? r->workload->images.dataset->samples[at->image].label : -1,
        .before_prediction = &predictions->of[0],
        .after_prediction = &predictions->of[r->n_models - 1],
        .truth = predictions->has_truth ? &predictions->truth : NULL};
    return rq_measure_score(r->out->measure, s->scores, &sample);
}

static rq_status merge(const rq_pipeline_image *at)
{
    const runner *r = at->ctx;
    if (at->bad) return RQ_OK;
    if (r->out->layers) rq_layer_compare_merge(r->out->layers, at->worker);
    return rq_measure_keep(r->out->measure, r->scorers[at->worker].scores, at->image);
}

/* After the images: an adapter that does not fit them says more. */
static rq_status check_measured(const runner *r)
{
    if (!r->options->needs_metrics || rq_measure_count(r->out->measure)) return RQ_OK;
    return rq_fail(RQ_EARG,
                   "nothing to measure: accuracy needs ground truth; give --labels FILE, class "
                   "sub-folders, or data with boxes, masks or texts (--format) and a matching "
                   "--adapter");
}

/* -- all ------------------------------------------------------------------------------------ */

static rq_status run(runner *r)
{
    const rq_workload *w = r->workload;
    RQ_TRY(rq_arena_create(&r->arena));
    RQ_TRY(open_models(r));
    RQ_TRY(rq_image_feed_open(&r->feed, &w->request, r->models[0]));
    r->out->plan = r->feed.plan;
    RQ_TRY(name_outputs(r));
    RQ_TRY(open_predictions(r));
    RQ_TRY(open_measure(r));
    RQ_TRY(open_scorers(r));
    rq_pipeline pipeline = {.images = &w->images,
                            .feed = &r->feed,
                            .models = (const rq_model *const *)r->models,
                            .n_models = r->n_models + r->n_watched,
                            .threads = w->threads,
                            .title = "measure",
                            .observe = r->out->layers ? observe : NULL,
                            .done = done,
                            .merge = merge,
                            .ctx = r};
    RQ_TRY(rq_pipeline_run(&pipeline));
    return check_measured(r);
}

static void close_scorers(runner *r)
{
    for (unsigned t = 0; r->scorers && t < r->workload->threads; t++) {
        scorer *s = &r->scorers[t];
        for (size_t i = 0; s->wide && i < r->n_models * r->n_outputs; i++) free(s->wide[i]);
        free(s->wide);
        free(s->wide_count);
        for (size_t m = 0; m < MAX_MODELS; m++) free(s->outputs[m]);
        rq_scores_destroy(&s->scores);
    }
    free(r->scorers);
}

rq_status rq_evaluate_run(rq_evaluation *out, const rq_workload *workload,
                          const rq_evaluate_options *options)
{
    *out = (rq_evaluation){0};
    runner r = {.workload = workload, .options = options, .out = out};
    rq_status status = run(&r);
    close_scorers(&r);
    rq_predictions_close(&r.predictions);
    rq_image_feed_close(&r.feed);
    for (size_t i = 0; i < 2 * MAX_MODELS; i++) rq_model_destroy(&r.models[i]);
    rq_arena_destroy(&r.arena);
    return status;
}

void rq_evaluation_close(rq_evaluation *evaluation)
{
    rq_measure_destroy(&evaluation->measure);
    rq_layer_compare_destroy(&evaluation->layers);
}
