/* A plan carried out on a small network; FP16 compression; recognising and undoing quantization. */
#include "tests/unit/test.h"

#include "engine/exec/exec.h"
#include "quant/apply.h"
#include "quant/detect_quantized.h"
#include "quant/fp16.h"
#include "tests/unit/graph_builder.h"
#include "tests/unit/quant_stats.h"

#define SMALL 0.05 /* 26 dB: a wrong scale or bias costs far more than 8-bit rounding */

typedef struct fixture {
    rq_graph *g, *edited;
    rq_bound *bound;
    rq_stats *stats;
    rq_quant_plan *plan;
    rq_id x; /* 1x4x8x8, f32, from -1 to 3 */
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (!f || rq_graph_create(&f->g, "test") != RQ_OK) return -1;
    f->x = build_input(f->g, "x", RQ_DT_F32, SHAPE(1, 4, 8, 8));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    rq_quant_plan_destroy(&f->plan);
    rq_stats_destroy(&f->stats);
    rq_bound_destroy(&f->bound);
    rq_graph_destroy(&f->edited);
    rq_graph_destroy(&f->g);
    free(f);
    return 0;
}

/* -- planning and applying ------------------------------------------------------------------- */

static void quantize(fixture *f)
{
    const rq_plan_options options = {.bias_correction = true};
    gather_stats(&f->stats, f->g);
    assert_ok(rq_bind(&f->bound, f->g, NULL, 0));
    assert_ok(rq_quant_plan_create(&f->plan, f->bound, f->stats, &options, NULL));
    assert_ok(rq_graph_clone(&f->edited, f->g));
    assert_ok(rq_quant_plan_apply(f->edited, f->plan));
    assert_ok(rq_graph_load(f->edited));
}

static const rq_node *node_at(const rq_graph *g, const char *name, const char *type)
{
    const rq_node *node = rq_graph_find(g, name);
    if (!node) fail_msg("no layer '%s'", name);
    assert_string_equal(node->type, type);
    return node;
}

static const rq_node *input_of(const rq_graph *g, const rq_node *node, uint32_t port)
{
    assert_in_range(port, 0, node->n_in - 1);
    return rq_value_producer(g, node->in[port]);
}

static const rq_plan_weight *weights_of(const fixture *f, rq_id layer)
{
    for (size_t i = 0; i < f->plan->n_weights; i++)
        if (f->plan->weights[i].point.node == f->g->values[layer]->producer)
            return &f->plan->weights[i];
    fail_msg("no weights");
    return NULL;
}

static void run(const rq_graph *g, float *out, size_t n)
{
    rq_model *model;
    rq_session *session;
    float data[PIXELS];
    fill_image(data, 1);
    rq_tensor in = image_tensor(data);
    assert_ok(rq_model_create(&model, g, &(rq_exec_options){.backend = "reference"}));
    assert_ok(rq_session_create(&session, model));
    assert_ok(rq_session_run(session, &in, NULL, NULL));
    const rq_tensor *result = rq_session_output(session, 0);
    assert_int_equal(rq_tensor_count(result), n);
    memcpy(out, result->data, n * sizeof *out);
    rq_session_destroy(&session);
    rq_model_destroy(&model);
}

/* Both graphs bind and run; outputs differ, but by less than `most` of their norm. */
static void expect_close(const rq_graph *a, const rq_graph *b, size_t n, double most)
{
    float *x = calloc(n, sizeof *x), *y = calloc(n, sizeof *y);
    double error = 0.0, norm = 0.0;
    assert_true(x && y);
    run(a, x, n);
    run(b, y, n);
    for (size_t i = 0; i < n; i++) {
        error += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
        norm += (double)x[i] * x[i];
    }
    free(x);
    free(y);
    assert_true(norm > 0.0 && error > 0.0);
    assert_true(sqrt(error / norm) < most);
}

static void build_network(fixture *f, rq_id *first, rq_id *last)
{
    *first = build_conv(f->g, "c1", f->x, 6, 4, 3);
    rq_id relu = build_relu(f->g, "r1", build_with_const(f->g, "b1", "Add", *first, 6));
    *last = build_conv(f->g, "c2", relu, 5, 6, 1);
    build_result(f->g, *last);
}

static void test_names_and_chain(void **state)
{
    fixture *f = *state;
    rq_id first, last;
    build_network(f, &first, &last);
    quantize(f);
    const rq_node *conv = node_at(f->edited, "c1", "Convolution");
    const rq_node *fq = node_at(f->edited, "x/fq_output_0", "FakeQuantize");
    assert_ptr_equal(input_of(f->edited, conv, 0), fq);
    assert_string_equal(input_of(f->edited, fq, 0)->name, "x");
    assert_string_equal(rq_node_attr(fq, "levels"), "256");
    const rq_node *multiply = node_at(f->edited, "c1/fq_weights_1", "Multiply");
    assert_ptr_equal(input_of(f->edited, conv, 1), multiply);
    const rq_node *convert = input_of(f->edited, multiply, 0);
    assert_string_equal(convert->type, "Convert");
    assert_string_equal(rq_node_attr(convert, "destination_type"), "f32");
    const rq_node *codes = input_of(f->edited, convert, 0);
    assert_string_equal(codes->type, "Const");
    assert_int_equal(f->edited->values[codes->out[0]]->dtype, RQ_DT_I8);
    assert_int_equal(codes->data_bytes, 6 * 4 * 3 * 3);
    const rq_node *scale = input_of(f->edited, multiply, 1);
    const rq_shape want = SHAPE(6, 1, 1, 1);
    assert_true(rq_shape_equal(&f->edited->values[scale->out[0]]->shape, &want));
    node_at(f->edited, "c2/fq_weights_1", "Multiply");
    node_at(f->edited, "r1/fq_output_0", "FakeQuantize");
    assert_null(rq_graph_find(f->edited, "c1/w")); /* pruned */
}

static void test_quantized_network_runs_with_a_small_error(void **state)
{
    fixture *f = *state;
    rq_id first, last;
    build_network(f, &first, &last);
    quantize(f);
    expect_close(f->g, f->edited, 5 * 6 * 6, SMALL);
}

static void test_original_is_untouched(void **state)
{
    fixture *f = *state;
    rq_id first, last;
    char before[33], after[33], edited[33];
    build_network(f, &first, &last);
    assert_ok(rq_graph_digest(before, f->g));
    size_t n_nodes = f->g->n_nodes;
    quantize(f);
    assert_ok(rq_graph_digest(after, f->g));
    assert_ok(rq_graph_digest(edited, f->edited));
    assert_string_equal(before, after);
    assert_string_not_equal(before, edited);
    assert_int_equal(f->g->n_nodes, n_nodes);
}

static void test_bias_is_corrected(void **state)
{
    fixture *f = *state;
    rq_id first, last;
    build_network(f, &first, &last);
    quantize(f);
    const float *shift = weights_of(f, first)->bias_shift;
    const float *old = rq_graph_find(f->g, "b1/c")->data;
    const rq_node *bias = input_of(f->edited, node_at(f->edited, "b1", "Add"), 1);
    assert_string_equal(bias->name, "b1/c/corrected");
    assert_non_null(shift);
    for (size_t c = 0; c < 6; c++)
        assert_true(((const float *)bias->data)[c] == old[c] + shift[c] && shift[c] != 0.0f);
}

static void test_layer_without_bias_gets_one_before_its_fake_quantize(void **state)
{
    fixture *f = *state;
    rq_id first = build_conv(f->g, "c1", f->x, 6, 4, 3);
    build_result(f->g, build_conv(f->g, "c2", first, 5, 6, 1));
    quantize(f);
    const rq_node *add = node_at(f->edited, "c1/bias_correction", "Add");
    const rq_node *fq = node_at(f->edited, "c1/fq_output_0", "FakeQuantize");
    assert_string_equal(input_of(f->edited, add, 0)->name, "c1");
    assert_ptr_equal(input_of(f->edited, fq, 0), add);
    const rq_shape want = SHAPE(1, 6, 1, 1);
    assert_true(rq_shape_equal(&f->edited->values[add->in[1]]->shape, &want));
    assert_memory_equal(input_of(f->edited, add, 1)->data, weights_of(f, first)->bias_shift,
                        6 * sizeof(float));
    expect_close(f->g, f->edited, 5 * 6 * 6, SMALL);
}

/* The model's output is found by its tensor name, which must stay at the Result. */
static void test_output_keeps_its_name(void **state)
{
    fixture *f = *state;
    rq_id last = build_conv(f->g, "c1", f->x, 6, 4, 3);
    build_result(f->g, last);
    f->g->values[last]->names = "logits";
    quantize(f);
    const rq_node *result = node_at(f->edited, "result", "Result");
    assert_string_equal(input_of(f->edited, result, 0)->type, "Add");
    assert_int_equal(rq_graph_find_value(f->edited, "logits"), result->in[0]);
}

/* An Add of a constant that is not one number per channel is no bias. */
static void test_constant_over_positions_is_no_bias(void **state)
{
    fixture *f = *state;
    rq_id conv = build_conv(f->g, "c1", f->x, 6, 4, 3); /* 1x6x6x6: as many columns as channels */
    rq_id columns = build_weights(f->g, "columns", SHAPE(6));
    rq_id sum = build(f->g, "sum", "Add", NO_ATTRS, INPUTS(conv, columns));
    rq_id next = build_conv(f->g, "c2", build_relu(f->g, "r", sum), 5, 6, 1);
    rq_id all = build_weights(f->g, "all", SHAPE(1, 5, 6, 6));
    build_result(f->g, build(f->g, "sum2", "Add", NO_ATTRS, INPUTS(next, all)));
    quantize(f);
    node_at(f->edited, "c1/bias_correction", "Add");
    node_at(f->edited, "c2/bias_correction", "Add");
    assert_string_equal(input_of(f->edited, node_at(f->edited, "sum", "Add"), 1)->name, "columns");
    expect_close(f->g, f->edited, 5 * 6 * 6, SMALL);
}

static void test_scalar_bias_becomes_one_per_channel(void **state)
{
    fixture *f = *state;
    rq_id conv = build_conv(f->g, "c1", f->x, 6, 4, 3);
    build_result(f->g, build_with_const(f->g, "b1", "Add", conv, 1));
    quantize(f);
    const rq_node *add = node_at(f->edited, "b1", "Add");
    const rq_shape want = SHAPE(1, 6, 1, 1);
    assert_true(rq_shape_equal(&f->edited->values[add->in[1]]->shape, &want));
    expect_close(f->g, f->edited, 6 * 6 * 6, SMALL);
}

static void test_compressed_bias_is_corrected(void **state)
{
    fixture *f = *state;
    rq_id first, last;
    rq_fp16_report report;
    build_network(f, &first, &last);
    assert_ok(rq_fp16_compress(f->g, &report));
    assert_ok(rq_graph_load(f->g));
    quantize(f);
    const rq_node *add = node_at(f->edited, "b1", "Add");
    assert_string_equal(input_of(f->edited, add, 0)->name, "c1"); /* no second Add between */
    assert_string_equal(input_of(f->edited, add, 1)->name, "b1/c/corrected");
    expect_close(f->g, f->edited, 5 * 6 * 6, SMALL);
}

/* Shifts need the mean of each element that a product sums over: statistics have it along axis 1.
 */
static void test_mat_mul_is_corrected_where_statistics_fit(void **state)
{
    fixture *f = *state;
    rq_id square = build_i64(f->g, "square", SHAPE(2), (const int64_t[]){16, 16});
    rq_id x = build(f->g, "flat", "Reshape", ATTRS("special_zero", "false"), INPUTS(f->x, square));
    rq_id w = build_weights(f->g, "w", SHAPE(16, 16)),
          batch = build_weights(f->g, "b", SHAPE(2, 16, 16));
    rq_id w2 = build_weights(f->g, "w2", SHAPE(16, 16)),
          w3 = build_weights(f->g, "w3", SHAPE(16, 16));
    rq_id right = build(f->g, "right", "MatMul", NO_ATTRS, INPUTS(x, w));
    rq_id turned = build(f->g, "turned", "MatMul", ATTRS("transpose_a", "true"), INPUTS(x, w2));
    rq_id left = build(f->g, "left", "MatMul", NO_ATTRS, INPUTS(w3, x));
    rq_id many = build(f->g, "many", "MatMul", NO_ATTRS, INPUTS(x, batch));
    build_result(f->g, right);
    build_result(f->g, turned);
    build_result(f->g, left);
    build_result(f->g, many);
    quantize(f);
    assert_non_null(weights_of(f, right)->bias_shift);
    assert_null(weights_of(f, turned)->bias_shift);
    assert_null(weights_of(f, left)->bias_shift);
    assert_null(weights_of(f, many)->bias_shift);
    const rq_node *add = node_at(f->edited, "right/bias_correction", "Add");
    const rq_shape want = SHAPE(1, 16);
    assert_true(rq_shape_equal(&f->edited->values[add->in[1]]->shape, &want));
    expect_close(f->g, f->edited, 16 * 16, SMALL);
}

static void expect_same_plan(const rq_quant_plan *got, const rq_quant_plan *want)
{
    assert_int_equal(got->n_activations, want->n_activations);
    for (size_t i = 0; i < want->n_activations; i++) {
        const rq_plan_activation *a = &got->activations[i], *b = &want->activations[i];
        assert_true(a->low[0] == b->low[0] && a->high[0] == b->high[0]);
        assert_string_equal(a->estimator, b->estimator);
        assert_string_equal(a->estimator_reason, b->estimator_reason);
    }
    assert_int_equal(got->n_weights, want->n_weights);
    for (size_t i = 0; i < want->n_weights; i++) {
        const rq_plan_weight *a = &got->weights[i], *b = &want->weights[i];
        size_t n = rq_weight_channels(&b->layout);
        assert_memory_equal(a->codes.scales, b->codes.scales, n * sizeof(float));
        assert_memory_equal(a->codes.codes, b->codes.codes, n * b->layout.inputs * b->layout.taps);
        assert_true(a->codes.noise == b->codes.noise);
    }
}

/* One that remembers what others found is the plan that it is without; of other options, too. */
static void test_a_memo_changes_no_plan(void **state)
{
    fixture *f = *state;
    rq_id first, last;
    rq_memo *memo;
    build_network(f, &first, &last);
    quantize(f);
    assert_ok(rq_memo_create(&memo));
    for (int i = 0; i < 6; i++) {
        const rq_plan_options options = {.preset = i % 3 == 1 ? RQ_PRESET_MIXED : RQ_PRESET_AUTO,
                                         .overflow =
                                             i % 3 == 2 ? RQ_OVERFLOW_ALL : RQ_OVERFLOW_AUTO,
                                         .may_saturate = true};
        const rq_plan_inputs inputs = {.memo = memo};
        rq_quant_plan *want, *got;
        assert_ok(rq_quant_plan_create(&want, f->bound, f->stats, &options, NULL));
        assert_ok(rq_quant_plan_create(&got, f->bound, f->stats, &options, &inputs));
        expect_same_plan(got, want);
        rq_quant_plan_destroy(&want);
        rq_quant_plan_destroy(&got);
    }
    rq_memo_destroy(&memo);
}

static void test_shared_weights_make_one_chain(void **state)
{
    fixture *f = *state;
    rq_id w = build_weights(f->g, "w", SHAPE(4, 4, 1, 1));
    rq_id first = build(f->g, "c1", "Convolution", ATTRS(WINDOW), INPUTS(f->x, w));
    rq_id second = build(f->g, "c2", "Convolution", ATTRS(WINDOW), INPUTS(first, w));
    build_result(f->g, second);
    quantize(f);
    const rq_node *a = node_at(f->edited, "c1", "Convolution"),
                  *b = node_at(f->edited, "c2", "Convolution");
    assert_int_equal(a->in[1], b->in[1]);
    assert_null(rq_graph_find(f->edited, "c2/fq_weights_1"));
    assert_int_equal(weights_of(f, second)->shared_with, 0);
    expect_close(f->g, f->edited, 4 * 8 * 8, SMALL);
}

static void test_missing_statistics_are_an_error(void **state)
{
    fixture *f = *state;
    rq_id first, last;
    rq_quant_plan *plan;
    build_network(f, &first, &last);
    assert_ok(rq_bind(&f->bound, f->g, NULL, 0));
    assert_ok(rq_stats_create(&f->stats));
    assert_fails(rq_quant_plan_create(&plan, f->bound, f->stats, &(rq_plan_options){0}, NULL),
                 RQ_EARG, "'x'");
    assert_null(plan);
}

/* -- fp16 ------------------------------------------------------------------------------------ */

static void test_fp16_marks_decompression(void **state)
{
    fixture *f = *state;
    rq_id first, last;
    rq_fp16_report report;
    build_network(f, &first, &last);
    assert_ok(rq_graph_clone(&f->edited, f->g));
    assert_ok(rq_fp16_compress(f->edited, &report));
    assert_ok(rq_graph_load(f->edited));
    assert_int_equal(report.n_converted, 3); /* two layers' weights and a bias */
    assert_int_equal(report.n_kept, 0);
    assert_int_equal(report.bytes_saved, 2 * (6 * 4 * 9 + 6 + 5 * 6));
    const rq_node *convert = node_at(f->edited, "c1/w", "Convert");
    assert_ptr_equal(input_of(f->edited, node_at(f->edited, "c1", "Convolution"), 1), convert);
    assert_non_null(convert->extra);
    assert_string_equal(convert->extra->name, "rt_info");
    assert_string_equal(rq_xml_attr(convert->extra->first, "name"), "decompression");
    const rq_node *half = input_of(f->edited, convert, 0);
    assert_int_equal(f->edited->values[half->out[0]]->dtype, RQ_DT_F16);
    expect_close(f->g, f->edited, 5 * 6 * 6, 0.001); /* f16 rounds by 2^-11 at most */
}

static void test_fp16_keeps_huge_tiny_and_sensitive(void **state)
{
    fixture *f = *state;
    rq_node *huge, *tiny, *scales;
    rq_fp16_report report;
    rq_shape shape = SHAPE(1, 4, 1, 1), four = SHAPE(4);
    assert_ok(rq_graph_add_const(&huge, f->g, "huge", RQ_DT_F32, &shape,
                                 (const float[]){1.0f, 65520.0f, 2.0f, 3.0f}));
    assert_ok(rq_graph_add_const(&tiny, f->g, "tiny", RQ_DT_F32, &shape,
                                 (const float[]){1e-6f, 1e-6f, 1e-6f, -1e-6f}));
    assert_ok(rq_graph_add_const(&scales, f->g, "scales", RQ_DT_F32, &four,
                                 (const float[]){1.0f, 1.0f, 1.3333f, 1.3333f}));
    rq_id a = build(f->g, "a", "Add", NO_ATTRS, INPUTS(f->x, huge->out[0]));
    rq_id b = build(f->g, "b", "Add", NO_ATTRS, INPUTS(a, tiny->out[0]));
    rq_node *up = build_node(f->g, "up", "Interpolate", "opset11",
                             ATTRS("mode", "linear_onnx", "shape_calculation_mode", "scales"),
                             INPUTS(b, scales->out[0]), 1);
    build_result(f->g, up->out[0]);
    assert_ok(rq_fp16_compress(f->g, &report));
    assert_ok(rq_graph_load(f->g));
    assert_int_equal(report.n_converted, 0);
    assert_int_equal(report.n_kept, 3);
    assert_int_equal(report.bytes_saved, 0);
    node_at(f->g, "huge", "Const");
    node_at(f->g, "tiny", "Const");
    node_at(f->g, "scales", "Const");
}

/* -- recognising and undoing ------------------------------------------------------------------- */

static void test_detect(void **state)
{
    fixture *f = *state;
    rq_id first, last;
    build_network(f, &first, &last);
    rq_existing_quantization d = rq_detect_quantized(f->g);
    assert_false(rq_is_quantized(&d));
    quantize(f);
    d = rq_detect_quantized(f->edited);
    assert_true(rq_is_quantized(&d));
    assert_int_equal(d.n_fake_quantize, 2);
    assert_int_equal(d.n_integer_weights, 2);
    assert_null(d.marked_by);
    assert_ok(rq_graph_set_rt_info(f->g, "nncf/quantization/preset", "mixed"));
    d = rq_detect_quantized(f->g);
    assert_string_equal(d.marked_by, "nncf");
}

static void test_fp16_is_not_taken_for_int8(void **state)
{
    fixture *f = *state;
    rq_id first, last;
    rq_fp16_report report;
    build_network(f, &first, &last);
    assert_ok(rq_fp16_compress(f->g, &report));
    assert_ok(rq_graph_load(f->g));
    assert_ok(rq_graph_set_rt_info(f->g, "requant/precision", "fp16"));
    rq_existing_quantization d = rq_detect_quantized(f->g);
    assert_false(rq_is_quantized(&d));
    assert_ok(rq_graph_set_rt_info(f->g, "requant/precision", "int8"));
    d = rq_detect_quantized(f->g);
    assert_string_equal(d.marked_by, "requant");
}

static void test_strip(void **state)
{
    fixture *f = *state;
    rq_id first, last;
    build_network(f, &first, &last);
    quantize(f);
    assert_ok(rq_strip_quantization(f->edited));
    rq_existing_quantization d = rq_detect_quantized(f->edited);
    assert_int_equal(d.n_fake_quantize, 0);
    assert_null(rq_graph_find(f->edited, "x/fq_output_0"));
    assert_string_equal(input_of(f->edited, node_at(f->edited, "c1", "Convolution"), 0)->name, "x");
    expect_close(f->g, f->edited, 5 * 6 * 6, SMALL); /* the rounding of weights stays */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_names_and_chain),
        TEST(test_quantized_network_runs_with_a_small_error),
        TEST(test_original_is_untouched),
        TEST(test_bias_is_corrected),
        TEST(test_layer_without_bias_gets_one_before_its_fake_quantize),
        TEST(test_output_keeps_its_name),
        TEST(test_constant_over_positions_is_no_bias),
        TEST(test_scalar_bias_becomes_one_per_channel),
        TEST(test_compressed_bias_is_corrected),
        TEST(test_mat_mul_is_corrected_where_statistics_fit),
        TEST(test_a_memo_changes_no_plan),
        TEST(test_shared_weights_make_one_chain),
        TEST(test_missing_statistics_are_an_error),
        TEST(test_fp16_marks_decompression),
        TEST(test_fp16_keeps_huge_tiny_and_sensitive),
        TEST(test_detect),
        TEST(test_fp16_is_not_taken_for_int8),
        TEST(test_strip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
