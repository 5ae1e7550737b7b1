/* Operations and bytes of layers: numbers counted by hand. */
#include "tests/unit/test.h"

#include "engine/ops/work.h"
#include "tests/unit/graph_builder.h"

static void assert_work(rq_graph *g, rq_id value, double flops, double bytes)
{
    rq_bound *bound;
    build_result(g, value);
    assert_ok(rq_bind(&bound, g, NULL, 0));
    rq_uses uses;
    assert_ok(rq_uses_create(&uses, g));
    rq_work work = rq_work_of(bound, g->values[value]->producer, &uses, NULL);
    rq_uses_free(&uses);
    assert_float_equal(work.flops, flops, 0);
    assert_float_equal(work.bytes, bytes, 0);
    rq_bound_destroy(&bound);
    rq_graph_destroy(&g);
}

static rq_graph *new_graph(void)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "work"));
    return g;
}

static void convolution(void **state)
{
    (void)state;
    rq_graph *g = new_graph();
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(2, 3, 8, 9));
    /* 2 images, 4 channels of 6x7 places, each 3 * 3 * 3 products */
    assert_work(g, build_conv(g, "conv", x, 4, 3, 3), 2.0 * 2 * 4 * 42 * 27,
                4.0 * (2 * 3 * 72 + 4 * 27 + 2 * 4 * 42));
}

static void group_convolution(void **state)
{
    (void)state;
    rq_graph *g = new_graph();
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 6, 5, 5));
    rq_id w = build_weights(g, "w", SHAPE(3, 4, 2, 3, 3)); /* 3 groups of 2 to 4 channels */
    rq_id y = build(g, "conv", "GroupConvolution", ATTRS(WINDOW), INPUTS(x, w));
    /* 12 channels of 3x3 places, each 2 * 9 products */
    assert_work(g, y, 2.0 * 12 * 9 * 18, 4.0 * (150 + 216 + 108));
}

static void transposed_convolution(void **state)
{
    (void)state;
    rq_graph *g = new_graph();
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 2, 3, 3));
    rq_id w = build_weights(g, "w", SHAPE(2, 5, 4, 4)); /* 2 to 5 channels */
    rq_id y = build(g, "deconv", "ConvolutionBackpropData", ATTRS(WINDOW), INPUTS(x, w));
    /* each of 18 inputs goes to 5 channels of 16 places; out is 6x6 */
    assert_work(g, y, 2.0 * 18 * 80, 4.0 * (18 + 160 + 5 * 36));
}

static void matrix_product(void **state)
{
    (void)state;
    rq_graph *g = new_graph();
    rq_id a = build_input(g, "a", RQ_DT_F32, SHAPE(7, 5));
    rq_id b = build_weights(g, "b", SHAPE(7, 3));
    rq_id y = build(g, "matmul", "MatMul", ATTRS("transpose_a", "true", "transpose_b", "false"),
                    INPUTS(a, b));
    assert_work(g, y, 2.0 * 5 * 3 * 7, 4.0 * (35 + 21 + 15));
}

static void lstm(void **state)
{
    (void)state;
    rq_graph *g = new_graph();
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(2, 5, 3));
    rq_id h = build_input(g, "h", RQ_DT_F32, SHAPE(2, 1, 4));
    rq_id c = build_input(g, "c", RQ_DT_F32, SHAPE(2, 1, 4));
    rq_id n = build_i64(g, "n", SHAPE(2), (const int64_t[]){5, 5});
    rq_id w = build_weights(g, "w", SHAPE(1, 16, 3)), r = build_weights(g, "r", SHAPE(1, 16, 4));
    rq_id b = build_weights(g, "b", SHAPE(1, 16));
    rq_node *node = build_node(g, "lstm", "LSTMSequence", "opset5",
                               ATTRS("hidden_size", "4", "direction", "forward"),
                               INPUTS(x, h, c, n, w, r, b), 3);
    /* 2 sequences of 5 steps, 4 gates of 4 units, each 3 + 4 products; out is [2,1,5,4] and two
     * states */
    assert_work(g, node->out[0], 2.0 * 2 * 5 * 4 * 4 * 7,
                4.0 * (30 + 8 + 8 + 48 + 64 + 16 + 40 + 8 + 8) + 8.0 * 2);
}

static void element_wise(void **state)
{
    (void)state;
    rq_graph *g = new_graph();
    rq_id x = build_input(g, "x", RQ_DT_F16, SHAPE(1, 2, 3, 4));
    assert_work(g, build_relu(g, "relu", x), 24, 2.0 * 48);
}

static void moves_compute_nothing(void **state)
{
    (void)state;
    rq_graph *g = new_graph();
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(2, 3));
    rq_id order = build_i64(g, "order", SHAPE(2), (const int64_t[]){1, 0});
    assert_work(g, build(g, "t", "Transpose", NO_ATTRS, INPUTS(x, order)), 0, 4.0 * 12 + 16);
}

static void views_and_constants_cost_nothing(void **state)
{
    (void)state;
    rq_graph *g = new_graph();
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(2, 3));
    rq_id shape = build_i64(g, "shape", SHAPE(1), (const int64_t[]){6});
    assert_work(g, build(g, "v", "Reshape", ATTRS("special_zero", "false"), INPUTS(x, shape)), 0,
                0);
    g = new_graph();
    rq_id w = build_weights(g, "w", SHAPE(2, 3));
    assert_work(g, build_relu(g, "folded", w), 0, 0);
}

static rq_id quantized(rq_graph *g, const char *name, rq_id x)
{
    rq_id low = build_weights(g, "low", SHAPE(1)), high = build_weights(g, "high", SHAPE(1));
    return build(g, name, "FakeQuantize", ATTRS("levels", "256"), INPUTS(x, low, high, low, high));
}

/* Weights [4,3,1,1] as the IR holds them: codes of 8 bits, and a scale. */
static rq_id weights_of_codes(rq_graph *g)
{
    static const int8_t data[12] = {1};
    rq_shape shape = SHAPE(4, 3, 1, 1);
    rq_node *codes;
    assert_ok(rq_graph_add_const(&codes, g, "codes", RQ_DT_I8, &shape, data));
    rq_id x =
        build(g, "convert", "Convert", ATTRS("destination_type", "f32"), INPUTS(codes->out[0]));
    g->values[x]->dtype = RQ_DT_F32; /* as a file says it */
    return build(g, "weights", "Multiply", NO_ATTRS,
                 INPUTS(x, build_weights(g, "scale", SHAPE(1))));
}

/* An INT8 convolution between quantized values reads and writes a byte each. */
static void codes_are_bytes(void **state)
{
    (void)state;
    enum { LIMITS = 4 * 4 };
    rq_graph *g = new_graph();
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, 8, 8));
    assert_work(g, quantized(g, "fq", x), 192, 4.0 * 192 + LIMITS + 192);

    g = new_graph();
    x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, 8, 8));
    rq_id conv = build(g, "conv", "Convolution", ATTRS(WINDOW),
                       INPUTS(quantized(g, "fq", x), weights_of_codes(g)));
    build_result(g, quantized(g, "after", conv));
    rq_bound *bound;
    rq_uses uses;
    assert_ok(rq_bind(&bound, g, NULL, 0));
    assert_ok(rq_uses_create(&uses, g));
    assert_float_equal(rq_work_of(bound, g->values[conv]->producer, &uses, NULL).bytes,
                       192 + 12 + 4 * 64, 0);
    rq_id quantizes = uses.uses[uses.first[conv]].node;
    assert_float_equal(rq_work_of(bound, quantizes, &uses, NULL).bytes, 0,
                       0); /* the layer before did */
    rq_uses_free(&uses);
    rq_bound_destroy(&bound);
    rq_graph_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolution),
        cmocka_unit_test(group_convolution),
        cmocka_unit_test(transposed_convolution),
        cmocka_unit_test(matrix_product),
        cmocka_unit_test(lstm),
        cmocka_unit_test(element_wise),
        cmocka_unit_test(moves_compute_nothing),
        cmocka_unit_test(views_and_constants_cost_nothing),
        cmocka_unit_test(codes_are_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
