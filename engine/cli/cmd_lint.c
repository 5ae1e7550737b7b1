/* requant lint: mistakes in preprocessing and data, before an hour is spent. */
#include "engine/cli/lint.h"
#include "engine/cli/model_options.h"
#include "engine/ir/ir.h"

#include <stdio.h>
#include <string.h>

#define IMAGES 192

typedef struct state {
    rq_model_choice choice;
    rq_image_request request;
    rq_graph *graph;
    rq_images images, val;
    rq_exec_options exec;
    rq_lint lint;
} state;

static rq_status open(state *s, const rq_args *args)
{
    int64_t subset, seed, varied;
    const char *data = rq_args_get(args, "data", NULL), *val = rq_args_get(args, "val", NULL);
    if (!data) return rq_fail(RQ_EARG, "--data is missing: a folder of images, or a list file");
    RQ_TRY(rq_args_integer(&subset, args, "subset", 0, 0, INT32_MAX));
    RQ_TRY(rq_args_integer(&seed, args, "seed", 0, 0, INT64_MAX));
    RQ_TRY(rq_args_integer(&varied, args, "images", IMAGES, 0, INT32_MAX));
    RQ_TRY(rq_image_request_read(&s->request, args));
    RQ_TRY(rq_ir_read(&s->graph, rq_args_operand(args, 0)));
    RQ_TRY(rq_image_request_shape(s->choice.shapes, &s->choice.n_shapes, &s->request, s->graph));
    RQ_TRY(rq_images_open(&s->images, &s->request, data, rq_args_get(args, "labels", NULL),
                          (size_t)subset, (uint64_t)seed));
    if (val)
        RQ_TRY(rq_images_open(&s->val, &s->request, val, NULL, (size_t)subset, (uint64_t)seed));
    s->exec = rq_model_choice_exec(&s->choice);
    RQ_TRY(rq_arena_create(&s->lint.arena));
    s->lint.args = args;
    s->lint.request = &s->request;
    s->lint.graph = s->graph;
    s->lint.exec = &s->exec;
    s->lint.images = &s->images;
    s->lint.val = val ? &s->val : NULL;
    s->lint.n_varied = (size_t)varied;
    return rq_threads_option(&s->lint.threads, args);
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
    RQ_TRY(open(s, args));
    RQ_TRY(rq_lint_run(&s->lint));
    RQ_TRY(rq_lint_check_all(&s->lint));
    RQ_TRY(print(&s->lint, rq_args_has(args, "json")));
    if (s->lint.n_findings == 0) return RQ_OK;
    return rq_fail(RQ_EBUDGET, "%zu finding%s", s->lint.n_findings,
                   s->lint.n_findings == 1 ? "" : "s");
}

static rq_status run(const rq_args *args)
{
    state s;
    memset(&s, 0, sizeof s);
    rq_status status = rq_model_choice_open(&s.choice, args);
    if (status == RQ_OK) status = lint(&s, args);
    rq_images_close(&s.images);
    rq_images_close(&s.val);
    rq_graph_destroy(&s.graph);
    rq_arena_destroy(&s.lint.arena);
    rq_model_choice_close(&s.choice);
    return status;
}

static const rq_option own_options[] = {
    {"data", "DIR|LIST", "images to calibrate with", false},
    {"val", "DIR|LIST", "images to validate with: they should be others", false},
    {"labels", "FILE", "lines \"path class\" for --data; default: its class sub-folders", false},
    {"images", "N", "how many also run with other preprocessings (default 192; 0: none)", false},
    {"subset", "N", "at most N images, drawn by --seed", false},
    {"seed", "N", "for --subset (default 0)", false},
    {"json", NULL, "findings, and what every preprocessing gave, as JSON", false},
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_preprocess_options, rq_model_options,
                                           rq_common_options, NULL};
static const char *const details[] = {
    "Preprocessing: some images also run with channels reversed, without mean, with other scales, "
    "and as models are usually trained. If the outputs tell clearly more of the images then (or "
    "the labels are met more often), the flags that were given do not fit the model.",
    "Images: blank, outlying and equal ones, one class only, the same in --data and --val, and "
    "whether there are enough to know the ranges.",
    "Each finding comes with its evidence and the flag that mends it. Exit 3 when there are any.",
    NULL,
};
static const char *const examples[] = {
    "requant lint model.xml --data photos --config imagenet",
    "requant lint model.xml --data calib --val val --mean 127 --scale 128 --json",
    NULL,
};

const rq_command rq_command_lint = {
    .name = "lint",
    .operands = "MODEL.xml",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "mistakes in preprocessing and images, before an hour is spent",
    .details = details,
    .options = options,
    .examples = examples,
    .run = run,
};
