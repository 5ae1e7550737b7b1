/* requant quantize: the main job. */
#include "datasets/generated.h"
#include "engine/base/file.h"
#include "engine/base/progress.h"
#include "engine/cli/calibration.h"
#include "engine/cli/equalizing.h"
#include "engine/cli/machine.h"
#include "engine/cli/model_options.h"
#include "engine/cli/plan_given.h"
#include "engine/cli/plan_options.h"
#include "engine/cli/quantize.h"
#include "engine/cli/range_search.h"
#include "engine/cli/report_build.h"
#include "engine/cli/rounding.h"
#include "engine/ir/ir.h"
#include "engine/ops/reshape_graph.h"
#include "quant/detect.h"
#include "quant/plan_json.h"
#include "reports/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_STEPS 12
#define GENERATED_IMAGES 100
#define ROUNDING_SECONDS 120.0
#define SPEED_SECONDS 3.0
#define LAYER_SECONDS 1.0

typedef struct state {
    const rq_args *args;
    rq_model_choice choice;
    bool reshaped; /* shapes were given: the result is static */
    rq_image_request request;
    rq_plan_options plan_options;
    rq_plan_file *given; /* --plan */
    const char *data;    /* images to calibrate with; NULL: none are needed */
    rq_output_paths paths;
    bool fp16, rest_fp16;
    unsigned threads;
    uint64_t seed;
    size_t subset;   /* of the calibration images; 0: all */
    rq_graph *model; /* as it was read, where scales have moved in `graph`; else NULL */
    rq_bound *model_bound;
    rq_graph *graph, *result;
    rq_bound *bound;
    rq_equalize_move *moves;
    size_t n_moves;
    rq_images calib;
    rq_stats *stats;
    rq_plan *plan;
    rq_fp16_report fp16_report;
    rq_images val; /* images to measure with: of --val, else of --data */
    rq_measuring measuring;
    rq_speed_result speed;
    size_t n_speeds;
    rq_node_times times_before, times_after;
    rq_report_step steps[MAX_STEPS];
    size_t n_steps;
    double step_started;
    double peak_memory; /* bytes */
} state;

/* Ends a step of the work: its time goes into the report. */
static void end_step(state *s, const char *name, const char *detail)
{
    double now = rq_now();
    if (s->n_steps < MAX_STEPS)
        s->steps[s->n_steps++] = (rq_report_step){name, now - s->step_started, detail};
    s->step_started = now;
}

/* -- reading -------------------------------------------------------------------------------- */

static rq_status refuse_quantized(state *s)
{
    rq_detection d = rq_detect_quantized(s->graph);
    if (!rq_is_quantized(&d)) return RQ_OK;
    if (!rq_args_has(s->args, "requantize"))
        return rq_fail(RQ_EARG,
                       "%s is quantized already (%zu FakeQuantize, %zu integer weights%s%s); "
                       "quantizing it again only adds error. Start from the FP32 model, or say "
                       "--requantize",
                       s->graph->path, d.n_fake_quantize, d.n_integer_weights,
                       d.marked_by ? ", made by " : "", d.marked_by ? d.marked_by : "");
    rq_say("%s is quantized already: its ranges are dropped, its rounded weights stay",
           s->graph->path);
    return rq_strip_quantization(s->graph);
}

enum { PRECISION_INT8, PRECISION_INT8_WEIGHTS, PRECISION_FP16 };

static rq_status read_plan_options(state *s)
{
    static const char *const precisions[] = {"int8", "int8-weights", "fp16", NULL};
    static const char *const rests[] = {"fp32", "fp16", NULL};
    int precision;
    int rest;
    RQ_TRY(rq_args_choice(&rest, s->args, "rest", rests, 0));
    RQ_TRY(rq_args_choice(&precision, s->args, "precision", precisions, PRECISION_INT8));
    s->rest_fp16 = rest == 1;
    s->fp16 = precision == PRECISION_FP16;
    RQ_TRY(rq_plan_options_read(&s->plan_options, s->args, s->choice.arena));
    if (precision == PRECISION_INT8_WEIGHTS)
        s->plan_options.scope.precision = RQ_PRECISION_INT8_WEIGHTS;
    return rq_plan_given_open(&s->given, &s->plan_options, s->args);
}

static bool has_ranges(const state *s)
{
    return !s->fp16 && s->plan_options.scope.precision == RQ_PRECISION_INT8;
}

/* Pictures made up where ranges are needed and nobody gives any. */
static rq_status choose_data(state *s)
{
    s->data = rq_args_get(s->args, "data", NULL);
    if (s->data || rq_args_has(s->args, "stats") || !has_ranges(s)) return RQ_OK;
    s->data = rq_arena_printf(s->choice.arena, RQ_GENERATED_PREFIX "%d:%" PRIu64, GENERATED_IMAGES,
                              s->seed);
    rq_say("no --data: ranges come from %d generated pictures; expect less accuracy than with "
           "images of your own, and check it with --val",
           GENERATED_IMAGES);
    return s->data ? RQ_OK : RQ_ENOMEM;
}

static rq_status read_options(state *s)
{
    int64_t seed, subset;
    RQ_TRY(rq_model_choice_open(&s->choice, s->args));
    s->reshaped = s->choice.n_shapes > 0;
    RQ_TRY(rq_args_integer(&seed, s->args, "seed", 0, 0, INT64_MAX));
    s->seed = (uint64_t)seed;
    RQ_TRY(rq_args_integer(&subset, s->args, "subset", 0, 0, INT32_MAX));
    s->subset = (size_t)subset;
    RQ_TRY(rq_threads_option(&s->threads, s->args));
    RQ_TRY(rq_image_request_read(&s->request, s->args));
    RQ_TRY(read_plan_options(s));
    RQ_TRY(choose_data(s));
    const char *output = rq_args_get(s->args, "output", NULL);
    if (!output)
        return rq_fail(RQ_EARG, "-o is missing: a folder for the results, or a file name.xml");
    return rq_output_paths_make(&s->paths, output, rq_args_operand(s->args, 0),
                                s->fp16         ? "fp16"
                                : has_ranges(s) ? "int8"
                                                : "int8-weights",
                                s->choice.arena);
}

/* From now on, all is about a network whose scales have moved. */
static void take_equalized(state *s, rq_graph *graph, rq_bound *bound)
{
    s->model = s->graph;
    s->model_bound = s->bound;
    s->graph = graph;
    s->bound = bound;
}

/* The moves of --plan. */
static rq_status follow_moves(state *s)
{
    rq_graph *graph;
    rq_bound *bound = NULL;
    if (s->given->n_moves == 0) return RQ_OK;
    s->n_moves = s->given->n_moves;
    RQ_TRY(rq_plan_file_moves(&s->moves, s->given, s->bound, s->choice.arena));
    RQ_TRY(rq_graph_clone(&graph, s->graph));
    rq_status status = rq_equalize_apply(graph, s->bound, s->moves, s->n_moves);
    if (status == RQ_OK) status = rq_bind(&bound, graph, s->choice.shapes, s->choice.n_shapes);
    if (status != RQ_OK) rq_graph_destroy(&graph);
    if (status == RQ_OK) take_equalized(s, graph, bound);
    return status;
}

static rq_status read_model(state *s)
{
    RQ_TRY(rq_ir_read(&s->graph, rq_args_operand(s->args, 0)));
    RQ_TRY(refuse_quantized(s));
    if (s->fp16 && !s->data) return RQ_OK;
    if (s->data || has_ranges(s))
        RQ_TRY(
            rq_image_request_shape(s->choice.shapes, &s->choice.n_shapes, &s->request, s->graph));
    RQ_TRY(rq_bind(&s->bound, s->graph, s->choice.shapes, s->choice.n_shapes));
    if (!s->given) return RQ_OK;
    RQ_TRY(rq_plan_file_check(s->given, s->bound)); /* before images are run */
    return follow_moves(s);
}

/* -- the three stages ----------------------------------------------------------------------- */

static rq_status gather(state *s)
{
    const char *given = rq_args_get(s->args, "stats", NULL);
    if (!given && !s->data) return RQ_OK;
    if (!given) RQ_TRY(rq_images_open(&s->calib, &s->request, s->data, NULL, s->subset, s->seed));
    rq_exec_options exec = rq_model_choice_exec(&s->choice);
    rq_calibration job = {.graph = s->graph,
                          .bound = s->bound,
                          .exec = &exec,
                          .request = &s->request,
                          .args = s->args,
                          .images = given ? NULL : &s->calib,
                          .given = given,
                          .data = s->data,
                          .threads = s->threads,
                          .path = s->model ? s->paths.stats_equalized : s->paths.stats};
    rq_status status = rq_calibrate(&s->stats, &job);
    if (status != RQ_OK && given && s->model)
        return rq_fail_prefix(status, "the plan moves scales between layers, so it needs the "
                                      "stats-equalized.h5 beside it, or images");
    RQ_TRY(status);
    if (job.reused && !given)
        rq_say("statistics of %s are reused: same model, preprocessing and images", job.path);
    return RQ_OK;
}

static bool has_real_images(const state *s)
{
    return s->data && !rq_starts_with(s->data, RQ_GENERATED_PREFIX);
}

static rq_status equalize(state *s)
{
    int how;
    static const char *const ways[] = {"auto", "off", NULL};
    RQ_TRY(rq_args_choice(&how, s->args, "equalize", ways, 0));
    if (how == 1 || s->given || !has_ranges(s) || !s->calib.dataset || !has_real_images(s))
        return RQ_OK;
    rq_exec_options exec = rq_model_choice_exec(&s->choice);
    rq_equalizing job = {.graph = s->graph,
                         .bound = s->bound,
                         .stats = s->stats,
                         .options = &s->plan_options,
                         .exec = &exec,
                         .request = &s->request,
                         .args = s->args,
                         .images = &s->calib,
                         .data = s->data,
                         .stats_path = s->paths.stats_equalized,
                         .subset = s->subset,
                         .seed = s->seed,
                         .threads = s->threads,
                         .arena = s->choice.arena};
    RQ_TRY(rq_equalizing_run(&job));
    end_step(s, "equalize", NULL);
    if (!job.changed) return RQ_OK;
    take_equalized(s, job.changed, job.changed_bound);
    rq_stats_destroy(&s->stats);
    s->stats = job.changed_stats;
    s->moves = job.moves;
    s->n_moves = job.n_moves;
    return RQ_OK;
}

/* --range auto, with images at hand. */
static rq_status search_ranges(state *s, rq_range_search *search)
{
    *search = (rq_range_search){0};
    if (s->plan_options.range || s->given || !has_ranges(s) || !has_real_images(s)) return RQ_OK;
    rq_exec_options exec = rq_model_choice_exec(&s->choice);
    rq_output_error_job job = {.graph = s->graph,
                               .exec = &exec,
                               .request = &s->request,
                               .args = s->args,
                               .data = s->data,
                               .seed = s->seed,
                               .threads = s->threads};
    RQ_TRY(rq_range_search_run(search, &s->plan_options, s->bound, s->stats, &job));
    end_step(s, "ranges", NULL);
    return RQ_OK;
}

static rq_status create_plan(state *s)
{
    rq_range_search search;
    rq_plan_options options = s->plan_options;
    rq_status status = search_ranges(s, &search);
    options.point_ranges = search.point_ranges;
    options.point_reason = search.reason;
    if (status == RQ_OK) status = rq_plan_create(&s->plan, s->bound, s->stats, &options);
    rq_range_search_close(&search);
    return status;
}

/* Made-up pictures tell ranges, but not which inputs go together. */
static rq_status fit_codes(state *s)
{
    double budget;
    RQ_TRY(rq_args_number(&budget, s->args, "budget", ROUNDING_SECONDS, 0.0, 1e9));
    if (!s->plan->options.fit_codes) return RQ_OK;
    if (!has_real_images(s)) {
        s->plan->options.fit_codes = false;
        if (s->stats && !s->data)
            rq_say("weights are rounded to the nearest code: fitting them needs images, --data");
        return RQ_OK;
    }
    end_step(s, "decide", NULL);
    rq_exec_options exec = rq_model_choice_exec(&s->choice);
    rq_rounding_job job = {.graph = s->graph,
                           .bound = s->bound,
                           .stats = s->stats,
                           .exec = &exec,
                           .request = &s->request,
                           .args = s->args,
                           .data = s->data,
                           .subset = s->subset,
                           .seed = s->seed,
                           .threads = s->threads,
                           .seconds = budget};
    RQ_TRY(rq_rounding_run(s->plan, &job));
    end_step(s, "round", NULL);
    return RQ_OK;
}

static rq_status build(state *s)
{
    if (s->fp16) {
        RQ_TRY(rq_build_fp16(&s->result, s->graph, &s->fp16_report));
    } else {
        RQ_TRY(create_plan(s));
        RQ_TRY(fit_codes(s));
        s->plan->moves = s->moves;
        s->plan->n_moves = s->n_moves;
        RQ_TRY(rq_plan_save(s->plan, s->model ? s->model : s->graph, s->paths.plan));
        RQ_TRY(rq_build_int8(&s->result, s->graph, s->plan));
        if (s->rest_fp16) RQ_TRY(rq_fp16_compress_rest(s->result, &s->fp16_report));
    }
    if (s->reshaped && s->bound) RQ_TRY(rq_graph_make_static(s->result, s->bound));
    return rq_ir_write(s->result, s->paths.xml);
}

/* -- measuring ------------------------------------------------------------------------------ */

/* Without --val, accuracy is measured on the calibration images, the same subset of them. */
static rq_status open_val(state *s)
{
    const char *val = rq_args_get(s->args, "val", NULL),
               *labels = rq_args_get(s->args, "labels", NULL);
    if (val) return rq_images_open(&s->val, &s->request, val, labels, 0, s->seed);
    return s->data ? rq_images_open(&s->val, &s->request, s->data, labels, s->subset, s->seed)
                   : RQ_OK;
}

static rq_status measure_accuracy(state *s)
{
    rq_exec_options exec = rq_model_choice_exec(&s->choice);
    s->measuring = (rq_measuring){.before = s->graph,
                                  .after = s->result,
                                  .bound = s->bound,
                                  .exec = &exec,
                                  .request = &s->request,
                                  .args = s->args,
                                  .images = &s->val,
                                  .threads = s->threads,
                                  .seed = s->seed};
    return rq_measuring_run(&s->measuring);
}

/* On the deployment's own runtime where it is there, else on the fast engine. */
static rq_status measure_speed(state *s)
{
    const rq_backend *backend = rq_backend_find("openvino");
    rq_model *models[2] = {NULL, NULL};
    rq_timing timings[2];
    rq_exec_options exec = rq_model_choice_exec(&s->choice);
    if (rq_backend_missing(backend)) {
        rq_say("speed is measured with requant's own engine: %s", rq_backend_missing(backend));
        backend = rq_backend_find("onednn");
    }
    exec.backend = rq_backend_name(backend);
    exec.threads = s->threads;
    rq_status status = rq_model_create(&models[0], s->graph, &exec);
    if (status == RQ_OK) status = rq_model_create(&models[1], s->result, &exec);
    if (status == RQ_OK)
        status = rq_timing_measure(timings, (const rq_model *const[]){models[0], models[1]}, 2,
                                   SPEED_SECONDS, s->seed);
    if (status == RQ_OK) {
        s->speed =
            (rq_speed_result){exec.backend, rq_backend_version(backend), timings[0], timings[1]};
        s->n_speeds = 1;
    }
    rq_model_destroy(&models[0]);
    rq_model_destroy(&models[1]);
    if (status != RQ_OK) return status;
    return rq_layer_times_measure(&s->times_before, &s->times_after, s->graph, s->result, &exec,
                                  LAYER_SECONDS, s->seed, s->choice.arena);
}

static rq_status measure(state *s)
{
    RQ_TRY(open_val(s));
    if (!s->val.dataset) return RQ_OK;
    RQ_TRY(measure_accuracy(s));
    end_step(s, "measure accuracy", NULL);
    s->peak_memory = rq_peak_memory(); /* before another runtime adds its own */
    RQ_TRY(measure_speed(s));
    end_step(s, "measure speed", NULL);
    return RQ_OK;
}

static rq_status print_report(const rq_report *report)
{
    rq_buf text = {0};
    rq_report_style style = {.colour = rq_report_may_colour(STDOUT_FILENO)};
    rq_status status = rq_report_writer_find("terminal")->write(&text, report, &style);
    if (status == RQ_OK) fputs(text.data, stdout);
    rq_buf_free(&text);
    return status;
}

static rq_status report(state *s)
{
    const char *data = s->data, *val = rq_args_get(s->args, "val", data);
    bool same = val && data && !strcmp(val, data);
    rq_report_facts facts = {.args = s->args,
                             .model_path = rq_args_operand(s->args, 0),
                             .paths = &s->paths,
                             .model = s->model,
                             .before = s->graph,
                             .after = s->result,
                             .bound = s->bound,
                             .plan = s->plan,
                             .stats = s->stats,
                             .fp16 = s->fp16 || s->rest_fp16 ? &s->fp16_report : NULL,
                             .measuring = s->measuring.measure ? &s->measuring : NULL,
                             .calib = same ? &s->val : &s->calib,
                             .val = s->val.dataset ? &s->val : NULL,
                             .calib_name = data,
                             .val_name = val,
                             .backend = rq_backend_name(rq_backend_find(s->choice.backend)),
                             .target_isa = rq_args_get(s->args, "target-isa", "any"),
                             .speeds = &s->speed,
                             .n_speeds = s->n_speeds,
                             .times_before = s->times_before,
                             .times_after = s->times_after,
                             .steps = s->steps,
                             .n_steps = s->n_steps,
                             .threads = s->threads,
                             .seed = s->seed,
                             .peak_memory = s->peak_memory,
                             .thumbnails = !rq_args_has(s->args, "no-thumbnails")};
    rq_report built;
    RQ_TRY(rq_report_build(&built, &facts, s->choice.arena));
    RQ_TRY(rq_report_save(&built, rq_report_writer_find("json"), s->paths.report_json));
    RQ_TRY(rq_report_save(&built, rq_report_writer_find("html"), s->paths.report_html));
    RQ_TRY(print_report(&built));
    printf("\n  model   %s\n  plan    %s\n  report  %s\n          %s\n", s->paths.xml,
           s->fp16 ? "-" : s->paths.plan, s->paths.report_html, s->paths.report_json);
    return RQ_OK;
}

static rq_status quantize(state *s)
{
    s->step_started = rq_now();
    RQ_TRY(read_options(s));
    RQ_TRY(read_model(s));
    RQ_TRY(rq_make_dirs(s->paths.dir));
    end_step(s, "read", NULL);
    if (!s->fp16) RQ_TRY(gather(s));
    end_step(s, "calibrate", NULL);
    RQ_TRY(equalize(s));
    RQ_TRY(build(s));
    end_step(s, s->plan && s->plan->options.fit_codes ? "write" : "decide and write", NULL);
    RQ_TRY(measure(s));
    return report(s);
}

static rq_status run(const rq_args *args)
{
    state s;
    memset(&s, 0, sizeof s);
    s.args = args;
    rq_status status = quantize(&s);
    rq_measuring_close(&s.measuring);
    rq_images_close(&s.val);
    rq_plan_destroy(&s.plan);
    rq_plan_file_destroy(&s.given);
    rq_stats_destroy(&s.stats);
    rq_images_close(&s.calib);
    rq_bound_destroy(&s.bound);
    rq_graph_destroy(&s.result); /* before the graph it was cloned from */
    rq_graph_destroy(&s.graph);  /* likewise */
    rq_bound_destroy(&s.model_bound);
    rq_graph_destroy(&s.model);
    rq_model_choice_close(&s.choice);
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
