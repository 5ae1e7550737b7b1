/* The onednn backend with floats in BF16, against the reference in f32: signal to noise of each
 * value of a network that has a layer of every kind. */
#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "engine/exec/exec.h"
#include "engine/ops/operators.h"
#include "tests/unit/graph_builder.h"

#define LEAST_DB 30.0 /* 8 bits of mantissa are 50 dB, and noise adds up from layer to layer */

static rq_id build_pool(rq_graph *g, const char *name, const char *type, rq_id x)
{
    return build(g, name, type,
                 ATTRS("strides", "2,2", "pads_begin", "0,0", "pads_end", "0,0", "kernel", "2,2",
                       "exclude-pad", "true", "rounding_type", "floor"),
                 INPUTS(x));
}

/* Channels times what a small network of their means says. */
static rq_id build_gate(rq_graph *g, rq_id x, int64_t channels)
{
    rq_id axes = build_i64(g, "gate/axes", SHAPE(2), (const int64_t[]){2, 3});
    rq_id mean = build(g, "gate/mean", "ReduceMean", ATTRS("keep_dims", "true"), INPUTS(x, axes));
    rq_id narrow = build_relu(g, "gate/relu", build_conv(g, "gate/a", mean, 8, channels, 1));
    rq_id wide = build_conv(g, "gate/b", narrow, channels, 8, 1);
    rq_id gate = build(g, "gate/sigmoid", "Sigmoid", NO_ATTRS, INPUTS(wide));
    return build(g, "gate", "Multiply", NO_ATTRS, INPUTS(x, gate));
}

static rq_id build_resize(rq_graph *g, const char *name, rq_id x, const char *mode, int64_t size)
{
    char sizes[64], axes[64];
    snprintf(sizes, sizeof sizes, "%s/sizes", name);
    snprintf(axes, sizeof axes, "%s/axes", name);
    rq_id to = build_i64(g, sizes, SHAPE(2), (const int64_t[]){size, size});
    rq_id along = build_i64(g, axes, SHAPE(2), (const int64_t[]){2, 3});
    return build_node(g, name, "Interpolate", "opset11",
                      ATTRS("mode", mode, "shape_calculation_mode", "sizes",
                            "coordinate_transformation_mode", "half_pixel", "nearest_mode",
                            "round_prefer_ceil"),
                      INPUTS(x, to, along), 1)
        ->out[0];
}

static rq_id build_image_part(rq_graph *g, rq_id x)
{
    rq_id a = build_conv(g, "first", x, 16, 3, 3);
    a = build(g, "bias", "Add", NO_ATTRS,
              INPUTS(a, build_weights(g, "bias/c", SHAPE(1, 16, 1, 1))));
    a = build_node(g, "hswish", "HSwish", "opset4", NO_ATTRS, INPUTS(a), 1)->out[0];
    rq_id weights = build_weights(g, "depthwise/w", SHAPE(16, 1, 1, 3, 3));
    rq_id b =
        build(g, "depthwise", "GroupConvolution",
              ATTRS("strides", "1,1", "dilations", "1,1", "pads_begin", "1,1", "pads_end", "1,1"),
              INPUTS(a, weights));
    b = build_gate(g, build_relu(g, "relu", b), 16);
    b = build_conv(g, "project", b, 16, 16, 1);
    b = build(g, "residual", "Add", NO_ATTRS, INPUTS(b, a));
    rq_id pooled = build_pool(g, "max", "MaxPool", b);
    rq_id half = build_conv(g, "half", build_pool(g, "average", "AvgPool", b), 8, 16, 1);
    rq_id joined = build(g, "concat", "Concat", ATTRS("axis", "1"), INPUTS(pooled, half));
    joined = build_resize(g, "nearest", joined, "nearest", 14);
    joined = build_resize(g, "linear", joined, "linear_onnx", 8);
    rq_id tile = build_weights(g, "up/w", SHAPE(24, 4, 2, 2));
    return build(
        g, "up", "ConvolutionBackpropData",
        ATTRS("strides", "2,2", "dilations", "1,1", "pads_begin", "0,0", "pads_end", "0,0"),
        INPUTS(joined, tile));
}

/* [1, 4, 16, 16] as 16 words of 64 numbers. */
static rq_id build_text_part(rq_graph *g, rq_id x)
{
    rq_id order = build_i64(g, "order", SHAPE(4), (const int64_t[]){0, 2, 1, 3});
    rq_id words = build_i64(g, "words", SHAPE(3), (const int64_t[]){1, 16, 64});
    rq_id turned = build(g, "transpose", "Transpose", NO_ATTRS, INPUTS(x, order));
    rq_id a = build(g, "reshape", "Reshape", ATTRS("special_zero", "false"), INPUTS(turned, words));
    rq_id last = build_i64(g, "last", SHAPE(1), (const int64_t[]){-1});
    a = build_node(g, "mvn", "MVN", "opset6",
                   ATTRS("eps", "0.001", "normalize_variance", "true", "eps_mode", "inside_sqrt"),
                   INPUTS(a, last), 1)
            ->out[0];
    rq_id weights = build_weights(g, "product/w", SHAPE(32, 64));
    rq_id b = build(g, "product", "MatMul", ATTRS("transpose_b", "true"), INPUTS(a, weights));
    b = build_node(g, "gelu", "Gelu", "opset7", ATTRS("approximation_mode", "erf"), INPUTS(b), 1)
            ->out[0];
    rq_id scores = build(g, "scores", "MatMul", ATTRS("transpose_b", "true"), INPUTS(b, b));
    scores = build(g, "scale", "Multiply", NO_ATTRS,
                   INPUTS(scores, build_weights(g, "scale/c", SHAPE(1, 1, 1))));
    scores = build(g, "softmax", "SoftMax", ATTRS("axis", "2"), INPUTS(scores));
    return build(g, "values", "MatMul", NO_ATTRS, INPUTS(scores, b));
}

static double decibel(const float *want, const float *got, size_t n)
{
    double signal = 0.0, noise = 1e-30;
    for (size_t i = 0; i < n; i++) {
        signal += (double)want[i] * want[i];
        noise += ((double)want[i] - got[i]) * ((double)want[i] - got[i]);
    }
    return 10.0 * log10(signal / noise);
}

/* What an observer saw: dense f32, of each value. */
typedef struct seen {
    float **data;
    size_t *n;
} seen;

static rq_status look(void *ctx, rq_id value, const rq_tensor *tensor, bool channels_last)
{
    (void)channels_last;
    seen *s = ctx;
    assert_int_equal(tensor->dtype, RQ_DT_F32);
    s->n[value] = rq_tensor_count(tensor);
    free(s->data[value]);
    s->data[value] = malloc((s->n[value] + 1) * sizeof(float));
    assert_non_null(s->data[value]);
    memcpy(s->data[value], tensor->data, s->n[value] * sizeof(float));
    return RQ_OK;
}

static seen open_seen(size_t n_values)
{
    seen s = {calloc(n_values, sizeof *s.data), calloc(n_values, sizeof *s.n)};
    assert_true(s.data && s.n);
    return s;
}

static void close_seen(seen *s, size_t n_values)
{
    for (size_t v = 0; v < n_values; v++) free(s->data[v]);
    free(s->data);
    free(s->n);
}

/* The output, and with `observed` whatever is asked for. False on a CPU without BF16. */
static bool run(float **out, size_t *n, rq_graph *g, const rq_tensor *in,
                const rq_exec_options *options, seen *s)
{
    rq_model *model;
    rq_session *session;
    rq_status status = rq_model_create(&model, g, options);
    if (status != RQ_OK) {
        if (status != RQ_EARG) fail_msg("%s", rq_error_text());
        assert_non_null(strstr(rq_error_text(), "BF16"));
        return false;
    }
    assert_ok(rq_session_create(&session, model));
    for (int i = 0; i < 2; i++) assert_ok(rq_session_run(session, in, s ? look : NULL, s));
    const rq_tensor *result = rq_session_output(session, 0);
    *n = rq_tensor_count(result);
    *out = malloc((*n + 1) * sizeof(float));
    assert_non_null(*out);
    memcpy(*out, result->data, *n * sizeof(float));
    rq_session_destroy(&session);
    rq_model_destroy(&model);
    return true;
}

typedef struct network {
    rq_graph *g;
    rq_tensor in;
    float data[3 * 16 * 16];
} network;

static void open_network(network *net)
{
    rq_rng rng;
    rq_rng_seed(&rng, 3);
    for (size_t i = 0; i < sizeof net->data / sizeof net->data[0]; i++)
        net->data[i] = (float)rq_rng_normal(&rng);
    net->in = (rq_tensor){RQ_DT_F32, SHAPE(1, 3, 16, 16), net->data};
    assert_ok(rq_graph_create(&net->g, "test"));
    rq_id x = build_input(net->g, "x", RQ_DT_F32, net->in.shape);
    build_result(net->g, build_text_part(net->g, build_image_part(net->g, x)));
}

static void test_network(void **state)
{
    (void)state;
    network net;
    open_network(&net);
    const rq_exec_options exact = {.backend = "reference"};
    for (unsigned threads = 1; threads < 3; threads++) {
        const rq_exec_options bf16 = {.backend = "onednn", .bf16 = true, .threads = threads};
        float *want, *got;
        size_t n, m;
        assert_true(run(&want, &n, net.g, &net.in, &exact, NULL));
        if (run(&got, &m, net.g, &net.in, &bf16, NULL)) {
            assert_int_equal(n, m);
            double db = decibel(want, got, n);
            assert_true(db > LEAST_DB && db < 80.0); /* above: nothing was computed in BF16 */
            free(got);
        }
        free(want);
    }
    rq_graph_destroy(&net.g);
}

/* Each value, as an observer sees it; nothing is fused over then. */
static void test_observed(void **state)
{
    (void)state;
    network net;
    open_network(&net);
    size_t n_values = net.g->n_values, n, m, compared = 0;
    uint8_t *observed = calloc(n_values, 1);
    assert_non_null(observed);
    for (size_t v = 0; v < n_values; v++)
        observed[v] = !rq_node_is(rq_value_producer(net.g, (rq_id)v), &rq_op_Const);
    seen a = open_seen(n_values), b = open_seen(n_values);
    const rq_exec_options exact = {.backend = "reference", .observed = observed};
    const rq_exec_options bf16 = {.backend = "onednn", .bf16 = true, .observed = observed};
    float *want, *got;
    assert_true(run(&want, &n, net.g, &net.in, &exact, &a));
    if (run(&got, &m, net.g, &net.in, &bf16, &b)) {
        for (size_t v = 0; v < n_values; v++) {
            assert_int_equal(a.n[v], b.n[v]);
            if (!a.n[v]) continue;
            compared++;
            if (decibel(a.data[v], b.data[v], a.n[v]) < LEAST_DB)
                fail_msg("%s: %.1f dB", rq_value_producer(net.g, (rq_id)v)->name,
                         decibel(a.data[v], b.data[v], a.n[v]));
        }
        assert_true(compared > 25);
        free(got);
    }
    free(want);
    close_seen(&a, n_values);
    close_seen(&b, n_values);
    free(observed);
    rq_graph_destroy(&net.g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_observed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
