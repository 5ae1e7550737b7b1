/* Codes of every weighted layer, the answer to int16 saturation, and the shift of its bias. */
#include "engine/ops/operators.h"
#include "engine/ops/weight_axes.h"
#include "quant/bias.h"
#include "quant/coverage.h"
#include "quant/decide.h"
#include "quant/plan_digests.h"
#include "quant/saturation.h"

#include <stdlib.h>

typedef struct decider {
    rq_quant_plan *plan;
    const rq_bound *bound;
    const rq_stats *stats;
    const rq_plan_inputs *inputs;
    bool *is_first; /* by node id: the first quantized Convolution after an input */
} decider;

/* Marks the first quantized Convolution on every path from a Parameter (NNCF's FIRST_LAYER). */
static rq_status mark_first_layers(decider *d)
{
    const rq_graph *graph = d->bound->graph;
    const rq_placement *placement = d->plan->placement;
    bool *reached; /* by value id: a Parameter reaches it without such a layer between */
    RQ_TRY(rq_calloc(&reached, graph->n_values, sizeof *reached, "first layers"));
    for (size_t w = 0; w < d->plan->n_weights; w++) {
        rq_id node = placement->weights[w].node;
        d->is_first[node] = d->bound->nodes[node].op == &rq_op_Convolution;
    }
    for (size_t i = 0; i < d->bound->n_order; i++) {
        const rq_node *node = graph->nodes[d->bound->order[i]];
        bool here = d->bound->nodes[node->id].op == &rq_op_Parameter;
        for (uint32_t p = 0; p < node->n_in; p++)
            here |= node->in[p] != RQ_NONE && reached[node->in[p]];
        d->is_first[node->id] &= here;
        for (uint32_t o = 0; o < node->n_out && !d->is_first[node->id]; o++)
            reached[node->out[o]] = here;
    }
    free(reached);
    return RQ_OK;
}

const rq_stats_value *rq_decide_input_stats(const rq_bound *bound, const rq_stats *stats,
                                            const rq_weight_point *point,
                                            const rq_weight_layout *layout)
{
    const rq_node *node = bound->graph->nodes[point->node];
    uint32_t port = 1 - point->port;
    const rq_stats_value *found;
    if (rq_find_stats(&found, stats, bound->graph, node->in[port]) != RQ_OK) return NULL;
    return found->axis == rq_weight_summed_axis(bound, node, port) &&
                   found->n_channels == layout->groups * layout->inputs
               ? found
               : NULL;
}

static const rq_stats_value *input_stats(const decider *d, const rq_plan_weight *w)
{
    return rq_decide_input_stats(d->bound, d->stats, &w->point, &w->layout);
}

static void choose_overflow(const decider *d, const rq_plan_weight *w, rq_weight_options *options,
                            const char **why)
{
    const rq_plan_options *o = &d->plan->options;
    if (o->overflow == RQ_OVERFLOW_OFF) {
        *why = "off: --overflow-fix off";
    } else if (!o->may_saturate) {
        *why = "not needed: the target's VNNI accumulates in int32";
    } else if (w->layout.depthwise) {
        *why = "not needed: depthwise products are not added in int16";
    } else if (o->overflow == RQ_OVERFLOW_ALL ||
               (o->overflow == RQ_OVERFLOW_FIRST && d->is_first[w->point.node])) {
        options->half_range = true;
        *why = "half range: quantized weights within +-63";
    } else if (o->overflow == RQ_OVERFLOW_FIRST) {
        *why = "none: only the first layer has half range";
    } else {
        options->repair_pairs = true;
        *why = "pairs adjusted so that int16 sums cannot saturate";
    }
}

/* What a plan file says of these weights; NULL when none is followed, or it leaves them open. */
static const rq_plan_file_weight *given_for(const decider *d, const rq_plan_weight *w)
{
    const rq_plan_file *file = d->inputs->given;
    return file ? rq_plan_file_weight_of(file, d->bound->graph->nodes[w->point.node]->name,
                                         w->point.port)
                : NULL;
}

static bool wants_bias(const decider *d, const rq_plan_weight *w)
{
    const rq_plan_file_weight *given = given_for(d, w);
    return given ? given->bias_corrected : d->plan->options.bias_correction;
}

static rq_status correct_bias(const decider *d, rq_plan_weight *w, const float *weights,
                              const rq_stats_value *stats)
{
    if (!stats) return RQ_OK;
    if (rq_op_is_matrix_product(d->bound->nodes[w->point.node].op) && w->layout.taps > 1)
        return RQ_OK; /* a batch of products, each with its own shift */
    size_t channels = rq_weight_channels(&w->layout);
    double *coverage;
    RQ_TRY(rq_calloc(&coverage, w->layout.taps, sizeof *coverage, "kernel coverage"));
    rq_status status = rq_coverage(coverage, d->bound, &w->point, &w->layout);
    w->bias_shift = rq_arena_alloc(d->plan->arena, channels, sizeof *w->bias_shift);
    if (status == RQ_OK && !w->bias_shift) status = RQ_ENOMEM;
    if (status == RQ_OK)
        rq_bias_shift(w->bias_shift, weights, &w->codes, &w->layout, coverage, stats->channel_mean);
    free(coverage);
    return status;
}

/* With the scales that an earlier plan found, where there are any: they are most of the work. */
static rq_status quantize(const decider *d, rq_plan_weight *w, const float *weights,
                          rq_weight_options *options)
{
    rq_memo *memo = options->given_scales ? NULL : d->inputs->memo;
    size_t bytes = rq_weight_channels(&w->layout) * sizeof(float);
    char digest[RQ_DIGEST_TEXT];
    if (memo) {
        float *scales = rq_arena_alloc(d->plan->arena, bytes, 1);
        if (!scales) return RQ_ENOMEM;
        RQ_TRY(rq_scales_digest(digest, weights, &w->layout, options));
        if (rq_memo_find(scales, bytes, memo, digest)) options->given_scales = scales;
    }
    RQ_TRY(rq_weights_quantize(&w->codes, d->plan->arena, weights, &w->layout, options));
    return memo ? rq_memo_keep(memo, digest, w->codes.scales, bytes) : RQ_OK;
}

static rq_status decide_layer(const decider *d, rq_plan_weight *w)
{
    const rq_node *node = d->bound->graph->nodes[w->point.node];
    const float *weights = d->bound->values[w->point.value].data;
    RQ_TRY(rq_weight_layout_find(&w->layout, d->bound, &w->point));
    const rq_stats_value *stats = input_stats(d, w);
    const rq_plan_file_weight *given = given_for(d, w);
    rq_weight_options options = {.search_scale = true,
                                 .mean_square = stats ? stats->channel_mean_square : NULL,
                                 .threads = d->inputs->threads,
                                 .given_scales = given ? given->scales : NULL};
    choose_overflow(d, w, &options, &w->overflow);
    w->code_limit = rq_weights_code_limit(&options);
    w->repair_pairs = options.repair_pairs;
    rq_status status = quantize(d, w, weights, &options);
    if (status != RQ_OK) return rq_fail_prefix(status, "layer '%s'", node->name);
    return wants_bias(d, w) ? correct_bias(d, w, weights, stats) : RQ_OK;
}

/* An earlier layer with the same weight value: one set of codes serves both. */
static size_t find_shared(const rq_quant_plan *plan, const uint32_t *first, size_t i)
{
    return first[plan->placement->weights[i].value] ? first[plan->placement->weights[i].value] - 1
                                                    : i;
}

static int output_rank(const decider *d, const rq_plan_weight *w)
{
    const rq_graph *graph = d->bound->graph;
    return d->bound->values[graph->nodes[w->point.node]->out[0]].shape.rank;
}

static rq_status decide_layers(decider *d)
{
    rq_quant_plan *plan = d->plan;
    uint32_t *first; /* by value id: index of the first layer with these weights + 1 */
    RQ_TRY(rq_calloc(&first, d->bound->graph->n_values, sizeof *first, "shared weights"));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < plan->n_weights; i++) {
        rq_plan_weight *w = &plan->weights[i];
        size_t shared = find_shared(plan, first, i);
        w->point = plan->placement->weights[i];
        w->shared_with = shared;
        w->out_rank = output_rank(d, w);
        if (d->bound->values[w->point.value].dtype != RQ_DT_F32)
            status = rq_fail(RQ_EUNSUPPORTED, "layer '%s' computes in %s, expected f32",
                             d->bound->graph->nodes[w->point.node]->name,
                             rq_dtype_name(d->bound->values[w->point.value].dtype));
        else if (shared == i)
            status = decide_layer(d, w);
        else {
            rq_plan_weight own = *w;
            *w = plan->weights[shared];
            w->point = own.point;
            w->out_rank = own.out_rank;
            w->shared_with = shared;
            w->bias_shift = NULL;
        }
        if (!first[w->point.value]) first[w->point.value] = (uint32_t)i + 1;
    }
    free(first);
    return status;
}

rq_status rq_decide_weights(rq_quant_plan *plan, const rq_bound *bound, const rq_stats *stats,
                            const rq_plan_inputs *inputs)
{
    decider d = {.plan = plan, .bound = bound, .stats = stats, .inputs = inputs};
    RQ_TRY(rq_calloc(&d.is_first, bound->graph->n_nodes, sizeof *d.is_first, "first layers"));
    rq_status status = mark_first_layers(&d);
    if (status == RQ_OK) status = decide_layers(&d);
    free(d.is_first);
    return status;
}

rq_status rq_decide_bias(rq_quant_plan *plan, const rq_bound *bound, const rq_stats *stats,
                         rq_plan_weight *w)
{
    decider d = {.plan = plan, .bound = bound, .stats = stats};
    if (!w->bias_shift) return RQ_OK;
    return correct_bias(&d, w, bound->values[w->point.value].data, input_stats(&d, w));
}
