/* Models that share packed weights: the same memory where the bytes of a layer are the same, the
 * same outputs, whoever is destroyed first. */
#include "tests/unit/test.h"

#include "engine/exec/onednn/plan.h"
#include "tests/unit/graph_builder.h"

#include <math.h>

#define CHANNELS 16
#define SIDE 5
#define LAYERS 2

/* A convolution and a matrix product; of dynamic height where asked. */
static rq_graph *network(bool dynamic)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "net"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, CHANNELS, dynamic ? -1 : SIDE, SIDE));
    rq_id w = build_weights(g, "w", SHAPE(2 * CHANNELS, CHANNELS, 1, 1));
    rq_id y = build(g, "conv", "Convolution", ATTRS(WINDOW), INPUTS(x, w));
    rq_id m = build_weights(g, "m", SHAPE(SIDE, 24));
    build_result(g, build(g, "product", "MatMul", NO_ATTRS, INPUTS(y, m)));
    return g;
}

static const rq_onednn_plan *plan_of(const rq_model *model)
{
    return model->plan;
}

static size_t shared(const rq_model *a, const rq_model *b)
{
    size_t n = 0;
    for (size_t i = 0; i < plan_of(a)->n_packs; i++)
        for (size_t k = 0; k < plan_of(b)->n_packs; k++)
            n += plan_of(a)->packs[i].memory == plan_of(b)->packs[k].memory;
    return n;
}

static rq_model *model_of(const rq_graph *g, const rq_model *lender)
{
    rq_model *model;
    const rq_exec_options options = {.backend = "onednn", .lender = lender};
    assert_ok(rq_model_create(&model, g, &options));
    return model;
}

/* 2 * CHANNELS * SIDE * 24 numbers. */
static void run(float *out, const rq_model *model)
{
    float x[CHANNELS * SIDE * SIDE];
    rq_session *session;
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) x[i] = sinf(0.7f * (float)i);
    const rq_tensor input = {
        .dtype = RQ_DT_F32, .shape = SHAPE(1, CHANNELS, SIDE, SIDE), .data = x};
    assert_ok(rq_session_create(&session, model));
    assert_ok(rq_session_run(session, &input, NULL, NULL));
    const rq_tensor *y = rq_session_output(session, 0);
    memcpy(out, y->data, rq_tensor_bytes(y));
    rq_session_destroy(&session);
}

#define OUTPUTS (2 * CHANNELS * SIDE * 24)

/* A model, and one that shares with it. */
typedef struct pair {
    rq_graph *g;
    rq_model *lender, *model;
} pair;

static void open_pair(pair *p, const char *lending_backend)
{
    const rq_exec_options options = {.backend = lending_backend};
    p->g = network(false);
    assert_ok(rq_model_create(&p->lender, p->g, &options));
    p->model = model_of(p->g, p->lender);
}

static void close_pair(pair *p)
{
    rq_model_destroy(&p->model);
    rq_model_destroy(&p->lender);
    rq_graph_destroy(&p->g);
}

static void test_the_lender_may_go_first(void **state)
{
    (void)state;
    float alone[OUTPUTS], with[OUTPUTS];
    pair p;
    open_pair(&p, "onednn");
    run(alone, p.lender);
    assert_int_equal(shared(p.lender, p.model), LAYERS);
    rq_model_destroy(&p.lender);
    run(with, p.model);
    assert_memory_equal(alone, with, sizeof alone);
    close_pair(&p);
}

static void test_a_clone_shares_what_it_did_not_change(void **state)
{
    (void)state;
    float before[OUTPUTS], after[OUTPUTS], alone[OUTPUTS];
    rq_graph *g = network(false), *clone;
    assert_ok(rq_graph_clone(&clone, g));
    float other[SIDE * 24] = {1.0f};
    rq_graph_find(clone, "m")->data = other;
    rq_model *lender = model_of(g, NULL), *model = model_of(clone, lender);
    rq_model *unshared = model_of(clone, NULL);
    assert_int_equal(shared(lender, model), LAYERS - 1);
    assert_int_equal(shared(lender, unshared), 0);
    run(before, lender);
    run(after, model);
    run(alone, unshared);
    assert_memory_equal(after, alone, sizeof after);
    assert_memory_not_equal(after, before, sizeof after);
    rq_model_destroy(&unshared);
    rq_model_destroy(&model);
    rq_model_destroy(&lender);
    rq_graph_destroy(&clone);
    rq_graph_destroy(&g);
}

/* Nothing is taken of one that lends no more, and what was taken stays. */
static void test_lending_ends(void **state)
{
    (void)state;
    float first[OUTPUTS], second[OUTPUTS];
    pair p;
    open_pair(&p, "onednn");
    run(first, p.lender);
    rq_model_end_lending(p.lender);
    rq_model_end_lending(NULL);
    rq_model *late = model_of(p.g, p.lender);
    assert_int_equal(shared(p.model, late), 0);
    run(second, p.model);
    assert_memory_equal(first, second, sizeof first);
    run(second, late);
    assert_memory_equal(first, second, sizeof first);
    rq_model_destroy(&late);
    close_pair(&p);
}

/* Of another backend nothing fits. */
static void test_another_backend_lends_nothing(void **state)
{
    (void)state;
    float reference[OUTPUTS], onednn[OUTPUTS];
    pair p;
    open_pair(&p, "reference");
    run(reference, p.lender);
    run(onednn, p.model);
    assert_near_f32(onednn, reference, OUTPUTS, 1e-5, 1e-5);
    close_pair(&p);
}

/* Other shapes of a dynamic model take its weights. */
static void test_other_shapes_share(void **state)
{
    (void)state;
    float expected[OUTPUTS], dynamic[OUTPUTS];
    rq_graph *fixed = network(false), *g = network(true);
    rq_model *one = model_of(fixed, NULL), *model;
    const rq_input_shape shape = {"x", SHAPE(1, CHANNELS, 2 * SIDE, SIDE)};
    const rq_exec_options options = {.backend = "onednn", .shapes = &shape, .n_shapes = 1};
    assert_ok(rq_model_create(&model, g, &options));
    run(expected, one);
    run(dynamic, model);
    assert_memory_equal(expected, dynamic, sizeof expected);
    rq_model_destroy(&model);
    rq_model_destroy(&one);
    rq_graph_destroy(&g);
    rq_graph_destroy(&fixed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_lender_may_go_first),
        cmocka_unit_test(test_a_clone_shares_what_it_did_not_change),
        cmocka_unit_test(test_lending_ends),
        cmocka_unit_test(test_another_backend_lends_nothing),
        cmocka_unit_test(test_other_shapes_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
