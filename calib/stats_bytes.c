#include "calib/stats_bytes.h"

#include "calib/stats_entry.h"

#include <string.h>

rq_status rq_stats_create_alike(rq_stats **out, const rq_stats *stats)
{
    rq_status status = rq_stats_create(out);
    for (size_t i = 0; status == RQ_OK && i < stats->n; i++) {
        const rq_stats_value *v = &stats->entries[i]->value;
        status = rq_stats_add_value(*out, NULL, v->name, &v->shape, v->axis);
    }
    if (status != RQ_OK) rq_stats_destroy(out);
    return status;
}

/* -- to bytes -------------------------------------------------------------------------------- */

/* What a value begins with. */
typedef struct head {
    uint64_t n_images, count, nan_count, inf_count, buckets;
    float min, max; /* of the histogram */
} head;

typedef struct bucket {
    uint64_t bucket, count;
} bucket;

static void put(rq_buf *out, const void *data, size_t n, size_t size)
{
    if (n) rq_buf_append_n(out, data, n * size);
}

/* Those that hold something; `out` NULL: they are only counted. */
static size_t put_buckets(rq_buf *out, const rq_histogram *h)
{
    size_t n = 0;
    for (uint32_t b = 0; b < RQ_HISTOGRAM_BUCKETS; b++) {
        if (!h->pages[b / RQ_HISTOGRAM_PAGE]) {
            b += RQ_HISTOGRAM_PAGE - 1;
            continue;
        }
        const bucket one = {b, rq_histogram_at(h, b)};
        if (!one.count) continue;
        if (out) put(out, &one, 1, sizeof one);
        n++;
    }
    return n;
}

static void put_value(rq_buf *out, const rq_stats_entry *e)
{
    const rq_stats_value *v = &e->value;
    const head h = {.n_images = v->n_images,
                    .count = v->count,
                    .nan_count = v->nan_count,
                    .inf_count = v->inf_count,
                    .buckets = put_buckets(NULL, v->histogram),
                    .min = v->histogram->min,
                    .max = v->histogram->max};
    put(out, &h, 1, sizeof h);
    put(out, v->image_min, v->n_images, sizeof(float));
    put(out, v->image_max, v->n_images, sizeof(float));
    put(out, v->channel_min, v->n_channels, sizeof(float));
    put(out, v->channel_max, v->n_channels, sizeof(float));
    put(out, e->finite, v->n_channels, sizeof *e->finite);
    put(out, e->sum, v->n_channels, sizeof *e->sum);
    put(out, e->square, v->n_channels, sizeof *e->square);
    put_buckets(out, v->histogram);
}

rq_status rq_stats_pack(rq_buf *out, const rq_stats *stats)
{
    for (size_t i = 0; i < stats->n; i++) put_value(out, stats->entries[i]);
    return out->failed ? rq_fail_memory(out->length, "statistics") : RQ_OK;
}

/* -- from bytes ------------------------------------------------------------------------------ */

typedef struct reader {
    const char *at;
    size_t left;
} reader;

static rq_status take(void *out, reader *r, size_t n, size_t size)
{
    if (size && n > r->left / size)
        return rq_fail(RQ_EFORMAT, "packed statistics: %zu bytes left, expected %zu", r->left,
                       n * size);
    if (n) memcpy(out, r->at, n * size);
    r->at += n * size;
    r->left -= n * size;
    return RQ_OK;
}

static rq_status take_images(rq_stats_value *v, reader *r, size_t n)
{
    if (n > r->left / (2 * sizeof(float))) /* before memory is taken for them */
        return rq_fail(RQ_EFORMAT, "packed statistics: %zu images in %zu bytes", n, r->left);
    RQ_TRY(rq_calloc(&v->image_min, n, sizeof(float), "image minima"));
    RQ_TRY(rq_calloc(&v->image_max, n, sizeof(float), "image maxima"));
    RQ_TRY(take(v->image_min, r, n, sizeof(float)));
    v->n_images = n;
    return take(v->image_max, r, n, sizeof(float));
}

static rq_status take_histogram(rq_histogram *histogram, reader *r, const head *h)
{
    for (uint64_t i = 0; i < h->buckets; i++) {
        bucket one = {0, 0};
        RQ_TRY(take(&one, r, 1, sizeof one));
        if (one.bucket >= RQ_HISTOGRAM_BUCKETS || !rq_histogram_is_finite((uint32_t)one.bucket))
            return rq_fail(RQ_EFORMAT, "packed statistics: no such bucket");
        RQ_TRY(rq_histogram_add(histogram, (uint32_t)one.bucket, one.count));
    }
    rq_histogram_bound(histogram, h->min, h->max);
    return RQ_OK;
}

static rq_status take_value(rq_stats_entry *e, reader *r)
{
    rq_stats_value *v = &e->value;
    head h;
    RQ_TRY(take(&h, r, 1, sizeof h));
    RQ_TRY(take_images(v, r, (size_t)h.n_images));
    v->count = h.count;
    v->nan_count = h.nan_count;
    v->inf_count = h.inf_count;
    RQ_TRY(take(v->channel_min, r, v->n_channels, sizeof(float)));
    RQ_TRY(take(v->channel_max, r, v->n_channels, sizeof(float)));
    RQ_TRY(take(e->finite, r, v->n_channels, sizeof *e->finite));
    RQ_TRY(take(e->sum, r, v->n_channels, sizeof *e->sum));
    RQ_TRY(take(e->square, r, v->n_channels, sizeof *e->square));
    return take_histogram(v->histogram, r, &h);
}

static rq_status unpack(rq_stats *part, const void *data, size_t bytes)
{
    reader r = {data, bytes};
    for (size_t i = 0; i < part->n; i++) RQ_TRY(take_value(part->entries[i], &r));
    return r.left ? rq_fail(RQ_EFORMAT, "packed statistics: %zu bytes too many", r.left) : RQ_OK;
}

rq_status rq_stats_unpack(rq_stats *into, const void *data, size_t bytes)
{
    rq_stats *part;
    RQ_TRY(rq_stats_create_alike(&part, into));
    rq_status status = unpack(part, data, bytes);
    if (status == RQ_OK) status = rq_stats_append(into, part, "packed statistics");
    rq_stats_destroy(&part);
    return status;
}
