#include "engine/workbench/search/bias_sequential.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/calibrate/channel_survey.h"
#include "engine/workbench/search/output_error.h"
#include "engine/workbench/search/build_quantized.h"
#include "quant/apply.h"

#include <string.h>

#define IMAGES 24
#define LEAST_GAIN_DB 0.1 /* less is noise */

typedef struct sequence {
    const rq_workload *workload; /* over the images that were drawn */
    rq_plan *plan;
    size_t
        *level; /* by weight: layers before it on the longest way from an input; SIZE_MAX: left */
    size_t n_levels;
    rq_surveyed *outputs; /* by weight */
    rq_channel_survey *want;
    float **before; /* by weight: the shift that it had */
    rq_arena *arena;
} sequence;

/* -- levels ---------------------------------------------------------------------------------- */

static size_t find_weight(const rq_plan *plan, rq_id node)
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

/* Layers whose biases were left alone stay so: their weights have several readers' worth, or the
 * plan says so. */
static rq_status open_layers(sequence *s)
{
    const rq_graph *graph = s->workload->graph;
    for (size_t i = 0; i < s->plan->n_weights; i++) {
        const rq_plan_weight *w = &s->plan->weights[i];
        rq_id out = graph->nodes[w->point.node]->out[0];
        const rq_shape *shape = &s->workload->bound->values[out].shape;
        int axis = rq_plan_bias_axis(graph, w);
        size_t channels = rq_weight_channels(&w->layout);
        bool fits = w->bias_shift && rq_shape_is_static(shape) && axis >= 0 && axis < shape->rank &&
                    (size_t)shape->d[axis] == channels;
        s->level[i] = fits ? 0 : SIZE_MAX;
        s->outputs[i] = (rq_surveyed){out, axis, channels};
        s->before[i] = w->bias_shift;
    }
    return find_levels(s);
}

static rq_status allocate(sequence *s)
{
    size_t n = s->plan->n_weights;
    RQ_TRY(rq_arena_create(&s->arena));
    s->level = rq_arena_alloc(s->arena, n, sizeof *s->level);
    s->outputs = rq_arena_alloc(s->arena, n, sizeof *s->outputs);
    s->want = rq_arena_alloc(s->arena, n, sizeof *s->want);
    s->before = rq_arena_alloc(s->arena, n, sizeof *s->before);
    return s->level && s->outputs && s->want && s->before ? RQ_OK : RQ_ENOMEM;
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

static rq_status survey(rq_channel_survey *out, const sequence *s, rq_graph *graph,
                        const size_t *weights, size_t n, rq_arena *arena)
{
    rq_surveyed *values = rq_arena_alloc(arena, n, sizeof *values);
    if (!values) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) values[i] = s->outputs[weights[i]];
    const rq_survey_options options = {.title = "biases", .values = values, .n_values = n};
    rq_workload w = *s->workload;
    w.graph = graph;
    return rq_channel_survey_run(out, &w, &options, arena);
}

static rq_status survey_fp32(sequence *s)
{
    size_t *weights = rq_arena_alloc(s->arena, s->plan->n_weights, sizeof *weights);
    rq_channel_survey *surveys = rq_arena_alloc(s->arena, s->plan->n_weights, sizeof *surveys);
    if (!weights || !surveys) return RQ_ENOMEM;
    size_t n = list_level(weights, s, SIZE_MAX);
    RQ_TRY(survey(surveys, s, s->workload->graph, weights, n, s->arena));
    for (size_t i = 0; i < n; i++) s->want[weights[i]] = surveys[i];
    return RQ_OK;
}

/* The layer's own output does not have its bias yet: the difference is all of the shift. */
static rq_status set_shift(rq_plan_weight *w, const rq_channel_survey *want,
                           const rq_channel_survey *got, size_t n, rq_arena *arena)
{
    w->bias_shift = rq_arena_alloc(arena, n, sizeof *w->bias_shift);
    if (!w->bias_shift) return RQ_ENOMEM;
    for (size_t c = 0; c < n; c++) w->bias_shift[c] = (float)(want->mean[c] - got->mean[c]);
    return RQ_OK;
}

static rq_status correct_level(sequence *s, size_t level, rq_arena *arena)
{
    rq_graph *quantized;
    size_t *weights = rq_arena_alloc(arena, s->plan->n_weights, sizeof *weights);
    rq_channel_survey *got = rq_arena_alloc(arena, s->plan->n_weights, sizeof *got);
    if (!weights || !got) return RQ_ENOMEM;
    size_t n = list_level(weights, s, level);
    if (n == 0) return RQ_OK;
    RQ_TRY(rq_build_int8(&quantized, s->workload->graph, s->plan));
    rq_status status = survey(got, s, quantized, weights, n, arena);
    for (size_t i = 0; status == RQ_OK && i < n; i++)
        status = set_shift(&s->plan->weights[weights[i]], &s->want[weights[i]], &got[i],
                           s->outputs[weights[i]].n, s->plan->arena);
    rq_graph_destroy(&quantized);
    return status;
}

static rq_status correct(sequence *s)
{
    rq_status status = survey_fp32(s);
    for (size_t level = 0; status == RQ_OK && level < s->n_levels; level++) {
        rq_arena *arena;
        RQ_TRY(rq_arena_create(&arena));
        status = correct_level(s, level, arena);
        rq_arena_destroy(&arena);
    }
    return status;
}

/* -- judging --------------------------------------------------------------------------------- */

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
    bool better = after_db >= before_db + LEAST_GAIN_DB;
    rq_log("sequential bias correction: %.1f dB instead of %.1f, %s", after_db, before_db,
           better ? "kept" : "not kept");
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

rq_status rq_bias_sequential_run(rq_plan *plan, const rq_workload *workload)
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
