/* Nodes with graphs inside (If, Loop, TensorIterator): the body is mapped by a build of its own;
 * values of the outer graph that it reads become inputs of the node. */
#ifndef RQ_IMPORT_SUBGRAPH_H
#define RQ_IMPORT_SUBGRAPH_H

#include "engine/import/op_mapping.h"

typedef struct rq_subgraph_map {
    rq_ir_builder build;
    rq_ir_builder *outer;
    rq_node *node; /* of the outer graph */
    rq_xml *ports; /* <port_map> and the like */
    rq_xml *edges; /* <back_edges>; NULL until there is one */
    rq_id *inputs; /* of the node, so far */
    size_t n_inputs, cap_inputs;
    size_t n_own; /* of them; behind these are captured values */
} rq_subgraph_map;

/* How slices are taken of an input, or joined to an output: along an axis, backwards or not. */
typedef struct rq_subgraph_slice {
    bool sliced, backwards;
    int64_t axis;
} rq_subgraph_slice;

/* Begins a body of `node`, an empty graph that `source` is to be mapped to. To be ended. */
void rq_subgraph_begin(rq_subgraph_map *m, rq_ir_builder *outer, rq_node *node,
                       const rq_framework_model *source, const char *body_tag, const char *map_tag);
/* Connects what was captured, gives the layers ids, hands errors and lists to the outer build. The
 * node's inputs are set when `last` (the last body). */
void rq_subgraph_end(rq_subgraph_map *m, bool last);

/* Index of a new input of the node for an outer value; before the first body ends. */
uint32_t rq_subgraph_input(rq_subgraph_map *m, rq_id outer_value);
/* A Parameter of the body (its value) fed by the node's input; the current iteration's number with
 * RQ_NONE as the input. */
rq_id rq_subgraph_parameter(rq_subgraph_map *m, const char *name, rq_dtype dtype,
                            const rq_shape *shape, uint32_t input, const rq_subgraph_slice *slice);
/* A Result of the body that is output `index` of the node; the condition to go on with RQ_NONE. */
rq_node *rq_subgraph_result(rq_subgraph_map *m, const char *name, rq_id value, uint32_t index,
                            const rq_subgraph_slice *slice);
/* The result is the parameter (both of the body) in the next iteration. */
void rq_subgraph_edge(rq_subgraph_map *m, const rq_node *result, rq_id parameter);

/* Attributes that are graphs, and the outputs of those, of nodes that have them in that form. */

/* The node's graph of that name; NULL and a failure when it has none. */
const rq_framework_model *rq_subgraph_attr(rq_ir_builder *b, const char *name);
/* Maps the graph's nodes into b's own graph; its inputs must have their values by then. */
void rq_subgraph_inline(rq_ir_builder *b, const rq_framework_model *graph);
/* Value of a mapped graph's output; a failure when nothing gives it. */
rq_id rq_subgraph_output(rq_ir_builder *b, const rq_framework_model *graph, size_t i);
/* A condition (input 0) with the graphs then_branch and else_branch, whose outputs are the node's.
 * The branch of a known condition takes the place of the node. */
void rq_map_if(rq_ir_builder *b, const rq_op_mapping_row *row);

#endif
