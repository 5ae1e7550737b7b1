/* What the reader and the graph's own files share. Private to engine/ir. */
#ifndef RQ_IR_GRAPH_BUILD_H
#define RQ_IR_GRAPH_BUILD_H

#include "engine/ir/graph.h"

/* A node without a name, its inputs unconnected, port ids counted from 0, inputs first. It is the
 * last of `graph`. */
rq_status rq_graph_new_node(rq_node **out, rq_graph *graph, uint32_t n_in, uint32_t n_out);

/* Removes a node whatever uses it. */
void rq_graph_drop_node(rq_graph *graph, rq_node *node);

/* Node ids in the order of the file. A producer that stands behind its consumer comes right before
 * it: any such producer, or, with `made_only`, one made by requant (layer_id -1). Without
 * `made_only` this is a topological order, and a cycle is RQ_EFORMAT. *order is malloc'd. */
rq_status rq_graph_order(rq_id **order, size_t *n, const rq_graph *graph, bool made_only);

/* What the bytes of a constant are aligned to, in memory and in the file: its element, and for
 * strings the 32-bit lengths before them. */
static inline size_t rq_ir_alignment(rq_dtype dtype)
{
    unsigned bits = rq_dtype_bits(dtype);
    return bits >= 8 ? bits / 8 : dtype == RQ_DT_STRING ? 4 : 1;
}

#endif
