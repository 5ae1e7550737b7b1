/* One model of a dynamic graph, given inputs of several shapes. */
#include "tests/unit/test.h"

#include "engine/base/threads.h"
#include "engine/exec/exec.h"
#include "tests/unit/each_isa.h"
#include "tests/unit/graph_builder.h"

#define MOST (4 * 20 * 20)
#define THREADS 4
#define WIDTHS 600
#define PICTURE 3 /* channels of an image */

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

/* -- several threads ----------------------------------------------------------------------- */

/* A model in f32 and one of codes, of images of any width: a session of one of them each. */
typedef struct crowd {
    rq_graph *graphs[2];
    rq_model *models[2];
    rq_session *sessions[THREADS];
} crowd;

static rq_id build_codes(rq_graph *g, rq_id x)
{
    static const rq_shape one = {1, {1}}, shape = {4, {8, PICTURE, 3, 3}};
    static const float bounds[] = {-1.28f, 1.27f, 0.01f};
    int8_t codes[8 * PICTURE * 9];
    rq_node *low, *high, *scale, *weights;
    for (size_t i = 0; i < sizeof codes; i++) codes[i] = (int8_t)(i * 29 % 127) - 63;
    assert_ok(rq_graph_add_const(&low, g, "low", RQ_DT_F32, &one, &bounds[0]));
    assert_ok(rq_graph_add_const(&high, g, "high", RQ_DT_F32, &one, &bounds[1]));
    assert_ok(rq_graph_add_const(&scale, g, "scale", RQ_DT_F32, &one, &bounds[2]));
    assert_ok(rq_graph_add_const(&weights, g, "codes", RQ_DT_I8, &shape, codes));
    rq_id lo = low->out[0], hi = high->out[0];
    rq_id fq = build(g, "fq", "FakeQuantize", ATTRS("levels", "256"), INPUTS(x, lo, hi, lo, hi));
    rq_id wide =
        build(g, "convert", "Convert", ATTRS("destination_type", "f32"), INPUTS(weights->out[0]));
    rq_id w = build(g, "weights", "Multiply", NO_ATTRS, INPUTS(wide, scale->out[0]));
    return build(g, "c", "Convolution", ATTRS(WINDOW), INPUTS(fq, w));
}

static void open_crowd(crowd *c)
{
    static const rq_input_shape narrow = {"x", {4, {1, PICTURE, 8, 8}}};
    const rq_exec_options options = {.backend = "onednn", .shapes = &narrow, .n_shapes = 1};
    for (size_t m = 0; m < 2; m++) {
        assert_ok(rq_graph_create(&c->graphs[m], "test"));
        rq_id x = build_input(c->graphs[m], "x", RQ_DT_F32, SHAPE(1, PICTURE, 8, RQ_DYNAMIC));
        build_result(c->graphs[m], m ? build_codes(c->graphs[m], x)
                                     : build_conv(c->graphs[m], "c", x, 8, PICTURE, 3));
        assert_ok(rq_model_create(&c->models[m], c->graphs[m], &options));
    }
    for (size_t t = 0; t < THREADS; t++)
        assert_ok(rq_session_create(&c->sessions[t], c->models[t % 2]));
}

static void close_crowd(crowd *c)
{
    for (size_t t = 0; t < THREADS; t++) rq_session_destroy(&c->sessions[t]);
    for (size_t m = 0; m < 2; m++) {
        rq_model_destroy(&c->models[m]);
        rq_graph_destroy(&c->graphs[m]);
    }
}

static rq_status compare(const rq_tensor *got, const rq_tensor *want)
{
    const float *a = got->data, *b = want->data;
    if (!rq_shape_equal(&got->shape, &want->shape)) return rq_fail(RQ_EFORMAT, "another shape");
    for (size_t i = 0; i < rq_tensor_count(want); i++)
        if (!(fabsf(a[i] - b[i]) <= 1e-4f))
            return rq_fail(RQ_EFORMAT, "width %lld: element %zu is %g, expected %g",
                           (long long)want->shape.d[3], i, a[i], b[i]);
    return RQ_OK;
}

/* As the reference kernels have it. */
static rq_status check_output(const rq_session *session, const rq_graph *graph, const rq_tensor *in)
{
    const rq_input_shape shape = {"x", in->shape};
    const rq_exec_options options = {.backend = "reference", .shapes = &shape, .n_shapes = 1};
    rq_model *model;
    rq_session *reference = NULL;
    RQ_TRY(rq_model_create(&model, graph, &options));
    rq_status status = rq_session_create(&reference, model);
    if (status == RQ_OK) status = rq_session_run(reference, in, NULL, NULL);
    if (status == RQ_OK)
        status = compare(rq_session_output(session, 0), rq_session_output(reference, 0));
    rq_session_destroy(&reference);
    rq_model_destroy(&model);
    return status;
}

static rq_status run_width(void *ctx, unsigned number, size_t i)
{
    const crowd *c = ctx;
    float data[PICTURE * 8 * (8 + WIDTHS)];
    const rq_tensor in = {RQ_DT_F32, SHAPE(1, PICTURE, 8, 8 + (int64_t)(i % WIDTHS)), data};
    for (size_t k = 0; k < rq_tensor_count(&in); k++) /* codes, so that nothing is rounded */
        data[k] = (float)((int)(k * 37 % 255) - 127) * 0.01f;
    RQ_TRY(rq_session_run(c->sessions[number], &in, NULL, NULL));
    return check_output(c->sessions[number], c->graphs[number % 2], &in);
}

/* More widths than variants are kept, of floats and of codes at once. */
static void test_threads_do_not_meet(void **state)
{
    (void)state;
    crowd c = {0};
    open_crowd(&c);
    assert_ok(rq_parallel_for(THREADS, 2 * WIDTHS, run_width, &c));
    close_crowd(&c);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_any_shape),
        TEST(test_sessions_do_not_meet),
        TEST(test_other_dimensions_are_refused),
        cmocka_unit_test(test_threads_do_not_meet),
    };
    return run_each_isa(cmocka_run_group_tests(tests, NULL, NULL), argc, argv);
}
