/* The scale search's inner loop: against a search over all safe codes, and all kernels alike. */
#include "tests/unit/test.h"

#include "engine/base/cpu.h"
#include "engine/base/rng.h"
#include "quant/weight_error.h"
#include "quant/weights.h"

#define PAIRS 512

typedef struct fixture {
    rq_weight_pairs pairs;
    float w[2][PAIRS];
    double mean_square[2][PAIRS];
} fixture;

/* Heavy tails: some pairs clip, some are not safe. Some moments are 0, one pair's both. */
static void fill(fixture *f, uint64_t seed)
{
    rq_rng rng;
    rq_rng_seed(&rng, seed);
    f->pairs = (rq_weight_pairs){
        .n = PAIRS, .w = {f->w[0], f->w[1]}, .mean_square = {f->mean_square[0], f->mean_square[1]}};
    for (size_t k = 0; k < 2; k++)
        for (size_t p = 0; p < PAIRS; p++) {
            double x = rq_rng_normal(&rng);
            f->w[k][p] = (float)(x * fabs(x));
            f->mean_square[k][p] =
                (p + k) % 5 == 0 ? 0.0 : ldexp(rq_rng_unit(&rng), (int)p % 40 - 20);
        }
    f->w[0][3] = f->w[1][3] = 9.0f;
    f->mean_square[0][3] = f->mean_square[1][3] = 0.0;
}

static bool is_safe(int c0, int c1)
{
    int sum = 255 * c0 + 255 * c1, one = 255 * c0, two = 255 * c1;
    return abs(sum) <= 32767 && abs(one) <= 32767 && abs(two) <= 32767;
}

/* The least error of codes towards zero, by trying all. */
static double best_error(const fixture *f, size_t p, double scale, int limit, bool repair)
{
    double x[2], best = INFINITY;
    int code[2];
    for (size_t k = 0; k < 2; k++) {
        x[k] = (double)f->w[k][p] / scale;
        code[k] = (int)fmax(-limit, fmin(limit, nearbyint(x[k])));
    }
    bool move = repair && !is_safe(code[0], code[1]);
    for (int c0 = move ? 0 : abs(code[0]); c0 <= abs(code[0]); c0++)
        for (int c1 = move ? 0 : abs(code[1]); c1 <= abs(code[1]); c1++) {
            int s0 = code[0] < 0 ? -c0 : c0, s1 = code[1] < 0 ? -c1 : c1;
            if (move && !is_safe(s0, s1)) continue;
            best = fmin(best, f->mean_square[0][p] * (x[0] - s0) * (x[0] - s0) +
                                  f->mean_square[1][p] * (x[1] - s1) * (x[1] - s1));
        }
    return best;
}

static void test_against_all_codes(void **state)
{
    (void)state;
    fixture f;
    fill(&f, 3);
    for (int repair = 0; repair < 2; repair++)
        for (int limit = 63; limit <= 127; limit += 64) {
            double scale = 0.04, expected = 0.0;
            size_t repaired = 0;
            rq_weight_trial trial = {1.0 / scale, limit, repair};
            for (size_t p = 64; p < 192; p++) expected += best_error(&f, p, scale, limit, repair);
            double error = rq_weight_error_plain(&f.pairs, 64, 128, &trial, &repaired);
            assert_true(fabs(error - expected) <= 1e-12 * expected);
            assert_true((repaired > 0) == (repair && limit == 127));
        }
}

static void assert_alike(rq_weight_error_fn *kernel)
{
    fixture f;
    for (uint64_t seed = 0; seed < 20; seed++) {
        fill(&f, seed);
        for (int repair = 0; repair < 2; repair++)
            for (size_t n = 0; n <= PAIRS; n += 8 * (1 + seed)) {
                rq_weight_trial trial = {1.0 / (0.02 + 0.01 * (double)(seed % 4)), 127, repair};
                size_t plain_repaired = 1, repaired = 1;
                double plain =
                    rq_weight_error_plain(&f.pairs, PAIRS - n, n, &trial, &plain_repaired);
                double error = kernel(&f.pairs, PAIRS - n, n, &trial, &repaired);
                assert_memory_equal(&error, &plain, sizeof error);
                assert_int_equal(repaired, plain_repaired);
                if (repair && n == PAIRS) assert_true(repaired > 1);
            }
    }
}

static void test_avx2_is_the_same(void **state)
{
    (void)state;
    if (!rq_cpu_has(RQ_ISA_AVX2)) skip();
    assert_alike(rq_weight_error_avx2);
}

static void test_avx512_is_the_same(void **state)
{
    (void)state;
    if (!rq_cpu_has(RQ_ISA_AVX512)) skip();
    assert_alike(rq_weight_error_avx512);
}

/* Activation codes are bounded in data only: the general kernel, whatever the CPU. */
static void test_bounded_activations_are_general(void **state)
{
    (void)state;
    fixture f;
    uint8_t bound[PAIRS];
    fill(&f, 1);
    memset(bound, 128, sizeof bound); /* 128 * 254 < 32767: nothing to repair */
    f.pairs.max_code[0] = f.pairs.max_code[1] = bound;
    rq_weight_trial safe = {50.0, 127, true}, off = {50.0, 127, false};
    size_t repaired = 0;
    rq_weight_error_fn *kernel = rq_weight_error_get(&f.pairs);
    double error = kernel(&f.pairs, 0, PAIRS, &safe, &repaired);
    assert_int_equal(repaired, 0);
    assert_true(error == kernel(&f.pairs, 0, PAIRS, &off, &repaired));
}

#define OUT 200
#define IN 33
#define TAPS 9

/* Enough weights for several workers. */
static void test_threads_change_nothing(void **state)
{
    (void)state;
    rq_arena *arena;
    rq_rng rng;
    rq_weight_codes one, many;
    rq_weight_layout layout = {.groups = 1,
                               .outputs = OUT,
                               .inputs = IN,
                               .taps = TAPS,
                               .output_stride = IN * TAPS,
                               .input_stride = TAPS,
                               .tap_stride = 1};
    rq_weight_options options = {.search_scale = true, .repair_pairs = true, .threads = 1};
    float *weights = calloc(OUT * IN * TAPS, sizeof *weights);
    assert_non_null(weights);
    assert_ok(rq_arena_create(&arena));
    rq_rng_seed(&rng, 9);
    for (size_t i = 0; i < OUT * IN * TAPS; i++) weights[i] = (float)rq_rng_normal(&rng);
    assert_ok(rq_weights_quantize(&one, arena, weights, &layout, &options));
    for (options.threads = 2; options.threads <= 7; options.threads += 5) {
        assert_ok(rq_weights_quantize(&many, arena, weights, &layout, &options));
        assert_memory_equal(many.codes, one.codes, OUT * IN * TAPS);
        assert_memory_equal(many.scales, one.scales, OUT * sizeof *one.scales);
        assert_memory_equal(&many.noise, &one.noise, sizeof one.noise);
        assert_memory_equal(&many.signal, &one.signal, sizeof one.signal);
        assert_int_equal(many.n_repaired, one.n_repaired);
    }
    free(weights);
    rq_arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_all_codes),
        cmocka_unit_test(test_avx2_is_the_same),
        cmocka_unit_test(test_avx512_is_the_same),
        cmocka_unit_test(test_bounded_activations_are_general),
        cmocka_unit_test(test_threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
