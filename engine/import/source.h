/* A model as its framework wrote it, in one form for ONNX, TensorFlow and Caffe: what the readers
 * (onnx_*, tf_*, caffe_*) make and everything after them works on: cutting, freezing, listing what
 * does not map, mapping to IR operators.
 *
 * Values are known by name, each written once: a reader renames what a framework lets repeat
 * (Caffe's in-place blobs; TensorFlow's output k of node n is "n:k", and "n" for k = 0). Everything
 * lives in the source's arena or in its mapped files; one destroy frees it. */
#ifndef RQ_IMPORT_SOURCE_H
#define RQ_IMPORT_SOURCE_H

#include "engine/base/arena.h"
#include "engine/base/file.h"
#include "engine/base/map.h"
#include "engine/base/tensor.h"

typedef struct rq_source rq_source;

typedef enum rq_source_kind {
    RQ_SOURCE_INT,
    RQ_SOURCE_FLOAT,
    RQ_SOURCE_STRING,
    RQ_SOURCE_TENSOR,
    RQ_SOURCE_INTS,
    RQ_SOURCE_FLOATS,
    RQ_SOURCE_STRINGS,
    RQ_SOURCE_DTYPE, /* in .i: an rq_dtype */
    RQ_SOURCE_SHAPE, /* rank -1: unknown; RQ_DYNAMIC dims possible */
    RQ_SOURCE_GRAPH, /* subgraph of If, Loop, Scan */
} rq_source_kind;

typedef struct rq_source_attr {
    const char *name;
    rq_source_kind kind;
    size_t n;         /* of ints, floats, strings; bytes of .s */
    int64_t i;        /* INT, DTYPE; booleans are 0 and 1 */
    double f;         /* FLOAT */
    const char *s;    /* STRING: NUL-terminated, may hold more NULs */
    rq_tensor tensor; /* TENSOR: dense, little-endian, data owned by the source */
    const int64_t *ints;
    const double *floats;
    const char *const *strings;
    rq_shape shape;
    rq_source *graph; /* its outer values are found by name in the parent */
} rq_source_attr;

typedef struct rq_source_node {
    const char *name;   /* never NULL; made from type and position where the file has none */
    const char *domain; /* ONNX's; "" elsewhere */
    const char *type;   /* "Conv", "Conv2D", "Convolution" */
    const char **in;    /* value names; "" where an optional input is left out */
    const char **out;   /* likewise */
    size_t n_in, n_out;
    rq_source_attr *attrs;
    size_t n_attrs;
} rq_source_node;

/* An input or output of the model, or (with data) a constant. */
typedef struct rq_source_value {
    const char *name;
    rq_tensor tensor; /* dtype and shape (rank -1: unknown, RQ_DYNAMIC dims); data: constant */
    rq_dtype fed;     /* of an input: the type given to it, converted; RQ_DT_UNDEFINED: the same */
} rq_source_value;

struct rq_source {
    rq_arena *arena; /* a subgraph shares its parent's */
    const rq_source *parent;
    const char *framework; /* "ONNX", "TensorFlow", "Caffe" */
    const char *path;      /* for messages */
    const char *name;
    int64_t opset;         /* of ONNX's default domain; 0 elsewhere */
    rq_source_node *nodes; /* as in the file: not necessarily sorted */
    size_t n_nodes;
    rq_source_value *inputs, *outputs, *constants;
    size_t n_inputs, n_outputs, n_constants;
    rq_source_value *hints; /* what the file says of other values' types and shapes; no data */
    size_t n_hints;
    rq_mapping *files; /* mapped files that constants point into; closed with the source */
    size_t n_files;
};

void rq_source_destroy(rq_source **source);

/* NULL when absent. */
const rq_source_attr *rq_source_find_attr(const rq_source_node *node, const char *name);
/* The attribute's value, or `fallback` when it is absent or of another kind. */
int64_t rq_source_int(const rq_source_node *node, const char *name, int64_t fallback);
double rq_source_float(const rq_source_node *node, const char *name, double fallback);
const char *rq_source_string(const rq_source_node *node, const char *name, const char *fallback);
/* Borrowed; *n is 0 when absent. */
const int64_t *rq_source_ints(const rq_source_node *node, const char *name, size_t *n);

#endif
