/* requant merge: the shards of a calibration, joined. */
#include "engine/api/options/procedures.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"
#include "engine/cli/library.h"

#include <stdio.h>
#include <stdlib.h>

extern const rq_command rq_command_merge;

#define OUTPUT "stats.h5" /* unless -o says otherwise */

static rq_status merge(const rq_library *library, const rq_args *args)
{
    rq_stats *stats = NULL;
    const char **paths, *path = rq_args_get(args, "output", OUTPUT);
    size_t values, images, unreadable, n = rq_args_operands(args);
    RQ_TRY(rq_options_set(library->options, "output", path));
    RQ_TRY(rq_calloc(&paths, n, sizeof *paths, "paths"));
    for (size_t i = 0; i < n; i++) paths[i] = rq_args_operand(args, i);
    rq_status status = rq_merge(&stats, library->context, paths, n, library->options);
    free(paths);
    RQ_TRY(status);
    rq_stats_describe(stats, &values, &images, &unreadable);
    printf("%s: %zu value%s over %zu image%s of %zu shard%s", path, values, rq_plural(values),
           images, rq_plural(images), n, rq_plural(n));
    if (unreadable) printf(", %zu could not be read", unreadable);
    putchar('\n');
    rq_stats_destroy(&stats);
    return RQ_OK;
}

static rq_status run(const rq_args *args)
{
    rq_library library;
    rq_status status = rq_library_open(&library, &rq_command_merge, args);
    if (status == RQ_OK) status = merge(&library, args);
    rq_library_close(&library);
    return status;
}

static const rq_option *const options[] = {rq_common_options, NULL};
static const char *const examples[] = {
    "requant merge stats-*-of-8.h5 -o stats.h5",
    "requant merge a.h5 b.h5 -o stats.h5 && requant quantize model.xml --stats stats.h5 -o out",
    NULL,
};
static const char *const details[] = {
    "Joins the files of calibrate --shard K/N, in any order, to the bytes that one run over all "
    "images gives. Shards that are missing, there twice, not finished, or of another model, "
    "preprocessing, list of images, version or CPU are refused by name; a shard that was lost is "
    "calibrated again alone.",
    NULL,
};

const rq_command rq_command_merge = {
    .name = "merge",
    .operands = "SHARD.h5...",
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .summary = "join the statistics of shards to those of all images",
    .details = details,
    .options = options,
    .procedure = rq_merge_option_tables,
    .examples = examples,
    .run = run,
};
