/* Statistics of a network's activations. Loading, saving, merging and destroying them is calib's.
 */
#include "engine/api/network.h"

#include "calib/stats_file.h"
#include "engine/workbench/calibrate/calibrate.h"
#include "engine/workbench/calibrate/merge_shards.h"
#include "engine/workbench/preparation.h"
#include "engine/workbench/quantize/first_checks.h"

static rq_status read_shard(rq_shard *out, const rq_settings *settings)
{
    const char *text = rq_settings_get(settings, "shard", NULL);
    return text ? rq_shard_parse(out, text) : RQ_OK;
}

static rq_status calibrate(rq_calibration *out, const rq_network *network,
                           const rq_options *options)
{
    const rq_settings *settings;
    rq_workload w;
    RQ_TRY(rq_options_of(&settings, options, "calibrate"));
    const char *path = rq_settings_get(settings, "output", NULL);
    RQ_TRY(path ? rq_stats_may_replace(path) : RQ_OK);
    rq_status status = rq_network_workload_with_data(&w, network, settings);
    if (status == RQ_OK) status = rq_backend_check_observes(&w.exec);
    if (status == RQ_OK) status = read_shard(&w.shard, settings);
    if (status == RQ_OK) status = rq_workload_fit(&w);
    if (status == RQ_OK) status = rq_preparation_run(&w);
    if (status == RQ_OK) status = rq_workload_bind(&w);
    if (status == RQ_OK) status = rq_workload_list(&w, NULL);
    if (status == RQ_OK) status = rq_first_checks_run(&w);
    if (status == RQ_OK)
        status = path ? rq_calibrate_into(out, &w, path)
                      : rq_calibrate_run(out, &w, &(rq_calibrate_options){0});
    rq_workload_close(&w);
    if (status != RQ_ECANCELLED || !path) return status;
    return rq_fail(status, "%s; run the same command to continue", rq_error_text());
}

rq_status rq_calibrate(rq_stats **out, bool *reused, const rq_network *network,
                       const rq_options *options)
{
    rq_calibration calibration = {0};
    const rq_api_call call = rq_api_enter(network->context);
    rq_status status = calibrate(&calibration, network, options);
    rq_api_leave(&call);
    *out = calibration.stats;
    if (reused) *reused = calibration.reused;
    return status;
}

static rq_status merge(rq_stats **out, const char *const *paths, size_t n,
                       const rq_options *options)
{
    const rq_settings *settings;
    RQ_TRY(rq_options_of(&settings, options, "merge"));
    const char *path = rq_settings_get(settings, "output", NULL);
    RQ_TRY(path ? rq_stats_may_replace(path) : RQ_OK);
    RQ_TRY(rq_shards_merge(out, paths, n));
    rq_status status = path ? rq_stats_save(*out, path) : RQ_OK;
    if (status != RQ_OK) rq_stats_destroy(out);
    return status;
}

rq_status rq_merge(rq_stats **out, const rq_context *context, const char *const *paths, size_t n,
                   const rq_options *options)
{
    *out = NULL;
    const rq_api_call call = rq_api_enter(context);
    rq_status status = merge(out, paths, n, options);
    rq_api_leave(&call);
    return status;
}

void rq_stats_describe(const rq_stats *stats, size_t *values, size_t *images, size_t *unreadable)
{
    const rq_stats_origin *origin = rq_stats_origin_of(stats);
    *values = rq_stats_count(stats);
    *images = origin->images_done - origin->images_bad;
    *unreadable = origin->images_bad;
}
