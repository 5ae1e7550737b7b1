/* Iterations of a nested graph: what Loop and TensorIterator share. */
#ifndef RQ_OPS_COMMON_CONTROL_FLOW_LOOP_H
#define RQ_OPS_COMMON_CONTROL_FLOW_LOOP_H

#include "engine/ops/common/control_flow.h"

/* trips: how often at most; -1 for no limit but that of the sliced inputs. exact: no condition can
 * end the iterations earlier. Defers where the outputs' shapes are not certain. */
rq_status rq_control_flow_loop_infer(rq_infer *ctx, int64_t trips, bool exact);
rq_status rq_control_flow_loop_run(rq_call *call, int64_t trips);

/* -- between the two ----------------------------------------------------------------------- */

/* Types and shapes of the body's parameters, the same in all iterations unless back edges change
 * them. *trips sinks to the number of slices. */
rq_status rq_control_flow_loop_parameters(const rq_control_flow *flow, const rq_tensor *in,
                                          rq_tensor *parameters, int64_t *trips);
/* The shape of an output put together of n parts. */
rq_status rq_control_flow_loop_joined(const rq_control_flow *flow, rq_shape *out,
                                      const rq_control_flow_slice *slice, const rq_shape *part,
                                      int64_t n);

#endif
