/* Included first by every unit test: cmocka's prerequisites once, and assertions on tensors. */
#ifndef RQ_TESTS_TEST_H
#define RQ_TESTS_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/status.h"

/* The call must succeed; the error text is printed if it does not. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        rq_status assert_ok_status_ = (call);                                                      \
        if (assert_ok_status_ != RQ_OK) fail_msg("%s: %s", #call, rq_error_text());                \
    } while (0)

/* The call must fail with `status` and a message that contains `text`. */
#define assert_fails(call, status, text)                                                           \
    do {                                                                                           \
        rq_status assert_fails_status_ = (call);                                                   \
        if (assert_fails_status_ != (status))                                                      \
            fail_msg("%s: gave %d, expected %d (%s)", #call, assert_fails_status_, (status),       \
                     rq_error_text());                                                             \
        if (!strstr(rq_error_text(), (text)))                                                      \
            fail_msg("%s: message '%s' lacks '%s'", #call, rq_error_text(), (text));               \
    } while (0)

/* |got - want| <= abs_tol + rel_tol * |want| for all n; NaN equals NaN, Inf equals Inf.
 * Prints the worst index and both values. */
static inline void assert_near_f32(const float *got, const float *want, size_t n, double abs_tol,
                                   double rel_tol)
{
    size_t worst = n;
    double worst_excess = 0.0;
    for (size_t i = 0; i < n; i++) {
        if ((isnan(got[i]) && isnan(want[i])) || got[i] == want[i]) continue;
        double excess = fabs((double)got[i] - want[i]) - abs_tol - rel_tol * fabs((double)want[i]);
        if (!(excess <= 0.0) && (worst == n || !(excess <= worst_excess))) {
            worst = i;
            worst_excess = excess;
        }
    }
    if (worst != n)
        fail_msg("[%zu of %zu]: got %.9g, want %.9g", worst, n, got[worst], want[worst]);
}

#endif
