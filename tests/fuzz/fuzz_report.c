/* A report.json: every writer, and every form of a comparison with itself. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_files.h"

#include "reports/compare/compare_writer.h"

#include <math.h>

static void write_all(const rq_report *report)
{
    for (size_t i = 0; rq_report_writers[i]; i++) {
        rq_buf text = {0};
        (void)rq_report_writers[i]->write(&text, report, &(rq_report_style){false});
        rq_buf_free(&text);
    }
}

static void compare(const rq_report *report, rq_arena *arena)
{
    const rq_compare_run runs[] = {{"a", "a/report.json", report, false},
                                   {"b", "b/report.json", report, false}};
    const rq_compare_options options = {.budgets = {NAN, NAN, NAN}};
    rq_comparison comparison;
    if (rq_comparison_create(&comparison, runs, 2, &options, arena) != RQ_OK) return;
    for (size_t i = 0; rq_compare_writers[i]; i++) {
        rq_buf text = {0};
        (void)rq_compare_writers[i]->write(&text, &comparison, &(rq_report_style){false});
        rq_buf_free(&text);
    }
}

void fuzz_one(const uint8_t *data, size_t size)
{
    rq_arena *arena;
    rq_report report;
    if (rq_arena_create(&arena) != RQ_OK) return;
    if (rq_report_read(&report, arena, fuzz_give("report.json", data, size)) == RQ_OK) {
        write_all(&report);
        if (rq_report_advise(&report, arena) == RQ_OK) compare(&report, arena);
    }
    rq_arena_destroy(&arena);
}
