#include "calib/range.h"

#include "calib/noise.h"
#include "calib/qparams.h"
#include "engine/base/choice.h"
#include "engine/base/text.h"

#include <math.h>
#include <string.h>
#include <stdlib.h>

static const rq_range_method *const methods[] = {
#define RQ_RANGE_METHOD(name) &rq_range_##name,
#include "calib/range_methods.def"
#undef RQ_RANGE_METHOD
};

size_t rq_range_count(void)
{
    return sizeof methods / sizeof methods[0];
}

const rq_range_method *rq_range_at(size_t i)
{
    return i < rq_range_count() ? methods[i] : NULL;
}

const rq_range_method *rq_range_find(const char *name)
{
    for (size_t i = 0; i < rq_range_count(); i++)
        if (!strcmp(methods[i]->name, name)) return methods[i];
    return NULL;
}

static rq_status unknown_method(const char *name)
{
    const char *names[sizeof methods / sizeof methods[0]];
    for (size_t i = 0; i < rq_range_count(); i++) names[i] = methods[i]->name;
    return rq_choice_fail(RQ_EARG, name, names, rq_range_count(), "range estimator '%s' is unknown",
                          name);
}

rq_status rq_range_estimate(float *low, float *high, const char *name, const rq_stats_value *value,
                            const rq_range_target *target)
{
    const rq_range_method *method = rq_range_find(name);
    if (!method) return unknown_method(name);
    RQ_TRY(method->estimate(low, high, value, target));
    if (*low <= *high && isfinite(*low) && isfinite(*high)) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "value '%s': estimator %s gave the range %g to %g", value->name,
                   name, *low, *high);
}

void rq_range_limits(float *low, float *high, float from, float to, const rq_range_target *target)
{
    if (target->symmetric)
        rq_qparams_symmetric(low, high, fmaxf(fabsf(from), fabsf(to)), from < 0.0f, target->levels);
    else
        rq_qparams_asymmetric(low, high, from, to, target->levels);
}

rq_status rq_range_noise(double *noise, const rq_histogram *histogram, float low, float high,
                         int levels)
{
    rq_noise *bins;
    RQ_TRY(rq_noise_create(&bins, histogram));
    *noise = rq_noise_at(bins, low, high, levels);
    rq_noise_destroy(&bins);
    return RQ_OK;
}
