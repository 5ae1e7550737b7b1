#include "engine/workbench/search/output_error.h"

#include "engine/base/mem.h"
#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/search/logits.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct rq_output_error {
    rq_workload workload; /* over the images */
    size_t n_images;
    const char *title;
    size_t n_outputs;
    double *weights; /* [n_outputs] */
    float **kept;    /* [image * n_outputs + output]: of the graph; NULL where it is not in f32 */
    size_t *counts;  /* their elements */
};

/* One model over the images. */
typedef struct run {
    rq_output_error *error;
    rq_model *model;
    rq_id *logits; /* by output, which they stand for; RQ_NONE: it has none */
    bool keep;     /* the graph itself: its outputs are kept */
    const char *title;
    rq_output_scores *scores;
    const rq_output_rival *rival; /* or NULL */
    size_t merged;                /* images, until the rival has won */
    atomic_bool is_beaten;
} run;

#define MIN_IMAGES 4 /* that tell that the rival has won; then twice as many, and so on */

/* -- outputs ---------------------------------------------------------------------------------- */

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

static rq_status take(const run *r, size_t image, size_t output, const rq_tensor *t)
{
    size_t i = image * r->error->n_outputs + output;
    if (r->keep) return keep_output(r->error, i, t);
    r->scores->sums[i] = compare(r->error, i, t);
    return RQ_OK;
}

static rq_status take_logits(const run *r, size_t image, size_t output, const rq_tensor *t)
{
    rq_tensor centred = *t;
    size_t n = rq_tensor_count(t);
    if (t->dtype != RQ_DT_F32) return RQ_OK;
    RQ_TRY(rq_calloc(&centred.data, n, sizeof(float), "logits"));
    rq_logits_centre(centred.data, t->data, n);
    rq_status status = take(r, image, output, &centred);
    free(centred.data);
    return status;
}

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    const run *r = at->ctx;
    for (size_t o = 0; o < r->error->n_outputs; o++)
        if (r->logits[o] == value) RQ_TRY(take_logits(r, at->image, o, tensor));
    return RQ_OK;
}

static rq_status done(const rq_pipeline_image *at)
{
    const run *r = at->ctx;
    for (size_t o = 0; o < r->error->n_outputs; o++)
        if (r->logits[o] == RQ_NONE)
            RQ_TRY(take(r, at->image, o, rq_session_output(at->sessions[0], o)));
    return RQ_OK;
}

/* By the first n images. */
static bool has_lost(const run *r, size_t n)
{
    const rq_output_rival *rival = r->rival;
    bool is_power = (n & (n - 1)) == 0, is_half = n == r->error->n_images / 2;
    if (!rival || n < MIN_IMAGES || n == r->error->n_images) return false;
    if (is_half && rival->half_tells &&
        rq_output_scores_is_behind(rival->scores, r->scores, n, rival->least))
        return true;
    return is_power && rq_output_scores_is_beaten(rival->scores, r->scores, n, rival->least);
}

/* In the order of images. */
static rq_status merge(const rq_pipeline_image *at)
{
    run *r = at->ctx;
    if (!r->is_beaten) r->is_beaten = has_lost(r, ++r->merged);
    return RQ_OK;
}

/* Of an image that another rank runs: its sums. The outputs that they are of stay where it is run:
 * that is the same rank in all runs. */
static rq_status pack(const rq_pipeline_image *at, rq_buf *out)
{
    const run *r = at->ctx;
    size_t n = r->error->n_outputs;
    if (!r->keep)
        rq_buf_append_n(out, (const char *)&r->scores->sums[at->image * n],
                        n * sizeof(rq_output_sums));
    return RQ_OK;
}

static rq_status unpack(const rq_pipeline_image *at, const void *data, size_t bytes)
{
    const run *r = at->ctx;
    size_t n = r->error->n_outputs;
    if (bytes) memcpy(&r->scores->sums[at->image * n], data, n * sizeof(rq_output_sums));
    return RQ_OK;
}

static bool is_beaten(void *ctx)
{
    return ((const run *)ctx)->is_beaten;
}

/* -- runs ------------------------------------------------------------------------------------- */

static rq_status run_images(run *r)
{
    const rq_model *model = r->model;
    return rq_workload_run_images(&r->error->workload, (rq_pipeline){.models = &model,
                                                                     .n_models = 1,
                                                                     .title = r->title,
                                                                     .observe = observe,
                                                                     .done = done,
                                                                     .merge = merge,
                                                                     .is_due = is_beaten,
                                                                     .pack = pack,
                                                                     .unpack = unpack,
                                                                     .ctx = r});
}

static rq_status open_run(run *r, const rq_graph *graph)
{
    uint8_t *shown;
    RQ_TRY(rq_logits_list(&shown, graph));
    rq_status status =
        rq_workload_model(&r->model, &r->error->workload, graph, shown, graph->n_values);
    free(shown);
    RQ_TRY(status);
    r->error->n_outputs = rq_model_output_count(r->model);
    RQ_TRY(rq_calloc(&r->logits, r->error->n_outputs, sizeof *r->logits, "outputs"));
    for (size_t o = 0; o < r->error->n_outputs; o++) r->logits[o] = rq_logits_of(r->model, o);
    return RQ_OK;
}

static void close_run(run *r)
{
    free(r->logits);
    rq_model_destroy(&r->model);
}

static rq_status keep_outputs(rq_output_error *e)
{
    run r = {.error = e, .keep = true, .title = e->title};
    rq_status status = open_run(&r, e->workload.graph);
    size_t n = e->n_images * e->n_outputs;
    if (status == RQ_OK) status = rq_calloc(&e->kept, n, sizeof *e->kept, "outputs");
    if (status == RQ_OK) status = rq_calloc(&e->counts, n, sizeof *e->counts, "outputs");
    if (status == RQ_OK)
        status = rq_calloc(&e->weights, e->n_outputs, sizeof *e->weights, "outputs");
    if (status == RQ_OK)
        status = rq_output_weights_find(e->weights, &e->workload.output_weights, r.model);
    if (status == RQ_OK) status = run_images(&r);
    close_run(&r);
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
    rq_status status = keep_outputs(e);
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
    free(e->weights);
    free(e);
    *error = NULL;
}

static rq_status score(rq_output_scores *out, rq_output_error *error, const rq_graph *graph,
                       const rq_output_error_score_options *options)
{
    run r = {.error = error,
             .title = options->title ? options->title : error->title,
             .scores = out,
             .rival = options->rival};
    rq_status status = open_run(&r, graph);
    if (status == RQ_OK) status = rq_output_scores_open(out, error->n_images, error->n_outputs);
    out->weights = error->weights;
    if (status == RQ_OK) status = run_images(&r);
    if (r.is_beaten) out->n_images = r.merged;
    close_run(&r);
    return status;
}

rq_status rq_output_error_score(rq_output_scores *out, rq_output_error *error,
                                const rq_output_error_score_options *options)
{
    rq_graph *quantized;
    *out = (rq_output_scores){0};
    if (!options->plan) return score(out, error, options->graph, options);
    RQ_TRY(rq_build_int8(&quantized, options->graph, options->plan));
    rq_status status = score(out, error, quantized, options);
    rq_graph_destroy(&quantized);
    return status;
}
