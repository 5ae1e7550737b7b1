#include "quant/ranges/noise_gains.h"

#include "engine/ops/weight_axes.h"

typedef struct sums {
    size_t n;
    double *rounding, *clipping; /* over the consumers */
    double *own_rounding, *own_clipping;
} sums;

/* Square sums over outputs and taps of the weights that meet each input channel. */
static void measure(sums *s, const float *weights, const rq_weight_layout *l)
{
    for (size_t c = 0; c < s->n; c++) s->own_rounding[c] = s->own_clipping[c] = 0.0;
    for (size_t o = 0; o < rq_weight_channels(l); o++)
        for (size_t i = 0; i < l->inputs; i++) {
            const float *w = weights + rq_weight_offset(l, o) + i * l->input_stride;
            double square = 0.0, sum = 0.0;
            for (size_t t = 0; t < l->taps; t++) {
                double x = w[t * l->tap_stride];
                square += x * x;
                sum += x;
            }
            size_t c = o / l->outputs * l->inputs + i;
            s->own_rounding[c] += square;
            /* Taps that cancel do so only where all of them see the same. */
            s->own_clipping[c] += sum * sum > square ? sum * sum : square;
        }
}

static void add_consumer(sums *s, const rq_stats_value *stats)
{
    double signal = 0.0;
    for (size_t c = 0; c < s->n; c++) signal += s->own_rounding[c] * stats->channel_mean_square[c];
    if (!(signal > 0.0)) return;
    for (size_t c = 0; c < s->n; c++) {
        s->rounding[c] += s->own_rounding[c] * (double)s->n / signal;
        s->clipping[c] += s->own_clipping[c] * (double)s->n / signal;
    }
}

/* The weights of a consumer, when they are per channel of the value. */
static const float *weights_of(rq_weight_layout *layout, const rq_bound *bound, const rq_use *use,
                               const rq_stats_value *stats)
{
    const rq_node *node = bound->graph->nodes[use->node];
    if (bound->nodes[node->id].op->role != RQ_ROLE_WEIGHTED || use->port > 1) return NULL;
    rq_id value = node->in[1 - use->port];
    if (value == RQ_NONE || !bound->values[value].data || bound->values[value].dtype != RQ_DT_F32)
        return NULL;
    rq_weight_point point = rq_placement_weights_at(bound, node, 1 - use->port);
    if (rq_weight_layout_find(layout, bound, &point) != RQ_OK ||
        stats->axis != rq_weight_summed_axis(bound, node, use->port) ||
        layout->groups * layout->inputs != stats->n_channels ||
        (layout->taps > 1 &&
         rq_op_is_matrix_product(bound->nodes[node->id].op))) /* taps of other inputs */
        return NULL;
    return bound->values[value].data;
}

static void add_plain(sums *s, const rq_stats_value *stats)
{
    double signal = rq_histogram_mean_square(stats->histogram);
    if (!(signal > 0.0)) return;
    for (size_t c = 0; c < s->n; c++) {
        s->rounding[c] += 1.0 / signal;
        s->clipping[c] += 1.0 / signal;
    }
}

rq_status rq_noise_gains_find(rq_gain *out, const rq_bound *bound, const rq_point *point,
                              const rq_stats_value *stats, rq_arena *arena)
{
    size_t n = stats->n_channels;
    sums s = {.n = n};
    s.rounding = rq_arena_alloc(arena, 4 * n, sizeof *s.rounding);
    if (!s.rounding) return RQ_ENOMEM;
    s.clipping = s.rounding + n;
    s.own_rounding = s.clipping + n;
    s.own_clipping = s.own_rounding + n;
    for (size_t u = 0; u < point->n_uses; u++) {
        rq_weight_layout layout;
        const float *weights = weights_of(&layout, bound, &point->uses[u], stats);
        if (weights) {
            measure(&s, weights, &layout);
            add_consumer(&s, stats);
        } else {
            add_plain(&s, stats);
        }
    }
    for (size_t c = 0; c < 2 * n; c++) s.rounding[c] /= (double)point->n_uses;
    *out = (rq_gain){n, s.rounding, s.clipping};
    return RQ_OK;
}
