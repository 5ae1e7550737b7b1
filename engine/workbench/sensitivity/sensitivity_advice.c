/* What to change, from what was tried. */
#include "engine/workbench/sensitivity/sensitivity_text.h"

#include "reports/writers/table_text.h"

#include <math.h>

#define DOMINANT_DB 3.0 /* one of weights and activations makes most of the error */

/* -- trials ---------------------------------------------------------------------------------- */

/* Layers whose leaving out gains most, as far as a few images tell, at most n: indices of
 * s->layers. */
static size_t pick(size_t *out, size_t n, const rq_sensitivity *s)
{
    size_t found = 0;
    for (size_t i = 0; i < s->n_layers; i++) {
        double gain = s->layers[i].gain_db;
        if (!(gain >= RQ_TRIAL_MIN_GAIN_DB)) continue;
        size_t at = found < n ? found++ : n;
        for (; at > 0 && s->layers[out[at - 1]].gain_db < gain; at--)
            if (at < n) out[at] = out[at - 1];
        if (at < n) out[at] = i;
    }
    return found;
}

/* Of the whole network, as it will be written, and perhaps of more images than before: what else
 * was measured is of those, and goes. */
static void take_gain(rq_sensitivity *s, size_t layer, const rq_plan_trial *trial)
{
    s->layers[layer].gain_db = trial->gain_db;
    s->layers[layer].of[RQ_VARIANT_LEFT_OUT] =
        (rq_effect){.images = trial->images,
                    .sqnr_db = s->whole.sqnr_db + trial->gain_db,
                    .cosine = NAN,
                    .agreement = NAN,
                    .drop = NAN};
}

rq_status rq_sensitivity_try_advice(rq_sensitivity *s, const rq_workload *workload,
                                    const rq_stats *stats, rq_arena *arena)
{
    rq_dataset used = *workload->images.dataset; /* its images up to the last one used */
    used.n = s->images_used;
    rq_images images = workload->images;
    images.dataset = &used;
    const rq_trials_options options = {
        .parts = s->parts, .stats = stats, .images = &images, .seconds = INFINITY};
    size_t candidates[RQ_MAX_EXCLUDED];
    rq_plan_trials *trials;
    if (used.n < RQ_TRIAL_MIN_IMAGES) return RQ_OK;
    s->n_excluded = pick(s->excluded, RQ_MAX_EXCLUDED, s);
    for (size_t i = 0; i < s->n_excluded; i++) candidates[i] = s->layers[s->excluded[i]].part;
    const rq_tried_options tried = {
        .candidates = candidates, .n_candidates = s->n_excluded, .before_db = s->whole.sqnr_db};
    RQ_TRY(rq_plan_trials_open(&trials, workload, &options));
    rq_status status = rq_tried_advice_make(&s->tried, trials, &tried, arena);
    rq_plan_trials_close(&trials);
    RQ_TRY(status);
    for (size_t i = 0; i < s->n_excluded; i++)
        if (s->tried.excluded[i].done) take_gain(s, s->excluded[i], &s->tried.excluded[i]);
    return RQ_OK;
}

/* -- text ------------------------------------------------------------------------------------ */

static bool is_narrowed(const rq_quant_plan *plan, rq_id node)
{
    for (size_t i = 0; i < plan->n_weights; i++) {
        const rq_plan_weight *w = &plan->weights[i];
        if (w->point.node == node && (w->code_limit < 127 || w->codes.n_repaired)) return true;
    }
    return false;
}

static const char *cause(const rq_sensitivity *s, const rq_layer_effect *layer)
{
    double w = layer->of[RQ_VARIANT_WEIGHTS].sqnr_db, a = layer->of[RQ_VARIANT_ACTIVATIONS].sqnr_db;
    if (isnan(w) || isnan(a)) return "activations";
    if (a < w - DOMINANT_DB) return "activations";
    if (w < a - DOMINANT_DB)
        return is_narrowed(s->parts->plan, s->parts->v[layer->part].node)
                   ? "weights, which were adjusted against saturation; --target-isa vnni if the "
                     "target CPU has VNNI"
                   : "weights";
    return "weights and activations about equally";
}

static void put_causes(rq_buf *out, const rq_sensitivity *s)
{
    if (s->n_excluded)
        rq_buf_append(out, "\nMost of the error of each, when it alone is quantized:\n");
    for (size_t i = 0; i < s->n_excluded; i++) {
        const rq_layer_effect *layer = &s->layers[s->excluded[i]];
        rq_buf_append(out, "  ");
        rq_buf_visible(out, layer->name);
        rq_buf_printf(out, ": by %s\n", cause(s, layer));
    }
}

static bool may_gain(const rq_sensitivity *s)
{
    for (size_t i = 0; i < s->n_layers; i++)
        if (s->layers[i].gain_db >= RQ_TRIAL_MIN_GAIN_DB) return true;
    return false;
}

static void put_no_gain(rq_buf *out, const rq_sensitivity *s)
{
    if (may_gain(s))
        rq_buf_append(out, "\nNo gain is confirmed, image by image, with 95 % confidence: more "
                           "images (--images) may tell.\n");
    else
        rq_buf_printf(out,
                      "\nExcluding a single layer gains less than %.1f dB: the error is spread "
                      "over many layers.\n",
                      RQ_TRIAL_MIN_GAIN_DB);
}

void rq_sensitivity_advise(rq_buf *out, const rq_sensitivity *s)
{
    if (s->tried.n == 0)
        put_no_gain(out, s);
    else
        rq_buf_append(out, "\nTried, and confirmed image by image with 95 % confidence:\n");
    for (size_t i = 0; i < s->tried.n; i++) {
        rq_buf_append(out, "  ");
        rq_buf_visible(out, s->tried.lines[i].text);
        rq_buf_append(out, "\n    ");
        rq_buf_visible(out, s->tried.lines[i].option);
        rq_buf_append(out, "\n");
    }
    put_causes(out, s);
}
