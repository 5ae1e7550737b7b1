/* Tuning for people: the table of trials, and why each layer was ignored. */
#include "engine/workbench/tune/tune_text.h"

#include "reports/writers/table_text.h"

#include <math.h>
#include <stdio.h>

#define CELL 32
#define MAX_CELLS 9

static const char *number(char text[CELL], const char *format, double x, const char *unit)
{
    char value[CELL];
    if (isnan(x)) return "-";
    snprintf(value, CELL, format, x);
    snprintf(text, CELL, "%.*s%s", CELL - 4, value, unit);
    return text;
}

/* Wherever it was measured. */
static bool meets_budget(const rq_trial *trial)
{
    return trial->meets && (isnan(trial->other_value) || trial->other_meets);
}

static void add_row(rq_text_table *table, const rq_tuning *t, size_t index)
{
    const rq_trial *trial = &t->trials[index];
    const char *unit = t->options.relative ? " %" : "", *cells[MAX_CELLS];
    char c[7][CELL], size[RQ_SIZE_TEXT];
    size_t n = 0;
    snprintf(c[0], CELL, "%zu layer%s%s", trial->n_ignored, rq_plural(trial->n_ignored),
             index == t->best ? " *" : "");
    cells[n++] = c[0];
    cells[n++] = number(c[1], "%.4g", trial->value, "");
    cells[n++] = number(c[2], "%.3g", trial->drop + 0.0, unit);
    if (t->options.others) {
        cells[n++] = number(c[3], "%.4g", trial->other_value, "");
        cells[n++] = number(c[4], "%.3g", trial->other_drop + 0.0, unit);
    }
    cells[n++] = number(c[5], "+%.3f", trial->cost_ms, "");
    cells[n++] = trial->noise ? "noise" : number(c[6], "%.3f", trial->measured_ms, "");
    cells[n++] = rq_size_text((uint64_t)trial->bytes, size);
    cells[n++] = meets_budget(trial) ? "met" : "missed";
    rq_text_table_row(table, cells, n);
}

static void add_heading(rq_text_table *table, const rq_tuning *t)
{
    const char *cells[MAX_CELLS] = {"ignored", t->metric, "drop"};
    size_t n = 3;
    if (t->options.others) {
        cells[n++] = "others";
        cells[n++] = "drop";
    }
    cells[n++] = "cost ms";
    cells[n++] = "ms measured";
    cells[n++] = "weights";
    cells[n++] = "budget";
    table->columns = n;
    rq_text_table_row(table, cells, n);
}

/* What the trials are of, and FP32's figures. */
static void put_head(rq_buf *out, const rq_tuning *t)
{
    const char *unit = t->unit && *t->unit ? t->unit : NULL, *gap = unit ? " " : "";
    const rq_images *others = t->options.others;
    if (!unit) unit = "";
    rq_buf_printf(out, "\n%zu trial%s%s on %zu image%s", t->n_trials, rq_plural(t->n_trials),
                  t->n_resumed ? ", some from an earlier run," : "", t->options.val->dataset->n,
                  rq_plural(t->options.val->dataset->n));
    if (!t->compares)
        rq_buf_printf(out, "; FP32: %s %.4g%s%s", t->metric, t->fp32_value, gap, unit);
    if (!t->compares && others)
        rq_buf_printf(out, ", on the others %.4g%s%s", t->other_fp32_value, gap, unit);
    rq_buf_append(out, "\n\n");
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
    rq_text_table table = {.width = columns};
    const char **why;
    RQ_TRY(rq_tune_reasons(&why, t, t->trials[t->best].ignored));
    add_heading(&table, t);
    for (size_t i = 0; i < t->n_trials; i++) add_row(&table, t, i);
    put_head(out, t);
    rq_text_table_write(out, &table, "", "");
    bool failed = table.failed;
    rq_text_table_free(&table);
    rq_buf_append(out,
                  "\n*: selected. cost ms: expected on one core, from the times of the layers.\n");
    if (t->options.others)
        rq_buf_printf(
            out,
            "others: on the %zu images that no layer is chosen on, as in the report; there "
            "the choice must meet\nthe budget, too.\n",
            t->options.others->dataset->n);
    add_reasons(out, t, why);
    return failed || out->failed ? rq_fail_memory(out->length, "a table") : RQ_OK;
}
