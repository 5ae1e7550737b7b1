#include "tests/unit/tf_checkpoint.h"
#include "tests/unit/scratch.h"

#include "engine/import/tensorflow/tf.h"

#include <sys/stat.h>

static rq_framework_model *open_text(void **state, const char *text)
{
    rq_framework_model *source = NULL;
    const char *path = scratch_file(state, "graph.pbtxt", text, strlen(text));
    assert_ok(rq_tf_open(&source, path, &(rq_tf_options){0}));
    return source;
}

static void assert_refused(void **state, const char *text, const char *message)
{
    rq_framework_model *source = NULL;
    const char *path = scratch_file(state, "graph.pbtxt", text, strlen(text));
    assert_fails(rq_tf_open(&source, path, &(rq_tf_options){0}), RQ_EFORMAT, message);
    assert_null(source);
}

static const rq_framework_node *find_node(const rq_framework_model *source, const char *name)
{
    for (size_t i = 0; i < source->n_nodes; i++)
        if (!strcmp(source->nodes[i].name, name)) return &source->nodes[i];
    fail_msg("no node '%s'", name);
    return NULL;
}

static const rq_tensor *find_constant(const rq_framework_model *source, const char *name)
{
    for (size_t i = 0; i < source->n_constants; i++)
        if (!strcmp(source->constants[i].name, name)) return &source->constants[i].tensor;
    fail_msg("no constant '%s'", name);
    return NULL;
}

#define PLACEHOLDER                                                                                \
    "node { name: 'x' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT } }\n"          \
    "  attr { key: 'shape' value { shape { dim { size: -1 } dim { size: 3 } } } } }\n"

static void test_nodes_and_attributes(void **state)
{
    rq_framework_model *s = open_text(
        state, PLACEHOLDER
        "node { name: 'k' op: 'Const' attr { key: 'value' value { tensor { dtype: DT_FLOAT\n"
        "  tensor_shape { dim { size: 2 } dim { size: 2 } } float_val: 1 float_val: 2 } } } }\n"
        "node { name: 's' op: 'Split' input: 'k' input: 'x' input: '^k'\n"
        "  attr { key: 'num_split' value { i: 3 } }\n"
        "  attr { key: 'ints' value { list { i: 4 i: -5 } } }\n"
        "  attr { key: 'mode' value { s: 'a\\tb' } }\n"
        "  attr { key: 'flag' value { b: true } } attr { key: '_output_shapes' value { } } }\n"
        "node { name: 'y' op: 'AddV2' input: 's' input: 's:2' }\n"
        "node { name: 'unused' op: 'NoOp' input: '^y' }");
    size_t n;
    assert_int_equal(s->n_inputs, 1);
    assert_int_equal(s->inputs[0].tensor.dtype, RQ_DT_F32);
    assert_true(rq_shape_equal(&s->inputs[0].tensor.shape, &(rq_shape){2, {RQ_DYNAMIC, 3}}));
    assert_int_equal(s->n_nodes, 2);
    const rq_framework_node *split = find_node(s, "s"), *add = find_node(s, "y");
    assert_int_equal(split->n_in, 2); /* without what only orders */
    assert_int_equal(split->n_out, 3);
    assert_string_equal(split->out[2], add->in[1]);
    assert_int_equal(rq_framework_int(split, "num_split", 0), 3);
    assert_int_equal(rq_framework_ints(split, "ints", &n)[1], -5);
    assert_string_equal(rq_framework_string(split, "mode", ""), "a\tb");
    assert_int_equal(rq_framework_int(split, "flag", 0), 1);
    assert_null(rq_framework_find_attr(split, "_output_shapes"));
    /* The list's last value goes on to the end. */
    assert_near_f32(find_constant(s, "k")->data, (float[]){1, 2, 2, 2}, 4, 0, 0);
    assert_int_equal(s->n_outputs, 1);
    assert_string_equal(s->outputs[0].name, "y");
    rq_framework_model_destroy(&s);
}

/* Anchors stay; what training left over, and what depends on a variable, does not. */
static void test_outputs_of_constants(void **state)
{
    rq_framework_model *s = open_text(
        state, PLACEHOLDER
        "node { name: 'k' op: 'Const' attr { key: 'value' value { tensor { dtype: DT_FLOAT\n"
        "  tensor_shape { dim { size: 2 } } float_val: 1 } } } }\n"
        "node { name: 'text' op: 'Const' attr { key: 'value' value { tensor { dtype: DT_STRING\n"
        "  tensor_shape { } string_val: 'a' } } } }\n"
        "node { name: 'v' op: 'VariableV2' attr { key: 'dtype' value { type: DT_FLOAT } } }\n"
        "node { name: 'y' op: 'Neg' input: 'x' }\n"
        "node { name: 'anchors' op: 'Neg' input: 'k' }\n"
        "node { name: 'tag' op: 'Identity' input: 'text' }\n"
        "node { name: 'v/read' op: 'Identity' input: 'v' }\n");
    assert_int_equal(s->n_outputs, 2);
    assert_string_equal(s->outputs[0].name, "y");
    assert_string_equal(s->outputs[1].name, "anchors");
    rq_framework_model_destroy(&s);
}

#define CONST_TEXT(name)                                                                           \
    "node { name: '" name "' op: 'Const' attr { key: 'dtype' value { type: DT_STRING } }\n"        \
    "  attr { key: 'value' value { tensor { dtype: DT_STRING tensor_shape { } string_val: 'a' } }" \
    " } }\n"

/* A graph as it is trained: the saver, what updates variables, summaries and gradients end it, too.
 */
static void test_outputs_of_training(void **state)
{
    rq_framework_model *s = open_text(
        state,
        PLACEHOLDER CONST_TEXT(
            "save/Const") "node { name: 'v' op: 'VariableV2' attr { key: 'dtype' value { type: "
                          "DT_FLOAT } } }\n"
                          "node { name: 'save/file' op: 'PlaceholderWithDefault' input: "
                          "'save/Const'\n"
                          "  attr { key: 'dtype' value { type: DT_STRING } } }\n"
                          "node { name: 'save/restored' op: 'RestoreV2' input: 'save/file' }\n"
                          "node { name: 'save/i' op: 'Identity' input: 'save/restored' }\n"
                          "node { name: 'save/done' op: 'Identity' input: 'save/file'\n"
                          "  attr { key: 'T' value { type: DT_STRING } } }\n"
                          "node { name: 'y' op: 'Print' input: 'x' input: 'x' }\n"
                          "node { name: 'seen' op: 'HistogramSummary' input: 'save/Const' input: "
                          "'y' }\n"
                          "node { name: 'update' op: 'Mul' input: 'y' input: 'v' }\n"
                          "node { name: 'set' op: 'AssignSub' input: 'v' input: 'update' }\n"
                          "node { name: 'gradients/of_x' op: 'Neg' input: 'y' }\n"
                          "node { name: 'z' op: 'Neg' input: 'y' }\n");
    assert_int_equal(s->n_outputs, 1);
    assert_string_equal(s->outputs[0].name, "z");
    assert_int_equal(s->n_inputs, 1);
    rq_framework_model_destroy(&s);
}

#define TYPES "attr { key: 'component_types' value { list { type: DT_FLOAT type: DT_INT64 } } }\n"
#define SHAPES "value { list { shape { dim { size: 4 } dim { size: 3 } } shape { } } } }\n"

/* Two images with their labels of a queue, and the next of an iterator, come from outside. */
static void test_queues_are_inputs(void **state)
{
    rq_framework_model *s = open_text(
        state, "node { name: 'n' op: 'Const' attr { key: 'value' value { tensor { dtype: DT_INT32\n"
               "  tensor_shape { } int_val: 2 } } } }\n"
               "node { name: 'q' op: 'FIFOQueueV2' " TYPES " attr { key: 'shapes' " SHAPES "}\n"
               "node { name: 'take' op: 'QueueDequeueManyV2' input: 'q' input: 'n' " TYPES "}\n"
               "node { name: 'it' op: 'IteratorV2' }\n"
               "node { name: 'next' op: 'IteratorGetNext' input: 'it'\n"
               "  attr { key: 'output_types' value { list { type: DT_FLOAT type: DT_INT64 } } }\n"
               "  attr { key: 'output_shapes' " SHAPES "}\n"
               "node { name: 'y' op: 'Neg' input: 'take' }\n"
               "node { name: 'labels' op: 'Neg' input: 'take:1' }\n"
               "node { name: 'z' op: 'Neg' input: 'next' }\n");
    assert_int_equal(s->n_inputs, 3);
    assert_string_equal(s->inputs[0].name, "take");
    assert_string_equal(s->inputs[1].name, "take:1");
    assert_int_equal(s->inputs[1].tensor.dtype, RQ_DT_I64);
    assert_true(rq_shape_equal(&s->inputs[0].tensor.shape, &(rq_shape){3, {RQ_DYNAMIC, 4, 3}}));
    assert_true(rq_shape_equal(&s->inputs[1].tensor.shape, &(rq_shape){1, {RQ_DYNAMIC}}));
    assert_true(rq_shape_equal(&s->inputs[2].tensor.shape, &(rq_shape){2, {4, 3}}));
    assert_int_equal(s->n_outputs, 3);
    rq_framework_model_destroy(&s);
}

/* f(a, b) = relu(b), a; g(v) = f(v, tanh(v)). */
#define FUNCTIONS                                                                                  \
    "library {\n"                                                                                  \
    "  function { signature { name: 'f' input_arg { name: 'a' } input_arg { name: 'b' }\n"         \
    "      output_arg { name: 'p' } output_arg { name: 'q' } }\n"                                  \
    "    node_def { name: 'r' op: 'Relu' input: 'b' }\n"                                           \
    "    ret { key: 'p' value: 'r:activations:0' } ret { key: 'q' value: 'a' } }\n"                \
    "  function { signature { name: 'g' input_arg { name: 'v' } output_arg { name: 'w' } }\n"      \
    "    node_def { name: 't' op: 'Tanh' input: 'v' }\n"                                           \
    "    node_def { name: 'in/PartitionedCall' op: 'PartitionedCall' input: 'v'\n"                 \
    "      input: 't:y:0' attr { key: 'f' value { func { name: 'f' } } } }\n"                      \
    "    node_def { name: 'm' op: 'Mul' input: 'in/PartitionedCall:output:0'\n"                    \
    "      input: 'in/PartitionedCall:output:1' }\n"                                               \
    "    ret { key: 'w' value: 'm:z:0' } }\n"                                                      \
    "}\n"

static void test_functions_are_expanded(void **state)
{
    rq_framework_model *s =
        open_text(state, PLACEHOLDER FUNCTIONS
                  "node { name: 'call' op: 'StatefulPartitionedCall' input: 'x'\n"
                  "  attr { key: 'f' value { func { name: 'g' } } } }\n"
                  "node { name: 'y' op: 'Neg' input: 'call' }");
    assert_int_equal(s->n_nodes, 4);
    assert_string_equal(find_node(s, "call/t")->in[0], "x");
    assert_string_equal(find_node(s, "call/in/r")->in[0], "call/t");
    assert_string_equal(find_node(s, "call/m")->in[0], "call/in/r");
    assert_string_equal(find_node(s, "call/m")->in[1], "x"); /* an argument that comes back */
    assert_string_equal(find_node(s, "y")->in[0], "call/m");
    rq_framework_model_destroy(&s);
}

/* f<i> calls f<i-1> ten times: a kilobyte that would be ten billion nodes. */
static void test_functions_that_explode(void **state)
{
    rq_buf text = {0};
    rq_buf_printf(&text, PLACEHOLDER "node { name: 'y' op: 'f9' input: 'x' }\nlibrary {\n");
    for (int i = 0; i < 10; i++) {
        rq_buf_printf(&text,
                      "function { signature { name: 'f%d' input_arg { name: 'a' } output_arg {"
                      " name: 'o' } } ret { key: 'o' value: 'n9' }\n",
                      i);
        for (int k = 0; k < 10; k++)
            rq_buf_printf(&text, "node_def { name: 'n%d' op: 'f%d' input: 'a' }\n", k, i - 1);
        rq_buf_printf(&text, "}\n");
    }
    rq_buf_printf(&text, "}");
    assert_refused(state, text.data, "call each other make more than");
    rq_buf_free(&text);
}

static void test_bad_graphs(void **state)
{
    assert_refused(state, "node { name: 'x' op: 'Relu' input: 'gone' }", "'gone', which is not");
    assert_refused(state, "node { name: 'x' op: 'Relu' } node { name: 'x' op: 'Relu' }",
                   "two nodes are called 'x'");
    assert_refused(state, "node { op: 'Relu' }", "without a name");
    assert_refused(state, "node { name: 'x' }", "without an operator");
    assert_refused(state, "versions { producer: 1 }", "no nodes");
    assert_refused(state, "node { name: 'x' op: 'Const' }", "no output");
    assert_refused(state, PLACEHOLDER "node { name: 'y' op: 'Relu' input: 'x:-1' }", "no input");
    assert_refused(state, PLACEHOLDER "node { name: 'y' op: 'Relu' input: 'x:99999999' }",
                   "no input");
    assert_refused(state,
                   PLACEHOLDER "library { function { signature { name: 'f' input_arg { name: 'a' }"
                               " output_arg { name: 'o' } } node_def { name: 'n' op: 'f' input: 'a'"
                               " } ret { key: 'o' value: 'n' } } }"
                               "node { name: 'y' op: 'f' input: 'x' }",
                   "calls deep");
    assert_refused(state,
                   PLACEHOLDER "library { function { signature { name: 'f' output_arg { name: 'o' }"
                               " } } } node { name: 'y' op: 'f' input: 'x' }",
                   "does not return");
    assert_refused(state,
                   "library { function { signature { name: 'f' input_arg { name: 'a' } output_arg "
                   "{ name: 'o' } } ret { key: 'o' value: 'a' } } }"
                   "node { name: 'y' op: 'f' input: 'z' } node { name: 'z' op: 'f' input: 'y' }",
                   "reads itself");
    assert_refused(state,
                   PLACEHOLDER "node { name: 'k' op: 'Const' attr { key: 'value' value { tensor { "
                               "dtype: DT_FLOAT tensor_shape { dim { size: 2000000000 } } "
                               "float_val: 1 } } } }"
                               "node { name: 'y' op: 'Add' input: 'x' input: 'k' }",
                   "too many for a file of");
    assert_refused(state,
                   PLACEHOLDER "node { name: 'k' op: 'Const' attr { key: 'value' value { tensor { "
                               "dtype: DT_FLOAT tensor_content: 'abc' } } } }"
                               "node { name: 'y' op: 'Add' input: 'x' input: 'k' }",
                   "3 bytes of data, its shape needs 4");
}

/* Attributes that hold attributes that hold attributes. */
static void test_deep_nesting(void **state)
{
    rq_buf value = {0};
    for (int i = 0; i < 300; i++) {
        rq_buf entry = {0}, list = {0}, outer = {0};
        wire_message(&entry, 2, &value);
        wire_message(&list, 2, &entry);
        wire_message(&outer, 10, &list);
        value = outer;
    }
    rq_buf entry = {0}, node = {0}, graph = {0};
    rq_framework_model *source = NULL;
    wire_message(&entry, 2, &value);
    wire_message(&node, 5, &entry);
    wire_message(&graph, 1, &node);
    const char *path = scratch_file(state, "graph.pb", graph.data, graph.length);
    assert_fails(rq_tf_open(&source, path, &(rq_tf_options){0}), RQ_EFORMAT, "100 deep");
    rq_buf_free(&graph);
}

/* -- SavedModels ----------------------------------------------------------------------------- */

/* variables.index: "" -> header, "v/one" at 0, "v/two" at 9 (not aligned). */
static rq_buf table(void)
{
    rq_buf file = {0}, block = {0}, header = {0};
    wire_int(&header, 1, 1);
    put_entry(&block, 0, "", 0, &header);
    rq_buf one = tensor_entry(2, 0), two = tensor_entry(3, 9);
    put_entry(&block, 0, "v/one", 5, &one);
    put_entry(&block, 2, "v/two", 5, &two);
    put_table(&file, &block);
    rq_buf_free(&header);
    rq_buf_free(&one);
    rq_buf_free(&two);
    return file;
}

static const char saved_model[] =
    "meta_graphs { meta_info_def { tags: 'serve' } graph_def {\n" PLACEHOLDER
    "  node { name: 'one' op: 'VarHandleOp' attr { key: 'shared_name' value { s: 'v/one' } } }\n"
    "  node { name: 'v/two' op: 'VariableV2' }\n"
    "  node { name: 'r' op: 'ReadVariableOp' input: 'one' }\n"
    "  node { name: 'y' op: 'Mul' input: 'x' input: 'r' }\n"
    "  node { name: 'z' op: 'Add' input: 'y' input: 'v/two' }\n"
    "  node { name: 'other' op: 'Neg' input: 'y' } }\n"
    "  signature_def { key: 'serving_default' value {\n"
    "    inputs { key: 'in' value { name: 'x:0' } }\n"
    "    outputs { key: 'answer' value { name: 'z:0' } } } } }";

static const char *write_saved_model(void **state, const rq_buf *index)
{
    float values[] = {1.5f, -2, 0, 0, 0, 0};
    const float two[] = {4, 5, 6};
    memcpy((char *)values + 9, two, sizeof two);
    mkdir(scratch_path(state, "variables"), 0777);
    scratch_file(state, "variables/variables.index", index->data, index->length);
    scratch_file(state, "variables/variables.data-00000-of-00001", values, 21);
    scratch_file(state, "saved_model.pbtxt", saved_model, strlen(saved_model));
    return *state;
}

static void test_saved_model(void **state)
{
    rq_buf index = table();
    rq_framework_model *s = NULL;
    assert_ok(rq_tf_open(&s, write_saved_model(state, &index), &(rq_tf_options){0}));
    assert_int_equal(s->n_nodes, 3); /* y, z and "answer"; the reads are gone, "other" too */
    assert_string_equal(find_node(s, "y")->in[1], "one");
    assert_near_f32(find_constant(s, "one")->data, (float[]){1.5f, -2}, 2, 0, 0);
    assert_near_f32(find_constant(s, "v/two")->data, (float[]){4, 5, 6}, 3, 0, 0);
    assert_int_equal(s->n_outputs, 1);
    assert_string_equal(s->outputs[0].name, "answer");
    assert_int_equal(s->bytes, (2 + 3) * sizeof(float)); /* not what training needs beside it */
    rq_framework_model_destroy(&s);
    assert_fails(rq_tf_open(&s, *state, &(rq_tf_options){.tags = "serve,gpu"}), RQ_EFORMAT,
                 "no graph has the tags 'serve,gpu'; there is 'serve'");
    rq_buf_free(&index);
}

/* Cut anywhere, any bit flipped: a model or a message, never a crash. */
static void test_damaged_checkpoint(void **state)
{
    rq_buf index = table();
    const char *dir = write_saved_model(state, &index);
    size_t refused = 0;
    for (size_t i = 0; i < index.length * 9; i++) {
        rq_framework_model *s = NULL;
        rq_buf cut = {.data = index.data, .length = i < index.length ? i : index.length};
        size_t bit = i - index.length;
        if (i >= index.length) index.data[bit / 8] ^= (char)(1 << bit % 8);
        scratch_file(state, "variables/variables.index", cut.data, cut.length);
        rq_status status = rq_tf_open(&s, dir, &(rq_tf_options){0});
        if (status != RQ_OK) assert_string_not_equal(rq_error_text(), "");
        if (i < index.length) assert_int_not_equal(status, RQ_OK);
        refused += status != RQ_OK;
        rq_framework_model_destroy(&s);
        if (i >= index.length) index.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_in_range(refused, 2 * index.length, 9 * index.length - 1);
    rq_buf_free(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
        TEST(test_nodes_and_attributes), TEST(test_functions_are_expanded),
        TEST(test_outputs_of_constants), TEST(test_functions_that_explode),
        TEST(test_outputs_of_training),  TEST(test_queues_are_inputs),
        TEST(test_bad_graphs),           TEST(test_deep_nesting),
        TEST(test_saved_model),          TEST(test_damaged_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
