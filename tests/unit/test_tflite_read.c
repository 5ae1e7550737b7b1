/* TensorFlow Lite's files: what becomes of operators and quantized tensors, and damaged ones. */
#include "tests/unit/flat.h"

#include "tests/unit/import_run.h"

enum { ADD = 0, CONV_2D = 3, FULLY_CONNECTED = 9, RELU = 19, RESHAPE = 22 };
enum { ACTIVATION_RELU = 1 };

static const int32_t row3[] = {1, 3};

/* y = relu(x + 1) */
static void begin_add(flat_model *m, int type)
{
    static const float one[] = {1, 1, 1};
    flat_model_begin(m, ADD, 3);
    flat_tensor(m, 0, "x", type, row3, 2);
    flat_data(m, flat_tensor(m, 1, "one", TYPE_F32, row3, 2), one, sizeof one);
    flat_tensor(m, 2, "y", type, row3, 2);
    flat_int(&m->f, flat_operator(m, 2, 2), 0, ACTIVATION_RELU);
}

static void open_model(void **state, import_run *r, flat_model *m)
{
    import_open(r, &(rq_import_files){.model = flat_write(state, m)});
    flat_model_free(m);
}

static void test_fused_activation(void **state)
{
    import_run r;
    flat_model m;
    const float x[] = {-3, 0, 2}, want[] = {0, 1, 3};
    begin_add(&m, TYPE_F32);
    open_model(state, &r, &m);
    assert_near_f32(import_compute(&r, x)->data, want, 3, 0, 0);
    assert_string_equal(r.source->framework, "TensorFlow Lite");
    assert_string_equal(r.source->inputs[0].name, "x");
    assert_string_equal(r.source->outputs[0].name, "y");
    import_close(&r);
}

/* -- codes ----------------------------------------------------------------------------------- */

/* Integers come in and go out; between them are real numbers: the sum is rounded to its codes. */
static void test_integers_stay_at_the_ends(void **state)
{
    import_run r;
    flat_model m;
    const float scale[] = {0.5f};
    const int64_t zero[] = {-1};
    const int8_t x[] = {-128, 0, 3}, want[] = {-1, 2, 5};
    static const float one[] = {1, 1, 1};
    flat_model_begin(&m, ADD, 3);
    flat_quantization(&m, flat_tensor(&m, 0, "x", TYPE_I8, row3, 2), scale, zero, 1, 0);
    flat_data(&m, flat_tensor(&m, 1, "one", TYPE_F32, row3, 2), one, sizeof one);
    flat_quantization(&m, flat_tensor(&m, 2, "y", TYPE_I8, row3, 2), scale, zero, 1, 0);
    flat_int(&m.f, flat_operator(&m, 2, 2), 0, ACTIVATION_RELU);
    open_model(state, &r, &m);
    const rq_tensor *y = import_compute(&r, (const float *)(const void *)x);
    assert_int_equal(y->dtype, RQ_DT_I8);
    assert_memory_equal(y->data, want, 3);
    assert_int_equal(import_count(&r, "FakeQuantize"), 2);
    import_close(&r);
}

/* What only moves codes is not rounded again. */
static void test_moved_codes_are_not_rounded(void **state)
{
    import_run r;
    flat_model m;
    const float scale[] = {0.5f};
    const int64_t zero[] = {3};
    const int32_t shape[] = {3, 1};
    const int8_t x[] = {-128, 0, 127};
    flat_model_begin(&m, RESHAPE, 2);
    flat_quantization(&m, flat_tensor(&m, 0, "x", TYPE_I8, row3, 2), scale, zero, 1, 0);
    flat_quantization(&m, flat_tensor(&m, 1, "y", TYPE_I8, shape, 2), scale, zero, 1, 0);
    flat_ints(&m.f, flat_operator(&m, 1, 1), 0, shape, 2);
    open_model(state, &r, &m);
    const rq_tensor *y = import_compute(&r, (const float *)(const void *)x);
    assert_memory_equal(y->data, x, 3);
    assert_int_equal(y->shape.d[0], 3);
    assert_int_equal(import_count(&r, "FakeQuantize"), 2);
    import_close(&r);
}

/* Weights of two rows with a scale each stay INT8; a bias of INT32 without scales counts in the
 * products of the others'. */
static void test_weights_stay_compressed(void **state)
{
    import_run r;
    flat_model m;
    const int32_t filters[] = {2, 3}, biases[] = {2}, out[] = {1, 2};
    const int8_t weights[] = {1, 2, 3, -4, 5, 100}, x[] = {2, -2, 4};
    const int32_t bias[] = {8, -16};
    const float scales[] = {0.25f, 0.5f}, scale[] = {0.5f}, coarse[] = {8};
    const int64_t zeros[] = {0, 0};
    flat_model_begin(&m, FULLY_CONNECTED, 4);
    flat_quantization(&m, flat_tensor(&m, 0, "x", TYPE_I8, row3, 2), scale, zeros, 1, 0);
    size_t t = flat_tensor(&m, 1, "w", TYPE_I8, filters, 2);
    flat_data(&m, t, weights, sizeof weights);
    flat_quantization(&m, t, scales, zeros, 2, 0);
    flat_data(&m, flat_tensor(&m, 2, "b", TYPE_I32, biases, 1), bias, sizeof bias);
    flat_quantization(&m, flat_tensor(&m, 3, "y", TYPE_I8, out, 2), coarse, zeros, 1, 0);
    flat_operator(&m, 3, 3);
    open_model(state, &r, &m);
    /* 0.125 * (2 - 4 + 12 + 8) = 2.25 and 0.25 * (-8 - 10 + 400 - 16) = 91.5, in eights */
    const int8_t want[] = {0, 11};
    const rq_tensor *y = import_compute(&r, (const float *)(const void *)x);
    assert_memory_equal(y->data, want, 2);
    size_t n_codes = 0;
    for (size_t i = 0; i < r.graph->n_nodes; i++) {
        const rq_node *node = r.graph->nodes[i];
        if (node && !strcmp(node->type, "Const"))
            n_codes += r.graph->values[node->out[0]]->dtype == RQ_DT_I8;
    }
    assert_int_equal(n_codes, 1);
    import_close(&r);
}

/* Filters [O, H, W, I], an image of channels last, the same size. */
static void test_convolution(void **state)
{
    import_run r;
    flat_model m;
    const int32_t image[] = {1, 1, 3, 2}, filters[] = {1, 1, 3, 2}, out[] = {1, 1, 3, 1};
    const float weights[] = {1, 2, 3, 4, 5, 6}, x[] = {1, 10, 2, 20, 3, 30};
    const float want[] = {43 + 130, 21 + 86 + 195, 42 + 129};
    flat_model_begin(&m, CONV_2D, 3);
    flat_tensor(&m, 0, "x", TYPE_F32, image, 4);
    flat_data(&m, flat_tensor(&m, 1, "w", TYPE_F32, filters, 4), weights, sizeof weights);
    flat_tensor(&m, 2, "y", TYPE_F32, out, 4);
    size_t options = flat_operator(&m, 2, 6);
    flat_int(&m.f, options, 1, 1);
    flat_int(&m.f, options, 2, 1);
    open_model(state, &r, &m);
    assert_near_f32(import_compute(&r, x)->data, want, 3, 1e-4, 0);
    import_close(&r);
}

/* -- damaged files --------------------------------------------------------------------------- */

static rq_status open_damaged(void **state, flat_model *m)
{
    rq_framework_model *source = NULL;
    rq_status status = rq_import_open(&source, &(rq_import_files){.model = flat_write(state, m)});
    rq_framework_model_destroy(&source);
    return status;
}

static void test_every_byte_damaged(void **state)
{
    flat_model m;
    begin_add(&m, TYPE_F32);
    for (size_t i = 0; i < m.f.file.length; i++) {
        char was = m.f.file.data[i];
        for (int k = 0; k < 3; k++) {
            static const char values[] = {'\xff', '\x7f', '\x01'};
            m.f.file.data[i] = values[k];
            open_damaged(state, &m); /* refused or read, and no more */
        }
        m.f.file.data[i] = was;
    }
    flat_model_free(&m);
}

static void test_cut_off(void **state)
{
    flat_model m;
    begin_add(&m, TYPE_F32);
    size_t whole = m.f.file.length;
    for (m.f.file.length = 8; m.f.file.length < whole; m.f.file.length += 3)
        assert_int_not_equal(open_damaged(state, &m), RQ_ENOMEM);
    flat_model_free(&m);
}

static void test_count_beyond_the_file(void **state)
{
    flat_model m;
    uint32_t many = UINT32_MAX;
    begin_add(&m, TYPE_F32);
    flat_set(&m.f, m.tensors - 4, &many, 4);
    assert_fails(open_damaged(state, &m), RQ_EFORMAT, "a vector longer than it");
    flat_model_free(&m);
}

static void test_table_that_leads_nowhere(void **state)
{
    flat_model m;
    uint32_t far = 0x7fffffff, nowhere = 0;
    begin_add(&m, TYPE_F32);
    flat_set(&m.f, m.tensors, &far, 4);
    assert_fails(open_damaged(state, &m), RQ_EFORMAT, "a table outside of it");
    flat_set(&m.f, m.tensors, &nowhere, 4);
    assert_fails(open_damaged(state, &m), RQ_EFORMAT, "a table outside of it");
    flat_model_free(&m);
}

/* As many operators as the file has room for, all of them one table of many inputs: the work that
 * a file may ask for grows with its size alone. */
static void test_shared_tables_end(void **state)
{
    enum { MANY = 20000 };
    flat_model m;
    static int32_t inputs[MANY];
    begin_add(&m, TYPE_F32);
    size_t operators = flat_tables(&m.f, m.graph, GRAPH_OPERATORS, MANY);
    size_t one = flat_item(&m.f, operators, 0, 5);
    flat_ints(&m.f, one, OPERATOR_IN, inputs, MANY);
    for (size_t i = 0; i < MANY; i++) {
        uint32_t offset = (uint32_t)(one - (operators + 4 * i));
        flat_set(&m.f, operators + 4 * i, &offset, 4);
    }
    assert_fails(open_damaged(state, &m), RQ_EFORMAT, "more values than its size allows");
    flat_model_free(&m);
}

static void test_data_of_another_size(void **state)
{
    flat_model m;
    const float one[] = {1, 1};
    flat_model_begin(&m, ADD, 3);
    flat_tensor(&m, 0, "x", TYPE_F32, row3, 2);
    flat_data(&m, flat_tensor(&m, 1, "one", TYPE_F32, row3, 2), one, sizeof one);
    flat_tensor(&m, 2, "y", TYPE_F32, row3, 2);
    flat_operator(&m, 2, 2);
    assert_fails(open_damaged(state, &m), RQ_EFORMAT, "has 8 bytes of data, its shape needs 12");
    flat_model_free(&m);
}

static void test_scales_of_another_number(void **state)
{
    flat_model m;
    const float scales[] = {1, 2};
    const int64_t zeros[] = {0, 0};
    begin_add(&m, TYPE_F32);
    flat_quantization(&m, flat_tensor(&m, 0, "x", TYPE_I8, row3, 2), scales, zeros, 2, 1);
    assert_fails(open_damaged(state, &m), RQ_EFORMAT, "2 scales and 2 zero points along axis 1");
    flat_model_free(&m);
}

static void test_unknown_operator_is_listed(void **state)
{
    flat_model m;
    rq_framework_model *source;
    rq_import_result result;
    flat_model_begin(&m, 27, 2);
    flat_tensor(&m, 0, "x", TYPE_F32, row3, 2);
    flat_tensor(&m, 1, "y", TYPE_F32, row3, 2);
    flat_operator(&m, 1, 1);
    assert_ok(rq_import_open(&source, &(rq_import_files){.model = flat_write(state, &m)}));
    assert_ok(rq_import_graph(&result, source, NULL));
    assert_int_equal(result.n_unmapped, 1);
    assert_string_equal(result.unmapped[0].node->type, "SVDF");
    rq_framework_model_destroy(&source);
    flat_model_free(&m);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fused_activation),
        TEST(test_integers_stay_at_the_ends),
        TEST(test_moved_codes_are_not_rounded),
        TEST(test_weights_stay_compressed),
        TEST(test_convolution),
        TEST(test_every_byte_damaged),
        TEST(test_cut_off),
        TEST(test_count_beyond_the_file),
        TEST(test_table_that_leads_nowhere),
        TEST(test_shared_tables_end),
        TEST(test_data_of_another_size),
        TEST(test_scales_of_another_number),
        TEST(test_unknown_operator_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
