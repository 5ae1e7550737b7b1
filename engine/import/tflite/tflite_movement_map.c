/* Moves that TensorFlow has not, in the IR. */
#include "engine/import/op_mapping.h"

/* A row of unknown length, with zeros behind it up to a length. */
static void map_fill_up(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), none = RQ_EMIT_INTS(b, 0);
    rq_id length = rq_emit_reshape(b, rq_emit_convert(b, rq_ir_builder_in(b, 1), RQ_DT_I64),
                                   (int64_t[]){1}, 1);
    rq_id missing = rq_emit_binary(b, "Subtract-1", length, rq_emit_shape_of(b, x));
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Pad-1", RQ_IN(x, none, missing, rq_emit_like(b, x, 0)), "pad_mode=constant"));
}

/* Two shapes to the one that both broadcast to. */
static void map_broadcast_args(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id shapes[2], lengths[2], one = RQ_EMIT_INTS(b, 1), none = RQ_EMIT_INTS(b, 0);
    rq_dtype dtype = rq_ir_builder_dtype(b, rq_ir_builder_in(b, 0));
    (void)row;
    for (size_t i = 0; i < 2; i++) {
        shapes[i] = rq_emit_convert(b, rq_ir_builder_in(b, i), RQ_DT_I64);
        lengths[i] = rq_emit_shape_of(b, shapes[i]);
    }
    rq_id longest = rq_emit_binary(b, "Maximum-1", lengths[0], lengths[1]);
    for (size_t i = 0; i < 2; i++) {
        rq_id missing = rq_emit_binary(b, "Subtract-1", longest, lengths[i]);
        shapes[i] = rq_emit(
            b, "Pad-1", RQ_IN(shapes[i], missing, none, rq_emit_squeeze(b, one, (int64_t[]){0}, 1)),
            "pad_mode=constant");
    }
    rq_id y = rq_emit_binary(b, "Maximum-1", shapes[0], shapes[1]);
    rq_ir_builder_set(b, 0, rq_emit_convert(b, y, dtype));
}

/* [.., n] on the diagonal of [.., n, n]: its elements where the line's number is the column's. */
static rq_id diagonal(rq_ir_builder *b, rq_id lines, rq_id columns)
{
    const int64_t last = -1;
    rq_id line = rq_emit_unsqueeze(b, rq_emit_count_up(b, lines), &last, 1);
    return rq_emit_binary(b, "Equal-1", line, rq_emit_count_up(b, columns));
}

static rq_id length_of(rq_ir_builder *b, rq_id x, int64_t axis)
{
    return rq_emit_gather(b, rq_emit_shape_of(b, x), rq_emit_int(b, axis), 0);
}

static rq_id choose(rq_ir_builder *b, rq_id condition, rq_id x, rq_id y)
{
    return rq_emit(b, "Select-1", RQ_IN(condition, x, y), "auto_broadcast=numpy");
}

static void map_matrix_diag(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const int64_t last = -1;
    rq_id x = rq_ir_builder_in(b, 0), n = length_of(b, x, -1);
    rq_id rows = rq_emit_unsqueeze(b, x, &last, 1);
    (void)row;
    rq_ir_builder_set(b, 0, choose(b, diagonal(b, n, n), rows, rq_emit_like(b, x, 0)));
}

/* A matrix whose diagonal, as long as its shorter side, becomes another row. */
static void map_matrix_set_diag(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const int64_t last = -1;
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    rq_id lines = length_of(b, x, -2), columns = length_of(b, x, -1);
    rq_shape shape = rq_ir_builder_shape(b, x);
    bool wide = shape.rank > 1 && shape.d[shape.rank - 1] > shape.d[shape.rank - 2];
    (void)row;
    if (b->status == RQ_OK && (shape.rank < 2 || shape.d[shape.rank - 1] < 0)) {
        rq_ir_builder_unmapped(b, "a matrix of unknown size");
        return;
    }
    rq_id values =
        wide ? rq_emit_unsqueeze(b, y, &last, 1) : rq_emit_unsqueeze(b, y, (int64_t[]){-2}, 1);
    rq_ir_builder_set(b, 0, choose(b, diagonal(b, lines, columns), values, x));
}

static const rq_op_mapping_row rows[] = {
    {"", "BROADCAST_ARGS", map_broadcast_args, NULL},
    {"", "FILL_UP", map_fill_up, NULL},
    {"", "MATRIX_DIAG", map_matrix_diag, NULL},
    {"", "MATRIX_SET_DIAG", map_matrix_set_diag, NULL},
};
RQ_OP_MAPPING_GROUP(tflite_movement, rows)
