/* Forms that ONNX's operators got with opset 18 and later. */
#include "tests/unit/test.h"

#include "tests/unit/framework_model_builder.h"

static void finish(import_run *r)
{
    rq_import_result result;
    assert_ok(rq_framework_model_add_output(r->source, "y"));
    assert_ok(rq_import_graph(&result, r->source, NULL));
    assert_int_equal(result.n_unmapped, 0);
    r->graph = result.graph;
    import_run_graph(r);
}

/* Rows of 4 with windows of 1, two apart, after a pad of 1: the third would begin behind the row,
 * on its last pad. */
static void test_no_window_begins_behind_the_image(void **state)
{
    static const char *const types[] = {"MaxPool", "AveragePool"};
    static const float x[4] = {1, 2, 3, 4}, want[2] = {1, 3};
    (void)state;
    for (int i = 0; i < 2; i++) {
        import_run r = {.source = source_begin(22)};
        source_input(r.source, "x", DIMS(1, 1, 4));
        rq_framework_node *node = source_node(r.source, "y", types[i], "x");
        SOURCE_LIST(r.source, node, "kernel_shape", 1);
        SOURCE_LIST(r.source, node, "strides", 2);
        SOURCE_LIST(r.source, node, "pads", 0, 1);
        assert_ok(rq_framework_model_add_int(r.source, node, "ceil_mode", 1));
        finish(&r);
        const rq_tensor *got = import_compute(&r, x);
        assert_int_equal(rq_tensor_count(got), 2);
        assert_near_f32(got->data, want, 2, 0, 0);
        import_close(&r);
    }
}

/* x + dequantized [2,6], scales and zero points [2,2] for blocks of 3. */
static void test_scales_by_blocks(void **state)
{
    static const float scales[4] = {0.5f, 2.0f, 0.25f, 8.0f};
    static const int8_t levels[12] = {1, -2, 3, 4, 5, 6, -128, 127, 0, 7, -8, 9};
    static const int8_t zeros[4] = {1, 0, -1, 3};
    float want[12], x[12];
    import_run r = {.source = source_begin(21)};
    rq_tensor w = {RQ_DT_I8, DIMS(2, 6), (void *)levels};
    rq_tensor s = {RQ_DT_F32, DIMS(2, 2), (void *)scales};
    rq_tensor z = {RQ_DT_I8, DIMS(2, 2), (void *)zeros};
    (void)state;
    source_input(r.source, "x", DIMS(2, 6));
    assert_ok(rq_framework_model_add_constant(r.source, "w", &w));
    assert_ok(rq_framework_model_add_constant(r.source, "s", &s));
    assert_ok(rq_framework_model_add_constant(r.source, "z", &z));
    rq_framework_node *node = source_node(r.source, "d", "DequantizeLinear", "w s z");
    assert_ok(rq_framework_model_add_int(r.source, node, "axis", 1));
    assert_ok(rq_framework_model_add_int(r.source, node, "block_size", 3));
    source_node(r.source, "y", "Add", "x d");
    finish(&r);
    import_fill(x, 12, 4);
    for (int i = 0; i < 12; i++) {
        int block = i / 6 * 2 + i % 6 / 3;
        want[i] = x[i] + (float)(levels[i] - zeros[block]) * scales[block];
    }
    assert_near_f32(import_compute(&r, x)->data, want, 12, 1e-6f, 0);
    import_close(&r);
}

static void test_blocks_that_do_not_divide(void **state)
{
    static const int8_t levels[10] = {0};
    static const float scales[4] = {1, 1, 1, 1};
    rq_import_result result;
    rq_framework_model *s = source_begin(21);
    rq_tensor w = {RQ_DT_I8, DIMS(2, 5), (void *)levels};
    rq_tensor t = {RQ_DT_F32, DIMS(2, 2), (void *)scales};
    (void)state;
    assert_ok(rq_framework_model_add_constant(s, "w", &w));
    assert_ok(rq_framework_model_add_constant(s, "s", &t));
    rq_framework_node *node = source_node(s, "y", "DequantizeLinear", "w s");
    assert_ok(rq_framework_model_add_int(s, node, "axis", 1));
    assert_ok(rq_framework_model_add_int(s, node, "block_size", 3));
    assert_ok(rq_framework_model_add_output(s, "y"));
    assert_ok(rq_import_graph(&result, s, NULL));
    assert_int_equal(result.n_unmapped, 1);
    assert_non_null(strstr(result.unmapped[0].why, "blocks"));
    rq_framework_model_destroy(&s);
}

static void test_zeros_have_no_direction(void **state)
{
    static const float x[6] = {3, 0, 4, 0, 0, 0}, one[6] = {3 / 7.0f, 0, 4 / 7.0f, 0, 0, 0},
                       two[6] = {0.6f, 0, 0.8f, 0, 0, 0};
    (void)state;
    for (int p = 1; p < 3; p++) {
        import_run r = {.source = source_begin(18)};
        source_input(r.source, "x", DIMS(2, 3));
        assert_ok(rq_framework_model_add_int(
            r.source, source_node(r.source, "y", "LpNormalization", "x"), "p", p));
        finish(&r);
        assert_near_f32(import_compute(&r, x)->data, p == 1 ? one : two, 6, 1e-6f, 0);
        import_close(&r);
    }
}

static void test_no_outputs(void **state)
{
    rq_import_result result;
    rq_framework_model *s = source_begin(18);
    (void)state;
    source_input(s, "x", DIMS(2, 3));
    source_node(s, "y", "Relu", "x");
    assert_fails(rq_import_graph(&result, s, NULL), RQ_EFORMAT, "the model has no outputs");
    assert_null(result.graph);
    rq_framework_model_destroy(&s);
}

/* To 8-bit floats and back: saturated or not. */
static void test_saturating_cast(void **state)
{
    static const float x[4] = {1, 448, 1000, -1e6f};
    (void)state;
    for (int saturate = 0; saturate < 2; saturate++) {
        import_run r = {.source = source_begin(21)};
        source_input(r.source, "x", DIMS(4));
        rq_framework_node *there = source_node(r.source, "f", "Cast", "x");
        assert_ok(rq_framework_model_add_int(r.source, there, "to", 17)); /* FLOAT8E4M3FN */
        assert_ok(rq_framework_model_add_int(r.source, there, "saturate", saturate));
        rq_framework_node *back = source_node(r.source, "y", "Cast", "f");
        assert_ok(rq_framework_model_add_int(r.source, back, "to", 1));
        finish(&r);
        const float *got = import_compute(&r, x)->data;
        assert_near_f32(got, x, 2, 0, 0);
        if (saturate) assert_near_f32(got + 2, (float[]){448, -448}, 2, 0, 0);
        if (!saturate) assert_true(isnan(got[2]) && isnan(got[3]));
        import_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_window_begins_behind_the_image),
        cmocka_unit_test(test_scales_by_blocks),
        cmocka_unit_test(test_blocks_that_do_not_divide),
        cmocka_unit_test(test_zeros_have_no_direction),
        cmocka_unit_test(test_no_outputs),
        cmocka_unit_test(test_saturating_cast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
