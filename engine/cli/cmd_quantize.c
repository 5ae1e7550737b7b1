/* requant quantize: the main job. */
#include "engine/base/file.h"
#include "engine/base/progress.h"
#include "engine/cli/calibration.h"
#include "engine/cli/model_options.h"
#include "engine/cli/plan_options.h"
#include "engine/cli/quantize.h"
#include "engine/ir/ir.h"
#include "engine/ops/reshape_graph.h"
#include "quant/detect.h"
#include "quant/plan_json.h"

#include <stdio.h>
#include <string.h>

typedef struct state {
    const rq_args *args;
    rq_model_choice choice;
    bool reshaped; /* shapes were given: the result is static */
    rq_image_request request;
    rq_plan_options plan_options;
    rq_output_paths paths;
    bool fp16;
    unsigned threads;
    uint64_t seed;
    rq_graph *graph, *result;
    rq_bound *bound;
    rq_images calib;
    rq_stats *stats;
    rq_plan *plan;
    rq_fp16_report fp16_report;
} state;

/* -- reading -------------------------------------------------------------------------------- */

static rq_status refuse_quantized(state *s)
{
    rq_detection d = rq_detect_quantized(s->graph);
    if (!rq_is_quantized(&d)) return RQ_OK;
    if (!rq_args_has(s->args, "requantize"))
        return rq_fail(RQ_EARG, "%s is quantized already (%zu FakeQuantize, %zu integer weights%s%s); "
                       "quantizing it again only adds error. Start from the FP32 model, or say "
                       "--requantize", s->graph->path, d.n_fake_quantize, d.n_integer_weights,
                       d.marked_by ? ", made by " : "", d.marked_by ? d.marked_by : "");
    rq_say("%s is quantized already: its ranges are dropped, its rounded weights stay", s->graph->path);
    return rq_strip_quantization(s->graph);
}

static rq_status read_options(state *s)
{
    static const char *const precisions[] = {"int8", "fp16", NULL};
    int precision;
    int64_t seed;
    RQ_TRY(rq_model_choice_open(&s->choice, s->args));
    s->reshaped = s->choice.n_shapes > 0;
    RQ_TRY(rq_args_choice(&precision, s->args, "precision", precisions, 0));
    s->fp16 = precision == 1;
    RQ_TRY(rq_args_integer(&seed, s->args, "seed", 0, 0, INT64_MAX));
    s->seed = (uint64_t)seed;
    RQ_TRY(rq_threads_option(&s->threads, s->args));
    RQ_TRY(rq_image_request_read(&s->request, s->args));
    RQ_TRY(rq_plan_options_read(&s->plan_options, s->args, s->choice.arena));
    const char *output = rq_args_get(s->args, "output", NULL);
    if (!output) return rq_fail(RQ_EARG, "-o is missing: a folder for the results, or a file name.xml");
    if (!rq_args_has(s->args, "data") && !s->fp16)
        return rq_fail(RQ_EARG, "--data is missing: a folder of images, or a list file");
    return rq_output_paths_make(&s->paths, output, rq_args_operand(s->args, 0),
                                s->fp16 ? "fp16" : "int8", s->choice.arena);
}

static rq_status read_model(state *s)
{
    RQ_TRY(rq_ir_read(&s->graph, rq_args_operand(s->args, 0)));
    RQ_TRY(refuse_quantized(s));
    if (s->fp16 && !rq_args_has(s->args, "data")) return RQ_OK;
    RQ_TRY(rq_image_request_shape(s->choice.shapes, &s->choice.n_shapes, &s->request, s->graph));
    return rq_bind(&s->bound, s->graph, s->choice.shapes, s->choice.n_shapes);
}

/* -- the three stages ----------------------------------------------------------------------- */

static rq_status gather(state *s)
{
    int64_t subset;
    const char *data = rq_args_get(s->args, "data", NULL);
    RQ_TRY(rq_args_integer(&subset, s->args, "subset", 0, 0, INT32_MAX));
    RQ_TRY(rq_images_open(&s->calib, &s->request, data, NULL, (size_t)subset, s->seed));
    rq_exec_options exec = rq_model_choice_exec(&s->choice);
    rq_calibration job = {.graph = s->graph, .bound = s->bound, .exec = &exec, .request = &s->request,
                          .args = s->args, .images = &s->calib, .data = data,
                          .threads = s->threads, .path = s->paths.stats};
    RQ_TRY(rq_calibrate(&s->stats, &job));
    if (job.reused) rq_say("statistics of %s are reused: same model, preprocessing and images", job.path);
    return RQ_OK;
}

static rq_status build(state *s)
{
    if (s->fp16) {
        RQ_TRY(rq_build_fp16(&s->result, s->graph, &s->fp16_report));
    } else {
        RQ_TRY(rq_plan_create(&s->plan, s->bound, s->stats, &s->plan_options));
        RQ_TRY(rq_plan_save(s->plan, s->graph, s->paths.plan));
        RQ_TRY(rq_build_int8(&s->result, s->graph, s->plan));
    }
    if (s->reshaped && s->bound) RQ_TRY(rq_graph_make_static(s->result, s->bound));
    return rq_ir_write(s->result, s->paths.xml);
}

static rq_status quantize(state *s)
{
    RQ_TRY(read_options(s));
    RQ_TRY(read_model(s));
    RQ_TRY(rq_make_dirs(s->paths.dir));
    if (!s->fp16) RQ_TRY(gather(s));
    RQ_TRY(build(s));
    printf("%s\n", s->paths.xml);
    return RQ_OK;
}

static rq_status run(const rq_args *args)
{
    state s;
    memset(&s, 0, sizeof s);
    s.args = args;
    rq_status status = quantize(&s);
    rq_plan_destroy(&s.plan);
    rq_stats_destroy(&s.stats);
    rq_images_close(&s.calib);
    rq_bound_destroy(&s.bound);
    rq_graph_destroy(&s.result); /* before the graph it was cloned from */
    rq_graph_destroy(&s.graph);
    rq_model_choice_close(&s.choice);
    return status;
}

static const rq_option own_options[] = {
    {"data", "DIR|LIST", "images to calibrate with", false},
    {"val", "DIR|LIST", "other images to measure with (default: those of --data)", false},
    {"labels", "FILE", "lines \"path class\" for --val; default: its class sub-folders", false},
    {"output", "OUT", "folder for the results, or the model's file name ending in .xml", false},
    {"precision", "P", "int8 (default) or fp16", false},
    {"subset", "N", "calibrate with at most N images, drawn by --seed", false},
    {"seed", "N", "for everything random (default 0)", false},
    {"requantize", NULL, "accept a model that is quantized already", false},
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_preprocess_options, rq_plan_option_table,
                                           rq_model_options, rq_common_options, NULL};
static const char *const examples[] = {
    "requant quantize model.xml --data photos --val photos/val --config imagenet -o out",
    "requant quantize model.xml --data photos --config imagenet --ignore-type MatMul -o out",
    "requant quantize det.xml --data pages --shape 'x[1,3,640,640]' -o det-int8.xml",
    "requant quantize model.xml --precision fp16 -o out",
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
