#include "engine/workbench/calibrate/calibrate.h"

#include "calib/stats_file.h"
#include "engine/base/callbacks.h"
#include "engine/base/cpu.h"
#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/base/version.h"
#include "engine/run/ranks.h"
#include "engine/run/workload_digest.h"
#include "engine/workbench/calibrate/calibrate_part.h"
#include "engine/workbench/calibrate/calibrate_values.h"
#include "engine/workbench/calibrate/calibration_pass.h"
#include "engine/workbench/calibrate/calibration_share.h"

#include <stdlib.h>
#include <string.h>

typedef struct calibrator {
    const rq_workload *workload;
    rq_calibrate_part *part; /* that the workload is over; NULL: it is of a whole list */
    const rq_calibrate_options *options;
    rq_calibration *out;
    rq_stats *stats;
    rq_model *model;
    rq_image_feed feed;
    rq_calibrate_values values;
    rq_stats_origin origin;
    bool quiet; /* why earlier statistics are not taken is not said */
    rq_buf preprocess;
    char model_digest[RQ_DIGEST_TEXT], data_digest[RQ_DIGEST_TEXT];
} calibrator;

static rq_status describe_model(calibrator *g)
{
    RQ_TRY(rq_graph_digest(g->model_digest, g->workload->graph));
    rq_preprocess_describe(&g->feed.plan, &g->preprocess);
    return g->preprocess.failed ? rq_fail_memory(g->preprocess.length, "a description") : RQ_OK;
}

static rq_status describe_data(calibrator *g)
{
    if (g->options->data_digest) {
        memcpy(g->data_digest, g->options->data_digest, sizeof g->data_digest);
        return RQ_OK;
    }
    if (g->part) return rq_calibrate_part_digest(g->part, g->data_digest);
    return rq_workload_data_digest(g->data_digest, g->workload);
}

static rq_status describe_origin(calibrator *g)
{
    rq_isa isa = rq_cpu_settle();
    RQ_TRY(describe_data(g));
    g->origin = (rq_stats_origin){.tool = "requant " RQ_VERSION,
                                  .model = g->workload->graph->name,
                                  .model_digest = g->model_digest,
                                  .preprocess = g->preprocess.data,
                                  .data = g->workload->data.name,
                                  .data_digest = g->data_digest,
                                  .compute_isa = isa == RQ_ISA_NATIVE ? NULL : rq_isas[isa].name,
                                  .images_total = g->workload->images.dataset->n};
    return RQ_OK;
}

static bool is_whole(const rq_stats *stats)
{
    const rq_stats_origin *o = rq_stats_origin_of(stats);
    return o->images_done == o->images_total;
}

/* An earlier version of requant may have watched other values, a run that was killed those of an
 * equalized network, too. More than are wanted do no harm where no image is missing, but to ranks,
 * which know values by their numbers. */
static bool has_wanted(const calibrator *g, const rq_stats *stats)
{
    bool others;
    if (!rq_calibrate_values_are_in(&g->values, stats, &others)) return false;
    return !others || (is_whole(stats) && rq_ranks_count() == 1);
}

/* Other instructions sum in another order, which may show in the last bits. */
static bool is_of_isa(const rq_stats_origin *o, const char *isa)
{
    return (!o->compute_isa && !isa) || (o->compute_isa && isa && !strcmp(o->compute_isa, isa));
}

static const rq_stats_shard *shard_of(const calibrator *g)
{
    return g->part ? &g->part->shard : NULL;
}

/* RQ_OK when the earlier statistics are of the same work. */
static rq_status check_earlier(const calibrator *g, const rq_stats *earlier, const char *path)
{
    const rq_stats_origin *o = rq_stats_origin_of(earlier);
    RQ_TRY(rq_stats_check(earlier, path, g->model_digest, g->preprocess.data, NULL));
    RQ_TRY(rq_calibrate_part_check(rq_stats_shard_of(earlier), shard_of(g), path));
    if (o->images_total != g->origin.images_total)
        return rq_fail(RQ_EARG, "%s: statistics of %zu image%s, this run has %zu", path,
                       o->images_total, rq_plural(o->images_total), g->origin.images_total);
    RQ_TRY(rq_stats_check(earlier, path, NULL, NULL, g->data_digest));
    if (!is_of_isa(o, g->origin.compute_isa))
        return rq_fail(RQ_EARG, "%s: statistics with another --compute-isa", path);
    return has_wanted(g, earlier) ? RQ_OK
                                  : rq_fail(RQ_EFORMAT, "%s: statistics of other values", path);
}

/* Statistics of an earlier run are a cache: taken when they are of the same work, else gathered
 * again. Not where the user interrupts that: they would be lost. */
static rq_status take_earlier(calibrator *g, const char *path)
{
    rq_stats *earlier = NULL;
    if (g->stats || !path || !rq_is_file(path)) return RQ_OK;
    rq_status status = rq_stats_load(&earlier, path);
    if (status == RQ_OK) status = check_earlier(g, earlier, path);
    if (status != RQ_OK) {
        rq_stats_destroy(&earlier);
        if (rq_cancelled()) return rq_fail(RQ_ECANCELLED, "interrupted");
        if (!g->quiet) rq_log("collecting statistics again: %s", rq_error_text());
        return RQ_OK;
    }
    const rq_stats_origin *o = rq_stats_origin_of(earlier);
    g->stats = earlier;
    g->out->path = path;
    g->origin.images_done = o->images_done;
    g->origin.images_bad = o->images_bad;
    return RQ_OK;
}

static rq_status create_stats(calibrator *g)
{
    RQ_TRY(rq_stats_create(&g->stats));
    RQ_TRY(rq_stats_set_origin(g->stats, &g->origin));
    return rq_stats_set_shard(g->stats, shard_of(g));
}

static rq_status open_stats(calibrator *g)
{
    if (!g->stats) RQ_TRY(create_stats(g));
    return rq_calibrate_values_add(&g->values, g->stats);
}

/* -- the run -------------------------------------------------------------------------------- */

typedef struct saver {
    calibrator *calibrator;
    const rq_calibration_pass *pass;
} saver;

static bool keeps_file(const calibrator *g)
{
    return g->options->path && rq_ranks_index() == 0;
}

static rq_status count_images(const saver *s)
{
    rq_stats_origin origin = s->calibrator->origin;
    origin.images_done += s->pass->images_done;
    origin.images_bad += s->pass->images_bad;
    return rq_stats_set_origin(s->calibrator->stats, &origin);
}

/* What is there so far, of the images done before and in this pass. */
static rq_status save_stats(void *ctx)
{
    const saver *s = ctx;
    calibrator *g = s->calibrator;
    RQ_TRY(count_images(s));
    g->out->path = g->options->path;
    return keeps_file(g) ? rq_stats_save(g->stats, g->options->path) : RQ_OK;
}

static rq_status stop_half_way(const calibrator *g)
{
    const rq_stats_origin *o = rq_stats_origin_of(g->stats);
    size_t before = g->options->ran_before, total = before + o->images_total;
    return rq_fail(RQ_ECANCELLED, "interrupted after %zu of %zu image%s, saved in %s",
                   before + o->images_done, total, rq_plural(total), g->options->path);
}

static rq_status run_images(calibrator *g)
{
    rq_calibration_pass pass = {.workload = g->workload,
                                .values = &g->values,
                                .stats = g->stats,
                                .title = g->options->title ? g->options->title : "calibrate",
                                .first = g->origin.images_done};
    saver kept = {g, &pass};
    pass.save = keeps_file(g) ? save_stats : NULL;
    pass.ctx = &kept;
    rq_status status = rq_calibration_share_pass(&pass, g->model, &g->feed);
    if (status == RQ_OK) return g->options->ran_before ? count_images(&kept) : save_stats(&kept);
    if (status != RQ_ECANCELLED || !keeps_file(g)) return status;
    RQ_TRY(save_stats(&kept));
    return stop_half_way(g);
}

/* Before the images run: the folder of the statistics, and whether a file can be written there. */
static rq_status prepare_path(const char *path)
{
    rq_writer *writer;
    if (!path || rq_ranks_index()) return RQ_OK;
    RQ_TRY(rq_stats_can_save());
    char *dir = rq_path_dir(path);
    rq_status status = dir ? rq_make_dirs(dir) : rq_fail_memory(strlen(path), "a path");
    free(dir);
    RQ_TRY(status);
    RQ_TRY(rq_writer_open(&writer, path));
    rq_writer_abort(&writer);
    return RQ_OK;
}

/* The user's statistics: complete, and of this model and preprocessing, or an error. */
static rq_status check_given(const calibrator *g, const rq_stats *stats, const char *name)
{
    RQ_TRY(rq_stats_check(stats, name, g->model_digest, g->preprocess.data, NULL));
    const rq_stats_origin *o = rq_stats_origin_of(stats);
    const rq_stats_shard *shard = rq_stats_shard_of(stats);
    if (shard)
        return rq_fail(RQ_EARG,
                       "%s is shard %zu of %zu alone, %zu of %zu images: join all of them first "
                       "(requant merge)",
                       name, shard->index, shard->count, o->images_total, shard->total);
    if (o->images_done < o->images_total)
        return rq_fail(RQ_EARG, "%s holds %zu of %zu image%s; finish the calibration first", name,
                       o->images_done, o->images_total, rq_plural(o->images_total));
    return RQ_OK;
}

static rq_status take_given(calibrator *g)
{
    RQ_TRY(rq_stats_load(&g->stats, g->options->given));
    RQ_TRY(check_given(g, g->stats, g->options->given));
    g->out->reused = true;
    return RQ_OK;
}

static rq_status open_calibrator(calibrator *g)
{
    rq_exec_options options = g->workload->exec;
    const rq_scaled_values *scaled = g->options ? &g->options->scaled : &(rq_scaled_values){0};
    RQ_TRY(rq_calibrate_values_choose(&g->values, g->workload->bound, scaled));
    options.observed = g->values.observed;
    RQ_TRY(rq_model_create(&g->model, g->workload->graph, &options));
    RQ_TRY(rq_image_feed_open(&g->feed, &g->workload->request, g->model));
    return describe_model(g);
}

/* Rank 0 alone has files. */
static rq_status take_files(calibrator *g)
{
    if (rq_ranks_index()) return RQ_OK;
    RQ_TRY(take_earlier(g, g->options->earlier));
    return take_earlier(g, g->options->path);
}

/* What this run keeps is the same whatever ran before it. */
static rq_status leave_others(calibrator *g)
{
    rq_stats *wanted;
    bool others = false, own = g->out->path && g->out->path == g->options->path;
    if (own) rq_calibrate_values_are_in(&g->values, g->stats, &others);
    if (!others) return RQ_OK;
    RQ_TRY(rq_calibrate_values_select(&wanted, &g->values, g->stats));
    rq_status status = rq_stats_set_shard(wanted, rq_stats_shard_of(g->stats));
    rq_stats_destroy(&g->stats);
    g->stats = wanted;
    return status == RQ_OK ? rq_stats_save(wanted, g->options->path) : status;
}

static rq_status run_rest(calibrator *g)
{
    RQ_TRY(open_stats(g));
    g->out->reused = g->origin.images_done == g->origin.images_total;
    if (g->out->reused) return leave_others(g);
    RQ_TRY(prepare_path(g->options->path));
    if (g->origin.images_done)
        rq_log("continuing after %zu of %zu images (%s)",
               g->options->ran_before + g->origin.images_done,
               g->options->ran_before + g->origin.images_total, g->out->path);
    rq_mapping_release_pages(&g->workload->graph->bin); /* the digest has read all of it */
    return run_images(g);
}

/* Those of an earlier run, whose statistics were taken over, count. */
static rq_status check_bad_images(const calibrator *g)
{
    const rq_stats_origin *o = rq_stats_origin_of(g->stats);
    return rq_bad_images_check_count(o->images_bad, o->images_total, g->workload->images.max_bad);
}

static rq_status calibrate(calibrator *g)
{
    RQ_TRY(open_calibrator(g));
    if (g->options->given) return take_given(g);
    RQ_TRY(describe_origin(g));
    rq_status status = rq_calibration_share_start(&g->origin, take_files(g));
    if (status == RQ_OK) status = run_rest(g);
    if (status == RQ_OK) status = rq_calibration_share_end(g->stats);
    return status == RQ_OK ? check_bad_images(g) : status;
}

static void close_calibrator(calibrator *g)
{
    rq_calibrate_values_close(&g->values);
    rq_buf_free(&g->preprocess);
    rq_image_feed_close(&g->feed);
    rq_model_destroy(&g->model);
}

static rq_status run(calibrator *g)
{
    rq_status status = calibrate(g);
    close_calibrator(g);
    if (status != RQ_OK) rq_stats_destroy(&g->stats);
    g->out->stats = g->stats;
    return status;
}

static rq_status run_part(calibrator *g)
{
    rq_calibrate_part part;
    rq_status status = rq_calibrate_part_open(&part, g->workload);
    g->workload = &part.workload;
    g->part = &part;
    if (status == RQ_OK) status = run(g);
    rq_calibrate_part_close(&part);
    return status;
}

rq_status rq_calibrate_run(rq_calibration *out, const rq_workload *workload,
                           const rq_calibrate_options *options)
{
    *out = (rq_calibration){0};
    calibrator g = {.workload = workload, .options = options, .out = out};
    return workload->shard.count ? run_part(&g) : run(&g);
}

static rq_status find(calibrator *g, const char *path)
{
    RQ_TRY(open_calibrator(g));
    RQ_TRY(describe_origin(g));
    RQ_TRY(take_earlier(g, path));
    if (g->stats && !is_whole(g->stats)) rq_stats_destroy(&g->stats);
    return g->stats ? check_bad_images(g) : RQ_OK;
}

rq_status rq_calibrate_find(rq_stats **out, const rq_workload *workload, const char *path,
                            bool quiet)
{
    rq_calibration unused = {0};
    const rq_calibrate_options options = {0};
    calibrator g = {.workload = workload, .options = &options, .out = &unused, .quiet = quiet};
    bool may_be = rq_ranks_count() == 1 && path && rq_is_file(path);
    rq_status status = may_be ? find(&g, path) : RQ_OK;
    close_calibrator(&g);
    *out = g.stats;
    return status;
}

rq_status rq_calibration_check(const rq_stats *stats, const char *name, const rq_workload *workload)
{
    calibrator g = {.workload = workload};
    rq_status status = open_calibrator(&g);
    if (status == RQ_OK) status = check_given(&g, stats, name);
    close_calibrator(&g);
    return status;
}
