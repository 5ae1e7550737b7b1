/* ONNX Runtime's own attention (com.microsoft). */
#include "engine/import/onnx/onnx_attention.h"

#include <string.h>

/* Columns begin to end of the last axis. */
static rq_id columns(rq_ir_builder *b, rq_id x, int64_t begin, int64_t end)
{
    return rq_emit_slice(b, x, -1, begin, end, 1);
}

/* -- masks ----------------------------------------------------------------------------------- */

/* Of an integer mask, which keys count, to broadcast to [B, H, L, S]: [B] is how many, [2 * B]
 * where they end, then where they begin; of [B, S] and [B, L, S] those that are not 0. */
static rq_id keys_of_mask(rq_ir_builder *b, rq_id mask, rq_id x, rq_id length)
{
    const int64_t middle[] = {1, 2}, second = 1;
    rq_shape shape = rq_ir_builder_shape(b, mask), batch = rq_ir_builder_shape(b, x);
    mask = rq_emit_convert(b, mask, RQ_DT_I64);
    if (shape.rank == 2)
        return rq_emit_binary(b, "NotEqual-1", rq_emit_unsqueeze(b, mask, middle, 2),
                              rq_emit_int(b, 0));
    if (shape.rank == 3)
        return rq_emit_binary(b, "NotEqual-1", rq_emit_unsqueeze(b, mask, &second, 1),
                              rq_emit_int(b, 0));
    bool ends_only = shape.rank == 1 && shape.d[0] == batch.d[0];
    bool pairs = shape.rank == 1 && shape.d[0] == 2 * batch.d[0];
    if (batch.d[0] == RQ_DYNAMIC || (!ends_only && !pairs)) {
        rq_ir_builder_unmapped(b, "a mask of this shape");
        return RQ_NONE;
    }
    rq_id keys = rq_emit_count_up(b, length);
    mask = rq_emit_reshape(b, mask, (int64_t[]){-1, batch.d[0], 1, 1, 1}, 5);
    rq_id end = rq_emit_gather(b, mask, rq_emit_int(b, 0), 0);
    rq_id inside = rq_emit_binary(b, "Less-1", keys, end);
    if (ends_only) return inside;
    rq_id begin = rq_emit_gather(b, mask, rq_emit_int(b, 1), 0);
    return rq_emit_binary(b, "LogicalAnd-1", inside,
                          rq_emit_binary(b, "GreaterEqual-1", keys, begin));
}

/* What the mask leaves out gets mask_filter_value added, as ONNX Runtime does it: a row without any
 * key stays a softmax. */
static void use_mask(rq_ir_builder *b, rq_onnx_attention *a, size_t mask, size_t bias)
{
    rq_id x = rq_ir_builder_in(b, 0), added = rq_ir_builder_in(b, bias);
    double filter = rq_framework_float(b->node, "mask_filter_value", -10000.0);
    if (rq_ir_builder_has(b, mask)) {
        rq_id keys = keys_of_mask(b, rq_ir_builder_in(b, mask), x, rq_onnx_dim(b, a->k, 2));
        rq_id less =
            rq_emit(b, "Select-1", RQ_IN(keys, rq_onnx_like(b, x, 0), rq_onnx_like(b, x, filter)),
                    "auto_broadcast=numpy");
        added = added == RQ_NONE ? less : rq_emit_binary(b, "Add-1", added, less);
    }
    a->bias = added;
}

static rq_onnx_attention common(rq_ir_builder *b)
{
    return (rq_onnx_attention){.allowed = RQ_NONE,
                               .bias = RQ_NONE,
                               .offset = RQ_NONE,
                               .left = -1,
                               .right = -1,
                               .causal = rq_framework_int(b->node, "unidirectional", 0) != 0,
                               .scale = rq_framework_float(b->node, "scale", 0.0)};
}

/* -- Attention ------------------------------------------------------------------------------- */

/* Widths of query, key and value: a third each unless qkv_hidden_sizes says so. */
static bool read_widths(int64_t *width, rq_ir_builder *b, rq_id weights)
{
    size_t n;
    const int64_t *given = rq_framework_ints(b->node, "qkv_hidden_sizes", &n);
    rq_shape shape = rq_ir_builder_shape(b, weights);
    for (int i = 0; i < 3; i++)
        width[i] = n == 3 ? given[i] : shape.rank == 2 ? shape.d[1] / 3 : -1;
    if (width[0] > 0 && width[1] > 0 && width[2] > 0) return true;
    rq_ir_builder_unmapped(b, "weights of unknown shape");
    return false;
}

/* Keys and values before these, [2, B, H, P, D] at input 4; all of them are output 1. */
static void use_past(rq_ir_builder *b, rq_onnx_attention *a)
{
    const int64_t front = 0;
    rq_id *of[] = {&a->k, &a->v};
    rq_id whole[2];
    for (int i = 0; i < 2; i++) {
        if (rq_ir_builder_has(b, 4)) {
            rq_id past = rq_emit_gather(b, rq_ir_builder_in(b, 4), rq_emit_int(b, i), 0);
            a->offset = rq_onnx_dim(b, past, 2);
            *of[i] = rq_emit(b, "Concat-1", RQ_IN(past, *of[i]), "axis=2");
        }
        whole[i] = rq_emit_unsqueeze(b, *of[i], &front, 1);
    }
    if (rq_ir_builder_wants(b, 1))
        rq_ir_builder_set(b, 1, rq_emit(b, "Concat-1", RQ_IN(whole[0], whole[1]), "axis=0"));
}

/* Input, weights and bias of all three, mask, past, what is added to the scores. */
static void map_attention(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t width[3], heads = rq_framework_int(b->node, "num_heads", 0);
    rq_id weights = rq_ir_builder_in(b, 1), all;
    rq_onnx_attention a = common(b);
    (void)row;
    if (!read_widths(width, b, weights)) return;
    if (rq_framework_int(b->node, "do_rotary", 0)) {
        rq_ir_builder_unmapped(b, "rotary embedding inside");
        return;
    }
    all = rq_emit_mat_mul(b, rq_ir_builder_in(b, 0), weights, false, false);
    all = rq_onnx_add_input(b, all, 2);
    a.q = rq_onnx_split_heads(b, columns(b, all, 0, width[0]), heads);
    a.k = rq_onnx_split_heads(b, columns(b, all, width[0], width[0] + width[1]), heads);
    a.v = rq_onnx_split_heads(b, columns(b, all, width[0] + width[1], INT32_MAX), heads);
    use_past(b, &a);
    use_mask(b, &a, 3, 5);
    rq_ir_builder_set(b, 0, rq_onnx_join_heads(b, rq_onnx_attend(b, &a)));
}

/* -- MultiHeadAttention ---------------------------------------------------------------------- */

typedef struct heads {
    rq_id q, k, v;
} heads;

/* Part i of three, or of two, on axis 3 of [B, S, H, n, D]: [B, H, S, D]. */
static rq_id packed(rq_ir_builder *b, rq_id x, int64_t i)
{
    rq_id one = rq_emit_gather(b, x, rq_emit_int(b, i), 3);
    return rq_emit_transpose(b, one, (int64_t[]){0, 2, 1, 3}, 4);
}

/* The part of the bias [q | k | v] behind x, which is as wide as its last axis. */
static rq_id biased(rq_ir_builder *b, rq_id x, int64_t *at)
{
    rq_shape shape = rq_ir_builder_shape(b, x);
    if (!rq_ir_builder_has(b, 3)) return x;
    if (shape.rank != 3 || shape.d[2] == RQ_DYNAMIC) {
        rq_ir_builder_unmapped(b, "a bias of inputs of unknown width");
        return RQ_NONE;
    }
    rq_id part = columns(b, rq_ir_builder_in(b, 3), *at, *at + shape.d[2]);
    *at += shape.d[2];
    return rq_emit_binary(b, "Add-1", x, part);
}

/* Query [B, L, H * D] or all three packed; key likewise, or with heads, or both packed. */
static heads read_heads(rq_ir_builder *b)
{
    rq_id q = rq_ir_builder_in(b, 0), k = rq_ir_builder_in(b, 1), v = rq_ir_builder_in(b, 2);
    int64_t n = rq_framework_int(b->node, "num_heads", 0), at = 0;
    if (rq_ir_builder_require_rank(b, q) == 5)
        return (heads){packed(b, q, 0), packed(b, q, 1), packed(b, q, 2)};
    q = rq_onnx_split_heads(b, biased(b, q, &at), n);
    int rank = rq_ir_builder_require_rank(b, k);
    if (rank == 5) return (heads){q, packed(b, k, 0), packed(b, k, 1)};
    if (rank == 4) return (heads){q, k, v};
    k = rq_onnx_split_heads(b, biased(b, k, &at), n);
    return (heads){q, k, rq_onnx_split_heads(b, biased(b, v, &at), n)};
}

static void map_multi_head_attention(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_onnx_attention a = common(b);
    (void)row;
    if (rq_ir_builder_has(b, 8) || rq_ir_builder_has(b, 9)) {
        rq_ir_builder_unmapped(b, "a buffer of keys that is filled in place");
        return;
    }
    heads h = read_heads(b);
    a.q = h.q;
    a.k = rq_onnx_with_past(b, h.k, 6, 1);
    a.v = rq_onnx_with_past(b, h.v, 7, 2);
    if (rq_ir_builder_has(b, 6)) a.offset = rq_onnx_dim(b, rq_ir_builder_in(b, 6), 2);
    use_mask(b, &a, 4, 5);
    rq_ir_builder_set(b, 0, rq_onnx_join_heads(b, rq_onnx_attend(b, &a)));
}

static const rq_op_mapping_row rows[] = {
    {"com.microsoft", "Attention", map_attention, NULL},
    {"com.microsoft", "MultiHeadAttention", map_multi_head_attention, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_contrib_attention, rows)
