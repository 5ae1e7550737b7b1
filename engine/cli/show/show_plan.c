/* plan.json: settings, ranges, weights, and what stays in floating point. */
#include "engine/cli/show/show.h"
#include "quant/plan_file.h"
#include "quant/plan_json.h"
#include "reports/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool matches(const char *path, const char *head, size_t n)
{
    (void)path;
    (void)n;
    return strstr(head, "\"requant plan\"") != NULL;
}

static void spread(char *buffer, const float *low, const float *high, size_t n)
{
    char a[RQ_NUMBER_TEXT], b[RQ_NUMBER_TEXT];
    float least = n ? low[0] : NAN, most = n ? high[0] : NAN;
    for (size_t i = 1; i < n; i++) {
        least = fminf(least, low[i]);
        most = fmaxf(most, high[i]);
    }
    snprintf(buffer, 2 * RQ_NUMBER_TEXT, "%s to %s", rq_unit_text(RQ_UNIT_REAL, least, a),
             rq_unit_text(RQ_UNIT_REAL, most, b));
}

static void put_activations(rq_show *show, const rq_plan_file *plan)
{
    rq_text_table table = {.wide = RQ_SHOW_NAME};
    rq_text_table_row(&table,
                      (const char *[]){"quantized value", "levels", "ranges", "from .. to",
                                       "expected SQNR", "estimator"},
                      6);
    size_t picked = 0;
    for (size_t i = 0; i < plan->n_activations; i++) {
        const rq_plan_file_activation *a = &plan->activations[i];
        char levels[16], n[RQ_NUMBER_TEXT], range[2 * RQ_NUMBER_TEXT], sqnr[RQ_NUMBER_TEXT];
        if (!rq_show_picks(show, a->value) && !rq_show_picks(show, a->layer)) continue;
        if (picked++ >= rq_show_rows(show, plan->n_activations)) continue;
        snprintf(levels, sizeof levels, "%d", a->levels);
        rq_unit_text(RQ_UNIT_INDEX, (double)a->n, n);
        spread(range, a->low, a->high, a->n);
        rq_text_table_row(&table,
                          (const char *[]){a->value, levels, n, range,
                                           rq_unit_text(RQ_UNIT_DB, a->sqnr_db, sqnr),
                                           a->estimator},
                          6);
    }
    rq_show_table(show, &table, picked);
}

static void put_weights(rq_show *show, const rq_plan_file *plan)
{
    rq_text_table table = {.wide = RQ_SHOW_NAME, .narrow = 36};
    rq_text_table_row(&table,
                      (const char *[]){"weights of", "type", "precision", "channels",
                                       "scales from .. to", "expected SQNR", "ran in", "how"},
                      8);
    size_t picked = 0;
    for (size_t i = 0; i < plan->n_weights; i++) {
        const rq_plan_file_weight *w = &plan->weights[i];
        char n[RQ_NUMBER_TEXT], scales[2 * RQ_NUMBER_TEXT], sqnr[RQ_NUMBER_TEXT];
        const char *how = w->reason ? w->reason : w->overflow;
        if (!rq_show_picks(show, w->layer)) continue;
        if (picked++ >= rq_show_rows(show, plan->n_weights)) continue;
        rq_unit_text(RQ_UNIT_INDEX, w->n ? (double)w->n : NAN, n);
        if (w->n)
            spread(scales, w->scales, w->scales, w->n);
        else
            snprintf(scales, sizeof scales, "%s, groups of %zu", w->codes ? w->codes : "",
                     w->group_size);
        rq_text_table_row(&table,
                          (const char *[]){w->layer, w->type, rq_precision_word(w->precision), n,
                                           scales, rq_unit_text(RQ_UNIT_DB, w->sqnr_db, sqnr),
                                           w->ran_in ? w->ran_in : "-", how},
                          8);
    }
    rq_show_table(show, &table, picked);
}

static void put_ignored(rq_show *show, const rq_plan_file *plan)
{
    rq_text_table table = {.wide = RQ_SHOW_NAME};
    rq_text_table_row(&table, (const char *[]){"ignored layer", "type", "reason"}, 3);
    size_t picked = 0;
    for (size_t i = 0; i < plan->n_ignored; i++) {
        const rq_plan_file_ignored *k = &plan->ignored[i];
        if (!rq_show_picks(show, k->layer)) continue;
        if (picked++ < rq_show_rows(show, plan->n_ignored))
            rq_text_table_row(&table, (const char *[]){k->layer, k->type, k->reason}, 3);
    }
    rq_show_table(show, &table, picked);
}

static void put_equalization(rq_show *show, const rq_plan_file *plan)
{
    rq_text_table table = {.wide = RQ_SHOW_NAME};
    if (plan->n_equalizations == 0) return;
    rq_text_table_row(&table,
                      (const char *[]){"equalized value", "channels", "moved", "divided by"}, 4);
    size_t picked = 0;
    for (size_t i = 0; i < plan->n_equalizations; i++) {
        const rq_plan_file_equalization *m = &plan->equalizations[i];
        char n[RQ_NUMBER_TEXT], scaled[RQ_NUMBER_TEXT], range[RQ_NUMBER_TEXT];
        size_t count = 0;
        float least = m->log2[0], most = m->log2[0];
        for (size_t c = 0; c < m->n; c++) {
            count += m->log2[c] != 0.0f;
            least = m->log2[c] < least ? m->log2[c] : least;
            most = m->log2[c] > most ? m->log2[c] : most;
        }
        if (!rq_show_picks(show, m->value)) continue;
        if (picked++ >= rq_show_rows(show, plan->n_equalizations)) continue;
        rq_unit_text(RQ_UNIT_INDEX, (double)m->n, n);
        rq_unit_text(RQ_UNIT_INDEX, (double)count, scaled);
        snprintf(range, sizeof range, "2^%g .. 2^%g%s", (double)least, (double)most,
                 m->shift ? ", shifted" : "");
        rq_text_table_row(&table, (const char *[]){m->value, n, scaled, range}, 4);
    }
    rq_show_table(show, &table, picked);
}

static rq_status text(rq_show *show)
{
    rq_plan_file *plan;
    RQ_TRY(rq_plan_file_read(&plan, show->path));
    const rq_plan_options *s = &plan->settings;
    rq_show_heading(show, rq_arena_printf(show->arena, "plan for %s", plan->model));
    rq_buf_printf(show->out,
                  "  preset %s, range estimator %s, overflow fix %s, bias correction %s, rounding "
                  "%s\n  %zu quantized value%s, %zu weight%s, %zu ignored layer%s\n",
                  rq_presets[s->preset].name, rq_plan_range_name(s),
                  rq_overflow_fixes[s->overflow].name, s->bias_correction ? "on" : "off",
                  rq_roundings[s->rounding].name, plan->n_activations,
                  rq_plural(plan->n_activations), plan->n_weights, rq_plural(plan->n_weights),
                  plan->n_ignored, rq_plural(plan->n_ignored));
    put_activations(show, plan);
    put_weights(show, plan);
    put_ignored(show, plan);
    put_equalization(show, plan);
    rq_plan_file_destroy(&plan);
    return RQ_OK;
}

const rq_show_kind rq_show_kind_plan = {.name = "plan",
                                        .help = "plan.json",
                                        .matches = matches,
                                        .text = text,
                                        .json = rq_show_json_file};
