/* requant calibrate: statistics only. */
#include "engine/cli/calibration.h"
#include "engine/cli/model_options.h"
#include "engine/ir/ir.h"

#include <stdio.h>
#include <string.h>

typedef struct state {
    rq_model_choice choice;
    rq_image_request request;
    rq_graph *graph;
    rq_bound *bound;
    rq_images images;
    rq_stats *stats;
} state;

static rq_status calibrate(state *s, const rq_args *args)
{
    int64_t subset, seed;
    const char *data = rq_args_get(args, "data", NULL),
               *out = rq_args_get(args, "output", "stats.h5");
    if (!data) return rq_fail(RQ_EARG, "--data is missing: a folder of images, or a list file");
    RQ_TRY(rq_args_integer(&subset, args, "subset", 0, 0, INT32_MAX));
    RQ_TRY(rq_args_integer(&seed, args, "seed", 0, 0, INT64_MAX));
    RQ_TRY(rq_image_request_read(&s->request, args));
    RQ_TRY(rq_ir_read(&s->graph, rq_args_operand(args, 0)));
    RQ_TRY(rq_image_request_shape(s->choice.shapes, &s->choice.n_shapes, &s->request, s->graph));
    RQ_TRY(rq_bind(&s->bound, s->graph, s->choice.shapes, s->choice.n_shapes));
    RQ_TRY(rq_images_open(&s->images, &s->request, data, NULL, (size_t)subset, (uint64_t)seed));
    rq_exec_options exec = rq_model_choice_exec(&s->choice);
    rq_calibration job = {.graph = s->graph,
                          .bound = s->bound,
                          .exec = &exec,
                          .request = &s->request,
                          .args = args,
                          .images = &s->images,
                          .data = data,
                          .path = out};
    RQ_TRY(rq_threads_option(&job.threads, args));
    RQ_TRY(rq_calibrate(&s->stats, &job));
    const rq_stats_origin *origin = rq_stats_origin_of(s->stats);
    printf("%s: %zu values over %zu images%s\n", out, rq_stats_count(s->stats),
           origin->images_done - origin->images_bad, job.reused ? " (was complete already)" : "");
    return RQ_OK;
}

static rq_status run(const rq_args *args)
{
    state s;
    memset(&s, 0, sizeof s);
    rq_status status = rq_model_choice_open(&s.choice, args);
    if (status == RQ_OK) status = calibrate(&s, args);
    rq_stats_destroy(&s.stats);
    rq_images_close(&s.images);
    rq_bound_destroy(&s.bound);
    rq_graph_destroy(&s.graph);
    rq_model_choice_close(&s.choice);
    return status;
}

static const rq_option own_options[] = {
    {"data", "DIR|LIST", "images to calibrate with", false},
    {"output", "FILE.h5", "where the statistics go (default stats.h5); continued if it is there",
     false},
    {"subset", "N", "at most N images, drawn by --seed", false},
    {"seed", "N", "for --subset (default 0)", false},
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_preprocess_options, rq_model_options,
                                           rq_common_options, NULL};
static const char *const examples[] = {
    "requant calibrate model.xml --data photos --config imagenet -o stats.h5",
    "requant calibrate det.xml --data pages --shape 'x[1,3,640,640]' --mean 123.7,116.3,103.5",
    NULL,
};
static const char *const details[] = {
    "Gathers what every range estimator needs in one pass: histograms, extremes per image and per\n"
    "channel, means. After Ctrl-C the same command continues where it stopped.",
    NULL,
};

const rq_command rq_command_calibrate = {
    .name = "calibrate",
    .operands = "MODEL.xml",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "statistics of a model's activations over images, into a stats.h5",
    .details = details,
    .options = options,
    .examples = examples,
    .run = run,
};
