#include "quant/equalize_gain.h"

#include "engine/base/numbers.h"

#include <math.h>

static double ratio_of(double noise, double signal)
{
    return signal > 0.0 ? noise / signal : 0.0;
}

static double noise_of(const rq_quant_plan *plan)
{
    double noise = 0.0;
    for (size_t i = 0; i < plan->n_activations; i++)
        noise += ratio_of(plan->activations[i].noise, plan->activations[i].signal);
    for (size_t i = 0; i < plan->n_weights; i++)
        noise += ratio_of(plan->weights[i].codes.noise, plan->weights[i].codes.signal);
    return noise;
}

double rq_equalize_gain(const rq_quant_plan *plan, const rq_channel_equalization *equalizations,
                        size_t n)
{
    double noise = noise_of(plan), less = 0.0;
    for (size_t i = 0; i < n; i++)
        less += ratio_of(equalizations[i].before - equalizations[i].after, equalizations[i].signal);
    return less < noise ? rq_decibels(noise / (noise - less)) : INFINITY;
}
