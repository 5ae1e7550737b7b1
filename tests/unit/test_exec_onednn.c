/* The onednn backend against the reference backend: random image networks in numbers, with and
 * without observers; quantized layers in integers, which may differ by one code where a number lies
 * between two. Every instruction set that the CPU has: the program runs itself again with less. */
#include "tests/unit/test.h"

#include "engine/base/cpu.h"
#include "engine/base/rng.h"
#include "engine/exec/exec.h"
#include "tests/unit/each_isa.h"
#include "tests/unit/graph_builder.h"

#define NETS 60
#define LAYERS 12
#define MAX_ELEMENTS 128

typedef struct net {
    rq_graph *g;
    rq_rng rng;
    rq_id values[MAX_ELEMENTS];
    rq_shape shapes[MAX_ELEMENTS];
    size_t n;
    bool dead; /* some channels have weights that are next to nothing */
} net;

static int64_t below(net *t, int64_t n)
{
    return (int64_t)rq_rng_below(&t->rng, (uint64_t)n);
}

static void add(net *t, rq_id value, rq_shape shape)
{
    t->values[t->n] = value;
    t->shapes[t->n++] = shape;
}

static const char *pair(char text[48], int64_t a, int64_t b)
{
    snprintf(text, 48, "%lld,%lld", (long long)a, (long long)b);
    return text;
}

/* -- layers in numbers ----------------------------------------------------------------------- */

typedef struct window {
    int64_t kernel[2], stride[2], dilation[2], begin[2], end[2], out[2];
} window;

static window random_window(net *t, const rq_shape *in)
{
    window w;
    for (int d = 0; d < 2; d++) {
        w.kernel[d] = 1 + below(t, 4);
        w.stride[d] = 1 + below(t, 2);
        w.dilation[d] = 1 + below(t, 2);
        w.begin[d] = below(t, w.kernel[d]);
        w.end[d] = below(t, w.kernel[d]);
        int64_t reach = w.dilation[d] * (w.kernel[d] - 1) + 1;
        if (in->d[2 + d] + w.begin[d] + w.end[d] < reach) w.begin[d] = w.end[d] = reach;
        w.out[d] = (in->d[2 + d] + w.begin[d] + w.end[d] - reach) / w.stride[d] + 1;
    }
    return w;
}

static rq_id build_window(net *t, const char *type, const window *w, const rq_id *in)
{
    char s[48], d[48], b[48], e[48];
    return build(t->g, "conv", type,
                 ATTRS("strides", pair(s, w->stride[0], w->stride[1]), "dilations",
                       pair(d, w->dilation[0], w->dilation[1]), "pads_begin",
                       pair(b, w->begin[0], w->begin[1]), "pads_end",
                       pair(e, w->end[0], w->end[1])),
                 in, 2);
}

static void add_convolution(net *t, size_t at)
{
    const rq_shape in = t->shapes[at];
    window w = random_window(t, &in);
    int64_t groups = below(t, 3) ? 1 : in.d[1], outputs = groups > 1    ? 1
                                                          : below(t, 2) ? 8 * (1 + below(t, 3))
                                                                        : 1 + below(t, 19);
    rq_shape weights = groups > 1 ? SHAPE(groups, 1, 1, w.kernel[0], w.kernel[1])
                                  : SHAPE(outputs, in.d[1], w.kernel[0], w.kernel[1]);
    rq_id id = build_window(t, groups > 1 ? "GroupConvolution" : "Convolution", &w,
                            (rq_id[]){t->values[at], build_weights(t->g, "w", weights)});
    rq_shape out = SHAPE(in.d[0], groups * outputs, w.out[0], w.out[1]);
    if (below(t, 2)) id = build_with_const(t->g, "bias", "Add", id, out.d[1]);
    add(t, id, out);
}

static void add_deconvolution(net *t, size_t at)
{
    const rq_shape in = t->shapes[at];
    char s[48];
    int64_t k = 1 + below(t, 3), stride = below(t, 2) ? k : 1 + below(t, 2), o = 1 + below(t, 9);
    rq_id w = build_weights(t->g, "w", SHAPE(in.d[1], o, k, k));
    rq_id id = build(t->g, "deconv", "ConvolutionBackpropData",
                     ATTRS("strides", pair(s, stride, stride), "dilations", "1,1", "pads_begin",
                           "0,0", "pads_end", "0,0"),
                     INPUTS(t->values[at], w));
    rq_shape out = SHAPE(in.d[0], o, (in.d[2] - 1) * stride + k, (in.d[3] - 1) * stride + k);
    if (below(t, 2)) id = build_with_const(t->g, "bias", "Add", id, o);
    add(t, id, out);
}

static void add_function(net *t, size_t at)
{
    static const char *const types[] = {"ReLU", "Sigmoid", "Tanh", "HSwish",  "HSigmoid",
                                        "Mish", "Swish",   "Abs",  "SoftPlus"};
    size_t which = (size_t)below(t, 12);
    rq_id x = t->values[at];
    if (which == 11)
        x = build_with_const(t->g, "prelu", "PReLU", x, below(t, 2) ? 1 : t->shapes[at].d[1]);
    else if (which == 9)
        x = build(t->g, "clamp", "Clamp", ATTRS("min", "-0.5", "max", "0.75"), INPUTS(x));
    else if (which == 10)
        x = build(t->g, "elu", "Elu", ATTRS("alpha", "0.7"), INPUTS(x));
    else
        x = build_node(t->g, "f", types[which],
                       which == 3 || which == 5 || which == 6 || which == 8 ? "opset4"
                       : which == 4                                         ? "opset5"
                                                                            : "opset1",
                       NO_ATTRS, INPUTS(x), 1)
                ->out[0];
    add(t, x, t->shapes[at]);
}

static void add_with_other(net *t, size_t at)
{
    static const char *const types[] = {"Add", "Multiply", "Subtract", "Maximum"};
    size_t other = (size_t)below(t, (int64_t)t->n);
    const char *type = types[below(t, 4)];
    if (rq_shape_equal(&t->shapes[at], &t->shapes[other]))
        add(t, build(t->g, "ew", type, NO_ATTRS, INPUTS(t->values[at], t->values[other])),
            t->shapes[at]);
    else
        add(t, build_with_const(t->g, "ew", type, t->values[at], t->shapes[at].d[1]),
            t->shapes[at]);
}

/* x times the sigmoid of its mean: squeeze and excitation. */
static void add_gate(net *t, size_t at)
{
    rq_id axes = build_i64(t->g, "axes", SHAPE(2), (const int64_t[]){2, 3});
    rq_id mean =
        build(t->g, "mean", "ReduceMean", ATTRS("keep_dims", "true"), INPUTS(t->values[at], axes));
    rq_id gate = build(t->g, "gate", "Sigmoid", NO_ATTRS, INPUTS(mean));
    add(t, build(t->g, "scaled", "Multiply", NO_ATTRS, INPUTS(t->values[at], gate)), t->shapes[at]);
}

static void add_pool(net *t, size_t at)
{
    const rq_shape in = t->shapes[at];
    char k[48], s[48];
    bool average = below(t, 2);
    if (in.d[2] < 3 || in.d[3] < 3) return;
    int64_t kernel = 2 + below(t, 2), stride = 1 + below(t, 2);
    rq_id x = build(t->g, "pool", average ? "AvgPool" : "MaxPool",
                    ATTRS("kernel", pair(k, kernel, kernel), "strides", pair(s, stride, stride),
                          "pads_begin", "1,0", "pads_end", "0,1", "rounding_type", "floor",
                          "exclude-pad", below(t, 2) ? "true" : "false"),
                    INPUTS(t->values[at]));
    add(t, x,
        SHAPE(in.d[0], in.d[1], (in.d[2] + 1 - kernel) / stride + 1,
              (in.d[3] + 1 - kernel) / stride + 1));
}

/* There and back: views of the same memory. */
static void add_transposes(net *t, size_t at)
{
    rq_id to = build_i64(t->g, "to", SHAPE(4), (const int64_t[]){0, 2, 3, 1});
    rq_id back = build_i64(t->g, "back", SHAPE(4), (const int64_t[]){0, 3, 1, 2});
    rq_id x = build(t->g, "last", "Transpose", NO_ATTRS, INPUTS(t->values[at], to));
    x = build(t->g, "relu", "ReLU", NO_ATTRS, INPUTS(x));
    add(t, build(t->g, "first", "Transpose", NO_ATTRS, INPUTS(x, back)), t->shapes[at]);
}

/* Zeros that a convolution can do itself, seen by somebody else or not. */
static void add_pad(net *t, size_t at)
{
    rq_shape out = t->shapes[at];
    int64_t begin[4] = {0, 0, below(t, 3), below(t, 3)}, end[4] = {0, 0, below(t, 3), below(t, 3)};
    rq_id b = build_i64(t->g, "begin", SHAPE(4), begin), e = build_i64(t->g, "end", SHAPE(4), end);
    for (int d = 2; d < 4; d++) out.d[d] += begin[d] + end[d];
    add(t, build(t->g, "pad", "Pad", ATTRS("pad_mode", "constant"), INPUTS(t->values[at], b, e)),
        out);
    add_convolution(t, t->n - 1);
}

/* Of the value and what follows from it; one value twice now and then. */
static void add_concat(net *t, size_t at)
{
    rq_shape out = t->shapes[at];
    rq_id other = t->values[at];
    if (out.d[1] > 40) return;
    if (below(t, 4)) other = build(t->g, "other", "Sigmoid", NO_ATTRS, INPUTS(other));
    out.d[1] *= 2;
    add(t, build(t->g, "cat", "Concat", ATTRS("axis", "1"), INPUTS(t->values[at], other)), out);
}

static void open_net(net *t, uint64_t seed)
{
    static void (*const layers[])(net *, size_t) = {
        add_convolution, add_convolution, add_function, add_function,   add_with_other,    add_gate,
        add_pool,        add_transposes,  add_concat,   add_with_other, add_deconvolution, add_pad};
    memset(t, 0, sizeof *t);
    rq_rng_seed(&t->rng, seed);
    assert_ok(rq_graph_create(&t->g, "test"));
    rq_shape in = SHAPE(1, 1 + below(t, 20), 5 + below(t, 9), 5 + below(t, 9));
    add(t, build_input(t->g, "x", RQ_DT_F32, in), in);
    for (int i = 0; i < LAYERS; i++) {
        size_t late = t->n > 3 ? t->n - 1 - (size_t)below(t, 3) : (size_t)below(t, (int64_t)t->n);
        layers[below(t, sizeof layers / sizeof layers[0])](t, late);
    }
    build_result(t->g, t->values[t->n - 1]);
    if (t->n > 2) build_result(t->g, t->values[t->n / 2]);
}

/* -- running both ---------------------------------------------------------------------------- */

typedef struct seen {
    float *data[2 * MAX_ELEMENTS];
    size_t n[2 * MAX_ELEMENTS];
    size_t n_channels_last; /* that were seen so */
} seen;

static rq_status keep(void *ctx, rq_id value, const rq_tensor *tensor, bool channels_last)
{
    seen *s = ctx;
    const float *x = tensor->data;
    assert_int_equal(tensor->dtype, RQ_DT_F32);
    size_t n = rq_tensor_count(tensor);
    free(s->data[value]);
    s->data[value] = malloc(n * sizeof(float) + 1);
    assert_non_null(s->data[value]);
    for (size_t i = 0; i < n; i++)
        s->data[value][i] = x[channels_last ? rq_shape_channels_last(&tensor->shape, i) : i];
    s->n[value] = n;
    s->n_channels_last += channels_last;
    return RQ_OK;
}

static void free_seen(seen *s)
{
    for (size_t v = 0; v < 2 * MAX_ELEMENTS; v++) free(s->data[v]);
}

/* Twice in one session, so that a buffer written over shows. Outputs count as seen by the value. */
static void run(seen *out, const rq_graph *g, const char *backend, const uint8_t *observed,
                const rq_tensor *input, bool observed_only)
{
    rq_model *model;
    rq_session *session;
    rq_exec_options options = {
        .backend = backend, .observed = observed, .observed_only = observed_only};
    assert_ok(rq_model_create(&model, g, &options));
    assert_ok(rq_session_create(&session, model));
    for (int i = 0; i < 2; i++)
        assert_ok(rq_session_run(session, input, observed ? keep : NULL, out));
    for (size_t o = 0; o < rq_model_output_count(model) && !observed_only; o++)
        keep(out, rq_model_output_node(model, o)->in[0], rq_session_output(session, o), false);
    rq_session_destroy(&session);
    rq_model_destroy(&model);
}

static rq_tensor random_input(net *t)
{
    rq_tensor in = {RQ_DT_F32, t->shapes[0], NULL};
    size_t n = rq_tensor_count(&in);
    float *data = malloc(n * sizeof *data);
    assert_non_null(data);
    for (size_t i = 0; i < n; i++) data[i] = (float)rq_rng_normal(&t->rng);
    in.data = data;
    return in;
}

static void compare(const seen *got, const seen *want)
{
    for (size_t v = 0; v < 2 * MAX_ELEMENTS; v++) {
        if (!got->data[v] || !want->data[v]) continue;
        float most = 0.0f;
        assert_int_equal(got->n[v], want->n[v]);
        for (size_t i = 0; i < want->n[v]; i++) most = fmaxf(most, fabsf(want->data[v][i]));
        assert_near_f32(got->data[v], want->data[v], want->n[v], 2e-5 * most + 1e-6, 1e-4);
    }
}

/* How many values were seen with channels last. */
static size_t check_net(uint64_t seed, bool observing)
{
    net t;
    seen want = {{NULL}, {0}, 0}, got = {{NULL}, {0}, 0};
    uint8_t observed[2 * MAX_ELEMENTS] = {0}, all[2 * MAX_ELEMENTS];
    memset(all, 1, sizeof all);
    open_net(&t, seed);
    assert_in_range(t.g->n_values, 1, 2 * MAX_ELEMENTS);
    for (size_t v = 1; observing && v < t.n; v++)
        if (below(&t, 3) == 0)
            observed[t.values[v]] = below(&t, 2) ? RQ_OBSERVED_ROW_MAJOR : RQ_OBSERVED_ANY_ORDER;
    rq_tensor in = random_input(&t);
    run(&want, t.g, "reference", all, &in, false);
    run(&got, t.g, "onednn", observing ? observed : NULL, &in, observing && seed % 2);
    for (size_t v = 0; observing && v < 2 * MAX_ELEMENTS; v++)
        if (observed[v]) assert_non_null(got.data[v]);
    compare(&got, &want);
    free_seen(&want);
    free_seen(&got);
    free(in.data);
    rq_graph_destroy(&t.g);
    return got.n_channels_last;
}

static void test_random_networks(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < NETS; seed++) {
        print_message("seed %d\r", (int)seed);
        (void)check_net(seed, false);
    }
}

static void test_random_networks_observed(void **state)
{
    (void)state;
    size_t channels_last = 0;
    for (uint64_t seed = 1000; seed < 1000 + NETS; seed++) {
        print_message("seed %d\r", (int)seed);
        channels_last += check_net(seed, true);
    }
    if (rq_cpu_has(RQ_ISA_AVX512)) assert_true(channels_last > 0);
}

/* -- integers -------------------------------------------------------------------------------- */

typedef struct steps {
    float scale;
    int zero_point, levels;
} steps;

static net begin(uint64_t seed)
{
    net t = {.n = 0};
    rq_rng_seed(&t.rng, seed);
    assert_ok(rq_graph_create(&t.g, "test"));
    return t;
}

static rq_shape add_image(net *t)
{
    rq_shape shape = SHAPE(1, 1 + below(t, 24), 4 + below(t, 8), 4 + below(t, 8));
    add(t, build_input(t->g, "x", RQ_DT_F32, shape), shape);
    return shape;
}

/* Every value is seen in the reference, where nothing is fused then. */
static void run_both(seen *want, seen *got, net *t)
{
    uint8_t all[2 * MAX_ELEMENTS];
    memset(all, 1, sizeof all);
    rq_tensor in = random_input(t);
    run(want, t->g, "reference", all, &in, false);
    run(got, t->g, "onednn", NULL, &in, false);
    free(in.data);
}

static rq_id build_scalar(rq_graph *g, float x)
{
    rq_node *node;
    rq_shape one = SHAPE(1);
    assert_ok(rq_graph_add_const(&node, g, "range", RQ_DT_F32, &one, &x));
    return node->out[0];
}

static rq_id build_fq(net *t, rq_id x, const steps *q)
{
    char levels[32];
    float low = (float)-q->zero_point * q->scale;
    float high = (float)(q->levels - 1 - q->zero_point) * q->scale;
    rq_id lo = build_scalar(t->g, low), hi = build_scalar(t->g, high);
    snprintf(levels, sizeof levels, "%d", q->levels);
    return build(t->g, "fq", "FakeQuantize", ATTRS("levels", levels), INPUTS(x, lo, hi, lo, hi));
}

/* Of channel c. */
static float channel_scale(const steps *q, int64_t c)
{
    return q->scale * (1.0f + 0.375f * (float)(c % 3));
}

/* One range per channel. */
static rq_id build_fq_channels(net *t, rq_id x, const steps *q, int64_t channels)
{
    char levels[32];
    float low[64], high[64];
    rq_node *lo, *hi;
    rq_shape per = SHAPE(1, channels, 1, 1);
    assert_in_range(channels, 1, 64);
    for (int64_t c = 0; c < channels; c++) {
        low[c] = (float)-q->zero_point * channel_scale(q, c);
        high[c] = (float)(q->levels - 1 - q->zero_point) * channel_scale(q, c);
    }
    assert_ok(rq_graph_add_const(&lo, t->g, "low", RQ_DT_F32, &per, low));
    assert_ok(rq_graph_add_const(&hi, t->g, "high", RQ_DT_F32, &per, high));
    snprintf(levels, sizeof levels, "%d", q->levels);
    return build(t->g, "fq", "FakeQuantize", ATTRS("levels", levels),
                 INPUTS(x, lo->out[0], hi->out[0], lo->out[0], hi->out[0]));
}

/* i8 Constant -> Convert -> Multiply; codes whose pairs stay within int16 on every CPU. */
static rq_id build_codes(net *t, rq_shape shape, int scale_axis, const char *type)
{
    size_t n = rq_shape_count(&shape);
    int8_t *codes = malloc(n);
    float *scales = malloc((size_t)shape.d[scale_axis] * sizeof *scales);
    rq_shape per = {.rank = shape.rank};
    rq_node *node, *factor;
    assert_non_null(codes);
    assert_non_null(scales);
    for (int d = 0; d < shape.rank; d++) per.d[d] = d == scale_axis ? shape.d[d] : 1;
    for (size_t i = 0; i < n; i++) codes[i] = (int8_t)(below(t, 127) - 63);
    for (int64_t i = 0; i < shape.d[scale_axis]; i++)
        scales[i] = t->dead && i % 3 == 1
                        ? 1e-38f
                        : 0.001f * (float)(1.0 + 20.0 * rq_rng_unit(&t->rng)); /* no ties */
    assert_ok(rq_graph_add_const(&node, t->g, type, RQ_DT_I8, &shape, codes));
    assert_ok(rq_graph_add_const(&factor, t->g, "scale", RQ_DT_F32, &per, scales));
    free(codes);
    free(scales);
    rq_id numbers =
        build(t->g, "convert", "Convert", ATTRS("destination_type", "f32"), INPUTS(node->out[0]));
    return build(t->g, "weights", "Multiply", NO_ATTRS, INPUTS(numbers, factor->out[0]));
}

static steps random_steps(net *t, float scale)
{
    int levels = below(t, 3) ? 256 : 255;
    static const int zeros[] = {0, 128, 17, 200};
    return (steps){scale * (float)(1 + below(t, 4)), zeros[below(t, 4)], levels};
}

static rq_id build_integer_layer(net *t, rq_id x, rq_shape *shape)
{
    int64_t kind = below(t, 5), k = 1 + below(t, 3), o = 1 + below(t, 33);
    window w = {{k, k}, {1, 1}, {1, 1}, {k / 2, 0}, {0, k / 2}, {0, 0}};
    char s[48];
    if (kind == 0) { /* one channel each */
        for (int d = 0; d < 2; d++) w.out[d] = shape->d[2 + d] + w.begin[d] + w.end[d] - k + 1;
        rq_id weights = build_codes(t, SHAPE(shape->d[1], 1, 1, k, k), 0, "w");
        *shape = SHAPE(1, shape->d[1], w.out[0], w.out[1]);
        return build_window(t, "GroupConvolution", &w, (rq_id[]){x, weights});
    }
    if (kind == 1) { /* transposed, without overlap */
        rq_id weights = build_codes(t, SHAPE(shape->d[1], o, k, k), 1, "w");
        *shape = SHAPE(1, o, shape->d[2] * k, shape->d[3] * k);
        return build(t->g, "deconv", "ConvolutionBackpropData",
                     ATTRS("strides", pair(s, k, k), "dilations", "1,1", "pads_begin", "0,0",
                           "pads_end", "0,0"),
                     INPUTS(x, weights));
    }
    if (kind == 2) { /* transposed, twice as large */
        int64_t size = 3 + below(t, 2);
        o = 64;
        rq_id weights = build_codes(t, SHAPE(shape->d[1], o, size, size), 1, "w");
        *shape = SHAPE(1, o, shape->d[2] * 2, shape->d[3] * 2);
        return build(t->g, "deconv", "ConvolutionBackpropData",
                     ATTRS("strides", "2,2", "dilations", "1,1", "pads_begin", "1,1", "pads_end",
                           size == 3 ? "0,0" : "1,1"),
                     INPUTS(x, weights));
    }
    for (int d = 0; d < 2; d++) w.out[d] = shape->d[2 + d] + w.begin[d] + w.end[d] - k + 1;
    rq_id weights = build_codes(t, SHAPE(o, shape->d[1], k, k), 0, "w");
    *shape = SHAPE(1, o, w.out[0], w.out[1]);
    return build_window(t, "Convolution", &w, (rq_id[]){x, weights});
}

static rq_id build_activation(net *t, rq_id x)
{
    switch (below(t, 4)) {
    case 0:
        return build(t->g, "relu", "ReLU", NO_ATTRS, INPUTS(x));
    case 1:
        return build_node(t->g, "hswish", "HSwish", "opset4", NO_ATTRS, INPUTS(x), 1)->out[0];
    case 2:
        return build(t->g, "clamp", "Clamp", ATTRS("min", "0", "max", "1.47"), INPUTS(x));
    default:
        return x;
    }
}

/* x * 0.75 - 0.125 */
static rq_id build_affine(net *t, rq_id x)
{
    x = build(t->g, "mul", "Multiply", NO_ATTRS, INPUTS(x, build_scalar(t->g, 0.75f)));
    return build(t->g, "add", "Add", NO_ATTRS, INPUTS(x, build_scalar(t->g, -0.125f)));
}

/* Twice as high and wide, nearest. */
static rq_id build_double(net *t, rq_id x, rq_shape *shape)
{
    rq_node *factors;
    rq_shape two = SHAPE(2);
    assert_ok(rq_graph_add_const(&factors, t->g, "factors", RQ_DT_F32, &two, (float[]){2, 2}));
    rq_node *axes;
    assert_ok(rq_graph_add_const(&axes, t->g, "axes", RQ_DT_I64, &two, (int64_t[]){2, 3}));
    shape->d[2] *= 2;
    shape->d[3] *= 2;
    return build_node(t->g, "resize", "Interpolate", "opset11",
                      ATTRS("mode", "nearest", "shape_calculation_mode", "scales",
                            "coordinate_transformation_mode", "half_pixel", "nearest_mode",
                            "round_prefer_ceil"),
                      INPUTS(x, factors->out[0], axes->out[0]), 1)
        ->out[0];
}

/* Codes may differ by one where a number lies in the middle between two, and that is rare. */
static void compare_codes(const float *got, const float *want, size_t n, float scale)
{
    size_t apart = 0;
    for (size_t i = 0; i < n; i++) {
        float codes = fabsf(got[i] - want[i]) / scale;
        if (!(codes <= 1.01f)) fail_msg("[%zu of %zu]: got %g, want %g", i, n, got[i], want[i]);
        apart += codes > 0.5f;
    }
    if (apart > 1 + n / 200) fail_msg("%zu of %zu codes differ", apart, n);
}

static void check_integers(uint64_t seed)
{
    net t = begin(seed);
    seen want = {{NULL}, {0}, 0}, got = {{NULL}, {0}, 0};
    rq_shape shape = add_image(&t);
    steps in_steps = random_steps(&t, 0.01f), out_steps = random_steps(&t, 0.02f);
    rq_id x = build_fq(&t, t.values[0], &in_steps);
    rq_id y = build_integer_layer(&t, x, &shape);
    for (int64_t biases = below(&t, 3); biases > 0; biases--)
        y = build_with_const(t.g, "bias", "Add", y, shape.d[1]);
    y = build_activation(&t, y);
    if (below(&t, 2)) y = build_affine(&t, y);
    y = build_fq(&t, y, &out_steps);
    if (below(&t, 2)) { /* a sum of codes */
        y = build(t.g, "sum", "Add", NO_ATTRS, INPUTS(y, y));
        out_steps.scale *= 2.0f;
        y = build_fq(&t, y, &out_steps);
    }
    build_result(t.g, y);
    run_both(&want, &got, &t);
    compare_codes(got.data[y], want.data[y], want.n[y], out_steps.scale);
    free_seen(&want);
    free_seen(&got);
    rq_graph_destroy(&t.g);
}

/* In units of each channel's scale. */
static void divide_channels(float *x, const rq_shape *shape, const steps *q)
{
    size_t positions = rq_shape_span(shape, 2, shape->rank), n = rq_shape_count(shape);
    for (size_t i = 0; i < n; i++)
        x[i] /= channel_scale(q, (int64_t)(i / positions % (size_t)shape->d[1]));
}

/* One range per channel behind a layer of codes, resized as codes. */
static void check_channels(uint64_t seed)
{
    net t = begin(seed);
    seen want = {{NULL}, {0}, 0}, got = {{NULL}, {0}, 0};
    rq_shape shape = add_image(&t);
    steps in_steps = random_steps(&t, 0.01f), out_steps = random_steps(&t, 0.02f);
    rq_id y = build_fq(&t, t.values[0], &in_steps);
    y = build_integer_layer(&t, y, &shape);
    if (below(&t, 2)) y = build_with_const(t.g, "bias", "Add", y, shape.d[1]);
    y = build_activation(&t, y);
    if (below(&t, 2)) y = build_affine(&t, y);
    y = build_fq_channels(&t, y, &out_steps, shape.d[1]);
    if (below(&t, 2)) y = build_double(&t, y, &shape);
    build_result(t.g, y);
    run_both(&want, &got, &t);
    divide_channels(got.data[y], &shape, &out_steps);
    divide_channels(want.data[y], &shape, &out_steps);
    compare_codes(got.data[y], want.data[y], want.n[y], 1.0f);
    free_seen(&want);
    free_seen(&got);
    rq_graph_destroy(&t.g);
}

/* Their outputs are their biases. */
static void test_dead_channels(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < NETS; seed++) {
        print_message("seed %d\r", (int)seed);
        net t = begin(seed);
        seen want = {{NULL}, {0}, 0}, got = {{NULL}, {0}, 0};
        t.dead = true;
        rq_shape shape = add_image(&t);
        steps in_steps = random_steps(&t, 0.01f);
        rq_id y = build_fq(&t, t.values[0], &in_steps);
        y = build_integer_layer(&t, y, &shape);
        y = build_with_const(t.g, "bias", "Add", y, shape.d[1]);
        build_result(t.g, y);
        run_both(&want, &got, &t);
        assert_near_f32(got.data[y], want.data[y], want.n[y], 1e-4, 1e-4);
        free_seen(&want);
        free_seen(&got);
        rq_graph_destroy(&t.g);
    }
}

static void test_codes_of_channels(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3 * NETS; seed++) {
        print_message("seed %d\r", (int)seed);
        check_channels(seed);
    }
}

static void test_integers_are_fake_quantize(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3 * NETS; seed++) {
        print_message("seed %d\r", (int)seed);
        check_integers(seed);
    }
}

/* [rows, inputs] codes times integer weights, each transposed or not. */
static void check_product(uint64_t seed)
{
    net t = begin(seed);
    seen want = {{NULL}, {0}, 0}, got = {{NULL}, {0}, 0};
    bool transposed = below(&t, 2), turned = seed % 3 == 0;
    int64_t k = 1 + below(&t, 70), n = 1 + below(&t, 40), rows = 1 + below(&t, 5);
    rq_shape shape = turned ? SHAPE(2, k, rows) : SHAPE(1, rows, k);
    add(&t, build_input(t.g, "x", RQ_DT_F32, shape), shape);
    steps q = {0.01f, 128, 256};
    rq_id x = build_fq(&t, t.values[0], &q);
    rq_id w = build_codes(&t, transposed ? SHAPE(n, k) : SHAPE(k, n), transposed ? 0 : 1, "w");
    rq_id y = build(t.g, "mm", "MatMul",
                    ATTRS("transpose_a", turned ? "true" : "false", "transpose_b",
                          transposed ? "true" : "false"),
                    INPUTS(x, w));
    build_result(t.g, y);
    run_both(&want, &got, &t);
    compare(&got, &want);
    free_seen(&want);
    free_seen(&got);
    rq_graph_destroy(&t.g);
}

static void test_products_of_codes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < NETS; seed++) check_product(seed);
}

/* Ranges by dim 1 behind a product, whose own channels are the last dim: of codes and weights, or
 * of two values. */
static void check_product_by_channel(uint64_t seed)
{
    net t = begin(seed);
    seen want = {{NULL}, {0}, 0}, got = {{NULL}, {0}, 0};
    bool weights = below(&t, 2), turned = weights && below(&t, 2);
    int64_t c = 2 + below(&t, 6), k = 1 + below(&t, 40), n = 1 + below(&t, 12);
    int64_t rows = 1 + below(&t, 5);
    rq_shape shape = turned ? SHAPE(1, c, k, rows) : SHAPE(1, c, rows, k);
    rq_shape out = SHAPE(1, c, rows, weights ? n : rows);
    add(&t, build_input(t.g, "x", RQ_DT_F32, shape), shape);
    steps q = {0.01f, 128, 256}, to = random_steps(&t, 0.02f);
    rq_id x = build_fq(&t, t.values[0], &q);
    rq_id w = weights ? build_codes(&t, SHAPE(k, n), 1, "w") : x;
    rq_id y = build(
        t.g, "mm", "MatMul",
        ATTRS("transpose_a", turned ? "true" : "false", "transpose_b", weights ? "false" : "true"),
        INPUTS(x, w));
    y = build_fq_channels(&t, y, &to, c);
    build_result(t.g, y);
    run_both(&want, &got, &t);
    divide_channels(got.data[y], &out, &to);
    divide_channels(want.data[y], &out, &to);
    compare_codes(got.data[y], want.data[y], want.n[y], 1.0f);
    free_seen(&want);
    free_seen(&got);
    rq_graph_destroy(&t.g);
}

static void test_products_by_channel(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < NETS; seed++) {
        print_message("seed %d\r", (int)seed);
        check_product_by_channel(seed);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_networks),
        cmocka_unit_test(test_random_networks_observed),
        cmocka_unit_test(test_integers_are_fake_quantize),
        cmocka_unit_test(test_dead_channels),
        cmocka_unit_test(test_codes_of_channels),
        cmocka_unit_test(test_products_of_codes),
        cmocka_unit_test(test_products_by_channel),
    };
    return run_each_isa(cmocka_run_group_tests(tests, NULL, NULL), argc, argv);
}
