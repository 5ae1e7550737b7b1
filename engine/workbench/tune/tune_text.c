/* Tuning for people: the table of trials, and why each layer was ignored. */
#include "engine/workbench/tune/tune_text.h"

#include "reports/writers/table_text.h"

#include <math.h>
#include <stdio.h>

#define CELL 32

static void add_row(rq_text_table *table, const rq_tuning *t, size_t index)
{
    const rq_trial *trial = &t->trials[index];
    char c[5][CELL], size[RQ_SIZE_TEXT];
    snprintf(c[0], CELL, "%zu layer%s%s", trial->n_ignored, rq_plural(trial->n_ignored),
             index == t->best ? " *" : "");
    snprintf(c[1], CELL, "%.4g", trial->value);
    snprintf(c[2], CELL, "%.3g%s", trial->drop + 0.0, t->options.relative ? " %" : "");
    snprintf(c[3], CELL, "+%.3f", trial->cost_ms);
    snprintf(c[4], CELL, "%.3f", trial->measured_ms);
    const char *cells[] = {c[0],
                           c[1],
                           c[2],
                           c[3],
                           isnan(trial->measured_ms) ? "-"
                           : trial->noise            ? "noise"
                                                     : c[4],
                           rq_size_text((uint64_t)trial->bytes, size),
                           trial->meets ? "met" : "missed"};
    rq_text_table_row(table, cells, sizeof cells / sizeof *cells);
}

static void add_reasons(rq_buf *out, const rq_tuning *t, const char *const *why)
{
    const rq_trial *best = &t->trials[t->best];
    if (best->n_ignored == 0) {
        rq_buf_append(out, "\nNo layer needs to be excluded from quantization.\n");
        return;
    }
    rq_buf_append(out, "\nExcluded from quantization:\n");
    for (size_t i = 0; i < t->n_layers; i++) {
        if (!best->ignored[i]) continue;
        rq_buf_append(out, "  ");
        rq_buf_visible(out, t->layers[i].name);
        rq_buf_printf(out, ": %s\n", why[t->layers[i].part]);
    }
}

rq_status rq_tune_text(rq_buf *out, const rq_tuning *t, size_t columns)
{
    const char *heading[] = {"ignored",     t->metric, "drop",  "cost ms",
                             "ms measured", "weights", "budget"};
    rq_text_table table = {.columns = sizeof heading / sizeof *heading, .width = columns};
    const char **why;
    RQ_TRY(rq_tune_reasons(&why, t, t->trials[t->best].ignored));
    rq_text_table_row(&table, heading, table.columns);
    for (size_t i = 0; i < t->n_trials; i++) add_row(&table, t, i);
    rq_buf_printf(out, "\n%zu trial%s%s", t->n_trials, rq_plural(t->n_trials),
                  t->n_resumed ? ", some from an earlier run" : "");
    if (!t->compares) rq_buf_printf(out, "; FP32: %s %.4g", t->metric, t->fp32_value);
    if (!t->compares && t->unit) rq_buf_printf(out, " %s", t->unit);
    rq_buf_append(out, "\n\n");
    rq_text_table_write(out, &table, "", "");
    bool failed = table.failed;
    rq_text_table_free(&table);
    rq_buf_append(out,
                  "\n*: selected. cost ms: expected on one core, from the times of the layers.\n");
    add_reasons(out, t, why);
    return failed || out->failed ? rq_fail_memory(out->length, "a table") : RQ_OK;
}
