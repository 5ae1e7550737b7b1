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
