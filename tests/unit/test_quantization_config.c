/* --config with NNCF's and POT's files: what they ask for, and what is said of the rest. */
#include "tests/unit/scratch.h"

#include "engine/api/context.h"
#include "engine/api/options/procedures.h"
#include "engine/api/options/quantization_config.h"
#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

static rq_arena *arena;
static rq_settings found;
static char said[1024];

static int setup(void **state)
{
    found = (rq_settings){0};
    said[0] = '\0';
    if (rq_arena_create(&arena) != RQ_OK) return -1;
    return scratch_setup(state);
}

static int teardown(void **state)
{
    rq_settings_free(&found);
    rq_arena_destroy(&arena);
    return scratch_teardown(state);
}

static void take_log(void *ctx, const char *text)
{
    (void)ctx;
    snprintf(said, sizeof said, "%s", text);
}

static const char *file_of(void **state, const char *text)
{
    const char *path = scratch_path(state, "config.json");
    assert_ok(rq_write_file(path, text, strlen(text)));
    return path;
}

/* The settings, as "--name value" in their order. */
static const char *settings_of(void **state, const char *text)
{
    static char settings[1024];
    const rq_callbacks callbacks = {.log = take_log}, *before = rq_callbacks_install(&callbacks);
    const rq_procedure *procedure;
    rq_option_list known;
    size_t n = 0;
    assert_ok(rq_procedure_find(&procedure, "quantize"));
    rq_option_list_make(&known, &procedure->options, 1);
    assert_ok(rq_quantization_config_read(&found, &known, file_of(state, text), arena));
    rq_callbacks_install(before);
    settings[0] = '\0';
    for (size_t i = 0; i < found.n; i++)
        n += (size_t)snprintf(settings + n, sizeof settings - n, "%s--%s%s%s", i ? " " : "",
                              found.v[i].name, found.v[i].value ? " " : "",
                              found.v[i].value ? found.v[i].value : "");
    return settings;
}

static void pot_is_read(void **state)
{
    static const char text[] =
        "/* as POT's own are */ {\n"
        "  \"model\": {\"model_name\": \"a\", \"model\": \"a.xml\"}, // \"}\n"
        "  \"compression\": {\"target_device\": \"GPU\", \"algorithms\": [\n"
        "    {\"name\": \"MagnitudeSparsity\", \"params\": {\"preset\": \"mixed\"}},\n"
        "    {\"name\": \"DefaultQuantization\", \"params\": {\n"
        "      \"preset\": \"performance\", \"stat_subset_size\": 300, \"seed\": 7,\n"
        "      \"shuffle_data\": true, \"saturation_fix\": \"no\", \"use_fast_bias\": true,\n"
        "      \"ignored\": {\"scope\": [\"a // b\", \"c\"], \"operations\": [\n"
        "        {\"type\": \"Add\"}, {\"type\": \"Pad\", \"attributes\": {\"x\": 1}}]},\n"
        "      \"weights\": {\"bits\": 8},\n"
        "      \"activations\": {\"range_estimator\": {\n"
        "        \"min\": {\"type\": \"min\", \"aggregator\": \"hl_estimator\"},\n"
        "        \"max\": {\"type\": \"max\", \"aggregator\": \"hl_estimator\"}}}\n"
        "    }},\n"
        "  ]}\n"
        "}";
    assert_string_equal(settings_of(state, text),
                        "--target gpu --preset performance --subset 300 --seed 7 --shuffle "
                        "--overflow-fix off --ignore a // b --ignore c --ignore-type Add "
                        "--range hodges-lehmann");
    assert_non_null(strstr(said, "config.json: no effect here: model, "
                                 "compression.algorithms MagnitudeSparsity, "
                                 "compression.algorithms.params.use_fast_bias, "
                                 "compression.algorithms.params.ignored.operations[1].attributes, "
                                 "compression.algorithms.params.weights"));
}

static void nncf_files_are_read(void **state)
{
    static const char text[] =
        "{\"target_device\": \"TRIAL\", \"compression\": {\"algorithm\": \"quantization\","
        "\"preset\": \"mixed\", \"overflow_fix\": \"first_layer_only\","
        "\"ignored_scopes\": [\"{re}head.*\", \"conv\"], \"initializer\": {"
        "\"range\": {\"num_init_samples\": 300, \"type\": \"mean_min_max\"}}}}";
    assert_string_equal(settings_of(state, text),
                        "--target cpu --preset mixed --overflow-fix first-layer "
                        "--ignore-pattern head.* --ignore conv --subset 300 --range mean-minmax");
    assert_string_equal(said, "");
}

/* As rt_info has them, where all are texts. */
static void parameters_of_quantize_are_read(void **state)
{
    static const char text[] =
        "{\"nncf\": {\"quantization\": {\"preset\": \"None\", \"target_device\": \"CPU_SPR\","
        "\"subset_size\": \"20\", \"model_type\": null, \"ignored_scope\": {\"names\": \"a\","
        "\"patterns\": [\"b.*\"], \"types\": [\"Add\", \"Pad\"]}, \"advanced_parameters\": {"
        "\"overflow_fix\": \"DISABLE\", \"disable_bias_correction\": \"True\","
        "\"activations_range_estimator_params\": {"
        "\"min\": {\"statistics_type\": \"MIN\", \"aggregator_type\": \"MIN\"},"
        "\"max\": {\"statistics_type\": \"QUANTILE\", \"aggregator_type\": \"MAX\"}}}}}}";
    assert_string_equal(settings_of(state, text),
                        "--subset 20 --ignore a --ignore-pattern b.* --ignore-type Add "
                        "--ignore-type Pad --overflow-fix off --no-bias-correction");
    assert_non_null(strstr(said, "nncf.quantization.target_device \"CPU_SPR\", "));
    assert_non_null(strstr(said, "activations_range_estimator_params"));
    found.n = 0;
    assert_string_equal(settings_of(state, "{\"preset\": \"mixed\", \"ignored_scope\": \"[]\"}"),
                        "--preset mixed");
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{\"preset\": ", "config.json:"},
        {"{\"model\": \"a.xml\"}", "no settings of quantization in it"},
        {"[]", "no settings of quantization in it"},
        {"{\"subset_size\": -3}", "subset_size: expected a whole number"},
        {"{\"subset_size\": \"many\"}", "subset_size: expected a whole number"},
        {"{\"preset\": 3}", "preset: expected a text"},
        {"{\"ignored_scope\": {\"names\": [[]]}}", "ignored_scope.names: expected names"},
        {"{\"params\": {\"shuffle_data\": 3}}", "params.shuffle_data: expected true or false"},
        {"{\"max_drop\": 30}", "max_drop: expected 0 to 1"},
        {"/* {\"preset\": \"mixed\"}", "config.json:"},
    };
    rq_option_list known = {.n = 0};
    char deep[2000] = "";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_fails(
            rq_quantization_config_read(&found, &known, file_of(state, cases[i].text), arena),
            RQ_EFORMAT, cases[i].message);
    for (size_t i = 0; i < 40; i++) strcat(deep, "{\"compression\": ");
    strcat(deep, "1");
    for (size_t i = 0; i < 40; i++) strcat(deep, "}");
    assert_fails(rq_quantization_config_read(&found, &known, file_of(state, deep), arena),
                 RQ_EFORMAT, "expected fewer levels");
}

/* -- as an option ---------------------------------------------------------------------------- */

/* What is asked for by itself wins, before and after; only what calibrates takes such a file. */
static void own_options_win(void **state)
{
    const char *path = file_of(state, "{\"preset\": \"mixed\", \"subset_size\": 30,"
                                      "\"ignored_scope\": {\"names\": [\"a\"]}}");
    rq_options *options;
    assert_ok(rq_options_create(&options, "quantize"));
    assert_ok(rq_options_set(options, "preset", "performance"));
    assert_ok(rq_options_set(options, "ignore", "b"));
    assert_ok(rq_options_set(options, "config", path));
    assert_ok(rq_options_set(options, "subset", "9"));
    const rq_settings *settings = &options->settings;
    assert_string_equal(rq_settings_get(settings, "preset", ""), "performance");
    assert_string_equal(rq_settings_get(settings, "subset", ""), "9");
    assert_int_equal(rq_settings_count(settings, "ignore"), 2);
    assert_int_equal(rq_settings_count(settings, "config"), 0);
    rq_options_destroy(&options);
    assert_ok(rq_options_create(&options, "evaluate"));
    assert_fails(rq_options_set(options, "config", path), RQ_EARG, "evaluate quantizes nothing");
    rq_options_destroy(&options);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pot_is_read),
        TEST(nncf_files_are_read),
        TEST(parameters_of_quantize_are_read),
        TEST(what_is_wrong_is_named),
        TEST(own_options_win),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
