/* Attention, whatever operator asks for it. */
#ifndef RQ_IMPORT_ONNX_ONNX_ATTENTION_H
#define RQ_IMPORT_ONNX_ONNX_ATTENTION_H

#include "engine/import/onnx/onnx_ops.h"

/* Queries [B, H, L, D]; keys and values [B, K, S, D], of which H is a multiple. */
typedef struct rq_onnx_attention {
    rq_id q, k, v;
    rq_id allowed;       /* bool, broadcast to [B, H, L, S]: which keys count; RQ_NONE: all */
    rq_id bias;          /* float, added to the scores; RQ_NONE: none */
    bool causal;         /* query i reads keys up to i + offset */
    rq_id offset;        /* i64, broadcast to [B, H, L, S]; RQ_NONE: 0 */
    int64_t left, right; /* how far from there it reads; -1: as far as there are keys */
    double scale;        /* of the scores; 0: 1 / sqrt(D) */
    double softcap;
    /* Where the node wants the scores themselves, output 3: as they are, capped, masked, or through
     * softmax. */
    bool wants_scores;
    int64_t scores_mode;
} rq_onnx_attention;

/* [B, L, heads * D] as [B, heads, L, D], and back. */
rq_id rq_onnx_split_heads(rq_ir_builder *b, rq_id x, int64_t heads);
rq_id rq_onnx_join_heads(rq_ir_builder *b, rq_id x);

/* Keys, or values, with those of input `past` in front; they are output `present`, too. */
rq_id rq_onnx_with_past(rq_ir_builder *b, rq_id x, size_t past, size_t present);

/* [B, K, S, D] with each of the K heads repeated for its H / K queries' heads. */
rq_id rq_onnx_repeat_heads(rq_ir_builder *b, rq_id x, int64_t times);

/* x [B, H, S, D] turned by tables of angles [places, half], of which positions [B, S] are the rows;
 * `mixed`: neighbours are pairs. */
rq_id rq_onnx_rotate_heads(rq_ir_builder *b, rq_id x, rq_id cosine, rq_id sine, rq_id positions,
                           bool mixed);

/* [B, H, L, D]. */
rq_id rq_onnx_attend(rq_ir_builder *b, const rq_onnx_attention *a);

#endif
