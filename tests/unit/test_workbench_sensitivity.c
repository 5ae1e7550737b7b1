/* Which layer costs most: one that was planted is found, and the parts of a plan are what they say.
 */
#include "tests/unit/toy_workload.h"

#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/sensitivity/sensitivity.h"
#include "engine/workbench/sensitivity/sensitivity_setup.h"
#include "engine/workbench/sensitivity/sensitivity_text.h"
#include "tests/unit/test_report_near.h"

#include <math.h>

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

/* Pooling whose values leave the network has no reader to be listed with: it is listed itself. */
static void test_pooling_at_an_output_is_a_part(void **state)
{
    fixture f;
    rq_parts *parts;
    (void)state;
    rq_graph *g = toy_graph(&(toy_net){.loud = 1});
    rq_id pool = build(g, "pool", "MaxPool", ATTRS(WINDOW, "kernel", "2,2"),
                       INPUTS(rq_graph_find_value(g, "x")));
    build_result(g, pool);
    toy_open(&f.workload, g, TOY_GENERATED);
    assert_ok(rq_setup_open(&f.setup, &f.workload, &(rq_decide_options){.plan = toy_plan}, &steps));
    rq_use uses[] = {{g->values[pool]->producer, 0}};
    rq_quant_plan *plan = f.setup.decision.plan;
    const rq_point kept = plan->activations[0].point;
    plan->activations[0].point.uses = uses;
    plan->activations[0].point.n_uses = 1;
    assert_ok(rq_parts_create(&parts, plan, f.workload.bound));
    bool found = false;
    for (size_t i = 0; i < parts->n; i++) found |= !strcmp(part_name(parts, i), "pool");
    assert_true(found);
    rq_parts_destroy(&parts);
    plan->activations[0].point = kept;
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

/* -- advice ----------------------------------------------------------------------------------- */

static void open_trials(rq_plan_trials **out, const fixture *f, double seconds)
{
    const rq_trials_options options = {.parts = f->setup.parts,
                                       .stats = f->setup.decision.stats,
                                       .images = &f->workload.images,
                                       .seconds = seconds};
    assert_ok(rq_plan_trials_open(out, &f->workload, &options));
}

/* conv2's input is at fault: excluded it gains, conv1 and conv3 do not, nor do ranges that are the
 * widest already, and what did not gain is not advised. */
static void test_advice_was_tried(void **state)
{
    size_t candidates[RQ_MAX_EXCLUDED];
    fixture f;
    rq_plan_trials *trials;
    rq_tried_advice advice;
    (void)state;
    open_fixture(&f, &(toy_net){.loud = 100}, TOY_GENERATED);
    open_trials(&trials, &f, INFINITY);
    assert_int_equal(rq_suspected_parts(candidates, RQ_MAX_EXCLUDED, f.setup.parts), 3);
    assert_true(candidates[0] == 2 && candidates[1] == 0 && candidates[2] == 1);
    assert_int_equal(rq_suspected_parts(candidates, 1, f.setup.parts), 1);
    for (size_t i = 0; i < 3; i++) candidates[i] = i;
    const rq_tried_options tried = {.candidates = candidates, .n_candidates = 3, .before_db = NAN};
    assert_ok(rq_tried_advice_make(&advice, trials, &tried, f.workload.arena));
    assert_true(advice.n >= 1);
    const rq_report_advice *line = &advice.lines[0];
    assert_string_equal(line->option, "--ignore 'conv2'");
    assert_true(line->after_db > line->before_db + 10);
    assert_near(line->images, 16, 0);
    assert_true(isnan(line->time_share));
    assert_non_null(strstr(line->text, "conv2 in floating point: output SQNR "));
    assert_true(advice.excluded[1].confirmed);
    for (size_t i = 1; i < advice.n; i++) {
        assert_string_not_equal(advice.lines[i].option, "--ignore 'conv1'");
        assert_string_not_equal(advice.lines[i].option, "--range minmax");
    }
    rq_plan_trials_close(&trials);
    close_fixture(&f);
}

/* Lines start from the SQNR that the reader has seen, and tell the times of layers. */
static void test_lines_of_advice(void **state)
{
    const size_t candidates[] = {1};
    rq_report_layer layer = {.name = "conv2", .before_ms = 3, .after_ms = 1};
    rq_report_type_time types[] = {{.after_ms = 6}, {.after_ms = 4}, {.after_ms = NAN}};
    rq_report report = {.layers = &layer, .n_layers = 1, .types = types, .n_types = 3};
    fixture f;
    rq_plan_trials *trials;
    rq_tried_advice advice;
    (void)state;
    open_fixture(&f, &(toy_net){.loud = 100}, TOY_GENERATED);
    open_trials(&trials, &f, INFINITY);
    const rq_tried_options tried = {
        .candidates = candidates, .n_candidates = 1, .before_db = 7, .report = &report};
    assert_ok(rq_tried_advice_make(&advice, trials, &tried, f.workload.arena));
    assert_non_null(strstr(advice.lines[0].text, "SQNR 7.0 -> "));
    assert_non_null(strstr(advice.lines[0].text, "+20 % time (estimated from layer times)"));
    assert_near(advice.lines[0].time_share, 0.2, 1e-9);
    rq_plan_trials_close(&trials);
    close_fixture(&f);
}

static void test_no_time_for_trials(void **state)
{
    const size_t candidates[] = {1};
    fixture f;
    rq_plan_trials *trials;
    rq_tried_advice advice;
    (void)state;
    open_fixture(&f, &(toy_net){.loud = 100}, TOY_GENERATED);
    open_trials(&trials, &f, 0);
    const rq_tried_options tried = {.candidates = candidates, .n_candidates = 1, .before_db = NAN};
    assert_ok(rq_tried_advice_make(&advice, trials, &tried, f.workload.arena));
    assert_int_equal(advice.n, 0);
    assert_false(advice.excluded[0].done);
    rq_plan_trials_close(&trials);
    close_fixture(&f);
}

/* What analyze prints: the table and the advice agree. */
static void test_text_does_not_contradict_itself(void **state)
{
    fixture f;
    rq_sensitivity found;
    rq_buf text = {0};
    (void)state;
    open_fixture(&f, &(toy_net){.loud = 100}, TOY_GENERATED);
    analyze(&found, &f, false);
    assert_ok(
        rq_sensitivity_try_advice(&found, &f.workload, f.setup.decision.stats, f.workload.arena));
    const rq_report_advice *line = &found.tried.lines[0];
    assert_near(line->after_db - line->before_db, found.layers[0].gain_db, 1e-6);
    assert_near(line->after_db, found.layers[0].of[RQ_VARIANT_LEFT_OUT].sqnr_db, 1e-6);
    assert_near(line->images, (double)found.images_used, 0);
    assert_ok(rq_sensitivity_text(&text, &found, 0, 0));
    assert_non_null(strstr(text.data, "--ignore 'conv2'"));
    assert_non_null(strstr(text.data, "conv2: by activations"));
    assert_null(strstr(text.data, "gains less than"));
    assert_null(strstr(text.data, "--range"));
    rq_buf_free(&text);
    /* A gain that the table shows is not denied where no trial confirmed it. */
    found.tried.n = 0;
    assert_ok(rq_sensitivity_text(&text, &found, 0, 0));
    assert_null(strstr(text.data, "gains less than"));
    assert_non_null(strstr(text.data, "No gain is confirmed"));
    rq_buf_free(&text);
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
        cmocka_unit_test(test_pooling_at_an_output_is_a_part),
        cmocka_unit_test(test_variants_of_a_part),
        cmocka_unit_test(test_a_part_is_cut_out),
        cmocka_unit_test(test_a_plan_without_a_layer),
        cmocka_unit_test(test_finds_the_planted_layer),
        cmocka_unit_test(test_order_only),
        cmocka_unit_test(test_counts_lost_images),
        cmocka_unit_test(test_advice_was_tried),
        cmocka_unit_test(test_lines_of_advice),
        cmocka_unit_test(test_no_time_for_trials),
        cmocka_unit_test(test_text_does_not_contradict_itself),
        cmocka_unit_test(test_a_quantized_model_is_refused),
        cmocka_unit_test(test_nothing_to_analyze),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
