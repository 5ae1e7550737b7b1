/* requant lint: mistakes in preprocessing and data, before an hour is spent. */
#include "engine/workbench/lint/lint.h"
#include "engine/run/workload.h"

#include <stdio.h>
#include <string.h>

#define IMAGES 192

typedef struct state {
    rq_subject subject;
    rq_images images, val;
    rq_lint lint;
} state;

static rq_status open(state *s, const rq_args *args)
{
    int64_t varied;
    rq_subject *subject = &s->subject;
    const char *val = rq_args_get(args, "val", NULL);
    RQ_TRY(rq_subject_open_with_data(subject, args));
    RQ_TRY(rq_args_integer(&varied, args, "images", IMAGES, 0, INT32_MAX));
    RQ_TRY(rq_subject_read(subject, rq_args_operand(args, 0)));
    RQ_TRY(rq_subject_fit(subject));
    RQ_TRY(rq_subject_images(&s->images, subject, rq_args_get(args, "labels", NULL)));
    if (val)
        RQ_TRY(
            rq_images_open(&s->val, &subject->request, val, NULL, subject->subset, subject->seed));
    RQ_TRY(rq_arena_create(&s->lint.arena));
    s->lint.args = args;
    s->lint.request = &subject->request;
    s->lint.graph = subject->graph;
    s->lint.exec = &subject->exec;
    s->lint.threads = subject->threads;
    s->lint.images = &s->images;
    s->lint.val = val ? &s->val : NULL;
    s->lint.n_varied = (size_t)varied;
    return RQ_OK;
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
    rq_status status = lint(&s, args);
    rq_images_close(&s.images);
    rq_images_close(&s.val);
    rq_arena_destroy(&s.lint.arena);
    rq_subject_close(&s.subject);
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
