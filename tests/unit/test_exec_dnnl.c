/* The door to oneDNN: what each release does in its own way gives the same results. */
#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "engine/exec/onednn/dnnl.h"
#include "tests/unit/each_isa.h"

#include <stdlib.h>

#define SIZE 5 /* images are SIZE x SIZE */
#define PIXELS (SIZE * SIZE)

/* A 1x1 convolution of codes, and its result by hand. */
typedef struct product {
    rq_dnn *dnn;
    int64_t groups, inputs, outputs; /* of a group */
    size_t n_scales;
    int32_t zero_point;
    uint8_t *src;
    int8_t *weights;
    float *scales, *bias, *want;
} product;

static int64_t drawn(rq_rng *rng, int64_t low, int64_t high)
{
    return low + (int64_t)rq_rng_below(rng, (size_t)(high - low + 1));
}

static void draw(product *p)
{
    rq_rng rng;
    size_t outputs = (size_t)(p->groups * p->outputs), inputs = (size_t)(p->groups * p->inputs);
    rq_rng_seed(&rng, 7);
    p->src = malloc(inputs * PIXELS);
    p->weights = malloc(outputs * (size_t)p->inputs);
    p->scales = malloc(outputs * sizeof(float));
    p->bias = malloc(outputs * sizeof(float));
    p->want = malloc(outputs * PIXELS * sizeof(float));
    for (size_t i = 0; i < inputs * PIXELS; i++) p->src[i] = (uint8_t)drawn(&rng, 0, 255);
    /* Below what pairs of products may saturate at. */
    for (size_t i = 0; i < outputs * (size_t)p->inputs; i++)
        p->weights[i] = (int8_t)drawn(&rng, -63, 63);
    for (size_t o = 0; o < outputs; o++) {
        p->scales[o] = (float)drawn(&rng, 1, 64) / 1024.0f;
        p->bias[o] = (float)drawn(&rng, -100, 100);
    }
}

/* Sums scaled by scales[channel], plus the bias. */
static void compute(product *p)
{
    for (int64_t o = 0; o < p->groups * p->outputs; o++)
        for (int64_t at = 0; at < PIXELS; at++) {
            int32_t sum = 0;
            for (int64_t i = 0; i < p->inputs; i++) {
                int64_t input = o / p->outputs * p->inputs + i;
                sum +=
                    (p->src[input * PIXELS + at] - p->zero_point) * p->weights[o * p->inputs + i];
            }
            float scale = p->scales[p->n_scales > 1 ? o : 0];
            p->want[o * PIXELS + at] = scale * (float)sum + p->bias[o];
        }
}

static rq_shape source_shape(const product *p)
{
    return (rq_shape){4, {1, p->groups * p->inputs, SIZE, SIZE}};
}

static rq_shape result_shape(const product *p)
{
    return (rq_shape){4, {1, p->groups * p->outputs, SIZE, SIZE}};
}

static rq_shape weight_shape(const product *p)
{
    if (p->groups == 1) return (rq_shape){4, {p->outputs, p->inputs, 1, 1}};
    return (rq_shape){5, {p->groups, p->outputs, p->inputs, 1, 1}};
}

static rq_status describe(rq_dnn_primitive **out, const product *p)
{
    rq_shape src = source_shape(p), weights = weight_shape(p), dst = result_shape(p);
    rq_shape bias = {1, {dst.d[1]}};
    rq_dnn_window w = {.src = rq_dnn_layout_any(p->dnn, RQ_DT_U8, &src),
                       .weights = rq_dnn_layout_any(p->dnn, RQ_DT_I8, &weights),
                       .bias = rq_dnn_layout_dense(p->dnn, RQ_DT_F32, &bias),
                       .dst = rq_dnn_layout_any(p->dnn, RQ_DT_F32, &dst),
                       .stride = {1, 1},
                       .dilation = {1, 1},
                       .n_spatial = 2};
    rq_dnn_attr attr = {
        .scales = p->scales, .n_scales = p->n_scales, .source_zero_point = p->zero_point};
    return rq_dnn_convolution(out, p->dnn, &w, &attr);
}

/* Dense `data` in the layout that the primitive chose. */
static void *packed(const product *p, const rq_dnn_layout *to, const rq_shape *shape, void *data)
{
    void *out = malloc(rq_dnn_layout_bytes(to));
    const rq_dnn_layout *dense = rq_dnn_layout_dense(p->dnn, rq_dnn_layout_dtype(to), shape);
    assert_ok(rq_dnn_reorder_now(p->dnn, dense, data, to, out));
    return out;
}

static void run(product *p, const rq_dnn_primitive *primitive)
{
    const rq_dnn_layout *const *layouts = primitive->layouts;
    size_t outputs = (size_t)(p->groups * p->outputs);
    rq_shape src = source_shape(p), weights = weight_shape(p), dst = result_shape(p);
    float *got = malloc(outputs * PIXELS * sizeof *got);
    void *out = malloc(rq_dnn_layout_bytes(layouts[RQ_DNN_DST])), *scratch;
    assert_ok(rq_alloc_aligned(&scratch, primitive->scratch + 1, "scratch"));
    rq_dnn_arg args[] = {
        {RQ_DNN_SRC, packed(p, layouts[RQ_DNN_SRC], &src, p->src)},
        {RQ_DNN_WEIGHTS, packed(p, layouts[RQ_DNN_WEIGHTS], &weights, p->weights)},
        {RQ_DNN_BIAS, p->bias},
        {RQ_DNN_DST, out},
    };
    rq_dnn_stream *stream;
    rq_dnn_call *call;
    assert_ok(rq_dnn_stream_create(&stream, p->dnn));
    assert_ok(rq_dnn_call_create(&call, p->dnn, primitive, args, 4, scratch));
    assert_ok(rq_dnn_call_run(call, stream));
    assert_ok(rq_dnn_reorder_now(p->dnn, layouts[RQ_DNN_DST], out,
                                 rq_dnn_layout_dense(p->dnn, RQ_DT_F32, &dst), got));
    assert_near_f32(got, p->want, outputs * PIXELS, 1e-3, 1e-5);
    rq_dnn_call_destroy(&call);
    rq_dnn_stream_destroy(&stream);
    free(args[0].data);
    free(args[1].data);
    free(scratch);
    free(out);
    free(got);
}

static void check_product(int64_t groups, int64_t inputs, int64_t outputs, bool per_channel,
                          int32_t zero_point)
{
    product p = {.groups = groups,
                 .inputs = inputs,
                 .outputs = outputs,
                 .n_scales = per_channel ? (size_t)(groups * outputs) : 1,
                 .zero_point = zero_point};
    rq_dnn_primitive *primitive;
    assert_ok(rq_dnn_create(&p.dnn, 1));
    draw(&p);
    compute(&p);
    for (int64_t o = 0; rq_dnn_scales_bias() && o < groups * outputs; o++)
        p.bias[o] /= p.scales[per_channel ? o : 0];
    rq_status status = describe(&primitive, &p);
    if (status != RQ_EUNSUPPORTED) { /* of this CPU */
        assert_ok(status);
        run(&p, primitive);
    }
    rq_dnn_destroy(&p.dnn);
    free(p.src);
    free(p.weights);
    free(p.scales);
    free(p.bias);
    free(p.want);
}

static void test_scales_zero_point_and_bias(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        bool per_channel = i & 1;
        int32_t zero_point = i & 2 ? 17 : 0;
        check_product(1, 20, 24, per_channel, zero_point);
        check_product(32, 1, 1, per_channel, zero_point);
        check_product(2, 16, 32, per_channel, zero_point);
    }
}

/* Whatever blocks the library chooses, codes lie as the numbers do. */
static void test_retyped_layouts(void **state)
{
    static const int64_t channels[] = {3, 16, 20, 64};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        rq_dnn *dnn;
        rq_dnn_primitive *primitive;
        rq_shape image = {4, {1, channels[i], SIZE, SIZE}};
        rq_shape weights = {4, {channels[i], channels[i], 1, 1}};
        assert_ok(rq_dnn_create(&dnn, 1));
        rq_dnn_window w = {.src = rq_dnn_layout_any(dnn, RQ_DT_F32, &image),
                           .weights = rq_dnn_layout_any(dnn, RQ_DT_F32, &weights),
                           .dst = rq_dnn_layout_any(dnn, RQ_DT_F32, &image),
                           .stride = {1, 1},
                           .dilation = {1, 1},
                           .n_spatial = 2};
        assert_ok(rq_dnn_convolution(&primitive, dnn, &w, NULL));
        const rq_dnn_layout *numbers = primitive->layouts[RQ_DNN_DST];
        const rq_dnn_layout *codes = rq_dnn_layout_retyped(dnn, numbers, RQ_DT_U8);
        assert_non_null(codes);
        assert_int_equal(rq_dnn_layout_dtype(codes), RQ_DT_U8);
        assert_int_equal(rq_dnn_layout_elements(codes), rq_dnn_layout_elements(numbers));
        rq_dnn_blocked a, b;
        assert_true(rq_dnn_layout_blocked(&a, codes) && rq_dnn_layout_blocked(&b, numbers));
        assert_memory_equal(&a, &b, sizeof a);
        const rq_dnn_layout *back = rq_dnn_layout_retyped(dnn, codes, RQ_DT_F32);
        assert_true(back && rq_dnn_layout_equal(back, numbers));
        rq_dnn_destroy(&dnn);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scales_zero_point_and_bias),
        cmocka_unit_test(test_retyped_layouts),
    };
    return run_each_isa(cmocka_run_group_tests(tests, NULL, NULL), argc, argv);
}
