#include "engine/cli/sensitivity_setup.h"

#include "engine/base/progress.h"
#include "engine/cli/calibration.h"
#include "engine/cli/plan_options.h"
#include "engine/cli/quantize.h"
#include "engine/cli/rounding.h"
#include "engine/ir/ir.h"
#include "quant/detect.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static rq_status read_options(rq_setup *s)
{
    int64_t seed;
    RQ_TRY(rq_model_choice_open(&s->choice, s->args));
    RQ_TRY(rq_args_integer(&seed, s->args, "seed", 0, 0, INT64_MAX));
    s->seed = (uint64_t)seed;
    RQ_TRY(rq_threads_option(&s->threads, s->args));
    RQ_TRY(rq_image_request_read(&s->request, s->args));
    RQ_TRY(rq_plan_options_read(&s->plan_options, s->args, s->choice.arena));
    s->data = rq_args_get(s->args, "data", NULL);
    return s->data ? RQ_OK
                   : rq_fail(RQ_EARG, "--data is missing: a folder of images, or a list file");
}

static rq_status read_model(rq_setup *s)
{
    RQ_TRY(rq_ir_read(&s->graph, rq_args_operand(s->args, 0)));
    rq_detection d = rq_detect_quantized(s->graph);
    if (rq_is_quantized(&d))
        return rq_fail(RQ_EARG, "%s is quantized already; start from the FP32 model",
                       s->graph->path);
    RQ_TRY(rq_image_request_shape(s->choice.shapes, &s->choice.n_shapes, &s->request, s->graph));
    s->exec = rq_model_choice_exec(&s->choice);
    return rq_bind(&s->bound, s->graph, s->choice.shapes, s->choice.n_shapes);
}

static rq_status calibrate(rq_setup *s, const char *path)
{
    int64_t subset;
    const char *given = rq_args_get(s->args, "stats", NULL);
    RQ_TRY(rq_args_integer(&subset, s->args, "subset", 0, 0, INT32_MAX));
    if (!given)
        RQ_TRY(rq_images_open(&s->calib, &s->request, s->data, NULL, (size_t)subset, s->seed));
    rq_calibration job = {.graph = s->graph,
                          .bound = s->bound,
                          .exec = &s->exec,
                          .request = &s->request,
                          .args = s->args,
                          .images = given ? NULL : &s->calib,
                          .given = given,
                          .data = s->data,
                          .threads = s->threads,
                          .path = path};
    RQ_TRY(rq_calibrate(&s->stats, &job));
    if (job.reused && !given)
        rq_say("statistics of %s are reused: same model, preprocessing and images", job.path);
    return RQ_OK;
}

/* Calibrating keeps its statistics in a file; here it goes again. */
static rq_status calibrate_for_now(rq_setup *s)
{
    const char *temp = getenv("TMPDIR");
    char *dir = rq_arena_printf(s->choice.arena, "%s/requant-XXXXXX", temp ? temp : "/tmp");
    if (!dir) return RQ_ENOMEM;
    if (!mkdtemp(dir)) return rq_fail(RQ_EIO, "%s: cannot make a folder for statistics", dir);
    const char *path = rq_arena_printf(s->choice.arena, "%s/stats.h5", dir);
    rq_status status = path ? calibrate(s, path) : RQ_ENOMEM;
    if (path) unlink(path);
    rmdir(dir);
    return status;
}

static rq_status fit_codes(rq_setup *s, double seconds)
{
    rq_rounding_job job = {.graph = s->graph,
                           .bound = s->bound,
                           .stats = s->stats,
                           .exec = &s->exec,
                           .request = &s->request,
                           .args = s->args,
                           .data = s->data,
                           .seed = s->seed,
                           .threads = s->threads,
                           .seconds = seconds};
    if (seconds <= 0) s->plan->options.fit_codes = false;
    return s->plan->options.fit_codes ? rq_rounding_run(s->plan, &job) : RQ_OK;
}

static rq_status open(rq_setup *s, const char *stats_path, double fit_seconds)
{
    bool kept = stats_path || rq_args_has(s->args, "stats");
    RQ_TRY(read_options(s));
    RQ_TRY(read_model(s));
    RQ_TRY(kept ? calibrate(s, stats_path) : calibrate_for_now(s));
    RQ_TRY(rq_plan_create(&s->plan, s->bound, s->stats, &s->plan_options));
    RQ_TRY(fit_codes(s, fit_seconds));
    RQ_TRY(rq_build_int8(&s->quantized, s->graph, s->plan));
    return rq_parts_create(&s->parts, s->plan, s->bound);
}

rq_status rq_setup_open(rq_setup *out, const rq_args *args, const char *stats_path,
                        double fit_seconds)
{
    memset(out, 0, sizeof *out);
    out->args = args;
    return open(out, stats_path, fit_seconds);
}

void rq_setup_close(rq_setup *s)
{
    rq_parts_destroy(&s->parts);
    rq_plan_destroy(&s->plan);
    rq_stats_destroy(&s->stats);
    rq_images_close(&s->calib);
    rq_bound_destroy(&s->bound);
    rq_graph_destroy(&s->quantized); /* before the graph it was cloned from */
    rq_graph_destroy(&s->graph);
    rq_model_choice_close(&s->choice);
}
