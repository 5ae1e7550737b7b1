/* Images with channels last become dense, and the other way round: matrices that are turned.
 * oneDNN's reorders take several times as long where rows are some power of two apart. Private to
 * engine/exec/onednn. */
#ifndef RQ_EXEC_ONEDNN_TURN_H
#define RQ_EXEC_ONEDNN_TURN_H

#include "engine/exec/onednn/dnnl.h"

/* [matrices, rows, columns] of 4 bytes becomes [matrices, columns, rows]. */
typedef struct rq_turn {
    size_t matrices, rows, columns;
} rq_turn;

/* Whether this is all that lies between two layouts. */
bool rq_turn_between(rq_turn *out, const rq_dnn_layout *from, const rq_dnn_layout *to);
void rq_turn_run(const rq_turn *turn, unsigned threads, void *out, const void *in);

#endif
