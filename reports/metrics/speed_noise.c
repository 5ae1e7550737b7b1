#include "reports/metrics/speed_noise.h"

#include "reports/speedup.h"

#include <math.h>

/* By how much two numbers may differ before the ratio, up or down, is less than that. */
static double allowed(double ratio)
{
    if (isnan(ratio)) return RQ_SPEED_WILD;
    double claim = fmax(ratio, 1 / ratio);
    return fmin(fmax(claim, RQ_SPEED_QUIET), RQ_SPEED_WILD);
}

static double factor_between(double a, double b)
{
    return fmax(a / b, b / a);
}

static bool rounds_disagree(const rq_speed_facts *f)
{
    return f->round_ratio_high / f->round_ratio_low > allowed(f->ratio) ||
           factor_between(f->ratio, f->round_ratio) > RQ_SPEED_QUIET;
}

const char *rq_speed_noise(const rq_speed_facts *f)
{
    if (f->waited > RQ_SPEED_MAX_WAITED) return "other processes used the CPU";
    if (f->spread > allowed(f->ratio) || f->first_spread > allowed(f->ratio))
        return "times vary more than the speed-up";
    if (rounds_disagree(f)) return "rounds of the measurement disagree";
    return NULL;
}

const char *rq_report_speed_noise(const rq_report_speed *s)
{
    return rq_speed_noise(&(rq_speed_facts){.ratio = rq_speed_ratio(s),
                                            .first_spread = s->before_p90_ms / s->before_p10_ms,
                                            .spread = s->after_p90_ms / s->after_p10_ms,
                                            .round_ratio = s->round_speedup,
                                            .round_ratio_low = s->round_speedup_p10,
                                            .round_ratio_high = s->round_speedup_p90,
                                            .waited = s->waited_share});
}
