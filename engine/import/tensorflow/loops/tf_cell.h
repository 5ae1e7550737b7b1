/* Cells of recurrent layers, found in the body of a loop. Private to tf_*.c. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_CELL_H
#define RQ_IMPORT_TENSORFLOW_TF_CELL_H

#include "engine/import/tensorflow/loops/tf_affine.h"

typedef struct rq_tf_carried {
    rq_id first;           /* in the graph around: what the state begins as, [N, S] */
    rq_id parameter, next; /* in the body */
} rq_tf_carried;

/* A mapped body that steps through one list. */
typedef struct rq_tf_steps {
    rq_ir_builder *b; /* around the loop */
    rq_ir_builder *body;
    rq_id list;     /* around: [T, N, I] */
    rq_id element;  /* in the body: [N, I] */
    bool backwards; /* from the list's last element to its first */
    rq_id trip;     /* in the body: number of the step; RQ_NONE: nobody reads it */
    const rq_tf_carried *states;
    size_t n_states;
    const rq_id *items; /* in the body: what each step adds to lists */
    size_t n_items;
} rq_tf_steps;

#define RQ_TF_MAX_GATES 4

enum { RQ_TF_BASE_X, RQ_TF_BASE_H, RQ_TF_BASE_RESET }; /* of gates; the last is r * h */

typedef struct rq_tf_cell {
    const char *type;                    /* "LSTMSequence-5" */
    rq_tf_affine gates[RQ_TF_MAX_GATES]; /* in the IR's order; of matrices that are not there, 0 */
    int n_gates;
    bool linear_before_reset;
    rq_tf_affine recurrent; /* with it: the last gate's part of h */
    const char *activations[3];
    int n_activations;
    size_t hidden, input;
    size_t h, c;   /* which of the states is which; c of an LSTM */
    rq_id lengths; /* in the body: how many steps each of N has; RQ_NONE: all */
} rq_tf_cell;

bool rq_tf_cell_find(rq_tf_cell *out, const rq_tf_steps *steps);

#endif
