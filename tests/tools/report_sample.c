/* Writes the tests' sample report: report_sample FOLDER LAYERS HISTOGRAMS gives report.html and
 * report.json in FOLDER. */
#include "tests/unit/test_report_fixture.h"

static void save(const rq_report *report, const char *folder, const char *writer)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/report.%s", folder, writer);
    if (rq_report_save(report, rq_report_writer_find(writer), path) == RQ_OK) return;
    fprintf(stderr, "%s\n", rq_error_text());
    exit(1);
}

int main(int argc, char **argv)
{
    rq_arena *arena;
    rq_report report;
    if (argc != 4 || rq_arena_create(&arena) != RQ_OK) return 2;
    sample_report(&report, arena, strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    sample_network(&report, arena);
    save(&report, argv[1], "html");
    save(&report, argv[1], "json");
    rq_arena_destroy(&arena);
    return 0;
}
