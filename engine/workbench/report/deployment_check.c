#include "engine/workbench/report/deployment_check.h"

#include "engine/base/numbers.h"
#include "engine/run/pipeline.h"
#include "engine/workbench/bench/speed.h"

#include <math.h>
#include <stdlib.h>

#define IMAGES 4
#define MIN_DB 20.0 /* less is more than another order of sums explains */

typedef struct runner {
    rq_model *models[2]; /* requant's own, OpenVINO's */
    rq_image_feed feed;
    double *signal, *error; /* by output: sums of squares */
    size_t n_outputs, n_images;
} runner;

static rq_status open_models(runner *r, const rq_workload *w, const rq_graph *graph,
                             const rq_backend *openvino)
{
    rq_exec_options exec = w->exec;
    exec.streams = 1;
    exec.threads = w->threads;
    RQ_TRY(rq_model_create(&r->models[0], graph, &exec));
    exec.backend = rq_backend_name(openvino);
    return rq_model_create(&r->models[1], graph, &exec);
}

static void add_output(runner *r, size_t i, const rq_tensor *own, const rq_tensor *other)
{
    size_t n = rq_tensor_count(own);
    if (own->dtype != other->dtype || rq_tensor_count(other) != n) {
        r->error[i] = INFINITY; /* of detections there may be other numbers */
        return;
    }
    for (size_t k = 0; k < n; k++) {
        double a = rq_load_f64(own->data, own->dtype, k);
        double d = rq_load_f64(other->data, other->dtype, k) - a;
        r->signal[i] += a * a;
        r->error[i] += d * d;
    }
}

static rq_status done(const rq_pipeline_image *at)
{
    runner *r = at->ctx;
    r->n_images++;
    for (size_t i = 0; i < r->n_outputs; i++)
        if (rq_dtype_is_float(rq_session_output(at->sessions[0], i)->dtype))
            add_output(r, i, rq_session_output(at->sessions[0], i),
                       rq_session_output(at->sessions[1], i));
    return RQ_OK;
}

static rq_status run(runner *r, const rq_workload *w, const rq_graph *graph,
                     const rq_images *images, const rq_backend *openvino)
{
    RQ_TRY(open_models(r, w, graph, openvino));
    RQ_TRY(rq_image_feed_open(&r->feed, &w->request, r->models[0]));
    r->n_outputs = rq_model_output_count(r->models[0]);
    r->signal = rq_arena_alloc(w->arena, r->n_outputs, sizeof *r->signal);
    r->error = rq_arena_alloc(w->arena, r->n_outputs, sizeof *r->error);
    if (!r->signal || !r->error) return RQ_ENOMEM;
    const rq_model *models[] = {r->models[0], r->models[1]};
    rq_pipeline pipeline = {.images = images,
                            .feed = &r->feed,
                            .models = models,
                            .n_models = 2,
                            .threads = 1,
                            .title = "run in OpenVINO",
                            .done = done,
                            .ctx = r};
    return rq_pipeline_run(&pipeline);
}

/* Of the output that differs most; NaN: none is comparable. */
static double least_sqnr(const runner *r)
{
    double least = NAN;
    for (size_t i = 0; i < r->n_outputs; i++) {
        if (!(r->signal[i] > 0) || isinf(r->error[i])) continue;
        double db = 10 * log10(r->signal[i] / r->error[i]);
        if (!(db >= least)) least = db;
    }
    return least;
}

static void conclude(rq_deployment_check *out, const runner *r, const char *version,
                     rq_arena *arena)
{
    double db = least_sqnr(r);
    if (r->n_images == 0 || isnan(db)) return;
    out->warning = db < MIN_DB;
    out->note =
        isinf(db) && db > 0
            ? rq_arena_printf(arena, "%s computes the same outputs as requant (%zu images).",
                              version, r->n_images)
            : rq_arena_printf(arena,
                              "%s computes %s outputs %s requant: SQNR %.1f dB (%zu images).",
                              version, out->warning ? "other" : "nearly the same",
                              out->warning ? "than" : "as", db, r->n_images);
}

rq_status rq_deployment_check_run(rq_deployment_check *out, const rq_workload *w,
                                  const rq_graph *graph, const rq_images *images)
{
    const rq_backend *openvino = rq_deployed_backend(NULL, &w->exec);
    *out = (rq_deployment_check){0};
    if (!images->dataset || !openvino) return RQ_OK;
    runner r = {0};
    rq_images some;
    RQ_TRY(rq_images_draw(&some, images, IMAGES, w->seed, false));
    some.max_bad = 1.0;
    rq_status status = run(&r, w, graph, &some, openvino);
    const char *version = rq_backend_version(openvino, w->exec.library);
    if (status == RQ_OK) {
        conclude(out, &r, version, w->arena);
    } else if (status != RQ_ENOMEM && status != RQ_ECANCELLED) {
        out->warning = true;
        out->note =
            rq_arena_printf(w->arena, "%s could not run the model: %s", version, rq_error_text());
        status = out->note ? RQ_OK : RQ_ENOMEM;
    }
    rq_image_feed_close(&r.feed);
    rq_images_close(&some);
    for (size_t i = 0; i < 2; i++) rq_model_destroy(&r.models[i]);
    return status;
}
