/* Which ids an input of a model may hold: those of the tables that it picks rows of. */
#ifndef RQ_RUN_ID_RANGE_H
#define RQ_RUN_ID_RANGE_H

#include "engine/ir/graph.h"

typedef struct rq_id_range {
    int64_t low, high;  /* both are allowed */
    const char *picker; /* the layer that picks the rows; NULL: any id is as good as another */
} rq_id_range;

/* Of a Parameter that is, converted and in another shape perhaps, the indices of a Gather out of a
 * constant: all the rows there are, from the end too where the layer counts so (Gather-8). Of
 * several tables, what all have. */
rq_id_range rq_id_range_find(const rq_graph *graph, const rq_node *parameter);

#endif
