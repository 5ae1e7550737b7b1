/* Biases that take back what 4-bit codes add to the mean of a layer's output. */
#include "engine/ops/weight_axes.h"
#include "quant/decide.h"
#include "quant/decide_compression.h"

rq_layer_bias rq_compressed_layer_bias(const rq_plan_compressed *c, size_t use)
{
    const rq_compressed_use *u = &c->uses[use];
    return (rq_layer_bias){u->point.node, u->point.port, u->out_rank,
                           rq_weight_channels(&c->layout)};
}

/* sum over inputs of (w - v) E[x] */
static void find_shift(float *shift, const rq_plan_compressed *c, const float *weights,
                       const double *mean)
{
    const rq_compressed *q = &c->codes;
    size_t g = q->scheme.group_size;
    for (size_t o = 0; o < q->channels; o++) {
        size_t first = rq_weight_offset(&c->layout, o);
        double sum = 0.0;
        for (size_t k = 0; k < g * q->groups; k++) {
            size_t at = first + rq_weight_within(&c->layout, k), scale = o * q->groups + k / g;
            double v = (double)(q->codes[at] - q->zero_points[scale]) * q->scales[scale];
            sum += (weights[at] - v) * mean[k];
        }
        shift[o] = (float)sum;
    }
}

static rq_status decide_one(rq_quant_plan *plan, const rq_bound *bound, const rq_stats *stats,
                            const rq_uses *uses, rq_plan_compressed *c)
{
    for (size_t u = 0; u < c->n_uses; u++) {
        rq_compressed_use *use = &c->uses[u];
        const rq_stats_value *input = rq_decide_input_stats(bound, stats, &use->point, &c->layout);
        const rq_layer_bias layer = rq_compressed_layer_bias(c, u);
        if (!input || !rq_layer_bias_exists(bound->graph, uses, &layer)) continue;
        use->bias_shift = rq_arena_alloc(plan->arena, c->codes.channels, sizeof *use->bias_shift);
        if (!use->bias_shift) return RQ_ENOMEM;
    }
    rq_decide_compressed_bias(c, bound, stats);
    return RQ_OK;
}

rq_status rq_decide_compressed_biases(rq_quant_plan *plan, const rq_bound *bound,
                                      const rq_stats *stats)
{
    rq_uses uses;
    if (!plan->options.bias_correction || !stats) return RQ_OK;
    RQ_TRY(rq_uses_create(&uses, bound->graph));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < plan->n_compressed; i++)
        if (plan->compressed[i].precision == RQ_PRECISION_INT4_WEIGHTS)
            status = decide_one(plan, bound, stats, &uses, &plan->compressed[i]);
    rq_uses_free(&uses);
    return status;
}

void rq_decide_compressed_bias(rq_plan_compressed *c, const rq_bound *bound, const rq_stats *stats)
{
    const float *weights = bound->values[c->uses[0].point.value].data;
    for (size_t u = 0; u < c->n_uses; u++) {
        const rq_compressed_use *use = &c->uses[u];
        if (!use->bias_shift) continue;
        const rq_stats_value *input = rq_decide_input_stats(bound, stats, &use->point, &c->layout);
        if (input) find_shift(use->bias_shift, c, weights, input->channel_mean);
    }
}
