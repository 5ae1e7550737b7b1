/* Whether statistics are the same, byte for byte. */
#ifndef RQ_TESTS_SAME_STATS_H
#define RQ_TESTS_SAME_STATS_H

#include "tests/unit/test.h"

#include "calib/stats_bytes.h"

static inline void expect_same_bytes(const rq_stats *a, const rq_stats *b)
{
    rq_buf first = {0}, second = {0};
    assert_ok(rq_stats_pack(&first, a));
    assert_ok(rq_stats_pack(&second, b));
    assert_int_equal(first.length, second.length);
    assert_memory_equal(first.data, second.data, first.length);
    rq_buf_free(&first);
    rq_buf_free(&second);
}

#endif
