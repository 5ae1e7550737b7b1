/* Statistics of a network over images: what is counted, what is reused, and what is refused. */
#include "tests/unit/toy_workload.h"

#include "calib/stats_file.h"
#include "engine/base/callbacks.h"
#include "engine/base/file.h"

#include <sys/wait.h>

static const rq_stats_value *find(const rq_stats *stats, const char *name)
{
    const rq_stats_value *value = rq_stats_find(stats, name);
    if (!value) fail_msg("no statistics of '%s'", name);
    return value;
}

static rq_status calibrate(rq_calibration *out, const rq_workload *w, const char *path)
{
    return rq_calibrate_run(out, w, &(rq_calibrate_options){.path = path});
}

/* An image of one colour: what the input and a channel behind it are is known. */
static void test_counts_what_runs_through(void **state)
{
    rq_workload w;
    rq_calibration c;
    rq_image image = {0};
    toy_folder(state, "flat");
    assert_ok(rq_image_reserve(&image, TOY_SIDE, TOY_SIDE, 3));
    memset(image.pixels, 51, 3 * TOY_SIDE * TOY_SIDE);
    toy_write_image(state, "flat/a.jpg", &image);
    memset(image.pixels, 204, 3 * TOY_SIDE * TOY_SIDE);
    toy_write_image(state, "flat/b.jpg", &image);
    rq_image_free(&image);

    char data[4096];
    snprintf(data, sizeof data, "%s", scratch_path(state, "flat"));
    toy_open(&w, toy_graph(&(toy_net){.loud = 10}), data);
    assert_ok(calibrate(&c, &w, NULL));
    assert_false(c.reused);
    const rq_stats_value *x = find(c.stats, "x"), *relu = find(c.stats, "relu1");
    assert_int_equal(x->count, 2 * 3 * TOY_SIDE * TOY_SIDE);
    assert_true(fabsf(x->min - 0.2f) < 0.005f && fabsf(x->max - 0.8f) < 0.005f);
    assert_true(fabsf(x->image_max[0] - 0.2f) < 0.005f); /* images in their order */
    assert_true(fabsf(x->image_min[1] - 0.8f) < 0.005f);
    assert_int_equal(relu->n_channels, 4);
    assert_true(relu->channel_max[0] < 0.02f);                     /* 1 - 1/2 - 1/2 of gray */
    assert_true(fabsf(relu->channel_max[3] - 7.2f) < 0.1f);        /* 10 * 0.9 * 0.8 */
    assert_true(fabs(relu->channel_mean[3] - 4.5) < 0.1);          /* 10 * 0.9 * 0.5 */
    assert_true(fabs(relu->channel_mean_square[3] - 27.54) < 1.0); /* 81 * (0.04 + 0.64) / 2 */
    rq_stats_destroy(&c.stats);
    rq_workload_close(&w);
}

/* A layer may be called as a tensor behind it, of another shape or the same one. */
static void test_values_of_one_name_are_kept_apart(void **state)
{
    (void)state;
    rq_workload w;
    rq_calibration c;
    rq_graph *g = toy_graph(&(toy_net){.loud = 10, .classes = true});
    g->values[rq_graph_find(g, "relu2")->out[0]]->names = "relu1";
    g->values[rq_graph_find(g, "mean")->out[0]]->names = "x";
    toy_open(&w, g, TOY_GENERATED);
    assert_ok(calibrate(&c, &w, NULL));
    assert_true(find(c.stats, "relu1.0")->max > 2 * find(c.stats, "relu1")->max);
    assert_int_equal(find(c.stats, "x")->count, 16 * 4);
    assert_int_equal(find(c.stats, "x.0")->count, 16 * 3 * TOY_SIDE * TOY_SIDE);
    rq_stats_destroy(&c.stats);
    rq_workload_close(&w);
}

/* -- one after the other ---------------------------------------------------------------------- */

static void test_what_is_done_is_reused(void **state)
{
    rq_workload w;
    rq_calibration first, again, anew;
    char path[4096];
    snprintf(path, sizeof path, "%s", scratch_path(state, "reused.h5"));
    toy_open(&w, toy_graph(&(toy_net){.loud = 1}), TOY_GENERATED);
    assert_ok(calibrate(&first, &w, path));
    assert_false(first.reused);
    assert_ok(calibrate(&again, &w, path));
    assert_true(again.reused);
    assert_true(find(first.stats, "relu2")->max == find(again.stats, "relu2")->max);
    assert_int_equal(rq_stats_origin_of(again.stats)->images_done, 16);

    /* Other numbers reach the network: what is kept is of no use, and is replaced. */
    assert_ok(rq_preprocess_set(&w.request.preprocess, "scale", "127.5", "scale"));
    assert_ok(calibrate(&anew, &w, path));
    assert_false(anew.reused);
    assert_true(find(anew.stats, "x")->max > 1.5f * find(first.stats, "x")->max);
    rq_stats_destroy(&first.stats);
    rq_stats_destroy(&again.stats);
    rq_stats_destroy(&anew.stats);
    rq_workload_close(&w);
}

/* Arrays have the same size whatever is in them: only their content tells. */
static void test_changed_images_are_seen(void **state)
{
    rq_workload w;
    rq_calibration first, again;
    rq_image image = {0};
    char path[4096], data[4096];
    snprintf(path, sizeof path, "%s", scratch_path(state, "changed.h5"));
    toy_folder(state, "changed");
    snprintf(data, sizeof data, "%s", scratch_path(state, "changed"));
    assert_ok(rq_image_reserve(&image, TOY_SIDE, TOY_SIDE, 3));
    for (int level = 51; level <= 204; level += 153) {
        memset(image.pixels, level, 3 * TOY_SIDE * TOY_SIDE);
        toy_write_image(state, "changed/a.jpg", &image);
        assert_int_equal(truncate(scratch_path(state, "changed/a.jpg"), 4000), 0);
        toy_open(&w, toy_graph(&(toy_net){.loud = 1}), data);
        assert_ok(calibrate(level == 51 ? &first : &again, &w, path));
        rq_workload_close(&w);
    }
    assert_false(again.reused);
    assert_true(find(first.stats, "x")->max < 0.3f && find(again.stats, "x")->max > 0.7f);
    rq_image_free(&image);
    rq_stats_destroy(&first.stats);
    rq_stats_destroy(&again.stats);
}

/* -- stopping --------------------------------------------------------------------------------- */

typedef struct stopper {
    int asked, most; /* times it was asked while images ran; from then on it says stop */
    bool runs;       /* images do */
    size_t total;    /* of the progress */
} stopper;

static bool stop(void *ctx)
{
    stopper *s = ctx;
    return __atomic_load_n(&s->runs, __ATOMIC_SEQ_CST) &&
           __atomic_add_fetch(&s->asked, 1, __ATOMIC_SEQ_CST) > s->most;
}

static void progress(void *ctx, const char *title, size_t done, size_t total)
{
    assert_string_equal(title, "calibrate");
    assert_true(done <= total);
    ((stopper *)ctx)->total = total;
    __atomic_store_n(&((stopper *)ctx)->runs, true, __ATOMIC_SEQ_CST);
}

/* Statistics of some of the images, in `path`. */
static void stop_half_way(const rq_workload *w, const char *path)
{
    rq_calibration c;
    stopper s = {.most = 6};
    const rq_callbacks callbacks = {.ctx = &s, .progress = progress, .cancelled = stop};
    rq_callbacks_install(&callbacks);
    assert_fails(calibrate(&c, w, path), RQ_ECANCELLED, "of 16 images");
    rq_callbacks_install(NULL);
    assert_null(c.stats);
}

static void test_goes_on_where_it_was_stopped(void **state)
{
    rq_workload w;
    rq_calibration c;
    rq_stats *half;
    stopper s = {.most = 1 << 20};
    const rq_callbacks callbacks = {.ctx = &s, .progress = progress, .cancelled = stop};
    char path[4096];
    snprintf(path, sizeof path, "%s", scratch_path(state, "stopped.h5"));
    toy_open(&w, toy_graph(&(toy_net){.loud = 1}), TOY_GENERATED);
    rq_stats *whole = toy_stats(&w);

    stop_half_way(&w, path);
    assert_ok(rq_stats_load(&half, path));
    size_t done = rq_stats_origin_of(half)->images_done;
    assert_true(done > 0 && done < 16);
    assert_true(find(half, "x")->count < find(whole, "x")->count);

    rq_callbacks_install(&callbacks);
    assert_ok(calibrate(&c, &w, path));
    rq_callbacks_install(NULL);
    assert_int_equal(s.total, 16 - done); /* only those that were left */
    assert_false(c.reused);
    const rq_stats_value *got = find(c.stats, "relu2"), *want = find(whole, "relu2");
    assert_int_equal(got->count, want->count);
    assert_true(got->min == want->min && got->max == want->max);
    for (size_t k = 0; k < want->n_channels; k++) {
        assert_true(got->channel_mean[k] == want->channel_mean[k]);
        assert_true(got->channel_mean_square[k] == want->channel_mean_square[k]);
    }
    rq_stats_destroy(&half);
    rq_stats_destroy(&whole);
    rq_stats_destroy(&c.stats);
    rq_workload_close(&w);
}

/* Whether too many images cannot be read is said of all of them, whatever pass met them. */
static void test_unreadable_images_of_an_earlier_run_count(void **state)
{
    static const char text[] = "no image";
    static const char *const unreadable[] = {"a_red/00.jpg", "a_red/03.jpg", "b_green/01.jpg"};
    rq_workload w;
    rq_calibration c;
    char path[4096], data[4096], name[128];
    snprintf(path, sizeof path, "%s", scratch_path(state, "refused.h5"));
    toy_write_images(state, "refused", 16, 100);
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "refused/%s", unreadable[i]);
        scratch_file(state, name, text, sizeof text);
    }
    snprintf(data, sizeof data, "%s", scratch_path(state, "refused"));
    toy_open(&w, toy_graph(&(toy_net){.loud = 1}), data);
    w.images.max_bad = 1.0;
    stop_half_way(&w, path);
    w.images.max_bad = 0.1;
    for (size_t again = 0; again < 2; again++)
        assert_fails(calibrate(&c, &w, path), RQ_EFORMAT, "3 of 16 images cannot be used (10 %");
    w.images.max_bad = 0.2;
    assert_ok(calibrate(&c, &w, path));
    assert_int_equal(rq_stats_origin_of(c.stats)->images_bad, 3);
    rq_stats_destroy(&c.stats);
    rq_workload_close(&w);
}

static bool stop_at_once(void *ctx)
{
    (void)ctx;
    return true;
}

/* What was saved is not lost where reading it is interrupted. */
static void test_interrupted_while_it_reads_what_it_has(void **state)
{
    rq_workload w;
    rq_calibration c;
    rq_stats *half;
    const rq_callbacks callbacks = {.cancelled = stop_at_once};
    char path[4096];
    snprintf(path, sizeof path, "%s", scratch_path(state, "kept.h5"));
    toy_open(&w, toy_graph(&(toy_net){.loud = 1}), TOY_GENERATED);
    stop_half_way(&w, path);
    rq_callbacks_install(&callbacks);
    assert_fails(calibrate(&c, &w, path), RQ_ECANCELLED, "interrupted");
    rq_callbacks_install(NULL);
    assert_ok(rq_stats_load(&half, path));
    assert_true(rq_stats_origin_of(half)->images_done > 0);
    rq_stats_destroy(&half);
    rq_workload_close(&w);
}

/* -- dying ------------------------------------------------------------------------------------ */

static void die_at_180(void *ctx, const char *title, size_t done, size_t total)
{
    (void)ctx, (void)title, (void)total;
    if (done == 180) _exit(9);
}

/* What was saved on the way is there, and is continued. */
static void test_a_killed_run_loses_little(void **state)
{
    rq_workload w;
    rq_calibration c;
    rq_stats *saved;
    int result;
    char path[4096];
    const rq_callbacks callbacks = {.progress = die_at_180};
    snprintf(path, sizeof path, "%s", scratch_path(state, "killed.h5"));
    toy_open(&w, toy_graph(&(toy_net){.loud = 1}), "generated:200:1");
    w.threads = 1;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        rq_callbacks_install(&callbacks);
        calibrate(&c, &w, path);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(WEXITSTATUS(result), 9);
    assert_ok(rq_stats_load(&saved, path));
    assert_in_range(rq_stats_origin_of(saved)->images_done, 50, 180);
    assert_ok(calibrate(&c, &w, path));
    rq_stats *whole = toy_stats(&w);
    assert_int_equal(rq_stats_origin_of(c.stats)->images_done, 200);
    assert_int_equal(find(c.stats, "x")->count, find(whole, "x")->count);
    assert_true(find(c.stats, "relu2")->channel_mean[0] == find(whole, "relu2")->channel_mean[0]);
    rq_stats_destroy(&saved);
    rq_stats_destroy(&whole);
    rq_stats_destroy(&c.stats);
    rq_workload_close(&w);
}

/* Finished statistics of other images stay until there are new ones. */
static void test_a_file_is_replaced_at_the_end(void **state)
{
    rq_workload w, other;
    rq_calibration c;
    rq_stats *kept;
    char path[4096], beside[4200];
    stopper s = {.most = 6};
    const rq_callbacks callbacks = {.ctx = &s, .progress = progress, .cancelled = stop};
    snprintf(path, sizeof path, "%s", scratch_path(state, "into.h5"));
    snprintf(beside, sizeof beside, "%s", scratch_path(state, ".requant-into.h5"));
    toy_open(&w, toy_graph(&(toy_net){.loud = 1}), TOY_GENERATED);
    toy_open(&other, toy_graph(&(toy_net){.loud = 1}), "generated:20:1");
    assert_ok(rq_calibrate_into(&c, &w, path));
    rq_stats_destroy(&c.stats);
    rq_callbacks_install(&callbacks);
    assert_fails(rq_calibrate_into(&c, &other, path), RQ_ECANCELLED, "of 20 images");
    rq_callbacks_install(NULL);
    assert_true(rq_is_dir(beside));
    assert_ok(rq_stats_load(&kept, path));
    assert_int_equal(rq_stats_origin_of(kept)->images_total, 16);
    rq_stats_destroy(&kept);
    assert_ok(rq_calibrate_into(&c, &other, path));
    assert_false(c.reused);
    rq_stats_destroy(&c.stats);
    assert_false(rq_is_dir(beside));
    assert_ok(rq_calibrate_into(&c, &other, path));
    assert_true(c.reused);
    rq_stats_destroy(&c.stats);
    rq_workload_close(&w);
    rq_workload_close(&other);
}

/* -- where they go ---------------------------------------------------------------------------- */

static int runs;

static void count_runs(void *ctx, const char *title, size_t done, size_t total)
{
    (void)ctx, (void)title, (void)total;
    runs += done == 0;
}

static void test_the_folder_is_there_before_images_run(void **state)
{
    rq_workload w;
    rq_calibration c;
    char path[4096];
    const rq_callbacks callbacks = {.progress = count_runs};
    toy_open(&w, toy_graph(&(toy_net){.loud = 1}), TOY_GENERATED);
    snprintf(path, sizeof path, "%s", scratch_path(state, "new/folder/stats.h5"));
    assert_ok(calibrate(&c, &w, path));
    rq_stats_destroy(&c.stats);

    rq_callbacks_install(&callbacks);
    snprintf(path, sizeof path, "%s", scratch_path(state, "new/folder/stats.h5/stats.h5"));
    assert_fails(calibrate(&c, &w, path), RQ_EIO, "new/folder/stats.h5");
    snprintf(path, sizeof path, "%s", scratch_path(state, "new/folder"));
    assert_fails(calibrate(&c, &w, path), RQ_EIO, "is a folder");
    rq_callbacks_install(NULL);
    assert_int_equal(runs, 0);
    rq_workload_close(&w);
}

/* -- statistics that are given ---------------------------------------------------------------- */

static rq_status take(rq_calibration *out, const rq_workload *w, const char *path)
{
    return rq_calibrate_run(out, w, &(rq_calibrate_options){.given = path});
}

static void test_given_statistics_must_fit(void **state)
{
    rq_workload w, other;
    rq_calibration c, given;
    char path[4096];
    snprintf(path, sizeof path, "%s", scratch_path(state, "given.h5"));
    toy_open(&w, toy_graph(&(toy_net){.loud = 1}), TOY_GENERATED);
    toy_open(&other, toy_graph(&(toy_net){.loud = 2}), TOY_GENERATED);
    assert_ok(calibrate(&c, &w, path));
    assert_ok(take(&given, &w, path));
    assert_true(given.reused);
    assert_true(find(given.stats, "relu1")->max == find(c.stats, "relu1")->max);
    rq_stats_destroy(&given.stats);
    assert_fails(take(&given, &other, path), RQ_EARG, path);
    assert_null(given.stats);
    assert_ok(rq_preprocess_set(&w.request.preprocess, "mean", "3", "mean"));
    assert_fails(take(&given, &w, path), RQ_EARG, "mean");

    snprintf(path, sizeof path, "%s", scratch_path(state, "half.h5"));
    w.request.preprocess.n_mean = 0;
    stop_half_way(&w, path);
    assert_fails(take(&given, &w, path), RQ_EARG, "finish the calibration first");
    rq_stats_destroy(&c.stats);
    rq_workload_close(&w);
    rq_workload_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_what_runs_through),
        cmocka_unit_test(test_values_of_one_name_are_kept_apart),
        cmocka_unit_test(test_what_is_done_is_reused),
        cmocka_unit_test(test_changed_images_are_seen),
        cmocka_unit_test(test_goes_on_where_it_was_stopped),
        cmocka_unit_test(test_unreadable_images_of_an_earlier_run_count),
        cmocka_unit_test(test_interrupted_while_it_reads_what_it_has),
        cmocka_unit_test(test_a_killed_run_loses_little),
        cmocka_unit_test(test_a_file_is_replaced_at_the_end),
        cmocka_unit_test(test_the_folder_is_there_before_images_run),
        cmocka_unit_test(test_given_statistics_must_fit),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
