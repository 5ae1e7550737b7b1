/* requant tune: a budget of accuracy met with as few layers in floating point as it takes. */
#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/cli/image_options.h"
#include "engine/cli/model_options.h"
#include "engine/cli/plan_options.h"
#include "engine/cli/text/report_print.h"
#include "engine/cli/text/tune_text.h"
#include "engine/cli/workload_options.h"
#include "engine/workbench/report/tune_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TRIALS 24
#define ROUNDING_SECONDS 120.0

typedef struct state {
    rq_workload workload;
    rq_plan_options plan;
    rq_output_paths paths;
    rq_setup setup;
    rq_images val;
    rq_tune_options options;
    rq_tuning tune;
    rq_tuned tuned;
} state;

/* "0.5": points; "1%": of FP32's value. */
static rq_status read_budget(rq_tune_options *t, const rq_args *args)
{
    const char *drop = rq_args_get(args, "max-drop", NULL);
    int64_t trials;
    RQ_TRY(rq_args_integer(&trials, args, "max-trials", MAX_TRIALS, 1, INT32_MAX));
    t->max_trials = (size_t)trials;
    RQ_TRY(rq_settings_number(&t->min_sqnr, rq_args_settings(args), "min-sqnr", NAN, -100, 200));
    t->max_drop = NAN;
    if ((drop == NULL) == (isnan(t->min_sqnr) != 0))
        return rq_fail(RQ_EARG, drop ? "--max-drop and --min-sqnr exclude each other"
                                     : "--max-drop is missing: points such as 0.5, or 1%%");
    if (!drop) return RQ_OK;
    rq_buf text = {0};
    t->relative = rq_ends_with(drop, "%");
    rq_buf_append_n(&text, drop, strlen(drop) - t->relative);
    bool good = text.data && rq_parse_f64(text.data, &t->max_drop) && t->max_drop >= 0;
    rq_buf_free(&text);
    return good ? RQ_OK
                : rq_fail(RQ_EARG, "--max-drop %s: expected points such as 0.5, or 1%%", drop);
}

/* Trials run these images again and again: they are kept, too. */
static rq_status open_val(state *s, const rq_args *args)
{
    const rq_workload *w = &s->workload;
    const char *val = rq_args_get(args, "val", NULL), *labels = rq_args_get(args, "labels", NULL);
    if (!val) rq_log("no --val: the budget is held against the images of the calibration");
    if (!val && !labels)
        RQ_TRY(rq_images_draw(&s->val, &w->all, 0, w->seed, w->shuffle));
    else
        RQ_TRY(rq_workload_open_images(&s->val, w, val ? val : w->data, labels, 0));
    s->val.cache = w->cache;
    return RQ_OK;
}

static rq_status choose_paths(state *s, const rq_args *args)
{
    rq_arena *arena = s->workload.arena;
    const char *output = rq_args_get(args, "output", NULL);
    if (!output)
        return rq_fail(RQ_EARG, "-o is missing: a folder for the results, or a file name.xml");
    RQ_TRY(rq_output_paths_make(&s->paths, output, rq_args_operand(args, 0), "int8", arena));
    RQ_TRY(rq_make_dirs(s->paths.dir));
    s->options.state_path = rq_arena_printf(arena, "%s/tune.json", s->paths.dir);
    return s->options.state_path ? RQ_OK : RQ_ENOMEM;
}

static rq_status read_model(state *s, const rq_args *args)
{
    rq_workload *w = &s->workload;
    RQ_TRY(rq_workload_read(w, rq_args_operand(args, 0)));
    RQ_TRY(rq_workload_fit(w));
    RQ_TRY(rq_workload_bind(w));
    RQ_TRY(rq_workload_keep_images(w));
    return rq_workload_list(w, NULL);
}

static rq_status open(state *s, const rq_args *args)
{
    const rq_settings *settings = rq_args_settings(args);
    rq_setup_options how = {.plan = &s->plan, .given_stats = rq_args_get(args, "stats", NULL)};
    RQ_TRY(read_budget(&s->options, args));
    RQ_TRY(rq_settings_number(&how.fit_seconds, settings, "rounding-seconds", ROUNDING_SECONDS, 0,
                              1e9));
    RQ_TRY(rq_workload_options_read_with_data(&s->workload, settings));
    RQ_TRY(rq_plan_options_read(&s->plan, settings, s->workload.arena));
    RQ_TRY(choose_paths(s, args));
    RQ_TRY(read_model(s, args));
    how.stats_path = s->paths.stats;
    RQ_TRY(rq_setup_open(&s->setup, &s->workload, &how));
    s->options.setup = &s->setup;
    s->options.val = &s->val;
    return open_val(s, args);
}

static rq_status print(const state *s)
{
    rq_buf text = {0};
    RQ_TRY(rq_report_print(&s->tuned.report));
    printf("\n  model   %s\n  plan    %s\n  report  %s\n          %s\n", s->paths.xml,
           s->paths.plan, s->paths.report_html, s->paths.report_json);
    rq_status status = rq_tune_text(&text, &s->tune);
    if (status == RQ_OK) fputs(text.data, stdout);
    rq_buf_free(&text);
    return status;
}

static rq_status tune(state *s, const rq_args *args)
{
    RQ_TRY(open(s, args));
    RQ_TRY(rq_tune_run(&s->tune, &s->workload, &s->options));
    const rq_tune_report_options options = {.paths = &s->paths,
                                            .command = rq_args_text(args),
                                            .val_name = rq_args_get(args, "val", NULL),
                                            .target_isa = rq_args_get(args, "target-isa", "any")};
    RQ_TRY(rq_tune_write(&s->tuned, &s->tune, &options));
    return print(s);
}

static rq_status run(const rq_args *args)
{
    state s;
    memset(&s, 0, sizeof s);
    rq_status status = tune(&s, args);
    rq_tuned_close(&s.tuned);
    rq_tune_close(&s.tune);
    rq_images_close(&s.val);
    rq_setup_close(&s.setup);
    rq_workload_close(&s.workload);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR|LIST", "images to calibrate and to rank layers with"),
    RQ_OPTION("stats", "FILE.h5", "statistics of activations to use instead of calibrating"),
    RQ_OPTION("val", "DIR|LIST", "validation images, on which the budget must hold",
              .fallback = "those of --data"),
    RQ_OPTION("labels", "FILE", "lines \"path class\" for --val",
              .fallback = "its class sub-folders"),
    RQ_OPTION("subset", "N", "calibrate with at most N images, drawn by --seed"),
    RQ_OPTION("seed", "N", "seed of everything random", .fallback = "0"),
    RQ_HEADING(QUANTIZATION),
    RQ_OPTION("rounding-seconds", "SECONDS",
              "time limit of adaptive rounding; layers not reached are rounded to nearest",
              .alias = "budget", .fallback = "120"),
    RQ_HEADING(BUDGET),
    RQ_OPTION("max-drop", "X",
              "maximum loss: points of the metric, or percent of FP32's value (\"1%\"); without "
              "labels, percent of images with another prediction"),
    RQ_OPTION("min-sqnr", "DB", "instead: minimum SQNR of the outputs against FP32"),
    RQ_OPTION("max-trials", "N", "maximum number of validations", .fallback = "24"),
    RQ_HEADING(OUTPUT),
    RQ_OPTION("output", "DIR|FILE.xml", "folder of the results, or the model's file in it"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options,          rq_preprocess_options,
                                           rq_plan_option_table, rq_model_options,
                                           rq_common_options,    NULL};
static const char *const details[] = {
    "Layers are ranked by the error they cause for the time they save, both measured. The fewest "
    "that must stay in floating point are found by doubling and halving; then groups of them "
    "return to INT8 where the budget allows. Trials are kept in DIR/tune.json: the same command "
    "continues after Ctrl-C, and another --max-drop starts from there. Exit status 3: the budget "
    "is not met.",
    NULL,
};
static const char *const examples[] = {
    "requant tune model.xml --data photos --val photos/val --config imagenet --max-drop 0.5 -o out",
    "requant tune det.xml --data pages --max-drop 1% -o det-int8.xml",
    NULL,
};

const rq_command rq_command_tune = {
    .name = "tune",
    .operands = "MODEL.xml",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "meet an accuracy budget with the least loss of speed",
    .details = details,
    .options = options,
    .examples = examples,
    .run = run,
};
