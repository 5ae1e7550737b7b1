/* A hash map from string to 32-bit id. Keys are borrowed and must outlive the map. */
#ifndef RQ_BASE_MAP_H
#define RQ_BASE_MAP_H

#include "engine/base/status.h"

#include <stdint.h>

#define RQ_NONE UINT32_MAX

typedef struct rq_map rq_map;

rq_status rq_map_create(rq_map **out);
void rq_map_destroy(rq_map **map);
/* Adds or replaces. */
rq_status rq_map_put(rq_map *map, const char *key, uint32_t id);
/* RQ_NONE when absent. */
uint32_t rq_map_get(const rq_map *map, const char *key);

#endif
