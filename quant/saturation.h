/* Weight codes that cannot saturate int16 (engine/base/int16_pairs.h). */
#ifndef RQ_QUANT_SATURATION_H
#define RQ_QUANT_SATURATION_H

#include "engine/base/int16_pairs.h"

#define RQ_CODE_MAX 127 /* of weights: narrow range, -127..127 */

/* The nearest safe codes to x0 and x1 (weights divided by the scale) in the weighted square norm
 * m0 (w0 - x0)^2 + m1 (w1 - x1)^2, when the rounded *w0, *w1 are not safe: codes move towards zero
 * only, never past it. Returns the increase of that norm over the rounded codes. */
double rq_pair_repair(int *w0, int *w1, double x0, double x1, double m0, double m1, int a0, int a1);

#endif
