/* The per-layer table: what each weighted layer computes in, its error, its ranges, and why. */
#include "engine/base/numbers.h"
#include "engine/ops/work.h"
#include "engine/workbench/report/report_build.h"
#include "reports/fields.h"

#include <math.h>

typedef struct lookup {
    const rq_plan_weight **weight;         /* by node id */
    const rq_plan_compressed **compressed; /* by node id */
    const rq_plan_activation **activation; /* by node id: what its input 0 (or 1) reads */
} lookup;

/* Operators that only move values hand their input's range to their consumers. */
static void pass_on(lookup *l, const rq_report_facts *facts)
{
    for (size_t i = 0; i < facts->bound->n_order; i++) {
        const rq_node *node = facts->before->nodes[facts->bound->order[i]];
        for (uint32_t p = 0; p < node->n_in && p < 2 && !l->activation[node->id]; p++) {
            if (node->in[p] == RQ_NONE) continue;
            const rq_node *producer = rq_value_producer(facts->before, node->in[p]);
            rq_role role = facts->bound->nodes[producer->id].op->role;
            if (role == RQ_ROLE_PASS || role == RQ_ROLE_CONCAT)
                l->activation[node->id] = l->activation[producer->id];
        }
    }
}

static rq_status make_lookup(lookup *l, const rq_report_facts *facts, rq_arena *arena)
{
    size_t n = facts->before->n_nodes;
    l->weight = rq_arena_alloc(arena, n, sizeof *l->weight);
    l->activation = rq_arena_alloc(arena, n, sizeof *l->activation);
    l->compressed = rq_arena_alloc(arena, n, sizeof *l->compressed);
    if (!l->weight || !l->activation || !l->compressed) return RQ_ENOMEM;
    for (size_t i = 0; facts->plan && i < facts->plan->n_compressed; i++) {
        const rq_plan_compressed *c = &facts->plan->compressed[i];
        for (size_t u = 0; u < c->n_uses; u++) l->compressed[c->uses[u].point.node] = c;
    }
    for (size_t i = 0; facts->plan && i < facts->plan->n_weights; i++)
        l->weight[facts->plan->weights[i].point.node] = &facts->plan->weights[i];
    for (size_t i = 0; facts->plan && i < facts->plan->n_activations; i++) {
        const rq_plan_activation *a = &facts->plan->activations[i];
        for (size_t u = 0; u < a->point.n_uses; u++) l->activation[a->point.uses[u].node] = a;
    }
    pass_on(l, facts);
    return RQ_OK;
}

static void fill_range(rq_report_layer *row, const rq_report_facts *facts,
                       const rq_plan_activation *a)
{
    char buffer[512];
    float low = a->low[0], high = a->high[0];
    for (size_t c = 1; c < a->n; c++) {
        low = fminf(low, a->low[c]);
        high = fmaxf(high, a->high[c]);
    }
    row->low = low;
    row->high = high;
    row->estimator = a->estimator;
    const rq_stats_value *stats = rq_stats_find(
        facts->stats, rq_value_name(facts->before, a->point.value, buffer, sizeof buffer));
    if (stats) row->clipped_share = rq_report_clipped_share(stats, low, high);
}

static void fill_weights(rq_report_layer *row, const rq_report_facts *facts, const rq_node *node)
{
    const rq_bound *bound = facts->bound;
    for (uint32_t port = 0; port < node->n_in && port < 2; port++) {
        const rq_tensor *t = &bound->values[node->in[port]];
        if (!t->data || t->dtype != RQ_DT_F32) continue;
        const float *w = t->data;
        size_t n = rq_tensor_count(t);
        row->params = (double)n;
        row->weight_min = row->weight_max = n ? w[0] : NAN;
        for (size_t i = 1; i < n; i++) {
            row->weight_min = fmin(row->weight_min, w[i]);
            row->weight_max = fmax(row->weight_max, w[i]);
        }
        row->macs = rq_work_flops_of(bound, node->id) / 2;
    }
}

static const char *compressed_reason(const rq_plan_compressed *c, rq_arena *arena)
{
    return c->no_gain ? rq_arena_printf(arena, "%s; %s", c->reason, c->no_gain) : c->reason;
}

static rq_status fill_reason(rq_report_layer *row, const rq_report_facts *facts, const lookup *l,
                             const rq_node *node, rq_arena *arena)
{
    const rq_plan_weight *w = l->weight[node->id];
    if (!facts->plan) {
        row->reason = "constants are stored as FP16";
    } else if (w && w->codes.n_repaired) {
        row->reason = rq_arena_printf(arena, "%s: %zu adjusted", w->overflow, w->codes.n_repaired);
    } else if (w) {
        row->reason = w->overflow;
    } else if (l->compressed[node->id]) {
        row->reason = compressed_reason(l->compressed[node->id], arena);
    } else {
        const char *kept = facts->plan->placement->ignored[node->id];
        row->reason = kept ? kept : "both inputs are activations";
    }
    return row->reason ? RQ_OK : RQ_ENOMEM;
}

static void fill_error(rq_report_layer *row, const rq_layer_error *e)
{
    row->sqnr_db = isnan(e->noise) ? e->noise : rq_sqnr_db(e->signal, e->noise);
    double norm = sqrt(e->signal * e->other);
    row->cosine = norm > 0.0 ? e->dot / norm : NAN;
}

/* Noise a layer adds by itself, relative to its output: by its weights and its input's range. */
static double own_noise(const lookup *l, const rq_node *node)
{
    const rq_plan_weight *w = l->weight[node->id];
    const rq_plan_activation *a = l->activation[node->id];
    double share = 0.0;
    const rq_plan_compressed *c = l->compressed[node->id];
    if (w && w->codes.signal > 0.0) share += w->codes.noise / w->codes.signal;
    if (c && c->codes.signal > 0.0) share += c->codes.noise / c->codes.signal;
    if (a && a->signal > 0.0) share += a->noise / a->signal;
    return share;
}

static rq_precision precision_after(const rq_report_facts *facts, const lookup *l,
                                    const rq_node *node)
{
    if (l->weight[node->id]) return RQ_PRECISION_INT8;
    if (l->compressed[node->id]) return l->compressed[node->id]->precision;
    if (!facts->plan) return RQ_PRECISION_FP16;
    bool quantized = l->activation[node->id] && !facts->plan->placement->ignored[node->id];
    return quantized ? RQ_PRECISION_INT8 : RQ_PRECISION_FP32;
}

static rq_status fill_row(rq_report_layer *row, const rq_report_facts *facts, const lookup *l,
                          const rq_layer_error *e, rq_arena *arena)
{
    const rq_node *node = facts->before->nodes[e->node];
    row->name = node->name;
    row->type = node->type;
    row->precision_before = rq_precision_layer_text(RQ_PRECISION_FP32);
    row->precision_after = rq_precision_layer_text(precision_after(facts, l, node));
    fill_error(row, e);
    fill_weights(row, facts, node);
    if (l->activation[node->id] && facts->stats) fill_range(row, facts, l->activation[node->id]);
    return fill_reason(row, facts, l, node, arena);
}

rq_status rq_report_build_layers(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    const rq_layer_compare *compare = facts->evaluation->layers;
    lookup l;
    if (!compare) return RQ_OK;
    RQ_TRY(make_lookup(&l, facts, arena));
    size_t n = rq_layer_compare_count(compare);
    out->layers = rq_report_rows(arena, &rq_layer_type, n);
    if (!out->layers) return RQ_ENOMEM;
    double total = 0.0;
    for (size_t i = 0; i < n; i++) {
        const rq_layer_error *e = rq_layer_compare_at(compare, i);
        out->layers[i].order = (double)i;
        RQ_TRY(fill_row(&out->layers[i], facts, &l, e, arena));
        out->layers[i].noise_share = own_noise(&l, facts->before->nodes[e->node]);
        total += out->layers[i].noise_share;
    }
    for (size_t i = 0; i < n && total > 0.0; i++) out->layers[i].noise_share /= total;
    out->n_layers = n;
    double macs = 0.0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(out->layers[i].macs)) macs += out->layers[i].macs;
    out->before.macs = out->after.macs = macs;
    return RQ_OK;
}
