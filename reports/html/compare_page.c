/* compare.html: the comparison as one self-contained page, in the report's clothes. */
#include "reports/compare/compare_writer.h"
#include "reports/html/html.h"

#include <math.h>
#include <string.h>

#define LONG_TEXT 32  /* wraps */
#define MAX_ROWS 2000 /* of one table: the page stays small */

/* -- the top -------------------------------------------------------------------------------- */

static void put_title(rq_buf *out, const rq_comparison *c)
{
    rq_buf_append(out, "<p class=kicker>requant compare</p><h1>");
    for (size_t k = 0; k < c->n && k < 4; k++) {
        rq_buf_append(out, k ? ", " : "");
        rq_html_text(out, c->runs[k].name);
    }
    if (c->n > 4) rq_buf_printf(out, " and %zu more", c->n - 4);
    rq_buf_append(out, "</h1>\n");
}

static void list_budgets(rq_buf *out, const rq_comparison *c, bool met)
{
    rq_buf_append(out, "<ul class=notes>");
    for (size_t i = 0; i < c->n_budgets; i++) {
        if ((c->budgets[i].state == RQ_BUDGET_MET) != met) continue;
        rq_buf_append(out, "<li>");
        rq_html_text(out, c->budgets[i].text);
        rq_buf_append(out, "</li>");
    }
    rq_buf_append(out, "</ul>");
}

static void put_budgets(rq_buf *out, const rq_comparison *c)
{
    const rq_budget_counts counts = rq_compare_count_budgets(c, RQ_ALL_RUNS);
    size_t missed = counts.by_state[RQ_BUDGET_MISSED];
    size_t unmeasured = counts.by_state[RQ_BUDGET_UNMEASURED], met = counts.by_state[RQ_BUDGET_MET];
    if (counts.n == 0) return;
    rq_buf_printf(out,
                  "<div class='verdict %s'><svg viewBox='0 0 24 24' aria-hidden=true><circle cx=12 "
                  "cy=12 r=10 />%s</svg><div>",
                  missed       ? "bad"
                  : unmeasured ? "watch"
                               : "good",
                  met < counts.n ? "<path d='m8 8 8 8m0-8-8 8'/>"
                                 : "<path d='m7 12.5 3.5 3.5L17 9'/>");
    if (met < counts.n) {
        rq_buf_printf(out, "<b>%zu of %zu budget%s missed", missed, counts.n, rq_plural(counts.n));
        if (unmeasured) rq_buf_printf(out, ", %zu not measured", unmeasured);
        rq_buf_append(out, ".</b>");
        list_budgets(out, c, false);
    }
    if (met) {
        rq_buf_printf(out, "<details><summary>%zu budget%s met</summary>", met, rq_plural(met));
        list_budgets(out, c, true);
        rq_buf_append(out, "</details>");
    }
    rq_buf_append(out, "</div></div>\n");
}

/* -- cards: who is best --------------------------------------------------------------------- */

static double accuracy_of(const rq_comparison *c, size_t k)
{
    const rq_report_accuracy *row = c->headline ? c->headline->values[k].row : NULL;
    if (!row) return NAN;
    return row->higher_is_better ? row->after.value : -row->after.value;
}

static double smallness_of(const rq_comparison *c, size_t k)
{
    double before, after;
    rq_compare_bytes(&before, &after, c->runs[k].report);
    return -after;
}

static size_t best_of(const rq_comparison *c, double (*figure)(const rq_comparison *, size_t))
{
    size_t best = c->n;
    for (size_t k = 0; k < c->n; k++)
        if (!isnan(figure(c, k)) && (best == c->n || figure(c, k) > figure(c, best))) best = k;
    return best;
}

/* `none`: what is said where no run is best. */
static void begin_card(rq_buf *out, const rq_comparison *c, const char *question, size_t best,
                       const char *none)
{
    rq_buf_printf(out, "<div class=card><h2>%s</h2><p class=big>", question);
    rq_html_text(out, best < c->n ? c->runs[best].name : none);
    rq_buf_append(out, "</p>");
}

/* Whether any run differs from the first by more than chance. */
static bool is_decided(const rq_comparison *c)
{
    for (size_t k = 1; k < c->n; k++) {
        rq_significance s = c->headline->values[k].significance;
        if (s == RQ_SIGNIFICANCE_WORSE || s == RQ_SIGNIFICANCE_BETTER) return true;
    }
    return false;
}

/* What each run measured on inputs of its own says nothing of which is best. */
static void apart_card(rq_buf *out, const rq_comparison *c, const rq_compare_apart *apart)
{
    begin_card(out, c, "Most accurate", c->n, "not comparable");
    rq_buf_printf(out, "<p class=small>%s</p></div>\n", apart->text);
}

static void accuracy_card(rq_buf *out, const rq_comparison *c)
{
    char text[RQ_NUMBER_TEXT];
    size_t best = best_of(c, accuracy_of);
    const rq_compare_apart *apart = rq_compare_any_apart(c);
    if (best < c->n && apart) {
        apart_card(out, c, apart);
        return;
    }
    begin_card(out, c, "Most accurate", best, "not measured");
    if (best < c->n) {
        const rq_report_accuracy *row = c->headline->values[best].row;
        rq_buf_append(out, "<p class=fromto>");
        rq_html_text(out, row->metric);
        rq_buf_append(out, " <b>");
        rq_buf_escape(out, rq_metric_text(row->unit, row->after.value, text));
        rq_buf_append(out, "</b></p>");
        if (c->n > 1)
            rq_buf_printf(out, "<p class=small>%s</p>",
                          is_decided(c) ? "some runs differ significantly from the first"
                                        : "no run differs significantly from the first");
    }
    rq_buf_append(out, "</div>\n");
}

static void size_card(rq_buf *out, const rq_comparison *c)
{
    char size[RQ_NUMBER_TEXT], ratio[RQ_NUMBER_TEXT];
    size_t best = best_of(c, smallness_of);
    double before, after;
    begin_card(out, c, "Smallest", best, "not measured");
    if (best < c->n) {
        rq_compare_bytes(&before, &after, c->runs[best].report);
        rq_buf_printf(out,
                      "<p class=fromto>model files <b>%s</b></p><p class=small>%s of the original"
                      "</p>",
                      rq_unit_text(RQ_UNIT_BYTES, after, size),
                      rq_ratio_text(before, after, ratio));
    }
    rq_buf_append(out, "</div>\n");
}

static bool was_timed(const rq_comparison *c)
{
    for (size_t k = 0; k < c->n; k++)
        if (c->runs[k].report->n_speeds) return true;
    return false;
}

static void speed_card(rq_buf *out, const rq_comparison *c)
{
    char factor[RQ_NUMBER_TEXT], time[RQ_NUMBER_TEXT], name[RQ_SPEED_NAME];
    size_t best = best_of(c, rq_compare_speedup);
    begin_card(out, c, "Largest speed-up", best,
               was_timed(c) ? "not measurable now" : "not measured");
    if (best < c->n) {
        const rq_report_speed *s = &c->runs[best].report->speeds[0];
        rq_buf_printf(out,
                      "<p class=fromto><b>%s</b> as fast as the original</p><p class=small>%s for "
                      "one image with ",
                      rq_factor_text(s->before_median_ms, s->after_median_ms, factor),
                      rq_unit_text(RQ_UNIT_MS, s->after_median_ms, time));
        rq_html_text(out, rq_speed_name(s, name));
        rq_buf_append(out, "</p>");
    }
    rq_buf_append(out, "</div>\n");
}

/* -- tables --------------------------------------------------------------------------------- */

static void put_head(rq_buf *out, const rq_compare_table *table)
{
    rq_buf_append(out, "<thead><tr>");
    for (size_t i = 0; i < table->n_columns; i++) {
        rq_buf_printf(out, "<th scope=col%s%s>", table->columns[i].number ? " class=n" : "",
                      i == 0 ? " data-key=name" : "");
        rq_buf_escape(out, table->columns[i].title);
        rq_buf_append(out, "</th>");
    }
    rq_buf_append(out, "</tr></thead><tbody>\n");
}

/* A layer's error as the report draws it. */
static void put_meter(rq_buf *out, const rq_compare_cell *cell)
{
    double share = fmin(fmax(cell->sort, 0), 50) / 50;
    rq_buf_printf(out, "<span class='meter %s' style='--w:%.0f%%'>", rq_html_sqnr_class(cell->sort),
                  100 * share);
    rq_buf_escape(out, cell->text);
    rq_buf_append(out, "</span>");
}

static void put_cell(rq_buf *out, const rq_compare_cell *cell, bool number, bool meter)
{
    bool wraps = cell->text && strlen(cell->text) > LONG_TEXT;
    rq_buf_append(out, number ? "<td class=n" : wraps ? "<td class=wide" : "<td");
    if (isfinite(cell->sort)) rq_buf_printf(out, " data-v=%.6g", cell->sort);
    if (isinf(cell->sort)) rq_buf_printf(out, " data-v=%s", cell->sort > 0 ? "1e999" : "-1e999");
    rq_buf_append(out, ">");
    if (meter && cell->text && !isnan(cell->sort))
        put_meter(out, cell);
    else if (cell->mark) {
        rq_buf_printf(out, "<span class='tag %s'>", cell->mark);
        rq_buf_escape(out, cell->text ? cell->text : "");
        rq_buf_append(out, "</span>");
    } else if (cell->text) {
        rq_buf_escape(out, cell->text);
    }
    rq_buf_append(out, "</td>");
}

static void put_row(rq_buf *out, const rq_compare_table *table, size_t i, bool layers)
{
    const rq_compare_cell *cells = &table->cells[i * table->n_columns];
    rq_buf_printf(out, "<tr id=%s-%zu>", layers ? "layer" : table->id, i);
    if (cells[0].whole) {
        rq_buf_append(out, "<td class=name data-name=\"");
        rq_html_text(out, cells[0].whole);
        rq_buf_append(out, "\">");
    } else {
        rq_buf_append(out, layers ? "<td class=name>" : "<th scope=row>");
    }
    rq_html_text(out, cells[0].text);
    rq_buf_append(out, layers ? "</td>" : "</th>");
    for (size_t k = 1; k < table->n_columns; k++)
        put_cell(out, &cells[k], table->columns[k].number, layers);
    rq_buf_append(out, "</tr>\n");
}

static void put_table(rq_buf *out, const rq_compare_table *table)
{
    bool layers = !strcmp(table->id, "layers");
    size_t rows = table->rows < MAX_ROWS ? table->rows : MAX_ROWS;
    rq_buf_printf(out, "<section id=%s><h2>%s</h2><p class=lead>%s</p>\n", table->id, table->title,
                  table->lead);
    if (layers)
        rq_buf_append(out,
                      "<div class=tools hidden><label>Find <input type=search id=find "
                      "placeholder='name'></label> <label hidden>Precision <select id=precision>"
                      "<option value=''>all</option></select></label> <span id=found role=status>"
                      "</span></div>\n<div class=layers-box tabindex=0 role=region aria-label="
                      "'Table of layers'><table id=layer-table class=layers><caption class=hide>"
                      "Layers of all runs</caption>");
    else
        rq_buf_printf(out,
                      "<div class=%s tabindex=0 role=region aria-label='%s'><table><caption "
                      "class=hide>%s</caption>",
                      rows > 40 ? "layers-box" : "scroll", table->title, table->title);
    put_head(out, table);
    for (size_t i = 0; i < rows; i++) put_row(out, table, i, layers);
    rq_buf_append(out, "</tbody></table></div>\n");
    if (rows < table->rows)
        rq_buf_printf(out, "<p class=small>and %zu more, with --json FILE</p>", table->rows - rows);
    rq_buf_append(out, "</section>\n");
}

/* -- comparability warnings
 * --------------------------------------------------------------------------------- */

static void put_warnings(rq_buf *out, const rq_comparison *c)
{
    if (c->n_warnings == 0) return;
    rq_buf_append(
        out, "<section id=caveats><h2>Not comparable</h2><p class=lead>These runs were made under "
             "different conditions, which also affects their numbers.</p><ul class=notes>");
    for (size_t i = 0; i < c->n_warnings; i++) {
        if (!rq_compare_warning_is_first(c, i)) continue;
        rq_buf_printf(out, "<li><span class='tag watch'>%s</span> ", c->warnings[i].about);
        rq_html_text(out, c->runs[0].name);
        for (size_t j = i; j < c->n_warnings; j++) {
            if (c->warnings[j].text != c->warnings[i].text) continue;
            rq_buf_append(out, ", ");
            rq_html_text(out, c->runs[c->warnings[j].run].name);
        }
        rq_buf_printf(out, ": %s.</li>", c->warnings[i].text);
    }
    rq_buf_append(out, "</ul></section>\n");
}

/* -- the page ------------------------------------------------------------------------------- */

static void put_navigation(rq_buf *out, const rq_comparison *c)
{
    rq_buf_append(out, "<nav aria-label=Sections>");
    if (rq_html_scatter_present(c)) rq_buf_append(out, "<a href='#scatter'>Scatter</a> ");
    for (size_t i = 0; i < c->n_tables; i++)
        rq_buf_printf(out, "<a href='#%s'>%s</a> ", c->tables[i].id, c->tables[i].title);
    if (c->n_warnings) rq_buf_append(out, "<a href='#caveats'>Not comparable</a>");
    rq_buf_append(out, "</nav>\n");
}

static rq_status write(rq_buf *out, const rq_comparison *c, const rq_report_style *style)
{
    (void)style;
    rq_html_open(out, c->runs[0].name, "compare");
    rq_buf_append(out, "<header>");
    put_title(out, c);
    put_budgets(out, c);
    rq_buf_append(out, "<div class=cards>\n");
    accuracy_card(out, c);
    size_card(out, c);
    speed_card(out, c);
    rq_buf_append(out, "</div></header>\n");
    put_navigation(out, c);
    rq_buf_append(out, "<main>\n");
    if (rq_html_scatter_present(c)) {
        rq_buf_append(out, "<section id=scatter><h2>Accuracy, time and size</h2>\n");
        rq_html_scatter(out, c);
        rq_buf_append(out, "</section>\n");
    }
    for (size_t i = 0; i < c->n_tables; i++) {
        put_table(out, &c->tables[i]);
        if (i == 0) put_warnings(out, c);
    }
    rq_buf_append(out, "</main>\n");
    rq_html_close(out);
    return out->failed ? rq_fail_memory(out->length, "a page") : RQ_OK;
}

const rq_compare_writer rq_compare_writer_html = {.name = "html", .write = write};
