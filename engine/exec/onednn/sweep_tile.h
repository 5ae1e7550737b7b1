/* The inside of a sweep: a few numbers that stay in the cache. */
#ifndef RQ_EXEC_ONEDNN_SWEEP_TILE_H
#define RQ_EXEC_ONEDNN_SWEEP_TILE_H

#include "engine/exec/onednn/sweep_ops.h"

#define RQ_SWEEP_TILE 1024 /* numbers, at most */

typedef struct rq_sweep_tile {
    const rq_sweep *sweep;
    void *out;
    const void *in;
    const void *operands[RQ_SWEEP_MAX_OPS]; /* a number for each of the tile's, or codes */
    size_t n;
} rq_sweep_tile;

bool rq_sweep_knows(rq_dnn_eltwise_kind eltwise);

/* With the best instructions that the CPU has, the same bits with any. */
void rq_sweep_tile_run(const rq_sweep_tile *tile);

#endif
