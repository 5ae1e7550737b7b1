/* From a range to the limits of a FakeQuantize, in float32 as NNCF 3.4.0 computes them
 * (nncf/quantization/fake_quantize.py), but without its floors: a range is as narrow as its values
 * are. */
#ifndef RQ_CALIB_QPARAMS_H
#define RQ_CALIB_QPARAMS_H

#include <stdbool.h>

/* No range is narrower, but for that of a value that is always 0, whose range is RQ_ZERO_RANGE.
 * OpenVINO 2026.4 takes steps below 1e-32 for 1e-32 (seen on CPU: results are wrong). */
#define RQ_MIN_RANGE 1e-29f
#define RQ_ZERO_RANGE 1.0f

/* [0, absmax] when unsigned. Signed: step absmax / 127 with 256 levels (codes -128..127, low is
 * -absmax * 128 / 127) and with 255 (-127..127, low is -absmax). 0 is exact in any case. */
void rq_qparams_symmetric(float *low, float *high, float absmax, bool is_signed, int levels);

/* Widened to hold 0, to RQ_MIN_RANGE at least, and so that 0 is exactly one of the levels: of the
 * two ends that which grows the range is moved, so that nothing is clipped. An end nearer to 0 than
 * half a step becomes 0 (NNCF keeps it there, and 0 is then no level). */
void rq_qparams_asymmetric(float *low, float *high, float min, float max, int levels);

#endif
