/* The comparison as annotations of GitHub Actions: lines that a step prints, and that GitHub shows
 * beside the run. Source of the form: "Workflow commands for GitHub Actions", and the escapes of
 * actions/toolkit, packages/core/src/command.ts. */
#include "reports/compare/compare_writer.h"

#include "engine/base/control_characters.h"

#include <stdio.h>
#include <string.h>

#define MAX_SHOWN 10 /* of a level: GitHub shows no more of one step */

/* Annotations of one level: "error", "warning", "notice". */
typedef struct level {
    rq_buf *out;
    const char *name;
    size_t n, last; /* given so far; where the last that is shown begins */
} level;

/* No text may end its line, or, being a property, itself. */
static void put_text(rq_buf *out, const char *text, const char *separators)
{
    for (size_t control; text && *text; text += control ? control : 1) {
        unsigned char c = (unsigned char)*text;
        control = rq_control_bytes(text);
        if (c == '%' || c == '\r' || c == '\n' || strchr(separators, c))
            rq_buf_printf(out, "%%%02X", c);
        else if (control)
            rq_buf_append(out, " ");
        else
            rq_buf_append_n(out, text, 1);
    }
}

static void put_line(level *l, const char *file, const char *title, const char *text)
{
    rq_buf_printf(l->out, "::%s ", l->name);
    if (file) {
        rq_buf_append(l->out, "file=");
        put_text(l->out, file, ":,");
        rq_buf_append(l->out, ",");
    }
    rq_buf_append(l->out, "title=requant compare%3A ");
    put_text(l->out, title, ":,");
    rq_buf_append(l->out, "::");
    put_text(l->out, text, "");
    rq_buf_append(l->out, "\n");
}

static void put(level *l, const rq_compare_run *run, const char *title, const char *text)
{
    if (++l->n == MAX_SHOWN) l->last = l->out->length;
    if (l->n <= MAX_SHOWN) put_line(l, run->path, title, text);
}

/* The last that is shown gives way to how many are not. */
static void end(level *l)
{
    char text[64];
    if (l->n <= MAX_SHOWN || l->out->failed) return;
    l->out->length = l->last;
    snprintf(text, sizeof text, "and %zu more: --markdown or --html FILE", l->n - MAX_SHOWN + 1);
    put_line(l, NULL, l->name, text);
}

static void put_budgets(level *l, const rq_comparison *c, rq_budget_state state)
{
    char title[64];
    snprintf(title, sizeof title, "budget %s", rq_budget_state_word(state));
    for (size_t i = 0; i < c->n_budgets; i++)
        if (c->budgets[i].state == state)
            put(l, &c->runs[c->budgets[i].run], title, c->budgets[i].text);
}

static void put_remarks(level *l, const rq_comparison *c)
{
    for (size_t i = 0; i < c->n_warnings; i++)
        if (rq_compare_warning_is_first(c, i))
            put(l, &c->runs[c->warnings[i].run], "not comparable", c->warnings[i].text);
}

static const rq_compare_run *find_run(const rq_comparison *c, const char *name)
{
    for (size_t k = 0; k < c->n; k++)
        if (rq_same_text(c->runs[k].name, name)) return &c->runs[k];
    return NULL;
}

/* A run's row of the first table as a sentence: "precision INT8, top-1 73.5 %". */
static void put_run(level *l, const rq_comparison *c, const rq_compare_cell *cells)
{
    rq_buf text = {0};
    const rq_compare_table *table = &c->tables[0];
    const rq_compare_run *run = find_run(c, cells[0].text);
    if (!run) return;
    for (size_t i = 1; i < table->n_columns; i++) {
        const char *title = table->columns[i].title, *value = cells[i].text;
        if (!value || !*value) continue;
        rq_buf_printf(&text, "%s%s%s%s", text.length ? ", " : "", title, *title ? " " : "", value);
    }
    put(l, run, run->name, text.data ? text.data : "");
    if (text.failed) l->out->failed = true;
    rq_buf_free(&text);
}

static rq_status write(rq_buf *out, const rq_comparison *c, const rq_report_style *style)
{
    level errors = {.out = out, .name = "error"}, warnings = {.out = out, .name = "warning"},
          notices = {.out = out, .name = "notice"};
    (void)style;
    put_budgets(&errors, c, RQ_BUDGET_MISSED);
    end(&errors);
    put_budgets(&warnings, c, RQ_BUDGET_UNMEASURED);
    put_remarks(&warnings, c);
    end(&warnings);
    for (size_t row = 0; c->n_tables && row < c->tables[0].rows; row++)
        put_run(&notices, c, &c->tables[0].cells[row * c->tables[0].n_columns]);
    end(&notices);
    return out->failed ? rq_fail_memory(out->length, "a comparison") : RQ_OK;
}

const rq_compare_writer rq_compare_writer_github = {.name = "github", .write = write};
