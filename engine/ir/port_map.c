/* Open addressing with linear probing, at most half full. */
#include "engine/ir/port_map.h"

#include "engine/base/map.h" /* RQ_NONE */
#include "engine/base/mem.h"

#include <stdlib.h>

rq_status rq_port_map_create(rq_port_map *map, size_t n)
{
    size_t slots = 16, wanted;
    if (!rq_mul_size(&wanted, n, 2)) return rq_fail_memory(SIZE_MAX, "a map of ports");
    while (slots < wanted) slots *= 2;
    map->mask = slots - 1;
    return rq_calloc(&map->slots, slots, sizeof *map->slots, "a map of ports");
}

void rq_port_map_free(rq_port_map *map)
{
    free(map->slots);
    *map = (rq_port_map){0};
}

/* Layer and port ids are below 2^31: a key is one word, mixed as by splitmix64 (Vigna, 2015). */
static size_t hash_of(rq_port_side side, int64_t layer, uint32_t port)
{
    uint64_t x = (uint64_t)layer << 33 ^ (uint64_t)port << 2 ^ (uint64_t)side;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (size_t)(x ^ (x >> 31));
}

/* The slot that has the key, or the free one where it belongs. */
static rq_port_slot *find(const rq_port_map *map, rq_port_side side, int64_t layer, uint32_t port)
{
    for (size_t i = hash_of(side, layer, port);; i++) {
        rq_port_slot *slot = &map->slots[i & map->mask];
        if (!slot->used) return slot;
        if (slot->layer == layer && slot->port == port && slot->side == side) return slot;
    }
}

bool rq_port_map_add(rq_port_map *map, rq_port_side side, int64_t layer, uint32_t port,
                     uint32_t index)
{
    rq_port_slot *slot = find(map, side, layer, port);
    if (slot->used) return false;
    *slot = (rq_port_slot){layer, port, index, side, true};
    return true;
}

uint32_t rq_port_map_get(const rq_port_map *map, rq_port_side side, int64_t layer, uint32_t port)
{
    const rq_port_slot *slot = find(map, side, layer, port);
    return slot->used ? slot->index : RQ_NONE;
}
