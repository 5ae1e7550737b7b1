/* requant tune: a budget of accuracy met with as few layers in floating point as it takes. */
#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/cli/plan_options.h"
#include "engine/workbench/report/tune_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TRIALS 24
#define PARETO_SECONDS 3.0
#define ROUNDING_SECONDS 120.0
#define CACHE_BYTES ((size_t)512 << 20) /* of images, for all trials */

typedef struct state {
    rq_setup setup;
    rq_images val;
    rq_image_cache cache; /* of val */
    rq_output_paths paths;
    rq_tune tune;
} state;

/* "0.5": points; "1%": of FP32's value. */
static rq_status read_budget(rq_tune *t, const rq_args *args)
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

static rq_status open_val(state *s, const rq_args *args)
{
    const char *val = rq_args_get(args, "val", NULL);
    if (!val) rq_log("no --val: the budget is held against the images of the calibration");
    RQ_TRY(rq_images_open(&s->val, &s->setup.subject.request, val ? val : s->setup.subject.data,
                          rq_args_get(args, "labels", NULL), 0, s->setup.subject.seed));
    s->val.cache = &s->cache;
    return rq_image_cache_open(&s->cache, s->val.dataset->n, CACHE_BYTES);
}

/* Of everything that trials depend on. */
static rq_status make_key(state *s)
{
    char graph[33], data[RQ_DIGEST_TEXT];
    RQ_TRY(rq_graph_digest(graph, s->setup.quantized));
    RQ_TRY(rq_dataset_digest(s->val.dataset, data));
    s->tune.key = rq_arena_printf(
        s->tune.arena, "%s %s %s %s", graph, data, isnan(s->tune.min_sqnr) ? "accuracy" : "sqnr",
        rq_backend_name(rq_backend_find(s->setup.subject.choice.backend)));
    return s->tune.key ? RQ_OK : RQ_ENOMEM;
}

static rq_status open(state *s, const rq_args *args)
{
    const char *output = rq_args_get(args, "output", NULL);
    double fit_seconds;
    RQ_TRY(rq_arena_create(&s->tune.arena));
    RQ_TRY(read_budget(&s->tune, args));
    RQ_TRY(rq_settings_number(&fit_seconds, rq_args_settings(args), "budget", ROUNDING_SECONDS, 0,
                              1e9));
    if (!output)
        return rq_fail(RQ_EARG, "-o is missing: a folder for the results, or a file name.xml");
    RQ_TRY(
        rq_output_paths_make(&s->paths, output, rq_args_operand(args, 0), "int8", s->tune.arena));
    RQ_TRY(rq_make_dirs(s->paths.dir));
    RQ_TRY(rq_setup_open(&s->setup, args, s->paths.stats, fit_seconds));
    if (s->setup.parts->n == 0) return rq_fail(RQ_EARG, "the plan quantizes no layer");
    RQ_TRY(open_val(s, args));
    char *state_path = rq_path_join(s->paths.dir, "tune.json");
    s->tune.state_path = state_path ? rq_arena_strdup(s->tune.arena, state_path) : NULL;
    free(state_path);
    s->tune.setup = &s->setup;
    s->tune.args = args;
    s->tune.val = &s->val;
    return s->tune.state_path ? make_key(s) : RQ_ENOMEM;
}

static rq_status print(const state *s)
{
    rq_buf text = {0};
    rq_status status = rq_tune_text(&text, &s->tune);
    if (status == RQ_OK) fputs(text.data, stdout);
    rq_buf_free(&text);
    return status;
}

static rq_status tune(state *s, const rq_args *args)
{
    rq_tune *t = &s->tune;
    RQ_TRY(open(s, args));
    RQ_TRY(rq_tune_load(t));
    if (t->n_layers == 0) {
        RQ_TRY(rq_tune_rank(t));
        RQ_TRY(rq_tune_open_metric(t));
    }
    RQ_TRY(rq_tune_search(t));
    RQ_TRY(rq_tune_time(t, PARETO_SECONDS));
    RQ_TRY(rq_tune_write(t, &s->paths));
    return print(s);
}

static rq_status run(const rq_args *args)
{
    state s;
    memset(&s, 0, sizeof s);
    rq_status status = tune(&s, args);
    rq_images_close(&s.val);
    rq_image_cache_close(&s.cache);
    rq_setup_close(&s.setup);
    rq_arena_destroy(&s.tune.arena);
    return status;
}

static const rq_option own_options[] = {
    {"data", "DIR|LIST", "images to calibrate with, and to order layers with", false},
    {"stats", "FILE.h5", "statistics to decide from instead of calibrating", false},
    {"val", "DIR|LIST", "images to hold the budget against (default: those of --data)", false},
    {"labels", "FILE", "lines \"path class\" for --val; default: its class sub-folders", false},
    {"max-drop", "X",
     "loss allowed: points of the metric, or percent of FP32's value (\"1%\");\n"
     "                             without labels, percent of images with another answer",
     false},
    {"min-sqnr", "DB", "instead: the outputs' least SQNR against FP32", false},
    {"output", "OUT", "folder for the results, or the model's file name ending in .xml", false},
    {"max-trials", "N", "validations at most (default 24)", false},
    {"budget", "SECONDS", "for fitting codes, as quantize does (default 120)", false},
    {"subset", "N", "calibrate with at most N images, drawn by --seed", false},
    {"seed", "N", "for everything random (default 0)", false},
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options,          rq_preprocess_options,
                                           rq_plan_option_table, rq_model_options,
                                           rq_common_options,    NULL};
static const char *const details[] = {
    "Layers are ordered by the error they make for the time they save, both measured. The fewest "
    "that must stay in floating point are found by doubling and halving, then groups of them go "
    "back to INT8 where they may. What was tried is kept in OUT/tune.json: the same command "
    "continues after Ctrl-C, and another --max-drop starts from there. Exit 3: not met.",
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
    .summary = "meet a budget of accuracy with the least loss of speed",
    .details = details,
    .options = options,
    .examples = examples,
    .run = run,
};
