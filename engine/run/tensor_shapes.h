/* Dynamic inputs of a graph, and the shapes that arrays give them. */
#ifndef RQ_RUN_TENSOR_SHAPES_H
#define RQ_RUN_TENSOR_SHAPES_H

#include "datasets/dataset.h"
#include "engine/ops/bind.h"

/* An array's shape as an input's of that pattern (dynamic dimensions, or rank -1), with ones before
 * it that it lacks; false where the input has other dimensions. */
bool rq_tensor_shapes_complete(rq_shape *out, const rq_shape *array, const rq_shape *pattern);
/* Is the Parameter among shapes[n]? */
bool rq_tensor_shapes_given(const rq_graph *graph, const rq_node *node,
                            const rq_input_shape *shapes, size_t n);
/* How many dynamic inputs are not among shapes[n]. */
size_t rq_tensor_shapes_open(const rq_graph *graph, const rq_input_shape *shapes, size_t n);
/* Adds those that a sample's arrays state, up to `room` shapes; names are borrowed from the graph.
 */
rq_status rq_tensor_shapes_take(rq_input_shape *shapes, size_t *n, size_t room,
                                const rq_graph *graph, const rq_sample *sample);

#endif
