/* What images a model was calibrated with, and how, in the IR's rt_info under "requant/images": who
 * evaluates what quantize wrote need not say it again. The values are those of the options. */
#ifndef RQ_RUN_RECORDED_REQUEST_H
#define RQ_RUN_RECORDED_REQUEST_H

#include "engine/run/image_input.h"

/* Images or shapes. */
bool rq_recorded_request_is_there(const rq_graph *graph);

/* Writes what the request asks for. Nothing where arrays go in. */
rq_status rq_recorded_request_set(rq_graph *graph, const rq_image_request *request);

/* Takes what is recorded where nothing is asked: sizes where no size is asked (resize, crop and fit
 * belong together), each other option by itself; mean, scale and channels not where the model does
 * them itself. What was taken is logged if `tell`, and which sizes were not.
 * Nothing where arrays go in. */
rq_status rq_recorded_request_take(rq_image_request *request, const rq_graph *graph, bool tell,
                                   rq_arena *arena);

/* The shapes at which dynamic inputs were bound, "requant/shapes". */
rq_status rq_recorded_shapes_set(rq_graph *graph, const rq_input_shape *shapes, size_t n);
/* Adds those that `recorded` has of dynamic inputs of `graph`, which may be the same, that are not
 * in shapes[*n] yet, up to `room`; names in the arena, or the graph's. An only input may have
 * another name (rq_tensor_shapes_input). What was taken is logged if `tell`. */
rq_status rq_recorded_shapes_take(rq_input_shape *shapes, size_t *n, size_t room,
                                  const rq_graph *recorded, const rq_graph *graph, bool tell,
                                  rq_arena *arena);

#endif
