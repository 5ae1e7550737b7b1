#include "engine/workbench/report/deployment_check.h"

#include "engine/base/hash.h"
#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "engine/run/pipeline.h"
#include "engine/run/tensor_shapes.h"
#include "engine/workbench/bench/deployed_kernels.h"
#include "engine/workbench/bench/speed.h"

#include <math.h>
#include <string.h>

#define IMAGES 8
#define SHAPES 3  /* of a dynamic model: as many, where the images have them ... */
#define LOOKED 64 /* ... among so many */

enum { ORIGINAL, OWN, DEPLOYED, MODELS };

/* Of an output over all images, between two models; NaN once they do not compare. */
typedef struct difference {
    double signal, noise; /* sums of squares */
} difference;

typedef struct runner {
    rq_model *models[MODELS];
    rq_image_feed feed;
    difference *deployment, *quantization; /* by output */
    size_t n_outputs, n_images;
    uint64_t shapes[LOOKED]; /* digests: of all inputs of an image, each once */
    size_t n_shapes;
    bool passes_over; /* the image in hand */
} runner;

static rq_status open_models(runner *r, const rq_workload *w, const rq_graph *graph,
                             const rq_backend *openvino)
{
    rq_exec_options exec = w->exec;
    exec.streams = 1;
    exec.threads = w->threads;
    RQ_TRY(rq_model_create(&r->models[ORIGINAL], w->graph, &exec));
    RQ_TRY(rq_model_create(&r->models[OWN], graph, &exec));
    exec.backend = rq_backend_name(openvino);
    exec.kernels = true;
    return rq_model_create(&r->models[DEPLOYED], graph, &exec);
}

/* Equal ones, infinite or NaN, are no noise; a NaN where there was none is all of it. */
static double noise_of(double from, double to)
{
    double d = to - from;
    if (from == to || (isnan(from) && isnan(to))) return 0;
    return isfinite(d) ? d * d : INFINITY;
}

static void add(difference *to, const rq_tensor *from, const rq_tensor *other)
{
    size_t n = rq_tensor_count(from);
    if (!rq_dtype_is_float(from->dtype) || from->dtype != other->dtype ||
        rq_tensor_count(other) != n) {
        to->signal = NAN; /* of detections there may be other numbers */
        return;
    }
    for (size_t k = 0; k < n; k++) {
        double x = rq_load_f64(from->data, from->dtype, k);
        if (isfinite(x)) to->signal += x * x;
        to->noise += noise_of(x, rq_load_f64(other->data, other->dtype, k));
    }
}

static uint64_t digest_of_shapes(const rq_tensor *inputs, size_t n)
{
    uint64_t digest = 0;
    for (size_t i = 0; i < n; i++) {
        const rq_shape *shape = &inputs[i].shape;
        int64_t all[RQ_MAX_RANK + 2] = {(int64_t)digest, shape->rank};
        for (int d = 0; d < shape->rank; d++) all[d + 2] = shape->d[d];
        digest = rq_hash64(all, sizeof all);
    }
    return digest;
}

static bool is_of_new_shape(runner *r, const rq_tensor *inputs)
{
    uint64_t digest = digest_of_shapes(inputs, r->feed.n_inputs);
    for (size_t i = 0; i < r->n_shapes; i++)
        if (r->shapes[i] == digest) return false;
    r->shapes[r->n_shapes++] = digest;
    return true;
}

/* Behind the first images only those count that show the model another shape. */
static bool skips(const rq_pipeline_image *at)
{
    runner *r = at->ctx;
    if (at->model == ORIGINAL)
        r->passes_over = !is_of_new_shape(r, at->inputs) && r->n_images >= IMAGES;
    return r->passes_over;
}

static bool is_enough(void *ctx)
{
    const runner *r = ctx;
    return r->n_images >= IMAGES && r->n_shapes >= SHAPES;
}

static rq_status done(const rq_pipeline_image *at)
{
    runner *r = at->ctx;
    if (r->passes_over) return RQ_OK;
    r->n_images++;
    for (size_t i = 0; i < r->n_outputs; i++) {
        const rq_tensor *own = rq_session_output(at->sessions[OWN], i);
        add(&r->deployment[i], own, rq_session_output(at->sessions[DEPLOYED], i));
        add(&r->quantization[i], rq_session_output(at->sessions[ORIGINAL], i), own);
    }
    return RQ_OK;
}

static rq_status run_images(runner *r, const rq_workload *w, const rq_images *images)
{
    RQ_TRY(rq_image_feed_open(&r->feed, &w->request, r->models[OWN]));
    r->n_outputs = rq_model_output_count(r->models[OWN]);
    r->deployment = rq_arena_alloc(w->arena, r->n_outputs, sizeof *r->deployment);
    r->quantization = rq_arena_alloc(w->arena, r->n_outputs, sizeof *r->quantization);
    if (!r->deployment || !r->quantization) return RQ_ENOMEM;
    rq_pipeline pipeline = {.images = images,
                            .feed = &r->feed,
                            .models = (const rq_model *const *)r->models,
                            .n_models = MODELS,
                            .threads = 1,
                            .title = "run in OpenVINO",
                            .skips = skips,
                            .done = done,
                            .is_due = is_enough,
                            .ctx = r};
    return rq_pipeline_run(&pipeline);
}

static double sqnr_of(const difference *d)
{
    return isnan(d->signal) ? d->signal : rq_sqnr_db(d->signal, d->noise);
}

static rq_status conclude(rq_deployment_check *out, const runner *r, const rq_graph *graph,
                          rq_arena *arena)
{
    out->n_images = r->n_images;
    out->n_shapes = r->n_shapes;
    out->outputs = rq_arena_alloc(arena, r->n_outputs, sizeof *out->outputs);
    if (!out->outputs) return RQ_ENOMEM;
    out->n_outputs = r->n_images ? r->n_outputs : 0;
    for (size_t i = 0; i < out->n_outputs; i++) {
        char buffer[512];
        const char *name = rq_model_output_name(r->models[ORIGINAL], i, buffer, sizeof buffer);
        out->outputs[i] = (rq_deployed_output){
            rq_arena_strdup(arena, name), sqnr_of(&r->deployment[i]), sqnr_of(&r->quantization[i])};
        if (!out->outputs[i].name) return RQ_ENOMEM;
    }
    return rq_deployed_kernels_of(&out->kernels, r->models[DEPLOYED], graph, arena);
}

static rq_status keep_failure(rq_deployment_check *out, rq_arena *arena)
{
    out->failure = rq_arena_strdup(arena, rq_error_text());
    return out->failure ? RQ_OK : RQ_ENOMEM;
}

static rq_status check(rq_deployment_check *out, runner *r, const rq_workload *w,
                       const rq_graph *graph, const rq_images *images, const rq_backend *openvino)
{
    out->runtime = rq_arena_strdup(w->arena, rq_backend_version(openvino, w->exec.library));
    if (!out->runtime) return RQ_ENOMEM;
    rq_status status = open_models(r, w, graph, openvino);
    if (status == RQ_OK) status = run_images(r, w, images);
    if (status == RQ_OK) return conclude(out, r, graph, w->arena);
    return status == RQ_EUNSUPPORTED ? keep_failure(out, w->arena) : status;
}

rq_status rq_deployment_check_run(rq_deployment_check *out, const rq_workload *w,
                                  const rq_graph *graph, const rq_images *images)
{
    const rq_backend *openvino = rq_deployed_backend(NULL, &w->exec);
    *out = (rq_deployment_check){0};
    if (!images->dataset || !openvino) return RQ_OK;
    runner r = {0};
    rq_images some;
    bool dynamic = rq_tensor_shapes_open(graph, NULL, 0) >
                   0; /* shuffled, so that the first ones are of all kinds */
    RQ_TRY(rq_images_draw(&some, images, dynamic ? LOOKED : IMAGES, w->seed, dynamic));
    some.max_bad = 1.0;
    rq_status status = check(out, &r, w, graph, &some, openvino);
    rq_image_feed_close(&r.feed);
    rq_images_close(&some);
    for (size_t i = 0; i < MODELS; i++) rq_model_destroy(&r.models[i]);
    return status;
}
