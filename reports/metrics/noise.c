/* How far one array is from another. */
#include "reports/metrics/metric.h"

#include <math.h>

void rq_noise_add(rq_noise_sums *sums, const float *reference, const float *got, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double r = (double)reference[i], g = (double)got[i];
        if (isnan(r) || isnan(g)) {
            *sums = (rq_noise_sums){NAN, NAN, NAN, NAN};
            return;
        }
        if (!isfinite(r)) continue;
        sums->signal += r * r;
        if (isfinite(g)) {
            sums->noise += (r - g) * (r - g);
            sums->power += g * g;
            sums->dot += r * g;
        } else {
            sums->noise = INFINITY;
        }
    }
}

double rq_cosine(const rq_noise_sums *sums)
{
    if (isnan(sums->signal)) return NAN;
    if (isinf(sums->noise)) return 0;
    if (sums->signal == 0 && sums->power == 0) return 1;
    if (sums->signal == 0 || sums->power == 0) return 0;
    return fmax(-1, fmin(1, sums->dot / (sqrt(sums->signal) * sqrt(sums->power))));
}

void rq_mean_db_add(rq_mean_db *mean, double db, double weight)
{
    if (isnan(db) || !(weight > 0)) return;
    mean->sum += weight * fmin(db, RQ_OUTPUT_MAX_DB);
    mean->weight += weight;
    mean->only = mean->n++ && mean->only != db ? (double)NAN : db;
}

/* One output, or several alike, may be exact. */
double rq_mean_db_value(const rq_mean_db *mean)
{
    if (mean->n == 0) return NAN;
    return isnan(mean->only) ? mean->sum / mean->weight : mean->only;
}
