/* Operators of extensions: loaded, found, run; and libraries that are wrong, or answer wrongly. */
#include "tests/unit/test.h"

#include "engine/ops/attrs.h"
#include "engine/ops/extension.h"
#include "tests/unit/extension_library.h"
#include "tests/unit/framework_model_builder.h"
#include "tests/unit/graph_builder.h"
#include "tests/unit/scratch.h"

#include <sys/stat.h>

static rq_id build_custom(rq_graph *g, const char *type, const char *const *attrs, rq_id x)
{
    return build_node(g, "y", type, "extension", attrs, INPUTS(x), 1)->out[0];
}

/* x [1,4] through one layer; the graph is bound, or the error is left to be looked at. */
static rq_status bind_custom(rq_graph **g, rq_bound **bound, const char *type,
                             const char *const *attrs, rq_dtype dtype, rq_shape shape)
{
    assert_ok(rq_graph_create(g, "test"));
    rq_id y = build_custom(*g, type, attrs, build_input(*g, "x", dtype, shape));
    build_result(*g, y);
    return rq_bind(bound, *g, NULL, 0);
}

static void runs(void **state)
{
    rq_graph *g;
    rq_model *model;
    rq_session *session;
    float x[4] = {1, -2, 3, 0.5f};
    (void)state;
    for (int b = 0; b < 2; b++) {
        rq_exec_options options = {.backend = b ? "onednn" : "reference"};
        assert_ok(rq_graph_create(&g, "test"));
        rq_id in = build_input(g, "x", RQ_DT_F32, SHAPE(1, 4));
        build_result(g, build_custom(g, "TestScale", ATTRS("factor", "3", "offsets", "1,2"), in));
        assert_ok(rq_model_create(&model, g, &options));
        assert_ok(rq_session_create(&session, model));
        assert_ok(rq_session_run(session, &(rq_tensor){RQ_DT_F32, SHAPE(1, 4), x}, NULL, NULL));
        const float want[] = {6, -3, 12, 4.5f};
        assert_near_f32(rq_session_output(session, 0)->data, want, 4, 0, 0);
        rq_session_destroy(&session);
        rq_model_destroy(&model);
        rq_graph_destroy(&g);
    }
}

/* run() meets f32, whatever the network computes in. */
static void runs_in_half_precision(void **state)
{
    rq_graph *g;
    rq_bound *bound;
    uint16_t x[2] = {rq_f32_to_f16(1.5f), rq_f32_to_f16(-4.0f)}, y[2];
    (void)state;
    assert_ok(bind_custom(&g, &bound, "TestScale", NO_ATTRS, RQ_DT_F16, SHAPE(2)));
    const rq_node *node = rq_graph_find(g, "y");
    rq_tensor in = {RQ_DT_F16, SHAPE(2), x}, out = {RQ_DT_F16, SHAPE(2), y};
    assert_ok(rq_bound_run(bound, node->id, &in, &out, NULL, NULL, NULL));
    assert_int_equal(y[0], rq_f32_to_f16(3.0f));
    assert_int_equal(y[1], rq_f32_to_f16(-8.0f));
    rq_bound_destroy(&bound);
    rq_graph_destroy(&g);
}

/* Shapes that data decide, known at once or when the network runs. */
static void shapes_of_data(void **state)
{
    rq_graph *g;
    rq_model *model;
    rq_session *session;
    rq_exec_options options = {.backend = "reference"};
    int64_t n = 3;
    (void)state;
    for (int constant = 0; constant < 2; constant++) {
        assert_ok(rq_graph_create(&g, "test"));
        rq_id x = build_input(g, "x", RQ_DT_I64, RQ_SHAPE_SCALAR);
        if (constant) x = build_i64(g, "n", RQ_SHAPE_SCALAR, &n);
        build_result(g, build_custom(g, "TestZeros", NO_ATTRS, x));
        assert_ok(rq_model_create(&model, g, &options));
        assert_int_equal(rq_model_output(model, 0)->shape.rank, constant ? 1 : -1);
        assert_ok(rq_session_create(&session, model));
        rq_tensor in = {RQ_DT_I64, RQ_SHAPE_SCALAR, &n};
        assert_ok(rq_session_run(session, &in, NULL, NULL));
        assert_int_equal(rq_session_output(session, 0)->shape.d[0], 3);
        rq_session_destroy(&session);
        rq_model_destroy(&model);
        rq_graph_destroy(&g);
    }
}

static void wrong_answers(void **state)
{
    static const char *const cases[][2] = {
        {"TestLater", "infer gave RQ_X_LATER though all data is there"},
        {"TestCode", "infer gave 7: seven"},
        {"TestNothing", "infer gave output 0 the type 0, which is none"},
        {"TestRank", "infer gave output 0 99 dimensions, expected 0 to 8"},
        {"TestHuge", "infer's output 0"},
        {"TestNegative", "infer's output 0"},
        {"TestType", "infer gave output 0 the type 77, which is none"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_graph *g;
        rq_bound *bound;
        assert_ok(rq_graph_create(&g, "test"));
        rq_id x = build_weights(g, "w", SHAPE(4));
        build_result(g, build_custom(g, cases[i][0], NO_ATTRS, x));
        assert_fails(rq_bind(&bound, g, NULL, 0), RQ_EFORMAT, cases[i][1]);
        assert_non_null(strstr(rq_error_text(), "layer 'y'"));
        rq_graph_destroy(&g);
    }
}

static void wrong_layers(void **state)
{
    rq_graph *g;
    rq_bound *bound;
    (void)state;
    assert_fails(bind_custom(&g, &bound, "TestScale", ATTRS("factor", "much"), RQ_DT_F32, SHAPE(2)),
                 RQ_EFORMAT, "attribute factor=\"much\": expected a number");
    rq_graph_destroy(&g);
    assert_fails(bind_custom(&g, &bound, "TestScale", NO_ATTRS, RQ_DT_I4, SHAPE(2)),
                 RQ_EUNSUPPORTED, "input 0 is of type i4, which extensions lack");
    rq_graph_destroy(&g);
    assert_fails(
        bind_custom(&g, &bound, "TestScale", NO_ATTRS, RQ_DT_F32, SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 1)),
        RQ_EUNSUPPORTED, "input 0 has 9 dimensions, extensions take at most 8");
    rq_graph_destroy(&g);
    assert_ok(rq_graph_create(&g, "test"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(2));
    build_result(g,
                 build_node(g, "y", "TestScale", "extension", NO_ATTRS, INPUTS(x, x), 1)->out[0]);
    assert_fails(rq_bind(&bound, g, NULL, 0), RQ_EFORMAT, "has 2 inputs");
    rq_graph_destroy(&g);
    assert_ok(rq_graph_create(&g, "test"));
    x = build_input(g, "x", RQ_DT_F32, SHAPE(2));
    build_result(g, build_node(g, "y", "TestScale", "extension", NO_ATTRS, INPUTS(x), 2)->out[1]);
    assert_fails(rq_bind(&bound, g, NULL, 0), RQ_EFORMAT, "has 2 outputs, the operator 1");
    rq_graph_destroy(&g);
}

static void failing_run(void **state)
{
    rq_graph *g;
    rq_bound *bound;
    float x[2] = {0}, y[2];
    (void)state;
    assert_ok(bind_custom(&g, &bound, "TestRunCode", NO_ATTRS, RQ_DT_F32, SHAPE(2)));
    rq_tensor in = {RQ_DT_F32, SHAPE(2), x}, out = {RQ_DT_F32, SHAPE(2), y};
    assert_fails(rq_bound_run(bound, rq_graph_find(g, "y")->id, &in, &out, NULL, NULL, NULL),
                 RQ_EFORMAT, "run gave 7: seven");
    rq_bound_destroy(&bound);
    rq_graph_destroy(&g);
}

/* What has no element is not computed: its lines may be many. */
static void nothing_to_run(void **state)
{
    rq_graph *g;
    rq_bound *bound;
    (void)state;
    assert_ok(bind_custom(&g, &bound, "TestRunCode", NO_ATTRS, RQ_DT_F32, SHAPE(2, 0)));
    rq_tensor in = {RQ_DT_F32, SHAPE(2, 0), NULL}, out = in;
    assert_ok(rq_bound_run(bound, rq_graph_find(g, "y")->id, &in, &out, NULL, NULL, NULL));
    rq_bound_destroy(&bound);
    rq_graph_destroy(&g);
}

static void missing_library(void **state)
{
    rq_graph *g;
    rq_bound *bound;
    (void)state;
    assert_ok(rq_graph_create(&g, "test"));
    build_result(
        g, build_custom(g, "TestUnknown", NO_ATTRS, build_input(g, "x", RQ_DT_F32, SHAPE(2))));
    assert_fails(rq_bind(&bound, g, NULL, 0), RQ_EUNSUPPORTED,
                 "layer 'y': type TestUnknown of opset 'extension': give --extensions");
    assert_ok(rq_graph_set_rt_info(g, "requant/extensions/TestUnknown", "libunknown.so"));
    assert_fails(rq_bind(&bound, g, NULL, 0), RQ_EUNSUPPORTED, "give --extensions libunknown.so");
    rq_graph_destroy(&g);
}

static void broken_libraries(void **state)
{
    static const struct {
        rq_status status;
        const char *text;
    } cases[] = {
        {RQ_EUNSUPPORTED, "it has no rq_extension"},
        {RQ_EUNSUPPORTED, "made for version 2 of requant_extension.h, this requant has 1"},
        {RQ_EFORMAT, "it has no operators"},
        {RQ_EFORMAT, "operator 'ReLU' is one of the IR"},
        {RQ_EFORMAT, "its opset is 'opset8'"},
        {RQ_EFORMAT, "attribute 'a' is of no kind (99)"},
        {RQ_EFORMAT, "lacks infer or run"},
        {RQ_EFORMAT, "0 to 1000 inputs"},
        {RQ_EFORMAT, "operator 'TestBroken' is there twice"},
        {RQ_EFORMAT, "its type is no word"},
        {RQ_EFORMAT, "operator 'TestScale' is in "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[16];
        snprintf(name, sizeof name, "broken_%zu", i);
        assert_fails(rq_extension_load(extension_library(name)), cases[i].status, cases[i].text);
    }
    assert_fails(rq_extension_load("no/such.so"), RQ_EIO, "no/such.so");
    assert_fails(rq_extension_load("Makefile"), RQ_EIO, "Makefile");
    assert_fails(rq_extension_load("/dev/null"), RQ_EIO, "is not a regular file");
    const char *fifo = scratch_path(state, "fifo.so");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_fails(rq_extension_load(fifo), RQ_EIO, "is not a regular file");
    assert_null(rq_op_find("TestBroken"));
}

static void found_once(void **state)
{
    (void)state;
    assert_ok(rq_extension_load(extension_library("sample")));
    const rq_op *op = rq_op_find("TestScale");
    assert_non_null(op);
    assert_int_equal(op->role, RQ_ROLE_FLOAT);
    assert_ptr_equal(rq_extension_find_source("onnx:com.example:TestScale"), op);
    assert_null(rq_extension_find_source("onnx::TestScale"));
    assert_non_null(strstr(rq_extension_path(op), "/sample.so"));
    assert_null(rq_extension_path(rq_op_find("ReLU")));
    assert_null(rq_extension_path_at(1));
}

/* The attribute comes from the model, or is the default; the IR names the library. */
static void imports(void **state)
{
    (void)state;
    for (int given = 0; given < 2; given++) {
        rq_framework_model *s = source_begin(17);
        source_input(s, "x", DIMS(1, 4));
        rq_framework_node *node = source_node(s, "y", "TestScale", "x");
        node->domain = "com.example";
        rq_framework_attr *attr;
        if (given) {
            assert_ok(rq_framework_model_add_attr(&attr, s, node, "alpha", RQ_FRAMEWORK_FLOAT));
            attr->f = 0.1f;
        }
        assert_ok(rq_framework_model_add_output(s, "y"));
        rq_import_result result;
        assert_ok(rq_import_graph(&result, s, NULL));
        assert_int_equal(result.n_unmapped, 0);
        const rq_node *y = rq_graph_find(result.graph, "y");
        assert_string_equal(y->type, "TestScale");
        assert_string_equal(y->version, "extension");
        assert_string_equal(rq_node_attr(y, "factor"), given ? "0.1" : "2");
        assert_string_equal(rq_node_attr(y, "offsets"), "");
        assert_int_equal(result.graph->values[y->out[0]]->shape.d[1], 4);
        assert_string_equal(rq_graph_rt_info(result.graph, "requant/extensions/TestScale"),
                            "sample.so");
        assert_true(rq_extension_is_used(result.graph, rq_extension_path(rq_node_op(y))));
        rq_graph_destroy(&result.graph);
        rq_framework_model_destroy(&s);
    }
}

static int load_sample(void **state)
{
    (void)state;
    return rq_extension_load(extension_library("sample")) == RQ_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs),
        cmocka_unit_test(runs_in_half_precision),
        cmocka_unit_test(shapes_of_data),
        cmocka_unit_test(wrong_answers),
        cmocka_unit_test(wrong_layers),
        cmocka_unit_test(failing_run),
        cmocka_unit_test(nothing_to_run),
        cmocka_unit_test(missing_library),
        cmocka_unit_test_setup_teardown(broken_libraries, scratch_setup, scratch_teardown),
        cmocka_unit_test(found_once),
        cmocka_unit_test(imports),
    };
    return cmocka_run_group_tests(tests, load_sample, NULL);
}
