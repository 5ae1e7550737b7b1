/* stats.h5: round trip, equal bytes, damage, and files that lie. */
#include "tests/unit/same_file.h"
#include "tests/unit/scratch.h"

#include "calib/h5.h"
#include "calib/stats_file.h"
#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/base/rng.h"

#define BLOCK 512 /* the user block */

static const rq_shape image = {4, {1, 3, 5, 5}};
static const rq_shape open_shape = {3, {1, RQ_DYNAMIC, 4}};
static const rq_shape open_now = {3, {1, 7, 4}};
static const rq_shape scalar = {0, {0}};

static void observe_images(rq_stats *stats, size_t first, size_t n)
{
    rq_stats_local *local;
    rq_rng rng;
    float x[75];
    assert_ok(rq_stats_local_create(&local, stats));
    for (size_t i = first; i < first + n; i++) {
        rq_rng_seed(&rng, i);
        for (size_t k = 0; k < 75; k++) x[k] = (float)rq_rng_normal(&rng) * 3.0f;
        if (i == 2) x[30] = NAN;
        assert_ok(rq_stats_observe(local, 0, x, &image, false));
        assert_ok(rq_stats_observe(local, 1, x, &open_now, false));
        if (i != 1) assert_ok(rq_stats_observe(local, 2, x, &scalar, false));
        assert_ok(rq_stats_merge_image(stats, local));
    }
    assert_ok(rq_stats_absorb(stats, local));
    rq_stats_local_destroy(&local);
}

static void finish(rq_stats *stats, size_t done)
{
    rq_stats_origin origin = {.tool = "requant test",
                              .model = "net.xml",
                              .model_digest = "0123456789abcdef0123456789abcdef",
                              .data = "photos/\xc3\xa9",
                              .data_digest = "ffffffffffffffffffffffffffffffff",
                              .preprocess = "resize=shorter:8 layout=nchw",
                              .images_total = 9,
                              .images_done = done,
                              .images_bad = 1};
    assert_ok(rq_stats_set_origin(stats, &origin));
    rq_stats_finish(stats);
}

static rq_stats *sample(size_t first, size_t n)
{
    rq_stats *stats;
    assert_ok(rq_stats_create(&stats));
    assert_ok(rq_stats_add_value(stats, NULL, "conv/1", &image, 1));
    assert_ok(rq_stats_add_value(stats, NULL, "tokens", &open_shape, -1));
    assert_ok(rq_stats_add_value(stats, NULL, "scale", &scalar, -1));
    observe_images(stats, first, n);
    finish(stats, n);
    return stats;
}

/* Files in the scratch folder by name; the path lives until the test ends. */
static char *in_scratch(void **state, const char *name)
{
    return rq_path_join(*state, name);
}

static void assert_same_value(const rq_stats_value *a, const rq_stats_value *b)
{
    size_t n = a->n_channels;
    assert_string_equal(a->name, b->name);
    assert_true(rq_shape_equal(&a->shape, &b->shape));
    assert_int_equal(a->axis, b->axis);
    assert_int_equal(a->n_channels, b->n_channels);
    assert_int_equal(a->n_images, b->n_images);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->nan_count, b->nan_count);
    assert_int_equal(a->inf_count, b->inf_count);
    assert_int_equal(a->histogram->total, b->histogram->total);
    assert_true(a->min == b->min && a->max == b->max);
    assert_true(a->histogram->min == b->histogram->min && a->histogram->max == b->histogram->max);
    assert_memory_equal(a->image_min, b->image_min, a->n_images * sizeof(float));
    assert_memory_equal(a->image_max, b->image_max, a->n_images * sizeof(float));
    assert_memory_equal(a->channel_min, b->channel_min, n * sizeof(float));
    assert_memory_equal(a->channel_max, b->channel_max, n * sizeof(float));
    assert_memory_equal(a->channel_mean, b->channel_mean, n * sizeof(double));
    assert_memory_equal(a->channel_mean_square, b->channel_mean_square, n * sizeof(double));
    for (uint32_t k = 0; k < RQ_HISTOGRAM_BUCKETS; k++)
        assert_int_equal(rq_histogram_at(a->histogram, k), rq_histogram_at(b->histogram, k));
}

static void test_round_trip(void **state)
{
    char *first = in_scratch(state, "a.h5"), *second = in_scratch(state, "b.h5");
    rq_stats *stats = sample(0, 5), *loaded;
    assert_ok(rq_stats_save(stats, first));
    assert_ok(rq_stats_load(&loaded, first));
    assert_int_equal(rq_stats_count(loaded), 3);
    for (size_t i = 0; i < 3; i++) assert_same_value(rq_stats_at(stats, i), rq_stats_at(loaded, i));
    const rq_stats_origin *a = rq_stats_origin_of(stats), *b = rq_stats_origin_of(loaded);
    assert_string_equal(a->tool, b->tool);
    assert_string_equal(a->model, b->model);
    assert_string_equal(a->model_digest, b->model_digest);
    assert_string_equal(a->data, b->data);
    assert_string_equal(a->data_digest, b->data_digest);
    assert_string_equal(a->preprocess, b->preprocess);
    assert_string_equal(a->preprocess_digest, b->preprocess_digest);
    assert_int_equal(b->images_total, 9);
    assert_int_equal(b->images_done, 5);
    assert_int_equal(b->images_bad, 1);
    assert_ok(rq_stats_save(loaded, second));
    assert_same_file(first, second);
    assert_int_equal(scratch_count(state, ""), 2); /* no temporary file is left */
    rq_stats_destroy(&stats);
    rq_stats_destroy(&loaded);
    free(first);
    free(second);
}

/* One run; interrupted, saved, resumed; two shards merged from files: the same bytes. */
static void test_equal_bytes_however_gathered(void **state)
{
    char *whole = in_scratch(state, "whole.h5"), *part = in_scratch(state, "part.h5");
    char *joint = in_scratch(state, "joint.h5");
    rq_stats *stats = sample(0, 8), *resumed, *other;
    assert_ok(rq_stats_save(stats, whole));
    rq_stats_destroy(&stats);

    stats = sample(0, 3);
    assert_ok(rq_stats_save(stats, part));
    rq_stats_destroy(&stats);
    assert_ok(rq_stats_load(&resumed, part));
    observe_images(resumed, 3, 5);
    finish(resumed, 8);
    assert_ok(rq_stats_save(resumed, joint));
    assert_same_file(whole, joint);
    rq_stats_destroy(&resumed);

    assert_ok(rq_stats_load(&resumed, part));
    other = sample(3, 5);
    assert_ok(rq_stats_merge(resumed, other, "other"));
    finish(resumed, 8);
    assert_ok(rq_stats_save(resumed, joint));
    assert_same_file(whole, joint);
    rq_stats_destroy(&resumed);
    rq_stats_destroy(&other);
    free(whole);
    free(part);
    free(joint);
}

static void test_nothing_to_tell(void **state)
{
    char *path = in_scratch(state, "empty.h5");
    rq_stats *stats, *loaded;
    assert_ok(rq_stats_create(&stats));
    assert_ok(rq_stats_save(stats, path));
    assert_ok(rq_stats_load(&loaded, path));
    assert_int_equal(rq_stats_count(loaded), 0);
    assert_null(rq_stats_origin_of(loaded)->model);
    rq_stats_destroy(&loaded);
    assert_ok(rq_stats_add_value(stats, NULL, "never seen", &image, 1));
    rq_stats_finish(stats);
    assert_ok(rq_stats_save(stats, path));
    assert_ok(rq_stats_load(&loaded, path));
    assert_int_equal(rq_stats_at(loaded, 0)->n_images, 0);
    assert_true(rq_stats_at(loaded, 0)->min == 0.0f);
    rq_stats_destroy(&loaded);
    rq_stats_destroy(&stats);
    free(path);
}

/* -- damage --------------------------------------------------------------------------------- */

static void expect_refused(void **state, const uint8_t *data, size_t size, const char *text)
{
    rq_stats *stats = (rq_stats *)state;
    const char *path = scratch_file(state, "damaged.h5", data, size);
    assert_fails(rq_stats_load(&stats, path), RQ_EFORMAT, text);
    assert_non_null(strstr(rq_error_text(), "damaged.h5"));
    assert_null(stats);
}

/* What was never a statistics file is not replaced by one. */
static void test_what_may_be_replaced(void **state)
{
    char *path = in_scratch(state, "mine.h5");
    rq_stats *stats = sample(0, 5);
    assert_ok(rq_stats_may_replace(path)); /* nothing is there */
    assert_ok(rq_stats_save(stats, path));
    assert_ok(rq_stats_may_replace(path));
    assert_int_equal(truncate(path, 600), 0);
    assert_ok(rq_stats_may_replace(path));
    assert_int_equal(truncate(path, 0), 0);
    assert_ok(rq_stats_may_replace(path));
    assert_ok(rq_write_file(path, "requant statistics", 18));
    assert_fails(rq_stats_may_replace(path), RQ_EARG, "mine.h5: is there already");
    rq_stats_destroy(&stats);
    free(path);
}

static void test_damage(void **state)
{
    char *path = in_scratch(state, "a.h5");
    rq_stats *stats = sample(0, 5);
    rq_mapping file;
    rq_rng rng;
    rq_rng_seed(&rng, 5);
    assert_ok(rq_stats_save(stats, path));
    assert_ok(rq_map_file(&file, path));
    uint8_t *copy = malloc(file.size + 1);
    assert_non_null(copy);
    for (int i = 0; i < 400; i++) {
        memcpy(copy, file.data, file.size);
        expect_refused(state, copy, rq_rng_below(&rng, file.size), ""); /* cut */
        copy[rq_rng_below(&rng, file.size)] ^= (uint8_t)(1u << rq_rng_below(&rng, 8));
        expect_refused(state, copy, file.size, "");
    }
    memcpy(copy, file.data, file.size);
    copy[file.size] = 0;
    expect_refused(state, copy, file.size + 1, "damaged or changed");
    expect_refused(state, copy + BLOCK, file.size - BLOCK, "not a statistics file");
    expect_refused(state, (const uint8_t *)"hello", 5, "not a statistics file");
    expect_refused(state, copy, 0, "not a statistics file");
    expect_refused(state, copy, 200, "only the first 200 bytes");
    rq_stats *none;
    assert_fails(rq_stats_load(&none, "nowhere/at/all.h5"), RQ_EIO, "nowhere/at/all.h5");
    rq_unmap_file(&file);
    rq_stats_destroy(&stats);
    free(copy);
    free(path);
}

/* -- files with a right digest that say what cannot be --------------------------------------- */

/* What is written in place of the right thing. */
typedef struct lie {
    const char *name; /* of the attribute or dataset that is false */
    const char *message;
} lie;

static rq_status put_count(rq_h5 *h5, const lie *l, const char *name, uint64_t x, uint64_t other)
{
    return rq_h5_put_count(h5, name, strcmp(l->name, name) ? x : other);
}

static rq_status put(rq_h5 *h5, const lie *l, const char *name, rq_dtype dt, size_t rows,
                     size_t columns, const void *data, const void *other)
{
    bool lies = !strcmp(l->name, name);
    return rq_h5_put_array(h5, name, "u", dt, rows, columns, lies && other ? other : data);
}

static rq_status put_root(rq_h5 *h5, const lie *l)
{
    RQ_TRY(rq_h5_put_text(h5, "format", strcmp(l->name, "format") ? RQ_STATS_FORMAT : "soup"));
    RQ_TRY(put_count(h5, l, "version", RQ_STATS_VERSION, 99));
    RQ_TRY(put_count(h5, l, "images_total", 1, UINT64_MAX));
    RQ_TRY(put_count(h5, l, "images_done", 1, 2));
    return put_count(h5, l, "images_bad", 0, 2);
}

static rq_status put_head(rq_h5 *h5, const lie *l)
{
    const int64_t shape[] = {1, 2}, huge[] = {1, INT64_C(1) << 40}, other[] = {1, 3};
    const int64_t negative[] = {1, -5};
    const int64_t *dims = !strcmp(l->name, "huge shape")       ? huge
                          : !strcmp(l->name, "other shape")    ? other
                          : !strcmp(l->name, "negative shape") ? negative
                                                               : shape;
    if (strcmp(l->name, "no name")) RQ_TRY(rq_h5_put_text(h5, "name", "x"));
    if (strcmp(l->name, "no shape")) RQ_TRY(rq_h5_put_integers(h5, "shape", dims, 2));
    const int64_t axis = 1, beyond = 2;
    const int64_t *along = strcmp(l->name, "axis beyond") ? &axis : &beyond;
    if (strcmp(l->name, "no axis")) RQ_TRY(rq_h5_put_integers(h5, "axis", along, 1));
    RQ_TRY(put_count(h5, l, "count", 2, 1));
    RQ_TRY(put_count(h5, l, "nan_count", 0, UINT64_MAX));
    return put_count(h5, l, "inf_count", 0, 1);
}

static rq_status put_channels(rq_h5 *h5, const lie *l)
{
    const float low[] = {1, 2}, nan[] = {NAN, 2}, high[] = {9, 2};
    const uint64_t finite[] = {1, 1}, more[] = {UINT64_MAX, 3};
    const int64_t digits[] = {1, 0, 0, 2, 0, 0}, wild[] = {INT64_MAX, 0, 0, INT64_MIN, 0, 0};
    const int32_t tops[] = {0, 0}, far[] = {1000000, 0};
    RQ_TRY(put(h5, l, "channel_min", RQ_DT_F32, 2, 1, low, high));
    if (strcmp(l->name, "narrow"))
        RQ_TRY(put(h5, l, "channel_max", RQ_DT_F32, 2, 1, low, nan));
    else
        RQ_TRY(put(h5, l, "channel_max", RQ_DT_F32, 1, 1, low, NULL));
    RQ_TRY(put(h5, l, "channel_finite", RQ_DT_U64, 2, 1, finite, more));
    RQ_TRY(put(h5, l, "channel_sum", RQ_DT_I64, 2, 3, digits, wild));
    RQ_TRY(put(h5, l, "channel_sum_top", RQ_DT_I32, 2, 1, tops, far));
    RQ_TRY(put(h5, l, "channel_square_sum", RQ_DT_I64, strcmp(l->name, "flat") ? 2 : 6,
               strcmp(l->name, "flat") ? 3 : 1, digits, NULL));
    return put(h5, l, "channel_square_sum_top", RQ_DT_I32, 2, 1, tops, NULL);
}

static rq_status put_rest(rq_h5 *h5, const lie *l)
{
    const float low[] = {1, 1}, high[] = {2, 2}, inf[] = {-INFINITY, 1};
    const uint16_t buckets[] = {0x3f80, 0x4000}, falling[] = {0x4000, 0x3f80};
    const uint64_t counts[] = {1, 1}, many[] = {1, UINT64_MAX}, none[] = {0, 1};
    bool strange = !strcmp(l->name, "infinite bucket");
    const uint16_t infinite[] = {0x3f80, 0x7f80};
    RQ_TRY(put(h5, l, "image_min", RQ_DT_F32, strcmp(l->name, "images") ? 1 : 2, 1, low, inf));
    RQ_TRY(put(h5, l, "image_max", RQ_DT_F32, strcmp(l->name, "images") ? 1 : 2, 1, high, inf));
    RQ_TRY(put(h5, l, "histogram_bucket", RQ_DT_U16, 2, 1, strange ? infinite : buckets, falling));
    if (!strcmp(l->name, "wrong type"))
        return rq_h5_put_array(h5, "histogram_count", "u", RQ_DT_I64, 2, 1, counts);
    return put(h5, l, "histogram_count", RQ_DT_U64, 2, 1,
               strcmp(l->name, "empty bucket") ? counts : none, many);
}

static rq_status put_file(rq_h5 *h5, const lie *l)
{
    RQ_TRY(put_root(h5, l));
    if (!strcmp(l->name, "no values")) return RQ_OK;
    RQ_TRY(rq_h5_enter(h5, "values"));
    RQ_TRY(rq_h5_enter(h5, strcmp(l->name, "odd group") ? "00000" : "7"));
    RQ_TRY(put_head(h5, l));
    RQ_TRY(put_channels(h5, l));
    return put_rest(h5, l);
}

static void test_lies(void **state)
{
    static const lie lies[] = {
        {"", NULL}, /* the truth, to begin with */
        {"format", "format 'soup'"},
        {"version", "version 99"},
        {"images_total", "images done"},
        {"images_done", "images done"},
        {"images_bad", "images done"},
        {"no values", "values"},
        {"odd group", "00000"},
        {"no name", "without a name"},
        {"no shape", "shape"},
        {"no axis", "axis"},
        {"axis beyond", "axis"},
        {"huge shape", "elements"},
        {"negative shape", "negative"},
        {"other shape", "other channels"},
        {"count", "more elements in channels"},
        {"nan_count", "do not add up"},
        {"inf_count", "do not add up"},
        {"channel_min", "no range"},
        {"channel_max", "no range"},
        {"narrow", "1 rows, expected 2"},
        {"channel_finite", "more elements in channels"},
        {"channel_sum", "no number"},
        {"channel_sum_top", "no number"},
        {"flat", "not a plain dataset"},
        {"image_min", "no range"},
        {"image_max", "no range"},
        {"images", "more images"},
        {"histogram_bucket", "do not rise"},
        {"infinite bucket", "do not rise"},
        {"empty bucket", "other elements"},
        {"histogram_count", "other elements"},
        {"wrong type", "not a plain dataset"},
    };
    char *path = in_scratch(state, "lie.h5");
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        rq_h5 *h5;
        rq_stats *stats;
        assert_ok(rq_h5_create(&h5, path, path));
        assert_ok(put_file(h5, &lies[i]));
        assert_ok(rq_h5_finish(&h5));
        if (lies[i].message)
            assert_fails(rq_stats_load(&stats, path), RQ_EFORMAT, lies[i].message);
        else
            assert_ok(rq_stats_load(&stats, path));
        rq_stats_destroy(&stats);
    }
    free(path);
}

/* A right digest, and content that made libhdf5 1.10.8 crash. */
static void test_hostile(void **state)
{
    (void)state;
    rq_stats *none;
    assert_fails(rq_stats_load(&none, "tests/data/hostile/stats-sealed-rc139-25750B.h5"),
                 RQ_EFORMAT, "25750B.h5");
}

static void test_cannot_be_written(void **state)
{
    rq_stats *stats = sample(0, 2);
    assert_fails(rq_stats_save(stats, scratch_path(state, "no/such/folder.h5")), RQ_EIO,
                 "folder.h5");
    rq_stats_destroy(&stats);
}

static bool always(void *ctx)
{
    (void)ctx;
    return true;
}

/* What Ctrl-C leaves is written after it. */
static void test_written_when_cancelled(void **state)
{
    const rq_callbacks stop = {.cancelled = always};
    rq_stats *stats = sample(0, 2), *again;
    char *path = strdup(scratch_path(state, "stats.h5"));
    const rq_callbacks *before = rq_callbacks_install(&stop);
    assert_ok(rq_stats_save(stats, path));
    rq_callbacks_install(before);
    assert_ok(rq_stats_load(&again, path));
    rq_stats_destroy(&again);
    rq_stats_destroy(&stats);
    free(path);
}

/* The HDF5 library refuses it, and its reason comes from the other program. */
static void test_library_refuses(void **state)
{
    rq_h5 *h5;
    assert_ok(rq_h5_create(&h5, scratch_path(state, "temp"), "stats.h5"));
    assert_ok(rq_h5_put_count(h5, "twice", 1));
    assert_ok(rq_h5_put_count(h5, "twice", 2));
    assert_fails(rq_h5_finish(&h5), RQ_EIO, "stats.h5: cannot be written: 'twice': ");
    assert_null(h5);
}

static void test_no_helper(void **state)
{
    rq_stats *stats = sample(0, 2);
    setenv("REQUANT_LIBEXEC", "/nowhere", 1);
    assert_fails(rq_stats_can_save(), RQ_EIO, "REQUANT_LIBEXEC names its folder");
    assert_fails(rq_stats_save(stats, scratch_path(state, "stats.h5")), RQ_EIO,
                 "requant-hdf5, which reads and writes HDF5 files, is not");
    unsetenv("REQUANT_LIBEXEC");
    assert_int_equal(scratch_count(state, ""), 0);
    rq_stats_destroy(&stats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_equal_bytes_however_gathered, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_nothing_to_tell, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_damage, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_what_may_be_replaced, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_lies, scratch_setup, scratch_teardown),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test_setup_teardown(test_cannot_be_written, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_written_when_cancelled, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_library_refuses, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_no_helper, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
