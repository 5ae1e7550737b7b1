/* A hash map from what an edge says (layer id, port id) to an index. Private to engine/ir. */
#ifndef RQ_IR_PORT_MAP_H
#define RQ_IR_PORT_MAP_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum rq_port_side { RQ_SIDE_LAYER, RQ_SIDE_IN, RQ_SIDE_OUT } rq_port_side;

typedef struct rq_port_slot {
    int64_t layer;
    uint32_t port, index;
    rq_port_side side;
    bool used;
} rq_port_slot;

typedef struct rq_port_map {
    rq_port_slot *slots;
    size_t mask;
} rq_port_map;

/* With room for n entries; {0} is a map that was not made. */
rq_status rq_port_map_create(rq_port_map *map, size_t n);
void rq_port_map_free(rq_port_map *map);
/* False when the key is there already. Port 0 for RQ_SIDE_LAYER. */
bool rq_port_map_add(rq_port_map *map, rq_port_side side, int64_t layer, uint32_t port,
                     uint32_t index);
/* RQ_NONE when absent. */
uint32_t rq_port_map_get(const rq_port_map *map, rq_port_side side, int64_t layer, uint32_t port);

#endif
