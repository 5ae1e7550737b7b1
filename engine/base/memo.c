#include "engine/base/memo.h"

#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "engine/base/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry {
    const void *value;
    size_t bytes;
} entry;

struct rq_memo {
    pthread_mutex_t mutex; /* of all below */
    rq_arena *arena;       /* keys and values */
    rq_map *places;        /* in the entries */
    entry *entries;
    size_t n, room;
};

rq_status rq_memo_create(rq_memo **out)
{
    rq_memo *memo;
    *out = NULL;
    RQ_TRY(rq_calloc(&memo, 1, sizeof *memo, "a memo"));
    pthread_mutex_init(&memo->mutex, NULL);
    rq_status status = rq_arena_create(&memo->arena);
    if (status == RQ_OK) status = rq_map_create(&memo->places);
    if (status != RQ_OK) rq_memo_destroy(&memo);
    *out = memo;
    return status;
}

void rq_memo_destroy(rq_memo **memo)
{
    if (!memo || !*memo) return;
    rq_map_destroy(&(*memo)->places);
    rq_arena_destroy(&(*memo)->arena);
    free((*memo)->entries);
    pthread_mutex_destroy(&(*memo)->mutex);
    free(*memo);
    *memo = NULL;
}

bool rq_memo_find(void *value, size_t bytes, rq_memo *memo, const char *digest)
{
    pthread_mutex_lock(&memo->mutex);
    uint32_t place = rq_map_get(memo->places, digest);
    bool found = place != RQ_NONE && memo->entries[place].bytes == bytes;
    if (found && bytes) memcpy(value, memo->entries[place].value, bytes);
    pthread_mutex_unlock(&memo->mutex);
    return found;
}

static rq_status add(rq_memo *memo, const char *digest, const void *value, size_t bytes)
{
    if (rq_map_get(memo->places, digest) != RQ_NONE) return RQ_OK;
    RQ_TRY(rq_grow(&memo->entries, &memo->room, memo->n, sizeof *memo->entries, "a memo"));
    const char *key = rq_arena_strdup(memo->arena, digest);
    void *copy = rq_arena_alloc(memo->arena, bytes, 1);
    if (!key || !copy) return RQ_ENOMEM;
    if (bytes) memcpy(copy, value, bytes);
    memo->entries[memo->n] = (entry){copy, bytes};
    return rq_map_put(memo->places, key, (uint32_t)memo->n++);
}

rq_status rq_memo_keep(rq_memo *memo, const char *digest, const void *value, size_t bytes)
{
    pthread_mutex_lock(&memo->mutex);
    rq_status status = add(memo, digest, value, bytes);
    pthread_mutex_unlock(&memo->mutex);
    return status;
}
