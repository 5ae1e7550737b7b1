#include "reports/compare/compare_table.h"

#include "reports/units.h"

#include <math.h>

rq_status rq_compare_table_begin(rq_compare_table *out, const rq_compare_table *like,
                                 const rq_compare_column *columns, size_t n, size_t most_rows,
                                 rq_arena *arena)
{
    *out = *like;
    out->n_columns = n;
    out->columns = rq_arena_alloc(arena, n, sizeof *out->columns);
    out->cells = rq_arena_alloc(arena, most_rows * n, sizeof *out->cells);
    if (!out->columns || !out->cells) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) out->columns[i] = columns[i];
    return RQ_OK;
}

rq_compare_cell *rq_compare_table_row(rq_compare_table *table)
{
    rq_compare_cell *row = &table->cells[table->rows++ * table->n_columns];
    for (size_t i = 0; i < table->n_columns; i++) row[i] = (rq_compare_cell){.sort = NAN};
    return row;
}

rq_compare_cell rq_compare_text(const char *text)
{
    return (rq_compare_cell){.text = text, .sort = NAN};
}

rq_compare_cell rq_compare_number(const char *text, double sort, rq_arena *arena)
{
    return (rq_compare_cell){.text = isnan(sort) ? NULL : rq_arena_strdup(arena, text),
                             .sort = sort};
}

rq_compare_cell rq_compare_unit(rq_unit unit, double x, rq_arena *arena)
{
    char buffer[RQ_NUMBER_TEXT];
    return rq_compare_number(rq_unit_text(unit, x, buffer), x, arena);
}

const char *rq_compare_mark(rq_significance significance)
{
    return significance == RQ_SIGNIFICANCE_WORSE    ? "bad"
           : significance == RQ_SIGNIFICANCE_BETTER ? "good"
                                                    : NULL;
}

rq_status rq_compare_columns_by_run(rq_compare_column **out, const rq_comparison *c,
                                    const char *first, bool number, rq_arena *arena)
{
    *out = rq_arena_alloc(arena, c->n + 1, sizeof **out);
    if (!*out) return RQ_ENOMEM;
    (*out)[0] = (rq_compare_column){first, false};
    for (size_t k = 0; k < c->n; k++) (*out)[k + 1] = (rq_compare_column){c->runs[k].name, number};
    return RQ_OK;
}

rq_compare_cell rq_compare_noise(void)
{
    return (rq_compare_cell){.text = "not measurable now", .sort = NAN, .mark = "noise"};
}
