/* What equalization is expected to bring the outputs, from statistics and weights alone. */
#ifndef RQ_QUANT_EQUALIZE_GAIN_H
#define RQ_QUANT_EQUALIZE_GAIN_H

#include "quant/plan.h"

/* dB that the outputs of the plan's network gain if the noise of every value and of every layer's
 * weights, relative to what it is the noise of, counts alike there. Noise of a value is that of its
 * whole range, of which a plan may clip a part: rather too much is expected. INFINITY where all
 * noise would go. */
double rq_equalize_gain(const rq_quant_plan *plan, const rq_channel_equalization *equalizations,
                        size_t n);

#endif
