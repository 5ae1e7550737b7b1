/* Layers that stand alone in the onednn backend, against their reference kernels on random shapes:
 * padded convolutions, normalizations, reductions, recurrent layers. Every instruction set that the
 * CPU has. */
#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "engine/exec/exec.h"
#include "engine/exec/onednn/dnnl.h"
#include "tests/unit/each_isa.h"
#include "tests/unit/one_layer.h"

/* -- convolutions ----------------------------------------------------------------------------- */

/* Padding that follows from sizes, an odd number of elements of it; pads that are written do not
 * count beside it. */
static void check_auto_pad(const char *type, rq_shape weights, const char *auto_pad, bool sized)
{
    layer t = {.shape = SHAPE(2, 4, 7, 9)};
    rq_rng_seed(&t.rng, 1);
    assert_ok(rq_graph_create(&t.g, "test"));
    t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
    rq_id in[3] = {t.x, build_weights(t.g, "w", weights)};
    if (sized) in[2] = build_i64(t.g, "sizes", SHAPE(2), (const int64_t[]){13, 18});
    close_layer(&t, build_node(t.g, "c", type, "opset1",
                               ATTRS("strides", "2,2", "auto_pad", auto_pad, "pads_begin", "1,1",
                                     "pads_end", "1,1"),
                               in, sized ? 3 : 2, 1));
    check_layer(&t, true);
}

static void test_auto_pad(void **state)
{
    static const char *const pads[] = {"same_upper", "same_lower", "valid"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        bool same = i < 2;
        check_auto_pad("Convolution", SHAPE(5, 4, 4, 3), pads[i], false);
        check_auto_pad("GroupConvolution", SHAPE(2, 3, 2, 4, 3), pads[i], false);
        check_auto_pad("ConvolutionBackpropData", SHAPE(4, 5, 4, 3), pads[i], same);
        check_auto_pad("GroupConvolutionBackpropData", SHAPE(2, 2, 3, 4, 3), pads[i], same);
        check_auto_pad("ConvolutionBackpropData", SHAPE(4, 5, 2, 2), pads[i], false);
    }
}

/* Strides of transposed convolutions whose windows overlap, are cut off, leave gaps. */
static void check_phases(int64_t kernel, const char *stride, const char *begin, const char *end,
                         const char *more)
{
    layer t = {.shape = SHAPE(2, 5, 7, 9)};
    rq_rng_seed(&t.rng, 1);
    assert_ok(rq_graph_create(&t.g, "test"));
    t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
    rq_id w = build_weights(t.g, "w", SHAPE(5, 16, kernel, kernel));
    rq_id y = build(t.g, "c", "ConvolutionBackpropData",
                    ATTRS("strides", stride, "dilations", "1,1", "pads_begin", begin, "pads_end",
                          end, "output_padding", more),
                    INPUTS(t.x, w));
    close_layer(&t, rq_value_producer(t.g, build_with_const(t.g, "bias", "Add", y, 16)));
    check_layer(&t, true);
}

static void test_phases(void **state)
{
    (void)state;
    check_phases(4, "2,2", "1,1", "1,1", "0,0");
    check_phases(3, "2,2", "1,1", "1,1", "1,1");
    check_phases(3, "2,2", "0,0", "0,0", "0,0");
    check_phases(3, "2,2", "0,0", "1,1", "0,0");
    check_phases(5, "2,2", "2,2", "2,2", "1,1");
    check_phases(5, "3,3", "1,1", "1,1", "0,0");
    check_phases(4, "4,2", "0,1", "0,1", "0,0");
    check_phases(4, "1,2", "1,1", "2,1", "0,0");
    check_phases(3, "2,2", "2,2", "2,2", "1,1");
    check_phases(2, "3,3", "0,0", "0,0", "1,1");
    check_phases(7, "2,2", "5,5", "5,5", "1,1");
}

/* Sounds and texts: one element wide. */
static void check_column(const char *type, rq_shape weights)
{
    layer t = {.shape = SHAPE(2, 4, 37, 1)};
    rq_rng_seed(&t.rng, 1);
    assert_ok(rq_graph_create(&t.g, "test"));
    t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
    close_layer(&t, build_node(t.g, "c", type, "opset1",
                               ATTRS("strides", "2,1", "dilations", "3,1", "pads_begin", "4,0",
                                     "pads_end", "1,0"),
                               INPUTS(t.x, build_weights(t.g, "w", weights)), 1));
    check_layer(&t, true);
}

static void test_columns(void **state)
{
    (void)state;
    check_column("Convolution", SHAPE(5, 4, 4, 1));
    check_column("GroupConvolution", SHAPE(2, 3, 2, 4, 1));
    check_column("ConvolutionBackpropData", SHAPE(4, 5, 4, 1));
    check_column("GroupConvolutionBackpropData", SHAPE(2, 2, 3, 4, 1));
}

/* -- normalizations and reductions ------------------------------------------------------------ */

static void test_mvn(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        layer t;
        open_layer(&t, seed, 2 + (int)(seed % 3));
        int first = (int)from(&t, 1, t.shape.rank - 1);
        int64_t axes[4];
        for (int d = first; d < t.shape.rank; d++) axes[d - first] = d;
        rq_id a = build_i64(t.g, "axes", SHAPE(t.shape.rank - first), axes);
        close_layer(&t, build_node(t.g, "mvn", "MVN", "opset6",
                                   ATTRS("eps", "0.001", "normalize_variance", "true", "eps_mode",
                                         "inside_sqrt"),
                                   INPUTS(t.x, a), 1));
        check_layer(&t, true);
    }
}

static void test_mvn_of_other_dims(void **state)
{
    (void)state;
    layer t;
    open_layer(&t, 7, 4);
    rq_id a = build_i64(t.g, "axes", SHAPE(1), (const int64_t[]){1});
    close_layer(&t, build_node(t.g, "mvn", "MVN", "opset6",
                               ATTRS("eps", "0.001", "normalize_variance", "true", "eps_mode",
                                     "outside_sqrt"),
                               INPUTS(t.x, a), 1));
    check_layer(&t, false);
}

static void test_lrn(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        layer t;
        open_layer(&t, seed, 4);
        bool across = from(&t, 0, 1);
        rq_id a = across ? build_i64(t.g, "axes", SHAPE(1), (const int64_t[]){1})
                         : build_i64(t.g, "axes", SHAPE(2), (const int64_t[]){2, 3});
        close_layer(&t, build_node(t.g, "lrn", "LRN", "opset1",
                                   ATTRS("alpha", "0.3", "beta", "0.75", "bias", "1.5", "size",
                                         from(&t, 0, 1) ? "3" : "5"),
                                   INPUTS(t.x, a), 1));
        check_layer(&t, false); /* the library refuses some shapes */
    }
}

static void test_batch_norm(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        layer t;
        open_layer(&t, seed, 2 + (int)(seed % 4));
        rq_shape c = SHAPE(t.shape.d[1]);
        float variance[64];
        rq_node *v;
        for (int i = 0; i < 64; i++) variance[i] = 0.1f + 0.05f * (float)i;
        assert_ok(rq_graph_add_const(&v, t.g, "v", RQ_DT_F32, &c, variance));
        rq_id gamma = build_weights(t.g, "gamma", c), beta = build_weights(t.g, "beta", c);
        rq_id mean = build_weights(t.g, "mean", c);
        bool old = from(&t, 0, 1);
        close_layer(&t, old ? build_node(t.g, "bn", "BatchNormInference", "opset1",
                                         ATTRS("epsilon", "0.01"),
                                         INPUTS(gamma, beta, t.x, mean, v->out[0]), 1)
                            : build_node(t.g, "bn", "BatchNormInference", "opset5",
                                         ATTRS("epsilon", "0.01"),
                                         INPUTS(t.x, gamma, beta, mean, v->out[0]), 1));
        check_layer(&t, t.shape.rank == 4);
    }
}

static void test_reductions(void **state)
{
    (void)state;
    static const char *const types[] = {"ReduceSum",  "ReduceMean", "ReduceMax", "ReduceMin",
                                        "ReduceProd", "ReduceL1",   "ReduceL2"};
    for (uint64_t seed = 0; seed < 3 * ROUNDS; seed++) {
        layer t;
        open_layer(&t, seed, 2 + (int)(seed % 3));
        int64_t axes[4], n = 0;
        const char *type = types[from(&t, 0, 6)];
        for (int d = 0; d < t.shape.rank; d++)
            if (from(&t, 0, 1)) axes[n++] = d;
        if (n == 0) axes[n++] = t.shape.rank - 1;
        rq_id a = build_i64(t.g, "axes", SHAPE(n), axes);
        close_layer(&t, build_node(t.g, "reduce", type, type[6] == 'L' ? "opset4" : "opset1",
                                   ATTRS("keep_dims", from(&t, 0, 1) ? "true" : "false"),
                                   INPUTS(t.x, a), 1));
        check_layer(&t, false);
    }
}

/* -- recurrent layers -------------------------------------------------------------------------- */

static rq_id scaled_weights(layer *t, const char *name, rq_shape shape)
{
    size_t n = rq_shape_count(&shape);
    float *data = malloc(n * sizeof *data);
    rq_node *node;
    assert_non_null(data);
    for (size_t i = 0; i < n; i++) data[i] = 0.3f * (float)rq_rng_normal(&t->rng);
    assert_ok(rq_graph_add_const(&node, t->g, name, RQ_DT_F32, &shape, data));
    free(data);
    return node->out[0];
}

/* Gives the number of states. */
static int64_t build_recurrent(layer *t, bool lstm, bool sequence, bool two, const char *direction,
                               const char *before, int64_t length)
{
    int64_t n = t->shape.d[0], i = t->shape.d[t->shape.rank - 1], s = from(t, 1, 40);
    int64_t d = two ? 2 : 1, gates = lstm ? 4 : 3;
    int64_t bias = gates + (!lstm && !strcmp(before, "true")), lengths[16];
    char hidden[24], type[24];
    rq_shape state = sequence ? SHAPE(n, d, s) : SHAPE(n, s);
    rq_shape w = sequence ? SHAPE(d, gates * s, i) : SHAPE(gates * s, i);
    rq_shape r = sequence ? SHAPE(d, gates * s, s) : SHAPE(gates * s, s);
    rq_shape b = sequence ? SHAPE(d, bias * s) : SHAPE(bias * s);
    rq_id in[8] = {t->x, scaled_weights(t, "h", state)};
    uint32_t n_in = 2;
    for (int k = 0; k < 16; k++) lengths[k] = length;
    snprintf(hidden, sizeof hidden, "%lld", (long long)s);
    snprintf(type, sizeof type, "%s%s", lstm ? "LSTM" : "GRU", sequence ? "Sequence" : "Cell");
    if (lstm) in[n_in++] = scaled_weights(t, "c", state);
    if (sequence) in[n_in++] = build_i64(t->g, "lengths", SHAPE(n), lengths);
    in[n_in++] = scaled_weights(t, "w", w);
    in[n_in++] = scaled_weights(t, "r", r);
    in[n_in++] = scaled_weights(t, "b", b);
    const char *const attrs[] = {"hidden_size",
                                 hidden,
                                 lstm ? "clip" : "linear_before_reset",
                                 lstm ? "0" : before,
                                 sequence ? "direction" : NULL,
                                 direction,
                                 NULL};
    const char *version = lstm ? sequence ? "opset5" : "opset4" : sequence ? "opset5" : "opset3";
    close_layer(t, build_node(t->g, "rnn", type, version, attrs, in, n_in,
                              (uint32_t)(sequence + 1 + lstm)));
    return s;
}

static void test_recurrent(void **state)
{
    (void)state;
    static const char *const directions[] = {"forward", "reverse", "bidirectional"};
    for (uint64_t seed = 0; seed < 4 * ROUNDS; seed++) {
        layer t;
        bool sequence = seed % 3 != 0;
        open_layer(&t, seed, sequence ? 3 : 2);
        int direction = (int)from(&t, 0, 2);
        bool two = sequence && direction == 2, full = from(&t, 0, 3) != 0;
        int64_t states =
            build_recurrent(&t, from(&t, 0, 1), sequence, two, directions[direction],
                            from(&t, 0, 1) ? "true" : "false",
                            full || !sequence ? t.shape.d[1] : from(&t, 0, t.shape.d[1]));
        check_layer(&t, full && states > 1 && (!two || t.shape.d[0] == 1));
    }
}

/* -- BF16 -------------------------------------------------------------------------------------- */

/* Near the reference where this CPU has it, refused where it has not. */
/* One slope is a function of the library's; one per channel is not. */
static void test_prelu(void **state)
{
    layer t;
    (void)state;
    for (uint64_t seed = 0; seed < 2 * ROUNDS; seed++) {
        open_layer(&t, seed, 4);
        bool single = seed % 2;
        rq_id out = build_with_const(t.g, "prelu", "PReLU", t.x, single ? 1 : t.shape.d[1]);
        close_layer(&t, rq_value_producer(t.g, out));
        check_layer(&t, single);
    }
}

/* A power of two is a square; of other numbers, the operator's own kernel. */
static void test_square(void **state)
{
    static const float exponents[] = {2.0f, 3.0f};
    const rq_shape one = SHAPE(1);
    (void)state;
    for (int i = 0; i < 2; i++) {
        layer t;
        rq_node *exponent;
        open_layer(&t, 5, 3);
        assert_ok(rq_graph_add_const(&exponent, t.g, "n", RQ_DT_F32, &one, &exponents[i]));
        close_layer(&t, build_node(t.g, "power", "Power", "opset1", NULL,
                                   INPUTS(t.x, exponent->out[0]), 1));
        check_layer(&t, i == 0);
    }
}

/* A convolution runs its PReLU of one slope itself. */
static void test_prelu_is_fused(void **state)
{
    layer t;
    rq_model *model;
    const rq_exec_options options = {.backend = "onednn"};
    (void)state;
    open_layer(&t, 4, 4);
    rq_id out = build_conv(t.g, "conv", t.x, 24, t.shape.d[1], 1);
    out = build_with_const(t.g, "prelu", "PReLU", out, 1);
    build_result(t.g, out);
    assert_ok(rq_model_create(&model, t.g, &options));
    assert_string_equal(rq_model_kernel(model, rq_value_producer(t.g, out)->id), "fused");
    rq_model_destroy(&model);
    rq_graph_destroy(&t.g);
}

/* -- attention -------------------------------------------------------------------------------- */

typedef struct attention_case {
    rq_shape keys, mask; /* rank 0: no mask */
    bool scaled, causal, fast;
} attention_case;

/* Queries [2, 3, 5, 8] are the input, keys, values and mask constants. */
static void check_attention(const attention_case *c)
{
    layer t = {.shape = SHAPE(2, 3, 5, 8)};
    rq_rng_seed(&t.rng, 11);
    assert_ok(rq_graph_create(&t.g, "test"));
    t.x = build_input(t.g, "q", RQ_DT_F32, t.shape);
    rq_shape values = c->keys;
    values.d[3] = 6;
    rq_id in[5] = {t.x, build_weights(t.g, "k", c->keys), build_weights(t.g, "v", values)};
    uint32_t n = 3;
    if (c->mask.rank) in[n++] = build_weights(t.g, "mask", c->mask);
    if (c->scaled) in[n++] = build_weights(t.g, "scale", SHAPE(1));
    close_layer(&t, build_node(t.g, "attention", "ScaledDotProductAttention", "opset13",
                               ATTRS("causal", c->causal ? "true" : "false"), in, n, 1));
    check_layer(&t, c->fast);
}

static void test_attention(void **state)
{
    const attention_case cases[] = {
        {SHAPE(2, 3, 7, 8), {0}, false, false, true},
        {SHAPE(2, 3, 7, 8), SHAPE(2, 1, 5, 7), false, false, true},
        {SHAPE(2, 3, 7, 8), SHAPE(1, 1, 1, 7), false, false, true},
        {SHAPE(2, 3, 7, 8), SHAPE(2, 1, 1, 7), true, false, true},
        {SHAPE(2, 3, 7, 8), SHAPE(5, 7), false, false, true},
        {SHAPE(2, 3, 7, 8), SHAPE(5, 1), false, false, false},
        {SHAPE(2, 1, 7, 8), SHAPE(2, 3, 5, 7), false, false, true},
        {SHAPE(1, 3, 7, 8), SHAPE(2, 3, 1, 7), false, false, false},
        {SHAPE(2, 3, 7, 8), {0}, false, true, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case %zu\n", i);
        check_attention(&cases[i]);
    }
}

/* -- rows and columns ------------------------------------------------------------------------- */

/* A number for each element of rows, as behind a normalization; mixed with one per channel. */
static void test_rows_of_operands(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        layer t;
        print_message("seed %d\r", (int)seed);
        open_layer(&t, seed, 3 + (int)(seed % 2));
        int64_t n = t.shape.d[t.shape.rank - 1];
        rq_shape whole = {.rank = t.shape.rank}, channel = whole;
        for (int d = 0; d < whole.rank; d++) whole.d[d] = channel.d[d] = 1;
        whole.d[whole.rank - 1] = n;
        channel.d[1] = t.shape.d[1];
        rq_node *first = build_node(t.g, "scale", "Multiply", "opset1", NULL,
                                    INPUTS(t.x, build_weights(t.g, "row", SHAPE(n))), 1);
        rq_id shift = build_weights(t.g, "shift", seed % 5 ? whole : channel);
        rq_id y = build(t.g, "shifted", "Add", NULL, INPUTS(first->out[0], shift));
        t.step = 0.25f;
        y = seed % 3 ? y : build_codes(&t, y, 128);
        t.step = 0.0f;
        close_layer(&t, first);
        build_result(t.g, seed % 3 ? build_relu(t.g, "relu", y) : y);
        check_layer(&t, true);
    }
}

/* Rows that the graph has as columns take the kernel that rows take. */
static void test_columns_times_a_matrix(void **state)
{
    char kernels[2][64];
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        const rq_exec_options options = {.backend = "onednn"};
        layer t = {.shape = turned ? SHAPE(2, 24, 9) : SHAPE(2, 9, 24)};
        rq_model *model;
        rq_rng_seed(&t.rng, 3);
        assert_ok(rq_graph_create(&t.g, "test"));
        t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
        close_layer(&t, build_node(t.g, "product", "MatMul", "opset1",
                                   ATTRS("transpose_a", turned ? "true" : "false"),
                                   INPUTS(t.x, build_weights(t.g, "w", SHAPE(24, 40))), 1));
        assert_ok(rq_model_create(&model, t.g, &options));
        snprintf(kernels[turned], sizeof kernels[turned], "%s", rq_model_kernel(model, t.node));
        rq_model_destroy(&model);
        check_layer(&t, true);
    }
    assert_string_equal(kernels[1], kernels[0]);
}

/* -- parts that are the whole ----------------------------------------------------------------- */

static void check_whole(const char *type, const char *version, const rq_id *in, uint32_t n,
                        layer *t, bool view)
{
    rq_model *model;
    const rq_exec_options options = {.backend = "onednn"};
    close_layer(t, build_node(t->g, "part", type, version,
                              !strcmp(type, "StridedSlice")
                                  ? ATTRS("begin_mask", "0,0,0", "end_mask", "0,0,0")
                                  : NULL,
                              in, n, 1));
    assert_ok(rq_model_create(&model, t->g, &options));
    assert_string_equal(rq_model_kernel(model, t->node), view ? "view" : "reference");
    rq_model_destroy(&model);
    check_layer(t, false);
}

static void test_whole(void **state)
{
    static const int64_t shape[] = {3, 4, 5}, zeros[] = {0, 0, 0}, ones[] = {1, 1, 1};
    static const int64_t back[] = {1, -1, 1}, last[] = {0, 3, 0}, before[] = {3, -5, 5};
    static const char *const types[] = {"Slice", "StridedSlice", "Slice", "Broadcast", "Tile"};
    static const char *const versions[] = {"opset8", "opset1", "opset8", "opset3", "opset1"};
    (void)state;
    for (int i = 0; i < 5; i++) {
        layer t = {.shape = SHAPE(3, 4, 5)};
        rq_shape three = SHAPE(3);
        bool turns = i == 2;
        print_message("%s\n", types[i]);
        rq_rng_seed(&t.rng, 7);
        assert_ok(rq_graph_create(&t.g, "test"));
        t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
        rq_id in[4] = {t.x};
        if (i < 3) {
            in[1] = build_i64(t.g, "begin", three, turns ? last : zeros);
            in[2] = build_i64(t.g, "end", three, turns ? before : shape);
            in[3] = build_i64(t.g, "step", three, turns ? back : ones);
        } else
            in[1] = build_i64(t.g, "sizes", three, i == 3 ? shape : ones);
        check_whole(types[i], versions[i], in, i < 3 ? 4 : 2, &t, !turns);
    }
}

/* -- bytes ------------------------------------------------------------------------------------ */

/* Booleans that are computed, and bytes, as numbers that are used twice: as codes, and as they are.
 */
static void check_bytes(const char *middle)
{
    layer t;
    open_layer(&t, 9, 4);
    bool is_bool = !strcmp(middle, "boolean");
    rq_id x = is_bool ? build_with_const(t.g, "positive", "Greater", t.x, 1)
                      : build(t.g, "bytes", "Convert", ATTRS("destination_type", middle),
                              INPUTS(build_with_const(t.g, "wide", "Multiply", t.x, 1)));
    rq_node *convert = build_node(t.g, "numbers", "Convert", "opset1",
                                  ATTRS("destination_type", "f32"), INPUTS(x), 1);
    t.step = 0.5f;
    rq_id codes = build_codes(&t, convert->out[0], 0);
    close_layer(&t, convert);
    build_result(t.g, build(t.g, "sum", "Add", NULL, INPUTS(codes, t.x)));
    check_layer(&t, !strcmp(middle, "u8") || is_bool);
}

static void test_bytes(void **state)
{
    (void)state;
    check_bytes("boolean");
    check_bytes("u8");
    check_bytes("i8");
}

/* An Assign that gives nothing on. */
static void test_node_without_outputs(void **state)
{
    layer t;
    (void)state;
    open_layer(&t, 5, 2);
    build_node(t.g, "assign", "Assign", "opset6", ATTRS("variable_id", "v"), INPUTS(t.x), 0);
    rq_node *relu = rq_value_producer(t.g, build_relu(t.g, "relu", t.x));
    close_layer(&t, relu);
    check_layer(&t, true);
}

/* -- what oneDNN has no layout for --------------------------------------------------------------
 */

/* Of eight dims, or with none of some: oneDNN has no layout for it. */
static void open_layer_without_layout(layer *t, bool empty)
{
    open_layer(t, 1, empty ? 4 : 8);
    for (int d = 0; d < t->shape.rank; d++) t->shape.d[d] = 1 + (d + 1) % 3;
    if (empty) t->shape.d[2] = 0;
    rq_graph_destroy(&t->g);
    assert_ok(rq_graph_create(&t->g, "test"));
    t->x = build_input(t->g, "x", RQ_DT_F32, t->shape);
}

static rq_node *build_last_dim(layer *t, const char *type, const char *version)
{
    static const char *const sum[] = {"keep_dims", "true", NULL};
    static const char *const mvn[] = {
        "eps", "0.001", "normalize_variance", "true", "eps_mode", "inside_sqrt", NULL};
    rq_id axes = build_i64(t->g, "axes", SHAPE(1), (const int64_t[]){-1});
    return build_node(t->g, "node", type, version, !strcmp(type, "MVN") ? mvn : sum,
                      INPUTS(t->x, axes), 1);
}

static rq_node *build_without_layout(layer *t, int kind)
{
    rq_id scale;
    char axis[] = {(char)('0' + t->shape.rank - 1), 0};
    switch (kind) {
    case 0:
        return build_node(t->g, "node", "SoftMax", "opset1", ATTRS("axis", axis), INPUTS(t->x), 1);
    case 1:
        return build_node(t->g, "node", "LogSoftmax", "opset5", ATTRS("axis", axis), INPUTS(t->x),
                          1);
    case 2:
        return build_last_dim(t, "MVN", "opset6");
    case 3:
        return build_last_dim(t, "ReduceSum", "opset1");
    case 4:
        return build_last_dim(t, "ReduceMean", "opset1");
    case 5:
        return build_node(t->g, "node", "Sigmoid", "opset1", NO_ATTRS, INPUTS(t->x), 1);
    case 6:
        return build_node(t->g, "node", "Multiply", "opset1", NO_ATTRS, INPUTS(t->x, t->x), 1);
    case 7:
        return build_node(t->g, "node", "MatMul", "opset1", ATTRS("transpose_b", "true"),
                          INPUTS(t->x, t->x), 1);
    case 8:
        return build_node(t->g, "node", "Concat", "opset1", ATTRS("axis", "0"), INPUTS(t->x, t->x),
                          1);
    default:
        scale = build_weights(t->g, "scale", SHAPE(t->shape.d[t->shape.rank - 1]));
        return build_node(t->g, "node", "Add", "opset1", NO_ATTRS, INPUTS(t->x, scale), 1);
    }
}

/* Alone, and behind a layer that has no layout, either. */
static void test_without_layout(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++) {
        layer t;
        open_layer_without_layout(&t, i / 20);
        if (i / 10 % 2)
            t.x = build_node(t.g, "relu", "ReLU", "opset1", NO_ATTRS, INPUTS(t.x), 1)->out[0];
        close_layer(&t, build_without_layout(&t, i % 10));
        check_layer(&t, false);
    }
}

/* Where only dims of 1 change their places, what follows sees memory in rows. */
static void test_dims_of_one_that_move(void **state)
{
    static const struct {
        int rank;
        int64_t dims[4], order[4];
    } cases[] = {{3, {1, 7, 9}, {1, 0, 2}},
                 {4, {1, 5, 3, 4}, {1, 0, 2, 3}},
                 {4, {5, 1, 1, 6}, {0, 3, 1, 2}},
                 {4, {1, 1, 6, 5}, {2, 0, 3, 1}}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        layer t;
        float three = 3.0f;
        rq_node *number;
        rq_shape one = SHAPE(1);
        open_layer(&t, i, cases[i].rank);
        rq_graph_destroy(&t.g);
        for (int d = 0; d < t.shape.rank; d++) t.shape.d[d] = cases[i].dims[d];
        assert_ok(rq_graph_create(&t.g, "test"));
        t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
        assert_ok(rq_graph_add_const(&number, t.g, "three", RQ_DT_F32, &one, &three));
        rq_id order = build_i64(t.g, "order", SHAPE(cases[i].rank), cases[i].order);
        rq_id x =
            build_node(t.g, "turn", "Transpose", "opset1", NO_ATTRS, INPUTS(t.x, order), 1)->out[0];
        x = build_node(t.g, "add", "Add", "opset1", NO_ATTRS, INPUTS(x, number->out[0]), 1)->out[0];
        close_layer(&t, build_node(t.g, "clamp", "Clamp", "opset1", ATTRS("min", "0", "max", "6"),
                                   INPUTS(x), 1));
        check_layer(&t, false);
    }
}

/* Images of one position each: numbers per channel behind a function, as sums and products. */
static void test_channels_of_one_position(void **state)
{
    static const rq_shape shapes[] = {{4, {16, 9, 1, 1}}, {3, {16, 9, 1}},   {5, {3, 7, 1, 1, 1}},
                                      {4, {2, 16, 1, 1}}, {4, {1, 9, 1, 1}}, {2, {16, 9}}};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof shapes / sizeof *shapes; i++) {
        layer t = {.shape = shapes[i / 2]};
        rq_shape channel = t.shape;
        channel.d[0] = 1;
        rq_rng_seed(&t.rng, i);
        assert_ok(rq_graph_create(&t.g, "test"));
        t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
        rq_id x = build_node(t.g, "sigmoid", "Sigmoid", "opset1", NO_ATTRS, INPUTS(t.x), 1)->out[0];
        const char *const types[] = {i % 2 ? "Multiply" : "Add", "Multiply"};
        for (int k = 0; k < 2; k++)
            x = build_node(t.g, k ? "second" : "first", types[k], "opset1", NO_ATTRS,
                           INPUTS(x, build_weights(t.g, k ? "w2" : "w1", channel)), 1)
                    ->out[0];
        close_layer(&t, build_node(t.g, "relu", "ReLU", "opset1", NO_ATTRS, INPUTS(x), 1));
        check_layer(&t, false);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auto_pad),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_phases),
        cmocka_unit_test(test_mvn),
        cmocka_unit_test(test_mvn_of_other_dims),
        cmocka_unit_test(test_lrn),
        cmocka_unit_test(test_batch_norm),
        cmocka_unit_test(test_reductions),
        cmocka_unit_test(test_recurrent),
        cmocka_unit_test(test_attention),
        cmocka_unit_test(test_rows_of_operands),
        cmocka_unit_test(test_columns_times_a_matrix),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_prelu),
        cmocka_unit_test(test_square),
        cmocka_unit_test(test_prelu_is_fused),
        cmocka_unit_test(test_node_without_outputs),
        cmocka_unit_test(test_without_layout),
        cmocka_unit_test(test_channels_of_one_position),
        cmocka_unit_test(test_dims_of_one_that_move),
    };
    return run_each_isa(cmocka_run_group_tests(tests, NULL, NULL), argc, argv);
}
