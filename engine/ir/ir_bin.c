#include "engine/ir/ir_bin.h"

#include "engine/base/hash.h"
#include "engine/base/mem.h"

#include <stdlib.h>

/* A constant on its way: hashed, and written where `writer` is there. */
typedef struct passage {
    rq_hasher *hasher;
    rq_writer *writer;
} passage;

static rq_status pass(void *ctx, const void *piece, size_t size)
{
    passage *p = ctx;
    if (p->hasher) rq_hasher_update(p->hasher, piece, size);
    return p->writer ? rq_writer_write(p->writer, piece, size) : RQ_OK;
}

/* writer NULL: is only hashed. */
static rq_status hash(uint64_t *out, const rq_node *constant, rq_writer *writer)
{
    passage p = {.writer = writer};
    RQ_TRY(rq_hasher_create(&p.hasher));
    rq_status status = rq_const_visit(constant, pass, &p);
    *out = rq_hasher_finish_number(&p.hasher);
    return status;
}

static rq_status pad(rq_ir_bin *bin, size_t alignment)
{
    static const char zeros[RQ_ALIGN];
    size_t padding = rq_round_up(bin->size, alignment) - bin->size;
    return rq_writer_write(bin->writer, zeros, padding);
}

/* The block of the same bytes that fits, in *found; else *last is the last of this hash. */
static rq_status find(uint32_t *found, uint32_t *last, const rq_ir_bin *bin, uint64_t number,
                      const rq_node *constant, size_t alignment)
{
    *last = RQ_NONE;
    *found = bin->by_hash ? rq_map_get_number(bin->by_hash, number) : RQ_NONE;
    while (*found != RQ_NONE) {
        const rq_ir_bin_block *block = &bin->blocks[*found];
        bool fits = block->offset % alignment == 0;
        if (fits) RQ_TRY(rq_const_equal(&fits, block->constant, constant));
        if (fits) break;
        *last = *found;
        *found = block->next;
    }
    return RQ_OK;
}

static rq_status add_block(rq_ir_bin *bin, uint64_t number, uint32_t last, const rq_node *constant)
{
    uint32_t added = (uint32_t)bin->n_blocks, first;
    if (!bin->by_hash) RQ_TRY(rq_map_create(&bin->by_hash));
    RQ_TRY(rq_grow(&bin->blocks, &bin->capacity, added, sizeof *bin->blocks, "constants"));
    RQ_TRY(rq_map_add_number(&first, bin->by_hash, number, added));
    if (last != RQ_NONE) bin->blocks[last].next = added;
    bin->size += constant->data_bytes;
    bin->blocks[bin->n_blocks++] =
        (rq_ir_bin_block){constant, bin->size - constant->data_bytes, RQ_NONE};
    return RQ_OK;
}

/* What may take long to make is made once: it is written while it is hashed, and taken back where
 * its bytes are there already. */
rq_status rq_ir_bin_put(size_t *offset, rq_ir_bin *bin, const rq_node *constant, size_t alignment)
{
    uint64_t number;
    uint32_t found, last;
    bool at_once = constant->data_bytes > RQ_PIECE;
    *offset = 0;
    if (constant->data_bytes == 0) return RQ_OK;
    if (at_once) RQ_TRY(pad(bin, alignment));
    RQ_TRY(hash(&number, constant, at_once ? bin->writer : NULL));
    RQ_TRY(find(&found, &last, bin, number, constant, alignment));
    if (found != RQ_NONE) {
        *offset = bin->blocks[found].offset;
        return at_once ? rq_writer_cut(bin->writer, bin->size) : RQ_OK;
    }
    if (!at_once) {
        passage p = {.writer = bin->writer};
        RQ_TRY(pad(bin, alignment));
        RQ_TRY(rq_const_visit(constant, pass, &p));
    }
    bin->size = rq_round_up(bin->size, alignment);
    *offset = bin->size;
    return add_block(bin, number, last, constant);
}

void rq_ir_bin_free(rq_ir_bin *bin)
{
    rq_map_destroy(&bin->by_hash);
    free(bin->blocks);
    *bin = (rq_ir_bin){0};
}
