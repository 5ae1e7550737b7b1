/* requant quantize: the main job. */
#include "engine/api/options/procedures.h"
#include "engine/cli/library.h"
#include "reports/limits.h"
#include "reports/metrics/speed_noise.h"

extern const rq_command rq_command_quantize;

static rq_status run(const rq_args *args)
{
    rq_library library;
    rq_status status = rq_library_open_network(&library, &rq_command_quantize, args);
    if (status == RQ_OK) status = rq_quantize(&library.result, library.network, library.options);
    if (status == RQ_OK) status = rq_library_print(&library, "text", 0);
    rq_library_close(&library);
    return status;
}

static const rq_option *const options[] = {rq_common_options, NULL};
static const char *const details[] = {
    "The files are made in DIR/.requant and take their places together when all are there. After "
    "Ctrl-C, a kill or a power cut the same command continues with the statistics gathered so far.",
    "What is tried on holdout images (\"29.9 dB vs 29.6 dB without\", the SQNR of the outputs of "
    "all images as one) is applied where it gains twice: as one, and image by image, where the "
    "median gain is above 0 with 95 % confidence. A few images with large outputs can make the "
    "first alone.",
    rq_limits_of_loss,
    rq_limits_of_suspicion,
    rq_limits_of_images,
    RQ_SPEED_NOISE_RULE
    " It is measured again until it is, for at most 30 s, and no longer than the "
    "rest of the run.",
    NULL,
};
static const char *const examples[] = {
    "requant quantize model.xml --data photos --val photos/val --config imagenet -o out",
    "requant quantize model.xml --data photos --config imagenet --ignore-type MatMul -o out",
    "requant quantize det.xml --data pages --shape 'x[1,3,640,640]' -o det-int8.xml",
    "requant quantize model.xml --precision fp16 -o out",
    "requant quantize model.onnx --data photos --config imagenet -o model-int8.onnx",
    "requant quantize net.caffemodel --data photos --mean_values 104,117,123 --channels bgr -o out",
    "requant quantize model.onnx --data photos --target onnxruntime -o model-int8.onnx",
    "requant quantize model.xml --data photos --target npu -o out",
    "requant quantize model.xml --plan edited.json --data photos --config imagenet -o out2",
    NULL,
};

const rq_command rq_command_quantize = {
    .name = "quantize",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "quantize a model to INT8 (or FP16), measure it and report",
    .details = details,
    .options = options,
    .procedure = rq_quantize_option_tables,
    .examples = examples,
    .run = run,
};
