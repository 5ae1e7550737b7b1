/* TensorFlow Lite's sparse constants, signatures, and options of custom operators. */
#include "tests/unit/flat.h"

#include "tests/unit/framework_model_builder.h"

#include "engine/import/tflite/flexbuffer.h"

enum { ADD = 0, SVDF = 27, CUSTOM = 32 };
enum { MODEL_SIGNATURES = 7, CODE_CUSTOM = 1, TENSOR_SPARSITY = 6, OPERATOR_CUSTOM_OPTIONS = 5 };
enum { SPARSITY_ORDER, SPARSITY_BLOCK_MAP, SPARSITY_LEVELS };
enum { LEVEL_FORMAT, LEVEL_SIZE, LEVEL_SEGMENTS_TYPE, LEVEL_SEGMENTS, LEVEL_INDICES_TYPE };
enum { LEVEL_INDICES = 5 };

static void open_model(void **state, import_run *r, flat_model *m)
{
    import_open(r, &(rq_import_files){.model = flat_write(state, m)});
    flat_model_free(m);
}

/* -- sparse ---------------------------------------------------------------------------------- */

static void dense_level(flat_model *m, size_t levels, size_t i, int size)
{
    flat_int(&m->f, flat_item(&m->f, levels, i, 6), LEVEL_SIZE, size);
}

static void numbers(flat_model *m, size_t level, uint16_t type, uint16_t field,
                    const int32_t *values, uint32_t n)
{
    flat_int(&m->f, level, type, 1); /* of 32 bits */
    flat_ints(&m->f, flat_child(&m->f, level, field, 1), 0, values, n);
}

static void sparse_level(flat_model *m, size_t levels, size_t i, const int32_t *segments,
                         uint32_t n_segments, const int32_t *indices, uint32_t n_indices)
{
    size_t level = flat_item(&m->f, levels, i, 6);
    flat_int(&m->f, level, LEVEL_FORMAT, 1);
    numbers(m, level, LEVEL_SEGMENTS_TYPE, LEVEL_SEGMENTS, segments, n_segments);
    numbers(m, level, LEVEL_INDICES_TYPE, LEVEL_INDICES, indices, n_indices);
}

/* y = x + c, c [2, 4] with rows cut into blocks of two: one block a row is there. */
static void begin_sparse(flat_model *m, const int32_t *indices)
{
    static const int32_t shape[] = {2, 4}, order[] = {0, 1, 2}, block_map[] = {1};
    static const int32_t segments[] = {0, 1, 2};
    static const float values[] = {1, 2, 3, 4};
    flat_model_begin(m, ADD, 3);
    flat_tensor(m, 0, "x", TYPE_F32, shape, 2);
    size_t c = flat_tensor(m, 1, "c", TYPE_F32, shape, 2);
    flat_data(m, c, values, sizeof values);
    size_t sparsity = flat_child(&m->f, c, TENSOR_SPARSITY, 3);
    flat_ints(&m->f, sparsity, SPARSITY_ORDER, order, 3);
    flat_ints(&m->f, sparsity, SPARSITY_BLOCK_MAP, block_map, 1);
    size_t levels = flat_tables(&m->f, sparsity, SPARSITY_LEVELS, 3);
    dense_level(m, levels, 0, 2);
    sparse_level(m, levels, 1, segments, 3, indices, 2);
    dense_level(m, levels, 2, 2);
    flat_tensor(m, 2, "y", TYPE_F32, shape, 2);
    flat_operator(m, 2, 2);
}

static void test_sparse_blocks(void **state)
{
    import_run r;
    flat_model m;
    const float x[8] = {0}, want[] = {0, 0, 1, 2, 3, 4, 0, 0};
    begin_sparse(&m, (int32_t[]){1, 0});
    open_model(state, &r, &m);
    assert_near_f32(import_compute(&r, x)->data, want, 8, 0, 0);
    import_close(&r);
}

static void test_sparse_places_outside(void **state)
{
    static const int32_t outside[][2] = {{2, 0}, {0, -1}, {INT32_MAX, 0}};
    for (size_t i = 0; i < 3; i++) {
        flat_model m;
        rq_framework_model *source = NULL;
        begin_sparse(&m, outside[i]);
        assert_fails(rq_import_open(&source, &(rq_import_files){.model = flat_write(state, &m)}),
                     RQ_EFORMAT, "a sparse tensor of other places than its own");
        flat_model_free(&m);
    }
}

/* c [4], of whose two blocks one is there; a block's length is what the file says. */
static void begin_block(flat_model *m, int block)
{
    static const int32_t shape[] = {4}, order[] = {0, 1}, block_map[] = {0};
    static const int32_t segments[] = {0, 1}, indices[] = {1};
    static const float values[] = {1, 2};
    flat_model_begin(m, ADD, 3);
    flat_tensor(m, 0, "x", TYPE_F32, shape, 1);
    size_t c = flat_tensor(m, 1, "c", TYPE_F32, shape, 1);
    flat_data(m, c, values, sizeof values);
    size_t sparsity = flat_child(&m->f, c, TENSOR_SPARSITY, 3);
    flat_ints(&m->f, sparsity, SPARSITY_ORDER, order, 2);
    flat_ints(&m->f, sparsity, SPARSITY_BLOCK_MAP, block_map, 1);
    size_t levels = flat_tables(&m->f, sparsity, SPARSITY_LEVELS, 2);
    sparse_level(m, levels, 0, segments, 2, indices, 1);
    size_t level = flat_item(&m->f, levels, 1, 6);
    flat_int(&m->f, level, LEVEL_FORMAT, 1);
    flat_int(&m->f, level, LEVEL_SIZE, block);
    numbers(m, level, LEVEL_SEGMENTS_TYPE, LEVEL_SEGMENTS, (int32_t[]){0, 1, 2}, 3);
    numbers(m, level, LEVEL_INDICES_TYPE, LEVEL_INDICES, (int32_t[]){0, 1}, 2);
    flat_tensor(m, 2, "y", TYPE_F32, shape, 1);
    flat_operator(m, 2, 2);
}

/* Before the tensor, and behind it. */
static void test_sparse_blocks_of_wrong_length(void **state)
{
    static const int blocks[] = {-1, INT32_MIN, 5, INT32_MAX};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        flat_model m;
        rq_framework_model *source = NULL;
        begin_block(&m, blocks[i]);
        assert_fails(rq_import_open(&source, &(rq_import_files){.model = flat_write(state, &m)}),
                     RQ_EFORMAT, "a sparse tensor of other places than its own");
        flat_model_free(&m);
    }
}

/* -- signatures ------------------------------------------------------------------------------ */

static void add_entry(flat_model *m, size_t signature, uint16_t side, const char *key, int tensor)
{
    size_t entry = flat_item(&m->f, flat_tables(&m->f, signature, side, 1), 0, 2);
    flat_text(&m->f, entry, 0, key);
    flat_int(&m->f, entry, 1, tensor);
}

/* A value is called as its tensor and as the signature calls it. */
static void test_signature_keys(void **state)
{
    import_run r;
    flat_model m;
    const int32_t shape[] = {1, 3};
    const float one[] = {1, 1, 1};
    flat_model_begin(&m, ADD, 3);
    flat_tensor(&m, 0, "serving_x:0", TYPE_F32, shape, 2);
    flat_data(&m, flat_tensor(&m, 1, "one", TYPE_F32, shape, 2), one, sizeof one);
    flat_tensor(&m, 2, "Call:0", TYPE_F32, shape, 2);
    flat_operator(&m, 2, 2);
    size_t signature = flat_item(&m.f, flat_tables(&m.f, m.root, MODEL_SIGNATURES, 1), 0, 5);
    add_entry(&m, signature, 0, "image", 0);
    add_entry(&m, signature, 1, "result", 2);
    open_model(state, &r, &m);
    assert_string_equal(r.source->outputs[0].name, "result");
    size_t found = 0;
    for (size_t i = 0; i < r.graph->n_values; i++) {
        const char *names = r.graph->values[i]->names;
        found += names && (!strcmp(names, "serving_x:0,image") || !strcmp(names, "Call:0,result"));
    }
    assert_int_equal(found, 2);
    import_close(&r);
}

/* -- custom operators ------------------------------------------------------------------------ */

/* {"n": 7}: the key, the keys' vector, the map, the root. */
static const uint8_t seven[] = {'n', 0, 1, 3, 1, 1, 1, 7, 1 << 2, 2, 9 << 2, 1};

static void test_options(void **state)
{
    (void)state;
    assert_true(rq_flex_number(seven, sizeof seven, "n", -1) == 7);
    assert_true(rq_flex_number(seven, sizeof seven, "m", -1) == -1);
    for (size_t n = 0; n < sizeof seven; n++) assert_true(rq_flex_number(seven, n, "n", -1) == -1);
}

static void test_damaged_options(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof seven; i++)
        for (unsigned value = 0; value < 256; value++) {
            uint8_t *damaged = malloc(sizeof seven);
            memcpy(damaged, seven, sizeof seven);
            damaged[i] = (uint8_t)value;
            rq_flex_number(damaged, sizeof seven, "n", -1);
            free(damaged);
        }
}

/* MediaPipe's: padding (1: the same), strides; a 2x2 filter of one pixel each. */
static void test_transposed_convolution(void **state)
{
    import_run r;
    flat_model m;
    const int32_t image[] = {1, 1, 2, 1}, filters[] = {1, 2, 2, 1}, biases[] = {1};
    const int32_t out[] = {1, 2, 4, 1}, options[] = {1, 2, 2};
    const float weights[] = {1, 2, 3, 4}, bias[] = {0.5f}, x[] = {1, 10};
    const float want[] = {1.5f, 2.5f, 10.5f, 20.5f, 3.5f, 4.5f, 30.5f, 40.5f};
    flat_model_begin(&m, CUSTOM, 4);
    flat_text(&m.f, m.code, CODE_CUSTOM, "Convolution2DTransposeBias");
    flat_tensor(&m, 0, "x", TYPE_F32, image, 4);
    flat_data(&m, flat_tensor(&m, 1, "w", TYPE_F32, filters, 4), weights, sizeof weights);
    flat_data(&m, flat_tensor(&m, 2, "b", TYPE_F32, biases, 1), bias, sizeof bias);
    flat_tensor(&m, 3, "y", TYPE_F32, out, 4);
    flat_operator(&m, 3, 1);
    flat_vector(&m.f, m.operation, OPERATOR_CUSTOM_OPTIONS, options, sizeof options, 1);
    open_model(state, &r, &m);
    assert_near_f32(import_compute(&r, x)->data, want, 8, 1e-5, 0);
    import_close(&r);
}

/* -- maxima and their places ------------------------------------------------------------------ */

/* An operator of MediaPipe's: padding (1: the same), strides, a window of 2x2, no activation. Gives
 * the second tensor. */
static size_t begin_pool(flat_model *m, const char *name, uint32_t n_in, uint32_t n_out,
                         const int32_t *in, const int32_t *out)
{
    size_t second = 0;
    static const int32_t options[] = {1, 2, 2, 2, 2, 0, 0, 0, 0, 0};
    flat_model_begin(m, CUSTOM, n_in + n_out);
    flat_text(&m->f, m->code, CODE_CUSTOM, name);
    for (uint32_t i = 0; i < n_in + n_out; i++) {
        const char *const names[] = {"a", "b", "c"};
        size_t tensor = flat_tensor(m, i, names[i], TYPE_F32, i < n_in ? in : out, 4);
        if (i == 1) second = tensor;
    }
    flat_operator_of(m, n_in, n_out, 1);
    flat_vector(&m->f, m->operation, OPERATOR_CUSTOM_OPTIONS, options, sizeof options, 1);
    return second;
}

/* Two channels of 3 x 4, the last row's windows end in a pad; of equal ones the first counts. */
static void test_places_of_maxima(void **state)
{
    import_run r;
    flat_model m;
    const int32_t in[] = {1, 3, 4, 2}, out[] = {1, 2, 2, 2};
    const float x[] = {1, 9, 2, 8, 3, 7, 3, 6, 4, 5, 0, 4, 1, 3, 2, 2, 5, 1, 6, 2, 8, 3, 7, 4};
    const float maxima[] = {4, 9, 3, 7, 6, 2, 8, 4};
    const float places[] = {2.1f, 0.1f, 0.1f, 0.1f, 1.1f, 1.1f, 0.1f, 1.1f};
    begin_pool(&m, "MaxPoolingWithArgmax2D", 1, 2, in, out);
    open_model(state, &r, &m);
    assert_near_f32(import_compute(&r, x)->data, maxima, 8, 0, 0);
    assert_near_f32(rq_session_output(r.session, 1)->data, places, 8, 1e-6, 0);
    import_close(&r);
}

static void test_values_at_their_places(void **state)
{
    import_run r;
    flat_model m;
    const int32_t in[] = {1, 1, 2, 2}, out[] = {1, 2, 4, 2};
    const float x[] = {1, 2, 3, 4}, places[] = {2.1f, 0.1f, 3.1f, 1.1f};
    const float want[] = {0, 2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 3, 0};
    flat_data(&m, begin_pool(&m, "MaxUnpooling2D", 2, 1, in, out), places, sizeof places);
    open_model(state, &r, &m);
    assert_near_f32(import_compute(&r, x)->data, want, 16, 0, 0);
    import_close(&r);
}

/* -- states ----------------------------------------------------------------------------------- */

/* Two filters for one unit, of two inputs and three steps: x1 by 1, 2, 3 and x2 by 10, 0, -1. */
static void test_svdf_remembers(void **state)
{
    import_run r;
    flat_model m;
    const int32_t in[] = {1, 2}, feature[] = {2, 2}, time[] = {2, 3}, bias[] = {1}, past[] = {1, 6};
    const int32_t out[] = {1, 1};
    const float by_feature[] = {1, 0, 0, 1}, by_time[] = {1, 2, 3, 10, 0, -1}, half[] = {0.5f};
    const float x[][2] = {{1, 2}, {3, 4}, {5, 6}, {7, 8}};
    const float want[] = {1.5f, 7.5f, 36.5f, 66.5f};
    flat_model_begin(&m, SVDF, 6);
    flat_tensor(&m, 0, "x", TYPE_F32, in, 2);
    flat_data(&m, flat_tensor(&m, 1, "f", TYPE_F32, feature, 2), by_feature, sizeof by_feature);
    flat_data(&m, flat_tensor(&m, 2, "t", TYPE_F32, time, 2), by_time, sizeof by_time);
    flat_data(&m, flat_tensor(&m, 3, "b", TYPE_F32, bias, 1), half, sizeof half);
    flat_tensor(&m, 4, "s", TYPE_F32, past, 2);
    flat_tensor(&m, 5, "y", TYPE_F32, out, 2);
    flat_int(&m.f, flat_operator(&m, 5, 2), 0, 2);
    open_model(state, &r, &m);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 4; i++)
            assert_near_f32(import_compute(&r, x[i])->data, &want[i], 1, 1e-6, 0);
        rq_session_reset(r.session);
    }
    import_close(&r);
}

/* y = x + what y was: nobody reads the node that leaves it. */
static void test_state_is_kept(void **state)
{
    static float three[] = {3};
    const rq_shape shape = {1, {1}};
    const float want[] = {4, 5, 6}, one = 1;
    rq_framework_model *s = NULL;
    rq_import_result result;
    (void)state;
    assert_ok(rq_framework_model_create(&s, rq_framework_tflite, "test"));
    assert_ok(rq_framework_model_add_input(s, "x", RQ_DT_F32, &shape));
    assert_ok(rq_framework_model_add_constant(s, "c", &(rq_tensor){RQ_DT_F32, shape, three}));
    rq_framework_node *read = source_node(s, "old", "READ_STATE", "c");
    source_text(s, read, "variable", "v;=<\"");
    source_node(s, "y", "AddV2", "x old");
    rq_framework_node *leave = source_node(s, "left", "LEAVE_STATE", "y");
    source_text(s, leave, "variable", "v;=<\"");
    leave->kept_with = "old";
    assert_ok(rq_framework_model_add_output(s, "y"));
    assert_ok(rq_import_graph(&result, s, NULL));
    assert_int_equal(result.n_unmapped, 0);
    import_run r = {.source = s, .graph = result.graph};
    import_run_graph(&r);
    for (size_t i = 0; i < 3; i++)
        assert_near_f32(import_compute(&r, &one)->data, &want[i], 1, 0, 0);
    import_close(&r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sparse_blocks),
        TEST(test_sparse_places_outside),
        TEST(test_sparse_blocks_of_wrong_length),
        TEST(test_signature_keys),
        TEST(test_options),
        TEST(test_damaged_options),
        TEST(test_transposed_convolution),
        TEST(test_places_of_maxima),
        TEST(test_values_at_their_places),
        TEST(test_svdf_remembers),
        TEST(test_state_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
