/* Large weights that are stored as integers: numbers are made of them only where no integer kernel
 * reads the codes. */
#include "tests/unit/each_isa.h"
#include "tests/unit/one_layer.h"

enum { PLAIN, SHIFTED, HALF_PRECISION, FORMS };

/* codes -> Convert [-> Subtract] -> Multiply by a scale for each row of dim 0. */
static rq_id build_integer_weights(layer *t, rq_shape shape, int form)
{
    size_t n = rq_shape_count(&shape);
    rq_shape rows = {.rank = shape.rank};
    for (int d = 0; d < shape.rank; d++) rows.d[d] = d ? 1 : shape.d[0];
    int8_t *codes = malloc(n);
    float *scales = malloc((size_t)shape.d[0] * sizeof *scales);
    assert_non_null(codes);
    assert_non_null(scales);
    for (size_t i = 0; i < n; i++) codes[i] = (int8_t)from(t, -50, 50);
    for (int64_t c = 0; c < shape.d[0]; c++) scales[c] = (float)from(t, 1, 64) / 4096.0f;
    rq_node *stored, *scale, *zero;
    float three = 3.0f;
    assert_ok(rq_graph_add_const(&stored, t->g, "stored", RQ_DT_I8, &shape, codes));
    rq_dtype dtype = form == HALF_PRECISION ? RQ_DT_F16 : RQ_DT_F32;
    uint16_t *halves = malloc((size_t)shape.d[0] * sizeof *halves);
    assert_non_null(halves);
    assert_ok(rq_convert(halves, RQ_DT_F16, scales, RQ_DT_F32, (size_t)shape.d[0]));
    assert_ok(rq_graph_add_const(&scale, t->g, "scale", dtype, &rows,
                                 form == HALF_PRECISION ? (void *)halves : (void *)scales));
    rq_shape one = SHAPE(1);
    assert_ok(rq_graph_add_const(&zero, t->g, "zero", RQ_DT_F32, &one, &three));
    free(codes);
    free(scales);
    free(halves);
    const char *const *to = ATTRS("destination_type", "f32");
    rq_id value = build(t->g, "numbers", "Convert", to, INPUTS(stored->out[0]));
    t->g->values[value]->dtype = RQ_DT_F32;
    rq_id factor = scale->out[0];
    if (form == HALF_PRECISION) factor = build(t->g, "factor", "Convert", to, INPUTS(factor));
    if (form == SHIFTED)
        value = build(t->g, "shifted", "Subtract", NULL, INPUTS(value, zero->out[0]));
    return build(t->g, "weights", "Multiply", NULL, INPUTS(value, factor));
}

typedef struct weighted {
    const char *type;
    const char *const attrs[9];
    rq_shape input, weights;
} weighted;

#define STRIDES_OF_TWO "strides", "2,2", "dilations", "1,1", "pads_begin", "0,0", "pads_end", "0,0"

static const weighted layers[] = {
    {"Convolution", {WINDOW}, {4, {1, 128, 5, 6}}, {4, {160, 128, 1, 1}}},
    {"GroupConvolution", {WINDOW}, {4, {1, 64, 6, 7}}, {5, {2, 40, 32, 3, 3}}},
    {"MatMul", {"transpose_b", "true"}, {2, {7, 130}}, {2, {140, 130}}},
    {"MatMul", {NULL}, {3, {2, 7, 130}}, {2, {130, 140}}},
    {"ConvolutionBackpropData", {STRIDES_OF_TWO}, {4, {1, 72, 3, 4}}, {4, {72, 64, 2, 2}}},
    {"ConvolutionBackpropData", {STRIDES_OF_TWO}, {4, {1, 72, 3, 4}}, {4, {72, 64, 3, 3}}},
};
#define N_LAYERS (sizeof layers / sizeof layers[0])

/* read_twice: by somebody who wants numbers, too. */
static void check(const weighted *w, int form, bool codes, bool read_twice)
{
    layer t = {.shape = w->input, .step = 0.0625f};
    rq_rng_seed(&t.rng, (uint64_t)form);
    assert_ok(rq_graph_create(&t.g, "test"));
    t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
    rq_id x = codes ? build_codes(&t, t.x, 128) : t.x;
    rq_id weights = build_integer_weights(&t, w->weights, form);
    rq_node *node = build_node(t.g, "weighted", w->type, "opset1", w->attrs, INPUTS(x, weights), 1);
    close_layer(&t, node);
    if (read_twice) build_result(t.g, build(t.g, "other", "Abs", NULL, INPUTS(weights)));
    check_layer(&t, true);
}

static void test_weighted_layers(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LAYERS; i++)
        for (int form = 0; form < FORMS; form++)
            for (int codes = 0; codes < 2; codes++) {
                print_message("%s, form %d, codes %d\n", layers[i].type, form, codes);
                check(&layers[i], form, codes, false);
                check(&layers[i], form, codes, true);
            }
}

/* Nor when the plan is made, in whatever form. */
static void test_no_numbers_are_made(void **state)
{
    rq_exec_options options = {.backend = "onednn"};
    (void)state;
    for (int form = 0; form < FORMS; form++) {
        layer t = {.shape = SHAPE(1, 128, 5, 6), .step = 0.0625f};
        rq_model *model;
        rq_rng_seed(&t.rng, 1);
        assert_ok(rq_graph_create(&t.g, "test"));
        t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
        rq_id weights = build_integer_weights(&t, SHAPE(160, 128, 1, 1), form);
        build_result(t.g, build(t.g, "y", "Convolution", ATTRS(WINDOW),
                                INPUTS(build_codes(&t, t.x, 128), weights)));
        assert_ok(rq_model_create(&model, t.g, &options));
        assert_true(rq_bound_is_constant(rq_model_bound(model), weights));
        assert_null(rq_model_bound(model)->values[weights].data);
        rq_model_destroy(&model);
        rq_graph_destroy(&t.g);
    }
}

/* What is made of the numbers once, and by several. */
static void test_shared_parts(void **state)
{
    (void)state;
    for (int form = 0; form < FORMS; form++)
        for (int part = 0; part < 2; part++) {
            layer t = {.shape = SHAPE(7, 140), .step = 0.0625f};
            rq_rng_seed(&t.rng, 1);
            assert_ok(rq_graph_create(&t.g, "test"));
            t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
            rq_id weights = build_integer_weights(&t, SHAPE(140, 140), form);
            const rq_node *multiply = rq_value_producer(t.g, weights);
            rq_id twice = build(t.g, "again", "Multiply", NULL,
                                INPUTS(multiply->in[0], multiply->in[part ? 0 : 1]));
            rq_id y = build(t.g, "y", "MatMul", NULL, INPUTS(build_codes(&t, t.x, 128), twice));
            rq_node *node = build_node(t.g, "z", "MatMul", "opset1", NULL, INPUTS(y, weights), 1);
            close_layer(&t, node);
            check_layer(&t, true);
        }
}

static void test_layer_of_constants(void **state)
{
    (void)state;
    layer t = {.shape = SHAPE(140, 140), .step = 0.0625f};
    rq_rng_seed(&t.rng, 1);
    assert_ok(rq_graph_create(&t.g, "test"));
    t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
    rq_id weights[2];
    for (int i = 0; i < 2; i++) weights[i] = build_integer_weights(&t, t.shape, PLAIN);
    rq_id product = build(t.g, "constant", "MatMul", NULL, INPUTS(weights[0], weights[1]));
    rq_node *node = build_node(t.g, "sum", "Add", "opset1", NULL, INPUTS(t.x, product), 1);
    close_layer(&t, node);
    check_layer(&t, true);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weighted_layers),
        cmocka_unit_test(test_no_numbers_are_made),
        cmocka_unit_test(test_shared_parts),
        cmocka_unit_test(test_layer_of_constants),
    };
    return run_each_isa(cmocka_run_group_tests(tests, NULL, NULL), argc, argv);
}
