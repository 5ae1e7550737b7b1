/* A hash map to 32-bit ids. Keys are strings, bytes or numbers; strings are the bytes before their
 * zero, numbers never equal them. Bytes are borrowed, not NULL, and
 * must outlive the map. */
#ifndef RQ_BASE_MAP_H
#define RQ_BASE_MAP_H

#include "engine/base/status.h"

#include <stddef.h>
#include <stdint.h>

#define RQ_NONE UINT32_MAX

typedef struct rq_map rq_map;

rq_status rq_map_create(rq_map **out); /* NULL when it fails */
void rq_map_destroy(rq_map **map);     /* accepts NULL and *map == NULL */

/* Adds or replaces. */
rq_status rq_map_put(rq_map *map, const char *text, uint32_t id);
/* Adds unless the key is there already; *found is the id that the key has then. */
rq_status rq_map_add_bytes(uint32_t *found, rq_map *map, const void *data, size_t size,
                           uint32_t id);
rq_status rq_map_add_number(uint32_t *found, rq_map *map, uint64_t number, uint32_t id);
/* RQ_NONE when absent. */
uint32_t rq_map_get(const rq_map *map, const char *text);
uint32_t rq_map_get_bytes(const rq_map *map, const void *data, size_t size);
uint32_t rq_map_get_number(const rq_map *map, uint64_t number);

#endif
