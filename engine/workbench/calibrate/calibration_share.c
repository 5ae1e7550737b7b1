/* A pass that ranks share: in rounds, so that what is there can be saved as that of the first
 * images.
 */
#include "engine/workbench/calibrate/calibration_share.h"

#include "calib/stats_bytes.h"
#include "engine/base/progress.h"
#include "engine/run/pipeline.h"
#include "engine/run/ranks.h"

#include <stdlib.h>
#include <string.h>

#define ROUND_SECONDS 10.0 /* of work that may be lost */
#define FIRST_ROUND 4      /* images of a worker */

typedef struct sharer {
    rq_calibration_pass *pass;
    const rq_model *model;
    const rq_image_feed *feed;
    size_t total, first; /* images, and where the next round begins */
    rq_stats *round;     /* of this rank's images of a round, and what other ranks' were added */
    size_t own_bad;      /* of this rank's images of the round */
} sharer;

/* -- a round --------------------------------------------------------------------------------- */

static rq_status run_own(sharer *s, const rq_image_span *own)
{
    rq_calibration_pass pass = *s->pass;
    pass.stats = s->round;
    pass.first = own->first;
    pass.end = own->first + own->n;
    pass.save = NULL;
    pass.images_done = pass.images_bad = 0;
    if (!own->n) return RQ_OK;
    rq_status status = rq_calibration_pass_run(&pass, s->model, s->feed);
    s->own_bad = pass.images_bad;
    return status;
}

static rq_status pack(rq_buf *out, void *ctx)
{
    return rq_stats_pack(out, ((const sharer *)ctx)->round);
}

static rq_status append(const void *data, size_t bytes, void *ctx)
{
    return rq_stats_unpack(((const sharer *)ctx)->round, data, bytes);
}

/* Those of all ranks are told and judged everywhere. */
static rq_status share_bad(sharer *s, const rq_image_span *own)
{
    const rq_images *images = &s->pass->workload->images;
    rq_buf mine = {0};
    rq_gathered all;
    for (size_t i = own->first; s->own_bad && i < own->first + own->n; i++) {
        const char *reason = rq_bad_images_reason(images->bad, i);
        if (!*reason) continue;
        rq_buf_append_n(&mine, (const char *)&i, sizeof i);
        rq_buf_append_n(&mine, reason, strlen(reason) + 1);
    }
    rq_status status = mine.failed ? rq_fail_memory(mine.length, "bad images") : RQ_OK;
    status = rq_ranks_gather(&all, status, "bad images", mine.data, mine.length);
    rq_buf_free(&mine);
    RQ_TRY(status);
    for (size_t at = 0, i; status == RQ_OK && at < all.offsets[rq_ranks_count()];) {
        memcpy(&i, all.data + at, sizeof i);
        const char *reason = all.data + at + sizeof i;
        status = rq_bad_images_add(images->bad, i, images->dataset->samples[i].name, reason);
        at += sizeof i + strlen(reason) + 1;
        s->pass->images_bad++;
    }
    rq_gathered_free(&all);
    return status;
}

/* The next n images: each rank a part, rank 0 all statistics. */
static rq_status run_round(sharer *s, size_t n)
{
    rq_image_span own = rq_shard_span(&(rq_shard){rq_ranks_index() + 1, rq_ranks_count()}, n);
    own.first += s->first;
    s->own_bad = 0;
    RQ_TRY(rq_stats_create_alike(&s->round, s->pass->stats));
    rq_status status = run_own(s, &own);
    status = rq_ranks_fold(&(rq_fold){pack, append, s}, status, s->pass->title);
    if (status == RQ_OK) status = share_bad(s, &own);
    if (status == RQ_OK && rq_ranks_index() == 0)
        status = rq_stats_append(s->pass->stats, s->round, "a round");
    rq_stats_destroy(&s->round);
    RQ_TRY(status);
    s->first += n;
    s->pass->images_done += n;
    rq_stats_finish(s->pass->stats);
    return RQ_OK;
}

/* -- all ------------------------------------------------------------------------------------- */

/* Rank 0's clock and file decide, for all. */
static rq_status agree_on_round(size_t *n, const sharer *s, double seconds)
{
    size_t left = s->total - s->first, least = rq_ranks_count() * s->pass->workload->threads;
    size_t wanted = *n ? (size_t)((double)*n * ROUND_SECONDS / (seconds > 0.01 ? seconds : 0.01))
                       : FIRST_ROUND * least;
    if (wanted < least) wanted = least;
    if (!s->pass->save || wanted > left) wanted = left;
    *n = wanted;
    return rq_ranks_follow(n, sizeof *n, RQ_OK, "a round");
}

static rq_status run_rounds(sharer *s)
{
    size_t n = 0;
    double seconds = 0;
    while (s->first < s->total) {
        RQ_TRY(agree_on_round(&n, s, seconds));
        double started = rq_now();
        RQ_TRY(run_round(s, n));
        seconds = rq_now() - started;
        if (s->pass->save && s->first < s->total) RQ_TRY(s->pass->save(s->pass->ctx));
    }
    return RQ_OK;
}

rq_status rq_calibration_share_pass(rq_calibration_pass *pass, const rq_model *model,
                                    const rq_image_feed *feed)
{
    sharer s = {.pass = pass,
                .model = model,
                .feed = feed,
                .total = pass->workload->images.dataset->n,
                .first = pass->first};
    if (rq_ranks_count() == 1) return rq_calibration_pass_run(pass, model, feed);
    RQ_TRY(run_rounds(&s));
    return rq_pipeline_check_bad(&pass->workload->images);
}

/* -- before and after ------------------------------------------------------------------------ */

rq_status rq_calibration_share_start(rq_stats_origin *origin, rq_status mine)
{
    size_t counts[] = {origin->images_done, origin->images_bad};
    RQ_TRY(rq_ranks_follow(counts, sizeof counts, mine, "images that are done"));
    origin->images_done = counts[0];
    origin->images_bad = counts[1];
    return RQ_OK;
}

rq_status rq_calibration_share_end(rq_stats *stats)
{
    rq_buf bytes = {0};
    if (rq_ranks_count() == 1) return RQ_OK;
    rq_status status = rq_ranks_index() ? RQ_OK : rq_stats_pack(&bytes, stats);
    status = rq_ranks_broadcast(&bytes, status, "statistics");
    if (status == RQ_OK && rq_ranks_index()) {
        status = rq_stats_unpack(stats, bytes.data, bytes.length);
        rq_stats_finish(stats);
    }
    rq_buf_free(&bytes);
    return status;
}
