/* Keeping the ratio, padding, cutting; and the way back from the input to the image. */
#include "tests/unit/test_dataset_fixture.h"

#include "datasets/loader.h"

static rq_image_plan plan_for(const rq_preprocess *p, int64_t height, int64_t width)
{
    rq_image_plan plan;
    rq_shape shape = rq_shape_make(4, (int64_t[]){1, 3, height, width});
    assert_ok(rq_preprocess_resolve(&plan, p, &shape, RQ_DT_F32, "x"));
    return plan;
}

/* An image of 200x100 into 64x64: 64x32, 16 rows above and below. */
static void letterbox_by_hand(void **state)
{
    (void)state;
    const rq_preprocess p = {.fit = RQ_FIT_LETTERBOX};
    rq_image_plan plan = plan_for(&p, 64, 64);
    rq_resize_job job;
    int left, top;
    assert_ok(rq_image_plan_job(&job, &plan, 200, 100));
    assert_int_equal(job.window_width, 64);
    assert_int_equal(job.window_height, 32);
    rq_image_plan_place(&left, &top, &plan, &job);
    assert_int_equal(left, 0);
    assert_int_equal(top, 16);
    rq_view view;
    rq_image image = {.width = 200, .height = 100, .full_width = 400, .full_height = 200};
    assert_ok(rq_image_plan_view(&view, &plan, &image));
    assert_true(rq_view_x(&view, 0) == 0 && rq_view_x(&view, 64) == 400);
    assert_true(rq_view_y(&view, 16) == 0 && rq_view_y(&view, 48) == 200);
    /* a hair stays at least a pixel wide */
    assert_ok(rq_image_plan_job(&job, &plan, 65000, 1));
    assert_int_equal(job.height, 1);
}

static void the_view_undoes_crop_and_corner(void **state)
{
    (void)state;
    rq_view view;
    const rq_image image = {.width = 80, .height = 40, .full_width = 160, .full_height = 80};
    const rq_preprocess crop = {.resize_shorter = 20, .crop_width = 20, .crop_height = 10};
    rq_image_plan plan = plan_for(&crop, 10, 20);
    assert_ok(rq_image_plan_view(&view, &plan, &image));
    /* 40x20, of which columns 10..30 and rows 5..15; one pixel is 4 of the image */
    assert_true(rq_view_x(&view, 0) == 40 && rq_view_x(&view, 20) == 120);
    assert_true(rq_view_y(&view, 0) == 20 && rq_view_y(&view, 10) == 60);
    const rq_preprocess corner = {.fit = RQ_FIT_CORNER};
    plan = plan_for(&corner, 40, 40);
    assert_ok(rq_image_plan_view(&view, &plan, &image));
    assert_true(rq_view_x(&view, 40) == 160 && rq_view_y(&view, 20) == 80);
    const rq_preprocess cut = {.rectangle = {10, 20, 30, 15}};
    plan = plan_for(&cut, 30, 30);
    assert_ok(rq_image_plan_view(&view, &plan, &image));
    assert_true(rq_view_x(&view, 0) == 10 && rq_view_x(&view, 30) == 40);
    assert_true(rq_view_y(&view, 0) == 20 && rq_view_y(&view, 30) == 35);
    assert_int_equal(view.width, 160);
    assert_int_equal(rq_image_plan_least_side(&plan), 0);
}

/* color.jpg, and where its pixels and the padding end up. */
static void padding_surrounds_the_image(void **state)
{
    (void)state;
    rq_preprocess p = {.fit = RQ_FIT_LETTERBOX, .channels = RQ_CHANNELS_BGR};
    assert_ok(rq_preprocess_set(&p, "pad", "1,2,3", "pad"));
    rq_image_plan plan = plan_for(&p, 40, 40);
    rq_loader_scratch scratch = {0};
    float *out = malloc(rq_image_plan_count(&plan) * sizeof *out);
    assert_ok(rq_load_image(out, &plan, FIXTURES "color.jpg", &scratch));
    const rq_view *v = &scratch.view;
    assert_true(v->width != v->height);
    bool wide = v->width > v->height;
    int last = 39, middle = 20;
    for (int c = 0; c < 3; c++) {
        const float *plane = out + c * 1600;
        assert_true(plane[0] == (float)(c + 1)); /* in the model's order */
        assert_true(plane[last * 40 + last] == (float)(c + 1));
        assert_true(plane[wide ? middle * 40 : middle] != (float)(c + 1));
    }
    assert_int_equal(scratch.resized.width, 40);
    rq_loader_scratch_free(&scratch);
    free(out);
}

/* The part that is cut, at its own size, is the part of the decoded image. */
static void a_rectangle_is_cut_first(void **state)
{
    (void)state;
    rq_tensor whole = fixture_array("color.jpg");
    rq_preprocess p = {0};
    assert_ok(rq_preprocess_set(&p, "crop-rect", "3,5,7,4", "crop-rect"));
    rq_image_plan plan = plan_for(&p, 4, 7);
    rq_loader_scratch scratch = {0};
    float out[3 * 28];
    assert_ok(rq_load_image(out, &plan, FIXTURES "color.jpg", &scratch));
    const uint8_t *pixels = whole.data;
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < 4; y++)
            for (int x = 0; x < 7; x++)
                assert_true(out[c * 28 + y * 7 + x] ==
                            pixels[((y + 5) * whole.shape.d[1] + x + 3) * 3 + c]);
    assert_int_equal(scratch.view.width, whole.shape.d[1]);
    assert_ok(rq_preprocess_set(&p, "crop-rect", "60000,0,7,4", "crop-rect"));
    plan = plan_for(&p, 4, 7);
    assert_fails(rq_load_image(out, &plan, FIXTURES "color.jpg", &scratch), RQ_EFORMAT, "no part");
    rq_loader_scratch_free(&scratch);
    free(whole.data);
}

/* Decoded at a fraction, the view still speaks of the file's pixels; turned, upright. */
static void full_sizes_survive_decoding(void **state)
{
    (void)state;
    rq_image_plan plan = plan_for(&(rq_preprocess){0}, 4, 4);
    rq_loader_scratch scratch = {0};
    float out[48];
    assert_ok(rq_load_image(out, &plan, FIXTURES "photo.jpg", &scratch));
    assert_true(scratch.decoded.width < 200);
    assert_int_equal(scratch.view.width, 200);
    assert_int_equal(scratch.view.height, 150);
    assert_true(rq_view_x(&scratch.view, 4) == 200 && rq_view_y(&scratch.view, 4) == 150);
    rq_image spare = {0};
    scratch.decoded.full_width = 199;
    assert_ok(rq_image_orient(&scratch.decoded, &spare, 6));
    assert_int_equal(scratch.decoded.full_width, 150);
    assert_int_equal(scratch.decoded.full_height, 199);
    rq_image_free(&spare);
    rq_loader_scratch_free(&scratch);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    rq_preprocess p = {0};
    rq_image_plan plan;
    const rq_shape shape = rq_shape_make(4, (int64_t[]){1, 3, 8, 8});
    assert_fails(rq_preprocess_set(&p, "pad", "256", "--pad"), RQ_EARG, "--pad: '256'");
    assert_fails(rq_preprocess_set(&p, "pad", "1.5", "--pad"), RQ_EARG, "whole");
    assert_fails(rq_preprocess_set(&p, "fit", "box", "--fit"), RQ_EARG, "letterbox");
    assert_fails(rq_preprocess_set(&p, "crop-rect", "1,2,3", "x"), RQ_EARG, "left, top");
    assert_fails(rq_preprocess_set(&p, "crop-rect", "1,2,0,3", "x"), RQ_EARG, "left, top");
    assert_fails(rq_preprocess_set(&p, "crop-rect", "-1,2,3,3", "x"), RQ_EARG, "left, top");
    p = (rq_preprocess){.fit = RQ_FIT_CORNER, .resize_shorter = 8};
    assert_fails(rq_preprocess_resolve(&plan, &p, &shape, RQ_DT_F32, "x"), RQ_EARG, "WxH");
    p = (rq_preprocess){.n_pad = 3, .channels = RQ_CHANNELS_GRAY};
    const rq_shape gray = rq_shape_make(4, (int64_t[]){1, 1, 8, 8});
    assert_fails(rq_preprocess_resolve(&plan, &p, &gray, RQ_DT_F32, "x"), RQ_EARG,
                 "pad has 3 numbers for 1 channel");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letterbox_by_hand),
        cmocka_unit_test(the_view_undoes_crop_and_corner),
        cmocka_unit_test(padding_surrounds_the_image),
        cmocka_unit_test(a_rectangle_is_cut_first),
        cmocka_unit_test(full_sizes_survive_decoding),
        cmocka_unit_test(mistakes_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
