/* A model as its framework wrote it, in one form for ONNX, TensorFlow (Lite) and Caffe: what the
 * readers (onnx_*, tf_*, tflite_*, caffe_*) make and everything after them works on: cutting,
 * freezing, listing what does not map, mapping to IR operators.
 *
 * Values are known by name, each written once: a reader renames what a framework lets repeat
 * (Caffe's in-place blobs; TensorFlow's output k of node n is "n:k", and "n" for k = 0). Everything
 * lives in the framework's model's arena or in its mapped files; one destroy frees it. */
#ifndef RQ_IMPORT_FRAMEWORK_MODEL_H
#define RQ_IMPORT_FRAMEWORK_MODEL_H

#include "engine/base/arena.h"
#include "engine/base/file.h"
#include "engine/base/map.h"
#include "engine/base/tensor.h"

typedef struct rq_framework_model rq_framework_model;

/* Names of the frameworks: rq_framework_onnx is "ONNX". */
#define RQ_READER(word, name) extern const char rq_framework_##word[];
#include "engine/import/readers.def"
#undef RQ_READER

typedef enum rq_framework_attr_kind {
    RQ_FRAMEWORK_INT,
    RQ_FRAMEWORK_FLOAT,
    RQ_FRAMEWORK_STRING,
    RQ_FRAMEWORK_TENSOR,
    RQ_FRAMEWORK_INTS,
    RQ_FRAMEWORK_FLOATS,
    RQ_FRAMEWORK_STRINGS,
    RQ_FRAMEWORK_DTYPE, /* in .i: an rq_dtype */
    RQ_FRAMEWORK_SHAPE, /* rank -1: unknown; RQ_DYNAMIC dims possible */
    RQ_FRAMEWORK_GRAPH, /* subgraph of If, Loop, Scan */
} rq_framework_attr_kind;

typedef struct rq_framework_attr {
    const char *name;
    rq_framework_attr_kind kind;
    size_t n;         /* of ints, floats, strings; bytes of .s */
    int64_t i;        /* INT, DTYPE; booleans are 0 and 1 */
    double f;         /* FLOAT */
    const char *s;    /* STRING: NUL-terminated, may hold more NULs */
    rq_tensor tensor; /* TENSOR: dense, little-endian, data owned by the framework's model */
    const int64_t *ints;
    const double *floats;
    const char *const *strings;
    rq_shape shape;
    rq_framework_model *graph; /* its outer values are found by name in the parent */
} rq_framework_attr;

typedef struct rq_framework_node {
    const char *name;   /* never NULL; made from type and position where the file has none */
    const char *domain; /* ONNX's; "" elsewhere */
    const char *type;   /* "Conv", "Conv2D", "Convolution" */
    const char **in;    /* value names; "" where an optional input is left out */
    const char **out;   /* likewise */
    size_t n_in, n_out;
    rq_framework_attr *attrs;
    size_t n_attrs;
    const struct rq_op_mapping_row *mapping; /* of a node that is no file's; NULL: by its type */
    const char
        *kept_with; /* a value: who needs it needs the node, too, which nobody reads; or NULL */
} rq_framework_node;

/* An input or output of the model, or (with data) a constant. */
typedef struct rq_framework_value {
    const char *name;
    rq_tensor tensor;    /* dtype and shape (rank -1: unknown, RQ_DYNAMIC dims); data: constant */
    const char *also[2]; /* of an input or output: more names that its tensor has; NULL: none */
    const char *ranges;  /* of an input: its shape with ranges, "1..4,3"; NULL: it has none */
    rq_dtype fed; /* of an input: the type given to it, converted; RQ_DT_UNDEFINED: the same */
} rq_framework_value;

/* Of the authors, for people and tools: it changes nothing of what is computed. */
typedef struct rq_framework_metadata {
    const char *key, *value;
} rq_framework_metadata;

struct rq_framework_model {
    rq_arena *arena; /* a subgraph shares its parent's */
    const rq_framework_model *parent;
    const char *framework; /* rq_framework_onnx, ... */
    const char *path;      /* for messages */
    const char *name;
    int64_t opset;            /* of ONNX's default domain; 0 elsewhere */
    bool keeps_loops;         /* they are nodes as in the file, which do not map */
    rq_framework_node *nodes; /* as in the file: not necessarily sorted */
    size_t n_nodes;
    rq_framework_value *inputs, *outputs, *constants;
    size_t n_inputs, n_outputs, n_constants;
    rq_framework_value *hints; /* what the file says of other values' types and shapes; no data */
    size_t n_hints;
    rq_framework_metadata *metadata;
    size_t n_metadata;
    rq_mapping
        *files; /* mapped files that constants point into; closed with the framework's model */
    size_t n_files;
    uint64_t bytes; /* of all files that it was read from; of those that also hold what training
                       needs (checkpoints, SavedModels), of its constants */
};

uint64_t rq_framework_model_constant_bytes(const rq_framework_model *source);

void rq_framework_model_destroy(rq_framework_model **source);

/* NULL when absent. */
const rq_framework_attr *rq_framework_find_attr(const rq_framework_node *node, const char *name);
/* The attribute's value, or `fallback` when it is absent or of another kind. A whole number is a
 * float, too. */
int64_t rq_framework_int64(const rq_framework_node *node, const char *name, int64_t fallback);
/* The same for sizes, axes and the like, of which a file may claim anything: at most of 32 bits, so
 * that their products stay within 64. */
int64_t rq_framework_int(const rq_framework_node *node, const char *name, int64_t fallback);
double rq_framework_float(const rq_framework_node *node, const char *name, double fallback);
/* Number i of a list, or the only one; whole ones, too. False where there is none, *out is kept. */
bool rq_framework_number(double *out, const rq_framework_attr *attr, size_t i);
const char *rq_framework_string(const rq_framework_node *node, const char *name,
                                const char *fallback);
/* Borrowed; *n is 0 when absent. */
const int64_t *rq_framework_ints(const rq_framework_node *node, const char *name, size_t *n);

#endif
