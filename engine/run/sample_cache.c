#include "engine/run/sample_cache.h"

#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "engine/base/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry {
    rq_view view;
    int width, height, channels;
    uint8_t *pixels;
} entry;

struct rq_sample_cache {
    pthread_mutex_t mutex; /* of all below; pixels do not change once they are listed */
    rq_arena *arena;       /* of keys */
    rq_map *index;         /* key -> index in entries */
    entry *entries;
    size_t n, capacity;
    size_t bytes, most;
};

rq_status rq_sample_cache_create(rq_sample_cache **out, size_t bytes)
{
    rq_sample_cache *c;
    RQ_TRY(rq_calloc(&c, 1, sizeof *c, "a cache of images"));
    c->most = bytes;
    pthread_mutex_init(&c->mutex, NULL);
    rq_status status = rq_arena_create(&c->arena);
    if (status == RQ_OK) status = rq_map_create(&c->index);
    if (status != RQ_OK) rq_sample_cache_destroy(&c);
    *out = c;
    return status;
}

void rq_sample_cache_destroy(rq_sample_cache **cache)
{
    rq_sample_cache *c = cache ? *cache : NULL;
    if (!c) return;
    for (size_t i = 0; i < c->n; i++) free(c->entries[i].pixels);
    free(c->entries);
    rq_map_destroy(&c->index);
    rq_arena_destroy(&c->arena);
    pthread_mutex_destroy(&c->mutex);
    free(c);
    *cache = NULL;
}

/* The file, and what its pixels depend on: mean and scale come later. */
static rq_status make_key(rq_buf *key, const rq_image_plan *plan, const char *path)
{
    rq_image_plan pixels = *plan;
    pixels.settled.n_mean = pixels.settled.n_scale = 0;
    rq_preprocess_describe(&pixels, key);
    rq_buf_printf(key, " %s", path);
    return key->failed ? rq_fail_memory(key->length, "a key") : RQ_OK;
}

static bool find(entry *out, rq_sample_cache *c, const char *key)
{
    pthread_mutex_lock(&c->mutex);
    uint32_t at = rq_map_get(c->index, key);
    if (at != RQ_NONE) *out = c->entries[at];
    pthread_mutex_unlock(&c->mutex);
    return at != RQ_NONE;
}

static rq_status copy_out(rq_loader_scratch *scratch, const entry *e)
{
    RQ_TRY(rq_image_reserve(&scratch->resized, e->width, e->height, e->channels));
    memcpy(scratch->resized.pixels, e->pixels, rq_image_stride(&scratch->resized) * e->height);
    scratch->view = e->view;
    return RQ_OK;
}

/* With the mutex held. Another thread may have listed the same image meanwhile. */
static rq_status list(rq_sample_cache *c, const char *key, const entry *e)
{
    if (c->n == RQ_NONE - 1 || rq_map_get(c->index, key) != RQ_NONE) return RQ_EARG;
    RQ_TRY(rq_grow(&c->entries, &c->capacity, c->n, sizeof *c->entries, "images"));
    const char *kept = rq_arena_strdup(c->arena, key);
    if (!kept) return RQ_ENOMEM;
    RQ_TRY(rq_map_put(c->index, kept, (uint32_t)c->n));
    c->entries[c->n++] = *e;
    return RQ_OK;
}

static bool take_room(rq_sample_cache *c, size_t bytes)
{
    pthread_mutex_lock(&c->mutex);
    bool fits = bytes <= c->most - c->bytes;
    if (fits) c->bytes += bytes;
    pthread_mutex_unlock(&c->mutex);
    return fits;
}

/* An image for which there is no memory is decoded again next time. */
static void add(rq_sample_cache *c, const char *key, const rq_loader_scratch *scratch)
{
    const rq_image *image = &scratch->resized;
    size_t bytes = rq_image_stride(image) * (size_t)image->height;
    entry e = {scratch->view, image->width, image->height, image->channels, NULL};
    if (!take_room(c, bytes)) return;
    e.pixels = malloc(bytes);
    if (e.pixels) memcpy(e.pixels, image->pixels, bytes);
    pthread_mutex_lock(&c->mutex);
    if (!e.pixels || list(c, key, &e) != RQ_OK) {
        free(e.pixels);
        c->bytes -= bytes;
    }
    pthread_mutex_unlock(&c->mutex);
}

rq_status rq_sample_cache_load(rq_sample_cache *cache, bool keep, const rq_image_plan *plan,
                               const char *path, rq_loader_scratch *scratch)
{
    entry found;
    rq_buf key = {0};
    if (!cache) return rq_load_pixels(plan, path, scratch);
    rq_status status = make_key(&key, plan, path);
    if (status == RQ_OK && find(&found, cache, key.data)) {
        status = copy_out(scratch, &found);
    } else if (status == RQ_OK) {
        status = rq_load_pixels(plan, path, scratch);
        if (status == RQ_OK && keep) add(cache, key.data, scratch);
    }
    rq_buf_free(&key);
    return status;
}
