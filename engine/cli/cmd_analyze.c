/* requant analyze: which layers' quantization costs how much. */
#include "engine/base/file.h"
#include "engine/cli/image_options.h"
#include "engine/cli/model_options.h"
#include "engine/cli/plan_options.h"
#include "engine/cli/workload_options.h"
#include "engine/workbench/sensitivity/sensitivity.h"
#include "engine/workbench/sensitivity/sensitivity_setup.h"
#include "engine/cli/text/sensitivity_text.h"

#include <stdio.h>
#include <string.h>

#define IMAGES 16
#define ROWS 30

typedef struct state {
    rq_workload workload;
    rq_plan_options plan;
    rq_setup setup;
    rq_images images; /* to measure with */
    rq_sensitivity sensitivity;
} state;

static rq_status write_csv(const state *s, const char *path)
{
    rq_buf text = {0};
    if (!path) return RQ_OK;
    rq_sensitivity_csv(&text, &s->sensitivity);
    rq_status status = text.failed ? rq_fail_memory(text.length, "a table")
                                   : rq_write_file(path, text.data, text.length);
    rq_buf_free(&text);
    return status;
}

static rq_status print(const state *s, const rq_args *args)
{
    rq_buf text = {0};
    int64_t rows;
    RQ_TRY(rq_args_integer(&rows, args, "rows", ROWS, 0, INT32_MAX));
    RQ_TRY(write_csv(s, rq_args_get(args, "csv", NULL)));
    bool json = rq_args_has(args, "json");
    rq_status status = json ? rq_sensitivity_json(&text, &s->sensitivity)
                            : rq_sensitivity_text(&text, &s->sensitivity, (size_t)rows);
    if (status == RQ_OK) printf("%s%s", text.data, json ? "\n" : "");
    rq_buf_free(&text);
    return status;
}

static rq_status read_model(state *s, const rq_args *args)
{
    rq_workload *w = &s->workload;
    RQ_TRY(rq_workload_options_read_with_data(w, rq_args_settings(args)));
    RQ_TRY(rq_plan_options_read(&s->plan, rq_args_settings(args), w->arena));
    RQ_TRY(rq_workload_read(w, rq_args_operand(args, 0)));
    RQ_TRY(rq_workload_fit(w));
    RQ_TRY(rq_workload_bind(w));
    RQ_TRY(rq_workload_keep_images(w));
    return rq_workload_list(w, NULL);
}

/* Drawn anew where labels tell which images there are. */
static rq_status choose_images(state *s, const char *labels, size_t n)
{
    const rq_workload *w = &s->workload;
    if (labels) return rq_workload_open_images(&s->images, w, w->data, labels, n);
    return rq_images_draw(&s->images, &w->all, n, w->seed, w->shuffle);
}

static rq_status analyze(state *s, const rq_args *args)
{
    int64_t images;
    RQ_TRY(rq_args_integer(&images, args, "images", IMAGES, 1, INT32_MAX));
    RQ_TRY(read_model(s, args));
    const rq_setup_options how = {.plan = &s->plan,
                                  .given_stats = rq_args_get(args, "stats", NULL)};
    RQ_TRY(rq_setup_open(&s->setup, &s->workload, &how));
    RQ_TRY(choose_images(s, rq_args_get(args, "labels", NULL), (size_t)images));
    const rq_workload some = rq_workload_over(&s->workload, &s->images);
    const rq_sensitivity_options options = {.parts = s->setup.parts,
                                            .quantized = s->setup.quantized};
    RQ_TRY(rq_sensitivity_run(&s->sensitivity, &some, &options));
    return print(s, args);
}

static rq_status run(const rq_args *args)
{
    state s;
    memset(&s, 0, sizeof s);
    rq_status status = analyze(&s, args);
    rq_sensitivity_close(&s.sensitivity);
    rq_images_close(&s.images);
    rq_setup_close(&s.setup);
    rq_workload_close(&s.workload);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR|LIST", "images to calibrate and to measure with"),
    RQ_OPTION("stats", "FILE.h5", "statistics of activations to use instead of calibrating"),
    RQ_OPTION("labels", "FILE", "lines \"path class\"",
              .fallback = "the class sub-folders of --data"),
    RQ_OPTION("images", "N", "measure with at most N images, drawn by --seed", .fallback = "16"),
    RQ_OPTION("subset", "N", "calibrate with at most N images, drawn by --seed"),
    RQ_OPTION("seed", "N", "seed of everything random", .fallback = "0"),
    RQ_HEADING(OUTPUT),
    RQ_OPTION("rows", "N", "show the N most sensitive layers; 0: all", .fallback = "30"),
    RQ_OPTION("csv", "FILE.csv", "write all numbers of all layers as a table"),
    RQ_OPTION("json", NULL, "print the result as JSON"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options,          rq_preprocess_options,
                                           rq_plan_option_table, rq_model_options,
                                           rq_common_options,    NULL};
static const char *const details[] = {
    "Each layer is quantized alone (weights, activations, both) and excluded alone; only what it "
    "affects is computed again, from values kept of one run of the whole network. It stops early "
    "when the order of the layers is statistically certain.",
    NULL,
};
static const char *const examples[] = {
    "requant analyze model.xml --data photos --config imagenet",
    "requant analyze model.xml --data photos --stats out/stats.h5 --csv layers.csv",
    NULL,
};

const rq_command rq_command_analyze = {
    .name = "analyze",
    .operands = "MODEL.xml",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "measure how sensitive each layer is to quantization, and say what to change",
    .details = details,
    .options = options,
    .examples = examples,
    .run = run,
};
