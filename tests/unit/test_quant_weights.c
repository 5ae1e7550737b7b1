/* Weight quantization: layouts, NNCF's scale, half range, repaired pairs, the search. */
#include "tests/unit/test.h"

#include "engine/base/int16_pairs.h"
#include "engine/base/rng.h"
#include "quant/weights.h"

#define OUT 5
#define IN 7
#define TAPS 9

typedef struct fixture {
    rq_arena *arena;
    float weights[OUT * IN * TAPS];
    rq_weight_layout layout;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    rq_rng rng;
    rq_rng_seed(&rng, 42);
    if (!f || rq_arena_create(&f->arena) != RQ_OK) return -1;
    for (size_t i = 0; i < OUT * IN * TAPS; i++) f->weights[i] = (float)rq_rng_normal(&rng) * 0.1f;
    f->layout = (rq_weight_layout){.groups = 1,
                                   .outputs = OUT,
                                   .inputs = IN,
                                   .taps = TAPS,
                                   .output_stride = IN * TAPS,
                                   .input_stride = TAPS,
                                   .tap_stride = 1,
                                   .group_stride = OUT * IN * TAPS};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    rq_arena_destroy(&f->arena);
    free(f);
    return 0;
}

static float channel_absmax(const fixture *f, size_t c)
{
    float most = 0.0f;
    for (size_t i = 0; i < IN * TAPS; i++)
        if (fabsf(f->weights[c * IN * TAPS + i]) > most)
            most = fabsf(f->weights[c * IN * TAPS + i]);
    return most;
}

/* Pairs of codes that would saturate for activation codes up to `max_code` (NULL: 255). */
static size_t count_unsafe(const int8_t *codes, const rq_weight_layout *layout,
                           const uint8_t *max_code)
{
    size_t unsafe = 0;
    for (size_t c = 0; c < rq_weight_channels(layout) && !layout->depthwise; c++) {
        const int8_t *w = codes + rq_weight_offset(layout, c);
        const uint8_t *a = max_code ? max_code + c / layout->outputs * layout->inputs : NULL;
        for (size_t t = 0; t < layout->taps; t++)
            for (size_t i = 0; i + 1 < layout->inputs; i += 2) {
                size_t at = i * layout->input_stride + t * layout->tap_stride;
                unsafe += !rq_pair_is_safe(w[at], w[at + layout->input_stride], a ? a[i] : 255,
                                           a ? a[i + 1] : 255);
            }
    }
    return unsafe;
}

static void test_plain_scale_and_rounding(void **state)
{
    fixture *f = *state;
    rq_weight_codes codes;
    rq_weight_options options = {0};
    assert_ok(rq_weights_quantize(&codes, f->arena, f->weights, &f->layout, &options));
    for (size_t c = 0; c < OUT; c++) {
        assert_true(fabs(codes.scales[c] - channel_absmax(f, c) / 127.0) < 1e-9);
        for (size_t i = c * IN * TAPS; i < (c + 1) * IN * TAPS; i++) {
            assert_int_equal(codes.codes[i],
                             (int)nearbyint((double)f->weights[i] / codes.scales[c]));
            assert_true(fabs(f->weights[i] - codes.codes[i] * codes.scales[c]) <=
                        0.5001 * codes.scales[c]);
        }
    }
}

static void test_small_channels_keep_their_codes(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < IN * TAPS; i++) f->weights[i] = 1e-30f * (float)(i + 1);
    rq_weight_codes codes;
    rq_weight_options options = {0};
    assert_ok(rq_weights_quantize(&codes, f->arena, f->weights, &f->layout, &options));
    assert_int_equal(codes.codes[IN * TAPS - 1], 127);
    assert_true(fabs(codes.scales[0] * 127.0 / (1e-30 * IN * TAPS) - 1.0) < 1e-6);
}

/* Also one of numbers that are too small for a scale that is a normal number. */
static void test_empty_channel(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < IN * TAPS; i++) {
        f->weights[i] = 0.0f;
        f->weights[IN * TAPS + i] = 1e-40f;
    }
    rq_weight_codes codes;
    rq_weight_options options = {.search_scale = true, .repair_pairs = true};
    assert_ok(rq_weights_quantize(&codes, f->arena, f->weights, &f->layout, &options));
    for (size_t c = 0; c < 2; c++) {
        assert_true(isnormal(codes.scales[c]));
        assert_true(isfinite(codes.scale_ratio[c]));
        for (size_t i = 0; i < IN * TAPS; i++) assert_int_equal(codes.codes[c * IN * TAPS + i], 0);
    }
    assert_true(codes.scale_ratio[0] == 1.0f); /* every scale is as good: the start stays */
}

static void test_half_range(void **state)
{
    fixture *f = *state;
    rq_weight_codes codes;
    rq_weight_options options = {.half_range = true};
    assert_ok(rq_weights_quantize(&codes, f->arena, f->weights, &f->layout, &options));
    for (size_t i = 0; i < OUT * IN * TAPS; i++) assert_in_range(codes.codes[i] + 63, 0, 126);
    assert_true(fabs(codes.scales[1] - 2.0 * channel_absmax(f, 1) / 127.0) < 1e-9);
    assert_int_equal(count_unsafe(codes.codes, &f->layout, NULL), 0);
}

/* All weights of one sign and near the maximum: every pair saturates without repair. */
static void test_repair_leaves_no_unsafe_pair(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < OUT * IN * TAPS; i++) f->weights[i] = 0.9f + 0.1f * fabsf(f->weights[i]);
    rq_weight_codes plain, repaired;
    rq_weight_options options = {.search_scale = true};
    assert_ok(rq_weights_quantize(&plain, f->arena, f->weights, &f->layout, &options));
    assert_int_equal(count_unsafe(plain.codes, &f->layout, NULL), OUT * TAPS * (IN / 2));
    options.repair_pairs = true;
    assert_ok(rq_weights_quantize(&repaired, f->arena, f->weights, &f->layout, &options));
    assert_int_equal(count_unsafe(repaired.codes, &f->layout, NULL), 0);
    assert_true(repaired.noise > plain.noise);            /* safety costs here... */
    assert_true(repaired.noise < 1e-3 * repaired.signal); /* ...but not more than a wider scale */
}

static void test_data_bounds_need_fewer_repairs(void **state)
{
    fixture *f = *state;
    uint8_t small[IN];
    memset(small, 90, sizeof small);
    rq_weight_codes worst, bounded;
    for (size_t i = 0; i < OUT * IN * TAPS; i++) f->weights[i] = 1.0f;
    rq_weight_options options = {.search_scale = true, .repair_pairs = true};
    assert_ok(rq_weights_quantize(&worst, f->arena, f->weights, &f->layout, &options));
    options.max_code = small; /* 2 * 90 * 127 < 32767: nothing can saturate */
    assert_ok(rq_weights_quantize(&bounded, f->arena, f->weights, &f->layout, &options));
    assert_int_equal(bounded.n_repaired, 0);
    assert_true(bounded.noise <= worst.noise);
}

static void test_search_never_loses(void **state)
{
    fixture *f = *state;
    f->weights[3] = 4.0f; /* an outlier that a narrower scale would clip */
    double mean_square[IN] = {1.0, 1e-6, 2.0, 0.5, 1.0, 3.0, 1.0};
    rq_weight_codes plain, searched;
    rq_weight_options options = {.mean_square = mean_square};
    assert_ok(rq_weights_quantize(&plain, f->arena, f->weights, &f->layout, &options));
    options.search_scale = true;
    assert_ok(rq_weights_quantize(&searched, f->arena, f->weights, &f->layout, &options));
    assert_true(searched.noise < plain.noise);
    double noise = 0.0; /* the reported noise is the noise of the codes */
    for (size_t c = 0; c < OUT; c++)
        for (size_t i = 0; i < IN; i++)
            for (size_t t = 0; t < TAPS; t++) {
                size_t at = (c * IN + i) * TAPS + t;
                double e = f->weights[at] - (double)searched.codes[at] * searched.scales[c];
                noise += mean_square[i] * e * e;
            }
    assert_true(fabs(noise - searched.noise) <= 1e-6 * noise);
}

static void test_strided_layout_equals_transposed(void **state)
{
    fixture *f = *state;
    float flipped[OUT * IN * TAPS];
    for (size_t c = 0; c < OUT; c++)
        for (size_t i = 0; i < IN; i++)
            for (size_t t = 0; t < TAPS; t++)
                flipped[(i * OUT + c) * TAPS + t] = f->weights[(c * IN + i) * TAPS + t];
    rq_weight_layout layout = f->layout;
    layout.output_stride = TAPS;
    layout.input_stride = OUT * TAPS;
    rq_weight_codes a, b;
    rq_weight_options options = {.search_scale = true, .repair_pairs = true};
    assert_ok(rq_weights_quantize(&a, f->arena, f->weights, &f->layout, &options));
    assert_ok(rq_weights_quantize(&b, f->arena, flipped, &layout, &options));
    assert_memory_equal(a.scales, b.scales, sizeof(float) * OUT);
    for (size_t c = 0; c < OUT; c++)
        for (size_t i = 0; i < IN; i++)
            for (size_t t = 0; t < TAPS; t++)
                assert_int_equal(a.codes[(c * IN + i) * TAPS + t],
                                 b.codes[(i * OUT + c) * TAPS + t]);
}

static void test_infinite_weights_are_refused(void **state)
{
    fixture *f = *state;
    rq_weight_codes codes;
    rq_weight_options options = {0};
    f->weights[2 * IN * TAPS] = NAN;
    assert_fails(rq_weights_quantize(&codes, f->arena, f->weights, &f->layout, &options),
                 RQ_EFORMAT, "channel 2");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_plain_scale_and_rounding),
        TEST(test_small_channels_keep_their_codes),
        TEST(test_empty_channel),
        TEST(test_half_range),
        TEST(test_repair_leaves_no_unsafe_pair),
        TEST(test_data_bounds_need_fewer_repairs),
        TEST(test_search_never_loses),
        TEST(test_strided_layout_equals_transposed),
        TEST(test_infinite_weights_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
