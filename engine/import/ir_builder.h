/* Building an IR graph from a framework's model: what the mapping functions of every framework work
 * with.
 *
 * Failures stick: after the first one every call does nothing and gives RQ_NONE (or "nothing is
 * known"), so that a mapping function is a plain expression of what it emits, and whoever called
 * it looks at `status` once.
 *
 *     static void map_gemm(rq_ir_builder *b)
 *     {
 *         rq_id x = rq_ir_builder_in(b, 0), w = rq_ir_builder_in(b, 1);
 *         rq_id y = rq_emit_mat_mul(b, x, w, false, true);
 *         rq_ir_builder_set(b, 0, rq_emit_binary(b, "Add-1", y, rq_ir_builder_in(b, 2)));
 *     }
 *
 * Operators whose inputs are all constant are computed at once (see `no_fold`). Types and shapes
 * are inferred by engine/ops as nodes are emitted. Where the model's inputs have unknown
 * dimensions, inference is done twice, for two sizes of them: what comes out the same is known. */
#ifndef RQ_IMPORT_IR_BUILDER_H
#define RQ_IMPORT_IR_BUILDER_H

#include "engine/import/framework_model.h"
#include "engine/ops/bind.h"

#define RQ_IR_BUILDER_SAMPLES 2

/* What is known of a value of the graph. */
typedef struct rq_ir_builder_value {
    rq_tensor t[RQ_IR_BUILDER_SAMPLES]; /* rank -1: unknown; data: known for these sizes */
    bool constant;                      /* t[0] is the value's content, whatever the inputs are */
} rq_ir_builder_value;

/* An operator that does not map. */
typedef struct rq_unmapped {
    const rq_framework_node *node;
    const char *why; /* NULL: there is no such operator in the mapping */
} rq_unmapped;

typedef struct rq_op_mapping rq_op_mapping;
typedef struct rq_ir_builder rq_ir_builder;
struct rq_ir_builder {
    const rq_framework_model *source;
    const rq_op_mapping *op_mapping;
    rq_graph *graph;
    rq_arena *arena;                       /* the graph's */
    rq_ir_builder *outer;                  /* of which this builds a body; else NULL */
    const struct rq_offload *offload;      /* of the outermost build; NULL: nothing is offloaded */
    const struct rq_custom_layers *custom; /* of the outermost build; NULL: none */
    rq_status status;
    bool lacks_weights; /* of the outermost build: zeros stand for weights that were not given */
    bool no_fold;       /* set around rq_emit to keep what would be folded (dequantized weights) */
    bool repeated;      /* nodes are mapped more than once: their values' names are not unique */

    const rq_framework_node *node; /* being mapped */
    rq_map *names;                 /* value of the framework's model -> id in graph */
    rq_map *constants;             /* its constants, by index: emitted when first used */
    rq_ir_builder_value *values;   /* by id */
    rq_bound_node *bound;          /* by node id: operator and parsed attributes */
    size_t n_values, n_bound;      /* room */
    size_t first_node;             /* nodes of the graph before this one's */
    uint64_t fold_budget;          /* bytes of constants that folding may still make */
    rq_unmapped *unmapped;         /* of the outermost build */
    size_t n_unmapped, cap_unmapped;
    struct rq_capture *captures; /* of a body: values of `outer` that became Parameters */
    size_t n_captures, cap_captures;
};

/* Bytes that constant folding may make: in proportion to those of the constants that there are. */
static inline uint64_t rq_fold_budget(uint64_t constants)
{
    return ((uint64_t)64 << 20) + 4 * constants;
}

typedef struct rq_capture {
    rq_id outer, parameter; /* value of the outer graph; the body's Parameter (node) */
} rq_capture;

/* -- the node being mapped ------------------------------------------------------------------- */

/* Value of input i; RQ_NONE if it is left out. */
rq_id rq_ir_builder_in(rq_ir_builder *b, size_t i);
static inline bool rq_ir_builder_has(const rq_ir_builder *b, size_t i)
{
    return i < b->node->n_in && b->node->in[i][0] != '\0';
}
/* Gives output i its value; the emitted node takes over the framework's model's names. */
void rq_ir_builder_set(rq_ir_builder *b, size_t i, rq_id value);
/* Every output of the framework's model node is the output of the same index of `node`. */
void rq_ir_builder_set_all(rq_ir_builder *b, const rq_node *node);
/* True when the model uses output i. */
static inline bool rq_ir_builder_wants(const rq_ir_builder *b, size_t i)
{
    return i < b->node->n_out && b->node->out[i][0] != '\0';
}
/* "path: node 'name' (Type): ..." */
void rq_ir_builder_fail(rq_ir_builder *b, rq_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* This node does not map; the import goes on, to find the others. NULL: no such operator. */
void rq_ir_builder_unmapped(rq_ir_builder *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* -- emitting -------------------------------------------------------------------------------- */

#define RQ_IN(...)                                                                                 \
    (const rq_id[]){__VA_ARGS__}, sizeof((const rq_id[]){__VA_ARGS__}) / sizeof(rq_id)

/* "Type-N" with N the opset, or an extension's; attributes as "name=value;name=value". Gives the
 * first output. */
rq_id rq_emit(rq_ir_builder *b, const char *type, const rq_id *in, size_t n_in, const char *attrs,
              ...) __attribute__((format(printf, 5, 6)));
/* The same with several outputs; node->out[] are their values. NULL after a failure. Not folded. */
rq_node *rq_emit_node(rq_ir_builder *b, const char *type, const rq_id *in, size_t n_in,
                      uint32_t n_out, const char *attrs, ...) __attribute__((format(printf, 6, 7)));
/* The same, its types and shapes not inferred yet: to add bodies, then rq_ir_builder_infer. */
rq_node *rq_emit_deferred(rq_ir_builder *b, const char *type, const rq_id *in, size_t n_in,
                          uint32_t n_out, const char *attrs, ...)
    __attribute__((format(printf, 6, 7)));

/* For one more of a node: its "Type-N"; its attributes, one of them with another value (NULL:
 * none).
 */
const char *rq_emit_type_of(rq_ir_builder *b, const rq_node *node);
const char *rq_emit_attrs_of(rq_ir_builder *b, const rq_node *node, const char *name,
                             const char *value);

/* Constants. Equal ones share bytes when written. `data` of rq_emit_const is borrowed: it must
 * live as long as the framework's model or the graph, aligned to its element. */
rq_id rq_emit_const(rq_ir_builder *b, const rq_tensor *tensor);
rq_id rq_emit_ints(rq_ir_builder *b, const int64_t *values, size_t n); /* i64, 1D */
rq_id rq_emit_int(rq_ir_builder *b, int64_t value);                    /* i64, scalar */
rq_id rq_emit_scalar(rq_ir_builder *b, rq_dtype dtype, double value);
rq_id rq_emit_like(rq_ir_builder *b, rq_id x, double value); /* a scalar of x's type */
rq_id rq_emit_floats(rq_ir_builder *b, const float *values, const rq_shape *shape); /* copied */
rq_id rq_emit_reals(rq_ir_builder *b, const double *values, const rq_shape *shape); /* as f32 */
#define RQ_EMIT_INTS(b, ...)                                                                       \
    rq_emit_ints(b, (const int64_t[]){__VA_ARGS__},                                                \
                 sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

/* What every framework needs. Each gives its input back where there is nothing to do. */
rq_id rq_emit_convert(rq_ir_builder *b, rq_id x, rq_dtype dtype);
rq_id rq_emit_reshape(rq_ir_builder *b, rq_id x, const int64_t *dims, size_t n); /* 0: as it was */
rq_id rq_emit_transpose(rq_ir_builder *b, rq_id x, const int64_t *order, size_t n);
rq_id rq_emit_unsqueeze(rq_ir_builder *b, rq_id x, const int64_t *axes, size_t n);
rq_id rq_emit_squeeze(rq_ir_builder *b, rq_id x, const int64_t *axes, size_t n); /* n 0: all ones */
rq_id rq_emit_shape_of(rq_ir_builder *b, rq_id x); /* i64; a constant when it is known */
rq_id rq_emit_unary(rq_ir_builder *b, const char *type, rq_id x);           /* without attributes */
rq_id rq_emit_binary(rq_ir_builder *b, const char *type, rq_id x, rq_id y); /* numpy broadcasting */
rq_id rq_emit_mat_mul(rq_ir_builder *b, rq_id x, rq_id y, bool transpose_a, bool transpose_b);
/* x's elements of that index along the axis, in place of the axis the index' dimensions. */
rq_id rq_emit_gather(rq_ir_builder *b, rq_id x, rq_id index, int64_t axis);
/* x's elements begin, begin + step, ... before `end` of one axis, as Slice-8 counts them. */
rq_id rq_emit_slice(rq_ir_builder *b, rq_id x, int64_t axis, int64_t begin, int64_t end,
                    int64_t step);
/* 0, 1, ... n - 1, i64. */
rq_id rq_emit_count_up(rq_ir_builder *b, rq_id n);
/* The next larger f32 of a constant scalar: frameworks suppress boxes that overlap by more than a
 * threshold, OpenVINO those that overlap by as much, too. */
rq_id rq_emit_just_above(rq_ir_builder *b, rq_id threshold);

/* -- what is known --------------------------------------------------------------------------- */

/* With the sizes that stand for unknown ones the s-th time. Rank -1 and no data for RQ_NONE, and
 * after a failure. */
const rq_tensor *rq_ir_builder_sample(const rq_ir_builder *b, rq_id value, int s);
rq_dtype rq_ir_builder_dtype(const rq_ir_builder *b, rq_id value);
rq_shape rq_ir_builder_shape(const rq_ir_builder *b, rq_id value); /* RQ_DYNAMIC where not known */
int rq_ir_builder_rank(const rq_ir_builder *b, rq_id value);       /* -1: not known */
/* The rank, or a failure that asks for a static shape. */
int rq_ir_builder_require_rank(rq_ir_builder *b, rq_id value);
/* The content of a constant; NULL when it is none. */
const rq_tensor *rq_ir_builder_const(const rq_ir_builder *b, rq_id value);
/* A constant row of at most `capacity` integers; false when it is none. */
bool rq_ir_builder_ints(const rq_ir_builder *b, rq_id value, int64_t *out, size_t capacity,
                        size_t *n);
/* The same; a failure naming `what` when it is not constant. */
bool rq_ir_builder_require_ints(rq_ir_builder *b, rq_id value, int64_t *out, size_t capacity,
                                size_t *n, const char *what);
/* The first element of a constant as a number; `fallback` when it is none. */
double rq_ir_builder_number(const rq_ir_builder *b, rq_id value, double fallback);
/* "1,1" in the arena. */
const char *rq_ir_builder_text(rq_ir_builder *b, const int64_t *values, size_t n);
static inline const char *rq_bool_text(bool value)
{
    return value ? "true" : "false";
}

/* -- by value and name ----------------------------------------------------------------------- */

/* The value of that name, in this graph or captured from the outer ones. RQ_NONE: none such. */
rq_id rq_ir_builder_find(rq_ir_builder *b, const char *name);
void rq_ir_builder_name(rq_ir_builder *b, const char *name, rq_id value);
/* A Parameter (gives its value), a Result. */
rq_id rq_ir_builder_parameter(rq_ir_builder *b, const char *name, rq_dtype dtype,
                              const rq_shape *shape);
/* Another type or shape for a Parameter: what was inferred from it stays as it is. */
void rq_ir_builder_retype(rq_ir_builder *b, rq_id parameter, rq_dtype dtype, const rq_shape *shape);
void rq_ir_builder_result(rq_ir_builder *b, const char *name, rq_id value);
/* A tensor name more, behind those that the value has, unless it is some value's already. */
void rq_ir_builder_add_tensor_name(rq_ir_builder *b, rq_id value, const char *name);

/* -- for the frame's own files --------------------------------------------------------------- */

/* What dimensions that are not known are taken for, but the width of an image. Different enough
 * that what is computed from them differs, and even enough for networks that halve them several
 * times. */
extern const int64_t rq_ir_builder_sample_dims[RQ_IR_BUILDER_SAMPLES];
/* What dimensions are taken for that only the data tells: other numbers than those of inputs. */
extern const int64_t rq_ir_builder_data_dims[RQ_IR_BUILDER_SAMPLES];

/* Takes in a graph that is there already: what is known of its values, operators and attributes.
 * What cannot be inferred is as the file says. */
void rq_ir_builder_adopt(rq_ir_builder *b);
/* What is known of a Parameter: type and shape, sample sizes for dimensions that are not. */
void rq_ir_builder_know_parameter(rq_ir_builder *b, rq_id value, rq_dtype dtype,
                                  const rq_shape *shape);
rq_ir_builder *rq_ir_builder_outermost(rq_ir_builder *b);
/* A node of unknown outputs for the one being mapped, so that the others can still be mapped. */
void rq_ir_builder_placeholder(rq_ir_builder *b);
/* Room for what is known of every value and node so far; false after a failure. */
bool rq_ir_builder_make_room(rq_ir_builder *b);
/* Types and shapes of the node's outputs; a single output that is constant becomes a Const. */
void rq_ir_builder_infer(rq_ir_builder *b, rq_node *node, bool fold);
/* Shape of an output where the inputs' shapes do not tell it; `some` for dimensions that the data
 * tells. Rank -1: nothing is known. */
rq_shape rq_ir_builder_unknown_shape(const rq_node *node, const rq_tensor *in, uint32_t output,
                                     int64_t some);
/* Shape of an output where the inputs' static shapes contradict the operator, since some of their
 * sizes stand for unknown ones; dimensions that nothing tells are those of the sample. False:
 * nothing is known. */
bool rq_ir_builder_partial_shape(rq_shape *out, const rq_node *node, const rq_tensor *in,
                                 uint32_t output, int sample);
/* Turns the node into a Const of that content, which is borrowed. */
void rq_ir_builder_make_const(rq_ir_builder *b, rq_node *node, const rq_tensor *tensor);
/* Writes what is known of the node's outputs into the graph. */
void rq_ir_builder_note_outputs(rq_ir_builder *b, const rq_node *node);
/* Keeps the first failure; true while there is none. */
static inline bool rq_ir_builder_ok(rq_ir_builder *b, rq_status status)
{
    if (b->status == RQ_OK) b->status = status;
    return b->status == RQ_OK;
}

#endif
