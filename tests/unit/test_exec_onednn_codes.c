/* Codes in the onednn backend: products of two values that have them, and what moves them about.
 * Every instruction set that the CPU has. */
#include "engine/exec/onednn/dnnl.h"
#include "tests/unit/each_isa.h"
#include "tests/unit/one_layer.h"

/* -- products of codes ------------------------------------------------------------------------ */

static rq_id build_turn(layer *t, rq_id x, const int64_t *order)
{
    return build(t->g, "turn", "Transpose", NULL,
                 INPUTS(x, build_i64(t->g, "order", SHAPE(t->shape.rank), order)));
}

/* Heads of attention: [N, rows, heads, size] times itself turned, by Transposes in front of codes
 * or behind them, and by the product. */
static void check_heads(uint64_t seed, int zero_point, bool behind)
{
    static const int64_t heads[] = {0, 2, 1, 3}, turned[] = {0, 2, 3, 1};
    layer t;
    open_layer(&t, seed, 4);
    t.step = 0.03125f;
    bool transposes = seed % 3 == 0;
    const int64_t *orders[] = {heads, transposes ? heads : turned};
    rq_id in[2];
    for (int i = 0; i < 2; i++) {
        int zero = i ? zero_point : 128 - (int)(seed % 2) * 28;
        in[i] = behind ? t.x : build_turn(&t, t.x, orders[i]);
        in[i] = build_codes(&t, in[i], zero);
        if (behind) in[i] = build_turn(&t, in[i], orders[i]);
    }
    rq_node *product = build_node(t.g, "product", "MatMul", "opset1",
                                  ATTRS("transpose_b", transposes ? "true" : "false"), in, 2, 1);
    rq_id scaled = build_with_const(t.g, "scaled", "Multiply", product->out[0], 1);
    close_layer(&t, product);
    build_result(t.g, seed % 4 == 0 ? build_relu(t.g, "relu", scaled) : scaled);
    check_layer(&t, true);
}

static void test_products_of_codes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        print_message("seed %d\r", (int)seed);
        check_heads(seed, 128, seed % 2);
        check_heads(seed, 100, seed % 2);
    }
}

/* Wherever the plan's list of buffers grows, which moves it (the address sanitizer sees it): here
 * for the constant behind the product. */
static void test_codes_while_buffers_move(void **state)
{
    (void)state;
    for (size_t views = 0; views < 20; views++) {
        layer t = {.shape = SHAPE(1, 2, 5, 8), .step = 0.125f};
        assert_ok(rq_graph_create(&t.g, "test"));
        t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
        rq_id x = t.x, shape = build_i64(t.g, "shape", SHAPE(4), t.shape.d);
        for (size_t i = 0; i < views; i++)
            x = build(t.g, "view", "Reshape", ATTRS("special_zero", "false"), INPUTS(x, shape));
        rq_node *product =
            build_node(t.g, "product", "MatMul", "opset1", ATTRS("transpose_b", "true"),
                       INPUTS(build_codes(&t, x, 128), build_codes(&t, x, 128)), 1);
        rq_id last = build_weights(t.g, "last", SHAPE(1, 1, 1, 5));
        t.node = product->id;
        build_result(t.g, build(t.g, "scaled", "Multiply", NULL, INPUTS(product->out[0], last)));
        check_layer(&t, true);
    }
}

/* The library's kernel for integers runs, whatever way round the operands lie. */
static void test_codes_are_multiplied(void **state)
{
    const rq_exec_options options = {.backend = "onednn"};
    static const int64_t heads[] = {0, 2, 1, 3}, turned[] = {0, 2, 3, 1};
    layer t = {.shape = SHAPE(1, 40, 3, 32), .step = 0.125f};
    rq_model *model;
    (void)state;
    assert_ok(rq_graph_create(&t.g, "test"));
    t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
    rq_id a = build_codes(&t, build_turn(&t, t.x, heads), 128);
    rq_id b = build_codes(&t, build_turn(&t, t.x, turned), 128);
    rq_id out = build(t.g, "product", "MatMul", NULL, INPUTS(a, b));
    build_result(t.g, out);
    assert_ok(rq_model_create(&model, t.g, &options));
    const char *kernel = rq_model_kernel(model, rq_value_producer(t.g, out)->id);
    print_message("kernel %s\n", kernel);
    if (!rq_dnn_pairs_saturate()) assert_non_null(strstr(kernel, "vnni"));
    rq_model_destroy(&model);
    rq_graph_destroy(&t.g);
}

/* -- moved codes ------------------------------------------------------------------------------ */

#define MOST_INPUTS 5

typedef struct move {
    const char *type, *version;
    const char *const *attrs;
    int64_t in[MOST_INPUTS - 1][4]; /* inputs from the second on */
    size_t n_in, elements[MOST_INPUTS - 1];
    uint32_t n_out;
    bool stays; /* in floating point */
} move;

/* Of [2, 8, 4, 6]. */
static const move moves[] = {
    {"Slice", "opset8", NULL, {{1, 1}, {8, 4}, {1, 2}, {1, 2}}, 4, {2, 2, 2, 2}, 1, false},
    {"StridedSlice",
     "opset1",
     ATTRS("begin_mask", "1,0,1,1", "end_mask", "1,0,1,1"),
     {{0, 2, 0, 0}, {2, 5, 4, 6}, {1, 1, 1, 1}},
     3,
     {4, 4, 4},
     1,
     false},
    {"Split", "opset1", ATTRS("num_splits", "2"), {{1}}, 1, {0}, 2, false},
    {"VariadicSplit", "opset1", NULL, {{1}, {3, 4, 1}}, 2, {0, 3}, 3, false},
    {"Gather", "opset8", NULL, {{7, 0, 3}, {1}}, 2, {3, 0}, 1, false},
    {"Gather", "opset8", NULL, {{7, 8, 3}, {1}}, 2, {3, 0}, 1, true},
    {"Tile", "opset1", NULL, {{1, 2, 1, 3}}, 1, {4}, 1, false},
    {"Broadcast", "opset3", NULL, {{2, 8, 4, 6}}, 1, {4}, 1, false},
    {"Roll", "opset7", NULL, {{3}, {1}}, 2, {1, 1}, 1, false},
    {"ReverseSequence",
     "opset1",
     ATTRS("batch_axis", "0", "seq_axis", "1"),
     {{5, 8}},
     1,
     {2},
     1,
     false},
    {"ShuffleChannels", "opset1", ATTRS("axis", "1", "group", "2"), {{0}}, 0, {0}, 1, false},
    {"DepthToSpace",
     "opset1",
     ATTRS("mode", "blocks_first", "block_size", "2"),
     {{0}},
     0,
     {0},
     1,
     false},
    {"SpaceToDepth",
     "opset1",
     ATTRS("mode", "blocks_first", "block_size", "2"),
     {{0}},
     0,
     {0},
     1,
     false},
    {"BatchToSpace",
     "opset2",
     NULL,
     {{1, 1, 2, 1}, {0, 0, 1, 0}, {0, 0, 0, 0}},
     3,
     {4, 4, 4},
     1,
     false},
};

static rq_node *build_move(layer *t, const move *m, rq_id x)
{
    rq_id in[MOST_INPUTS] = {x};
    for (size_t i = 0; i < m->n_in; i++)
        in[1 + i] =
            build_i64(t->g, "where",
                      m->elements[i] ? SHAPE((int64_t)m->elements[i]) : (rq_shape){0}, m->in[i]);
    return build_node(t->g, "moved", m->type, m->version, m->attrs, in, (uint32_t)m->n_in + 1,
                      m->n_out);
}

/* Rows of codes times a matrix of codes behind it: an integer kernel, if the codes have come
 * through. */
static rq_id build_product(layer *t, rq_id x)
{
    return build(t->g, "product", "MatMul", ATTRS("transpose_b", "true"), INPUTS(x, x));
}

static void check_move(const move *m)
{
    const rq_exec_options options = {.backend = "onednn"};
    layer t = {.shape = SHAPE(2, 8, 4, 6), .step = 0.03125f};
    rq_model *model;
    rq_rng_seed(&t.rng, 11);
    assert_ok(rq_graph_create(&t.g, "test"));
    t.x = build_input(t.g, "x", RQ_DT_F32, t.shape);
    rq_node *moved = build_move(&t, m, build_codes(&t, t.x, 128));
    for (uint32_t o = 0; o < m->n_out; o++) build_result(t.g, build_product(&t, moved->out[o]));
    close_layer(&t, moved);
    assert_ok(rq_model_create(&model, t.g, &options));
    const char *kernel = rq_model_kernel(model, moved->id);
    print_message("%s: %s\n", m->type, kernel);
    assert_int_equal(!strcmp(kernel, "reference"), m->stays);
    rq_model_destroy(&model);
    check_layer(&t, false);
}

static void test_moved_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) check_move(&moves[i]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products_of_codes),
        cmocka_unit_test(test_codes_while_buffers_move),
        cmocka_unit_test(test_codes_are_multiplied),
        cmocka_unit_test(test_moved_codes),
    };
    return run_each_isa(cmocka_run_group_tests(tests, NULL, NULL), argc, argv);
}
