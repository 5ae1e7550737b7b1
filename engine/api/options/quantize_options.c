#include "engine/api/options/quantize_options.h"

#include "engine/api/options/data_option.h"
#include "engine/api/options/image_options.h"
#include "engine/api/options/import_options.h"
#include "engine/api/options/model_options.h"
#include "engine/api/options/output_option.h"
#include "engine/api/options/plan_given.h"
#include "engine/api/options/plan_options.h"
#include "engine/api/options/procedures.h"
#include "engine/api/options/score_options.h"

enum { FLOATS_FP32, FLOATS_FP16 };
static const rq_keyword float_precisions[] = {[FLOATS_FP32] = {"fp32", "as they are", NULL},
                                              [FLOATS_FP16] = {"fp16", "for a smaller .bin", NULL},
                                              {NULL, NULL, NULL}};

static const rq_option quantize_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR|LIST", "calibration images", .fallback = "generated images"),
    RQ_OPTION("stats", "FILE.h5", "statistics of activations to use instead of running --data"),
    RQ_OPTION("val", "DIR|LIST", "validation images", .fallback = "those of --data"),
    RQ_OPTION("labels", "FILE", "lines \"path class\" for --val",
              .fallback = "its class sub-folders"),
    RQ_HEADING(QUANTIZATION),
    RQ_OPTION("precision", "P", "precision of the model", .keywords = rq_precision_keywords,
              .fallback = "int8"),
    RQ_OPTION(
        "group-size", "N",
        "of int4-weights: inputs that share a scale; else the nearest divisor of their number; in "
        "a FILE.onnx ONNX Runtime keeps 4 bits for powers of two from 16",
        .fallback = RQ_TEXT(RQ_GROUP_SIZE)),
    RQ_OPTION(
        "ratio", "R",
        "of int4-weights: share of the weights of MatMuls that get 4 bits, where they add the "
        "least error per byte saved; the others get 8",
        .fallback = "1"),
    RQ_OPTION("plan", "FILE.json",
              "apply this plan.json (you may edit it) instead of computing one"),
    RQ_OPTION("float-precision", "P", "precision of constants that are not quantized",
              .keywords = float_precisions, .alias = "rest", .fallback = "fp32"),
    RQ_OPTION("requantize", NULL, "accept a model that is quantized already"),
    RQ_HEADING(OUTPUT),
    RQ_OPTION("no-thumbnails", NULL, "no images in report.html"),
    RQ_OPTIONS_END,
};

const rq_option *const rq_quantize_option_tables[] = {quantize_options,
                                                      rq_output_options,
                                                      rq_preprocess_options,
                                                      rq_output_weight_options,
                                                      rq_score_options,
                                                      rq_plan_option_table,
                                                      rq_preparation_options,
                                                      rq_model_options,
                                                      rq_model_import_options,
                                                      rq_prefixed_import_options,
                                                      NULL};

static rq_status read_compression(rq_plan_options *o, const rq_settings *settings)
{
    int64_t size;
    static const char *const names[] = {"group-size", "ratio"};
    for (size_t i = 0; i < 2; i++)
        if (rq_settings_has(settings, names[i]) && o->precision != RQ_PRECISION_INT4_WEIGHTS)
            return rq_fail(RQ_EARG, "--%s is for --precision int4-weights", names[i]);
    RQ_TRY(rq_settings_integer(&size, settings, "group-size", RQ_GROUP_SIZE, 1, INT32_MAX));
    o->group_size = (size_t)size;
    return rq_settings_number(&o->ratio, settings, "ratio", 1.0, 0.0, 1.0);
}

static rq_status read_choices(rq_quantize_options *o, const rq_settings *settings)
{
    int precision, floats;
    RQ_TRY(
        rq_settings_keyword(&floats, settings, "float-precision", float_precisions, FLOATS_FP32));
    RQ_TRY(rq_settings_keyword(&precision, settings, "precision", rq_precision_keywords,
                               RQ_PRECISION_INT8));
    o->float_fp16 = floats == FLOATS_FP16;
    o->decide.plan.precision = (rq_precision)precision;
    return read_compression(&o->decide.plan, settings);
}

rq_status rq_quantize_options_read(rq_quantize_options *out, const rq_settings *settings,
                                   rq_arena *arena)
{
    rq_decide_options *decide = &out->decide;
    RQ_TRY(rq_decide_options_read(decide, settings, arena));
    RQ_TRY(read_choices(out, settings));
    RQ_TRY(rq_plan_given_open(&decide->given, &decide->plan, settings));
    out->requantize = rq_settings_has(settings, "requantize");
    out->val = rq_data_option_read(settings, "val");
    out->labels = rq_settings_get(settings, "labels", NULL);
    out->thumbnails = !rq_settings_has(settings, "no-thumbnails");
    RQ_TRY(rq_output_read_qdq(&out->qdq, settings));
    RQ_TRY(rq_output_read_seconds(&out->speed_seconds, settings));
    out->target_isa = rq_settings_get(settings, "target-isa", "any");
    return RQ_OK;
}
