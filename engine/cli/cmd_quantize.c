/* requant quantize: the main job. */
#include "engine/base/file.h"
#include "engine/base/progress.h"
#include "engine/cli/plan_options.h"
#include "engine/workbench/quantize/quantize_job.h"

#include <string.h>

void rq_quantizing_end_step(rq_quantizing *q, const char *name)
{
    double now = rq_now();
    if (q->n_steps < RQ_MAX_STEPS)
        q->steps[q->n_steps++] = (rq_report_step){name, now - q->step_started, NULL};
    q->step_started = now;
}

static rq_status quantize(rq_quantizing *q, const rq_args *args)
{
    q->step_started = rq_now();
    RQ_TRY(rq_quantizing_read(q, args));
    RQ_TRY(rq_make_dirs(q->paths.dir));
    rq_quantizing_end_step(q, "read");
    if (!q->fp16) RQ_TRY(rq_quantizing_gather(q));
    rq_quantizing_end_step(q, "calibrate");
    RQ_TRY(rq_quantizing_equalize(q));
    RQ_TRY(rq_quantizing_build(q));
    rq_quantizing_end_step(q, q->plan && q->plan->options.fit_codes ? "write" : "decide and write");
    RQ_TRY(rq_quantizing_measure(q));
    return rq_quantizing_report(q);
}

static rq_status run(const rq_args *args)
{
    rq_quantizing q;
    memset(&q, 0, sizeof q);
    rq_status status = quantize(&q, args);
    rq_measuring_close(&q.measuring);
    rq_images_close(&q.val);
    rq_plan_destroy(&q.plan);
    rq_plan_file_destroy(&q.given);
    rq_stats_destroy(&q.stats);
    rq_images_close(&q.calib);
    rq_graph_destroy(&q.result);  /* before the graph it was cloned from */
    rq_subject_close(&q.subject); /* likewise */
    rq_bound_destroy(&q.model_bound);
    rq_graph_destroy(&q.model);
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
