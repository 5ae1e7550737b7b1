/* Layers that INT8 would drown in noise: differences of channels that stand on a large offset. */
#include "tests/unit/toy_workload.h"

#include "engine/workbench/search/decide.h"
#include "engine/workbench/search/noisy_layers.h"

/* conv1 -> + offset -> conv2, whose weights of an output add up to nothing -> conv3. */
static rq_graph *differences(float offset)
{
    static const float first[12] = {1, -.5f, -.5f, -.5f, 1, -.5f, -.5f, -.5f, 1, .3f, .3f, .3f};
    static const float second[16] = {1, -1, 0, 0, 0, 1, -1, 0, 0, 0, 1, -1, -1, 0, 0, 1};
    static const float third[16] = {1, 0, 0, .1f, 0, 1, 0, .1f, 0, 0, 1, .1f, .1f, 0, 0, 1};
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "toy"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, TOY_SIDE, TOY_SIDE));
    rq_id by = toy_constant(g, "offset", SHAPE(1), &offset);
    rq_id y = toy_layer(g, "conv1", x, 3, first, false);
    y = build(g, "plus", "Add", NO_ATTRS, INPUTS(y, by));
    y = toy_layer(g, "conv2", y, 4, second, false);
    build_result(g, toy_layer(g, "conv3", y, 4, third, false));
    return g;
}

static rq_plan_options find(rq_workload *w, float offset)
{
    rq_plan_options options = toy_plan;
    toy_open(w, differences(offset), TOY_GENERATED);
    rq_stats *stats = toy_stats(w);
    assert_ok(rq_noisy_layers_find(&options, w, stats, NULL));
    rq_stats_destroy(&stats);
    return options;
}

static void test_a_layer_of_noise_stays_in_floating_point(void **state)
{
    rq_workload w;
    (void)state;
    rq_plan_options options = find(&w, 1000.0f);
    assert_int_equal(options.scope.n_rules, 1);
    assert_string_equal(options.scope.rules[0].layer, "conv2");
    assert_int_equal(options.scope.rules[0].precision, RQ_PRECISION_FP32);
    assert_non_null(strstr(options.scope.rules[0].reason, "more noise than signal"));
    rq_workload_close(&w);
}

static void test_others_do_not(void **state)
{
    rq_workload w;
    (void)state;
    assert_int_equal(find(&w, 0.0f).scope.n_rules, 0);
    rq_workload_close(&w);
}

/* Through the one place that decides: the plan says why, and keeps no codes for the layer. */
static void test_the_plan_says_why(void **state)
{
    rq_workload w;
    rq_decision decision;
    rq_steps steps;
    rq_decide_options options = {.plan = toy_plan};
    toy_open(&w, differences(1000.0f), scratch_path(state, "images"));
    rq_steps_begin(&steps, 0);
    assert_ok(rq_decide_run(&decision, &w, &options, &steps));
    const rq_quant_plan *plan = decision.plan;
    const rq_node *layer = rq_graph_find(w.graph, "conv2");
    assert_non_null(plan->placement->ignored[layer->id]);
    assert_int_equal(plan->n_weights, 2);
    for (size_t i = 0; i < plan->n_activations; i++)
        for (size_t u = 0; u < plan->activations[i].point.n_uses; u++)
            assert_int_not_equal(plan->activations[i].point.uses[u].node, layer->id);
    rq_decision_close(&decision);
    rq_workload_close(&w);
}

static int set_up(void **state)
{
    return toy_images_setup(state, 6, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_layer_of_noise_stays_in_floating_point),
        cmocka_unit_test(test_others_do_not),
        cmocka_unit_test(test_the_plan_says_why),
    };
    return cmocka_run_group_tests(tests, set_up, scratch_teardown);
}
