/* "op" of a --transformations_config: sub-graphs of every framework that become one operator of the
 * IR or of an extension. */
#include "tests/unit/extension_library.h"
#include "tests/unit/framework_model_builder.h"

#include "engine/import/replacements/replacements.h"
#include "engine/ops/extension.h"

/* x -> one/a -> one/b (reads x, too) -> two/a -> two/b -> last, of operators that do not map;
 * one/b and two/b read what only depends on a constant. */
static rq_framework_model *make_source(const char *framework)
{
    rq_framework_model *s = source_begin(17);
    s->framework = framework;
    source_input(s, "x", DIMS(2, 2));
    source_scalar(s, "half", 0.5f);
    source_node(s, "fixed", "Odd", "half");
    source_node(s, "one/a", "Odd", "x");
    source_node(s, "one/b", "Odd", "one/a x fixed");
    source_node(s, "two/a", "Odd", "one/b");
    source_node(s, "two/b", "Odd", "two/a fixed");
    assert_ok(rq_framework_model_add_output(s, "two/b"));
    return s;
}

/* *notes is the caller's to free. */
static rq_status replace(rq_framework_model *source, void **state, const char *rule, rq_buf *notes)
{
    rq_buf text = {0};
    rq_buf_printf(&text, "[{%s}]", rule);
    rq_replace_options options = {.config =
                                      scratch_file(state, "rules.json", text.data, text.length)};
    rq_buf_free(&text);
    return rq_replace(source, &options, notes);
}

/* y is `want`; `count` layers are of the type. */
static void check(rq_framework_model *source, const char *type, size_t count, const float *want)
{
    static const float x[4] = {-2, -0.5f, 0, 3};
    import_run r = {.source = source};
    rq_import_result result;
    assert_ok(rq_import_graph(&result, source, NULL));
    assert_int_equal(result.n_unmapped, 0);
    r.graph = result.graph;
    import_run_graph(&r);
    assert_int_equal(import_count(&r, type), count);
    assert_near_f32(import_compute(&r, x)->data, want, 4, 1e-6, 1e-6);
    import_close(&r);
}

static void check_rule(void **state, const char *framework, const char *rule, const char *type,
                       size_t count, const float *want)
{
    rq_buf notes = {0};
    rq_framework_model *source = make_source(framework);
    assert_ok(replace(source, state, rule, &notes));
    check(source, type, count, want);
    rq_buf_free(&notes);
}

static const char *const frameworks[] = {rq_framework_onnx, rq_framework_tf, rq_framework_caffe};
#define FRAMEWORKS (sizeof frameworks / sizeof *frameworks)

/* One pattern means both scopes; what is fixed is no input. */
static void scopes_alike(void **state)
{
    static const float want[4] = {-8, -2, 0, 12};
    for (size_t i = 0; i < FRAMEWORKS; i++)
        check_rule(state, frameworks[i],
                   "\"op\": \"TestScale\", \"match_kind\": \"scope\", \"instances\": [\".*/\"]",
                   "TestScale", 2, want);
}

/* Attributes by the IR's names and by the models', the others at their defaults. */
static void attributes_of_extension(void **state)
{
    static const float want[4] = {-3, 1.5f, 3, 12};
    for (size_t i = 0; i < FRAMEWORKS; i++)
        for (int own = 0; own < 2; own++) {
            char rule[300];
            snprintf(rule, sizeof rule,
                     "\"id\": \"Scale\", \"op\": \"TestScale\", \"match_kind\": \"points\", "
                     "\"instances\": {\"start_points\": [\"one/a\"], \"end_points\": [\"two/b\"]}, "
                     "\"custom_attributes\": {\"%s\": 3, \"offsets\": [1, 2]}",
                     own ? "factor" : "alpha");
            check_rule(state, frameworks[i], rule, "TestScale", 1, want);
        }
}

static void operator_of_ir(void **state)
{
    static const float want[4] = {-1, -0.5f, 0, 1};
    for (size_t i = 0; i < FRAMEWORKS; i++)
        check_rule(state, frameworks[i],
                   "\"op\": \"Clamp\", \"match_kind\": \"scope\", \"instances\": [\"one/\", "
                   "\"two/\"], \"custom_attributes\": {\"min\": -1, \"max\": 1.0}",
                   "Clamp", 2, want);
}

static void no_operator(void **state)
{
    rq_buf notes = {0};
    rq_framework_model *source = make_source(rq_framework_onnx);
    assert_fails(replace(source, state,
                         "\"op\": \"Relu\", \"match_kind\": \"scope\", \"instances\": [\"one/\"]",
                         &notes),
                 RQ_EUNSUPPORTED, "'Relu' is no operator of the IR (did you mean 'ReLU'?)");
    rq_buf_free(&notes);
    rq_framework_model_destroy(&source);
}

/* The match is one/b and two/a. */
static void points_outside(void **state)
{
    static const float want[4] = {0, 0, 0, 6};
    rq_buf notes = {0};
    rq_framework_model *source = make_source(rq_framework_onnx);
    source->nodes[1].type = source->nodes[4].type = "Relu";
    source->nodes[4].n_in = 1;
    assert_ok(replace(source, state,
                      "\"op\": \"TestScale\", \"match_kind\": \"points\", \"instances\": "
                      "{\"start_points\": [\"one/a\"], \"end_points\": [\"two/b\"]}, "
                      "\"include_inputs_to_sub_graph\": false, "
                      "\"include_outputs_to_sub_graph\": false, "
                      "\"inputs\": [[{\"node\": \"one/b\", \"port\": 0}]]",
                      &notes));
    check(source, "TestScale", 1, want);
    rq_buf_free(&notes);
}

static void unknown_attribute(void **state)
{
    static const float want[4] = {-8, -2, 0, 12};
    rq_buf notes = {0};
    rq_framework_model *source = make_source(rq_framework_onnx);
    assert_ok(replace(source, state,
                      "\"op\": \"TestScale\", \"match_kind\": \"scope\", \"instances\": [\".*/\"], "
                      "\"custom_attributes\": {\"faktor\": \"3;x\"}",
                      &notes));
    assert_non_null(strstr(notes.data, "'TestScale' has no attribute 'faktor'"));
    check(source, "TestScale", 2, want);
    rq_buf_free(&notes);
}

static int load(void **state)
{
    scratch_setup(state);
    return rq_extension_load(extension_library("sample")) == RQ_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scopes_alike),   cmocka_unit_test(attributes_of_extension),
        cmocka_unit_test(operator_of_ir), cmocka_unit_test(no_operator),
        cmocka_unit_test(points_outside), cmocka_unit_test(unknown_attribute),
    };
    return cmocka_run_group_tests(tests, load, scratch_teardown);
}
