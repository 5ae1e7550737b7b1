#include "engine/ops/common/tiles.h"

/* Whole dimensions go into a tile while there is room. */
static void grow_tiles(rq_tiles *t)
{
    rq_rows *rows = &t->rows;
    t->rank = rows->rank + 1;
    t->inner = 1;
    if (rows->length == 1 && rows->count == 1) { /* a scalar, dense in every operand */
        rows->dims[0] = 1;
        for (int k = 0; k < rows->n; k++) rows->strides[k][0] = 1;
    }
    while (rows->rank > 0 && rows->length <= RQ_TILE / t->inner) {
        t->inner *= rows->length;
        rows->length = (size_t)rows->dims[--rows->rank];
        rows->count /= rows->length;
    }
    t->chunk = RQ_TILE / t->inner < rows->length ? RQ_TILE / t->inner : rows->length;
}

static bool is_dense(const rq_tiles *t, int k)
{
    const rq_tensor *tensor = t->operands[k].tensor;
    int64_t expected = 1;
    if (rq_dtype_bits(tensor->dtype) < 8) return false;
    /* constants in a .bin file may lie unaligned */
    if ((uintptr_t)tensor->data % rq_element_bytes(tensor->dtype) != 0) return false;
    for (int d = t->rank - 1; d >= t->rows.rank + (t->chunk == 1); d--) {
        if (t->rows.strides[k][d] != expected) return false;
        expected *= t->rows.dims[d];
    }
    return true;
}

static rq_dtype whole_bytes(rq_dtype dtype)
{
    return rq_dtype_bits(dtype) >= 8                   ? dtype
           : rq_dtype_kind_of(dtype) == RQ_KIND_SIGNED ? RQ_DT_I8
                                                       : RQ_DT_U8;
}

void rq_tiles_begin(rq_tiles *t, const rq_shape *out, const rq_tensor *operands, int n)
{
    const rq_shape *shapes[RQ_TILE_OPERANDS];
    for (int k = 0; k < n; k++) shapes[k] = &operands[k].shape;
    rq_rows_begin(&t->rows, out, shapes, n);
    t->row = t->step = t->first = t->n = 0;
    if (t->rows.count == 0) return;
    grow_tiles(t);
    for (int k = 0; k < n; k++) {
        rq_tile_operand *operand = &t->operands[k];
        operand->tensor = &operands[k];
        operand->dtype = whole_bytes(operands[k].dtype);
        operand->dense = is_dense(t, k);
        operand->copied = operand->planned = 0;
    }
}

static void unpack(rq_tile_operand *operand, const rq_strided_copy *from)
{
    int64_t index[RQ_STRIDED_COPY_RANK] = {0}, at = operand->origin;
    for (size_t i = 0; i < operand->copied; i++) {
        rq_store_i64(operand->copy, operand->dtype, i,
                     rq_load_i64(operand->tensor->data, operand->tensor->dtype, (size_t)at));
        for (int d = from->rank - 1; d >= 0; d--) {
            at += from->src[d];
            if (++index[d] < from->dims[d]) break;
            at -= from->src[d] * from->dims[d];
            index[d] = 0;
        }
    }
}

/* How a tile of so many steps lies in an operand. */
static rq_strided_copy plan_copy(const rq_tiles *t, int k, size_t steps)
{
    rq_strided_copy copy = {0};
    int64_t stride = (int64_t)t->inner;
    rq_strided_copy_add(&copy, (int64_t)steps, stride, t->rows.strides[k][t->rows.rank]);
    for (int d = t->rows.rank + 1; d < t->rank; d++) {
        stride /= t->rows.dims[d];
        rq_strided_copy_add(&copy, t->rows.dims[d], stride, t->rows.strides[k][d]);
    }
    return copy;
}

static void copy_tile(rq_tiles *t, int k, int64_t at, size_t steps)
{
    rq_tile_operand *operand = &t->operands[k];
    if (operand->planned != steps) {
        operand->plan = plan_copy(t, k, steps);
        operand->planned = steps;
    }
    operand->origin = at;
    operand->copied = t->n;
    if (rq_dtype_bits(operand->tensor->dtype) < 8) {
        unpack(operand, &operand->plan);
        return;
    }
    size_t element = rq_element_bytes(operand->dtype);
    rq_strided_copy_run(&operand->plan, operand->copy,
                        rq_strided_from(operand->tensor->data, at, element), element);
}

static void aim(rq_tiles *t, int k, size_t steps)
{
    rq_tile_operand *operand = &t->operands[k];
    int64_t at = t->rows.at[k] + (int64_t)t->step * t->rows.strides[k][t->rows.rank];
    if (operand->dense) {
        operand->now = rq_strided_from(operand->tensor->data, at, rq_element_bytes(operand->dtype));
        return;
    }
    if (operand->copied < t->n || operand->origin != at) copy_tile(t, k, at, steps);
    operand->now = operand->copy;
}

bool rq_tiles_next(rq_tiles *t)
{
    rq_rows *rows = &t->rows;
    if (t->row == rows->count) return false;
    size_t left = rows->length - t->step, steps = left < t->chunk ? left : t->chunk;
    t->first += t->n;
    t->n = steps * t->inner;
    for (int k = 0; k < rows->n; k++) aim(t, k, steps);
    t->step += steps;
    if (t->step < rows->length) return true;
    t->step = 0;
    if (++t->row < rows->count) rq_rows_next(rows);
    return true;
}

rq_status rq_tile_as(const void **out, const rq_tiles *tiles, int k, rq_dtype dtype, void *buffer)
{
    const rq_tile_operand *operand = &tiles->operands[k];
    *out = operand->dtype == dtype ? operand->now : buffer;
    return operand->dtype == dtype
               ? RQ_OK
               : rq_convert(buffer, dtype, operand->now, operand->dtype, tiles->n);
}
