/* TensorFlow's operators that take parts of a tensor or turn it, and what is known of their shapes.
 */
#include "tests/unit/tf_text.h"

#include <math.h>

enum { N = 16 };

static const float counted[N] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

#define KIND(name, type) "attr { key: '" name "' value { type: " type " } } "
#define INTEGER(name, x) "attr { key: '" name "' value { i: " #x " } } "
#define SCALAR(name, x)                                                                            \
    "node { name: '" name "' op: 'Const' attr { key: 'value' value { tensor { dtype: DT_INT32"     \
    " tensor_shape { } int_val: " #x " } } } }\n"

/* x is counted, [1,2,2,4]. */
static void open_nodes(void **state, import_run *r, rq_buf *nodes)
{
    rq_buf text = {0};
    put_input(&text, 2, 2, 4);
    rq_buf_append(&text, nodes->data);
    rq_buf_free(nodes);
    open_graph(state, r, &text);
}

static void expect(import_run *r, const rq_shape *shape, const float *want)
{
    const rq_tensor *got = import_compute(r, counted);
    assert_true(rq_shape_equal(&got->shape, shape));
    assert_near_f32(got->data, want, rq_shape_count(shape), 0, 0);
    import_close(r);
}

/* OpenVINO's CPU takes the wrong ones where one StridedSlice does both. */
static void axes_come_before_single_elements_go(void **state)
{
    static const struct {
        const char *attrs;
        rq_shape shape;
        float want[8];
    } cases[] = {
        /* x[0, newaxis, 1] */
        {INTEGER("shrink_axis_mask", 5) INTEGER("new_axis_mask", 2),
         {3, {1, 2, 4}},
         {8, 9, 10, 11, 12, 13, 14, 15}},
        /* x[..., newaxis, 1] */
        {INTEGER("shrink_axis_mask", 4) INTEGER("new_axis_mask", 2) INTEGER("ellipsis_mask", 1),
         {4, {1, 2, 2, 1}},
         {1, 5, 9, 13}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        rq_buf nodes = {0};
        import_run r;
        put_ints(&nodes, "begin", (int[]){0, 0, 1}, 3);
        put_ints(&nodes, "end", (int[]){1, 1, 2}, 3);
        put_ints(&nodes, "step", (int[]){1, 1, 1}, 3);
        rq_buf_printf(&nodes,
                      "node { name: 'y' op: 'StridedSlice' input: 'x' input: 'begin' input: 'end'"
                      " input: 'step' %s}\n",
                      cases[k].attrs);
        open_nodes(state, &r, &nodes);
        assert_int_equal(import_count(&r, "Unsqueeze"), 1);
        expect(&r, &cases[k].shape, cases[k].want);
    }
}

/* A Transpose rises over blocks only if the batches, of which there are more behind them, stay in
 * front. */
static void blocks_that_are_turned_away(void **state)
{
    rq_buf nodes = {0};
    import_run r;
    put_ints(&nodes, "size", (int[]){2}, 1);
    put_const(&nodes, "none", (float[]){0, 0}, (int[]){1, 2}, 2);
    put_ints(&nodes, "order", (int[]){3, 0, 1, 2}, 4);
    rq_buf_append(
        &nodes,
        "node { name: 'pads' op: 'Cast' input: 'none' " KIND(
            "DstT", "DT_INT32") "}\n"
                                "node { name: 's' op: 'SpaceToBatchND' input: 'x' input: 'size' "
                                "input: 'pads' }\n"
                                "node { name: 'y' op: 'Transpose' input: 's' input: 'order' }\n");
    open_nodes(state, &r, &nodes);
    expect(&r, &(rq_shape){4, {4, 2, 1, 2}},
           (const float[]){0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15});
}

/* OpenVINO's CPU crashes on a small one in batches. */
static void one_batch_is_gathered_without_batches(void **state)
{
    rq_buf nodes = {0};
    import_run r;
    put_ints(&nodes, "row", (int[]){1, 16}, 2);
    put_ints(&nodes, "list", (int[]){3, 0, 5}, 3);
    put_ints(&nodes, "batch", (int[]){1, 3}, 2);
    rq_buf_append(
        &nodes, SCALAR("one", 1) "node { name: 'data' op: 'Reshape' input: 'x' input: 'row' }\n"
                                 "node { name: 'at' op: 'Reshape' input: 'list' input: 'batch' }\n"
                                 "node { name: 'y' op: 'GatherV2' input: 'data' input: 'at'"
                                 " input: 'one' " INTEGER("batch_dims", -1) "}\n");
    open_nodes(state, &r, &nodes);
    for (size_t i = 0; i < r.graph->n_nodes; i++) {
        const rq_node *node = r.graph->nodes[i];
        if (node && !strcmp(node->type, "Gather"))
            assert_string_equal(rq_node_attr(node, "batch_dims"), "0");
    }
    expect(&r, &(rq_shape){2, {1, 3}}, (const float[]){3, 0, 5});
}

/* OpenVINO's CPU has other types before a Reverse of int64 than behind it. */
static void wide_integers_are_turned_by_a_slice(void **state)
{
    rq_buf nodes = {0};
    import_run r;
    put_ints(&nodes, "axes", (int[]){1, -1}, 2);
    rq_buf_append(&nodes, "node { name: 'i' op: 'Cast' input: 'x' " KIND(
                              "DstT", "DT_INT64") "}\n"
                                                  "node { name: 'r' op: 'ReverseV2' input: 'i'"
                                                  " input: 'axes' }\n"
                                                  "node { name: 'y' op: 'Cast' input: 'r' " KIND(
                                                      "DstT", "DT_FLOAT") "}\n");
    open_nodes(state, &r, &nodes);
    assert_int_equal(import_count(&r, "Reverse"), 0);
    expect(&r, &(rq_shape){4, {1, 2, 2, 4}},
           (const float[]){11, 10, 9, 8, 15, 14, 13, 12, 3, 2, 1, 0, 7, 6, 5, 4});
}

/* OpenVINO has no Convert to booleans of one of several outputs, nor behind what changes nothing.
 */
static void truths_of_one_of_several_parts(void **state)
{
    static const char same[] = "node { name: 't' op: 'Transpose' input: 's:1' input: 'order' }\n";
    for (int turned = 0; turned < 2; turned++) {
        rq_buf nodes = {0};
        import_run r;
        put_ints(&nodes, "sizes", (int[]){3, 1}, 2);
        put_ints(&nodes, "order", (int[]){0, 1, 2, 3}, 4);
        rq_buf_append(&nodes, SCALAR("last", 3));
        rq_buf_append(&nodes, "node { name: 's' op: 'SplitV' input: 'x' input: 'sizes'"
                              " input: 'last' " INTEGER("num_split", 2) "}\n");
        rq_buf_append(&nodes, turned ? same : "");
        rq_buf_printf(&nodes,
                      "node { name: 'b' op: 'Cast' input: '%s' " KIND("DstT", "DT_BOOL") "}\n",
                      turned ? "t" : "s:1");
        rq_buf_append(&nodes,
                      "node { name: 'y' op: 'Cast' input: 'b' " KIND("DstT", "DT_FLOAT") "}\n");
        open_nodes(state, &r, &nodes);
        assert_int_equal(import_count(&r, "NotEqual"), 1);
        expect(&r, &(rq_shape){4, {1, 2, 2, 1}}, (const float[]){1, 1, 1, 1});
    }
}

static void zeros_of_what_is_no_number(void **state)
{
    static const float none[N] = {0};
    float x[N] = {NAN, INFINITY, -INFINITY};
    rq_buf nodes = {0};
    import_run r;
    rq_buf_append(&nodes, "node { name: 'y' op: 'ZerosLike' input: 'x' }\n");
    open_nodes(state, &r, &nodes);
    assert_near_f32(import_compute(&r, x)->data, none, N, 0, 0);
    import_close(&r);
}

/* -- ranks where sizes are not known --------------------------------------------------------- */

static rq_shape output_shape(const rq_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i] && !strcmp(graph->nodes[i]->type, "Result"))
            return graph->values[graph->nodes[i]->in[0]]->shape;
    return (rq_shape){-1, {0}};
}

/* Of x [1,?,?,2]. */
static void expect_dims(void **state, rq_buf *nodes, const rq_shape *want)
{
    rq_buf text = {0};
    rq_framework_model *source;
    rq_import_result result;
    put_input(&text, -1, -1, 2);
    rq_buf_append(&text, nodes->data);
    rq_buf_free(nodes);
    const char *path = scratch_file(state, "graph.pbtxt", text.data, text.length);
    rq_buf_free(&text);
    assert_ok(rq_import_open(&source, &(rq_import_files){.model = path}));
    assert_ok(rq_import_graph(&result, source, NULL));
    rq_shape shape = output_shape(result.graph);
    assert_true(rq_shape_equal(&shape, want));
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&source);
}

static void parts_of_an_unknown_size_have_a_rank(void **state)
{
    rq_buf nodes = {0};
    put_ints(&nodes, "sizes", (int[]){3, 2}, 2);
    rq_buf_append(&nodes, SCALAR("one", 1) "node { name: 'y' op: 'SplitV' input: 'x' input: 'sizes'"
                                           " input: 'one' " INTEGER("num_split", 2) "}\n");
    expect_dims(state, &nodes, &(rq_shape){4, {1, 3, -1, 2}});
}

/* Five sequences, where the sizes that are tried for the unknown ones are others. */
static void what_is_turned_by_lengths_keeps_its_shape(void **state)
{
    rq_buf nodes = {0};
    put_ints(&nodes, "lengths", (int[]){1, 2, 3, 1, 2}, 5);
    rq_buf_append(&nodes, "node { name: 'y' op: 'ReverseSequence' input: 'x' input: 'lengths'"
                          " " INTEGER("batch_dim", 1) INTEGER("seq_dim", 2) "}\n");
    expect_dims(state, &nodes, &(rq_shape){4, {1, -1, -1, 2}});
}

/* The filters' rank is not the image's. */
static void a_convolution_has_the_rank_of_its_image(void **state)
{
    rq_buf nodes = {0};
    put_const(&nodes, "w", (float[]){1, 1, 1}, (int[]){1, 1, 3, 1}, 4);
    rq_buf_append(&nodes,
                  "node { name: 'm' op: 'BatchMatMulV2' input: 'x' input: 'x' }\n"
                  "node { name: 'y' op: 'DepthwiseConv2dNative' input: 'm' input: 'w'"
                  " attr { key: 'padding' value { s: 'SAME' } } attr { key: 'strides' value {"
                  " list { i: 1 i: 1 i: 1 i: 1 } } } }\n");
    expect_dims(state, &nodes, &(rq_shape){4, {-1, -1, -1, -1}});
}

/* Three batches of indices, where the sizes that are tried for the unknown ones are others. */
static void what_is_gathered_by_batches_has_a_rank(void **state)
{
    rq_buf nodes = {0};
    rq_buf_append(&nodes, SCALAR("two", 2));
    put_ints(&nodes, "turn", (int[]){1, 0, 2, 3}, 4);
    put_ints(&nodes, "row", (int[]){0, 1, 1, 0, 1, 0}, 6);
    put_ints(&nodes, "sizes", (int[]){3, 1, 2}, 3);
    rq_buf_append(&nodes, "node { name: 't' op: 'Transpose' input: 'x' input: 'turn' }\n"
                          "node { name: 'i' op: 'Reshape' input: 'row' input: 'sizes' }\n"
                          "node { name: 'y' op: 'GatherV2' input: 't' input: 'i' input: 'two'"
                          " " INTEGER("batch_dims", 1) "}\n");
    expect_dims(state, &nodes, &(rq_shape){5, {-1, -1, -1, -1, -1}});
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(axes_come_before_single_elements_go),
        TEST(blocks_that_are_turned_away),
        TEST(one_batch_is_gathered_without_batches),
        TEST(wide_integers_are_turned_by_a_slice),
        TEST(truths_of_one_of_several_parts),
        TEST(zeros_of_what_is_no_number),
        TEST(parts_of_an_unknown_size_have_a_rank),
        TEST(what_is_turned_by_lengths_keeps_its_shape),
        TEST(a_convolution_has_the_rank_of_its_image),
        TEST(what_is_gathered_by_batches_has_a_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
