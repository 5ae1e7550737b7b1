/* Range estimators: from the statistics of one value to the range that its FakeQuantize should
 * cover. A table: one file range_<name>.c and one line in range_methods.def each. */
#ifndef RQ_CALIB_RANGE_H
#define RQ_CALIB_RANGE_H

#include "calib/output_noise.h"

typedef struct rq_range_target {
    int levels;          /* 256 */
    bool symmetric;      /* see rq_qparams_symmetric; signed when the range begins below 0 */
    const rq_gain *gain; /* what the value's consumers make of an error; NULL: not known */
} rq_range_target;

typedef struct rq_range_method {
    const char *name, *help;
    rq_status (*estimate)(float *low, float *high, const rq_stats_value *value,
                          const rq_range_target *target);
} rq_range_method;

#define RQ_RANGE_METHOD(name) extern const rq_range_method rq_range_##name;
#include "calib/range_methods.def"
#undef RQ_RANGE_METHOD

size_t rq_range_count(void);
const rq_range_method *rq_range_at(size_t i);
const rq_range_method *rq_range_find(const char *name); /* NULL when there is none */

/* Estimates by name; RQ_EARG listing the names when it is unknown. Always low <= high, finite. */
rq_status rq_range_estimate(float *low, float *high, const char *name, const rq_stats_value *value,
                            const rq_range_target *target);

/* The limits of FakeQuantize for a range under a target: those that are judged are those that are
 * written. */
void rq_range_limits(float *low, float *high, float from, float to, const rq_range_target *target);

/* Expected square error E[(x - FQ(x))^2] over the histogram for FakeQuantize limits and levels, see
 * noise.h. */
rq_status rq_range_noise(double *noise, const rq_histogram *histogram, float low, float high,
                         int levels);

#endif
