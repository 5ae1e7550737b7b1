#include "engine/workbench/search/bias_runs.h"

#include "engine/base/mem.h"
#include "engine/base/threads.h"
#include "engine/workbench/graph_cut.h"

#include <stdlib.h>

/* -- means ----------------------------------------------------------------------------------- */

/* A tensor as [outer, channels, inner]; false where it is another layer's or empty. */
static bool split(size_t *outer, size_t *inner, const rq_bias_layer *layer, const rq_tensor *t)
{
    *outer = *inner = 1;
    if (t->dtype != RQ_DT_F32 || layer->axis >= t->shape.rank ||
        (size_t)t->shape.d[layer->axis] != layer->channels)
        return false;
    for (int d = 0; d < t->shape.rank; d++) {
        if (d < layer->axis) *outer *= (size_t)t->shape.d[d];
        if (d > layer->axis) *inner *= (size_t)t->shape.d[d];
    }
    return *outer * *inner > 0;
}

static double sum_of(const float *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum;
}

static void take_means(double *means, const rq_bias_layer *layer, const rq_tensor *t)
{
    size_t outer, inner;
    const float *x = t->data;
    if (!split(&outer, &inner, layer, t)) return;
    for (size_t o = 0; o < outer; o++)
        for (size_t c = 0; c < layer->channels; c++, x += inner)
            means[c] += sum_of(x, inner) / (double)(outer * inner);
}

/* -- values ---------------------------------------------------------------------------------- */

static void forget(rq_tensor *t)
{
    free(t->data);
    t->data = NULL;
}

/* A value of an image, computed after `after` levels. */
static rq_status take(const rq_bias_runs *r, size_t image, rq_id value, const rq_tensor *t,
                      size_t after, double *means)
{
    const rq_bias_levels *l = r->levels;
    if (value >= r->workload->graph->n_values) return RQ_OK;
    for (size_t i = 0; means && i < l->n_layers; i++)
        if (l->layers[i].value == value)
            take_means(means + image * r->n_channels + r->first[i], &l->layers[i], t);
    rq_tensor *kept = &r->values[image][value];
    return l->known_after[value] == after && !kept->data ? rq_tensor_clone(kept, t) : RQ_OK;
}

/* -- FP32 ------------------------------------------------------------------------------------ */

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    const rq_bias_runs *r = at->ctx;
    return take(r, at->image, value, tensor, 0, r->want);
}

static rq_status done(const rq_pipeline_image *at)
{
    const rq_bias_runs *r = at->ctx;
    r->read[at->image] = true;
    return RQ_OK;
}

static void watch(uint8_t *observed, const rq_bias_runs *r, size_t level, size_t after)
{
    const rq_bias_levels *l = r->levels;
    for (rq_id v = 0; v < r->workload->graph->n_values; v++)
        if (l->known_after[v] == after) observed[v] = RQ_OBSERVED_ROW_MAJOR;
    for (size_t i = 0; i < l->n_layers; i++)
        if (level == SIZE_MAX || l->layers[i].level == level)
            observed[l->layers[i].value] = RQ_OBSERVED_ROW_MAJOR;
}

static rq_status run_fp32(rq_bias_runs *r)
{
    rq_workload w = *r->workload;
    rq_model *model = NULL;
    uint8_t *observed;
    w.exec.observed_only = true;
    RQ_TRY(rq_calloc(&observed, w.graph->n_values, 1, "watched values"));
    watch(observed, r, SIZE_MAX, 0);
    rq_status status = rq_workload_model(&model, &w, w.graph, observed, w.graph->n_values);
    const rq_model *models[] = {model};
    if (status == RQ_OK)
        status = rq_workload_run_images(&w, (rq_pipeline){.models = models,
                                                          .n_models = 1,
                                                          .title = r->title,
                                                          .observe = observe,
                                                          .done = done,
                                                          .ctx = r});
    rq_model_destroy(&model);
    free(observed);
    return status;
}

/* -- one level ------------------------------------------------------------------------------- */

typedef struct level_run {
    rq_bias_runs *runs;
    size_t level;
    rq_graph *graph;
    rq_id *inputs; /* by input of the model: value id */
    size_t n_inputs;
    rq_model *model;
    rq_session **sessions; /* by worker */
} level_run;

typedef struct shown {
    const level_run *run;
    size_t image;
} shown;

static rq_status observe_level(void *ctx, rq_id value, const rq_tensor *tensor, bool channels_last)
{
    const shown *s = ctx;
    const rq_bias_runs *r = s->run->runs;
    (void)channels_last;
    return take(r, s->image, value, tensor, s->run->level + 1, r->got);
}

static rq_status run_image(void *ctx, unsigned worker, size_t image)
{
    const level_run *l = ctx;
    rq_tensor *inputs;
    if (!l->runs->read[image]) return RQ_OK;
    if (!l->sessions[worker]) RQ_TRY(rq_session_create(&l->sessions[worker], l->model));
    RQ_TRY(rq_calloc(&inputs, l->n_inputs, sizeof *inputs, "inputs"));
    for (size_t i = 0; i < l->n_inputs; i++) inputs[i] = l->runs->values[image][l->inputs[i]];
    shown s = {.run = l, .image = image};
    rq_status status = rq_session_run(l->sessions[worker], inputs, observe_level, &s);
    free(inputs);
    return status;
}

/* A graph has outputs; nobody looks at these. */
static rq_status add_results(const level_run *l)
{
    const rq_bias_levels *levels = l->runs->levels;
    for (size_t i = 0; i < levels->n_layers; i++) {
        rq_node *node;
        if (levels->layers[i].level != l->level) continue;
        RQ_TRY(rq_graph_add_node(&node, l->graph, "level", "Result", "opset1", 1, 0));
        node->in[0] = levels->layers[i].value;
    }
    return RQ_OK;
}

static rq_status cut_level(level_run *l, const rq_graph *quantized)
{
    const rq_bias_levels *levels = l->runs->levels;
    const rq_bound *bound = l->runs->workload->bound;
    uint8_t *wanted, *border = NULL;
    RQ_TRY(rq_graph_clone(&l->graph, quantized));
    RQ_TRY(rq_calloc(&wanted, bound->graph->n_nodes, 1, "layers"));
    rq_status status = rq_calloc(&border, bound->graph->n_values, 1, "values");
    if (status == RQ_OK) {
        for (size_t i = 0; i < levels->n_layers; i++)
            if (levels->layers[i].level == l->level) wanted[levels->layers[i].node] = 1;
        for (rq_id v = 0; v < bound->graph->n_values; v++)
            border[v] = levels->known_after[v] <= l->level;
        const rq_graph_cut_options options = {.bound = bound, .wanted = wanted, .border = border};
        status = rq_graph_cut(l->graph, &l->inputs, &l->n_inputs, &options);
        if (status == RQ_OK) status = add_results(l);
    }
    free(wanted);
    free(border);
    return status;
}

static rq_status plan_level(level_run *l)
{
    const rq_workload *w = l->runs->workload;
    rq_exec_options exec = w->exec;
    uint8_t *observed;
    RQ_TRY(rq_calloc(&observed, l->graph->n_values, 1, "watched values"));
    watch(observed, l->runs, l->level, l->level + 1);
    exec.observed = observed;
    exec.observed_only = true;
    exec.streams = w->threads;
    rq_status status =
        rq_graph_cut_model(&l->model, l->graph, l->inputs, l->n_inputs, w->bound, &exec);
    free(observed);
    return status;
}

static rq_status run_level(level_run *l, const rq_graph *quantized)
{
    const rq_bias_runs *r = l->runs;
    unsigned threads = r->workload->threads;
    RQ_TRY(cut_level(l, quantized));
    RQ_TRY(plan_level(l));
    RQ_TRY(rq_calloc(&l->sessions, threads, sizeof *l->sessions, "sessions"));
    return rq_parallel_for(threads, r->n_images, run_image, l);
}

rq_status rq_bias_runs_level(rq_bias_runs *r, const rq_graph *quantized, size_t level)
{
    level_run l = {.runs = r, .level = level};
    rq_status status = run_level(&l, quantized);
    for (unsigned i = 0; l.sessions && i < r->workload->threads; i++)
        rq_session_destroy(&l.sessions[i]);
    free(l.sessions);
    rq_model_destroy(&l.model);
    free(l.inputs);
    rq_graph_destroy(&l.graph);
    return status;
}

void rq_bias_runs_shift(rq_bias_runs *r, size_t layer, const double *shift)
{
    const rq_bias_layer *l = &r->levels->layers[layer];
    for (size_t image = 0; image < r->n_images; image++) {
        const rq_tensor *t = &r->values[image][l->value];
        size_t outer, inner;
        float *x = t->data;
        if (!x || !split(&outer, &inner, l, t)) continue;
        for (size_t o = 0; o < outer; o++)
            for (size_t c = 0; c < l->channels; c++, x += inner)
                for (size_t i = 0; i < inner; i++) x[i] += (float)shift[c];
    }
}

void rq_bias_runs_leave(rq_bias_runs *r, size_t level)
{
    for (size_t image = 0; image < r->n_images; image++)
        for (rq_id v = 0; v < r->workload->graph->n_values; v++)
            if (r->levels->read_last[v] <= level + 1) forget(&r->values[image][v]);
}

/* -- all ------------------------------------------------------------------------------------- */

static rq_status allocate(rq_bias_runs *r)
{
    const rq_bias_levels *l = r->levels;
    RQ_TRY(rq_calloc(&r->first, l->n_layers + 1, sizeof *r->first, "means"));
    for (size_t i = 0; i < l->n_layers; i++) r->first[i + 1] = r->first[i] + l->layers[i].channels;
    r->n_channels = r->first[l->n_layers];
    RQ_TRY(rq_calloc(&r->read, r->n_images, sizeof *r->read, "images"));
    RQ_TRY(rq_calloc(&r->want, r->n_images * r->n_channels, sizeof *r->want, "means"));
    RQ_TRY(rq_calloc(&r->got, r->n_images * r->n_channels, sizeof *r->got, "means"));
    RQ_TRY(rq_calloc(&r->values, r->n_images, sizeof *r->values, "values"));
    for (size_t i = 0; i < r->n_images; i++)
        RQ_TRY(
            rq_calloc(&r->values[i], r->workload->graph->n_values, sizeof **r->values, "values"));
    return RQ_OK;
}

rq_status rq_bias_runs_open(rq_bias_runs *out, const rq_workload *workload,
                            const rq_bias_levels *levels, const char *title)
{
    *out = (rq_bias_runs){.workload = workload,
                          .levels = levels,
                          .title = title,
                          .n_images = workload->images.dataset->n};
    RQ_TRY(allocate(out));
    return run_fp32(out);
}

void rq_bias_runs_close(rq_bias_runs *r)
{
    for (size_t i = 0; r->values && i < r->n_images; i++) {
        for (rq_id v = 0; r->values[i] && v < r->workload->graph->n_values; v++)
            forget(&r->values[i][v]);
        free(r->values[i]);
    }
    free(r->values);
    free(r->first);
    free(r->read);
    free(r->want);
    free(r->got);
    *r = (rq_bias_runs){0};
}
