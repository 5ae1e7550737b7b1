#include "engine/workbench/search/output_error.h"

#include "engine/base/mem.h"
#include "engine/run/pipeline.h"

#include <stdlib.h>
#include <string.h>

struct rq_output_error {
    rq_workload workload; /* over the images */
    size_t n_images;
    const char *title;
    size_t n_outputs;
    float **kept;   /* [image * n_outputs + output]: of the graph; NULL where it is not in f32 */
    size_t *counts; /* their elements */
};

/* One model over the images. */
typedef struct run {
    rq_output_error *error;
    bool keep; /* the graph itself: its outputs are kept */
    rq_output_scores *scores;
} run;

static rq_status keep_output(rq_output_error *e, size_t i, const rq_tensor *t)
{
    e->counts[i] = rq_tensor_count(t);
    if (t->dtype != RQ_DT_F32 || e->counts[i] == 0) return RQ_OK;
    RQ_TRY(rq_alloc_aligned(&e->kept[i], e->counts[i] * sizeof(float), "an output"));
    memcpy(e->kept[i], t->data, e->counts[i] * sizeof(float));
    return RQ_OK;
}

/* Outputs whose size depends on the data may not be comparable. */
static rq_output_sums compare(const rq_output_error *e, size_t i, const rq_tensor *t)
{
    if (!e->kept[i] || t->dtype != RQ_DT_F32 || rq_tensor_count(t) != e->counts[i])
        return (rq_output_sums){0.0, 0.0};
    return rq_output_sums_of(e->kept[i], t->data, e->counts[i]);
}

static rq_status done(const rq_pipeline_image *at)
{
    const run *r = at->ctx;
    size_t first = at->image * r->error->n_outputs;
    for (size_t o = 0; o < r->error->n_outputs; o++) {
        const rq_tensor *t = rq_session_output(at->sessions[0], o);
        if (r->keep)
            RQ_TRY(keep_output(r->error, first + o, t));
        else
            r->scores->sums[first + o] = compare(r->error, first + o, t);
    }
    return RQ_OK;
}

static rq_status run_images(run *r, const rq_model *model)
{
    const rq_workload *w = &r->error->workload;
    rq_image_feed feed;
    rq_status status = rq_image_feed_open(&feed, &w->request, model);
    if (status == RQ_OK) {
        rq_pipeline pipeline = {.images = &w->images,
                                .feed = &feed,
                                .models = &model,
                                .n_models = 1,
                                .threads = w->threads,
                                .title = r->error->title,
                                .done = done,
                                .ctx = r};
        status = rq_pipeline_run(&pipeline);
    }
    rq_image_feed_close(&feed);
    return status;
}

static rq_status open_model(rq_model **out, const rq_workload *w, const rq_graph *graph)
{
    rq_exec_options exec = w->exec;
    exec.streams = w->threads;
    return rq_model_create(out, graph, &exec);
}

static rq_status open_all(rq_output_error *e)
{
    rq_model *model = NULL;
    rq_status status = open_model(&model, &e->workload, e->workload.graph);
    if (status == RQ_OK) {
        e->n_outputs = rq_model_output_count(model);
        size_t n = e->n_images * e->n_outputs;
        status = rq_calloc(&e->kept, n, sizeof *e->kept, "outputs");
        if (status == RQ_OK) status = rq_calloc(&e->counts, n, sizeof *e->counts, "outputs");
    }
    if (status == RQ_OK) status = run_images(&(run){.error = e, .keep = true}, model);
    rq_model_destroy(&model);
    return status;
}

rq_status rq_output_error_open(rq_output_error **out, const rq_workload *workload,
                               const rq_output_error_options *options)
{
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "outputs to compare with"));
    rq_output_error *e = *out;
    e->title = options->title;
    e->n_images = options->images->dataset->n;
    e->workload = rq_workload_over(workload, options->images);
    rq_status status = open_all(e);
    if (status != RQ_OK) rq_output_error_close(out);
    return status;
}

void rq_output_error_close(rq_output_error **error)
{
    rq_output_error *e = *error;
    if (!e) return;
    for (size_t i = 0; e->kept && i < e->n_images * e->n_outputs; i++) free(e->kept[i]);
    free(e->kept);
    free(e->counts);
    free(e);
    *error = NULL;
}

rq_status rq_output_error_score(rq_output_scores *out, rq_output_error *error,
                                const rq_graph *clone)
{
    run r = {.error = error, .scores = out};
    rq_model *model;
    *out = (rq_output_scores){0};
    RQ_TRY(open_model(&model, &error->workload, clone));
    rq_status status = rq_output_scores_open(out, error->n_images, error->n_outputs);
    if (status == RQ_OK) status = run_images(&r, model);
    rq_model_destroy(&model);
    return status;
}

rq_status rq_output_error_measure(double *decibel, rq_output_error *error, const rq_graph *clone)
{
    rq_output_scores scores;
    rq_status status = rq_output_error_score(&scores, error, clone);
    if (status == RQ_OK) *decibel = rq_output_scores_decibel(&scores);
    rq_output_scores_close(&scores);
    return status;
}
