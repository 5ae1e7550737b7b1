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
    rq_uses uses;
} rq_binder;

/* Scales and zero points of weights, say: what folds to so many bytes is kept for those who look
 * behind a constant. */
#define RQ_SMALL_FOLDED 65536

/* RQ_EUNSUPPORTED with all layers of the graph and its bodies that have no operator. */
rq_status rq_check_operators(const rq_graph *graph);
/* Fills b->is_taken, of the nodes of b->bound in its order: what reads a value that base dropped is
 * taken itself. */
rq_status rq_bind_find_taken(rq_binder *b);
/* Attributes, shapes and constants of one node, whose inputs are bound already. */
rq_status rq_bind_node(rq_binder *b, const rq_node *node);
/* Whether a node of constants is left to rq_bound_fold: the Convert, the Subtract or the Multiply
 * of large weights. */
bool rq_bind_postpones(const rq_binder *b, const rq_node *node);
/* Frees the data of a folded value. */
void rq_bind_drop(rq_bound *bound, rq_id value);
/* The node's outputs, which the bound graph owns, from the inputs. */
rq_status rq_bind_compute(rq_bound *bound, const rq_node *node, const rq_tensor *in,
                          rq_tensor *out);

#endif
