#include "engine/workbench/calibrate/calibration_pass.h"

#include "engine/base/mem.h"
#include "engine/run/pipeline.h"

#include <stdlib.h>

typedef struct runner {
    rq_calibration_pass *pass;
    rq_stats_local **local; /* by worker */
} runner;

static rq_status observe_wide(rq_stats_local *local, uint32_t index, const rq_tensor *tensor)
{
    float *wide;
    size_t n = rq_tensor_count(tensor);
    RQ_TRY(rq_calloc(&wide, n, sizeof *wide, "a value"));
    rq_status status = rq_convert(wide, RQ_DT_F32, tensor->data, tensor->dtype, n);
    if (status == RQ_OK) status = rq_stats_observe(local, index, wide, &tensor->shape);
    free(wide);
    return status;
}

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    const runner *r = at->ctx;
    rq_stats_local *local = r->local[at->worker];
    uint32_t index = r->pass->index[value];
    if (!r->pass->observed[value]) return RQ_OK;
    if (tensor->dtype != RQ_DT_F32) return observe_wide(local, index, tensor);
    return rq_stats_observe(local, index, tensor->data, &tensor->shape);
}

static rq_status merge(const rq_pipeline_image *at)
{
    const runner *r = at->ctx;
    r->pass->images_done++;
    r->pass->images_bad += at->bad;
    return at->bad ? RQ_OK : rq_stats_merge_image(r->pass->stats, r->local[at->worker]);
}

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
                            .title = g->title,
                            .observe = observe,
                            .merge = merge,
                            .ctx = r};
    RQ_TRY(rq_calloc(&r->local, w->threads, sizeof(rq_stats_local *), "workers' statistics"));
    for (unsigned t = 0; t < w->threads; t++) RQ_TRY(rq_stats_local_create(&r->local[t], g->stats));
    return rq_pipeline_run(&pipeline);
}

/* Whatever ended the pass: what was merged counts. */
static rq_status absorb(const runner *r)
{
    for (unsigned t = 0; r->local && t < r->pass->workload->threads; t++)
        if (r->local[t]) RQ_TRY(rq_stats_absorb(r->pass->stats, r->local[t]));
    rq_stats_finish(r->pass->stats);
    return RQ_OK;
}

rq_status rq_calibration_pass_run(rq_calibration_pass *pass, const rq_model *model,
                                  const rq_image_feed *feed)
{
    runner r = {.pass = pass};
    rq_status status = run(&r, model, feed), absorbed = absorb(&r);
    for (unsigned t = 0; r.local && t < pass->workload->threads; t++)
        rq_stats_local_destroy(&r.local[t]);
    free(r.local);
    return status != RQ_OK ? status : absorbed;
}
