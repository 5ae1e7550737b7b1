/* requant calibrate: statistics only. */
#include "engine/workbench/calibrate/calibrate.h"
#include "engine/cli/image_options.h"
#include "engine/cli/model_options.h"
#include "engine/cli/workload_options.h"

#include <stdio.h>
#include <string.h>

typedef struct state {
    rq_workload workload;
    rq_calibration calibration;
} state;

static rq_status calibrate(state *s, const rq_args *args)
{
    rq_workload *w = &s->workload;
    const rq_calibrate_options options = {.path = rq_args_get(args, "output", "stats.h5")};
    RQ_TRY(rq_workload_options_read_with_data(w, rq_args_settings(args)));
    RQ_TRY(rq_workload_read(w, rq_args_operand(args, 0)));
    RQ_TRY(rq_workload_fit(w));
    RQ_TRY(rq_workload_bind(w));
    RQ_TRY(rq_workload_list(w, NULL));
    RQ_TRY(rq_calibrate_run(&s->calibration, w, &options));
    const rq_stats *stats = s->calibration.stats;
    const rq_stats_origin *origin = rq_stats_origin_of(stats);
    printf("%s: %zu values over %zu images%s\n", options.path, rq_stats_count(stats),
           origin->images_done - origin->images_bad,
           s->calibration.reused ? " (was complete already)" : "");
    return RQ_OK;
}

static rq_status run(const rq_args *args)
{
    state s;
    memset(&s, 0, sizeof s);
    rq_status status = calibrate(&s, args);
    rq_stats_destroy(&s.calibration.stats);
    rq_workload_close(&s.workload);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR|LIST", "calibration images"),
    RQ_OPTION("subset", "N", "use at most N images, drawn by --seed"),
    RQ_OPTION("seed", "N", "seed of everything random", .fallback = "0"),
    RQ_HEADING(OUTPUT),
    RQ_OPTION("output", "FILE.h5", "file of the statistics; continued if it exists",
              .fallback = "stats.h5"),
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
    "Gathers in one pass what every range estimator needs: histograms, extremes per image and per "
    "channel, means. After Ctrl-C the same command continues where it stopped.",
    NULL,
};

const rq_command rq_command_calibrate = {
    .name = "calibrate",
    .operands = "MODEL.xml",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "gather statistics of activations over images, into a stats.h5",
    .details = details,
    .options = options,
    .examples = examples,
    .run = run,
};
