#include "engine/workbench/search/scaled_stats.h"

#include "calib/stats_replace.h"
#include "engine/base/mem.h"

#include <stdlib.h>

#define NOT_OBSERVED UINT32_MAX

typedef struct side {
    rq_stats *stats;
    rq_stats_local **local; /* by worker */
} side;

typedef struct pass {
    const rq_workload *workload;
    const rq_scaled_value *values;
    size_t n;
    uint32_t *before_index; /* by value id of the graph */
    uint32_t *after_index;  /* by value of the list */
    side before;            /* of all values */
    side after;             /* of scaled ones alone */
} pass;

/* -- one image -------------------------------------------------------------------------------- */

static void scale(float *out, const float *x, const rq_scaled_value *v, size_t outer, size_t inner)
{
    for (size_t o = 0; o < outer; o++)
        for (size_t c = 0; c < v->n; c++) {
            float shift = v->shift ? v->shift[c] : 0.0f, factor = v->factor[c];
            for (size_t i = 0; i < inner; i++) *out++ = (*x++ - shift) * factor;
        }
}

static rq_status observe_scaled(const pass *p, const rq_pipeline_image *at, size_t i,
                                const rq_tensor *t)
{
    float *scaled;
    uint32_t index = p->after_index[i];
    int axis = rq_stats_at(p->after.stats, index)->axis;
    size_t n = rq_tensor_count(t), inner = rq_shape_span(&t->shape, axis + 1, t->shape.rank);
    if (at->channels_last) inner = 1;
    RQ_TRY(rq_calloc(&scaled, n, sizeof *scaled, "a scaled value"));
    if (n) scale(scaled, t->data, &p->values[i], n / (p->values[i].n * inner), inner);
    rq_status status =
        rq_stats_observe(p->after.local[at->worker], index, scaled, &t->shape, at->channels_last);
    free(scaled);
    return status;
}

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    const pass *p = at->ctx;
    if (p->before_index[value] == NOT_OBSERVED || tensor->dtype != RQ_DT_F32) return RQ_OK;
    RQ_TRY(rq_stats_observe(p->before.local[at->worker], p->before_index[value], tensor->data,
                            &tensor->shape, at->channels_last));
    for (size_t i = 0; i < p->n; i++)
        if (p->values[i].value == value && p->after_index[i] != NOT_OBSERVED)
            RQ_TRY(observe_scaled(p, at, i, tensor));
    return RQ_OK;
}

static rq_status merge(const rq_pipeline_image *at)
{
    const pass *p = at->ctx;
    if (at->bad) return RQ_OK;
    RQ_TRY(rq_stats_merge_image(p->before.stats, p->before.local[at->worker]));
    return rq_stats_merge_image(p->after.stats, p->after.local[at->worker]);
}

/* -- the pass --------------------------------------------------------------------------------- */

/* Values that the network's statistics have. */
static rq_status add_values(pass *p, const rq_stats *stats)
{
    const rq_graph *graph = p->workload->graph;
    char buffer[512];
    RQ_TRY(rq_calloc(&p->before_index, graph->n_values, sizeof *p->before_index, "values"));
    for (rq_id v = 0; v < graph->n_values; v++) {
        p->before_index[v] = NOT_OBSERVED;
        if (!graph->values[v]) continue;
        const char *name = rq_value_name(graph, v, buffer, sizeof buffer);
        const rq_stats_value *of = rq_stats_find(stats, name);
        if (of)
            RQ_TRY(rq_stats_add_value(p->before.stats, &p->before_index[v], name, &of->shape,
                                      of->axis));
    }
    return RQ_OK;
}

static rq_status add_scaled(pass *p, const rq_stats *stats)
{
    RQ_TRY(rq_calloc(&p->after_index, p->n, sizeof *p->after_index, "scaled values"));
    for (size_t i = 0; i < p->n; i++) {
        const rq_scaled_value *v = &p->values[i];
        const rq_stats_value *of = rq_stats_find(stats, v->name);
        p->after_index[i] = NOT_OBSERVED;
        if (!of || of->axis < 0 || of->n_channels != v->n) continue;
        RQ_TRY(rq_stats_add_value(p->after.stats, &p->after_index[i], v->becomes, &of->shape,
                                  of->axis));
    }
    return RQ_OK;
}

static rq_status open_locals(side *s, unsigned threads)
{
    RQ_TRY(rq_calloc(&s->local, threads, sizeof(rq_stats_local *), "workers' statistics"));
    for (unsigned t = 0; t < threads; t++) RQ_TRY(rq_stats_local_create(&s->local[t], s->stats));
    return RQ_OK;
}

static rq_status finish(const side *s, unsigned threads)
{
    for (unsigned t = 0; t < threads; t++) RQ_TRY(rq_stats_absorb(s->stats, s->local[t]));
    rq_stats_finish(s->stats);
    return RQ_OK;
}

static void close_side(side *s, unsigned threads)
{
    for (unsigned t = 0; s->local && t < threads; t++) rq_stats_local_destroy(&s->local[t]);
    free(s->local);
    rq_stats_destroy(&s->stats);
}

static rq_status open_pass(pass *p, const rq_stats *stats)
{
    RQ_TRY(rq_stats_create(&p->before.stats));
    RQ_TRY(rq_stats_create(&p->after.stats));
    RQ_TRY(add_values(p, stats));
    RQ_TRY(add_scaled(p, stats));
    RQ_TRY(open_locals(&p->before, p->workload->threads));
    return open_locals(&p->after, p->workload->threads);
}

static rq_status make_model(rq_model **out, const pass *p)
{
    rq_workload w = *p->workload;
    uint8_t *shown;
    w.exec.observed_only = true;
    RQ_TRY(rq_calloc(&shown, w.graph->n_values, 1, "watched values"));
    for (rq_id v = 0; v < w.graph->n_values; v++)
        if (p->before_index[v] != NOT_OBSERVED)
            shown[v] = rq_stats_at(p->before.stats, p->before_index[v])->axis == 1
                           ? RQ_OBSERVED_ANY_ORDER
                           : RQ_OBSERVED_ROW_MAJOR;
    rq_status status = rq_workload_model(out, &w, w.graph, shown, w.graph->n_values);
    free(shown);
    return status;
}

static rq_status run_images(pass *p)
{
    const rq_workload *w = p->workload;
    rq_model *model = NULL;
    rq_status status = make_model(&model, p);
    const rq_model *models[] = {model};
    if (status == RQ_OK)
        status = rq_workload_run_images(w, (rq_pipeline){.models = models,
                                                         .n_models = 1,
                                                         .title = "equalize",
                                                         .observe = observe,
                                                         .merge = merge,
                                                         .ctx = p});
    if (status == RQ_OK) status = finish(&p->before, w->threads);
    if (status == RQ_OK) status = finish(&p->after, w->threads);
    rq_model_destroy(&model);
    return status;
}

rq_status rq_scaled_stats_gather(rq_scaled_stats *out, const rq_workload *workload,
                                 const rq_stats *stats, const rq_scaled_value *values, size_t n)
{
    pass p = {.workload = workload, .values = values, .n = n};
    *out = (rq_scaled_stats){0};
    rq_status status = open_pass(&p, stats);
    if (status == RQ_OK) status = run_images(&p);
    if (status == RQ_OK)
        status = rq_stats_copy_replaced(&out->after, p.before.stats, p.after.stats);
    out->before = p.before.stats;
    p.before.stats = NULL;
    close_side(&p.before, workload->threads);
    close_side(&p.after, workload->threads);
    free(p.before_index);
    free(p.after_index);
    if (status != RQ_OK) rq_scaled_stats_close(out);
    return status;
}

void rq_scaled_stats_close(rq_scaled_stats *stats)
{
    rq_stats_destroy(&stats->before);
    rq_stats_destroy(&stats->after);
    *stats = (rq_scaled_stats){0};
}
