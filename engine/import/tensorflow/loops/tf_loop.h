/* What is known of a While before it is mapped: which of its states are live, which count, which
 * only collect a list, and how often it runs. Private to tf_*.c. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_LOOP_H
#define RQ_IMPORT_TENSORFLOW_TF_LOOP_H

#include "engine/import/tensorflow/loops/tf_list.h"

typedef struct rq_tf_state {
    const char *first;              /* what it begins as, of the outer graph */
    const char *cond;               /* its name in the condition, */
    const char *body;               /* in the body, */
    const char *result;             /* and what the body makes of it */
    bool fixed;                     /* the body hands it on as it is */
    bool live;                      /* an output needs it, or the condition */
    bool tested;                    /* the condition reads it */
    bool wanted;                    /* the node's output is read */
    int64_t step;                   /* it counts by so much; 0: it does not */
    const rq_framework_node *write; /* it is a list that each iteration adds this element to */
    const rq_tf_list_op *op;        /* of `write` */
    uint32_t counter;               /* state that is the element's index; RQ_NONE: pushed */
    bool last;                      /* a list of one element, which the last trip leaves */
} rq_tf_state;

typedef struct rq_tf_loop {
    rq_ir_builder *b; /* of the graph around the loop */
    const rq_framework_model *cond, *body;
    rq_map *in_cond, *in_body;         /* value -> node that gives it */
    rq_map *cond_states, *body_states; /* value -> state, of those that change */
    rq_map *readers;                   /* value of the body -> how often it is read */
    rq_tf_state *states;
    size_t n_states;
    rq_id trips; /* how often it runs, i64; RQ_NONE: its condition tells */
} rq_tf_loop;

/* Of b->node, a While with cond and body. To be closed even after a failure. */
rq_status rq_tf_loop_open(rq_tf_loop *loop, rq_ir_builder *b);
void rq_tf_loop_close(rq_tf_loop *loop);

/* Emits how often it runs, where that can be told, into loop->trips. */
void rq_tf_loop_count(rq_tf_loop *loop);

/* Least value of the counter in a loop of so many trips: an i64 scalar. */
rq_id rq_tf_loop_begin(const rq_tf_loop *loop, uint32_t counter, rq_id trips);

/* Nodes by the values that they give. */
rq_status rq_tf_loop_index(rq_map **out, const rq_framework_model *model);
/* Past nodes that only pass a value on. */
const char *rq_tf_loop_source(const rq_framework_model *model, const rq_map *producers,
                              const char *name);
/* State whose value in the body (or the condition) that is; RQ_NONE: none. */
uint32_t rq_tf_loop_state(const rq_tf_loop *loop, const char *name, bool in_cond);
/* Something that the loop does not change: a constant, or of the outer graph. */
bool rq_tf_loop_is_outer(const rq_tf_loop *loop, const char *name, bool in_cond);
/* Adds the names of all values that `name` is computed from, itself and outer ones included. */
rq_status rq_tf_loop_needs(const rq_framework_model *model, const rq_map *producers,
                           const char *name, rq_map *seen);

#endif
