/* The smallest and largest value seen: nothing is clipped. */
#include "calib/range.h"

static rq_status estimate(float *low, float *high, const rq_stats_value *value,
                          const rq_range_target *target)
{
    (void)target;
    *low = value->min;
    *high = value->max;
    return RQ_OK;
}

const rq_range_method rq_range_minmax = {"minmax", "minimum and maximum of all values", estimate};
