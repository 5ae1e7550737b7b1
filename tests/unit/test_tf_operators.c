/* TensorFlow's operators that become several of the IR's, or other ones: against their formulas. */
#include "tests/unit/tf_text.h"

#include <math.h>

enum { H = 3, W = 4, C = 2, N = H * W * C };

static float input[N];

/* -- of one value --------------------------------------------------------------------------- */

static double relu6(double x)
{
    return fmin(fmax(x, 0), 6);
}

static double elu(double x)
{
    return x < 0 ? exp(x) - 1 : x;
}

static double selu(double x)
{
    return 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * (exp(x) - 1) : x);
}

static double square(double x)
{
    return x * x;
}

static double inverse(double x)
{
    return 1 / x;
}

static double inverse_root(double x)
{
    return 1 / sqrt(x);
}

static double zero(double x)
{
    return 0 * x;
}

static double one(double x)
{
    return 0 * x + 1;
}

static double leaky(double x)
{
    return x < 0 ? 0.25 * x : x;
}

/* 4 bits from -1 to 2: steps of 0.2, 0 is the fifth. */
static double four_bits(double x)
{
    return 0.2 * (fmin(fmax(nearbyint(x / 0.2), -5), 10));
}

#define TYPE(name, type) "attr { key: '" name "' value { type: " type " } } "
#define NUMBER(name, x) "attr { key: '" name "' value { f: " #x " } } "
#define INTEGER(name, x) "attr { key: '" name "' value { i: " #x " } } "

static const struct unary {
    const char *op, *attrs;
    double (*formula)(double);
    float factor, summand; /* of the inputs, which are in -1 to 1 */
} unaries[] = {
    {"Relu6", "", relu6, 8, 1},
    {"Elu", "", elu, 3, 0},
    {"Selu", "", selu, 3, 0},
    {"Square", "", square, 3, 0},
    {"Reciprocal", "", inverse, 1, 1.5f},
    {"Rsqrt", "", inverse_root, 1, 1.5f},
    {"Log1p", "", log1p, 0.9f, 0},
    {"Expm1", "", expm1, 3, 0},
    {"Rint", "", nearbyint, 5, 0},
    {"Round", "", nearbyint, 5, 0.5f},
    {"ZerosLike", "", zero, 3, 0},
    {"OnesLike", "", one, 3, 0},
    {"LeakyRelu", NUMBER("alpha", 0.25), leaky, 3, 0},
    {"FakeQuantWithMinMaxArgs", NUMBER("min", -1) NUMBER("max", 2) INTEGER("num_bits", 4),
     four_bits, 3, 0},
};

static void fill(float factor, float summand)
{
    import_fill(input, N, 3);
    for (int i = 0; i < N; i++) input[i] = factor * input[i] + summand;
}

/* `nodes`, of the input x, give y = formula(x), each value within `tolerance`. */
static void expect_values(void **state, rq_buf *nodes, double (*formula)(double), float factor,
                          float summand, double tolerance)
{
    float want[N];
    rq_buf text = {0};
    import_run r;
    put_input(&text, H, W, C);
    rq_buf_append(&text, nodes->data);
    rq_buf_free(nodes);
    open_graph(state, &r, &text);
    fill(factor, summand);
    for (int i = 0; i < N; i++) want[i] = (float)formula((double)input[i]);
    assert_near_f32(import_compute(&r, input)->data, want, N, tolerance, tolerance);
    import_close(&r);
}

static void each_value_follows_the_formula(void **state)
{
    for (size_t k = 0; k < sizeof unaries / sizeof *unaries; k++) {
        const struct unary *u = &unaries[k];
        rq_buf nodes = {0};
        rq_buf_printf(&nodes, "node { name: 'y' op: '%s' input: 'x' %s}\n", u->op, u->attrs);
        expect_values(state, &nodes, u->formula, u->factor, u->summand, 1e-5);
    }
}

static void limits_of_a_fake_quantization_may_be_values(void **state)
{
    rq_buf nodes = {0};
    put_const(&nodes, "low", (float[]){-1}, NULL, 0);
    put_const(&nodes, "high", (float[]){2}, NULL, 0);
    rq_buf_printf(&nodes, "node { name: 'y' op: 'FakeQuantWithMinMaxVars' input: 'x' input: 'low'"
                          " input: 'high' " INTEGER("num_bits", 4) "}\n");
    expect_values(state, &nodes, four_bits, 3, 0, 1e-5);
}

static void casts_cut_fractions_off(void **state)
{
    rq_buf nodes = {0};
    rq_buf_printf(&nodes, "node { name: 'i' op: 'Cast' input: 'x' " TYPE(
                              "DstT", "DT_INT32") "}\n"
                                                  "node { name: 'y' op: 'Cast' input: 'i' " TYPE(
                                                      "DstT", "DT_FLOAT") "}\n");
    expect_values(state, &nodes, trunc, 9, 0, 0);
}

/* 7 / x of integers, towards zero. */
static double seventh(double x)
{
    return trunc(7 / trunc(x));
}

static void whole_numbers_are_divided_towards_zero(void **state)
{
    rq_buf nodes = {0};
    put_ints(&nodes, "seven", (int[]){7}, 1);
    rq_buf_printf(&nodes,
                  "node { name: 'i' op: 'Cast' input: 'x' " TYPE(
                      "DstT", "DT_INT32") "}\n"
                                          "node { name: 'q' op: 'Div' input: 'seven' input: 'i' }\n"
                                          "node { name: 'y' op: 'Cast' input: 'q' " TYPE(
                                              "DstT", "DT_FLOAT") "}\n");
    expect_values(state, &nodes, seventh, 2, -3.5f, 0);
}

/* -- of shapes ------------------------------------------------------------------------------ */

/* `nodes` end in y, which has the shape and, row by row, the input's elements want[n]. */
static void expect_elements(void **state, const char *nodes, const rq_shape *shape, const int *want,
                            int n)
{
    rq_buf text = {0};
    import_run r;
    put_input(&text, H, W, C);
    put_ints(&text, "one", (int[]){1}, 1);
    put_ints(&text, "three", (int[]){3}, 1);
    put_ints(&text, "lengths", (int[]){1, 2, 1}, 3);
    rq_buf_printf(&text, "%s", nodes);
    open_graph(state, &r, &text);
    fill(1, 0);
    const rq_tensor *got = import_compute(&r, input);
    assert_true(rq_shape_equal(&got->shape, shape));
    for (int i = 0; i < n; i++) assert_true(((const float *)got->data)[i] == input[want[i]]);
    import_close(&r);
}

static void dimensions_come_and_go(void **state)
{
    int all[2 * N];
    for (int i = 0; i < 2 * N; i++) all[i] = i % N;
    expect_elements(state, "node { name: 'y' op: 'Squeeze' input: 'x' }\n",
                    &(rq_shape){3, {H, W, C}}, all, N);
    expect_elements(state,
                    "node { name: 'y' op: 'Squeeze' input: 'x' attr { key: 'squeeze_dims' value {"
                    " list { i: 0 } } } }\n",
                    &(rq_shape){3, {H, W, C}}, all, N);
    expect_elements(state, "node { name: 'y' op: 'ExpandDims' input: 'x' input: 'one' }\n",
                    &(rq_shape){5, {1, 1, H, W, C}}, all, N);
    expect_elements(state, "node { name: 'y' op: 'Pack' input: 'x' input: 'x' }\n",
                    &(rq_shape){5, {2, 1, H, W, C}}, all, 2 * N);
}

static void parts_are_cut_along_an_axis(void **state)
{
    int middle[H * 2 * C], last[H * C], n = 0, m = 0;
    for (int h = 0; h < H; h++)
        for (int c = 0; c < C; c++) last[m++] = (h * W + W - 1) * C + c;
    for (int h = 0; h < H; h++)
        for (int i = 0; i < 2 * C; i++) middle[n++] = (h * W + 1) * C + i;
    expect_elements(
        state,
        "node { name: 's' op: 'SplitV' input: 'x' input: 'lengths' input: 'two' " INTEGER(
            "num_split", 3) "}\n"
                            "node { name: 'two' op: 'Const' attr { key: 'value' value {"
                            " tensor { dtype: DT_INT32 tensor_shape { } int_val: 2 } } } }\n"
                            "node { name: 'y' op: 'Identity' input: 's:1' }\n",
        &(rq_shape){4, {1, H, 2, C}}, middle, n);
    expect_elements(state,
                    "node { name: 'u' op: 'Unpack' input: 'x' " INTEGER("num", 4)
                        INTEGER("axis", 2) "}\n"
                                           "node { name: 'y' op: 'Identity' input: 'u:3' }\n",
                    &(rq_shape){3, {1, H, C}}, last, m);
}

/* -- of rows -------------------------------------------------------------------------------- */

static void the_largest_come_first(void **state)
{
    rq_buf text = {0};
    import_run r;
    put_input(&text, 1, 1, 6);
    rq_buf_printf(&text, "node { name: 't' op: 'TopKV2' input: 'x' input: 'k' }\n"
                         "node { name: 'k' op: 'Const' attr { key: 'value' value { tensor { dtype:"
                         " DT_INT32 tensor_shape { } int_val: 3 } } } }\n"
                         "node { name: 'y' op: 'Identity' input: 't' }\n");
    open_graph(state, &r, &text);
    const float x[] = {3, -1, 7, 0, 5, 6}, want[] = {7, 6, 5};
    assert_near_f32(import_compute(&r, x)->data, want, 3, 0, 0);
    import_close(&r);
}

static void sums_run_along_an_axis(void **state)
{
    static const struct {
        const char *attrs;
        float want[4];
    } cases[] = {
        {"", {1, 3, 7, 15}},
        {"attr { key: 'exclusive' value { b: true } } ", {0, 1, 3, 7}},
        {"attr { key: 'reverse' value { b: true } } ", {15, 14, 12, 8}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        rq_buf text = {0};
        import_run r;
        put_input(&text, 1, 1, 4);
        rq_buf_printf(&text,
                      "node { name: 'a' op: 'Const' attr { key: 'value' value { tensor { dtype:"
                      " DT_INT32 tensor_shape { } int_val: 3 } } } }\n"
                      "node { name: 'y' op: 'Cumsum' input: 'x' input: 'a' %s}\n",
                      cases[k].attrs);
        open_graph(state, &r, &text);
        assert_near_f32(import_compute(&r, (const float[]){1, 2, 4, 8})->data, cases[k].want, 4, 0,
                        0);
        import_close(&r);
    }
}

/* Two boxes that overlap by more than half, and one apart; the middle one has the best score. */
static void overlapping_boxes_are_suppressed(void **state)
{
    static const float boxes[] = {0, 0, 1, 1, 0, 0.1f, 1, 1.1f, 2, 2, 3, 3};
    rq_buf text = {0};
    import_run r;
    put_input(&text, 1, 1, 3);
    put_ints(&text, "row", (int[]){3}, 1);
    put_const(&text, "boxes", boxes, (int[]){3, 4}, 2);
    rq_buf_printf(
        &text, "node { name: 'n' op: 'Const' attr { key: 'value' value { tensor { dtype:"
               " DT_INT32 tensor_shape { } int_val: 3 } } } }\n"
               "node { name: 'scores' op: 'Reshape' input: 'x' input: 'row' }\n"
               "node { name: 's' op: 'NonMaxSuppression' input: 'boxes' input: 'scores' input:"
               " 'n' " NUMBER("iou_threshold", 0.5) "}\n"
                                                    "node { name: 'y' op: 'Cast' input: 's' " TYPE(
                                                        "DstT", "DT_FLOAT") "}\n");
    open_graph(state, &r, &text);
    const rq_tensor *got = import_compute(&r, (const float[]){0.5f, 0.9f, 0.7f});
    assert_int_equal(rq_tensor_count(got), 2);
    assert_near_f32(got->data, (const float[]){1, 2}, 2, 0, 0);
    import_close(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_value_follows_the_formula),   TEST(limits_of_a_fake_quantization_may_be_values),
        TEST(casts_cut_fractions_off),          TEST(whole_numbers_are_divided_towards_zero),
        TEST(dimensions_come_and_go),           TEST(parts_are_cut_along_an_axis),
        TEST(the_largest_come_first),           TEST(sums_run_along_an_axis),
        TEST(overlapping_boxes_are_suppressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
