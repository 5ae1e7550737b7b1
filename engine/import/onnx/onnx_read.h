/* What the parts of the ONNX reader share. Private to onnx_*.c.
 *
 * Source of the format: "Open Neural Network Exchange Intermediate Representation
 * Specification" (IR.md) and the comments of its messages. */
#ifndef RQ_IMPORT_ONNX_ONNX_READ_H
#define RQ_IMPORT_ONNX_ONNX_READ_H

#include "engine/base/formats/onnx_dtype.h"
#include "engine/base/formats/onnx_external.h"
#include "engine/base/text.h"
#include "engine/import/proto.h"
#include "engine/import/framework_model.h"

typedef struct rq_onnx_reader {
    rq_arena *arena;
    const char *path;
    const Onnx__Model *model;
    rq_onnx_external external;
    size_t bytes;      /* of the model's own file */
    size_t nodes_left; /* that functions may still expand to */
} rq_onnx_reader;

/* The call of a function whose nodes take the place of the calling node. */
typedef struct rq_onnx_call rq_onnx_call;
struct rq_onnx_call {
    const rq_onnx_call *caller; /* NULL when a node of the graph itself calls */
    const Onnx__Function *function;
    const rq_framework_node *node; /* the call: its inputs, outputs, attributes */
    const char *prefix;            /* of names that the body makes */
    int depth;
};

/* A growing list of nodes. */
typedef struct rq_onnx_nodes {
    rq_framework_node *v;
    size_t n, capacity;
} rq_onnx_nodes;

/* A graph and its subgraphs; `parent` is NULL for the model's own, `call` outside functions. */
rq_status rq_onnx_read_graph(rq_framework_model **out, rq_onnx_reader *reader,
                             const Onnx__Graph *graph, const rq_framework_model *parent,
                             const rq_onnx_call *call);

/* Appends a node, or, when it calls a function of the model, the function's nodes. */
rq_status rq_onnx_add_node(rq_onnx_nodes *nodes, rq_onnx_reader *reader, const Onnx__Node *node,
                           const rq_framework_model *source, const rq_onnx_call *call);
/* The function that `node` calls; NULL when its operator is none. */
const Onnx__Function *rq_onnx_find_function(const rq_onnx_reader *reader, const Onnx__Node *node);
/* Appends the function's nodes in place of `node`. */
rq_status rq_onnx_expand(rq_onnx_nodes *nodes, rq_onnx_reader *reader,
                         const Onnx__Function *function, const rq_framework_node *node,
                         const rq_framework_model *source, const rq_onnx_call *caller);
/* The name in the graph of what a function's body calls `name`; NULL when memory is short. */
const char *rq_onnx_name(rq_onnx_reader *reader, const rq_onnx_call *call, const char *name);
/* What the call gives for an attribute that the body refers to, or the function's own default;
 * *found is false when there is neither. */
rq_status rq_onnx_call_attr(rq_framework_attr *out, bool *found, rq_onnx_reader *reader,
                            const rq_onnx_call *call, const char *name,
                            const rq_framework_model *source);

/* One attribute; *found is false for one that refers to what the call does not give. */
rq_status rq_onnx_read_attr(rq_framework_attr *out, bool *found, rq_onnx_reader *reader,
                            const Onnx__Attribute *attr, const rq_framework_model *source,
                            const rq_onnx_call *call);
rq_status rq_onnx_read_attrs(rq_framework_node *out, rq_onnx_reader *reader,
                             Onnx__Attribute **attrs, size_t n, const rq_framework_model *source,
                             const rq_onnx_call *call);

/* Dense tensors, in place where the message allows; `what` names it in messages. */
rq_status rq_onnx_read_tensor(rq_tensor *out, rq_onnx_reader *reader, const Onnx__Tensor *tensor,
                              const char *what);
rq_status rq_onnx_read_sparse(rq_tensor *out, rq_onnx_reader *reader,
                              const Onnx__SparseTensor *tensor, const char *what);

#endif
