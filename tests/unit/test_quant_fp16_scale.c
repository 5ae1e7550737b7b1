/* Constants as f16: which fit, which need scales, and what a compressed graph computes. */
#include "tests/unit/test.h"

#include "engine/base/dtype.h"
#include "engine/base/rng.h"
#include "quant/fp16.h"
#include "quant/fp16_source.h"
#include "tests/unit/graph_builder.h"

#define ROWS 4
#define COLUMNS 32

static const float ones[ROWS] = {1.0f, 1.0f, 1.0f, 1.0f};

/* Rows of numbers between 0.5 and 1, each row times its size. */
static void fill(float data[ROWS * COLUMNS], const float size[ROWS])
{
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < COLUMNS; c++)
            data[r * COLUMNS + c] = size[r] * (0.75f + 0.25f * sinf((float)(r * 7 + c)));
}

static rq_node constant_of(const float *data, size_t n)
{
    return (rq_node){.data = data, .data_bytes = n * sizeof *data};
}

static rq_fp16_fit choose(rq_fp16_scales *scales, const float *data, rq_arena *arena)
{
    const rq_shape shape = SHAPE(ROWS, COLUMNS);
    rq_fp16_fit fit;
    const rq_node constant = constant_of(data, ROWS * COLUMNS);
    assert_ok(rq_fp16_scale_choose(&fit, scales, &constant, &shape, arena));
    return fit;
}

static int set_up(void **state)
{
    rq_arena *arena;
    if (rq_arena_create(&arena) != RQ_OK) return -1;
    *state = arena;
    return 0;
}

static int tear_down(void **state)
{
    rq_arena *arena = *state;
    rq_arena_destroy(&arena);
    return 0;
}

static void test_usual_weights_are_left_alone(void **state)
{
    float data[ROWS * COLUMNS];
    rq_fp16_scales scales;
    fill(data, ones);
    assert_int_equal(choose(&scales, data, *state), RQ_FP16_FIT_PLAIN);
    fill(data, (const float[]){1e-3f, 1.0f, 100.0f, 0.0f});
    assert_int_equal(choose(&scales, data, *state), RQ_FP16_FIT_PLAIN);
}

static void test_one_size_gets_one_scale(void **state)
{
    float data[ROWS * COLUMNS];
    rq_fp16_scales scales;
    fill(data, (const float[]){1e6f, 1e6f, 1e6f, 1e6f}); /* overflow */
    assert_int_equal(choose(&scales, data, *state), RQ_FP16_FIT_SCALED);
    assert_int_equal(scales.axis, -1);
    assert_true(scales.scales[0] == 32.0f);                  /* 1e6 < 2^20 = 2^15 * 32 */
    fill(data, (const float[]){1e-7f, 1e-7f, 1e-7f, 1e-7f}); /* subnormal */
    assert_int_equal(choose(&scales, data, *state), RQ_FP16_FIT_SCALED);
    assert_int_equal(scales.axis, -1);
}

static void test_each_channel_gets_its_scale(void **state)
{
    float data[ROWS * COLUMNS];
    rq_fp16_scales scales;
    fill(data, (const float[]){1e-12f, 1.0f, 1e9f, 0.0f});
    assert_int_equal(choose(&scales, data, *state), RQ_FP16_FIT_SCALED);
    assert_int_equal(scales.axis, 0);
    assert_int_equal(scales.n, ROWS);
    for (int r = 0; r < ROWS; r++) {
        int exponent;
        assert_true(frexpf(scales.scales[r], &exponent) == 0.5f); /* a power of two */
        for (int c = 0; c < COLUMNS; c++) {
            float x = data[r * COLUMNS + c], s = scales.scales[r];
            float back = rq_f16_to_f32(rq_f32_to_f16(x / s)) * s;
            assert_true(fabsf(back - x) <= fabsf(x) / 2048.0f); /* half a unit of 11 bits */
        }
    }
}

/* Slices of four are not worth scales of their own: one scale, and what is lost beside numbers of
 * 1e8 nobody misses. */
static void test_narrow_slices_share_one_scale(void **state)
{
    float data[32 * ROWS];
    const rq_shape shape = SHAPE(32, ROWS);
    const float size[ROWS] = {1e-10f, 1.0f, 1e8f, 1e-3f};
    rq_fp16_scales scales;
    rq_fp16_fit fit;
    for (int i = 0; i < 32 * ROWS; i++) data[i] = size[i % ROWS] * (0.75f + 0.25f * sinf((float)i));
    const rq_node constant = constant_of(data, sizeof data / sizeof *data);
    assert_ok(rq_fp16_scale_choose(&fit, &scales, &constant, &shape, *state));
    assert_int_equal(fit, RQ_FP16_FIT_SCALED);
    assert_int_equal(scales.n, 1);
}

static void test_small_or_broken_constants_stay(void **state)
{
    const float few[] = {1.0f, 65600.0f, 2.0f, 3.0f};
    const rq_shape four = SHAPE(4);
    float data[ROWS * COLUMNS];
    rq_fp16_scales scales;
    rq_fp16_fit fit;
    const rq_node constant = constant_of(few, 4);
    assert_ok(rq_fp16_scale_choose(&fit, &scales, &constant, &four, *state));
    assert_int_equal(fit, RQ_FP16_FIT_NOT);
    fill(data, ones);
    data[5] = INFINITY;
    data[6] = NAN;
    assert_int_equal(choose(&scales, data, *state), RQ_FP16_FIT_PLAIN);
}

/* -- read in pieces ---------------------------------------------------------------------------- */

static rq_shape random_shape(rq_rng *rng)
{
    return SHAPE((int64_t)rq_rng_below(rng, 9) + 1, (int64_t)rq_rng_below(rng, 30) + 1,
                 (int64_t)rq_rng_below(rng, 60) + 1);
}

/* Any piece of any constant, with any scales, is what each number gives alone. */
static void test_pieces_are_as_the_whole(void **state)
{
    rq_rng rng;
    rq_rng_seed(&rng, 3);
    for (int round = 0; round < 60; round++) {
        const rq_shape shape = random_shape(&rng);
        size_t n = rq_shape_count(&shape);
        float *data = malloc(n * sizeof *data), scale[64];
        uint16_t *half = malloc((n + 1) * sizeof *half);
        assert_true(data && half);
        for (size_t i = 0; i < n; i++) data[i] = (float)ldexp(rq_rng_normal(&rng), (int)(i % 40));
        int axis = (int)rq_rng_below(&rng, 4) - 1;
        size_t inner = axis < 0 ? n : rq_shape_span(&shape, axis + 1, 3);
        const rq_fp16_scales scales = {axis, axis < 0 ? 1 : (size_t)shape.d[axis], scale, shape};
        for (size_t i = 0; i < scales.n; i++)
            scale[i] = ldexpf(1.0f, (int)rq_rng_below(&rng, 30) - 5);
        bool scaled = rq_rng_below(&rng, 3) > 0;
        const rq_node constant = constant_of(data, n);
        rq_source source;
        assert_ok(rq_fp16_source(&source, &constant, &shape, scaled ? &scales : NULL, *state));
        size_t first = rq_rng_below(&rng, n), count = rq_rng_below(&rng, n - first) + 1;
        assert_ok(source.read(half, source.ctx, 2 * first, 2 * count));
        for (size_t i = first; i < first + count; i++) {
            float by = scaled ? scale[i / inner % scales.n] : 1.0f;
            assert_int_equal(half[i - first], rq_f32_to_f16(data[i] / by));
        }
        free(data);
        free(half);
    }
}

/* -- in a graph ------------------------------------------------------------------------------ */

static const float *folded(const rq_bound *bound, const rq_graph *g, const char *layer)
{
    return bound->values[rq_graph_find(g, layer)->out[0]].data;
}

static void test_graph_keeps_its_weights(void **state)
{
    (void)state;
    rq_graph *g;
    rq_bound *bound;
    rq_node *w;
    rq_fp16_report report;
    float data[ROWS * COLUMNS];
    const rq_shape shape = SHAPE(ROWS, COLUMNS);
    fill(data, (const float[]){1e-9f, 1.0f, 1e7f, 3.0f});
    assert_ok(rq_graph_create(&g, "test"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, ROWS));
    assert_ok(rq_graph_add_const(&w, g, "w", RQ_DT_F32, &shape, data));
    build_result(g, build(g, "y", "MatMul", NO_ATTRS, INPUTS(x, w->out[0])));
    assert_ok(rq_fp16_compress(g, &report));
    assert_ok(rq_graph_load(g));
    assert_int_equal(report.n_converted, 1);
    assert_int_equal(report.n_scaled, 1);
    assert_string_equal(report.scaled[0].name, "w");
    assert_non_null(strstr(report.scaled[0].reason, "axis 0"));
    assert_int_equal(report.bytes_saved, 2 * ROWS * COLUMNS - 4 * ROWS);
    assert_string_equal(rq_graph_find(g, "w")->type, "Multiply");
    assert_ok(rq_bind(&bound, g, NULL, 0));
    assert_near_f32(folded(bound, g, "w"), data, ROWS * COLUMNS, 0.0, 1.0 / 2048.0);
    rq_bound_destroy(&bound);
    rq_graph_destroy(&g);
}

static void test_what_stays_is_named(void **state)
{
    (void)state;
    rq_graph *g;
    rq_node *c;
    rq_fp16_report report;
    const rq_shape shape = SHAPE(1, ROWS);
    assert_ok(rq_graph_create(&g, "test"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, ROWS));
    assert_ok(rq_graph_add_const(&c, g, "huge", RQ_DT_F32, &shape,
                                 (const float[]){1e-9f, 1e9f, 1.0f, 1.0f}));
    build_result(g, build(g, "y", "Add", NO_ATTRS, INPUTS(x, c->out[0])));
    assert_ok(rq_fp16_compress(g, &report));
    assert_ok(rq_graph_load(g));
    assert_int_equal(report.n_converted, 0);
    assert_int_equal(report.n_kept_named, 1);
    assert_string_equal(report.kept[0].name, "huge");
    assert_non_null(strstr(report.kept[0].reason, "range"));
    assert_string_equal(rq_graph_find(g, "huge")->type, "Const");
    rq_graph_destroy(&g);
}

/* Small constants would cost more in the xml than they save; scales of INT8 weights stay exact. */
static void test_rest_of_int8(void **state)
{
    (void)state;
    static float big[600], some[500];
    static int8_t codes[600];
    const rq_shape row = SHAPE(1, 600), short_row = SHAPE(1, 500);
    rq_graph *g;
    rq_node *c[4];
    rq_fp16_report report;
    for (int i = 0; i < 600; i++) big[i] = 0.5f + (float)i / 600.0f;
    memcpy(some, big, sizeof some);
    assert_ok(rq_graph_create(&g, "test"));
    assert_ok(rq_graph_add_const(&c[0], g, "big", RQ_DT_F32, &row, big));
    assert_ok(rq_graph_add_const(&c[1], g, "some", RQ_DT_F32, &short_row, some));
    assert_ok(rq_graph_add_const(&c[2], g, "codes", RQ_DT_I8, &row, codes));
    assert_ok(rq_graph_add_const(&c[3], g, "scale", RQ_DT_F32, &row, big));
    rq_id x = build_input(g, "x", RQ_DT_F32, row), y = build_input(g, "y", RQ_DT_F32, short_row);
    rq_id convert =
        build(g, "convert", "Convert", ATTRS("destination_type", "f32"), INPUTS(c[2]->out[0]));
    g->values[convert]->dtype = RQ_DT_F32;
    rq_id w = build(g, "w", "Multiply", NO_ATTRS, INPUTS(convert, c[3]->out[0]));
    rq_id sum = build(g, "sum", "Add", NO_ATTRS, INPUTS(x, c[0]->out[0]));
    build_result(g, build(g, "product", "Multiply", NO_ATTRS, INPUTS(sum, w)));
    build_result(g, build(g, "sum2", "Add", NO_ATTRS, INPUTS(y, c[1]->out[0])));
    assert_ok(rq_fp16_compress_float(g, &report));
    assert_ok(rq_graph_load(g));
    assert_int_equal(report.n_converted, 1);
    assert_int_equal(report.n_kept_named, 0);
    assert_string_equal(rq_graph_find(g, "big")->type, "Convert");
    assert_string_equal(rq_graph_find(g, "some")->type, "Const");
    assert_string_equal(rq_graph_find(g, "scale")->type, "Const");
    rq_graph_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_usual_weights_are_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_size_gets_one_scale, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_each_channel_gets_its_scale, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_narrow_slices_share_one_scale, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_small_or_broken_constants_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pieces_are_as_the_whole, set_up, tear_down),
        cmocka_unit_test(test_graph_keeps_its_weights),
        cmocka_unit_test(test_what_stays_is_named),
        cmocka_unit_test(test_rest_of_int8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
