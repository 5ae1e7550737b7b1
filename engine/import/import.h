/* Importing: a trained model of any framework, read as it is, made into an IR graph. */
#ifndef RQ_IMPORT_IMPORT_H
#define RQ_IMPORT_IMPORT_H

#include "engine/import/custom_layers.h"
#include "engine/import/offload.h"
#include "engine/import/op_mapping.h"
#include "engine/import/pass.h"
#include "engine/import/prepare.h"

/* What opens a model; the flags of one framework are ignored by the others. */
typedef struct rq_import_files {
    const char *model;      /* file or folder */
    const char *proto;      /* Caffe: the prototxt */
    const char *checkpoint; /* TensorFlow: variables of a graph that is not frozen */
    const char *tags;       /* TensorFlow: "serve,gpu", of the SavedModel's graph to take */
    bool whole;             /* TensorFlow: also nodes that no output needs, for cuts to name */
    bool keep_loops;        /* TensorFlow: a detector's stay as in the file, to be replaced */
} rq_import_files;

/* A reader: one folder with a constant rq_reader_<word>, and one line in readers.def. */
typedef struct rq_reader {
    /* Can this be one? data[size]: the file's beginning or all of it (NULL for a folder). */
    bool (*sniff)(const rq_import_files *files, const uint8_t *data, size_t size);
    rq_status (*read)(rq_framework_model **out, const rq_import_files *files);
    const rq_op_mapping *op_mapping;
    /* A mean image of the framework's own format, as rq_import_read_mean; NULL: it has none. */
    rq_status (*read_mean)(rq_tensor *out, rq_arena *arena, const char *path);
} rq_reader;

/* "ONNX" and the like, by name and content; NULL when no reader takes it, or it cannot be read. */
const char *rq_import_kind(const rq_import_files *files);
/* Finds the kind by content, in the order of readers.def, and reads it. */
rq_status rq_import_open(rq_framework_model **out, const rq_import_files *files);

/* The mean image in a file (Caffe's binaryproto): f32 of shape [C, H, W], in the arena. */
rq_status rq_import_read_mean(rq_tensor *out, rq_arena *arena, const char *path);

typedef struct rq_import_options {
    bool disable_fusing;
    const char *skip_pass;     /* name of a pass that is not run, such as "stride"; NULL: none */
    const rq_offload *offload; /* parts that stay with their framework; NULL: none */
    const rq_custom_layers *custom; /* layers that stay as they are; NULL: none */
    const char *keep;               /* "Conv1,.*Scale.*": layers that are not fused; NULL: none */
    rq_prepare prepare;
} rq_import_options;

/* The lists are in the framework's model's arena. */
typedef struct rq_import_result {
    rq_graph *graph;    /* NULL when something does not map */
    bool lacks_weights; /* zeros stand for weights that were not given: only to be looked at */
    rq_unmapped *unmapped;
    size_t n_unmapped;
    rq_fused_layer *fused;
    size_t n_fused;
} rq_import_result;

/* Maps the framework's model to a graph, whose constants borrow the framework's model's: it must
 * outlive the graph. Operators that do not map are no error here: they are listed. `options` may be
 * NULL. */
rq_status rq_import_graph(rq_import_result *out, const rq_framework_model *source,
                          const rq_import_options *options);

/* Adds to the model's hints what its inputs tell of the types and shapes of its values. What does
 * not map, or is not to be inferred, is left out: no failure but of memory. */
rq_status rq_import_infer(rq_framework_model *source);

/* Text with a line for each pass that changed something: how often; with `names` also where. */
void rq_import_list_fused(rq_buf *out, const rq_import_result *result, bool names);
/* How often a pass changed something. */
size_t rq_import_count_fused(const rq_import_result *result, const rq_pass_row *pass);
/* Text that lists unmapped operators: counts, names, the nearest operator, where to cut. */
void rq_import_list_unmapped(rq_buf *out, const rq_framework_model *source,
                             const rq_import_result *result);

#endif
