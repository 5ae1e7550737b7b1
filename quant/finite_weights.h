/* Weights that are NaN or infinite: what training or a converter broke, before anything is run. */
#ifndef RQ_QUANT_FINITE_WEIGHTS_H
#define RQ_QUANT_FINITE_WEIGHTS_H

#include "quant/plan_options.h"

/* How many of a constant's f32 numbers are NaN, or infinite where that counts, too. The memory of
 * what was mapped is given back. */
size_t rq_finite_count_bad(const float *x, size_t n, bool infinite);

/* RQ_EFORMAT, naming the first layer that `options` would quantize to INT8 and that has such
 * weights. */
rq_status rq_finite_weights_check(const rq_bound *bound, const rq_plan_options *options);

/* *text: in `arena`, layers that have such weights, or other constants with a NaN, whatever is done
 * with them; NULL: there are none. */
rq_status rq_finite_weights_text(const char **text, const rq_bound *bound, rq_arena *arena);

#endif
