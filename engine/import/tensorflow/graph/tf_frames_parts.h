/* A loop of TensorFlow 1 that becomes a While. Private to tf_frames*.c. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_FRAMES_PARTS_H
#define RQ_IMPORT_TENSORFLOW_TF_FRAMES_PARTS_H

#include "engine/import/tensorflow/graph/tf_graph.h"

#define RQ_TF_FRAME_STEPS                                                                          \
    ((size_t)1 << 26) /* over all walks: damaged files may have many loops                         \
                       */

/* Nodes of a state. */
typedef struct rq_tf_frame_state {
    uint32_t enter, merge, turn, next; /* turn: the Switch; RQ_NONE: the body does not read it */
} rq_tf_frame_state;

/* How a walk sees a node; BOUND: it depends on the loop's states. */
enum { RQ_TF_FRAME_UNSEEN, RQ_TF_FRAME_OPEN, RQ_TF_FRAME_FREE, RQ_TF_FRAME_BOUND };

typedef struct rq_tf_frame {
    rq_tf_graph *graph;
    uint32_t *loop_of; /* per Switch and its Merge: the LoopCond; RQ_NONE */
    uint32_t *last;    /* per LoopCond: its last Switch; per Switch: the one before; RQ_NONE */
    uint32_t *exits;   /* per Switch: an Exit that reads it; per Exit: another; RQ_NONE */
    uint32_t *enters;  /* of the loop being made: those that its nodes read */
    uint8_t *seen;
    uint32_t *touched; /* nodes seen */
    rq_tf_port *stack; /* .output: the next input to look at */
    rq_tf_frame_state *states;
    size_t n_touched, cap_touched, depth, cap_stack, n_states, cap_states, steps;
    size_t n_enters, cap_enters;
    uint32_t cond; /* LoopCond of the loop being walked */
    bool in_body, lost;
} rq_tf_frame;

/* Enter and NextIteration of a loop's Merge, in either order; false when it is none. */
bool rq_tf_frame_ends(rq_tf_frame_state *out, const rq_tf_graph *graph, uint32_t merge);
/* `turn`: its Switch; RQ_NONE: none. Sets f->lost when it is no state, or another loop's. */
rq_status rq_tf_frame_add_state(rq_tf_frame *f, uint32_t merge, uint32_t turn);

/* Marks in f->seen all that `start` depends on, up to the loop's states and what is outside; finds
 * states that only the condition reads. f->lost: it led into another loop, or nowhere. */
rq_status rq_tf_frame_walk(rq_tf_frame *f, rq_tf_port start);
/* The same from what all states become. */
rq_status rq_tf_frame_walk_body(rq_tf_frame *f);
/* Nothing is seen any more. */
void rq_tf_frame_forget(rq_tf_frame *f);

/* Of a loop whose walks have found their ends. */
rq_status rq_tf_frame_take_loop(bool *converted, rq_tf_frame *f);

#endif
