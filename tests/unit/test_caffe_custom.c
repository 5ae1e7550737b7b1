/* Custom layers of Caffe: parameters without a schema, CustomLayersMapping.xml, an extension's
 * operator, proposals in Python, layers of forks, nets without weights. */
#include "tests/unit/caffe_text.h"

#include "engine/import/custom_layers.h"
#include "engine/ops/extension.h"
#include "tests/unit/extension_library.h"

#include <math.h>

static const int dims[4] = {1, 2, 4, 6};
enum { ALL = 2 * 4 * 6 };

#define HEAD "input: 'data' input_shape { dim: 1 dim: 2 dim: 4 dim: 6 }\n"
#define LAYER(type, params) "layer { name: 'l' type: '" type "' bottom: 'data' top: 'l' " params "}"

/* The net's source; to be destroyed. */
static rq_framework_model *read_net(void **state, const char *text)
{
    rq_framework_model *source;
    const char *path = scratch_file(state, "net.prototxt", text, strlen(text));
    assert_ok(rq_import_open(&source, &(rq_import_files){.model = path}));
    return source;
}

static void parameters_without_a_schema(void **state)
{
    rq_framework_model *s = read_net(
        state, HEAD LAYER("Odd", "odd_param { a: 3 b: 0.5 c: true d: SOME e: 'te' 'xt' f: 1 f: 2 "
                                 "g: [1, 2.5] h { i: -7 } } param { lr_mult: 1 } loss: 1 "
                                 "relu_param { negative_slope: 0.25 new: 9 }"));
    const rq_framework_node *node = &s->nodes[0];
    size_t n;
    assert_int_equal(rq_framework_int(node, "a", 0), 3);
    assert_true(rq_framework_float(node, "a", 0) == 3);
    assert_true(rq_framework_float(node, "b", 0) == 0.5);
    assert_int_equal(rq_framework_int(node, "c", 0), 1);
    assert_string_equal(rq_framework_string(node, "d", ""), "SOME");
    assert_int_equal(rq_framework_ints(node, "f", &n)[1], 2);
    assert_int_equal(n, 2);
    assert_int_equal(rq_framework_find_attr(node, "g")->kind, RQ_FRAMEWORK_FLOATS);
    assert_true(rq_framework_find_attr(node, "g")->floats[1] == 2.5);
    assert_int_equal(rq_framework_int(node, "h.i", 0), -7);
    assert_int_equal(rq_framework_int(node, "new", 0), 9);
    assert_null(rq_framework_find_attr(node, "lr_mult"));
    assert_null(rq_framework_find_attr(node, "loss"));
    rq_framework_model_destroy(&s);
}

static void shapes_by_rule(void **state)
{
    const rq_shape in[2] = {{4, {2, 8, 10, 12}}, {3, {5, 6, 7}}};
    static const struct {
        const char *rule;
        size_t index;
        rq_shape want;
    } cases[] = {
        {"same", 0, {4, {2, 8, 10, 12}}},
        {"same:1", 0, {3, {5, 6, 7}}},
        {" [ b , c , h / 2 , w/2 ] ", 0, {4, {2, 8, 5, 6}}},
        {"[n,8,(h-1)/2*3+1,d3]", 0, {4, {2, 8, 13, 12}}},
        {"same;[d0.1,c.1,100]", 1, {3, {5, 6, 100}}},
        {"[]", 0, {0, {0}}},
    };
    static const char *const wrong[] = {"",
                                        "[b",
                                        "[x]",
                                        "[d9]",
                                        "[b/0]",
                                        "[b-9]",
                                        "same:2",
                                        "[b.2]",
                                        "[b]x",
                                        "other",
                                        "[b,,c]",
                                        "[(b]",
                                        "[0-(0-4611686018427387904)*2]",
                                        "[99999999999999999999]",
                                        "[0-1-(0-9223372036854775807-1)]",
                                        "[h*h*h*h*h*h*h*h*h*h*h*h*h*h*h*h]"};
    rq_shape out;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(rq_custom_shape(&out, cases[i].rule, cases[i].index, in, 2));
        assert_true(rq_shape_equal(&out, &cases[i].want));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_not_equal(rq_custom_shape(&out, wrong[i], 0, in, 2), RQ_OK);
    assert_int_not_equal(rq_custom_shape(&out, "same", 1, in, 2), RQ_OK);
    char deep[200];
    memset(deep, '(', sizeof deep - 1);
    deep[0] = '[';
    deep[sizeof deep - 1] = '\0';
    assert_int_not_equal(rq_custom_shape(&out, deep, 0, in, 2), RQ_OK);
}

/* The layer stays as it is, with its parameters and the shape by rule. */
static void layers_by_mapping(void **state)
{
    static const char xml[] =
        "<CustomLayersMapping><CustomLayer NativeType='Odd' hasParam='true' "
        "protoParamName='odd_param' shape='[b,c*2,h/2,w]'/></CustomLayersMapping>";
    rq_arena *arena;
    rq_custom_layers *layers;
    rq_import_result result;
    assert_ok(rq_arena_create(&arena));
    const char *path = scratch_file(state, "k.xml", xml, strlen(xml));
    assert_ok(rq_custom_layers_read(&layers, path, arena));
    rq_framework_model *s = read_net(state, HEAD LAYER("Odd", "odd_param { a: 3 f: 1 f: 2 }"));
    assert_ok(rq_import_graph(&result, s, &(rq_import_options){.custom = layers}));
    assert_int_equal(result.n_unmapped, 0);
    const rq_node *node = rq_graph_find(result.graph, "l");
    assert_string_equal(node->type, "Odd");
    assert_string_equal(node->version, "extension");
    assert_string_equal(rq_node_attr(node, "f"), "1,2");
    assert_null(rq_node_attr(node, "bottoms"));
    assert_true(
        rq_shape_equal(&result.graph->values[node->out[0]]->shape, &(rq_shape){4, {1, 4, 2, 6}}));
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&s);
    const char *broken = "<CustomLayersMapping><CustomLayer/></CustomLayersMapping>";
    path = scratch_file(state, "k.xml", broken, strlen(broken));
    assert_fails(rq_custom_layers_read(&layers, path, arena), RQ_EFORMAT, "expected <CustomLayer");
    rq_arena_destroy(&arena);
}

static void operator_of_an_extension(void **state)
{
    import_run r;
    rq_buf layer = {0};
    float x[ALL];
    import_fill(x, ALL, 3);
    assert_ok(rq_extension_load(extension_library("sample")));
    open_layer(state, &r, dims, LAYER("TestScale", "test_scale_param { alpha: 3 offsets: 0.5 }"),
               &layer);
    const float *y = import_compute(&r, x)->data;
    for (int i = 0; i < ALL; i++) assert_true(fabs((double)y[i] - 3.0 * (double)x[i] - 0.5) < 1e-6);
    import_close(&r);
}

static void proposals_in_python(void **state)
{
    rq_import_result result;
    rq_framework_model *s = read_net(
        state, "input: 's' input_shape { dim: 1 dim: 12 dim: 4 dim: 4 }\n"
               "input: 'b' input_shape { dim: 1 dim: 24 dim: 4 dim: 4 }\n"
               "input: 'i' input_shape { dim: 1 dim: 3 }\n"
               "layer { name: 'p' type: 'Python' bottom: 's' bottom: 'b' bottom: 'i' top: 'p' "
               "python_param { module: 'rpn.proposal_layer' layer: 'ProposalLayer' "
               "param_str: \"{'feat_stride': 8, 'scales': [4, 8], 'post_nms_topn': 50}\" } }");
    assert_ok(rq_import_graph(&result, s, NULL));
    const rq_node *node = rq_graph_find(result.graph, "p");
    assert_string_equal(node->type, "Proposal");
    assert_string_equal(rq_node_attr(node, "feat_stride"), "8");
    assert_string_equal(rq_node_attr(node, "scale"), "4,8");
    assert_string_equal(rq_node_attr(node, "ratio"), "0.5,1,2");
    assert_string_equal(rq_node_attr(node, "post_nms_topn"), "50");
    assert_string_equal(rq_node_attr(node, "pre_nms_topn"), "6000");
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&s);
    s = read_net(state, HEAD LAYER("Python", "python_param { module: 'mine' layer: 'Own' }"));
    assert_ok(rq_import_graph(&result, s, NULL));
    assert_int_equal(result.n_unmapped, 1);
    assert_non_null(strstr(result.unmapped[0].why, "mine.Own"));
    rq_framework_model_destroy(&s);
}

/* -- layers of forks -------------------------------------------------------------------------- */

static float at(const float *x, int c, int h, int w)
{
    return h < 0 || h > 3 || w < 0 || w > 5 ? 0 : x[(c * 4 + h) * 6 + w];
}

static void patches(void **state)
{
    import_run r;
    rq_buf layer = {0};
    float x[ALL];
    import_fill(x, ALL, 3);
    open_layer(state, &r, dims,
               LAYER("Im2col", "convolution_param { kernel_size: 3 pad: 1 stride: 2 }"), &layer);
    const float *y = import_compute(&r, x)->data;
    for (int c = 0; c < 18; c++)
        for (int h = 0; h < 2; h++)
            for (int w = 0; w < 3; w++)
                assert_true(*y++ == at(x, c / 9, 2 * h - 1 + c % 9 / 3, 2 * w - 1 + c % 3));
    import_close(&r);
}

/* Maxima return to where they were. */
static void unpooling(void **state)
{
    import_run r;
    rq_buf layer = {0};
    float x[ALL];
    import_fill(x, ALL, 3);
    open_layer(state, &r, dims,
               "layer { name: 'p' type: 'Pooling' bottom: 'data' top: 'p' top: 'm' "
               "pooling_param { kernel_size: 2 stride: 2 } }\n"
               "layer { name: 'l' type: 'Upsample' bottom: 'p' bottom: 'm' top: 'l' "
               "upsample_param { scale: 2 } }",
               &layer);
    const float *y = import_compute(&r, x)->data;
    for (int i = 0; i < ALL; i++) {
        int c = i / 24, h = i / 6 % 4 & ~1, w = i % 6 & ~1;
        float most = fmaxf(fmaxf(at(x, c, h, w), at(x, c, h, w + 1)),
                           fmaxf(at(x, c, h + 1, w), at(x, c, h + 1, w + 1)));
        assert_true(y[i] == (x[i] == most ? most : 0));
    }
    import_close(&r);
}

static void pyramid(void **state)
{
    import_run r;
    rq_buf layer = {0};
    float x[ALL], want[2 * (1 + 4)] = {0};
    import_fill(x, ALL, 3);
    for (int c = 0; c < 2; c++) {
        want[c] = -1;
        for (int k = 0; k < 4; k++) want[2 + 4 * c + k] = -1;
        for (int i = 0; i < 24; i++) {
            float v = x[24 * c + i], *bin = &want[2 + 4 * c + i / 12 * 2 + i % 6 / 3];
            want[c] = fmaxf(want[c], v);
            *bin = fmaxf(*bin, v);
        }
    }
    open_layer(state, &r, dims, LAYER("SPP", "spp_param { pyramid_height: 2 }"), &layer);
    assert_near_f32(import_compute(&r, x)->data, want, 10, 0, 0);
    import_close(&r);
}

/* -- recurrent layers
 * ------------------------------------------------------------------------------ */

enum { T = 4, N = 2, I = 3, HID = 2 };

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* Caffe's LSTM: gates in the order i, f, o, g; `cont` [T, N]. */
static void lstm(float *y, const float *x, const double *cont, const float *w, const float *bias,
                 const float *r)
{
    double h[N][HID] = {{0}}, c[N][HID] = {{0}};
    for (int t = 0; t < T; t++)
        for (int n = 0; n < N; n++) {
            double gate[4 * HID], k = cont[t * N + n];
            for (int g = 0; g < 4 * HID; g++) {
                gate[g] = (double)bias[g];
                for (int i = 0; i < I; i++)
                    gate[g] += (double)w[g * I + i] * (double)x[(t * N + n) * I + i];
                for (int j = 0; j < HID; j++) gate[g] += (double)r[g * HID + j] * h[n][j] * k;
            }
            for (int j = 0; j < HID; j++) {
                c[n][j] = sigmoid(gate[HID + j]) * c[n][j] * k +
                          sigmoid(gate[j]) * tanh(gate[3 * HID + j]);
                h[n][j] = sigmoid(gate[2 * HID + j]) * tanh(c[n][j]);
                *y++ = (float)h[n][j];
            }
        }
}

/* With `cont` as an input that begins a sequence anew, and as what ContinuationIndicator makes. */
static void long_short_term_memory(void **state)
{
    float x[T * N * I], w[4 * HID * I], bias[4 * HID], r[4 * HID * HID], want[T * N * HID];
    double cont[T * N] = {0, 0, 1, 1, 0, 1, 1, 1};
    import_fill(x, T * N * I, 1);
    import_fill(w, 4 * HID * I, 2);
    import_fill(bias, 4 * HID, 3);
    import_fill(r, 4 * HID * HID, 4);
    for (int constant = 0; constant < 2; constant++) {
        const int size[4] = {T, N, I, 1};
        rq_buf layer = {0};
        import_run run;
        if (constant) cont[4] = 1;
        add_blob(&layer, w, (int64_t[]){4 * HID, I}, 2);
        add_blob(&layer, bias, (int64_t[]){4 * HID}, 1);
        add_blob(&layer, r, (int64_t[]){4 * HID, HID}, 2);
        const char *from = constant ? "layer { name: 'c' type: 'ContinuationIndicator' bottom: "
                                      "'data' top: 'c' }\n"
                                    : "input: 'c' input_shape { dim: 4 dim: 2 }\n";
        char text[512];
        snprintf(text, sizeof text,
                 "%slayer { name: 'l' type: 'LSTM' bottom: 'data' bottom: 'c' top: 'l' "
                 "recurrent_param { num_output: 2 } }",
                 from);
        open_layer(state, &run, size, text, &layer);
        assert_int_equal(import_count(&run, constant ? "LSTMSequence" : "TensorIterator"), 1);
        float given[T * N];
        for (int i = 0; i < T * N; i++) given[i] = (float)cont[i];
        rq_tensor in[2] = {*rq_model_input(run.model, 0)};
        in[0].data = x;
        if (!constant) {
            in[1] = *rq_model_input(run.model, 1);
            in[1].data = given;
        }
        assert_ok(rq_session_run(run.session, in, NULL, NULL));
        lstm(want, x, cont, w, bias, r);
        assert_near_f32(rq_session_output(run.session, 0)->data, want, T * N * HID, 1e-5, 1e-5);
        import_close(&run);
    }
}

/* -- without weights
 * -------------------------------------------------------------------------------- */

static void net_without_weights(void **state)
{
    rq_import_result result;
    rq_framework_model *s = read_net(
        state, HEAD
        "layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'c' "
        "convolution_param { num_output: 8 kernel_size: 3 } }\n"
        "layer { name: 'n' type: 'BatchNorm' bottom: 'c' top: 'n' }\n"
        "layer { name: 's' type: 'Scale' bottom: 'n' top: 's' scale_param { bias_term: true } }\n"
        "layer { name: 'p' type: 'PReLU' bottom: 's' top: 'p' }\n"
        "layer { name: 'f' type: 'InnerProduct' bottom: 'p' top: 'f' "
        "inner_product_param { num_output: 5 } }");
    assert_ok(rq_import_graph(&result, s, NULL));
    assert_int_equal(result.n_unmapped, 0);
    assert_true(result.lacks_weights);
    const rq_node *end = rq_graph_find(result.graph, "f");
    assert_true(rq_shape_equal(&result.graph->values[end->out[0]]->shape, &(rq_shape){2, {1, 5}}));
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&s);
}

/* The caffemodel is given, and has nothing of the layer. */
static void weights_of_another_net(void **state)
{
    static const char net[] = HEAD LAYER("Scale", "");
    rq_framework_model *source;
    rq_import_result result;
    rq_buf file = {0}, layer = {0};
    wire_text(&layer, 1, "other");
    wire_text(&layer, 2, "any");
    wire_message(&file, 100, &layer);
    char model[4096];
    snprintf(model, sizeof model, "%s",
             scratch_file(state, "net.caffemodel", file.data, file.length));
    rq_buf_free(&file);
    scratch_file(state, "net.prototxt", net, strlen(net));
    assert_ok(rq_import_open(&source, &(rq_import_files){.model = model}));
    assert_fails(rq_import_graph(&result, source, NULL), RQ_EFORMAT,
                 "'l' (Scale): it has 0 blobs, at least 1 are needed");
    rq_framework_model_destroy(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_without_a_schema),
        cmocka_unit_test(shapes_by_rule),
        cmocka_unit_test(layers_by_mapping),
        cmocka_unit_test(operator_of_an_extension),
        cmocka_unit_test(proposals_in_python),
        cmocka_unit_test(patches),
        cmocka_unit_test(unpooling),
        cmocka_unit_test(pyramid),
        cmocka_unit_test(long_short_term_memory),
        cmocka_unit_test(net_without_weights),
        cmocka_unit_test(weights_of_another_net),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
