/* requant compare: runs side by side, and budgets that they must keep. */
#include "engine/api/options/procedures.h"
#include "engine/cli/library.h"
#include "reports/metrics/speed_noise.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPERANDS 64

extern const rq_command rq_command_compare;

/* Each form is written to the file that the option of its name gives. */
static const char *const forms[] = {"html", "json", "csv", "markdown", "junit"};
enum { FORMS = sizeof forms / sizeof *forms };

/* "-": it goes to standard output in place of the summary. */
static rq_status choose_shown(const char **out, const rq_args *args)
{
    *out = NULL;
    for (size_t i = 0; i < FORMS; i++) {
        const char *path = rq_args_get(args, forms[i], NULL);
        if (!path || strcmp(path, "-") != 0) continue;
        if (*out)
            return rq_fail(RQ_EARG, "--%s - and --%s -: standard output takes only one", *out,
                           forms[i]);
        *out = forms[i];
    }
    bool annotates = rq_args_has(args, "github");
    if (annotates && *out)
        return rq_fail(RQ_EARG, "--%s - and --github: standard output takes only one", *out);
    if (!*out) *out = annotates ? "github" : "text";
    return RQ_OK;
}

/* The comment at the end of the file that GitHub shows as the job's summary. */
static rq_status add_summary(rq_result *result, const char *path)
{
    const char *text;
    RQ_TRY(rq_result_text(&text, result, "markdown", NULL));
    FILE *file = fopen(path, "a");
    bool failed = !file || fputs(text, file) < 0;
    if (file && fclose(file) != 0) failed = true;
    return failed ? rq_fail(RQ_EIO, "%s: cannot write: %s", path, strerror(errno)) : RQ_OK;
}

static rq_status show(const rq_library *library, const rq_args *args)
{
    const char *shown;
    RQ_TRY(choose_shown(&shown, args));
    for (size_t i = 0; i < FORMS; i++) {
        const char *path = rq_args_get(args, forms[i], NULL);
        if (path && strcmp(path, "-") != 0) RQ_TRY(rq_result_save(library->result, forms[i], path));
    }
    const char *summary = getenv("GITHUB_STEP_SUMMARY");
    if (rq_args_has(args, "github") && summary && *summary)
        RQ_TRY(add_summary(library->result, summary));
    return rq_library_print(library, shown, 0);
}

/* A missed budget is told after everything else. */
static rq_status compare(rq_library *library, const char *const *operands, const rq_args *args)
{
    rq_status budget = rq_compare(&library->result, library->context, operands,
                                  rq_args_operands(args), library->options);
    rq_status status = library->result ? show(library, args) : budget;
    return status == RQ_OK ? budget : status;
}

static rq_status run(const rq_args *args)
{
    const char *operands[MAX_OPERANDS];
    rq_library library;
    for (size_t i = 0; i < rq_args_operands(args); i++) operands[i] = rq_args_operand(args, i);
    rq_status status = rq_library_open(&library, &rq_command_compare, args);
    if (status == RQ_OK) status = compare(&library, operands, args);
    rq_library_close(&library);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(OUTPUT),
    RQ_OPTION("html", "FILE.html", "write one self-contained page", .writes = true),
    RQ_OPTION("json", "FILE.json", "write everything for programs; -: print it", .writes = true),
    RQ_OPTION("csv", "FILE.csv",
              "write one number a line: run, table, item, quantity, value; -: print it",
              .writes = true),
    RQ_OPTION("markdown", "FILE.md", "write a comment for a pull request, below 60 kB; -: print it",
              .writes = true),
    RQ_OPTION("junit", "FILE.xml", "write budgets as test cases for CI; -: print them",
              .writes = true),
    RQ_OPTION("github", NULL,
              "print annotations for GitHub Actions, and add the comment to the job's summary "
              "($GITHUB_STEP_SUMMARY)"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_common_options, NULL};
static const char *const details[] = {
    "Runs are folders that `requant quantize -o` wrote, their report.json files, or models "
    "(MODEL.xml), which are measured with --data; the first model counts as the "
    "original of the others. The first run, or --baseline, is what the others are compared with: "
    "image by "
    "image on the same images, with a test of significance. Where numbers are not comparable "
    "(other "
    "images, preprocessing or machine), the report says so.",
    "Budgets are against the model that a run started from, and hold for every run. Without "
    "labels the drop is the share of images whose prediction changed. Exit status 3: a budget is "
    "missed; 4: none is, but one cannot be checked; one line each on stderr.",
    RQ_SPEED_NOISE_RULE " Models are measured again until it is, for at most 30 s together.",
    NULL,
};
static const char *const examples[] = {
    "requant compare out-performance out-mixed out-tuned --html compare.html",
    "requant compare out --max-drop 0.5 --min-speedup 1.3 --max-size 0.3",
    "requant compare fp32.xml nncf-int8.xml requant-int8.xml --data val --config imagenet",
    "requant compare branch/report.json main/report.json --baseline main --markdown - > comment.md",
    "requant compare out --max-drop 0.5 --junit budgets.xml",
    "requant compare out --max-drop 0.5 --max-size 0.3 --github",
    NULL,
};

const rq_command rq_command_compare = {
    .name = "compare",
    .operands = "DIR|FILE.json|MODEL.xml...",
    .min_operands = 1,
    .max_operands = MAX_OPERANDS,
    .summary = "compare runs: accuracy, size, speed, layers; budgets for CI",
    .details = details,
    .options = options,
    .procedure = rq_compare_option_tables,
    .examples = examples,
    .run = run,
};
