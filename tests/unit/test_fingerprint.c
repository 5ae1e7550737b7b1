/* Fingerprints of images: equal, nearly equal, different, blank. */
#include "tests/unit/test.h"

#include "datasets/fingerprint.h"
#include "engine/base/rng.h"

#define SIDE 48

/* A smooth scene drawn by the seed; shift moves it, gain brightens it, noise is in levels. */
static void draw(rq_image *image, uint64_t seed, double shift, double gain, int noise)
{
    rq_rng rng, grain;
    double wave[6][5];
    rq_rng_seed(&rng, seed);
    rq_rng_seed(&grain, seed + 1000);
    for (int w = 0; w < 6; w++)
        for (int k = 0; k < 5; k++) wave[w][k] = rq_rng_normal(&rng);
    assert_ok(rq_image_reserve(image, SIDE, SIDE, 3));
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            double v = 110;
            for (int w = 0; w < 6; w++)
                v += 25 * sin(0.12 * wave[w][0] * (x + shift) + 0.12 * wave[w][1] * y + wave[w][2]);
            v = v * gain + (double)rq_rng_below(&grain, (uint64_t)(2 * noise + 1)) - noise;
            for (int c = 0; c < 3; c++)
                image->pixels[(y * SIDE + x) * 3 + c] = (uint8_t)fmin(255, fmax(0, v + 8 * c));
        }
}

static rq_fingerprint print_of(uint64_t seed, double shift, double gain, int noise)
{
    rq_image image = {0};
    rq_fingerprint print;
    draw(&image, seed, shift, gain, noise);
    rq_fingerprint_make(&print, &image);
    rq_image_free(&image);
    return print;
}

static void test_groups(void **state)
{
    (void)state;
    enum { N = 45 };
    rq_fingerprint prints[N];
    const rq_fingerprint *at[N];
    size_t group[N];
    for (size_t i = 0; i < 40; i++) prints[i] = print_of(i, 0, 1, 2);
    prints[40] = print_of(3, 0, 1, 2);   /* the same */
    prints[41] = print_of(5, 0, 1, 6);   /* compressed harder */
    prints[42] = print_of(7, 0, 1.1, 2); /* brighter */
    prints[43] = print_of(9, 0.7, 1, 2); /* moved by a pixel */
    prints[44] = print_of(900, 0, 1, 2); /* another */
    for (size_t i = 0; i < N; i++) at[i] = &prints[i];
    assert_ok(rq_fingerprint_group(group, at, N, true));
    for (size_t i = 0; i < N; i++) assert_int_equal(group[i], i == 40 ? 3 : i);
    assert_ok(rq_fingerprint_group(group, at, N, false));
    static const size_t like[] = {3, 5, 7, 9, 44};
    for (size_t i = 0; i < N; i++) assert_int_equal(group[i], i < 40 ? i : like[i - 40]);
    at[3] = NULL;
    assert_ok(rq_fingerprint_group(group, at, N, false));
    assert_int_equal(group[40], 40);
}

static void test_blank(void **state)
{
    (void)state;
    rq_image image = {0};
    rq_fingerprint a, b;
    assert_ok(rq_image_reserve(&image, 5, 3, 1)); /* smaller than the thumb */
    memset(image.pixels, 77, 15);
    rq_fingerprint_make(&a, &image);
    assert_true(rq_fingerprint_is_blank(&a));
    assert_true(a.mean == 77 && a.deviation == 0 && a.thumb[0] == 77 && a.thumb[255] == 77);
    memset(image.pixels, 90, 15);
    rq_fingerprint_make(&b, &image);
    const rq_fingerprint *at[] = {&a, &b, &a};
    size_t group[3];
    assert_ok(rq_fingerprint_group(group, at, 3, false));
    assert_int_equal(group[1], 1);
    assert_int_equal(group[2], 0);
    image.pixels[7] = 255;
    rq_fingerprint_make(&b, &image);
    assert_false(rq_fingerprint_is_blank(&b));
    rq_image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_groups), cmocka_unit_test(test_blank)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
