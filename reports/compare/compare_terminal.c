/* The comparison on the terminal: the tables' most telling rows. */
#include "reports/compare/compare_writer.h"
#include "reports/writers/table_text.h"

#define NAME_WIDTH 36
#define CELL_WIDTH 26

typedef struct colours {
    const char *bold, *good, *bad, *plain;
} colours;

static const colours with_colour = {"\033[1m", "\033[32m", "\033[31m", "\033[0m"};
static const colours without_colour = {"", "", "", ""};

/* Columns of the table beside the first, `from` to `to`. */
static void put_columns(rq_buf *out, const rq_compare_table *table, size_t from, size_t to,
                        const colours *colour, size_t width)
{
    rq_text_table text = {.wide = NAME_WIDTH, .narrow = CELL_WIDTH, .width = width};
    const char *cells[RQ_TABLE_COLUMNS] = {from == 1 ? table->columns[0].title : ""};
    size_t n = 1;
    for (size_t i = from; i < to; i++) cells[n++] = table->columns[i].title;
    rq_text_table_row(&text, cells, n);
    for (size_t row = 0; row < table->brief; row++) {
        const rq_compare_cell *at = &table->cells[row * table->n_columns];
        cells[0] = at[0].text;
        for (size_t i = from; i < to; i++) cells[1 + i - from] = at[i].text;
        rq_text_table_row(&text, cells, n);
    }
    rq_buf_append(out, "\n");
    rq_text_table_write(out, &text, colour->bold, colour->plain);
    rq_text_table_free(&text);
}

static void put_table(rq_buf *out, const rq_compare_table *table, const colours *colour,
                      size_t width)
{
    size_t step = RQ_TABLE_COLUMNS - 1;
    if (table->brief == 0) return;
    for (size_t from = 1; from < table->n_columns; from += step) {
        size_t to = from + step;
        put_columns(out, table, from, to < table->n_columns ? to : table->n_columns, colour, width);
    }
    if (table->brief < table->rows)
        rq_buf_printf(out, "  and %zu more: --html, --json or --csv FILE\n",
                      table->rows - table->brief);
}

/* A warning that several runs share is said once. */
static void put_warnings(rq_buf *out, const rq_comparison *c)
{
    for (size_t i = 0; i < c->n_warnings; i++) {
        if (!rq_compare_warning_is_first(c, i)) continue;
        rq_buf_append(out, "\n  ");
        rq_buf_visible(out, c->runs[0].name);
        for (size_t j = i; j < c->n_warnings; j++) {
            if (c->warnings[j].text != c->warnings[i].text) continue;
            rq_buf_append(out, ", ");
            rq_buf_visible(out, c->runs[c->warnings[j].run].name);
        }
        rq_buf_printf_visible(out, ": %s", c->warnings[i].text);
        rq_buf_append(out, "\n");
    }
}

static void put_budgets(rq_buf *out, const rq_comparison *c, const colours *colour)
{
    if (c->n_budgets) rq_buf_append(out, "\n");
    for (size_t i = 0; i < c->n_budgets; i++) {
        const rq_budget_check *check = &c->budgets[i];
        rq_buf_printf(out, "  %s%-6s%s  ",
                      check->state == RQ_BUDGET_MET ? colour->good : colour->bad,
                      rq_budget_state_word(check->state), colour->plain);
        rq_buf_visible(out, check->text);
        rq_buf_append(out, "\n");
    }
}

static rq_status write(rq_buf *out, const rq_comparison *c, const rq_report_style *style)
{
    const colours *colour = style->colour ? &with_colour : &without_colour;
    for (size_t i = 0; i < c->n_tables; i++) put_table(out, &c->tables[i], colour, style->columns);
    put_warnings(out, c);
    put_budgets(out, c, colour);
    return out->failed ? rq_fail_memory(out->length, "a comparison") : RQ_OK;
}

const rq_compare_writer rq_compare_writer_terminal = {.name = "terminal", .write = write};
