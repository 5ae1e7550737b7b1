/* requant compare: runs side by side, and budgets that they must keep. */
#include "engine/workbench/compare/compare_runs.h"
#include "engine/cli/image_options.h"
#include "engine/cli/model_options.h"
#include "engine/cli/option_words.h"
#include "engine/cli/workload_options.h"
#include "reports/compare/compare_writer.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct state {
    const rq_args *args;
    rq_arena *arena;
    rq_compare_models_options models;
    rq_compare_runs runs;
    rq_comparison comparison;
} state;

/* NaN where the budget is not given. */
static rq_status read_budgets(rq_budgets *out, const rq_args *args)
{
    *out = (rq_budgets){NAN, NAN, NAN};
    if (rq_args_has(args, "max-drop"))
        RQ_TRY(rq_settings_number(&out->max_drop, rq_args_settings(args), "max-drop", 0, -DBL_MAX,
                                  DBL_MAX));
    if (rq_args_has(args, "min-speedup"))
        RQ_TRY(rq_settings_number(&out->min_speedup, rq_args_settings(args), "min-speedup", 1, 0,
                                  DBL_MAX));
    if (rq_args_has(args, "max-size"))
        RQ_TRY(
            rq_settings_number(&out->max_size, rq_args_settings(args), "max-size", 1, 0, DBL_MAX));
    return RQ_OK;
}

static rq_status open_workload(rq_workload *out, void *ctx)
{
    return rq_workload_options_read_with_data(out, ctx);
}

static rq_status open_runs(state *s)
{
    const rq_settings *settings = rq_args_settings(s->args);
    size_t n = rq_args_operands(s->args);
    const char **operands = rq_arena_alloc(s->arena, n, sizeof *operands);
    if (!operands) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) operands[i] = rq_args_operand(s->args, i);
    s->models = (rq_compare_models_options){.open_workload = open_workload,
                                            .ctx = (void *)settings,
                                            .labels = rq_args_get(s->args, "labels", NULL),
                                            .command = rq_args_text(s->args)};
    RQ_TRY(rq_settings_number(&s->models.seconds, settings, "seconds", 3, 0, 3600));
    bool measures = rq_args_has(s->args, "data");
    return rq_compare_runs_open(&s->runs, operands, n, measures ? &s->models : NULL, s->arena);
}

static rq_status compare(state *s)
{
    rq_compare_options options = {.metric = rq_args_get(s->args, "metric", NULL)};
    RQ_TRY(read_budgets(&options.budgets, s->args));
    RQ_TRY(open_runs(s));
    options.changes = s->runs.changes;
    options.n_changes = s->runs.n_changes;
    return rq_comparison_create(&s->comparison, s->runs.runs, s->runs.n, &options, s->arena);
}

/* -- output --------------------------------------------------------------------------------- */

static rq_status print(const state *s, const rq_compare_writer *writer)
{
    rq_buf text = {0};
    rq_report_style style = {.colour = rq_report_may_colour(STDOUT_FILENO)};
    rq_status status = writer->write(&text, &s->comparison, &style);
    if (status == RQ_OK) fputs(text.data, stdout);
    rq_buf_free(&text);
    return status;
}

/* Each form that was asked for goes to its file, or to standard output in place of the summary. */
static rq_status write_forms(const state *s)
{
    const rq_compare_writer *shown = rq_compare_writer_find("terminal");
    for (size_t i = 0; rq_compare_writers[i]; i++) {
        const rq_compare_writer *writer = rq_compare_writers[i];
        const char *path = rq_args_get(s->args, writer->name, NULL);
        if (!path || strcmp(path, "-") != 0) continue;
        if (shown != rq_compare_writer_find("terminal"))
            return rq_fail(RQ_EARG, "--%s - and --%s -: standard output takes only one",
                           shown->name, writer->name);
        shown = writer;
    }
    for (size_t i = 0; rq_compare_writers[i]; i++) {
        const char *path = rq_args_get(s->args, rq_compare_writers[i]->name, NULL);
        if (path && strcmp(path, "-") != 0)
            RQ_TRY(rq_compare_save(&s->comparison, rq_compare_writers[i], path));
    }
    return print(s, shown);
}

/* One line per budget that is missed. */
static rq_status check_budgets(const rq_comparison *c)
{
    rq_buf text = {0};
    for (size_t i = 0; i < c->n_budgets; i++)
        if (!c->budgets[i].met)
            rq_buf_printf(&text, "%s%s", text.length ? "\n" : "", c->budgets[i].text);
    rq_status status = text.length ? rq_fail(RQ_EBUDGET, "%s", text.data) : RQ_OK;
    rq_buf_free(&text);
    return status;
}

static rq_status run(const rq_args *args)
{
    state s = {.args = args};
    RQ_TRY(rq_arena_create(&s.arena));
    rq_status status = compare(&s);
    if (status == RQ_OK) status = write_forms(&s);
    if (status == RQ_OK) status = check_budgets(&s.comparison);
    rq_compare_runs_close(&s.runs);
    rq_arena_destroy(&s.arena);
    return status;
}

static const rq_option model_data_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR|LIST", "images to measure models with"),
    RQ_OPTION("labels", "FILE", "lines \"path class\"",
              .fallback = "the class sub-folders of --data"),
    RQ_OPTION("subset", "N", "use at most N images, drawn by --seed"),
    RQ_OPTION("seed", "N", "seed of everything random", .fallback = "0"),
    RQ_HEADING(MODEL),
    RQ_OPTION("seconds", "S", "time of measuring each pair of models; 0: no times",
              .fallback = "3"),
    RQ_OPTIONS_END,
};

static const rq_option own_options[] = {
    RQ_HEADING(BUDGET),
    RQ_OPTION("metric", "NAME", "metric that leads, and that --max-drop is about",
              .fallback = "the first that the runs have", .list = rq_list_metrics),
    RQ_OPTION("max-drop", "X",
              "maximum loss of the metric against the original (in points where it is in %)"),
    RQ_OPTION("min-speedup", "X", "minimum speed-up over the original"),
    RQ_OPTION("max-size", "X", "maximum size relative to the original: 0.3 for 30 %"),
    RQ_HEADING(OUTPUT),
    RQ_OPTION("html", "FILE.html", "write one self-contained page"),
    RQ_OPTION("json", "FILE.json", "write everything for programs; -: print it"),
    RQ_OPTION("csv", "FILE.csv",
              "write one number a line: run, table, item, quantity, value; -: print it"),
    RQ_OPTION("markdown", "FILE.md", "write tables for a pull request; -: print them"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options,           model_data_options,
                                           rq_preprocess_options, rq_model_options,
                                           rq_common_options,     NULL};
static const char *const details[] = {
    "Runs are folders that `requant quantize -o` wrote, their report.json files, or models "
    "(MODEL.xml), which are measured on the spot with --data; the first model counts as the "
    "original of the others. The first run is what the others are compared with: image by image "
    "on the same images, with a test of significance. Where numbers are not comparable (other "
    "images, preprocessing, machine) it is said.",
    "Budgets are against the model that a run started from, and hold for every run. Without "
    "labels the drop is the share of images whose prediction changed. Exit status 3: a budget is "
    "missed, or cannot be checked; one line each on stderr.",
    NULL,
};
static const char *const examples[] = {
    "requant compare out-performance out-mixed out-tuned --html compare.html",
    "requant compare out --max-drop 0.5 --min-speedup 1.3 --max-size 0.3",
    "requant compare fp32.xml nncf-int8.xml requant-int8.xml --data val --config imagenet",
    "requant compare main/report.json branch/report.json --markdown - > comment.md",
    NULL,
};

const rq_command rq_command_compare = {
    .name = "compare",
    .operands = "DIR|FILE.json|MODEL.xml...",
    .min_operands = 1,
    .max_operands = 64,
    .summary = "compare runs: accuracy, size, speed, layers; budgets for CI",
    .details = details,
    .options = options,
    .examples = examples,
    .run = run,
};
