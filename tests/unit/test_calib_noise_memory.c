/* The noise of a range while memory runs out. */
#include "tests/unit/test.h"

#include "calib/histogram.h"
#include "calib/range.h"
#include "tests/unit/faulty_memory.h"

/* What is read before it was written is no address then. */
static __attribute__((noinline)) void dirty_stack(void)
{
    volatile unsigned char bytes[4096];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = 0x55;
}

static void no_memory_is_no_noise(void **state)
{
    (void)state;
    const long many = 1L << 40;
    rq_histogram *histogram;
    double noise;
    assert_ok(rq_histogram_create(&histogram));
    assert_ok(rq_histogram_add(histogram, rq_histogram_bucket(0.5f), 3));
    assert_ok(rq_histogram_add(histogram, rq_histogram_bucket(-2.0f), 1));
    atomic_store(&faulty_left, many);
    assert_ok(rq_range_noise(&noise, histogram, 0.0f, 1.0f, 256));
    long n = many - atomic_exchange(&faulty_left, 0);
    assert_true(!FAULTY_MEMORY || n > 2);
    for (long at = 1; at <= n; at++) {
        dirty_stack();
        atomic_store(&faulty_left, at);
        rq_status status = rq_range_noise(&noise, histogram, 0.0f, 1.0f, 256);
        atomic_store(&faulty_left, 0);
        assert_int_equal(status, RQ_ENOMEM);
    }
    rq_histogram_destroy(&histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_memory_is_no_noise)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
