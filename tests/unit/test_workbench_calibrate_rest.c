/* Calibration of the images that are left: what comes of it is what one run over all gives. */
#include "tests/unit/same_stats.h"
#include "tests/unit/toy_workload.h"

#include "calib/stats_file.h"
#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/workbench/calibrate/calibrate_rest.h"

enum { N = 24 };

typedef struct witness {
    size_t total;       /* images of the last pass */
    size_t asked, most; /* times it was asked whether to stop, which it says from then on */
} witness;

static void progress(void *ctx, const char *title, size_t done, size_t total)
{
    (void)title;
    (void)done;
    ((witness *)ctx)->total = total;
}

static bool stop(void *ctx)
{
    witness *s = ctx;
    return __atomic_add_fetch(&s->asked, 1, __ATOMIC_SEQ_CST) > s->most;
}

static rq_status run_rest(rq_calibration *out, witness *s, const rq_workload *w, const char *path,
                          const rq_begun_stats *begun)
{
    const rq_callbacks callbacks = {.ctx = s, .progress = progress, .cancelled = stop};
    rq_callbacks_install(&callbacks);
    rq_status status = rq_calibrate_rest_run(out, w, &(rq_calibrate_options){.path = path}, begun);
    rq_callbacks_install(NULL);
    return status;
}

/* Every third image of `w`. */
static void begin(rq_begun_stats *begun, const rq_workload *w)
{
    size_t indices[N], n = 0;
    for (size_t i = 1; i < w->images.dataset->n; i += 3) indices[n++] = i;
    assert_ok(rq_images_pick(&begun->images, &w->images, indices, n));
    begun->images.max_bad = 1.0;
    const rq_workload some = rq_workload_over(w, &begun->images);
    begun->stats = toy_stats(&some);
}

static void open(rq_workload *w, void **state, const char *folder)
{
    static char data[4096];
    snprintf(data, sizeof data, "%s", scratch_path(state, folder));
    toy_open(w, toy_graph(&(toy_net){.loud = 10}), data);
}

/* How many images it did, of those that are left. */
static size_t stop_half_way(const rq_workload *w, const char *path, const rq_begun_stats *begun)
{
    size_t done = 0;
    for (size_t most = 1; !done; most++) {
        rq_calibration c;
        rq_stats *half = NULL;
        witness s = {.most = most};
        assert_int_equal(run_rest(&c, &s, w, path, begun), RQ_ECANCELLED);
        assert_null(c.stats);
        if (rq_is_file(path)) assert_ok(rq_stats_load(&half, path));
        if (half) done = rq_stats_origin_of(half)->images_done;
        rq_stats_destroy(&half);
    }
    return done;
}

static void test_the_rest_and_what_ran_are_all(void **state)
{
    rq_workload w;
    rq_calibration c;
    rq_begun_stats begun = {0};
    rq_stats *saved;
    witness s = {.most = SIZE_MAX};
    char path[4096];
    snprintf(path, sizeof path, "%s", scratch_path(state, "all.h5"));
    open(&w, state, "images");
    begin(&begun, &w);
    rq_stats *whole = toy_stats(&w);
    assert_ok(run_rest(&c, &s, &w, path, &begun));
    assert_int_equal(s.total, N - N / 3);
    assert_false(c.reused);
    expect_same_bytes(c.stats, whole);
    assert_ok(rq_stats_load(&saved, path));
    expect_same_bytes(saved, whole);
    assert_string_equal(rq_stats_origin_of(saved)->data_digest,
                        rq_stats_origin_of(whole)->data_digest);
    assert_int_equal(rq_stats_origin_of(saved)->images_total, N);
    assert_int_equal(rq_stats_origin_of(saved)->images_done, N);
    rq_stats_destroy(&c.stats);

    s.total = 0; /* the file has all */
    assert_ok(run_rest(&c, &s, &w, path, &begun));
    assert_int_equal(s.total, 0);
    assert_true(c.reused);
    expect_same_bytes(c.stats, whole);
    rq_stats_destroy(&c.stats);
    rq_stats_destroy(&saved);
    rq_stats_destroy(&whole);
    rq_begun_stats_close(&begun);
    rq_workload_close(&w);
}

/* What a run of some images left is continued to the bytes of one run; how many images were left.
 */
static size_t go_on(const rq_workload *w, const char *path, const rq_begun_stats *begun)
{
    rq_calibration c;
    witness s = {.most = SIZE_MAX};
    rq_stats *whole = toy_stats(w);
    assert_ok(run_rest(&c, &s, w, path, begun));
    expect_same_bytes(c.stats, whole);
    assert_int_equal(rq_stats_origin_of(c.stats)->images_done, w->images.dataset->n);
    rq_stats_destroy(&c.stats);
    rq_stats_destroy(&whole);
    return s.total;
}

static void test_goes_on_where_it_was_stopped(void **state)
{
    rq_workload w;
    rq_begun_stats begun = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s", scratch_path(state, "stopped.h5"));
    open(&w, state, "images");
    begin(&begun, &w);
    size_t done = stop_half_way(&w, path, &begun);
    assert_true(done < N - N / 3);
    assert_int_equal(go_on(&w, path, &begun), N - N / 3 - done);
    rq_begun_stats_close(&begun);
    rq_workload_close(&w);
}

/* A run of all images that was stopped goes on as it began. */
static void test_a_run_of_all_goes_on_as_one(void **state)
{
    rq_workload w;
    rq_begun_stats begun = {0}, none = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s", scratch_path(state, "one.h5"));
    open(&w, state, "images");
    begin(&begun, &w);
    size_t done = stop_half_way(&w, path, &none);
    assert_int_equal(go_on(&w, path, &begun), N - done);
    rq_begun_stats_close(&begun);
    rq_workload_close(&w);
}

/* Images of another list, or another order, tell nothing of this one. */
static void test_others_are_not_taken(void **state)
{
    rq_workload w, part;
    rq_calibration c;
    rq_begun_stats begun = {0};
    rq_images few;
    witness s = {.most = SIZE_MAX};
    const size_t indices[] = {0, 2, 3, 5, 6, 8};
    open(&w, state, "images");
    begin(&begun, &w);
    assert_ok(rq_images_pick(&few, &w.images, indices, 6)); /* without those that ran */
    part = rq_workload_over(&w, &few);
    assert_ok(run_rest(&c, &s, &part, NULL, &begun));
    assert_int_equal(s.total, 6);
    assert_int_equal(rq_stats_origin_of(c.stats)->images_done, 6);
    rq_stats_destroy(&c.stats);
    part = w;
    part.shuffle = true;
    assert_ok(run_rest(&c, &s, &part, NULL, &begun));
    assert_int_equal(s.total, N);
    rq_stats_destroy(&c.stats);
    rq_images_close(&few);
    rq_begun_stats_close(&begun);
    rq_workload_close(&w);
}

/* Whether too many cannot be read is said of all images, and those that ran count. */
static void test_unreadable_images_are_judged_among_all(void **state)
{
    static const char text[] = "no image";
    rq_workload w;
    rq_calibration c;
    rq_begun_stats begun = {0};
    witness s = {.most = SIZE_MAX};
    toy_write_images(state, "bad", 9, 100);
    scratch_file(state, "bad/a_red/00.jpg", text, sizeof text);
    open(&w, state, "bad"); /* 00, 03, 06 are the first class's */
    w.images.max_bad = 0.12;
    begin(&begun, &w);
    assert_ok(run_rest(&c, &s, &w, NULL, &begun)); /* 1 of 9, though 1 of 6 */
    assert_int_equal(s.total, 6);
    assert_int_equal(rq_stats_origin_of(c.stats)->images_bad, 1);
    assert_int_equal(rq_stats_origin_of(c.stats)->images_done, 9);
    assert_int_equal(rq_stats_at(c.stats, 0)->n_images, 8);
    rq_stats *whole = toy_stats(&w);
    expect_same_bytes(c.stats, whole);
    rq_stats_destroy(&whole);
    rq_stats_destroy(&c.stats);
    w.images.max_bad = 0.10;
    assert_fails(run_rest(&c, &s, &w, NULL, &begun), RQ_EFORMAT, "1 of 9 images cannot be used");
    assert_null(c.stats);
    rq_begun_stats_close(&begun);
    rq_workload_close(&w);
}

/* A file does not tell which images it lacks: what it has of the rest is then of no use. */
static void test_unreadable_images_of_a_run_that_was_stopped(void **state)
{
    static const char text[] = "no image";
    rq_workload w;
    rq_begun_stats begun = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s", scratch_path(state, "worse.h5"));
    toy_write_images(state, "worse", N, 100);
    scratch_file(state, "worse/a_red/00.jpg", text, sizeof text);
    open(&w, state, "worse");
    w.images.max_bad = 0.5;
    begin(&begun, &w);
    stop_half_way(&w, path, &begun);
    assert_int_equal(go_on(&w, path, &begun), N); /* from the first on */
    rq_begun_stats_close(&begun);
    rq_workload_close(&w);
}

static int setup(void **state)
{
    return toy_images_setup(state, N, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_rest_and_what_ran_are_all),
        cmocka_unit_test(test_goes_on_where_it_was_stopped),
        cmocka_unit_test(test_a_run_of_all_goes_on_as_one),
        cmocka_unit_test(test_others_are_not_taken),
        cmocka_unit_test(test_unreadable_images_are_judged_among_all),
        cmocka_unit_test(test_unreadable_images_of_a_run_that_was_stopped),
    };
    return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
