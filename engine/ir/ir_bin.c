#include "engine/ir/ir_bin.h"

#include "engine/base/hash.h"
#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 64 };

static bool is_same(const rq_ir_bin_block *block, const rq_ir_bin_block *wanted, size_t alignment)
{
    return block->hash == wanted->hash && block->size == wanted->size &&
           block->offset % alignment == 0 && memcmp(block->data, wanted->data, wanted->size) == 0;
}

/* The slot of an equal block, or the free one where `wanted` belongs. */
static rq_ir_bin_block *find(rq_ir_bin_block *blocks, size_t n_slots, const rq_ir_bin_block *wanted,
                             size_t alignment)
{
    for (size_t i = wanted->hash;; i++) {
        rq_ir_bin_block *block = &blocks[i & (n_slots - 1)];
        if (!block->data || is_same(block, wanted, alignment)) return block;
    }
}

/* All blocks differ or are misplaced for each other, so each goes to the next free slot. */
static void move_block(rq_ir_bin_block *blocks, size_t n_slots, const rq_ir_bin_block *block)
{
    size_t i = block->hash;
    while (blocks[i & (n_slots - 1)].data) i++;
    blocks[i & (n_slots - 1)] = *block;
}

static rq_status grow(rq_ir_bin *bin)
{
    size_t n_slots = bin->n_slots ? 2 * bin->n_slots : FIRST_SLOTS;
    rq_ir_bin_block *blocks = NULL;
    RQ_TRY(rq_calloc(&blocks, n_slots, sizeof *blocks, "a table of constants"));
    for (size_t i = 0; i < bin->n_slots; i++)
        if (bin->blocks[i].data) move_block(blocks, n_slots, &bin->blocks[i]);
    free(bin->blocks);
    bin->blocks = blocks;
    bin->n_slots = n_slots;
    return RQ_OK;
}

static rq_status append(rq_ir_bin *bin, const void *data, size_t size, size_t alignment)
{
    static const char zeros[RQ_ALIGN];
    size_t padding = rq_round_up(bin->size, alignment) - bin->size;
    RQ_TRY(rq_writer_write(bin->writer, zeros, padding));
    RQ_TRY(rq_writer_write(bin->writer, data, size));
    bin->size += padding + size;
    return RQ_OK;
}

rq_status rq_ir_bin_put(size_t *offset, rq_ir_bin *bin, const void *data, size_t size,
                        size_t alignment)
{
    *offset = 0;
    if (size == 0) return RQ_OK;
    if (2 * (bin->used + 1) > bin->n_slots) RQ_TRY(grow(bin));
    rq_ir_bin_block wanted = {rq_hash64(data, size), data, size, 0};
    rq_ir_bin_block *block = find(bin->blocks, bin->n_slots, &wanted, alignment);
    if (!block->data) {
        RQ_TRY(append(bin, data, size, alignment));
        wanted.offset = bin->size - size;
        *block = wanted;
        bin->used++;
    }
    *offset = block->offset;
    return RQ_OK;
}

void rq_ir_bin_free(rq_ir_bin *bin)
{
    free(bin->blocks);
    *bin = (rq_ir_bin){0};
}
