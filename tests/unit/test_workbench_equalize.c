/* Moving scales between layers: where one channel drowns the others the outputs gain by it, and a
 * network whose channels are equal stays as it is. */
#include "tests/unit/toy_workload.h"

#include "engine/workbench/search/equalize_search.h"

static void search(rq_equalization *out, rq_workload *w, const rq_stats *stats)
{
    const rq_equalize_options options = {.plan = &toy_plan, .stats = stats};
    assert_ok(rq_equalize_search(out, w, &options));
}

static void close_found(rq_equalization *found)
{
    rq_stats_destroy(&found->stats);
    rq_bound_destroy(&found->bound);
    rq_graph_destroy(&found->graph);
}

/* FP32 is the same, value by value: scales are powers of two. */
static void assert_same_outputs(const rq_graph *a, const rq_graph *b)
{
    static float x[3 * TOY_SIDE * TOY_SIDE];
    const rq_exec_options exec = {.backend = "reference"};
    const rq_tensor input = {RQ_DT_F32, SHAPE(1, 3, TOY_SIDE, TOY_SIDE), x};
    rq_model *models[2];
    rq_session *sessions[2];
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) x[i] = 0.5f + 0.5f * sinf((float)i);
    for (size_t m = 0; m < 2; m++) {
        assert_ok(rq_model_create(&models[m], m ? b : a, &exec));
        assert_ok(rq_session_create(&sessions[m], models[m]));
        assert_ok(rq_session_run(sessions[m], &input, NULL, NULL));
    }
    const rq_tensor *want = rq_session_output(sessions[0], 0);
    assert_near_f32(rq_session_output(sessions[1], 0)->data, want->data, rq_tensor_count(want),
                    1e-5, 1e-5);
    for (size_t m = 0; m < 2; m++) {
        rq_session_destroy(&sessions[m]);
        rq_model_destroy(&models[m]);
    }
}

static void test_helps_where_a_channel_is_loud(void **state)
{
    rq_workload w;
    rq_equalization found;
    (void)state;
    toy_open(&w, toy_graph(&(toy_net){.loud = 100}), TOY_GENERATED);
    rq_stats *stats = toy_stats(&w);
    search(&found, &w, stats);
    assert_non_null(found.graph);
    assert_true(found.after_db > found.before_db + 10.0);
    assert_true(found.n_equalizations >= 1);
    const rq_channel_equalization *move = &found.equalizations[0];
    assert_int_equal(move->site.n, 4);
    assert_true(move->log2[3] >= move->log2[0] + 4); /* of a hundred, at least 16 */
    assert_true(move->after < 0.8 * move->before);

    const rq_stats_value *before = rq_stats_find(stats, "relu1"),
                         *after = rq_stats_find(found.stats, "relu1");
    assert_true(ldexpf(after->channel_max[3], (int)move->log2[3]) == before->channel_max[3]);
    assert_same_outputs(w.graph, found.graph);
    close_found(&found);
    rq_stats_destroy(&stats);
    rq_workload_close(&w);
}

static void test_leaves_equal_channels_alone(void **state)
{
    rq_workload w;
    rq_equalization found;
    (void)state;
    toy_open(&w, toy_graph(&(toy_net){.loud = 1}), TOY_GENERATED);
    rq_stats *stats = toy_stats(&w);
    search(&found, &w, stats);
    assert_null(found.graph);
    assert_null(found.stats);
    assert_int_equal(found.n_equalizations, 0);
    close_found(&found);
    rq_stats_destroy(&stats);
    rq_workload_close(&w);
}

/* Whose layers stay in floating point has nothing to gain. */
static void test_leaves_what_is_not_quantized_alone(void **state)
{
    static const char *const types[] = {"Convolution"};
    rq_workload w;
    rq_equalization found;
    rq_plan_options plan = toy_plan;
    (void)state;
    plan.scope.types = types;
    plan.scope.n_types = 1;
    toy_open(&w, toy_graph(&(toy_net){.loud = 100}), TOY_GENERATED);
    rq_stats *stats = toy_stats(&w);
    assert_ok(
        rq_equalize_search(&found, &w, &(rq_equalize_options){.plan = &plan, .stats = stats}));
    assert_null(found.graph);
    assert_int_equal(found.n_equalizations, 0);
    rq_stats_destroy(&stats);
    rq_workload_close(&w);
}

/* With 8 bits an output channel's range is what it is. */
static void test_layers_without_4_bits_are_left_alone(void **state)
{
    static const char *const layers[] = {"a", "b"};
    rq_workload w;
    rq_equalization found;
    rq_plan_options plan = toy_plan_of_4_bits;
    (void)state;
    plan.scope.names = layers;
    plan.scope.n_names = 2;
    toy_open(&w, toy_loud_inputs(), TOY_GENERATED);
    rq_stats *stats = toy_stats(&w);
    assert_ok(
        rq_equalize_search(&found, &w, &(rq_equalize_options){.plan = &plan, .stats = stats}));
    assert_null(found.graph);
    rq_stats_destroy(&stats);
    rq_workload_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_helps_where_a_channel_is_loud),
        cmocka_unit_test(test_leaves_equal_channels_alone),
        cmocka_unit_test(test_leaves_what_is_not_quantized_alone),
        cmocka_unit_test(test_layers_without_4_bits_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
