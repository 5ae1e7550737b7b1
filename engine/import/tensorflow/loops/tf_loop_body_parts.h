/* A loop's node while it is made: its body is mapped, again with other shapes where they change
 * from trip to trip, and then becomes a Loop, a TensorIterator or a sequence. Private to
 * tf_loop_*.c; all report failures in the outer builder's status. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_LOOP_BODY_PARTS_H
#define RQ_IMPORT_TENSORFLOW_TF_LOOP_BODY_PARTS_H

#include "engine/import/subgraph.h"
#include "engine/import/tensorflow/loops/tf_loop_body.h"

/* A state's value in the body. */
typedef struct rq_tf_loop_slot {
    rq_id first;                           /* in the graph around: what it begins as */
    rq_shape shape[RQ_IR_BUILDER_SAMPLES]; /* in the body, for either sample */
    bool wide[RQ_MAX_RANK];                /* dimensions that change */
    bool carried;                          /* by a back edge */
    bool read;                             /* in the body */
    rq_id parameter, next;                 /* in the body */
} rq_tf_loop_slot;

/* A read of a list, element by element: the node slices it. */
typedef struct rq_tf_loop_slice {
    const rq_framework_node *node;
    rq_id list;    /* in the graph around, from the first element read to the last */
    rq_id element; /* in the body */
    bool backwards;
} rq_tf_loop_slice;

typedef struct rq_tf_loop_emission {
    rq_tf_loop *l;
    rq_framework_model body; /* without the reads that are slices */
    rq_tf_loop_slot *slots;  /* per state */
    rq_tf_loop_slice *slices;
    size_t n_slices;
    rq_subgraph_map m;
    rq_node *node;
    bool sliced; /* how often it runs, slices tell: a TensorIterator */
    rq_id go_on; /* in the graph around */
    rq_id trip;  /* in the body: number of the trip; RQ_NONE: nobody reads it */
} rq_tf_loop_emission;

/* -- what is needed -------------------------------------------------------------------------- */

/* Carried from trip to trip: not what the trip's number tells, nor a list that only grows. */
bool rq_tf_loop_is_carried(const rq_tf_loop *loop, const rq_tf_state *state);
/* `all`: counters and what only the condition reads, too. */
bool rq_tf_loop_is_needed(const rq_tf_loop *loop, const rq_tf_state *state, bool all);
/* State k is a list that an output needs. */
bool rq_tf_loop_is_list(const rq_tf_loop *loop, size_t k);
/* The value of the body that becomes the state, of a list the element that is written. */
const char *rq_tf_loop_next(const rq_tf_state *state);
/* A list that is written from its end. */
bool rq_tf_loop_writes_backwards(const rq_tf_loop *loop, const rq_tf_state *state);
/* The names of all that the body's outputs are computed from; the caller destroys *seen, even
 * after a failure. */
rq_status rq_tf_loop_find_read(rq_map **seen, const rq_framework_model *body);

/* -- its parts, in the order of their use ---------------------------------------------------- */

/* Nodes that only read slices are taken out of the body. */
void rq_tf_loop_take_slices(rq_tf_loop_emission *e);
void rq_tf_loop_open_slots(rq_tf_loop_emission *e);
/* Parameters of the body that has begun. */
void rq_tf_loop_state_parameters(rq_tf_loop_emission *e);
void rq_tf_loop_slice_parameters(rq_tf_loop_emission *e);
/* Of the body that is mapped: false when all states have the shapes that they came in with, else
 * the slots have others. */
bool rq_tf_loop_find_changes(rq_tf_loop_emission *e);
/* The mapped body is not used. */
void rq_tf_loop_discard(rq_tf_loop_emission *e);
/* False when it is no recurrent layer; else out->outputs are the sequence's, and the body is
 * discarded: the node is left to those that nothing reads. */
bool rq_tf_loop_find_sequence(rq_tf_loop_node *out, rq_tf_loop_emission *e);
/* False when it does not map a body that can be computed of all elements at once; else out->outputs
 * are those, and the body is discarded. */
bool rq_tf_loop_find_batch(rq_tf_loop_node *out, rq_tf_loop_emission *e);
/* The node's results and outputs. */
void rq_tf_loop_finish(rq_tf_loop_node *out, rq_tf_loop_emission *e);

#endif
