#include "reports/speedup.h"

#include <math.h>

double rq_speed_ratio(const rq_report_speed *speed)
{
    return speed->before_median_ms / speed->after_median_ms;
}

double rq_speedup(const rq_report_speed *speed)
{
    return speed->noise ? (double)NAN : rq_speed_ratio(speed);
}
