#include "engine/workbench/sensitivity/tried_advice.h"

#include "engine/base/text.h"

#include <math.h>

typedef struct adviser {
    rq_tried_advice *out;
    rq_plan_trials *trials;
    const rq_tried_options *options;
} adviser;

/* -- lines ----------------------------------------------------------------------------------- */

/* "what: output SQNR 22.6 -> 24.1 dB (16 images), +2 % time (estimated from layer times)." */
static rq_status add_line(adviser *a, const char *what, const char *option,
                          const rq_plan_trial *trial, double time_share)
{
    rq_tried_advice *out = a->out;
    double anchor = a->options->before_db;
    double before = isnan(anchor) ? trial->before_db : anchor;
    double after = isnan(anchor) ? trial->after_db : anchor + trial->gain_db;
    const char *time = "";
    if (!isnan(time_share))
        time = rq_arena_printf(out->arena, ", %+.0f %% time (estimated from layer times)",
                               100 * time_share);
    if (!what || !option || !time) return RQ_ENOMEM;
    const char *text =
        rq_arena_printf(out->arena, "%s: output SQNR %.1f -> %.1f dB (%zu image%s)%s.", what,
                        before, after, trial->images, rq_plural(trial->images), time);
    if (!text) return RQ_ENOMEM;
    out->lines[out->n++] =
        (rq_report_advice){text, option, before, after, (double)trial->images, time_share};
    return RQ_OK;
}

/* -- excluding layers ------------------------------------------------------------------------ */

static const char *name_of(const adviser *a, size_t candidate)
{
    const rq_parts *parts = rq_plan_trials_options(a->trials)->parts;
    return parts->bound->graph->nodes[parts->v[candidate].node]->name;
}

static double total_ms(const rq_report *report)
{
    double total = 0;
    for (size_t i = 0; i < report->n_types; i++)
        if (report->types[i].after_ms > 0) total += report->types[i].after_ms;
    return total;
}

/* What the layer takes more in floating point, of the quantized network's time; NAN: not known. */
static double time_share_of(const adviser *a, const char *layer)
{
    const rq_report *report = a->options->report;
    for (size_t i = 0; report && i < report->n_layers; i++) {
        const rq_report_layer *row = &report->layers[i];
        if (!rq_same_text(row->name, layer)) continue;
        if (!(row->before_ms > 0) || !(row->after_ms > 0)) return NAN;
        return (row->before_ms - row->after_ms) / total_ms(report);
    }
    return NAN;
}

/* "--ignore 'name'" as a shell takes it. */
static void put_ignore(rq_buf *out, const char *layer)
{
    rq_buf_append(out, "--ignore '");
    rq_buf_in_quotes(out, layer);
    rq_buf_append(out, "'");
}

static rq_status add_excluded(adviser *a, const size_t *parts, size_t n, const rq_plan_trial *trial)
{
    rq_buf option = {0};
    double share = 0;
    for (size_t i = 0; i < n; i++) {
        rq_buf_append(&option, i ? " " : "");
        put_ignore(&option, name_of(a, parts[i]));
        share += time_share_of(a, name_of(a, parts[i]));
    }
    rq_arena *arena = a->out->arena;
    const char *what = n == 1 ? rq_arena_printf(arena, "%s in floating point", name_of(a, parts[0]))
                              : rq_arena_printf(arena, "These %zu in floating point", n);
    const char *kept = option.failed ? NULL : rq_arena_strdup(arena, option.data);
    rq_buf_free(&option);
    return add_line(a, what, kept, trial, share);
}

static rq_status try_together(adviser *a, const size_t *gaining, size_t n, double best_db)
{
    rq_plan_trial trial;
    bool all = n == rq_plan_trials_options(a->trials)->parts->n; /* nothing would be quantized */
    if (n < 2 || all) return RQ_OK;
    RQ_TRY(rq_plan_trial_exclude(&trial, a->trials, gaining, n));
    bool better = trial.confirmed && trial.after_db >= best_db + RQ_TRIAL_MIN_GAIN_DB;
    return better ? add_excluded(a, gaining, n, &trial) : RQ_OK;
}

static rq_status try_excluding(adviser *a)
{
    size_t gaining[RQ_MAX_EXCLUDED], n = 0;
    double best_db = -INFINITY;
    for (size_t i = 0; i < a->options->n_candidates && i < RQ_MAX_EXCLUDED; i++) {
        const size_t *part = &a->options->candidates[i];
        rq_plan_trial *trial = &a->out->excluded[i];
        RQ_TRY(rq_plan_trial_exclude(trial, a->trials, part, 1));
        if (!trial->done || !(trial->gain_db >= RQ_TRIAL_MIN_GAIN_DB)) continue;
        gaining[n++] = *part;
        best_db = fmax(best_db, trial->after_db);
        if (trial->confirmed) RQ_TRY(add_excluded(a, part, 1, trial));
    }
    return try_together(a, gaining, n, best_db);
}

/* -- other options --------------------------------------------------------------------------- */

static rq_status try_options(adviser *a, const rq_plan_options *options, const char *what,
                             const char *option)
{
    rq_plan_trial trial;
    RQ_TRY(rq_plan_trial_options(&trial, a->trials, options));
    return trial.confirmed ? add_line(a, what, option, &trial, NAN) : RQ_OK;
}

static rq_status try_all_options(adviser *a)
{
    const rq_quant_plan *plan = rq_plan_trials_options(a->trials)->parts->plan;
    rq_plan_options options = plan->options;
    if (options.preset == RQ_PRESET_PERFORMANCE) {
        options.preset = RQ_PRESET_MIXED;
        RQ_TRY(try_options(a, &options, "Asymmetric activations", "--preset mixed"));
    }
    options = plan->options;
    if (rq_same_text(options.range, "minmax")) return RQ_OK;
    options.range = "minmax";
    return try_options(a, &options, "The widest ranges", "--range minmax");
}

/* -- all ------------------------------------------------------------------------------------- */

rq_status rq_tried_advice_make(rq_tried_advice *out, rq_plan_trials *trials,
                               const rq_tried_options *options, rq_arena *arena)
{
    adviser a = {out, trials, options};
    *out = (rq_tried_advice){.arena = arena};
    RQ_TRY(try_excluding(&a));
    return try_all_options(&a);
}

static double own_noise(const rq_parts *parts, const rq_part *part)
{
    const rq_quant_plan *plan = parts->plan;
    double weights = 0, activations = 0;
    size_t number = 0;
    for (size_t i = 0; i < plan->n_weights; i++) {
        const rq_plan_weight *w = &plan->weights[i];
        if (w->point.node == part->node && w->codes.signal > 0)
            weights += w->codes.noise / w->codes.signal;
    }
    for (size_t i = 0; i < plan->n_activations; i++) {
        const rq_plan_activation *a = &plan->activations[i];
        for (size_t u = 0; u < a->point.n_uses; u++)
            if (part->reads[number++] && a->signal > 0)
                activations = fmax(activations, a->noise / a->signal);
    }
    return weights + activations;
}

static bool is_among(const size_t *list, size_t n, size_t x)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == x) return true;
    return false;
}

size_t rq_suspected_parts(size_t *out, size_t n, const rq_parts *parts)
{
    size_t found = 0;
    if (parts->n && n) out[found++] = parts->n - 1;
    if (parts->n > 1 && n > 1) out[found++] = 0;
    while (found < n && found < parts->n) {
        size_t worst = parts->n;
        for (size_t i = 0; i < parts->n; i++)
            if (!is_among(out, found, i) &&
                (worst == parts->n ||
                 own_noise(parts, &parts->v[i]) > own_noise(parts, &parts->v[worst])))
                worst = i;
        out[found++] = worst;
    }
    return found;
}
