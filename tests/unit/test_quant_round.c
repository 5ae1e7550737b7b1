/* Rows of a layer's input against the layer itself; codes against trying all of them; layers fitted
 * on rows whose likeness is known. */
#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "engine/exec/exec.h"
#include "quant/round_codes.h"
#include "quant/round_plan.h"
#include "quant/saturation.h"
#include "tests/unit/graph_builder.h"

/* -- rows ----------------------------------------------------------------------------------- */

typedef struct net {
    rq_graph *g;
    rq_bound *bound;
    rq_weight_point point;
    rq_weight_layout layout;
    rq_im2col layer;
    const char *why;
} net;

static void open_net(net *n, rq_id out, uint32_t port)
{
    build_result(n->g, out);
    assert_ok(rq_bind(&n->bound, n->g, NULL, 0));
    n->point = rq_placement_weights_at(n->bound, rq_value_producer(n->g, out), port);
    assert_ok(rq_weight_layout_find(&n->layout, n->bound, &n->point));
    assert_ok(rq_im2col_find(&n->layer, &n->why, n->bound, &n->point, &n->layout));
}

static void close_net(net *n)
{
    rq_bound_destroy(&n->bound);
    rq_graph_destroy(&n->g);
}

static float *noise(size_t n, uint64_t seed)
{
    rq_rng rng;
    rq_rng_seed(&rng, seed);
    float *x = malloc((n + 1) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) x[i] = (float)rq_rng_normal(&rng);
    return x;
}

/* A row is the same wherever the channels of `x` lie. */
static void check_channels_last(const net *n, const rq_shape *in, const float *x)
{
    rq_im2col layer = n->layer;
    size_t count = rq_shape_count(in), width = layer.groups * layer.width;
    float *last = malloc(count * sizeof *last), *rows = malloc(2 * width * sizeof *rows);
    assert_non_null(last);
    assert_non_null(rows);
    for (size_t i = 0; i < count; i++) last[rq_shape_channels_last(in, i)] = x[i];
    layer.channels_last = true;
    for (size_t p = 0; p < layer.positions; p++) {
        rq_im2col_row(rows, layer.width, &n->layer, x, p);
        rq_im2col_row(rows + width, layer.width, &layer, last, p);
        assert_memory_equal(rows, rows + width, width * sizeof *rows);
    }
    free(rows);
    free(last);
}

/* Weights times rows must be the layer's output: channel by channel, in whatever order positions
 * lie, hence as square sums and sums per channel. */
static void check_rows(net *n, rq_shape in)
{
    rq_model *model;
    rq_session *session;
    float *x = noise(rq_shape_count(&in), 1);
    rq_tensor tensor = {RQ_DT_F32, in, x};
    assert_null(n->why);
    assert_ok(rq_model_create(&model, n->g, &(rq_exec_options){.backend = "reference"}));
    assert_ok(rq_session_create(&session, model));
    assert_ok(rq_session_run(session, &tensor, NULL, NULL));
    const rq_tensor *want = rq_session_output(session, 0);
    const float *weights = n->bound->values[n->point.value].data, *y = want->data;
    size_t channels = rq_weight_channels(&n->layout), count = rq_shape_count(&want->shape);
    assert_int_equal(n->layer.positions * channels, count);
    if (!n->layer.matmul) check_channels_last(n, &in, x);
    float *row = malloc(n->layer.groups * n->layer.width * sizeof *row);
    double sum = 0.0, square = 0.0, want_sum = 0.0, want_square = 0.0;
    for (size_t p = 0; p < n->layer.positions; p++) {
        rq_im2col_row(row, n->layer.width, &n->layer, x, p);
        for (size_t c = 0; c < channels; c++) {
            const float *of_group = row + c / n->layout.outputs * n->layer.width;
            double out = 0.0;
            for (size_t k = 0; k < n->layer.width; k++)
                out += of_group[k] *
                       weights[rq_weight_offset(&n->layout, c) + rq_weight_within(&n->layout, k)];
            sum += out * (double)(c + 1);
            square += out * out * (double)(c + 1);
        }
    }
    size_t inner = n->layer.matmul ? 1 : count / channels;
    for (size_t i = 0; i < count; i++) {
        double weight = (double)(i / inner % channels + 1);
        want_sum += y[i] * weight;
        want_square += (double)y[i] * y[i] * weight;
    }
    assert_true(fabs(sum - want_sum) < 1e-4 * (1.0 + fabs(want_sum)));
    assert_true(fabs(square - want_square) < 1e-4 * want_square);
    free(row);
    free(x);
    rq_session_destroy(&session);
    rq_model_destroy(&model);
}

#define ODD_WINDOW "strides", "2,1", "dilations", "1,2", "pads_begin", "1,2", "pads_end", "0,1"

static void rows_of_a_convolution(void **state)
{
    net n;
    (void)state;
    assert_ok(rq_graph_create(&n.g, "test"));
    rq_id x = build_input(n.g, "x", RQ_DT_F32, SHAPE(1, 3, 7, 9));
    rq_id w = build_weights(n.g, "w", SHAPE(5, 3, 3, 2));
    open_net(&n, build(n.g, "c", "Convolution", ATTRS(ODD_WINDOW), INPUTS(x, w)), 1);
    assert_int_equal(n.layer.width, 18);
    check_rows(&n, SHAPE(1, 3, 7, 9));
    close_net(&n);
}

static void rows_of_groups(void **state)
{
    net n;
    (void)state;
    assert_ok(rq_graph_create(&n.g, "test"));
    rq_id x = build_input(n.g, "x", RQ_DT_F32, SHAPE(1, 6, 7, 9));
    rq_id w = build_weights(n.g, "w", SHAPE(3, 4, 2, 3, 2));
    open_net(&n, build(n.g, "c", "GroupConvolution", ATTRS(ODD_WINDOW), INPUTS(x, w)), 1);
    assert_int_equal(n.layer.groups, 3);
    check_rows(&n, SHAPE(1, 6, 7, 9));
    close_net(&n);
}

/* Pads that follow from the sizes, an odd number; those that are written do not count then. */
static void rows_of_an_auto_pad(void **state)
{
    static const char *const pads[] = {"same_upper", "same_lower", "valid"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        net n;
        assert_ok(rq_graph_create(&n.g, "test"));
        rq_id x = build_input(n.g, "x", RQ_DT_F32, SHAPE(1, 3, 7, 9));
        rq_id w = build_weights(n.g, "w", SHAPE(5, 3, 4, 2));
        open_net(&n,
                 build(n.g, "c", "Convolution",
                       ATTRS("strides", "2,1", "auto_pad", pads[i], "pads_begin", "1,1", "pads_end",
                             "0,1"),
                       INPUTS(x, w)),
                 1);
        check_rows(&n, SHAPE(1, 3, 7, 9));
        close_net(&n);
    }
}

static void rows_of_products(void **state)
{
    static const char *const orders[][2] = {{"false", "false"}, {"true", "true"}};
    (void)state;
    for (int t = 0; t < 2; t++) {
        net n;
        rq_shape in = t ? SHAPE(2, 4, 6) : SHAPE(2, 6, 4), of = t ? SHAPE(5, 4) : SHAPE(4, 5);
        assert_ok(rq_graph_create(&n.g, "test"));
        rq_id x = build_input(n.g, "x", RQ_DT_F32, in);
        rq_id w = build_weights(n.g, "w", of);
        open_net(&n,
                 build(n.g, "m", "MatMul",
                       ATTRS("transpose_a", orders[t][0], "transpose_b", orders[t][1]),
                       INPUTS(x, w)),
                 1);
        check_rows(&n, in);
        close_net(&n);
    }
}

static void transposed_convolutions_are_left(void **state)
{
    net n;
    (void)state;
    assert_ok(rq_graph_create(&n.g, "test"));
    rq_id x = build_input(n.g, "x", RQ_DT_F32, SHAPE(1, 3, 7, 9));
    rq_id w = build_weights(n.g, "w", SHAPE(3, 5, 3, 3));
    open_net(&n, build(n.g, "c", "ConvolutionBackpropData", ATTRS(WINDOW), INPUTS(x, w)), 1);
    assert_string_equal(n.why, "a transposed convolution");
    close_net(&n);
}

/* -- codes ---------------------------------------------------------------------------------- */

#define N 4

static double error_of(const double *x, const int8_t *codes, const float *h)
{
    double sum = 0.0;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++)
            sum += (x[i] - codes[i]) * (double)h[i * N + k] * (x[k] - codes[k]);
    return sum;
}

/* H = A A^T of N x 2 noise, and some of the identity: inputs that are alike. */
static void make_moment(float *h, uint64_t seed)
{
    float *a = noise(N * 2, seed);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++)
            h[i * N + k] =
                a[2 * i] * a[2 * k] + a[2 * i + 1] * a[2 * k + 1] + (i == k ? 0.05f : 0.0f);
    free(a);
}

static void run_codes(int8_t *codes, const double *x, const rq_round_space *space)
{
    float gradient[N] = {0}, curves[N];
    rq_round_space with = *space;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++)
            gradient[i] += space->hessian[i * N + k] * (float)(x[k] - codes[k]);
    for (size_t k = 0; k < N; k++) curves[k] = space->hessian[k * N + k];
    with.curves = curves;
    rq_round_codes(codes, gradient, 1, &with);
}

static bool is_safe(const int8_t *codes)
{
    return rq_pair_is_safe(codes[0], codes[1], 255, 255) &&
           rq_pair_is_safe(codes[2], codes[3], 255, 255);
}

/* No single change of a code helps any more; over many problems the error falls a good deal. */
static void codes_are_a_local_optimum(void **state)
{
    double all = 0.0, all_before = 0.0;
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        float h[N * N], *w = noise(N, seed + 100);
        double x[N];
        int8_t nearest[N], codes[N];
        make_moment(h, seed);
        for (size_t k = 0; k < N; k++) {
            x[k] = 20.0 * w[k];
            nearest[k] = codes[k] = (int8_t)nearbyint(x[k]);
        }
        rq_round_space space = {N, 2, h, 1.0f, NULL, 127, false};
        run_codes(codes, x, &space);
        double error = error_of(x, codes, h), before = error_of(x, nearest, h);
        assert_true(error <= before * (1.0 + 1e-6));
        all += error;
        all_before += before;
        for (size_t k = 0; k < N; k++)
            for (int step = -1; step <= 1; step += 2) {
                codes[k] = (int8_t)(codes[k] + step);
                assert_true(error_of(x, codes, h) > error - 2e-3 * h[k * N + k]);
                codes[k] = (int8_t)(codes[k] - step);
            }
        free(w);
    }
    assert_true(all < 0.8 * all_before);
}

static void independent_inputs_stay_nearest(void **state)
{
    float h[N * N] = {0};
    const double x[N] = {3.4, -7.6, 0.2, 126.7};
    int8_t codes[N] = {3, -8, 0, 127};
    const int8_t want[N] = {3, -8, 0, 127};
    (void)state;
    for (size_t k = 0; k < N; k++) h[k * N + k] = (float)(k + 1);
    rq_round_space space = {N, 1, h, 1.0f, NULL, 127, false};
    run_codes(codes, x, &space);
    assert_memory_equal(codes, want, N);
}

/* Pairs at the edge of saturation: codes stay safe, within limits, and get better by trade. */
static void repaired_pairs_stay_safe(void **state)
{
    int fell = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        float h[N * N];
        double x[N] = {100.0 + (double)seed, 60.0, -90.0, -127.0 + (double)seed};
        int8_t codes[N] = {64, 64, -64, -64}, start[N] = {64, 64, -64, -64};
        make_moment(h, seed);
        rq_round_space space = {N, 2, h, 1.0f, NULL, 127, true};
        run_codes(codes, x, &space);
        assert_true(is_safe(codes));
        for (size_t k = 0; k < N; k++) assert_true(abs(codes[k]) <= 127);
        assert_true(error_of(x, codes, h) <= error_of(x, start, h));
        fell += error_of(x, codes, h) < 0.9 * error_of(x, start, h);
    }
    assert_true(fell > 25);
}

/* Channels that are given together get what each gets alone, whether sums may saturate or not. */
static void channels_know_nothing_of_each_other(void **state)
{
    enum { WIDTH = 70, CHANNELS = RQ_ROUND_CHANNELS };
    static float h[WIDTH * WIDTH], curves[WIDTH], gradient[2][CHANNELS * WIDTH];
    static int8_t codes[2][CHANNELS * WIDTH];
    float *rows = noise(200 * WIDTH, 1), *start = noise(CHANNELS * WIDTH, 2);
    (void)state;
    for (size_t i = 0; i < WIDTH; i++)
        for (size_t k = 0; k < WIDTH; k++)
            for (size_t r = 0; r < 200; r++)
                h[i * WIDTH + k] += (rows[r * WIDTH + i] + 1.0f) * (rows[r * WIDTH + k] + 1.0f);
    for (size_t k = 0; k < WIDTH; k++) curves[k] = h[k * WIDTH + k];
    for (int repair = 0; repair < 2; repair++) {
        const rq_round_space space = {WIDTH, 7, h, 0.7f, curves, 127, repair};
        for (size_t i = 0; i < CHANNELS * WIDTH; i++) {
            gradient[0][i] = gradient[1][i] = 300.0f * start[i];
            codes[0][i] = codes[1][i] = i % 5 ? 0 : 64;
        }
        rq_round_codes(codes[0], gradient[0], CHANNELS, &space);
        for (size_t c = 0; c < CHANNELS; c++)
            rq_round_codes(codes[1] + c * WIDTH, gradient[1] + c * WIDTH, 1, &space);
        assert_memory_equal(codes[0], codes[1], sizeof codes[0]);
        assert_memory_equal(gradient[0], gradient[1], sizeof gradient[0]);
    }
    free(rows);
    free(start);
}

/* -- a layer -------------------------------------------------------------------------------- */

#define INPUTS_ 6
#define SIDE 8
#define IMAGES 24

/* `alike`: inputs share one source, and differ a little. */
static void fill_input(float *x, bool alike, uint64_t seed)
{
    size_t plane = SIDE * SIDE;
    float *own = noise(INPUTS_ * plane, seed), *source = noise(plane, seed + 1000);
    for (size_t i = 0; i < INPUTS_ * plane; i++)
        x[i] = 1.0f + (alike ? source[i % plane] + 0.2f * own[i] : own[i]);
    free(own);
    free(source);
}

typedef struct train {
    net n;
    rq_arena *arena;
    rq_plan_weight w;
    const float *weights;
    int8_t nearest[8 * INPUTS_];
    rq_gram sums;
    rq_round_outcome outcome;
} train;

static void gather(train *f, bool alike, float poison)
{
    float x[INPUTS_ * SIDE * SIDE], *rows;
    assert_ok(rq_gram_open(&f->sums, &f->n.layer, IMAGES, RQ_GRAM_TO_COMPARE));
    rows = malloc(rq_gram_image_floats(&f->sums) * sizeof *rows);
    assert_non_null(rows);
    for (size_t i = 0; i < IMAGES; i++) {
        fill_input(x, alike, i);
        x[0] += i == 0 ? poison : 0.0f;
        for (size_t k = 1; poison != 0.0f && k < SIDE * SIDE; k++) x[k] += poison;
        rq_gram_take(rows, &f->sums, f->sums.layer, x, i);
        rq_gram_add(&f->sums, rows, i);
        if (rq_gram_is_full(&f->sums)) rq_gram_flush(&f->sums);
    }
    rq_gram_flush(&f->sums);
    free(rows);
}

/* A 1x1 convolution of 6 inputs in 4 bits, which loses enough to see. */
static void open_fit(train *f, int64_t outputs, bool alike, float poison, bool biased)
{
    size_t n = (size_t)outputs;
    memset(f, 0, sizeof *f);
    assert_ok(rq_graph_create(&f->n.g, "test"));
    rq_id x = build_input(f->n.g, "x", RQ_DT_F32, SHAPE(1, INPUTS_, SIDE, SIDE));
    open_net(&f->n, build_conv(f->n.g, "c", x, outputs, INPUTS_, 1), 1);
    assert_ok(rq_arena_create(&f->arena));
    f->weights = f->n.bound->values[f->n.point.value].data;
    f->w.point = f->n.point;
    f->w.layout = f->n.layout;
    f->w.code_limit = 7;
    f->w.codes.codes = rq_arena_alloc(f->arena, n * INPUTS_, 1);
    f->w.codes.scales = rq_arena_alloc(f->arena, n, sizeof(float));
    f->w.bias_shift = biased ? rq_arena_alloc(f->arena, n, sizeof(float)) : NULL;
    for (size_t c = 0; c < n; c++) f->w.codes.scales[c] = 0.5f / 7.0f;
    for (size_t i = 0; i < n * INPUTS_; i++)
        f->w.codes.codes[i] = (int8_t)nearbyintf(f->weights[i] * 14.0f);
    gather(f, alike, poison);
}

static void fit(train *f, bool alike, float poison, bool biased)
{
    open_fit(f, 8, alike, poison, biased);
    memcpy(f->nearest, f->w.codes.codes, sizeof f->nearest);
    assert_ok(rq_round_layer(&f->outcome, &f->w, f->weights, &f->sums, 1));
}

static void close_fit(train *f)
{
    rq_gram_close(&f->sums);
    rq_arena_destroy(&f->arena);
    close_net(&f->n);
}

/* Mean square at the output on an image that was not seen, about the mean when that is a bias's. */
static double fresh_error(const train *f, const int8_t *codes, bool alike)
{
    float x[INPUTS_ * SIDE * SIDE];
    const float *weights = f->weights;
    double sum = 0.0;
    fill_input(x, alike, 777);
    for (size_t c = 0; c < 8; c++)
        for (size_t p = 0; p < SIDE * SIDE; p++) {
            double lost = 0.0;
            for (size_t k = 0; k < INPUTS_; k++)
                lost += (weights[c * INPUTS_ + k] - codes[c * INPUTS_ + k] * f->w.codes.scales[c]) *
                        (x[k * SIDE * SIDE + p] - (f->w.bias_shift ? 1.0 : 0.0));
            sum += lost * lost;
        }
    return sum / (8 * SIDE * SIDE);
}

static void inputs_that_are_alike_are_made_use_of(void **state)
{
    (void)state;
    for (int biased = 0; biased < 2; biased++) {
        train f;
        fit(&f, true, 0.0f, biased);
        assert_int_not_equal(f.outcome.kept, RQ_ROUND_NEAREST);
        assert_true(f.outcome.error[f.outcome.kept] < 0.7 * f.outcome.error[RQ_ROUND_NEAREST]);
        assert_true(fresh_error(&f, f.w.codes.codes, true) <
                    0.7 * fresh_error(&f, f.nearest, true));
        for (size_t i = 0; i < sizeof f.nearest; i++)
            assert_true(abs(f.w.codes.codes[i]) <= f.w.code_limit);
        close_fit(&f);
    }
}

static void threads_change_nothing(void **state)
{
    enum { OUTPUTS = 200 };
    int8_t codes[2][OUTPUTS * INPUTS_];
    rq_round_outcome outcomes[2];
    (void)state;
    for (int k = 0; k < 2; k++) {
        train f;
        open_fit(&f, OUTPUTS, true, 0.0f, true);
        assert_ok(rq_round_layer(&outcomes[k], &f.w, f.weights, &f.sums, k ? 3 : 1));
        memcpy(codes[k], f.w.codes.codes, sizeof codes[k]);
        close_fit(&f);
    }
    assert_int_not_equal(outcomes[0].kept, RQ_ROUND_NEAREST);
    assert_memory_equal(&outcomes[0], &outcomes[1], sizeof outcomes[0]);
    assert_memory_equal(codes[0], codes[1], sizeof codes[0]);
}

/* Of layers of 16, 2 and 4 inputs the first takes most. */
static void a_limit_leaves_out_what_takes_most(void **state)
{
    static const size_t widths[] = {16, 2, 4};
    rq_round_target targets[3];
    rq_plan_weight weights[3];
    (void)state;
    memset(targets, 0, sizeof targets);
    memset(weights, 0, sizeof weights);
    for (size_t i = 0; i < 3; i++) {
        weights[i].layout = (rq_weight_layout){.groups = 1, .outputs = 8};
        targets[i].weight = i;
        targets[i].input =
            (rq_im2col){.groups = 1, .inputs = widths[i], .width = widths[i], .positions = 100};
    }
    rq_quant_plan plan = {.weights = weights, .n_weights = 3};
    rq_round_set set = {.layers = targets, .n = 3};
    assert_int_equal(rq_round_set_weight_bytes(&set, &plan), 8 * (16 + 2 + 4) * sizeof(float));
    assert_ok(rq_round_set_limit(&set, &plan, 60e-6, 24));
    assert_int_equal(set.n, 2);
    assert_int_equal(set.layers[0].weight, 1);
    assert_int_equal(set.layers[1].weight, 2);
    assert_null(weights[1].rounding);
    assert_non_null(strstr(weights[0].rounding, "limit of work"));
}

/* But for weights about half way between two codes, which may fall to either side. */
static void inputs_that_are_not_alike_change_nothing(void **state)
{
    train f;
    (void)state;
    fit(&f, false, 0.0f, true);
    const float *weights = f.weights;
    for (size_t i = 0; i < sizeof f.nearest; i++) {
        float x = weights[i] / f.w.codes.scales[0];
        if (f.w.codes.codes[i] != f.nearest[i])
            assert_true(fabsf(fabsf(x - floorf(x)) - 0.5f) < 0.1f);
    }
    close_fit(&f);
}

static void inputs_that_are_not_finite_change_nothing(void **state)
{
    const float poisons[] = {NAN, INFINITY};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        train f;
        fit(&f, true, poisons[i], true);
        assert_int_equal(f.outcome.kept, RQ_ROUND_NEAREST);
        assert_memory_equal(f.w.codes.codes, f.nearest, sizeof f.nearest);
        close_fit(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_a_convolution),
        cmocka_unit_test(rows_of_groups),
        cmocka_unit_test(rows_of_an_auto_pad),
        cmocka_unit_test(rows_of_products),
        cmocka_unit_test(transposed_convolutions_are_left),
        cmocka_unit_test(codes_are_a_local_optimum),
        cmocka_unit_test(independent_inputs_stay_nearest),
        cmocka_unit_test(repaired_pairs_stay_safe),
        cmocka_unit_test(channels_know_nothing_of_each_other),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(a_limit_leaves_out_what_takes_most),
        cmocka_unit_test(inputs_that_are_alike_are_made_use_of),
        cmocka_unit_test(inputs_that_are_not_alike_change_nothing),
        cmocka_unit_test(inputs_that_are_not_finite_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
