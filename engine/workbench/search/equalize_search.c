#include "engine/workbench/search/equalize_search.h"

#include "engine/base/callbacks.h"
#include "engine/base/text.h"
#include "engine/workbench/calibrate/calibrate.h"
#include "quant/equalize_compressed.h"
#include "quant/equalize_gain.h"
#include "quant/placement/target_placement.h"
#include "quant/plan_create.h"

#include <stdio.h>

#define IMAGES 32 /* to gather ranges from, which fewer tell badly */
#define TITLE "equalize"
#define MIN_GAIN_DB 0.1           /* less may be lost again when ranges are searched, */
#define MIN_GAIN_OF_4_BITS_DB 0.8 /* or made up for by codes that are fitted: by experiment */

typedef struct search {
    const rq_workload *workload;
    const rq_equalize_options *options;
    rq_equalization *out;
    rq_search_images *images;
    rq_output_scores unchanged; /* {0}: not measured yet */
    size_t n_fit;               /* images that its statistics are of, and the changed network's */
    rq_quant_plan *plan;        /* of the network as it is, in all its statistics */
} search;

/* A changed network. */
typedef struct trial {
    rq_graph *graph;
    rq_bound *bound;    /* of the graph */
    rq_stats *gathered; /* of the network as it is, with what is scaled */
} trial;

static void close_trial(trial *t)
{
    rq_stats_destroy(&t->gathered);
    rq_bound_destroy(&t->bound);
    rq_graph_destroy(&t->graph);
}

/* -- choosing -------------------------------------------------------------------------------- */

/* Sites that can be equalized. */
typedef struct places {
    rq_equalize_site *sites;
    size_t n;
} places;

static rq_status find_places(places *out, const search *s)
{
    const rq_workload *w = s->workload;
    const rq_plan_options *plan = s->options->plan;
    rq_placement *placement;
    RQ_TRY(rq_placement_create(&placement, w->bound, plan->precision, plan->isa, &plan->scope));
    rq_status status = rq_target_fit_placement(placement, w->bound, NULL, plan->target);
    if (status == RQ_OK)
        status = rq_equalize_sites(&out->sites, &out->n, w->bound, placement, w->arena);
    rq_placement_destroy(&placement);
    return status;
}

static bool is_of_4_bits(const search *s)
{
    return s->options->plan->precision == RQ_PRECISION_INT4_WEIGHTS;
}

static double least_gain(const search *s)
{
    return is_of_4_bits(s) ? MIN_GAIN_OF_4_BITS_DB : MIN_GAIN_DB;
}

static const char *name_of(const search *s)
{
    return is_of_4_bits(s) ? "activation-aware scaling" : "cross-layer equalization";
}

static rq_status choose_one(rq_channel_equalization *out, bool *has_gain, const search *s,
                            const rq_equalize_site *site, const rq_stats_value *stats)
{
    const rq_workload *w = s->workload;
    if (is_of_4_bits(s))
        return rq_equalize_choose_compressed(out, has_gain, site, stats, s->plan, w->bound,
                                             w->threads, w->arena);
    return rq_equalize_choose(out, has_gain, site, stats, w->bound, w->arena);
}

static rq_status choose(const search *s, const places *at, bool with_shifts, size_t *n_shifts)
{
    rq_equalization *out = s->out;
    const rq_workload *w = s->workload;
    out->equalizations = rq_arena_alloc(w->arena, at->n, sizeof *out->equalizations);
    out->n_equalizations = *n_shifts = 0;
    if (!out->equalizations) return RQ_ENOMEM;
    for (size_t i = 0; i < at->n; i++) {
        char buffer[512];
        rq_channel_equalization *equalization = &out->equalizations[out->n_equalizations];
        rq_equalize_site site = at->sites[i];
        const rq_stats_value *stats = rq_stats_find(
            s->options->stats, rq_value_name(w->graph, site.value, buffer, sizeof buffer));
        bool has_gain;
        site.can_shift &= with_shifts;
        RQ_TRY(choose_one(equalization, &has_gain, s, &site, stats));
        if (!has_gain) continue;
        *n_shifts += equalization->shift != NULL;
        out->n_equalizations++;
    }
    return RQ_OK;
}

/* -- trying ---------------------------------------------------------------------------------- */

static rq_status change(trial *t, const search *s)
{
    const rq_workload *w = s->workload;
    RQ_TRY(rq_graph_clone(&t->graph, w->graph));
    RQ_TRY(rq_equalize_apply(t->graph, w->bound, s->out->equalizations, s->out->n_equalizations));
    return rq_bind(&t->bound, t->graph, w->exec.shapes, w->exec.n_shapes);
}

/* The outputs on the holdout images. Weights to the nearest code: what fitting gains comes on top
 * of either (less of 4 bits). */
static rq_status measure(rq_output_scores *out, const search *s, const rq_bound *bound,
                         const rq_stats *stats, const rq_output_rival *rival)
{
    const rq_plan_inputs inputs = {
        .tables_stay = !is_of_4_bits(s), .memo = s->images->memo, .threads = s->workload->threads};
    rq_output_error_score_options scored = {.graph = bound->graph, .rival = rival, .title = TITLE};
    rq_output_error *outputs;
    rq_quant_plan *plan;
    RQ_TRY(rq_search_images_outputs(&outputs, s->images, TITLE));
    RQ_TRY(rq_quant_plan_create(&plan, bound, stats, s->options->plan, &inputs));
    scored.plan = plan;
    rq_status status = rq_output_error_score(out, outputs, &scored);
    rq_quant_plan_destroy(&plan);
    return status;
}

/* Both, the unchanged network once for all attempts. */
static rq_status score_both(rq_output_scores *out, search *s, const trial *changed,
                            const rq_split_stats *stats)
{
    const rq_output_rival rival = {.scores = &s->unchanged, .least = least_gain(s)};
    if (!s->unchanged.sums)
        RQ_TRY(measure(&s->unchanged, s, s->workload->bound, stats->before, NULL));
    return measure(out, s, changed->bound, stats->after, &rival);
}

/* Of both networks, over the images to fit to. */
static rq_status gather(trial *t, search *s)
{
    rq_images images;
    rq_calibration both = {0};
    const rq_calibrate_options options = {.scaled = s->out->scaled, .title = TITLE};
    RQ_TRY(rq_equalize_search_images(&images, s->images));
    const rq_workload some = rq_workload_over(s->workload, &images);
    s->n_fit = images.dataset->n;
    rq_status status = rq_calibrate_run(&both, &some, &options);
    t->gathered = both.stats;
    rq_images_close(&images);
    return status;
}

static rq_status measure_both(rq_output_scores *out, search *s, trial *changed)
{
    const rq_workload *w = s->workload;
    rq_equalization *e = s->out;
    rq_scaled_value *values;
    rq_split_stats stats = {0};
    RQ_TRY(rq_equalize_scaled_values(&values, &e->scaled.n, changed->graph, w->bound,
                                     e->equalizations, e->n_equalizations, w->arena));
    e->scaled.values = values;
    rq_status status = gather(changed, s);
    if (status == RQ_OK) status = rq_scaled_values_split(&stats, changed->gathered, &e->scaled);
    if (status == RQ_OK) status = score_both(out, s, changed, &stats);
    rq_split_stats_close(&stats);
    return status;
}

/* Figures of other searches, whose statistics are of all images, are others. */
static void describe(char *out, size_t size, const search *s, size_t n_shifts)
{
    size_t n = s->out->n_equalizations;
    char shifted[48] = "";
    if (!is_of_4_bits(s)) snprintf(shifted, sizeof shifted, ", %zu of them shifted", n_shifts);
    snprintf(out, size,
             "%s: %zu tensor%s rescaled%s; with statistics of %zu image%s, output SQNR on holdout "
             "images",
             name_of(s), n, rq_plural(n), shifted, s->n_fit, rq_plural(s->n_fit));
}

/* *confirmed: the changed network is better on the holdout images. */
static rq_status compare(bool *confirmed, search *s, trial *changed, size_t n_shifts)
{
    rq_equalization *out = s->out;
    rq_output_scores after = {0};
    char what[208];
    rq_status status = measure_both(&after, s, changed);
    if (status == RQ_OK) {
        out->before_db = rq_output_scores_decibel(&s->unchanged);
        out->after_db = rq_output_scores_decibel(&after);
        describe(what, sizeof what, s, n_shifts);
        *confirmed = rq_output_scores_confirm(what, &s->unchanged, &after, least_gain(s));
    }
    rq_output_scores_close(&after);
    return status;
}

static void take(const search *s, trial *t)
{
    s->out->graph = t->graph;
    s->out->bound = t->bound;
    s->out->gathered = t->gathered;
    *t = (trial){0};
}

/* -- what to expect --------------------------------------------------------------------------- */

/* Whether trying is worth the images that it takes. */
static bool is_promising(const search *s)
{
    size_t n = s->out->n_equalizations;
    if (n == 0 || is_of_4_bits(s)) return n > 0;
    double gain = rq_equalize_gain(s->plan, s->out->equalizations, n);
    if (gain >= least_gain(s)) return true;
    rq_log("%s is not tried: the outputs are expected to gain %.2f dB by it", name_of(s), gain);
    return false;
}

/* *n_shifts: of those that were tried. */
static rq_status attempt(search *s, const places *at, bool with_shifts, size_t *n_shifts)
{
    trial t = {0};
    bool confirmed = false;
    RQ_TRY(choose(s, at, with_shifts, n_shifts));
    if (!is_promising(s)) {
        s->out->n_equalizations = 0;
        return RQ_OK;
    }
    rq_status status = change(&t, s);
    if (status == RQ_OK) status = compare(&confirmed, s, &t, *n_shifts);
    if (status == RQ_OK && confirmed) take(s, &t);
    if (!confirmed) s->out->n_equalizations = 0;
    close_trial(&t);
    return status;
}

static rq_status try_all(search *s, const places *at)
{
    const rq_plan_inputs inputs = {
        .tables_stay = !is_of_4_bits(s), .memo = s->images->memo, .threads = s->workload->threads};
    size_t n_shifts = 0;
    RQ_TRY(rq_quant_plan_create(&s->plan, s->workload->bound, s->options->stats, s->options->plan,
                                &inputs));
    RQ_TRY(attempt(s, at, true, &n_shifts));
    return s->out->graph || n_shifts == 0 ? RQ_OK : attempt(s, at, false, &n_shifts);
}

rq_status rq_equalize_search_images(rq_images *out, const rq_search_images *images)
{
    return rq_search_images_fit(out, images, IMAGES);
}

rq_status rq_equalize_search(rq_equalization *out, const rq_workload *workload,
                             rq_search_images *images, const rq_equalize_options *options)
{
    search s = {.workload = workload, .options = options, .out = out, .images = images};
    places at = {0};
    *out = (rq_equalization){0};
    RQ_TRY(find_places(&at, &s));
    if (at.n == 0) return RQ_OK;
    if (!images->enough) {
        rq_log("%s is not tried: too few images to validate it on", name_of(&s));
        return RQ_OK;
    }
    rq_status status = try_all(&s, &at);
    rq_output_scores_close(&s.unchanged);
    rq_quant_plan_destroy(&s.plan);
    return status;
}
