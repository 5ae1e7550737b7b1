/* TensorFlow's operators on images that become several of the IR's. The numbers are those of its
 * kernels' formulas.
 */
#include "tests/unit/tf_text.h"

#include <float.h>
#include <math.h>

#define KIND(name, type) "attr { key: '" name "' value { type: " type " } } "
#define LIST4(name, a, b, c, d)                                                                    \
    "attr { key: '" name "' value { list { i: " #a " i: " #b " i: " #c " i: " #d " } } } "
#define FLAG(name) "attr { key: '" name "' value { b: true } } "

/* y of x [1, height, width, channels] is want[n]. */
static void expect(void **state, const int size[3], const char *nodes, const float *x,
                   const float *want, int n)
{
    rq_buf text = {0};
    import_run r;
    put_input(&text, size[0], size[1], size[2]);
    rq_buf_printf(&text, "%s", nodes);
    open_graph(state, &r, &text);
    const rq_tensor *got = import_compute(&r, x);
    assert_int_equal(rq_tensor_count(got), n);
    assert_near_f32(got->data, want, (size_t)n, 1e-5, 1e-5);
    import_close(&r);
}

static void bicubic_weights_are_those_of_tensorflow(void **state)
{
    static const float x[] = {1, 2, 4, 8};
    static const struct {
        const char *attrs;
        float want[6];
    } cases[] = {
        {FLAG("half_pixel_centers"),
         {0.934111f, 1.352941f, 2.252817f, 3.538525f, 6.235294f, 8.263555f}},
        {FLAG("align_corners"), {1, 1.395637f, 2.352266f, 3.287466f, 5.769664f, 8}},
        {"", {1, 1.463316f, 2.518136f, 4, 6.8531f, 8.444442f}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_buf nodes = {0};
        put_ints(&nodes, "s", (int[]){1, 6}, 2);
        rq_buf_printf(&nodes, "node { name: 'y' op: 'ResizeBicubic' input: 'x' input: 's' %s}\n",
                      cases[i].attrs);
        expect(state, (int[]){1, 4, 1}, nodes.data, x, cases[i].want, 6);
        rq_buf_free(&nodes);
    }
}

/* Two channels of four pixels, each by its own mean and variance; gamma 2, 1, beta 0, 3. */
static void batch_norm_in_training(void **state)
{
    static const float x[] = {1, 8, 2, 6, 3, 4, 6, 2};
    float want[8];
    rq_buf nodes = {0};
    put_const(&nodes, "g", (float[]){2, 1}, (int[]){2}, 1);
    put_const(&nodes, "b", (float[]){0, 3}, (int[]){2}, 1);
    put_const(&nodes, "e", NULL, (int[]){0}, 1);
    rq_buf_printf(&nodes,
                  "node { name: 'n' op: 'FusedBatchNormV3' input: 'x' input: 'g' input: 'b'"
                  " input: 'e' input: 'e' " FLAG("is_training")
                      KIND("U", "DT_FLOAT") "attr { key: 'epsilon' value { f: 0.01 } } }\n"
                                            "node { name: 'y' op: 'Identity' input: 'n' }\n");
    for (int i = 0; i < 8; i++) {
        double mean = i % 2 ? 5 : 3, variance = i % 2 ? 5 : 3.5;
        double normal = ((double)x[i] - mean) / sqrt(variance + 0.01);
        want[i] = (float)(i % 2 ? normal + 3 : 2 * normal);
    }
    expect(state, (int[]){2, 2, 2}, nodes.data, x, want, 8);
    rq_buf_free(&nodes);
}

static void patches_are_rows_of_pixels(void **state)
{
    static const float x[] = {1, 2, 3, 4, 5, 6}, want[] = {1, 2, 4, 5, 2, 3, 5, 6};
    expect(state, (int[]){2, 3, 1},
           "node { name: 'y' op: 'ExtractImagePatches' input: 'x' " LIST4("ksizes", 1, 2, 2, 1)
               LIST4("strides", 1, 1, 1, 1)
                   LIST4("rates", 1, 1, 1, 1) "attr { key: 'padding' value { s: 'VALID' } } }\n",
           x, want, 8);
}

/* Indices are over pixels of all channels. */
static void a_pool_tells_where_the_largest_is(void **state)
{
    static const float x[] = {1, 9, 5, 2, 3, 4, 8, 7}, want[] = {6, 1};
    expect(state, (int[]){2, 2, 2},
           "node { name: 'p' op: 'MaxPoolWithArgmax' input: 'x' " LIST4("ksize", 1, 2, 2, 1)
               LIST4("strides", 1, 2, 2, 1)
                   KIND("Targmax", "DT_INT64") "attr { key: 'padding' value { s: 'VALID' } } }\n"
                                               "node { name: 'y' op: 'Cast' input: 'p:1' " KIND(
                                                   "DstT", "DT_FLOAT") "}\n",
           x, want, 2);
}

/* The whole image, its mirror image, and a box that is half outside. */
static void crops_of_boxes(void **state)
{
    static const float x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const float want[] = {1, 3, 7, 9, 3, 1, 9, 7, 5, -1, -1, -1};
    static const float boxes[] = {0, 0, 1, 1, 0, 1, 1, 0, 0.5f, 0.5f, 1.5f, 1.5f};
    rq_buf nodes = {0};
    put_const(&nodes, "boxes", boxes, (int[]){3, 4}, 2);
    put_ints(&nodes, "of", (int[]){0, 0, 0}, 3);
    put_ints(&nodes, "size", (int[]){2, 2}, 2);
    rq_buf_printf(&nodes,
                  "node { name: 'y' op: 'CropAndResize' input: 'x' input: 'boxes' input: 'of'"
                  " input: 'size' attr { key: 'extrapolation_value' value { f: -1 } } }\n");
    expect(state, (int[]){3, 3, 1}, nodes.data, x, want, 12);
    rq_buf_free(&nodes);
}

/* 2 bits: -1 to 2 in steps of 1 for the first channel, 0 to 0.6 in steps of 0.2 for the second. */
static void limits_of_channels(void **state)
{
    static const float x[] = {-5, 0.25f, 0.6f, 0.55f}, want[] = {-1, 0.2f, 1, 0.6f};
    rq_buf nodes = {0};
    put_const(&nodes, "low", (float[]){-1, 0}, (int[]){2}, 1);
    put_const(&nodes, "high", (float[]){2, 0.6f}, (int[]){2}, 1);
    rq_buf_printf(&nodes,
                  "node { name: 'y' op: 'FakeQuantWithMinMaxVarsPerChannel' input: 'x'"
                  " input: 'low' input: 'high' attr { key: 'num_bits' value { i: 2 } } }\n");
    expect(state, (int[]){1, 2, 2}, nodes.data, x, want, 4);
    rq_buf_free(&nodes);
}

/* -- what is known only when it runs --------------------------------------------------------- */

/* The pixels of one channel that are positive, as many as there are. */
static void masks_choose_elements(void **state)
{
    static const float x[] = {1, -2, 3, -4}, want[] = {1, 3};
    rq_buf nodes = {0};
    put_ints(&nodes, "flat", (int[]){4}, 1);
    rq_buf_append(
        &nodes,
        "node { name: 'zero' op: 'Const' attr { key: 'value' value { tensor { dtype: DT_FLOAT"
        " tensor_shape { } float_val: 0 } } } }\n"
        "node { name: 'axis' op: 'Const' attr { key: 'value' value { tensor { dtype: DT_INT32"
        " tensor_shape { } int_val: 0 } } } }\n"
        "node { name: 'r' op: 'Reshape' input: 'x' input: 'flat' }\n"
        "node { name: 'g' op: 'Greater' input: 'r' input: 'zero' }\n"
        "node { name: 'w' op: 'Where' input: 'g' }\n"
        "node { name: 's' op: 'Squeeze' input: 'w' attr { key: 'squeeze_dims' value { list {"
        " i: 1 } } } }\n"
        "node { name: 'y' op: 'GatherV2' input: 'r' input: 's' input: 'axis' }\n");
    expect(state, (int[]){2, 2, 1}, nodes.data, x, want, 2);
    rq_buf_free(&nodes);
}

/* Both of TensorFlow's spellings, where they keep all. */
static void dropout_that_drops_nothing(void **state)
{
    static const float x[] = {1, 2, 3, 4};
    static const char *const masks[] = {
        "node { name: 'a' op: 'Add' input: 'r' input: 'one' }\n"
        "node { name: 'm' op: 'Floor' input: 'a' }\n",
        "node { name: 'g' op: 'GreaterEqual' input: 'r' input: 'zero' }\n"
        "node { name: 'm' op: 'Cast' input: 'g' " KIND("DstT", "DT_FLOAT") "}\n"};
    for (size_t i = 0; i < 2; i++) {
        rq_buf nodes = {0};
        put_ints(&nodes, "shape", (int[]){1, 1, 4, 1}, 4);
        put_const(&nodes, i ? "zero" : "one", (float[]){i ? 0 : 1}, NULL, 0);
        rq_buf_printf(&nodes,
                      "node { name: 'r' op: 'RandomUniform' input: 'shape' }\n%s"
                      "node { name: 'y' op: 'Mul' input: 'x' input: 'm' }\n",
                      masks[i]);
        expect(state, (int[]){1, 4, 1}, nodes.data, x, x, 4);
        rq_buf_free(&nodes);
    }
}

/* -- groups of elements ---------------------------------------------------------------------- */

#define ROW "node { name: 'r' op: 'Reshape' input: 'x' input: 'flat' }\n"
#define SQUARE "node { name: 'square' op: 'Reshape' input: 'x' input: 'two' }\n"

#define BUCKETS                                                                                    \
    ROW "node { name: 'b' op: 'Bucketize' input: 'r' attr { key: 'boundaries' value { list {"      \
        " f: 2 f: 3.5 } } } }\n"
#define UNIQUE "node { name: 'u' op: 'Unique' input: 'b' }\n"

static void elements_come_together(void **state)
{
    static const float x[] = {1, 2, 3, 4};
    static const struct {
        const char *before, *node;
        int n;
        float want[8];
    } cases[] = {
        {ROW, "op: 'UnsortedSegmentSum' input: 'r' input: 'of' input: 'n' }", 4, {0, 4, 0, 6}},
        {ROW,
         "op: 'UnsortedSegmentMax' input: 'r' input: 'of' input: 'n' }",
         4,
         {-FLT_MAX, 3, -FLT_MAX, 4}},
        {ROW, "op: 'SegmentSum' input: 'r' input: 'sorted' }", 3, {3, 0, 7}},
        {ROW, "op: 'SegmentMean' input: 'r' input: 'sorted' }", 3, {1.5f, 0, 3.5f}},
        {SQUARE,
         "op: 'MatrixBandPart' input: 'square' input: 'zero' input: 'more' }",
         4,
         {1, 2, 0, 4}},
        {BUCKETS, "op: 'Cast' input: 'b' " KIND("DstT", "DT_FLOAT") "}", 4, {0, 1, 1, 2}},
        {BUCKETS UNIQUE, "op: 'Cast' input: 'u' " KIND("DstT", "DT_FLOAT") "}", 3, {0, 1, 2}},
        {BUCKETS UNIQUE, "op: 'Cast' input: 'u:1' " KIND("DstT", "DT_FLOAT") "}", 4, {0, 1, 1, 2}},
        {"", "op: 'ResizeArea' input: 'x' input: 'size' }", 3, {1.25f, 2.5f, 3.75f}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_buf nodes = {0};
        put_ints(&nodes, "flat", (int[]){4}, 1);
        put_ints(&nodes, "two", (int[]){2, 2}, 2);
        put_ints(&nodes, "of", (int[]){1, 3, 1, 3}, 4);
        put_ints(&nodes, "sorted", (int[]){0, 0, 2, 2}, 4);
        put_ints(&nodes, "size", (int[]){1, 3}, 2);
        put_ints(&nodes, "n", (int[]){4}, 1);
        put_ints(&nodes, "zero", (int[]){0}, 1);
        put_ints(&nodes, "more", (int[]){-1}, 1);
        rq_buf_printf(&nodes, "%snode { name: 'y' %s\n", cases[i].before, cases[i].node);
        expect(state, (int[]){1, 4, 1}, nodes.data, x, cases[i].want, cases[i].n);
        rq_buf_free(&nodes);
    }
}

/* -- arithmetic ------------------------------------------------------------------------------ */

static void what_is_divided_by_zero(void **state)
{
    static const float x[] = {0, 0.5f, 2, 4};
    static const struct {
        const char *node;
        float want[4];
    } cases[] = {
        {"node { name: 'y' op: 'DivNoNan' input: 'x' input: 'x' }\n", {0, 1, 1, 1}},
        {"node { name: 'y' op: 'Xdivy' input: 'x' input: 'x' }\n", {0, 1, 1, 1}},
        {"node { name: 'y' op: 'Xlogy' input: 'x' input: 'x' }\n",
         {0, -0.34657359f, 1.3862944f, 5.5451774f}},
        {"node { name: 'y' op: 'Xlog1py' input: 'x' input: 'x' }\n",
         {0, 0.20273255f, 2.1972246f, 6.4377516f}},
        {"node { name: 'y' op: 'Erfc' input: 'x' }\n", {1, 0.47950012f, 0.00467773f, 0}},
        {"node { name: 'c' op: 'Const' attr { key: 'value' value { tensor { dtype: DT_FLOAT"
         " tensor_shape { } float_val: -1.5 } } } }\n"
         "node { name: 'y' op: 'TruncateMod' input: 'x' input: 'c' }\n",
         {0, 0.5f, 0.5f, 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(state, (int[]){1, 4, 1}, cases[i].node, x, cases[i].want, 4);
    expect(state, (int[]){1, 4, 1}, "node { name: 'y' op: 'L2Loss' input: 'x' }\n", x,
           (float[]){10.125f}, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bicubic_weights_are_those_of_tensorflow),
        TEST(batch_norm_in_training),
        TEST(patches_are_rows_of_pixels),
        TEST(a_pool_tells_where_the_largest_is),
        TEST(crops_of_boxes),
        TEST(limits_of_channels),
        TEST(masks_choose_elements),
        TEST(dropout_that_drops_nothing),
        TEST(elements_come_together),
        TEST(what_is_divided_by_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
