/* The parts of binding, for bind*.c only. */
#ifndef RQ_OPS_BIND_PARTS_H
#define RQ_OPS_BIND_PARTS_H

#include "engine/ops/bind.h"

typedef struct rq_binder {
    rq_bound *bound;
    const rq_bound *base; /* NULL, or what fixed values are taken from */
    bool *is_taken;       /* by node id: from base; NULL without one */
    const rq_input_shape *shapes;
    size_t n_shapes;
    rq_tensor *in, *out; /* room for the widest node */
} rq_binder;

/* RQ_EUNSUPPORTED with all layers of the graph and its bodies that have no operator. */
rq_status rq_check_operators(const rq_graph *graph);
/* Fills b->is_taken, of the nodes of b->bound in its order: what reads a value that base dropped is
 * taken itself. */
rq_status rq_bind_find_taken(rq_binder *b);
/* Attributes, shapes and constants of one node, whose inputs are bound already. */
rq_status rq_bind_node(rq_binder *b, const rq_node *node);

#endif
