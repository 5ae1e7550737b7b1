/* Layers whose output channels differ in size by five orders of magnitude: each keeps 40 dB. */
#include "tests/unit/test.h"

#include "engine/exec/exec.h"
#include "quant/apply.h"
#include "tests/unit/graph_builder.h"
#include "tests/unit/quant_stats.h"

#define CHANNELS 12
#define ENOUGH 40.0 /* dB, of every channel */

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

/* Weights from -1 to 1 times logspace(-4, 1) times `unit`, by channel; channel 1 is empty. Channel
 * of element i: i / inner % CHANNELS. */
static rq_id spread_weights(rq_graph *g, const char *name, rq_shape shape, size_t inner, float unit)
{
    size_t n = rq_shape_count(&shape);
    float *data = malloc(n * sizeof *data);
    rq_node *node;
    rq_rng rng;
    assert_non_null(data);
    rq_rng_seed(&rng, 5);
    for (size_t i = 0; i < n; i++) {
        size_t c = i / inner % CHANNELS;
        double size = c == 1 ? 0.0 : pow(10.0, 5.0 * (double)c / (CHANNELS - 1) - 4.0);
        data[i] = unit * (float)((2.0 * rq_rng_unit(&rng) - 1.0) * size);
    }
    assert_ok(rq_graph_add_const(&node, g, name, RQ_DT_F32, &shape, data));
    free(data);
    return node->out[0];
}

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

/* The result, free()d by the caller. */
static float *run(const rq_graph *g, size_t *n)
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
    *n = rq_tensor_count(result);
    float *out = malloc(*n * sizeof *out);
    assert_non_null(out);
    memcpy(out, result->data, *n * sizeof *out);
    rq_session_destroy(&session);
    rq_model_destroy(&model);
    return out;
}

/* Channel of element i of the result: i / inner % CHANNELS. */
static void check_channels(fixture *f, rq_id out, size_t inner)
{
    double noise[CHANNELS] = {0}, signal[CHANNELS] = {0};
    size_t n;
    build_result(f->g, out);
    quantize(f);
    assert_int_equal(f->plan->n_weights > 0, 1);
    float *want = run(f->g, &n), *got = run(f->edited, &n);
    for (size_t i = 0; i < n; i++) {
        size_t c = i / inner % CHANNELS;
        double error = (double)got[i] - want[i];
        noise[c] += error * error;
        signal[c] += (double)want[i] * want[i];
    }
    free(want);
    free(got);
    for (size_t c = 0; c < CHANNELS; c++) {
        if (signal[c] == 0.0) {
            assert_true(noise[c] == 0.0); /* the empty one */
            continue;
        }
        double sqnr = 10.0 * log10(signal[c] / noise[c]);
        if (!(sqnr >= ENOUGH)) fail_msg("channel %zu has %.1f dB", c, sqnr);
    }
}

static void test_convolution(void **state)
{
    fixture *f = *state;
    rq_id w = spread_weights(f->g, "w", SHAPE(CHANNELS, 4, 3, 3), 4 * 9, 1.0f);
    check_channels(f, build(f->g, "c", "Convolution", ATTRS(WINDOW), INPUTS(f->x, w)), 6 * 6);
}

/* All of it near the end of what OpenVINO takes. */
static void test_tiny_convolution(void **state)
{
    fixture *f = *state;
    rq_id w = spread_weights(f->g, "w", SHAPE(CHANNELS, 4, 3, 3), 4 * 9, 1e-12f);
    check_channels(f, build(f->g, "c", "Convolution", ATTRS(WINDOW), INPUTS(f->x, w)), 6 * 6);
}

static void test_group_convolution(void **state)
{
    fixture *f = *state;
    rq_id w = spread_weights(f->g, "w", SHAPE(2, CHANNELS / 2, 2, 3, 3), 2 * 9, 1.0f);
    check_channels(f, build(f->g, "c", "GroupConvolution", ATTRS(WINDOW), INPUTS(f->x, w)), 6 * 6);
}

static void test_transposed_convolution(void **state)
{
    fixture *f = *state;
    rq_id w = spread_weights(f->g, "w", SHAPE(4, CHANNELS, 3, 3), 9, 1.0f);
    check_channels(f, build(f->g, "c", "ConvolutionBackpropData", ATTRS(WINDOW), INPUTS(f->x, w)),
                   10 * 10);
}

static rq_id in_rows(fixture *f)
{
    rq_id rows = build_i64(f->g, "rows", SHAPE(2), (const int64_t[]){8, 32});
    return build(f->g, "flat", "Reshape", ATTRS("special_zero", "false"), INPUTS(f->x, rows));
}

static void test_product(void **state)
{
    fixture *f = *state;
    rq_id w = spread_weights(f->g, "w", SHAPE(32, CHANNELS), 1, 1.0f);
    check_channels(f, build(f->g, "p", "MatMul", NO_ATTRS, INPUTS(in_rows(f), w)), 1);
}

static void test_transposed_product(void **state)
{
    fixture *f = *state;
    rq_id w = spread_weights(f->g, "w", SHAPE(CHANNELS, 32), 32, 1.0f);
    check_channels(
        f, build(f->g, "p", "MatMul", ATTRS("transpose_b", "true"), INPUTS(in_rows(f), w)), 1);
}

/* The spread is in the activations, whose ranges are per channel, and in the weights again. */
static void test_depthwise(void **state)
{
    fixture *f = *state;
    rq_id all = build(f->g, "all", "Concat", ATTRS("axis", "1"), INPUTS(f->x, f->x, f->x));
    rq_id sizes = spread_weights(f->g, "sizes", SHAPE(1, CHANNELS, 1, 1), 1, 1.0f);
    rq_id x = build(f->g, "scaled", "Multiply", NO_ATTRS, INPUTS(all, sizes));
    rq_id w = spread_weights(f->g, "w", SHAPE(CHANNELS, 1, 1, 3, 3), 9, 1.0f);
    check_channels(f, build(f->g, "d", "GroupConvolution", ATTRS(WINDOW), INPUTS(x, w)), 6 * 6);
    for (size_t i = 0; i < f->plan->n_activations; i++)
        if (f->plan->activations[i].point.axis == 1) return;
    fail_msg("no ranges per channel");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_convolution),       TEST(test_tiny_convolution),
        TEST(test_group_convolution), TEST(test_transposed_convolution),
        TEST(test_product),           TEST(test_transposed_product),
        TEST(test_depthwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
