/* requant quantize: the main job. */
#include "engine/cli/image_options.h"
#include "engine/cli/model_options.h"
#include "engine/cli/plan_given.h"
#include "engine/cli/plan_options.h"
#include "engine/cli/text/report_print.h"
#include "engine/cli/workload_options.h"
#include "engine/workbench/quantize/quantize_job.h"

#include <stdio.h>
#include <string.h>

#define ROUNDING_SECONDS 120.0

typedef struct state {
    rq_workload workload;
    rq_quantize_options options;
    rq_quantization result;
} state;

static const rq_keyword precisions[] = {
    {"int8", "weights and activations", NULL},
    {"int8-weights", "weights stored as INT8, computed in floating point; needs no images", NULL},
    {"fp16", "constants as FP16; needs no images", NULL},
    {NULL, NULL, NULL}};
static const rq_keyword rests[] = {
    {"fp32", "as they are", NULL}, {"fp16", "for a smaller .bin", NULL}, {NULL, NULL, NULL}};
static const rq_keyword equalizations[] = {{"auto", "kept only if output SQNR improves", NULL},
                                           {"off", "not tried", NULL},
                                           {NULL, NULL, NULL}};

enum { PRECISION_INT8, PRECISION_INT8_WEIGHTS, PRECISION_FP16 };

static rq_status read_choices(rq_quantize_options *o, const rq_settings *settings)
{
    int precision, rest, equalize;
    RQ_TRY(rq_settings_keyword(&rest, settings, "rest", rests, 0));
    RQ_TRY(rq_settings_keyword(&precision, settings, "precision", precisions, PRECISION_INT8));
    RQ_TRY(rq_settings_keyword(&equalize, settings, "equalize", equalizations, 0));
    o->rest_fp16 = rest == 1;
    o->fp16 = precision == PRECISION_FP16;
    o->equalize = equalize == 0;
    if (precision == PRECISION_INT8_WEIGHTS) o->plan.scope.precision = RQ_PRECISION_INT8_WEIGHTS;
    return rq_settings_number(&o->rounding_seconds, settings, "rounding-seconds", ROUNDING_SECONDS,
                              0.0, 1e9);
}

static rq_status read_options(state *s, const rq_args *args)
{
    rq_quantize_options *o = &s->options;
    const rq_settings *settings = rq_args_settings(args);
    RQ_TRY(rq_workload_options_read(&s->workload, settings));
    RQ_TRY(rq_plan_options_read(&o->plan, settings, s->workload.arena));
    RQ_TRY(read_choices(o, settings));
    RQ_TRY(rq_plan_given_open(&o->given, &o->plan, settings));
    o->given_stats = rq_settings_get(settings, "stats", NULL);
    o->sequential_bias = rq_settings_has(settings, "sequential-bias-correction");
    o->requantize = rq_settings_has(settings, "requantize");
    o->output = rq_settings_get(settings, "output", NULL);
    o->val = rq_settings_get(settings, "val", NULL);
    o->labels = rq_settings_get(settings, "labels", NULL);
    o->thumbnails = !rq_settings_has(settings, "no-thumbnails");
    o->target_isa = rq_settings_get(settings, "target-isa", "any");
    o->command = rq_args_text(args);
    if (o->output) return RQ_OK;
    return rq_fail(RQ_EARG, "-o is missing: a folder for the results, or a file name.xml");
}

static rq_status print(const rq_quantization *q)
{
    RQ_TRY(rq_report_print(&q->report));
    printf("\n  model   %s\n  plan    %s\n  report  %s\n          %s\n", q->paths.xml,
           q->options->fp16 ? "-" : q->paths.plan, q->paths.report_html, q->paths.report_json);
    return RQ_OK;
}

static rq_status quantize(state *s, const rq_args *args)
{
    RQ_TRY(read_options(s, args));
    RQ_TRY(rq_quantize_read(&s->workload, rq_args_operand(args, 0), &s->options));
    RQ_TRY(rq_quantize_run(&s->result, &s->workload, &s->options));
    return print(&s->result);
}

static rq_status run(const rq_args *args)
{
    state s;
    memset(&s, 0, sizeof s);
    rq_status status = quantize(&s, args);
    rq_quantization_close(&s.result);
    rq_plan_file_destroy(&s.options.given);
    rq_workload_close(&s.workload);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR|LIST", "calibration images", .fallback = "generated images"),
    RQ_OPTION("stats", "FILE.h5", "statistics of activations to use instead of running --data"),
    RQ_OPTION("val", "DIR|LIST", "validation images", .fallback = "those of --data"),
    RQ_OPTION("labels", "FILE", "lines \"path class\" for --val",
              .fallback = "its class sub-folders"),
    RQ_OPTION("subset", "N", "calibrate with at most N images, drawn by --seed"),
    RQ_OPTION("seed", "N", "seed of everything random", .fallback = "0"),
    RQ_HEADING(QUANTIZATION),
    RQ_OPTION("precision", "P", "precision of the model", .keywords = precisions,
              .fallback = "int8"),
    RQ_OPTION("plan", "FILE.json",
              "apply this plan.json (you may edit it) instead of computing one"),
    RQ_OPTION("rest", "P", "precision of constants that are not quantized", .keywords = rests,
              .fallback = "fp32"),
    RQ_OPTION("equalize", "HOW", "cross-layer equalization", .keywords = equalizations,
              .fallback = "auto"),
    RQ_OPTION("rounding-seconds", "SECONDS",
              "time limit of adaptive rounding; layers not reached are rounded to nearest",
              .alias = "budget", .fallback = "120"),
    RQ_OPTION("sequential-bias-correction", NULL,
              "correct biases once more, layer by layer behind quantized layers; kept where output "
              "SQNR improves; slower"),
    RQ_OPTION("requantize", NULL, "accept a model that is quantized already"),
    RQ_HEADING(OUTPUT),
    RQ_OPTION("output", "DIR|FILE.xml", "folder of the results, or the model's file in it"),
    RQ_OPTION("no-thumbnails", NULL, "no pictures in report.html"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options,          rq_preprocess_options,
                                           rq_plan_option_table, rq_model_options,
                                           rq_common_options,    NULL};
static const char *const examples[] = {
    "requant quantize model.xml --data photos --val photos/val --config imagenet -o out",
    "requant quantize model.xml --data photos --config imagenet --ignore-type MatMul -o out",
    "requant quantize det.xml --data pages --shape 'x[1,3,640,640]' -o det-int8.xml",
    "requant quantize model.xml --precision fp16 -o out",
    "requant quantize model.xml --stats out/stats.h5 --plan edited.json -o out2",
    NULL,
};

const rq_command rq_command_quantize = {
    .name = "quantize",
    .operands = "MODEL.xml",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "quantize a model to INT8 (or FP16), measure it and report",
    .options = options,
    .examples = examples,
    .run = run,
};
