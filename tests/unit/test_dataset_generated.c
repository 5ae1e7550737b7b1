/* Images made up: the same every time, different from each other, and of a photograph's kind. */
#include "tests/unit/test.h"

#include "datasets/dataset.h"
#include "datasets/generated.h"
#include "datasets/loader.h"

#define SIDE 96

static void paint(rq_image *image, const char *name)
{
    assert_ok(rq_generate_image(image, name, SIDE, SIDE / 2));
    assert_int_equal(image->width, SIDE);
    assert_int_equal(image->height, SIDE / 2);
    assert_int_equal(image->channels, 3);
}

static void test_same_name_same_picture(void **state)
{
    (void)state;
    rq_image a = {0}, b = {0}, c = {0}, d = {0};
    size_t bytes = (size_t)SIDE * SIDE / 2 * 3;
    paint(&a, "generated:7:3");
    paint(&b, "generated:7:3");
    paint(&c, "generated:7:4");
    paint(&d, "generated:8:3");
    assert_memory_equal(a.pixels, b.pixels, bytes);
    assert_memory_not_equal(a.pixels, c.pixels, bytes);
    assert_memory_not_equal(a.pixels, d.pixels, bytes);
    rq_image_free(&a);
    rq_image_free(&b);
    rq_image_free(&c);
    rq_image_free(&d);
}

/* Neighbours are alike (noise alone would differ from its neighbour as from any other pixel), and
 * the range of bytes is used. */
static void test_smooth_with_contrast(void **state)
{
    (void)state;
    double near = 0.0, variance = 0.0;
    for (int i = 0; i < 8; i++) {
        rq_image image = {0};
        char name[32];
        snprintf(name, sizeof name, "generated:0:%d", i);
        paint(&image, name);
        double mean = 0.0, square = 0.0, n = SIDE * SIDE / 2;
        for (int p = 0; p < SIDE * SIDE / 2; p++) {
            double x = image.pixels[p * 3], next = image.pixels[(p + 1) % (SIDE * SIDE / 2) * 3];
            mean += x / n;
            square += x * x / n;
            near += (x - next) * (x - next) / n;
        }
        variance += square - mean * mean;
        rq_image_free(&image);
    }
    assert_true(variance / 8.0 > 400.0);      /* a standard deviation of 20 grey levels */
    assert_true(near < 2.0 * variance * 0.5); /* of unrelated pixels: twice the variance */
}

static void test_data_set(void **state)
{
    (void)state;
    rq_dataset *dataset;
    assert_ok(rq_dataset_open(&dataset, &(rq_dataset_options){.data = "generated:5:9"}));
    assert_int_equal(dataset->n, 5);
    assert_string_equal(dataset->samples[4].path, "generated:9:4");
    assert_false(dataset->labelled);
    rq_dataset_close(&dataset);
    assert_ok(rq_dataset_open(&dataset, &(rq_dataset_options){.data = "generated:2"}));
    assert_string_equal(dataset->samples[1].path, "generated:0:1");
    rq_dataset_close(&dataset);
}

static void test_loaded_as_an_image(void **state)
{
    (void)state;
    static float out[3 * 40 * 40];
    const rq_shape shape = rq_shape_make(4, (const int64_t[]){1, 3, 40, 40});
    rq_preprocess preprocess = {.resize_shorter = 48, .n_scale = 1, .scale = {255.0}};
    rq_image_plan plan;
    rq_loader_scratch scratch = {0};
    preprocess.crop_width = preprocess.crop_height = 40;
    assert_ok(rq_preprocess_resolve(&plan, &preprocess, &shape, RQ_DT_F32, "x"));
    assert_ok(rq_load_image(out, &plan, "generated:0:0", &scratch));
    assert_int_equal(scratch.decoded.width, 48);
    float least = 1.0f, most = 0.0f;
    for (size_t i = 0; i < sizeof out / sizeof *out; i++) {
        least = fminf(least, out[i]);
        most = fmaxf(most, out[i]);
    }
    assert_true(least >= 0.0f && most <= 1.0f && most - least > 0.2f);
    rq_loader_scratch_free(&scratch);
}

static void test_bad_names(void **state)
{
    static const char *const names[] = {"generated:",   "generated:0",     "generated:x",
                                        "generated:3:", "generated:3:x",   "generated:3:1:2",
                                        "generated:-1", "generated:100001"};
    (void)state;
    rq_dataset *dataset;
    rq_image image = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_fails(rq_dataset_open(&dataset, &(rq_dataset_options){.data = names[i]}), RQ_EARG,
                     "expected generated:N");
    assert_fails(rq_generate_image(&image, "generated:1", 8, 8), RQ_EARG, "no generated image");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_name_same_picture),
        cmocka_unit_test(test_smooth_with_contrast),
        cmocka_unit_test(test_data_set),
        cmocka_unit_test(test_loaded_as_an_image),
        cmocka_unit_test(test_bad_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
