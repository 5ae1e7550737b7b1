#include "quant/saturation.h"

#include "engine/base/round.h"

#include <stdlib.h>

static double distance(double x, int w, double m)
{
    return m * (x - w) * (x - w);
}

static int budget_of(int sign)
{
    return sign > 0 ? INT16_MAX : -(int)INT16_MIN;
}

/* The largest |w1| that is safe beside w0, both of one sign. */
static int largest_partner(int w0, int a0, int a1)
{
    int budget = budget_of(w0 > 0 ? 1 : -1) - a0 * abs(w0);
    int partner = a1 > 0 ? budget / a1 : RQ_CODE_MAX;
    return partner > RQ_CODE_MAX ? RQ_CODE_MAX : partner;
}

/* Both codes may be as large: their magnitudes add up to `most` exactly, and the error is a
 * parabola in one of them. A quotient of 0 by 0 is NaN and ends as the lowest. */
static void repair_on_line(int size[2], const double x[2], const double m[2], int most)
{
    double low = most - size[1], high = size[0];
    double best = rq_round_half_even((m[0] * x[0] + m[1] * (most - x[1])) / (m[0] + m[1]));
    best = best > low ? best : low;
    best = best < high ? best : high;
    size[0] = (int)best;
    size[1] = most - size[0];
}

static void repair_on_stairs(int size[2], const double x[2], const double m[2], int sign,
                             const int a[2])
{
    int best0 = 0, best1 = 0;
    double best = -1.0;
    for (int size0 = size[0]; size0 >= 0; size0--) {
        int size1 = largest_partner(sign * size0, a[0], a[1]);
        if (size1 < 0) continue;
        if (size1 > size[1]) size1 = size[1];
        double error = distance(x[0], size0, m[0]) + distance(x[1], size1, m[1]);
        if (best < 0.0 || error < best) {
            best = error;
            best0 = size0;
            best1 = size1;
        }
        if (size1 == size[1]) break; /* smaller |w0| only gets worse from here */
    }
    size[0] = best0;
    size[1] = best1;
}

double rq_pair_repair(int *w0, int *w1, double x0, double x1, double m0, double m1, int a0, int a1)
{
    if (rq_pair_is_safe(*w0, *w1, a0, a1)) return 0.0;
    double before = distance(x0, *w0, m0) + distance(x1, *w1, m1);
    int sign = *w0 > 0 ? 1 : -1; /* of both: one code alone is safe */
    int size[2] = {abs(*w0), abs(*w1)}, a[2] = {a0, a1};
    double x[2] = {sign * x0, sign * x1}, m[2] = {m0, m1};
    if (a0 == a1)
        repair_on_line(size, x, m, budget_of(sign) / a0);
    else
        repair_on_stairs(size, x, m, sign, a);
    *w0 = sign * size[0];
    *w1 = sign * size[1];
    return distance(x0, *w0, m0) + distance(x1, *w1, m1) - before;
}
