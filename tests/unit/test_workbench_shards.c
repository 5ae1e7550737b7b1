/* Shards of a calibration: joined they are one run, byte for byte; what does not belong together is
 * refused by name. */
#include "tests/unit/same_file.h"
#include "tests/unit/toy_workload.h"

#include "calib/stats_file.h"
#include "datasets/bad_images.h"
#include "engine/base/file.h"
#include "engine/workbench/calibrate/merge_shards.h"

#define IMAGES 16 /* of TOY_GENERATED */
#define PARTS 3

static const char *name_of(void **state, const char *name)
{
    static char names[8][4096];
    static size_t next;
    char *out = names[next++ % 8];
    snprintf(out, sizeof names[0], "%s", scratch_path(state, name));
    return out;
}

static void calibrate(const rq_workload *w, rq_shard shard, const char *path)
{
    rq_calibration c;
    rq_workload part = *w;
    part.shard = shard;
    assert_ok(rq_calibrate_run(&c, &part, &(rq_calibrate_options){.path = path}));
    rq_stats_destroy(&c.stats);
}

static rq_workload toy(float loud, const char *data)
{
    rq_workload w;
    toy_open(&w, toy_graph(&(toy_net){.loud = loud}), data);
    return w;
}

static void calibrate_all(const rq_workload *w, const char *const paths[PARTS])
{
    for (size_t k = 0; k < PARTS; k++) calibrate(w, (rq_shard){k + 1, PARTS}, paths[k]);
}

static void assert_merge_fails(const char *const *paths, size_t n, const char *text)
{
    rq_stats *stats;
    assert_fails(rq_shards_merge(&stats, paths, n), RQ_EARG, text);
    assert_null(stats);
}

/* Whatever order the files come in. */
static void test_joined_they_are_one_run(void **state)
{
    static const size_t orders[][PARTS] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};
    const char *paths[PARTS] = {name_of(state, "1.h5"), name_of(state, "2.h5"),
                                name_of(state, "3.h5")};
    const char *whole = name_of(state, "whole.h5"), *joined = name_of(state, "joined.h5");
    rq_workload w = toy(3, TOY_GENERATED);
    calibrate(&w, (rq_shard){0, 0}, whole);
    calibrate_all(&w, paths);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        const char *ordered[PARTS];
        rq_stats *stats;
        for (size_t k = 0; k < PARTS; k++) ordered[k] = paths[orders[i][k]];
        assert_ok(rq_shards_merge(&stats, ordered, PARTS));
        assert_ok(rq_stats_save(stats, joined));
        assert_same_file(joined, whole);
        rq_stats_destroy(&stats);
    }
    rq_workload_close(&w);
}

static void test_a_shard_says_what_it_is(void **state)
{
    rq_stats *stats;
    const char *path = name_of(state, "second.h5");
    rq_workload w = toy(3, TOY_GENERATED);
    calibrate(&w, (rq_shard){2, PARTS}, path);
    assert_ok(rq_stats_load(&stats, path));
    const rq_stats_shard *s = rq_stats_shard_of(stats);
    assert_int_equal(s->index, 2);
    assert_int_equal(s->count, PARTS);
    assert_int_equal(s->first, 6);
    assert_int_equal(s->total, IMAGES);
    assert_int_equal(rq_stats_origin_of(stats)->images_total, 5);
    assert_string_equal(s->options, "backend reference");
    assert_fails(rq_calibration_check(stats, "second.h5", &w), RQ_EARG,
                 "second.h5 is shard 2 of 3 alone, 5 of 16 images");
    assert_fails(rq_stats_merge(stats, stats, "second.h5"), RQ_EARG, "shards are joined as files");
    rq_stats_destroy(&stats);
    rq_workload_close(&w);
}

static void test_what_does_not_belong_together(void **state)
{
    const char *a = name_of(state, "a.h5"), *b = name_of(state, "b.h5"),
               *c = name_of(state, "c.h5"), *other = name_of(state, "other.h5");
    rq_workload w = toy(3, TOY_GENERATED), loud = toy(9, TOY_GENERATED), fewer, scaled;
    calibrate_all(&w, (const char *const[]){a, b, c});
    assert_merge_fails(NULL, 0, "no shards");
    assert_merge_fails((const char *const[]){a, c}, 2,
                       "shard 2 of 3 is missing: calibrate --shard 2/3");
    assert_merge_fails((const char *const[]){b}, 1, "shards 1, 3 of 3 are missing");
    assert_merge_fails((const char *const[]){a, b, c, a}, 4, "a.h5: shard 1 of 3, as ");

    calibrate(&w, (rq_shard){0, 0}, other);
    assert_merge_fails((const char *const[]){a, other, c}, 3, "other.h5: no shard, but statistics");
    calibrate(&w, (rq_shard){2, 4}, other);
    assert_merge_fails((const char *const[]){a, other, c}, 3,
                       "other.h5: shard 2 of 4, expected one of 3 as ");
    calibrate(&loud, (rq_shard){2, PARTS}, other);
    assert_merge_fails((const char *const[]){a, other, c}, 3,
                       "other.h5: statistics of another model");
    fewer = toy(3, "generated:15:1");
    calibrate(&fewer, (rq_shard){2, PARTS}, other);
    assert_merge_fails((const char *const[]){a, other, c}, 3,
                       "other.h5: a shard of a list of 15 images, expected one of 16");
    scaled = toy(3, TOY_GENERATED);
    assert_ok(rq_preprocess_set(&scaled.request.preprocess, "scale", "127.5", "scale"));
    calibrate(&scaled, (rq_shard){2, PARTS}, other);
    assert_merge_fails((const char *const[]){a, other, c}, 3,
                       "other.h5: statistics of another preprocessing");
    scaled.request.preprocess = w.request.preprocess;
    scaled.exec.saturating = true;
    calibrate(&scaled, (rq_shard){2, PARTS}, other);
    assert_merge_fails((const char *const[]){a, other, c}, 3,
                       "other options: found backend reference, native integers, expected "
                       "backend reference as in ");
    rq_workload_close(&w);
    rq_workload_close(&loud);
    rq_workload_close(&fewer);
    rq_workload_close(&scaled);
}

/* What a file says of itself, changed: another version, computer, share of bad images. */
static void test_other_tellings(void **state)
{
    const char *a = name_of(state, "t1.h5"), *b = name_of(state, "t2.h5"),
               *c = name_of(state, "t3.h5");
    const char *const all[] = {a, b, c};
    rq_workload w = toy(3, TOY_GENERATED);
    rq_stats *stats;
    calibrate_all(&w, all);
    assert_ok(rq_stats_load(&stats, b));
    const rq_stats_origin origin = *rq_stats_origin_of(stats);
    const rq_stats_shard shard = *rq_stats_shard_of(stats);
    rq_stats_shard told = shard;
    rq_stats_origin from = origin;
    from.tool = "requant 99";
    assert_ok(rq_stats_set_origin(stats, &from));
    assert_ok(rq_stats_save(stats, b));
    assert_merge_fails(all, PARTS, "t2.h5: another version: found requant 99, expected requant");
    assert_ok(rq_stats_set_origin(stats, &origin));
    told.computed_by = "an abacus";
    assert_ok(rq_stats_set_shard(stats, &told));
    assert_ok(rq_stats_save(stats, b));
    assert_merge_fails(all, PARTS, "t2.h5: computed by: found an abacus, expected ");
    told = shard;
    told.list_digest = "00";
    assert_ok(rq_stats_set_shard(stats, &told));
    assert_ok(rq_stats_save(stats, b));
    assert_merge_fails(all, PARTS, "t2.h5: another list of images");
    told = shard;
    told.max_bad = 0.5;
    assert_ok(rq_stats_set_shard(stats, &told));
    assert_ok(rq_stats_save(stats, b));
    assert_merge_fails(all, PARTS, "t2.h5: --max-bad 50, expected 1 as in ");
    from = origin;
    from.images_bad = from.images_done;
    assert_ok(rq_stats_set_origin(stats, &from));
    assert_ok(rq_stats_set_shard(stats, &shard));
    assert_ok(rq_stats_save(stats, b));
    rq_stats_destroy(&stats);
    assert_fails(rq_shards_merge(&stats, all, PARTS), RQ_EFORMAT,
                 "5 of 16 images cannot be used (1 % are allowed");
    rq_workload_close(&w);
}

/* Files whose parts lie are refused as they are read. */
static void test_shards_that_lie(void **state)
{
    const char *path = name_of(state, "lie.h5");
    rq_workload w = toy(3, TOY_GENERATED);
    rq_stats *stats, *none;
    calibrate(&w, (rq_shard){2, PARTS}, path);
    assert_ok(rq_stats_load(&stats, path));
    const rq_stats_shard shard = *rq_stats_shard_of(stats);
    const rq_stats_shard lies[] = {{.index = 0, .count = 3, .first = 6, .total = 16},
                                   {.index = 4, .count = 3, .first = 6, .total = 16},
                                   {.index = 2, .count = 17, .first = 6, .total = 16},
                                   {.index = 2, .count = 3, .first = 12, .total = 16},
                                   {.index = 1, .count = 1, .first = 0, .total = 4}};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        rq_stats_shard lie = shard;
        lie.index = lies[i].index;
        lie.count = lies[i].count;
        lie.first = lies[i].first;
        lie.total = lies[i].total;
        assert_ok(rq_stats_set_shard(stats, &lie));
        assert_ok(rq_stats_save(stats, path));
        assert_fails(rq_stats_load(&none, path), RQ_EFORMAT, "lie.h5: shard ");
    }
    rq_stats_shard lie = shard;
    lie.first = 7; /* within the list, but not where shard 2 of 3 begins */
    assert_ok(rq_stats_set_shard(stats, &lie));
    assert_ok(rq_stats_save(stats, path));
    assert_fails(rq_shards_merge(&none, &path, 1), RQ_EFORMAT,
                 "lie.h5: shard 2 of 3 has images 8 to 12 of 16, expected 7 to 11");
    rq_stats_destroy(&stats);
    rq_workload_close(&w);
}

static void test_more_shards_than_images(void **state)
{
    (void)state;
    rq_calibration c;
    rq_workload w = toy(3, TOY_GENERATED);
    w.shard = (rq_shard){1, IMAGES + 1};
    assert_fails(rq_calibrate_run(&c, &w, &(rq_calibrate_options){0}), RQ_EARG,
                 "--shard 1/17: there are 16 images, so at most 16 shards");
    rq_workload_close(&w);
}

/* A part may have more bad images than the whole: who merges judges. */
static void test_bad_images_are_judged_together(void **state)
{
    char data[4096];
    const char *whole = name_of(state, "bad-whole.h5"), *joined = name_of(state, "bad.h5"),
               *paths[] = {name_of(state, "bad-1.h5"), name_of(state, "bad-2.h5")};
    rq_image image = {0};
    rq_stats *stats;
    toy_folder(state, "bad");
    assert_ok(rq_image_reserve(&image, TOY_SIDE, TOY_SIDE, 3));
    memset(image.pixels, 99, 3 * TOY_SIDE * TOY_SIDE);
    for (const char *name = "abcd"; *name; name++) {
        char file[16];
        snprintf(file, sizeof file, "bad/%c.jpg", *name);
        toy_write_image(state, file, &image);
    }
    rq_image_free(&image);
    snprintf(data, sizeof data, "%s", scratch_path(state, "bad"));
    assert_ok(rq_write_file(scratch_path(state, "bad/a.jpg"), "nothing", 7));
    assert_ok(rq_write_file(scratch_path(state, "bad/b.jpg"), "nothing", 7));
    for (int allowed = 0; allowed <= 1; allowed++) {
        rq_workload w = toy(3, data);
        w.images.max_bad = allowed ? 0.5 : 0.25;
        for (size_t k = 0; k < 2; k++) calibrate(&w, (rq_shard){k + 1, 2}, paths[k]);
        if (!allowed) {
            assert_fails(rq_shards_merge(&stats, paths, 2), RQ_EFORMAT,
                         "2 of 4 images cannot be used (25 % are allowed, see --max-bad)");
        } else {
            calibrate(&w, (rq_shard){0, 0}, whole);
            assert_ok(rq_shards_merge(&stats, paths, 2));
            assert_ok(rq_stats_save(stats, joined));
            assert_same_file(joined, whole);
            rq_stats_destroy(&stats);
        }
        rq_workload_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joined_they_are_one_run),
        cmocka_unit_test(test_a_shard_says_what_it_is),
        cmocka_unit_test(test_what_does_not_belong_together),
        cmocka_unit_test(test_other_tellings),
        cmocka_unit_test(test_shards_that_lie),
        cmocka_unit_test(test_more_shards_than_images),
        cmocka_unit_test(test_bad_images_are_judged_together),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
