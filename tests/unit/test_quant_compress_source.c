/* Codes that are made when they are read, and the search that looks no further than it must. */
#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "quant/compress/compress_error.h"
#include "quant/compress/compress_run.h"
#include "quant/compress/compress_source.h"

#define ROUNDS 200

/* One to n, and one often. */
static size_t some(rq_rng *rng, size_t n)
{
    return rq_rng_below(rng, 3) ? rq_rng_below(rng, n) + 1 : 1;
}

/* Any order of the four axes in memory. */
static rq_weight_layout random_layout(rq_rng *rng)
{
    rq_weight_layout l = {.groups = some(rng, 3),
                          .outputs = some(rng, 20),
                          .inputs = some(rng, 90),
                          .taps = some(rng, 9)};
    const size_t n[4] = {l.groups, l.outputs, l.inputs, l.taps};
    size_t *strides[4] = {&l.group_stride, &l.output_stride, &l.input_stride, &l.tap_stride};
    int order[4] = {0, 1, 2, 3};
    for (int i = 3; i > 0; i--) {
        int k = (int)rq_rng_below(rng, (uint64_t)i + 1), was = order[i];
        order[i] = order[k];
        order[k] = was;
    }
    size_t stride = 1;
    for (int i = 0; i < 4; i++) {
        *strides[order[i]] = n[order[i]] > 1 ? stride : 0; /* as layouts have it, or not */
        stride *= n[order[i]];
    }
    return l;
}

static rq_compress_scheme random_scheme(rq_rng *rng, const rq_weight_layout *l)
{
    size_t n = l->inputs * l->taps, size = n;
    for (size_t d = 1; d < n && rq_rng_below(rng, 2); d++)
        if (n % d == 0) size = d;
    return (rq_compress_scheme){rq_rng_below(rng, 2) ? 8 : 4, rq_rng_below(rng, 2), size};
}

static float *random_weights(rq_rng *rng, size_t n)
{
    float *w = malloc(n * sizeof *w);
    assert_non_null(w);
    for (size_t i = 0; i < n; i++) w[i] = (float)rq_rng_normal(rng);
    return w;
}

/* Kept codes and made ones, in any piece, are the code of each weight alone. */
static void check_piece(rq_rng *rng, const rq_compressed *codes, const rq_compressed *bare,
                        const rq_weight_layout *l, const float *w, rq_arena *arena)
{
    rq_dtype dtype = rq_compressed_dtype(&codes->scheme);
    size_t n = rq_weight_channels(l) * l->inputs * l->taps, bytes;
    int add = codes->scheme.asymmetric ? 1 << (codes->scheme.bits - 1) : 0;
    rq_source kept, made;
    assert_true(rq_dtype_bytes(&bytes, dtype, n));
    size_t first = rq_rng_below(rng, bytes), count = rq_rng_below(rng, bytes - first) + 1;
    size_t each = codes->scheme.bits == 4 ? 2 : 1;
    uint8_t *a = malloc(count), *b = malloc(count);
    assert_true(a && b);
    assert_ok(rq_compressed_source(&kept, codes, l, w, arena));
    assert_ok(rq_compressed_source(&made, bare, l, w, arena));
    assert_ok(kept.read(a, kept.ctx, first, count));
    assert_ok(made.read(b, made.ctx, first, count));
    assert_memory_equal(a, b, count);
    for (size_t i = first * each; i < (first + count) * each && i < n; i++)
        assert_int_equal(rq_load_i64(b, dtype, i - first * each), codes->codes[i] + add);
    free(a);
    free(b);
}

static void test_pieces_are_as_the_whole(void **state)
{
    rq_rng rng;
    (void)state;
    rq_rng_seed(&rng, 11);
    for (int round = 0; round < ROUNDS; round++) {
        rq_arena *arena;
        rq_compressed codes, bare;
        const rq_weight_layout l = random_layout(&rng);
        float *w = random_weights(&rng, rq_weight_channels(&l) * l.inputs * l.taps);
        rq_compress_options options = {.scheme = random_scheme(&rng, &l),
                                       .search = rq_rng_below(&rng, 2)};
        assert_ok(rq_arena_create(&arena));
        assert_ok(rq_compress(&codes, arena, w, &l, &options));
        options.bare = true;
        options.threads = 2;
        assert_ok(rq_compress(&bare, arena, w, &l, &options));
        assert_null(bare.codes);
        assert_float_equal(bare.noise, codes.noise, 0);
        for (int i = 0; i < 3; i++) check_piece(&rng, &codes, &bare, &l, w, arena);
        rq_arena_destroy(&arena);
        free(w);
    }
}

/* -- one by one ------------------------------------------------------------------------------ */

static void test_runs_are_single_codes(void **state)
{
    rq_rng rng;
    float scales[3 * 64];
    int8_t zeros[3 * 64], out[64];
    (void)state;
    rq_rng_seed(&rng, 2);
    for (int round = 0; round < ROUNDS; round++) {
        const rq_compress_scheme scheme = {round % 2 ? 8 : 4, round % 3 == 0, 1};
        size_t n = rq_rng_below(&rng, 64) + 1, step = rq_rng_below(&rng, 4);
        int half = 1 << (scheme.bits - 1);
        float *w = random_weights(&rng, n);
        for (size_t i = 0; i < 3 * 64; i++) {
            scales[i] = (float)(rq_rng_unit(&rng) - 0.5) / (float)half;
            zeros[i] = scheme.asymmetric ? (int8_t)((int)rq_rng_below(&rng, 16) - 8) : 0;
        }
        rq_compressed_run(out, &scheme, w, n, scales, zeros, step);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(out[k],
                             rq_compressed_code(&scheme, w[k], scales[k * step], zeros[k * step]));
        free(w);
    }
}

/* What ends early is above its limit, as the whole is; what does not is the whole. */
static void test_errors_end_above_their_limit(void **state)
{
    rq_rng rng;
    (void)state;
    rq_rng_seed(&rng, 4);
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = rq_rng_below(&rng, 3000) + 1;
        float *w = random_weights(&rng, n), *importance = random_weights(&rng, n), low, high;
        for (size_t k = 0; k < n; k++) importance[k] = fabsf(importance[k]);
        const rq_compress_scheme scheme = {round % 2 ? 8 : 4, true, n};
        const rq_compress_group in = {w, importance, n};
        const rq_compress_range range = {(float)rq_rng_unit(&rng) * 0.1f + 1e-3f, 3};
        double whole = rq_compress_error(&scheme, &in, &range, INFINITY);
        double limit = whole * 2 * rq_rng_unit(&rng);
        double error = rq_compress_error(&scheme, &in, &range, limit);
        assert_true(error <= whole);
        assert_int_equal(error < limit, whole < limit);
        if (error < limit) assert_float_equal(error, whole, 0);
        rq_compress_ends(&low, &high, &in);
        for (size_t k = 0; k < n; k++) assert_true(low <= w[k] && w[k] <= high);
        free(w);
        free(importance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_as_the_whole),
        cmocka_unit_test(test_runs_are_single_codes),
        cmocka_unit_test(test_errors_end_above_their_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
