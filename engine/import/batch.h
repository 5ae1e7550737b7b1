/* A body's nodes for all elements of a batch at once: what a loop that maps its body over elements
 * can be without the loop. */
#ifndef RQ_IMPORT_BATCH_H
#define RQ_IMPORT_BATCH_H

#include "engine/import/ir_builder.h"

/* A value of the body in the graph around it: the same for all elements, or for all elements with
 * one axis more in front, or, where its own first axis is of size 1, with that axis for them.
 * RQ_NONE: not there (yet) in that form. */
typedef struct rq_batched {
    rq_id whole, front, lead;
} rq_batched;

typedef struct rq_batch {
    rq_ir_builder *b;    /* of the graph around: what is emitted goes there */
    rq_ir_builder *body; /* what is known of the body's values */
    rq_batched *values;  /* by the body's ids */
} rq_batch;

/* Emits the body's node for all elements, of inputs that have a form by then. False where there is
 * no such form, or where it cannot be told that it would be right. */
bool rq_batch_node(rq_batch *batch, const rq_node *node);

/* The value with the elements along an axis in front; RQ_NONE of one that is the same for all. */
rq_id rq_batch_front(rq_batch *batch, rq_id value);

#endif
