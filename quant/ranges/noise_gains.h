/* What the consumers of a quantized value make of its errors: gains for calib/output_noise.h. */
#ifndef RQ_QUANT_NOISE_GAINS_H
#define RQ_QUANT_NOISE_GAINS_H

#include "calib/output_noise.h"
#include "quant/layers/weight_layout.h"

/* Gains over all consumers of the point, each relative to the power of its own output (inputs taken
 * as uncorrelated), so that noise times gain is noise over signal, averaged over the consumers. A
 * consumer without weights for the value's channels, an Add or a Reshape, counts errors as they
 * are. The arrays live in `arena`. */
rq_status rq_noise_gains_find(rq_gain *out, const rq_bound *bound, const rq_point *point,
                              const rq_stats_value *stats, rq_arena *arena);

#endif
