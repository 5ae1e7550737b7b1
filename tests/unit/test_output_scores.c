/* Whether one model's outputs lose less than another's: figures counted by hand, and choices that
 * holdout images do not confirm. */
#include "tests/unit/test.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/search/output_scores.h"
#include "tests/unit/test_report_near.h"

#include <math.h>

enum { IMAGES = 12 };

static rq_output_scores scores_of(size_t n_outputs)
{
    rq_output_scores scores;
    assert_ok(rq_output_scores_open(&scores, IMAGES, n_outputs));
    for (size_t i = 0; i < IMAGES * n_outputs; i++) scores.sums[i].signal = 100;
    return scores;
}

static void test_sums(void **state)
{
    const float want[] = {3, 4, NAN, 2}, got[] = {3, 5, 1, 0}, broken[] = {3, NAN, 1, 2};
    (void)state;
    rq_output_sums sums = rq_output_sums_of(want, got, 4);
    assert_near(sums.signal, 29, 1e-12);
    assert_near(sums.noise, 5, 1e-12);
    assert_true(isinf(rq_output_sums_of(want, broken, 4).noise));
}

static void test_outputs_count_alike(void **state)
{
    (void)state;
    rq_output_scores scores = scores_of(2);
    for (size_t i = 0; i < IMAGES; i++) {
        scores.sums[2 * i].noise = 1; /* 20 dB */
        scores.sums[2 * i + 1] = (rq_output_sums){1e-6, 1e-10};
    }
    assert_near(rq_output_scores_decibel(&scores), 30, 1e-6);
    scores.sums[0].noise = INFINITY; /* one broken image spoils the output */
    assert_near(rq_output_scores_decibel(&scores), -30, 1e-6);
    rq_output_scores_close(&scores);
}

/* Each image gains the same: what speaks against it? */
static void test_a_gain_of_all_images_is_confirmed(void **state)
{
    (void)state;
    rq_output_scores before = scores_of(1), after = scores_of(1);
    for (size_t i = 0; i < IMAGES; i++) {
        before.sums[i].noise = 10 + (double)i;
        after.sums[i].noise = 0.9 * before.sums[i].noise;
    }
    rq_output_gain gain = rq_output_scores_gain(&before, &after);
    assert_near(gain.decibel, -10 * log10(0.9), 1e-9);
    assert_near(gain.image_mean, -10 * log10(0.9), 1e-9);
    assert_near(gain.image_low, gain.image_mean, 1e-6);
    assert_true(rq_output_gain_is_confirmed(&gain, 0.1));
    assert_false(rq_output_gain_is_confirmed(&gain, 0.5)); /* too little to be worth it */
    rq_output_scores_close(&before);
    rq_output_scores_close(&after);
}

/* One image gains much, as many lose as win else. */
static void test_a_gain_of_one_image_is_not(void **state)
{
    (void)state;
    rq_output_scores before = scores_of(1), after = scores_of(1);
    for (size_t i = 0; i < IMAGES; i++) {
        before.sums[i].noise = 10;
        after.sums[i].noise = i % 2 ? 11 : 9;
    }
    after.sums[0].noise = 1;
    rq_output_gain gain = rq_output_scores_gain(&before, &after);
    assert_true(gain.decibel > 0.1);
    assert_false(rq_output_gain_is_confirmed(&gain, 0.1));
    rq_output_scores_close(&before);
    rq_output_scores_close(&after);
}

/* An image of which hardly anything is left in either has no say against all others. */
static void test_one_image_does_not_outweigh(void **state)
{
    (void)state;
    rq_output_scores before = scores_of(1), after = scores_of(1);
    for (size_t i = 0; i < IMAGES; i++) {
        before.sums[i].noise = 10;
        after.sums[i].noise = 9 - 0.1 * (double)i;
    }
    before.sums[0] = (rq_output_sums){1e-6, 1e-4};
    after.sums[0] = (rq_output_sums){1e-6, 1e-2}; /* 20 dB less */
    rq_output_gain gain = rq_output_scores_gain(&before, &after);
    assert_true(gain.image_mean < 0.0);
    assert_true(gain.image_low > 0.0);
    assert_true(rq_output_gain_is_confirmed(&gain, 0.1));
    /* The 17th smallest mean of two of 12 gains; 12 of them are of that image. */
    assert_true(gain.image_low < 10 * log10(10 / 8.7));
    rq_output_scores_close(&before);
    rq_output_scores_close(&after);
}

/* A model that gives no numbers is never chosen, and always left. */
static void test_no_number_disqualifies(void **state)
{
    (void)state;
    rq_output_scores before = scores_of(1), after = scores_of(1);
    for (size_t i = 0; i < IMAGES; i++) {
        before.sums[i].noise = 50;
        after.sums[i].noise = INFINITY;
    }
    rq_output_gain gain = rq_output_scores_gain(&before, &after);
    assert_false(rq_output_gain_is_confirmed(&gain, 0.1));
    gain = rq_output_scores_gain(&after, &before);
    assert_true(rq_output_gain_is_confirmed(&gain, 0.1));
    rq_output_scores_close(&before);
    rq_output_scores_close(&after);
}

/* By so little that the outputs hardly gain 0.1 dB, but of the first images only where each says
 * the same. */
static void test_what_is_beaten(void **state)
{
    (void)state;
    rq_output_scores before = scores_of(1), after = scores_of(1);
    for (size_t i = 0; i < IMAGES; i++) {
        before.sums[i].noise = 10;
        after.sums[i].noise = i % 2 ? 9.9 : 9.95;
    }
    assert_true(rq_output_scores_is_beaten(&before, &after, 4, 0.1));
    assert_false(rq_output_scores_is_beaten(&before, &after, 4, 0.01));
    after.sums[3].noise = 5;
    assert_false(rq_output_scores_is_beaten(&before, &after, 4, 0.1));
    assert_false(rq_output_scores_is_behind(&before, &after, 4, 0.1));
    after.sums[2].noise = 15; /* one gains, one loses: 0 dB in all */
    assert_false(rq_output_scores_is_beaten(&before, &after, 4, 0.1));
    assert_true(rq_output_scores_is_behind(&before, &after, 4, 0.1));
    after.sums[2].noise = 9.95;
    assert_true(rq_output_scores_is_beaten(&before, &after, IMAGES, 0.1));
    rq_output_scores_close(&before);
    rq_output_scores_close(&after);
}

/* However much the first images gain. */
static void test_a_gain_of_some_images_is_not_confirmed(void **state)
{
    (void)state;
    rq_output_scores before = scores_of(1), after = scores_of(1);
    for (size_t i = 0; i < IMAGES; i++) {
        before.sums[i].noise = 10;
        after.sums[i].noise = 5;
    }
    before.sums[IMAGES - 1].noise = 1e9; /* is not looked at */
    after.n_images = 6;
    rq_output_gain gain = rq_output_scores_gain(&before, &after);
    assert_near(gain.decibel, 10 * log10(2), 1e-9);
    assert_near(gain.image_high, gain.decibel, 1e-6);
    assert_false(gain.is_whole);
    assert_false(rq_output_gain_is_confirmed(&gain, 0.1));
    rq_output_scores_close(&before);
    rq_output_scores_close(&after);
}

static void take_log(void *ctx, const char *text)
{
    snprintf(ctx, 256, "%s", text);
}

static void check_told(const rq_output_scores *before, const rq_output_scores *after, double least,
                       const char *told)
{
    char log[256] = "";
    const rq_callbacks callbacks = {.ctx = log, .log = take_log};
    rq_callbacks_install(&callbacks);
    bool applied = rq_output_scores_confirm("it:", before, after, least);
    rq_callbacks_install(NULL);
    assert_string_equal(log, told);
    assert_int_equal(applied, !!strstr(told, ": applied"));
}

/* What is measured of all images as one is told from what is of each, and what it fails by. */
static void test_both_measures_are_told(void **state)
{
    (void)state;
    rq_output_scores before = scores_of(1), after = scores_of(1), some;
    for (size_t i = 0; i < IMAGES; i++) {
        before.sums[i].noise = 10;
        after.sums[i].noise = 5;
    }
    check_told(&before, &after, 0.1,
               "it: 13.0 dB vs 10.0 dB without (all images as one; image by image +3.01 dB on "
               "average, the median at least +3.01 dB): applied");
    check_told(&before, &after, 4,
               "it: 13.0 dB vs 10.0 dB without (all images as one; image by image +3.01 dB on "
               "average, the median at least +3.01 dB): discarded, as one they must gain 4 dB");
    check_told(&after, &before, 0,
               "it: 10.0 dB vs 13.0 dB without (all images as one; image by image -3.01 dB on "
               "average, the median at least -3.01 dB): discarded, as one they must not lose");
    some = after;
    some.n_images = 4;
    check_told(&before, &some, 0,
               "it: 13.0 dB vs 10.0 dB without (all images as one; image by image +3.01 dB on "
               "average, the median at least +3.01 dB): discarded after 4 images");
    for (size_t i = 1; i < IMAGES; i++) after.sums[i].noise = 12;
    after.sums[0] = (rq_output_sums){1e4, 1};
    before.sums[0] = (rq_output_sums){1e4, 1e3};
    check_told(&before, &after, 0.1,
               "it: 19.2 dB vs 10.0 dB without (all images as one; image by image +1.77 dB on "
               "average, the median at least -0.79 dB): discarded, image by image it may lose");
    rq_output_scores_close(&before);
    rq_output_scores_close(&after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_measures_are_told),
        cmocka_unit_test(test_what_is_beaten),
        cmocka_unit_test(test_a_gain_of_some_images_is_not_confirmed),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_outputs_count_alike),
        cmocka_unit_test(test_a_gain_of_all_images_is_confirmed),
        cmocka_unit_test(test_a_gain_of_one_image_is_not),
        cmocka_unit_test(test_one_image_does_not_outweigh),
        cmocka_unit_test(test_no_number_disqualifies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
