/* Reading TensorFlow's models: GraphDef in binary or text, MetaGraphDef, SavedModel, each with its
 * variables' values from a checkpoint.
 *
 * A node is a NodeDef: its type is TensorFlow's operator ("Conv2D"), its attributes are those of
 * the file. Calls of functions are replaced by the functions' bodies, constants and variables are
 * the framework's model's constants, reading a variable is gone. Output k of node n is the value
 * "n:k", and "n" for k = 0. Only what the outputs need is there: a signature's outputs where the
 * file has signatures, else the nodes that no other reads and that depend on an input. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_H
#define RQ_IMPORT_TENSORFLOW_TF_H

#include "engine/import/framework_model.h"

typedef struct rq_tf_options {
    const char *checkpoint; /* prefix of .index and .data-*; NULL: a SavedModel's own, or none */
    const char *tags;       /* "serve,gpu": of the SavedModel's graph to take; NULL: "serve" */
    bool whole;             /* nodes are there, too, that no output needs */
    bool keep_loops;        /* as rq_import_files has it */
} rq_tf_options;

/* `path` is a folder (a SavedModel), its saved_model.pb, a .meta file, or a GraphDef.
 * Variables without values stay nodes (VarHandleOp, VariableV2). RQ_EFORMAT for damaged files. */
rq_status rq_tf_open(rq_framework_model **out, const char *path, const rq_tf_options *options);

#endif
