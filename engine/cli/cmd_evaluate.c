/* requant evaluate: accuracy of one model over images. */
#include "engine/cli/measuring.h"
#include "engine/cli/model_options.h"
#include "engine/ir/ir.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct state {
    rq_model_choice choice;
    rq_image_request request;
    rq_graph *graph;
    rq_images images;
    rq_measuring measuring;
} state;

static void print_row(const rq_report_accuracy *row)
{
    printf("%-20s %8.4g %s", row->metric, row->after.value, row->unit ? row->unit : "");
    if (!isnan(row->after.low)) printf("  (95 %%: %.4g to %.4g)", row->after.low, row->after.high);
    printf("  over %.0f images%s%s\n", row->images, row->output ? ", output " : "",
           row->output ? row->output : "");
}

static rq_json *row_json(const rq_report_accuracy *row)
{
    rq_json *json = rq_json_object();
    rq_json_set(json, "metric", rq_json_string(row->metric));
    rq_json_set(json, "output", rq_json_string(row->output));
    rq_json_set(json, "unit", rq_json_string(row->unit));
    rq_json_set(json, "value", rq_json_number(row->after.value));
    rq_json_set(json, "low", rq_json_number(row->after.low));
    rq_json_set(json, "high", rq_json_number(row->after.high));
    rq_json_set(json, "images", rq_json_number(row->images));
    return json;
}

static rq_status print_json(const rq_report_accuracy *rows, size_t n)
{
    rq_json *list = rq_json_array();
    rq_buf text = {0};
    for (size_t i = 0; i < n; i++) rq_json_push(list, row_json(&rows[i]));
    rq_status status = rq_json_dump(list, &text, true);
    if (status == RQ_OK) printf("%s\n", text.data);
    rq_buf_free(&text);
    rq_json_free(&list);
    return status;
}

static rq_status print_rows(state *s, bool json)
{
    rq_report_accuracy *rows;
    size_t n;
    RQ_TRY(rq_measure_rows(&rows, &n, s->measuring.measure, s->choice.arena));
    if (json) return print_json(rows, n);
    for (size_t i = 0; i < n; i++) print_row(&rows[i]);
    if (n == 0)
        return rq_fail(RQ_EARG,
                       "nothing to measure: one model without labels has no accuracy; give "
                       "--labels FILE, class sub-folders, or data with boxes, masks or texts "
                       "(--format) and the --adapter that reads such outputs");
    return RQ_OK;
}

static rq_status evaluate(state *s, const rq_args *args)
{
    int64_t subset, seed;
    const char *data = rq_args_get(args, "data", NULL);
    if (!data) return rq_fail(RQ_EARG, "--data is missing: a folder of images, or a list file");
    RQ_TRY(rq_args_integer(&subset, args, "subset", 0, 0, INT32_MAX));
    RQ_TRY(rq_args_integer(&seed, args, "seed", 0, 0, INT64_MAX));
    RQ_TRY(rq_image_request_read(&s->request, args));
    RQ_TRY(rq_ir_read(&s->graph, rq_args_operand(args, 0)));
    RQ_TRY(rq_image_request_shape(s->choice.shapes, &s->choice.n_shapes, &s->request, s->graph));
    RQ_TRY(rq_images_open(&s->images, &s->request, data, rq_args_get(args, "labels", NULL),
                          (size_t)subset, (uint64_t)seed));
    rq_exec_options exec = rq_model_choice_exec(&s->choice);
    s->measuring = (rq_measuring){.after = s->graph,
                                  .exec = &exec,
                                  .request = &s->request,
                                  .args = args,
                                  .images = &s->images,
                                  .seed = (uint64_t)seed};
    RQ_TRY(rq_threads_option(&s->measuring.threads, args));
    RQ_TRY(rq_measuring_run(&s->measuring));
    return print_rows(s, rq_args_has(args, "json"));
}

static rq_status run(const rq_args *args)
{
    state s;
    memset(&s, 0, sizeof s);
    rq_status status = rq_model_choice_open(&s.choice, args);
    if (status == RQ_OK) status = evaluate(&s, args);
    rq_measuring_close(&s.measuring);
    rq_images_close(&s.images);
    rq_graph_destroy(&s.graph);
    rq_model_choice_close(&s.choice);
    return status;
}

static const rq_option own_options[] = {
    {"data", "DIR|LIST", "images to measure with", false},
    {"labels", "FILE", "lines \"path class\"; default: the class sub-folders of --data", false},
    {"subset", "N", "at most N images, drawn by --seed", false},
    {"seed", "N", "for --subset (default 0)", false},
    {"json", NULL, "for programs", false},
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_preprocess_options, rq_model_options,
                                           rq_common_options, NULL};
static const char *const examples[] = {
    "requant evaluate model.xml --data val --labels val.txt --config imagenet",
    "requant evaluate out/model-int8.xml --data val --config cifar10 --json",
    NULL,
};

const rq_command rq_command_evaluate = {
    .name = "evaluate",
    .operands = "MODEL.xml",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "accuracy of a model over labelled images",
    .options = options,
    .examples = examples,
    .run = run,
};
