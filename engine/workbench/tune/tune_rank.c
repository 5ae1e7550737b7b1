/* Which layers to keep in floating point first: most error for the least time. */
#include "engine/ops/operators.h"
#include "engine/run/ranks.h"
#include "engine/workbench/graph_cut.h"
#include "engine/workbench/bench/layer_times.h"
#include "engine/workbench/sensitivity/sensitivity.h"
#include "engine/workbench/tune/tune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RANK_IMAGES 16
#define TIME_SECONDS 1.5
#define MIN_COST_MS 1e-3                       /* times below are noise */
#define DEFAULT_CONVERSION_MS_PER_ELEMENT 3e-7 /* where none could be measured */

double rq_tune_cost_ms(const rq_tune_layer *layer)
{
    return fmax(layer->fp32_ms - layer->int8_ms + layer->conversion_ms, MIN_COST_MS);
}

/* -- time ------------------------------------------------------------------------------------ */

static double find_ms(const rq_node_times *times, const char *name)
{
    for (size_t i = 0; i < times->n; i++)
        if (!strcmp(times->nodes[i].name, name)) return times->nodes[i].ms;
    return 0;
}

/* What the quantizing steps that run by themselves take. */
static double conversion_cost(const rq_tuning *t, const rq_node_times *times)
{
    const rq_bound *bound = t->workload->bound;
    double ms = 0, elements = 0;
    for (size_t i = 0; i < times->n; i++) {
        const rq_node_time *time = &times->nodes[i];
        if (strcmp(time->type, rq_op_FakeQuantize.type) != 0 || time->ms <= 0) continue;
        const rq_node *node = rq_graph_find(t->options.setup->quantized, time->name);
        if (!node || node->in[0] >= bound->graph->n_values) continue;
        const rq_shape *shape = &bound->values[node->in[0]].shape;
        if (!rq_shape_is_static(shape)) continue;
        ms += time->ms;
        elements += (double)rq_shape_count(shape);
    }
    return elements > 0 ? ms / elements : DEFAULT_CONVERSION_MS_PER_ELEMENT;
}

/* What it reads is dequantized, what it makes is quantized again. */
static double conversion_elements(const rq_bound *bound, rq_id id)
{
    const rq_node *node = bound->graph->nodes[id];
    double n = 0;
    for (uint32_t i = 0; i < node->n_in; i++)
        if (node->in[i] != RQ_NONE && rq_graph_cut_may_be_border(bound, node->in[i]))
            n += (double)rq_tensor_count(&bound->values[node->in[i]]);
    for (uint32_t o = 0; o < node->n_out; o++)
        if (rq_graph_cut_may_be_border(bound, node->out[o]))
            n += (double)rq_tensor_count(&bound->values[node->out[o]]);
    return n;
}

static rq_status measure_times(rq_tuning *t)
{
    rq_node_times fp32, int8;
    const rq_setup *s = t->options.setup;
    const rq_workload *w = t->workload;
    rq_exec_options exec = w->exec;
    exec.threads = 1;
    RQ_TRY(rq_layer_times_measure(&fp32, &int8, w->graph, s->quantized, &exec, TIME_SECONDS,
                                  w->seed, t->arena));
    t->conversion_ms_per_element = conversion_cost(t, &int8);
    for (size_t i = 0; i < t->n_layers; i++) {
        rq_tune_layer *layer = &t->layers[i];
        layer->fp32_ms = find_ms(&fp32, layer->name);
        layer->int8_ms = find_ms(&int8, layer->name);
        layer->conversion_ms = t->conversion_ms_per_element *
                               conversion_elements(w->bound, s->parts->v[layer->part].node);
    }
    return RQ_OK;
}

/* By the first rank, for all: others would measure other times. */
static rq_status time_layers(rq_tuning *t)
{
    rq_status status = rq_ranks_index() ? RQ_OK : measure_times(t);
    for (size_t i = 0; i < t->n_layers; i++) {
        rq_tune_layer *layer = &t->layers[i];
        double ms[] = {layer->fp32_ms, layer->int8_ms, layer->conversion_ms};
        RQ_TRY(rq_ranks_follow(ms, sizeof ms, status, "times of layers"));
        layer->fp32_ms = ms[0];
        layer->int8_ms = ms[1];
        layer->conversion_ms = ms[2];
    }
    return rq_ranks_follow(&t->conversion_ms_per_element, sizeof t->conversion_ms_per_element,
                           status, "times of layers");
}

/* -- error ----------------------------------------------------------------------------------- */

static rq_status measure_errors(rq_tuning *t)
{
    rq_images images;
    rq_sensitivity found;
    const rq_sensitivity_options options = {.parts = t->options.setup->parts,
                                            .quantized = t->options.setup->quantized,
                                            .order_only = true};
    RQ_TRY(rq_workload_draw(&images, t->workload, RANK_IMAGES, t->workload->seed));
    const rq_workload some = rq_workload_over(t->workload, &images);
    rq_status status = rq_sensitivity_run(&found, &some, &options);
    for (size_t i = 0; status == RQ_OK && i < found.n_layers; i++) {
        t->layers[i].part = found.layers[i].part;
        t->layers[i].name = found.layers[i].name;
        t->layers[i].gain = NAN;
        t->layers[i].error = pow(10, -found.layers[i].of[RQ_VARIANT_BOTH].sqnr_db / 10);
    }
    rq_sensitivity_close(&found);
    rq_images_close(&images);
    return status;
}

static int better(const void *a, const void *b)
{
    const rq_tune_layer *x = a, *y = b;
    double p = x->error / rq_tune_cost_ms(x), q = y->error / rq_tune_cost_ms(y);
    if (p != q) return p < q ? 1 : -1;
    return (x->part > y->part) - (x->part < y->part);
}

rq_status rq_tune_rank(rq_tuning *t)
{
    double sum = 0;
    t->n_layers = t->options.setup->parts->n;
    t->layers = rq_arena_alloc(t->arena, t->n_layers, sizeof *t->layers);
    if (!t->layers) return RQ_ENOMEM;
    RQ_TRY(measure_errors(t));
    RQ_TRY(time_layers(t));
    for (size_t i = 0; i < t->n_layers; i++) sum += t->layers[i].error;
    for (size_t i = 0; i < t->n_layers; i++) t->layers[i].share = t->layers[i].error / sum;
    qsort(t->layers, t->n_layers, sizeof *t->layers, better);
    return RQ_OK;
}
