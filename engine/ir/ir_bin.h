/* The .bin while it is written: equal constants share bytes. Private to engine/ir. */
#ifndef RQ_IR_IR_BIN_H
#define RQ_IR_IR_BIN_H

#include "engine/ir/graph.h"

typedef struct rq_ir_bin_block {
    const rq_node *constant; /* whose bytes they are */
    size_t offset;
    uint32_t next; /* the next block of this hash; RQ_NONE: there is none */
} rq_ir_bin_block;

typedef struct rq_ir_bin {
    rq_writer *writer;
    size_t size;     /* bytes so far */
    rq_map *by_hash; /* of bytes -> the first block of them; NULL: none yet */
    rq_ir_bin_block *blocks;
    size_t n_blocks, capacity;
} rq_ir_bin;

/* Writes the bytes of `constant`, piece by piece, or finds the same ones at an offset that fits.
 * It must live as long as the bin. Alignment in bytes. */
rq_status rq_ir_bin_put(size_t *offset, rq_ir_bin *bin, const rq_node *constant, size_t alignment);
void rq_ir_bin_free(rq_ir_bin *bin); /* the table; the writer is the caller's */

#endif
