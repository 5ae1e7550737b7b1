/* Histograms of the inputs of the worst layers, with the range that was chosen. */
#include "engine/workbench/report/report_build.h"
#include "reports/fields.h"

#include <math.h>
#include <stdlib.h>

#define SHOWN 12
#define BUCKETS 128
#define CODES 255 /* steps of a range */

typedef struct ranked {
    double badness; /* expected relative noise of the range */
    const rq_plan_activation *activation;
} ranked;

static int compare_badness(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->badness != y->badness) return x->badness < y->badness ? 1 : -1;
    return (x->activation > y->activation) - (x->activation < y->activation);
}

double rq_report_clipped_share(const rq_stats_value *stats, float low, float high)
{
    rq_bin *bins;
    size_t n;
    double outside = 0.0, total = 0.0, half_step = ((double)high - low) / (2 * CODES);
    if (rq_histogram_bins(&bins, &n, stats->histogram) != RQ_OK) return NAN;
    for (size_t i = 0; i < n; i++) {
        total += (double)bins[i].count;
        if (bins[i].center < low - half_step || bins[i].center > high + half_step)
            outside += (double)bins[i].count;
    }
    free(bins);
    return total > 0.0 ? outside / total : NAN;
}

static rq_status fill(rq_report_histogram *out, const rq_report_facts *facts,
                      const rq_plan_activation *a, rq_arena *arena)
{
    char buffer[512];
    const char *name = rq_value_name(facts->before, a->point.value, buffer, sizeof buffer);
    const rq_stats_value *stats = rq_stats_find(facts->stats, name);
    rq_bin *bins;
    size_t n;
    RQ_TRY(rq_report_histogram_begin(out, arena, stats->min, stats->max, BUCKETS));
    RQ_TRY(rq_histogram_bins(&bins, &n, stats->histogram));
    for (size_t i = 0; i < n; i++)
        rq_report_histogram_add(out, bins[i].low, bins[i].high, (double)bins[i].count);
    free(bins);
    out->layer = facts->before->nodes[a->point.uses[0].node]->name;
    out->value = "input"; /* tell_apart says which */
    out->low = a->low[0];
    out->high = a->high[0];
    out->clipped_share = rq_report_clipped_share(stats, a->low[0], a->high[0]);
    out->estimator = a->estimator;
    return RQ_OK;
}

/* Those of a layer that has several are numbered: an Add of two activations has two ranges. */
static rq_status tell_apart(rq_report_histogram *out, const ranked *list, size_t n, rq_arena *arena)
{
    for (size_t i = 0; i < n; i++) {
        const rq_use *use = &list[i].activation->point.uses[0];
        size_t of_layer = 0;
        for (size_t k = 0; k < n; k++)
            of_layer += list[k].activation->point.uses[0].node == use->node;
        if (of_layer == 1) continue;
        out[i].value = rq_arena_printf(arena, "input %u", (unsigned)use->port);
        if (!out[i].value) return RQ_ENOMEM;
    }
    return RQ_OK;
}

static size_t rank_points(ranked *list, const rq_report_facts *facts)
{
    size_t n = 0;
    for (size_t i = 0; i < facts->plan->n_activations; i++) {
        const rq_plan_activation *a = &facts->plan->activations[i];
        if (a->n != 1 || a->point.n_uses == 0) continue; /* one range draws one picture */
        list[n++] = (ranked){a->signal > 0.0 ? a->noise / a->signal : 0.0, a};
    }
    qsort(list, n, sizeof *list, compare_badness);
    return n < SHOWN ? n : SHOWN;
}

rq_status rq_report_build_histograms(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    if (!facts->plan || !facts->stats) return RQ_OK;
    ranked *list = rq_arena_alloc(arena, facts->plan->n_activations, sizeof *list);
    if (!list) return RQ_ENOMEM;
    size_t n = rank_points(list, facts);
    out->histograms = rq_report_rows(arena, &rq_histogram_type, n);
    if (!out->histograms) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++)
        RQ_TRY(fill(&out->histograms[i], facts, list[i].activation, arena));
    out->n_histograms = n;
    return tell_apart(out->histograms, list, n, arena);
}
