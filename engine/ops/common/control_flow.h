/* Nested graphs: how the ports of If, Loop and TensorIterator map to those of their bodies.
 *
 * Source: OpenVINO documentation, "Operation Specifications: TensorIterator-1, Loop-5, If-8". A
 * port map lists <input> and <output> by external_port_id and internal_layer_id; an external port
 * of -1 means that the port has but a purpose. */
#ifndef RQ_OPS_COMMON_CONTROL_FLOW_H
#define RQ_OPS_COMMON_CONTROL_FLOW_H

#include "engine/ops/op.h"

/* Slices of `part` elements along `axis`, `stride` apart; a negative stride walks backwards.
 * start and end are positions between elements: -1 is behind the last one. */
typedef struct rq_control_flow_slice {
    bool sliced;
    int64_t axis, start, end, stride, part;
} rq_control_flow_slice;

typedef struct rq_control_flow_port {
    uint32_t outer; /* index of the node's input or output */
    uint32_t inner; /* index among the body's Parameters or Results, in file order */
    rq_control_flow_slice slice;
} rq_control_flow_port;

typedef struct rq_control_flow_edge {
    uint32_t result, parameter; /* the result is the parameter in the next iteration */
} rq_control_flow_edge;

typedef struct rq_control_flow {
    const rq_graph *outer;
    const rq_node *node;
    const rq_graph *body;
    uint32_t body_index;
    rq_id *parameters, *results; /* node ids in the body */
    size_t n_parameters, n_results;
    rq_control_flow_port *inputs;
    size_t n_inputs;
    rq_control_flow_port *outputs; /* one for each output of the node, in order */
    rq_control_flow_edge *edges;
    size_t n_edges;
    uint32_t iteration; /* Parameter that gets the iteration's number; RQ_NONE if none */
    uint32_t condition; /* Result that says whether to go on; RQ_NONE if none */
} rq_control_flow;

/* Reads the map `map_tag` ("port_map", "then_port_map"...) and the back edges to the body
 * `body_tag`. To be closed even after a failure. */
rq_status rq_control_flow_open(rq_control_flow *flow, const rq_graph *graph, const rq_node *node,
                               const char *map_tag, const char *body_tag);
void rq_control_flow_close(rq_control_flow *flow);

/* How many slices a dimension of `dim` elements has; RQ_EFORMAT when they don't fit it. */
rq_status rq_control_flow_slice_count(const rq_node *node, int64_t *n,
                                      const rq_control_flow_slice *slice, int64_t dim);
/* First element of slice i. */
int64_t rq_control_flow_slice_at(const rq_control_flow_slice *slice, int64_t dim, int64_t i);
/* Axis of a slice of a tensor; RQ_EFORMAT if it has none such. */
rq_status rq_control_flow_slice_axis(const rq_node *node, int *out,
                                     const rq_control_flow_slice *slice, const rq_shape *shape);

typedef struct rq_control_flow_facts {
    bool known;   /* all results' shapes are */
    bool goes_on; /* there is no condition, or it is always true */
} rq_control_flow_facts;

/* Types and shapes of the body's results, for those of its parameters.
 * parameters[n_parameters], results[n_results]. */
rq_status rq_control_flow_infer(const rq_control_flow *flow, const rq_tensor *parameters,
                                rq_tensor *results, rq_control_flow_facts *facts);

#endif
