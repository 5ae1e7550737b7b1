/* Which of a framework's nodes read which, and what lies between some of them. Sets of nodes are
 * arrays by node. */
#ifndef RQ_IMPORT_FRAMEWORK_EDGES_H
#define RQ_IMPORT_FRAMEWORK_EDGES_H

#include "engine/import/framework_model.h"

/* The edges of node i are to[first[i] .. first[i + 1]). */
typedef struct rq_node_edges {
    uint32_t *first, *to;
} rq_node_edges;

typedef struct rq_framework_edges {
    const rq_framework_model *source; /* as it was when they were listed */
    size_t n_nodes;
    rq_node_edges readers, read; /* forwards and backwards */
} rq_framework_edges;

typedef enum rq_edge_direction { RQ_EDGES_FORWARDS, RQ_EDGES_BACKWARDS } rq_edge_direction;

/* `producers`: value -> node. To be closed, after a failure, too. */
rq_status rq_framework_edges_open(rq_framework_edges *e, const rq_framework_model *source,
                                  const rq_map *producers);
void rq_framework_edges_close(rq_framework_edges *e);

/* Marks what is reached from the marked nodes, not beyond nodes of type `stop` (NULL: none). */
rq_status rq_framework_edges_reach(bool *marked, const rq_framework_edges *e,
                                   rq_edge_direction direction, const char *stop);
/* Marks what depends on an input of the model. */
rq_status rq_framework_edges_from_inputs(bool *marked, const rq_framework_edges *e);
/* What is reached from `begin` forwards and from `end` backwards, both included; `between` may be
 * either of them. */
rq_status rq_framework_edges_between(bool *between, const rq_framework_edges *e, const bool *begin,
                                     const bool *end);

#endif
