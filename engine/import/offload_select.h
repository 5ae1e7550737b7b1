/* Which nodes of a framework's model belong to a part that is offloaded. Private to offload*.c. */
#ifndef RQ_IMPORT_OFFLOAD_SELECT_H
#define RQ_IMPORT_OFFLOAD_SELECT_H

#include "engine/import/framework_edges.h"

typedef struct rq_offload_graph {
    const rq_framework_model *source;
    rq_map *producers; /* value -> node */
    rq_framework_edges edges;
    bool *from_inputs; /* by node: it depends on an input of the model */
    bool *in_loop;     /* by node: inside a loop of TensorFlow, whose values nobody can fetch */
} rq_offload_graph;

rq_status rq_offload_graph_open(rq_offload_graph *g, const rq_framework_model *source);
void rq_offload_graph_close(rq_offload_graph *g);

/* Marks the part's nodes, by node, in `part`, which is zeroed; RQ_EARG where there are none. `text`
 * is the user's, without the framework's word. */
rq_status rq_offload_select(bool *part, const rq_offload_graph *g, const char *text);

#endif
