/* Damaged and hostile ONNX files: a clear error, no crash, memory bounded by the file. */
#include "tests/unit/test.h"

#include "tests/unit/scratch.h"
#include "tests/unit/wire.h"

#include "engine/base/file.h"
#include "engine/import/framework_model_make.h"
#include "engine/import/import.h"

/* Field numbers of ONNX's messages. */
enum {
    MODEL_IR_VERSION = 1,
    MODEL_GRAPH = 7,
    MODEL_OPSET = 8,
    MODEL_FUNCTION = 25,
    GRAPH_NODE = 1,
    GRAPH_NAME = 2,
    GRAPH_INITIALIZER = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12,
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_NAME = 3,
    NODE_TYPE = 4,
    NODE_ATTRIBUTE = 5,
    NODE_DOMAIN = 7,
    TENSOR_DIMS = 1,
    TENSOR_TYPE = 2,
    TENSOR_NAME = 8,
    TENSOR_RAW = 9,
    TENSOR_EXTERNAL = 13,
    TENSOR_LOCATION = 14,
    FUNCTION_NAME = 1,
    FUNCTION_INPUT = 4,
    FUNCTION_OUTPUT = 5,
    FUNCTION_NODE = 7,
    FUNCTION_DOMAIN = 10
};

/* -- making files ---------------------------------------------------------------------------- */

static void add_value(rq_buf *graph, unsigned field, const char *name, const int64_t *dims,
                      size_t rank)
{
    rq_buf shape = {0}, tensor = {0}, type = {0}, value = {0};
    for (size_t i = 0; i < rank; i++) {
        rq_buf dim = {0};
        wire_int(&dim, 1, dims[i]);
        wire_message(&shape, 1, &dim);
    }
    wire_int(&tensor, 1, 1);
    wire_message(&tensor, 2, &shape);
    wire_message(&type, 1, &tensor);
    wire_text(&value, 1, name);
    wire_message(&value, 2, &type);
    wire_message(graph, field, &value);
}

static void add_node(rq_buf *graph, unsigned field, const char *type, const char *domain,
                     const char *a, const char *b, const char *out)
{
    rq_buf node = {0};
    wire_text(&node, NODE_INPUT, a);
    if (b) wire_text(&node, NODE_INPUT, b);
    wire_text(&node, NODE_OUTPUT, out);
    wire_text(&node, NODE_TYPE, type);
    if (domain) wire_text(&node, NODE_DOMAIN, domain);
    wire_message(graph, field, &node);
}

static void add_tensor(rq_buf *graph, const char *name, const int64_t *dims, size_t rank,
                       const void *raw, size_t bytes)
{
    rq_buf tensor = {0};
    for (size_t i = 0; i < rank; i++) wire_int(&tensor, TENSOR_DIMS, dims[i]);
    wire_int(&tensor, TENSOR_TYPE, 1);
    wire_text(&tensor, TENSOR_NAME, name);
    wire_bytes(&tensor, TENSOR_RAW, raw, bytes);
    wire_message(graph, GRAPH_INITIALIZER, &tensor);
}

static void finish(rq_buf *model, rq_buf *graph)
{
    rq_buf opset = {0};
    wire_int(model, MODEL_IR_VERSION, 8);
    wire_message(model, MODEL_GRAPH, graph);
    wire_int(&opset, 2, 13);
    wire_message(model, MODEL_OPSET, &opset);
}

/* y = relu(x + w), then reshaped, w [2,3]. */
static void small_model(rq_buf *model)
{
    static const int64_t dims[] = {2, 3};
    static const float w[6] = {1, 2, 3, 4, 5, 6};
    rq_buf graph = {0};
    wire_text(&graph, GRAPH_NAME, "g");
    add_value(&graph, GRAPH_INPUT, "x", dims, 2);
    add_value(&graph, GRAPH_OUTPUT, "y", dims, 2);
    add_tensor(&graph, "w", dims, 2, w, sizeof w);
    add_node(&graph, GRAPH_NODE, "Add", NULL, "x", "w", "a");
    add_node(&graph, GRAPH_NODE, "Relu", NULL, "a", NULL, "y");
    finish(model, &graph);
}

static rq_status import_bytes(void **state, const void *data, size_t size, size_t *n_unmapped)
{
    char path[512];
    rq_framework_model *source = NULL;
    rq_import_result result = {0};
    snprintf(path, sizeof path, "%s/model.onnx", (char *)*state);
    FILE *file = fopen(path, "wb"); /* rq_write_file waits for the disk, thousands of times */
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
    rq_status status = rq_import_open(&source, &(rq_import_files){.model = path});
    if (status == RQ_OK) status = rq_import_graph(&result, source, NULL);
    if (n_unmapped) *n_unmapped = result.n_unmapped;
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&source);
    return status;
}

static rq_status import_model(void **state, rq_buf *model)
{
    size_t unmapped = 0;
    rq_status status = import_bytes(state, model->data, model->length, &unmapped);
    assert_int_equal(unmapped, 0);
    rq_buf_free(model);
    return status;
}

/* -- damage ---------------------------------------------------------------------------------- */

static void test_whole_file(void **state)
{
    rq_buf model = {0};
    small_model(&model);
    assert_ok(import_model(state, &model));
}

/* Cut off anywhere it is no model any more, but for the opset at the end, without which it says so.
 */
static void test_truncated(void **state)
{
    rq_buf model = {0};
    small_model(&model);
    for (size_t n = 0; n < model.length; n++) {
        rq_status status = import_bytes(state, model.data, n, NULL);
        if (status != RQ_EFORMAT) fail_msg("%zu of %zu bytes: gave %d", n, model.length, status);
        assert_true(strlen(rq_error_text()) > 0);
    }
    rq_buf_free(&model);
}

/* Every byte, every bit: it imports or it does not, with a message. */
static void test_flipped_bits(void **state)
{
    rq_buf model = {0};
    small_model(&model);
    for (size_t i = 0; i < model.length; i++)
        for (int bit = 0; bit < 8; bit++) {
            model.data[i] = (char)(model.data[i] ^ (1 << bit));
            rq_status status = import_bytes(state, model.data, model.length, NULL);
            assert_true(status == RQ_OK || strlen(rq_error_text()) > 0);
            model.data[i] = (char)(model.data[i] ^ (1 << bit));
        }
    rq_buf_free(&model);
}

/* -- hostile --------------------------------------------------------------------------------- */

static void test_huge_dims(void **state)
{
    static const int64_t dims[] = {1 << 30, 1 << 30};
    rq_buf model = {0}, graph = {0};
    add_tensor(&graph, "w", dims, 2, "abcd", 4);
    finish(&model, &graph);
    assert_fails(import_model(state, &model), RQ_EFORMAT, "w");
}

static void test_data_too_short(void **state)
{
    static const int64_t dims[] = {1 << 29}; /* 2 GB in 100 bytes */
    rq_buf model = {0}, graph = {0};
    add_tensor(&graph, "w", dims, 1, "abcd", 4);
    finish(&model, &graph);
    assert_fails(import_model(state, &model), RQ_EFORMAT, "4 bytes, its type and shape need");
}

static void external_model(rq_buf *model, const char *location, const char *offset)
{
    rq_buf graph = {0}, tensor = {0};
    const char *const pairs[][2] = {{"location", location}, {"offset", offset}};
    static const int64_t dims[] = {4};
    wire_int(&tensor, TENSOR_DIMS, dims[0]);
    wire_int(&tensor, TENSOR_TYPE, 1);
    wire_text(&tensor, TENSOR_NAME, "w");
    for (size_t i = 0; i < 2; i++) {
        rq_buf entry = {0};
        wire_text(&entry, 1, pairs[i][0]);
        wire_text(&entry, 2, pairs[i][1]);
        wire_message(&tensor, TENSOR_EXTERNAL, &entry);
    }
    wire_int(&tensor, TENSOR_LOCATION, 1);
    wire_message(&graph, GRAPH_INITIALIZER, &tensor);
    add_value(&graph, GRAPH_OUTPUT, "w", dims, 1);
    finish(model, &graph);
}

static void test_external_data(void **state)
{
    char path[512];
    rq_buf model = {0};
    float data[8] = {0};
    snprintf(path, sizeof path, "%s/w.bin", (char *)*state);
    external_model(&model, "w.bin", "16");
    assert_fails(import_model(state, &model), RQ_EIO, "tensor 'w'");
    assert_ok(rq_write_file(path, data, sizeof data));
    model = (rq_buf){0};
    external_model(&model, "w.bin", "16");
    assert_ok(import_model(state, &model));
    model = (rq_buf){0};
    external_model(&model, "w.bin", "20");
    assert_fails(import_model(state, &model), RQ_EFORMAT, "16 bytes at 20");
    model = (rq_buf){0};
    external_model(&model, "w.bin", "9223372036854775807");
    assert_fails(import_model(state, &model), RQ_EFORMAT, "which has 32 bytes");
}

/* A model from elsewhere reads no files outside its folder. */
static void test_external_data_outside(void **state)
{
    static const char *const locations[] = {"/etc/passwd", "../w.bin", "a/../../w.bin", ""};
    for (size_t i = 0; i < sizeof locations / sizeof locations[0]; i++) {
        rq_buf model = {0};
        external_model(&model, locations[i], "0");
        assert_fails(import_model(state, &model), RQ_EFORMAT, "beside the model");
    }
}

/* Nor through a link, but for one to where the model itself lies. */
static void test_external_data_through_links(void **state)
{
    char path[512], target[512];
    float data[8] = {0};
    rq_buf model = {0};
    snprintf(path, sizeof path, "%s/linked.bin", (char *)*state);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    external_model(&model, "linked.bin", "0");
    assert_fails(import_model(state, &model), RQ_EFORMAT, "linked.bin: leads outside the folder");
    assert_int_equal(unlink(path), 0);
    snprintf(target, sizeof target, "%s/w.blob", (char *)*state);
    assert_ok(rq_write_file(target, data, sizeof data));
    assert_int_equal(symlink("w.blob", path), 0);
    model = (rq_buf){0};
    external_model(&model, "linked.bin", "16");
    assert_ok(import_model(state, &model));
}

static void test_cycle(void **state)
{
    static const int64_t dims[] = {2};
    rq_buf model = {0}, graph = {0};
    add_value(&graph, GRAPH_INPUT, "x", dims, 1);
    add_value(&graph, GRAPH_OUTPUT, "b", dims, 1);
    add_node(&graph, GRAPH_NODE, "Add", NULL, "x", "b", "a");
    add_node(&graph, GRAPH_NODE, "Relu", NULL, "a", NULL, "b");
    finish(&model, &graph);
    assert_fails(import_model(state, &model), RQ_EFORMAT, "a cycle");
}

static void test_made_twice(void **state)
{
    static const int64_t dims[] = {2};
    rq_buf model = {0}, graph = {0};
    add_value(&graph, GRAPH_INPUT, "x", dims, 1);
    add_value(&graph, GRAPH_OUTPUT, "a", dims, 1);
    add_node(&graph, GRAPH_NODE, "Relu", NULL, "x", NULL, "a");
    add_node(&graph, GRAPH_NODE, "Exp", NULL, "x", NULL, "a");
    finish(&model, &graph);
    assert_fails(import_model(state, &model), RQ_EFORMAT, "which another node gives");
}

static void test_missing_value(void **state)
{
    static const int64_t dims[] = {2};
    rq_buf model = {0}, graph = {0};
    add_value(&graph, GRAPH_OUTPUT, "a", dims, 1);
    add_node(&graph, GRAPH_NODE, "Relu", NULL, "nowhere", NULL, "a");
    finish(&model, &graph);
    assert_fails(import_model(state, &model), RQ_EFORMAT, "'nowhere', which nothing gives");
}

static void add_function(rq_buf *model, const char *name, const char *calls, int times)
{
    rq_buf function = {0};
    wire_text(&function, FUNCTION_NAME, name);
    wire_text(&function, FUNCTION_DOMAIN, "own");
    wire_text(&function, FUNCTION_INPUT, "in");
    wire_text(&function, FUNCTION_OUTPUT, "out");
    for (int i = 0; i < times; i++) {
        char from[16] = "in", to[16] = "out";
        if (i > 0) snprintf(from, sizeof from, "t%d", i);
        if (i < times - 1) snprintf(to, sizeof to, "t%d", i + 1);
        add_node(&function, FUNCTION_NODE, calls, "own", from, NULL, to);
    }
    wire_message(model, MODEL_FUNCTION, &function);
}

static void calling_model(rq_buf *model, const char *function)
{
    static const int64_t dims[] = {2};
    rq_buf graph = {0};
    add_value(&graph, GRAPH_INPUT, "x", dims, 1);
    add_value(&graph, GRAPH_OUTPUT, "y", dims, 1);
    add_node(&graph, GRAPH_NODE, function, "own", "x", NULL, "y");
    finish(model, &graph);
}

static void test_function_calls_itself(void **state)
{
    rq_buf model = {0};
    calling_model(&model, "f");
    add_function(&model, "f", "f", 1);
    assert_fails(import_model(state, &model), RQ_EFORMAT, "deep");
}

/* Each function calls the next ten times: 10^9 nodes from a few hundred bytes. */
static void test_function_bomb(void **state)
{
    rq_buf model = {0};
    char name[8], next[8];
    calling_model(&model, "f0");
    for (int i = 0; i < 9; i++) {
        snprintf(name, sizeof name, "f%d", i);
        snprintf(next, sizeof next, "f%d", i + 1);
        add_function(&model, name, next, 10);
    }
    assert_fails(import_model(state, &model), RQ_EFORMAT, "more nodes than");
}

/* A shape of 2^40 elements that a constant could be folded to. */
static void test_folding_bomb(void **state)
{
    static const int64_t row[] = {3}, one[] = {1}, huge[] = {1 << 15, 1 << 15, 1 << 3};
    static const float x[1] = {1};
    rq_buf model = {0}, graph = {0}, tensor = {0};
    wire_int(&tensor, TENSOR_DIMS, row[0]);
    wire_int(&tensor, TENSOR_TYPE, 7);
    wire_text(&tensor, TENSOR_NAME, "shape");
    wire_bytes(&tensor, TENSOR_RAW, huge, sizeof huge);
    wire_message(&graph, GRAPH_INITIALIZER, &tensor);
    add_tensor(&graph, "x", one, 1, x, sizeof x);
    add_value(&graph, GRAPH_OUTPUT, "y", huge, 3);
    add_node(&graph, GRAPH_NODE, "Expand", NULL, "x", "shape", "y");
    finish(&model, &graph);
    assert_ok(import_model(state, &model)); /* it stays in the graph as it is */
}

static void test_unmapped_is_listed(void **state)
{
    char path[512];
    rq_buf model = {0}, text = {0};
    rq_framework_model *source = NULL;
    rq_import_result result;
    calling_model(&model, "Rellu");
    snprintf(path, sizeof path, "%s/model.onnx", (char *)*state);
    assert_ok(rq_write_file(path, model.data, model.length));
    assert_ok(rq_import_open(&source, &(rq_import_files){.model = path}));
    assert_ok(rq_import_graph(&result, source, NULL));
    assert_null(result.graph);
    assert_int_equal(result.n_unmapped, 1);
    rq_import_list_unmapped(&text, source, &result);
    assert_non_null(strstr(text.data, "own.Rellu x1: 'Rellu_0'"));
    assert_non_null(strstr(text.data, "the nearest that maps is Relu"));
    assert_non_null(strstr(text.data, "--output 'x'"));
    rq_buf_free(&text);
    rq_buf_free(&model);
    rq_framework_model_destroy(&source);
}

/* Replaced and offloaded parts add to what was read. */
static void test_lists_grow(void **state)
{
    static const int64_t dims[] = {2, 3};
    rq_buf model = {0}, graph = {0};
    rq_framework_model *source = NULL;
    rq_framework_node *node;
    add_value(&graph, GRAPH_INPUT, "x", dims, 2);
    add_value(&graph, GRAPH_OUTPUT, "y", dims, 2);
    for (int i = 0; i < 12; i++) /* so many fill their memory to the last byte */
        add_node(&graph, GRAPH_NODE, "Relu", NULL, "x", NULL, i < 11 ? "unused" : "y");
    finish(&model, &graph);
    const char *path = scratch_file(state, "model.onnx", model.data, model.length);
    assert_ok(rq_import_open(&source, &(rq_import_files){.model = path}));
    for (int i = 0; i < 6; i++) {
        assert_ok(rq_framework_model_add_node(&node, source, "more", "Relu", 2, 1));
        node->in[0] = node->in[1] = node->out[0] = "";
        assert_string_equal(node->name, "more");
        assert_string_equal(node->type, "Relu");
    }
    assert_int_equal(source->n_nodes, 18);
    assert_string_equal(source->nodes[11].out[0], "y");
    assert_string_equal(source->inputs[0].name, "x");
    assert_string_equal(source->outputs[0].name, "y");
    rq_framework_model_destroy(&source);
    rq_buf_free(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_file),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_huge_dims),
        cmocka_unit_test(test_data_too_short),
        cmocka_unit_test(test_external_data),
        cmocka_unit_test(test_external_data_outside),
        cmocka_unit_test(test_external_data_through_links),
        cmocka_unit_test(test_cycle),
        cmocka_unit_test(test_made_twice),
        cmocka_unit_test(test_missing_value),
        cmocka_unit_test(test_function_calls_itself),
        cmocka_unit_test(test_function_bomb),
        cmocka_unit_test(test_folding_bomb),
        cmocka_unit_test(test_unmapped_is_listed),
        cmocka_unit_test(test_lists_grow),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
