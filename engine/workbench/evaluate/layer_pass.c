#include "engine/workbench/evaluate/layer_pass.h"

#include "engine/base/mem.h"

#include <stdlib.h>

#define SIDES 2 /* before and after */

typedef struct pass {
    const rq_workload *workload;
    const rq_layer_pass *of;
    rq_layer_compare *compare;
    rq_model *models[SIDES];
    rq_images images; /* those that are compared on */
} pass;

/* The value of `before` that a model's value is compared as. */
static rq_id compared_as(const rq_layer_pass *of, size_t side, rq_id value)
{
    rq_id as = side == 1 && of->same ? of->same[value] : value;
    return as < of->bound->graph->n_values ? as : RQ_NONE;
}

static rq_status open_model(pass *p, size_t side)
{
    const rq_graph *graph = side ? p->of->after : p->of->before;
    const uint8_t *wanted = rq_layer_compare_wanted(p->compare);
    uint8_t *observed;
    RQ_TRY(rq_calloc(&observed, graph->n_values, 1, "watched values"));
    for (rq_id v = 0; v < graph->n_values; v++) {
        rq_id as = compared_as(p->of, side, v);
        observed[v] = as != RQ_NONE ? wanted[as] : 0;
    }
    rq_workload w = *p->workload;
    w.exec.observed_only = true;
    if (side) w.exec.constants = rq_model_bound(p->models[0]);
    rq_status status = rq_workload_model(&p->models[side], &w, graph, observed, graph->n_values);
    free(observed);
    return status;
}

/* Bad images are counted where all run. */
static rq_status pick_images(pass *p)
{
    const rq_images *all = &p->workload->images;
    size_t total = all->dataset->n, n = 0, *indices;
    RQ_TRY(rq_calloc(&indices, total, sizeof *indices, "a part of the images"));
    for (size_t i = 0; i < total; i++)
        if (rq_layer_compare_takes(i, total)) indices[n++] = i;
    rq_status status = rq_images_pick(&p->images, all, indices, n);
    free(indices);
    p->images.max_bad = 1.0;
    return status;
}

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    const pass *p = at->ctx;
    rq_id as = compared_as(p->of, at->model, value);
    if (as == RQ_NONE) return RQ_OK;
    return rq_layer_compare_observe(p->compare, at->worker, at->model, as, tensor,
                                    at->channels_last);
}

static rq_status merge(const rq_pipeline_image *at)
{
    const pass *p = at->ctx;
    if (!at->bad) rq_layer_compare_merge(p->compare, at->worker);
    return RQ_OK;
}

static rq_status run(pass *p)
{
    const rq_workload *w = p->workload;
    RQ_TRY(rq_layer_compare_create(&p->compare, p->of->bound, w->threads));
    for (size_t side = 0; side < SIDES; side++) RQ_TRY(open_model(p, side));
    RQ_TRY(pick_images(p));
    const rq_workload over = rq_workload_over(w, &p->images);
    return rq_workload_run_images(&over, (rq_pipeline){.models = (const rq_model *const *)p->models,
                                                       .n_models = SIDES,
                                                       .title = p->of->title,
                                                       .observe = observe,
                                                       .merge = merge,
                                                       .ctx = p});
}

rq_status rq_layer_pass_run(rq_layer_compare **out, const rq_workload *workload,
                            const rq_layer_pass *of)
{
    pass p = {.workload = workload, .of = of};
    rq_status status = run(&p);
    rq_images_close(&p.images);
    for (size_t side = SIDES; side-- > 0;) rq_model_destroy(&p.models[side]); /* who share first */
    *out = p.compare;
    if (status != RQ_OK) rq_layer_compare_destroy(out);
    return status;
}
