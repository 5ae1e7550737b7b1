#include "engine/cli/sensitivity_setup.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/calibrate/calibrate.h"
#include "engine/cli/plan_options.h"
#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/search/rounding_run.h"
#include "quant/detect.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static rq_status read_model(rq_subject *s)
{
    RQ_TRY(rq_subject_read(s, rq_args_operand(s->args, 0)));
    rq_detection d = rq_detect_quantized(s->graph);
    if (rq_is_quantized(&d))
        return rq_fail(RQ_EARG, "%s is quantized already; start from the FP32 model",
                       s->graph->path);
    RQ_TRY(rq_subject_fit(s));
    return rq_subject_bind(s);
}

static rq_status calibrate(rq_setup *s, const char *path)
{
    rq_subject *subject = &s->subject;
    const char *given = rq_args_get(subject->args, "stats", NULL);
    if (!given) RQ_TRY(rq_subject_images(&s->calib, subject, NULL));
    rq_calibration job = {.graph = subject->graph,
                          .bound = subject->bound,
                          .exec = &subject->exec,
                          .request = &subject->request,
                          .args = subject->args,
                          .images = given ? NULL : &s->calib,
                          .given = given,
                          .data = subject->data,
                          .threads = subject->threads,
                          .path = path};
    RQ_TRY(rq_calibrate(&s->stats, &job));
    if (job.reused && !given)
        rq_log("statistics of %s are reused: same model, preprocessing and images", job.path);
    return RQ_OK;
}

/* Calibrating keeps its statistics in a file; here it goes again. */
static rq_status calibrate_for_now(rq_setup *s)
{
    const char *temp = getenv("TMPDIR");
    char *dir = rq_arena_printf(s->subject.choice.arena, "%s/requant-XXXXXX", temp ? temp : "/tmp");
    if (!dir) return RQ_ENOMEM;
    if (!mkdtemp(dir)) return rq_fail(RQ_EIO, "%s: cannot make a folder for statistics", dir);
    const char *path = rq_arena_printf(s->subject.choice.arena, "%s/stats.h5", dir);
    rq_status status = path ? calibrate(s, path) : RQ_ENOMEM;
    if (path) unlink(path);
    rmdir(dir);
    return status;
}

static rq_status fit_codes(rq_setup *s, double seconds)
{
    rq_subject *subject = &s->subject;
    rq_rounding_job job = {.graph = subject->graph,
                           .bound = subject->bound,
                           .stats = s->stats,
                           .exec = &subject->exec,
                           .request = &subject->request,
                           .args = subject->args,
                           .data = subject->data,
                           .seed = subject->seed,
                           .threads = subject->threads,
                           .seconds = seconds};
    if (seconds <= 0) s->plan->options.fit_codes = false;
    return s->plan->options.fit_codes ? rq_rounding_run(s->plan, &job) : RQ_OK;
}

rq_status rq_setup_open(rq_setup *out, const rq_args *args, const char *stats_path,
                        double fit_seconds)
{
    memset(out, 0, sizeof *out);
    rq_subject *s = &out->subject;
    bool kept = stats_path || rq_args_has(args, "stats");
    RQ_TRY(rq_subject_open_with_data(s, args));
    RQ_TRY(rq_plan_options_read(&out->plan_options, args, s->choice.arena));
    RQ_TRY(read_model(s));
    RQ_TRY(kept ? calibrate(out, stats_path) : calibrate_for_now(out));
    RQ_TRY(rq_plan_create(&out->plan, s->bound, out->stats, &out->plan_options));
    RQ_TRY(fit_codes(out, fit_seconds));
    RQ_TRY(rq_build_int8(&out->quantized, s->graph, out->plan));
    return rq_parts_create(&out->parts, out->plan, s->bound);
}

void rq_setup_close(rq_setup *s)
{
    rq_parts_destroy(&s->parts);
    rq_plan_destroy(&s->plan);
    rq_stats_destroy(&s->stats);
    rq_images_close(&s->calib);
    rq_graph_destroy(&s->quantized); /* before the graph it was cloned from */
    rq_subject_close(&s->subject);
}
