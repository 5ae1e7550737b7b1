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

enum { PRECISION_INT8, PRECISION_INT8_WEIGHTS, PRECISION_FP16 };

static rq_status read_choices(rq_quantize_options *o, const rq_settings *settings)
{
    static const char *const precisions[] = {"int8", "int8-weights", "fp16", NULL};
    static const char *const rests[] = {"fp32", "fp16", NULL};
    static const char *const ways[] = {"auto", "off", NULL};
    int precision, rest, equalize;
    RQ_TRY(rq_settings_choice(&rest, settings, "rest", rests, 0));
    RQ_TRY(rq_settings_choice(&precision, settings, "precision", precisions, PRECISION_INT8));
    RQ_TRY(rq_settings_choice(&equalize, settings, "equalize", ways, 0));
    o->rest_fp16 = rest == 1;
    o->fp16 = precision == PRECISION_FP16;
    o->equalize = equalize == 0;
    if (precision == PRECISION_INT8_WEIGHTS) o->plan.scope.precision = RQ_PRECISION_INT8_WEIGHTS;
    return rq_settings_number(&o->rounding_seconds, settings, "budget", ROUNDING_SECONDS, 0.0, 1e9);
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
    RQ_TRY(rq_quantize(&s->result, &s->workload, &s->options));
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
    {"data", "DIR|LIST", "images to calibrate with (default: generated ones)", false},
    {"stats", "FILE.h5", "statistics to decide from instead of running --data", false},
    {"val", "DIR|LIST", "other images to measure with (default: those of --data)", false},
    {"labels", "FILE", "lines \"path class\" for --val; default: its class sub-folders", false},
    {"output", "OUT", "folder for the results, or the model's file name ending in .xml", false},
    {"plan", "FILE.json", "follow this plan.json, edited perhaps, instead of deciding", false},
    {"precision", "P",
     "int8 (default); int8-weights: stored as INT8, computed in floating point; fp16;\n"
     "                             the last two need no images",
     false},
    {"budget", "SECONDS", "for fitting codes; what is not reached is rounded to the nearest (120)",
     false},
    {"sequential-bias-correction", NULL,
     "correct each layer's bias once more, behind quantized and corrected layers; kept where\n"
     "                             the outputs gain by it; slower",
     false},
    {"rest", "P", "constants that INT8 leaves: fp32 (default), or fp16 for a smaller .bin", false},
    {"equalize", "HOW",
     "scales of channels moved into the next layers: auto (default: where the outputs gain\n"
     "                             by it), or off",
     false},
    {"subset", "N", "calibrate with at most N images, drawn by --seed", false},
    {"seed", "N", "for everything random (default 0)", false},
    {"no-thumbnails", NULL, "no pictures in report.html", false},
    {"requantize", NULL, "accept a model that is quantized already", false},
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
    .summary = "the main job: calibrate, decide, write the INT8 model, measure, report",
    .options = options,
    .examples = examples,
    .run = run,
};
