/* Open addressing with linear probing, at most half full. */
#include "engine/base/map.h"
#include "engine/base/hash.h"
#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 32

typedef struct slot {
    const char *key; /* NULL: free */
    uint32_t hash, id;
} slot;

struct rq_map {
    slot *slots;
    size_t n_slots, used; /* n_slots is a power of two */
};

rq_status rq_map_create(rq_map **out)
{
    rq_map *map;
    RQ_TRY(rq_calloc(&map, 1, sizeof *map, "a map"));
    map->n_slots = FIRST_SLOTS;
    rq_status status = rq_calloc(&map->slots, map->n_slots, sizeof *map->slots, "a map");
    if (status != RQ_OK) {
        free(map);
        return status;
    }
    *out = map;
    return RQ_OK;
}

void rq_map_destroy(rq_map **map)
{
    if (!map || !*map) return;
    free((*map)->slots);
    free(*map);
    *map = NULL;
}

static uint32_t hash_of(const char *key)
{
    return (uint32_t)rq_hash64(key, strlen(key));
}

/* The slot that has the key, or the free one where it belongs. */
static slot *find(slot *slots, size_t n_slots, const char *key, uint32_t hash)
{
    for (size_t i = hash & (n_slots - 1);; i = (i + 1) & (n_slots - 1)) {
        slot *s = &slots[i];
        if (!s->key || (s->hash == hash && strcmp(s->key, key) == 0)) return s;
    }
}

static rq_status grow(rq_map *map)
{
    slot *slots;
    size_t n_slots;
    if (!rq_mul_size(&n_slots, map->n_slots, 2)) return rq_fail_memory(SIZE_MAX, "a map");
    RQ_TRY(rq_calloc(&slots, n_slots, sizeof *slots, "a map"));
    for (size_t i = 0; i < map->n_slots; i++) {
        const slot *s = &map->slots[i];
        if (s->key) *find(slots, n_slots, s->key, s->hash) = *s;
    }
    free(map->slots);
    map->slots = slots;
    map->n_slots = n_slots;
    return RQ_OK;
}

rq_status rq_map_put(rq_map *map, const char *key, uint32_t id)
{
    uint32_t hash = hash_of(key);
    slot *s = find(map->slots, map->n_slots, key, hash);
    if (s->key) {
        s->id = id;
        return RQ_OK;
    }
    if (2 * (map->used + 1) > map->n_slots) {
        RQ_TRY(grow(map));
        s = find(map->slots, map->n_slots, key, hash);
    }
    *s = (slot){key, hash, id};
    map->used++;
    return RQ_OK;
}

uint32_t rq_map_get(const rq_map *map, const char *key)
{
    const slot *s = find(map->slots, map->n_slots, key, hash_of(key));
    return s->key ? s->id : RQ_NONE;
}
