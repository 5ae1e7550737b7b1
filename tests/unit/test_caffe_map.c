#include "tests/unit/caffe_text.h"

#include <float.h>

#define N 1
#define C 4
#define H 9
#define W 11

static const int dims[4] = {N, C, H, W};
static float input[N * C * H * W];

static float at(const float *x, int c, int h, int w)
{
    return h < 0 || h >= H || w < 0 || w >= W ? 0.0f : x[(c * H + h) * W + w];
}

static void test_convolution_by_groups(void **state)
{
    enum {
        O = 6,
        G = 2,
        K = 3,
        P = 1,
        S = 2,
        OH = (H + 2 * P - K) / S + 1,
        OW = (W + 2 * P - K) / S + 1
    };
    float weights[O * (C / G) * K * K], bias[O], want[O * OH * OW];
    rq_buf layer = {0};
    import_run r;
    import_fill(weights, sizeof weights / sizeof *weights, 1);
    import_fill(bias, O, 2);
    add_blob(&layer, weights, (int64_t[]){O, C / G, K, K}, 4);
    add_blob(&layer, bias, (int64_t[]){O}, 1);
    open_layer(state, &r, dims,
               "layer { name: 'l' type: 'Convolution' bottom: 'data' top: 'l'\n"
               "  convolution_param { num_output: 6 kernel_size: 3 pad: 1 stride: 2 group: 2 } }",
               &layer);
    import_fill(input, sizeof input / sizeof *input, 3);
    for (int o = 0; o < O; o++)
        for (int i = 0; i < OH * OW; i++) {
            double sum = (double)bias[o];
            for (int k = 0; k < C / G * K * K; k++) {
                int c = o / (O / G) * (C / G) + k / (K * K);
                float x = at(input, c, i / OW * S - P + k / K % K, i % OW * S - P + k % K);
                sum += (double)x * (double)weights[o * (C / G) * K * K + k];
            }
            want[o * OH * OW + i] = (float)sum;
        }
    const rq_tensor *got = import_compute(&r, input);
    assert_int_equal(rq_tensor_count(got), O * OH * OW);
    assert_near_f32(got->data, want, O * OH * OW, 1e-5, 1e-5);
    assert_int_equal(import_count(&r, "GroupConvolution"), 1);
    import_close(&r);
}

/* Windows and their sizes as Caffe's pooling_layer.cpp counts them. */
typedef struct pooling {
    int kernel, stride, pad;
    bool max;
} pooling;

static int pooled(int size, const pooling *p)
{
    int n = (size + 2 * p->pad - p->kernel + p->stride - 1) / p->stride + 1;
    return p->pad && (n - 1) * p->stride >= size + p->pad ? n - 1 : n;
}

static float pool_at(const pooling *p, int c, int top, int left)
{
    int bottom = top + p->kernel < H + p->pad ? top + p->kernel : H + p->pad;
    int right = left + p->kernel < W + p->pad ? left + p->kernel : W + p->pad;
    double sum = 0, most = -DBL_MAX;
    for (int h = top; h < bottom; h++)
        for (int w = left; w < right; w++) {
            double x = (double)at(input, c, h, w);
            sum += x;
            if (h >= 0 && h < H && w >= 0 && w < W && x > most) most = x;
        }
    return (float)(p->max ? most : sum / ((bottom - top) * (right - left)));
}

static void test_pooling_rounds_up(void **state)
{
    static const int shapes[][3] = {{3, 2, 0}, {2, 2, 0}, {3, 2, 1},
                                    {5, 3, 2}, {3, 3, 1}, {4, 3, 1}};
    for (size_t i = 0; i < 12; i++) {
        const int *shape = shapes[i / 2];
        pooling p = {shape[0], shape[1], shape[2], i % 2 == 0};
        char text[256];
        rq_buf none = {0};
        import_run r;
        snprintf(text, sizeof text,
                 "layer { name: 'l' type: 'Pooling' bottom: 'data' top: 'l' pooling_param { "
                 "pool: %s kernel_size: %d stride: %d pad: %d } }",
                 p.max ? "MAX" : "AVE", p.kernel, p.stride, p.pad);
        open_layer(state, &r, dims, text, &none);
        import_fill(input, sizeof input / sizeof *input, 3);
        int oh = pooled(H, &p), ow = pooled(W, &p);
        float want[C * H * W];
        for (int k = 0; k < C * oh * ow; k++)
            want[k] = pool_at(&p, k / (oh * ow), k / ow % oh * p.stride - p.pad,
                              k % ow * p.stride - p.pad);
        const rq_tensor *got = import_compute(&r, input);
        assert_int_equal(rq_tensor_count(got), C * oh * ow);
        assert_near_f32(got->data, want, (size_t)(C * oh * ow), 1e-6, 1e-6);
        import_close(&r);
    }
}

/* mean and variance are sums of `2` of them. */
static void test_batch_norm(void **state)
{
    float mean[C] = {1, -2, 3, 0}, variance[C] = {2, 4, 8, 1}, count = 2, want[C * H * W];
    rq_buf layer = {0};
    import_run r;
    add_blob(&layer, mean, (int64_t[]){C}, 1);
    add_blob(&layer, variance, (int64_t[]){C}, 1);
    add_blob(&layer, &count, (int64_t[]){1}, 1);
    open_layer(state, &r, dims,
               "layer { name: 'l' type: 'BatchNorm' bottom: 'data' top: 'l'\n"
               "  batch_norm_param { eps: 0.5 } }",
               &layer);
    import_fill(input, sizeof input / sizeof *input, 3);
    for (int i = 0; i < C * H * W; i++) {
        int c = i / (H * W);
        want[i] =
            (float)(((double)input[i] - (double)mean[c] / 2) / sqrt((double)variance[c] / 2 + 0.5));
    }
    assert_near_f32(import_compute(&r, input)->data, want, C * H * W, 1e-6, 1e-6);
    import_close(&r);
}

/* Slices put together in another order, flattened. */
static void test_slice_concat_flatten(void **state)
{
    float want[C * H * W];
    rq_buf none = {0};
    import_run r;
    open_layer(state, &r, dims,
               "layer { name: 's' type: 'Slice' bottom: 'data' top: 'a' top: 'b'\n"
               "  slice_param { slice_point: 1 } }\n"
               "layer { name: 'c' type: 'Concat' bottom: 'b' bottom: 'a' top: 'c' }\n"
               "layer { name: 'f' type: 'Flatten' bottom: 'c' top: 'f' }\n"
               "layer { name: 'd' type: 'Dropout' bottom: 'f' top: 'f' }",
               &none);
    import_fill(input, sizeof input / sizeof *input, 3);
    memcpy(want, input + H * W, (C - 1) * H * W * sizeof *want);
    memcpy(want + (C - 1) * H * W, input, H * W * sizeof *want);
    const rq_tensor *got = import_compute(&r, input);
    assert_int_equal(got->shape.rank, 2);
    assert_near_f32(got->data, want, C * H * W, 0, 0);
    assert_int_equal(import_count(&r, "Result"), 1);
    import_close(&r);
}

static void test_eltwise_power_in_place(void **state)
{
    float want[C * H * W];
    rq_buf none = {0};
    import_run r;
    open_layer(state, &r, dims,
               "layer { name: 'p' type: 'Power' bottom: 'data' top: 'p'\n"
               "  power_param { power: 2 scale: 3 shift: 1 } }\n"
               "layer { name: 'p2' type: 'ReLU' bottom: 'p' top: 'p'\n"
               "  relu_param { negative_slope: 0.5 } }\n"
               "layer { name: 'e' type: 'Eltwise' bottom: 'p' bottom: 'data' top: 'e'\n"
               "  eltwise_param { coeff: 0.5 coeff: -4 } }",
               &none);
    import_fill(input, sizeof input / sizeof *input, 3);
    for (int i = 0; i < C * H * W; i++) {
        double y = 3.0 * (double)input[i] + 1;
        want[i] = (float)(0.5 * y * y - 4.0 * (double)input[i]);
    }
    assert_near_f32(import_compute(&r, input)->data, want, C * H * W, 1e-5, 1e-5);
    import_close(&r);
}

/* A message without a schema has whole numbers, or numbers, by how they are written. */
static void test_eltwise_of_a_fork(void **state)
{
    static const char *const coefficients[] = {"coeff: 1 coeff: -2", "coeff: 1.0 coeff: -2.0"};
    for (int k = 0; k < 2; k++) {
        char layer[256];
        float want[C * H * W];
        rq_buf none = {0};
        import_run r;
        snprintf(layer, sizeof layer,
                 "layer { name: 'p' type: 'Power' bottom: 'data' top: 'p' }\n"
                 "layer { name: 'e' type: 'Eltwise' bottom: 'data' bottom: 'p' top: 'e'\n"
                 "  forked_param { %s } }",
                 coefficients[k]);
        open_layer(state, &r, dims, layer, &none);
        import_fill(input, sizeof input / sizeof *input, 3);
        for (int i = 0; i < C * H * W; i++) want[i] = -input[i];
        assert_near_f32(import_compute(&r, input)->data, want, C * H * W, 1e-6f, 1e-6f);
        import_close(&r);
    }
}

static void assert_message(void **state, const char *layer, const char *message)
{
    char net[1024];
    rq_framework_model *source;
    rq_import_result result;
    int n = snprintf(net, sizeof net,
                     "input: 'data' input_shape { dim: 1 dim: 4 dim: 9 dim: 9 }\n"
                     "layer { name: 'l' bottom: 'data' top: 'l' %s }",
                     layer);
    const char *path = scratch_file(state, "net.prototxt", net, (size_t)n);
    assert_ok(rq_import_open(&source, &(rq_import_files){.model = path}));
    assert_fails(rq_import_graph(&result, source, NULL), RQ_EFORMAT, message);
    rq_framework_model_destroy(&source);
}

static void test_messages(void **state)
{
    assert_message(state, "type: 'Convolution'", "a kernel of 0 is empty");
    assert_message(state, "type: 'Pooling' pooling_param { kernel_size: 0 }", "kernel 0");
    assert_message(state, "type: 'Softmax' softmax_param { axis: 7 }", "axis 7");
    assert_message(state, "type: 'Permute' permute_param { order: 1 order: 1 }", "no order");
    assert_message(state, "type: 'Slice' top: 'm' slice_param { slice_point: 9 }", "cuts");
}

/* What Model Optimizer made of it, and what it cannot read. */
static void test_shared_nets(void **state)
{
    (void)state;
    import_run r;
    import_open(
        &r, &(rq_import_files){.model = import_shared("caffe/HorizonalFinemapping.caffemodel")});
    import_close(&r);
    import_open(&r, &(rq_import_files){.model = import_shared("caffe/mininet_ssd_v1.caffemodel")});
    import_equals_ir(&r, import_shared("caffe/mo-2023.3-mininet_ssd_v1.xml"), 1e-5);
    import_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
        TEST(test_convolution_by_groups),
        TEST(test_pooling_rounds_up),
        TEST(test_batch_norm),
        TEST(test_slice_concat_flatten),
        TEST(test_eltwise_power_in_place),
        TEST(test_eltwise_of_a_fork),
        TEST(test_messages),
        cmocka_unit_test(test_shared_nets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
