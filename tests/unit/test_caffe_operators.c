/* Caffe's layers that become several of the IR's, or other ones: against their formulas. */
#include "tests/unit/caffe_text.h"

#include <math.h>

enum { C = 3, H = 4, W = 5, ALL = C * H * W };

static const int dims[4] = {1, C, H, W};
static float input[ALL];

#define LAYER(type, params) "layer { name: 'l' type: '" type "' bottom: 'data' top: 'l' " params "}"

static const rq_tensor *compute(void **state, import_run *r, const char *text, rq_buf *layer)
{
    open_layer(state, r, dims, text, layer);
    import_fill(input, ALL, 3);
    return import_compute(r, input);
}

/* -- of one value --------------------------------------------------------------------------- */

static double power_of_two(double x)
{
    return exp2(0.5 * x + 1);
}

static double logarithm_of_two(double x)
{
    return log2(x + 3);
}

static double above_a_quarter(double x)
{
    return x > 0.25;
}

static double to_half(double x)
{
    return fmin(fmax(x, 0), 0.5);
}

static double clipped(double x)
{
    return fmin(fmax(x, -0.5), 0.25);
}

static double swish(double x)
{
    return x / (1 + exp(-2 * x));
}

static double elu(double x)
{
    return x < 0 ? 0.5 * (exp(x) - 1) : x;
}

static double soft_plus(double x)
{
    return log1p(exp(x));
}

static const struct unary {
    const char *text;
    double (*formula)(double);
} unaries[] = {
    {LAYER("Exp", ""), exp},
    {LAYER("Exp", "exp_param { base: 2 scale: 0.5 shift: 1 } "), power_of_two},
    {LAYER("Log", "log_param { base: 2 shift: 3 } "), logarithm_of_two},
    {LAYER("Threshold", "threshold_param { threshold: 0.25 } "), above_a_quarter},
    {LAYER("ReLU6", "relu6_param { n: 0.5 } "), to_half},
    {LAYER("Clip", "clip_param { min: -0.5 max: 0.25 } "), clipped},
    {LAYER("Swish", "swish_param { beta: 2 } "), swish},
    {LAYER("ELU", "elu_param { alpha: 0.5 } "), elu},
    {LAYER("BNLL", ""), soft_plus},
    {LAYER("AbsVal", ""), fabs},
};

static void each_value_follows_the_formula(void **state)
{
    for (size_t k = 0; k < sizeof unaries / sizeof *unaries; k++) {
        float want[ALL];
        rq_buf none = {0};
        import_run r;
        const rq_tensor *got = compute(state, &r, unaries[k].text, &none);
        for (int i = 0; i < ALL; i++) want[i] = (float)unaries[k].formula((double)input[i]);
        assert_near_f32(got->data, want, ALL, 1e-5, 1e-5);
        import_close(&r);
    }
}

static void slopes_are_of_channels(void **state)
{
    static const float slopes[C] = {0.25f, -1, 2};
    float want[ALL];
    rq_buf layer = {0};
    import_run r;
    add_blob(&layer, slopes, (int64_t[]){C}, 1);
    const rq_tensor *got = compute(state, &r, LAYER("PReLU", ""), &layer);
    for (int i = 0; i < ALL; i++)
        want[i] = input[i] < 0 ? input[i] * slopes[i / (H * W)] : input[i];
    assert_near_f32(got->data, want, ALL, 1e-6, 1e-6);
    import_close(&r);
}

/* a[N, C] * x + y: both are the input, a its first column. */
static void axpy_scales_channels(void **state)
{
    float want[ALL];
    rq_buf none = {0};
    import_run r;
    const rq_tensor *got = compute(
        state, &r,
        "layer { name: 's' type: 'Reduction' bottom: 'data' top: 'a'\n"
        "  reduction_param { operation: SUM axis: 2 } }\n"
        "layer { name: 'l' type: 'Axpy' bottom: 'a' bottom: 'data' bottom: 'data' top: 'l' }",
        &none);
    for (int c = 0; c < C; c++) {
        double sum = 0;
        for (int i = 0; i < H * W; i++) sum += (double)input[c * H * W + i];
        for (int i = c * H * W; i < (c + 1) * H * W; i++)
            want[i] = (float)((sum + 1) * (double)input[i]);
    }
    assert_near_f32(got->data, want, ALL, 1e-5, 1e-5);
    import_close(&r);
}

/* use_global_stats: false: each channel by its own mean and variance. */
static void channels_are_normalized_by_the_batch(void **state)
{
    static const float zero[C] = {0}, one = 1;
    float want[ALL];
    rq_buf layer = {0};
    import_run r;
    add_blob(&layer, zero, (int64_t[]){C}, 1);
    add_blob(&layer, zero, (int64_t[]){C}, 1);
    add_blob(&layer, &one, (int64_t[]){1}, 1);
    const rq_tensor *got = compute(
        state, &r, LAYER("BatchNorm", "batch_norm_param { use_global_stats: false eps: 0.01 } "),
        &layer);
    for (int c = 0; c < C; c++) {
        const float *x = input + c * H * W;
        double sum = 0, squares = 0;
        for (int i = 0; i < H * W; i++) {
            sum += (double)x[i] / (H * W);
            squares += (double)x[i] * (double)x[i] / (H * W);
        }
        for (int i = 0; i < H * W; i++)
            want[c * H * W + i] = (float)(((double)x[i] - sum) / sqrt(squares - sum * sum + 0.01));
    }
    assert_near_f32(got->data, want, ALL, 1e-5, 1e-5);
    import_close(&r);
}

/* -- of several ----------------------------------------------------------------------------- */

static double plain(double x)
{
    return x;
}

static double squared(double x)
{
    return x * x;
}

static void reductions_take_all_axes_from_one_on(void **state)
{
    static const struct {
        const char *text;
        double (*of)(double);
        double factor;
    } cases[] = {
        {LAYER("Reduction", "reduction_param { operation: SUM axis: 1 } "), plain, 1},
        {LAYER("Reduction", "reduction_param { operation: ASUM axis: 1 coeff: 2 } "), fabs, 2},
        {LAYER("Reduction", "reduction_param { operation: SUMSQ axis: 1 coeff: 0.5 } "), squared,
         0.5},
        {LAYER("Reduction", "reduction_param { operation: MEAN axis: 1 } "), plain, 1.0 / ALL},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double sum = 0;
        rq_buf none = {0};
        import_run r;
        const rq_tensor *got = compute(state, &r, cases[k].text, &none);
        for (int i = 0; i < ALL; i++) sum += cases[k].of((double)input[i]);
        assert_int_equal(rq_tensor_count(got), 1);
        assert_near_f32(got->data, &(float){(float)(sum * cases[k].factor)}, 1, 1e-5, 1e-5);
        import_close(&r);
    }
}

static void nearest_neighbours_are_repeated(void **state)
{
    static const char *const texts[] = {
        LAYER("Upsample", "upsample_param { scale: 2 } "),
        LAYER("Upsample", "upsample_param { upsample_h: 8 upsample_w: 10 } "),
        LAYER("Resample", "resample_param { factor: 2 type: NEAREST } ")};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        float want[4 * ALL];
        rq_buf none = {0};
        import_run r;
        const rq_tensor *got = compute(state, &r, texts[k], &none);
        assert_true(rq_shape_equal(&got->shape, &(rq_shape){4, {1, C, 2 * H, 2 * W}}));
        for (int i = 0; i < 4 * ALL; i++) {
            int c = i / (4 * H * W), h = i / (2 * W) % (2 * H), w = i % (2 * W);
            want[i] = input[(c * H + h / 2) * W + w / 2];
        }
        assert_near_f32(got->data, want, 4 * ALL, 0, 0);
        import_close(&r);
    }
}

static void one_value_goes_to_several_layers(void **state)
{
    float want[ALL];
    rq_buf none = {0};
    import_run r;
    const rq_tensor *got =
        compute(state, &r,
                "layer { name: 's' type: 'Split' bottom: 'data' top: 'a' top: 'b' }\n"
                "layer { name: 'l' type: 'Eltwise' bottom: 'a' bottom: 'b' top: 'l' }",
                &none);
    for (int i = 0; i < ALL; i++) want[i] = 2 * input[i];
    assert_near_f32(got->data, want, ALL, 0, 0);
    import_close(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_value_follows_the_formula),
        TEST(slopes_are_of_channels),
        TEST(axpy_scales_channels),
        TEST(channels_are_normalized_by_the_batch),
        TEST(reductions_take_all_axes_from_one_on),
        TEST(nearest_neighbours_are_repeated),
        TEST(one_value_goes_to_several_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
