/* Inputs whose size is open: what is said of them. */
#include "tests/unit/test.h"

#include "engine/ops/bind.h"
#include "tests/unit/graph_builder.h"

/* The example is one that the input can have. */
static void test_an_open_input_is_told_with_a_shape_that_fits(void **state)
{
    const struct {
        rq_shape shape;
        const char *example;
    } cases[] = {
        {SHAPE(RQ_DYNAMIC, 96, 96, 3), "--shape 'x[1,96,96,3]'"},
        {SHAPE(RQ_DYNAMIC, 3, RQ_DYNAMIC, RQ_DYNAMIC), "--shape 'x[1,3,224,224]'"},
        {SHAPE(RQ_DYNAMIC, RQ_DYNAMIC), "--shape 'x[1,128]'"},
        {(rq_shape){.rank = -1}, "--shape 'x[1,3,224,224]'"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_graph *g;
        rq_bound *bound;
        assert_ok(rq_graph_create(&g, "toy"));
        build_result(g, build_relu(g, "relu", build_input(g, "x", RQ_DT_F32, cases[i].shape)));
        assert_fails(rq_bind(&bound, g, NULL, 0), RQ_EARG, cases[i].example);
        rq_graph_destroy(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_open_input_is_told_with_a_shape_that_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
