/* Layers of real models keep the framework's names through import, through all passes, and through
 * the preparation that quantize does. */
#include "tests/unit/test.h"

#include "tests/unit/framework_model_builder.h"
#include "tests/unit/layer_names.h"

#include "engine/import/fuse_graph.h"

static void check(const char *name)
{
    const rq_import_files files = {.model = import_shared(name)};
    const rq_pass_choice choice = {.skip = "attention"};
    rq_framework_model *source = NULL;
    rq_import_result result;
    size_t changes;
    assert_ok(rq_import_open(&source, &files));
    assert_ok(rq_import_graph(&result, source, NULL));
    size_t n = check_layer_names(result.graph, source, name);
    assert_ok(rq_fuse_graph(&changes, result.graph, &choice));
    assert_int_equal(check_layer_names(result.graph, source, name), n);
    assert_true(n > 0);
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&source);
}

#define MODEL(test, name)                                                                          \
    static void test(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        check(name);                                                                               \
    }

MODEL(test_efficientnet, "efficientnet-lite0/efficientnet-lite0.onnx")
MODEL(test_vww, "mobilenet-vww/mobilenet-vww.onnx")
MODEL(test_vww_tensorflow, "mobilenet-vww/mobilenet-vww.pb")
MODEL(test_detector_of_text, "pp-ocr/ch_PP-OCRv4_det_infer.onnx")
MODEL(test_recognizer_of_text, "pp-ocr/ch_PP-OCRv4_rec_infer.onnx")
MODEL(test_direction_of_text, "pp-ocr/ch_ppocr_mobile_v2.0_cls_infer.onnx")
MODEL(test_resnet, "resnet8-cifar10/resnet8-cifar10.onnx")
MODEL(test_resnet_tensorflow, "resnet8-cifar10/resnet8-cifar10.pb")
MODEL(test_segmentation, "selfie-segmentation/mp_selfie_segmentation.onnx")
MODEL(test_yolox, "yolox-text/yolox-text.onnx")
MODEL(test_caffe_ssd, "caffe/mininet_ssd_v1.caffemodel")
MODEL(test_caffe_finemapping, "caffe/HorizonalFinemapping.caffemodel")

/* A constant that is an output is called so in OpenVINO, too. */
static void test_constant_output(void **state)
{
    rq_framework_model *s = source_begin(18);
    rq_import_result result;
    (void)state;
    source_input(s, "x", DIMS(1, 3));
    source_scalar(s, "w", 3);
    source_node(s, "y", "Relu", "x");
    assert_ok(rq_framework_model_add_output(s, "y"));
    assert_ok(rq_framework_model_add_output(s, "w"));
    assert_ok(rq_import_graph(&result, s, NULL));
    assert_int_not_equal(rq_graph_find_value(result.graph, "w"), RQ_NONE);
    assert_string_equal(result.graph->values[rq_graph_find_value(result.graph, "w")]->names, "w");
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&s);
}

/* Names with bytes that no XML can hold: the IR can be read, and layers whose names differ in
 * nothing else keep different ones. */
static void test_damaged(void **state)
{
    rq_framework_model *s = source_begin(18);
    rq_import_result result;
    rq_graph *again = NULL;
    source_input(s, "x\xFF", DIMS(1, 3));
    source_node(s, "y\xFF", "Relu", "x\xFF");
    source_node(s, "y\xFE", "Sigmoid", "y\xFF");
    source_node(s, "y\x01", "Tanh", "y\xFE");
    assert_ok(rq_framework_model_add_output(s, "y\x01"));
    assert_ok(rq_import_graph(&result, s, NULL));
    assert_ok(rq_ir_write(result.graph, scratch_path(state, "damaged.xml")));
    assert_ok(rq_ir_read(&again, scratch_path(state, "damaged.xml")));
    assert_non_null(rq_graph_find(again, "x\uFFFD"));
    assert_string_equal(rq_graph_find(again, "y\uFFFD")->type, "ReLU");
    assert_string_equal(rq_graph_find(again, "y\uFFFD_1")->type, "Sigmoid");
    assert_string_equal(rq_graph_find(again, "y\uFFFD_2")->type, "Tanh");
    rq_graph_destroy(&again);
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_efficientnet),
        cmocka_unit_test(test_vww),
        cmocka_unit_test(test_vww_tensorflow),
        cmocka_unit_test(test_detector_of_text),
        cmocka_unit_test(test_recognizer_of_text),
        cmocka_unit_test(test_direction_of_text),
        cmocka_unit_test(test_resnet),
        cmocka_unit_test(test_resnet_tensorflow),
        cmocka_unit_test(test_segmentation),
        cmocka_unit_test(test_yolox),
        cmocka_unit_test(test_caffe_ssd),
        cmocka_unit_test(test_caffe_finemapping),
        cmocka_unit_test(test_constant_output),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
