/* Nodes with graphs inside (If, Loop, TensorIterator): the body is mapped by a build of its own;
 * values of the outer graph that it reads become inputs of the node. */
#ifndef RQ_IMPORT_BODY_H
#define RQ_IMPORT_BODY_H

#include "engine/import/dialect.h"

typedef struct rq_body_map {
    rq_build build;
    rq_build *outer;
    rq_node *node; /* of the outer graph */
    rq_xml *ports; /* <port_map> and the like */
    rq_xml *edges; /* <back_edges>; NULL until there is one */
    rq_id *inputs; /* of the node, so far */
    size_t n_inputs, cap_inputs;
} rq_body_map;

/* How slices are taken of an input, or joined to an output: along an axis, backwards or not. */
typedef struct rq_body_slice {
    bool sliced, backwards;
    int64_t axis;
} rq_body_slice;

/* Begins a body of `node`, an empty graph that `source` is to be mapped to. To be ended. */
void rq_body_begin(rq_body_map *m, rq_build *outer, rq_node *node, const rq_source *source,
                   const char *body_tag, const char *map_tag);
/* Connects what was captured, gives the layers ids, hands errors and lists to the outer build. The
 * node's inputs are set when `last` (the last body). */
void rq_body_end(rq_body_map *m, bool last);

/* Index of the node's input for an outer value; one per value unless `apart`. */
uint32_t rq_body_input(rq_body_map *m, rq_id outer_value, bool apart);
/* A Parameter of the body (its value) fed by the node's input; the current iteration's number with
 * RQ_NONE as the input. */
rq_id rq_body_parameter(rq_body_map *m, const char *name, rq_dtype dtype, const rq_shape *shape,
                        uint32_t input, const rq_body_slice *slice);
/* A Result of the body that is output `index` of the node; the condition to go on with RQ_NONE. */
rq_node *rq_body_result(rq_body_map *m, const char *name, rq_id value, uint32_t index,
                        const rq_body_slice *slice);
/* The result is the parameter (both of the body) in the next iteration. */
void rq_body_edge(rq_body_map *m, const rq_node *result, rq_id parameter);

#endif
