/* What an operator is: one descriptor per IR layer type, one line in ops.def.
 *
 * The life of a node: attributes are parsed by its table (rq_bind), `infer` gives output types and
 * shapes, and `run` computes. Shapes seen by infer and run are always static; values are dense
 * row-major. A node whose inputs are all constant is run once, at bind time.
 *
 * Formulas: the opset pages of the OpenVINO documentation ("Operation Specifications"). */
#ifndef RQ_OPS_OP_H
#define RQ_OPS_OP_H

#include "engine/ir/graph.h"

/* -- attributes ---------------------------------------------------------------------------- */

typedef enum rq_attr_kind {
    RQ_ATTR_INT,    /* int64_t */
    RQ_ATTR_FLOAT,  /* double */
    RQ_ATTR_BOOL,   /* bool: true/false/1/0 */
    RQ_ATTR_STRING, /* const char * */
    RQ_ATTR_ENUM,   /* int: index into choices */
    RQ_ATTR_INTS,   /* rq_ints */
    RQ_ATTR_FLOATS, /* rq_floats */
    RQ_ATTR_DTYPE   /* rq_dtype */
} rq_attr_kind;

typedef struct rq_ints {
    size_t n;
    const int64_t *v;
} rq_ints;
typedef struct rq_floats {
    size_t n;
    const double *v;
} rq_floats;

typedef struct rq_attr_spec {
    const char *name;
    rq_attr_kind kind;
    size_t offset;              /* in the operator's attribute struct */
    const char *fallback;       /* text of the default; NULL: the attribute is required */
    const char *const *choices; /* RQ_ATTR_ENUM: NULL-terminated */
} rq_attr_spec;

#define RQ_ATTRS_END                                                                               \
    {                                                                                              \
        NULL, RQ_ATTR_INT, 0, NULL, NULL                                                           \
    }

/* -- shape inference ----------------------------------------------------------------------- */

typedef struct rq_op rq_op;

typedef struct rq_infer {
    const rq_graph *graph; /* that node is part of */
    const rq_node *node;
    const rq_op *op;   /* of the node: what operators share asks it what they differ in */
    const void *attrs; /* the operator's struct; zero-sized operators get NULL */
    int version;       /* N of "opsetN" */
    uint32_t n_in, n_out;
    const rq_tensor *in; /* .data is NULL unless the value is known now */
    rq_tensor *out;      /* to fill: dtype and shape; .data stays NULL */
    bool deferred;       /* set by rq_infer_defer */
} rq_infer;

/* The output shapes depend on data that is not known yet: infer is called again at run time, when
 * all inputs have data. If it defers even then, `run` must call rq_call_resize for every output.
 * dtypes must be filled in all the same. Returns RQ_OK, to be returned by infer. */
rq_status rq_infer_defer(rq_infer *ctx);

/* -- running ------------------------------------------------------------------------------- */

typedef struct rq_call rq_call;

/* What the executor does for a kernel. */
typedef struct rq_services {
    rq_status (*resize)(rq_call *call, uint32_t out, const rq_shape *shape);
    /* Runs nested graph `body`; inputs by the body's Parameters in file order, outputs by its
     * Results; output views are valid until the next call. */
    rq_status (*run_body)(rq_call *call, uint32_t body, const rq_tensor *in, size_t n_in,
                          rq_tensor *out, size_t n_out);
    /* Stored state of ReadValue/Assign by variable id; data is NULL before the first assign. */
    rq_status (*read_variable)(rq_call *call, const char *id, rq_tensor *out);
    rq_status (*write_variable)(rq_call *call, const char *id, const rq_tensor *value);
    /* Computes a part of a model by its framework (common/framework_call.h); sizes the outputs that
     * were deferred. */
    rq_status (*call_framework)(rq_call *call);
} rq_services;

struct rq_call {
    const rq_graph *graph; /* that node is part of */
    const rq_node *node;
    const rq_op *op;
    const void *attrs;
    int version;
    uint32_t n_in, n_out;
    const rq_tensor *in; /* .data NULL only for an input that is not connected, or has 0 elements */
    rq_tensor *out;      /* allocated by the executor to the inferred shape */
    void *scratch;       /* op->scratch() bytes, 64-byte aligned */
    const rq_services *services; /* NULL while folding constants */
    void *executor;              /* private to the services */
};

/* Sets the shape of a deferred output and gives it memory. */
rq_status rq_call_resize(rq_call *call, uint32_t out, const rq_shape *shape);

/* -- the descriptor ------------------------------------------------------------------------ */

/* What an operator does with values, as a quantizer sees it; which kernels take codes is told by
 * quant/placement/int8_kernels.def. */
typedef enum rq_role {
    RQ_ROLE_FLOAT = 0,  /* stays in floating point; quantization does not propagate through */
    RQ_ROLE_WEIGHTED,   /* products; input 1 may be weights, per output channel */
    RQ_ROLE_QUANTIZE,   /* computes on activations, no weights (Add, AvgPool, ...) */
    RQ_ROLE_ACTIVATION, /* stays in floating point, fused behind a weighted op (ReLU, Clamp) */
    RQ_ROLE_PASS, /* moves or selects values: quantization propagates through (MaxPool, Reshape) */
    RQ_ROLE_CONCAT, /* passes, with all inputs sharing one scale */
    RQ_ROLE_SHAPE   /* looks at shapes only (ShapeOf): not part of the data path */
} rq_role;

enum {
    /* run() takes every dtype that the operator allows. Without it, floats other than f32 are
     * converted to f32 and back around the kernel, so run() meets only f32, integers and bool. */
    RQ_OP_ANY_DTYPE = 1 << 0,
    /* Output 0 has input 0's bytes under another shape: the executor aliases it and run() may be
     * NULL (Reshape, Squeeze, Unsqueeze). */
    RQ_OP_VIEW = 1 << 1,
    /* run() may write output 0 over input 0 (same dtype and shape). */
    RQ_OP_INPLACE = 1 << 2,
    /* Never folded (random numbers, variables, Parameter, Result). */
    RQ_OP_NO_FOLD = 1 << 3,
    /* Element by element of two operands that are broadcast to the output. */
    RQ_OP_BINARY = 1 << 4,
    /* f(s x) = s f(x) for every s > 0, also with an s per channel (axis 1 of input 0). */
    RQ_OP_HOMOGENEOUS = 1 << 5,
    /* Channel c (axis 1) of the output holds values of channel c of input 0 only, and zeros. */
    RQ_OP_KEEPS_CHANNELS = 1 << 6,

    /* What a quantizer may do with the operator, beside its role: */

    /* Rounds to codes in the model itself (FakeQuantize, FakeConvert). */
    RQ_OP_FAKE_QUANTIZES = 1 << 7,
    /* Selects boxes or classes: what comes before, back to a weighted layer, is post-processing. */
    RQ_OP_SELECTS = 1 << 8,
    /* Constant inputs decide shapes, positions or thresholds and keep all of f32: a scale of 1.3333
     * in FP16 can change an output's size by one. */
    RQ_OP_EXACT_CONSTANTS = 1 << 9,

    /* Every element of the outputs is one of input 0's, of whatever type; but Gather-8 gives zeros
     * for indices that are out of range. */
    RQ_OP_MOVES = 1 << 10
};

/* How the weights of a weighted operator lie: groups, output and input channels, kernel. They are
 * input 1; of a matrix product, whichever input is constant. See weight_axes.h. */
typedef enum rq_weight_order {
    RQ_WEIGHTS_NONE = 0,
    RQ_WEIGHTS_OIK,   /* Convolution */
    RQ_WEIGHTS_GOIK,  /* GroupConvolution: O and I of one group */
    RQ_WEIGHTS_IOK,   /* ConvolutionBackpropData, which is a transposed convolution */
    RQ_WEIGHTS_GIOK,  /* GroupConvolutionBackpropData */
    RQ_WEIGHTS_MATRIX /* the last two dims, turned round by transpose_a, transpose_b */
} rq_weight_order;

/* What the amount of work follows from: all shapes are static. */
#define RQ_WORK_INPUTS 8
typedef struct rq_work_shapes {
    const rq_op *op;
    const void *attrs;                  /* the operator's struct */
    const rq_shape *in[RQ_WORK_INPUTS]; /* of the first inputs; NULL where there is none */
    const rq_shape *out;                /* of output 0; NULL where there is none */
} rq_work_shapes;

struct rq_op {
    const char *type;
    const char *opset; /* of an operator that is not the IR's own: "extension"; NULL: see opsets */
    uint32_t opsets;   /* RQ_OPSET(1) | RQ_OPSET(8): where its forms that are here began */
    int last_opset;    /* behind it the operator has a form that is not here; 0: it has none */
    rq_role role;
    unsigned flags; /* RQ_OP_... */
    rq_weight_order weights;
    const void *kind; /* what functions that operators share have to know; theirs says what it is */
    size_t attrs_size;
    const rq_attr_spec *attrs; /* NULL when there are none */
    rq_status (*infer)(rq_infer *ctx);
    /* Bytes of scratch for these shapes; NULL for none. For an operator that defers even with all
     * data there, called when it is: without output shapes. */
    size_t (*scratch)(const rq_infer *ctx);
    rq_status (*run)(rq_call *call);
    /* Operations of one run, a multiplication and an addition being two. NULL: none where the role
     * says that values are only moved, else one per element of the larger side. */
    double (*flops)(const rq_work_shapes *shapes);
};

#define RQ_OPSET(n) (UINT32_C(1) << (n))
#define RQ_OPSET_ANY UINT32_MAX

/* The descriptor for a type, of the IR's own operators or of a loaded extension; NULL when requant
 * has none. */
const rq_op *rq_op_find(const char *type);
/* Operators that are found from now on, too, by all threads: the list stays as it is for the life
 * of the process. Not called by two threads at once. */
typedef struct rq_op_list {
    struct rq_op_list *next; /* set by rq_op_add */
    const rq_op *ops;
    size_t n;
} rq_op_list;
void rq_op_add(rq_op_list *list);

/* All of the IR's own, sorted by type. */
size_t rq_op_count(void);
const rq_op *rq_op_at(size_t i);

/* "opset8": 8; 0: no opset. */
int rq_opset_number(const char *version);
/* The operator of the node's type and opset; NULL: there is none. Opsets behind the one where a
 * form of it began have it, too. */
const rq_op *rq_node_op(const rq_node *node);
/* Which form of it that is: the opset where it began. */
int rq_node_version(const rq_node *node);

/* -- helpers for operator files (infer.c) ---------------------------------------------------- */

/* Fails with "layer 'name' (Type): ...". */
rq_status rq_node_fail(const rq_node *node, rq_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
rq_status rq_infer_arity(const rq_infer *ctx, uint32_t min_in, uint32_t max_in);
rq_status rq_infer_rank(const rq_infer *ctx, uint32_t input, int min_rank, int max_rank);
/* RQ_EFORMAT unless input i is of floating point, or not given; of inputs 0 to n - 1. For what a
 * kernel reads as f32: it meets integers as they are. */
rq_status rq_infer_float(const rq_infer *ctx, uint32_t i);
rq_status rq_infer_floats(const rq_infer *ctx, uint32_t n);
static inline bool rq_is_index_type(rq_dtype type)
{
    return type == RQ_DT_I64 || type == RQ_DT_I32;
}
/* RQ_EFORMAT unless the attribute, a type of indices or counts, is i64 or i32. */
rq_status rq_infer_index_type(const rq_infer *ctx, const char *attribute, rq_dtype type);
/* out[0] has the type and shape of in[0]. */
rq_status rq_infer_same(rq_infer *ctx);
/* Is input i's content known (or the input absent)? */
bool rq_infer_known(const rq_infer *ctx, uint32_t i);
/* A known integer input (any integer dtype, scalar or 1D) as int64; at most `capacity`.
 * An error if it has more. */
rq_status rq_tensor_ints(const rq_node *node, const rq_tensor *t, int64_t *out, size_t capacity,
                         size_t *n);
rq_status rq_tensor_int(const rq_node *node, const rq_tensor *t, int64_t *out); /* one element */
/* Numpy broadcasting of two shapes; RQ_EFORMAT naming both shapes if they don't fit. */
rq_status rq_shape_broadcast(const rq_node *node, rq_shape *out, const rq_shape *a,
                             const rq_shape *b);

static inline bool rq_input_given(const rq_tensor *in, uint32_t n_in, uint32_t i)
{
    return i < n_in && in[i].dtype != RQ_DT_UNDEFINED;
}

#endif
