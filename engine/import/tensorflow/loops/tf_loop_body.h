/* A While's body as the body of a Loop. Private to tf_*.c. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_LOOP_BODY_H
#define RQ_IMPORT_TENSORFLOW_TF_LOOP_BODY_H

#include "engine/import/tensorflow/loops/tf_loop.h"

typedef struct rq_tf_loop_node {
    /* Per state, in the graph around the loop; RQ_NONE: it has none. Of a list: what the loop
     * wrote, in the order of the indices, or the last that it wrote. */
    rq_id *outputs;
} rq_tf_loop_node;

/* The body's nodes, and as its outputs what live states need of it: the next values of states, of
 * lists the elements. `all`: of counters and of what only the condition reads, too. */
bool rq_tf_loop_body(rq_framework_model *out, const rq_tf_loop *loop, bool all);
/* How many nodes of the body live states need. */
size_t rq_tf_loop_body_size(const rq_tf_loop *loop);
/* Loops inside of loops are mapped more than once: the fold budget bounds what that makes. False
 * and a failure when it is spent. */
bool rq_tf_loop_spend(rq_ir_builder *b, const rq_framework_model *body);
/* Emits the Loop, or the sequence that it is: nothing else with `only_sequence`, and false when it
 * is none. */
bool rq_tf_loop_emit(rq_tf_loop_node *out, rq_tf_loop *loop, bool only_sequence);

#endif
