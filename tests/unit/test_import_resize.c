/* ONNX's Resize where the IR's Interpolate does something else: numbers of ONNX's operator tests,
 * on any axes; and sizes that keep an image's proportions. */
#include "tests/unit/test.h"

#include "engine/base/callbacks.h"

#include "tests/unit/framework_model_builder.h"

static void add_float(rq_framework_model *s, rq_framework_node *node, const char *name,
                      double value)
{
    rq_framework_attr *attr = NULL;
    assert_ok(rq_framework_model_add_attr(&attr, s, node, name, RQ_FRAMEWORK_FLOAT));
    attr->f = value;
}

static void add_floats(rq_framework_model *s, const char *name, const float *values, size_t n)
{
    rq_tensor t = {RQ_DT_F32, {1, {(int64_t)n}}, (void *)values};
    assert_ok(rq_framework_model_add_constant(s, name, &t));
}

typedef struct resize_case {
    const char *mode, *coordinates;
    bool antialias, exclude;
    float scale;
    int64_t height, width;
    size_t n; /* of want */
    float want[9];
} resize_case;

/* Of the image 1, 2, 3... */
static const resize_case cases[] = {
    {"linear", "half_pixel", true, false, 0.6f, 4, 4, 4, {2.875f, 4.5f, 9.375f, 11.0f}},
    {"cubic",
     "half_pixel",
     true,
     false,
     0.6f,
     4,
     4,
     4,
     {2.5180721f, 4.2858863f, 9.589329f, 11.357142f}},
    {"linear", "align_corners", false, false, 0.6f, 2, 4, 2, {1.0f, 3.142857f}},
    {"cubic",
     "half_pixel",
     false,
     true,
     0.8f,
     4,
     4,
     9,
     {1.3681267f, 2.6695013f, 4.0133367f, 6.573625f, 7.875f, 9.218835f, 11.948966f, 13.250341f,
      14.594176f}},
};

/* The image's axes first, in the middle or last of four. */
static void check_case(const resize_case *c, int first)
{
    float scales[4] = {1, 1, 1, 1}, image[16];
    rq_shape shape = {4, {1, 1, 1, 1}};
    rq_import_result result;
    import_run r = {.source = source_begin(19)};
    for (int i = 0; i < 16; i++) image[i] = (float)i + 1.0f;
    for (int i = first; i < first + 2; i++) {
        scales[i] = c->scale;
        shape.d[i] = i == first ? c->height : c->width;
    }
    source_input(r.source, "x", shape);
    add_floats(r.source, "scales", scales, 4);
    add_floats(r.source, "none", scales, 0);
    rq_framework_node *node = source_node(r.source, "y", "Resize", "x none scales");
    source_text(r.source, node, "mode", c->mode);
    source_text(r.source, node, "coordinate_transformation_mode", c->coordinates);
    assert_ok(rq_framework_model_add_int(r.source, node, "antialias", c->antialias));
    assert_ok(rq_framework_model_add_int(r.source, node, "exclude_outside", c->exclude));
    add_float(r.source, node, "cubic_coeff_a", c->exclude ? -0.5 : -0.75);
    assert_ok(rq_framework_model_add_output(r.source, "y"));
    assert_ok(rq_import_graph(&result, r.source, NULL));
    assert_int_equal(result.n_unmapped, 0);
    r.graph = result.graph;
    import_run_graph(&r);
    assert_int_equal(import_count(&r, "Interpolate"), 0);
    const rq_tensor *got = import_compute(&r, image);
    assert_int_equal(rq_tensor_count(got), c->n);
    assert_near_f32(got->data, c->want, c->n, 1e-5f, 1e-5f);
    import_close(&r);
}

static void take_log(void *ctx, const char *text)
{
    snprintf(ctx, 512, "%s", text);
}

static void test_what_onnx_runtime_does_otherwise_is_told(void **state)
{
    char text[512] = "";
    const rq_callbacks callbacks = {.ctx = text, .log = take_log};
    const rq_callbacks *before = rq_callbacks_install(&callbacks);
    (void)state;
    check_case(&cases[2], 1);
    rq_callbacks_install(before);
    assert_non_null(strstr(text, "'y': align_corners, where 4 times 0.6 is no whole size"));
    assert_non_null(strstr(text, "ONNX Runtime gives other values"));
}

static void test_by_matrix(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int first = 0; first < 3; first++) check_case(&cases[i], first);
}

/* Imports a Resize by `policy` of x to sizes 5 x 5. */
static void add_policy(rq_framework_model *s, const char *policy, const char *mode)
{
    const float nothing = 0.0f;
    SOURCE_INTS(s, "sizes", 5, 5);
    add_floats(s, "none", &nothing, 0);
    rq_framework_node *node = source_node(s, "y", "Resize", "x none none sizes");
    SOURCE_LIST(s, node, "axes", 2, 3);
    source_text(s, node, "mode", mode);
    source_text(s, node, "keep_aspect_ratio_policy", policy);
    assert_ok(rq_framework_model_add_output(s, "y"));
}

/* ONNX Runtime's second row: coordinates follow the common scale, 5/3 or 5/2, though 2 and 3 times
 * that were rounded. */
static void check_common_scale(int64_t height)
{
    static const struct {
        const char *policy, *mode;
        int64_t width;
        float row[8];
    } wanted[] = {
        {"not_larger", "linear", 5, {3.4f, 4.28f, 5.6f, 7.52f, 8.8f}},
        {"not_larger", "nearest", 5, {1, 1, 2, 4, 4}},
        {"not_smaller", "linear", 8, {1.6f, 1.73f, 2.25f, 2.77f, 3.59f, 4.51f, 5.2f, 5.2f}},
        {"not_smaller", "nearest", 8, {1, 1, 1, 2, 2, 4, 4, 4}},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const float x[] = {1, 2, 4, 7, 11, 16};
        rq_import_result result;
        import_run r = {.source = source_begin(18)};
        source_input(r.source, "x", DIMS(1, 1, height, 3));
        add_policy(r.source, wanted[i].policy, wanted[i].mode);
        assert_ok(rq_import_graph(&result, r.source, NULL));
        assert_int_equal(result.n_unmapped, 0);
        r.graph = result.graph;
        rq_input_shape shape = {"x", {.rank = 4, .d = {1, 1, 2, 3}}};
        rq_exec_options options = {.backend = "reference", .shapes = &shape, .n_shapes = 1};
        assert_ok(rq_model_create(&r.model, r.graph, &options));
        assert_ok(rq_session_create(&r.session, r.model));
        const rq_tensor *got = import_compute(&r, x);
        size_t width = (size_t)wanted[i].width;
        assert_int_equal(got->shape.d[3], width);
        assert_near_f32((const float *)got->data + width, wanted[i].row, width, 1e-5, 1e-5);
        import_close(&r);
    }
}

static void test_common_scale(void **state)
{
    (void)state;
    check_common_scale(2);
}

static void test_common_scale_of_unknown_size(void **state)
{
    (void)state;
    check_common_scale(RQ_DYNAMIC);
}

/* 2 x 4 into what fits into, or covers, 7 x 8: scales 2 and 3.5. */
static void test_proportions(void **state)
{
    static const struct {
        const char *policy;
        int64_t height, width;
    } policies[] = {{"not_larger", 4, 8}, {"not_smaller", 7, 14}, {"stretch", 7, 8}};
    (void)state;
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        float x[8];
        rq_import_result result;
        import_run r = {.source = source_begin(19)};
        import_fill(x, 8, 3);
        source_input(r.source, "x", DIMS(1, 1, 2, 4));
        SOURCE_INTS(r.source, "sizes", 7, 8);
        add_floats(r.source, "none", x, 0);
        rq_framework_node *node = source_node(r.source, "y", "Resize", "x none none sizes");
        SOURCE_LIST(r.source, node, "axes", 2, 3);
        source_text(r.source, node, "keep_aspect_ratio_policy", policies[i].policy);
        assert_ok(rq_framework_model_add_output(r.source, "y"));
        assert_ok(rq_import_graph(&result, r.source, NULL));
        r.graph = result.graph;
        import_run_graph(&r);
        const rq_tensor *got = import_compute(&r, x);
        assert_int_equal(got->shape.d[2], policies[i].height);
        assert_int_equal(got->shape.d[3], policies[i].width);
        import_close(&r);
    }
}

/* Opset 11's coordinates (i + 0.5) / scale: 1.67, 5, 8.33... */
static void test_unshifted_centres(void **state)
{
    static const float scales[] = {1, 1, 1, 0.3f}, want[] = {2, 5, 8, 12, 15, 18};
    float x[20];
    rq_import_result result;
    import_run r = {.source = source_begin(11)};
    (void)state;
    for (int i = 0; i < 20; i++) x[i] = (float)i;
    source_input(r.source, "x", DIMS(1, 1, 1, 20));
    add_floats(r.source, "none", x, 0);
    add_floats(r.source, "scales", scales, 4);
    rq_framework_node *node = source_node(r.source, "y", "Resize", "x none scales");
    source_text(r.source, node, "coordinate_transformation_mode", "tf_half_pixel_for_nn");
    source_text(r.source, node, "nearest_mode", "round_prefer_ceil");
    assert_ok(rq_framework_model_add_output(r.source, "y"));
    assert_ok(rq_import_graph(&result, r.source, NULL));
    r.graph = result.graph;
    import_run_graph(&r);
    assert_near_f32(import_compute(&r, x)->data, want, 6, 0, 0);
    import_close(&r);
}

static void test_axes_that_there_are_not(void **state)
{
    (void)state;
    for (int64_t axis = -9; axis <= 9; axis += 18) {
        rq_import_result result = {0};
        rq_framework_model *s = source_begin(19);
        float x = 0;
        source_input(s, "x", DIMS(1, 1, 2, 4));
        SOURCE_INTS(s, "sizes", 7);
        add_floats(s, "none", &x, 0);
        rq_framework_node *node = source_node(s, "y", "Resize", "x none none sizes");
        SOURCE_LIST(s, node, "axes", axis);
        assert_ok(rq_framework_model_add_output(s, "y"));
        assert_fails(rq_import_graph(&result, s, NULL), RQ_EFORMAT, "an axis that is none");
        rq_graph_destroy(&result.graph);
        rq_framework_model_destroy(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_matrix),
        cmocka_unit_test(test_what_onnx_runtime_does_otherwise_is_told),
        cmocka_unit_test(test_common_scale),
        cmocka_unit_test(test_common_scale_of_unknown_size),
        cmocka_unit_test(test_proportions),
        cmocka_unit_test(test_unshifted_centres),
        cmocka_unit_test(test_axes_that_there_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
