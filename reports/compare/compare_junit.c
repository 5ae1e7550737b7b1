/* Budgets as JUnit's XML, which CI systems show: a suite for each run, a case for each budget. A
 * budget that cannot be checked is an error. Without budgets each run is a case that passes. */
#include "reports/compare/compare_writer.h"

static void put_attribute(rq_buf *out, const char *name, const char *value)
{
    rq_buf visible = {0};
    rq_buf_visible(&visible, value);
    rq_buf_printf(out, " %s=\"", name);
    rq_buf_escape(out, visible.data);
    rq_buf_append(out, "\"");
    rq_buf_free(&visible);
}

static void put_counts(rq_buf *out, const rq_budget_counts *counts, size_t cases)
{
    rq_buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", cases,
                  counts->by_state[RQ_BUDGET_MISSED], counts->by_state[RQ_BUDGET_UNMEASURED]);
}

static void begin_case(rq_buf *out, const rq_comparison *c, size_t run, const char *name)
{
    rq_buf_append(out, "    <testcase");
    put_attribute(out, "classname", c->runs[run].name);
    put_attribute(out, "name", name);
}

static void put_check(rq_buf *out, const rq_comparison *c, const rq_budget_check *check)
{
    begin_case(out, c, check->run, check->budget);
    if (check->state == RQ_BUDGET_MET) {
        rq_buf_append(out, "/>\n");
        return;
    }
    rq_buf_printf(out, ">\n      <%s", check->state == RQ_BUDGET_UNMEASURED ? "error" : "failure");
    put_attribute(out, "message", check->text);
    rq_buf_append(out, "/>\n    </testcase>\n");
}

static void put_suite(rq_buf *out, const rq_comparison *c, size_t run)
{
    const rq_budget_counts counts = rq_compare_count_budgets(c, run);
    rq_buf_append(out, "  <testsuite");
    put_attribute(out, "name", c->runs[run].name);
    put_counts(out, &counts, c->n_budgets ? counts.n : 1);
    rq_buf_append(out, ">\n");
    for (size_t i = 0; i < c->n_budgets; i++)
        if (c->budgets[i].run == run) put_check(out, c, &c->budgets[i]);
    if (!c->n_budgets) {
        begin_case(out, c, run, "compared");
        rq_buf_append(out, "/>\n");
    }
    rq_buf_append(out, "  </testsuite>\n");
}

static rq_status write(rq_buf *out, const rq_comparison *c, const rq_report_style *style)
{
    const rq_budget_counts all = rq_compare_count_budgets(c, RQ_ALL_RUNS);
    (void)style;
    rq_buf_append(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<testsuites name=\"requant compare\"");
    put_counts(out, &all, c->n_budgets ? all.n : c->n);
    rq_buf_append(out, ">\n");
    for (size_t k = 0; k < c->n; k++) put_suite(out, c, k);
    rq_buf_append(out, "</testsuites>\n");
    return out->failed ? rq_fail_memory(out->length, "a comparison") : RQ_OK;
}

const rq_compare_writer rq_compare_writer_junit = {.name = "junit", .write = write};
