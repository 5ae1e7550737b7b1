/* Constants stored as integers: which graphs are the pattern, and which only look like it. */
#include "tests/unit/test.h"

#include "engine/ops/quantized_pattern.h"
#include "tests/unit/graph_builder.h"

static int set_up(void **state)
{
    return rq_graph_create((rq_graph **)state, "graph") == RQ_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    rq_graph_destroy((rq_graph **)state);
    return 0;
}

static rq_id constant(rq_graph *g, const char *name, rq_dtype dtype)
{
    static const char zeros[64] = {0};
    rq_shape shape = SHAPE(2, 3);
    rq_node *node;
    assert_ok(rq_graph_add_const(&node, g, name, dtype, &shape, zeros));
    return node->out[0];
}

static rq_id convert(rq_graph *g, const char *name, rq_id in, rq_dtype to)
{
    rq_id out = build(g, name, "Convert", NO_ATTRS, INPUTS(in));
    g->values[out]->dtype = to;
    return out;
}

static const rq_node *join(rq_graph *g, const char *type, rq_id a, rq_id b)
{
    return rq_value_producer(g, build(g, type, type, NO_ATTRS, INPUTS(a, b)));
}

static void codes_and_scales_at_either_side(void **state)
{
    rq_graph *g = *state;
    rq_quantized_pattern p;
    rq_id codes = constant(g, "codes", RQ_DT_I8), half = constant(g, "scale", RQ_DT_F16);
    rq_id real = convert(g, "a", codes, RQ_DT_F32), scale = convert(g, "b", half, RQ_DT_F32);
    const rq_node *right = join(g, "Multiply", real, scale);
    const rq_node *left = join(g, "Multiply", scale, real);
    assert_true(rq_quantized_pattern_find(&p, g, right));
    assert_int_equal(p.codes, codes);
    assert_int_equal(p.scale, scale);
    assert_int_equal(p.zero_point, RQ_NONE);
    assert_true(rq_quantized_pattern_find(&p, g, left));
    assert_int_equal(p.codes, codes);
    assert_int_equal(p.scale, scale);
    /* asked for one side, types do not matter */
    assert_true(rq_quantized_pattern_at(&p, g, left, 0));
    assert_int_equal(p.codes, half);
    assert_int_equal(p.scale, real);
}

static void zero_points_are_subtracted(void **state)
{
    rq_graph *g = *state;
    rq_quantized_pattern p;
    rq_id codes = constant(g, "codes", RQ_DT_U4), zero = constant(g, "zero", RQ_DT_F32);
    rq_id scale = constant(g, "scale", RQ_DT_F32);
    const rq_node *subtract = join(g, "Subtract", convert(g, "a", codes, RQ_DT_F32), zero);
    assert_true(rq_quantized_pattern_find(&p, g, join(g, "Multiply", subtract->out[0], scale)));
    assert_int_equal(p.codes, codes);
    assert_int_equal(p.zero_point, zero);
    assert_int_equal(p.scale, scale);
    assert_false(rq_quantized_pattern_find(&p, g, subtract));
}

static void other_products_are_not_it(void **state)
{
    rq_graph *g = *state;
    rq_quantized_pattern p;
    static const rq_dtype others[] = {RQ_DT_I32, RQ_DT_BOOL, RQ_DT_F16};
    rq_id scale = constant(g, "scale", RQ_DT_F32), codes = constant(g, "codes", RQ_DT_I8);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        rq_id real = convert(g, "convert", constant(g, "other", others[i]), RQ_DT_F32);
        assert_false(rq_quantized_pattern_find(&p, g, join(g, "Multiply", real, scale)));
    }
    assert_false(rq_quantized_pattern_find(&p, g, join(g, "Multiply", codes, scale)));
    rq_id real = convert(g, "real", codes, RQ_DT_F32),
          whole = convert(g, "whole", codes, RQ_DT_I32);
    assert_false(rq_quantized_pattern_find(&p, g, join(g, "Add", real, scale)));
    assert_false(rq_quantized_pattern_find(&p, g, join(g, "Multiply", whole, scale)));
    assert_false(rq_quantized_pattern_find(&p, g, join(g, "Multiply", RQ_NONE, scale)));
    assert_false(rq_is_integer_convert(g, join(g, "Multiply", real, scale)));
}

#define WITH_GRAPH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_GRAPH(codes_and_scales_at_either_side),
        WITH_GRAPH(zero_points_are_subtracted),
        WITH_GRAPH(other_products_are_not_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
