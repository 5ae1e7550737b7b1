/* ONNX's Det: elimination with the largest pivot of each column, written out. */
#include "engine/import/onnx/onnx_ops.h"

#define MAX_ORDER 16 /* rows of a matrix: each is some 20 operators */

static rq_id reduced(rq_ir_builder *b, const char *type, rq_id x, int64_t axis, bool keep)
{
    return rq_emit(b, type, RQ_IN(x, RQ_EMIT_INTS(b, axis)), "keep_dims=%s", rq_bool_text(keep));
}

/* 1 in the row of the first column's largest element, else 0: [..., n, 1]. */
static rq_id pivot_row(rq_ir_builder *b, rq_id column, int64_t n)
{
    const int64_t behind = 1;
    rq_id size = rq_emit(b, "Abs-1", RQ_IN(column), "%s", "");
    rq_id largest = rq_emit_binary(b, "Equal-1", size, reduced(b, "ReduceMax-1", size, -2, true));
    rq_id rows = rq_emit_unsqueeze(b, rq_emit_count_up(b, rq_emit_int(b, n)), &behind, 1);
    rq_id among =
        rq_emit(b, "Select-1", RQ_IN(largest, rows, rq_emit_int(b, n)), "auto_broadcast=numpy");
    rq_id first = rq_emit_binary(b, "Equal-1", rows, reduced(b, "ReduceMin-1", among, -2, true));
    return rq_emit_convert(b, first, rq_ir_builder_dtype(b, column));
}

/* The last n rows and columns of x, [..., n, n], without those that `factor` gets the determinant's
 * factor from. */
static rq_id eliminated(rq_ir_builder *b, rq_id x, int64_t n, int axis, rq_id *factor)
{
    const int64_t both[] = {-2, -1};
    rq_id column = rq_emit_slice(b, x, axis + 1, 0, 1, 1), at = pivot_row(b, column, n);
    rq_id row = reduced(b, "ReduceSum-1", rq_emit_binary(b, "Multiply-1", at, x), -2, true);
    rq_id top = rq_emit_slice(b, x, axis, 0, 1, 1),
          pivot = rq_emit_slice(b, row, axis + 1, 0, 1, 1);
    rq_id one = rq_onnx_like(b, x, 1), zero = rq_onnx_like(b, x, 0);
    /* The first row takes the pivot row's place, which changes the sign where they are two. */
    x = rq_emit_binary(
        b, "Subtract-1", x,
        rq_emit_binary(b, "Multiply-1", at, rq_emit_binary(b, "Subtract-1", row, top)));
    rq_id moved = rq_emit_binary(b, "Subtract-1", one, rq_emit_slice(b, at, axis, 0, 1, 1));
    rq_id sign = rq_emit_binary(b, "Subtract-1", one, rq_emit_binary(b, "Add-1", moved, moved));
    *factor = rq_emit_squeeze(b, rq_emit_binary(b, "Multiply-1", sign, pivot), both, 2);
    rq_id none = rq_emit_binary(b, "Equal-1", pivot, zero); /* then all of the column is 0 */
    rq_id divisor = rq_emit(b, "Select-1", RQ_IN(none, one, pivot), "auto_broadcast=numpy");
    x = rq_emit_slice(b, x, axis, 1, n, 1);
    rq_id times = rq_emit_binary(b, "Divide-1", rq_emit_slice(b, x, axis + 1, 0, 1, 1), divisor);
    x = rq_emit_binary(b, "Subtract-1", x, rq_emit_binary(b, "Multiply-1", times, row));
    return rq_emit_slice(b, x, axis + 1, 1, n, 1);
}

static void map_det(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const int64_t both[] = {-2, -1};
    rq_id x = rq_ir_builder_in(b, 0), y = RQ_NONE, factor;
    rq_shape shape = rq_ir_builder_shape(b, x);
    (void)row;
    int64_t n = shape.rank < 2 ? 0 : shape.d[shape.rank - 1];
    if (n < 1 || n > MAX_ORDER || shape.d[shape.rank - 2] != n) {
        rq_ir_builder_unmapped(b, "of matrices of unknown or great order");
        return;
    }
    for (; n > 1; n--) {
        x = eliminated(b, x, n, shape.rank - 2, &factor);
        y = y == RQ_NONE ? factor : rq_emit_binary(b, "Multiply-1", y, factor);
    }
    factor = rq_emit_squeeze(b, x, both, 2);
    rq_ir_builder_set(b, 0, y == RQ_NONE ? factor : rq_emit_binary(b, "Multiply-1", y, factor));
}

static const rq_op_mapping_row rows[] = {
    {"", "Det", map_det, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_determinant, rows)
