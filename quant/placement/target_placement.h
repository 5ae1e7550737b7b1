/* A placement, which follows OpenVINO's CPU plugin, as another target wants it. */
#ifndef RQ_QUANT_PLACEMENT_TARGET_PLACEMENT_H
#define RQ_QUANT_PLACEMENT_TARGET_PLACEMENT_H

#include "calib/stats.h"
#include "quant/placement/quantizer_placement.h"
#include "quant/placement/targets.h"

/* Adds rules for layers that the target runs in floating point: before a placement is made. */
rq_status rq_target_scope(rq_ignored_scope *scope, const rq_bound *bound, rq_target target,
                          rq_arena *arena);

/* Changes a placement of `bound`: axes, groups, symmetry, and points of outputs, of values that
 * `stats` know (NULL: none are added). */
rq_status rq_target_fit_placement(rq_placement *placement, const rq_bound *bound,
                                  const rq_stats *stats, rq_target target);

/* RQ_EARG where the target wants static shapes and an input has none, with all that is missing:
 * shapes[n] are those that the network is calibrated at; NULL: they are not known. */
rq_status rq_target_check_shapes(const rq_graph *graph, rq_target target,
                                 const rq_input_shape *shapes, size_t n);

#endif
