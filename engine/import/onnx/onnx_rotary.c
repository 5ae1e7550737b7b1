/* ONNX's rotary embedding: pairs of elements turned by angles that depend on their place. */
#include "engine/import/onnx/onnx_attention.h"

/* Elements begin, begin + step, ... before `end` of the last axis. */
static rq_id part(rq_ir_builder *b, rq_id x, int64_t begin, int64_t end, int64_t step)
{
    return rq_emit_slice(b, x, -1, begin, end, step);
}

/* Pairs of the last axis' first 2 * half elements turned by the angles; the rest stays. `mixed`:
 * pairs are neighbours. */
static rq_id rotate(rq_ir_builder *b, rq_id x, rq_id cosine, rq_id sine, int64_t half, bool mixed)
{
    int64_t width = rq_ir_builder_shape(b, x).d[3], last = 4;
    rq_id first = mixed ? part(b, x, 0, 2 * half, 2) : part(b, x, 0, half, 1);
    rq_id second = mixed ? part(b, x, 1, 2 * half, 2) : part(b, x, half, 2 * half, 1);
    rq_id real = rq_emit_binary(b, "Subtract-1", rq_emit_binary(b, "Multiply-1", cosine, first),
                                rq_emit_binary(b, "Multiply-1", sine, second));
    rq_id imaginary = rq_emit_binary(b, "Add-1", rq_emit_binary(b, "Multiply-1", sine, first),
                                     rq_emit_binary(b, "Multiply-1", cosine, second));
    if (mixed) {
        real = rq_emit_unsqueeze(b, real, &last, 1);
        imaginary = rq_emit_unsqueeze(b, imaginary, &last, 1);
    }
    rq_id y = rq_emit(b, "Concat-1", RQ_IN(real, imaginary), "axis=-1");
    if (mixed) y = rq_emit_reshape(b, y, (int64_t[]){0, 0, 0, 2 * half}, 4);
    if (width == 2 * half) return y;
    return rq_emit(b, "Concat-1", RQ_IN(y, part(b, x, 2 * half, INT32_MAX, 1)), "axis=-1");
}

/* The rows of a table of angles for positions [B, S], as [B, S, half]. */
static rq_id angles(rq_ir_builder *b, rq_id table, rq_id positions)
{
    if (positions == RQ_NONE) return table;
    return rq_emit_gather(b, table, positions, 0);
}

rq_id rq_onnx_rotate_heads(rq_ir_builder *b, rq_id x, rq_id cosine, rq_id sine, rq_id positions,
                           bool mixed)
{
    const int64_t heads_axis = 1;
    rq_shape table = rq_ir_builder_shape(b, cosine);
    if (table.rank != 2 || table.d[1] < 1) {
        rq_ir_builder_unmapped(b, "angles of unknown number");
        return RQ_NONE;
    }
    cosine = rq_emit_unsqueeze(b, angles(b, cosine, positions), &heads_axis, 1);
    sine = rq_emit_unsqueeze(b, angles(b, sine, positions), &heads_axis, 1);
    return rotate(b, x, cosine, sine, table.d[1], mixed);
}

/* x is [B, H, S, D] or [B, S, H * D]. */
static void map_rotation(rq_ir_builder *b, rq_id cosine, rq_id sine, rq_id positions)
{
    rq_id x = rq_ir_builder_in(b, 0), y = x;
    rq_shape table = rq_ir_builder_shape(b, cosine);
    bool flat = rq_ir_builder_require_rank(b, x) == 3;
    int64_t half = table.rank > 0 ? table.d[table.rank - 1] : RQ_DYNAMIC, heads_axis = flat ? 2 : 1;
    int64_t heads = rq_framework_int(b->node, "num_heads", 0);
    if (half < 1) {
        rq_ir_builder_unmapped(b, "angles of unknown number");
        return;
    }
    if (flat && heads)
        y = rq_emit_reshape(b, x, (int64_t[]){0, 0, heads, -1}, 4);
    else if (flat)
        y = rq_emit_reshape(b, x, (int64_t[]){0, 0, -1, 2 * half}, 4);
    cosine = rq_emit_unsqueeze(b, angles(b, cosine, positions), &heads_axis, 1);
    sine = rq_emit_unsqueeze(b, angles(b, sine, positions), &heads_axis, 1);
    y = rotate(b, y, cosine, sine, half, rq_framework_int(b->node, "interleaved", 0) != 0);
    rq_ir_builder_set(b, 0, flat ? rq_emit_reshape(b, y, (int64_t[]){0, 0, -1}, 3) : y);
}

static void map_rotary_embedding(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    map_rotation(b, rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 2), rq_ir_builder_in(b, 3));
}

/* One position is that of the first element of a sequence. */
static void map_contrib_rotary_embedding(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id positions = rq_ir_builder_in(b, 1), x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, positions);
    const int64_t front = 0;
    (void)row;
    if (shape.rank == 1) {
        rq_id length = rq_onnx_dim(b, x, rq_ir_builder_rank(b, x) == 3 ? 1 : 2);
        positions = rq_emit_binary(b, "Add-1", rq_emit_count_up(b, length), positions);
        positions = rq_emit_unsqueeze(b, positions, &front, 1);
    }
    map_rotation(b, rq_ir_builder_in(b, 2), rq_ir_builder_in(b, 3), positions);
}

static const rq_op_mapping_row rows[] = {
    {"", "RotaryEmbedding", map_rotary_embedding, NULL},
    {"com.microsoft", "RotaryEmbedding", map_contrib_rotary_embedding, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_rotary, rows)
