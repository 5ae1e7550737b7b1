#include "engine/workbench/sensitivity/sensitivity_text.h"

#include "reports/short_names.h"
#include "reports/writers/table_text.h"

#include <math.h>
#include <stdio.h>

#define BAR 20 /* characters */
#define CELL 32

static const char *number(char text[CELL], double x, const char *format, bool there)
{
    if (!there || isnan(x)) return "-";
    snprintf(text, CELL, format, x);
    return text;
}

/* "31.2 (4)": of four images; without a number of all. */
static const char *decibels(char text[CELL], double db, const char *format, const rq_effect *of,
                            const rq_sensitivity *s)
{
    char value[CELL];
    if (!of->images || isnan(db)) return "-";
    snprintf(value, CELL, format, db);
    if (of->images < s->images_used)
        snprintf(text, CELL, "%.8s (%zu)", value, of->images);
    else
        snprintf(text, CELL, "%s", value);
    return text;
}

/* Longest for the layer that hurts most: as long as its noise, in decibels over the least. */
static const char *bar(char text[CELL], double db, double worst, double best)
{
    double part = best > worst ? (best - db) / (best - worst) : 1;
    int n = (int)lround(BAR * fmin(1, fmax(0, part)));
    snprintf(text, CELL, "%-*.*s", BAR, n, "####################");
    return text;
}

void rq_sensitivity_measured_on(rq_buf *out, const rq_sensitivity *s)
{
    const rq_measured_on *on = &s->measured_on;
    rq_buf_printf(out, "measured on %zu%s image%s", s->images_used,
                  on->source == RQ_MEASURED_HOLDOUT ? " holdout" : "", rq_plural(s->images_used));
    if (on->data) {
        rq_buf_append(out, " of ");
        rq_buf_visible(out, on->data);
    }
    if (on->source == RQ_MEASURED_CALIBRATION)
        rq_buf_append(out, ", which ranges and codes are made of, too: their figures flatter; use "
                           "more images, or others (--val)");
    else if (on->given_stats)
        rq_buf_append(out, "; ranges are made of those of --stats, whichever they are");
    else
        rq_buf_printf(out, "; ranges and codes are made of %zu other%s", on->calibration,
                      rq_plural(on->calibration));
}

static void head(rq_buf *out, const rq_sensitivity *s)
{
    rq_buf_printf(out, "\n%zu layer%s, %zu image%s, %zu partial run%s, %.1f s\n", s->n_layers,
                  rq_plural(s->n_layers), s->images_used, rq_plural(s->images_used), s->runs,
                  rq_plural(s->runs), s->seconds);
    rq_sensitivity_measured_on(out, s);
    rq_buf_printf(out, "\nall quantized: SQNR %.2f dB, cosine %.5f", s->whole.sqnr_db,
                  s->whole.cosine);
    if (s->classes) rq_buf_printf(out, ", same class as FP32 %.1f %%", s->whole.agreement);
    if (s->labelled) rq_buf_printf(out, ", top-1 %+.1f points", 0 - s->whole.drop);
    rq_buf_append(out, "\n\n");
}

static void add_row(rq_text_table *table, const rq_sensitivity *s, const rq_layer_effect *layer,
                    const char *name, double best)
{
    char t[8][CELL];
    const rq_effect *of = layer->of;
    double db = of[RQ_VARIANT_BOTH].sqnr_db;
    const char *cells[] = {
        name,
        layer->type,
        decibels(t[0], of[RQ_VARIANT_WEIGHTS].sqnr_db, "%.1f", &of[RQ_VARIANT_WEIGHTS], s),
        decibels(t[1], of[RQ_VARIANT_ACTIVATIONS].sqnr_db, "%.1f", &of[RQ_VARIANT_ACTIVATIONS], s),
        decibels(t[2], db, layer->settled ? "%.1f" : "%.1f ~", &of[RQ_VARIANT_BOTH], s),
        number(t[3], of[RQ_VARIANT_BOTH].cosine, "%.5f", true),
        number(t[4], 0 - of[RQ_VARIANT_BOTH].drop, "%+.1f", s->labelled),
        decibels(t[5], layer->gain_db, "%+.2f", &of[RQ_VARIANT_LEFT_OUT], s),
        bar(t[6], db, s->layers[0].of[RQ_VARIANT_BOTH].sqnr_db, best),
    };
    rq_text_table_row(table, cells, sizeof cells / sizeof *cells);
}

static rq_status name_layers(rq_short_names **out, const rq_sensitivity *s, rq_arena *arena)
{
    const char **names = rq_arena_alloc(arena, s->n_layers, sizeof *names);
    if (!names) return RQ_ENOMEM;
    for (size_t i = 0; i < s->n_layers; i++) names[i] = s->layers[i].name;
    return rq_short_names_create(out, names, s->n_layers, arena);
}

static rq_status put_table(rq_buf *out, const rq_sensitivity *s, size_t n, size_t columns,
                           rq_arena *arena)
{
    static const char *const heading[] = {
        "layer (worst first)", "type", "weights", "activ.", "both dB", "cosine", "top-1",
        "excluded dB",         "error"};
    rq_text_table table = {
        .columns = sizeof heading / sizeof *heading, .wide = 44, .width = columns, .optional = 1};
    double best = s->layers[s->n_layers - 1].of[RQ_VARIANT_BOTH].sqnr_db;
    rq_short_names *names;
    RQ_TRY(name_layers(&names, s, arena));
    rq_text_table_row(&table, heading, table.columns);
    for (size_t i = 0; i < n; i++)
        add_row(&table, s, &s->layers[i], rq_short_name(names, s->layers[i].name), best);
    rq_text_table_write(out, &table, "", "");
    rq_status status = table.failed ? rq_fail_memory(n, "a table") : RQ_OK;
    rq_text_table_free(&table);
    rq_short_names_destroy(&names);
    return status;
}

/* Some figure is. */
static bool is_of_fewer(const rq_sensitivity *s)
{
    for (size_t i = 0; i < s->n_layers; i++)
        for (int v = 0; v < RQ_VARIANTS; v++) {
            size_t images = s->layers[i].of[v].images;
            if (images && images < s->images_used) return true;
        }
    return false;
}

rq_status rq_sensitivity_text(rq_buf *out, const rq_sensitivity *s, size_t rows, size_t columns)
{
    size_t n = rows && rows < s->n_layers ? rows : s->n_layers;
    rq_arena *arena;
    head(out, s);
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = put_table(out, s, n, columns, arena);
    rq_arena_destroy(&arena);
    if (n < s->n_layers) rq_buf_printf(out, "  ... %zu more (--rows 0)\n", s->n_layers - n);
    rq_buf_append(out, "\nweights, activ., both: SQNR of the outputs when only this is quantized; "
                       "excluded: SQNR gain\nwhen this layer is excluded from quantization. SQNR "
                       "is the mean of the "
                       "images'; a report's\nis of all together.");
    if (is_of_fewer(s))
        rq_buf_printf(
            out,
            "\n(n): of the first n images, not all %zu; cosine and top-1 are of as many as "
            "both.",
            s->images_used);
    if (s->n_settled < s->n_layers)
        rq_buf_printf(out, " ~: order not significant with these images (%zu of %zu).",
                      s->n_layers - s->n_settled, s->n_layers);
    rq_buf_append(out, "\n");
    rq_sensitivity_advise(out, s);
    return status == RQ_OK && out->failed ? rq_fail_memory(out->length, "a table") : status;
}
