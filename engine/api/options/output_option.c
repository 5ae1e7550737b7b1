#include "engine/api/options/output_option.h"

#include "engine/api/options/model_options.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

#include <string.h>

#define SECONDS 3 /* of measuring speed */

static const rq_keyword codes[] = {
    [RQ_QDQ_UINT8] = {"uint8", "uint8 activations, int8 weights: what ONNX Runtime runs", NULL},
    [RQ_QDQ_INT8] = {"int8", "zero points of 0, as OpenVINO's IR has them: for OpenVINO", NULL},
    {NULL, NULL, NULL}};

const rq_option rq_output_options[] = {
    RQ_HEADING(OUTPUT),
    RQ_OPTION("output", "DIR|FILE.xml|FILE.onnx",
              "folder of the results, or the model's file in it; .onnx: with QuantizeLinear and "
              "DequantizeLinear"),
    RQ_OPTION("qdq", "CODES", "codes of activations in an ONNX model", .keywords = codes,
              .fallback = "uint8"),
    RQ_STATIC_OPTION,
    RQ_OPTION("seconds", "S", "about how long the speed of both models is measured; 0: not at all",
              .fallback = RQ_TEXT(SECONDS)),
    RQ_OPTIONS_END,
};

#define EXPECTED "expected a folder for the results, or a model's file name.xml or name.onnx"

/* A folder may be called resnet.v1; nobody calls one x.txt. */
static bool is_called_as_a_file(const char *output)
{
    static const char *const ends[] = {
        ".txt", ".json", ".html",  ".bin",        ".pb",       ".pbtxt", ".h5",  ".tflite",
        ".pt",  ".pth",  ".csv",   ".yaml",       ".yml",      ".zip",   ".npy", ".npz",
        ".log", ".md",   ".keras", ".caffemodel", ".prototxt", ".engine"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (rq_ends_with(output, ends[i])) return true;
    return false;
}

rq_status rq_output_read(const char **out, const rq_settings *settings)
{
    const char *output = *out = rq_settings_get(settings, "output", NULL);
    if (!output) return rq_fail(RQ_EARG, "-o (--output) is missing: " EXPECTED);
    if (!*output) return rq_fail(RQ_EARG, "-o (--output) is empty: " EXPECTED);
    if (rq_ends_with(output, ".xml") || rq_ends_with(output, ".onnx") || rq_is_dir(output))
        return RQ_OK;
    if (rq_is_file(output)) return rq_fail(RQ_EARG, "-o %s is a file: " EXPECTED, output);
    return is_called_as_a_file(output) ? rq_fail(RQ_EARG, "-o %s: " EXPECTED, output) : RQ_OK;
}

rq_status rq_output_read_qdq(rq_qdq *out, const rq_settings *settings)
{
    int word;
    const char *output = rq_settings_get(settings, "output", "");
    RQ_TRY(rq_settings_keyword(&word, settings, "qdq", codes, RQ_QDQ_UINT8));
    *out = (rq_qdq)word;
    if (!rq_settings_has(settings, "qdq") || rq_ends_with(output, ".onnx")) return RQ_OK;
    return rq_fail(RQ_EARG, "--qdq is of ONNX models: -o %s does not end in .onnx", output);
}

rq_status rq_output_read_seconds(double *out, const rq_settings *settings)
{
    return rq_settings_number(out, settings, "seconds", SECONDS, 0, 3600);
}
