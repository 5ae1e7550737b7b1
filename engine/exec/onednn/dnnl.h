/* oneDNN's primitives in requant's words: the only door to the library (C API 2 or 3).
 *
 * A layout says how a tensor lies in memory: element type, dims, strides and blocks. A primitive is
 * compiled once for its layouts, is immutable and shared by sessions; a call binds it to addresses.
 * Everything made here lives until its rq_dnn is destroyed, except calls.
 *
 * Creating a primitive that the library has no fast kernel for is RQ_EUNSUPPORTED: callers fall
 * back to the reference kernel, so no message is needed. */
#ifndef RQ_EXEC_ONEDNN_DNNL_H
#define RQ_EXEC_ONEDNN_DNNL_H

#include "engine/base/arena.h"
#include "engine/base/tensor.h"

typedef struct rq_dnn rq_dnn; /* engine, layouts and primitives of one model */
typedef struct rq_dnn_layout rq_dnn_layout;
typedef struct rq_dnn_primitive rq_dnn_primitive;
typedef struct rq_dnn_call rq_dnn_call;
typedef struct rq_dnn_stream rq_dnn_stream; /* one per session */

/* `threads`: inside one primitive; creating and running happen under the same number. */
rq_status rq_dnn_create(rq_dnn **out, unsigned threads);
void rq_dnn_destroy(rq_dnn **dnn);
bool rq_dnn_has_bf16(void); /* this CPU multiplies in BF16 */
/* Whether u8 x s8 kernels add pairs of products in int16 and saturate there (vpmaddubsw; CPUs
 * without VNNI). Pairs are neighbouring input channels at one position of the kernel. */
bool rq_dnn_pairs_saturate(void);
const char *rq_dnn_version(void); /* "oneDNN 2.6.3" */
/* Threads that the next parallel region of this thread starts. */
int rq_dnn_threads(void);
void rq_dnn_set_threads(int threads);
/* work(ctx, i) for every i below n, by the threads that primitives use, in stretches of i. */
void rq_dnn_parallel(unsigned threads, size_t n, void (*work)(void *ctx, size_t i), void *ctx);

/* -- layouts ------------------------------------------------------------------------------- */

#define RQ_DNN_MAX_RANK 6 /* of layouts made here */

/* Row-major, as everywhere in requant. NULL when memory is short or the type or rank is foreign. */
const rq_dnn_layout *rq_dnn_layout_dense(rq_dnn *dnn, rq_dtype dtype, const rq_shape *shape);
/* N, spatial, C in memory for logical N,C,spatial. */
const rq_dnn_layout *rq_dnn_layout_channels_last(rq_dnn *dnn, rq_dtype dtype,
                                                 const rq_shape *shape);
/* Left to the primitive. */
const rq_dnn_layout *rq_dnn_layout_any(rq_dnn *dnn, rq_dtype dtype, const rq_shape *shape);
/* The same arrangement of another element type. */
const rq_dnn_layout *rq_dnn_layout_retyped(rq_dnn *dnn, const rq_dnn_layout *layout,
                                           rq_dtype dtype);
/* The same memory with dims in another order: logical dim i of the result is `order[i]` here. */
const rq_dnn_layout *rq_dnn_layout_permuted(rq_dnn *dnn, const rq_dnn_layout *layout,
                                            const int *order);
/* The last two of `rank` dims exchanged; NULL for no layout. */
const rq_dnn_layout *rq_dnn_layout_turned(rq_dnn *dnn, const rq_dnn_layout *layout, int rank);
/* The same memory under another shape; NULL where the arrangement does not allow it. */
const rq_dnn_layout *rq_dnn_layout_reshaped(rq_dnn *dnn, const rq_dnn_layout *layout,
                                            const rq_shape *shape);
bool rq_dnn_layout_equal(const rq_dnn_layout *a, const rq_dnn_layout *b);
bool rq_dnn_layout_is_dense(const rq_dnn_layout *layout); /* row-major without gaps */
/* [batch, channels / block rounded up, positions, block] memory. Dense layouts have blocks of 1,
 * those with channels last one block. */
typedef struct rq_dnn_blocked {
    size_t batch, channels, positions, block;
} rq_dnn_blocked;
/* False when the layout is no such; *out is not to be read then. */
bool rq_dnn_layout_blocked(rq_dnn_blocked *out, const rq_dnn_layout *layout);
rq_dtype rq_dnn_layout_dtype(const rq_dnn_layout *layout);
size_t rq_dnn_layout_bytes(const rq_dnn_layout *layout);
/* Elements in memory, padding of blocks included. */
size_t rq_dnn_layout_elements(const rq_dnn_layout *layout);

/* -- what follows the main computation inside one primitive -------------------------------- */

typedef enum rq_dnn_eltwise_kind {
    RQ_DNN_RELU, /* x > 0 ? x : alpha x */
    RQ_DNN_CLIP, /* alpha..beta */
    RQ_DNN_SIGMOID,
    RQ_DNN_TANH,
    RQ_DNN_ELU, /* alpha */
    RQ_DNN_HSWISH,
    RQ_DNN_SWISH, /* x sigmoid(alpha x) */
    RQ_DNN_GELU_ERF,
    RQ_DNN_GELU_TANH,
    RQ_DNN_MISH,
    RQ_DNN_SOFTPLUS,
    RQ_DNN_EXP,
    RQ_DNN_LOG,
    RQ_DNN_ABS,
    RQ_DNN_SQRT,
    RQ_DNN_SQUARE,
    RQ_DNN_POWER,  /* alpha x^beta */
    RQ_DNN_LINEAR, /* alpha x + beta */
    RQ_DNN_ROUND,  /* half to even */
    RQ_DNN_ELTWISE_COUNT
} rq_dnn_eltwise_kind;

typedef enum rq_dnn_binary_kind {
    RQ_DNN_ADD,
    RQ_DNN_SUB,
    RQ_DNN_MUL,
    RQ_DNN_DIV,
    RQ_DNN_MAX,
    RQ_DNN_MIN
} rq_dnn_binary_kind;

typedef enum rq_dnn_post_kind {
    RQ_DNN_POST_ELTWISE,
    RQ_DNN_POST_BINARY, /* with another tensor, broadcast where its dims are 1 */
    RQ_DNN_POST_SUM     /* adds what the destination held: scale * (old - zero_point) */
} rq_dnn_post_kind;

typedef struct rq_dnn_post {
    rq_dnn_post_kind kind;
    rq_dnn_eltwise_kind eltwise;
    rq_dnn_binary_kind binary;
    float alpha, beta;
    float scale; /* of the sum */
    int32_t zero_point;
    const rq_dnn_layout *operand;
} rq_dnn_post;

#define RQ_DNN_MAX_POSTS 12

/* result = posts(scales[c] * (computation + bias)), or posts(scales[c] * computation + bias) where
 * scales leave the bias alone; rounded half to even and saturated where the destination is an
 * integer. */
typedef struct rq_dnn_attr {
    rq_dnn_post posts[RQ_DNN_MAX_POSTS];
    size_t n_posts;
    const float *scales; /* of convolutions and products; NULL: none; one, or (of the former) one
                            per output channel */
    size_t n_scales;
    int32_t source_zero_point; /* subtracted from the source's codes */
    float source_scales[2];    /* binary: of each source; 0: none */
} rq_dnn_attr;

bool rq_dnn_scales_bias(void); /* by oneDNN 2, not by 3 */

/* -- primitives ---------------------------------------------------------------------------- */

typedef enum rq_dnn_role {
    RQ_DNN_SRC,
    RQ_DNN_SRC_1, /* binary's second; a recurrent layer's state */
    RQ_DNN_SRC_2, /* LSTM's cell state */
    RQ_DNN_WEIGHTS,
    RQ_DNN_WEIGHTS_1, /* recurrent: of the state */
    RQ_DNN_BIAS,
    RQ_DNN_MEAN,
    RQ_DNN_VARIANCE,
    RQ_DNN_SCALE,
    RQ_DNN_SHIFT,
    RQ_DNN_DST,
    RQ_DNN_DST_1, /* the states afterwards */
    RQ_DNN_DST_2,
    RQ_DNN_POST_0,                                   /* operand of posts[i]: POST_0 + i */
    RQ_DNN_PART_0 = RQ_DNN_POST_0 + RQ_DNN_MAX_POSTS /* concat's sources: PART_0 + i */
} rq_dnn_role;

struct rq_dnn_primitive {
    const rq_dnn_layout *layouts[RQ_DNN_POST_0]; /* by role, as chosen; NULL where there is none */
    size_t scratch;                              /* bytes a call needs */
    const char *kernel;                          /* "jit:avx2" */
    void *handle;                                /* the library's */
    const rq_dnn_attr *attr;                     /* its operands' layouts */
    const rq_dnn_layout *const *parts;           /* concat */
};

/* src, dst and weights are dense, channels-last or any; the primitive says what it chose. Shapes
 * N,C,spatial (1 to 3); weights O,I,spatial or G,O,I,spatial; for a deconvolution O and I are of
 * the deconvolution itself. */
typedef struct rq_dnn_window {
    const rq_dnn_layout *src, *weights, *bias, *dst; /* bias: NULL for none */
    int64_t stride[3], dilation[3], pad_begin[3], pad_end[3];
    int n_spatial;
} rq_dnn_window;

typedef enum rq_dnn_pool_kind {
    RQ_DNN_POOL_MAX,
    RQ_DNN_POOL_AVG, /* of the elements inside */
    RQ_DNN_POOL_AVG_PADDED
} rq_dnn_pool_kind;

rq_status rq_dnn_convolution(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_window *window,
                             const rq_dnn_attr *attr);
rq_status rq_dnn_deconvolution(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_window *window,
                               const rq_dnn_attr *attr);
/* kernel[]: the window's size; weights and bias stay unused. */
rq_status rq_dnn_pool(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_window *window,
                      const int64_t *kernel, rq_dnn_pool_kind kind, const rq_dnn_attr *attr);
/* Batched src [.., M, K] x weights [.., K, N] -> dst [.., M, N]. */
rq_status rq_dnn_matmul(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                        const rq_dnn_layout *weights, const rq_dnn_layout *bias,
                        const rq_dnn_layout *dst, const rq_dnn_attr *attr);
rq_status rq_dnn_binary(rq_dnn_primitive **out, rq_dnn *dnn, rq_dnn_binary_kind kind,
                        const rq_dnn_layout *a, const rq_dnn_layout *b, const rq_dnn_layout *dst,
                        const rq_dnn_attr *attr);
/* src and dst share a layout; the first function is the main one. */
rq_status rq_dnn_eltwise(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_post *eltwise,
                         const rq_dnn_layout *layout, const rq_dnn_attr *attr);
rq_status rq_dnn_softmax(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *layout, int axis,
                         bool log);
/* Half-pixel nearest or linear: the library's own formula. */
rq_status rq_dnn_resample(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                          const rq_dnn_layout *dst, bool linear, const rq_dnn_attr *attr);
rq_status rq_dnn_concat(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *const *parts,
                        size_t n, int axis, const rq_dnn_layout *dst);

typedef enum rq_dnn_reduce_kind {
    RQ_DNN_REDUCE_SUM,
    RQ_DNN_REDUCE_MEAN,
    RQ_DNN_REDUCE_MAX,
    RQ_DNN_REDUCE_MIN,
    RQ_DNN_REDUCE_PROD,
    RQ_DNN_REDUCE_L1,
    RQ_DNN_REDUCE_L2
} rq_dnn_reduce_kind;

/* Over the dims that are 1 in dst and not in src. */
rq_status rq_dnn_reduce(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                        const rq_dnn_layout *dst, rq_dnn_reduce_kind kind);
/* (x - mean) / sqrt(variance + epsilon) over the last dim, both computed from it. */
rq_status rq_dnn_layer_norm(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *layout,
                            float epsilon);
/* scale (x - mean) / sqrt(variance + epsilon) + shift, all four given per channel (axis 1). */
rq_status rq_dnn_batch_norm(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *layout,
                            float epsilon);
/* x (bias + alpha / n sum of squares)^-beta: of `size` channels, or of size x size positions. */
rq_status rq_dnn_lrn(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *layout,
                     bool across_channels, int64_t size, float alpha, float beta, float bias);

typedef enum rq_dnn_cell { RQ_DNN_LSTM, RQ_DNN_GRU, RQ_DNN_GRU_LINEAR_BEFORE_RESET } rq_dnn_cell;
typedef enum rq_dnn_direction {
    RQ_DNN_FORWARD,
    RQ_DNN_REVERSE,
    RQ_DNN_BIDIRECTIONAL /* results side by side in the last dim */
} rq_dnn_direction;

/* Shapes in the library's order: src [T,N,I], states [1,D,N,S], dst [T,N,D*S], weights [1,D,I,G,S]
 * and [1,D,S,G,S], bias [1,D,G',S]. Gates: LSTM i, f, c, o; GRU z, r, h, and with
 * linear_before_reset one more bias, of h's recurrent part. */
typedef struct rq_dnn_recurrent_desc {
    rq_dnn_cell cell;
    rq_dnn_direction direction;
    const rq_dnn_layout *src, *state, *weights, *weights_1, *bias, *dst;
} rq_dnn_recurrent_desc;
rq_status rq_dnn_recurrent(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_recurrent_desc *desc);
rq_status rq_dnn_reorder(rq_dnn_primitive **out, rq_dnn *dnn, const rq_dnn_layout *src,
                         const rq_dnn_layout *dst);

/* -- running ------------------------------------------------------------------------------- */

rq_status rq_dnn_stream_create(rq_dnn_stream **out, rq_dnn *dnn);
void rq_dnn_stream_destroy(rq_dnn_stream **stream);
/* To be called on the thread that runs calls, before them: sets its number of threads. */
void rq_dnn_stream_enter(const rq_dnn_stream *stream);

typedef struct rq_dnn_arg {
    int role; /* rq_dnn_role, + i where it is one of several */
    void *data;
} rq_dnn_arg;

rq_status rq_dnn_call_create(rq_dnn_call **out, rq_dnn *dnn, const rq_dnn_primitive *primitive,
                             const rq_dnn_arg *args, size_t n, void *scratch);
void rq_dnn_call_destroy(rq_dnn_call **call);
/* Another address for argument i. */
void rq_dnn_call_set(rq_dnn_call *call, size_t i, void *data);
rq_status rq_dnn_call_run(const rq_dnn_call *call, const rq_dnn_stream *stream);

/* One reorder right now: packing weights. */
rq_status rq_dnn_reorder_now(rq_dnn *dnn, const rq_dnn_layout *from, const void *src,
                             const rq_dnn_layout *to, void *dst);

#endif
