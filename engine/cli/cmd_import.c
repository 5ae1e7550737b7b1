/* requant import: an ONNX, TensorFlow, TensorFlow Lite or Caffe model into an IR. */
#include "engine/api/options/procedures.h"
#include "engine/cli/library.h"

#include <stdio.h>

extern const rq_command rq_command_import;

static rq_status print(const rq_library *library, const char *format)
{
    const char *text;
    RQ_TRY(rq_network_text(&text, library->network, format));
    fputs(text, stdout);
    return RQ_OK;
}

/* What maps is shown also where something else does not. */
static rq_status dry_run(const rq_library *library, rq_status opened)
{
    if (library->network) RQ_TRY(print(library, "ports"));
    return opened;
}

static rq_status import_model(rq_library *library, const rq_args *args)
{
    rq_status status = rq_network_open(&library->network, library->context,
                                       rq_args_operand(args, 0), library->options);
    if (rq_args_has(args, "dry_run")) return dry_run(library, status);
    RQ_TRY(status);
    RQ_TRY(rq_network_save(library->network, rq_args_get(args, "output_dir", ".")));
    return print(library, rq_args_has(args, "list_fused") ? "fused" : "text");
}

static rq_status run(const rq_args *args)
{
    rq_library library;
    rq_status status = rq_library_open(&library, &rq_command_import, args);
    if (status == RQ_OK) status = import_model(&library, args);
    rq_library_close(&library);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(OUTPUT),
    RQ_OPTION("output_dir", "DIR|FILE.xml", "folder of the IR, or its file", .fallback = "here"),
    RQ_OPTION("dry_run", NULL, "show inputs, outputs and what does not map; write nothing"),
    RQ_HEADING(FUSING),
    RQ_OPTION("list_fused", NULL, "name the layers that were fused"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_common_options, NULL};
static const rq_short shorts[] = {
    {"-o", "output_dir"},         {"-w", "input_model"},   {"-m", "input_model"},
    {"-n", "model_name"},         {"-b", "batch"},         {"-s", "scale"},
    {"-d", "input_proto"},        {"-ms", "mean_values"},  {"-mf", "mean_file"},
    {"-mo", "mean_file_offsets"}, {"-k", "custom_layers"}, {NULL, NULL},
};
static const char *const details[] = {
    "Takes the flags of OpenVINO's Model Optimizer (mo). '-' and '_' are alike in their names: "
    "--input-shape is --input_shape.",
    "Inputs and outputs of a quantized TensorFlow Lite model (.tflite) stay the integers that the "
    "file has.",
    NULL,
};
static const char *const examples[] = {
    "requant import model.onnx -o ir",
    "requant import model.onnx --input_shape '[1,3,224,224]' "
    "--mean_values '(123.7,116.3,103.5)' --scale 58",
    "requant import model.onnx --input \"conv1[1 64 56 56]\" --output fc --dry-run", NULL};

const rq_command rq_command_import = {
    .name = "import",
    .operands = "MODEL",
    .min_operands = 0,
    .max_operands = 1,
    .summary = "convert an ONNX, TensorFlow, TensorFlow Lite or Caffe model to IR",
    .details = details,
    .options = options,
    .procedure = rq_import_option_tables,
    .shorts = shorts,
    .examples = examples,
    .run = run,
};
