/* Cross-layer equalization: the same numbers in FP32, less noise in INT8, and nothing where
 * nothing is to be gained or the network would change. */
#include "tests/unit/test.h"

#include "tests/unit/loud_inputs.h"
#include "tests/unit/quant_stats.h"

#include "quant/apply.h"
#include "quant/equalize_gain.h"
#include "quant/equalize_compressed.h"

typedef struct network {
    rq_graph *g;
    rq_bound *bound;
    rq_stats *stats;
    rq_placement *placement;
    rq_equalize_site *sites;
    size_t n;
    rq_arena *arena;
} network;

static void open_network(network *net, rq_graph *g)
{
    *net = (network){.g = g};
    assert_ok(rq_arena_create(&net->arena));
    assert_ok(rq_bind(&net->bound, g, NULL, 0));
    gather_stats(&net->stats, g);
    assert_ok(
        rq_placement_create(&net->placement, net->bound, RQ_PRECISION_INT8, RQ_INT8_VNNI, NULL));
    assert_ok(rq_equalize_sites(&net->sites, &net->n, net->bound, net->placement, net->arena));
}

static void close_network(network *net)
{
    rq_placement_destroy(&net->placement);
    rq_stats_destroy(&net->stats);
    rq_bound_destroy(&net->bound);
    rq_graph_destroy(&net->g);
    rq_arena_destroy(&net->arena);
}

/* Channels of very different ranges, which the next layer's weights make up for. */
static float unequal(size_t channel)
{
    return (float)(1 << (3 * (channel % 3)));
}

static rq_id conv(rq_graph *g, const char *name, rq_id x, int64_t out, int64_t in, bool producer,
                  bool uneven)
{
    char weights[64];
    snprintf(weights, sizeof weights, "%s/w", name);
    rq_id w = build_weights(g, weights, SHAPE(out, in, 1, 1));
    float *data = (float *)rq_value_producer(g, w)->data;
    for (int64_t o = 0; o < out; o++)
        for (int64_t i = 0; uneven && i < in; i++)
            data[o * in + i] *= producer ? unequal((size_t)o) : 1.0f / unequal((size_t)i);
    return build(g, name, "Convolution", ATTRS(WINDOW), INPUTS(x, w));
}

static rq_id depthwise(rq_graph *g, rq_id x)
{
    rq_id w = build_weights(g, "dw/w", SHAPE(6, 1, 1, 3, 3));
    return build(g, "dw", "GroupConvolution", ATTRS(WINDOW), INPUTS(x, w));
}

static rq_graph *begin(rq_id *x)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "equalize"));
    *x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 4, 8, 8));
    return g;
}

/* conv, bias, ReLU, depthwise, ReLU, conv */
static rq_graph *uneven_pair(bool uneven)
{
    rq_id x;
    rq_graph *g = begin(&x);
    x = conv(g, "first", x, 6, 4, true, uneven);
    x = build_relu(g, "relu", build_with_const(g, "bias", "Add", x, 6));
    x = build_relu(g, "relu2", depthwise(g, x));
    build_result(g, conv(g, "last", x, 3, 6, false, uneven));
    return g;
}

static const rq_stats_value *stats_of(const network *net, const rq_equalize_site *site)
{
    char name[64];
    const rq_stats_value *v =
        rq_stats_find(net->stats, rq_value_name(net->g, site->value, name, sizeof name));
    assert_non_null(v);
    assert_int_equal(v->axis, site->axis);
    assert_int_equal(v->n_channels, site->n);
    return v;
}

static size_t choose(rq_channel_equalization *equalizations, const network *net)
{
    size_t n = 0;
    for (size_t i = 0; i < net->n; i++) {
        bool has_gain;
        assert_ok(rq_equalize_choose(&equalizations[n], &has_gain, &net->sites[i],
                                     stats_of(net, &net->sites[i]), net->bound, net->arena));
        n += has_gain;
    }
    return n;
}

/* Output on an image that was not calibrated with. */
static void run(float *out, size_t n, const rq_graph *g)
{
    rq_model *model;
    rq_session *session;
    float data[PIXELS];
    fill_image(data, 77);
    const rq_tensor in = image_tensor(data);
    assert_ok(rq_model_create(&model, g, &(rq_exec_options){.backend = "reference"}));
    assert_ok(rq_session_create(&session, model));
    assert_ok(rq_session_run(session, &in, NULL, NULL));
    assert_int_equal(rq_tensor_count(rq_session_output(session, 0)), n);
    memcpy(out, rq_session_output(session, 0)->data, n * sizeof *out);
    rq_session_destroy(&session);
    rq_model_destroy(&model);
}

#define OUTPUTS (3 * 6 * 6)

static double noise_of(const rq_graph *g, const rq_plan_options *options, const float *want,
                       size_t n)
{
    rq_bound *bound;
    rq_stats *stats;
    rq_quant_plan *plan;
    rq_graph *clone;
    float *got = calloc(n, sizeof *got);
    double noise = 0;
    assert_ok(rq_bind(&bound, g, NULL, 0));
    gather_stats(&stats, g);
    assert_ok(rq_quant_plan_create(&plan, bound, stats, options, NULL));
    assert_ok(rq_graph_clone(&clone, g));
    assert_ok(rq_quant_plan_apply(clone, plan));
    assert_ok(rq_graph_load(clone));
    run(got, n, clone);
    for (size_t i = 0; i < n; i++) noise += pow((double)got[i] - want[i], 2);
    free(got);
    rq_graph_destroy(&clone);
    rq_quant_plan_destroy(&plan);
    rq_stats_destroy(&stats);
    rq_bound_destroy(&bound);
    return noise;
}

static double quantized_noise(const rq_graph *g, const float *want, size_t n)
{
    return noise_of(g, &(rq_plan_options){.bias_correction = false}, want, n);
}

static const char *maker_name(const network *net, const rq_channel_equalization *m)
{
    size_t k = 0;
    while (m->site.constants[k].role != RQ_EQUALIZE_PRODUCER) k++;
    return net->g->nodes[m->site.constants[k].node]->name;
}

static void test_helps_uneven_channels(void **state)
{
    network net;
    rq_channel_equalization equalizations[4];
    rq_graph *changed;
    float before[OUTPUTS], after[OUTPUTS];
    (void)state;
    open_network(&net, uneven_pair(true));
    assert_int_equal(net.n, 2);
    assert_int_equal(choose(equalizations, &net), 2);
    assert_ok(rq_graph_clone(&changed, net.g));
    assert_ok(rq_equalize_apply(changed, net.bound, equalizations, 2));
    run(before, OUTPUTS, net.g);
    run(after, OUTPUTS, changed);
    assert_memory_equal(before, after, sizeof before); /* every bit */
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(rq_equalized_layer(changed, i), maker_name(&net, &equalizations[i]));
    assert_null(rq_equalized_layer(changed, 2));
    assert_null(rq_equalized_layer(net.g, 0));
    assert_true(quantized_noise(changed, before, OUTPUTS) <
                0.25 * quantized_noise(net.g, before, OUTPUTS));
    rq_graph_destroy(&changed);
    close_network(&net);
}

static void test_leaves_even_channels_alone(void **state)
{
    network net;
    rq_channel_equalization equalizations[4];
    (void)state;
    open_network(&net, uneven_pair(false));
    assert_int_equal(net.n, 2);
    assert_int_equal(choose(equalizations, &net), 0);
    close_network(&net);
}

/* -- where scales cannot move ---------------------------------------------------------------- */

static rq_id clamp(rq_graph *g, rq_id x)
{
    return build(g, "clamp", "Clamp", ATTRS("min", "0", "max", "6"), INPUTS(x));
}

static void expect_sites(rq_graph *g, size_t n)
{
    network net;
    open_network(&net, g);
    assert_int_equal(net.n, n);
    close_network(&net);
}

static void test_needs_a_way_for_the_scales(void **state)
{
    rq_id x, y;
    (void)state;
    rq_graph *g = begin(&x); /* a clamp is no matter of scale */
    y = clamp(g, conv(g, "a", x, 6, 4, true, true));
    build_result(g, conv(g, "b", y, 3, 6, false, true));
    expect_sites(g, 0);

    g = begin(&x); /* somebody reads the numbers themselves */
    y = build_relu(g, "r", conv(g, "a", x, 3, 4, true, true));
    build_result(g,
                 build(g, "sum", "Add", NO_ATTRS, INPUTS(conv(g, "b", y, 3, 3, false, true), y)));
    expect_sites(g, 0);

    g = begin(&x); /* two layers have the same weights */
    rq_id w = build_weights(g, "w", SHAPE(4, 4, 1, 1));
    y = build(g, "a", "Convolution", ATTRS(WINDOW), INPUTS(x, w));
    build_result(g, build(g, "b", "Convolution", ATTRS(WINDOW), INPUTS(y, w)));
    expect_sites(g, 0);
}

/* -- SmoothQuant ----------------------------------------------------------------------------- */

/* The gain and beta that follow a normalization, then two products: channels are the last axis. */
static rq_graph *normalized(void)
{
    rq_id x;
    rq_graph *g = begin(&x);
    const int64_t axes[] = {-1};
    rq_id mvn_in[] = {x, build_i64(g, "axes", SHAPE(1), axes)};
    rq_node *mvn =
        build_node(g, "mvn", "MVN", "opset6",
                   ATTRS("eps", "1e-5", "eps_mode", "inside_sqrt", "normalize_variance", "true"),
                   mvn_in, 2, 1);
    rq_id gain = build_weights(g, "gain", SHAPE(8)), beta = build_weights(g, "beta", SHAPE(8));
    x = build(g, "scaled", "Multiply", NO_ATTRS, INPUTS(mvn->out[0], gain));
    x = build(g, "shifted", "Add", NO_ATTRS, INPUTS(x, beta));
    rq_id q = build_weights(g, "q/w", SHAPE(8, 5)), k = build_weights(g, "k/w", SHAPE(5, 8));
    q = build(g, "q", "MatMul", NO_ATTRS, INPUTS(x, q));
    k = build(g, "k", "MatMul", ATTRS("transpose_b", "true"), INPUTS(x, k));
    build_result(g, build(g, "sum", "Add", NO_ATTRS, INPUTS(q, k)));
    return g;
}

static void test_takes_gains_of_a_normalization(void **state)
{
    network net;
    float before[4 * 8 * 5], after[4 * 8 * 5];
    rq_graph *changed;
    float log2[] = {0, 3, -2, 1, 0, 5, -4, 2};
    (void)state;
    open_network(&net, normalized());
    assert_int_equal(net.n, 1);
    assert_int_equal(net.sites[0].axis, 3);
    assert_int_equal(net.sites[0].n_constants, 4);
    const rq_channel_equalization equalization = {.site = net.sites[0], .log2 = log2};
    assert_ok(rq_graph_clone(&changed, net.g));
    assert_ok(rq_equalize_apply(changed, net.bound, &equalization, 1));
    run(before, 4 * 8 * 5, net.g);
    run(after, 4 * 8 * 5, changed);
    assert_memory_equal(before, after, sizeof before);
    rq_graph_destroy(&changed);
    close_network(&net);
}

/* What a GELU makes, read by a MatMul layer and by a residual connection. */
static rq_graph *with_residual(void)
{
    rq_id x;
    rq_graph *g = begin(&x);
    x = build_node(g, "gelu", "Gelu", "opset7", ATTRS("approximation_mode", "ERF"), &x, 1, 1)
            ->out[0];
    rq_id y = build_weights(g, "fc/w", SHAPE(8, 8));
    y = build(g, "fc", "MatMul", NO_ATTRS, INPUTS(x, y));
    build_result(g, build(g, "residual", "Add", NO_ATTRS, INPUTS(x, y)));
    return g;
}

static void test_multiplies_where_nothing_above_can_scale(void **state)
{
    network net;
    float before[4 * 8 * 8], after[4 * 8 * 8];
    rq_graph *changed;
    float log2[] = {0, 3, -2, 1, 0, 5, -4, 2};
    (void)state;
    open_network(&net, with_residual());
    assert_int_equal(net.n, 1);
    assert_true(net.sites[0].inserted);
    assert_false(net.sites[0].can_shift);
    assert_int_equal(net.sites[0].axis, 3);
    assert_int_equal(net.sites[0].n_constants, 1);
    const rq_channel_equalization equalization = {.site = net.sites[0], .log2 = log2};
    assert_ok(rq_graph_clone(&changed, net.g));
    assert_ok(rq_equalize_apply(changed, net.bound, &equalization, 1));
    const rq_node *multiply = rq_value_producer(changed, rq_graph_find(changed, "fc")->in[0]);
    assert_string_equal(multiply->name, "gelu/smooth_quant");
    assert_int_equal(rq_graph_find(changed, "residual")->in[0], net.sites[0].value);
    run(before, 4 * 8 * 8, net.g);
    run(after, 4 * 8 * 8, changed);
    assert_memory_equal(before, after, sizeof before);
    rq_graph_destroy(&changed);
    close_network(&net);
}

/* -- channel alignment ------------------------------------------------------------------------ */

/* A linear pair: the first layer's bias puts its channels around 8, -8 and 0. */
static rq_graph *off_centre(const char *pads)
{
    rq_id x;
    rq_graph *g = begin(&x);
    x = build_with_const(g, "bias", "Add", conv(g, "first", x, 6, 4, true, false), 6);
    float *bias = (float *)rq_graph_find(g, "bias/c")->data;
    for (int c = 0; c < 6; c++) bias[c] = 8.0f * (float)(c % 3 - 1);
    rq_id w = build_weights(g, "last/w", SHAPE(3, 6, 1, 1));
    x = build(g, "last", "Convolution",
              ATTRS("strides", "1,1", "dilations", "1,1", "pads_begin", pads, "pads_end", "0,0"),
              INPUTS(x, w));
    build_result(g, build_with_const(g, "last/bias", "Add", x, 3));
    return g;
}

static void test_centres_channels(void **state)
{
    network net;
    rq_channel_equalization equalizations[2];
    rq_graph *changed;
    float before[3 * 8 * 8], after[3 * 8 * 8];
    (void)state;
    open_network(&net, off_centre("0,0"));
    assert_int_equal(net.n, 1);
    assert_true(net.sites[0].can_shift);
    assert_int_equal(choose(equalizations, &net), 1);
    assert_non_null(equalizations[0].shift);
    assert_ok(rq_graph_clone(&changed, net.g));
    assert_ok(rq_equalize_apply(changed, net.bound, equalizations, 1));
    run(before, 3 * 8 * 8, net.g);
    run(after, 3 * 8 * 8, changed);
    assert_near_f32(after, before, 3 * 8 * 8, 1e-5, 1e-5);
    assert_true(quantized_noise(changed, before, 3 * 8 * 8) <
                0.5 * quantized_noise(net.g, before, 3 * 8 * 8));
    rq_graph_destroy(&changed);
    close_network(&net);

    open_network(&net, off_centre("1,0")); /* a shifted zero is none */
    assert_int_equal(net.n, 1);
    assert_false(net.sites[0].can_shift);
    close_network(&net);
}

/* -- weights in 4 bits ------------------------------------------------------------------------ */

#define ROWS_OUT (8 * 48)

static const rq_plan_options four_bits = {.precision = RQ_PRECISION_INT4_WEIGHTS,
                                          .preset = RQ_PRESET_AUTO,
                                          .group_size = 32,
                                          .ratio = 1.0};

/* 8 rows: gain, "a" (32 to 64), GELU, "b" (to 48), "last". */
static rq_graph *loud_inputs(float loud)
{
    rq_id x;
    rq_graph *g = begin(&x);
    rq_id shape = build_i64(g, "to", SHAPE(2), (const int64_t[]){8, 32});
    x = build(g, "rows", "Reshape", ATTRS("special_zero", "false"), INPUTS(x, shape));
    x = build_product(g, "a", build_uneven(g, "gain", x, 32, loud), 32, 64);
    x = build_uneven(g, "uneven", x, 64, loud);
    x = build_node(g, "gelu", "Gelu", "opset7", ATTRS("approximation_mode", "ERF"), &x, 1, 1)
            ->out[0];
    build_result(g, build_product(g, "last", build_product(g, "b", x, 64, 48), 48, 48));
    return g;
}

static void open_compressed(network *net, rq_quant_plan **plan, rq_graph *g)
{
    *net = (network){.g = g};
    assert_ok(rq_arena_create(&net->arena));
    assert_ok(rq_bind(&net->bound, g, NULL, 0));
    gather_stats(&net->stats, g);
    assert_ok(rq_quant_plan_create(plan, net->bound, net->stats, &four_bits, NULL));
    assert_ok(rq_equalize_sites(&net->sites, &net->n, net->bound, (*plan)->placement, net->arena));
}

static size_t choose_compressed(rq_channel_equalization *equalizations, const network *net,
                                const rq_quant_plan *plan)
{
    size_t n = 0;
    for (size_t i = 0; i < net->n; i++) {
        bool has_gain;
        assert_ok(rq_equalize_choose_compressed(&equalizations[n], &has_gain, &net->sites[i],
                                                stats_of(net, &net->sites[i]), plan, net->bound, 1,
                                                net->arena));
        n += has_gain;
    }
    return n;
}

/* Through the gain before "a", and by a Multiply behind GELU; not before "last", of 8 bits. */
static void test_large_inputs_get_finer_codes(void **state)
{
    network net;
    rq_quant_plan *plan;
    rq_channel_equalization equalizations[4];
    rq_graph *changed;
    float before[ROWS_OUT], after[ROWS_OUT];
    (void)state;
    open_compressed(&net, &plan, loud_inputs(4));
    assert_int_equal(choose_compressed(equalizations, &net, plan), 2);
    for (size_t i = 0; i < 2; i++) {
        const rq_channel_equalization *e = &equalizations[i];
        assert_int_equal(e->site.inserted, i);
        assert_true(e->log2[3] >= e->log2[4] + 0.25f);
        for (size_t c = 0; c < e->site.n; c++)
            assert_true(e->log2[c] * RQ_EQUALIZE_OCTAVE == rintf(e->log2[c] * RQ_EQUALIZE_OCTAVE));
    }
    assert_ok(rq_graph_clone(&changed, net.g));
    assert_ok(rq_equalize_apply(changed, net.bound, equalizations, 2));
    assert_non_null(rq_graph_find(changed, "gelu/smooth_quant"));
    run(before, ROWS_OUT, net.g);
    run(after, ROWS_OUT, changed);
    assert_near_f32(after, before, ROWS_OUT, 1e-4, 1e-4);
    assert_true(noise_of(changed, &four_bits, before, ROWS_OUT) <
                0.8 * noise_of(net.g, &four_bits, before, ROWS_OUT));
    rq_graph_destroy(&changed);
    rq_quant_plan_destroy(&plan);
    close_network(&net);
}

#define ROWS_OUT (8 * 48)

static double noise_with(const network *net, const rq_channel_equalization *equalizations, size_t n,
                         const float *want)
{
    rq_graph *changed;
    float got[ROWS_OUT];
    assert_ok(rq_graph_clone(&changed, net->g));
    assert_ok(rq_equalize_apply(changed, net->bound, equalizations, n));
    run(got, ROWS_OUT, changed);
    for (size_t i = 0; i < ROWS_OUT; i++)
        assert_true(fabsf(got[i] - want[i]) <= 1e-4f * (1 + fabsf(want[i])));
    double noise = quantized_noise(changed, want, ROWS_OUT);
    rq_graph_destroy(&changed);
    return noise;
}

/* Channels of MatMul layers that differ by less than an octave gain by it, too. */
static void test_products_get_scales_within_an_octave(void **state)
{
    network net;
    rq_channel_equalization equalizations[4];
    float want[ROWS_OUT];
    (void)state;
    open_network(&net, loud_inputs(3.0f));
    size_t n = choose(equalizations, &net);
    assert_true(n > 0);
    run(want, ROWS_OUT, net.g);
    double fine = noise_with(&net, equalizations, n, want);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < equalizations[i].site.n; c++)
            equalizations[i].log2[c] = rintf(equalizations[i].log2[c]);
    assert_true(fine < 0.95 * noise_with(&net, equalizations, n, want));
    close_network(&net);
}

static void test_inputs_of_one_size_stay(void **state)
{
    network net;
    rq_quant_plan *plan;
    rq_channel_equalization equalizations[4];
    (void)state;
    open_compressed(&net, &plan, loud_inputs(1));
    assert_true(choose_compressed(equalizations, &net, plan) == 0);
    rq_quant_plan_destroy(&plan);
    close_network(&net);
}

/* -- what to expect -------------------------------------------------------------------------- */

/* A quarter of all noise is 1.25 dB; whose signal is not known, nothing is expected of. */
static void test_gain_is_of_all_noise(void **state)
{
    rq_plan_activation activations[] = {{.noise = 2.0, .signal = 2.0}, {.noise = 1.0}};
    rq_plan_weight weights[] = {{.codes = {.noise = 3.0, .signal = 1.0}}};
    const rq_quant_plan plan = {
        .activations = activations, .n_activations = 2, .weights = weights, .n_weights = 1};
    const rq_channel_equalization moves[] = {{.before = 30.0, .after = 10.0, .signal = 20.0},
                                             {.before = 9.0, .after = 1.0}};
    const rq_channel_equalization all = {.before = 5.0, .after = 0.0, .signal = 1.0};
    (void)state;
    assert_true(fabs(rq_equalize_gain(&plan, moves, 2) - 10.0 * log10(4.0 / 3.0)) < 1e-9);
    assert_true(rq_equalize_gain(&plan, moves, 0) == 0.0);
    assert_true(isinf(rq_equalize_gain(&plan, &all, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_helps_uneven_channels),
        cmocka_unit_test(test_leaves_even_channels_alone),
        cmocka_unit_test(test_needs_a_way_for_the_scales),
        cmocka_unit_test(test_takes_gains_of_a_normalization),
        cmocka_unit_test(test_multiplies_where_nothing_above_can_scale),
        cmocka_unit_test(test_centres_channels),
        cmocka_unit_test(test_large_inputs_get_finer_codes),
        cmocka_unit_test(test_products_get_scales_within_an_octave),
        cmocka_unit_test(test_inputs_of_one_size_stay),
        cmocka_unit_test(test_gain_is_of_all_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
