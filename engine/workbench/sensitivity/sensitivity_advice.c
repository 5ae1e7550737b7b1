/* What to change, from what was measured. */
#include "engine/workbench/sensitivity/sensitivity_text.h"

#include "reports/writers/table_text.h"

#include <math.h>
#include <string.h>

#define MAX_ADVICE 5
#define MIN_GAIN_DB 0.3 /* of SQNR gained by leaving a layer out */
#define SHARE_DB 13.0   /* a layer this far above the whole makes less than 5 % of its error */
#define DOMINANT_DB 3.0 /* one of weights and activations makes most of the error */

/* "--ignore 'name'" as a shell takes it, with a blank before it. */
static void ignore(rq_buf *out, const char *layer)
{
    rq_buf_append(out, " --ignore '");
    for (const char *c = layer; *c; c++)
        if (*c == '\'')
            rq_buf_append(out, "'\\''");
        else
            rq_buf_append_n(out, c, 1);
    rq_buf_append(out, "'");
}

static bool is_narrowed(const rq_quant_plan *plan, rq_id node)
{
    for (size_t i = 0; i < plan->n_weights; i++) {
        const rq_plan_weight *w = &plan->weights[i];
        if (w->point.node == node && (w->code_limit < 127 || w->codes.n_repaired)) return true;
    }
    return false;
}

static const char *remedy(const rq_sensitivity *s, const rq_layer_effect *layer)
{
    double w = layer->of[RQ_VARIANT_WEIGHTS].sqnr_db, a = layer->of[RQ_VARIANT_ACTIVATIONS].sqnr_db;
    if (isnan(w) || isnan(a)) return "caused by activations; try another --range";
    if (a < w - DOMINANT_DB)
        return "caused by activations; try another --range, or --preset mixed where values have "
               "one sign";
    if (w < a - DOMINANT_DB)
        return is_narrowed(s->parts->plan, s->parts->v[layer->part].node)
                   ? "caused by weights adjusted against saturation; use --target-isa vnni if the "
                     "target CPU has VNNI"
                   : "caused by weights";
    return "caused by weights and activations about equally";
}

/* The layers whose leaving out gains most, at most MAX_ADVICE; how many. */
static size_t pick(const rq_layer_effect **out, const rq_sensitivity *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_layers; i++) {
        const rq_layer_effect *layer = &s->layers[i];
        bool matters = layer->of[RQ_VARIANT_BOTH].sqnr_db < s->whole.sqnr_db + SHARE_DB;
        if (!matters || !(layer->gain_db >= MIN_GAIN_DB)) continue;
        size_t at = n < MAX_ADVICE ? n++ : MAX_ADVICE;
        while (at > 0 && out[at - 1]->gain_db < layer->gain_db) {
            if (at < MAX_ADVICE) out[at] = out[at - 1];
            at--;
        }
        if (at < MAX_ADVICE) out[at] = layer;
    }
    return n;
}

void rq_sensitivity_advise(rq_buf *out, const rq_sensitivity *s)
{
    const rq_layer_effect *advised[MAX_ADVICE];
    size_t n = pick(advised, s);
    if (n == 0) {
        rq_buf_printf(out,
                      "\nExcluding a single layer gains less than %.1f dB: the error is spread "
                      "over many layers. Better ranges help more than exclusions.\n",
                      MIN_GAIN_DB);
        return;
    }
    rq_buf_append(out, "\nRecommendations:\n");
    for (size_t i = 0; i < n; i++) {
        rq_buf_append(out, "  ");
        rq_buf_visible(out, advised[i]->name);
        rq_buf_printf(out, ": SQNR gain when excluded %.2f dB; %s\n", advised[i]->gain_db,
                      remedy(s, advised[i]));
    }
    rq_buf_append(out, "\nTo exclude them from quantization:\n ");
    for (size_t i = 0; i < n; i++) ignore(out, advised[i]->name);
    rq_buf_append(out, "\n");
}
