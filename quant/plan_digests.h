/* What the costly parts of a plan are found from, in a digest each: plans made one after the other,
 * of a network and of what equalization makes of it, have most of it in common. */
#ifndef RQ_QUANT_PLAN_DIGESTS_H
#define RQ_QUANT_PLAN_DIGESTS_H

#include "calib/range.h"
#include "engine/base/hash.h"
#include "quant/weights.h"

/* Of the scales that rq_weights_quantize finds; not of given ones. */
rq_status rq_scales_digest(char digest[RQ_DIGEST_TEXT], const float *weights,
                           const rq_weight_layout *layout, const rq_weight_options *options);

/* Of the ranges that all estimators find, and of their noise. */
rq_status rq_ranges_digest(char digest[RQ_DIGEST_TEXT], const rq_stats_value *value,
                           const rq_range_target *target);

#endif
