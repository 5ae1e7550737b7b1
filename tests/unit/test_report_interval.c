/* Intervals and tests, against values computed with scipy.stats (binomtest), by hand, and by
 * simulation. */
#include "tests/unit/test_report_near.h"

#include "engine/base/rng.h"
#include "reports/metrics/interval.h"

static void wilson_matches_scipy(void **state)
{
    (void)state;
    static const struct {
        size_t hits, n;
        double low, high;
    } cases[] = {{50, 100, 0.4038315303659956, 0.5961684696340044},
                 {0, 10, 0, 0.27753279986288926},
                 {10, 10, 0.7224672001371109, 1},
                 {446, 500, 0.8617453267151933, 0.9162771903629496},
                 {1, 1, 0.20654931437723745, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_estimate e = rq_wilson(cases[i].hits, cases[i].n);
        assert_near(e.value, (double)cases[i].hits / (double)cases[i].n, 0);
        assert_near(e.low, cases[i].low, 1e-12);
        assert_near(e.high, cases[i].high, 1e-12);
    }
    assert_true(isnan(rq_wilson(0, 0).value));
}

static void mcnemar_matches_scipy(void **state)
{
    (void)state;
    assert_near(rq_mcnemar(8, 4), 0.3876953125, 1e-12);
    assert_near(rq_mcnemar(4, 8), 0.3876953125, 1e-12);
    assert_near(rq_mcnemar(0, 6), 0.03125, 1e-12);
    assert_near(rq_mcnemar(30, 12), 0.007915897334896727, 1e-12);
    assert_near(rq_mcnemar(500, 430), 0.023608839292547163, 1e-11);
    assert_near(rq_mcnemar(0, 0), 1, 0);
}

/* The first is Altman et al. 2000, "Statistics with Confidence", table 6.2: 0.011 to 0.226. */
static void paired_difference_matches_published_example(void **state)
{
    (void)state;
    static const struct {
        rq_pairs pairs;
        double value, low, high;
    } cases[] = {{{14, 5, 0, 22}, -0.12195121951219512, -0.22649268435121125, -0.01148324138303325},
                 {{438, 8, 4, 50}, -0.008, -0.023545999044711975, 0.0069595568905850315},
                 {{1, 1, 7, 12}, 0.2857142857142857, 0.025559124164859837, 0.506920226686141},
                 {{2, 30, 30, 2}, 0, -0.23040194455723456, 0.23040194455723456}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_estimate e = rq_paired_difference(&cases[i].pairs);
        assert_near(e.value, cases[i].value, 1e-12);
        assert_near(e.low, cases[i].low, 1e-12);
        assert_near(e.high, cases[i].high, 1e-12);
    }
    rq_pairs none = {0};
    assert_true(isnan(rq_paired_difference(&none).value));
}

static void paired_difference_of_equals_holds_zero(void **state)
{
    (void)state;
    rq_pairs pairs = {90, 0, 0, 10}; /* the same answers */
    rq_estimate e = rq_paired_difference(&pairs);
    assert_near(e.value, 0, 0);
    assert_true(e.low <= 0 && e.high >= 0 && e.high < 0.05);
    pairs = (rq_pairs){100, 0, 0, 0}; /* no wrong answer at all */
    e = rq_paired_difference(&pairs);
    assert_true(e.low < 0 && e.high > 0);
}

/* 95 % of intervals of samples of 200 hold the truth: 95 +- 4 sigma of 2000 trials. */
static void paired_interval_covers_the_truth(void **state)
{
    (void)state;
    rq_rng rng;
    rq_rng_seed(&rng, 11);
    int covered = 0;
    for (int trial = 0; trial < 2000; trial++) {
        rq_pairs pairs = {0};
        for (int i = 0; i < 200; i++) { /* truth: lost 6 %, gained 3 % */
            double x = rq_rng_unit(&rng);
            pairs.lost += x < 0.06;
            pairs.gained += x >= 0.06 && x < 0.09;
            pairs.both += x >= 0.09 && x < 0.85;
            pairs.neither += x >= 0.85;
        }
        rq_estimate e = rq_paired_difference(&pairs);
        covered += e.low <= -0.03 && e.high >= -0.03;
    }
    assert_in_range(covered, 1861, 1980);
}

static const rq_span any = {NAN, NAN};

static double mean_of(const void *ctx, const size_t *picks, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += ((const double *)ctx)[picks[i]];
    return sum / (double)n;
}

static void bootstrap_is_deterministic_and_near_theory(void **state)
{
    (void)state;
    enum { N = 400 };
    double x[N];
    rq_rng rng;
    rq_rng_seed(&rng, 5);
    for (int i = 0; i < N; i++) x[i] = rq_rng_normal(&rng);
    rq_estimate a, b, other;
    assert_ok(rq_bootstrap(&a, mean_of, x, N, any, 1));
    assert_ok(rq_bootstrap(&b, mean_of, x, N, any, 1));
    assert_ok(rq_bootstrap(&other, mean_of, x, N, any, 2));
    assert_memory_equal(&a, &b, sizeof a);
    assert_true(other.value == a.value && other.low != a.low);
    /* half-width of a mean of N normals: 1.96 / 20 = 0.098; the bootstrap's own error is 5 % */
    assert_near((a.high - a.low) / 2, 0.098, 0.02);
    assert_true(a.low < a.value && a.value < a.high);
}

static void bootstrap_of_few(void **state)
{
    (void)state;
    double x[2] = {3, INFINITY};
    rq_estimate e;
    assert_ok(rq_bootstrap(&e, mean_of, x, 0, any, 1));
    assert_true(isnan(e.value) && isnan(e.low));
    assert_ok(rq_bootstrap(&e, mean_of, x, 1, any, 1));
    assert_true(e.value == 3 && isnan(e.low) && isnan(e.high));
    assert_ok(rq_bootstrap(&e, mean_of, x, 2, any, 1));
    assert_true(isinf(e.value) && e.low == 3 && isinf(e.high));
}

/* With none of n changed, up to 3 / n of all images may have changed; no interval is [0, 0]. */
static void bootstrap_of_equals_follows_the_rule_of_three(void **state)
{
    (void)state;
    static const double same[300];
    double right[60];
    rq_estimate e;
    for (size_t i = 0; i < 60; i++) right[i] = 100;
    rq_span percent = rq_value_span("%", true), change = rq_difference_span(percent);
    assert_ok(rq_bootstrap(&e, mean_of, same, 300, change, 1));
    assert_near(e.value, 0, 0);
    assert_near(e.high, 100 * (1 - pow(0.05, 1.0 / 300)), 1e-9);
    assert_near(e.low, -e.high, 0);
    assert_near(e.high, 1.0, 0.01); /* 3 / 300 */
    assert_ok(rq_bootstrap(&e, mean_of, right, 60, percent, 1));
    assert_true(e.value == 100 && e.high == 100);
    assert_near(e.low, 100 * pow(0.05, 1.0 / 60), 1e-9);
    assert_ok(rq_bootstrap(&e, mean_of, same, 300, rq_value_span("dB", true), 1));
    assert_true(e.value == 0 && isnan(e.low) && isnan(e.high));
    assert_true(isnan(rq_value_span("%", false).most)); /* errors may be more than 100 % */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wilson_matches_scipy),
        cmocka_unit_test(mcnemar_matches_scipy),
        cmocka_unit_test(paired_difference_matches_published_example),
        cmocka_unit_test(paired_difference_of_equals_holds_zero),
        cmocka_unit_test(paired_interval_covers_the_truth),
        cmocka_unit_test(bootstrap_is_deterministic_and_near_theory),
        cmocka_unit_test(bootstrap_of_few),
        cmocka_unit_test(bootstrap_of_equals_follows_the_rule_of_three),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
