/* Reshapes whose targets are computed from shapes with several unknown sizes: which of them is
 * which. */
#include "tests/unit/test.h"

#include "tests/unit/framework_model_builder.h"

static rq_framework_model *begin(void)
{
    rq_framework_model *s = source_begin(17);
    source_input(s, "x", DIMS(RQ_DYNAMIC, RQ_DYNAMIC, 5));
    SOURCE_INTS(s, "zero", 0);
    SOURCE_INTS(s, "one", 1);
    SOURCE_INTS(s, "two", 2);
    SOURCE_INTS(s, "five", 5);
    source_node(s, "s", "Shape", "x");
    return s;
}

static void concat(rq_framework_model *s, const char *sizes)
{
    assert_ok(rq_framework_model_add_int(s, source_node(s, "t", "Concat", sizes), "axis", 0));
    source_node(s, "y", "Reshape", "x t");
}

static void by_gather(rq_framework_model *s)
{
    source_node(s, "a", "Gather", "s one");
    source_node(s, "b", "Gather", "s zero");
    concat(s, "a b five");
}

static void by_slice(rq_framework_model *s)
{
    source_node(s, "a", "Slice", "s one two");
    source_node(s, "b", "Slice", "s zero one");
    concat(s, "a b five");
}

static void by_slice_in_order(rq_framework_model *s)
{
    source_node(s, "a", "Slice", "s zero two");
    concat(s, "a five");
}

static void by_transpose(rq_framework_model *s)
{
    SOURCE_LIST(s, source_node(s, "u", "Transpose", "x"), "perm", 1, 0, 2);
    source_node(s, "t", "Shape", "u");
    source_node(s, "y", "Reshape", "x t");
}

/* x itself, as something else in between. */
static void as_it_was(rq_framework_model *s)
{
    source_node(s, "u", "Relu", "x");
    source_node(s, "y", "Reshape", "u s");
}

/* Whether the target is a constant: 0 for the sizes that are copied. */
static bool becomes_constant(void (*build)(rq_framework_model *s))
{
    rq_framework_model *source = begin();
    rq_import_result result;
    build(source);
    assert_ok(rq_framework_model_add_output(source, "y"));
    assert_ok(rq_import_graph(&result, source, NULL));
    assert_int_equal(result.n_unmapped, 0);
    import_run r = {.source = source, .graph = result.graph};
    bool constant = import_count(&r, "ShapeOf") == 0;
    import_close(&r);
    return constant;
}

static void swapped(void **state)
{
    (void)state;
    assert_false(becomes_constant(by_gather));
    assert_false(becomes_constant(by_slice));
    assert_false(becomes_constant(by_transpose));
}

static void the_same(void **state)
{
    (void)state;
    assert_true(becomes_constant(as_it_was));
    assert_true(becomes_constant(by_slice_in_order));
}

/* Of the model's output y. */
static void expect_shape(rq_framework_model *source, rq_shape want)
{
    rq_import_result result;
    rq_id *results = NULL;
    size_t n = 0;
    assert_ok(rq_framework_model_add_output(source, "y"));
    assert_ok(rq_import_graph(&result, source, NULL));
    assert_int_equal(result.n_unmapped, 0);
    assert_ok(rq_graph_list(&results, &n, result.graph, "Result"));
    const rq_node *end = result.graph->nodes[results[0]];
    assert_true(rq_shape_equal(&result.graph->values[end->in[0]]->shape, &want));
    free(results);
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&source);
}

/* x [?,?,5] in rows of 7, then in as many rows as x has: how long they are is not known. */
static void what_is_left_over(void **state)
{
    (void)state;
    rq_framework_model *source = begin();
    SOURCE_INTS(source, "sevens", -1, 7);
    SOURCE_INTS(source, "rest", -1);
    source_node(source, "u", "Reshape", "x sevens");
    source_node(source, "a", "Gather", "s zero");
    assert_ok(rq_framework_model_add_int(source, source_node(source, "t", "Concat", "a rest"),
                                         "axis", 0));
    source_node(source, "y", "Reshape", "u t");
    expect_shape(source, DIMS(RQ_DYNAMIC, RQ_DYNAMIC));
}

/* Sizes that are cast to 32 bits, multiplied, and cast back are never of 32 bits: OpenVINO's bounds
 * of what it does not know would overflow there. */
static void in_64_bits(void **state)
{
    (void)state;
    rq_framework_model *source = begin();
    rq_import_result result;
    source_node(source, "a", "Slice", "s zero one");
    source_node(source, "b", "Slice", "s one two");
    assert_ok(rq_framework_model_add_int(source, source_node(source, "i", "Cast", "b"), "to", 6));
    assert_ok(rq_framework_model_add_int(source, source_node(source, "j", "Cast", "two"), "to", 6));
    source_node(source, "d", "Mul", "i j");
    assert_ok(rq_framework_model_add_int(source, source_node(source, "l", "Cast", "d"), "to", 7));
    assert_ok(
        rq_framework_model_add_int(source, source_node(source, "v", "Concat", "x x"), "axis", 1));
    assert_ok(rq_framework_model_add_int(source, source_node(source, "t", "Concat", "l a five"),
                                         "axis", 0));
    source_node(source, "y", "Reshape", "v t");
    assert_ok(rq_framework_model_add_output(source, "y"));
    assert_ok(rq_import_graph(&result, source, NULL));
    import_run r = {.source = source, .graph = result.graph};
    assert_int_equal(import_count(&r, "Convert"), 0);
    assert_int_equal(import_count(&r, "Multiply"), 1);
    import_close(&r);
}

/* Three sequences' states beside an unknown number of sequences, which the sizes that are tried for
 * it contradict. */
static void recurrent_layers(void **state)
{
    static const struct {
        const char *type;
        int64_t gates;
    } cases[] = {{"RNN", 1}, {"GRU", 3}, {"LSTM", 4}};
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        rq_framework_model *source = begin();
        source_weights(source, "w", DIMS(2, 2 * cases[k].gates, 5), 1, false);
        source_weights(source, "r", DIMS(2, 2 * cases[k].gates, 2), 2, false);
        source_weights(source, "h", DIMS(2, 3, 2), 3, false);
        rq_framework_node *node = NULL;
        size_t n_in = cases[k].gates == 4 ? 7 : 6;
        assert_ok(rq_framework_model_add_node(&node, source, "y", cases[k].type, n_in, 2));
        const char *const in[] = {"x", "w", "r", "", "", "h", "h"}, *const out[] = {"", "y"};
        node->domain = "";
        memcpy(node->in, in, n_in * sizeof *in);
        memcpy(node->out, out, sizeof out);
        source_text(source, node, "direction", "bidirectional");
        assert_ok(rq_framework_model_add_int(source, node, "hidden_size", 2));
        expect_shape(source, DIMS(2, RQ_DYNAMIC, 2));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swapped),           cmocka_unit_test(the_same),
        cmocka_unit_test(what_is_left_over), cmocka_unit_test(in_64_bits),
        cmocka_unit_test(recurrent_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
