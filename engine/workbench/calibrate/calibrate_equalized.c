#include "engine/workbench/calibrate/calibrate_equalized.h"

#include "calib/stats_file.h"
#include "engine/run/ranks.h"

/* Not told apart yet: the run was killed between the two files. */
static bool has_scaled(const rq_stats *before, const rq_scaled_values *scaled)
{
    for (size_t i = 0; i < scaled->n; i++)
        if (rq_stats_find(before, scaled->values[i].kept_as)) return true;
    return false;
}

/* Both, or none. Who gathers them looks at `path` again, and says why it does not go on. */
static rq_status find(rq_equalized_calibration *out, const rq_workload *workload,
                      const rq_workload *equalized, const rq_calibrate_equalized_options *o,
                      bool earlier)
{
    rq_split_stats found = {0};
    const char *path = earlier ? o->earlier : o->path;
    const char *equalized_path = earlier ? o->equalized_earlier : o->equalized_path;
    rq_status status = rq_calibrate_find(&found.before, workload, path, !earlier);
    if (status == RQ_OK && found.before)
        status = rq_calibrate_find(&found.after, equalized, equalized_path, !earlier);
    if (found.after && !has_scaled(found.before, &o->scaled)) {
        out->stats = found;
        out->reused = equalized_path;
    } else {
        rq_split_stats_close(&found);
    }
    return status;
}

static rq_status describe_equalized(rq_stats *stats, const rq_graph *graph)
{
    char digest[RQ_DIGEST_TEXT];
    rq_stats_origin origin = *rq_stats_origin_of(stats);
    RQ_TRY(rq_graph_digest(digest, graph));
    origin.model = graph->name;
    origin.model_digest = digest;
    return rq_stats_set_origin(stats, &origin);
}

static rq_status save(const rq_stats *stats, const char *path)
{
    return path && rq_ranks_index() == 0 ? rq_stats_save(stats, path) : RQ_OK;
}

static rq_status split(rq_split_stats *out, const rq_stats *both, const rq_workload *equalized,
                       const rq_calibrate_equalized_options *o)
{
    RQ_TRY(rq_scaled_values_split(out, both, &o->scaled));
    RQ_TRY(describe_equalized(out->after, equalized->graph));
    RQ_TRY(save(out->after, o->equalized_path));
    return save(out->before, o->path);
}

static rq_status gather(rq_equalized_calibration *out, const rq_workload *workload,
                        const rq_workload *equalized, const rq_calibrate_equalized_options *o)
{
    rq_calibration both;
    const rq_calibrate_options options = {.path = o->path, .scaled = o->scaled};
    RQ_TRY(rq_calibrate_rest_run(&both, workload, &options, o->begun));
    rq_status status = split(&out->stats, both.stats, equalized, o);
    rq_stats_destroy(&both.stats);
    if (status != RQ_OK) rq_split_stats_close(&out->stats);
    return status;
}

rq_status rq_calibrate_equalized_run(rq_equalized_calibration *out, const rq_workload *workload,
                                     const rq_workload *equalized,
                                     const rq_calibrate_equalized_options *options)
{
    *out = (rq_equalized_calibration){0};
    const rq_calibrate_equalized_options *o = options;
    RQ_TRY(find(out, workload, equalized, o, true));
    if (out->reused) return RQ_OK;
    RQ_TRY(find(out, workload, equalized, o, false));
    if (!out->reused) RQ_TRY(gather(out, workload, equalized, o));
    out->saved = o->path && o->equalized_path;
    return RQ_OK;
}
