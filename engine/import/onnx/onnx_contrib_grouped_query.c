/* ONNX Runtime's attention of decoders (com.microsoft): fewer keys than queries, rotated, with keys
 * and values of the steps before. Inputs: query (or all three packed), key, value, past key, past
 * value, lengths of the sequences less one, the longest of them, angles, positions, bias. */
#include "engine/import/onnx/onnx_attention.h"

enum { QUERY, KEY, VALUE, PAST_KEY, PAST_VALUE, LENGTHS, LONGEST, COSINE, SINE, POSITIONS, BIAS };
#define SINK 11

typedef struct grouped_query {
    int64_t queries, keys; /* heads */
    rq_id q, k, v;         /* [B, heads, L, D] */
    rq_id before;          /* how many keys were there, i64 [B, 1] */
    rq_id places;          /* of the new ones, i64 [B, L] */
} grouped_query;

static void read_heads(grouped_query *g, rq_ir_builder *b)
{
    rq_id q = rq_ir_builder_in(b, QUERY);
    if (rq_ir_builder_has(b, KEY)) {
        g->q = rq_onnx_split_heads(b, q, g->queries);
        g->k = rq_onnx_split_heads(b, rq_ir_builder_in(b, KEY), g->keys);
        g->v = rq_onnx_split_heads(b, rq_ir_builder_in(b, VALUE), g->keys);
        return;
    }
    int64_t ends[] = {g->queries, g->queries + g->keys, g->queries + 2 * g->keys};
    rq_id all = rq_onnx_split_heads(b, q, ends[2]);
    g->q = rq_emit_slice(b, all, 1, 0, ends[0], 1);
    g->k = rq_emit_slice(b, all, 1, ends[0], ends[1], 1);
    g->v = rq_emit_slice(b, all, 1, ends[1], ends[2], 1);
}

/* Sequences that are shorter than the new keys are padded behind: nothing was before them. */
static void find_places(grouped_query *g, rq_ir_builder *b)
{
    const int64_t front = 0;
    rq_id length = rq_onnx_dim(b, g->k, 2), one = rq_emit_int(b, 1);
    rq_id all = rq_emit_convert(b, rq_ir_builder_in(b, LENGTHS), RQ_DT_I64);
    all = rq_emit_binary(b, "Add-1", rq_emit_reshape(b, all, (int64_t[]){-1, 1}, 2), one);
    g->before = rq_emit_binary(b, "Maximum-1", rq_emit_binary(b, "Subtract-1", all, length),
                               rq_emit_int(b, 0));
    rq_id count = rq_emit_unsqueeze(b, rq_emit_count_up(b, length), &front, 1);
    g->places = rq_emit_binary(b, "Add-1", g->before, count);
}

/* The new keys (or values) behind those of each sequence: in a buffer of `longest` places, or of as
 * many as the past has. */
static rq_id with_past(rq_ir_builder *b, const grouped_query *g, rq_id x, size_t past)
{
    const int64_t around[] = {1, 3};
    rq_id old = rq_ir_builder_in(b, past);
    if (old == RQ_NONE || rq_ir_builder_shape(b, old).d[2] == 0) return x;
    rq_id longest = rq_emit_convert(b, rq_ir_builder_in(b, LONGEST), RQ_DT_I64);
    longest = rq_emit_reshape(b, longest, (int64_t[]){1}, 1);
    rq_id room = rq_emit_reshape(b, rq_onnx_dim(b, old, 2), (int64_t[]){1}, 1);
    rq_id size = rq_emit_binary(b, "Maximum-1", longest, room);
    rq_id none = rq_emit_binary(b, "Multiply-1", x, rq_onnx_like(b, x, 0));
    rq_id buffer = rq_emit(b, "Concat-1", RQ_IN(old, none), "axis=2");
    buffer = rq_emit(
        b, "Slice-8",
        RQ_IN(buffer, RQ_EMIT_INTS(b, 0), size, RQ_EMIT_INTS(b, 1), RQ_EMIT_INTS(b, 2)), "%s", "");
    rq_id place = rq_emit_unsqueeze(b, g->places, around, 2);
    place = rq_emit(b, "Broadcast-3", RQ_IN(place, rq_emit_shape_of(b, x)), "mode=numpy");
    return rq_emit(b, "ScatterElementsUpdate-3", RQ_IN(buffer, place, x, rq_emit_int(b, 2)), "%s",
                   "");
}

static bool read_grouped_query(grouped_query *g, rq_ir_builder *b)
{
    g->queries = rq_framework_int(b->node, "num_heads", 0);
    g->keys = rq_framework_int(b->node, "kv_num_heads", 0);
    if (g->keys < 1 || g->queries < 1 || g->queries > INT32_MAX || g->queries % g->keys)
        rq_ir_builder_fail(b, RQ_EFORMAT, "%d heads of queries for %d of keys", (int)g->queries,
                           (int)g->keys);
    else if (rq_ir_builder_has(b, SINK) || rq_framework_int(b->node, "smooth_softmax", 0) > 0)
        rq_ir_builder_unmapped(b, "a softmax with a place for nothing");
    else if (rq_framework_int(b->node, "kv_cache_bit_width", 0))
        rq_ir_builder_unmapped(b, "quantized keys");
    else
        return true;
    return false;
}

static void rotate(grouped_query *g, rq_ir_builder *b)
{
    bool mixed = rq_framework_int(b->node, "rotary_interleaved", 0) != 0;
    rq_id cosine = rq_ir_builder_in(b, COSINE), sine = rq_ir_builder_in(b, SINE);
    rq_id at = rq_ir_builder_has(b, POSITIONS) ? rq_ir_builder_in(b, POSITIONS) : g->places;
    if (!rq_framework_int(b->node, "do_rotary", 0)) return;
    g->q = rq_onnx_rotate_heads(b, g->q, cosine, sine, at, mixed);
    g->k = rq_onnx_rotate_heads(b, g->k, cosine, sine, at, mixed);
}

static void map_grouped_query(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const int64_t around[] = {2, 3}, window = rq_framework_int(b->node, "local_window_size", -1);
    grouped_query g;
    (void)row;
    if (!read_grouped_query(&g, b)) return;
    read_heads(&g, b);
    find_places(&g, b);
    rotate(&g, b);
    rq_id k = with_past(b, &g, g.k, PAST_KEY), v = with_past(b, &g, g.v, PAST_VALUE);
    if (rq_ir_builder_wants(b, 1)) rq_ir_builder_set(b, 1, k);
    if (rq_ir_builder_wants(b, 2)) rq_ir_builder_set(b, 2, v);
    int64_t times = g.queries / g.keys;
    rq_onnx_attention a = {.q = g.q,
                           .k = rq_onnx_repeat_heads(b, k, times),
                           .v = rq_onnx_repeat_heads(b, v, times),
                           .allowed = RQ_NONE,
                           .bias = rq_ir_builder_has(b, BIAS) ? rq_ir_builder_in(b, BIAS) : RQ_NONE,
                           .causal = true,
                           .offset = rq_emit_unsqueeze(b, g.before, around, 2),
                           .left = window > 0 ? window - 1 : -1,
                           .right = -1,
                           .scale = rq_framework_float(b->node, "scale", 0),
                           .softcap = rq_framework_float(b->node, "softcap", 0)};
    rq_ir_builder_set(b, 0, rq_onnx_join_heads(b, rq_onnx_attend(b, &a)));
}

static const rq_op_mapping_row rows[] = {
    {"com.microsoft", "GroupQueryAttention", map_grouped_query, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_contrib_grouped_query, rows)
