/* Moving scales between layers: where one channel drowns the others the outputs gain by it, and a
 * network whose channels are equal stays as it is. */
#include "tests/unit/same_stats.h"
#include "tests/unit/toy_workload.h"

#include "calib/stats_file.h"
#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/workbench/calibrate/calibrate_equalized.h"
#include "engine/workbench/search/equalize_search.h"

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
    rq_stats_destroy(&found->gathered);
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

    rq_workload of_found = w;
    rq_workload_take_bound(&of_found, found.graph, found.bound);
    rq_stats *stats_of_found = toy_stats(&of_found);
    const rq_stats_value *before = rq_stats_find(stats, "relu1"),
                         *after = rq_stats_find(stats_of_found, "relu1");
    assert_true(ldexpf(after->channel_max[3], (int)move->log2[3]) == before->channel_max[3]);
    rq_stats_destroy(&stats_of_found);
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

/* A network, and the equalized one. */
typedef struct pair {
    rq_workload w, changed; /* of both; the latter borrows */
    rq_graph *graph;
    rq_bound *bound;
    rq_scaled_values scaled;
} pair;

static void open_pair(pair *p, rq_graph *graph, const rq_plan_options *plan, size_t inserted)
{
    rq_scaled_value *values;
    size_t n, n_inserted = 0;
    toy_open(&p->w, graph, TOY_GENERATED);
    const rq_channel_equalization *all = scale_all(&n, &p->w, plan);
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) n_inserted += all[i].site.inserted;
    assert_int_equal(n_inserted, inserted);
    assert_ok(rq_graph_clone(&p->graph, p->w.graph));
    assert_ok(rq_equalize_apply(p->graph, p->w.bound, all, n));
    assert_ok(rq_bind(&p->bound, p->graph, p->w.exec.shapes, p->w.exec.n_shapes));
    assert_ok(
        rq_equalize_scaled_values(&values, &p->scaled.n, p->graph, p->w.bound, all, n, p->w.arena));
    p->scaled.values = values;
    assert_true(p->scaled.n >= n);
    p->changed = p->w;
    rq_workload_take_bound(&p->changed, p->graph, p->bound);
}

static void close_pair(pair *p)
{
    rq_bound_destroy(&p->bound);
    rq_graph_destroy(&p->graph);
    rq_workload_close(&p->w);
}

/* They are what a run of the changed network gathers. */
static void expect_statistics(rq_graph *graph, const rq_plan_options *plan, size_t inserted)
{
    pair p;
    rq_equalized_calibration told;
    open_pair(&p, graph, plan, inserted);
    rq_stats *before = toy_stats(&p.w), *after = toy_stats(&p.changed);
    const rq_calibrate_equalized_options options = {.scaled = p.scaled};
    assert_ok(rq_calibrate_equalized_run(&told, &p.w, &p.changed, &options));
    expect_all(told.stats.before, before);
    expect_all(told.stats.after, after);
    assert_int_equal(rq_stats_count(told.stats.before), rq_stats_count(before));
    rq_split_stats_close(&told.stats);
    rq_stats_destroy(&after);
    rq_stats_destroy(&before);
    close_pair(&p);
}

static void test_one_pass_tells_both_networks_statistics(void **state)
{
    (void)state;
    expect_statistics(toy_graph(&(toy_net){.loud = 100}), &toy_plan, 0);
    expect_statistics(toy_loud_inputs(), &toy_plan_of_4_bits, 1);
}

/* -- stopping --------------------------------------------------------------------------------- */

typedef struct stopper {
    size_t asked, most; /* times it was asked; from then on it says stop */
    size_t total;       /* images of the last pass */
    size_t agains;      /* lines that say that statistics are collected again */
} stopper;

static bool stop(void *ctx)
{
    stopper *s = ctx;
    return __atomic_add_fetch(&s->asked, 1, __ATOMIC_SEQ_CST) > s->most;
}

static void progress(void *ctx, const char *title, size_t done, size_t total)
{
    (void)title;
    (void)done;
    ((stopper *)ctx)->total = total;
}

static void log_line(void *ctx, const char *line)
{
    ((stopper *)ctx)->agains += strstr(line, "collecting statistics again") != NULL;
}

static rq_status run_both(rq_equalized_calibration *out, const pair *p, stopper *s,
                          const rq_calibrate_equalized_options *options)
{
    const rq_callbacks callbacks = {
        .ctx = s, .log = log_line, .progress = progress, .cancelled = stop};
    rq_callbacks_install(&callbacks);
    rq_status status = rq_calibrate_equalized_run(out, &p->w, &p->changed, options);
    rq_callbacks_install(NULL);
    return status;
}

/* Whatever it was asked so often, the first image had begun. */
static size_t stop_half_way(const pair *p, const rq_calibrate_equalized_options *options)
{
    size_t done = 0;
    for (size_t most = 1; !done; most++) {
        rq_equalized_calibration none;
        rq_stats *half = NULL;
        stopper s = {.most = most};
        assert_int_equal(run_both(&none, p, &s, options), RQ_ECANCELLED);
        assert_null(none.stats.before);
        assert_null(none.stats.after);
        if (!rq_is_file(options->path)) continue;
        assert_ok(rq_stats_load(&half, options->path));
        done = rq_stats_origin_of(half)->images_done;
        assert_true(done < 16);
        rq_stats_destroy(&half);
    }
    return done;
}

/* What is there is the same as if nothing had stopped it, and is not run again. */
static void test_both_go_on_where_they_were_stopped(void **state)
{
    pair p;
    rq_equalized_calibration whole, rest, again;
    stopper s = {.most = SIZE_MAX};
    char path[4096], equalized_path[4096];
    open_pair(&p, toy_loud_inputs(), &toy_plan_of_4_bits, 1);
    snprintf(path, sizeof path, "%s", scratch_path(state, "both.h5"));
    snprintf(equalized_path, sizeof equalized_path, "%s", scratch_path(state, "equalized.h5"));
    rq_calibrate_equalized_options options = {.scaled = p.scaled};
    assert_ok(run_both(&whole, &p, &s, &options));
    assert_int_equal(s.total, 16);

    options.path = path;
    options.equalized_path = equalized_path;
    size_t done = stop_half_way(&p, &options);
    s = (stopper){.most = SIZE_MAX};
    assert_ok(run_both(&rest, &p, &s, &options));
    assert_int_equal(s.total, 16 - done);
    assert_int_equal(s.agains, 0);
    assert_true(!rest.reused && rest.saved);
    expect_same_bytes(rest.stats.before, whole.stats.before);
    expect_same_bytes(rest.stats.after, whole.stats.after);

    s = (stopper){.most = SIZE_MAX};
    assert_ok(run_both(&again, &p, &s, &options));
    assert_int_equal(s.total, 0);
    assert_ptr_equal(again.reused, equalized_path);
    expect_same_bytes(again.stats.after, whole.stats.after);
    rq_split_stats_close(&again.stats);
    rq_split_stats_close(&rest.stats);
    rq_split_stats_close(&whole.stats);
    close_pair(&p);
}

/* As a run leaves it that is killed before the values are told apart. */
static void leave_both(const pair *p, const char *path)
{
    rq_calibration both;
    const rq_calibrate_options options = {.path = path, .scaled = p->scaled};
    assert_ok(rq_calibrate_run(&both, &p->w, &options));
    rq_stats_destroy(&both.stats);
}

static void expect_file(const char *path, const rq_stats *want)
{
    rq_stats *got;
    assert_ok(rq_stats_load(&got, path));
    expect_same_bytes(got, want);
    rq_stats_destroy(&got);
}

static void test_a_file_of_both_becomes_one_of_what_is_wanted(void **state)
{
    pair p;
    rq_equalized_calibration whole, again;
    rq_calibration plain;
    stopper s = {.most = SIZE_MAX};
    char path[4096], equalized_path[4096];
    open_pair(&p, toy_loud_inputs(), &toy_plan_of_4_bits, 1);
    snprintf(path, sizeof path, "%s", scratch_path(state, "killed.h5"));
    snprintf(equalized_path, sizeof equalized_path, "%s", scratch_path(state, "told.h5"));
    rq_calibrate_equalized_options options = {
        .scaled = p.scaled, .path = path, .equalized_path = equalized_path};
    assert_ok(run_both(&whole, &p, &s, &options));
    assert_true(rq_is_file(equalized_path));
    assert_int_equal(remove(path), 0);

    leave_both(&p, path);
    s = (stopper){.most = SIZE_MAX};
    assert_ok(run_both(&again, &p, &s, &options));
    assert_int_equal(s.total, 0);
    expect_same_bytes(again.stats.before, whole.stats.before);
    expect_file(path, whole.stats.before);
    assert_int_equal(remove(path), 0);

    leave_both(&p, path);
    const rq_calibrate_options alone = {.path = path};
    assert_ok(rq_calibrate_run(&plain, &p.w, &alone));
    assert_true(plain.reused);
    expect_file(path, whole.stats.before);
    rq_stats_destroy(&plain.stats);
    rq_split_stats_close(&again.stats);
    rq_split_stats_close(&whole.stats);
    close_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_helps_where_a_channel_is_loud),
        cmocka_unit_test(test_leaves_equal_channels_alone),
        cmocka_unit_test(test_leaves_what_is_not_quantized_alone),
        cmocka_unit_test(test_layers_without_4_bits_are_left_alone),
        cmocka_unit_test(test_one_pass_tells_both_networks_statistics),
        cmocka_unit_test(test_both_go_on_where_they_were_stopped),
        cmocka_unit_test(test_a_file_of_both_becomes_one_of_what_is_wanted),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
