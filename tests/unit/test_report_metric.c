/* What each metric says of one image, and the sums behind them. */
#include "tests/unit/test_report_near.h"

#include "engine/base/numbers.h"
#include "reports/metrics/metric.h"

static void rank_counts_who_comes_first(void **state)
{
    (void)state;
    const float x[] = {0.1f, 0.4f, 0.4f, 0.1f, 0}, broken[] = {1, NAN};
    assert_int_equal(rq_class_rank(x, 5, 1), 0);
    assert_int_equal(rq_class_rank(x, 5, 2), 1);
    assert_int_equal(rq_class_rank(x, 5, 0), 2);
    assert_int_equal(rq_class_rank(x, 5, 3), 3);
    assert_int_equal(rq_class_rank(broken, 2, 0), 2);
    assert_int_equal(rq_class_rank(broken, 2, 1), 2);
    assert_int_equal(rq_class_rank(x, 5, 5), 5);
    assert_int_equal(rq_class_rank(x, 5, -1), 5);
}

static void probability_is_softmax_unless_it_is_one_already(void **state)
{
    (void)state;
    const float logits[] = {0, 1.0986123f /* ln 3 */}, shares[] = {0.25f, 0.75f};
    const float large[] = {1e30f, -1e30f}, broken[] = {NAN, 1};
    assert_near(rq_class_probability(logits, 2, 1), 0.75, 1e-7);
    assert_near(rq_class_probability(shares, 2, 1), 0.75, 0);
    assert_near(rq_class_probability(large, 2, 0), 1, 0);
    assert_true(isnan(rq_class_probability(broken, 2, 1)));
    assert_true(isnan(rq_class_probability(shares, 2, 2)));
    assert_true(isnan(rq_class_probability(shares, 2, -1)));
    float all[] = {0, 1.0986123f}, already[] = {0.25f, 0.75f}, none[] = {NAN, NAN};
    rq_class_probabilities(all, 2);
    assert_near(all[0], 0.25, 1e-7);
    assert_near(all[1], 0.75, 1e-7);
    rq_class_probabilities(already, 2);
    assert_near(already[1], 0.75, 0);
    rq_class_probabilities(none, 2);
    assert_true(isnan(none[0]));
}

static double sqnr_of(const float *reference, const float *got, size_t n)
{
    rq_noise_sums sums = {0};
    rq_noise_add(&sums, reference, got, n);
    return rq_sqnr_db(sums.signal, sums.noise);
}

static double cosine_of(const float *reference, const float *got, size_t n)
{
    rq_noise_sums sums = {0};
    rq_noise_add(&sums, reference, got, n);
    return rq_cosine(&sums);
}

/* By hand: signal 9 + 16 = 25, noise 0.25 + 0 -> 10 log10 100 = 20 dB. */
static void sqnr_by_hand(void **state)
{
    (void)state;
    assert_near(sqnr_of((float[]){3, 4}, (float[]){3.5f, 4}, 2), 20, 1e-12);
    assert_near(sqnr_of((float[]){1, 1}, (float[]){2, 0}, 2), 0, 1e-12);
    assert_near(cosine_of((float[]){3, 4}, (float[]){4, 3}, 2), 24.0 / 25, 1e-12);
    assert_near(cosine_of((float[]){1, 2}, (float[]){-2, -4}, 2), -1, 1e-12);
}

static void sqnr_of_nasty_values(void **state)
{
    (void)state;
    const float zeros[3] = {0}, ones[3] = {1, 1, 1}, nans[3] = {1, NAN, 1},
                inf[3] = {1, -INFINITY, 1};
    assert_true(sqnr_of(zeros, zeros, 3) == INFINITY);
    assert_true(sqnr_of(zeros, ones, 3) == -INFINITY);
    assert_true(sqnr_of(ones, ones, 3) == INFINITY);
    assert_near(sqnr_of(ones, zeros, 3), 0, 1e-12);
    assert_true(isnan(sqnr_of(ones, nans, 3)) && isnan(sqnr_of(nans, ones, 3)));
    assert_true(sqnr_of(ones, inf, 3) == -INFINITY);
    /* where the reference itself is infinite there is nothing to compare with */
    assert_true(sqnr_of(inf, inf, 3) == INFINITY);
    assert_true(isfinite(sqnr_of((float[]){3e38f, 1}, (float[]){-3e38f, 1}, 2)));
    assert_near(cosine_of(zeros, zeros, 3), 1, 0);
    assert_near(cosine_of(zeros, ones, 3), 0, 0);
    assert_near(cosine_of(ones, zeros, 3), 0, 0);
    assert_true(isnan(cosine_of(ones, nans, 3)));
    assert_true(isnan(cosine_of(nans, ones, 3)));
}

static void shapes_of_classifiers(void **state)
{
    (void)state;
    static const struct {
        rq_shape shape;
        bool classes;
    } cases[] = {
        {{2, {1, 1000}}, true},      {{1, {10}}, true},           {{4, {1, 1000, 1, 1}}, true},
        {{4, {1, 1, 1, 10}}, true},  {{2, {1, 1}}, false},        {{2, {2, 10}}, false},
        {{4, {1, 1, 20, 1}}, false}, {{4, {1, 21, 8, 8}}, false}, {{3, {1, 1, 7}}, false},
        {{0, {0}}, false},           {{2, {10, 1}}, false},       {{2, {1, RQ_DYNAMIC}}, false},
        {{-1, {0}}, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(rq_shape_is_classes(&cases[i].shape), cases[i].classes);
}

static void every_metric_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; rq_metrics[i]; i++) {
        const rq_metric *m = rq_metrics[i];
        assert_non_null(m->name);
        assert_non_null(m->score);
        assert_true(!m->reduce == !!m->reduce_figures && m->n_figures <= RQ_MAX_FIGURES);
        for (size_t k = 0; k < m->n_figures; k++) {
            assert_non_null(m->figures[k].unit);
            assert_true(strlen(m->figures[k].help) > 10);
        }
        assert_true(m->n_figures || (m->unit && strlen(m->help) > 10));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(rq_metrics[i]->name, rq_metrics[k]->name);
    }
    assert_string_equal(rq_metrics[0]->name, "score"); /* the user knows best */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rank_counts_who_comes_first),
        cmocka_unit_test(probability_is_softmax_unless_it_is_one_already),
        cmocka_unit_test(sqnr_by_hand),
        cmocka_unit_test(sqnr_of_nasty_values),
        cmocka_unit_test(shapes_of_classifiers),
        cmocka_unit_test(every_metric_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
