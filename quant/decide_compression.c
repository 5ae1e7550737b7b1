/* What is compressed, and to how many bits: everything in 8 but the weights of MatMuls, which are
 * in 4 where that is asked for and OpenVINO computes with them. */
#include "quant/decide_compression.h"

#include "engine/base/mem.h"
#include "engine/base/numbers.h"
#include "engine/ops/operators.h"
#include "engine/ops/weight_axes.h"
#include "quant/compress/compress_layout.h"
#include "quant/compress/compress_ratio.h"
#include "quant/decide_compression_sites.h"
#include "quant/decide.h"

#include <math.h>
#include <stdlib.h>

typedef struct decider {
    rq_quant_plan *plan;
    const rq_bound *bound;
    const rq_stats *stats;
    const rq_plan_inputs *inputs;
    const rq_plan_compressed *last; /* the weights of the last MatMul; NULL: others share them */
} decider;

static const rq_bound_node *bound_node(const decider *d, const rq_compressed_use *use)
{
    return &d->bound->nodes[use->point.node];
}

static bool is_matmul(const decider *d, const rq_compressed_use *use)
{
    return rq_op_is_matrix_product(bound_node(d, use)->op);
}

static int weights_rank(const decider *d, const rq_plan_compressed *c)
{
    return d->bound->values[c->uses[0].point.value].shape.rank;
}

/* -- bits ----------------------------------------------------------------------------------- */

/* Why OpenVINO's CPU plugin expands the weights when it loads the model, so that only the file gets
 * smaller; NULL where it computes with them. Of OpenVINO 2026.4. */
static const char *find_no_gain(const decider *d, const rq_plan_compressed *c)
{
    const rq_compressed_use *use = &c->uses[0];
    if (c->is_table)
        return d->plan->n_activations ? "INT8 tables beside FakeQuantize become FP32" : NULL;
    if (!is_matmul(d, use)) return "a convolution's weights become FP32";
    if (use->point.port == 0) return "weights as a MatMul's first operand become FP32";
    if (weights_rank(d, c) == 1) return "weights of one dimension become FP32";
    if (c->layout.groups > 1) return "a batch of weights becomes FP32";
    if (c->layout.outputs == 1) return "weights of one output channel become FP32";
    return NULL;
}

/* Inputs that share a scale, as wanted: by a plan to follow, or for all. */
static size_t wanted_group(const decider *d, const rq_plan_compressed *c)
{
    const rq_weight_point *point = &c->uses[0].point;
    const rq_plan_file_weight *given =
        d->inputs->given
            ? rq_plan_file_weight_of(d->inputs->given, d->bound->graph->nodes[point->node]->name,
                                     point->port)
            : NULL;
    return given && given->group_size ? given->group_size : d->plan->options.group_size;
}

/* Why 8 bits are taken where 4 were asked for; NULL where 4 will do. c->no_gain is known. */
static const char *refuse_four_bits(const decider *d, const rq_plan_compressed *c)
{
    if (c->is_table) return "8 bits: a table of embeddings";
    if (!is_matmul(d, &c->uses[0])) return "8 bits: a convolution";
    if (c->no_gain || weights_rank(d, c) != 2)
        return "8 bits: OpenVINO does not compute with 4-bit weights of this shape";
    if (c == d->last && !d->inputs->given) return "8 bits: the last MatMul";
    if (!rq_compress_group_size(c->layout.inputs, wanted_group(d, c)))
        return "8 bits: no group of 4 inputs or more divides them evenly";
    return NULL;
}

/* Weights that other layers have too are not those of the last one only. */
static void find_last(decider *d)
{
    const rq_plan_compressed *last = NULL;
    rq_id most = 0; /* place in the order + 1 */
    for (size_t i = 0; i < d->plan->n_compressed; i++) {
        const rq_plan_compressed *c = &d->plan->compressed[i];
        const rq_compressed_use *use = &c->uses[c->n_uses - 1];
        rq_id place = 1;
        if (!is_matmul(d, use)) continue;
        while (d->bound->order[place - 1] != use->point.node) place++;
        if (place > most) last = c;
        if (place > most) most = place;
    }
    d->last = last && last->n_uses == 1 ? last : NULL;
}

static void choose_bits(const decider *d, rq_plan_compressed *c)
{
    c->no_gain = find_no_gain(d, c);
    const char *why = refuse_four_bits(d, c);
    if (c->precision == RQ_PRECISION_INT8_WEIGHTS && !c->is_table) {
        c->reason = "8 bits";
    } else if (why) {
        c->precision = RQ_PRECISION_INT8_WEIGHTS;
        c->reason = why;
    } else {
        c->reason = "4 bits";
    }
}

/* -- codes ---------------------------------------------------------------------------------- */

/* Zero points beside FakeQuantize keep a MatMul from being fused. */
static bool is_asymmetric(const decider *d, const rq_plan_compressed *c)
{
    if (d->plan->options.preset == RQ_PRESET_PERFORMANCE) return false;
    return c->is_table || d->plan->n_activations == 0;
}

/* All inputs, in 8 bits. But a table beside FakeQuantize is expanded anyway: there groups cost disk
 * space only, and its error counts beside that of all activations. */
static size_t group_of_eight_bits(const decider *d, const rq_plan_compressed *c, size_t inputs)
{
    size_t size =
        c->is_table && d->plan->n_activations ? rq_compress_group_size(inputs, RQ_GROUP_SIZE) : 0;
    return size ? size : inputs;
}

static rq_compress_scheme scheme_of(const decider *d, const rq_plan_compressed *c,
                                    rq_precision precision)
{
    bool four = precision == RQ_PRECISION_INT4_WEIGHTS;
    size_t inputs = c->layout.inputs * c->layout.taps;
    return (rq_compress_scheme){.bits = four ? 4 : 8,
                                .asymmetric = is_asymmetric(d, c),
                                .group_size =
                                    four ? rq_compress_group_size(inputs, wanted_group(d, c))
                                         : group_of_eight_bits(d, c, inputs)};
}

/* E[x^2] per input channel, summed over the uses that have statistics; NULL: none has. */
static rq_status sum_mean_squares(double **out, const decider *d, const rq_plan_compressed *c,
                                  rq_arena *scratch)
{
    size_t n = c->layout.groups * c->layout.inputs;
    *out = NULL;
    for (size_t u = 0; u < c->n_uses && !c->is_table; u++) {
        const rq_stats_value *stats =
            rq_decide_input_stats(d->bound, d->stats, &c->uses[u].point, &c->layout);
        if (!stats) continue;
        if (!*out && !(*out = rq_arena_alloc(scratch, n, sizeof **out))) return RQ_ENOMEM;
        for (size_t i = 0; i < n; i++) (*out)[i] += stats->channel_mean_square[i];
    }
    return RQ_OK;
}

static rq_status compress_as(rq_compressed *out, const decider *d, const rq_plan_compressed *c,
                             rq_precision precision)
{
    rq_arena *scratch;
    double *mean_square;
    RQ_TRY(rq_arena_create(&scratch));
    rq_status status = sum_mean_squares(&mean_square, d, c, scratch);
    const rq_compress_options options = {.scheme = scheme_of(d, c, precision),
                                         .search = true,
                                         .mean_square = mean_square,
                                         .bare = !d->stats, /* nothing fits them to inputs */
                                         .threads = d->inputs->threads};
    if (status == RQ_OK)
        status = rq_compress(out, d->plan->arena, c->weights, &c->layout, &options);
    rq_arena_destroy(&scratch);
    return status;
}

static bool has_ratio(const decider *d)
{
    return d->plan->options.ratio < 1.0 && !d->inputs->given;
}

/* Both ways, of the weights that are candidates for 4 bits; what is not taken is dropped. */
static rq_status choose_by_ratio(const decider *d)
{
    rq_quant_plan *plan = d->plan;
    rq_compress_choice *choices;
    size_t n = 0;
    RQ_TRY(rq_calloc(&choices, plan->n_compressed, sizeof *choices, "weights to choose from"));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < plan->n_compressed; i++) {
        rq_plan_compressed *c = &plan->compressed[i];
        if (c->precision != RQ_PRECISION_INT4_WEIGHTS) continue;
        rq_compress_choice *choice = &choices[n++];
        choice->index = i;
        status = compress_as(&choice->four, d, c, RQ_PRECISION_INT4_WEIGHTS);
        if (status == RQ_OK) status = compress_as(&choice->eight, d, c, RQ_PRECISION_INT8_WEIGHTS);
    }
    if (status == RQ_OK) rq_compress_choose(choices, n, plan->options.ratio);
    for (size_t i = 0; status == RQ_OK && i < n; i++) {
        rq_plan_compressed *c = &plan->compressed[choices[i].index];
        c->codes = choices[i].take_four ? choices[i].four : choices[i].eight;
        if (!choices[i].take_four) c->precision = RQ_PRECISION_INT8_WEIGHTS;
        c->reason = choices[i].take_four ? "4 bits: little error for the bytes saved (--ratio)"
                                         : "8 bits: much error for the bytes saved (--ratio)";
    }
    free(choices);
    return status;
}

rq_status rq_decide_compression(rq_quant_plan *plan, const rq_bound *bound, const rq_stats *stats,
                                const rq_plan_inputs *inputs)
{
    decider d = {.plan = plan, .bound = bound, .stats = stats, .inputs = inputs};
    RQ_TRY(rq_compress_sites_find(plan, bound, inputs->given));
    find_last(&d);
    for (size_t i = 0; i < plan->n_compressed; i++) choose_bits(&d, &plan->compressed[i]);
    if (has_ratio(&d)) RQ_TRY(choose_by_ratio(&d));
    for (size_t i = 0; i < plan->n_compressed; i++) {
        rq_plan_compressed *c = &plan->compressed[i];
        if (!c->codes.scales) RQ_TRY(compress_as(&c->codes, &d, c, c->precision));
    }
    return RQ_OK;
}
