#include "engine/ir/ir_bin.h"

#include "engine/base/mem.h"

#include <stdlib.h>

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
    uint32_t added = (uint32_t)bin->n_blocks, i, last = RQ_NONE;
    *offset = 0;
    if (size == 0) return RQ_OK;
    if (!bin->by_data) RQ_TRY(rq_map_create(&bin->by_data));
    RQ_TRY(rq_grow(&bin->blocks, &bin->capacity, added, sizeof *bin->blocks, "constants"));
    RQ_TRY(rq_map_add_bytes(&i, bin->by_data, data, size, added));
    while (i != added && i != RQ_NONE && bin->blocks[i].offset % alignment != 0) {
        last = i;
        i = bin->blocks[i].next;
    }
    if (i == added || i == RQ_NONE) {
        RQ_TRY(append(bin, data, size, alignment));
        if (last != RQ_NONE) bin->blocks[last].next = added;
        bin->blocks[bin->n_blocks++] = (rq_ir_bin_block){bin->size - size, RQ_NONE};
        i = added;
    }
    *offset = bin->blocks[i].offset;
    return RQ_OK;
}

void rq_ir_bin_free(rq_ir_bin *bin)
{
    rq_map_destroy(&bin->by_data);
    free(bin->blocks);
    *bin = (rq_ir_bin){0};
}
