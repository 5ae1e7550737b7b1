#include "engine/exec/buffer_pool.h"

#include <stdlib.h>
#include <string.h>

static rq_status list_insert(rq_buffer_pool *pool, size_t at, rq_pool_block b)
{
    RQ_TRY(rq_grow(&pool->blocks, &pool->capacity, pool->n, sizeof *pool->blocks, "a buffer plan"));
    memmove(pool->blocks + at + 1, pool->blocks + at, (pool->n - at) * sizeof b);
    pool->blocks[at] = b;
    pool->n++;
    return RQ_OK;
}

static void list_remove(rq_buffer_pool *pool, size_t at)
{
    pool->n--;
    memmove(pool->blocks + at, pool->blocks + at + 1, (pool->n - at) * sizeof *pool->blocks);
}

size_t rq_pool_take(rq_buffer_pool *pool, size_t bytes)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < pool->n; i++)
        if (pool->blocks[i].bytes >= bytes &&
            (best == SIZE_MAX || pool->blocks[i].bytes < pool->blocks[best].bytes))
            best = i;
    if (best != SIZE_MAX) {
        size_t offset = pool->blocks[best].offset;
        pool->blocks[best].offset += bytes;
        pool->blocks[best].bytes -= bytes;
        if (!pool->blocks[best].bytes) list_remove(pool, best);
        return offset;
    }
    size_t offset = pool->end;
    if (pool->n) { /* grow the free block at the end, if it touches the end */
        rq_pool_block *last = &pool->blocks[pool->n - 1];
        if (last->offset + last->bytes == pool->end) {
            offset = last->offset;
            list_remove(pool, pool->n - 1);
        }
    }
    pool->end = offset + bytes;
    return offset;
}

rq_status rq_pool_give(rq_buffer_pool *pool, size_t offset, size_t bytes)
{
    size_t at = 0;
    while (at < pool->n && pool->blocks[at].offset < offset) at++;
    rq_pool_block *before = at > 0 ? &pool->blocks[at - 1] : NULL;
    rq_pool_block *after = at < pool->n ? &pool->blocks[at] : NULL;
    bool joins_before = before && before->offset + before->bytes == offset;
    bool joins_after = after && offset + bytes == after->offset;
    if (joins_before && joins_after) {
        before->bytes += bytes + after->bytes;
        list_remove(pool, at);
    } else if (joins_before) {
        before->bytes += bytes;
    } else if (joins_after) {
        after->offset = offset;
        after->bytes += bytes;
    } else {
        return list_insert(pool, at, (rq_pool_block){offset, bytes});
    }
    return RQ_OK;
}

void rq_pool_free(rq_buffer_pool *pool)
{
    free(pool->blocks);
    pool->blocks = NULL;
}
