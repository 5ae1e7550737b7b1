#include "engine/workbench/evaluate/evaluate.h"

#include "engine/base/callbacks.h"
#include "engine/run/pipeline.h"
#include "engine/workbench/evaluate/layer_pass.h"
#include "engine/workbench/evaluate/user_scores.h"

#include <math.h>
#include <stdlib.h>

#define MAX_MODELS RQ_PREDICTION_MODELS

typedef struct scorer {
    rq_scores *scores;
    rq_output *outputs[MAX_MODELS]; /* by model: one per output of the model */
    float **wide;                   /* copies of outputs that are not f32: [model * n + output] */
    size_t *wide_count;
    rq_user_scorer user;
} scorer;

typedef struct runner {
    const rq_workload *workload;
    const rq_evaluate_options *options;
    rq_evaluation *out;
    rq_model *models[MAX_MODELS];
    size_t n_models;
    rq_image_feed feed;
    rq_predictions predictions;
    scorer *scorers; /* by worker */
    rq_arena *arena;
} runner;

/* -- opening -------------------------------------------------------------------------------- */

static rq_status open_prediction_model(runner *r, const rq_graph *graph)
{
    RQ_TRY(rq_workload_model(&r->models[r->n_models], r->workload, graph, NULL, 0));
    r->n_models++;
    return RQ_OK;
}

static rq_status open_models(runner *r)
{
    const rq_evaluate_options *o = r->options;
    if (o->before) RQ_TRY(open_prediction_model(r, o->before));
    return open_prediction_model(r, o->after);
}

static rq_status open_outputs(runner *r)
{
    return rq_evaluated_outputs_open(&r->out->outputs, &r->predictions, r->workload, r->models[0],
                                     &r->feed.plan, r->out->arena);
}

static rq_status open_measure(runner *r)
{
    const rq_evaluated_outputs *o = &r->out->outputs;
    const rq_adapter *adapter = r->predictions.use.adapter;
    r->out->predictions = adapter ? adapter->gives : 0;
    r->out->paired = r->n_models == 2;
    const rq_measure_options options = {.n_outputs = o->n,
                                        .output_names = o->names,
                                        .kinds = o->kinds,
                                        .weights = o->weights,
                                        .labelled = o->labelled,
                                        .paired = r->out->paired,
                                        .n_classes = o->n_classes,
                                        .user_scored = rq_user_score_is_there(&r->workload->score),
                                        .less_is_better = r->workload->score.less_is_better,
                                        .seed = r->workload->seed,
                                        .predictions = r->out->predictions,
                                        .truths = r->workload->images.dataset->truths};
    return rq_measure_create(&r->out->measure, &options);
}

static rq_status open_scorers(runner *r)
{
    RQ_TRY(rq_calloc(&r->scorers, r->workload->threads, sizeof *r->scorers, "workers' scores"));
    for (unsigned t = 0; t < r->workload->threads; t++) {
        scorer *s = &r->scorers[t];
        size_t n = r->n_models * r->out->outputs.n;
        RQ_TRY(rq_scores_create(&s->scores, r->out->measure));
        if (rq_user_score_is_there(&r->workload->score))
            RQ_TRY(rq_user_scorer_open(&s->user, &r->workload->score));
        RQ_TRY(rq_calloc(&s->wide, n, sizeof *s->wide, "outputs"));
        RQ_TRY(rq_calloc(&s->wide_count, n, sizeof *s->wide_count, "outputs"));
        for (size_t m = 0; m < r->n_models; m++)
            RQ_TRY(rq_calloc(&s->outputs[m], r->out->outputs.n, sizeof(rq_output), "outputs"));
    }
    return RQ_OK;
}

/* -- one image ------------------------------------------------------------------------------ */

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

/* score[m]: what the user's metric says of model m; NAN: there is none. */
static rq_status score_by_user(double score[MAX_MODELS], const rq_pipeline_image *at)
{
    const runner *r = at->ctx;
    const scorer *s = &r->scorers[at->worker];
    for (size_t m = 0; m < MAX_MODELS; m++) score[m] = NAN;
    for (size_t m = 0; m < r->n_models && s->user.score; m++) {
        const rq_scored scored = {.model = r->models[0],
                                  .session = at->sessions[m],
                                  .outputs = s->outputs[m],
                                  .image = r->workload->images.dataset->samples[at->image].path};
        RQ_TRY(rq_user_scorer_run(&score[m], &s->user, &scored));
    }
    return RQ_OK;
}

static rq_status done(const rq_pipeline_image *at)
{
    double score[MAX_MODELS];
    const runner *r = at->ctx;
    const rq_evaluated_outputs *outputs = &r->out->outputs;
    scorer *s = &r->scorers[at->worker];
    for (size_t m = 0; m < r->n_models; m++)
        for (size_t o = 0; o < outputs->n; o++) {
            s->outputs[m][o].name = outputs->names[o];
            RQ_TRY(view_output(s, m * outputs->n + o, &s->outputs[m][o],
                               rq_session_output(at->sessions[m], o)));
        }
    RQ_TRY(rq_predictions_read(&r->predictions, at, s->outputs, r->n_models, outputs->n));
    RQ_TRY(score_by_user(score, at));
    const rq_image_predictions *predictions = &r->predictions.made[at->worker];
    rq_sample_outputs sample = {
        .before = r->n_models == 2 ? s->outputs[0] : NULL,
        .after = s->outputs[r->n_models - 1],
        .label = outputs->labelled ? r->workload->images.dataset->samples[at->image].label : -1,
        .before_prediction = &predictions->of[0],
        .after_prediction = &predictions->of[r->n_models - 1],
        .truth = predictions->has_truth ? &predictions->truth : NULL,
        .before_score = score[0],
        .after_score = score[r->n_models - 1]};
    return rq_measure_score(r->out->measure, s->scores, &sample);
}

static rq_status merge(const rq_pipeline_image *at)
{
    const runner *r = at->ctx;
    const rq_evaluate_options *o = r->options;
    if (at->bad) return RQ_OK;
    if (o->predicted && r->predictions.use.adapter)
        RQ_TRY(o->predicted(o->predicted_ctx, at->image, &at->scratch->view,
                            &r->predictions.made[at->worker]));
    return rq_measure_keep(r->out->measure, r->scorers[at->worker].scores, at->image);
}

/* Of images that other ranks run, their scores are what is known here. */
static rq_status pack(const rq_pipeline_image *at, rq_buf *out)
{
    const runner *r = at->ctx;
    return rq_scores_pack(out, r->out->measure, r->scorers[at->worker].scores);
}

static rq_status unpack(const rq_pipeline_image *at, const void *data, size_t bytes)
{
    const runner *r = at->ctx;
    return rq_scores_unpack(r->scorers[at->worker].scores, r->out->measure, data, bytes);
}

/* Before the images: whether classes will be told apart. */
static rq_status check_classes(const runner *r)
{
    const rq_adapter *adapter = r->predictions.use.adapter;
    unsigned truths = r->workload->images.dataset->truths;
    bool boxes = adapter && adapter->gives & truths & RQ_PREDICTION_BOXES;
    if (!r->options->needs_classes || r->out->outputs.labelled || boxes) return RQ_OK;
    return rq_fail(RQ_EARG, "--classes: needs a classifier or detector, and images with labels");
}

static bool has_nothing_to_measure(const runner *r)
{
    return r->options->needs_metrics && rq_measure_count(r->out->measure) == 0;
}

/* After the images: an adapter that does not fit the first one says more. */
static rq_status check_measured(const runner *r)
{
    if (!has_nothing_to_measure(r)) return RQ_OK;
    return rq_fail(RQ_EARG,
                   "nothing to measure: accuracy needs ground truth; give --labels FILE, class "
                   "sub-folders, or data with boxes, masks or texts (--format) and a matching "
                   "--adapter, or your own metric (--score)");
}

/* -- all ------------------------------------------------------------------------------------ */

static const char *title_of(const rq_evaluate_options *options)
{
    return options->title ? options->title : "measure";
}

static rq_status run(runner *r)
{
    const rq_workload *w = r->workload;
    RQ_TRY(rq_arena_create(&r->arena));
    RQ_TRY(rq_arena_create(&r->out->arena));
    RQ_TRY(open_models(r));
    RQ_TRY(rq_image_feed_open(&r->feed, &w->request, r->models[0]));
    r->out->plan = r->feed.plan;
    RQ_TRY(open_outputs(r));
    RQ_TRY(check_classes(r));
    RQ_TRY(open_measure(r));
    RQ_TRY(open_scorers(r));
    bool shares = !r->options->predicted; /* all there is of an image: scores */
    rq_pipeline pipeline = {.images = &w->images,
                            .feed = &r->feed,
                            .models = (const rq_model *const *)r->models,
                            .n_models = r->n_models,
                            .threads = w->threads,
                            .end = has_nothing_to_measure(r),
                            .title = title_of(r->options),
                            .done = done,
                            .merge = merge,
                            .pack = shares ? pack : NULL,
                            .unpack = shares ? unpack : NULL,
                            .ctx = r};
    RQ_TRY(rq_pipeline_run(&pipeline));
    return check_measured(r);
}

static void close_scorers(runner *r)
{
    for (unsigned t = 0; r->scorers && t < r->workload->threads; t++) {
        scorer *s = &r->scorers[t];
        for (size_t i = 0; s->wide && i < r->n_models * r->out->outputs.n; i++) free(s->wide[i]);
        free(s->wide);
        free(s->wide_count);
        for (size_t m = 0; m < MAX_MODELS; m++) free(s->outputs[m]);
        rq_scores_destroy(&s->scores);
        rq_user_scorer_close(&s->user);
    }
    free(r->scorers);
}

static void close_runner(runner *r)
{
    close_scorers(r);
    rq_predictions_close(&r->predictions);
    rq_image_feed_close(&r->feed);
    for (size_t i = 0; i < MAX_MODELS; i++) rq_model_destroy(&r->models[i]);
    rq_arena_destroy(&r->arena);
}

rq_status rq_evaluate_run(rq_evaluation *out, const rq_workload *workload,
                          const rq_evaluate_options *options)
{
    *out = (rq_evaluation){0};
    runner r = {.workload = workload, .options = options, .out = out};
    rq_status status = run(&r);
    close_runner(&r); /* before others are opened: it takes the most memory of all */
    if (status != RQ_OK || !options->bound) return status;
    return rq_layer_pass_run(&out->layers, workload,
                             &(rq_layer_pass){.before = options->before,
                                              .after = options->after,
                                              .bound = options->bound,
                                              .same = options->same,
                                              .title = title_of(options)});
}

/* The reference backend plans quickly. */
static rq_status check(runner *r)
{
    const rq_workload *w = r->workload;
    const rq_exec_options exec = {
        .backend = "reference", .shapes = w->exec.shapes, .n_shapes = w->exec.n_shapes};
    RQ_TRY(rq_arena_create(&r->out->arena));
    RQ_TRY(rq_model_create(&r->models[0], w->graph, &exec));
    RQ_TRY(rq_image_feed_open(&r->feed, &w->request, r->models[0]));
    RQ_TRY(open_outputs(r));
    return rq_evaluated_outputs_check(&r->out->outputs, &r->predictions, w);
}

rq_status rq_evaluate_check(const rq_workload *workload)
{
    rq_evaluation evaluation = {0};
    runner r = {.workload = workload, .out = &evaluation};
    if (!workload->images.dataset) return RQ_OK;
    rq_status status = check(&r);
    close_runner(&r);
    rq_evaluation_close(&evaluation);
    return status;
}

rq_class_names rq_evaluation_names(const rq_evaluation *evaluation, const rq_dataset *dataset)
{
    bool others = dataset->labelled && !evaluation->outputs.labelled;
    return others ? dataset->model_names : rq_dataset_names(dataset);
}

void rq_evaluation_close(rq_evaluation *evaluation)
{
    rq_measure_destroy(&evaluation->measure);
    rq_layer_compare_destroy(&evaluation->layers);
    rq_arena_destroy(&evaluation->arena);
}
