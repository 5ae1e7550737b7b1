#include "tests/unit/scratch.h"
#include "tests/unit/test_dataset_fixture.h"

#include "datasets/config.h"
#include "datasets/loader.h"

static const rq_shape nchw = {4, {1, 3, 224, 224}}, nhwc = {4, {1, 96, 96, 3}};

static rq_status load_text(void **state, rq_preprocess *out, const char *text)
{
    *out = (rq_preprocess){0};
    return rq_preprocess_load(out, scratch_file(state, "c.yaml", text, strlen(text)));
}

static void a_file_sets_every_key(void **state)
{
    rq_preprocess p;
    assert_ok(load_text(state, &p,
                        "resize: 256\ncrop: [224, 192]\nmean: [1, 2.5, 3]\nscale: 58\n"
                        "channels: bgr\nlayout: nhwc\nfilter: bicubic\norientation: ignore\n"
                        "decode: full\n"));
    assert_int_equal(p.resize_shorter, 256);
    assert_int_equal(p.crop_width, 224);
    assert_int_equal(p.crop_height, 192);
    assert_int_equal(p.n_mean, 3);
    assert_true(p.mean[1] == 2.5 && p.n_scale == 1 && p.scale[0] == 58);
    assert_int_equal(p.channels, RQ_CHANNELS_BGR);
    assert_int_equal(p.layout, RQ_LAYOUT_NHWC);
    assert_string_equal(p.filter->name, "bicubic");
    assert_true(p.ignore_orientation && p.full_decode);
}

static void mistakes_in_a_file_are_named_with_their_line(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"resize: 256\nmeen: 3\n", "c.yaml:2: meen: unknown key; did you mean 'mean'?"},
        {"zzzzzzzzzz: 3\n", "there are resize, crop, crop-rect"},
        {"mean: 1\n\nmean: 2\n", "c.yaml:3: 'mean' is there twice"},
        {"crop: -3\n", "c.yaml:1: crop: '-3' is not a number of pixels"},
        {"resize: 96xa\n", "'96xa' is not"},
        {"resize: x\n", "'x' is not"},
        {"crop: x48\n", "'x48' is not"},
        {"resize: 70000\n", "'70000' is not"},
        {"mean: [1, 2]\n", "mean: '1,2' is not one number or three"},
        {"mean: nan\n", "mean: 'nan' is not"},
        {"scale: [1, 0, 1]\n", "none of them 0"},
        {"mean: 1e308\n", "c.yaml:1: mean: '1e308' is not one number or three that float32"},
        {"scale: 1e308\n", "c.yaml:1: scale: '1e308' is not"},
        {"scale: 1e-308\n", "c.yaml:1: scale: '1e-308' is not"},
        {"std: [1, 1, 1e-39]\n", "std: '1,1,1e-39' is not"}, /* 1 / 1e-39 is infinite */
        {"scale: 2\nstd: 2\n", "c.yaml:2: std: given already, as scale on line 1"},
        {"channels: brg\n",
         "'brg' is not one of its values; did you mean 'bgr'? There are auto, rgb, bgr, gray"},
        {"filter: cubic\n", "'cubic' is not"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_preprocess p;
        rq_status status = load_text(state, &p, cases[i].text);
        if (status == RQ_OK || !strstr(rq_error_text(), cases[i].message))
            fail_msg("%s: %d, '%s' lacks '%s'", cases[i].text, status, rq_error_text(),
                     cases[i].message);
    }
}

static void flags_use_the_same_keys(void **state)
{
    (void)state;
    rq_preprocess p = {.crop_width = 3, .crop_height = 3};
    assert_ok(rq_preprocess_set(&p, "resize", "96x64", "--resize"));
    assert_int_equal(p.resize_width, 96);
    assert_int_equal(p.resize_height, 64);
    assert_ok(rq_preprocess_set(&p, "resize", "none", "--resize"));
    assert_ok(rq_preprocess_set(&p, "crop", "0", "--crop"));
    assert_int_equal(p.resize_width + p.resize_height + p.resize_shorter + p.crop_width, 0);
    assert_fails(rq_preprocess_set(&p, "scale", "x", "--scale"), RQ_EARG,
                 "--scale: 'x' is not one number");
    for (size_t i = 0; rq_preprocess_key_at(i); i++) {
        const rq_preprocess_key *key = rq_preprocess_key_at(i);
        assert_true(key->help && key->argument && (key->keywords || key->expected));
        for (const rq_keyword *c = key->keywords; c && c->name; c++) {
            assert_non_null(c->help);
            assert_ok(rq_preprocess_set(&p, key->name, c->name, key->name));
        }
    }
    assert_fails(rq_preprocess_set(&p, "fit", "squeeze", "--fit"), RQ_EARG,
                 "--fit: 'squeeze' is not one of its values; there are stretch, letterbox, corner");
}

static void std_is_scale(void **state)
{
    (void)state;
    rq_preprocess p = {0};
    assert_ok(rq_preprocess_set(&p, "std", "58.4,57.1,57.4", "--std"));
    assert_int_equal(p.n_scale, 3);
    assert_true(p.scale[1] == 57.1);
}

static void nothing_asked_means_stretch_to_the_model(void **state)
{
    (void)state;
    rq_preprocess p = {0};
    rq_image_plan plan;
    rq_resize_job job;
    assert_ok(rq_preprocess_resolve(&plan, &p, &nhwc, RQ_DT_F32, "x"));
    assert_int_equal(plan.settled.layout, RQ_LAYOUT_NHWC);
    assert_ok(rq_image_plan_job(&job, &plan, 500, 375));
    assert_int_equal(job.width, 96);
    assert_int_equal(job.height, 96);
    assert_int_equal(job.window_width, 96);
    for (int x = 0; x < 256; x++) assert_true(plan.value[2][x] == (float)x);
    rq_buf text = {0};
    rq_preprocess_describe(&plan, &text);
    assert_string_equal(text.data, "resize=96x96 crop=none filter=bilinear channels=rgb mean=0,0,0 "
                                   "scale=1,1,1 layout=nhwc orientation=exif decode=scaled");
    rq_buf_free(&text);
}

static void one_channel_means_gray(void **state)
{
    (void)state;
    rq_preprocess p = {0};
    rq_image_plan plan;
    assert_ok(rq_preprocess_resolve(&plan, &p, &(rq_shape){4, {2, 28, 28, 1}}, RQ_DT_U8, "x"));
    assert_int_equal(plan.settled.channels, RQ_CHANNELS_GRAY);
    assert_int_equal(plan.batch, 2);
    assert_int_equal(rq_image_plan_count(&plan), 28 * 28);
}

static void dynamic_sizes_come_from_the_request(void **state)
{
    (void)state;
    const rq_shape shape = {4, {-1, 3, -1, -1}};
    rq_preprocess p = {0};
    rq_image_plan plan;
    assert_fails(rq_preprocess_resolve(&plan, &p, &shape, RQ_DT_F32, "x"), RQ_EARG, "dynamic");
    p.resize_shorter = 40;
    assert_fails(rq_preprocess_resolve(&plan, &p, &shape, RQ_DT_F32, "x"), RQ_EARG, "dynamic");
    p.crop_width = 32;
    p.crop_height = 24;
    assert_ok(rq_preprocess_resolve(&plan, &p, &shape, RQ_DT_F32, "x"));
    const rq_shape want = {4, {1, 3, 24, 32}};
    assert_true(rq_shape_equal(&plan.shape, &want));
}

static void one_side_may_be_each_images_own(void **state)
{
    (void)state;
    const rq_shape shape = {4, {-1, 3, 48, -1}};
    rq_preprocess p = {.fit = RQ_FIT_CORNER};
    rq_image_plan plan;
    rq_resize_job job;
    rq_buf text = {0};
    assert_ok(rq_preprocess_set(&p, "resize", "x48", "--resize"));
    assert_ok(rq_preprocess_resolve(&plan, &p, &shape, RQ_DT_F32, "x"));
    assert_true(plan.open_side && plan.width == 0);
    assert_ok(rq_image_plan_job(&job, &plan, 200, 32));
    assert_true(job.window_width == 300 && job.window_height == 48);
    assert_ok(rq_image_plan_job(&job, &plan, 1, 65000));
    assert_true(job.window_width == 1 && job.window_height == 48);
    rq_preprocess_describe(&plan, &text);
    assert_memory_equal(text.data, "resize=x48 crop=none ", 21);
    assert_null(strstr(text.data, "fit="));
    rq_buf_free(&text);
    assert_ok(rq_preprocess_set(&p, "resize", "x32", "--resize"));
    assert_fails(rq_preprocess_resolve(&plan, &p, &shape, RQ_DT_F32, "x"), RQ_EARG, "32");
    p = (rq_preprocess){.resize_height = 96, .crop_width = 64, .crop_height = 48};
    assert_ok(rq_preprocess_resolve(&plan, &p, &shape, RQ_DT_F32, "x"));
    assert_true(!plan.open_side && plan.width == 64); /* the crop decides */
    assert_ok(rq_image_plan_job(&job, &plan, 100, 48));
    assert_true(job.width == 200 && job.height == 96 && job.window_width == 64);
}

static void what_does_not_fit_the_model_is_refused(void **state)
{
    static const struct {
        const char *text;
        rq_shape shape;
        rq_dtype dtype;
        const char *message;
    } cases[] = {
        {"crop: 256",
         {4, {1, 3, 224, 224}},
         RQ_DT_F32,
         "input 'data' [1,3,224,224]: wants images of 224x224 (width x height), crop gives "
         "256x256; give --crop 224x224"},
        {"resize: 96x96", {4, {1, 3, 224, 224}}, RQ_DT_F32, "resize gives 96x96"},
        {"resize: 200\ncrop: 224",
         {4, {1, 3, 224, 224}},
         RQ_DT_F32,
         "larger than what resize leaves"},
        {"resize: 200", {4, {1, 3, 224, 224}}, RQ_DT_F32, "larger than what resize leaves"},
        {"resize: 300x200\ncrop: 224", {4, {1, 3, 224, 224}}, RQ_DT_F32, "larger than"},
        {"channels: gray",
         {4, {1, 3, 224, 224}},
         RQ_DT_F32,
         "wants 3 channels (layout nchw); channels gray gives 1"},
        {"channels: rgb",
         {4, {1, 28, 28, 1}},
         RQ_DT_F32,
         "wants 1 channel (layout nhwc); channels rgb"},
        {"layout: nhwc", {4, {1, 3, 224, 224}}, RQ_DT_F32, "wants 224 channels"},
        {"mean: [1, 2, 3]", {4, {1, 28, 28, 1}}, RQ_DT_F32, "mean has 3 numbers for 1 channel"},
        {"mean: 3e38\nscale: 1e-10",
         {4, {1, 3, 8, 8}},
         RQ_DT_F32,
         "input 'data' [1,3,8,8]: mean 3e+38 and scale 1e-10 turn pixels into"},
        {"scale: 2", {4, {1, 3, 8, 8}}, RQ_DT_U8, "takes u8, raw pixels; remove scale"},
        {"", {4, {1, 3, 224, 3}}, RQ_DT_F32, "cannot tell where the channels are"},
        {"", {4, {1, 16, 224, 16}}, RQ_DT_F32, "cannot tell where the channels are"},
        {"", {2, {1, 10}}, RQ_DT_F32, "4 dimensions"},
        {"", {4, {1, 3, 8, 8}}, RQ_DT_STRING, "numeric"},
        {"", {4, {1, 3, 70000, 8}}, RQ_DT_F32, "sides of 1 to 65500"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_preprocess p;
        rq_image_plan plan;
        assert_ok(load_text(state, &p, cases[i].text));
        rq_status status =
            rq_preprocess_resolve(&plan, &p, &cases[i].shape, cases[i].dtype, "data");
        if (status != RQ_EARG || !strstr(rq_error_text(), cases[i].message))
            fail_msg("case %zu: %d, '%s' lacks '%s'", i, status, rq_error_text(), cases[i].message);
    }
}

/* Python: round(w * (256 / min(w, h))) halves to even; left = (w - 224) // 2. */
static void sizes_are_pythons(void **state)
{
    (void)state;
    static const int cases[][6] = {
        /* in, resized, left, top */
        {500, 375, 341, 256, 58, 16}, {375, 500, 256, 341, 16, 58}, {256, 256, 256, 256, 16, 16},
        {512, 517, 256, 258, 16, 17}, {512, 519, 256, 260, 16, 18}, {100, 300, 256, 768, 16, 272},
    };
    rq_preprocess p = {.resize_shorter = 256, .crop_width = 224, .crop_height = 224};
    rq_image_plan plan;
    assert_ok(rq_preprocess_resolve(&plan, &p, &nchw, RQ_DT_F32, "x"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_resize_job job;
        assert_ok(rq_image_plan_job(&job, &plan, cases[i][0], cases[i][1]));
        assert_int_equal(job.width, cases[i][2]);
        assert_int_equal(job.height, cases[i][3]);
        assert_int_equal(job.left, cases[i][4]);
        assert_int_equal(job.top, cases[i][5]);
    }
}

static void an_image_smaller_than_the_crop_is_refused(void **state)
{
    (void)state;
    rq_preprocess p = {.crop_width = 224, .crop_height = 224};
    rq_image_plan plan;
    rq_resize_job job;
    assert_ok(rq_preprocess_resolve(&plan, &p, &nchw, RQ_DT_F32, "x"));
    assert_int_equal(rq_image_plan_least_side(&plan), 0);
    assert_fails(rq_image_plan_job(&job, &plan, 300, 200), RQ_EFORMAT,
                 "an image of 300x200, resized to 300x200, is smaller than the crop of 224x224");
    assert_ok(rq_image_plan_job(&job, &plan, 300, 225));
}

static rq_image_plan photo_plan(const char *channels, const char *layout)
{
    rq_preprocess p = {.resize_shorter = 40, .crop_width = 28, .crop_height = 28};
    rq_image_plan plan;
    bool first = strcmp(layout, "nchw") == 0;
    rq_shape shape = {4, {1, first ? 3 : 28, 28, first ? 28 : 3}};
    assert_ok(rq_preprocess_set(&p, "mean", "127", ""));
    assert_ok(rq_preprocess_set(&p, "scale", "128", ""));
    assert_ok(rq_preprocess_set(&p, "channels", channels, ""));
    assert_ok(rq_preprocess_set(&p, "layout", layout, ""));
    assert_ok(rq_preprocess_resolve(&plan, &p, &shape, RQ_DT_F32, "x"));
    return plan;
}

static void the_whole_way_is_pillows(void **state)
{
    (void)state;
    rq_loader_scratch scratch = {0};
    rq_tensor want = fixture_array("photo-rgb");
    rq_image_plan plan = photo_plan("rgb", "nchw");
    float *out = malloc(3 * 28 * 28 * sizeof *out);
    assert_int_equal(rq_image_plan_count(&plan), 3 * 28 * 28);
    assert_ok(rq_load_image(out, &plan, FIXTURES "photo.jpg", &scratch));
    assert_memory_equal(out, want.data, 3 * 28 * 28 * sizeof *out);
    free(want.data);
    free(out);
    rq_loader_scratch_free(&scratch);
}

static void layouts_and_orders_permute_the_same_values(void **state)
{
    (void)state;
    enum { N = 28 * 28 };
    rq_loader_scratch scratch = {0};
    static float planes[3 * N], pixels[3 * N];
    rq_image_plan plan = photo_plan("rgb", "nchw");
    assert_ok(rq_load_image(planes, &plan, FIXTURES "photo.jpg", &scratch));
    plan = photo_plan("bgr", "nhwc");
    assert_ok(rq_load_image(pixels, &plan, FIXTURES "photo.jpg", &scratch));
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < N; i++) assert_true(pixels[3 * i + c] == planes[(2 - c) * N + i]);
    rq_loader_scratch_free(&scratch);
}

static void mean_follows_the_models_channel_order(void **state)
{
    (void)state;
    rq_preprocess p = {
        .channels = RQ_CHANNELS_BGR, .layout = RQ_LAYOUT_NCHW, .n_mean = 3, .mean = {1, 2, 3}};
    rq_image_plan plan;
    assert_ok(rq_preprocess_resolve(&plan, &p, &(rq_shape){4, {1, 3, 1, 1}}, RQ_DT_F32, "x"));
    rq_image image = {0};
    float out[3];
    assert_ok(rq_image_reserve(&image, 1, 1, 3));
    memcpy(image.pixels, (const uint8_t[]){10, 20, 30}, 3); /* R, G, B */
    rq_image_plan_normalise(out, &plan, &image);
    assert_true(out[0] == 29 && out[1] == 18 && out[2] == 7); /* B-1, G-2, R-3 */
    rq_image_free(&image);
}

static void bad_files_do_not_spoil_the_scratch(void **state)
{
    rq_loader_scratch scratch = {0};
    rq_image_plan plan = photo_plan("rgb", "nchw");
    static float first[3 * 28 * 28], again[3 * 28 * 28];
    assert_ok(rq_load_image(first, &plan, FIXTURES "photo.jpg", &scratch));
    const char *text = scratch_file(state, "text.jpg", "hello", 5);
    assert_fails(rq_load_image(again, &plan, text, &scratch), RQ_EUNSUPPORTED, "not a JPEG, PNG");
    const char *empty = scratch_file(state, "empty.png", "", 0);
    assert_fails(rq_load_image(again, &plan, empty, &scratch), RQ_EUNSUPPORTED, "empty");
    assert_fails(rq_load_image(again, &plan, FIXTURES "no.jpg", &scratch), RQ_EIO, "No such file");
    assert_fails(rq_load_image(again, &plan, FIXTURES, &scratch), RQ_EIO, "not a regular file");
    assert_ok(rq_load_image(again, &plan, FIXTURES "photo.jpg", &scratch));
    assert_memory_equal(first, again, sizeof first);
    rq_loader_scratch_free(&scratch);
}

static void equal_requests_have_equal_descriptions(void **state)
{
    (void)state;
    static const char *const means[] = {"127.5", "127.5,127.50,1.275e2", "127.5,127.5,127.4"};
    rq_buf text[3] = {{0}};
    for (int i = 0; i < 3; i++) {
        rq_preprocess p = {.resize_shorter = 256};
        rq_image_plan plan;
        assert_ok(rq_preprocess_set(&p, "mean", means[i], ""));
        assert_ok(rq_preprocess_resolve(&plan, &p, &nchw, RQ_DT_F32, "x"));
        rq_preprocess_describe(&plan, &text[i]);
    }
    assert_string_equal(text[0].data, text[1].data);
    assert_string_not_equal(text[0].data, text[2].data);
    assert_non_null(strstr(text[0].data, "resize=shorter:256 crop=224x224"));
    for (int i = 0; i < 3; i++) rq_buf_free(&text[i]);
}

static void shipped_configurations_say_what_they_should(void **state)
{
    (void)state;
    rq_preprocess p = {0};
    assert_ok(rq_preprocess_load(&p, "configs/efficientnet-lite.yaml"));
    assert_int_equal(p.resize_shorter, 256);
    assert_int_equal(p.crop_width, 224);
    assert_true(p.mean[0] == 127 && p.scale[0] == 128);
    p = (rq_preprocess){0};
    assert_ok(rq_preprocess_load(&p, "configs/imagenet.yaml"));
    assert_true(fabs(p.mean[1] - 0.456 * 255) < 1e-9 && fabs(p.scale[2] - 0.225 * 255) < 1e-9);
    p = (rq_preprocess){0};
    assert_ok(rq_preprocess_load(&p, "configs/cifar10.yaml"));
    assert_int_equal(p.resize_width, 32);
    assert_int_equal(p.resize_height, 32);
    p = (rq_preprocess){0};
    assert_ok(rq_preprocess_load(&p, "configs/yolo.yaml"));
    assert_true(p.fit == RQ_FIT_LETTERBOX && p.pad[0] == 114 && p.scale[0] == 255);
    static const char *const others[] = {"ssd", "segmentation", "ocr", "ocr-det", "face"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char path[64];
        snprintf(path, sizeof path, "configs/%s.yaml", others[i]);
        p = (rq_preprocess){0};
        assert_ok(rq_preprocess_load(&p, path));
        assert_true(p.n_mean && p.n_scale && p.channels != RQ_CHANNELS_AUTO);
    }
}

static void configurations_are_found_by_path_and_name(void **state)
{
    const char *folders[] = {NULL, "no-such-folder", *state};
    char *path;
    scratch_file(state, "lite.yaml", "", 0);
    assert_ok(rq_config_find_in(&path, "lite", folders, 3));
    assert_string_equal(path, scratch_path(state, "lite.yaml"));
    free(path);
    assert_ok(rq_config_find_in(&path, "lite.yaml", folders, 3));
    free(path);
    assert_ok(rq_config_find_in(&path, "configs/cifar10.yaml", folders, 3));
    assert_string_equal(path, "configs/cifar10.yaml");
    free(path);
    assert_fails(rq_config_find_in(&path, "lote", folders, 3), RQ_EARG, "did you mean 'lite'?");
    assert_null(path);
    assert_fails(rq_config_find_in(&path, "qqqqqqqqq", folders, 3), RQ_EARG, "there are ");
    assert_fails(rq_config_find_in(&path, "sub/lite", folders, 3), RQ_EARG, "no configuration");
    assert_fails(rq_config_find_in(&path, "lite", folders, 2), RQ_EARG,
                 "in none of no-such-folder");
}

/* Makefile lies in the current folder. */
static void what_ships_goes_before_a_file_of_its_name(void **state)
{
    const char *folders[] = {*state};
    char *path;
    assert_ok(rq_config_find_in(&path, "Makefile", folders, 1));
    assert_string_equal(path, "Makefile");
    free(path);
    scratch_file(state, "Makefile.yaml", "", 0);
    assert_ok(rq_config_find_in(&path, "Makefile", folders, 1));
    assert_string_equal(path, scratch_path(state, "Makefile.yaml"));
    free(path);
    assert_ok(rq_config_find_in(&path, "./Makefile", folders, 1));
    assert_string_equal(path, "./Makefile");
    free(path);
}

int main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_file_sets_every_key),
        IN_FOLDER(mistakes_in_a_file_are_named_with_their_line),
        cmocka_unit_test(flags_use_the_same_keys),
        cmocka_unit_test(std_is_scale),
        cmocka_unit_test(nothing_asked_means_stretch_to_the_model),
        cmocka_unit_test(one_channel_means_gray),
        cmocka_unit_test(dynamic_sizes_come_from_the_request),
        cmocka_unit_test(one_side_may_be_each_images_own),
        IN_FOLDER(what_does_not_fit_the_model_is_refused),
        cmocka_unit_test(sizes_are_pythons),
        cmocka_unit_test(an_image_smaller_than_the_crop_is_refused),
        cmocka_unit_test(the_whole_way_is_pillows),
        cmocka_unit_test(layouts_and_orders_permute_the_same_values),
        cmocka_unit_test(mean_follows_the_models_channel_order),
        IN_FOLDER(bad_files_do_not_spoil_the_scratch),
        cmocka_unit_test(equal_requests_have_equal_descriptions),
        cmocka_unit_test(shipped_configurations_say_what_they_should),
        IN_FOLDER(configurations_are_found_by_path_and_name),
        IN_FOLDER(what_ships_goes_before_a_file_of_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
