/* How many there are of each type of operator, for `requant show`. */
#ifndef RQ_CLI_SHOW_SHOW_TYPES_H
#define RQ_CLI_SHOW_SHOW_TYPES_H

#include "engine/base/formats/json.h"
#include "engine/cli/show/show.h"
#include "engine/ir/ir.h"

typedef struct rq_type_count {
    const char *type; /* borrowed */
    size_t n;
} rq_type_count;

typedef struct rq_type_counts {
    rq_type_count *v; /* the most frequent first, equal ones by name */
    size_t n;
} rq_type_counts;

/* types[n]: one of each thing to count. The list is in the arena. */
rq_status rq_types_count(rq_type_counts *out, const char *const *types, size_t n, rq_arena *arena);
/* Of a graph's nodes. */
rq_status rq_types_of_graph(rq_type_counts *out, const rq_graph *graph, rq_arena *arena);
void rq_show_types(rq_show *show, const rq_type_counts *types, const char *title,
                   const char *counted);
rq_json *rq_types_json(const rq_type_counts *types); /* {"Relu": 5, ...} */

#endif
