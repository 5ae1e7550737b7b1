/* Dynamic inputs of a graph, and the shapes that arrays give them. */
#ifndef RQ_RUN_TENSOR_SHAPES_H
#define RQ_RUN_TENSOR_SHAPES_H

#include "datasets/dataset.h"
#include "engine/ops/bind.h"

/* An array's shape as an input's of that pattern (dynamic dimensions, or rank -1), with ones before
 * it that it lacks; false where the input has other dimensions. */
bool rq_tensor_shapes_complete(rq_shape *out, const rq_shape *array, const rq_shape *pattern);
/* Whether a Parameter is dynamic, and not among shapes[n]. */
bool rq_tensor_shapes_is_open(const rq_graph *graph, const rq_node *parameter,
                              const rq_input_shape *shapes, size_t n);
/* How many Parameters are. */
size_t rq_tensor_shapes_open(const rq_graph *graph, const rq_input_shape *shapes, size_t n);
/* The input of `graph` that a static shape of an input of `of`, which may be the same, is for: the
 * one of its name, or, where both have one input only, that one if it can be so. NULL: none. */
const rq_node *rq_tensor_shapes_input(const rq_graph *graph, const rq_input_shape *shape,
                                      const rq_graph *of);
/* The shapes at which `graph` takes what `of` takes at shapes[n]: those, and of dynamic inputs the
 * static ones that `of` has, by the names in `graph`, into `out`. Returns how many; names are
 * borrowed. */
size_t rq_tensor_shapes_for(rq_input_shape *out, size_t room, const rq_graph *graph,
                            const rq_input_shape *shapes, size_t n, const rq_graph *of);
/* The array of a Parameter's name, or, where it is the `only` one to be filled, the only one there
 * is; NULL: none. */
const rq_tensor *rq_tensor_shapes_array(const rq_arrays *arrays, const rq_graph *graph,
                                        const rq_node *parameter, bool only);
/* Adds those that a sample's arrays state, up to `room` shapes; names are borrowed from the graph.
 */
rq_status rq_tensor_shapes_take(rq_input_shape *shapes, size_t *n, size_t room,
                                const rq_graph *graph, const rq_sample *sample);

#endif
