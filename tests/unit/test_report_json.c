/* report.json: its content, its schema, and the way back. */
#include "tests/unit/scratch.h"
#include "tests/unit/test_report_fixture.h"
#include "tests/unit/test_report_near.h"

#include "engine/base/file.h"
#include "engine/base/formats/json.h"

static rq_arena *arena;
static rq_report report;

static int setup(void **state)
{
    return rq_arena_create(&arena) == RQ_OK ? scratch_setup(state) : -1;
}

static int teardown(void **state)
{
    rq_arena_destroy(&arena);
    return scratch_teardown(state);
}

static const char *save(void **state, const rq_report *r, const char *name)
{
    const char *path = scratch_path(state, name);
    assert_ok(rq_report_save(r, rq_report_writer_find("json"), path));
    return path;
}

static void assert_number_at(const rq_json *rows, size_t i, const char *key, double want)
{
    assert_near(rq_json_as_number(rq_json_get(rq_json_at(rows, i), key), NAN), want, 0);
}

static void says_what_was_measured(void **state)
{
    sample_report(&report, arena, 5, 1);
    rq_json *json;
    assert_ok(rq_json_load(&json, save(state, &report, "report.json")));
    assert_string_equal(rq_json_as_string(rq_json_get(json, "schema"), ""), "requant-report");
    const rq_json *accuracy = rq_json_get(json, "accuracy"), *layers = rq_json_get(json, "layers");
    const rq_json *delta = rq_json_get(rq_json_at(accuracy, 0), "delta");
    assert_near(rq_json_as_number(rq_json_get(delta, "value"), 0), -0.8, 0);
    assert_near(rq_json_as_number(rq_json_get(delta, "low"), 0), -2.1, 0);
    assert_true(rq_json_get(rq_json_at(accuracy, 2), "before") &&
                !rq_json_is_object(rq_json_get(rq_json_at(accuracy, 2), "before")));
    assert_int_equal(rq_json_length(layers), 5);
    assert_number_at(layers, 3, "order", 3);
    assert_number_at(layers, 2, "sqnr_db", report.layers[2].sqnr_db);
    assert_number_at(rq_json_get(json, "speeds"), 0, "after_median_ms", 6.31);
    assert_int_equal(
        rq_json_length(rq_json_get(rq_json_at(rq_json_get(json, "histograms"), 0), "edges")), 97);
    const rq_json *model = rq_json_get(json, "before");
    assert_int_equal(rq_json_as_integer(rq_json_get(model, "bin_bytes"), 0), 18608032);
    rq_json_free(&json);
}

/* Written, read, and written again: the same bytes, infinities and unknowns included. */
static void reads_back_what_it_wrote(void **state)
{
    sample_report(&report, arena, 7, 2);
    sample_network(&report, arena);
    report.layers[0].sqnr_db = INFINITY;
    report.layers[1].sqnr_db = -INFINITY;
    report.layers[2].sqnr_db = NAN;
    report.layers[3].name = "a\"\\\n\x01\xc3\xa9</script>";
    report.accuracy[3].after = (rq_estimate){INFINITY, NAN, INFINITY};
    ((double *)report.values[0].after.values)[1] = -INFINITY;
    char *first, *second;
    size_t n, m;
    assert_ok(rq_read_file(&first, &n, save(state, &report, "a.json"), 1 << 20));
    rq_report again;
    assert_ok(rq_report_read(&again, arena, scratch_path(state, "a.json")));
    assert_true(again.layers[0].sqnr_db == INFINITY && again.layers[1].sqnr_db == -INFINITY);
    assert_true(isnan(again.layers[2].sqnr_db));
    assert_string_equal(again.layers[3].name, report.layers[3].name);
    assert_true(isinf(again.accuracy[3].after.value) && isnan(again.accuracy[3].after.low));
    assert_int_equal(again.n_values, 1);
    assert_string_equal(again.validated.paths.values[9], "val/9.jpg");
    assert_true(again.values[0].after.values[1] == -INFINITY);
    assert_null(strstr(first, "\"Infinity\""));
    assert_non_null(strstr(
        first, "\"sqnr_db\": null,\n      \"sqnr_db_why\": \"infinite: there is no difference\""));
    assert_near(again.validated.after_classes.values[1], 2, 0);
    assert_true(again.data.labelled && again.images[0].newly_wrong);
    assert_ok(rq_read_file(&second, &m, save(state, &again, "b.json"), 1 << 20));
    assert_int_equal(n, m);
    assert_memory_equal(first, second, n);
    free(first);
    free(second);
}

static void an_empty_report_is_a_report(void **state)
{
    rq_report_init(&report);
    rq_report again;
    assert_ok(rq_report_read(&again, arena, save(state, &report, "empty.json")));
    assert_int_equal(again.n_layers, 0);
    assert_true(isnan(again.before.bin_bytes));
}

/* The schema has the keys of fields.h and the verdict, no more and no fewer, all required. */
static void schema_matches_the_fields(void **state)
{
    (void)state;
    rq_json *schema;
    assert_ok(rq_json_load(&schema, "reports/schemas/report.schema.json"));
    const rq_json *properties = rq_json_get(schema, "properties"),
                  *defs = rq_json_get(schema, "$defs");
    assert_int_equal(rq_json_length(properties), rq_report_n_parts + 3);
    assert_int_equal(rq_json_length(rq_json_get(schema, "required")), rq_report_n_parts + 3);
    for (size_t p = 0; p < rq_report_n_parts; p++) {
        const rq_report_part *part = &rq_report_parts[p];
        const rq_json *entry = rq_json_get(properties, part->key);
        assert_non_null(entry);
        const rq_json *items = rq_json_get(entry, "items");
        assert_int_equal(items != NULL, part->count_offset != RQ_ONE_RECORD);
        const char *ref = rq_json_as_string(rq_json_get(items ? items : entry, "$ref"), "");
        assert_true(rq_starts_with(ref, "#/$defs/"));
        const rq_json *def = rq_json_get(defs, ref + strlen("#/$defs/"));
        assert_non_null(def);
        const rq_json *keys = rq_json_get(def, "properties");
        assert_int_equal(rq_json_length(keys), part->type->n);
        assert_int_equal(rq_json_length(rq_json_get(def, "required")), part->type->n);
        for (size_t i = 0; i < part->type->n; i++) {
            const rq_json *key = rq_json_get(keys, part->type->fields[i].key);
            assert_non_null(key);
            static const char *const kinds[RQ_FIELD_KIND_COUNT] = {
                "#/$defs/text",     "#/$defs/real",  "#/$defs/flag",
                "#/$defs/estimate", "#/$defs/reals", "#/$defs/texts"};
            assert_string_equal(rq_json_as_string(rq_json_get(key, "$ref"), ""),
                                kinds[part->type->fields[i].kind]);
        }
    }
    rq_json_free(&schema);
}

static const char *text_at(const rq_json *json, const char *key)
{
    return rq_json_as_string(rq_json_get(json, key), "");
}

/* What the headline says, for programs. */
static void the_verdict_is_there(void **state)
{
    rq_json *json;
    sample_report(&report, arena, 4, 0);
    assert_ok(rq_json_load(&json, save(state, &report, "verdict.json")));
    const rq_json *verdict = rq_json_get(json, "verdict");
    assert_string_equal(text_at(verdict, "verdict"), "good");
    assert_string_equal(text_at(verdict, "title"), "Accuracy preserved");
    assert_string_equal(text_at(verdict, "metric"), "top-1");
    assert_string_equal(text_at(verdict, "limit"), "the loss is at most 1 point");
    assert_int_equal(rq_json_length(rq_json_get(verdict, "suspicions")), 0);
    rq_json_free(&json);
    rq_report_output output = {.name = "y", .weight = 1, .nan_after = 2, .constant_before = true};
    report.outputs = &output, report.n_outputs = 1;
    assert_ok(rq_json_load(&json, save(state, &report, "verdict.json")));
    verdict = rq_json_get(json, "verdict");
    assert_string_equal(text_at(verdict, "verdict"), "suspicious");
    const rq_json *list = rq_json_get(verdict, "suspicions");
    assert_int_equal(rq_json_length(list), 2);
    assert_string_equal(text_at(rq_json_at(list, 0), "rule"), "nan");
    assert_string_equal(text_at(rq_json_at(list, 0), "limit"), "an output holds NaN");
    assert_string_equal(text_at(rq_json_at(list, 0), "found"),
                        "Output 'y' of the quantized model holds NaN");
    assert_string_equal(text_at(rq_json_at(list, 1), "rule"), "constant");
    rq_json_free(&json);
}

static const char *file(void **state, const char *text)
{
    return scratch_file(state, "bad.json", text, strlen(text));
}

static void refuses_what_is_no_report(void **state)
{
    rq_report r;
    assert_fails(rq_report_read(&r, arena, file(state, "{")), RQ_EFORMAT, "bad.json");
    assert_fails(rq_report_read(&r, arena, file(state, "[]")), RQ_EFORMAT, "is no report");
    assert_fails(rq_report_read(&r, arena, file(state, "{\"schema\":\"x\"}")), RQ_EFORMAT,
                 "is no report");
    assert_fails(
        rq_report_read(&r, arena,
                       file(state, "{\"schema\":\"requant-report\",\"schema_version\":99}")),
        RQ_EFORMAT, "version 99");
    assert_fails(rq_report_read(&r, arena, scratch_path(state, "none.json")), RQ_EIO, "none.json");
}

/* Edges to nowhere or backwards, and ranges of unequal length, are not handed on. */
static void broken_networks_are_mended(void **state)
{
    rq_report r;
    assert_ok(rq_report_read(
        &r, arena,
        file(state,
             "{\"schema\":\"requant-report\",\"schema_version\":1,\"graph\":[{\"inputs\":[0]},"
             "{\"inputs\":[-1,0,1,7,null,\"x\"]}],\"channels\":[{\"before_low\":[1]}]}")));
    assert_int_equal(r.n_graph, 2);
    assert_int_equal(r.graph[0].inputs.n, 0);
    assert_int_equal(r.graph[1].inputs.n, 1);
    assert_near(r.graph[1].inputs.values[0], 0, 0);
    assert_int_equal(r.n_channels, 0);
}

/* Wrong types are not known, never misread; the other writers can take what comes of it. */
static void wrong_types_are_not_known(void **state)
{
    rq_report r;
    assert_ok(rq_report_read(
        &r, arena,
        file(state, "{\"schema\":\"requant-report\",\"schema_version\":1,\"before\":7,"
                    "\"layers\":[3,{\"name\":5,\"sqnr_db\":\"many\",\"macs\":[]},null],"
                    "\"accuracy\":[{\"delta\":[],\"before\":{\"value\":1}},{\"unit\":\"parsec\"}],"
                    "\"histograms\":[{\"edges\":[1,2],\"counts\":[1,2,3]},{\"edges\":[2,1],"
                    "\"counts\":[4]},{}],\"images\":{\"a\":1},\"notes\":\"x\",\"steps\":[{}],"
                    "\"sizes\":[{}],\"speeds\":[{}],\"advice\":[{}]}")));
    assert_int_equal(r.n_layers, 3);
    assert_int_equal(r.n_images, 0);
    assert_int_equal(r.n_histograms, 1);
    assert_null(r.layers[1].name);
    assert_true(isnan(r.layers[1].sqnr_db) && isnan(r.layers[1].macs));
    assert_true(r.accuracy[0].before.value == 1 && isnan(r.accuracy[0].before.low));
    assert_ok(rq_report_advise(&r, arena));
    for (size_t i = 0; rq_report_writers[i]; i++) {
        rq_buf text = {0};
        rq_report_style style = {.colour = true};
        assert_ok(rq_report_writers[i]->write(&text, &r, &style));
        assert_true(text.length > 20);
        rq_buf_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(says_what_was_measured, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_back_what_it_wrote, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_report_is_a_report, setup, teardown),
        cmocka_unit_test(schema_matches_the_fields),
        cmocka_unit_test_setup_teardown(the_verdict_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_networks_are_mended, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_report, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_types_are_not_known, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
