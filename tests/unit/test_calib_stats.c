/* Statistics: channels, images, strange values, workers, shards. */
#include "tests/unit/test.h"

#include "calib/stats_select.h"
#include "calib/histogram_count.h"
#include "calib/stats.h"
#include "calib/stats_bytes.h"
#include "engine/base/rng.h"
#include "engine/base/threads.h"

#include <float.h>

#define IMAGES 23
#define CHANNELS 5
#define INNER 77

static const rq_shape shape = {4, {1, CHANNELS, 7, 11}};
static const rq_shape vector = {1, {3}};

/* Magnitudes over 40 octaves: plain sums of doubles would depend on the order. */
static void fill_image(float *x, size_t image)
{
    rq_rng rng;
    rq_rng_seed(&rng, image);
    for (size_t i = 0; i < CHANNELS * INNER; i++)
        x[i] = (float)(rq_rng_normal(&rng) * ldexp(1.0, (int)rq_rng_below(&rng, 40) - 20));
}

static rq_stats *new_stats(size_t total)
{
    rq_stats *stats;
    uint32_t index;
    rq_stats_origin origin = {.model = "net",
                              .model_digest = "aa",
                              .preprocess = "resize=8",
                              .data = "photos",
                              .data_digest = "cc",
                              .images_total = total};
    assert_ok(rq_stats_create(&stats));
    assert_ok(rq_stats_add_value(stats, &index, "conv", &shape, 1));
    assert_int_equal(index, 0);
    assert_ok(rq_stats_add_value(stats, &index, "vector", &vector, -1));
    assert_int_equal(index, 1);
    assert_ok(rq_stats_set_origin(stats, &origin));
    return stats;
}

static void observe_image(rq_stats_local *local, size_t image)
{
    float x[CHANNELS * INNER];
    fill_image(x, image);
    assert_ok(rq_stats_observe(local, 0, x, &shape, false));
    assert_ok(rq_stats_observe(local, 1, x, &vector, false));
}

typedef struct run {
    rq_stats *stats;
    rq_stats_local *local[8];
    size_t first;
} run;

static rq_status work(void *ctx, unsigned worker, size_t i)
{
    run *r = ctx;
    observe_image(r->local[worker], r->first + i);
    return RQ_OK;
}

static rq_status merge(void *ctx, unsigned worker, size_t i)
{
    run *r = ctx;
    (void)i;
    return rq_stats_merge_image(r->stats, r->local[worker]);
}

static rq_stats *gather(size_t first, size_t n, unsigned threads)
{
    run r = {.stats = new_stats(IMAGES), .first = first};
    rq_stats_origin origin = *rq_stats_origin_of(r.stats);
    for (unsigned t = 0; t < threads; t++) assert_ok(rq_stats_local_create(&r.local[t], r.stats));
    assert_ok(rq_parallel_ordered(threads, n, work, merge, &r));
    for (unsigned t = 0; t < threads; t++) {
        assert_ok(rq_stats_absorb(r.stats, r.local[t]));
        rq_stats_local_destroy(&r.local[t]);
    }
    origin.images_done = n;
    assert_ok(rq_stats_set_origin(r.stats, &origin));
    rq_stats_finish(r.stats);
    return r.stats;
}

static void assert_same_value(const rq_stats_value *a, const rq_stats_value *b)
{
    size_t n = a->n_channels;
    assert_string_equal(a->name, b->name);
    assert_int_equal(n, b->n_channels);
    assert_int_equal(a->n_images, b->n_images);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->nan_count, b->nan_count);
    assert_int_equal(a->histogram->total, b->histogram->total);
    assert_memory_equal(&a->min, &b->min, sizeof(float));
    assert_memory_equal(&a->max, &b->max, sizeof(float));
    assert_memory_equal(a->image_min, b->image_min, a->n_images * sizeof(float));
    assert_memory_equal(a->image_max, b->image_max, a->n_images * sizeof(float));
    assert_memory_equal(a->channel_min, b->channel_min, n * sizeof(float));
    assert_memory_equal(a->channel_max, b->channel_max, n * sizeof(float));
    assert_memory_equal(a->channel_mean, b->channel_mean, n * sizeof(double));
    assert_memory_equal(a->channel_mean_square, b->channel_mean_square, n * sizeof(double));
    for (uint32_t k = 0; k < RQ_HISTOGRAM_BUCKETS; k++)
        assert_int_equal(rq_histogram_at(a->histogram, k), rq_histogram_at(b->histogram, k));
}

static void assert_same(const rq_stats *a, const rq_stats *b)
{
    assert_int_equal(rq_stats_count(a), rq_stats_count(b));
    for (size_t i = 0; i < rq_stats_count(a); i++)
        assert_same_value(rq_stats_at(a, i), rq_stats_at(b, i));
}

static void test_against_plain_loops(void **state)
{
    (void)state;
    rq_stats *stats = gather(0, IMAGES, 1);
    const rq_stats_value *v = rq_stats_find(stats, "conv");
    assert_non_null(v);
    assert_null(rq_stats_find(stats, "nothing"));
    assert_int_equal(v->axis, 1);
    assert_int_equal(v->n_channels, CHANNELS);
    assert_int_equal(v->count, IMAGES * CHANNELS * INNER);
    assert_int_equal(v->histogram->total, v->count);
    float min[CHANNELS], max[CHANNELS];
    long double sum[CHANNELS] = {0}, square[CHANNELS] = {0};
    for (size_t c = 0; c < CHANNELS; c++) min[c] = FLT_MAX, max[c] = -FLT_MAX;
    for (size_t i = 0; i < IMAGES; i++) {
        float x[CHANNELS * INNER], least = FLT_MAX, most = -FLT_MAX;
        fill_image(x, i);
        for (size_t k = 0; k < CHANNELS * INNER; k++) {
            size_t c = k / INNER;
            min[c] = fminf(min[c], x[k]);
            max[c] = fmaxf(max[c], x[k]);
            least = fminf(least, x[k]);
            most = fmaxf(most, x[k]);
            sum[c] += x[k];
            square[c] += (long double)x[k] * x[k];
        }
        assert_true(v->image_min[i] == least && v->image_max[i] == most);
    }
    for (size_t c = 0; c < CHANNELS; c++) {
        double scale = (double)fmaxf(-min[c], max[c]); /* of the largest rounding error */
        assert_true(v->channel_min[c] == min[c] && v->channel_max[c] == max[c]);
        assert_true(fabs(v->channel_mean[c] - (double)(sum[c] / (IMAGES * INNER))) <=
                    scale * INNER * DBL_EPSILON);
        assert_true(fabs(v->channel_mean_square[c] - (double)(square[c] / (IMAGES * INNER))) <=
                    scale * scale * INNER * DBL_EPSILON);
    }
    const rq_stats_value *w = rq_stats_at(stats, 1);
    assert_int_equal(w->axis, -1);
    assert_int_equal(w->n_channels, 1);
    assert_int_equal(w->count, 3 * IMAGES);
    rq_stats_destroy(&stats);
}

static void test_workers_do_not_matter(void **state)
{
    (void)state;
    rq_stats *one = gather(0, IMAGES, 1);
    for (unsigned threads = 2; threads <= 7; threads += 5) {
        rq_stats *many = gather(0, IMAGES, threads);
        assert_same(one, many);
        rq_stats_destroy(&many);
    }
    rq_stats_destroy(&one);
}

static void test_shards_do_not_matter(void **state)
{
    (void)state;
    static const size_t cuts[][4] = {{0, 1, 2, IMAGES}, {0, 8, 16, IMAGES}, {0, 20, 22, IMAGES}};
    rq_stats *whole = gather(0, IMAGES, 2);
    for (size_t k = 0; k < sizeof cuts / sizeof cuts[0]; k++) {
        const size_t *cut = cuts[k];
        rq_stats *a = gather(cut[0], cut[1], 1), *b = gather(cut[1], cut[2] - cut[1], 2);
        rq_stats *c = gather(cut[2], cut[3] - cut[2], 1);
        if (k == 1) { /* (a, (b, c)) as well as ((a, b), c) */
            assert_ok(rq_stats_merge(b, c, "c"));
            assert_ok(rq_stats_merge(a, b, "b"));
        } else {
            assert_ok(rq_stats_merge(a, b, "b"));
            assert_ok(rq_stats_merge(a, c, "c"));
        }
        assert_same(whole, a);
        assert_int_equal(rq_stats_origin_of(a)->images_done, IMAGES);
        rq_stats_destroy(&a);
        rq_stats_destroy(&b);
        rq_stats_destroy(&c);
    }
    rq_stats_destroy(&whole);
}

static void test_image_not_merged_leaves_no_trace(void **state)
{
    (void)state;
    rq_stats *stats = new_stats(IMAGES), *expected = gather(0, 2, 1);
    rq_stats_local *local;
    assert_ok(rq_stats_local_create(&local, stats));
    for (size_t i = 0; i < 3; i++) {
        observe_image(local, i);
        if (i < 2) assert_ok(rq_stats_merge_image(stats, local));
    }
    assert_ok(rq_stats_absorb(stats, local));
    assert_ok(rq_stats_absorb(stats, local)); /* there is nothing more to take */
    rq_stats_finish(stats);
    assert_same(stats, expected);
    rq_stats_local_destroy(&local);
    rq_stats_destroy(&stats);
    rq_stats_destroy(&expected);
}

static void test_strange_values(void **state)
{
    (void)state;
    rq_stats *stats;
    rq_stats_local *local;
    const rq_shape two = {2, {1, 3}};
    const float first[] = {NAN, -0.0f, INFINITY}, second[] = {-INFINITY, 1e-42f, NAN};
    assert_ok(rq_stats_create(&stats));
    assert_ok(rq_stats_add_value(stats, NULL, "x", &two, 1));
    assert_ok(rq_stats_local_create(&local, stats));
    assert_ok(rq_stats_observe(local, 0, first, &two, false));
    assert_ok(rq_stats_observe(local, 0, second, &two, false)); /* twice in one image */
    assert_ok(rq_stats_merge_image(stats, local));
    assert_ok(rq_stats_merge_image(stats, local)); /* an image that did not produce it */
    const float none[] = {NAN, NAN, NAN};
    assert_ok(rq_stats_observe(local, 0, none, &two, false));
    assert_ok(rq_stats_merge_image(stats, local));
    assert_ok(rq_stats_absorb(stats, local));
    rq_stats_finish(stats);
    const rq_stats_value *v = rq_stats_at(stats, 0);
    assert_int_equal(v->count, 9);
    assert_int_equal(v->nan_count, 5);
    assert_int_equal(v->inf_count, 2);
    assert_int_equal(v->histogram->total, 2);
    assert_true(v->min == 0.0f && !signbit(v->min) && v->max == 1e-42f);
    assert_int_equal(v->n_images, 3);
    assert_true(v->image_min[0] == 0.0f && v->image_max[0] == 1e-42f);
    assert_true(isnan(v->image_min[1]) && isnan(v->image_max[2]));
    assert_true(v->channel_mean[0] == 0.0 && v->channel_min[0] == 0.0f);
    assert_true(v->channel_mean[1] == (double)1e-42f / 2);
    assert_true(v->channel_max[2] == 0.0f && v->channel_mean_square[2] == 0.0);
    rq_stats_local_destroy(&local);
    rq_stats_destroy(&stats);
}

static void test_large_tensors_are_sampled(void **state)
{
    (void)state;
    const rq_shape large = {4, {1, 32, 112, 112}};
    size_t n = rq_shape_count(&large);
    float *x = calloc(n, sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) x[i] = (float)(i % 112); /* the column */
    x[1] = -7.0f;
    rq_stats *stats;
    rq_stats_local *local;
    assert_ok(rq_stats_create(&stats));
    assert_ok(rq_stats_add_value(stats, NULL, "x", &large, 1));
    assert_ok(rq_stats_local_create(&local, stats));
    assert_ok(rq_stats_observe(local, 0, x, &large, false));
    assert_ok(rq_stats_merge_image(stats, local));
    assert_ok(rq_stats_absorb(stats, local));
    rq_stats_finish(stats);
    const rq_stats_value *v = rq_stats_at(stats, 0);
    assert_true(v->min == -7.0f && v->max == 111.0f); /* seen, though not sampled */
    assert_in_range(v->histogram->total, RQ_HISTOGRAM_SAMPLES / 2, RQ_HISTOGRAM_SAMPLES);
    for (uint32_t column = 0; column < 112; column++) { /* every column gets its share */
        uint64_t seen = rq_histogram_at(v->histogram, rq_histogram_bucket((float)column));
        assert_in_range(seen, v->histogram->total / 112 - 1, v->histogram->total / 112 + 1);
    }
    rq_stats_local_destroy(&local);
    rq_stats_destroy(&stats);
    free(x);
}

/* Tokens by channels: the channels of a MatMul lie in the last dimension. */
static void test_channels_may_be_the_last_axis(void **state)
{
    (void)state;
    enum { TOKENS = 7 };
    const rq_shape tokens = {3, {1, TOKENS, CHANNELS}};
    static const float strange[] = {NAN, INFINITY, -0.0f};
    float x[TOKENS * CHANNELS];
    rq_stats *stats;
    rq_stats_local *local;
    for (size_t i = 0; i < TOKENS * CHANNELS; i++)
        x[i] = (float)(i % CHANNELS + 1) * (float)(i / CHANNELS);
    for (size_t i = 0; i < 3; i++) x[i * CHANNELS + 1] = strange[i];
    assert_ok(rq_stats_create(&stats));
    assert_ok(rq_stats_add_value(stats, NULL, "tokens", &tokens, 2));
    assert_ok(rq_stats_local_create(&local, stats));
    for (int image = 0; image < 2; image++) {
        assert_ok(rq_stats_observe(local, 0, x, &tokens, false));
        assert_ok(rq_stats_merge_image(stats, local));
    }
    assert_ok(rq_stats_absorb(stats, local));
    rq_stats_finish(stats);
    const rq_stats_value *v = rq_stats_at(stats, 0);
    assert_int_equal(v->n_channels, CHANNELS);
    for (size_t c = 0; c < CHANNELS; c++) {
        double sum = 0, squares = 0, n = 0;
        for (size_t t = 0; t < TOKENS; t++) {
            double value = x[t * CHANNELS + c];
            if (!isfinite(value)) continue;
            sum += value;
            squares += value * value;
            n++;
        }
        assert_float_equal(v->channel_mean[c], sum / n, 1e-12);
        assert_float_equal(v->channel_mean_square[c], squares / n, 1e-12);
        assert_true(v->channel_max[c] == (float)(c + 1) * (TOKENS - 1));
        assert_true(v->channel_min[c] == 0.0f && !signbit(v->channel_min[c]));
    }
    assert_int_equal(v->nan_count, 2);
    assert_int_equal(v->inf_count, 2);
    assert_int_equal(v->histogram->total, 2 * (TOKENS * CHANNELS - 2));
    rq_stats_local_destroy(&local);
    rq_stats_destroy(&stats);
}

/* Between processes: what is appended from bytes is what is appended from statistics. */
static void test_packed_is_the_same(void **state)
{
    (void)state;
    rq_stats *whole = gather(0, IMAGES, 1), *stats = gather(0, 5, 1),
             *rest = gather(5, IMAGES - 5, 2);
    rq_buf bytes = {0}, all = {0}, joined = {0};
    assert_ok(rq_stats_pack(&bytes, rest));
    assert_ok(rq_stats_unpack(stats, bytes.data, bytes.length));
    assert_ok(rq_stats_pack(&joined, stats));
    assert_ok(rq_stats_pack(&all, whole));
    assert_int_equal(joined.length, all.length);
    assert_memory_equal(joined.data, all.data, all.length);
    for (size_t cut = 1; cut < bytes.length; cut += bytes.length / 50)
        assert_fails(rq_stats_unpack(stats, bytes.data, bytes.length - cut), RQ_EFORMAT, "packed");
    rq_buf_append(&bytes, "more");
    assert_fails(rq_stats_unpack(stats, bytes.data, bytes.length), RQ_EFORMAT, "4 bytes too many");
    assert_ok(rq_stats_pack(&joined, stats)); /* refused bytes change nothing */
    assert_memory_equal(joined.data + all.length, all.data, all.length);
    rq_buf_free(&bytes);
    rq_buf_free(&all);
    rq_buf_free(&joined);
    rq_stats_destroy(&whole);
    rq_stats_destroy(&stats);
    rq_stats_destroy(&rest);
}

/* Selected values go on as the ones that they are copies of. */
static void test_selected_is_the_same(void **state)
{
    (void)state;
    static const rq_stats_choice both[] = {{"conv", "conv"}, {"vector", "vector"}},
                                 one = {"vector", "renamed"}, unknown = {"gain", "gain"},
                                 twice[] = {{"conv", "conv"}, {"vector", "conv"}};
    rq_stats *whole = gather(0, IMAGES, 1), *begun = gather(0, 5, 1),
             *rest = gather(5, IMAGES - 5, 2), *selected, *renamed, *none;
    assert_ok(rq_stats_select(&selected, begun, both, 2));
    assert_same(selected, begun);
    assert_ok(rq_stats_merge(selected, rest, "rest"));
    assert_same(selected, whole);
    assert_ok(rq_stats_select(&renamed, whole, &one, 1));
    assert_int_equal(rq_stats_count(renamed), 1);
    assert_int_equal(rq_stats_find(renamed, "renamed")->count,
                     rq_stats_find(whole, "vector")->count);
    assert_fails(rq_stats_select(&none, whole, &unknown, 1), RQ_EARG, "no statistics of 'gain'");
    assert_fails(rq_stats_select(&none, whole, twice, 2), RQ_EARG, "conv");
    rq_stats_destroy(&renamed);
    rq_stats_destroy(&selected);
    rq_stats_destroy(&whole);
    rq_stats_destroy(&begun);
    rq_stats_destroy(&rest);
}

static void test_refusals(void **state)
{
    (void)state;
    rq_stats *stats = gather(0, 3, 1), *other = gather(3, 3, 1);
    rq_stats_local *local;
    const rq_shape wrong = {4, {1, CHANNELS + 1, 7, 11}}, unknown = {-1, {0}};
    const float x[3] = {0};
    assert_ok(rq_stats_local_create(&local, stats));
    assert_fails(rq_stats_observe(local, 0, x, &wrong, false), RQ_EARG, "[1,6,7,11]");
    assert_fails(rq_stats_observe(local, 0, x, &vector, false), RQ_EARG, "[1,5,7,11]");
    assert_fails(rq_stats_observe(local, 2, x, &vector, false), RQ_EARG, "number 2");
    assert_fails(rq_stats_add_value(stats, NULL, "late", &vector, -1), RQ_EARG, "late");
    rq_stats_local_destroy(&local);
    assert_fails(rq_stats_check(stats, "s.h5", "bb", NULL, NULL), RQ_EARG, "expected bb");
    assert_fails(rq_stats_check(stats, "s.h5", "aa", "resize=9", NULL), RQ_EARG, "found resize=8");
    assert_fails(rq_stats_check(stats, "s.h5", "aa", "resize=8", "dd"), RQ_EARG, "images");
    assert_ok(rq_stats_check(stats, "s.h5", "aa", "resize=8", "cc"));
    rq_stats_origin origin = *rq_stats_origin_of(other);
    origin.model_digest = "bb";
    assert_ok(rq_stats_set_origin(other, &origin));
    assert_fails(rq_stats_merge(stats, other, "b.h5"), RQ_EARG,
                 "b.h5: statistics of another model");
    origin.model_digest = "aa";
    origin.images_done = IMAGES;
    assert_ok(rq_stats_set_origin(other, &origin));
    assert_fails(rq_stats_merge(stats, other, "b.h5"), RQ_EARG, "some are in both");
    assert_int_equal(rq_stats_at(stats, 0)->n_images, 3); /* as it was */
    rq_stats_destroy(&stats);
    rq_stats_destroy(&other);
    assert_ok(rq_stats_create(&stats));
    assert_ok(rq_stats_create(&other));
    assert_ok(rq_stats_add_value(stats, NULL, "a", &vector, -1));
    assert_fails(rq_stats_add_value(stats, NULL, "a", &vector, -1), RQ_EARG, "twice");
    assert_fails(rq_stats_add_value(stats, NULL, "b", &unknown, -1), RQ_EARG, "rank");
    assert_fails(rq_stats_add_value(stats, NULL, "b", &vector, 1), RQ_EARG, "axis 1");
    assert_fails(rq_stats_merge(stats, other, "b.h5"), RQ_EARG, "has 1 values, the other 0");
    assert_ok(rq_stats_add_value(other, NULL, "a", &wrong, 1));
    assert_fails(rq_stats_merge(stats, other, "b.h5"), RQ_EARG, "shape [3] in one");
    rq_stats_destroy(&stats);
    rq_stats_destroy(&other);
}

static void assert_same_statistics(const rq_stats_value *a, const rq_stats_value *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->nan_count, b->nan_count);
    assert_int_equal(a->inf_count, b->inf_count);
    assert_memory_equal(a->channel_min, b->channel_min, a->n_channels * sizeof(float));
    assert_memory_equal(a->channel_max, b->channel_max, a->n_channels * sizeof(float));
    for (size_t c = 0; c < a->n_channels; c++) {
        assert_float_equal(a->channel_mean[c] / b->channel_mean[c], 1.0, 1e-9);
        assert_float_equal(a->channel_mean_square[c] / b->channel_mean_square[c], 1.0, 1e-12);
    }
    for (uint32_t bucket = 0; bucket < RQ_HISTOGRAM_BUCKETS; bucket++)
        assert_int_equal(rq_histogram_at(a->histogram, bucket),
                         rq_histogram_at(b->histogram, bucket));
}

/* Images whose channels lie last in memory have the statistics of the same in rows, those that are
 * sampled, too. */
static void check_channels_last(const rq_shape *images)
{
    size_t n = rq_shape_count(images);
    float *x = malloc(n * sizeof *x), *last = malloc(n * sizeof *last);
    rq_stats *stats[2];
    rq_stats_local *local[2];
    rq_rng rng;
    assert_non_null(x);
    assert_non_null(last);
    rq_rng_seed(&rng, n);
    for (size_t i = 0; i < n; i++) x[i] = (float)rq_rng_normal(&rng);
    x[3] = NAN;
    x[n / 2] = INFINITY;
    for (size_t i = 0; i < n; i++) last[rq_shape_channels_last(images, i)] = x[i];
    for (int k = 0; k < 2; k++) {
        assert_ok(rq_stats_create(&stats[k]));
        assert_ok(rq_stats_add_value(stats[k], NULL, "x", images, 1));
        assert_ok(rq_stats_add_value(stats[k], NULL, "wide", images, 2));
        assert_ok(rq_stats_local_create(&local[k], stats[k]));
        for (int twice = 0; twice < 2; twice++)
            assert_ok(rq_stats_observe(local[k], 0, k ? last : x, images, k));
        assert_ok(rq_stats_merge_image(stats[k], local[k]));
        assert_ok(rq_stats_absorb(stats[k], local[k]));
        rq_stats_finish(stats[k]);
    }
    assert_fails(rq_stats_observe(local[1], 1, last, images, true), RQ_EARG, "dim 2");
    assert_same_statistics(rq_stats_at(stats[0], 0), rq_stats_at(stats[1], 0));
    for (int k = 0; k < 2; k++) {
        rq_stats_local_destroy(&local[k]);
        rq_stats_destroy(&stats[k]);
    }
    free(x);
    free(last);
}

static void test_channels_may_lie_last(void **state)
{
    (void)state;
    check_channels_last(&(rq_shape){4, {1, CHANNELS, 7, 11}});
    check_channels_last(&(rq_shape){3, {1, 40, 4001}});
    check_channels_last(&(rq_shape){4, {2, 3, 127, 131}});
    check_channels_last(&(rq_shape){4, {1, 1153, 7, 9}});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_plain_loops),
        cmocka_unit_test(test_workers_do_not_matter),
        cmocka_unit_test(test_shards_do_not_matter),
        cmocka_unit_test(test_image_not_merged_leaves_no_trace),
        cmocka_unit_test(test_strange_values),
        cmocka_unit_test(test_large_tensors_are_sampled),
        cmocka_unit_test(test_channels_may_be_the_last_axis),
        cmocka_unit_test(test_channels_may_lie_last),
        cmocka_unit_test(test_packed_is_the_same),
        cmocka_unit_test(test_selected_is_the_same),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
