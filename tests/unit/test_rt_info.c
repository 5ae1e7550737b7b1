/* What other tools find in a quantized model's rt_info: NNCF's section, and the Model API's. */
#include "tests/unit/test.h"

#include "engine/run/model_info.h"
#include "quant/nncf_info.h"

static rq_graph *graph;

static int setup(void **state)
{
    (void)state;
    return rq_graph_create(&graph, "g") == RQ_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    rq_graph_destroy(&graph);
    return 0;
}

static void assert_says(const char *path, const char *expected)
{
    const char *found = rq_graph_rt_info(graph, path);
    if (!expected) {
        assert_null(found);
        return;
    }
    if (!found) fail_msg("there is no %s", path);
    assert_string_equal(found, expected);
}

/* -- nncf ------------------------------------------------------------------------------------ */

static void settings_are_in_the_words_of_nncf(void **state)
{
    static const char *const names[] = {"conv", "it's"}, *const types[] = {"Add"};
    rq_quant_plan plan = {
        .options = {.precision = RQ_PRECISION_INT8,
                    .target = RQ_TARGET_CPU,
                    .preset = RQ_PRESET_AUTO,
                    .bias_correction = true,
                    .scope = {.names = names, .n_names = 2, .types = types, .n_types = 1}}};
    (void)state;
    assert_ok(rq_nncf_info_set(graph, &plan, 300));
    assert_says("nncf/quantization/preset", "mixed");
    assert_says("nncf/quantization/target_device", "CPU");
    assert_says("nncf/quantization/subset_size", "300");
    assert_says("nncf/quantization/model_type", "None");
    assert_says("nncf/quantization/ignored_scope", NULL);
    assert_says("nncf/quantization/ignored_scope/names", "['conv', 'it\\'s']");
    assert_says("nncf/quantization/ignored_scope/patterns", NULL);
    assert_says("nncf/quantization/ignored_scope/types", "['Add']");
    assert_says("nncf/quantization/advanced_parameters", "{}");
}

/* Of a model that was quantized before, nothing of that is left. */
static void an_earlier_section_goes(void **state)
{
    rq_quant_plan plan = {
        .options = {.target = RQ_TARGET_ONNXRUNTIME, .preset = RQ_PRESET_PERFORMANCE}};
    (void)state;
    assert_ok(rq_graph_set_rt_info(graph, "before", "1"));
    assert_ok(rq_graph_set_rt_info(graph, "nncf/weight_compression/mode", "int4_asym"));
    assert_ok(rq_graph_set_rt_info(graph, "nncf/quantization/ignored_scope/names", "['a']"));
    assert_ok(rq_graph_set_rt_info(graph, "after", "2"));
    assert_ok(rq_nncf_info_set(graph, &plan, 0));
    assert_says("nncf/weight_compression/mode", NULL);
    assert_says("nncf/quantization/ignored_scope/names", NULL);
    assert_says("nncf/quantization/ignored_scope", "[]");
    assert_says("nncf/quantization/preset", "performance");
    assert_says("nncf/quantization/target_device", "ANY");
    assert_says("nncf/quantization/subset_size", NULL);
    assert_says("nncf/quantization/advanced_parameters", "{'disable_bias_correction': True}");
    assert_says("before", "1");
    assert_says("after", "2");
}

static void compressed_weights_have_a_section_of_their_own(void **state)
{
    rq_plan_compressed compressed[] = {{.codes.scheme = {.bits = 8}},
                                       {.codes.scheme = {.bits = 4, .asymmetric = true}}};
    rq_quant_plan plan = {
        .options = {.precision = RQ_PRECISION_INT4_WEIGHTS, .group_size = 64, .ratio = 0.8},
        .compressed = compressed,
        .n_compressed = 2};
    (void)state;
    assert_ok(rq_nncf_info_set(graph, &plan, 0));
    assert_says("nncf/weight_compression/mode", "int4_asym");
    assert_says("nncf/weight_compression/group_size", "64");
    assert_says("nncf/weight_compression/ratio", "0.8");
    assert_says("nncf/quantization/preset", NULL);
    plan.n_compressed = 1;
    assert_ok(rq_nncf_info_set(graph, &plan, 0));
    assert_says("nncf/weight_compression/mode", "int8_sym");
    assert_says("nncf/weight_compression/group_size", "-1");
    assert_says("nncf/weight_compression/ratio", "1");
}

/* -- model_info ------------------------------------------------------------------------------ */

static const rq_class_names no_names;

/* What is written is read again as it was asked for. */
static void preprocessing_comes_back(void **state)
{
    static const char *const names[] = {"traffic light", "dog"};
    rq_preprocess asked = {.n_mean = 3,
                           .mean = {123.675, 116.28, 103.53},
                           .n_scale = 1,
                           .scale = {255},
                           .n_pad = 1,
                           .pad = {114},
                           .channels = RQ_CHANNELS_RGB,
                           .fit = RQ_FIT_LETTERBOX},
                  found = {0};
    (void)state;
    assert_ok(rq_model_info_set(graph, &asked, &(rq_class_names){names, 2}));
    assert_says("model_info/labels", "traffic_light dog");
    assert_says("model_info/mean_values", "123.675 116.28 103.53");
    assert_says("model_info/scale_values", "255");
    assert_says("model_info/reverse_input_channels", "True");
    assert_says("model_info/pad_value", "114");
    assert_says("model_info/resize_type", "fit_to_window_letterbox");
    assert_ok(rq_model_info_prepare(&found, graph));
    assert_int_equal(found.n_mean, 3);
    assert_true(found.mean[2] == asked.mean[2] && found.scale[0] == 255 && found.pad[0] == 114);
    assert_int_equal(found.fit, RQ_FIT_LETTERBOX);
}

static void each_is_taken_where_it_is_not_asked(void **state)
{
    (void)state;
    const rq_preprocess all = {
        .n_mean = 1, .mean = {7}, .n_scale = 1, .scale = {255}, .fit = RQ_FIT_LETTERBOX};
    rq_preprocess asked = {.n_mean = 1, .mean = {3}};
    assert_ok(rq_model_info_set(graph, &all, &no_names));
    assert_ok(rq_preprocess_set(&asked, "fit", "stretch", "--fit"));
    assert_ok(rq_model_info_prepare(&asked, graph));
    assert_true(asked.mean[0] == 3 && asked.n_scale == 1 && asked.scale[0] == 255);
    assert_int_equal(asked.fit, RQ_FIT_STRETCH);
}

static void resizing_is_told_where_there_is_a_word(void **state)
{
    static const struct {
        rq_preprocess asked;
        const char *word;
    } cases[] = {
        {{0}, NULL},
        {{.resize_width = 32, .resize_height = 32}, "standard"},
        {{.fit = RQ_FIT_CORNER}, "fit_to_window"},
        {{.resize_shorter = 224, .crop_width = 224, .crop_height = 224}, "crop"},
        {{.resize_shorter = 256, .crop_width = 224, .crop_height = 224}, NULL},
        {{.resize_height = 48}, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_graph_remove_rt_info(graph, "model_info");
        assert_ok(rq_model_info_set(graph, &cases[i].asked, &no_names));
        assert_says("model_info/resize_type", cases[i].word);
    }
}

static void what_the_model_says_stays(void **state)
{
    const rq_preprocess asked = {.n_scale = 1, .scale = {58}, .channels = RQ_CHANNELS_BGR};
    (void)state;
    assert_ok(rq_graph_set_rt_info(graph, "model_info/scale_values", "255.0"));
    assert_ok(rq_model_info_set(graph, &asked, &no_names));
    assert_says("model_info/scale_values", "255.0");
    assert_says("model_info/reverse_input_channels", "False");
    assert_says("model_info/labels", NULL);
    assert_says("model_info/mean_values", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(settings_are_in_the_words_of_nncf),
        TEST(an_earlier_section_goes),
        TEST(compressed_weights_have_a_section_of_their_own),
        TEST(preprocessing_comes_back),
        TEST(each_is_taken_where_it_is_not_asked),
        TEST(resizing_is_told_where_there_is_a_word),
        TEST(what_the_model_says_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
