/* Folded constants that bound clones of a graph share. */
#include "tests/unit/test.h"

#include "tests/unit/graph_builder.h"

#define SIDE 200 /* 160 kB: large enough to be dropped where nothing needs it */

/* x + (-clamp(w)) */
typedef struct sums {
    rq_graph *graph;
    rq_id x, clamp, negative;
    rq_bound *bound;
} sums;

static void open_sums(sums *s)
{
    assert_ok(rq_graph_create(&s->graph, "sums"));
    s->x = build_input(s->graph, "x", RQ_DT_F32, SHAPE(SIDE, SIDE));
    rq_id w = build_weights(s->graph, "w", SHAPE(SIDE, SIDE));
    s->clamp = build(s->graph, "clamp", "Clamp", ATTRS("min", "0", "max", "1"), INPUTS(w));
    s->negative = build(s->graph, "negative", "Negative", NO_ATTRS, INPUTS(s->clamp));
    build_result(s->graph, build(s->graph, "y", "Add", NO_ATTRS, INPUTS(s->x, s->negative)));
    assert_ok(rq_bind(&s->bound, s->graph, NULL, 0));
    assert_null(s->bound->values[s->clamp].data);
    assert_non_null(s->bound->values[s->negative].data);
}

static void close_sums(sums *s, rq_bound **other, rq_graph **clone)
{
    rq_bound_destroy(other);
    rq_graph_destroy(clone);
    rq_bound_destroy(&s->bound);
    rq_graph_destroy(&s->graph);
}

static rq_bound *bind_clone(const sums *s, const rq_graph *clone)
{
    rq_bound *bound;
    assert_ok(rq_bind_sharing(&bound, clone, s->bound, NULL, 0));
    return bound;
}

static void test_a_clone_shares(void **state)
{
    sums s;
    rq_graph *clone;
    (void)state;
    open_sums(&s);
    assert_ok(rq_graph_clone(&clone, s.graph));
    rq_bound *bound = bind_clone(&s, clone);
    assert_ptr_equal(bound->values[s.negative].data, s.bound->values[s.negative].data);
    assert_null(bound->folded_data[s.negative]);
    assert_true(rq_bound_is_constant(bound, s.negative));
    close_sums(&s, &bound, &clone);
}

/* A value that the base dropped is computed again where something reads it. */
static void test_what_was_dropped(void **state)
{
    sums s;
    rq_graph *clone;
    (void)state;
    open_sums(&s);
    assert_ok(rq_graph_clone(&clone, s.graph));
    build_result(clone, build(clone, "z", "Add", NO_ATTRS, INPUTS(s.x, s.clamp)));
    rq_bound *bound = bind_clone(&s, clone);
    const float *clamped = bound->values[s.clamp].data;
    const float *negative = bound->values[s.negative].data;
    assert_ptr_equal(negative, s.bound->values[s.negative].data);
    assert_non_null(clamped);
    for (size_t i = 0; i < SIDE * SIDE; i++) assert_true(clamped[i] == -negative[i]);
    close_sums(&s, &bound, &clone);
}

/* What another layer made of another number is not the same. */
static void test_an_edited_clone_does_not(void **state)
{
    sums s;
    rq_graph *clone;
    (void)state;
    open_sums(&s);
    assert_ok(rq_graph_clone(&clone, s.graph));
    rq_node *clamp = rq_value_producer(clone, s.clamp);
    assert_ok(rq_node_set_attr(clone, clamp, "max", "0.25"));
    rq_bound *bound = bind_clone(&s, clone);
    const float *mine = bound->values[s.negative].data;
    const float *base = s.bound->values[s.negative].data;
    assert_ptr_not_equal(mine, base);
    for (size_t i = 0; i < SIDE * SIDE; i++)
        assert_true(mine[i] == (base[i] < -0.25f ? -0.25f : base[i]));
    close_sums(&s, &bound, &clone);
}

/* Weights that are stored as integers are numbers once they are asked for, and when nobody shares.
 */
static void test_postponed_weights(void **state)
{
    static int8_t codes[SIDE * SIDE];
    rq_shape shape = SHAPE(SIDE, SIDE), one = SHAPE(1);
    rq_graph *g;
    rq_node *stored, *scale;
    rq_bound *bound, *eager;
    float quarter = 0.25f;
    (void)state;
    for (size_t i = 0; i < SIDE * SIDE; i++) codes[i] = (int8_t)(i % 255);
    assert_ok(rq_graph_create(&g, "weights"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(3, SIDE));
    assert_ok(rq_graph_add_const(&stored, g, "stored", RQ_DT_I8, &shape, codes));
    assert_ok(rq_graph_add_const(&scale, g, "scale", RQ_DT_F32, &one, &quarter));
    rq_id numbers =
        build(g, "numbers", "Convert", ATTRS("destination_type", "f32"), INPUTS(stored->out[0]));
    g->values[numbers]->dtype = RQ_DT_F32;
    rq_id weights = build(g, "weights", "Multiply", NO_ATTRS, INPUTS(numbers, scale->out[0]));
    build_result(g, build(g, "y", "MatMul", NO_ATTRS, INPUTS(x, weights)));
    assert_ok(rq_bind(&eager, g, NULL, 0));
    assert_ok(rq_bind_sharing(&bound, g, NULL, NULL, 0));
    assert_true(rq_bound_is_constant(bound, weights));
    assert_null(bound->values[weights].data);
    for (int again = 0; again < 2; again++) assert_ok(rq_bound_fold(bound, weights));
    assert_null(bound->values[numbers].data);
    assert_memory_equal(bound->values[weights].data, eager->values[weights].data,
                        sizeof(float) * SIDE * SIDE);
    assert_true(((const float *)eager->values[weights].data)[7] == 7 * quarter);
    rq_bound_destroy(&eager);
    rq_bound_destroy(&bound);
    rq_graph_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_clone_shares),
        cmocka_unit_test(test_what_was_dropped),
        cmocka_unit_test(test_an_edited_clone_does_not),
        cmocka_unit_test(test_postponed_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
