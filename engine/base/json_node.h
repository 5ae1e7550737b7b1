/* What a JSON value is in memory. Private to engine/base/json*.c. */
#ifndef RQ_BASE_JSON_NODE_H
#define RQ_BASE_JSON_NODE_H

#include "engine/base/json.h"
#include "engine/base/map.h"

typedef enum rq_json_type {
    JSON_IS_NULL,
    JSON_IS_BOOL,
    JSON_IS_INTEGER,
    JSON_IS_NUMBER,
    JSON_IS_STRING,
    JSON_IS_ARRAY,
    JSON_IS_OBJECT
} rq_json_type;

struct rq_json {
    rq_json_type type;
    bool broken; /* memory was short while this was built */
    union {
        bool boolean;
        int64_t integer;
        double number;
        char *string;
        struct {
            rq_json **items;
            char **keys;   /* objects only */
            rq_map *index; /* key -> position, in objects that grew large; else NULL */
            size_t n, items_capacity, keys_capacity;
        } list;
    } as;
};

#endif
