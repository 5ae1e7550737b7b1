/* What statistics are of: kept, and compared before they are used. */
#include "calib/stats_entry.h"

#include <string.h>

static rq_status digest_text(char digest[RQ_DIGEST_TEXT], const char *text)
{
    rq_hasher *hasher;
    RQ_TRY(rq_hasher_create(&hasher));
    rq_hasher_text(hasher, text);
    rq_hasher_finish(&hasher, digest);
    return RQ_OK;
}

rq_status rq_stats_set_origin(rq_stats *stats, const rq_stats_origin *origin)
{
    rq_stats_origin copy = *origin;
    char digest[RQ_DIGEST_TEXT];
    copy.preprocess_digest = NULL;
    if (copy.preprocess) {
        RQ_TRY(digest_text(digest, copy.preprocess));
        copy.preprocess_digest = digest;
    }
    const char **const texts[] = {&copy.model,       &copy.model_digest, &copy.data,
                                  &copy.data_digest, &copy.preprocess,   &copy.preprocess_digest,
                                  &copy.tool,        &copy.compute_isa};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!*texts[i]) continue;
        *texts[i] = rq_arena_strdup(stats->arena, *texts[i]);
        if (!*texts[i]) return RQ_ENOMEM;
    }
    stats->origin = copy;
    return RQ_OK;
}

const rq_stats_origin *rq_stats_origin_of(const rq_stats *stats)
{
    return &stats->origin;
}

/* -- shards ---------------------------------------------------------------------------------- */

static rq_status copy_bytes(const void **data, size_t bytes, rq_arena *arena)
{
    void *copy = rq_arena_alloc(arena, bytes + 1, 1);
    if (!copy) return RQ_ENOMEM;
    if (bytes) memcpy(copy, *data, bytes);
    *data = copy;
    return RQ_OK;
}

rq_status rq_stats_set_shard(rq_stats *stats, const rq_stats_shard *shard)
{
    stats->shard = NULL;
    if (!shard) return RQ_OK;
    rq_stats_shard *copy = rq_arena_alloc(stats->arena, 1, sizeof *copy);
    if (!copy) return RQ_ENOMEM;
    *copy = *shard;
    copy->list_digest = rq_arena_strdup(stats->arena, shard->list_digest);
    copy->computed_by = rq_arena_strdup(stats->arena, shard->computed_by);
    copy->options = rq_arena_strdup(stats->arena, shard->options);
    if (!copy->list_digest || !copy->computed_by || !copy->options) return RQ_ENOMEM;
    const void *digests = shard->sample_digests, *how = shard->how;
    RQ_TRY(copy_bytes(&digests, stats->origin.images_total * RQ_DIGEST_TEXT, stats->arena));
    RQ_TRY(copy_bytes(&how, shard->how_bytes, stats->arena));
    copy->sample_digests = (const char(*)[RQ_DIGEST_TEXT])digests;
    copy->how = how;
    stats->shard = copy;
    return RQ_OK;
}

const rq_stats_shard *rq_stats_shard_of(const rq_stats *stats)
{
    return stats->shard;
}

/* -- comparing ------------------------------------------------------------------------------- */

static rq_status check_text(const char *path, const char *what, const char *found,
                            const char *expected)
{
    if (!expected || (found && !strcmp(found, expected))) return RQ_OK;
    return rq_fail(RQ_EARG, "%s: statistics of another %s: found %s, expected %s", path, what,
                   found ? found : "none", expected);
}

rq_status rq_stats_check(const rq_stats *stats, const char *path, const char *model_digest,
                         const char *preprocess, const char *data_digest)
{
    const rq_stats_origin *o = &stats->origin;
    RQ_TRY(check_text(path, "model (digest)", o->model_digest, model_digest));
    RQ_TRY(check_text(path, "preprocessing", o->preprocess, preprocess));
    return check_text(path, "list of images (digest)", o->data_digest, data_digest);
}
