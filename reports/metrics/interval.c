#include "reports/metrics/interval.h"

#include <math.h>

#define Z 1.959963984540054 /* the normal distribution's 97.5 % point */

rq_estimate rq_wilson(size_t hits, size_t n)
{
    if (n == 0) return RQ_NO_ESTIMATE;
    double count = (double)n, p = (double)hits / count, z2 = Z * Z / count;
    double middle = (p + z2 / 2) / (1 + z2);
    double half = Z / (1 + z2) * sqrt(p * (1 - p) / count + z2 / (4 * count));
    /* at the ends the formula gives 0 and 1 up to rounding */
    return (rq_estimate){p, hits == 0 ? 0 : middle - half, hits == n ? 1 : middle + half};
}

/* Correlation of before and after, its numerator shrunk by n / 2 for continuity. */
static double correlation(const rq_pairs *pairs)
{
    double a = (double)pairs->both, b = (double)pairs->lost;
    double c = (double)pairs->gained, d = (double)pairs->neither;
    double product = (a + b) * (c + d) * (a + c) * (b + d), numerator = a * d - b * c;
    if (product == 0) return 0;
    if (numerator > 0) numerator = fmax(numerator - (a + b + c + d) / 2, 0);
    return numerator / sqrt(product);
}

rq_estimate rq_paired_difference(const rq_pairs *pairs)
{
    size_t n = pairs->both + pairs->lost + pairs->gained + pairs->neither;
    if (n == 0) return RQ_NO_ESTIMATE;
    rq_estimate after = rq_wilson(pairs->both + pairs->gained, n);
    rq_estimate before = rq_wilson(pairs->both + pairs->lost, n);
    double phi = correlation(pairs), difference = after.value - before.value;
    double down = after.value - after.low, up = before.high - before.value;
    double low = down * down - 2 * phi * down * up + up * up;
    down = before.value - before.low, up = after.high - after.value;
    double high = up * up - 2 * phi * up * down + down * down;
    return (rq_estimate){difference, difference - sqrt(fmax(low, 0)),
                         difference + sqrt(fmax(high, 0))};
}

double rq_mcnemar(size_t lost, size_t gained)
{
    size_t n = lost + gained, few = lost < gained ? lost : gained;
    double tail = 0;
    for (size_t k = 0; k <= few; k++)
        tail += exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) -
                    (double)n * M_LN2);
    return fmin(2 * tail, 1);
}
