/* Filter banks before a logarithm: where they are, and that the outputs decide. */
#include "tests/unit/toy_workload.h"

#include "engine/workbench/search/filter_banks.h"

static const float differences[12] = {1, -1, 0, 0, 1, -1, -1, 0, 1, 1, -.5f, -.5f};
static const float network[16] = {1, .1f, 0, .1f, 0, 1, 0, .1f, 0, 0, 1, .1f, .1f, 0, 0, 1};

/* x + offset -> bank -> square -> + 0.5 -> Log -> network, where `log` is the type of Log. */
static rq_graph *spectrum(float offset, const char *log)
{
    static const float floor = 0.5f;
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "toy"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, TOY_SIDE, TOY_SIDE));
    rq_id by = toy_constant(g, "offset", SHAPE(1), &offset);
    rq_id least = toy_constant(g, "floor", SHAPE(1), &floor);
    rq_id y = build(g, "plus", "Add", NO_ATTRS, INPUTS(x, by));
    y = toy_layer(g, "bank", y, 3, differences, false);
    y = build(g, "square", "Multiply", NO_ATTRS, INPUTS(y, y));
    y = build(g, "at least", "Add", NO_ATTRS, INPUTS(y, least));
    y = build(g, "log", log, NO_ATTRS, INPUTS(y));
    build_result(g, toy_layer(g, "network", y, 4, network, false));
    return g;
}

static rq_plan_options find(rq_workload *w, rq_graph *graph)
{
    rq_plan_options options = toy_plan;
    toy_open(w, graph, TOY_GENERATED);
    rq_stats *stats = toy_stats(w);
    assert_ok(rq_filter_banks_find(&options, w, stats, NULL));
    rq_stats_destroy(&stats);
    return options;
}

static void test_quiet_bands_keep_a_bank_in_floating_point(void **state)
{
    rq_workload w;
    (void)state;
    rq_plan_options options = find(&w, spectrum(20.0f, "Log"));
    assert_int_equal(options.scope.n_rules, 1);
    assert_string_equal(options.scope.rules[0].layer, "bank");
    assert_int_equal(options.scope.rules[0].precision, RQ_PRECISION_FP32);
    rq_workload_close(&w);
}

static void test_the_outputs_decide(void **state)
{
    rq_workload w;
    (void)state;
    assert_int_equal(find(&w, spectrum(0.0f, "Log")).scope.n_rules, 0);
    rq_workload_close(&w);
}

static void test_without_a_logarithm_there_is_none(void **state)
{
    rq_workload w;
    (void)state;
    assert_int_equal(find(&w, spectrum(20.0f, "Sqrt")).scope.n_rules, 0);
    rq_workload_close(&w);
}

/* Rules that are there stay. */
static void test_rules_are_added(void **state)
{
    rq_workload w;
    (void)state;
    const rq_precision_rule given = {.layer = "network", .precision = RQ_PRECISION_FP32};
    rq_plan_options options = toy_plan;
    options.scope.rules = &given;
    options.scope.n_rules = 1;
    toy_open(&w, spectrum(20.0f, "Log"), TOY_GENERATED);
    rq_stats *stats = toy_stats(&w);
    assert_ok(rq_filter_banks_find(&options, &w, stats, NULL));
    assert_int_equal(options.scope.n_rules, 2);
    assert_string_equal(options.scope.rules[0].layer, "network");
    rq_stats_destroy(&stats);
    rq_workload_close(&w);
}

/* conv1 -> ReLU -> conv2 -> ReLU -> `last`: only conv2 is a bank, and of a Log alone. */
static size_t count_behind_relu(const char *last, bool *second)
{
    rq_graph *g;
    rq_bound *bound;
    bool banks[16] = {false};
    size_t n;
    assert_ok(rq_graph_create(&g, "toy"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, TOY_SIDE, TOY_SIDE));
    rq_id y = build_relu(g, "relu1", toy_layer(g, "conv1", x, 3, differences, false));
    y = build_relu(g, "relu2", toy_layer(g, "conv2", y, 4, network, false));
    build_result(g, build(g, "last", last, NO_ATTRS, INPUTS(y)));
    assert_true(g->n_nodes <= 16);
    assert_ok(rq_bind(&bound, g, NULL, 0));
    assert_ok(rq_filter_banks_mark(banks, &n, bound));
    *second = banks[rq_graph_find(g, "conv2")->id];
    rq_bound_destroy(&bound);
    rq_graph_destroy(&g);
    return n;
}

static void test_a_network_is_no_filter_bank(void **state)
{
    bool second;
    (void)state;
    assert_int_equal(count_behind_relu("Log", &second), 1);
    assert_true(second);
    assert_int_equal(count_behind_relu("Sqrt", &second), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quiet_bands_keep_a_bank_in_floating_point),
        cmocka_unit_test(test_the_outputs_decide),
        cmocka_unit_test(test_without_a_logarithm_there_is_none),
        cmocka_unit_test(test_rules_are_added),
        cmocka_unit_test(test_a_network_is_no_filter_bank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
