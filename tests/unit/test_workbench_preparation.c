/* The graph that quantization works on: folded, proved, named as before. */
#include "tests/unit/test.h"

#include "engine/exec/exec.h"
#include "engine/workbench/preparation.h"
#include "engine/workbench/preparation_proof.h"
#include "tests/unit/graph_builder.h"

typedef struct fixture {
    rq_workload w;
    rq_graph *g;
} fixture;

static rq_id build_turn(rq_graph *g, const char *name, rq_id x, bool last)
{
    char order[64];
    snprintf(order, sizeof order, "%s/order", name);
    rq_id o = build_i64(g, order, SHAPE(4),
                        last ? (const int64_t[]){0, 2, 3, 1} : (const int64_t[]){0, 3, 1, 2});
    return build(g, name, "Transpose", NO_ATTRS, INPUTS(x, o));
}

/* Convolution, Transpose, scale, shift, ReLU, Transpose, convolution. */
static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (!f || rq_graph_create(&f->g, "test") != RQ_OK || rq_workload_open(&f->w) != RQ_OK)
        return -1;
    f->w.threads = 1;
    f->w.exec.backend = "reference";
    f->g->path = "test.xml";
    rq_id x = build_input(f->g, "x", RQ_DT_F32, SHAPE(1, 4, 8, 8));
    rq_id turned = build_turn(f->g, "to_last", build_conv(f->g, "c1", x, 6, 4, 3), true);
    rq_id k = build_weights(f->g, "k", SHAPE(1, 1, 1, 6)), b = build_weights(f->g, "b", SHAPE(6));
    rq_id scaled = build(f->g, "scale", "Multiply", NO_ATTRS, INPUTS(turned, k));
    rq_id shifted = build(f->g, "shift", "Add", NO_ATTRS, INPUTS(scaled, b));
    rq_id first = build_turn(f->g, "to_first", build_relu(f->g, "relu", shifted), false);
    rq_id last = build_conv(f->g, "c2", first, 5, 6, 1);
    f->g->values[last]->names = "logits";
    build_result(f->g, last);
    rq_workload_lend(&f->w, f->g);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    rq_workload_close(&f->w);
    rq_graph_destroy(&f->g);
    free(f);
    return 0;
}

static size_t count(const rq_graph *g, const char *type)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_nodes; i++) n += g->nodes[i] && !strcmp(g->nodes[i]->type, type);
    return n;
}

static void test_folds_and_keeps_names(void **state)
{
    fixture *f = *state;
    assert_ok(rq_preparation_run(&f->w));
    assert_ptr_equal(f->w.as_read, f->g);
    assert_int_equal(count(f->w.graph, "Transpose"), 0);
    assert_int_equal(count(f->w.graph, "Multiply"), 0);
    for (size_t i = 0; i < 4; i++) {
        static const char *const names[] = {"c1", "shift", "relu", "c2"};
        static const char *const types[] = {"Convolution", "Add", "ReLU", "Convolution"};
        const rq_node *node = rq_graph_find(f->w.graph, names[i]);
        assert_non_null(node);
        assert_string_equal(node->type, types[i]);
    }
    assert_string_equal(f->w.prepared, "Graph prepared: 2 Transpose, 1 Multiply folded or "
                                       "cancelled; gone: to_last, scale, to_first");
    assert_int_equal(count(f->g, "Transpose"), 2); /* the graph that was read */
}

/* Names of layers may be long, what is said is a line. */
static void test_long_names_are_counted(void **state)
{
    fixture *f = *state;
    const char *long_name = "network/block1/sequential/part2/turn_the_channels_last_for_the_scale";
    assert_ok(rq_graph_rename(f->g, rq_graph_find(f->g, "to_last"), long_name));
    assert_ok(rq_preparation_run(&f->w));
    assert_string_equal(f->w.prepared, "Graph prepared: 2 Transpose, 1 Multiply folded or "
                                       "cancelled; gone: scale, to_first and 1 more");
}

static void test_the_same_digest_each_time(void **state)
{
    fixture *f = *state;
    char first[33], second[33];
    assert_ok(rq_preparation_run(&f->w));
    assert_ok(rq_graph_digest(first, f->w.graph));
    rq_workload again;
    assert_ok(rq_workload_open(&again));
    again.exec.backend = "reference";
    rq_workload_lend(&again, f->g);
    assert_ok(rq_preparation_run(&again));
    assert_ok(rq_graph_digest(second, again.graph));
    assert_string_equal(first, second);
    rq_workload_close(&again);
}

static void test_keep_graph(void **state)
{
    fixture *f = *state;
    f->w.keep_graph = true;
    assert_ok(rq_preparation_run(&f->w));
    assert_null(f->w.as_read);
    assert_ptr_equal(f->w.graph, f->g);
}

/* Another number in the weights, or another name of an output: not the same network. */
static void test_a_change_is_found(void **state)
{
    fixture *f = *state;
    rq_graph *changed;
    rq_model *model;
    f->w.graph = f->g;
    assert_ok(rq_graph_clone(&changed, f->g));
    assert_ok(rq_preparation_prove(&model, changed, &f->w));
    assert_ptr_equal(rq_model_graph(model), changed);
    rq_model_destroy(&model);
    rq_node *c2 = rq_graph_find(changed, "c2");
    changed->values[c2->out[0]]->names = "other";
    assert_fails(rq_preparation_prove(&model, changed, &f->w), RQ_EFORMAT, "another name");
    changed->values[c2->out[0]]->names = "logits";
    rq_node *b = rq_graph_find(changed, "b");
    static const float other[6] = {1.0f};
    b->data = other;
    assert_fails(rq_preparation_prove(&model, changed, &f->w), RQ_EFORMAT, "differs");
    assert_null(model);
    rq_graph_destroy(&changed);
}

/* The reference backend has no BF16: nothing may ask it for some. */
static void test_proved_in_f32(void **state)
{
    fixture *f = *state;
    f->w.exec.bf16 = true;
    assert_ok(rq_preparation_run(&f->w));
    assert_non_null(f->w.as_read);
    assert_true(f->w.exec.bf16);
}

/* Rules for layers that are gone are left out; others stay. */
static void test_scope(void **state)
{
    fixture *f = *state;
    const char *const names[] = {"scale", "c1", "nowhere"}, *const patterns[] = {"to_", "c.*"},
                      *const types[] = {"Transpose", "Convolution"};
    rq_ignored_scope scope = {.names = names,
                              .n_names = 3,
                              .patterns = patterns,
                              .n_patterns = 2,
                              .types = types,
                              .n_types = 2};
    assert_ok(rq_preparation_run(&f->w));
    assert_ok(rq_preparation_scope(&scope, &f->w));
    assert_int_equal(scope.n_names, 2);
    assert_string_equal(scope.names[0], "c1");
    assert_string_equal(scope.names[1], "nowhere"); /* to be refused later, as it is no layer */
    assert_int_equal(scope.n_patterns, 1);
    assert_string_equal(scope.patterns[0], "c.*");
    assert_int_equal(scope.n_types, 1);
    assert_string_equal(scope.types[0], "Convolution");
}

/* A layer of an ignored type that goes on as another is ignored by name: once, whatever was given
 * how often. */
static void test_a_type_given_twice(void **state)
{
    fixture *f = *state;
    rq_graph *copy;
    const char *const types[] = {"Multiply", "Multiply"};
    rq_ignored_scope scope = {.types = types, .n_types = 2};
    assert_ok(rq_graph_clone(&copy, f->g));
    rq_workload_take_prepared(&f->w, copy);
    for (size_t i = 0; i < copy->n_nodes; i++)
        if (!strcmp(copy->nodes[i]->name, "scale")) copy->nodes[i]->type = "Divide";
    assert_ok(rq_preparation_scope(&scope, &f->w));
    assert_int_equal(scope.n_types, 0);
    assert_int_equal(scope.n_names, 1);
    assert_string_equal(scope.names[0], "scale");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_folds_and_keeps_names),
        TEST(test_the_same_digest_each_time),
        TEST(test_long_names_are_counted),
        TEST(test_keep_graph),
        TEST(test_a_change_is_found),
        TEST(test_proved_in_f32),
        TEST(test_scope),
        TEST(test_a_type_given_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
