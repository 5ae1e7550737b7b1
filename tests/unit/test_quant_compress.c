/* Weights compressed to 8 and 4 bits: NNCF's formulas, groups, what gets how many bits, the IR. */
#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "engine/exec/exec.h"
#include "quant/apply.h"
#include "quant/compress/compress_layout.h"
#include "quant/compress/compress_ratio.h"
#include "quant/compress/compress_round.h"
#include "quant/detect_quantized.h"
#include "quant/fp16.h"
#include "tests/unit/graph_builder.h"
#include "tests/unit/quant_stats.h"

#define CHANNELS 2
#define INPUTS_EACH 8

static const rq_weight_layout rows = {.groups = 1,
                                      .outputs = CHANNELS,
                                      .inputs = INPUTS_EACH,
                                      .taps = 1,
                                      .output_stride = INPUTS_EACH,
                                      .input_stride = 1};
static const float sample[] = {0.0f,   0.03f,  -0.027f, -0.089f, -0.045f, -0.099f,
                               0.006f, 0.134f, -1.477f, -1.861f, 1.47f,   1.071f,
                               0.316f, 2.791f, 0.088f,  2.086f};

typedef struct fixture {
    rq_arena *arena;
    rq_graph *g, *edited;
    rq_bound *bound;
    rq_stats *stats;
    rq_quant_plan *plan;
    rq_id x; /* 1x4x8x8, f32, from -1 to 3 */
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (!f || rq_arena_create(&f->arena) != RQ_OK || rq_graph_create(&f->g, "test") != RQ_OK)
        return -1;
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
    rq_arena_destroy(&f->arena);
    free(f);
    return 0;
}

/* -- formulas -------------------------------------------------------------------------------- */

/* From numpy with NNCF's formulas in float32, codes from the scales as stored in f16. */
static const struct {
    rq_compress_scheme scheme;
    uint16_t scales[4]; /* f16 */
    int zero_points[4]; /* as stored: unsigned where asymmetric */
    int codes[CHANNELS * INPUTS_EACH];
} formulas[] = {
    {{8, true, 8},
     {0x137c, 0x24ac},
     {108, 102},
     {108, 141, 78, 11, 59, 0, 115, 255, 21, 0, 183, 161, 119, 255, 107, 216}},
    {{8, false, 8},
     {0x944a, 0xa595},
     {0, 0},
     {0, -29, 26, 85, 43, 95, -6, -128, 68, 85, -67, -49, -14, -128, -4, -96}},
    {{4, true, 4},
     {0x2010, 0x23f4, 0x331b, 0x31f4},
     {11, 6, 8, 0},
     {11, 15, 8, 0, 3, 0, 6, 15, 1, 0, 15, 13, 2, 15, 0, 11}},
    {{4, false, 4},
     {0x21b2, 0xa44a, 0x3372, 0xb595},
     {0, 0, 0, 0},
     {0, 3, -2, -8, 3, 6, 0, -8, -6, -8, 6, 5, -1, -8, 0, -6}},
};

static void test_formulas(void **state)
{
    fixture *f = *state;
    for (size_t t = 0; t < sizeof formulas / sizeof *formulas; t++) {
        const rq_compress_scheme *scheme = &formulas[t].scheme;
        const rq_compress_options options = {.scheme = *scheme};
        int unsign = scheme->asymmetric ? 1 << (scheme->bits - 1) : 0;
        rq_compressed got;
        assert_ok(rq_compress(&got, f->arena, sample, &rows, &options));
        assert_true(got.half);
        assert_int_equal(got.groups, INPUTS_EACH / scheme->group_size);
        for (size_t i = 0; i < CHANNELS * got.groups; i++) {
            assert_int_equal(rq_f32_to_f16(got.scales[i]), formulas[t].scales[i]);
            assert_int_equal(got.zero_points[i] + unsign, formulas[t].zero_points[i]);
        }
        for (size_t i = 0; i < CHANNELS * INPUTS_EACH; i++)
            assert_int_equal(got.codes[i] + unsign, formulas[t].codes[i]);
    }
}

static double noise_of(fixture *f, const float *w, const rq_compress_options *options)
{
    rq_compressed got;
    assert_ok(rq_compress(&got, f->arena, w, &rows, options));
    return got.noise / got.signal;
}

static void test_the_search_never_loses(void **state)
{
    fixture *f = *state;
    rq_rng rng;
    rq_rng_seed(&rng, 3);
    for (int round = 0; round < 50; round++) {
        float w[CHANNELS * INPUTS_EACH];
        for (size_t i = 0; i < CHANNELS * INPUTS_EACH; i++) w[i] = (float)rq_rng_normal(&rng);
        for (int asymmetric = 0; asymmetric < 2; asymmetric++) {
            rq_compress_options options = {.scheme = {4, asymmetric, 8}};
            double before = noise_of(f, w, &options);
            options.search = true;
            assert_true(noise_of(f, w, &options) <= before);
        }
    }
}

/* Rows of zeros are exact; rows of very different sizes all keep their bits; what f16 cannot hold
 * gets f32 scales; what is not finite is refused. */
static void test_sizes_of_weights(void **state)
{
    fixture *f = *state;
    static const float sizes[] = {1.0f, 1e-30f, 1e-7f, 1e6f, 1e30f};
    const rq_compress_options options = {.scheme = {8, true, 8}, .search = true};
    rq_compressed got;
    float w[CHANNELS * INPUTS_EACH] = {0.0f};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (size_t k = 0; k < INPUTS_EACH; k++) w[INPUTS_EACH + k] = sample[k] * sizes[s];
        assert_ok(rq_compress(&got, f->arena, w, &rows, &options));
        assert_int_equal(got.half, sizes[s] == 1.0f);
        assert_true(got.noise < 1e-4 * got.signal);
        for (size_t k = 0; k < INPUTS_EACH; k++) assert_int_equal(got.codes[k], got.zero_points[0]);
    }
    w[3] = NAN;
    assert_fails(rq_compress(&got, f->arena, w, &rows, &options), RQ_EFORMAT, "not finite");
    w[3] = INFINITY;
    assert_fails(rq_compress(&got, f->arena, w, &rows, &options), RQ_EFORMAT, "not finite");
}

static void test_group_sizes(void **state)
{
    (void)state;
    assert_int_equal(rq_compress_group_size(384, 64), 64);
    assert_int_equal(rq_compress_group_size(240, 64), 60);
    assert_int_equal(rq_compress_group_size(120, 128), 120);
    assert_int_equal(rq_compress_group_size(200, 64), 50);
    assert_int_equal(rq_compress_group_size(134, 64), 67);
    assert_int_equal(rq_compress_group_size(48, 64), 48);
    assert_int_equal(rq_compress_group_size(521, 64), 0);
    assert_int_equal(rq_compress_group_size(3, 64), 0);
    assert_int_equal(rq_compress_group_size(8, 1), 0);
}

static void test_ratio(void **state)
{
    (void)state;
    rq_compress_choice choices[3] = {{.index = 0}, {.index = 1}, {.index = 2}};
    static const double noise[] = {3.0, 1.0, 2.0};
    for (size_t i = 0; i < 3; i++) {
        choices[i].four = (rq_compressed){.scheme = {4, true, 8},
                                          .channels = 4,
                                          .groups = 4,
                                          .half = true,
                                          .noise = noise[i],
                                          .signal = 100.0};
        choices[i].eight = (rq_compressed){
            .scheme = {8, true, 32}, .channels = 4, .groups = 1, .half = true, .signal = 100.0};
    }
    assert_true(rq_compressed_bytes(&choices[0].four) == (128 * 4 + 16 * 20) / 8.0);
    assert_true(rq_compressed_bytes(&choices[0].eight) == (128 * 8 + 4 * 24) / 8.0);
    rq_compress_choose(choices, 3, 2.0 / 3.0);
    assert_false(choices[0].take_four);
    assert_true(choices[1].take_four && choices[2].take_four);
    rq_compress_choose(choices, 3, 1.0);
    assert_true(choices[0].take_four);
    for (size_t i = 0; i < 3; i++) choices[i].take_four = false;
    rq_compress_choose(choices, 3, 0.3);
    assert_false(choices[0].take_four || choices[1].take_four || choices[2].take_four);
}

/* -- plans and graphs -------------------------------------------------------------------------- */

static void compress(fixture *f, rq_plan_options options)
{
    options.group_size = options.group_size ? options.group_size : 16;
    assert_ok(rq_bind(&f->bound, f->g, NULL, 0));
    assert_ok(rq_quant_plan_create(&f->plan, f->bound, f->stats, &options, NULL));
    assert_ok(rq_graph_clone(&f->edited, f->g));
    assert_ok(rq_quant_plan_apply(f->edited, f->plan));
    assert_ok(rq_graph_load(f->edited));
}

/* What every reader of compressed weights reads in the edited graph: what the plan says, and close
 * to the original. */
static void expect_weights(const fixture *f, double share)
{
    rq_bound *bound;
    assert_ok(rq_bind(&bound, f->edited, NULL, 0));
    for (size_t i = 0; i < f->plan->n_compressed; i++) {
        const rq_plan_compressed *c = &f->plan->compressed[i];
        const rq_compressed *q = &c->codes;
        const float *w = f->bound->values[c->uses[0].point.value].data;
        size_t n = q->groups * q->scheme.group_size;
        double noise = 0.0, signal = 0.0;
        for (size_t u = 0; u < c->n_uses; u++) {
            const rq_weight_point *point = &c->uses[u].point;
            const rq_tensor *got = &bound->values[f->edited->nodes[point->node]->in[point->port]];
            assert_int_equal(got->dtype, RQ_DT_F32);
            assert_true(rq_shape_equal(&got->shape, &c->shape));
            for (size_t k = 0; k < q->channels * n; k++) {
                size_t at =
                    rq_weight_offset(&c->layout, k / n) + rq_weight_within(&c->layout, k % n);
                size_t scale = k / n * q->groups + k % n / q->scheme.group_size;
                int zero = q->zero_points[scale];
                int code = q->codes ? q->codes[at]
                                    : rq_compressed_code(&q->scheme, w[at], q->scales[scale], zero);
                float v = (float)(code - zero) * q->scales[scale];
                assert_near_f32((const float *)got->data + at, &v, 1, 1e-7, 5e-4);
                noise += ((double)v - w[at]) * ((double)v - w[at]);
                signal += (double)w[at] * w[at];
            }
        }
        if (!(sqrt(noise / signal) <= share)) fail_msg("error %g", sqrt(noise / signal));
    }
    rq_bound_destroy(&bound);
}

/* "Multiply Convert ...": the types from the layer's input upwards along port 0. */
static void expect_chain(const rq_graph *g, const char *layer, uint32_t port, const char *want)
{
    char got[256] = "";
    const rq_node *node = rq_value_producer(g, rq_graph_find(g, layer)->in[port]);
    for (; node; node = node->n_in ? rq_value_producer(g, node->in[0]) : NULL) {
        strcat(got, node->type);
        strcat(got, node->n_in ? " " : "");
    }
    assert_string_equal(got, want);
}

static void expect_const(const rq_graph *g, const char *name, rq_dtype dtype, rq_shape shape)
{
    const rq_node *node = rq_graph_find(g, name);
    if (!node) fail_msg("no '%s'", name);
    const rq_value *value = g->values[node->out[0]];
    assert_int_equal(value->dtype, dtype);
    assert_true(rq_shape_equal(&value->shape, &shape));
}

static rq_id product(rq_graph *g, const char *name, rq_id x, rq_shape shape, bool transposed)
{
    char weights[64];
    snprintf(weights, sizeof weights, "%s/w", name);
    return build(g, name, "MatMul",
                 ATTRS("transpose_a", "false", "transpose_b", transposed ? "true" : "false"),
                 INPUTS(x, build_weights(g, weights, shape)));
}

static rq_id as_rows(fixture *f)
{
    const int64_t to[] = {8, 32};
    rq_id shape = build_i64(f->g, "to", SHAPE(2), to);
    return build(f->g, "rows", "Reshape", ATTRS("special_zero", "false"), INPUTS(f->x, shape));
}

#define FOUR                                                                                       \
    ((rq_plan_options){                                                                            \
        .precision = RQ_PRECISION_INT4_WEIGHTS, .preset = RQ_PRESET_AUTO, .ratio = 1.0})
#define GROUPED "Convert Reshape Multiply Subtract Convert Const"

static void test_four_bits_in_groups(void **state)
{
    fixture *f = *state;
    rq_id y = product(f->g, "a", as_rows(f), SHAPE(24, 32), true);
    y = product(f->g, "b", y, SHAPE(24, 20), false);
    build_result(f->g, product(f->g, "c", y, SHAPE(6, 20), true));
    compress(f, FOUR);
    expect_chain(f->edited, "a", 1, GROUPED);
    expect_const(f->edited, "a/w", RQ_DT_U4, SHAPE(24, 2, 16));
    expect_const(f->edited, "a/w/zero_point", RQ_DT_U4, SHAPE(24, 2, 1));
    expect_const(f->edited, "a/w/scale", RQ_DT_F16, SHAPE(24, 2, 1));
    expect_const(f->edited, "b/w", RQ_DT_U4, SHAPE(2, 12, 20));
    expect_const(f->edited, "b/w/scale", RQ_DT_F16, SHAPE(2, 1, 20));
    expect_chain(f->edited, "c", 1, "Convert Multiply Subtract Convert Const"); /* the last */
    expect_const(f->edited, "c/w", RQ_DT_U8, SHAPE(6, 20));
    expect_weights(f, 0.15);
    rq_existing_quantization d = rq_detect_quantized(f->edited);
    assert_int_equal(d.n_integer_weights, 3);
    assert_true(d.n_4bit_weights > 0 && rq_is_quantized(&d));
}

static void test_symmetric(void **state)
{
    fixture *f = *state;
    rq_id y = product(f->g, "a", as_rows(f), SHAPE(24, 32), true);
    build_result(f->g, product(f->g, "b", y, SHAPE(6, 24), true));
    rq_plan_options options = FOUR;
    options.preset = RQ_PRESET_PERFORMANCE;
    compress(f, options);
    expect_chain(f->edited, "a", 1, "Convert Reshape Multiply Convert Const");
    expect_const(f->edited, "a/w", RQ_DT_I4, SHAPE(24, 2, 16));
    expect_const(f->edited, "b/w", RQ_DT_I8, SHAPE(6, 24));
    expect_weights(f, 0.15);
}

/* What OpenVINO does not compute with in 4 bits gets 8; scales that f16 cannot hold are f32. */
static void test_what_gets_eight_bits(void **state)
{
    fixture *f = *state;
    rq_id conv = build_conv(f->g, "conv", f->x, 4, 4, 1);
    rq_id batch = product(f->g, "batch", conv, SHAPE(1, 4, 8, 16), false);
    rq_id odd = product(f->g, "odd", batch, SHAPE(521, 16), true);
    rq_id prime = product(f->g, "prime", odd, SHAPE(8, 521), true);
    rq_id one = product(f->g, "one", prime, SHAPE(1, 8), true);
    build_result(f->g, product(f->g, "last", one, SHAPE(6, 1), true));
    compress(f, FOUR);
    expect_const(f->edited, "conv/w", RQ_DT_U8, SHAPE(4, 4, 1, 1));
    expect_const(f->edited, "batch/w", RQ_DT_U8, SHAPE(1, 4, 8, 16));
    expect_const(f->edited, "batch/w/scale", RQ_DT_F16, SHAPE(1, 4, 1, 16));
    expect_const(f->edited, "odd/w", RQ_DT_U4, SHAPE(521, 16)); /* one group: no Reshape */
    expect_const(f->edited, "prime/w", RQ_DT_U8, SHAPE(8, 521));
    expect_const(f->edited, "one/w", RQ_DT_U8, SHAPE(1, 8));
    for (size_t i = 0; i < f->plan->n_compressed; i++) {
        const rq_plan_compressed *c = &f->plan->compressed[i];
        const char *name = f->g->nodes[c->uses[0].point.node]->name;
        bool gains = !strcmp(name, "odd") || !strcmp(name, "prime") || !strcmp(name, "last");
        assert_int_equal(c->no_gain == NULL, gains);
        assert_non_null(c->reason);
    }
    expect_weights(f, 0.15);
}

static void test_shared_weights_from_f16(void **state)
{
    fixture *f = *state;
    uint16_t half[32 * 32];
    rq_node *constant;
    rq_shape shape = SHAPE(32, 32);
    for (size_t i = 0; i < 32 * 32; i++) half[i] = rq_f32_to_f16(0.2f * sinf((float)i));
    assert_ok(rq_graph_add_const(&constant, f->g, "w", RQ_DT_F16, &shape, half));
    const char *const to[] = {"destination_type", "f32", NULL};
    rq_id one = build(f->g, "w1", "Convert", to, INPUTS(constant->out[0]));
    rq_id two = build(f->g, "w2", "Convert", to, INPUTS(constant->out[0]));
    const char *const plain[] = {"transpose_a", "false", "transpose_b", "true", NULL};
    rq_id y = build(f->g, "a", "MatMul", plain, INPUTS(as_rows(f), one));
    y = build(f->g, "b", "MatMul", plain, INPUTS(y, two));
    build_result(f->g, product(f->g, "c", y, SHAPE(6, 32), true));
    compress(f, FOUR);
    assert_int_equal(f->plan->n_compressed, 2);
    assert_int_equal(f->plan->compressed[0].n_uses, 2);
    assert_int_equal(rq_graph_find(f->edited, "a")->in[1], rq_graph_find(f->edited, "b")->in[1]);
    expect_const(f->edited, "w", RQ_DT_U4, SHAPE(32, 2, 16));
    expect_weights(f, 0.15);
}

/* The last MatMul is no reason to store weights of all layers in 8 bits. */
static void test_last_of_shared_weights(void **state)
{
    fixture *f = *state;
    const char *const plain[] = {"transpose_a", "false", "transpose_b", "true", NULL};
    rq_id w = build_weights(f->g, "w", SHAPE(32, 32));
    rq_id y = build(f->g, "a", "MatMul", plain, INPUTS(as_rows(f), w));
    y = product(f->g, "b", y, SHAPE(32, 32), true);
    build_result(f->g, build(f->g, "c", "MatMul", plain, INPUTS(y, w)));
    compress(f, FOUR);
    assert_int_equal(f->plan->n_compressed, 2);
    expect_const(f->edited, "w", RQ_DT_U4, SHAPE(32, 2, 16));
    expect_const(f->edited, "b/w", RQ_DT_U4, SHAPE(32, 2, 16));
}

static void test_weights_that_are_not_finite(void **state)
{
    fixture *f = *state;
    rq_id y = product(f->g, "a", as_rows(f), SHAPE(24, 32), true);
    build_result(f->g, product(f->g, "b", y, SHAPE(6, 24), true));
    rq_node *w = rq_graph_find(f->g, "a/w");
    ((float *)(uintptr_t)w->data)[5] = NAN;
    compress(f, FOUR);
    assert_int_equal(f->plan->n_compressed, 1);
    assert_string_equal(f->plan->placement->ignored[rq_graph_find(f->g, "a")->id],
                        "some of its weights are not finite");
    expect_chain(f->edited, "a", 1, "Const");
}

/* The table and the head are one constant: 8 bits, stored once. Beside FakeQuantize the table
 * still gets smaller. */
static void add_table(fixture *f, bool tied)
{
    const int64_t indices[] = {3, 1, 2, 0, 7, 6, 5, 4}, axis[] = {0};
    rq_id i = build_i64(f->g, "offset", SHAPE(8), indices);
    rq_id table = build_weights(f->g, "table", SHAPE(64, 32));
    rq_id at = build(f->g, "floor", "Convert", ATTRS("destination_type", "i64"), INPUTS(f->x));
    const int64_t zero[] = {0};
    rq_id none = build(f->g, "none", "Multiply", NO_ATTRS,
                       INPUTS(at, build_i64(f->g, "zero", SHAPE(1), zero)));
    rq_id indexed = build(f->g, "index", "Add", NO_ATTRS, INPUTS(none, i));
    rq_id gathered = build_node(f->g, "gather", "Gather", "opset8", ATTRS("batch_dims", "0"),
                                INPUTS(table, indexed, build_i64(f->g, "axis", SHAPE(1), axis)), 1)
                         ->out[0];
    rq_id head = tied ? table : build_weights(f->g, "head/w", SHAPE(6, 32));
    build_result(f->g,
                 build(f->g, "head", "MatMul", ATTRS("transpose_a", "false", "transpose_b", "true"),
                       INPUTS(gathered, head)));
}

static void test_tied_table(void **state)
{
    fixture *f = *state;
    add_table(f, true);
    compress(f, FOUR);
    assert_int_equal(f->plan->n_compressed, 1);
    assert_int_equal(f->plan->compressed[0].n_uses, 2);
    assert_true(f->plan->compressed[0].is_table);
    expect_const(f->edited, "table", RQ_DT_U8, SHAPE(64, 32));
    expect_weights(f, 0.02);
}

static void test_table_beside_int8(void **state)
{
    fixture *f = *state;
    add_table(f, false);
    gather_stats(&f->stats, f->g);
    compress(f, (rq_plan_options){.precision = RQ_PRECISION_INT8, .preset = RQ_PRESET_AUTO});
    assert_int_equal(f->plan->n_weights, 1);
    assert_int_equal(f->plan->n_compressed, 1);
    expect_const(f->edited, "table", RQ_DT_U8, SHAPE(64, 32));
    assert_non_null(f->plan->compressed[0].no_gain);
    rq_fp16_report report;
    assert_ok(rq_fp16_compress_float(f->edited, &report)); /* scales are left alone */
    assert_ok(rq_graph_load(f->edited));
    expect_weights(f, 0.02);
}

/* -- fitting ----------------------------------------------------------------------------------- */

#define WIDTH 32
#define OUTPUTS 12
#define ROWS 400

/* Inputs that go together in pairs: roundings of both can cancel. */
static void fill_row(float *row, rq_rng *rng)
{
    for (size_t k = 0; k < WIDTH; k += 2) {
        row[k] = (float)rq_rng_normal(rng);
        row[k + 1] = row[k] + 0.1f * (float)rq_rng_normal(rng);
    }
}

static double output_error(const float *w, const rq_compressed *q)
{
    rq_rng rng;
    double sum = 0.0;
    rq_rng_seed(&rng, 99);
    for (int r = 0; r < ROWS; r++) {
        float row[WIDTH];
        fill_row(row, &rng);
        for (size_t o = 0; o < OUTPUTS; o++) {
            double y = 0.0;
            for (size_t k = 0; k < WIDTH; k++) {
                size_t s = o * q->groups + k / q->scheme.group_size;
                double v = (q->codes[o * WIDTH + k] - q->zero_points[s]) * (double)q->scales[s];
                y += (w[o * WIDTH + k] - v) * row[k];
            }
            sum += y * y;
        }
    }
    return sum;
}

static void test_fitting_to_inputs(void **state)
{
    fixture *f = *state;
    const rq_im2col input = {
        .groups = 1, .inputs = WIDTH, .taps = 1, .width = WIDTH, .positions = 50, .matmul = true};
    const rq_weight_layout layout = {.groups = 1,
                                     .outputs = OUTPUTS,
                                     .inputs = WIDTH,
                                     .taps = 1,
                                     .output_stride = WIDTH,
                                     .input_stride = 1};
    float w[OUTPUTS * WIDTH], *image;
    rq_rng rng;
    rq_gram sums;
    rq_rng_seed(&rng, 5);
    for (size_t i = 0; i < OUTPUTS * WIDTH; i++) w[i] = (float)rq_rng_normal(&rng);
    assert_ok(rq_gram_open(&sums, &input, 16, RQ_GRAM_TO_FIT));
    image = calloc(rq_gram_image_floats(&sums), sizeof *image);
    for (size_t i = 0; i < 16; i++) {
        for (size_t r = 0; r < sums.per_image; r++) fill_row(image + r * WIDTH, &rng);
        rq_gram_add(&sums, image, i);
        if (rq_gram_is_full(&sums)) rq_gram_flush(&sums);
    }
    rq_gram_flush(&sums);
    for (int bits = 4; bits <= 8; bits += 4) {
        rq_plan_compressed c = {.layout = layout};
        const rq_compress_options options = {.scheme = {bits, true, bits == 4 ? 8 : WIDTH},
                                             .search = true};
        rq_compress_outcome outcome;
        assert_ok(rq_compress(&c.codes, f->arena, w, &layout, &options));
        double before = output_error(w, &c.codes);
        assert_ok(rq_compress_round(&outcome, &c, w, &sums, false));
        assert_true(outcome.changed && outcome.after < outcome.before);
        assert_true(output_error(w, &c.codes) < 0.7 * before);
        for (size_t i = 0; i < OUTPUTS * c.codes.groups; i++)
            assert_true(rq_compressed_scale(c.codes.scales[i], c.codes.half) == c.codes.scales[i]);
    }
    free(image);
    rq_gram_close(&sums);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_formulas, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_search_never_loses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sizes_of_weights, set_up, tear_down),
        cmocka_unit_test(test_group_sizes),
        cmocka_unit_test(test_ratio),
        cmocka_unit_test_setup_teardown(test_four_bits_in_groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_symmetric, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_gets_eight_bits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shared_weights_from_f16, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_last_of_shared_weights, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_weights_that_are_not_finite, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tied_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_table_beside_int8, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fitting_to_inputs, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
