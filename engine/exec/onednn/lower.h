/* From a bound graph to steps. Private to engine/exec/onednn.
 *
 * A chain is a node with the element-wise nodes behind it that may run inside its primitive. Each
 * operator that oneDNN has is one line of lowerings.def, element-wise ones are rows of
 * eltwise.c; what has none, or is refused for its shapes, runs by its reference kernel.
 *
 * Everything lowered here is f32 with static shapes of rank 1 and up, and not empty. Status of
 * what returns one: RQ_EUNSUPPORTED where oneDNN cannot do it, which is no failure and leaves the
 * plan as usable as it was (a buffer that was added and is not read costs nothing); RQ_ENOMEM; what
 * a library call gave. Arrays and structs that are given out live in the plan's arena. */
#ifndef RQ_EXEC_ONEDNN_LOWER_H
#define RQ_EXEC_ONEDNN_LOWER_H

#include "engine/exec/onednn/plan.h"
#include "engine/ops/common/interpolate_plan.h"
#include "engine/ops/operators.h"

#define RQ_MAX_FUSED 10
#define RQ_MAX_DEQUANTIZE 4
#define RQ_MAX_CHAIN (RQ_MAX_FUSED + RQ_MAX_DEQUANTIZE)

typedef struct rq_chain {
    const rq_node *nodes[RQ_MAX_CHAIN];
    size_t n;    /* 1 to RQ_MAX_CHAIN */
    size_t done; /* set by the lowering: how many nodes it took, from the first; 1 to n */
} rq_chain;

typedef struct rq_lower {
    rq_onednn_plan *plan;
    rq_bound *bound;
    const rq_graph *graph;
    rq_uses uses;
    rq_id *next;    /* by node id: the node behind it in its chain, or RQ_NONE */
    bool *inner;    /* by node id: not the first of its chain */
    bool *executed; /* by node id: has run by the present step */
    bool *padding;  /* by node id: a Pad that its convolution does */
} rq_lower;

typedef rq_status rq_lower_fn(rq_lower *lower, rq_chain *chain);

/* Each takes the chain's first node, and followers as far as it can, and adds the steps for them;
 * RQ_EUNSUPPORTED: none, `done` is not set. */
#define RQ_LOWERING(type, function, leads) rq_lower_fn function;
#include "engine/exec/onednn/lowerings.def"
#undef RQ_LOWERING
/* Element-wise ones, which the table does not have. */
rq_lower_fn rq_lower_binary, rq_lower_eltwise;
/* The same as one pass over memory (lower_sweep.c); `whole`: all nodes or none. */
rq_status rq_lower_sweep(rq_lower *l, rq_chain *chain, bool whole);
/* An image [batch, channels, n * size] of windows that do not overlap. */
typedef struct rq_windows {
    int64_t batch, channels, n[2], size[2]; /* how many windows, and how large */
} rq_windows;
/* Adds the step that brings pixels from memory of six dims `shape`, of which `order` makes [batch,
 * y and x in the window, channels, y and x of the window], into the image's buffer `to`, which has
 * channels last (place_windows.c). */
rq_status rq_lower_place_windows(rq_lower *l, const rq_node *node, const rq_windows *windows,
                                 const rq_shape *shape, const int *order, size_t from, size_t to);
/* A transposed convolution, phase by phase of its stride (lower_phases.c). */
rq_status rq_lower_phases(rq_lower *l, rq_chain *chain);
/* A MatMul of two values that have codes (lower_matmul_codes.c). */
rq_status rq_lower_matmul_codes(rq_lower *l, rq_chain *chain);
/* What only moves elements, on codes by the operator's own kernel (lower_move.c). */
rq_lower_fn rq_lower_move;
/* A step of a reference kernel: RQ_STEP_REFERENCE or RQ_STEP_MOVE (lower.c). */
rq_status rq_lower_add_reference(rq_lower *l, rq_step_kind kind, const rq_node *node,
                                 const rq_step_arg *args, size_t n);
/* Appends to args[*n] the node's inputs from the `first` on, constants left out, in rows of their
 * own types. */
rq_status rq_lower_rows(rq_step_arg *args, size_t *n, rq_lower *l, const rq_node *node,
                        uint32_t first);
/* An Interpolate that selects elements (lower_nearest.c). */
rq_status rq_lower_nearest(rq_lower *l, rq_chain *chain, const rq_interpolate_plan *plan);

/* One line of lowerings.def (lowerings.c). Element-wise operators are not there: eltwise.c knows
 * them. */
typedef struct rq_lowering {
    const rq_op *op;
    rq_lower_fn *lower;
    bool leads; /* its primitive takes element-wise nodes behind it */
} rq_lowering;
const rq_lowering *rq_lowering_of(const rq_op *op); /* NULL when it is not in the table */

/* -- reading nodes (values.c) ---------------------------------------------------------------- */

static inline const rq_tensor *rq_lower_value(const rq_lower *l, rq_id value)
{
    return &l->bound->values[value];
}
static inline const rq_node *rq_lower_producer(const rq_lower *l, rq_id value)
{
    return rq_value_producer(l->bound->graph, value);
}

/* Whether its data is known: there, or postponed. */
static inline bool rq_lower_is_constant(const rq_lower *l, rq_id value)
{
    return rq_lower_value(l, value)->data ||
           l->bound->nodes[l->graph->values[value]->producer].postponed;
}
static inline bool rq_lower_has_f32_weights(const rq_lower *l, const rq_node *node)
{
    return rq_lower_is_constant(l, node->in[1]) &&
           rq_lower_value(l, node->in[1])->dtype == RQ_DT_F32;
}
/* Data of a constant f32 value and its element count in *n; NULL, and *n untouched, for others. */
const float *rq_lower_floats(const rq_lower *l, rq_id value, size_t *n);
static inline const rq_op *rq_lower_op(const rq_lower *l, const rq_node *node)
{
    return l->bound->nodes[node->id].op;
}
static inline const void *rq_lower_attrs(const rq_lower *l, const rq_node *node)
{
    return l->bound->nodes[node->id].attrs;
}
/* The one consumer of a value, if it may be fused; NULL: somebody else, or the observer, looks at
 * the value's numbers. */
const rq_node *rq_only_consumer(const rq_lower *l, rq_id value);
/* Is this use of a value the last one that has not run yet, in memory that may be overwritten? */
bool rq_lower_is_last_use(const rq_lower *l, size_t buffer, const rq_node *consumer);

/* -- pads (fuse_pad.c) ------------------------------------------------------------------------ */

/* Marks in l->padding the Pads with zeros, on spatial axes only, that a convolution can do. */
rq_status rq_fuse_pad_find(rq_lower *l);
/* The value that a convolution reads: the input of its Pad, if that is left to it; begin[d] gets
 * the zeros before spatial dim d, 0 without such a Pad. */
rq_id rq_fuse_pad_input(const rq_lower *l, const rq_node *convolution, int64_t begin[3]);

/* -- fusing (chain.c, fuse.c, fuse_codes.c, eltwise.c) -------------------------------------- */

/* Links nodes into chains: fills l->next and l->inner. */
rq_status rq_chains_find(rq_lower *l);

/* Element-wise functions of one f32 input, what else they take being constant: fills up to
 * RQ_MAX_ELTWISE_POSTS posts and gives their number. 0 when the node is not one. */
#define RQ_MAX_ELTWISE_POSTS 2
size_t rq_eltwise_posts(const rq_lower *l, const rq_node *node,
                        rq_dnn_post posts[RQ_MAX_ELTWISE_POSTS]);
bool rq_is_eltwise(const rq_lower *l, const rq_node *node);
/* Which element-wise operator of two inputs; false when it is none that oneDNN has. */
bool rq_is_binary(const rq_lower *l, const rq_node *node, rq_dnn_binary_kind *kind);

/* What the followers of a chain's first node become. */
typedef struct rq_fused {
    rq_dnn_attr attr;
    size_t taken; /* nodes of the chain, the first included */
    rq_step_arg args[RQ_DNN_MAX_POSTS + 4];
    size_t n_args;
    const float *bias;          /* per channel of the output, in float; NULL: none */
    rq_id sum;                  /* value added in place, or RQ_NONE */
    const rq_u8_params *sum_u8; /* of `sum` as it will be added; NULL: float */
    const rq_dnn_layout
        *result;    /* how the graph sees what the primitive writes; NULL: as it does */
    bool quantized; /* the result is quantized */
    rq_u8_params codes;
    int rank;          /* of the value that is quantized */
    int channel_axis;  /* of the rules that it was fused by */
    bool one_position; /* see rq_has_one_position */
} rq_fused;

/* Several images whose channels have one position each, [N, C, 1, 1]: the library's primitives take
 * the wrong numbers of an operand per channel, as of memory with channels last and first at once.
 */
bool rq_has_one_position(const rq_shape *shape);

typedef struct rq_fuse_rules {
    int channel_axis; /* of the output: where a bias and per-channel operands lie */
    bool bias;        /* the primitive has one */
    bool sum;         /* the primitive adds to its destination */
    bool integer;     /* the primitive can give u8 */
    float offset;     /* added to the result before anything else */
} rq_fuse_rules;

/* Takes up to max_nodes (1 to chain->n) nodes of the chain, the first as given; out->taken says how
 * many. `out` needs no initialisation. */
rq_status rq_fuse(rq_fused *out, rq_lower *l, const rq_chain *chain, size_t max_nodes,
                  const rq_fuse_rules *rules);
/* The same for a chain whose first node is a function: it becomes posts too. */
rq_status rq_fuse_eltwise(rq_fused *out, rq_lower *l, const rq_chain *chain, size_t max_nodes,
                          const rq_fuse_rules *rules);
bool rq_is_eltwise_post(const rq_dnn_post *post, rq_dnn_eltwise_kind eltwise);
/* As one with the last post where both are linear; false where there is no room for another. */
bool rq_fused_add_post(rq_fused *out, const rq_dnn_post *post);
/* Completes the posts for a computation whose result is in units of unit[c] (NULL: in float, and
 * then no bias is rescaled): scales, the bias in those units in *bias, and the step to u8. */
rq_status rq_fuse_finish(rq_fused *fused, const float **bias, rq_lower *l, const float *unit,
                         size_t n);
/* A primitive of at most max_nodes of a chain, which fuses them into the rq_fused of `ctx`. */
typedef rq_status rq_fuse_attempt(rq_dnn_primitive **out, void *ctx, size_t max_nodes);
/* The primitive with as much of the chain as the library takes; `fused` is that of `ctx`. */
rq_status rq_fuse_most(rq_dnn_primitive **out, const rq_chain *chain, const rq_fused *fused,
                       rq_fuse_attempt *attempt, void *ctx);
/* The value that the taken nodes leave: output 0 of the last one. */
rq_id rq_fused_value(const rq_chain *chain, const rq_fused *fused);
/* The type a primitive writes whose floats are `numbers`. */
static inline rq_dtype rq_fused_dtype(const rq_fused *fused, rq_dtype numbers)
{
    return fused->quantized ? RQ_DT_U8 : numbers;
}

/* Steps of a finished primitive: its own arguments, the fused operands, the destination. */
rq_status rq_fused_emit(rq_lower *l, rq_chain *chain, rq_fused *fused,
                        const rq_dnn_primitive *primitive, const rq_step_arg *args, size_t n_args);

/* -- codes (quantized.c) --------------------------------------------------------------------- */

/* How ONNX's QuantizeLinear and DequantizeLinear look in an IR: FakeQuantize to integers, Convert
 * to i8 or u8, Convert to f32, perhaps Subtract, Multiply. */
typedef struct rq_dequantize {
    const rq_node *nodes[RQ_MAX_DEQUANTIZE];
    size_t n;
    float scale, zero; /* number = (what the FakeQuantize gives - zero) * scale */
} rq_dequantize;

/* What follows a FakeQuantize; false when that is no such thing, and *out is not to be read. */
bool rq_dequantize_find(rq_dequantize *out, const rq_lower *l, const rq_node *fake_quantize);

/* How many nodes of a chain a node takes: a FakeQuantize covers those that dequantize its codes. */
size_t rq_dequantized_nodes(const rq_lower *l, const rq_node *node);

/* The codes of a FakeQuantize, dequantized by what follows it, with one range, or one per channel,
 * and zero among them; false when it is another. */
bool rq_fake_quantize_u8(rq_u8_params *out, const rq_lower *l, const rq_node *node);

/* Integer weights with a scale per output channel: `codes` has the constant's dense layout. */
typedef struct rq_integer_weights {
    const int8_t *codes; /* one per element */
    const float *scales; /* [n] */
    size_t n;            /* output channels */
} rq_integer_weights;

/* Of the value `value`: a constant that a Multiply or FakeQuantize gives. Channels: dims [from,
 * to), together. RQ_EUNSUPPORTED for weights that are no such codes. */
rq_status rq_integer_weights_read(rq_integer_weights *out, rq_lower *l, rq_id value, int from,
                                  int to);

/* -- products (integer_product.c) ------------------------------------------------------------ */

/* Steps (elements) from one output channel, input channel, tap of weights to the next, and how many
 * there are of the latter two. */
typedef struct rq_weight_strides {
    size_t inputs, taps;
    size_t output, input, tap;
} rq_weight_strides;

typedef struct rq_integer_product {
    rq_u8_params codes; /* of the activation */
    rq_integer_weights weights;
    const float *unit; /* [weights.n]: what 1 in a sum of products stands for */
} rq_integer_product;

/* Of `codes` and the value `weights`, whose channels are dims [from, to). *found is false, and *out
 * not to be read, for weights that are no integers, and where neighbouring products could leave
 * int16 (unless the plan saturates): what integers would get wrong is computed in float. */
rq_status rq_integer_product_read(rq_integer_product *out, bool *found, rq_lower *l,
                                  const rq_u8_params *codes, rq_id weights, int from, int to,
                                  const rq_weight_strides *strides);

/* What a layer multiplies by: the product's codes or, where `product` is NULL, the numbers of the
 * constant `weights`. */
rq_status rq_lower_weights(const void **out, const rq_lower *l, rq_id weights,
                           const rq_integer_product *product);

/* Of the input and the constant weights [I, O, y, x] of a transposed convolution; *found is false,
 * too, where the input has no codes, or codes with a scale per channel. */
rq_status rq_integer_product_read_transposed(rq_integer_product *out, bool *found, rq_lower *l,
                                             const rq_node *node);

/* A convolution of codes with one channel each, of `data`, whose geometry `window` is
 * (lower_depthwise.c). */
rq_status rq_lower_depthwise(rq_lower *l, rq_chain *chain, rq_id data, const rq_dnn_window *window,
                             const rq_integer_product *product);

#endif
