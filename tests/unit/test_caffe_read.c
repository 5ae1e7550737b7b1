#include "tests/unit/wire.h"
#include "tests/unit/scratch.h"

#include "engine/import/caffe/caffe.h"

static rq_framework_model *open_net(void **state, const char *prototxt, const rq_buf *weights)
{
    rq_framework_model *source = NULL;
    char model[4096];
    snprintf(model, sizeof model, "%s",
             weights ? scratch_file(state, "net.caffemodel", weights->data, weights->length) : "");
    const char *net = scratch_file(state, "net.prototxt", prototxt, strlen(prototxt));
    assert_ok(rq_caffe_open(&source, net, weights ? model : NULL));
    return source;
}

static void assert_refused(void **state, const char *prototxt, const char *message)
{
    rq_framework_model *source = NULL;
    const char *net = scratch_file(state, "net.prototxt", prototxt, strlen(prototxt));
    assert_fails(rq_caffe_open(&source, net, NULL), RQ_EFORMAT, message);
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

#define INPUT "input: 'data' input_dim: 1 input_dim: 3 input_dim: 4 input_dim: 5\n"

static void test_layers_attributes_and_values(void **state)
{
    rq_framework_model *s =
        open_net(state,
                 "name: \"n\" # a comment\n" INPUT
                 "layer { name: 'c' type: \"Convolution\" bottom: 'data' top: 'c'\n"
                 "  convolution_param { num_output: 0x10 kernel_size: [3, 5] pad: 1\n"
                 "    bias_term: false weight_filler < type: 'xavier' > } }\n"
                 "layer { name: 'r' type: 'ReLU' bottom: 'c' top: 'c'\n"
                 "  relu_param { negative_slope: 0.1f } };\n"
                 "layer { name: 'p' type: 'Pooling' bottom: 'c' top: 'p'\n"
                 "  pooling_param { pool: AVE } }",
                 NULL);
    assert_string_equal(s->name, "n");
    assert_string_equal(s->framework, "Caffe");
    assert_int_equal(s->n_inputs, 1);
    assert_true(rq_shape_equal(&s->inputs[0].tensor.shape, &(rq_shape){4, {1, 3, 4, 5}}));
    assert_int_equal(s->n_nodes, 3);
    const rq_framework_node *conv = find_node(s, "c"), *relu = find_node(s, "r");
    size_t n;
    const int64_t *kernel = rq_framework_ints(conv, "kernel_size", &n);
    assert_int_equal(n, 2);
    assert_int_equal(kernel[0], 3);
    assert_int_equal(kernel[1], 5);
    assert_int_equal(rq_framework_int(conv, "num_output", 0), 16);
    assert_int_equal(rq_framework_int(conv, "bias_term", 1), 0);
    assert_int_equal(rq_framework_int(conv, "group", 77), 77);
    assert_true(rq_framework_float(relu, "negative_slope", 0) == 0.1);
    assert_string_equal(rq_framework_string(find_node(s, "p"), "pool", ""), "AVE");
    /* In place: the pooling reads what the ReLU wrote. */
    assert_string_equal(relu->in[0], conv->out[0]);
    assert_string_not_equal(relu->out[0], conv->out[0]);
    assert_string_equal(find_node(s, "p")->in[0], relu->out[0]);
    assert_int_equal(s->n_outputs, 1);
    assert_string_equal(s->outputs[0].name, "p");
    rq_framework_model_destroy(&s);
}

static void test_phases(void **state)
{
    rq_framework_model *s = open_net(
        state,
        "layer { name: 'd' type: 'Data' top: 'data' top: 'label' include { phase: TRAIN }\n"
        "  transform_param { crop_size: 9 } }\n"
        "layer { name: 'd' type: 'Data' top: 'data' top: 'label' include { phase: TEST }\n"
        "  transform_param { crop_size: 7 } data_param { batch_size: 2 } }\n"
        "layer { name: 'a' type: 'TanH' bottom: 'data' top: 'a' exclude { phase: TEST } }\n"
        "layer { name: 'b' type: 'TanH' bottom: 'data' top: 'b' include { stage: 'other' } }\n"
        "layer { name: 'c' type: 'TanH' bottom: 'data' top: 'c' exclude { not_stage: 'x'\n"
        "  phase: TRAIN } }\n"
        "layer { name: 'acc' type: 'Accuracy' bottom: 'c' bottom: 'label' top: 'acc' }\n"
        "layer { name: 'l' type: 'SoftmaxWithLoss' bottom: 'c' bottom: 'label' top: 'l' }",
        NULL);
    assert_int_equal(s->n_inputs, 1); /* the label goes with the loss */
    assert_true(rq_shape_equal(&s->inputs[0].tensor.shape, &(rq_shape){4, {2, 3, 7, 7}}));
    assert_int_equal(s->n_nodes, 2);
    assert_string_equal(find_node(s, "l")->type, "Softmax");
    assert_int_equal(find_node(s, "l")->n_in, 1);
    rq_framework_model_destroy(&s);
}

/* A blob of `n` floats 0, 1, 2, ... of the shape, in the form of now or of before 2014. */
static rq_buf blob(size_t n, const int64_t *dims, size_t rank, bool old)
{
    rq_buf out = {0}, shape = {0}, data = {0};
    for (size_t i = 0; old && i < 4; i++) wire_int(&out, (unsigned)i + 1, dims[i]);
    for (size_t i = 0; i < rank; i++) wire_int(&shape, 1, dims[i]);
    if (!old) wire_message(&out, 7, &shape);
    rq_buf_free(&shape);
    for (size_t i = 0; i < n; i++) {
        float value = (float)i;
        rq_buf_append_n(&data, (const char *)&value, 4);
    }
    wire_message(&out, 5, &data);
    return out;
}

static void test_weights_of_now(void **state)
{
    rq_buf net = {0}, layer = {0}, weights = blob(6, (int64_t[]){2, 3}, 2, false);
    wire_text(&layer, 1, "fc");
    wire_text(&layer, 2, "InnerProduct");
    wire_message(&layer, 7, &weights);
    wire_int(&layer, 999, 5); /* a field that the format lacks */
    wire_message(&net, 100, &layer);
    rq_framework_model *s =
        open_net(state,
                 "layer { name: 'in' type: 'Input' top: 'x'\n"
                 "  input_param { shape { dim: 1 dim: 3 } } }\n"
                 "layer { name: 'fc' type: 'InnerProduct' bottom: 'x' top: 'y' }",
                 &net);
    const rq_framework_node *fc = find_node(s, "fc");
    assert_int_equal(fc->n_in, 2);
    assert_int_equal(rq_framework_int(fc, "bottoms", 0), 1);
    const rq_tensor *w = find_constant(s, fc->in[1]);
    assert_true(rq_shape_equal(&w->shape, &(rq_shape){2, {2, 3}}));
    assert_near_f32(w->data, (float[]){0, 1, 2, 3, 4, 5}, 6, 0, 0);
    rq_framework_model_destroy(&s);
    rq_buf_free(&net);
}

/* layers { layer { type: "conv" blobs .. } } beside its own padding layer. */
static void test_layers_of_2013(void **state)
{
    rq_buf net = {0}, layer = {0}, old = {0};
    rq_buf weights = blob(6, (int64_t[]){2, 3, 1, 1}, 4, true);
    wire_text(&old, 1, "conv");
    wire_text(&old, 2, "conv");
    wire_message(&old, 50, &weights);
    wire_message(&layer, 1, &old);
    wire_message(&net, 2, &layer);
    rq_framework_model *s = open_net(
        state,
        INPUT "layers { layer { name: 'pad' type: 'padding' pad: 2 } bottom: 'data' top: 'pad' }\n"
              "layers { layer { name: 'conv' type: 'conv' num_output: 2 kernelsize: 1 stride: 3\n"
              "  biasterm: false } bottom: 'pad' top: 'conv' }\n"
              "layers { layer { name: 'p' type: 'pool' pool: AVE kernelsize: 2 }\n"
              "  bottom: 'conv' top: 'p' }",
        &net);
    assert_int_equal(s->n_nodes, 2);
    const rq_framework_node *conv = find_node(s, "conv");
    size_t n;
    assert_string_equal(conv->type, "Convolution");
    assert_string_equal(conv->in[0], "data");
    assert_int_equal(rq_framework_ints(conv, "pad", &n)[0], 2);
    assert_int_equal(rq_framework_ints(conv, "stride", &n)[0], 3);
    assert_int_equal(rq_framework_int(conv, "bias_term", 1), 0);
    const rq_tensor *w = find_constant(s, conv->in[1]);
    assert_true(rq_shape_equal(&w->shape, &(rq_shape){4, {2, 3, 1, 1}}));
    assert_string_equal(rq_framework_string(find_node(s, "p"), "pool", ""), "AVE");
    rq_framework_model_destroy(&s);
    rq_buf_free(&net);
}

static void test_layers_of_2014(void **state)
{
    rq_framework_model *s =
        open_net(state,
                 INPUT "layers { name: 'c' type: INNER_PRODUCT bottom: 'data' top: 'c'\n"
                       "  inner_product_param { num_output: 7 } blobs_lr: 1 }",
                 NULL);
    assert_string_equal(find_node(s, "c")->type, "InnerProduct");
    assert_int_equal(rq_framework_int(find_node(s, "c"), "num_output", 0), 7);
    rq_framework_model_destroy(&s);
}

static void test_bad_text(void **state)
{
    char deep[4096] = "";
    for (int i = 0; i < 400; i++) strcat(deep, "unknown { ");
    assert_refused(state, deep, "end of the file");
    assert_refused(state, "name: \"open", "closing quote");
    assert_refused(state, "layer { name: 'a' ", "end of the file");
    assert_refused(state, "layer { name: a }", "string in quotes");
    assert_refused(state, "layer }", "expected '{'");
    assert_refused(state, "input_dim: x", "net.prototxt:1: expected a whole number");
    assert_refused(state, "\n\ninput_dim: 99999999999", "net.prototxt:3");
    assert_refused(state, "layer { name: 'a' }", "no type");
    assert_refused(state, "layer { name: 'a' type: 'T' bottom: 'b' }", "reads blob 'b'");
    assert_refused(state, "layer { name: 'a' type: 'T' bottom: 'a' top: 'a' }", "reads blob 'a'");
    assert_refused(state, "input: 'a' input: 'a'", "two inputs");
    assert_refused(state, "input: 'a' input_dim: 1", "4 each");
    assert_refused(state, "input: 'a' input_shape { dim: 9000000000 dim: 9000000000 }", "a");
    assert_refused(state, "layers { type: RELU } layer { type: 'ReLU' }", "both");
    assert_refused(state, "layers { type: NO_SUCH_LAYER }", "NO_SUCH_LAYER");
    assert_refused(state, "\x01\x02\x03", "expected a name");
}

static void assert_weights_refused(void **state, const rq_buf *weights, const char *message)
{
    rq_framework_model *source = NULL;
    const char *text = INPUT "layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'c' }";
    char net[4096];
    snprintf(net, sizeof net, "%s", scratch_file(state, "net.prototxt", text, strlen(text)));
    const char *model = scratch_file(state, "net.caffemodel", weights->data, weights->length);
    assert_fails(rq_caffe_open(&source, net, model), RQ_EFORMAT, message);
    assert_null(source);
}

static rq_buf net_of_blob(rq_buf weights)
{
    rq_buf net = {0}, layer = {0};
    wire_text(&layer, 1, "c");
    wire_text(&layer, 2, "Convolution");
    wire_message(&layer, 7, &weights);
    wire_message(&net, 100, &layer);
    return net;
}

static void test_bad_weights(void **state)
{
    rq_buf good = net_of_blob(blob(6, (int64_t[]){2, 3, 1, 1}, 4, false));
    for (size_t n = 1; n < good.length; n++) /* never a crash; most cuts are inside a message */
        assert_weights_refused(state, &(rq_buf){.data = good.data, .length = n}, "caffemodel");
    rq_buf_free(&good);
    rq_buf huge = net_of_blob(blob(6, (int64_t[]){1 << 30, 1 << 30, 1, 1}, 4, true));
    assert_weights_refused(state, &huge, "weights of layer 'c'");
    rq_buf_free(&huge);
    rq_buf wrong = net_of_blob(blob(6, (int64_t[]){2, 4}, 2, false));
    assert_weights_refused(state, &wrong, "6 values for shape [2,4]");
    rq_buf_free(&wrong);
    rq_buf claim = {0}; /* two gigabytes in ten bytes */
    wire_varint(&claim, 100 << 3 | 2);
    wire_varint(&claim, (uint64_t)2 << 30);
    assert_weights_refused(state, &claim, "2147483648 bytes announced");
    rq_buf_free(&claim);
}

/* Any bytes: an error or a net, never a crash. */
static void test_flipped_bytes(void **state)
{
    rq_buf net = net_of_blob(blob(6, (int64_t[]){2, 3, 1, 1}, 4, false));
    const char *text = INPUT "layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'c' }";
    char prototxt[4096];
    snprintf(prototxt, sizeof prototxt, "%s",
             scratch_file(state, "net.prototxt", text, strlen(text)));
    size_t refused = 0;
    for (size_t i = 0; i < net.length * 8; i++) {
        rq_framework_model *source = NULL;
        net.data[i / 8] ^= (char)(1 << i % 8);
        const char *model = scratch_file(state, "net.caffemodel", net.data, net.length);
        refused += rq_caffe_open(&source, prototxt, model) != RQ_OK;
        rq_framework_model_destroy(&source);
        net.data[i / 8] ^= (char)(1 << i % 8);
    }
    assert_in_range(refused, 100, net.length * 8 - 1);
    rq_buf_free(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
        TEST(test_layers_attributes_and_values),
        TEST(test_phases),
        TEST(test_weights_of_now),
        TEST(test_layers_of_2013),
        TEST(test_layers_of_2014),
        TEST(test_bad_text),
        TEST(test_bad_weights),
        TEST(test_flipped_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
