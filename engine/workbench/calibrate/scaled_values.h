/* Statistics of an equalized network from a pass of the network that it was made of: values that
 * are scaled are told from what they were. Until the pass has ended, both are kept in one
 * (rq_scaled_value.kept_as), so that it can be stopped and continued. */
#ifndef RQ_WORKBENCH_CALIBRATE_SCALED_VALUES_H
#define RQ_WORKBENCH_CALIBRATE_SCALED_VALUES_H

#include "calib/stats.h"
#include "quant/equalize_scaled.h"

typedef struct rq_scaled_values {
    const rq_scaled_value *values; /* [n], borrowed */
    size_t n;
} rq_scaled_values;

/* `value`, whose shape and channels' axis are given, has the channels that are scaled. */
bool rq_scaled_value_fits(const rq_scaled_value *value, const rq_shape *shape, int axis);

/* What becomes of a float tensor, into the statistics at `index`, whose channels are along `axis`;
 * channels_last: as for rq_stats_observe. */
rq_status rq_scaled_value_observe(rq_stats_local *local, uint32_t index,
                                  const rq_scaled_value *value, const rq_tensor *tensor, int axis,
                                  bool channels_last);

typedef struct rq_split_stats {
    rq_stats *before, *after; /* of the network as it was, and equalized */
} rq_split_stats;

/* Of statistics that have both. The origin is that of the network as it was. */
rq_status rq_scaled_values_split(rq_split_stats *out, const rq_stats *both,
                                 const rq_scaled_values *scaled);
void rq_split_stats_close(rq_split_stats *stats); /* {0} again */

#endif
