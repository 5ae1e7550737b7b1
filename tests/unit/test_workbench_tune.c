/* Mixed precision: of four layers and a mean the planted one alone stays in floating point, what
 * was tried is remembered, and a budget that cannot be met is said so. */
#include "tests/unit/toy_workload.h"

#include "engine/base/progress.h"
#include "engine/workbench/tune/tune.h"
#include "tests/unit/test_report_near.h"

#define N_IMAGES 9
#define N_LAYERS 4

typedef struct fixture {
    rq_workload workload;
    rq_setup setup;
    rq_tuning tune;
    char data[4096], state[4096];
} fixture;

/* conv2 reads colours of little contrast beside a channel that drowns them. */
static void open_fixture(fixture *f, void **state, const char *name, float loud)
{
    snprintf(f->data, sizeof f->data, "%s", scratch_path(state, "images"));
    snprintf(f->state, sizeof f->state, "%s", scratch_path(state, name));
    toy_open(&f->workload, toy_graph(&(toy_net){.loud = loud, .classes = true}), f->data);
    rq_steps steps;
    rq_steps_begin(&steps, 0);
    assert_ok(
        rq_setup_open(&f->setup, &f->workload, &(rq_decide_options){.plan = toy_plan}, &steps));
}

/* As rq_tune_run, but for the times of what was found. */
static rq_status tune_on(fixture *f, const rq_images *val, const rq_images *others, double max_drop,
                         double min_sqnr, size_t max_trials)
{
    f->tune = (rq_tuning){.workload = &f->setup.decision.workload,
                          .other_fp32_value = NAN,
                          .options = {.setup = &f->setup,
                                      .val = val,
                                      .others = others,
                                      .max_drop = max_drop,
                                      .min_sqnr = min_sqnr,
                                      .max_trials = max_trials,
                                      .state_path = f->state},
                          .key = isnan(min_sqnr) ? "accuracy" : "sqnr"};
    assert_ok(rq_arena_create(&f->tune.arena));
    assert_ok(rq_tune_start(&f->tune));
    return rq_tune_search(&f->tune);
}

static rq_status tune(fixture *f, double max_drop, double min_sqnr, size_t max_trials)
{
    return tune_on(f, &f->workload.images, NULL, max_drop, min_sqnr, max_trials);
}

static void close_fixture(fixture *f)
{
    rq_tune_close(&f->tune);
    rq_setup_close(&f->setup);
    rq_workload_close(&f->workload);
}

/* Which layers a trial keeps. */
static const char *ignored(const rq_tuning *t, size_t trial)
{
    static char names[128];
    names[0] = '\0';
    for (size_t i = 0; i < t->n_layers; i++)
        if (t->trials[trial].ignored[i])
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s ", t->layers[i].name);
    return names;
}

static const rq_tune_layer *find_layer(const rq_tuning *t, const char *name)
{
    for (size_t i = 0; i < t->n_layers; i++)
        if (!strcmp(t->layers[i].name, name)) return &t->layers[i];
    fail_msg("no layer '%s'", name);
    return NULL;
}

static void test_keeps_the_planted_layer(void **state)
{
    fixture f;
    rq_graph *graph;
    const char **why;
    open_fixture(&f, state, "keeps.json", 1000);
    assert_ok(tune(&f, 0, NAN, 32));
    const rq_tuning *t = &f.tune;
    const rq_tune_layer *worst = find_layer(t, "conv2");
    assert_int_equal(t->n_layers, N_LAYERS);
    assert_string_equal(t->metric, "top-1");
    assert_near(t->fp32_value, 100, 0);
    assert_true(t->trials[0].value < 50);
    assert_int_equal(t->trials[0].n_ignored, 0);
    assert_false(t->trials[0].meets);
    assert_true(worst->share > 0.9);
    assert_near(worst->gain, 100 - t->trials[0].value, 1e-9); /* all images are critical */
    assert_int_equal(t->n_critical, N_IMAGES);

    const rq_trial *best = &t->trials[t->best];
    assert_string_equal(ignored(t, t->best), "conv2 ");
    assert_true(best->meets);
    assert_near(best->value, 100, 0);
    assert_near(best->drop, 0, 0);
    assert_near(best->cost_ms, rq_tune_cost_ms(worst), 1e-12);
    assert_near(best->bytes - t->trials[0].bytes, 3 * 16, 0); /* of 16 weights */
    assert_true(rq_tune_is_pareto(t, t->best) && rq_tune_is_pareto(t, 0));

    assert_ok(rq_tune_reasons(&why, t, best->ignored));
    assert_non_null(strstr(why[worst->part], "tuned: "));
    assert_null(why[find_layer(t, "conv1")->part]);
    assert_ok(rq_tune_build(&graph, t, best->ignored));
    assert_null(rq_graph_find(graph, "conv2/fq_weights_1"));
    assert_non_null(rq_graph_find(graph, "conv3/fq_weights_1"));
    rq_graph_destroy(&graph);
    close_fixture(&f);
}

static void test_leaves_a_good_network_alone(void **state)
{
    fixture f;
    open_fixture(&f, state, "good.json", 1);
    assert_ok(tune(&f, 0, NAN, 32));
    assert_int_equal(f.tune.n_trials, 1);
    assert_int_equal(f.tune.best, 0);
    assert_string_equal(ignored(&f.tune, 0), "");
    assert_true(isnan(f.tune.layers[0].gain)); /* nobody asked */
    close_fixture(&f);
}

/* -- on other images -------------------------------------------------------------------------- */

/* Images of one colour. */
static void pick_colour(rq_images *out, const rq_images *from, int32_t label)
{
    size_t indices[N_IMAGES], n = 0;
    for (size_t i = 0; i < from->dataset->n; i++)
        if (from->dataset->samples[i].label == label) indices[n++] = i;
    assert_ok(rq_images_pick(out, from, indices, n));
}

/* INT8 makes nearly everything the first class. So it meets a budget on images of that class, but
 * what is chosen on these has to meet it on others, too. */
static void test_a_choice_is_confirmed_on_others(void **state)
{
    fixture f;
    rq_images red, green;
    open_fixture(&f, state, "others.json", 1000);
    pick_colour(&red, &f.workload.images, 0);
    pick_colour(&green, &f.workload.images, 1);
    assert_ok(tune_on(&f, &red, NULL, 40, NAN, 32));
    assert_string_equal(ignored(&f.tune, f.tune.best), "");
    rq_tune_close(&f.tune);
    remove(f.state);
    assert_ok(tune_on(&f, &red, &green, 40, NAN, 32));
    const rq_tuning *t = &f.tune;
    const rq_trial *best = &t->trials[t->best], *first = &t->trials[0];
    assert_true(first->meets && !first->other_meets);
    assert_near(first->other_value, 0, 0);
    assert_near(first->other_drop, 100, 0);
    assert_near(t->other_fp32_value, 100, 0);
    assert_true(best->meets && best->other_meets &&
                best->ignored[find_layer(t, "conv2") - t->layers]);
    assert_near(best->other_value, 100, 0);
    size_t best_index = t->best;
    rq_tune_close(&f.tune);

    assert_ok(tune_on(&f, &red, &green, 40, NAN, 32)); /* nothing is measured again */
    assert_int_equal(f.tune.n_resumed, f.tune.n_trials);
    assert_int_equal(f.tune.best, best_index);
    assert_near(f.tune.trials[0].other_value, 0, 0);
    assert_near(f.tune.trials[best_index].other_value, 100, 0);
    rq_tune_close(&f.tune);
    remove(f.state);
    assert_fails(tune_on(&f, &red, &green, 40, NAN, 1), RQ_EBUDGET,
                 "1 trial, of which 1 meets the budget on the images that layers are chosen on, "
                 "and none on the other ones: the nearest misses it by ");
    rq_images_close(&red);
    rq_images_close(&green);
    close_fixture(&f);
}

/* What misses the budget on the images to choose on is not tried on the others. */
static void test_few_trials_see_the_others(void **state)
{
    fixture f;
    size_t tried = 0;
    rq_images red, blue;
    open_fixture(&f, state, "few.json", 1000);
    pick_colour(&red, &f.workload.images, 0);
    pick_colour(&blue, &f.workload.images, 2);
    assert_fails(tune_on(&f, &red, &blue, NAN, 119, 64), RQ_EBUDGET, "all but one of 4 layers");
    for (size_t i = 0; i < f.tune.n_trials; i++) tried += !isnan(f.tune.trials[i].other_value);
    assert_int_equal(tried, 0); /* none met the budget on the images to choose on */
    rq_images_close(&red);
    rq_images_close(&blue);
    close_fixture(&f);
}

static void test_halves_of_the_images(void **state)
{
    rq_workload w;
    rq_images choice, others;
    rq_report_note note;
    size_t shared;
    (void)state;
    toy_open(&w, toy_graph(&(toy_net){.loud = 1}), "generated:31:1");
    rq_tuning t = {.arena = w.arena, .options = {.val = &choice, .max_drop = NAN}};
    assert_ok(rq_tune_split(&choice, &others, &t.options, &w.all, 0));
    assert_null(others.dataset);
    assert_int_equal(choice.dataset->n, 31);
    assert_ok(rq_tune_note(&note, &t));
    assert_true(note.warning);
    assert_non_null(strstr(note.text, "chosen on the same 31 images"));
    rq_images_close(&choice);
    rq_workload_close(&w);
    toy_open(&w, toy_graph(&(toy_net){.loud = 1}), "generated:33:1");
    t = (rq_tuning){.arena = w.arena,
                    .options = {.val = &choice, .others = &others, .max_drop = 7}};
    assert_ok(rq_tune_split(&choice, &others, &t.options, &w.all, 0));
    assert_int_equal(choice.dataset->n, 16);
    assert_int_equal(others.dataset->n, 17);
    assert_ok(rq_dataset_count_shared(&shared, choice.dataset, others.dataset));
    assert_int_equal(shared, 0);
    assert_ok(rq_tune_note(&note, &t));
    assert_false(note.warning);
    assert_non_null(strstr(note.text, "chosen on 16 of the 33 validation images"));
    rq_images_close(&choice);
    rq_images_close(&others);
    /* A budget of less than one image of a half: no half could tell whether it is met. */
    t.options.max_drop = 6;
    assert_ok(rq_tune_split(&choice, &others, &t.options, &w.all, 0));
    assert_null(others.dataset);
    assert_int_equal(choice.dataset->n, 33);
    rq_images_close(&choice);
    t.options.max_drop = 7; /* percent of a value that may be half of all */
    t.options.relative = true;
    assert_ok(rq_tune_split(&choice, &others, &t.options, &w.all, 0));
    assert_null(others.dataset);
    t.options.max_drop = 0;
    t.options.others = NULL;
    assert_ok(rq_tune_note(&note, &t));
    assert_string_equal(note.text, "Layers were chosen on the same 33 images that accuracy was "
                                   "measured on, which flatters.");
    rq_images_close(&choice);
    rq_workload_close(&w);
}

/* -- what was tried --------------------------------------------------------------------------- */

static void test_trials_are_remembered(void **state)
{
    fixture f;
    open_fixture(&f, state, "again.json", 1000);
    assert_ok(tune(&f, 0, NAN, 32));
    size_t trials = f.tune.n_trials;
    double error = find_layer(&f.tune, "conv2")->error;
    rq_tune_close(&f.tune);

    assert_ok(tune(&f, 95, NAN, 32)); /* another budget */
    assert_int_equal(f.tune.n_resumed, trials);
    assert_int_equal(f.tune.n_trials, trials);
    assert_int_equal(f.tune.best, 0);
    assert_true(f.tune.trials[0].meets);
    assert_near(find_layer(&f.tune, "conv2")->error, error, 1e-12 + 1e-9 * error);
    rq_tune_close(&f.tune);

    assert_ok(tune(&f, NAN, 20, 32)); /* another metric: of no use */
    assert_int_equal(f.tune.n_resumed, 0);
    assert_non_null(strstr(f.tune.unit, "dB"));
    close_fixture(&f);
}

/* Whatever was measured before a run was stopped is not measured again. */
static void test_a_stopped_run_continues(void **state)
{
    fixture f;
    open_fixture(&f, state, "stopped.json", 1000);
    assert_ok(tune(&f, 0, NAN, 32));
    double error = f.tune.layers[0].error;
    assert_false(isnan(f.tune.layers[0].gain));
    f.tune.layers[0].gain = 7;                     /* no measurement gives this */
    f.tune.layers[f.tune.n_layers - 1].gain = NAN; /* stopped before it */
    f.tune.n_trials = 1;
    assert_ok(rq_tune_save(&f.tune));
    rq_tune_close(&f.tune);
    assert_ok(tune(&f, 0, NAN, 32));
    assert_int_equal(f.tune.n_resumed, 1);
    assert_near(f.tune.layers[0].gain, 7, 0);
    assert_false(isnan(f.tune.layers[f.tune.n_layers - 1].gain));

    f.tune.layers[0].fp32_ms = 1234; /* nor this */
    f.tune.metric = NULL;            /* stopped after the ranking */
    f.tune.n_trials = f.tune.n_critical = 0;
    assert_ok(rq_tune_save(&f.tune));
    rq_tune_close(&f.tune);
    assert_ok(tune(&f, 0, NAN, 32));
    assert_int_equal(f.tune.n_resumed, 0);
    assert_near(f.tune.layers[0].fp32_ms, 1234, 0);
    assert_near(f.tune.layers[0].error, error, 1e-12 + 1e-9 * error);
    close_fixture(&f);
}

static void expect_anew(fixture *f, void **state, const char *from, const char *to)
{
    char text[1 << 16];
    FILE *file = fopen(f->state, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    char *at = strstr(text, from);
    if (!at) fail_msg("no %s in tune.json", from);
    char changed[1 << 16];
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    scratch_file(state, "damaged.json", changed, strlen(changed));
    rq_tuning loaded = f->tune;
    loaded.options.state_path = scratch_path(state, "damaged.json");
    loaded.n_layers = loaded.n_trials = loaded.n_resumed = 0;
    assert_ok(rq_tune_load(&loaded));
    if (loaded.n_layers) fail_msg("%s instead of %s was taken", to, from);
    assert_int_equal(loaded.n_trials, 0);
}

static void test_a_damaged_state_is_not_taken(void **state)
{
    fixture f;
    open_fixture(&f, state, "whole.json", 1);
    assert_ok(tune(&f, 0, NAN, 32));
    expect_anew(&f, state, "\"accuracy\"", "\"another\"");
    expect_anew(&f, state, "\"conv2\"", "\"conv3\"");
    expect_anew(&f, state, "\"conv2\"", "\"nowhere\"");
    expect_anew(&f, state, "\"fp32\"", "\"fp64\"");
    expect_anew(&f, state, "\"value\"", "\"worth\"");
    expect_anew(&f, state, "\"int8_ms\"", "\"int9_ms\"");
    expect_anew(&f, state, "\"ignored\": []", "\"ignored\": [99]");
    close_fixture(&f);
}

/* -- budgets ---------------------------------------------------------------------------------- */

static void test_budgets_that_are_not_met(void **state)
{
    fixture f;
    open_fixture(&f, state, "budget.json", 1000);
    assert_fails(tune(&f, NAN, 119, 64), RQ_EBUDGET, "all but one of 4 layers");
    rq_tune_close(&f.tune);
    remove(f.state);
    assert_fails(tune(&f, 0, NAN, 1), RQ_EBUDGET,
                 "1 trial, and none meets the budget: the nearest misses it by ");
    bool all[N_LAYERS + 1] = {true, true, true, true, true}; /* and the mean */
    size_t trial;
    f.tune.options.max_trials = 64;
    f.tune.deadline = rq_now() - 1;
    assert_fails(rq_tune_evaluate(&trial, &f.tune, all), RQ_EBUDGET, "increase --budget");
    close_fixture(&f);
}

/* -- time ------------------------------------------------------------------------------------- */

/* Trial 0 is fastest, 2 is as right as 1 in less time. */
static void test_pareto_by_hand(void **state)
{
    rq_trial trials[] = {{.value = 50, .cost_ms = 0},
                         {.value = 90, .cost_ms = 3},
                         {.value = 90, .cost_ms = 2},
                         {.value = 80, .cost_ms = 2.5},
                         {.value = 95, .cost_ms = 9}};
    rq_tuning t = {.trials = trials, .n_trials = 5, .higher_is_better = true};
    static const bool want[] = {true, false, true, false, true};
    (void)state;
    for (size_t i = 0; i < 5; i++) assert_int_equal(rq_tune_is_pareto(&t, i), want[i]);
    for (size_t i = 0; i < 5; i++) trials[i].value = -trials[i].value;
    t.higher_is_better = false;
    for (size_t i = 0; i < 5; i++) assert_int_equal(rq_tune_is_pareto(&t, i), want[i]);
    t.compares = true; /* an agreement is the better the higher */
    assert_true(rq_tune_is_pareto(&t, 0));
    assert_false(rq_tune_is_pareto(&t, 4));
}

static void test_times_what_nothing_beats(void **state)
{
    fixture f;
    open_fixture(&f, state, "times.json", 1000);
    assert_ok(tune(&f, 0, NAN, 32));
    assert_ok(rq_tune_time(&f.tune, 0.1));
    for (size_t i = 0; i < f.tune.n_trials; i++) {
        bool timed = rq_tune_is_pareto(&f.tune, i) || i == f.tune.best;
        assert_int_equal(!isnan(f.tune.trials[i].measured_ms), timed);
        if (timed) assert_true(f.tune.trials[i].measured_ms > 0);
    }
    close_fixture(&f);
}

static int setup(void **state)
{
    return toy_images_setup(state, N_IMAGES, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_the_planted_layer),
        cmocka_unit_test(test_leaves_a_good_network_alone),
        cmocka_unit_test(test_a_choice_is_confirmed_on_others),
        cmocka_unit_test(test_few_trials_see_the_others),
        cmocka_unit_test(test_halves_of_the_images),
        cmocka_unit_test(test_trials_are_remembered),
        cmocka_unit_test(test_a_stopped_run_continues),
        cmocka_unit_test(test_a_damaged_state_is_not_taken),
        cmocka_unit_test(test_budgets_that_are_not_met),
        cmocka_unit_test(test_pareto_by_hand),
        cmocka_unit_test(test_times_what_nothing_beats),
    };
    return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
