#include "calib/stats_shard_file.h"

#include "calib/stats_file.h"
#include "engine/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH (RQ_DIGEST_TEXT - 1) /* of a digest in the file, where it has no NUL */

/* -- writing --------------------------------------------------------------------------------- */

/* The texts without their NUL, one a row. */
static rq_status put_digests(rq_h5 *h5, const char (*digests)[RQ_DIGEST_TEXT], size_t n)
{
    char *rows;
    RQ_TRY(rq_calloc(&rows, n, WIDTH, "digests"));
    for (size_t i = 0; i < n; i++) memcpy(rows + i * WIDTH, digests[i], WIDTH);
    rq_status status =
        rq_h5_put_array(h5, "sample_digest", "hexadecimal digits", RQ_DT_U8, n, WIDTH, rows);
    free(rows);
    return status;
}

rq_status rq_stats_put_shard(rq_h5 *h5, const rq_stats *stats)
{
    const rq_stats_shard *s = stats->shard;
    if (!s) return RQ_OK;
    RQ_TRY(rq_h5_enter(h5, RQ_STATS_SHARD));
    RQ_TRY(rq_h5_put_count(h5, "index", s->index));
    RQ_TRY(rq_h5_put_count(h5, "count", s->count));
    RQ_TRY(rq_h5_put_count(h5, "first", s->first));
    RQ_TRY(rq_h5_put_count(h5, "total", s->total));
    RQ_TRY(rq_h5_put_text(h5, "list_digest", s->list_digest));
    RQ_TRY(rq_h5_put_text(h5, "computed_by", s->computed_by));
    RQ_TRY(rq_h5_put_text(h5, "options", s->options));
    RQ_TRY(rq_h5_put_array(h5, "max_bad", "fraction of total", RQ_DT_F64, 1, 1, &s->max_bad));
    RQ_TRY(put_digests(h5, s->sample_digests, stats->origin.images_total));
    RQ_TRY(rq_h5_put_array(h5, "how", "bytes", RQ_DT_U8, s->how_bytes, 1, s->how));
    return rq_h5_leave(h5);
}

/* -- reading --------------------------------------------------------------------------------- */

typedef struct reader {
    const rq_stats *stats;
    const rq_h5_tree *tree;
    rq_arena *arena;
    const char *path;
} reader;

static rq_status get_text(const char **out, const reader *r, const char *name)
{
    RQ_TRY(rq_h5_tree_text(out, r->tree, name));
    return *out ? RQ_OK : rq_fail(RQ_EFORMAT, "%s: a shard without %s", r->path, name);
}

static rq_status get_place(rq_stats_shard *s, const reader *r)
{
    uint64_t index, count, first, total, n = r->stats->origin.images_total;
    RQ_TRY(rq_h5_tree_count(&index, r->tree, "index"));
    RQ_TRY(rq_h5_tree_count(&count, r->tree, "count"));
    RQ_TRY(rq_h5_tree_count(&first, r->tree, "first"));
    RQ_TRY(rq_h5_tree_count(&total, r->tree, "total"));
    if (index < 1 || index > count || count > total || total > RQ_STATS_MAX_IMAGES || n > total ||
        first > total - n)
        return rq_fail(RQ_EFORMAT,
                       "%s: shard %" PRIu64 " of %" PRIu64 " with %" PRIu64 " of %" PRIu64
                       " images from %" PRIu64 " on",
                       r->path, index, count, n, total, first);
    s->index = (size_t)index;
    s->count = (size_t)count;
    s->first = (size_t)first;
    s->total = (size_t)total;
    RQ_TRY(rq_h5_tree_array(&s->max_bad, r->tree, "max_bad", RQ_DT_F64, 1, 1));
    return s->max_bad >= 0.0 && s->max_bad <= 1.0
               ? RQ_OK
               : rq_fail(RQ_EFORMAT, "%s: max_bad is no fraction", r->path);
}

static rq_status get_digests(rq_stats_shard *s, const reader *r)
{
    size_t n;
    RQ_TRY(rq_h5_tree_rows(&n, r->tree, "sample_digest", RQ_DT_U8, WIDTH)); /* before memory is */
    if (n != r->stats->origin.images_total)
        return rq_fail(RQ_EFORMAT, "%s: digests of %zu images, expected %zu", r->path, n,
                       r->stats->origin.images_total);
    char *rows = rq_arena_alloc(r->arena, n, WIDTH);
    char(*digests)[RQ_DIGEST_TEXT] = rq_arena_alloc(r->arena, n, sizeof *digests);
    if (!rows || !digests) return RQ_ENOMEM;
    RQ_TRY(rq_h5_tree_array(rows, r->tree, "sample_digest", RQ_DT_U8, n, WIDTH));
    for (size_t i = 0; i < n; i++) memcpy(digests[i], rows + i * WIDTH, WIDTH);
    s->sample_digests = (const char(*)[RQ_DIGEST_TEXT])digests;
    return RQ_OK;
}

static rq_status get_how(rq_stats_shard *s, const reader *r)
{
    RQ_TRY(rq_h5_tree_rows(&s->how_bytes, r->tree, "how", RQ_DT_U8, 1));
    uint8_t *how = rq_arena_alloc(r->arena, s->how_bytes + 1, 1);
    s->how = how;
    return how ? rq_h5_tree_array(how, r->tree, "how", RQ_DT_U8, s->how_bytes, 1) : RQ_ENOMEM;
}

static rq_status get_shard(rq_stats_shard *s, const reader *r)
{
    RQ_TRY(get_place(s, r));
    RQ_TRY(get_text(&s->list_digest, r, "list_digest"));
    RQ_TRY(get_text(&s->computed_by, r, "computed_by"));
    RQ_TRY(get_text(&s->options, r, "options"));
    RQ_TRY(get_digests(s, r));
    return get_how(s, r);
}

rq_status rq_stats_get_shard(rq_stats *stats, rq_h5_tree *tree, rq_arena *arena, const char *path)
{
    rq_stats_shard shard = {0};
    const reader r = {stats, tree, arena, path};
    if (!rq_h5_tree_has(tree, RQ_STATS_SHARD)) return RQ_OK;
    RQ_TRY(rq_h5_tree_enter(tree, RQ_STATS_SHARD));
    RQ_TRY(get_shard(&shard, &r));
    rq_h5_tree_leave(tree);
    return rq_stats_set_shard(stats, &shard);
}
