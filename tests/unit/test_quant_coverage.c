/* Kernel coverage and bias shifts against what the layers themselves compute. */
#include "tests/unit/test.h"

#include "engine/exec/exec.h"
#include "quant/bias.h"
#include "quant/coverage.h"
#include "tests/unit/graph_builder.h"

typedef struct layer_case {
    const char *type;
    rq_shape x, w;
    int axis, n_axes;
    int64_t target[2]; /* ConvolutionBackpropData's output_shape; 0: none */
    const char *attrs[13];
} layer_case;

#define X                                                                                          \
    {                                                                                              \
        4,                                                                                         \
        {                                                                                          \
            2, 4, 7, 9                                                                             \
        }                                                                                          \
    }
#define CONV                                                                                       \
    "Convolution", X, {4, {3, 4, 3, 2}}, 0, 1,                                                     \
    {                                                                                              \
        0, 0                                                                                       \
    }
#define GROUP                                                                                      \
    "GroupConvolution", X, {5, {2, 3, 2, 3, 2}}, 1, 2,                                             \
    {                                                                                              \
        0, 0                                                                                       \
    }
#define BACK "ConvolutionBackpropData", X, {4, {4, 3, 3, 2}}, 1, 1
#define GROUP_BACK "GroupConvolutionBackpropData", X, {5, {2, 2, 3, 3, 2}}, 2, 2

static const layer_case cases[] = {
    {CONV, {"strides", "1,1", "pads_begin", "0,0", "pads_end", "0,0", "dilations", "1,1"}},
    {CONV, {"strides", "1,1", "pads_begin", "1,1", "pads_end", "1,0", "dilations", "1,1"}},
    {CONV, {"strides", "2,3", "pads_begin", "2,1", "pads_end", "0,1", "dilations", "1,1"}},
    {CONV, {"strides", "1,2", "pads_begin", "3,2", "pads_end", "1,4", "dilations", "2,3"}},
    {CONV, {"strides", "2,2", "dilations", "1,1", "auto_pad", "same_upper"}},
    {CONV, {"strides", "2,2", "dilations", "1,1", "auto_pad", "same_lower"}},
    {CONV, {"strides", "1,3", "dilations", "2,1", "auto_pad", "same_upper"}},
    {CONV, {"strides", "1,3", "dilations", "2,1", "auto_pad", "same_lower"}},
    {CONV, {"strides", "2,1", "pads_begin", "1,1", "pads_end", "1,1", "auto_pad", "valid"}},
    {GROUP, {"strides", "2,1", "pads_begin", "1,1", "pads_end", "1,0", "dilations", "1,1"}},
    {BACK, {0, 0}, {"strides", "1,1", "pads_begin", "0,0", "pads_end", "0,0"}},
    {BACK, {0, 0}, {"strides", "2,2", "pads_begin", "1,0", "pads_end", "1,1"}},
    {BACK, {0, 0}, {"strides", "2,3", "pads_begin", "1,0", "output_padding", "1,2"}},
    {BACK, {0, 0}, {"strides", "2,2", "dilations", "2,1", "pads_begin", "2,1"}},
    {BACK, {14, 18}, {"strides", "2,2", "auto_pad", "same_upper"}},
    {BACK, {14, 18}, {"strides", "2,2", "auto_pad", "same_lower"}},
    {BACK, {12, 16}, {"strides", "2,2", "auto_pad", "same_upper"}},
    {BACK, {12, 16}, {"strides", "2,2", "auto_pad", "same_upper", "output_padding", "1,1"}},
    {BACK, {13, 24}, {"strides", "2,3", "auto_pad", "same_lower", "output_padding", "1,1"}},
    {BACK, {0, 0}, {"strides", "2,2", "auto_pad", "same_upper", "output_padding", "1,0"}},
    {BACK, {0, 0}, {"strides", "2,2", "pads_begin", "1,1", "pads_end", "1,1", "auto_pad", "valid"}},
    {GROUP, {"strides", "2,2", "auto_pad", "same_lower"}},
    {GROUP_BACK, {0, 0}, {"strides", "2,1", "pads_begin", "1,0", "pads_end", "0,1"}},
    {GROUP_BACK, {13, 17}, {"strides", "2,2", "auto_pad", "same_upper"}},
    {GROUP_BACK, {0, 0}, {"strides", "2,2", "pads_begin", "1,1", "auto_pad", "valid"}},
    {"MatMul", {2, {3, 4}}, {2, {4, 5}}, 1, 1, {0, 0}, {NULL}},
    {"MatMul", {2, {3, 4}}, {2, {5, 4}}, 0, 1, {0, 0}, {"transpose_b", "true"}},
};
#define N_CASES (sizeof cases / sizeof cases[0])

typedef struct layer {
    rq_graph *graph;
    rq_node *node;
} layer;

static void open_layer(layer *l, const layer_case *c, const float *weights)
{
    assert_ok(rq_graph_create(&l->graph, "test"));
    rq_id in[3] = {build_input(l->graph, "x", RQ_DT_F32, c->x)};
    rq_node *constant;
    assert_ok(rq_graph_add_const(&constant, l->graph, "w", RQ_DT_F32, &c->w, weights));
    in[1] = constant->out[0];
    if (c->target[0]) in[2] = build_i64(l->graph, "target", SHAPE(2), c->target);
    l->node =
        build_node(l->graph, "layer", c->type, "opset1", c->attrs, in, c->target[0] ? 3 : 2, 1);
    build_result(l->graph, l->node->out[0]);
}

/* Means of the output's channels when channel i of the input is mean_in[i] everywhere. */
static size_t channel_means(double *means, const layer_case *c, const float *weights,
                            const double *mean_in)
{
    layer l;
    rq_model *model;
    rq_session *session;
    open_layer(&l, c, weights);
    size_t area = rq_shape_span(&c->x, 2, c->x.rank), count = rq_shape_count(&c->x);
    float *x = calloc(count, sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < count; i++) x[i] = (float)mean_in[i / area % (size_t)c->x.d[1]];
    rq_tensor in = {RQ_DT_F32, c->x, x};
    assert_ok(rq_model_create(&model, l.graph, &(rq_exec_options){.backend = "reference"}));
    assert_ok(rq_session_create(&session, model));
    assert_ok(rq_session_run(session, &in, NULL, NULL));
    const rq_tensor *out = rq_session_output(session, 0);
    size_t n = (size_t)out->shape.d[1], positions = rq_tensor_count(out) / n;
    size_t inner = rq_shape_span(&out->shape, 2, out->shape.rank);
    memset(means, 0, n * sizeof *means);
    for (size_t i = 0; i < n * positions; i++)
        means[i / inner % n] += ((const float *)out->data)[i] / (double)positions;
    rq_session_destroy(&session);
    rq_model_destroy(&model);
    rq_graph_destroy(&l.graph);
    free(x);
    return n;
}

#define MAX_TAPS 16 /* taps, channels */

static void find_coverage(double *coverage, rq_weight_layout *layout, const layer_case *c,
                          const float *weights)
{
    layer l;
    rq_bound *bound;
    open_layer(&l, c, weights);
    assert_ok(rq_bind(&bound, l.graph, NULL, 0));
    const rq_weight_point point = {.node = l.node->id,
                                   .port = 1,
                                   .value = l.node->in[1],
                                   .axis = c->axis,
                                   .n_axes = c->n_axes};
    assert_ok(rq_weight_layout_find(layout, bound, &point));
    assert_in_range(layout->taps, 1, MAX_TAPS);
    assert_ok(rq_coverage(coverage, bound, &point, layout));
    rq_bound_destroy(&bound);
    rq_graph_destroy(&l.graph);
}

/* A kernel that is 1 at one tap, over an input of ones: the output's mean is the tap's share. */
static void test_coverage_is_what_the_layer_sees(void **state)
{
    (void)state;
    static const double ones[] = {1.0, 1.0, 1.0, 1.0};
    for (size_t i = 0; i < N_CASES; i++) {
        size_t count = rq_shape_count(&cases[i].w);
        double coverage[MAX_TAPS], means[MAX_TAPS];
        rq_weight_layout layout;
        float *weights = calloc(count, sizeof *weights);
        assert_non_null(weights);
        find_coverage(coverage, &layout, &cases[i], weights);
        for (size_t t = 0; t < layout.taps; t++) {
            weights[t * layout.tap_stride] = 1.0f;
            channel_means(means, &cases[i], weights, ones);
            weights[t * layout.tap_stride] = 0.0f;
            if (fabs(means[0] - coverage[t]) > 1e-6)
                fail_msg("case %zu (%s), tap %zu: %g, the layer says %g", i, cases[i].type, t,
                         coverage[t], means[0]);
        }
        free(weights);
    }
}

/* On an input that is constant per channel the shift is exactly what rounding takes away. */
static void test_bias_shift_is_exact_on_a_constant_input(void **state)
{
    (void)state;
    static const double mean_in[] = {0.5, -1.25, 2.0, 0.75};
    for (size_t i = 0; i < N_CASES; i++) {
        size_t count = rq_shape_count(&cases[i].w);
        float *weights = calloc(count, sizeof *weights), *rounded = calloc(count, sizeof *rounded);
        double coverage[MAX_TAPS], exact[MAX_TAPS], lossy[MAX_TAPS];
        float shift[MAX_TAPS];
        rq_weight_layout layout;
        rq_weight_codes codes;
        rq_arena *arena;
        assert_true(weights && rounded);
        for (size_t k = 0; k < count; k++) weights[k] = sinf(1.7f * (float)k + 1.0f);
        find_coverage(coverage, &layout, &cases[i], weights);
        assert_ok(rq_arena_create(&arena));
        assert_ok(rq_weights_quantize(&codes, arena, weights, &layout,
                                      &(rq_weight_options){.half_range = true}));
        for (size_t c = 0; c < rq_weight_channels(&layout); c++)
            for (size_t k = 0; k < layout.inputs * layout.taps; k++) {
                size_t at = rq_weight_offset(&layout, c) + k / layout.taps * layout.input_stride +
                            k % layout.taps * layout.tap_stride;
                rounded[at] = (float)codes.codes[at] * codes.scales[c];
            }
        rq_bias_shift(shift, weights, &codes, &layout, coverage, mean_in);
        size_t n = channel_means(exact, &cases[i], weights, mean_in);
        channel_means(lossy, &cases[i], rounded, mean_in);
        assert_int_equal(n, rq_weight_channels(&layout));
        for (size_t c = 0; c < n; c++)
            if (fabs(exact[c] - lossy[c] - shift[c]) > 1e-5)
                fail_msg("case %zu (%s), channel %zu: %g, the layer says %g", i, cases[i].type, c,
                         (double)shift[c], exact[c] - lossy[c]);
        rq_arena_destroy(&arena);
        free(weights);
        free(rounded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coverage_is_what_the_layer_sees),
        cmocka_unit_test(test_bias_shift_is_exact_on_a_constant_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
