/* The .bin while it is written: equal constants share bytes. Private to engine/ir. */
#ifndef RQ_IR_IR_BIN_H
#define RQ_IR_IR_BIN_H

#include "engine/base/file.h"
#include "engine/base/map.h"

typedef struct rq_ir_bin_block {
    size_t offset;
    uint32_t next; /* the block of the same bytes, elsewhere aligned; RQ_NONE: there is none */
} rq_ir_bin_block;

typedef struct rq_ir_bin {
    rq_writer *writer;
    size_t size;     /* bytes so far */
    rq_map *by_data; /* bytes -> the first block of them; NULL: none yet */
    rq_ir_bin_block *blocks;
    size_t n_blocks, capacity;
} rq_ir_bin;

/* Writes `data`, or finds the same bytes at an offset that fits. `data` must live as long as the
 * bin. Alignment in bytes. */
rq_status rq_ir_bin_put(size_t *offset, rq_ir_bin *bin, const void *data, size_t size,
                        size_t alignment);
void rq_ir_bin_free(rq_ir_bin *bin); /* the table; the writer is the caller's */

#endif
