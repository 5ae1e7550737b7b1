/* The comparison as Markdown, for a pull request: its first lines say whether budgets are met and
 * show the runs at a glance; all else is folded away. Below 60 kB for any network: a comment on
 * GitHub has 64 kB at most. */
#include "reports/compare/compare_writer.h"

#include "engine/base/control_characters.h"

#include <math.h>
#include <string.h>

#define MAX_BYTES ((size_t)59000)
#define MAX_TEXT 120  /* bytes of a cell, of a name */
#define MAX_LINE 400  /* bytes of a sentence */
#define TOP_BUDGETS 5 /* the others are folded away */
#define TOP_RUNS 8

/* At most `limit` bytes. Nothing in a name may end a cell, begin markup or a link, or mention
 * anybody. */
static void put_text(rq_buf *out, const char *text, size_t limit)
{
    for (size_t i = 0, control; text && text[i]; i += control ? control : 1) {
        unsigned char c = (unsigned char)text[i];
        control = rq_command_bytes(text, i);
        if (i >= limit && (c & 0xc0) != 0x80) { /* not within a character */
            rq_buf_append(out, "..");
            return;
        }
        if (control)
            rq_buf_append(out, " ");
        else if (c == '<' || c == '>' || c == '&' || c == '@')
            rq_buf_printf(out, "&#%d;", c);
        else if (strchr("\\`*_{}[]#|~$", c))
            rq_buf_printf(out, "\\%c", c);
        else
            rq_buf_append_n(out, &text[i], 1);
    }
}

/* -- tables --------------------------------------------------------------------------------- */

static void put_head(rq_buf *out, const rq_compare_table *table)
{
    rq_buf_append(out, "|");
    for (size_t i = 0; i < table->n_columns; i++) {
        rq_buf_append(out, " ");
        put_text(out, table->columns[i].title, MAX_TEXT);
        rq_buf_append(out, " |");
    }
    rq_buf_append(out, "\n|");
    for (size_t i = 0; i < table->n_columns; i++)
        rq_buf_append(out, table->columns[i].number ? " ---: |" : " --- |");
    rq_buf_append(out, "\n");
}

static void put_row(rq_buf *out, const rq_compare_table *table, size_t row)
{
    const rq_compare_cell *cells = &table->cells[row * table->n_columns];
    rq_buf_append(out, "|");
    for (size_t i = 0; i < table->n_columns; i++) {
        const char *around = cells[i].mark && strcmp(cells[i].mark, "noise") != 0 ? "**" : "";
        rq_buf_printf(out, " %s", around);
        put_text(out, cells[i].text, MAX_TEXT);
        rq_buf_printf(out, "%s |", around);
    }
    rq_buf_append(out, "\n");
}

static void cut_to(rq_buf *out, size_t length)
{
    if (!out->data || out->failed) return;
    out->length = length;
    out->data[length] = '\0';
}

/* Rows `from` to `to`, as many as fit into `room` bytes; gives the first that does not. */
static size_t put_rows(rq_buf *out, const rq_compare_table *table, size_t from, size_t to,
                       size_t room)
{
    size_t begin = out->length, row = from;
    put_head(out, table);
    if (out->length - begin > room) {
        cut_to(out, begin);
        return from;
    }
    for (; row < to && !out->failed; row++) {
        size_t before = out->length;
        put_row(out, table, row);
        if (out->length - begin <= room) continue;
        cut_to(out, before);
        break;
    }
    return row;
}

static void put_rest(rq_buf *out, size_t left)
{
    if (left) rq_buf_printf(out, "\n%zu more: --html, --json or --csv FILE\n", left);
}

static void fold(rq_buf *out, const rq_compare_table *table, size_t from, size_t room)
{
    if (from >= table->rows) return;
    rq_buf_printf(out, "<details><summary>%s (%zu)</summary>\n\n", table->title,
                  table->rows - from);
    put_rest(out, table->rows - put_rows(out, table, from, table->rows, room));
    rq_buf_append(out, "\n</details>\n\n");
}

/* -- the top -------------------------------------------------------------------------------- */

static void put_verdict(rq_buf *out, const rq_comparison *c)
{
    const rq_budget_counts counts = rq_compare_count_budgets(c, RQ_ALL_RUNS);
    const size_t *n = counts.by_state;
    rq_buf_append(out, "## requant compare");
    if (n[RQ_BUDGET_MISSED])
        rq_buf_printf(out, ": FAIL, %zu of %zu budget%s missed", n[RQ_BUDGET_MISSED], counts.n,
                      rq_plural(counts.n));
    else if (n[RQ_BUDGET_UNMEASURED])
        rq_buf_printf(out, ": NOT MEASURED, %zu of %zu budget%s", n[RQ_BUDGET_UNMEASURED], counts.n,
                      rq_plural(counts.n));
    else if (n[RQ_BUDGET_MET])
        rq_buf_printf(out, ": PASS, %zu of %zu budget%s met", n[RQ_BUDGET_MET], counts.n,
                      rq_plural(counts.n));
    rq_buf_append(out, "\n\n");
}

/* Missed ones first; those from `from` to `to` in that order. */
static void put_budgets(rq_buf *out, const rq_comparison *c, size_t from, size_t to)
{
    size_t at = 0;
    for (int met = 0; met < 2; met++)
        for (size_t i = 0; i < c->n_budgets; i++) {
            rq_budget_state state = c->budgets[i].state;
            if ((state == RQ_BUDGET_MET) != met || at++ < from || at > to) continue;
            const char *around = met ? "" : "**";
            rq_buf_printf(out, "- %s%s%s: ", around, rq_budget_state_word(state), around);
            put_text(out, c->budgets[i].text, MAX_LINE);
            rq_buf_append(out, "\n");
        }
}

static void put_top(rq_buf *out, const rq_comparison *c)
{
    put_verdict(out, c);
    put_budgets(out, c, 0, TOP_BUDGETS);
    if (c->n_budgets > TOP_BUDGETS)
        rq_buf_printf(out, "- and %zu more, below\n", c->n_budgets - TOP_BUDGETS);
    if (c->n_budgets) rq_buf_append(out, "\n");
    if (!c->n_tables) return;
    size_t shown = c->tables[0].rows < TOP_RUNS ? c->tables[0].rows : TOP_RUNS;
    put_rows(out, &c->tables[0], 0, shown, MAX_BYTES / 4);
    rq_buf_append(out, "\n");
}

/* -- folded away ---------------------------------------------------------------------------- */

static void put_warning(rq_buf *out, const rq_comparison *c, size_t i)
{
    rq_buf_append(out, "- ");
    put_text(out, c->runs[0].name, MAX_TEXT);
    for (size_t j = i; j < c->n_warnings; j++) {
        if (c->warnings[j].text != c->warnings[i].text) continue;
        rq_buf_append(out, ", ");
        put_text(out, c->runs[c->warnings[j].run].name, MAX_TEXT);
    }
    rq_buf_append(out, ": ");
    put_text(out, c->warnings[i].text, MAX_LINE);
    rq_buf_append(out, "\n");
}

static void put_warnings(rq_buf *out, const rq_comparison *c)
{
    size_t n = 0, begin = out->length;
    for (size_t i = 0; i < c->n_warnings; i++) n += rq_compare_warning_is_first(c, i);
    if (!n) return;
    rq_buf_printf(out, "<details><summary>Not comparable: %zu remark%s</summary>\n\n", n,
                  n == 1 ? "" : "s");
    for (size_t i = 0; i < c->n_warnings; i++)
        if (rq_compare_warning_is_first(c, i) && out->length - begin < MAX_BYTES / 10)
            put_warning(out, c, i);
    rq_buf_append(out, "\n</details>\n\n");
}

static void put_other_budgets(rq_buf *out, const rq_comparison *c)
{
    size_t most = TOP_BUDGETS + MAX_BYTES / 10 / MAX_LINE;
    if (c->n_budgets <= TOP_BUDGETS) return;
    rq_buf_append(out, "<details><summary>Other budgets</summary>\n\n");
    put_budgets(out, c, TOP_BUDGETS, most);
    if (c->n_budgets > most) put_rest(out, c->n_budgets - most);
    rq_buf_append(out, "\n</details>\n\n");
}

/* What one table leaves of its share, the next ones may have. */
static void put_tables(rq_buf *out, const rq_comparison *c)
{
    const size_t around = 300; /* what stands around the rows of a table */
    for (size_t i = 0; i < c->n_tables; i++) {
        size_t left = MAX_BYTES > out->length ? MAX_BYTES - out->length : 0;
        size_t share = left / (c->n_tables - i);
        fold(out, &c->tables[i], i ? 0 : TOP_RUNS, share > around ? share - around : 0);
    }
}

static rq_status write(rq_buf *out, const rq_comparison *c, const rq_report_style *style)
{
    (void)style;
    put_top(out, c);
    put_warnings(out, c);
    put_other_budgets(out, c);
    put_tables(out, c);
    return out->failed ? rq_fail_memory(out->length, "a comparison") : RQ_OK;
}

const rq_compare_writer rq_compare_writer_markdown = {.name = "markdown", .write = write};
