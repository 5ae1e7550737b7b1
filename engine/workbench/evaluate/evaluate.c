#include "engine/workbench/evaluate/evaluate.h"

#include "engine/base/callbacks.h"
#include "engine/base/progress.h"
#include "engine/workbench/evaluate/predictions.h"
#include "engine/run/pipeline.h"

#include <stdlib.h>
#include <string.h>

#define MAX_MODELS RQ_ANSWERING_MODELS

typedef struct scorer {
    rq_scores *scores;
    rq_output *outputs[MAX_MODELS]; /* by model: one per output of the model */
    float **wide;                   /* copies of outputs that are not f32: [model * n + output] */
    size_t *wide_count;
} scorer;

typedef struct runner {
    rq_measuring *job;
    rq_model *models[MAX_MODELS];
    size_t n_models, n_outputs;
    bool labelled;
    rq_image_feed feed;
    rq_answering answering;
    scorer *scorers; /* by worker */
    const char **names;
    rq_arena *arena;
} runner;

/* -- opening -------------------------------------------------------------------------------- */

/* The value of `before` that a model's value is compared as. */
static rq_id compared_as(const rq_measuring *job, size_t model, rq_id value)
{
    rq_id as = model == 1 && job->same ? job->same[value] : value;
    return as < job->bound->graph->n_values ? as : RQ_NONE;
}

static void choose_observed(uint8_t *observed, const runner *r, const rq_graph *graph)
{
    const uint8_t *wanted = rq_layer_compare_wanted(r->job->layers);
    for (rq_id v = 0; v < graph->n_values; v++) {
        rq_id as = compared_as(r->job, r->n_models, v);
        observed[v] = as != RQ_NONE && wanted[as];
    }
}

static rq_status open_model(runner *r, const rq_graph *graph)
{
    rq_exec_options options = *r->job->exec;
    uint8_t *observed = rq_arena_alloc(r->arena, graph->n_values, 1);
    if (!observed) return RQ_ENOMEM;
    if (r->job->layers) choose_observed(observed, r, graph);
    options.observed = observed;
    options.streams = r->job->threads;
    return rq_model_create(&r->models[r->n_models++], graph, &options);
}

static rq_status name_outputs(runner *r)
{
    const rq_model *model = r->models[0];
    const rq_graph *graph = r->job->before ? r->job->before : r->job->after;
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
    int found = r->job->images->dataset->n_classes;
    if (rq_args_has(r->job->args, "labels"))
        return rq_fail(RQ_EARG, "%s has %d classes, but output '%s' has only %zu",
                       rq_args_get(r->job->args, "labels", NULL), found, r->names[0], n_classes);
    rq_log("the %d sub-folders of images are not classes of output '%s', which has %zu: measuring "
           "without labels",
           found, r->names[0], n_classes);
    r->labelled = false;
    return RQ_OK;
}

static rq_status open_answering(runner *r)
{
    rq_output *shapes = rq_arena_alloc(r->arena, r->n_outputs, sizeof *shapes);
    if (!shapes) return RQ_ENOMEM;
    for (size_t i = 0; i < r->n_outputs; i++)
        shapes[i] = (rq_output){r->names[i], rq_model_output(r->models[0], i)->shape, NULL};
    return rq_answering_open(&r->answering, r->job->request, r->job->images->dataset, &r->feed.plan,
                             shapes, r->n_outputs, r->job->threads);
}

static rq_status open_measure(runner *r)
{
    const rq_adapter *adapter = r->answering.use.adapter;
    const rq_dataset *dataset = r->job->images->dataset;
    const rq_shape *shape = &rq_model_output(r->models[0], 0)->shape;
    bool classes = r->n_outputs > 0 && rq_shape_is_classes(shape) &&
                   (!adapter || (adapter->gives & RQ_ANSWER_CLASS));
    size_t n_classes = classes ? rq_shape_count(shape) : 0;
    r->labelled = classes && dataset->labelled;
    if (r->labelled && (size_t)dataset->n_classes > n_classes) RQ_TRY(refuse_labels(r, n_classes));
    rq_measure_options options = {.n_outputs = r->n_outputs,
                                  .output_names = r->names,
                                  .classes = classes,
                                  .labelled = r->labelled,
                                  .paired = r->n_models == 2,
                                  .n_classes = n_classes,
                                  .seed = r->job->seed,
                                  .answers = adapter ? adapter->gives : 0,
                                  .truths = dataset->truths};
    return rq_measure_create(&r->job->measure, &options);
}

static rq_status open_scorers(runner *r)
{
    RQ_TRY(rq_calloc(&r->scorers, r->job->threads, sizeof *r->scorers, "workers' scores"));
    for (unsigned t = 0; t < r->job->threads; t++) {
        scorer *s = &r->scorers[t];
        size_t n = r->n_models * r->n_outputs;
        RQ_TRY(rq_scores_create(&s->scores, r->job->measure));
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
    rq_id as = r->job->layers ? compared_as(r->job, at->model, value) : RQ_NONE;
    if (as == RQ_NONE) return RQ_OK;
    return rq_layer_compare_observe(r->job->layers, at->worker, at->model, as, tensor);
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
    RQ_TRY(rq_answering_read(&r->answering, at, s->outputs, r->n_models, r->n_outputs));
    const rq_answers *answers = &r->answering.made[at->worker];
    rq_sample_outputs sample = {
        .before = r->n_models == 2 ? s->outputs[0] : NULL,
        .after = s->outputs[r->n_models - 1],
        .label = r->labelled ? r->job->images->dataset->samples[at->image].label : -1,
        .before_answer = &answers->of[0],
        .after_answer = &answers->of[r->n_models - 1],
        .truth = answers->has_truth ? &answers->truth : NULL};
    return rq_measure_score(r->job->measure, s->scores, &sample);
}

static rq_status merge(const rq_pipeline_image *at)
{
    const runner *r = at->ctx;
    if (at->bad) return RQ_OK;
    if (r->job->layers) rq_layer_compare_merge(r->job->layers, at->worker);
    return rq_measure_keep(r->job->measure, r->scorers[at->worker].scores, at->image);
}

/* -- all ------------------------------------------------------------------------------------ */

static rq_status run(runner *r)
{
    rq_measuring *job = r->job;
    RQ_TRY(rq_arena_create(&r->arena));
    if (job->bound) RQ_TRY(rq_layer_compare_create(&job->layers, job->bound, job->threads));
    if (job->before) RQ_TRY(open_model(r, job->before));
    RQ_TRY(open_model(r, job->after));
    RQ_TRY(rq_image_feed_open(&r->feed, job->request, r->models[0], job->args));
    job->plan = r->feed.plan;
    RQ_TRY(name_outputs(r));
    RQ_TRY(open_answering(r));
    RQ_TRY(open_measure(r));
    RQ_TRY(open_scorers(r));
    const rq_model *models[] = {r->models[0], r->models[1]};
    rq_pipeline pipeline = {.images = job->images,
                            .feed = &r->feed,
                            .models = models,
                            .n_models = r->n_models,
                            .threads = job->threads,
                            .title = "measure",
                            .observe = job->layers ? observe : NULL,
                            .done = done,
                            .merge = merge,
                            .ctx = r};
    double started = rq_now();
    RQ_TRY(rq_pipeline_run(&pipeline));
    job->seconds = rq_now() - started;
    return RQ_OK;
}

static void close_scorers(runner *r)
{
    for (unsigned t = 0; r->scorers && t < r->job->threads; t++) {
        scorer *s = &r->scorers[t];
        for (size_t i = 0; s->wide && i < r->n_models * r->n_outputs; i++) free(s->wide[i]);
        free(s->wide);
        free(s->wide_count);
        for (size_t m = 0; m < MAX_MODELS; m++) free(s->outputs[m]);
        rq_scores_destroy(&s->scores);
    }
    free(r->scorers);
}

rq_status rq_measuring_run(rq_measuring *m)
{
    runner r = {.job = m};
    rq_status status = run(&r);
    close_scorers(&r);
    rq_answering_close(&r.answering);
    rq_image_feed_close(&r.feed);
    for (size_t i = 0; i < MAX_MODELS; i++) rq_model_destroy(&r.models[i]);
    rq_arena_destroy(&r.arena);
    return status;
}

void rq_measuring_close(rq_measuring *m)
{
    rq_measure_destroy(&m->measure);
    rq_layer_compare_destroy(&m->layers);
}
