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
#define SEGMENTS 8
#define RUNNERS_UP 2    /* candidates tried per stretch beside the best */
#define GIVE_UP_DB 3.0  /* dB behind the best everywhere: not tried */
#define MIN_GAIN_DB 0.1 /* less may be chance */
#define PRICE_DB 0.1    /* that a percent of the network's time has to bring */

/* Estimators beside the choice per value. */
static const rq_range_method *const estimators[] = {
    &rq_range_mse,           &rq_range_percentile, &rq_range_mean_minmax,
    &rq_range_median_minmax, &rq_range_minmax,
};
enum { N_ESTIMATORS = sizeof estimators / sizeof estimators[0], MAX_CANDIDATES = 2 + N_ESTIMATORS };

/* One candidate per point, tried. */
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
    trial everywhere[MAX_CANDIDATES];     /* with one candidate for all points */
    uint8_t order[MAX_CANDIDATES];        /* best first */
    size_t n_points;
    uint32_t *segment;    /* by point; a group of points is in one */
    uint8_t *chosen;      /* by point: a candidate */
    trial best;           /* of what is chosen */
    double before, after; /* dB without and with it, on holdout images; NAN: not measured */
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

/* A plan's FakeQuantize, each from the candidate that is chosen for it. `rival`: or NULL. */
static rq_status score(rq_output_scores *out, const search *s, rq_output_error *error,
                       const uint8_t *chosen, const rq_output_rival *rival)
{
    rq_quant_plan mixed = *s->plans[0];
    const rq_output_error_score_options scored = {
        .graph = s->graph, .plan = &mixed, .rival = rival, .title = TITLE};
    *out = (rq_output_scores){0};
    RQ_TRY(rq_calloc(&mixed.activations, s->n_points, sizeof *mixed.activations, "ranges"));
    for (size_t i = 0; i < s->n_points; i++)
        mixed.activations[i] = s->plans[chosen[i]]->activations[i];
    rq_status status = rq_output_error_score(out, error, &scored);
    free(mixed.activations);
    return status;
}

static bool has_zero_point(const rq_plan_activation *a)
{
    double span = (double)a->high[0] - a->low[0];
    long zero = lround(-a->low[0] / span * (a->levels - 1));
    return a->point.axis < 0 && zero != 0 && zero != a->levels / 2;
}

/* dB that the zero points of a choice have to bring. */
static double price(const search *s, const uint8_t *chosen)
{
    double percent = 0.0;
    for (size_t i = 0; i < s->n_points; i++)
        if (has_zero_point(&s->plans[chosen[i]]->activations[i])) percent += s->costs[i].network;
    return PRICE_DB * percent;
}

/* On the images to fit to, until it is plain that it is not better than `than` by `least` dB. */
static rq_status measure(trial *out, const search *s, const uint8_t *chosen, const trial *than,
                         double least)
{
    out->price = price(s, chosen);
    const rq_output_rival rival = {.scores = than ? &than->scores : NULL,
                                   .least = than ? least + out->price - than->price : 0.0,
                                   .half_tells = true};
    RQ_TRY(score(&out->scores, s, s->error, chosen, than ? &rival : NULL));
    bool beaten = than && out->scores.n_images < than->scores.n_images;
    out->net = beaten ? -INFINITY : rq_output_scores_decibel(&out->scores) - out->price;
    return RQ_OK;
}

/* The best that may still be tried per stretch, of `n` that were tried everywhere, is what the next
 * one has to beat. */
static const trial *rival_of_next(const search *s, size_t n)
{
    return n > RUNNERS_UP ? &s->everywhere[s->order[RUNNERS_UP]] : NULL;
}

static rq_status measure_everywhere(search *s)
{
    for (size_t e = 1; e < s->n_candidates; e++) {
        memset(s->chosen, (int)e, s->n_points);
        RQ_TRY(measure(&s->everywhere[e], s, s->chosen, rival_of_next(s, e), 0.0));
        size_t at = e;
        for (; at > 0 && s->everywhere[e].net > s->everywhere[s->order[at - 1]].net; at--)
            s->order[at] = s->order[at - 1];
        s->order[at] = (uint8_t)e;
    }
    if (s->everywhere[s->order[0]].net < s->everywhere[0].net + MIN_GAIN_DB) s->order[0] = 0;
    memset(s->chosen, s->order[0], s->n_points);
    s->best = s->everywhere[s->order[0]];
    s->everywhere[s->order[0]].scores = (rq_output_scores){0};
    return RQ_OK;
}

/* -- stretches ------------------------------------------------------------------------------- */

/* Points are in the order of the network; those of a group go where its first one is. */
static rq_status cut(search *s, size_t n_groups)
{
    uint32_t *first; /* by group: its stretch + 1 */
    RQ_TRY(rq_calloc(&first, n_groups, sizeof *first, "groups"));
    for (size_t i = 0; i < s->n_points; i++) {
        uint32_t *slot = &first[s->plans[0]->activations[i].point.group];
        if (!*slot) *slot = (uint32_t)(i * SEGMENTS / s->n_points) + 1;
        s->segment[i] = *slot - 1;
    }
    free(first);
    return RQ_OK;
}

static rq_status measure_segment(search *s, uint32_t segment, uint8_t estimator, uint8_t *chosen)
{
    trial tried = {0};
    bool changes = false;
    for (size_t i = 0; i < s->n_points; i++) {
        chosen[i] = s->segment[i] == segment ? estimator : s->chosen[i];
        changes |= chosen[i] != s->chosen[i];
    }
    if (!changes) return RQ_OK;
    rq_status status = measure(&tried, s, chosen, &s->best, MIN_GAIN_DB);
    if (status == RQ_OK && tried.net > s->best.net + MIN_GAIN_DB) {
        const trial beaten = s->best;
        s->best = tried;
        tried = beaten;
        memcpy(s->chosen, chosen, s->n_points);
    }
    rq_output_scores_close(&tried.scores);
    return status;
}

/* The last stretch first: nothing behind it hides what it does. */
static rq_status measure_segments(search *s)
{
    uint8_t *chosen;
    RQ_TRY(rq_calloc(&chosen, s->n_points, 1, "a trial"));
    rq_status status = RQ_OK;
    for (uint32_t segment = SEGMENTS; status == RQ_OK && segment-- > 0;)
        for (size_t e = 0; status == RQ_OK && e <= RUNNERS_UP && e < s->n_candidates; e++)
            if (s->everywhere[s->order[e]].net > s->everywhere[s->order[0]].net - GIVE_UP_DB)
                status = measure_segment(s, segment, s->order[e], chosen);
    free(chosen);
    return status;
}

/* -- on holdout images ------------------------------------------------------------------------ */

static rq_status compare(search *s, const char *what, const uint8_t *earlier,
                         rq_output_error *error)
{
    rq_output_scores before = {0}, after = {0};
    double dearer = fmax(price(s, s->chosen) - price(s, earlier), 0.0);
    const rq_output_rival rival = {.scores = &before, .least = MIN_GAIN_DB + dearer};
    rq_status status = score(&before, s, error, earlier, NULL);
    if (status == RQ_OK) status = score(&after, s, error, s->chosen, &rival);
    if (status == RQ_OK) {
        if (isnan(s->before)) s->before = rq_output_scores_decibel(&before);
        if (rq_output_scores_confirm(what, &before, &after, rival.least))
            s->after = rq_output_scores_decibel(&after);
        else
            memcpy(s->chosen, earlier, s->n_points);
    }
    rq_output_scores_close(&before);
    rq_output_scores_close(&after);
    return status;
}

/* What was chosen stays where other images gain by it, too; else what was chosen earlier. */
static rq_status confirm(search *s, const char *what, const uint8_t *earlier,
                         rq_search_images *images)
{
    rq_output_error *outputs;
    if (!memcmp(s->chosen, earlier, s->n_points)) return RQ_OK;
    RQ_TRY(rq_search_images_outputs(&outputs, images, TITLE));
    return compare(s, what, earlier, outputs);
}

static bool is_changed(const search *s)
{
    for (size_t i = 0; i < s->n_points; i++)
        if (s->chosen[i]) return true;
    return false;
}

/* Stretches only refine what other images have confirmed: what they gain where nothing else does is
 * mostly chance, and they take most of the trials. */
static rq_status fit(search *s, rq_search_images *images, uint8_t *earlier)
{
    RQ_TRY(measure(&s->everywhere[0], s, s->chosen, NULL, 0.0));
    if (!isfinite(s->everywhere[0].net)) return RQ_OK;
    RQ_TRY(measure_everywhere(s));
    RQ_TRY(confirm(s, "ranges by output SQNR: on holdout images", earlier, images));
    if (!is_changed(s)) return RQ_OK;
    memcpy(earlier, s->chosen, s->n_points);
    RQ_TRY(measure_segments(s));
    return confirm(s, "ranges by stretches: output SQNR on holdout images", earlier, images);
}

static rq_status search_images(search *s, const rq_workload *w, rq_search_images *images)
{
    rq_images some;
    uint8_t *earlier = NULL;
    if (!images->enough) {
        rq_log("ranges are not searched by output SQNR: too few images to validate them on");
        return RQ_OK;
    }
    RQ_TRY(rq_search_images_fit(&some, images, 0));
    const rq_output_error_options kept = {.title = TITLE, .images = &some};
    rq_status status = rq_output_error_open(&s->error, w, &kept);
    if (status == RQ_OK) status = rq_calloc(&earlier, s->n_points, 1, "a choice");
    if (status == RQ_OK) status = fit(s, images, earlier);
    free(earlier);
    rq_output_error_close(&s->error);
    rq_images_close(&some);
    return status;
}

/* -- all ------------------------------------------------------------------------------------- */

static rq_status hand_over(rq_range_search *out, const search *s)
{
    if (!is_changed(s)) return RQ_OK;
    RQ_TRY(rq_calloc(&out->point_ranges, s->n_points, sizeof *out->point_ranges, "ranges"));
    for (size_t i = 0; i < s->n_points; i++) out->point_ranges[i] = s->candidates[s->chosen[i]];
    snprintf(out->reason, sizeof out->reason,
             "chosen by SQNR at the network's outputs: %.1f dB on holdout images (best at the "
             "consumers' outputs: %.1f dB)",
             s->after, s->before);
    return RQ_OK;
}

static rq_status open_search(search *s, const rq_bound *bound)
{
    size_t n = s->n_points ? s->n_points : 1;
    RQ_TRY(rq_calloc(&s->segment, n, sizeof *s->segment, "stretches"));
    RQ_TRY(rq_calloc(&s->chosen, n, 1, "a choice"));
    return cut(s, bound->graph->n_values);
}

static rq_status run(rq_range_search *out, search *s, const rq_workload *workload,
                     rq_search_images *images, const rq_stats *stats,
                     const rq_plan_options *options)
{
    const rq_bound *bound = workload->bound;
    list_candidates(s, options);
    if (s->n_candidates == 1) return RQ_OK;
    RQ_TRY(decide(s, workload, stats, options, images->memo));
    if (s->n_points == 0 || s->n_candidates == 1) return RQ_OK;
    RQ_TRY(open_search(s, bound));
    RQ_TRY(search_images(s, workload, images));
    return hand_over(out, s);
}

rq_status rq_range_search_run(rq_range_search *out, const rq_workload *workload,
                              rq_search_images *images, const rq_stats *stats,
                              const rq_plan_options *options)
{
    search s = {.graph = workload->graph, .ranges = &out->ranges, .before = NAN, .after = NAN};
    *out = (rq_range_search){0};
    rq_status status = run(out, &s, workload, images, stats, options);
    for (size_t e = 0; e < s.n_candidates; e++) rq_quant_plan_destroy(&s.plans[e]);
    for (size_t e = 0; e < s.n_candidates; e++) rq_output_scores_close(&s.everywhere[e].scores);
    rq_output_scores_close(&s.best.scores);
    free(s.costs);
    free(s.segment);
    free(s.chosen);
    return status;
}

void rq_range_search_close(rq_range_search *found)
{
    free(found->point_ranges);
    rq_range_cache_close(&found->ranges);
    *found = (rq_range_search){0};
}
