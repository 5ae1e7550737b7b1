#include "engine/workbench/search/bias_sequential.h"

#include "engine/base/callbacks.h"
#include "engine/base/mem.h"
#include "engine/workbench/calibrate/calibration_pass.h"
#include "engine/workbench/search/output_error.h"
#include "engine/workbench/search/build_quantized.h"
#include "quant/apply.h"

#include <stdlib.h>
#include <string.h>

#define IMAGES 24
#define MIN_GAIN_DB 0.1 /* less is noise */

typedef struct sequence {
    const rq_workload *workload; /* over the images that were drawn */
    rq_quant_plan *plan;
    size_t
        *level; /* by weight: layers before it on the longest way from an input; SIZE_MAX: left */
    size_t n_levels;
    rq_id *output;  /* by weight: its layer's own output */
    int *axis;      /* by weight: of that output's channels */
    double **want;  /* by weight: FP32's means by channel */
    float **before; /* by weight: the shift that it had */
    rq_arena *arena;
} sequence;

/* -- levels ---------------------------------------------------------------------------------- */

static size_t find_weight(const rq_quant_plan *plan, rq_id node)
{
    for (size_t i = 0; i < plan->n_weights; i++)
        if (plan->weights[i].point.node == node) return i;
    return SIZE_MAX;
}

/* A layer comes after those whose outputs reach it. */
static rq_status find_levels(sequence *s)
{
    const rq_bound *bound = s->workload->bound;
    size_t *depth = rq_arena_alloc(s->arena, bound->graph->n_values, sizeof *depth);
    if (!depth) return RQ_ENOMEM;
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        size_t most = 0, weight = find_weight(s->plan, node->id);
        for (uint32_t k = 0; k < node->n_in; k++)
            if (node->in[k] != RQ_NONE && depth[node->in[k]] > most) most = depth[node->in[k]];
        if (weight != SIZE_MAX && s->level[weight] != SIZE_MAX) {
            s->level[weight] = most++;
            if (most > s->n_levels) s->n_levels = most;
        }
        for (uint32_t k = 0; k < node->n_out; k++) depth[node->out[k]] = most;
    }
    return RQ_OK;
}

/* Layers whose biases were left alone stay so: their weights have several consumers' worth, or the
 * plan says so. */
static rq_status open_layers(sequence *s)
{
    const rq_graph *graph = s->workload->graph;
    for (size_t i = 0; i < s->plan->n_weights; i++) {
        const rq_plan_weight *w = &s->plan->weights[i];
        rq_id out = graph->nodes[w->point.node]->out[0];
        const rq_shape *shape = &s->workload->bound->values[out].shape;
        const rq_layer_bias layer = rq_plan_layer_bias(w);
        int axis = rq_layer_bias_axis(graph, &layer);
        size_t channels = rq_weight_channels(&w->layout);
        bool fits = w->bias_shift && rq_shape_is_static(shape) && axis >= 0 && axis < shape->rank &&
                    (size_t)shape->d[axis] == channels;
        s->level[i] = fits ? 0 : SIZE_MAX;
        s->output[i] = out;
        s->axis[i] = axis;
        s->before[i] = w->bias_shift;
    }
    return find_levels(s);
}

static rq_status allocate(sequence *s)
{
    size_t n = s->plan->n_weights;
    RQ_TRY(rq_arena_create(&s->arena));
    s->level = rq_arena_alloc(s->arena, n, sizeof *s->level);
    s->output = rq_arena_alloc(s->arena, n, sizeof *s->output);
    s->axis = rq_arena_alloc(s->arena, n, sizeof *s->axis);
    s->want = rq_arena_alloc(s->arena, n, sizeof(double *));
    s->before = rq_arena_alloc(s->arena, n, sizeof *s->before);
    return s->level && s->output && s->axis && s->want && s->before ? RQ_OK : RQ_ENOMEM;
}

/* -- means ----------------------------------------------------------------------------------- */

/* The weights of one level, or all that are corrected. */
static size_t list_level(size_t *weights, const sequence *s, size_t level)
{
    size_t n = 0;
    for (size_t i = 0; i < s->plan->n_weights; i++)
        if (s->level[i] != SIZE_MAX && (level == SIZE_MAX || s->level[i] == level))
            weights[n++] = i;
    return n;
}

static size_t channels_of(const sequence *s, size_t weight)
{
    return rq_weight_channels(&s->plan->weights[weight].layout);
}

/* Of the listed weights' outputs in `graph`, the network or a quantized clone of it. */
typedef struct means {
    rq_stats *stats; /* value i is that of weights[i] */
    uint8_t *observed;
    uint32_t *index;
} means;

static rq_status list_outputs(means *m, const sequence *s, const rq_graph *graph,
                              const size_t *weights, size_t n)
{
    RQ_TRY(rq_stats_create(&m->stats));
    RQ_TRY(rq_calloc(&m->observed, graph->n_values, 1, "watched values"));
    RQ_TRY(rq_calloc(&m->index, graph->n_values, sizeof *m->index, "watched values"));
    for (size_t i = 0; i < n; i++) {
        char buffer[512];
        rq_id value = s->output[weights[i]];
        m->observed[value] = 1;
        RQ_TRY(rq_stats_add_value(m->stats, &m->index[value],
                                  rq_value_name(graph, value, buffer, sizeof buffer),
                                  &s->workload->bound->values[value].shape, s->axis[weights[i]]));
    }
    return RQ_OK;
}

static rq_status run_images(const means *m, const rq_workload *w)
{
    rq_model *model;
    rq_image_feed feed;
    rq_exec_options exec = w->exec;
    exec.observed = m->observed;
    exec.streams = w->threads;
    rq_calibration_pass pass = {.workload = w,
                                .observed = m->observed,
                                .index = m->index,
                                .stats = m->stats,
                                .title = "biases"};
    RQ_TRY(rq_model_create(&model, w->graph, &exec));
    rq_status status = rq_image_feed_open(&feed, &w->request, model);
    if (status == RQ_OK) status = rq_calibration_pass_run(&pass, model, &feed);
    rq_image_feed_close(&feed);
    rq_model_destroy(&model);
    return status;
}

static void close_means(means *m)
{
    free(m->observed);
    free(m->index);
    rq_stats_destroy(&m->stats);
}

static rq_status open_means(means *out, const sequence *s, rq_graph *graph, const size_t *weights,
                            size_t n)
{
    *out = (means){0};
    rq_workload w = *s->workload;
    w.graph = graph;
    RQ_TRY(list_outputs(out, s, graph, weights, n));
    return run_images(out, &w);
}

static const double *means_at(const means *m, size_t i)
{
    return rq_stats_at(m->stats, i)->channel_mean;
}

static rq_status keep_fp32(sequence *s, const means *m, const size_t *weights, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t bytes = channels_of(s, weights[i]) * sizeof(double);
        s->want[weights[i]] = rq_arena_alloc(s->arena, bytes, 1);
        if (!s->want[weights[i]]) return RQ_ENOMEM;
        memcpy(s->want[weights[i]], means_at(m, i), bytes);
    }
    return RQ_OK;
}

static rq_status measure_fp32(sequence *s)
{
    means m;
    size_t *weights = rq_arena_alloc(s->arena, s->plan->n_weights, sizeof *weights);
    if (!weights) return RQ_ENOMEM;
    size_t n = list_level(weights, s, SIZE_MAX);
    rq_status status = open_means(&m, s, s->workload->graph, weights, n);
    if (status == RQ_OK) status = keep_fp32(s, &m, weights, n);
    close_means(&m);
    return status;
}

/* The layer's own output does not have its bias yet: the difference is all of the shift. */
static rq_status set_shift(rq_plan_weight *w, const double *want, const double *got, size_t n,
                           rq_arena *arena)
{
    w->bias_shift = rq_arena_alloc(arena, n, sizeof *w->bias_shift);
    if (!w->bias_shift) return RQ_ENOMEM;
    for (size_t c = 0; c < n; c++) w->bias_shift[c] = (float)(want[c] - got[c]);
    return RQ_OK;
}

static rq_status set_shifts(sequence *s, const means *got, const size_t *weights, size_t n)
{
    for (size_t i = 0; i < n; i++)
        RQ_TRY(set_shift(&s->plan->weights[weights[i]], s->want[weights[i]], means_at(got, i),
                         channels_of(s, weights[i]), s->plan->arena));
    return RQ_OK;
}

static rq_status correct_level(sequence *s, size_t level, size_t *weights)
{
    means got;
    rq_graph *quantized;
    size_t n = list_level(weights, s, level);
    if (n == 0) return RQ_OK;
    RQ_TRY(rq_build_int8(&quantized, s->workload->graph, s->plan));
    rq_status status = open_means(&got, s, quantized, weights, n);
    if (status == RQ_OK) status = set_shifts(s, &got, weights, n);
    close_means(&got);
    rq_graph_destroy(&quantized);
    return status;
}

static rq_status correct(sequence *s)
{
    size_t *weights = rq_arena_alloc(s->arena, s->plan->n_weights, sizeof *weights);
    rq_status status = weights ? measure_fp32(s) : RQ_ENOMEM;
    for (size_t level = 0; status == RQ_OK && level < s->n_levels; level++)
        status = correct_level(s, level, weights);
    return status;
}

/* -- validation ---------------------------------------------------------------------------------
 */

static rq_status measure(double *decibel, rq_output_error *error, const sequence *s)
{
    rq_graph *quantized;
    RQ_TRY(rq_build_int8(&quantized, s->workload->graph, s->plan));
    rq_status status = rq_output_error_measure(decibel, error, quantized);
    rq_graph_destroy(&quantized);
    return status;
}

static void keep_the_better(sequence *s, double before_db, double after_db)
{
    bool better = after_db >= before_db + MIN_GAIN_DB;
    rq_log("sequential bias correction: output SQNR %.1f dB vs %.1f dB without: %s", after_db,
           before_db, better ? "applied" : "discarded");
    for (size_t i = 0; !better && i < s->plan->n_weights; i++)
        s->plan->weights[i].bias_shift = s->before[i];
}

static rq_status run(sequence *s)
{
    const rq_workload *w = s->workload;
    const rq_output_error_options kept = {.title = "biases",
                                          .n_images = w->images.dataset->n,
                                          .seed = w->seed + 1}; /* images that means know not */
    rq_output_error *error;
    double before_db = 0, after_db = 0;
    RQ_TRY(open_layers(s));
    RQ_TRY(rq_output_error_open(&error, w, &kept));
    rq_status status = measure(&before_db, error, s);
    if (status == RQ_OK) status = correct(s);
    if (status == RQ_OK) status = measure(&after_db, error, s);
    if (status == RQ_OK) keep_the_better(s, before_db, after_db);
    rq_output_error_close(&error);
    return status;
}

rq_status rq_bias_sequential_run(rq_quant_plan *plan, const rq_workload *workload)
{
    rq_images images;
    size_t n = workload->subset && workload->subset < IMAGES ? workload->subset : IMAGES;
    RQ_TRY(rq_workload_draw(&images, workload, n, workload->seed));
    const rq_workload some = rq_workload_over(workload, &images);
    sequence s = {.workload = &some, .plan = plan};
    rq_status status = allocate(&s);
    if (status == RQ_OK) status = run(&s);
    rq_images_close(&images);
    rq_arena_destroy(&s.arena);
    return status;
}
