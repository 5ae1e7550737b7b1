/* Quantiles, and interleaved runs on machines whose speed is made up. */
#include "tests/unit/test.h"

#include "engine/base/callbacks.h"
#include "engine/base/progress.h"
#include "engine/workbench/bench/interleaved.h"

static rq_samples samples_of(const double *v, size_t n)
{
    rq_samples s = {0};
    for (size_t i = 0; i < n; i++) assert_ok(rq_samples_add(&s, v[i]));
    rq_samples_sort(&s);
    return s;
}

static void quantiles(void **state)
{
    (void)state;
    rq_samples odd = samples_of((const double[]){5, 1, 3}, 3);
    assert_float_equal(rq_samples_quantile(&odd, 0.5), 3, 0);
    assert_float_equal(rq_samples_quantile(&odd, 0), 1, 0);
    assert_float_equal(rq_samples_quantile(&odd, 1), 5, 0);
    rq_samples even = samples_of((const double[]){4, 1, 2, 8}, 4);
    assert_float_equal(rq_samples_quantile(&even, 0.5), 3, 0);
    assert_float_equal(rq_samples_quantile(&even, 0.9), 4 + 0.7 * 4, 1e-12);
    rq_samples none = {0}, one = samples_of((const double[]){7}, 1);
    rq_samples_sort(&none);
    assert_true(isnan(rq_samples_quantile(&none, 0.5)));
    assert_float_equal(rq_samples_quantile(&one, 0.99), 7, 0);
    assert_float_equal(rq_samples_spread(&one), 0, 0);
    rq_samples_free(&odd);
    rq_samples_free(&even);
    rq_samples_free(&one);
}

/* A machine that slows down from turn to turn. */
typedef struct machine {
    double speed, slowing;
    const double *factors; /* of the things to measure */
    size_t turns[3];
} machine;

static rq_status take_turn(void *ctx, size_t i, double seconds, double *rate)
{
    machine *m = ctx;
    (void)seconds;
    *rate = m->speed * m->factors[i];
    if (i == 2) m->speed *= m->slowing; /* the round is over */
    m->turns[i]++;
    return RQ_OK;
}

/* A machine that ends three times slower than it began spreads figures, but no ratio. */
static void drift_spoils_no_ratio(void **state)
{
    (void)state;
    machine m = {.speed = 900, .slowing = 0.8, .factors = (const double[]){1, 2, 0.5}};
    rq_interleaved interleaved = {.n = 3, .slice = take_turn, .ctx = &m};
    rq_interleaved_summary s[3];
    assert_ok(rq_interleaved_run(s, &interleaved));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(m.turns[i], 5); /* the least, as no time is given */
        assert_int_equal(s[i].slices, 5);
        assert_float_equal(s[i].rate, 900 * 0.8 * 0.8 * m.factors[i], 1e-9);
        assert_float_equal(s[i].ratio, m.factors[i], 1e-12);
        assert_float_equal(s[i].ratio_low, m.factors[i], 1e-12);
        assert_float_equal(s[i].ratio_high, m.factors[i], 1e-12);
        assert_true(s[i].spread > 0.5);
    }
}

static void steady_machine_has_no_spread(void **state)
{
    (void)state;
    machine m = {.speed = 10, .slowing = 1, .factors = (const double[]){1, 1, 3}};
    rq_interleaved interleaved = {.n = 3, .seconds = 0.02, .slice = take_turn, .ctx = &m};
    rq_interleaved_summary s[3];
    double started = rq_now();
    assert_ok(rq_interleaved_run(s, &interleaved));
    assert_true(rq_now() - started >= 0.02);
    assert_true(s[0].slices > 5);
    assert_int_equal(s[0].slices, s[2].slices);
    assert_float_equal(s[2].rate, 30, 0);
    assert_float_equal(s[2].spread, 0, 0);
}

static rq_status fail_turn(void *ctx, size_t i, double seconds, double *rate)
{
    (void)seconds;
    return i == 1 ? rq_fail(RQ_EUNSUPPORTED, "the second cannot") : take_turn(ctx, i, 0, rate);
}

static void failure_ends_it(void **state)
{
    (void)state;
    machine m = {.speed = 10, .slowing = 1, .factors = (const double[]){1, 1, 1}};
    rq_interleaved interleaved = {.n = 3, .seconds = 10, .slice = fail_turn, .ctx = &m};
    rq_interleaved_summary s[3];
    assert_fails(rq_interleaved_run(s, &interleaved), RQ_EUNSUPPORTED, "the second cannot");
}

/* -- told ---------------------------------------------------------------------------------------
 */

typedef struct told {
    size_t done, total, logs;
    char log[160];
} told;

static void take_step(void *ctx, const char *title, size_t done, size_t total)
{
    told *t = ctx;
    assert_string_equal(title, "speed");
    t->done = done;
    t->total = total;
}

static void take_log(void *ctx, const char *text)
{
    told *t = ctx;
    t->logs++;
    snprintf(t->log, sizeof t->log, "%s", text);
}

/* Seconds of the first run; then, once, for how long it may go on at most, and why. */
static void seconds_that_are_left_are_told(void **state)
{
    (void)state;
    told t = {.logs = 0};
    const rq_callbacks callbacks = {.ctx = &t, .progress = take_step, .log = take_log};
    rq_measuring m;
    double left = 30;
    rq_callbacks_install(&callbacks);
    rq_measuring_begin(&m, "speed", 5.5);
    assert_true(t.done == 0 && t.total == 6);
    m.started -= 2.2; /* so long ago */
    m.run_started = m.started;
    rq_measuring_tick(&m);
    assert_true(t.done == 2 && t.total == 6);
    m.run_started -= 4;
    assert_true(rq_measuring_again(&m, "other processes used the CPU", &left));
    assert_true(left > 23.7 && left < 23.9);
    assert_string_equal(t.log, "speed is not measurable yet (other processes used the CPU): "
                               "measuring it again, for at most 19 s"); /* 3 runs of 6.2 s */
    assert_true(t.done == 0 && t.total == 19);
    m.started -= 7;
    rq_measuring_tick(&m);
    assert_int_equal(t.done, 7);
    assert_true(rq_measuring_again(&m, "other processes used the CPU", &left));
    assert_int_equal(t.logs, 1);
    assert_false(rq_measuring_again(&m, NULL, &left));
    left = 0;
    m.run_started -= 1;
    assert_false(rq_measuring_again(&m, "other processes used the CPU", &left));
    assert_false(rq_measuring_again(&m, "other processes used the CPU", NULL));
    rq_measuring_end(&m);
    assert_true(t.done == 7 && t.total == 7);
    rq_callbacks_install(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles),
        cmocka_unit_test(drift_spoils_no_ratio),
        cmocka_unit_test(steady_machine_has_no_spread),
        cmocka_unit_test(failure_ends_it),
        cmocka_unit_test(seconds_that_are_left_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
