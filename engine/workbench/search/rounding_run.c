#include "engine/workbench/search/rounding_run.h"

#include "engine/base/mem.h"
#include "engine/base/threads.h"
#include "quant/round_plan.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of moments and rows gathered in one pass: so many, or as many as the network runs with. */
#define MEMORY_AT_ONCE ((size_t)64 << 20)
#define COPIES 2 /* of its weights */

/* One pass over the images: layers [first, end) of the set. */
typedef struct pass {
    const rq_workload *workload;
    rq_round_set *set;
    size_t first, end;
    rq_model *model;
    uint8_t *observed; /* by value id */
    float **rows;      /* [worker * n + layer - first] */
} pass;

static size_t n_layers(const pass *p)
{
    return p->end - p->first;
}

static rq_round_target *layer_at(const pass *p, size_t i)
{
    return &p->set->layers[p->first + i];
}

static float **rows_of(const pass *p, unsigned worker)
{
    return p->rows + worker * n_layers(p);
}

/* An image may have another shape than the first. */
static rq_status take_rows(const rq_pipeline_image *at, float *rows, const rq_round_target *target,
                           const float *x)
{
    rq_im2col layer = target->input;
    const rq_bound *bound = rq_session_bound(at->sessions[at->model]);
    if (bound) RQ_TRY(rq_im2col_rebind(&layer, &target->input, bound));
    layer.channels_last = at->channels_last;
    if (layer.positions)
        rq_gram_take(rows, &target->sums, &layer, x, at->image);
    else
        memset(rows, 0, rq_gram_image_floats(&target->sums) * sizeof *rows);
    return RQ_OK;
}

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    const pass *p = at->ctx;
    if (!p->observed[value]) return RQ_OK;
    for (size_t i = 0; i < n_layers(p); i++)
        if (rq_round_target_value(layer_at(p, i), at->image) == value)
            RQ_TRY(take_rows(at, rows_of(p, at->worker)[i], layer_at(p, i), tensor->data));
    return RQ_OK;
}

static rq_gram_use use_of(const rq_round_target *layer)
{
    return layer->compressed ? RQ_GRAM_TO_FIT : RQ_GRAM_TO_COMPARE;
}

static rq_status flush(void *ctx, unsigned worker, size_t i)
{
    (void)worker;
    rq_gram_flush(&layer_at(ctx, i)->sums);
    return RQ_OK;
}

static rq_status flush_full(void *ctx, unsigned worker, size_t i)
{
    return rq_gram_is_full(&layer_at(ctx, i)->sums) ? flush(ctx, worker, i) : RQ_OK;
}

static rq_status merge(const rq_pipeline_image *at)
{
    pass *p = at->ctx;
    if (at->bad) return RQ_OK;
    for (size_t i = 0; i < n_layers(p); i++)
        rq_gram_add(&layer_at(p, i)->sums, rows_of(p, at->worker)[i], at->image);
    return rq_parallel_for(p->workload->threads, n_layers(p), flush_full, p);
}

/* Rows of matrix products lie in the last dim. */
static void watch_layer(pass *p, const rq_round_target *layer)
{
    for (size_t v = 0; v < layer->n_values; v++) {
        uint8_t *observed = &p->observed[layer->values[v]];
        if (*observed != RQ_OBSERVED_ROW_MAJOR)
            *observed = layer->input.matmul ? RQ_OBSERVED_ROW_MAJOR : RQ_OBSERVED_ANY_ORDER;
    }
}

static rq_status open_model(pass *p)
{
    const rq_graph *graph = p->workload->graph;
    rq_workload w = *p->workload;
    w.exec.observed_only = true;
    RQ_TRY(rq_calloc(&p->observed, graph->n_values, 1, "watched values"));
    for (size_t i = 0; i < n_layers(p); i++) watch_layer(p, layer_at(p, i));
    return rq_workload_model(&p->model, &w, graph, p->observed, graph->n_values);
}

static rq_status open_rows(pass *p)
{
    size_t n = n_layers(p), lists = p->workload->threads * n;
    for (size_t i = 0; i < n; i++)
        RQ_TRY(rq_gram_open(&layer_at(p, i)->sums, &layer_at(p, i)->input,
                            p->workload->images.dataset->n, use_of(layer_at(p, i))));
    RQ_TRY(rq_calloc(&p->rows, lists, sizeof *p->rows, "rows of layers"));
    for (size_t i = 0; i < lists; i++)
        RQ_TRY(rq_calloc(&p->rows[i], rq_gram_image_floats(&layer_at(p, i % n)->sums),
                         sizeof(float), "rows of a layer"));
    return RQ_OK;
}

static rq_status run_images(pass *p)
{
    RQ_TRY(open_model(p));
    RQ_TRY(open_rows(p));
    const rq_model *models[] = {p->model};
    RQ_TRY(rq_workload_run_images(p->workload, (rq_pipeline){.models = models,
                                                             .n_models = 1,
                                                             .title = "round",
                                                             .observe = observe,
                                                             .merge = merge,
                                                             .ctx = p}));
    return rq_parallel_for(p->workload->threads, n_layers(p), flush, p);
}

static void close_pass(pass *p)
{
    for (size_t i = 0; p->rows && i < p->workload->threads * n_layers(p); i++) free(p->rows[i]);
    for (size_t i = 0; i < n_layers(p); i++) rq_gram_close(&layer_at(p, i)->sums);
    free(p->rows);
    free(p->observed);
    rq_model_destroy(&p->model);
}

static size_t room_of_pass(const rq_round_set *set, const rq_quant_plan *plan)
{
    size_t room = COPIES * rq_round_set_weight_bytes(set, plan);
    return room > MEMORY_AT_ONCE ? room : MEMORY_AT_ONCE;
}

/* As many layers from `first` on as there is room for, one at least. */
static size_t end_of_pass(const rq_round_set *set, size_t first, size_t images, size_t room)
{
    size_t end = first;
    for (; end < set->n; end++) {
        const rq_round_target *layer = &set->layers[end];
        size_t bytes = rq_gram_bytes(&layer->input, images, use_of(layer));
        if (bytes > room && end > first) break;
        room = bytes < room ? room - bytes : 0;
    }
    return end;
}

static rq_status run_passes(rq_quant_plan *plan, const rq_workload *w, rq_round_set *set,
                            const rq_rounding_options *options)
{
    RQ_TRY(rq_round_set_limit(set, plan, options->work, w->images.dataset->n));
    size_t room = room_of_pass(set, plan);
    set->deadline = options->deadline;
    for (size_t first = 0; first < set->n;) {
        pass p = {.workload = w, .set = set, .first = first};
        p.end = end_of_pass(set, first, w->images.dataset->n, room);
        rq_status status = run_images(&p);
        if (status == RQ_OK)
            status =
                rq_round_set_run(set, plan, w->bound, options->stats, p.first, p.end, w->threads);
        close_pass(&p);
        RQ_TRY(status);
        first = p.end;
    }
    return RQ_OK;
}

rq_status rq_rounding_run(rq_quant_plan *plan, const rq_workload *workload,
                          const rq_rounding_options *options)
{
    rq_round_set set;
    RQ_TRY(rq_round_set_open(&set, plan, workload->bound));
    rq_status status = run_passes(plan, workload, &set, options);
    rq_round_set_close(&set);
    rq_mem_trim(); /* of moments, the most that any step holds */
    return status;
}
