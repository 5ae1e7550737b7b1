/* TensorFlow's operators on diagonals of matrices, and products of vectors. */
#include "engine/import/tensorflow/ops/tf_layout.h"

/* 0, 1, ... along an axis of x, as a column or a row. */
static rq_id places(rq_ir_builder *b, rq_id x, int64_t axis)
{
    return rq_emit_count_up(b, rq_emit_gather(b, rq_emit_shape_of(b, x), rq_emit_int(b, axis), 0));
}

/* True where line and column of the matrix are the same: they count along these axes of x. */
static rq_id on_diagonal(rq_ir_builder *b, rq_id x, int64_t lines, int64_t columns)
{
    const int64_t last = -1;
    return rq_emit_binary(b, "Equal-1", rq_emit_unsqueeze(b, places(b, x, lines), &last, 1),
                          places(b, x, columns));
}

static rq_id choose(rq_ir_builder *b, rq_id condition, rq_id yes, rq_id no)
{
    return rq_emit(b, "Select-1", RQ_IN(condition, yes, no), "auto_broadcast=numpy");
}

/* Input i, if there is one, is constant and one of the two numbers. */
static bool is_number(rq_ir_builder *b, size_t i, int64_t want, int64_t or_want)
{
    int64_t number[2];
    size_t n;
    if (!rq_ir_builder_has(b, i)) return true;
    return rq_ir_builder_ints(b, rq_ir_builder_in(b, i), number, 2, &n) && n == 1 &&
           (number[0] == want || number[0] == or_want);
}

/* Only the main diagonal is known of those that V2 and V3 have; input k names it. */
static bool is_main(rq_ir_builder *b, size_t k)
{
    if (is_number(b, k, 0, 0)) return true;
    rq_ir_builder_unmapped(b, "a diagonal beside the main one");
    return false;
}

/* A square matrix of each row; V2 and V3: what stands beside it is input 4. */
static void map_diag(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const int64_t last = -1;
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    int64_t n = shape.rank > 0 ? shape.d[shape.rank - 1] : -1;
    (void)row;
    if (!is_main(b, 1)) return;
    if (!is_number(b, 2, -1, n) || !is_number(b, 3, -1, n)) {
        rq_ir_builder_unmapped(b, "a matrix that is not square");
        return;
    }
    rq_id beside = rq_ir_builder_has(b, 4) ? rq_ir_builder_in(b, 4) : rq_emit_like(b, x, 0);
    rq_ir_builder_set(
        b, 0, choose(b, on_diagonal(b, x, -1, -1), rq_emit_unsqueeze(b, x, &last, 1), beside));
}

/* As many elements as the shorter of the matrix' sides. */
static void map_diag_part(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    (void)row;
    if (!is_main(b, 1)) return;
    if (shape.rank < 2) {
        rq_ir_builder_unmapped(b, "a matrix of unknown shape");
        return;
    }
    bool wide = shape.d[shape.rank - 2] > 0 && shape.d[shape.rank - 2] <= shape.d[shape.rank - 1];
    rq_id kept = choose(b, on_diagonal(b, x, -2, -1), x, rq_emit_like(b, x, 0));
    rq_id y =
        rq_emit(b, "ReduceSum-1", RQ_IN(kept, RQ_EMIT_INTS(b, wide ? -1 : -2)), "keep_dims=false");
    if (!wide && shape.d[shape.rank - 2] < shape.d[shape.rank - 1]) /* lines are not known */
        rq_ir_builder_unmapped(b, "a matrix of unknown height");
    else
        rq_ir_builder_set(b, 0, y);
}

static void map_set_diag(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    (void)row;
    if (!is_main(b, 2)) return;
    if (shape.rank < 2 || shape.d[shape.rank - 2] < 0 || shape.d[shape.rank - 1] < 0) {
        rq_ir_builder_unmapped(b, "a matrix of unknown shape");
        return;
    }
    const int64_t axis = shape.d[shape.rank - 2] <= shape.d[shape.rank - 1] ? -1 : -2;
    rq_id diagonal = rq_emit_unsqueeze(b, rq_ir_builder_in(b, 1), &axis, 1);
    rq_ir_builder_set(b, 0, choose(b, on_diagonal(b, x, -2, -1), diagonal, x));
}

static rq_id rolled(rq_ir_builder *b, rq_id x, int64_t first)
{
    rq_id order = RQ_EMIT_INTS(b, first, (first + 1) % 3, (first + 2) % 3);
    return rq_emit_gather(b, x, order, -1);
}

/* Of vectors of three along the last axis. */
static void map_cross(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    rq_id first = rq_emit_binary(b, "Multiply-1", rolled(b, x, 1), rolled(b, y, 2));
    rq_id second = rq_emit_binary(b, "Multiply-1", rolled(b, x, 2), rolled(b, y, 1));
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Subtract-1", first, second));
}

static const rq_op_mapping_row rows[] = {
    {"", "Cross", map_cross, NULL},
    {"", "Diag", map_diag, NULL},
    {"", "DiagPart", map_diag_part, NULL},
    {"", "MatrixDiag", map_diag, NULL},
    {"", "MatrixDiagPart", map_diag_part, NULL},
    {"", "MatrixDiagPartV2", map_diag_part, NULL},
    {"", "MatrixDiagPartV3", map_diag_part, NULL},
    {"", "MatrixDiagV2", map_diag, NULL},
    {"", "MatrixDiagV3", map_diag, NULL},
    {"", "MatrixSetDiag", map_set_diag, NULL},
    {"", "MatrixSetDiagV2", map_set_diag, NULL},
    {"", "MatrixSetDiagV3", map_set_diag, NULL},
};
RQ_OP_MAPPING_GROUP(tf_matrix, rows)
