/* Mistakes in preprocessing and images: each one that is planted is found, with what fixes it, and
 * nothing is said where all is right. */
#include "tests/unit/toy_workload.h"

#include "engine/base/file.h"
#include "engine/base/formats/json.h"
#include "engine/workbench/lint/lint.h"
#include "tests/unit/test_report_near.h"

#define N_IMAGES 18
#define TRAINED_GAIN 28 /* activations deviate by about 1, as in a trained network */

/* One layer of the toy network and its classes. */
static rq_graph *trained(void)
{
    float first[12] = {1, -.5f, -.5f, -.5f, 1, -.5f, -.5f, -.5f, 1, .3f, .3f, .3f};
    rq_graph *g;
    for (size_t i = 0; i < 12; i++) first[i] *= TRAINED_GAIN;
    assert_ok(rq_graph_create(&g, "trained"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, TOY_SIDE, TOY_SIDE));
    rq_id y = build_relu(g, "relu1", toy_layer(g, "conv1", x, 3, first, false));
    build_result(g, toy_classes(g, y));
    return g;
}

typedef struct fixture {
    rq_workload workload;
    rq_images val;
    rq_lint lint;
    char data[4096];
} fixture;

static void prepare(fixture *f, const char *key, const char *value)
{
    assert_ok(rq_preprocess_set(&f->workload.request.preprocess, key, value, key));
}

static void open_fixture(fixture *f, void **state, const char *folder)
{
    memset(f, 0, sizeof *f);
    snprintf(f->data, sizeof f->data, "%s", scratch_path(state, folder));
    toy_open(&f->workload, trained(), f->data);
}

static void lint(fixture *f)
{
    const rq_lint_options options = {.val = f->val.dataset ? &f->val : NULL, .n_varied = 12};
    assert_ok(rq_lint_run(&f->lint, &f->workload, &options));
}

static void close_fixture(fixture *f)
{
    rq_lint_close(&f->lint);
    rq_images_close(&f->val);
    rq_workload_close(&f->workload);
}

static const rq_finding *finding(const fixture *f, const char *check)
{
    assert_true(rq_lint_has(&f->lint, check));
    for (size_t i = 0; i < f->lint.n_findings; i++)
        if (!strcmp(f->lint.findings[i].check, check)) return &f->lint.findings[i];
    return NULL;
}

static void assert_finds(const fixture *f, const char *check, const char *what,
                         const char *evidence, const char *fix)
{
    const rq_finding *found = finding(f, check);
    if (!strstr(found->what, what)) fail_msg("'%s' lacks '%s'", found->what, what);
    if (!strstr(found->evidence, evidence)) fail_msg("'%s' lacks '%s'", found->evidence, evidence);
    if (!strstr(found->fix, fix)) fail_msg("'%s' lacks '%s'", found->fix, fix);
}

/* -- silence ---------------------------------------------------------------------------------- */

static void test_nothing_to_say(void **state)
{
    fixture f;
    rq_buf text = {0};
    open_fixture(&f, state, "images");
    lint(&f);
    assert_int_equal(f.lint.n_findings, 0);
    assert_int_equal(f.lint.n_ran, 12);
    assert_near(f.lint.variants[0].accuracy, 100, 0);
    assert_string_equal(f.lint.variants[0].name, "as given");
    assert_ok(rq_lint_text(&text, &f.lint));
    assert_non_null(strstr(text.data, "no problems found (12 of 18 images"));
    rq_buf_free(&text);
    close_fixture(&f);
}

/* -- preprocessing ---------------------------------------------------------------------------- */

static void test_swapped_channels(void **state)
{
    fixture f;
    open_fixture(&f, state, "images");
    prepare(&f, "channels", "bgr");
    lint(&f);
    assert_finds(&f, "preprocessing", "channel order", "", "--channels rgb");
    assert_int_equal(finding(&f, "preprocessing")->severity, RQ_LINT_ERROR);
    assert_null(strstr(finding(&f, "preprocessing")->fix, "--scale"));
    close_fixture(&f);
}

static void test_wrong_scale(void **state)
{
    fixture f;
    open_fixture(&f, state, "images");
    prepare(&f, "scale", "1");
    lint(&f);
    assert_finds(&f, "preprocessing", "scale", "activation magnitudes are off by", "--scale 255");
    assert_null(strstr(finding(&f, "preprocessing")->fix, "--channels"));
    close_fixture(&f);
}

static void test_a_layout_that_cannot_be(void **state)
{
    fixture f;
    open_fixture(&f, state, "images");
    prepare(&f, "layout", "nhwc");
    lint(&f);
    assert_finds(&f, "preprocessing", "layout", "", "--layout nchw");
    assert_int_equal(f.lint.workload.request.preprocess.layout, RQ_LAYOUT_AUTO);
    assert_int_equal(f.workload.request.preprocess.layout, RQ_LAYOUT_NHWC); /* the caller's */
    close_fixture(&f);
}

/* By hand: x' = (x scale + mean - mean') / scale', and channels exchanged. */
static void test_variants(void **state)
{
    rq_lint l = {0};
    rq_lint_variant variants[] = {{.mean = {1, 2, 3}, .scale = {2, 2, 2}},
                                  {.mean = {0, 0, 0}, .scale = {4, 4, 4}, .swapped = true}};
    const float in[] = {10, 20, 30, 40, 50, 60}; /* of 2 positions each */
    const float want[] = {25.75f, 30.75f, 15.5f, 20.5f, 5.25f, 10.25f};
    const float given_last[] = {10, 30, 50, 20, 40, 60};
    const float want_last[] = {25.75f, 15.5f, 5.25f, 30.75f, 20.5f, 10.25f};
    const rq_shape first = SHAPE(1, 3, 1, 2), last = SHAPE(1, 1, 2, 3);
    float out[6];
    (void)state;
    l.variants = variants;
    l.n_variants = 2;
    rq_lint_vary(out, in, &l, 1, &first, 3, false);
    assert_near_f32(out, want, 6, 1e-6, 0);
    rq_lint_vary(out, given_last, &l, 1, &last, 3, true);
    assert_near_f32(out, want_last, 6, 1e-6, 0);
    rq_lint_vary(out, in, &l, 0, &first, 3, false);
    assert_near_f32(out, in, 6, 1e-6, 0);
}

/* -- outputs ---------------------------------------------------------------------------------- */

/* "conv1", what `make` puts behind it, and classes. */
static void open_dead(fixture *f, void **state, rq_id (*make)(rq_graph *, rq_id), float gain)
{
    float first[12];
    rq_graph *g;
    for (size_t i = 0; i < 12; i++) first[i] = gain * (float)(i % 4 == 0);
    memset(f, 0, sizeof *f);
    assert_ok(rq_graph_create(&g, "dead"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, TOY_SIDE, TOY_SIDE));
    build_result(g, toy_classes(g, make(g, toy_layer(g, "conv1", x, 3, first, false))));
    snprintf(f->data, sizeof f->data, "%s", scratch_path(state, "images"));
    toy_open(&f->workload, g, f->data);
    assert_ok(rq_lint_run(&f->lint, &f->workload, &(rq_lint_options){.evaluates = true}));
}

static rq_id relu(rq_graph *g, rq_id x)
{
    return build_relu(g, "relu1", x);
}

static rq_id roots(rq_graph *g, rq_id x)
{
    return build_relu(g, "again", build(g, "root", "Sqrt", NO_ATTRS, INPUTS(x)));
}

static rq_id forty(rq_graph *g, rq_id x)
{
    rq_id like = build(g, "shape", "ShapeOf", NO_ATTRS, INPUTS(x));
    rq_id bias = toy_constant(g, "40/c", SHAPE(1), (const float[]){40});
    x = build(g, "40", "Broadcast", ATTRS("mode", "numpy"), INPUTS(bias, like));
    return x;
}

static void test_dead_outputs(void **state)
{
    fixture f;
    open_dead(&f, state, relu, 0);
    assert_finds(&f, "outputs", "the same for all images", "'conv1' (Convolution; ",
                 "weights are all 0");
    close_fixture(&f);
    open_dead(&f, state, relu, -1);
    assert_finds(&f, "outputs", "the same for all images", "'relu1' (ReLU; ", "is one number");
    close_fixture(&f);
    open_dead(&f, state, roots, -1);
    assert_finds(&f, "outputs", "holds NaN", "'root' (Sqrt; ", "root of what is not");
    assert_int_equal(f.lint.n_findings, 1);
    close_fixture(&f);
    open_dead(&f, state, forty, 1);
    assert_finds(&f, "outputs", "the same for all images", "the outputs are the same",
                 "export the model again");
    close_fixture(&f);
    open_dead(&f, state, relu, 1);
    assert_false(rq_lint_has(&f.lint, "outputs"));
    close_fixture(&f);
}

/* -- images ----------------------------------------------------------------------------------- */

static void copy_image(void **state, const char *from, const char *to)
{
    char *bytes;
    size_t size;
    assert_ok(rq_read_file(&bytes, &size, scratch_path(state, from), 1 << 20));
    scratch_file(state, to, bytes, size);
    free(bytes);
}

static void test_copies(void **state)
{
    fixture f;
    toy_write_images(state, "copies", N_IMAGES, 60);
    copy_image(state, "copies/a_red/03.jpg", "copies/a_red/copy.jpg");
    open_fixture(&f, state, "copies");
    lint(&f);
    assert_finds(&f, "duplicates", "1 of 19 images are duplicates", "copy.jpg (a_red/03.jpg)",
                 "remove or replace them");
    assert_int_equal(f.lint.n_findings, 1);
    close_fixture(&f);
}

static void test_blank_images(void **state)
{
    fixture f;
    rq_image image = {0};
    toy_write_images(state, "blank", N_IMAGES, 60);
    assert_ok(rq_image_reserve(&image, TOY_SIDE, TOY_SIDE, 3));
    memset(image.pixels, 130, 3 * TOY_SIDE * TOY_SIDE);
    toy_write_image(state, "blank/b_green/flat.jpg", &image);
    rq_image_free(&image);
    open_fixture(&f, state, "blank");
    lint(&f);
    assert_finds(&f, "blank images", "1 of 19 images have a single colour", "b_green/flat.jpg",
                 "remove them: they distort");
    assert_false(rq_lint_has(&f.lint, "outliers"));
    close_fixture(&f);
}

static void test_outliers(void **state)
{
    fixture f;
    rq_image image = {0};
    toy_write_images(state, "odd", N_IMAGES, 60);
    toy_paint(&image, 2, 1, 60);
    for (size_t i = 0; i < 3 * TOY_SIDE * TOY_SIDE; i++) image.pixels[i] /= 12;
    toy_write_image(state, "odd/c_blue/dark.jpg", &image);
    rq_image_free(&image);
    open_fixture(&f, state, "odd");
    lint(&f);
    assert_finds(&f, "outliers", "1 image has outlying brightness", "c_blue/dark.jpg",
                 "check them");
    close_fixture(&f);
}

/* A folder of one class: what the model predicts tells. */
static void test_one_class(void **state)
{
    fixture f;
    open_fixture(&f, state, "images/a_red");
    f.workload.images.dataset->n = 6;
    lint(&f);
    assert_false(rq_lint_has(&f.lint, "classes")); /* too few to say */
    close_fixture(&f);
    toy_write_images(state, "many", 3 * 9, 60);
    open_fixture(&f, state, "many/a_red");
    lint(&f);
    assert_false(rq_lint_has(&f.lint, "classes")); /* nothing says that there are any */
    close_fixture(&f);
    open_fixture(&f, state, "many/a_red");
    f.workload.request.adapter = "classification";
    lint(&f);
    assert_finds(&f, "classes", "100 % of the images", "9 of 9 images are predicted as class 0",
                 "of all classes");
    close_fixture(&f);
}

static void test_the_same_images_to_validate_with(void **state)
{
    fixture f;
    open_fixture(&f, state, "images");
    assert_ok(rq_workload_open_images(&f.val, &f.workload, &f.workload.data, NULL, 0));
    lint(&f);
    assert_finds(&f, "validation", "18 of 18 images of --val are also in --data",
                 "18 are identical", "other images");
    assert_int_equal(finding(&f, "validation")->severity, RQ_LINT_ERROR);
    close_fixture(&f);
}

/* Two images, of which one is twice as bright: nobody knows how bright the next will be. */
static void test_too_few_images(void **state)
{
    fixture f;
    rq_image image = {0};
    toy_folder(state, "few");
    toy_paint(&image, 0, 1, 60);
    toy_write_image(state, "few/a.jpg", &image);
    for (size_t i = 0; i < 3 * TOY_SIDE * TOY_SIDE; i++) image.pixels[i] /= 2;
    toy_write_image(state, "few/b.jpg", &image);
    rq_image_free(&image);
    open_fixture(&f, state, "few");
    lint(&f);
    assert_finds(&f, "number of images", "2 images are too few",
                 "standard error of the mean ranges", "standard error of 5 %");
    close_fixture(&f);
}

/* -- the list --------------------------------------------------------------------------------- */

static void test_text_and_json(void **state)
{
    fixture f;
    rq_buf text = {0}, json = {0};
    rq_json *root;
    open_fixture(&f, state, "images");
    prepare(&f, "channels", "bgr");
    lint(&f);
    assert_ok(rq_lint_text(&text, &f.lint));
    assert_non_null(strstr(text.data, "error  preprocessing: channel order"));
    assert_non_null(strstr(text.data, "\n    fix       --channels rgb\n"));
    assert_ok(rq_lint_json(&json, &f.lint));
    assert_ok(rq_json_parse(&root, json.data, json.length, "lint"));
    assert_int_equal(rq_json_as_integer(rq_json_get(root, "images"), 0), N_IMAGES);
    const rq_json *first = rq_json_at(rq_json_get(root, "findings"), 0);
    assert_string_equal(rq_json_as_string(rq_json_get(first, "severity"), ""), "error");
    assert_string_equal(rq_json_as_string(rq_json_get(first, "fix"), ""), "--channels rgb");
    assert_int_equal(rq_json_length(rq_json_get(root, "preprocessings")), f.lint.n_variants);
    rq_json_free(&root);
    rq_buf_free(&text);
    rq_buf_free(&json);
    close_fixture(&f);
}

static int setup(void **state)
{
    return toy_images_setup(state, N_IMAGES, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_to_say),
        cmocka_unit_test(test_swapped_channels),
        cmocka_unit_test(test_wrong_scale),
        cmocka_unit_test(test_a_layout_that_cannot_be),
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_dead_outputs),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_blank_images),
        cmocka_unit_test(test_outliers),
        cmocka_unit_test(test_one_class),
        cmocka_unit_test(test_the_same_images_to_validate_with),
        cmocka_unit_test(test_too_few_images),
        cmocka_unit_test(test_text_and_json),
    };
    return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
