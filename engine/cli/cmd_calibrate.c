/* requant calibrate: statistics only. */
#include "engine/api/options/procedures.h"
#include "engine/cli/library.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

extern const rq_command rq_command_calibrate;

/* Unless -o says otherwise. Jobs of an array lie in one folder: --shard 3/8 gives stats-3-of-8.h5,
 * and what is no such text is refused before a file is made. */
static const char *default_output(char out[64], const rq_args *args)
{
    const char *shard = rq_args_get(args, "shard", NULL),
               *slash = shard ? strchr(shard, '/') : NULL;
    if (!slash) return "stats.h5";
    snprintf(out, 64, "stats-%.*s-of-%s.h5", (int)(slash - shard), shard, slash + 1);
    return out;
}

static rq_status calibrate(rq_stats **stats, const rq_library *library, const char *path)
{
    size_t values, images, unreadable;
    bool reused;
    RQ_TRY(rq_options_set(library->options, "output", path));
    RQ_TRY(rq_calibrate(stats, &reused, library->network, library->options));
    rq_stats_describe(*stats, &values, &images, &unreadable);
    printf("%s: %zu value%s over %zu image%s", path, values, rq_plural(values), images,
           rq_plural(images));
    if (unreadable) printf(", %zu could not be read", unreadable);
    printf("%s\n", reused ? " (was complete already)" : "");
    return RQ_OK;
}

static rq_status run(const rq_args *args)
{
    char text[64];
    rq_library library;
    rq_stats *stats = NULL;
    rq_status status = rq_library_open_network(&library, &rq_command_calibrate, args);
    if (status == RQ_OK)
        status =
            calibrate(&stats, &library, rq_args_get(args, "output", default_output(text, args)));
    rq_stats_destroy(&stats);
    rq_library_close(&library);
    return status;
}

static const rq_option *const options[] = {rq_common_options, NULL};
static const char *const examples[] = {
    "requant calibrate model.xml --data photos --config imagenet -o stats.h5",
    "requant calibrate model.xml --data photos --config imagenet --shard 3/8 -o stats-3-of-8.h5",
    "requant calibrate det.xml --data pages --shape 'x[1,3,640,640]' --mean 123.7,116.3,103.5",
    NULL,
};
static const char *const details[] = {
    "Gathers in one pass what every range estimator needs: histograms, extremes per image and per "
    "channel, means. After Ctrl-C, a kill or a power cut the same command continues; until "
    "it is done, a FILE that is there stays as it is.",
    "On many machines: each job of an array takes its part of the same images with --shard K/N, by "
    "itself, into stats-K-of-N.h5; requant merge joins them to the bytes that one run gives.",
    NULL,
};

const rq_command rq_command_calibrate = {
    .name = "calibrate",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "gather statistics of activations over images, into a stats.h5",
    .details = details,
    .options = options,
    .procedure = rq_calibrate_option_tables,
    .examples = examples,
    .run = run,
    .ranks = true,
};
