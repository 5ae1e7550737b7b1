#include "datasets/bad_images.h"

#include "engine/base/arena.h"
#include "engine/base/mem.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

struct rq_bad_images {
    pthread_mutex_t lock;
    rq_arena *arena;
    rq_bad_image *images;
    size_t n, capacity;
};

rq_status rq_bad_images_create(rq_bad_images **out)
{
    rq_bad_images *bad;
    RQ_TRY(rq_calloc(&bad, 1, sizeof *bad, "a list of bad images"));
    rq_status status = rq_arena_create(&bad->arena);
    if (status != RQ_OK) {
        free(bad);
        return status;
    }
    pthread_mutex_init(&bad->lock, NULL);
    *out = bad;
    return RQ_OK;
}

void rq_bad_images_destroy(rq_bad_images **bad)
{
    if (!bad || !*bad) return;
    pthread_mutex_destroy(&(*bad)->lock);
    rq_arena_destroy(&(*bad)->arena);
    free((*bad)->images);
    free(*bad);
    *bad = NULL;
}

static rq_status add_locked(rq_bad_images *bad, size_t index, const char *name, const char *reason)
{
    for (size_t i = 0; i < bad->n; i++)
        if (bad->images[i].index == index) return RQ_OK;
    RQ_TRY(
        rq_grow(&bad->images, &bad->capacity, bad->n, sizeof *bad->images, "a list of bad images"));
    rq_bad_image image = {index, rq_arena_strdup(bad->arena, name),
                          rq_arena_strdup(bad->arena, reason)};
    if (!image.name || !image.reason) return RQ_ENOMEM;
    bad->images[bad->n++] = image;
    return RQ_OK;
}

rq_status rq_bad_images_add(rq_bad_images *bad, size_t index, const char *name, const char *reason)
{
    pthread_mutex_lock(&bad->lock);
    rq_status status = add_locked(bad, index, name, reason);
    pthread_mutex_unlock(&bad->lock);
    return status;
}

const char *rq_bad_images_reason(rq_bad_images *bad, size_t index)
{
    const char *reason = "";
    pthread_mutex_lock(&bad->lock);
    for (size_t i = 0; i < bad->n; i++)
        if (bad->images[i].index == index) reason = bad->images[i].reason;
    pthread_mutex_unlock(&bad->lock);
    return reason;
}

static int by_index(const void *a, const void *b)
{
    size_t x = ((const rq_bad_image *)a)->index, y = ((const rq_bad_image *)b)->index;
    return x < y ? -1 : x > y;
}

const rq_bad_image *rq_bad_images_get(rq_bad_images *bad, size_t *n)
{
    if (bad->n) qsort(bad->images, bad->n, sizeof *bad->images, by_index);
    *n = bad->n;
    return bad->images;
}

bool rq_bad_images_tolerated(size_t n, size_t total, double max_fraction)
{
    if (n == 0 || isinf(max_fraction)) return true;
    return n < total && (double)n <= max_fraction * (double)total;
}

#define TOO_MANY "%zu of %zu images cannot be used (%.4g %% are allowed, see --max-bad)"

rq_status rq_bad_images_check_count(size_t n, size_t total, double max_fraction)
{
    if (rq_bad_images_tolerated(n, total, max_fraction)) return RQ_OK;
    return rq_fail(RQ_EFORMAT, TOO_MANY, n, total, 100.0 * max_fraction);
}

rq_status rq_bad_images_check(rq_bad_images *bad, size_t total, double max_fraction)
{
    size_t n;
    const rq_bad_image *images = rq_bad_images_get(bad, &n);
    if (rq_bad_images_tolerated(n, total, max_fraction)) return RQ_OK;
    return rq_fail(RQ_EFORMAT, TOO_MANY "; the first is %s: %s", n, total, 100.0 * max_fraction,
                   images[0].name, images[0].reason);
}
