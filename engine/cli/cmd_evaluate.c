/* requant evaluate: accuracy of one model over images. */
#include "engine/api/options/procedures.h"
#include "engine/cli/library.h"

extern const rq_command rq_command_evaluate;

static rq_status show(const rq_library *library, const rq_args *args)
{
    bool json = rq_args_has(args, "json");
    RQ_TRY(rq_library_print(library, json ? "json" : "text", 0));
    if (json || !rq_args_has(args, "classes")) return RQ_OK;
    return rq_library_print(library, "classes", 0); /* the file has the whole table */
}

static rq_status run(const rq_args *args)
{
    rq_library library;
    rq_status status = rq_library_open_network(&library, &rq_command_evaluate, args);
    if (status == RQ_OK) status = rq_evaluate(&library.result, library.network, library.options);
    if (status == RQ_OK) status = show(&library, args);
    rq_library_close(&library);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(OUTPUT),
    RQ_OPTION("json", NULL, "print the result as JSON"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_common_options, NULL};
static const char *const examples[] = {
    "requant evaluate model.xml --data val --labels val.txt --config imagenet",
    "requant evaluate out/model-int8.xml --data val --json  # prepares images as quantize did",
    "requant evaluate yolo.xml --data coco --format coco --split val2017 --config yolo",
    "requant evaluate seg.xml --data VOC2012 --format masks --config segmentation",
    "requant evaluate pose.xml --data val --score 'python3 score.py'",
    NULL,
};

const rq_command rq_command_evaluate = {
    .name = "evaluate",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "measure the accuracy of a model over labelled data",
    .options = options,
    .procedure = rq_evaluate_option_tables,
    .examples = examples,
    .run = run,
    .ranks = true,
};
