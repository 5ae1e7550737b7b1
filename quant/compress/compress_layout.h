/* How weights that are compressed lie, and what can be done with them. */
#ifndef RQ_QUANT_COMPRESS_COMPRESS_LAYOUT_H
#define RQ_QUANT_COMPRESS_COMPRESS_LAYOUT_H

#include "quant/layers/weight_layout.h"

/* As rq_weight_layout_find, but that each product of a batch has scales of its own, and that a
 * Gather's table is an output channel per row: along axis 0, whatever it gathers along. */
rq_status rq_compress_layout_find(rq_weight_layout *out, const rq_bound *bound,
                                  const rq_weight_point *point);

/* Which inputs share a scale: the divisor of `inputs` nearest to `wanted`, at least
 * RQ_GROUP_MIN, at most twice what is wanted; 0 where there is none. All inputs count as one
 * divisor. */
#define RQ_GROUP_MIN 4
size_t rq_compress_group_size(size_t inputs, size_t wanted);

#endif
