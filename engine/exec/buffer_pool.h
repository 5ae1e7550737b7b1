/* Offsets into one workspace, taken and given back: best fit over a free list. */
#ifndef RQ_EXEC_BUFFER_POOL_H
#define RQ_EXEC_BUFFER_POOL_H

#include "engine/base/mem.h"

typedef struct rq_pool_block {
    size_t offset, bytes;
} rq_pool_block;

/* Free memory below `end`, sorted by offset, no two blocks adjacent. Zero-initialised. */
typedef struct rq_buffer_pool {
    rq_pool_block *blocks;
    size_t n, capacity;
    size_t end; /* bytes of the workspace so far */
} rq_buffer_pool;

size_t rq_pool_take(rq_buffer_pool *pool, size_t bytes);
rq_status rq_pool_give(rq_buffer_pool *pool, size_t offset, size_t bytes);
void rq_pool_free(rq_buffer_pool *pool);

#endif
