#include "engine/workbench/search/output_error.h"

#include "engine/base/mem.h"
#include "engine/base/numbers.h"
#include "engine/run/pipeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DB 100.0

struct rq_output_error {
    rq_workload workload; /* over the images that were drawn */
    rq_images images;
    const char *title;
    size_t n_outputs;
    float **kept;   /* [image * n_outputs + output]: of the graph; NULL where it is not in f32 */
    size_t *counts; /* their elements */
};

/* Sums of squares over one output. */
typedef struct sums {
    double signal, noise;
} sums;

/* One model over the images. */
typedef struct run {
    rq_output_error *error;
    bool keep;  /* the graph itself: its outputs are kept */
    sums *sums; /* by image and output, as `kept`; 0: nothing to compare */
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
static sums compare(const rq_output_error *e, size_t i, const rq_tensor *t)
{
    const float *want = e->kept[i], *got = t->data;
    sums sum = {0.0, 0.0};
    if (!want || t->dtype != RQ_DT_F32 || rq_tensor_count(t) != e->counts[i]) return sum;
    for (size_t k = 0; k < e->counts[i]; k++) {
        double d = (double)got[k] - want[k];
        sum.signal += (double)want[k] * want[k];
        sum.noise += d * d;
    }
    return sum;
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
            r->sums[first + o] = compare(r->error, first + o, t);
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
        size_t n = e->images.dataset->n * e->n_outputs;
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
    rq_status status = rq_workload_draw(&e->images, workload, options->n_images, options->seed);
    e->workload = rq_workload_over(workload, &e->images);
    if (status == RQ_OK) status = open_all(e);
    if (status != RQ_OK) rq_output_error_close(out);
    return status;
}

void rq_output_error_close(rq_output_error **error)
{
    rq_output_error *e = *error;
    if (!e) return;
    for (size_t i = 0; e->kept && i < e->images.dataset->n * e->n_outputs; i++) free(e->kept[i]);
    free(e->kept);
    free(e->counts);
    rq_images_close(&e->images);
    free(e);
    *error = NULL;
}

/* Over all images: one whose output is next to nothing, as that of an empty scene, counts for
 * little. */
static double output_decibel(const rq_output_error *e, const sums *by_image, size_t output)
{
    sums all = {0.0, 0.0};
    for (size_t i = 0; i < e->images.dataset->n; i++) {
        all.signal += by_image[i * e->n_outputs + output].signal;
        all.noise += by_image[i * e->n_outputs + output].noise;
    }
    if (!(all.signal > 0.0) || isinf(all.signal)) return NAN;
    return fmin(rq_sqnr_db(all.signal, all.noise), MAX_DB);
}

static double mean_decibel(const rq_output_error *e, const sums *by_image)
{
    double sum = 0.0;
    size_t counted = 0;
    for (size_t o = 0; o < e->n_outputs; o++) {
        double decibel = output_decibel(e, by_image, o);
        if (isnan(decibel)) continue;
        sum += decibel;
        counted++;
    }
    return counted ? sum / (double)counted : NAN;
}

rq_status rq_output_error_measure(double *decibel, rq_output_error *error, const rq_graph *clone)
{
    size_t n = error->images.dataset->n * error->n_outputs;
    run r = {.error = error};
    rq_model *model;
    RQ_TRY(open_model(&model, &error->workload, clone));
    rq_status status = rq_calloc(&r.sums, n, sizeof *r.sums, "errors of outputs");
    if (status == RQ_OK) status = run_images(&r, model);
    if (status == RQ_OK) *decibel = mean_decibel(error, r.sums);
    free(r.sums);
    rq_model_destroy(&model);
    return status;
}
