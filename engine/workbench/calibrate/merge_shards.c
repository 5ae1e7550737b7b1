#include "engine/workbench/calibrate/merge_shards.h"

#include "calib/stats_file.h"
#include "datasets/bad_images.h"
#include "datasets/dataset_digest.h"
#include "engine/base/callbacks.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"
#include "engine/run/shard.h"
#include "engine/run/workload_digest.h"

#include <stdlib.h>
#include <string.h>

#define TOLD 8         /* missing shards that a message names */
#define MAX_MISSING 64 /* of so many shards one at least has to be there for them to be named */

typedef struct merger {
    const char *const *paths;
    size_t n;
    size_t *index;                   /* by path: the shard that it is, 0: not known yet */
    const char *first;               /* the file that was read first */
    rq_stats *expected;              /* its origin and shard, without values */
    size_t *owner;                   /* by shard: the path that has it, from 1; 0: none yet */
    char (*digests)[RQ_DIGEST_TEXT]; /* [total]: of the images */
    rq_stats *sum;                   /* of shards 1 to `done` */
    size_t done, bad;
} merger;

static const rq_stats_shard *expected(const merger *m)
{
    return rq_stats_shard_of(m->expected);
}

/* -- what belongs together ------------------------------------------------------------------- */

static rq_status check_text(const merger *m, const char *path, const char *what, const char *found,
                            const char *wanted)
{
    if (!strcmp(found, wanted)) return RQ_OK;
    return rq_fail(RQ_EARG, "%s: %s: found %s, expected %s as in %s", path, what, found, wanted,
                   m->first);
}

static rq_status check_complete(const rq_stats *stats, const char *path)
{
    const rq_stats_shard *s = rq_stats_shard_of(stats);
    const rq_stats_origin *o = rq_stats_origin_of(stats);
    if (!s)
        return rq_fail(RQ_EARG,
                       "%s: no shard, but statistics of a whole list of %zu image%s; expected "
                       "files of calibrate --shard K/N",
                       path, o->images_total, rq_plural(o->images_total));
    if (o->images_done < o->images_total)
        return rq_fail(RQ_EARG,
                       "%s: shard %zu of %zu holds %zu of its %zu images; calibrate --shard "
                       "%zu/%zu, given again, continues",
                       path, s->index, s->count, o->images_done, o->images_total, s->index,
                       s->count);
    const rq_image_span place = rq_shard_span(&(rq_shard){s->index, s->count}, s->total);
    if (place.first == s->first && place.n == o->images_total) return RQ_OK;
    return rq_fail(RQ_EFORMAT,
                   "%s: shard %zu of %zu has images %zu to %zu of %zu, expected %zu to %zu", path,
                   s->index, s->count, s->first + 1, s->first + o->images_total, s->total,
                   place.first + 1, place.first + place.n);
}

static rq_status check_list(const merger *m, const rq_stats_shard *s, const char *path)
{
    const rq_stats_shard *e = expected(m);
    if (s->count != e->count)
        return rq_fail(RQ_EARG, "%s: shard %zu of %zu, expected one of %zu as %s", path, s->index,
                       s->count, e->count, m->first);
    if (s->total != e->total)
        return rq_fail(RQ_EARG, "%s: a shard of a list of %zu images, expected one of %zu as in %s",
                       path, s->total, e->total, m->first);
    if (s->max_bad != e->max_bad)
        return rq_fail(RQ_EARG, "%s: --max-bad %g, expected %g as in %s", path, 100 * s->max_bad,
                       100 * e->max_bad, m->first);
    return check_text(m, path, "another list of images (digest of the names)", s->list_digest,
                      e->list_digest);
}

static const char *or_none(const char *text)
{
    return text ? text : "none";
}

static rq_status check_same(const merger *m, const rq_stats *stats, const char *path)
{
    const rq_stats_shard *s = rq_stats_shard_of(stats), *e = expected(m);
    const rq_stats_origin *o = rq_stats_origin_of(stats), *p = rq_stats_origin_of(m->expected);
    RQ_TRY(check_text(m, path, "another version", or_none(o->tool), or_none(p->tool)));
    RQ_TRY(rq_stats_check(stats, path, p->model_digest, p->preprocess, NULL));
    RQ_TRY(check_list(m, s, path));
    RQ_TRY(check_text(m, path, "other options", s->options, e->options));
    if (s->how_bytes != e->how_bytes || memcmp(s->how, e->how, s->how_bytes) != 0)
        return rq_fail(RQ_EARG, "%s: other inputs or shapes than %s", path, m->first);
    RQ_TRY(check_text(m, path, "another --compute-isa", or_none(o->compute_isa),
                      or_none(p->compute_isa)));
    rq_status status = check_text(m, path, "computed by", s->computed_by, e->computed_by);
    if (status == RQ_OK) return RQ_OK;
    return rq_fail(status, "%s; with --compute-isa, CPUs compute alike", rq_error_text());
}

static rq_status check_once(const merger *m, const rq_stats_shard *s, size_t i)
{
    size_t owner = m->owner[s->index - 1];
    if (!owner || owner == i + 1) return RQ_OK;
    return rq_fail(RQ_EARG, "%s: shard %zu of %zu, as %s", m->paths[i], s->index, s->count,
                   m->paths[owner - 1]);
}

/* -- one file -------------------------------------------------------------------------------- */

/* The first file says what the others have to be of. */
static rq_status begin(merger *m, const rq_stats *stats, const char *path)
{
    const rq_stats_shard *s = rq_stats_shard_of(stats);
    m->first = path;
    RQ_TRY(rq_stats_create(&m->expected));
    RQ_TRY(rq_stats_set_origin(m->expected, rq_stats_origin_of(stats)));
    RQ_TRY(rq_stats_set_shard(m->expected, s));
    if (s->count / MAX_MISSING > m->n) /* before memory is taken for them */
        return rq_fail(RQ_EARG, "%zu file%s, expected those of all %zu shards of %s", m->n,
                       rq_plural(m->n), s->count, path);
    RQ_TRY(rq_calloc(&m->owner, s->count, sizeof *m->owner, "shards"));
    return rq_calloc(&m->digests, s->total, sizeof *m->digests, "digests");
}

/* Takes the statistics over where they are those of shard 1. */
static rq_status add(merger *m, rq_stats **stats, const char *path)
{
    const rq_stats_origin *o = rq_stats_origin_of(*stats);
    const rq_stats_shard *s = rq_stats_shard_of(*stats);
    memcpy(m->digests + s->first, s->sample_digests, o->images_total * sizeof *m->digests);
    m->bad += o->images_bad;
    m->done++;
    if (m->sum) return rq_stats_append(m->sum, *stats, path);
    m->sum = *stats;
    *stats = NULL;
    return RQ_OK;
}

static rq_status take(merger *m, size_t i, rq_stats **stats)
{
    const char *path = m->paths[i];
    RQ_TRY(check_complete(*stats, path));
    const rq_stats_shard *s = rq_stats_shard_of(*stats);
    if (!m->expected) RQ_TRY(begin(m, *stats, path));
    RQ_TRY(check_same(m, *stats, path));
    RQ_TRY(check_once(m, s, i));
    m->index[i] = s->index;
    m->owner[s->index - 1] = i + 1;
    return s->index == m->done + 1 ? add(m, stats, path) : RQ_OK;
}

static rq_status read_file(merger *m, size_t i)
{
    rq_stats *stats;
    if (rq_cancelled()) return rq_fail(RQ_ECANCELLED, "interrupted");
    RQ_TRY(rq_stats_load(&stats, m->paths[i]));
    rq_status status = take(m, i, &stats);
    rq_stats_destroy(&stats);
    return status;
}

/* -- all ------------------------------------------------------------------------------------- */

static rq_status check_all_there(const merger *m)
{
    rq_buf missing = {0};
    size_t n = 0, count = expected(m)->count, one = 0;
    for (size_t k = count; k-- > 0;)
        if (!m->owner[k]) n++, one = k + 1;
    for (size_t k = 0, told = 0; k < count && told < TOLD; k++)
        if (!m->owner[k]) rq_buf_printf(&missing, "%s%zu", told++ ? ", " : "", k + 1);
    if (n > TOLD) rq_buf_printf(&missing, " and %zu more", n - TOLD);
    rq_status status = RQ_OK;
    if (n)
        status = rq_fail(RQ_EARG,
                         "shard%s %s of %zu %s missing: calibrate --shard %zu/%zu does it alone",
                         rq_plural(n), missing.data ? missing.data : "", count,
                         n == 1 ? "is" : "are", one, count);
    rq_buf_free(&missing);
    return status;
}

/* In the order of the shards. Those that come as the next one are added at once, others when it is
 * their turn: no file is read more than twice. */
static rq_status read_all(merger *m)
{
    for (size_t i = 0; i < m->n; i++) RQ_TRY(read_file(m, i));
    RQ_TRY(check_all_there(m));
    while (m->done < expected(m)->count) {
        size_t i = 0;
        while (i < m->n && m->index[i] != m->done + 1) i++;
        if (i == m->n)
            return rq_fail(RQ_EIO, "the file of shard %zu changed while it was read", m->done + 1);
        RQ_TRY(read_file(m, i));
    }
    return RQ_OK;
}

static rq_status check_bad(const merger *m)
{
    const rq_stats_shard *e = expected(m);
    return rq_bad_images_check_count(m->bad, e->total, e->max_bad);
}

/* What one run would have said of itself. */
static rq_status finish(merger *m)
{
    char digest[RQ_DIGEST_TEXT];
    const rq_stats_shard *e = expected(m);
    rq_stats_origin origin = *rq_stats_origin_of(m->sum);
    RQ_TRY(check_bad(m));
    RQ_TRY(rq_digests_join(digest, (const char(*)[RQ_DIGEST_TEXT])m->digests, e->total));
    RQ_TRY(rq_data_digest_extend(digest, e->how, e->how_bytes));
    origin.data_digest = digest;
    origin.images_total = origin.images_done = e->total;
    origin.images_bad = m->bad;
    RQ_TRY(rq_stats_set_origin(m->sum, &origin));
    RQ_TRY(rq_stats_set_shard(m->sum, NULL));
    rq_stats_finish(m->sum);
    return RQ_OK;
}

static rq_status merge(merger *m)
{
    if (!m->n) return rq_fail(RQ_EARG, "no shards: expected files of calibrate --shard K/N");
    RQ_TRY(rq_calloc(&m->index, m->n, sizeof *m->index, "shards"));
    RQ_TRY(read_all(m));
    return finish(m);
}

rq_status rq_shards_merge(rq_stats **out, const char *const *paths, size_t n)
{
    merger m = {.paths = paths, .n = n};
    rq_status status = merge(&m);
    if (status != RQ_OK) rq_stats_destroy(&m.sum);
    *out = m.sum;
    free(m.index);
    free(m.owner);
    free(m.digests);
    rq_stats_destroy(&m.expected);
    return status;
}
