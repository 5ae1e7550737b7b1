/* ONNX's attention. */
#include "engine/import/onnx/onnx_attention.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* -- what operators share -------------------------------------------------------------------- */

rq_id rq_onnx_split_heads(rq_ir_builder *b, rq_id x, int64_t heads)
{
    if (heads < 1) rq_ir_builder_fail(b, RQ_EFORMAT, "%d heads", (int)heads);
    x = rq_emit_reshape(b, x, (int64_t[]){0, 0, heads, -1}, 4);
    return rq_emit_transpose(b, x, (int64_t[]){0, 2, 1, 3}, 4);
}

rq_id rq_onnx_join_heads(rq_ir_builder *b, rq_id x)
{
    x = rq_emit_transpose(b, x, (int64_t[]){0, 2, 1, 3}, 4);
    return rq_emit_reshape(b, x, (int64_t[]){0, 0, -1}, 3);
}

rq_id rq_onnx_with_past(rq_ir_builder *b, rq_id x, size_t past, size_t present)
{
    if (rq_ir_builder_has(b, past))
        x = rq_emit(b, "Concat-1", RQ_IN(rq_ir_builder_in(b, past), x), "axis=2");
    if (rq_ir_builder_wants(b, present)) rq_ir_builder_set(b, present, x);
    return x;
}

rq_id rq_onnx_repeat_heads(rq_ir_builder *b, rq_id x, int64_t times)
{
    const int64_t behind = 2;
    rq_shape shape = rq_ir_builder_shape(b, x);
    if (times == 1) return x;
    if (shape.rank != 4 || shape.d[1] == RQ_DYNAMIC || times < 1) {
        rq_ir_builder_unmapped(b, "an unknown number of heads");
        return RQ_NONE;
    }
    rq_id each = rq_emit_unsqueeze(b, x, &behind, 1);
    each = rq_emit(b, "Tile-1", RQ_IN(each, RQ_EMIT_INTS(b, 1, 1, times, 1, 1)), "%s", "");
    rq_id sizes = rq_emit_gather(b, rq_emit_shape_of(b, x), RQ_EMIT_INTS(b, 0, 2, 3), 0);
    rq_id first = rq_emit_gather(b, sizes, RQ_EMIT_INTS(b, 0), 0);
    rq_id rest = rq_emit_gather(b, sizes, RQ_EMIT_INTS(b, 1, 2), 0);
    rq_id dims =
        rq_emit(b, "Concat-1", RQ_IN(first, RQ_EMIT_INTS(b, shape.d[1] * times), rest), "axis=0");
    return rq_emit(b, "Reshape-1", RQ_IN(each, dims), "special_zero=false");
}

static rq_id both(rq_ir_builder *b, rq_id x, rq_id y)
{
    return x == RQ_NONE ? y : rq_emit_binary(b, "LogicalAnd-1", x, y);
}

/* Which keys are near enough to each query, [L, S] or with what the offset has in front; RQ_NONE:
 * all. */
static rq_id near_keys(rq_ir_builder *b, const rq_onnx_attention *a)
{
    const int64_t last = 1;
    int64_t right = a->causal ? 0 : a->right;
    rq_id near = RQ_NONE;
    if (right < 0 && a->left < 0) return RQ_NONE;
    rq_id queries = rq_emit_count_up(b, rq_onnx_dim(b, a->q, 2));
    queries = rq_emit_unsqueeze(b, queries, &last, 1);
    if (a->offset != RQ_NONE) queries = rq_emit_binary(b, "Add-1", queries, a->offset);
    rq_id keys = rq_emit_count_up(b, rq_onnx_dim(b, a->k, 2));
    if (right >= 0)
        near = rq_emit_binary(b, "LessEqual-1", keys,
                              rq_emit_binary(b, "Add-1", queries, rq_emit_int(b, right)));
    if (a->left < 0) return near;
    rq_id first = rq_emit_binary(b, "Subtract-1", queries, rq_emit_int(b, a->left));
    return both(b, near, rq_emit_binary(b, "GreaterEqual-1", keys, first));
}

/* What is added to the scores, or which of them count; RQ_NONE: nothing. */
static rq_id mask_of(rq_ir_builder *b, const rq_onnx_attention *a)
{
    rq_id allowed = a->allowed, near = near_keys(b, a);
    if (near != RQ_NONE) allowed = both(b, allowed, near);
    if (a->bias == RQ_NONE || allowed == RQ_NONE) return a->bias == RQ_NONE ? allowed : a->bias;
    return rq_emit(b, "Select-1", RQ_IN(allowed, a->bias, rq_onnx_like(b, a->bias, -FLT_MAX)),
                   "auto_broadcast=numpy");
}

static rq_id capped(rq_ir_builder *b, rq_id y, double limit)
{
    if (limit == 0.0) return y;
    rq_id cap = rq_onnx_like(b, y, limit);
    y = rq_emit(b, "Tanh-1", RQ_IN(rq_emit_binary(b, "Divide-1", y, cap)), "%s", "");
    return rq_emit_binary(b, "Multiply-1", y, cap);
}

static rq_id masked(rq_ir_builder *b, rq_id y, rq_id mask)
{
    if (mask == RQ_NONE) return y;
    if (rq_ir_builder_dtype(b, mask) != RQ_DT_BOOL) return rq_emit_binary(b, "Add-1", y, mask);
    return rq_emit(b, "Select-1", RQ_IN(mask, y, rq_onnx_like(b, y, -INFINITY)),
                   "auto_broadcast=numpy");
}

/* softmax(softcap tanh(q k / softcap) + mask) v, each step by itself. */
static rq_id attend_in_steps(rq_ir_builder *b, const rq_onnx_attention *a, rq_id scale)
{
    rq_id q = rq_emit_binary(b, "Multiply-1", a->q, scale), steps[4];
    steps[0] = rq_emit_mat_mul(b, q, a->k, false, true);
    steps[1] = capped(b, steps[0], a->softcap);
    steps[2] = masked(b, steps[1], mask_of(b, a));
    steps[3] = rq_emit(b, "SoftMax-8", RQ_IN(steps[2]), "axis=-1");
    if (a->wants_scores && a->scores_mode >= 0 && a->scores_mode < 4)
        rq_ir_builder_set(b, 3, steps[a->scores_mode]);
    return rq_emit_mat_mul(b, steps[3], a->v, false, false);
}

/* 1 / sqrt(D), where D may be known only at run time. */
static rq_id usual_scale(rq_ir_builder *b, rq_id q)
{
    rq_id width = rq_emit_convert(b, rq_onnx_dim(b, q, 3), rq_ir_builder_dtype(b, q));
    return rq_emit_binary(b, "Power-1", width, rq_onnx_like(b, q, -0.5));
}

rq_id rq_onnx_attend(rq_ir_builder *b, const rq_onnx_attention *a)
{
    rq_id given = a->scale != 0.0 ? rq_onnx_like(b, a->q, a->scale) : RQ_NONE;
    if (a->softcap != 0.0 || a->wants_scores)
        return attend_in_steps(b, a, given == RQ_NONE ? usual_scale(b, a->q) : given);
    bool plain = a->causal && a->left < 0 && a->offset == RQ_NONE && a->allowed == RQ_NONE &&
                 a->bias == RQ_NONE;
    rq_id mask = plain ? RQ_NONE : mask_of(b, a);
    if (mask == RQ_NONE && given != RQ_NONE) mask = rq_onnx_like(b, a->q, 0); /* a scalar: none */
    const rq_id in[] = {a->q, a->k, a->v, mask, given};
    return rq_emit(b, "ScaledDotProductAttention-13", in,
                   given != RQ_NONE  ? 5
                   : mask != RQ_NONE ? 4
                                     : 3,
                   "causal=%s", rq_bool_text(plain));
}

/* -- Attention ------------------------------------------------------------------------------- */

/* A mask for fewer keys than there are: what is behind it does not count. */
static rq_id widened(rq_ir_builder *b, rq_id mask, rq_id k, double value)
{
    rq_shape shape = rq_ir_builder_shape(b, mask), keys = rq_ir_builder_shape(b, k);
    int64_t none[RQ_MAX_RANK] = {0}, more[RQ_MAX_RANK] = {0};
    if (mask == RQ_NONE || shape.rank < 1 || keys.rank != 4) return mask;
    size_t rank = (size_t)shape.rank;
    more[rank - 1] = keys.d[2] - shape.d[rank - 1];
    if (keys.d[2] == RQ_DYNAMIC || shape.d[rank - 1] <= 1 || more[rank - 1] <= 0) return mask;
    return rq_emit(b, "Pad-1",
                   RQ_IN(mask, rq_emit_ints(b, none, rank), rq_emit_ints(b, more, rank),
                         rq_onnx_like(b, mask, value)),
                   "pad_mode=constant");
}

/* The part of the keys that are no padding, input 6: a number for each batch. */
static void use_lengths(rq_ir_builder *b, rq_onnx_attention *a)
{
    if (!rq_ir_builder_has(b, 6)) return;
    a->bias = widened(b, a->bias, a->k, -FLT_MAX);
    a->allowed = widened(b, a->allowed, a->k, 0);
    rq_id lengths = rq_emit_convert(b, rq_ir_builder_in(b, 6), RQ_DT_I64);
    lengths = rq_emit_reshape(b, lengths, (int64_t[]){-1, 1, 1, 1}, 4);
    rq_id keys = rq_emit_count_up(b, rq_onnx_dim(b, a->k, 2));
    rq_id inside = rq_emit_binary(b, "Less-1", keys, lengths);
    a->allowed = both(b, a->allowed, inside);
    if (!rq_ir_builder_has(b, 4))
        a->offset = rq_emit_binary(b, "Subtract-1", lengths, rq_onnx_dim(b, a->q, 2));
}

static bool read_attention(rq_onnx_attention *a, rq_ir_builder *b)
{
    rq_id mask = rq_ir_builder_in(b, 3);
    int64_t q_heads = rq_framework_int(b->node, "q_num_heads", 0);
    int64_t kv_heads = rq_framework_int(b->node, "kv_num_heads", 0);
    bool flat = rq_ir_builder_rank(b, rq_ir_builder_in(b, 0)) == 3;
    *a = (rq_onnx_attention){.q = rq_ir_builder_in(b, 0),
                             .k = rq_ir_builder_in(b, 1),
                             .v = rq_ir_builder_in(b, 2),
                             .allowed = RQ_NONE,
                             .bias = RQ_NONE,
                             .offset = RQ_NONE,
                             .causal = rq_framework_int(b->node, "is_causal", 0) != 0,
                             .left = rq_framework_int(b->node, "left_window_size", -1),
                             .right = rq_framework_int(b->node, "right_window_size", -1),
                             .wants_scores = rq_ir_builder_wants(b, 3),
                             .scores_mode = rq_framework_int(b->node, "qk_matmul_output_mode", 0),
                             .scale = rq_framework_float(b->node, "scale", 0.0),
                             .softcap = rq_framework_float(b->node, "softcap", 0.0)};
    if (flat) {
        a->q = rq_onnx_split_heads(b, a->q, q_heads);
        a->k = rq_onnx_split_heads(b, a->k, kv_heads);
        a->v = rq_onnx_split_heads(b, a->v, kv_heads);
    }
    if (mask != RQ_NONE && rq_ir_builder_dtype(b, mask) == RQ_DT_BOOL)
        a->allowed = mask;
    else
        a->bias = mask;
    if (rq_ir_builder_has(b, 4)) a->offset = rq_onnx_dim(b, rq_ir_builder_in(b, 4), 2);
    return b->status == RQ_OK;
}

static void map_attention(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_onnx_attention a;
    bool flat = rq_ir_builder_rank(b, rq_ir_builder_in(b, 0)) == 3;
    (void)row;
    if (!read_attention(&a, b)) return;
    a.k = rq_onnx_with_past(b, a.k, 4, 1);
    a.v = rq_onnx_with_past(b, a.v, 5, 2);
    use_lengths(b, &a);
    int64_t queries = rq_ir_builder_shape(b, a.q).d[1], keys = rq_ir_builder_shape(b, a.k).d[1];
    if (queries != keys && (queries < 1 || keys < 1 || queries % keys)) {
        rq_ir_builder_unmapped(b, "an unknown number of heads");
        return;
    }
    int64_t times = queries == keys ? 1 : queries / keys;
    a.k = rq_onnx_repeat_heads(b, a.k, times);
    a.v = rq_onnx_repeat_heads(b, a.v, times);
    rq_id y = rq_onnx_attend(b, &a);
    rq_ir_builder_set(b, 0, flat ? rq_onnx_join_heads(b, y) : y);
}

static const rq_op_mapping_row rows[] = {
    {"", "Attention", map_attention, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_attention, rows)
