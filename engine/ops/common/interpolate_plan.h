/* Interpolate's attributes and inputs of all versions, read into one table of axes. */
#ifndef RQ_OPS_COMMON_INTERPOLATE_PLAN_H
#define RQ_OPS_COMMON_INTERPOLATE_PLAN_H

#include "engine/ops/common/resample_taps.h"

typedef struct rq_interpolate_attrs {
    int mode, shape_calculation_mode, coordinates, rounding;
    bool antialias, align_corners; /* align_corners and axes: Interpolate-1 */
    double cube_coeff;
    rq_ints pads_begin, pads_end, axes;
} rq_interpolate_attrs;

extern const rq_attr_spec rq_interpolate_attrs_table[];

/* One entry per dimension; those that are not interpolated have scale 1. */
typedef struct rq_interpolate_plan {
    int rank;
    rq_resample_axis axis[RQ_MAX_RANK];
} rq_interpolate_plan;

/* *known is false when sizes, scales or axes are not known yet; the plan is then not made. */
rq_status rq_interpolate_plan_make(rq_interpolate_plan *plan, bool *known, const rq_infer *ctx);
/* Is the output the input along this axis? */
static inline bool rq_resample_idle(const rq_resample_axis *a)
{
    return a->out == a->dim && a->before == 0 && a->after == 0;
}

#endif
