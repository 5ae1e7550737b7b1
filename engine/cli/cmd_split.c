/* requant split: a model of which parts stay with their framework, as plain IRs. */
#include "engine/base/file.h"
#include "engine/cli/command.h"
#include "engine/export/split.h"
#include "engine/import/model_folder.h"
#include "engine/ir/ir.h"

#include <stdio.h>
#include <stdlib.h>

static rq_status split(const rq_graph *graph, const char *path, const char *folder)
{
    char *stem = rq_path_stem(path);
    rq_status status =
        stem ? rq_export_split(graph, folder, stem) : rq_fail_memory(0, "a file name");
    if (status == RQ_OK) printf("%s/offload.json\n", folder);
    free(stem);
    return status;
}

static rq_status run(const rq_args *args)
{
    const char *path = rq_args_operand(args, 0);
    rq_graph *graph;
    RQ_TRY(rq_import_refuse_other(path));
    RQ_TRY(rq_ir_read(&graph, path));
    rq_status status = split(graph, path, rq_args_get(args, "output_dir", "."));
    rq_graph_destroy(&graph);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(OUTPUT),
    RQ_OPTION("output_dir", "DIR", "folder of the parts and of offload.json", .fallback = "here"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_common_options, NULL};
static const rq_short shorts[] = {{"-o", "output_dir"}, {NULL, NULL}};
static const char *const details[] = {
    "Where import --offload left parts of a model to TensorFlow or ONNX Runtime, only requant runs "
    "the IR. This writes what lies between them as IRs for OpenVINO, and offload.json: the parts "
    "in "
    "their order, with what each reads and gives.",
    NULL,
};
static const char *const examples[] = {
    "requant import ssd.pb --offload tf:Postprocessor/ -o ir",
    "requant split ir/ssd.xml -o parts",
    NULL,
};

const rq_command rq_command_split = {
    .name = "split",
    .operands = "MODEL.xml",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "cut a model at the parts that stay with their framework",
    .details = details,
    .options = options,
    .shorts = shorts,
    .examples = examples,
    .run = run,
};
