/* TensorFlow's operators that the IR composes, with values computed apart: on a row x of four
 * numbers, 3, -4, 0.5, 2. */
#include "tests/unit/tf_text.h"

#include <math.h>

static const float x[4] = {3, -4, 0.5f, 2};

#define FLOATS "attr { key: 'T' value { type: DT_FLOAT } } "
#define COMPLEX "attr { key: 'T' value { type: DT_COMPLEX64 } } "
#define INTS "attr { key: 'T' value { type: DT_INT32 } } "

/* Nodes read "x", and the constants "k" [2, 4, 6, 8], "rest" [1], "shape" [2, 2], "i" [-7, 7],
 * "d" [2, -2]; "y" is the output. */
static const struct {
    const char *name, *nodes;
    float want[16];
    size_t n;
} cases[] = {
    {"Atan2",
     "node { name: 'y' op: 'Atan2' input: 'x' input: 'k' " FLOATS "}",
     {0.982793723f, -0.785398163f, 0.0831412319f, 0.244978663f},
     4},
    {"the length of 3 - 4 i and so on",
     "node { name: 'n' op: 'Neg' input: 'k' }\n"
     "node { name: 'c' op: 'Complex' input: 'x' input: 'n' " FLOATS "}\n"
     "node { name: 'y' op: 'ComplexAbs' input: 'c' " COMPLEX "}",
     {3.60555128f, 5.65685425f, 6.02079729f, 8.24621125f},
     4},
    {"the real part of a square of complex numbers",
     "node { name: 'c' op: 'Complex' input: 'x' input: 'k' " FLOATS "}\n"
     "node { name: 's' op: 'Mul' input: 'c' input: 'c' " COMPLEX "}\n"
     "node { name: 'y' op: 'Real' input: 's' " COMPLEX "}",
     {5, 0, -35.75f, -60},
     4},
    {"MatrixDiag",
     "node { name: 'y' op: 'MatrixDiag' input: 'x' " FLOATS "}",
     {3, 0, 0, 0, 0, -4, 0, 0, 0, 0, 0.5f, 0, 0, 0, 0, 2},
     16},
    {"MatrixDiagPart",
     "node { name: 'r' op: 'Reshape' input: 'x' input: 'shape' }\n"
     "node { name: 'y' op: 'MatrixDiagPart' input: 'r' " FLOATS "}",
     {3, 2},
     2},
    {"FloorDiv of integers, either sign",
     "node { name: 'q' op: 'FloorDiv' input: 'i' input: 'd' " INTS "}\n"
     "node { name: 'f' op: 'Cast' input: 'q' attr { key: 'DstT' value { type: DT_FLOAT } } }\n"
     "node { name: 'z' op: 'Cumsum' input: 'f' input: 'axis' }\n"
     "node { name: 'r' op: 'Reshape' input: 'x' input: 'shape' }\n"
     "node { name: 's' op: 'Sub' input: 'r' input: 'r' }\n"
     "node { name: 'y' op: 'Add' input: 's' input: 'z' }",
     {-4, -8, -4, -8},
     4},
    {"L2Loss", "node { name: 'y' op: 'L2Loss' input: 'x' " FLOATS "}", {14.625f}, 1},
};

static void put_constants(rq_buf *text)
{
    put_const(text, "k", (float[]){2, 4, 6, 8}, (int[]){4}, 1);
    put_ints(text, "shape", (int[]){2, 2}, 2);
    put_ints(text, "i", (int[]){-7, 7}, 2);
    put_ints(text, "d", (int[]){2, -2}, 2);
    rq_buf_printf(text, "node { name: 'axis' op: 'Const' attr { key: 'value' value { tensor {"
                        " dtype: DT_INT32 tensor_shape { } int_val: 0 } } } }\n"
                        "node { name: 'x' op: 'Placeholder' attr { key: 'dtype' value { type:"
                        " DT_FLOAT } } attr { key: 'shape' value { shape { dim { size: 4 } } }"
                        " } }\n");
}

static void test_compositions(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_buf text = {0};
        import_run r;
        put_constants(&text);
        rq_buf_printf(&text, "%s\n", cases[i].nodes);
        open_graph(state, &r, &text);
        const rq_tensor *got = import_compute(&r, x);
        if (rq_tensor_count(got) != cases[i].n)
            fail_msg("%s: %zu values", cases[i].name, rq_tensor_count(got));
        for (size_t k = 0; k < cases[i].n; k++)
            if (fabsf(((const float *)got->data)[k] - cases[i].want[k]) > 2e-5f)
                fail_msg("%s: value %zu is %g, not %g", cases[i].name, k,
                         (double)((const float *)got->data)[k], (double)cases[i].want[k]);
        import_close(&r);
    }
}

/* Images taken apart into blocks of 2, convolved and put together: one convolution whose taps are
 * two apart. */
static void test_dilated_convolution(void **state)
{
    enum { SIDE = 6, N = SIDE * SIDE * 2 };
    static const float kernel[9] = {1, -2, 3, 4, 0.5f, -6, 7, 8, -9};
    float image[N], want[N], weights[36] = {0};
    rq_buf text = {0};
    import_run r;
    import_fill(image, N, 5);
    for (int k = 0; k < 9; k++) weights[4 * k] = weights[4 * k + 3] = kernel[k]; /* by channel */
    put_input(&text, SIDE, SIDE, 2);
    put_const(&text, "w", weights, (int[]){3, 3, 2, 2}, 4);
    put_const(&text, "bias", (float[]){0.25f, 0.25f}, (int[]){2}, 1);
    put_ints(&text, "block", (int[]){2, 2}, 2);
    rq_buf_printf(
        &text,
        "node { name: 'pads' op: 'Const' attr { key: 'value' value { tensor { dtype:"
        " DT_INT32 tensor_shape { dim { size: 2 } dim { size: 2 } } int_val: 2 } } } }\n"
        "node { name: 'crops' op: 'Const' attr { key: 'value' value { tensor { dtype:"
        " DT_INT32 tensor_shape { dim { size: 2 } dim { size: 2 } } int_val: 0 } } } }\n"
        "node { name: 's' op: 'SpaceToBatchND' input: 'x' input: 'block' input: 'pads' }\n"
        "node { name: 'c' op: 'Conv2D' input: 's' input: 'w' attr { key: 'padding' value {"
        " s: 'VALID' } } attr { key: 'strides' value { list { i: 1 i: 1 i: 1 i: 1 } } } }\n"
        "node { name: 'a' op: 'BiasAdd' input: 'c' input: 'bias' }\n"
        "node { name: 'y' op: 'BatchToSpaceND' input: 'a' input: 'block' input: 'crops' }\n");
    for (int i = 0; i < N; i++) {
        want[i] = 0.25f;
        for (int k = 0; k < 9; k++) {
            int row = i / 2 / SIDE + 2 * (k / 3 - 1), column = i / 2 % SIDE + 2 * (k % 3 - 1);
            bool inside = row >= 0 && row < SIDE && column >= 0 && column < SIDE;
            want[i] += inside ? kernel[k] * image[2 * (row * SIDE + column) + i % 2] : 0;
        }
    }
    open_graph(state, &r, &text);
    assert_int_equal(import_count(&r, "SpaceToBatch") + import_count(&r, "BatchToSpace"), 0);
    assert_near_f32(import_compute(&r, image)->data, want, N, 1e-5, 1e-5);
    import_close(&r);
}

/* (x - mean) / sqrt(the mean of squared differences + epsilon) */
static void test_norm_of_differences(void **state)
{
    rq_buf text = {0};
    import_run r;
    float want[4];
    put_constants(&text);
    put_const(&text, "epsilon", (float[]){0.5f}, (int[]){1}, 1);
    put_ints(&text, "axes", (int[]){0}, 1);
#define KEEP "attr { key: 'keep_dims' value { b: true } } "
    rq_buf_printf(&text, "node { name: 'm' op: 'Mean' input: 'x' input: 'axes' " KEEP "}\n"
                         "node { name: 'q' op: 'SquaredDifference' input: 'x' input: 'm' }\n"
                         "node { name: 'v' op: 'Mean' input: 'q' input: 'axes' " KEEP "}\n"
                         "node { name: 'e' op: 'AddV2' input: 'v' input: 'epsilon' }\n"
                         "node { name: 's' op: 'Rsqrt' input: 'e' }\n"
                         "node { name: 'c' op: 'Sub' input: 'x' input: 'm' }\n"
                         "node { name: 'y' op: 'Mul' input: 'c' input: 's' }\n");
    for (int i = 0; i < 4; i++) /* mean 0.375, variance 7.171875 */
        want[i] = (x[i] - 0.375f) / sqrtf(7.171875f + 0.5f);
    open_graph(state, &r, &text);
    assert_int_equal(import_count(&r, "MVN"), 1);
    assert_near_f32(import_compute(&r, x)->data, want, 4, 1e-5, 1e-5);
    import_close(&r);
}

/* What complex numbers have no row for is not taken for the same of real ones. */
static void test_unknown_of_complex(void **state)
{
    rq_framework_model *source = NULL;
    rq_import_result result;
    rq_buf text = {0};
    put_constants(&text);
    rq_buf_printf(&text, "node { name: 'c' op: 'Complex' input: 'x' input: 'k' " FLOATS "}\n"
                         "node { name: 's' op: 'Sum' input: 'c' input: 'shape' " COMPLEX "}\n"
                         "node { name: 'y' op: 'Real' input: 's' " COMPLEX "}\n");
    const char *path = scratch_file(state, "graph.pbtxt", text.data, text.length);
    assert_ok(rq_import_open(&source, &(rq_import_files){.model = path}));
    assert_ok(rq_import_graph(&result, source, NULL));
    assert_int_equal(result.n_unmapped, 1);
    assert_string_equal(result.unmapped[0].node->type, "ComplexSum");
    rq_buf_free(&text);
    rq_framework_model_destroy(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
        TEST(test_compositions),
        TEST(test_dilated_convolution),
        TEST(test_norm_of_differences),
        TEST(test_unknown_of_complex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
