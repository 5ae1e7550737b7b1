/* Loops that are a recurrent layer: LSTMSequence, GRUSequence, RNNSequence. Private to tf_*.c. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_SEQUENCE_H
#define RQ_IMPORT_TENSORFLOW_TF_SEQUENCE_H

#include "engine/import/tensorflow/loops/tf_cell.h"

typedef struct rq_tf_sequence {
    rq_id outputs;  /* what each step gives, [T, N, S] in the order of the list */
    rq_id state[2]; /* the last values, in the order of steps->states, [N, S] */
    size_t h;       /* which of them the outputs are */
} rq_tf_sequence;

/* False, with nothing emitted that is used, when the body is no cell that the IR has. All items of
 * one that is are `outputs`. */
bool rq_tf_sequence_emit(rq_tf_sequence *out, const rq_tf_steps *steps);

#endif
