/* What the parts of the ONNX writer share: the model in the making, and emitting into it.
 *
 * Failures stick: after the first one every call does nothing and gives "", so that what writes an
 * operator is a plain expression of its ONNX nodes, and whoever called it looks at `status` once.
 *
 *     void rq_to_onnx_unary(rq_to_onnx *w)
 *     {
 *         rq_to_onnx_result(w, w->onnx_type, RQ_NAMES(rq_to_onnx_in(w, 0)));
 *     } */
#ifndef RQ_EXPORT_ONNX_TO_ONNX_LOCAL_H
#define RQ_EXPORT_ONNX_TO_ONNX_LOCAL_H

#include "engine/base/formats/onnx.pb-c.h"
#include "engine/export/onnx/to_onnx.h"
#include "engine/ops/op.h"

#include <protobuf-c/protobuf-c.h>

/* A growing list of messages of the arena. */
typedef struct rq_to_onnx_list {
    void **v;
    size_t n, capacity;
} rq_to_onnx_list;

typedef struct rq_to_onnx {
    const rq_graph *graph;
    rq_qdq qdq;
    rq_arena *arena;
    rq_uses uses;
    rq_map *taken; /* names of tensors */
    rq_map *node_names;
    const char **names; /* by value id: its tensor; NULL: not written yet */
    bool *written;      /* by node id: part of what was written for another */
    rq_to_onnx_list nodes, initializers, inputs, outputs;
    int opset; /* that what was written needs */
    rq_status status;

    const rq_node *node;   /* being written */
    const char *onnx_type; /* of its line in the table; may be NULL */
    const rq_op *op;
    const void *attrs;
    int version;
    Onnx__Node *last; /* emitted, for its attributes */
} rq_to_onnx;

/* Writes the nodes of w->node. */
typedef void rq_to_onnx_fn(rq_to_onnx *w);
#define RQ_TO_ONNX(type, function, onnx_type) rq_to_onnx_fn rq_to_onnx_##function;
#include "engine/export/onnx/to_onnx_ops.def"
#undef RQ_TO_ONNX
/* Strides and pads of a layer with a window. */
void rq_to_onnx_set_window(rq_to_onnx *w, size_t n_spatial);

#define RQ_NAMES(...)                                                                              \
    (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

/* -- emitting (to_onnx_emit.c) -------------------------------------------------------------- */

/* A node of one output, which has a name of its own. Gives that name. */
const char *rq_to_onnx_emit(rq_to_onnx *w, const char *type, const char *const *in, size_t n_in);
/* The node whose outputs are those of the layer. */
void rq_to_onnx_result(rq_to_onnx *w, const char *type, const char *const *in, size_t n_in);
/* The node whose output is this value. */
void rq_to_onnx_value(rq_to_onnx *w, rq_id value, const char *type, const char *const *in,
                      size_t n_in);
/* A node that copies. */
void rq_to_onnx_copy(rq_to_onnx *w, const char *out, const char *in);
/* Attributes of the node emitted last. */
void rq_to_onnx_set_int(rq_to_onnx *w, const char *name, int64_t value);
void rq_to_onnx_set_ints(rq_to_onnx *w, const char *name, const int64_t *values, size_t n);
void rq_to_onnx_set_float(rq_to_onnx *w, const char *name, double value);
void rq_to_onnx_set_string(rq_to_onnx *w, const char *name, const char *value);
/* The model needs this opset at least. */
void rq_to_onnx_need(rq_to_onnx *w, int opset);
/* The layer cannot be written: "layer 'x' (Type): <why>". */
void rq_to_onnx_fail(rq_to_onnx *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline bool rq_to_onnx_ok(rq_to_onnx *w, rq_status status)
{
    if (w->status == RQ_OK) w->status = status;
    return w->status == RQ_OK;
}
/* Adds to a list of the model; false after a failure. */
bool rq_to_onnx_add(rq_to_onnx *w, rq_to_onnx_list *list, void *message);
/* Memory of the arena, zeroed; NULL is a failure. */
void *rq_to_onnx_alloc(rq_to_onnx *w, size_t n, size_t size);
void *rq_to_onnx_duplicate(rq_to_onnx *w, const void *data, size_t n, size_t size);
/* Names not yet made unique: of something else with this behind it; of a part of the layer. */
const char *rq_to_onnx_suffixed(rq_to_onnx *w, const char *name, const char *suffix);
const char *rq_to_onnx_layer_name(rq_to_onnx *w, const char *part);
/* A tensor's name that no other has: this one, or with "_1", "_2"... behind. */
const char *rq_to_onnx_unique(rq_to_onnx *w, const char *name);

/* -- constants (to_onnx_const.c) ------------------------------------------------------------ */

/* An initializer: its data is borrowed. Gives its name, which may get a number appended. */
const char *rq_to_onnx_tensor(rq_to_onnx *w, const char *name, rq_dtype dtype, const int64_t *dims,
                              size_t n_dims, const void *data);
/* Those of the layer: i64 of one dimension; a scalar. */
const char *rq_to_onnx_ints(rq_to_onnx *w, const int64_t *values, size_t n);
const char *rq_to_onnx_scalar(rq_to_onnx *w, rq_dtype dtype, double value);
/* f32 of one dimension, or a scalar if n is 0: copied. */
const char *rq_to_onnx_floats(rq_to_onnx *w, const char *name, const float *values, size_t n);

/* The content of a value that is a Const, or one that is converted; *out is in the arena where it
 * had to be converted. False for other values: what rq_to_onnx_is_known says without converting. */
bool rq_to_onnx_is_known(const rq_to_onnx *w, rq_id value);
bool rq_to_onnx_known(rq_to_onnx *w, rq_id value, rq_tensor *out);
/* The same as numbers: an input's; false if it is not connected or not known. */
bool rq_to_onnx_known_ints(rq_to_onnx *w, uint32_t port, int64_t *out, size_t capacity, size_t *n);
/* A failure where it is not known. */
bool rq_to_onnx_require_ints(rq_to_onnx *w, uint32_t port, int64_t *out, size_t capacity, size_t *n,
                             const char *what);
bool rq_to_onnx_require_number(rq_to_onnx *w, uint32_t port, double *out, const char *what);

/* -- the layer being written (to_onnx_layer.c) ----------------------------------------------- */

static inline bool rq_to_onnx_has(const rq_to_onnx *w, uint32_t i)
{
    return i < w->node->n_in && w->node->in[i] != RQ_NONE;
}
/* The tensor of input i; "" without one. */
const char *rq_to_onnx_in(rq_to_onnx *w, uint32_t i);
const char *rq_to_onnx_tensor_of(rq_to_onnx *w, rq_id value);
/* Input i as i64, as ONNX wants sizes and axes; constants are converted at once. */
const char *rq_to_onnx_in_i64(rq_to_onnx *w, uint32_t i);
/* As a row of one dimension, too. */
const char *rq_to_onnx_in_row(rq_to_onnx *w, uint32_t i);
const char *rq_to_onnx_cast(rq_to_onnx *w, const char *x, rq_dtype dtype);
/* The node that gives the layer's output 0, of type `given` in ONNX, with a Cast where the layer's
 * is another; attributes are the node's. */
void rq_to_onnx_result_as(rq_to_onnx *w, rq_dtype given, const char *type, const char *const *in,
                          size_t n_in);
const rq_value *rq_to_onnx_value_in(const rq_to_onnx *w, uint32_t i); /* connected */
static inline const rq_value *rq_to_onnx_value_out(const rq_to_onnx *w, uint32_t i)
{
    return w->graph->values[w->node->out[i]];
}
/* The rank of input i; a failure, and 0, where it is unknown. */
int rq_to_onnx_rank(rq_to_onnx *w, uint32_t i);
/* A constant axis of input `port`, non-negative for a tensor of that rank. */
int rq_to_onnx_axis(rq_to_onnx *w, uint32_t port, int rank);
bool rq_to_onnx_is_used(const rq_to_onnx *w, uint32_t output);
/* The only reader of a value, at whichever input; NULL if there are more or fewer. */
const rq_node *rq_to_onnx_only_reader(const rq_to_onnx *w, rq_id value);
/* Its attributes, by their names in the IR; enumerations and booleans are integers. */
int64_t rq_to_onnx_attr(const rq_to_onnx *w, const char *name);
double rq_to_onnx_attr_float(const rq_to_onnx *w, const char *name);
const rq_ints *rq_to_onnx_attr_ints(const rq_to_onnx *w, const char *name);

/* -- quantization (to_onnx_quantize.c, to_onnx_codes.c) ---------------------------------------- */

/* A constant stored as integers. */
typedef struct rq_to_onnx_codes {
    const char *name;      /* of the Multiply that it ends in */
    rq_tensor codes;       /* as stored */
    rq_tensor scale, zero; /* f32, broadcast to the codes; zero.data NULL: 0 */
} rq_to_onnx_codes;
bool rq_to_onnx_find_codes(rq_to_onnx *w, rq_id value, rq_to_onnx_codes *out);
/* Whether scale and zero point differ along dimensions [axis, axis + n) only. */
bool rq_to_onnx_codes_along(const rq_to_onnx_codes *c, int axis, int n);
/* Initializers and DequantizeLinear of codes that differ along [axis, axis + n). They are written
 * with these dims, those of [axis, axis + n) being merged into dims[onnx_axis]; `data` are the
 * codes in that order. *scales, unless NULL, gets one per channel. */
typedef struct rq_to_onnx_channels {
    int axis, n, onnx_axis;
    const int64_t *dims;
    size_t n_dims;
    const void *data;
} rq_to_onnx_channels;
const char *rq_to_onnx_dequantize(rq_to_onnx *w, const rq_to_onnx_codes *c,
                                  const rq_to_onnx_channels *channels, const float **scales);
/* Of any codes, in their own shape, for readers that know nothing of codes. */
const char *rq_to_onnx_dequantize_any(rq_to_onnx *w, const rq_to_onnx_codes *c);

/* Weights of a product in groups of inputs along one dimension, 4 bits each. */
typedef struct rq_to_onnx_groups {
    rq_to_onnx_codes codes; /* of three dimensions, in the Reshape's input */
    bool along_last;        /* the matrix is outputs by inputs, else inputs by outputs */
    int64_t size;           /* of a group */
} rq_to_onnx_groups;
/* Whether the node, a Reshape or the Convert behind one, gives such to one product and to nobody
 * else. */
bool rq_to_onnx_find_groups(rq_to_onnx *w, const rq_node *node, rq_to_onnx_groups *out);
/* Their DequantizeLinear; `turned`: of the transposed matrix. */
const char *rq_to_onnx_dequantize_groups(rq_to_onnx *w, const rq_to_onnx_groups *groups,
                                         bool turned);

/* Constants are written when something reads them: is the node a part of one? */
bool rq_to_onnx_is_constant(rq_to_onnx *w, const rq_node *node);

/* The constant that is added to each of n channels, along axis 1, of the layer's output, f32; NULL
 * if there is none. *sum is the sum then, and its node counts as written. */
const float *rq_to_onnx_take_bias(rq_to_onnx *w, size_t n, rq_id *sum);
/* As int32 where inputs and weights are codes (their scales known), which is what ONNX Runtime's
 * kernels add, else as f32, as OpenVINO's do. `scales` may be NULL. */
const char *rq_to_onnx_bias(rq_to_onnx *w, const float *bias, size_t n, const float *scales);

#endif
