/* Open addressing with linear probing, at most half full. */
#include "engine/base/map.h"

#include "engine/base/hash.h"
#include "engine/base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 32

#define IN_USE 0x80000000u /* set in every hash; 0 is a free slot */

typedef struct key {
    const void *data; /* NULL: the number `size` */
    uint64_t size;
} key;

typedef struct slot {
    key key;
    uint32_t hash, id;
} slot;

struct rq_map {
    slot *slots;
    size_t n_slots, used; /* n_slots is a power of two */
};

rq_status rq_map_create(rq_map **out)
{
    rq_map *map;
    *out = NULL;
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

static uint32_t hash_of(const key *k)
{
    uint64_t hash = k->data ? rq_hash64(k->data, k->size) : rq_hash64(&k->size, sizeof k->size);
    return (uint32_t)hash | IN_USE;
}

static bool is_same(const key *a, const key *b)
{
    if (a->size != b->size || !a->data != !b->data) return false;
    return !a->data || memcmp(a->data, b->data, a->size) == 0;
}

/* The slot that has the key, or the free one where it belongs. */
static slot *find(slot *slots, size_t n_slots, const key *k, uint32_t hash)
{
    for (size_t i = hash & (n_slots - 1);; i = (i + 1) & (n_slots - 1)) {
        slot *s = &slots[i];
        if (!s->hash || (s->hash == hash && is_same(&s->key, k))) return s;
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
        if (s->hash) *find(slots, n_slots, &s->key, s->hash) = *s;
    }
    free(map->slots);
    map->slots = slots;
    map->n_slots = n_slots;
    return RQ_OK;
}

/* *out is the slot of the key; new ones have `id`. */
static rq_status add(slot **out, rq_map *map, key k, uint32_t id)
{
    uint32_t hash = hash_of(&k);
    slot *s = find(map->slots, map->n_slots, &k, hash);
    if (!s->hash && 2 * (map->used + 1) > map->n_slots) {
        RQ_TRY(grow(map));
        s = find(map->slots, map->n_slots, &k, hash);
    }
    if (!s->hash) {
        *s = (slot){k, hash, id};
        map->used++;
    }
    *out = s;
    return RQ_OK;
}

static rq_status add_once(uint32_t *found, rq_map *map, key k, uint32_t id)
{
    slot *s;
    RQ_TRY(add(&s, map, k, id));
    *found = s->id;
    return RQ_OK;
}

static uint32_t get(const rq_map *map, key k)
{
    const slot *s = find(map->slots, map->n_slots, &k, hash_of(&k));
    return s->hash ? s->id : RQ_NONE;
}

rq_status rq_map_put(rq_map *map, const char *text, uint32_t id)
{
    slot *s;
    RQ_TRY(add(&s, map, (key){text, strlen(text)}, id));
    s->id = id;
    return RQ_OK;
}

rq_status rq_map_add_bytes(uint32_t *found, rq_map *map, const void *data, size_t size, uint32_t id)
{
    return add_once(found, map, (key){data, size}, id);
}

rq_status rq_map_add_number(uint32_t *found, rq_map *map, uint64_t number, uint32_t id)
{
    return add_once(found, map, (key){NULL, number}, id);
}

uint32_t rq_map_get(const rq_map *map, const char *text)
{
    return get(map, (key){text, strlen(text)});
}

uint32_t rq_map_get_bytes(const rq_map *map, const void *data, size_t size)
{
    return get(map, (key){data, size});
}

uint32_t rq_map_get_number(const rq_map *map, uint64_t number)
{
    return get(map, (key){NULL, number});
}
