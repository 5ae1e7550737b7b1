/* Moving scales between layers: where one channel drowns the others the outputs gain by it, and a
 * network whose channels are equal stays as it is. */
#include "tests/unit/toy_workload.h"

#include "engine/workbench/search/equalize_search.h"
#include "engine/workbench/search/scaled_stats.h"

static void search(rq_equalization *out, const rq_workload *w, const rq_plan_options *plan,
                   const rq_stats *stats)
{
    rq_search_images images;
    assert_ok(rq_search_images_open(&images, w));
    assert_ok(
        rq_equalize_search(out, w, &images, &(rq_equalize_options){.plan = plan, .stats = stats}));
    rq_search_images_close(&images);
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
    search(&found, &w, &toy_plan, stats);
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
    search(&found, &w, &toy_plan, stats);
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
    search(&found, &w, &plan, stats);
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
    search(&found, &w, &plan, stats);
    assert_null(found.graph);
    rq_stats_destroy(&stats);
    rq_workload_close(&w);
}

/* -- statistics of both networks from one pass ------------------------------------------------- */

static void expect_same(const rq_stats_value *got, const rq_stats_value *want)
{
    double size = fmax(fabs((double)want->min), fabs((double)want->max)), slack = 1e-5 * size;
    assert_non_null(got);
    assert_int_equal(got->count, want->count);
    assert_int_equal(got->n_images, want->n_images);
    for (size_t c = 0; c < want->n_channels; c++) {
        assert_true(fabs((double)got->channel_max[c] - want->channel_max[c]) <= slack);
        assert_true(fabs(got->channel_mean[c] - want->channel_mean[c]) <= slack);
    }
    for (uint32_t b = 0; b < RQ_HISTOGRAM_BUCKETS; b++)
        assert_true(rq_histogram_at(got->histogram, b) == rq_histogram_at(want->histogram, b));
}

static void expect_all(const rq_stats *got, const rq_stats *want)
{
    for (size_t i = 0; i < rq_stats_count(want); i++) {
        const rq_stats_value *value = rq_stats_at(want, i);
        expect_same(rq_stats_find(got, value->name), value);
    }
}

/* Some scale for every channel of every site. */
static rq_channel_equalization *scale_all(size_t *n, const rq_workload *w,
                                          const rq_plan_options *plan)
{
    rq_equalize_site *sites;
    rq_placement *placement;
    assert_ok(rq_placement_create(&placement, w->bound, plan->precision, plan->isa, &plan->scope));
    assert_ok(rq_equalize_sites(&sites, n, w->bound, placement, w->arena));
    rq_placement_destroy(&placement);
    rq_channel_equalization *all = rq_arena_alloc(w->arena, *n, sizeof *all);
    for (size_t i = 0; i < *n; i++) {
        all[i] = (rq_channel_equalization){.site = sites[i]};
        all[i].log2 = rq_arena_alloc(w->arena, sites[i].n, sizeof(float));
        for (size_t c = 0; c < sites[i].n; c++) all[i].log2[c] = (float)(c % 5) - 2.0f;
    }
    return all;
}

/* They are what a run of the changed network gathers. */
static void expect_statistics(rq_graph *graph, const rq_plan_options *plan, size_t inserted)
{
    rq_workload w;
    rq_graph *changed;
    rq_bound *bound;
    rq_scaled_value *values;
    rq_scaled_stats both;
    size_t n, n_values, n_inserted = 0;
    toy_open(&w, graph, TOY_GENERATED);
    rq_stats *before = toy_stats(&w);
    const rq_channel_equalization *all = scale_all(&n, &w, plan);
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) n_inserted += all[i].site.inserted;
    assert_int_equal(n_inserted, inserted);
    assert_ok(rq_graph_clone(&changed, w.graph));
    assert_ok(rq_equalize_apply(changed, w.bound, all, n));
    assert_ok(rq_bind(&bound, changed, w.exec.shapes, w.exec.n_shapes));
    assert_ok(rq_equalize_scaled_values(&values, &n_values, changed, w.bound, all, n, w.arena));
    assert_true(n_values >= n);
    assert_ok(rq_scaled_stats_gather(&both, &w, before, values, n_values));
    rq_workload of_changed = w;
    rq_workload_take_bound(&of_changed, changed, bound);
    rq_stats *after = toy_stats(&of_changed);
    expect_all(both.before, before);
    expect_all(both.after, after);
    rq_scaled_stats_close(&both);
    rq_stats_destroy(&after);
    rq_stats_destroy(&before);
    rq_bound_destroy(&bound);
    rq_graph_destroy(&changed);
    rq_workload_close(&w);
}

static void test_one_pass_tells_both_networks_statistics(void **state)
{
    (void)state;
    expect_statistics(toy_graph(&(toy_net){.loud = 100}), &toy_plan, 0);
    expect_statistics(toy_loud_inputs(), &toy_plan_of_4_bits, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_helps_where_a_channel_is_loud),
        cmocka_unit_test(test_leaves_equal_channels_alone),
        cmocka_unit_test(test_leaves_what_is_not_quantized_alone),
        cmocka_unit_test(test_layers_without_4_bits_are_left_alone),
        cmocka_unit_test(test_one_pass_tells_both_networks_statistics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
