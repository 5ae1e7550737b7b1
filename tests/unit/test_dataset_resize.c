#include "tests/unit/test_dataset_fixture.h"

#include "datasets/image/resize_kernels.h"
#include "engine/base/rng.h"

static const rq_resize_kernels *kernels[2];
static int n_kernels;
static rq_resize_scratch scratch;

static int choose_kernels(void **state)
{
    (void)state;
    kernels[n_kernels++] = &rq_resize_plain;
    if (rq_resize_kernels_get() != &rq_resize_plain)
        kernels[n_kernels++] = rq_resize_kernels_get();
    else
        print_message("[  SKIPPED ] no AVX2 here: plain kernels only\n");
    return 0;
}

static int free_scratch(void **state)
{
    (void)state;
    rq_resize_scratch_free(&scratch);
    return 0;
}

static rq_resize_job whole(const char *filter, int width, int height)
{
    return (rq_resize_job){.filter = rq_filter_find(filter),
                           .width = width,
                           .height = height,
                           .window_width = width,
                           .window_height = height};
}

static void fill_random(rq_image *image, rq_rng *rng)
{
    size_t n = rq_image_stride(image) * (size_t)image->height;
    for (size_t i = 0; i < n; i++) image->pixels[i] = (uint8_t)rq_rng_u64(rng);
}

static void bytes_are_pillows(void **state)
{
    (void)state;
    static const char *const filters[] = {"bilinear", "bicubic", "nearest", "box"};
    static const int sizes[][2] = {{20, 13}, {43, 9}, {7, 31}, {50, 37}, {1, 1}};
    rq_tensor source = fixture_array("resize-source");
    rq_image in = {0}, out = {0};
    assert_ok(rq_image_reserve(&in, 43, 31, 3));
    memcpy(in.pixels, source.data, rq_tensor_count(&source));
    for (size_t f = 0; f < 4; f++)
        for (size_t s = 0; s < 5; s++)
            for (int k = 0; k < n_kernels; k++) {
                char name[64];
                rq_resize_job job = whole(filters[f], sizes[s][0], sizes[s][1]);
                snprintf(name, sizeof name, "resize-%s-%dx%d", filters[f], job.width, job.height);
                assert_ok(rq_resize_with(kernels[k], &out, &in, &job, &scratch));
                assert_image_is(&out, name);
            }
    free(source.data);
    rq_image_free(&in);
    rq_image_free(&out);
}

/* The window of the job is the crop of the whole result, and both kernels give the same bytes. */
static void a_window_is_a_crop_of_the_whole(void **state)
{
    (void)state;
    rq_rng rng;
    rq_rng_seed(&rng, 3);
    rq_image in = {0}, all = {0}, part = {0};
    for (int round = 0; round < 200; round++) {
        int channels = rq_rng_below(&rng, 3) ? 3 : 1;
        assert_ok(rq_image_reserve(&in, 1 + (int)rq_rng_below(&rng, 60),
                                   1 + (int)rq_rng_below(&rng, 60), channels));
        fill_random(&in, &rng);
        int width = 1 + (int)rq_rng_below(&rng, 70), height = 1 + (int)rq_rng_below(&rng, 70);
        rq_resize_job job = whole(rq_filter_at(rq_rng_below(&rng, 4))->name, width, height);
        assert_ok(rq_resize_with(&rq_resize_plain, &all, &in, &job, &scratch));
        job.left = (int)rq_rng_below(&rng, (uint64_t)width);
        job.top = (int)rq_rng_below(&rng, (uint64_t)height);
        job.window_width = 1 + (int)rq_rng_below(&rng, (uint64_t)(width - job.left));
        job.window_height = 1 + (int)rq_rng_below(&rng, (uint64_t)(height - job.top));
        for (int k = 0; k < n_kernels; k++) {
            assert_ok(rq_resize_with(kernels[k], &part, &in, &job, &scratch));
            assert_int_equal(part.width, job.window_width);
            for (int y = 0; y < job.window_height; y++)
                assert_memory_equal(part.pixels + (size_t)y * rq_image_stride(&part),
                                    all.pixels + (size_t)(job.top + y) * rq_image_stride(&all) +
                                        job.left * channels,
                                    rq_image_stride(&part));
        }
    }
    rq_image_free(&in);
    rq_image_free(&all);
    rq_image_free(&part);
}

/* The same size gives the same bytes; one colour stays that colour at any size. */
static void identities_hold(void **state)
{
    (void)state;
    rq_rng rng;
    rq_rng_seed(&rng, 4);
    rq_image in = {0}, out = {0};
    for (size_t f = 0; rq_filter_at(f); f++)
        for (int k = 0; k < n_kernels; k++) {
            rq_resize_job job = whole(rq_filter_at(f)->name, 19, 23);
            assert_ok(rq_image_reserve(&in, 19, 23, 3));
            fill_random(&in, &rng);
            assert_ok(rq_resize_with(kernels[k], &out, &in, &job, &scratch));
            assert_memory_equal(in.pixels, out.pixels, 19 * 23 * 3);
            memset(in.pixels, 201, 19 * 23 * 3);
            job = whole(rq_filter_at(f)->name, 5, 77);
            assert_ok(rq_resize_with(kernels[k], &out, &in, &job, &scratch));
            for (int i = 0; i < 5 * 77 * 3; i++) assert_int_equal(out.pixels[i], 201);
        }
    rq_image_free(&in);
    rq_image_free(&out);
}

/* A weight of 1/60000 is 70 / 2^22: 30000 * 70 * 255 / 2^22 = 127.7, the other half is 0. */
static void many_taps_add_up(void **state)
{
    (void)state;
    rq_image in = {0}, out = {0};
    assert_ok(rq_image_reserve(&in, 60000, 1, 3));
    for (int i = 0; i < 60000 * 3; i++) in.pixels[i] = i < 60000 * 3 / 2 ? 0 : 255;
    rq_resize_job job = whole("box", 1, 1);
    for (int k = 0; k < n_kernels; k++) {
        assert_ok(rq_resize_with(kernels[k], &out, &in, &job, &scratch));
        for (int c = 0; c < 3; c++) assert_int_equal(out.pixels[c], 128);
    }
    rq_image_free(&in);
    rq_image_free(&out);
}

static void windows_outside_are_refused(void **state)
{
    (void)state;
    rq_image in = {0}, out = {0};
    assert_ok(rq_image_reserve(&in, 10, 10, 3));
    memset(in.pixels, 0, 300);
    rq_resize_job job = whole("bilinear", 20, 20);
    job.left = 1;
    assert_fails(rq_resize(&out, &in, &job, &scratch), RQ_EARG, "20x20 does not fit");
    job = whole("bilinear", 20, 20);
    job.window_height = 0;
    assert_fails(rq_resize(&out, &in, &job, &scratch), RQ_EARG, "20x0");
    job = whole("bilinear", 65501, 20);
    assert_fails(rq_resize(&out, &in, &job, &scratch), RQ_EFORMAT, "65501x20");
    rq_image_free(&in);
    rq_image_free(&out);
}

static void filters_have_names(void **state)
{
    (void)state;
    assert_ptr_equal(rq_filter_find("bilinear"), rq_filter_at(0));
    assert_null(rq_filter_find("Bilinear"));
    assert_null(rq_filter_at(99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_pillows),
        cmocka_unit_test(a_window_is_a_crop_of_the_whole),
        cmocka_unit_test(identities_hold),
        cmocka_unit_test(many_taps_add_up),
        cmocka_unit_test(windows_outside_are_refused),
        cmocka_unit_test(filters_have_names),
    };
    return cmocka_run_group_tests(tests, choose_kernels, free_scratch);
}
