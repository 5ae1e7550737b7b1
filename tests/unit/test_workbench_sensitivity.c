/* Which layer costs most: one that was planted is found, and the parts of a plan are what they say.
 */
#include "tests/unit/toy_workload.h"

#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/sensitivity/sensitivity.h"
#include "engine/workbench/sensitivity/sensitivity_setup.h"
#include "tests/unit/test_report_near.h"

static rq_steps steps; /* which nobody reads here */

typedef struct fixture {
    rq_workload workload;
    rq_setup setup;
} fixture;

static void open_fixture(fixture *f, const toy_net *net, const char *data)
{
    toy_open(&f->workload, toy_graph(net), data);
    assert_ok(
        rq_setup_open(&f->setup, &f->workload, &(rq_decide_options){.plan = toy_plan}, &steps));
}

static void close_fixture(fixture *f)
{
    rq_setup_close(&f->setup);
    rq_workload_close(&f->workload);
}

static size_t count(const rq_graph *graph, const char *type)
{
    size_t n = 0;
    for (size_t i = 0; i < graph->n_nodes; i++)
        n += graph->nodes[i] && !strcmp(graph->nodes[i]->type, type);
    return n;
}

static const char *part_name(const rq_parts *parts, size_t i)
{
    return parts->bound->graph->nodes[parts->v[i].node]->name;
}

/* -- parts ------------------------------------------------------------------------------------ */

static void test_parts_are_the_layers(void **state)
{
    static const char *const names[] = {"conv1", "conv2", "conv3", "classes"};
    fixture f;
    (void)state;
    open_fixture(&f, &(toy_net){.loud = 1, .classes = true}, TOY_GENERATED);
    const rq_parts *parts = f.setup.parts;
    assert_int_equal(parts->n, 4); /* the mean between reads floats */
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(part_name(parts, i), names[i]);
        assert_true(parts->v[i].weights);
        assert_true(parts->v[i].activations);
        assert_true(rq_part_has(&parts->v[i], RQ_VARIANT_WEIGHTS));
        assert_true(rq_part_has(&parts->v[i], RQ_VARIANT_BOTH));
    }
    /* What comes behind a layer is affected by it, what comes before is not. */
    assert_true(parts->v[1].affected[parts->v[3].node]);
    assert_false(parts->v[1].affected[parts->v[0].node]);
    close_fixture(&f);
}

/* FakeQuantize and integer weights (a Convert each) of every variant. */
static void test_variants_of_a_part(void **state)
{
    static const size_t fake[RQ_VARIANTS] = {0, 1, 1, 3}, integers[RQ_VARIANTS] = {1, 0, 1, 3};
    fixture f;
    (void)state;
    open_fixture(&f, &(toy_net){.loud = 1, .classes = true}, TOY_GENERATED);
    for (rq_variant v = 0; v < RQ_VARIANTS; v++) {
        rq_graph *graph;
        assert_ok(rq_part_build(&graph, f.setup.parts, 1, v));
        assert_int_equal(count(graph, "FakeQuantize"), fake[v]);
        assert_int_equal(count(graph, "Convert"), integers[v]);
        rq_graph_destroy(&graph);
    }
    close_fixture(&f);
}

/* Cut to what conv3 affects: conv1 and conv2 are gone, and what conv3 reads is the input. */
static void test_a_part_is_cut_out(void **state)
{
    fixture f;
    rq_graph *graph;
    rq_id *values;
    size_t n;
    (void)state;
    open_fixture(&f, &(toy_net){.loud = 1, .classes = true}, TOY_GENERATED);
    assert_ok(rq_part_build(&graph, f.setup.parts, 2, RQ_VARIANT_BOTH));
    assert_ok(rq_part_cut(graph, &values, &n, f.setup.parts, 2));
    assert_int_equal(count(graph, "Convolution"), 1);
    assert_int_equal(count(graph, "MatMul"), 1);
    assert_int_equal(n, 1);
    assert_int_equal(values[0], rq_graph_find_value(f.workload.graph, "relu2"));
    free(values);
    rq_graph_destroy(&graph);
    close_fixture(&f);
}

static void test_a_plan_without_a_layer(void **state)
{
    const char *why[5] = {NULL, "because", NULL, NULL, NULL};
    fixture f;
    rq_partial_plan *partial;
    (void)state;
    open_fixture(&f, &(toy_net){.loud = 1, .classes = true}, TOY_GENERATED);
    assert_ok(rq_partial_plan_create(&partial, f.setup.parts, why));
    assert_int_equal(partial->plan.n_weights, 3);
    assert_int_equal(partial->plan.n_activations, f.setup.decision.plan->n_activations - 1);
    assert_string_equal(partial->placement.ignored[f.setup.parts->v[1].node], "because");
    assert_null(partial->placement.ignored[f.setup.parts->v[0].node]);
    rq_partial_plan_destroy(&partial);
    close_fixture(&f);
}

/* -- effects ---------------------------------------------------------------------------------- */

static void analyze(rq_sensitivity *out, const fixture *f, bool order_only)
{
    const rq_sensitivity_options options = {
        .parts = f->setup.parts, .quantized = f->setup.quantized, .order_only = order_only};
    assert_ok(rq_sensitivity_run(out, &f->workload, &options));
}

/* conv2 reads a channel that drowns the others. */
static void test_finds_the_planted_layer(void **state)
{
    fixture f;
    rq_sensitivity found;
    (void)state;
    open_fixture(&f, &(toy_net){.loud = 100}, TOY_GENERATED);
    analyze(&found, &f, false);
    const rq_layer_effect *worst = &found.layers[0];
    assert_int_equal(found.n_layers, 3);
    assert_string_equal(worst->name, "conv2");
    assert_string_equal(worst->type, "Convolution");
    assert_true(worst->of[RQ_VARIANT_BOTH].sqnr_db + 10 <
                found.layers[1].of[RQ_VARIANT_BOTH].sqnr_db);
    /* Its activations are at fault, not its weights; without it all is well. */
    assert_true(worst->of[RQ_VARIANT_WEIGHTS].sqnr_db >
                worst->of[RQ_VARIANT_ACTIVATIONS].sqnr_db + 10);
    assert_true(worst->gain_db > 10);
    assert_near(worst->gain_db, worst->of[RQ_VARIANT_LEFT_OUT].sqnr_db - found.whole.sqnr_db, 1e-9);
    assert_true(worst->settled);
    assert_true(found.images_used >= 4 && found.images_used <= 16);
    assert_false(found.labelled);
    assert_true(isnan(worst->of[RQ_VARIANT_BOTH].drop));
    rq_sensitivity_close(&found);
    assert_null(found.layers);
    close_fixture(&f);
}

/* The order alone: the same, with fewer runs. */
static void test_order_only(void **state)
{
    fixture f;
    rq_sensitivity all, order;
    (void)state;
    open_fixture(&f, &(toy_net){.loud = 100}, TOY_GENERATED);
    analyze(&all, &f, false);
    f.workload.threads = 1;
    analyze(&order, &f, true);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(order.layers[i].name, all.layers[i].name);
        assert_true(order.layers[i].of[RQ_VARIANT_BOTH].sqnr_db ==
                    all.layers[i].of[RQ_VARIANT_BOTH].sqnr_db);
        assert_int_equal(order.layers[i].of[RQ_VARIANT_WEIGHTS].images, 0);
    }
    assert_true(order.runs < all.runs);
    rq_sensitivity_close(&all);
    rq_sensitivity_close(&order);
    close_fixture(&f);
}

/* Colours that differ little: all images become the first class, and of each three two are lost.
 * Four images are enough to know the order. */
static void test_counts_lost_images(void **state)
{
    fixture f;
    rq_sensitivity found;
    char data[4096];
    toy_write_images(state, "lost", 6, 30);
    snprintf(data, sizeof data, "%s", scratch_path(state, "lost"));
    open_fixture(&f, &(toy_net){.loud = 1000, .classes = true}, data);
    analyze(&found, &f, false);
    assert_true(found.labelled && found.classes);
    assert_int_equal(found.images_used, 4);
    assert_string_equal(found.layers[0].name, "conv2");
    assert_near(found.layers[0].of[RQ_VARIANT_BOTH].drop, 50, 0);
    assert_near(found.layers[0].of[RQ_VARIANT_BOTH].agreement, 50, 0);
    assert_near(found.layers[0].of[RQ_VARIANT_LEFT_OUT].drop, 0, 0);
    rq_sensitivity_close(&found);
    close_fixture(&f);
}

/* -- setup ------------------------------------------------------------------------------------ */

static void test_a_quantized_model_is_refused(void **state)
{
    fixture f;
    rq_setup again;
    rq_workload w;
    (void)state;
    open_fixture(&f, &(toy_net){.loud = 1}, TOY_GENERATED);
    toy_settings(&w, TOY_GENERATED);
    w.graph = f.setup.quantized;
    f.setup.quantized = NULL;
    assert_fails(rq_setup_open(&again, &w, &(rq_decide_options){.plan = toy_plan}, &steps), RQ_EARG,
                 "quantized already");
    rq_setup_close(&again);
    rq_workload_close(&w);
    close_fixture(&f);
}

static void test_nothing_to_analyze(void **state)
{
    static const char *const types[] = {"Convolution"};
    rq_plan_options plan = toy_plan;
    rq_workload w;
    rq_setup setup;
    rq_sensitivity found;
    (void)state;
    plan.scope.types = types;
    plan.scope.n_types = 1;
    toy_open(&w, toy_graph(&(toy_net){.loud = 1}), TOY_GENERATED);
    assert_ok(rq_setup_open(&setup, &w, &(rq_decide_options){.plan = plan}, &steps));
    const rq_sensitivity_options options = {.parts = setup.parts, .quantized = setup.quantized};
    assert_fails(rq_sensitivity_run(&found, &w, &options), RQ_EARG, "quantizes no layer");
    rq_sensitivity_close(&found);
    rq_setup_close(&setup);
    rq_workload_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_are_the_layers),
        cmocka_unit_test(test_variants_of_a_part),
        cmocka_unit_test(test_a_part_is_cut_out),
        cmocka_unit_test(test_a_plan_without_a_layer),
        cmocka_unit_test(test_finds_the_planted_layer),
        cmocka_unit_test(test_order_only),
        cmocka_unit_test(test_counts_lost_images),
        cmocka_unit_test(test_a_quantized_model_is_refused),
        cmocka_unit_test(test_nothing_to_analyze),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
