#include "quant/saturation.h"

#include <stdlib.h>

static double distance(double x, int w, double m)
{
    return m * (x - w) * (x - w);
}

/* The largest |w1| that is safe beside w0, both of one sign. */
static int largest_partner(int w0, int a0, int a1)
{
    int budget = (w0 > 0 ? INT16_MAX : -(int)INT16_MIN) - a0 * abs(w0);
    int partner = a1 > 0 ? budget / a1 : RQ_CODE_MAX;
    return partner > RQ_CODE_MAX ? RQ_CODE_MAX : partner;
}

double rq_pair_repair(int *w0, int *w1, double x0, double x1, double m0, double m1, int a0, int a1)
{
    if (rq_pair_is_safe(*w0, *w1, a0, a1)) return 0.0;
    int sign = *w0 > 0 ? 1 : -1, best0 = 0, best1 = 0;
    double before = distance(x0, *w0, m0) + distance(x1, *w1, m1), best = -1.0;
    for (int size0 = abs(*w0); size0 >= 0; size0--) {
        int size1 = largest_partner(sign * size0, a0, a1);
        if (size1 < 0) continue;
        if (size1 > abs(*w1)) size1 = abs(*w1);
        double error = distance(x0, sign * size0, m0) + distance(x1, sign * size1, m1);
        if (best < 0.0 || error < best) {
            best = error;
            best0 = sign * size0;
            best1 = sign * size1;
        }
        if (size1 == abs(*w1)) break; /* smaller |w0| only gets worse from here */
    }
    *w0 = best0;
    *w1 = best1;
    return best - before;
}
