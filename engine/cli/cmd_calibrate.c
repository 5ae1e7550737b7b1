/* requant calibrate: statistics only. */
#include "engine/workbench/calibrate/calibrate.h"
#include "engine/run/workload.h"

#include <stdio.h>
#include <string.h>

typedef struct state {
    rq_subject subject;
    rq_images images;
    rq_stats *stats;
} state;

static rq_status calibrate(state *s, const rq_args *args)
{
    rq_subject *subject = &s->subject;
    const char *out = rq_args_get(args, "output", "stats.h5");
    RQ_TRY(rq_subject_open_with_data(subject, args));
    RQ_TRY(rq_subject_read(subject, rq_args_operand(args, 0)));
    RQ_TRY(rq_subject_fit(subject));
    RQ_TRY(rq_subject_bind(subject));
    RQ_TRY(rq_subject_images(&s->images, subject, NULL));
    rq_calibration job = {.graph = subject->graph,
                          .bound = subject->bound,
                          .exec = &subject->exec,
                          .request = &subject->request,
                          .args = args,
                          .images = &s->images,
                          .data = subject->data,
                          .threads = subject->threads,
                          .path = out};
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
    rq_status status = calibrate(&s, args);
    rq_stats_destroy(&s.stats);
    rq_images_close(&s.images);
    rq_subject_close(&s.subject);
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
