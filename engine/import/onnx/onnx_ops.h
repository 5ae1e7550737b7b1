/* What ONNX's groups of operators share. Private to onnx_*.c. */
#ifndef RQ_IMPORT_ONNX_ONNX_OPS_H
#define RQ_IMPORT_ONNX_ONNX_OPS_H

#include "engine/import/op_mapping.h"

/* Axis in [-rank, rank) made non-negative where the rank is known (else -1: not possible). */
static inline int64_t rq_onnx_axis(int64_t axis, int rank)
{
    return axis < 0 && rank >= 0 ? axis + rank : axis;
}

/* Integers from input i (newer opsets) or else from the attribute; false, and the node does not
 * map, when the input is not constant. *n is 0 when neither is there. */
bool rq_onnx_ints(rq_ir_builder *b, size_t input, const char *attr, int64_t *out, size_t capacity,
                  size_t *n);

/* [product of the first `axis` dims, product of the rest]. */
rq_id rq_onnx_flatten(rq_ir_builder *b, rq_id x, int64_t axis);

/* A row [C] as [C,1,1...], to broadcast along axis 1 of a tensor of that rank. */
rq_id rq_onnx_per_channel(rq_ir_builder *b, rq_id row, int rank);

/* Element k of a shape as a scalar; a constant where it is known. */
rq_id rq_onnx_dim(rq_ir_builder *b, rq_id x, int64_t axis);

/* A constant of x's type. */
static inline rq_id rq_onnx_like(rq_ir_builder *b, rq_id x, double value)
{
    return rq_emit_scalar(b, rq_ir_builder_dtype(b, x), value);
}

/* x plus the node's input; x itself without one. */
rq_id rq_onnx_add_input(rq_ir_builder *b, rq_id x, size_t input);

/* x with `begin` and `end` elements of that value more on each of its axes; less where they are
 * negative. */
rq_id rq_onnx_pad(rq_ir_builder *b, rq_id x, const int64_t *begin, const int64_t *end, size_t rank,
                  double value);

/* Spatial attributes of convolution and pooling, with their defaults. */
typedef struct rq_onnx_window {
    int64_t strides[RQ_MAX_RANK], dilations[RQ_MAX_RANK], begin[RQ_MAX_RANK], end[RQ_MAX_RANK];
    size_t n;             /* spatial dimensions */
    const char *auto_pad; /* the IR's: "explicit", "same_upper", "same_lower", "valid" */
} rq_onnx_window;
bool rq_onnx_read_window(rq_onnx_window *out, rq_ir_builder *b, size_t n);
/* Sizes [n] of a window that a file claims are within 32 bits, so that their products stay within
 * 64; else the builder has failed, with the attribute's name. */
bool rq_onnx_check_window(rq_ir_builder *b, const char *name, const int64_t *sizes, size_t n);

/* Averages of x by the node's attributes, or over the whole image. */
rq_id rq_onnx_average_pool(rq_ir_builder *b, rq_id x, bool global);

/* Gemm of the node's inputs and attributes. */
rq_id rq_onnx_gemm(rq_ir_builder *b);

/* y [N, C, ...] of that rank and the node's input, a row [C]; y itself without one. */
rq_id rq_onnx_add_bias(rq_ir_builder *b, rq_id y, size_t input, int rank);

/* x convolved with w by the node's attributes, no bias. */
rq_id rq_onnx_convolve(rq_ir_builder *b, rq_id x, rq_id w);

/* The node as GRU, LSTM or RNN of these weights, [D, gates H, I] and [D, gates H, H]. */
void rq_onnx_recurrent(rq_ir_builder *b, const char *type, rq_id weights, rq_id recurrent);
/* The node, an LSTM of that many hidden values with peepholes (input 7), in steps. */
void rq_onnx_peephole_lstm(rq_ir_builder *b, int64_t hidden, rq_id inputs, rq_id recurrent);

#endif
