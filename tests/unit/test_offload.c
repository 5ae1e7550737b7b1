/* Parts of a model that stay with their framework: which nodes, what goes in and out, and the plain
 * IRs that a model is split into. No framework is needed: a function stands for it. */
#include "tests/unit/framework_model_builder.h"

#include "engine/base/file.h"
#include "engine/base/formats/json.h"
#include "engine/exec/framework_run.h"
#include "engine/export/split.h"
#include "engine/ops/common/framework_call.h"
#include "tests/unit/graph_builder.h"

#include <sys/stat.h>

/* A file for the framework to be given. */
static const char *model_file(void **state)
{
    return scratch_file(state, "model.pb", "any", 3);
}

/* x -> head/a -> body -> head/b (reads x, too) -> tail; head/c reads nothing of the model. */
static rq_framework_model *make_source(void **state)
{
    rq_framework_model *s;
    assert_ok(rq_framework_model_create(&s, rq_framework_tf, model_file(state)));
    source_input(s, "x", DIMS(2, 3));
    source_scalar(s, "one", 1);
    source_node(s, "first", "Relu", "x");
    source_node(s, "head/a", "Relu", "first");
    source_node(s, "between", "Relu", "head/a");
    source_node(s, "head/c", "Relu", "one");
    source_node(s, "head/b", "AddN", "between first head/c");
    source_node(s, "tail", "Relu", "head/b");
    assert_ok(rq_framework_model_add_output(s, "tail"));
    return s;
}

typedef struct seen {
    char file[512], feeds[512], fetches[512];
    int calls;
    int64_t rows; /* of what comes out; grows by `step` with each call */
    int64_t step;
    bool follows; /* what comes out has as many rows as what goes in */
} seen;
static seen last;

/* Stands for TensorFlow: zeros come out. */
static rq_status framework(const char *file, const char *feeds, const char *fetches,
                           const rq_tensor *in, size_t n_in, rq_offload_take *take, void *ctx)
{
    float data[64] = {0};
    snprintf(last.file, sizeof last.file, "%s", file);
    snprintf(last.feeds, sizeof last.feeds, "%s", feeds);
    snprintf(last.fetches, sizeof last.fetches, "%s", fetches);
    last.calls++;
    last.rows += last.step;
    if (last.follows) last.rows = in[0].shape.d[0];
    assert_int_equal(n_in, rq_framework_call_count(feeds, ','));
    for (size_t i = 0; i < n_in; i++) assert_non_null(in[i].data);
    rq_tensor out = {RQ_DT_F32, {2, {last.rows, 3}}, data};
    return take(ctx, 0, &out);
}

static rq_offload offload_of(const char *const *part)
{
    return (rq_offload){.parts = part, .n = 1, .tensorflow = framework, .onnxruntime = framework};
}

static void scope_becomes_one_call(void **state)
{
    const char *part = "tf:head/";
    const rq_offload offload = offload_of(&part);
    rq_framework_model *s = make_source(state);
    rq_import_result result;
    last = (seen){.rows = 2};
    assert_ok(rq_offload_apply(s, &offload));
    assert_ok(rq_import_graph(&result, s, &(rq_import_options){.offload = &offload}));
    assert_int_equal(result.n_unmapped, 0);
    const rq_node *node = rq_graph_find(result.graph, "head");
    assert_string_equal(node->type, "TensorFlowCall");
    assert_string_equal(node->version, "requant");
    assert_string_equal(last.feeds, "first"); /* what lies between is of the part, too */
    assert_string_equal(last.fetches, "head/b");
    assert_true(rq_ends_with(last.file, "/model.pb"));
    assert_string_equal(rq_node_attr(node, "file"), last.file);
    assert_string_equal(rq_node_attr(node, "types"), "f32");
    assert_string_equal(rq_node_attr(node, "shapes"), "2,3");
    assert_int_equal(result.graph->values[node->out[0]]->shape.d[0], 2);
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&s);
}

/* A shape that depends on the data is known when it has run. */
static void shape_of_data(void **state)
{
    const char *part = "tf:head/";
    const rq_offload offload = offload_of(&part);
    rq_framework_model *s = make_source(state);
    rq_import_result result;
    rq_bound *bound;
    last = (seen){.rows = 2, .step = 1};
    assert_ok(rq_offload_apply(s, &offload));
    assert_ok(rq_import_graph(&result, s, &(rq_import_options){.offload = &offload}));
    const rq_node *node = rq_graph_find(result.graph, "head");
    assert_string_equal(rq_node_attr(node, "shapes"), "?");
    assert_ok(rq_bind(&bound, result.graph, NULL, 0));
    assert_true(bound->nodes[node->id].deferred);
    rq_bound_destroy(&bound);
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&s);
}

/* A size that is unknown is not the one that it was tried with. */
static void shape_of_unknown_input(void **state)
{
    const char *part = "tf:head/";
    const rq_offload offload = offload_of(&part);
    const int64_t rows[] = {RQ_DYNAMIC, 2};
    for (int i = 0; i < 2; i++) {
        rq_framework_model *s = make_source(state);
        rq_import_result result;
        s->inputs[0].tensor.shape.d[0] = rows[i];
        last = (seen){.follows = true};
        assert_ok(rq_offload_apply(s, &offload));
        assert_ok(rq_import_graph(&result, s, &(rq_import_options){.offload = &offload}));
        const rq_node *node = rq_graph_find(result.graph, "head");
        assert_string_equal(rq_node_attr(node, "shapes"), i ? "2,3" : "?");
        rq_graph_destroy(&result.graph);
        rq_framework_model_destroy(&s);
    }
}

static void points_of_a_file(void **state)
{
    static const char json[] =
        "[{\"match_kind\": \"points\", \"instances\": {\"start_points\": [\"head/a\"], "
        "\"end_points\": [\"tail:0\"]}}]";
    char path[4200];
    snprintf(path, sizeof path, "%s", scratch_file(state, "points.json", json, strlen(json)));
    const char *part = path;
    const rq_offload offload = offload_of(&part);
    rq_framework_model *s = make_source(state);
    assert_ok(rq_offload_apply(s, &offload));
    const rq_framework_node *call = &s->nodes[s->n_nodes - 1];
    assert_string_equal(call->type, "TensorFlowCall");
    assert_int_equal(call->n_in, 1);
    assert_string_equal(call->in[0], "first");
    assert_string_equal(call->out[0], "tail");
    rq_framework_model_destroy(&s);
}

static void wrong_parts(void **state)
{
    static const char *const cases[][2] = {
        {"tf:nothing/", "no node's name begins with 'nothing/'"},
        {"tf:", "no node's name begins with ''"},
        {"onnx:head/", "expected tf:NAME"},
        {"head/", "expected tf:NAME"},
        {"no/such.json", "no/such.json"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *part = cases[i][0];
        const rq_offload offload = offload_of(&part);
        rq_framework_model *s = make_source(state);
        assert_int_not_equal(rq_offload_apply(s, &offload), RQ_OK);
        assert_non_null(strstr(rq_error_text(), cases[i][1]));
        rq_framework_model_destroy(&s);
    }
}

/* A framework's graph can write files: an IR alone does not make it run. */
static void only_where_allowed(void **state)
{
    rq_graph *g;
    rq_model *model;
    rq_session *session;
    rq_exec_options options = {.backend = "reference"};
    float x[6] = {0};
    (void)state;
    assert_ok(rq_graph_create(&g, "test"));
    rq_id in = build_input(g, "x", RQ_DT_F32, SHAPE(2, 3));
    build_result(g, build_node(g, "y", "TensorFlowCall", "requant",
                               ATTRS("file", "/no/model.pb", "feeds", "a", "fetches", "b", "types",
                                     "f32", "shapes", "2,3"),
                               INPUTS(in), 1)
                        ->out[0]);
    assert_ok(rq_model_create(&model, g, &options));
    assert_ok(rq_session_create(&session, model));
    assert_fails(rq_session_run(session, &(rq_tensor){RQ_DT_F32, SHAPE(2, 3), x}, NULL, NULL),
                 RQ_EUNSUPPORTED, "--tensorflow found permits that");
    rq_session_destroy(&session);
    rq_model_destroy(&model);
    rq_graph_destroy(&g);
}

static void wrong_calls(void **state)
{
    static const char *const cases[][4] = {
        {"a,b", "b", "f32", "2,3"}, {"a", "b,c", "f32", "2,3"}, {"a", "b", "none", "2,3"},
        {"a", "b", "f32", "2,x"},   {"a", "b", "f32", "-2,3"},  {"a", "b", "", "2,3"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_graph *g;
        rq_bound *bound;
        assert_ok(rq_graph_create(&g, "test"));
        rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(2, 3));
        build_result(g, build_node(g, "y", "TensorFlowCall", "requant",
                                   ATTRS("file", "f", "feeds", cases[i][0], "fetches", cases[i][1],
                                         "types", cases[i][2], "shapes", cases[i][3]),
                                   INPUTS(x), 1)
                            ->out[0]);
        assert_int_not_equal(rq_bind(&bound, g, NULL, 0), RQ_OK);
        rq_graph_destroy(&g);
    }
}

/* -- splitting
 * ------------------------------------------------------------------------------------- */

static rq_id build_call(rq_graph *g, const char *name, rq_id a, rq_id b)
{
    rq_id in[2] = {a, b};
    uint32_t n = b == RQ_NONE ? 1 : 2;
    return build_node(g, name, "TensorFlowCall", "requant",
                      ATTRS("file", "/m.pb", "feeds", n == 2 ? "p:0,q:0" : "p:0", "fetches", "r",
                            "types", "f32", "shapes", "2,3"),
                      in, n, 1)
        ->out[0];
}

static void assert_list(const rq_json *part, const char *key, const char *want)
{
    rq_buf text = {0};
    const rq_json *list = rq_json_get(part, key);
    rq_buf_append(&text, "");
    for (size_t i = 0; i < rq_json_length(list); i++)
        rq_buf_printf(&text, "%s%s", i ? " " : "", rq_json_as_string(rq_json_at(list, i), "?"));
    assert_string_equal(text.data, want);
    rq_buf_free(&text);
}

static void describe_all(rq_graph *g)
{
    for (rq_id v = 0; v < g->n_values; v++) {
        g->values[v]->dtype = RQ_DT_F32;
        g->values[v]->shape = SHAPE(2, 3);
    }
}

/* x -> a -> call(a, x) -> b (+ a constant, + a) -> result; the constant is in the second part only.
 */
static void split_into_parts(void **state)
{
    rq_graph *g, *part;
    rq_json *json;
    char folder[4200];
    snprintf(folder, sizeof folder, "%s", (const char *)*state);
    assert_ok(rq_graph_create(&g, "test"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(2, 3));
    rq_id a = build_relu(g, "a", x), c = build_weights(g, "c", SHAPE(2, 3));
    describe_all(g);
    rq_id call = build_call(g, "call", a, x);
    rq_id doubled = build(g, "d", "Multiply", NO_ATTRS, INPUTS(c, c));
    rq_id sum = build(g, "b", "Add", NO_ATTRS, INPUTS(call, doubled));
    build_result(g, build(g, "e", "Add", NO_ATTRS, INPUTS(sum, a)));
    describe_all(g);
    assert_ok(rq_export_split(g, folder, "net"));
    assert_ok(rq_json_load(&json, scratch_path(state, "offload.json")));
    const rq_json *parts = rq_json_get(json, "parts");
    assert_int_equal(rq_json_length(parts), 3);
    assert_list(rq_json_at(parts, 0), "inputs", "x");
    assert_list(rq_json_at(parts, 0), "outputs", "a");
    const rq_json *feeds = rq_json_get(rq_json_at(parts, 1), "feeds");
    assert_string_equal(rq_json_as_string(rq_json_get(feeds, "p:0"), ""), "a");
    assert_string_equal(rq_json_as_string(rq_json_get(feeds, "q:0"), ""), "x");
    const rq_json *fetches = rq_json_get(rq_json_at(parts, 1), "fetches");
    assert_string_equal(rq_json_as_string(rq_json_get(fetches, "r:0"), ""), "call");
    assert_list(rq_json_at(parts, 2), "inputs", "a call");
    assert_list(rq_json_at(parts, 2), "outputs", "e");
    assert_string_equal(rq_json_as_string(rq_json_get(rq_json_get(json, "outputs"), "e"), ""), "e");
    assert_ok(rq_ir_read(&part, scratch_path(state, "net-2.xml")));
    assert_non_null(rq_graph_find(part, "c"));
    assert_null(rq_graph_find(part, "x"));
    rq_bound *bound;
    assert_ok(rq_bind(&bound, part, NULL, 0));
    rq_bound_destroy(&bound);
    rq_graph_destroy(&part);
    rq_json_free(&json);
    rq_graph_destroy(&g);
}

/* "a" is the layer of one value and a tensor name of two others, each of which goes into another
 * part than it is made in: all parts call it the same. */
static void split_values_of_one_name(void **state)
{
    rq_graph *g;
    rq_json *json;
    assert_ok(rq_graph_create(&g, "test"));
    rq_id a = build_relu(g, "a", build_input(g, "x", RQ_DT_F32, SHAPE(2, 3)));
    rq_id turned = build_relu(g, "a/Transpose", a), again = build_relu(g, "again", turned);
    g->values[turned]->names = g->values[again]->names = "a";
    rq_id call = build_call(g, "call", a, again);
    rq_id sum = build(g, "sum", "Add", NO_ATTRS, INPUTS(call, a));
    sum = build(g, "both", "Add", NO_ATTRS, INPUTS(sum, again));
    build_result(g, build(g, "all", "Add", NO_ATTRS, INPUTS(sum, turned)));
    describe_all(g);
    assert_ok(rq_export_split(g, scratch_path(state, ""), "alike"));
    assert_ok(rq_json_load(&json, scratch_path(state, "offload.json")));
    const rq_json *parts = rq_json_get(json, "parts");
    const rq_json *feeds = rq_json_get(rq_json_at(parts, 1), "feeds");
    assert_list(rq_json_at(parts, 0), "outputs", "a.0 a again");
    assert_string_equal(rq_json_as_string(rq_json_get(feeds, "p:0"), ""), "a.0");
    assert_string_equal(rq_json_as_string(rq_json_get(feeds, "q:0"), ""), "again");
    assert_list(rq_json_at(parts, 2), "inputs", "a.0 a again call");
    rq_json_free(&json);
    rq_graph_destroy(&g);
}

/* Names that do not go with the layer's ports would leave some of them out of the list. */
static void wrong_calls_to_split(void **state)
{
    static const char *const cases[][4] = {
        {"file", "f", "a,a", "b"}, {"file", "f", "a", "b"},     {"file", "f", "a,b,c", "b"},
        {"file", "f", "a,b", ""},  {"file", "f", "a,b", "c,d"}, {"other", "f", "a,b", "c"},
        {"file", "", "a,b", "c"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_graph *g;
        assert_ok(rq_graph_create(&g, "test"));
        rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(2, 3));
        build_result(g, build_node(g, "y", "TensorFlowCall", "requant",
                                   ATTRS(cases[i][0], cases[i][1], "feeds", cases[i][2], "fetches",
                                         cases[i][3], "types", "f32", "shapes", "2,3"),
                                   INPUTS(x, x), 1)
                            ->out[0]);
        assert_int_equal(rq_export_split(g, (const char *)*state, "net"), RQ_EFORMAT);
        rq_graph_destroy(&g);
    }
}

/* The first part was fine. */
static void what_cannot_be_split_leaves_nothing(void **state)
{
    rq_graph *g;
    struct stat info;
    assert_ok(rq_make_dirs(scratch_path(state, "old")));
    assert_ok(rq_write_file(scratch_path(state, "old/net-1.xml"), "of an earlier run", 17));
    assert_ok(rq_graph_create(&g, "test"));
    rq_id a = build_relu(g, "a", build_input(g, "x", RQ_DT_F32, SHAPE(2, 3)));
    build_result(g, build_node(g, "y", "TensorFlowCall", "requant",
                               ATTRS("file", "f", "feeds", "p,p", "fetches", "b", "types", "f32",
                                     "shapes", "2,3"),
                               INPUTS(a, a), 1)
                        ->out[0]);
    describe_all(g);
    assert_int_equal(rq_export_split(g, scratch_path(state, "new"), "net"), RQ_EFORMAT);
    assert_int_equal(stat(scratch_path(state, "new"), &info), -1);
    assert_int_equal(rq_export_split(g, scratch_path(state, "old"), "net"), RQ_EFORMAT);
    assert_int_equal(stat(scratch_path(state, "old/net-1.bin"), &info), -1);
    assert_int_equal(stat(scratch_path(state, "old/net-1.xml"), &info), 0);
    assert_int_equal(info.st_size, strlen("of an earlier run"));
    rq_graph_destroy(&g);
}

static void nothing_to_split(void **state)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "test"));
    build_result(g, build_relu(g, "a", build_input(g, "x", RQ_DT_F32, SHAPE(2, 3))));
    describe_all(g);
    assert_fails(rq_export_split(g, (const char *)*state, "net"), RQ_EARG,
                 "no part of it stays with its framework");
    rq_graph_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_becomes_one_call),
        cmocka_unit_test(shape_of_data),
        cmocka_unit_test(shape_of_unknown_input),
        cmocka_unit_test(points_of_a_file),
        cmocka_unit_test(wrong_parts),
        cmocka_unit_test(only_where_allowed),
        cmocka_unit_test(wrong_calls),
        cmocka_unit_test(split_into_parts),
        cmocka_unit_test(wrong_calls_to_split),
        cmocka_unit_test(what_cannot_be_split_leaves_nothing),
        cmocka_unit_test(nothing_to_split),
        cmocka_unit_test(split_values_of_one_name),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
