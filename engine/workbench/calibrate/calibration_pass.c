#include "engine/workbench/calibrate/calibration_pass.h"

#include "engine/base/mem.h"
#include "engine/base/progress.h"
#include "engine/run/pipeline.h"

#include <stdatomic.h>
#include <stdlib.h>

#define MAX_LOST_SECONDS 10.0 /* of work that may be lost */
#define MAX_LOST_IMAGES                                                                            \
    50 /* likewise, where saving them takes a twentieth of their time at most                      \
        */
#define SHARE 20.0

typedef struct runner {
    rq_calibration_pass *pass;
    rq_stats_local **local; /* by worker */
    atomic_bool due;        /* what is there should be saved */
    size_t saved_images;    /* of this pass, when it was saved last */
    double saved, cost;     /* when that was, and how many seconds it took */
} runner;

static rq_status observe_wide(rq_stats_local *local, uint32_t index, const rq_tensor *tensor)
{
    float *wide;
    size_t n = rq_tensor_count(tensor);
    RQ_TRY(rq_calloc(&wide, n, sizeof *wide, "a value"));
    rq_status status = rq_convert(wide, RQ_DT_F32, tensor->data, tensor->dtype, n);
    if (status == RQ_OK) status = rq_stats_observe(local, index, wide, &tensor->shape, false);
    free(wide);
    return status;
}

static rq_status observe_scaled(const rq_calibration_pass *pass, const rq_pipeline_image *at,
                                rq_stats_local *local, rq_id value, const rq_tensor *tensor)
{
    const rq_calibrate_values *values = pass->values;
    for (size_t i = 0; i < values->scaled.n; i++) {
        const rq_scaled_value *v = &values->scaled.values[i];
        uint32_t index = values->scaled_index[i];
        if (v->value == value && index != RQ_NONE)
            RQ_TRY(rq_scaled_value_observe(local, index, v, tensor, values->axes[value],
                                           at->channels_last));
    }
    return RQ_OK;
}

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    const runner *r = at->ctx;
    const rq_calibrate_values *values = r->pass->values;
    rq_stats_local *local = r->local[at->worker];
    if (!values->observed[value]) return RQ_OK;
    if (tensor->dtype != RQ_DT_F32) return observe_wide(local, values->index[value], tensor);
    RQ_TRY(rq_stats_observe(local, values->index[value], tensor->data, &tensor->shape,
                            at->channels_last));
    return observe_scaled(r->pass, at, local, value, tensor);
}

/* -- saving now and then --------------------------------------------------------------------- */

/* To stop costs the time of an image per worker, and that of writing. */
static bool should_save(const runner *r)
{
    size_t images = r->pass->images_done - r->saved_images;
    double seconds = rq_now() - r->saved;
    double per_image = seconds * r->pass->workload->threads / (double)images;
    if (!r->pass->save || seconds >= MAX_LOST_SECONDS) return r->pass->save;
    return images >= MAX_LOST_IMAGES && seconds >= SHARE * (r->cost + per_image);
}

static rq_status merge(const rq_pipeline_image *at)
{
    runner *r = at->ctx;
    r->pass->images_done++;
    r->pass->images_bad += at->bad;
    if (!at->bad) RQ_TRY(rq_stats_merge_image(r->pass->stats, r->local[at->worker]));
    if (should_save(r)) atomic_store(&r->due, true);
    return RQ_OK;
}

static bool is_due(void *ctx)
{
    return atomic_load_explicit(&((runner *)ctx)->due, memory_order_relaxed);
}

/* What was merged, whatever ended the pass or made it pause, becomes the statistics. */
static rq_status absorb(const runner *r)
{
    for (unsigned t = 0; r->local && t < r->pass->workload->threads; t++)
        if (r->local[t]) RQ_TRY(rq_stats_absorb(r->pass->stats, r->local[t]));
    rq_stats_finish(r->pass->stats);
    return RQ_OK;
}

static rq_status save(void *ctx)
{
    runner *r = ctx;
    double started = rq_now();
    RQ_TRY(absorb(r));
    RQ_TRY(r->pass->save(r->pass->ctx));
    r->saved = rq_now();
    r->cost = r->saved - started;
    r->saved_images = r->pass->images_done;
    atomic_store(&r->due, false);
    return RQ_OK;
}

/* -- the pass -------------------------------------------------------------------------------- */

static rq_status run(runner *r, const rq_model *model, const rq_image_feed *feed)
{
    rq_calibration_pass *g = r->pass;
    const rq_workload *w = g->workload;
    rq_pipeline pipeline = {.images = &w->images,
                            .feed = feed,
                            .models = &model,
                            .n_models = 1,
                            .threads = w->threads,
                            .first = g->first,
                            .end = g->end,
                            .title = g->title,
                            .observe = observe,
                            .merge = merge,
                            .is_due = is_due,
                            .pause = save,
                            .ctx = r};
    RQ_TRY(rq_calloc(&r->local, w->threads, sizeof(rq_stats_local *), "workers' statistics"));
    for (unsigned t = 0; t < w->threads; t++) RQ_TRY(rq_stats_local_create(&r->local[t], g->stats));
    return rq_pipeline_run(&pipeline);
}

rq_status rq_calibration_pass_run(rq_calibration_pass *pass, const rq_model *model,
                                  const rq_image_feed *feed)
{
    runner r = {.pass = pass, .saved = rq_now()};
    rq_status status = run(&r, model, feed), absorbed = absorb(&r);
    for (unsigned t = 0; r.local && t < pass->workload->threads; t++)
        rq_stats_local_destroy(&r.local[t]);
    free(r.local);
    return status != RQ_OK ? status : absorbed;
}
