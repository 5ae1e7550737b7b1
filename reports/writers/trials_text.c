#include "reports/writers/trials_text.h"

#include "reports/units.h"
#include "reports/writers/table_text.h"

#include <math.h>
#include <stdio.h>

#define CELL 32
#define MAX_CELLS 9

static const char *number(char text[CELL], const char *format, double x, const char *unit)
{
    char value[CELL];
    if (isnan(x)) return "-";
    snprintf(value, CELL, format, x + 0.0); /* no -0 */
    snprintf(text, CELL, "%.*s%s", CELL - 4, value, unit);
    return text;
}

static bool has_others(const rq_report_budget *budget)
{
    return budget->other_images > 0;
}

/* A minimum is of the value itself: not what is lost tells, but what is more than that. */
static bool has_minimum(const rq_report_budget *budget)
{
    return !isnan(budget->min_value);
}

static const char *drop_text(char text[CELL], const rq_report_budget *budget, double drop)
{
    if (has_minimum(budget)) return number(text, "%.2f", -drop, "");
    return number(text, "%.3g", drop, budget->relative ? " %" : "");
}

static void add_row(rq_text_table *table, const rq_report_budget *budget,
                    const rq_report_trial *trial)
{
    const char *cells[MAX_CELLS];
    char c[7][CELL], size[RQ_NUMBER_TEXT];
    size_t n = 0;
    snprintf(c[0], CELL, "%.0f layer%s%s", trial->ignored, trial->ignored == 1 ? "" : "s",
             trial->selected ? " *" : "");
    cells[n++] = c[0];
    cells[n++] = number(c[1], "%.4g", trial->value, "");
    cells[n++] = drop_text(c[2], budget, trial->drop);
    if (has_others(budget)) {
        cells[n++] = number(c[3], "%.4g", trial->other_value, "");
        cells[n++] = drop_text(c[4], budget, trial->other_drop);
    }
    cells[n++] = number(c[5], "+%.3f", trial->cost_ms, "");
    cells[n++] = trial->noise ? "noise" : number(c[6], "%.3f", trial->measured_ms, "");
    cells[n++] = rq_unit_text(RQ_UNIT_BYTES, trial->weight_bytes, size);
    cells[n++] = trial->within_budget ? "met" : "missed";
    rq_text_table_row(table, cells, n);
}

static const char *unit_of(const rq_report_budget *budget)
{
    return budget->unit ? budget->unit : "";
}

static void add_heading(rq_text_table *table, const rq_report_budget *budget)
{
    char above[CELL];
    const char *drop = "drop";
    if (has_minimum(budget)) {
        snprintf(above, CELL, "%.8s above budget", unit_of(budget));
        drop = above;
    }
    const char *cells[MAX_CELLS] = {"ignored", budget->metric ? budget->metric : "value", drop};
    size_t n = 3;
    if (has_others(budget)) {
        cells[n++] = "others";
        cells[n++] = drop;
    }
    cells[n++] = "cost ms";
    cells[n++] = "ms measured";
    cells[n++] = "weights";
    cells[n++] = "budget";
    table->columns = n;
    rq_text_table_row(table, cells, n);
}

/* What the trials are of, and the original's figures. */
static void put_head(rq_buf *out, const rq_report_budget *budget, size_t n)
{
    const char *unit = unit_of(budget), *gap = *unit ? " " : "";
    rq_buf_printf(out, "\n%zu trial%s on %.0f image%s", n, rq_plural(n), budget->images,
                  budget->images == 1 ? "" : "s");
    if (!isnan(budget->original_value))
        rq_buf_printf_visible(out, "; FP32: %s %.4g%s%s", budget->metric ? budget->metric : "",
                              budget->original_value, gap, unit);
    if (!isnan(budget->other_original_value))
        rq_buf_printf_visible(out, ", on the others %.4g%s%s", budget->other_original_value, gap,
                              unit);
    rq_buf_append(out, "\n\n");
}

static void put_legend(rq_buf *out, const rq_report_budget *budget, bool selected)
{
    rq_buf_printf(out, "\n%scost ms: expected on one core, from the times of the layers.\n",
                  selected ? "*: selected. " : "");
    if (has_others(budget))
        rq_buf_printf(out,
                      "others: on the %.0f images that no layer is chosen on, as in the report; "
                      "there the choice must meet\nthe budget, too.\n",
                      budget->other_images);
}

void rq_trials_text(rq_buf *out, const rq_report_budget *budget, const rq_report_trial *trials,
                    size_t n, size_t columns)
{
    rq_text_table table = {.width = columns};
    bool selected = false;
    if (n == 0) return;
    add_heading(&table, budget);
    for (size_t i = 0; i < n; i++) {
        add_row(&table, budget, &trials[i]);
        selected = selected || trials[i].selected;
    }
    put_head(out, budget, n);
    rq_text_table_write(out, &table, "", "");
    out->failed = out->failed || table.failed;
    rq_text_table_free(&table);
    put_legend(out, budget, selected);
}
