/* Cutting: the grammar of --input and --output, and what becomes of the model. */
#include "tests/unit/test.h"

#include "tests/unit/framework_model_builder.h"

#include "engine/import/cut.h"

static rq_cut_list parse(rq_arena *arena, const char *text)
{
    rq_cut_list list;
    assert_ok(rq_cut_parse(&list, arena, text));
    return list;
}

static void test_grammar(void **state)
{
    rq_arena *arena = NULL;
    (void)state;
    assert_ok(rq_arena_create(&arena));
    rq_cut_list list = parse(arena, "0:n1[3 4],n2:1[2]{i32}->[20 15], a/b:c ,is_training->False");
    assert_int_equal(list.n, 4);
    assert_string_equal(list.v[0].name, "n1");
    assert_int_equal(list.v[0].in_port, 0);
    assert_int_equal(list.v[0].out_port, -1);
    assert_int_equal(list.v[0].shape.rank, 2);
    assert_int_equal(list.v[0].shape.d[1], 4);
    assert_string_equal(list.v[1].name, "n2");
    assert_int_equal(list.v[1].out_port, 1);
    assert_int_equal(list.v[1].dtype, RQ_DT_I32);
    assert_string_equal(list.v[1].value, "[20 15]");
    assert_string_equal(list.v[2].name, "a/b:c");
    assert_false(list.v[2].has_shape);
    assert_string_equal(list.v[3].name, "is_training");
    assert_string_equal(list.v[3].value, "False");
    list = parse(arena, "x[?,3,-1,1..10]");
    assert_int_equal(list.v[0].shape.rank, 4);
    assert_int_equal(list.v[0].shape.d[0], RQ_DYNAMIC);
    assert_int_equal(list.v[0].shape.d[2], RQ_DYNAMIC);
    assert_int_equal(list.v[0].shape.d[3], RQ_DYNAMIC);
    assert_string_equal(list.v[0].ranges, "?,3,?,1..10");
    list = parse(arena, "x[..4 16.. 3],y[2 3]");
    assert_string_equal(list.v[0].ranges, "..4,16..,3");
    assert_null(list.v[1].ranges);
    rq_arena_destroy(&arena);
}

static void test_grammar_refused(void **state)
{
    static const char *const texts[][2] = {
        {"", "no name"},
        {"a,,b", "no name"},
        {"a[1 2", "brackets"},
        {"a[1 x]", "no number"},
        {"a[1 ..]", "no number"},
        {"a[1...3]", "no number"},
        {"a{f33}", "no such type"},
        {"0:a:1", "at once"},
        {"a->", "no value"},
        {"a[1 2]b", "brackets"},
        {"a[1 2 3 4 5 6 7 8 9 10 11]", "too many"},
    };
    rq_arena *arena = NULL;
    rq_cut_list list;
    (void)state;
    assert_ok(rq_arena_create(&arena));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_fails(rq_cut_parse(&list, arena, texts[i][0]), RQ_EARG, texts[i][1]);
    assert_fails(rq_cut_parse_shapes(&list, arena, "1,2"), RQ_EARG, "expected a shape");
    assert_fails(rq_cut_parse_shapes(&list, arena, "[1,2)"), RQ_EARG, "expected a shape");
    rq_arena_destroy(&arena);
}

/* y = relu(x + z) + exp(x), the nodes named as their outputs but for "sum", whose output is "s". */
static rq_framework_model *model(void)
{
    rq_framework_model *s = source_begin(13);
    source_input(s, "x", DIMS(2, 3));
    source_input(s, "z", DIMS(2, 3));
    source_node(s, "s", "Add", "x z")->name = "sum";
    source_node(s, "r", "Relu", "s");
    source_node(s, "e", "Exp", "x");
    source_node(s, "y", "Add", "r e");
    assert_ok(rq_framework_model_add_output(s, "y"));
    return s;
}

static rq_status cut(rq_framework_model *s, const char *text)
{
    rq_cut_list list = parse(s->arena, text);
    return rq_cut_inputs(s, &list);
}

static rq_status choose(rq_framework_model *s, const char *text)
{
    rq_cut_list list = parse(s->arena, text);
    return rq_cut_outputs(s, &list);
}

static void assert_dropped(rq_framework_model *s, const char *names)
{
    rq_buf dropped = {0};
    assert_ok(rq_cut_drop_unused(s, &dropped));
    assert_string_equal(dropped.data ? dropped.data : "", names);
    rq_buf_free(&dropped);
}

/* The model computes `want` from ones for each of its inputs. */
static void assert_computes(rq_framework_model *s, float want)
{
    static float ones[6] = {1, 1, 1, 1, 1, 1};
    rq_import_result result;
    import_run r = {.source = s};
    rq_tensor in[4];
    assert_ok(rq_import_graph(&result, s, NULL));
    r.graph = result.graph;
    import_run_graph(&r);
    for (size_t i = 0; i < rq_model_input_count(r.model); i++) {
        in[i] = *rq_model_input(r.model, i);
        in[i].data = ones;
    }
    assert_ok(rq_session_run(r.session, in, NULL, NULL));
    const rq_tensor *out = rq_session_output(r.session, 0);
    for (size_t i = 0; i < rq_tensor_count(out); i++)
        assert_true(fabsf(((float *)out->data)[i] - want) < 1e-5f);
    import_close(&r);
}

static void test_cut_at_input_port(void **state)
{
    (void)state;
    rq_framework_model *s = model();
    assert_ok(cut(s, "0:r[2 3]"));
    assert_dropped(s, "z\n");
    assert_int_equal(s->n_inputs, 2);
    assert_string_equal(s->inputs[0].name, "r/placeholder_port_0");
    assert_string_equal(s->inputs[0].also[0], "0:r"); /* as it was asked for */
    assert_computes(s, 1.0f + expf(1.0f));
}

static void test_cut_at_output_port(void **state)
{
    (void)state;
    rq_framework_model *s = model();
    assert_ok(cut(s, "sum:0[2 3]"));
    assert_dropped(s, "z\n");
    assert_string_equal(s->inputs[0].name, "sum/placeholder_out_port_0");
    assert_computes(s, 1.0f + expf(1.0f));
}

/* A value's name is as good as its node's output. */
static void test_cut_at_value(void **state)
{
    (void)state;
    rq_framework_model *s = model();
    assert_ok(cut(s, "s[2 3]"));
    assert_string_equal(s->inputs[0].name, "sum/placeholder_out_port_0");
    rq_framework_model_destroy(&s);
}

static void test_order_of_inputs(void **state)
{
    (void)state;
    rq_framework_model *s = model();
    assert_ok(cut(s, "z,x"));
    assert_string_equal(s->inputs[0].name, "z");
    assert_string_equal(s->inputs[1].name, "x");
    rq_framework_model_destroy(&s);
}

static void test_output(void **state)
{
    (void)state;
    rq_framework_model *s = model();
    assert_ok(choose(s, "e"));
    assert_dropped(s, "z\n");
    assert_computes(s, expf(1.0f));
    s = model();
    assert_ok(choose(s, "0:y")); /* what makes y's first input */
    assert_string_equal(s->outputs[0].name, "r");
    assert_computes(s, 2.0f);
}

static void test_freeze(void **state)
{
    (void)state;
    rq_framework_model *s = model();
    assert_ok(cut(s, "z->[1 2 3 4 5 6]"));
    assert_int_equal(s->n_inputs, 1);
    rq_framework_model_destroy(&s);
    s = model();
    assert_ok(cut(s, "z->-5"));
    assert_computes(s, expf(1.0f));
}

/* A node that passes on a constant, as TensorFlow's placeholders with a default. */
static void test_freeze_default(void **state)
{
    (void)state;
    rq_framework_model *s = source_begin(13);
    source_input(s, "x", DIMS(2, 3));
    source_scalar(s, "default", 7);
    source_node(s, "d", "Identity", "default");
    source_node(s, "y", "Add", "x d");
    assert_ok(rq_framework_model_add_output(s, "y"));
    assert_ok(cut(s, "d->4"));
    assert_computes(s, 5.0f);
}

static void test_shapes(void **state)
{
    rq_cut_list list;
    (void)state;
    rq_framework_model *s = model();
    assert_ok(rq_cut_parse_shapes(&list, s->arena, "[4,3],(4,3)"));
    assert_int_equal(list.n, 2);
    assert_ok(cut(s, "x[4 3],z[4 3]"));
    assert_int_equal(s->inputs[1].tensor.shape.d[0], 4);
    assert_ok(rq_cut_batch(s, 7));
    assert_int_equal(s->inputs[0].tensor.shape.d[0], 7);
    rq_framework_model_destroy(&s);
}

static void test_refused(void **state)
{
    (void)state;
    rq_framework_model *s = model();
    assert_fails(cut(s, "sun"), RQ_EARG, "did you mean 'sum'");
    assert_fails(cut(s, "2:sum"), RQ_EARG, "has 2 inputs, there is no input 2");
    assert_fails(cut(s, "sum:1"), RQ_EARG, "has 1 outputs");
    assert_fails(cut(s, "x[1 2 3]"), RQ_EARG, "does not fit");
    assert_fails(cut(s, "z->[1 2]"), RQ_EARG, "2 values");
    assert_fails(cut(s, "z->maybe"), RQ_EARG, "no number");
    assert_fails(cut(s, "y[2 3]"), RQ_EARG, "several inputs");
    assert_fails(choose(s, "nothing_like_it"), RQ_EARG, "there is no node");
    rq_framework_model_destroy(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar),
        cmocka_unit_test(test_grammar_refused),
        cmocka_unit_test(test_cut_at_input_port),
        cmocka_unit_test(test_cut_at_output_port),
        cmocka_unit_test(test_cut_at_value),
        cmocka_unit_test(test_order_of_inputs),
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_freeze),
        cmocka_unit_test(test_freeze_default),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
