/* Graphs as ONNX: names, codes, the same bytes, and what is refused. */
#include "tests/unit/test.h"

#include "engine/base/file.h"
#include "engine/export/onnx/to_onnx.h"
#include "engine/import/import.h"
#include "tests/unit/graph_builder.h"
#include "tests/unit/scratch.h"

static rq_id build_scalar(rq_graph *g, const char *name, float value)
{
    rq_node *node;
    assert_ok(rq_graph_add_const(&node, g, name, RQ_DT_F32, &RQ_SHAPE_SCALAR, &value));
    return node->out[0];
}

static rq_id typed(rq_graph *g, rq_id value, rq_dtype dtype, rq_shape shape)
{
    g->values[value]->dtype = dtype;
    g->values[value]->shape = shape;
    return value;
}

static rq_id build_quantizer(rq_graph *g, const char *name, rq_id x, float low, float high)
{
    rq_id l = build_scalar(g, "low", low), h = build_scalar(g, "high", high);
    rq_id out = build(g, name, "FakeQuantize", ATTRS("levels", "256"), INPUTS(x, l, h, l, h));
    return typed(g, out, RQ_DT_F32, g->values[x]->shape);
}

/* i8 Const -> Convert -> Multiply, two output channels with scales 0.5 and 0.25. */
static rq_id build_codes(rq_graph *g)
{
    const int8_t codes[4] = {1, -2, 3, -4};
    const float scales[2] = {0.5f, 0.25f};
    rq_node *c, *s;
    assert_ok(rq_graph_add_const(&c, g, "codes", RQ_DT_I8, &(rq_shape){4, {2, 2, 1, 1}}, codes));
    assert_ok(rq_graph_add_const(&s, g, "scales", RQ_DT_F32, &(rq_shape){4, {2, 1, 1, 1}}, scales));
    rq_id f = build(g, "to_float", "Convert", ATTRS("destination_type", "f32"), c->out, 1);
    typed(g, f, RQ_DT_F32, SHAPE(2, 2, 1, 1));
    rq_id w = build(g, "weights", "Multiply", NO_ATTRS, INPUTS(f, s->out[0]));
    return typed(g, w, RQ_DT_F32, SHAPE(2, 2, 1, 1));
}

/* x -> FakeQuantize -> Convolution of codes -> Add of a bias -> MaxPool -> ReLU -> result */
static rq_graph *build_quantized(float low, float high)
{
    rq_graph *g;
    const float bias[2] = {1.0f, -1.0f};
    rq_node *b;
    assert_ok(rq_graph_create(&g, "net"));
    rq_id x = build_input(g, "image", RQ_DT_F32, SHAPE(RQ_DYNAMIC, 2, 8, 8));
    rq_id q = build_quantizer(g, "quantizer", x, low, high);
    rq_id c = build(g, "conv", "Convolution", ATTRS(WINDOW), INPUTS(q, build_codes(g)));
    typed(g, c, RQ_DT_F32, SHAPE(RQ_DYNAMIC, 2, 8, 8));
    assert_ok(rq_graph_add_const(&b, g, "bias", RQ_DT_F32, &(rq_shape){4, {1, 2, 1, 1}}, bias));
    rq_id a = build(g, "biased", "Add", NO_ATTRS, INPUTS(c, b->out[0]));
    typed(g, a, RQ_DT_F32, SHAPE(RQ_DYNAMIC, 2, 8, 8));
    rq_id q2 = build_quantizer(g, "behind", a, 0.0f, 2.55f);
    rq_id p = build_node(g, "pool", "MaxPool", "opset1", ATTRS(WINDOW, "kernel", "1,1"), &q2, 1, 1)
                  ->out[0];
    typed(g, p, RQ_DT_F32, SHAPE(RQ_DYNAMIC, 2, 8, 8));
    rq_id r = build(g, "relu", "ReLU", NO_ATTRS, INPUTS(p));
    typed(g, r, RQ_DT_F32, SHAPE(RQ_DYNAMIC, 2, 8, 8));
    build_result(g, r);
    return g;
}

static rq_framework_model *read_back(const char *path)
{
    rq_framework_model *model;
    const rq_import_files files = {.model = path};
    assert_ok(rq_import_open(&model, &files));
    return model;
}

static size_t count(const rq_framework_model *m, const char *type)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n_nodes; i++) n += !strcmp(m->nodes[i].type, type);
    return n;
}

static const rq_framework_node *find_node(const rq_framework_model *m, const char *type)
{
    for (size_t i = 0; i < m->n_nodes; i++)
        if (!strcmp(m->nodes[i].type, type)) return &m->nodes[i];
    fail_msg("no %s", type);
    return NULL;
}

static const rq_tensor *find_tensor(const rq_framework_model *m, const char *name)
{
    for (size_t i = 0; i < m->n_constants; i++)
        if (!strcmp(m->constants[i].name, name)) return &m->constants[i].tensor;
    fail_msg("no tensor %s", name);
    return NULL;
}

static void writes_pairs_and_codes(void **state)
{
    rq_graph *g = build_quantized(-1.28f, 1.27f);
    const char *path = scratch_path(state, "u8.onnx");
    assert_ok(rq_to_onnx_write(g, path, RQ_QDQ_UINT8));
    rq_framework_model *m = read_back(path);
    assert_int_equal(count(m, "QuantizeLinear"), 3); /* one more behind the pool */
    assert_int_equal(count(m, "DequantizeLinear"), 5);
    assert_int_equal(count(m, "Add"), 0);
    const rq_framework_node *conv = find_node(m, "Conv"), *q = find_node(m, "QuantizeLinear");
    assert_int_equal(conv->n_in, 3);
    assert_string_equal(conv->out[0], "biased");
    assert_string_equal(q->in[0], "image");
    const rq_tensor *zero = find_tensor(m, q->in[2]), *bias = find_tensor(m, "conv/bias");
    assert_int_equal(zero->dtype, RQ_DT_U8);
    assert_int_equal(*(const uint8_t *)zero->data, 128);
    assert_int_equal(bias->dtype, RQ_DT_I32);
    assert_int_equal(((const int32_t *)bias->data)[0], 200); /* 1 / (0.01 * 0.5) */
    assert_int_equal(((const int32_t *)bias->data)[1], -400);
    assert_int_equal(m->inputs[0].tensor.shape.d[0], RQ_DYNAMIC);
    rq_framework_model_destroy(&m);
    rq_graph_destroy(&g);
}

static void int8_codes_have_zero_at_0(void **state)
{
    rq_graph *g = build_quantized(-1.28f, 1.27f);
    const char *path = scratch_path(state, "i8.onnx");
    assert_ok(rq_to_onnx_write(g, path, RQ_QDQ_INT8));
    rq_framework_model *m = read_back(path);
    assert_int_equal(count(m, "QuantizeLinear"), 2);
    const rq_tensor *zero = find_tensor(m, find_node(m, "QuantizeLinear")->in[2]);
    assert_int_equal(zero->dtype, RQ_DT_I8);
    assert_int_equal(*(const int8_t *)zero->data, 0);
    assert_int_equal(find_tensor(m, "biased_zero_point")->dtype, RQ_DT_U8);
    assert_int_equal(find_tensor(m, "conv/bias")->dtype, RQ_DT_F32);
    rq_framework_model_destroy(&m);
    rq_graph_destroy(&g);
}

enum { OUTPUTS = 3, GROUPS = 2, GROUP = 16, INPUTS_N = GROUPS * GROUP };

/* x -> MatMul of u4 codes [3,2,16] with zero points and scales of groups, a matrix [3,32]. */
static rq_graph *build_grouped(void)
{
    rq_graph *g;
    uint8_t codes[OUTPUTS * INPUTS_N / 2] = {0}, zeros[OUTPUTS * GROUPS / 2] = {0};
    float scales[OUTPUTS * GROUPS];
    rq_node *c, *z, *s, *to;
    for (size_t i = 0; i < (size_t)OUTPUTS * INPUTS_N; i++)
        rq_store_i64(codes, RQ_DT_U4, i, (int64_t)(i * 7 % 16));
    for (size_t i = 0; i < (size_t)OUTPUTS * GROUPS; i++) {
        rq_store_i64(zeros, RQ_DT_U4, i, (int64_t)i + 3);
        scales[i] = (float)(i + 1);
    }
    const rq_shape packed = SHAPE(OUTPUTS, GROUPS, GROUP), each = SHAPE(OUTPUTS, GROUPS, 1);
    const rq_shape sides = SHAPE(2);
    assert_ok(rq_graph_create(&g, "net"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(5, INPUTS_N));
    assert_ok(rq_graph_add_const(&c, g, "codes", RQ_DT_U4, &packed, codes));
    assert_ok(rq_graph_add_const(&z, g, "zeros", RQ_DT_U4, &each, zeros));
    assert_ok(rq_graph_add_const(&s, g, "scales", RQ_DT_F32, &each, scales));
    assert_ok(
        rq_graph_add_const(&to, g, "to", RQ_DT_I64, &sides, (const int64_t[]){OUTPUTS, INPUTS_N}));
    rq_id f = build(g, "f", "Convert", ATTRS("destination_type", "f32"), c->out, 1);
    typed(g, f, RQ_DT_F32, packed);
    rq_id fz = build(g, "fz", "Convert", ATTRS("destination_type", "f32"), z->out, 1);
    typed(g, fz, RQ_DT_F32, each);
    rq_id d = build(g, "d", "Subtract", NO_ATTRS, INPUTS(f, fz));
    typed(g, d, RQ_DT_F32, packed);
    rq_id w = typed(g, build(g, "weights", "Multiply", NO_ATTRS, INPUTS(d, s->out[0])), RQ_DT_F32,
                    packed);
    rq_id m = build(g, "matrix", "Reshape", ATTRS("special_zero", "false"), INPUTS(w, to->out[0]));
    typed(g, m, RQ_DT_F32, SHAPE(OUTPUTS, INPUTS_N));
    rq_id y = build(g, "product", "MatMul", ATTRS("transpose_b", "true"), INPUTS(x, m));
    build_result(g, typed(g, y, RQ_DT_F32, SHAPE(5, OUTPUTS)));
    return g;
}

/* What ONNX Runtime makes MatMulNBits of: one DequantizeLinear in blocks along axis 0. */
static void weights_in_groups_stay_packed(void **state)
{
    rq_graph *g = build_grouped();
    const char *path = scratch_path(state, "groups.onnx");
    assert_ok(rq_to_onnx_write(g, path, RQ_QDQ_UINT8));
    rq_framework_model *m = read_back(path);
    assert_int_equal(m->n_nodes, 2);
    const rq_framework_node *dequantize = find_node(m, "DequantizeLinear");
    const rq_tensor *codes = find_tensor(m, dequantize->in[0]);
    const rq_tensor *scale = find_tensor(m, dequantize->in[1]);
    const rq_tensor *zero = find_tensor(m, dequantize->in[2]);
    assert_int_equal(rq_framework_int(dequantize, "axis", 1), 0);
    assert_int_equal(rq_framework_int(dequantize, "block_size", 0), GROUP);
    assert_int_equal(codes->dtype, RQ_DT_U4);
    assert_int_equal(codes->shape.d[0], INPUTS_N);
    assert_int_equal(codes->shape.d[1], OUTPUTS);
    /* output 2, input 17: of its second group */
    assert_int_equal(rq_load_i64(codes->data, RQ_DT_U4, 17 * OUTPUTS + 2), (2 * 32 + 17) * 7 % 16);
    assert_int_equal(rq_load_i64(zero->data, zero->dtype, 1 * OUTPUTS + 2), 5 + 3);
    assert_near_f32((const float *)scale->data + OUTPUTS + 2, (const float[]){6.0f}, 1, 0.0, 0.0);
    rq_framework_model_destroy(&m);
    rq_graph_destroy(&g);
}

/* x -> Convolution of codes -> ReLU -> FakeQuantize of two ranges -> Sigmoid -> result */
static rq_graph *build_per_channel(const float low[2], const float high[2])
{
    rq_graph *g;
    const rq_shape shape = SHAPE(1, 2, 1, 1), data = SHAPE(1, 2, 8, 8);
    rq_node *l, *h;
    assert_ok(rq_graph_create(&g, "net"));
    rq_id x = build_input(g, "image", RQ_DT_F32, data);
    rq_id c = build(g, "conv", "Convolution", ATTRS(WINDOW), INPUTS(x, build_codes(g)));
    typed(g, c, RQ_DT_F32, data);
    rq_id r = typed(g, build(g, "relu", "ReLU", NO_ATTRS, INPUTS(c)), RQ_DT_F32, data);
    assert_ok(rq_graph_add_const(&l, g, "low", RQ_DT_F32, &shape, low));
    assert_ok(rq_graph_add_const(&h, g, "high", RQ_DT_F32, &shape, high));
    rq_id q = build(g, "quantizer", "FakeQuantize", ATTRS("levels", "256"),
                    INPUTS(r, l->out[0], h->out[0], l->out[0], h->out[0]));
    typed(g, q, RQ_DT_F32, data);
    build_result(g, typed(g, build(g, "end", "Sigmoid", NO_ATTRS, INPUTS(q)), RQ_DT_F32, data));
    return g;
}

/* ONNX Runtime fuses a convolution with QuantizeLinear of several scales, then fails. */
static void ranges_per_channel_are_folded(void **state)
{
    rq_graph *g = build_per_channel((const float[]){0.0f, 0.0f}, (const float[]){2.55f, 5.1f});
    const char *path = scratch_path(state, "channels.onnx");
    assert_ok(rq_to_onnx_write(g, path, RQ_QDQ_UINT8));
    rq_framework_model *m = read_back(path);
    const rq_tensor *scale = find_tensor(m, find_node(m, "QuantizeLinear")->in[1]);
    assert_int_equal(scale->shape.rank, 0);
    assert_near_f32(scale->data, (const float[]){1.0f}, 1, 0.0, 1e-6);
    const rq_tensor *weights = find_tensor(m, "weights_scale");
    assert_near_f32(weights->data, (const float[]){50.0f, 12.5f}, 2, 0.0, 1e-6);
    assert_int_equal(count(m, "Mul"), 1); /* behind: no depthwise convolution reads it */
    rq_framework_model_destroy(&m);
    rq_graph_destroy(&g);
}

static void same_graph_same_bytes(void **state)
{
    char *text[2];
    size_t size[2];
    for (int i = 0; i < 2; i++) {
        rq_graph *g = build_quantized(-1.28f, 1.27f);
        const char *path = scratch_path(state, i ? "b.onnx" : "a.onnx");
        assert_ok(rq_to_onnx_write(g, path, RQ_QDQ_UINT8));
        assert_ok(rq_read_file(&text[i], &size[i], path, 1 << 20));
        rq_graph_destroy(&g);
    }
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(text[0], text[1], size[0]);
    free(text[0]);
    free(text[1]);
}

/* The layer and its type are named, and there is no file. */
static void refuses_before_writing(void **state)
{
    rq_graph *g = build_quantized(-2.0f, 2.0f); /* no code is 0 */
    const char *path = scratch_path(state, "no.onnx");
    assert_fails(rq_to_onnx_write(g, path, RQ_QDQ_UINT8), RQ_EUNSUPPORTED,
                 "'quantizer' (FakeQuantize): cannot be written as ONNX");
    rq_graph_destroy(&g);
    g = build_per_channel((const float[]){0.0f, -2.0f}, (const float[]){2.55f, 2.0f});
    assert_fails(rq_to_onnx_write(g, path, RQ_QDQ_UINT8), RQ_EUNSUPPORTED, "'quantizer'");
    rq_graph_destroy(&g);
    assert_ok(rq_graph_create(&g, "net"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 4));
    rq_id y = build(g, "custom", "DetectionOutput", NO_ATTRS, INPUTS(x));
    build_result(g, typed(g, y, RQ_DT_F32, SHAPE(1, 4)));
    assert_fails(rq_to_onnx_check(g), RQ_EUNSUPPORTED, "'custom' (DetectionOutput)");
    assert_fails(rq_to_onnx_write(g, path, RQ_QDQ_INT8), RQ_EUNSUPPORTED, "'custom'");
    assert_int_equal(scratch_count(state, "onnx"), 0);
    rq_graph_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
        TEST(writes_pairs_and_codes),        TEST(int8_codes_have_zero_at_0),
        TEST(ranges_per_channel_are_folded), TEST(same_graph_same_bytes),
        TEST(refuses_before_writing),        TEST(weights_in_groups_stay_packed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
