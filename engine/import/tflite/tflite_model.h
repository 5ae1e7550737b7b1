/* A TensorFlow Lite file as its schema has it (tensorflow/lite/schema/schema.fbs): operators and
 * tensors of its graphs. Private to tflite_*.c. */
#ifndef RQ_IMPORT_TFLITE_TFLITE_MODEL_H
#define RQ_IMPORT_TFLITE_TFLITE_MODEL_H

#include "engine/import/framework_model_make.h"
#include "engine/import/tflite/flatbuffer.h"

typedef struct rq_tflite_tensor {
    const char *name; /* unique in the model */
    rq_dtype dtype;
    rq_shape shape;                   /* RQ_DYNAMIC where the signature has -1 */
    const void *data;                 /* of a constant: dense, aligned; else NULL */
    rq_flat_vector scale, zero_point; /* f32, i64: one, or one an index of `axis`; n 0: none */
    int64_t axis;
    bool made; /* it is an input, or an output that has been written */
} rq_tflite_tensor;

typedef struct rq_tflite_graph {
    rq_tflite_tensor *tensors;
    size_t n_tensors;
    rq_flat_vector inputs, outputs; /* i32: indices of tensors */
    rq_flat_vector operators;
} rq_tflite_graph;

typedef struct rq_tflite_operator {
    int64_t code;                        /* of the schema's BuiltinOperator */
    const char *custom;                  /* name of a custom operator */
    rq_flat_vector in, out;              /* i32: indices of tensors; -1: left out */
    rq_flat_table options, more_options; /* of the schema's two unions */
    rq_flat_vector custom_options;       /* bytes: a flexbuffer */
} rq_tflite_operator;

/* Values of it; NULL where there is none (yet). */
typedef struct rq_tflite_variable {
    const char *name;
    const char *initial; /* before the first run */
    const char *before;  /* as the run before left it */
    const char *now;     /* at the operator being written */
    bool changes;        /* runs assign it */
} rq_tflite_variable;

typedef struct rq_tflite_model {
    rq_flatbuffer file;
    rq_framework_model *source; /* whose arena and mapped files all lives in */
    rq_map *names;              /* of all values so far, of all graphs; owned by who opens it */
    rq_map *variables;          /* name -> index in `variable`; owned likewise */
    rq_tflite_variable *variable;
    size_t n_variables, cap_variables;
    rq_flat_vector operator_codes, graphs, buffers, signatures;
} rq_tflite_model;

/* The file's identifier is checked by who found its kind. */
rq_status rq_tflite_model_open(rq_tflite_model *out, rq_framework_model *source);
rq_status rq_tflite_graph_open(rq_tflite_graph *out, rq_tflite_model *model, size_t i);
rq_status rq_tflite_operator_open(rq_tflite_operator *out, rq_tflite_model *model,
                                  const rq_tflite_graph *graph, size_t i);
/* The failure that the file's damage is; RQ_OK while there is none. */
rq_status rq_tflite_check(const rq_tflite_model *model);

/* NULL for an index outside of the graph, and for -1. */
rq_tflite_tensor *rq_tflite_find_tensor(const rq_tflite_graph *graph, int64_t i);
rq_dtype rq_tflite_dtype(int64_t type);

#endif
