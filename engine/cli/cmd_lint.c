/* requant lint: mistakes in preprocessing and data, before an hour is spent. */
#include "engine/workbench/lint/lint.h"
#include "engine/api/network.h"
#include "engine/api/options/image_options.h"
#include "engine/api/options/import_options.h"
#include "engine/api/options/model_options.h"
#include "engine/cli/library.h"

#include <stdio.h>
#include <string.h>

#define IMAGES 192

typedef struct state {
    rq_context *context;
    rq_network *network;
    rq_workload workload;
    rq_images val;
    rq_lint lint;
} state;

static rq_status open(state *s, const rq_args *args)
{
    rq_workload *w = &s->workload;
    const rq_data_source val = {rq_args_get(args, "val", NULL), NULL};
    RQ_TRY(rq_library_open_context(&s->context, args));
    RQ_TRY(rq_network_open_by(&s->network, s->context, rq_args_operand(args, 0),
                              rq_args_settings(args)));
    RQ_TRY(rq_network_workload_with_data(w, s->network, rq_args_settings(args)));
    RQ_TRY(rq_workload_fit(w));
    RQ_TRY(rq_workload_list(w, rq_args_get(args, "labels", NULL)));
    return val.name ? rq_workload_open_images(&s->val, w, &val, NULL, w->subset) : RQ_OK;
}

static rq_status print(const rq_lint *lint, bool json)
{
    rq_buf text = {0};
    rq_status status = (json ? rq_lint_json : rq_lint_text)(&text, lint);
    if (status == RQ_OK) printf("%s%s", text.data, json ? "\n" : "");
    rq_buf_free(&text);
    return status;
}

static rq_status lint(state *s, const rq_args *args)
{
    int64_t varied;
    RQ_TRY(rq_args_integer(&varied, args, "images", IMAGES, 0, INT32_MAX));
    RQ_TRY(open(s, args));
    const rq_lint_options options = {
        .val = s->val.dataset ? &s->val : NULL, .n_varied = (size_t)varied, .evaluates = true};
    RQ_TRY(rq_lint_run(&s->lint, &s->workload, &options));
    RQ_TRY(print(&s->lint, rq_args_has(args, "json")));
    if (s->lint.n_findings == 0) return RQ_OK;
    return rq_fail(RQ_EBUDGET, "%zu finding%s", s->lint.n_findings, rq_plural(s->lint.n_findings));
}

static rq_status run(const rq_args *args)
{
    state s;
    memset(&s, 0, sizeof s);
    rq_status status = lint(&s, args);
    rq_lint_close(&s.lint);
    rq_images_close(&s.val);
    rq_workload_close(&s.workload);
    rq_network_destroy(&s.network);
    rq_context_destroy(&s.context);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR|LIST", "calibration images"),
    RQ_OPTION("val", "DIR|LIST", "validation images: they should be others"),
    RQ_OPTION("labels", "FILE", "lines \"path class\" for --data",
              .fallback = "its class sub-folders"),
    RQ_OPTION("images", "N", "try alternative preprocessings on N images; 0: on none",
              .fallback = RQ_TEXT(IMAGES)),
    RQ_HEADING(OUTPUT),
    RQ_OPTION("json", NULL, "print the findings, and what each preprocessing gave, as JSON"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options,
                                           rq_preprocess_options,
                                           rq_model_options,
                                           rq_model_import_options,
                                           rq_prefixed_import_options,
                                           rq_common_options,
                                           NULL};
static const char *const details[] = {
    "Preprocessing: some images also run with channels reversed, without mean, with other scales, "
    "and as models are usually trained. If the outputs carry clearly more information about the "
    "images then (or labels, masks and boxes of the data are met better, or more boxes are found), "
    "the flags that were given do not fit the model.",
    "Sizes: up to 200 labelled images also run stretched to the input's size, and cropped from "
    "their middle, if classes are what the model tells.",
    "Outputs: NaN, the same for all images, nothing found, top-1 no better than chance: with the "
    "first layer that makes them so.",
    "Images: blank, outlying and equal ones, one class only, the same in --data and --val, and "
    "whether there are enough to estimate ranges.",
    "Each finding comes with its evidence and the flag that fixes it. Exit status 3: there are "
    "findings.",
    NULL,
};
static const char *const examples[] = {
    "requant lint model.xml --data photos --config imagenet",
    "requant lint model.xml --data calib --val val --mean 127 --scale 128 --json",
    NULL,
};

const rq_command rq_command_lint = {
    .name = "lint",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "check preprocessing and images before calibrating",
    .details = details,
    .options = options,
    .examples = examples,
    .run = run,
};
