/* Order statistics and decibels, against values worked out by hand or by numpy. */
#include "tests/unit/test_report_near.h"

#include "engine/base/numbers.h"

static void median_of_odd_even_and_no_values(void **state)
{
    (void)state;
    double odd[] = {5, -1, 3}, even[] = {8, 1, 2, 4}, infinite[] = {INFINITY, 0, 1};
    assert_near(rq_median(odd, 3), 3, 0);
    assert_near(odd[0], -1, 0); /* sorted */
    assert_near(odd[2], 5, 0);
    assert_near(rq_median(even, 4), 3, 0);
    assert_near(rq_median(infinite, 3), 1, 0);
    assert_true(isnan(rq_median(odd, 0)));
}

/* numpy.quantile([1, 2, 4, 8, 16], p) */
static void quantiles_are_numpys(void **state)
{
    (void)state;
    const double x[] = {1, 2, 4, 8, 16}, open[] = {-INFINITY, 0, INFINITY};
    assert_near(rq_quantile(x, 5, 0), 1, 0);
    assert_near(rq_quantile(x, 5, 0.1), 1.4, 1e-15);
    assert_near(rq_quantile(x, 5, 0.5), 4, 0);
    assert_near(rq_quantile(x, 5, 0.9), 12.8, 1e-14);
    assert_near(rq_quantile(x, 5, 1), 16, 0);
    assert_near(rq_quantile(x, 1, 0.3), 1, 0);
    assert_true(rq_quantile(open, 3, 0.1) == -INFINITY);
    assert_near(rq_quantile(open, 3, 0.3), 0, 0);
    assert_true(rq_quantile(open, 3, 0.9) == INFINITY);
    assert_true(isnan(rq_quantile(x, 0, 0.5)));
}

static void argmax_takes_the_lowest_index_of_equals(void **state)
{
    (void)state;
    assert_int_equal(rq_argmax((float[]){1, 3, 3, 2}, 4), 1);
    assert_int_equal(rq_argmax((float[]){5, 5, 5}, 3), 0);
    assert_int_equal(rq_argmax((float[]){-0.0f, 0.0f}, 2), 0);
    assert_int_equal(rq_argmax((float[]){NAN, -7, NAN, -6}, 4), 3);
    assert_int_equal(rq_argmax((float[]){NAN, -INFINITY}, 2), 1);
    assert_int_equal(rq_argmax((float[]){NAN, NAN}, 2), -1);
    assert_int_equal(rq_argmax(NULL, 0), -1);
}

static void decibels_of_powers(void **state)
{
    (void)state;
    assert_near(rq_decibels(100), 20, 1e-14);
    assert_near(rq_decibels(0.5), -3.0102999566398120, 1e-14);
    assert_near(rq_sqnr_db(25, 0.25), 20, 1e-14);
    assert_near(rq_sqnr_db(2, 1), 3.0102999566398120, 1e-14);
    assert_true(rq_sqnr_db(1, 0) == INFINITY);
    assert_true(rq_sqnr_db(0, 0) == INFINITY);
    assert_true(rq_sqnr_db(0, 1) == -INFINITY);
    assert_true(rq_sqnr_db(1, INFINITY) == -INFINITY);
    assert_true(rq_sqnr_db(1, NAN) == -INFINITY); /* what is not a number is not exact */
}

static void float32_has_limits(void **state)
{
    (void)state;
    assert_true(rq_fits_f32(3.4e38) && rq_fits_f32(-1e-320) && rq_fits_f32(0));
    assert_false(rq_fits_f32(3.5e38) || rq_fits_f32(-INFINITY) || rq_fits_f32(NAN));
    assert_true(rq_divides_f32(3.4e38) && rq_divides_f32(-1e-38));
    assert_false(rq_divides_f32(0) || rq_divides_f32(1e-39) || rq_divides_f32(1e39));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(median_of_odd_even_and_no_values),
        cmocka_unit_test(quantiles_are_numpys),
        cmocka_unit_test(argmax_takes_the_lowest_index_of_equals),
        cmocka_unit_test(decibels_of_powers),
        cmocka_unit_test(float32_has_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
