#include "engine/workbench/search/range_search.h"

#include "calib/range.h"
#include "engine/base/callbacks.h"
#include "engine/base/mem.h"
#include "quant/plan_create.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TITLE "ranges"
#define MIN_GAIN_DB 0.1 /* less may be chance */
#define PRICE_DB 0.1    /* that a percent of the network's time has to bring */

/* Estimators beside the choice per value. */
static const rq_range_method *const estimators[] = {
    &rq_range_mse,           &rq_range_percentile, &rq_range_mean_minmax,
    &rq_range_median_minmax, &rq_range_minmax,
};
enum { N_ESTIMATORS = sizeof estimators / sizeof estimators[0], MAX_CANDIDATES = 2 + N_ESTIMATORS };

/* A candidate, tried. */
typedef struct trial {
    rq_output_scores scores;
    double price; /* dB that its zero points have to bring */
    double net;   /* dB of the scores, less the price; NAN: they tell nothing; -INFINITY: beaten */
} trial;

typedef struct search {
    const rq_graph *graph;
    rq_range_cache *ranges;
    rq_output_error *error;                    /* on the images to fit to */
    rq_point_range candidates[MAX_CANDIDATES]; /* the first is what the options say */
    size_t n_candidates;
    rq_quant_plan *plans[MAX_CANDIDATES]; /* of activations; the first one's weights are tried with
                                             all: INT8 runs faster than what is in between */
    rq_zero_point_cost *costs;            /* by point */
    trial trials[MAX_CANDIDATES];
    size_t n_points;
    size_t chosen;        /* a candidate, for all points */
    double before, after; /* dB without and with it, on holdout images */
} search;

/* -- candidates ------------------------------------------------------------------------------ */

static void add_candidate(search *s, const char *estimator, rq_preset preset)
{
    s->candidates[s->n_candidates++] = (rq_point_range){estimator, preset};
}

/* Zero points where the preset finds that they pay, or wherever kernels take them. */
static void list_candidates(search *s, const rq_plan_options *o)
{
    add_candidate(s, o->range, o->preset);
    if (o->preset == RQ_PRESET_AUTO) add_candidate(s, o->range, RQ_PRESET_MIXED);
    for (size_t e = 0; !o->range && e < N_ESTIMATORS; e++)
        add_candidate(s, estimators[e]->name, o->preset);
}

bool rq_range_search_is_open(const rq_plan_options *options)
{
    search s = {0};
    list_candidates(&s, options);
    return s.n_candidates > 1;
}

static bool has_equal_ranges(const rq_quant_plan *a, const rq_quant_plan *b)
{
    for (size_t i = 0; i < a->n_activations; i++) {
        size_t bytes = a->activations[i].n * sizeof(float);
        if (memcmp(a->activations[i].low, b->activations[i].low, bytes) ||
            memcmp(a->activations[i].high, b->activations[i].high, bytes))
            return false;
    }
    return true;
}

/* One that gives the ranges of the first is not tried. */
static rq_status take_candidate(search *s, const rq_point_range *candidate, const rq_bound *bound,
                                const rq_stats *stats, const rq_plan_options *options,
                                const rq_plan_inputs *inputs)
{
    size_t at = s->n_candidates;
    s->candidates[at] = *candidate;
    RQ_TRY(rq_quant_plan_create(&s->plans[at], bound, stats, options, inputs));
    if (at > 0 && has_equal_ranges(s->plans[0], s->plans[at]))
        rq_quant_plan_destroy(&s->plans[at]);
    else
        s->n_candidates++;
    return RQ_OK;
}

static rq_status decide(search *s, const rq_workload *w, const rq_stats *stats,
                        const rq_plan_options *options, rq_memo *memo)
{
    const rq_bound *bound = w->bound;
    size_t n = s->n_candidates;
    s->n_candidates = 0;
    for (size_t e = 0; e < n; e++) {
        const rq_plan_inputs inputs = {.activations_only = e > 0,
                                       .tables_stay = true,
                                       .ranges = s->ranges,
                                       .memo = memo,
                                       .threads = w->threads};
        rq_plan_options with = *options;
        with.range = s->candidates[e].estimator;
        with.preset = s->candidates[e].preset;
        RQ_TRY(take_candidate(s, &s->candidates[e], bound, stats, &with, &inputs));
    }
    s->n_points = s->plans[0]->n_activations;
    return rq_zero_point_costs(&s->costs, bound, s->plans[0]->placement, options->zero_points);
}

/* -- trials ---------------------------------------------------------------------------------- */

/* `rival`: or NULL. */
static rq_status score(rq_output_scores *out, const search *s, rq_output_error *error,
                       size_t candidate, const rq_output_rival *rival)
{
    rq_quant_plan mixed = *s->plans[0];
    const rq_output_error_score_options scored = {
        .graph = s->graph, .plan = &mixed, .rival = rival, .title = TITLE};
    mixed.activations = s->plans[candidate]->activations;
    *out = (rq_output_scores){0};
    return rq_output_error_score(out, error, &scored);
}

static bool has_zero_point(const rq_plan_activation *a)
{
    double span = (double)a->high[0] - a->low[0];
    long zero = lround(-a->low[0] / span * (a->levels - 1));
    return a->point.axis < 0 && zero != 0 && zero != a->levels / 2;
}

/* dB that the zero points of a candidate have to bring. */
static double price(const search *s, size_t candidate)
{
    double percent = 0.0;
    for (size_t i = 0; i < s->n_points; i++)
        if (has_zero_point(&s->plans[candidate]->activations[i])) percent += s->costs[i].network;
    return PRICE_DB * percent;
}

/* What the options say stays where the gain may be chance. */
static double least_gain(const search *s)
{
    return s->chosen == 0 ? MIN_GAIN_DB : 0.0;
}

/* On the images to fit to, until it is plain that it is not better than what is chosen. */
static rq_status try(search *s, size_t candidate)
{
    trial *t = &s->trials[candidate], *best = candidate ? &s->trials[s->chosen] : NULL;
    t->price = price(s, candidate);
    const rq_output_rival rival = {.scores = best ? &best->scores : NULL,
                                   .least = best ? least_gain(s) + t->price - best->price : 0.0,
                                   .half_tells = true};
    RQ_TRY(score(&t->scores, s, s->error, candidate, best ? &rival : NULL));
    bool beaten = best && t->scores.n_images < best->scores.n_images;
    t->net = beaten ? -INFINITY : rq_output_scores_decibel(&t->scores) - t->price;
    if (best && t->net > best->net + least_gain(s)) s->chosen = candidate;
    return RQ_OK;
}

static rq_status try_all(search *s)
{
    RQ_TRY(try(s, 0));
    if (!isfinite(s->trials[0].net)) return RQ_OK;
    for (size_t e = 1; e < s->n_candidates; e++) RQ_TRY(try(s, e));
    return RQ_OK;
}

/* -- on holdout images ------------------------------------------------------------------------ */

/* What was chosen stays where other images gain by it, too. */
static rq_status compare(search *s, rq_output_error *error)
{
    rq_output_scores before = {0}, after = {0};
    double dearer = fmax(price(s, s->chosen) - price(s, 0), 0.0);
    const rq_output_rival rival = {.scores = &before, .least = MIN_GAIN_DB + dearer};
    rq_status status = score(&before, s, error, 0, NULL);
    if (status == RQ_OK) status = score(&after, s, error, s->chosen, &rival);
    if (status == RQ_OK) {
        s->before = rq_output_scores_decibel(&before);
        s->after = rq_output_scores_decibel(&after);
        if (!rq_output_scores_confirm("ranges by output SQNR: on holdout images", &before, &after,
                                      rival.least))
            s->chosen = 0;
    }
    rq_output_scores_close(&before);
    rq_output_scores_close(&after);
    return status;
}

static rq_status confirm(search *s, rq_search_images *images)
{
    rq_output_error *outputs;
    RQ_TRY(rq_search_images_outputs(&outputs, images, TITLE));
    return compare(s, outputs);
}

static rq_status search_images(search *s, const rq_workload *w, rq_search_images *images)
{
    rq_images some;
    if (!images->enough) {
        rq_log("ranges are not searched by output SQNR: too few images to validate them on");
        return RQ_OK;
    }
    RQ_TRY(rq_search_images_fit(&some, images, 0));
    const rq_output_error_options kept = {.title = TITLE, .images = &some};
    rq_status status = rq_output_error_open(&s->error, w, &kept);
    if (status == RQ_OK) status = try_all(s);
    rq_output_error_close(&s->error);
    if (status == RQ_OK && s->chosen) status = confirm(s, images);
    rq_images_close(&some);
    return status;
}

/* -- all ------------------------------------------------------------------------------------- */

static rq_status hand_over(rq_range_search *out, const search *s)
{
    if (!s->chosen) return RQ_OK;
    RQ_TRY(rq_calloc(&out->point_ranges, s->n_points, sizeof *out->point_ranges, "ranges"));
    for (size_t i = 0; i < s->n_points; i++) out->point_ranges[i] = s->candidates[s->chosen];
    snprintf(out->reason, sizeof out->reason,
             "chosen by SQNR at the network's outputs: %.1f dB on holdout images (best at the "
             "consumers' outputs: %.1f dB)",
             s->after, s->before);
    return RQ_OK;
}

static rq_status run(rq_range_search *out, search *s, const rq_workload *workload,
                     rq_search_images *images, const rq_stats *stats,
                     const rq_plan_options *options)
{
    list_candidates(s, options);
    if (s->n_candidates == 1) return RQ_OK;
    RQ_TRY(decide(s, workload, stats, options, images->memo));
    if (s->n_points == 0 || s->n_candidates == 1) return RQ_OK;
    RQ_TRY(search_images(s, workload, images));
    return hand_over(out, s);
}

rq_status rq_range_search_run(rq_range_search *out, const rq_workload *workload,
                              rq_search_images *images, const rq_stats *stats,
                              const rq_plan_options *options)
{
    search s = {.graph = workload->graph, .ranges = &out->ranges};
    *out = (rq_range_search){0};
    rq_status status = run(out, &s, workload, images, stats, options);
    for (size_t e = 0; e < s.n_candidates; e++) {
        rq_quant_plan_destroy(&s.plans[e]);
        rq_output_scores_close(&s.trials[e].scores);
    }
    free(s.costs);
    return status;
}

void rq_range_search_close(rq_range_search *found)
{
    free(found->point_ranges);
    rq_range_cache_close(&found->ranges);
    *found = (rq_range_search){0};
}
