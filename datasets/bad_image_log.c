#include "datasets/bad_image_log.h"

#include "engine/base/callbacks.h"
#include "engine/base/map.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <stdlib.h>

#define MAX_NAMED 10

struct rq_bad_image_log {
    rq_arena *arena; /* of paths */
    rq_map *told;    /* path -> number */
    size_t n;
};

rq_status rq_bad_image_log_create(rq_bad_image_log **out)
{
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "a log of bad images"));
    rq_status status = rq_arena_create(&(*out)->arena);
    if (status == RQ_OK) status = rq_map_create(&(*out)->told);
    if (status != RQ_OK) rq_bad_image_log_destroy(out);
    return status;
}

void rq_bad_image_log_destroy(rq_bad_image_log **log)
{
    if (!log || !*log) return;
    rq_map_destroy(&(*log)->told);
    rq_arena_destroy(&(*log)->arena);
    free(*log);
    *log = NULL;
}

static rq_status tell_one(rq_bad_image_log *log, const char *path, const char *reason, size_t *more)
{
    if (rq_map_get(log->told, path) != RQ_NONE) return RQ_OK;
    const char *kept = rq_arena_strdup(log->arena, path);
    if (!kept) return RQ_ENOMEM;
    RQ_TRY(rq_map_put(log->told, kept, (uint32_t)log->n));
    if (log->n++ < MAX_NAMED)
        rq_log("%s: skipped: %s", path, reason);
    else
        ++*more;
    return RQ_OK;
}

rq_status rq_bad_image_log_tell(rq_bad_image_log *log, rq_bad_images *bad,
                                const rq_dataset *dataset)
{
    size_t n, more = 0;
    const rq_bad_image *images = rq_bad_images_get(bad, &n);
    for (size_t i = 0; i < n; i++)
        RQ_TRY(tell_one(log, dataset->samples[images[i].index].path, images[i].reason, &more));
    if (more) rq_log("%zu more image%s skipped: unreadable too", more, rq_plural(more));
    return RQ_OK;
}

size_t rq_bad_image_log_count(const rq_bad_image_log *log)
{
    return log->n;
}
