/* One model of a dynamic graph, given inputs of several shapes. */
#include "tests/unit/test.h"

#include "engine/exec/exec.h"
#include "tests/unit/graph_builder.h"

#define MOST (4 * 20 * 20)

typedef struct fixture {
    rq_graph *g;
    rq_model *model;
    rq_session *session;
} fixture;

static const rq_input_shape first = {"x", {4, {1, 4, 8, 8}}};

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (!f || rq_graph_create(&f->g, "test") != RQ_OK) return -1;
    rq_id x = build_input(f->g, "x", RQ_DT_F32, SHAPE(1, 4, RQ_DYNAMIC, RQ_DYNAMIC));
    build_result(f->g, build_relu(f->g, "r", build_conv(f->g, "c", x, 3, 4, 3)));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    rq_session_destroy(&f->session);
    rq_model_destroy(&f->model);
    rq_graph_destroy(&f->g);
    free(f);
    return 0;
}

static void open_on(fixture *f, const char *backend)
{
    const rq_exec_options options = {.backend = backend, .shapes = &first, .n_shapes = 1};
    rq_session_destroy(&f->session);
    rq_model_destroy(&f->model);
    assert_ok(rq_model_create(&f->model, f->g, &options));
    assert_ok(rq_session_create(&f->session, f->model));
}

static rq_tensor fill(float *data, int64_t height, int64_t width)
{
    rq_tensor t = {RQ_DT_F32, SHAPE(1, 4, height, width), data};
    for (size_t i = 0; i < rq_tensor_count(&t); i++) data[i] = cosf((float)(i * 7 + 1));
    return t;
}

/* As a model that was planned for this shape gives it. */
static void check_shape(fixture *f, const char *backend, int64_t height, int64_t width)
{
    float data[MOST];
    rq_model *model;
    rq_session *session;
    const rq_tensor in = fill(data, height, width);
    const rq_input_shape shape = {"x", in.shape};
    const rq_exec_options options = {.backend = backend, .shapes = &shape, .n_shapes = 1};
    assert_ok(rq_model_create(&model, f->g, &options));
    assert_ok(rq_session_create(&session, model));
    assert_ok(rq_session_run(session, &in, NULL, NULL));
    assert_ok(rq_session_run(f->session, &in, NULL, NULL));
    const rq_tensor *want = rq_session_output(session, 0), *got = rq_session_output(f->session, 0);
    assert_true(rq_shape_equal(&got->shape, &want->shape));
    assert_memory_equal(got->data, want->data, rq_tensor_bytes(want));
    assert_int_equal(rq_session_bound(f->session)->values[0].shape.d[3], width);
    rq_session_destroy(&session);
    rq_model_destroy(&model);
}

static void test_any_shape(void **state)
{
    static const char *const backends[] = {"reference", "onednn"};
    fixture *f = *state;
    for (size_t b = 0; b < 2; b++) {
        open_on(f, backends[b]);
        check_shape(f, backends[b], 8, 8);
        for (int64_t round = 0; round < 2; round++) /* more than are kept */
            for (int64_t width = 3; width < 12; width++) check_shape(f, backends[b], 5, width);
        check_shape(f, backends[b], 8, 8);
        check_shape(f, backends[b], 20, 20);
    }
}

/* Two sessions at two shapes at once. */
static void test_sessions_do_not_meet(void **state)
{
    fixture *f = *state;
    float small[MOST], large[MOST];
    rq_session *other;
    open_on(f, "reference");
    assert_ok(rq_session_create(&other, f->model));
    const rq_tensor a = fill(small, 4, 5), b = fill(large, 9, 9);
    assert_ok(rq_session_run(f->session, &a, NULL, NULL));
    assert_ok(rq_session_run(other, &b, NULL, NULL));
    assert_int_equal(rq_session_output(f->session, 0)->shape.d[2], 2);
    assert_int_equal(rq_session_output(other, 0)->shape.d[2], 7);
    rq_session_destroy(&other);
}

static void test_other_dimensions_are_refused(void **state)
{
    fixture *f = *state;
    float data[MOST] = {0};
    open_on(f, "reference");
    rq_tensor in = {RQ_DT_F32, SHAPE(1, 3, 8, 8), data};
    assert_fails(rq_session_run(f->session, &in, NULL, NULL), RQ_EARG, "input 'x' is");
    in = (rq_tensor){RQ_DT_I32, SHAPE(1, 4, 9, 8), data};
    assert_fails(rq_session_run(f->session, &in, NULL, NULL), RQ_EARG, "i32");
    in = (rq_tensor){RQ_DT_F32, SHAPE(1, 4, 8, 8), data};
    assert_ok(rq_session_run(f->session, &in, NULL, NULL));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_any_shape),
        TEST(test_sessions_do_not_meet),
        TEST(test_other_dimensions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
