/* The comparison as Markdown tables, for a pull request. */
#include "reports/compare/compare_writer.h"

#include <string.h>

/* Nothing in a name may end a cell, begin markup or a link, or mention anybody. */
static void put_text(rq_buf *out, const char *text)
{
    for (; text && *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            rq_buf_append(out, " ");
        else if (c == '<' || c == '>' || c == '&' || c == '@')
            rq_buf_printf(out, "&#%d;", c);
        else if (strchr("\\`*_{}[]#|~$", c))
            rq_buf_printf(out, "\\%c", c);
        else
            rq_buf_append_n(out, text, 1);
    }
}

static void put_row(rq_buf *out, const rq_compare_cell *cells, size_t n)
{
    rq_buf_append(out, "|");
    for (size_t i = 0; i < n; i++) {
        const char *around = cells[i].mark ? "**" : "";
        rq_buf_printf(out, " %s", around);
        put_text(out, cells[i].text);
        rq_buf_printf(out, "%s |", around);
    }
    rq_buf_append(out, "\n");
}

static void put_rows(rq_buf *out, const rq_compare_table *table, size_t from, size_t to)
{
    rq_buf_append(out, "|");
    for (size_t i = 0; i < table->n_columns; i++) {
        rq_buf_append(out, " ");
        put_text(out, table->columns[i].title);
        rq_buf_append(out, " |");
    }
    rq_buf_append(out, "\n|");
    for (size_t i = 0; i < table->n_columns; i++)
        rq_buf_append(out, table->columns[i].number ? " ---: |" : " --- |");
    rq_buf_append(out, "\n");
    for (size_t row = from; row < to; row++)
        put_row(out, &table->cells[row * table->n_columns], table->n_columns);
    rq_buf_append(out, "\n");
}

/* The rows that say the most, and the others folded away. */
static void put_table(rq_buf *out, const rq_compare_table *table)
{
    rq_buf_printf(out, "### %s\n\n", table->title);
    if (table->brief) put_rows(out, table, 0, table->brief);
    if (table->brief == table->rows) return;
    rq_buf_printf(out, "<details><summary>%zu more</summary>\n\n", table->rows - table->brief);
    put_rows(out, table, table->brief, table->rows);
    rq_buf_append(out, "</details>\n\n");
}

static void put_warnings(rq_buf *out, const rq_comparison *c)
{
    for (size_t i = 0; i < c->n_warnings; i++) {
        if (!rq_compare_warning_is_first(c, i)) continue;
        rq_buf_append(out, "> ");
        put_text(out, c->runs[0].name);
        for (size_t j = i; j < c->n_warnings; j++) {
            if (c->warnings[j].text != c->warnings[i].text) continue;
            rq_buf_append(out, ", ");
            put_text(out, c->runs[c->warnings[j].run].name);
        }
        rq_buf_append(out, ": ");
        put_text(out, c->warnings[i].text);
        rq_buf_append(out, "\n>\n");
    }
    if (c->n_warnings) rq_buf_append(out, "\n");
}

static void put_budgets(rq_buf *out, const rq_comparison *c)
{
    for (size_t i = 0; i < c->n_budgets; i++) {
        const char *around = c->budgets[i].met ? "" : "**";
        rq_buf_printf(out, "- %s%s%s: ", around, rq_budget_state(&c->budgets[i]), around);
        put_text(out, c->budgets[i].text);
        rq_buf_append(out, "\n");
    }
    if (c->n_budgets) rq_buf_append(out, "\n");
}

static rq_status write(rq_buf *out, const rq_comparison *c, const rq_report_style *style)
{
    (void)style;
    rq_buf_append(out, "## requant compare\n\n");
    put_budgets(out, c);
    for (size_t i = 0; i < c->n_tables; i++) {
        put_table(out, &c->tables[i]);
        if (i == 0) put_warnings(out, c);
    }
    return out->failed ? rq_fail_memory(out->length, "a comparison") : RQ_OK;
}

const rq_compare_writer rq_compare_writer_markdown = {.name = "markdown", .write = write};
