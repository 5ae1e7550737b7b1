/* Where weighted operators keep their channels, as their operators and attributes say. */
#include "tests/unit/test.h"

#include "engine/ops/operators.h"
#include "engine/ops/weight_axes.h"
#include "tests/unit/graph_builder.h"

static void assert_axes(rq_weight_axes axes, int group, int output, int input)
{
    assert_int_equal(axes.group, group);
    assert_int_equal(axes.output, output);
    assert_int_equal(axes.input, input);
}

static void convolutions(void **state)
{
    (void)state;
    assert_axes(rq_weight_axes_of(&rq_op_Convolution, NULL, 1, 4), -1, 0, 1);
    assert_axes(rq_weight_axes_of(&rq_op_GroupConvolution, NULL, 1, 5), 0, 1, 2);
    assert_axes(rq_weight_axes_of(&rq_op_ConvolutionBackpropData, NULL, 1, 4), -1, 1, 0);
    assert_axes(rq_weight_axes_of(&rq_op_GroupConvolutionBackpropData, NULL, 1, 5), 0, 2, 1);
    assert_int_equal(rq_summed_axis(&rq_op_GroupConvolution, NULL, 0, 4), 1);
    assert_int_equal(rq_output_channel_axis(&rq_op_Convolution, 1, 4), 1);
}

/* Every way of writing a boolean means the same to whoever reads it. */
static void matrix_products(void **state)
{
    static const char *const words[][2] = {{"false", "true"}, {"0", "1"}, {"FALSE", "True"}};
    (void)state;
    for (int w = 0; w < 3; w++)
        for (int turned = 0; turned < 4; turned++) {
            rq_graph *g;
            rq_bound *bound;
            bool a = turned & 1, b = turned & 2;
            assert_ok(rq_graph_create(&g, "test"));
            rq_id x = build_input(g, "x", RQ_DT_F32, a ? SHAPE(7, 5) : SHAPE(5, 7));
            rq_id y = build_input(g, "y", RQ_DT_F32, b ? SHAPE(3, 7) : SHAPE(7, 3));
            rq_id z =
                build(g, "z", "MatMul",
                      ATTRS("transpose_a", words[w][a], "transpose_b", words[w][b]), INPUTS(x, y));
            build_result(g, z);
            assert_ok(rq_bind(&bound, g, NULL, 0));
            const rq_bound_node *n = &bound->nodes[g->values[z]->producer];
            assert_axes(rq_weight_axes_of(n->op, n->attrs, 0, 2), -1, a, !a);
            assert_axes(rq_weight_axes_of(n->op, n->attrs, 1, 2), -1, !b, b);
            assert_axes(rq_weight_axes_of(n->op, n->attrs, 1, 3), -1, 1 + !b, 1 + b);
            assert_axes(rq_weight_axes_of(n->op, n->attrs, 1, 1), -1, -1, 0);
            assert_int_equal(rq_summed_axis(n->op, n->attrs, 0, 3), a ? 1 : 2);
            assert_int_equal(rq_output_channel_axis(n->op, 0, 3), 1);
            assert_int_equal(rq_output_channel_axis(n->op, 1, 3), 2);
            rq_bound_destroy(&bound);
            rq_graph_destroy(&g);
        }
}

/* Weights and role go together. */
static void every_operator(void **state)
{
    (void)state;
    for (size_t i = 0; i < rq_op_count(); i++) {
        const rq_op *op = rq_op_at(i);
        assert_ptr_equal(rq_op_find(op->type), op);
        assert_int_equal(op->weights != RQ_WEIGHTS_NONE, op->role == RQ_ROLE_WEIGHTED);
        if (op->role == RQ_ROLE_WEIGHTED) assert_non_null(op->flops);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions),
        cmocka_unit_test(matrix_products),
        cmocka_unit_test(every_operator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
