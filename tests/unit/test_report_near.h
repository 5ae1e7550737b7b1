/* Doubles that must be near each other. */
#ifndef RQ_TESTS_REPORT_NEAR_H
#define RQ_TESTS_REPORT_NEAR_H

#include "tests/unit/test.h"

/* |got - want| <= tolerance; a NaN fails. */
#define assert_near(got, want, tolerance)                                                          \
    do {                                                                                           \
        double assert_got_ = (got), assert_want_ = (want);                                         \
        if (!(fabs(assert_got_ - assert_want_) <= (tolerance)))                                    \
            fail_msg("%s: got %.17g, want %.17g", #got, assert_got_, assert_want_);                \
    } while (0)

#endif
