/* From a range to the limits of a FakeQuantize, in float32 as NNCF 3.4.0 computes them
 * (nncf/quantization/fake_quantize.py). */
#ifndef RQ_CALIB_QPARAMS_H
#define RQ_CALIB_QPARAMS_H

#include <stdbool.h>

#define RQ_MIN_RANGE 8e-5f /* no range is narrower: keeps a dead value from a scale of 0 */

/* The least absmax of a channel where the largest one's is `most`: near-empty channels do not get
 * scales of their own. */
float rq_qparams_channel_floor(float most);

/* [0, absmax] when unsigned. Signed: step absmax / 127 with 256 levels (codes -128..127, low is
 * -absmax * 128 / 127) and with 255 (-127..127, low is -absmax). 0 is exact in any case. */
void rq_qparams_symmetric(float *low, float *high, float absmax, bool is_signed, int levels);

/* Widened to hold 0, and so that 0 is exactly one of the levels: of the two ends that which grows
 * the range is moved, so that nothing is clipped. An end nearer to 0 than half a step becomes 0
 * (NNCF keeps it there, and 0 is then no level). */
void rq_qparams_asymmetric(float *low, float *high, float min, float max, int levels);

#endif
