/* The IR as a graph of nodes (layers) and values (output ports), linked by ids.
 *
 * Ignorant of operators: attributes, versions, rt_info and unknown layers are kept as they
 * were read, so that a file survives reading and writing. Ids are indexes into `nodes` and
 * `values`; a removed node leaves NULL behind and ids are never reused. Everything lives in
 * the graph's arena, constants point into the mapped .bin (or the arena).
 *
 * Source of the format: OpenVINO documentation, "OpenVINO IR format", v10 and v11. */
#ifndef RQ_IR_GRAPH_H
#define RQ_IR_GRAPH_H

#include "engine/base/file.h"
#include "engine/base/map.h" /* RQ_NONE */
#include "engine/base/tensor.h"
#include "engine/base/formats/xml.h"

typedef uint32_t rq_id;

typedef struct rq_graph rq_graph;

/* Bytes of a constant that are made, or read, when they are asked for: `n` of them from `offset`
 * on, both whole elements (bytes where an element is less). The same each time, and from any
 * thread. */
typedef struct rq_source {
    rq_status (*read)(void *out, const void *ctx, size_t offset, size_t n);
    const void *ctx; /* lives as long as the graph */
} rq_source;

/* An output port of a node. */
typedef struct rq_value {
    rq_id id, producer;
    uint32_t index;   /* which output of the producer, from 0 */
    uint32_t port_id; /* the IR's port id */
    rq_dtype dtype;
    rq_shape shape;    /* as the file says; RQ_DYNAMIC dims possible */
    const char *names; /* tensor names as read, "a,b" (commas inside names as "\,"); NULL if none */
    const rq_xml *rt_info; /* list of children of <port> other than dim; NULL if none */
} rq_value;

/* A nested graph: "body" of TensorIterator and Loop, "then_body"/"else_body" of If.
 * The port maps stay in the node's `extra`. */
typedef struct rq_body {
    const char *tag;
    rq_graph *graph;
} rq_body;

typedef struct rq_node {
    rq_id id;
    int64_t layer_id; /* the IR's layer id; -1 for a node made by requant (the writer numbers it) */
    const char *name, *type, *version; /* "conv1", "Convolution", "opset1";
                                        * the name is changed through rq_graph_rename */
    rq_attr *layer_attrs; /* of <layer> other than id, name, type, version (output_names...) */
    size_t n_layer_attrs;
    rq_attr *attrs; /* of <data>, as read */
    size_t n_attrs;
    uint32_t n_in, n_out;
    rq_id *in;                 /* value ids, RQ_NONE if not connected */
    uint32_t *in_port;         /* the IR's port ids */
    rq_id *out;                /* value ids */
    const rq_xml **in_rt_info; /* NULL, or n_in lists as rq_value's rt_info */
    const rq_xml
        *extra; /* list (by ->next) of children of <layer> other than data/input/output/bodies */
    rq_body *bodies;
    size_t n_bodies;
    const void *data; /* Const: its bytes, aligned to the element size; else NULL */
    size_t data_bytes;
    const rq_source *source; /* Const: who makes its bytes where data is NULL; else NULL */
} rq_node;

struct rq_graph {
    rq_arena *arena;
    const char *path; /* for messages; "" when built in memory */
    const char *name;
    int ir_version;        /* 10 or 11 */
    const char *framework; /* that it was imported from, static; NULL: none */
    uint64_t source_bytes; /* of that model's files, or of its constants where they hold more */
    rq_node **nodes;       /* in file order; NULL where removed */
    size_t n_nodes, capacity_nodes;
    rq_value **values;
    size_t n_values, capacity_values;
    const rq_attr *net_attrs; /* of <net> other than name and version */
    size_t n_net_attrs;
    const rq_xml
        *extra;     /* list of children of <net> other than layers and edges (rt_info, meta_data) */
    rq_mapping bin; /* what constants point into */
    rq_open_file *bin_file; /* what the sources of others read, before they are loaded; else NULL */
    rq_map *names;          /* layer names that are taken; private to graph.c */
    bool is_body;           /* shares its parent's arena and mapping */
};

/* -- building and freeing ------------------------------------------------------------------ */

rq_status rq_graph_create(rq_graph **out, const char *name);
void rq_graph_destroy(rq_graph **graph);

/* An independent copy that can be edited. Constant data, text and the rt_info of layers and ports
 * stay borrowed from `graph`, which must outlive the copy. Ids are the same in both. */
rq_status rq_graph_clone(rq_graph **out, const rq_graph *graph);

/* Adds a node with n_in unconnected inputs and n_out outputs of undefined type and unknown rank.
 * Strings are copied. A name that exists already gets "_1", "_2"... appended.
 * U+FFFD stands for each byte that an XML file cannot hold. */
rq_status rq_graph_add_node(rq_node **out, rq_graph *graph, const char *name, const char *type,
                            const char *version, uint32_t n_in, uint32_t n_out);

/* Adds a Const (opset1) with element_type and shape attributes; copies `data`. */
rq_status rq_graph_add_const(rq_node **out, rq_graph *graph, const char *name, rq_dtype dtype,
                             const rq_shape *shape, const void *data);

/* The same with bytes that `source` makes when they are written, hashed or loaded. */
rq_status rq_graph_add_source(rq_node **out, rq_graph *graph, const char *name, rq_dtype dtype,
                              const rq_shape *shape, const rq_source *source);

/* Maps the .bin of rq_ir_open, and makes the bytes of all constants that have but a source, of
 * bodies too: for whoever reads rq_node's data. May be called for the same graph from several
 * threads, before they do. */
rq_status rq_graph_load(rq_graph *graph);

/* Gives a node another name; one that another node has gets "_1", "_2"... appended. */
rq_status rq_graph_rename(rq_graph *graph, rq_node *node, const char *name);

/* An empty graph as the node's next body. Freed with `graph`. */
rq_status rq_graph_add_body(rq_graph **out, rq_graph *graph, rq_node *node, const char *tag);

/* Nodes nothing needs (no path to a Result, Assign or other sink) are removed; Parameters stay. */
rq_status rq_graph_prune(rq_graph *graph);
/* Removes one node; its outputs must have no consumers any more (asserted). */
void rq_graph_remove_node(rq_graph *graph, rq_id node);

/* -- reading the graph --------------------------------------------------------------------- */

const char *rq_node_attr(const rq_node *node, const char *name); /* NULL when absent */
/* Of the same type, inputs (by id), attributes and data: they give the same, but for random
 * numbers, variables and bodies. */
bool rq_node_is_same(const rq_node *a, const rq_node *b);
/* Is it a Const with its bytes, or with who makes them? */
static inline bool rq_node_has_bytes(const rq_node *node)
{
    return node->data || node->source;
}
/* `n` bytes of a constant from `offset` on (rq_source). */
rq_status rq_const_read(void *out, const rq_node *constant, size_t offset, size_t n);
/* Those bytes are not needed for now: gives back the memory of what was mapped for them. */
void rq_const_release(const rq_node *constant, size_t offset, size_t n);
/* All bytes of a constant in their order, at most RQ_PIECE at a time, whole elements; the memory
 * of what was mapped for it is given back behind each. */
#define RQ_PIECE ((size_t)1 << 20)
typedef rq_status rq_piece_fn(void *ctx, const void *piece, size_t size);
rq_status rq_const_visit(const rq_node *constant, rq_piece_fn *fn, void *ctx);
/* Have they the same bytes? */
rq_status rq_const_equal(bool *out, const rq_node *a, const rq_node *b);
rq_status rq_node_set_attr(rq_graph *graph, rq_node *node, const char *name, const char *value);
/* By layer name; NULL when absent. Linear: build a map for many look-ups. */
rq_node *rq_graph_find(const rq_graph *graph, const char *layer_name);
/* By tensor name, or "layer" / "layer.N" / "layer:N" of an output; RQ_NONE when absent. */
rq_id rq_graph_find_value(const rq_graph *graph, const char *name);
/* Whether a Parameter has this name: its layer's, or one that rq_graph_find_value takes. What users
 * name inputs by, wherever they do. */
bool rq_parameter_is_named(const rq_graph *graph, const rq_node *parameter, const char *name);
/* The Parameter of that name; NULL when absent. */
const rq_node *rq_graph_find_parameter(const rq_graph *graph, const char *name);
/* The name that rq_graph_find_value finds the value by, and no other value has: its first tensor
 * name, else "layer" ("layer.N" if it has several outputs or something else is called "layer").
 * Cut at `size`, which does not keep long ones apart. Linear. */
const char *rq_value_name(const rq_graph *graph, rq_id value, char *buffer, size_t size);
/* Appends to a list of tensor names as rq_value has it. */
void rq_tensor_names_append(rq_buf *names, const char *name);
static inline rq_node *rq_value_producer(const rq_graph *graph, rq_id value)
{
    return graph->nodes[graph->values[value]->producer];
}

/* Node ids so that producers come before consumers; file order where that already holds, else
 * each node right after the last of its producers that was late. In *order (malloc'd,
 * *n entries, removed nodes left out). A cycle is RQ_EFORMAT naming layers on it.
 * Linear in nodes and edges; no recursion. */
rq_status rq_graph_topo_order(rq_id **order, size_t *n, const rq_graph *graph);

/* Who uses each value: uses[first[v] .. first[v+1]) ordered by node id, then port. A snapshot. */
typedef struct rq_use {
    rq_id node;
    uint32_t port; /* index of the input */
} rq_use;
typedef struct rq_uses {
    uint32_t *first; /* n_values + 1 */
    rq_use *uses;
} rq_uses;
rq_status rq_uses_create(rq_uses *out, const rq_graph *graph);
void rq_uses_free(rq_uses *uses);
static inline uint32_t rq_uses_count(const rq_uses *uses, rq_id value)
{
    return uses->first[value + 1] - uses->first[value];
}
/* The use of a value that has but one; else NULL. */
static inline const rq_use *rq_uses_only(const rq_uses *uses, rq_id value)
{
    return rq_uses_count(uses, value) == 1 ? &uses->uses[uses->first[value]] : NULL;
}

/* Connects every consumer of `old_value` to `new_value`, except inputs of node `except`
 * (RQ_NONE for none). Tensor names stay with the old value. */
void rq_graph_replace_uses(rq_graph *graph, rq_id old_value, rq_id new_value, rq_id except);

/* Parameters (or Results) in file order, malloc'd. */
rq_status rq_graph_list(rq_id **nodes, size_t *n, const rq_graph *graph, const char *type);

/* XXH3 digest of everything that defines the function: structure, attributes, constants. Does not
 * depend on rt_info or file offsets. */
rq_status rq_graph_digest(char digest[33], const rq_graph *graph);

/* Sets the text at a path of nested elements under <net><rt_info>, making them as needed:
 * rq_graph_set_rt_info(g, "requant/version", "1.0") gives <requant><version value="1.0"/>. */
rq_status rq_graph_set_rt_info(rq_graph *graph, const char *path, const char *value);
/* Takes out the element of that name directly under rt_info, with all that it holds, if there is
 * one. */
void rq_graph_remove_rt_info(rq_graph *graph, const char *name);
/* The value attribute at that path; NULL when absent. */
const char *rq_graph_rt_info(const rq_graph *graph, const char *path);

#endif
