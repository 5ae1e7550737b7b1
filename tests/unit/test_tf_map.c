#include "tests/unit/tf_text.h"

#define H 7
#define W 6
#define C 4

static float input[H * W * C];

#define LIST4(name, a, b, c, d)                                                                    \
    "attr { key: '" name "' value { list { i: " #a " i: " #b " i: " #c " i: " #d " } } } "
#define SAME "attr { key: 'padding' value { s: 'SAME' } } "

static double at(const float *x, int h, int w, int c)
{
    return h < 0 || h >= H || w < 0 || w >= W ? 0 : (double)x[(h * W + w) * C + c];
}

/* SAME: ceil(size / stride) windows; of what is missing, the larger half is at the end. */
static int same_begin(int size, int kernel, int stride)
{
    int missing = ((size + stride - 1) / stride - 1) * stride + kernel - size;
    return missing > 0 ? missing / 2 : 0;
}

enum { K = 3, O = 5, OH = (H + 1) / 2, OW = (W + 1) / 2 };

/* [h, w, o] of a convolution with stride 2, with bias and ReLU. */
static void convolve(float *out, const float *weights, const float *bias)
{
    int top = same_begin(H, K, 2), left = same_begin(W, K, 2);
    for (int i = 0; i < OH * OW * O; i++) {
        int o = i % O, w = i / O % OW, h = i / O / OW;
        double sum = (double)bias[o];
        for (int k = 0; k < K * K * C; k++)
            sum += at(input, h * 2 - top + k / C / K, w * 2 - left + k / C % K, k % C) *
                   (double)weights[k * O + o];
        out[i] = sum > 0 ? (float)sum : 0;
    }
}

static void put_convolution(rq_buf *text, const float *weights, const float *bias)
{
    put_input(text, H, W, C);
    put_const(text, "k", weights, (int[]){K, K, C, O}, 4);
    put_const(text, "b", bias, (int[]){O}, 1);
    rq_buf_printf(
        text, "node { name: 'c' op: 'Conv2D' input: 'x' input: 'k' " SAME LIST4(
                  "strides", 1, 2, 2, 1) "}\n"
                                         "node { name: 'a' op: 'BiasAdd' input: 'c' input: 'b' }\n"
                                         "node { name: 'r' op: 'Relu' input: 'a' }\n");
}

static void test_convolution(void **state)
{
    float weights[K * K * C * O], bias[O], want[OH * OW * O];
    rq_buf text = {0};
    import_run r;
    import_fill(weights, K * K * C * O, 1);
    import_fill(bias, O, 2);
    put_convolution(&text, weights, bias);
    open_graph(state, &r, &text);
    import_fill(input, H * W * C, 5);
    convolve(want, weights, bias);
    const rq_tensor *got = import_compute(&r, input);
    assert_true(rq_shape_equal(&got->shape, &(rq_shape){4, {1, OH, OW, O}}));
    assert_near_f32(got->data, want, OH * OW * O, 1e-5, 1e-5);
    assert_int_equal(import_count(&r, "Transpose"), 2); /* in and out, none between */
    import_close(&r);
}

/* Between two layouts nothing is left to transpose when the image ends in a row. */
static void test_layout_ends_in_a_mean(void **state)
{
    float weights[K * K * C * O], bias[O], y[OH * OW * O], scale[O], want[O] = {0};
    rq_buf text = {0};
    import_run r;
    import_fill(weights, K * K * C * O, 1);
    import_fill(bias, O, 2);
    import_fill(scale, O, 3);
    put_convolution(&text, weights, bias);
    put_const(&text, "s", scale, (int[]){O}, 1);
    put_ints(&text, "axes", (int[]){1, 2}, 2);
    put_ints(&text, "last", (int[]){3}, 1);
    rq_buf_printf(&text, "node { name: 'm' op: 'Mul' input: 'r' input: 's' }\n"
                         "node { name: 'cat' op: 'ConcatV2' input: 'm' input: 'r' input: 'last' }\n"
                         "node { name: 'y' op: 'Mean' input: 'cat' input: 'axes' }\n");
    open_graph(state, &r, &text);
    import_fill(input, H * W * C, 5);
    convolve(y, weights, bias);
    for (int i = 0; i < OH * OW * O; i++) want[i % O] += y[i] / (OH * OW);
    const rq_tensor *got = import_compute(&r, input);
    assert_true(rq_shape_equal(&got->shape, &(rq_shape){2, {1, 2 * O}}));
    assert_near_f32((const float *)got->data + O, want, O, 1e-5, 1e-5);
    for (int i = 0; i < O; i++) want[i] *= scale[i];
    assert_near_f32(got->data, want, O, 1e-5, 1e-5);
    assert_int_equal(import_count(&r, "Transpose"), 1);
    import_close(&r);
}

static void test_depthwise(void **state)
{
    enum { M = 2 };
    float weights[K * K * C * M], want[H * W * C * M];
    rq_buf text = {0};
    import_run r;
    import_fill(weights, K * K * C * M, 1);
    put_input(&text, H, W, C);
    put_const(&text, "k", weights, (int[]){K, K, C, M}, 4);
    rq_buf_printf(&text,
                  "node { name: 'y' op: 'DepthwiseConv2dNative' input: 'x' input: 'k' " SAME LIST4(
                      "strides", 1, 1, 1, 1) "}\n");
    open_graph(state, &r, &text);
    import_fill(input, H * W * C, 5);
    for (int i = 0; i < H * W * C * M; i++) {
        int c = i / M % C, w = i / M / C % W, h = i / M / C / W;
        double sum = 0;
        for (int k = 0; k < K * K; k++)
            sum += at(input, h - 1 + k / K, w - 1 + k % K, c) *
                   (double)weights[(k * C + c) * M + i % M];
        want[i] = (float)sum;
    }
    assert_near_f32(import_compute(&r, input)->data, want, H * W * C * M, 1e-5, 1e-5);
    import_close(&r);
}

/* Cutting, padding and turning what is held channels first is as if it were not. */
static void test_movement_channels_first(void **state)
{
    float one[C * C] = {0}, want[H * W * C];
    rq_buf text = {0};
    import_run r;
    for (int i = 0; i < C; i++) one[i * C + i] = 1; /* a convolution that changes nothing */
    put_input(&text, H, W, C);
    put_const(&text, "k", one, (int[]){1, 1, C, C}, 4);
    put_ints(&text, "begin", (int[]){0, 5, 0, 1}, 4);
    put_ints(&text, "end", (int[]){1, 0, 6, 3}, 4);
    put_ints(&text, "step", (int[]){1, -2, 3, 1}, 4);
    put_ints(&text, "order", (int[]){0, 2, 1, 3}, 4);
    rq_buf_printf(&text,
                  "node { name: 'c' op: 'Conv2D' input: 'x' input: 'k' " SAME LIST4(
                      "strides", 1, 1, 1,
                      1) "}\n"
                         "node { name: 's' op: 'StridedSlice' input: 'c' input: 'begin' input:"
                         " 'end' input: 'step' attr { key: 'begin_mask' value { i: 4 } } }\n"
                         "node { name: 'y' op: 'Transpose' input: 's' input: 'order' }\n");
    open_graph(state, &r, &text);
    import_fill(input, H * W * C, 5);
    int n = 0;
    for (int w = 0; w < 6; w += 3)
        for (int h = 5; h > 0; h -= 2)
            for (int c = 1; c < 3; c++) want[n++] = (float)at(input, h, w, c);
    const rq_tensor *got = import_compute(&r, input);
    assert_true(rq_shape_equal(&got->shape, &(rq_shape){4, {1, 2, 3, 2}}));
    assert_near_f32(got->data, want, (size_t)n, 0, 0);
    import_close(&r);
}

static void test_variables_without_values(void **state)
{
    rq_buf text = {0}, list = {0};
    rq_framework_model *source;
    rq_import_result result;
    put_input(&text, H, W, C);
    rq_buf_printf(&text, "node { name: 'v' op: 'VarHandleOp' }\n"
                         "node { name: 'r' op: 'ReadVariableOp' input: 'v' }\n"
                         "node { name: 'y' op: 'Mul' input: 'x' input: 'r' }\n");
    const char *path = scratch_file(state, "graph.pbtxt", text.data, text.length);
    assert_ok(rq_import_open(&source, &(rq_import_files){.model = path}));
    assert_ok(rq_import_graph(&result, source, NULL));
    assert_true(result.n_unmapped > 0);
    rq_import_list_unmapped(&list, source, &result);
    assert_non_null(strstr(list.data, "--input_checkpoint"));
    rq_buf_free(&list);
    rq_buf_free(&text);
    rq_framework_model_destroy(&source);
}

/* What the checkpoint beside it gives back to a graph whose variables have lost their names. */
static void test_shared_graph_without_names(void **state)
{
    import_run r;
    char prefix[512];
    (void)state;
    snprintf(prefix, sizeof prefix, "%s",
             import_shared("resnet8-cifar10/saved_model/variables/variables.index"));
    prefix[strlen(prefix) - strlen(".index")] = '\0';
    import_open(&r, &(rq_import_files){.model = import_shared("resnet8-cifar10/unfrozen.pbtxt"),
                                       .checkpoint = prefix});
    import_equals_ir(&r, import_shared("resnet8-cifar10/resnet8-cifar10.xml"), 1e-5);
    import_close(&r);
}

static void test_shared_models(void **state)
{
    static const char *const models[][2] = {
        {"resnet8-cifar10/resnet8-cifar10.pb", "resnet8-cifar10/resnet8-cifar10.xml"},
        {"mobilenet-vww/mobilenet-vww.pb", "mobilenet-vww/mobilenet-vww.xml"},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        import_run r;
        import_open(&r, &(rq_import_files){.model = import_shared(models[i][0])});
        assert_int_equal(import_count(&r, "Transpose"), 1); /* ovc's IR has 2 */
        import_equals_ir(&r, import_shared(models[i][1]), 1e-5);
        import_close(&r);
    }
}

/* -- conditions ------------------------------------------------------------------------------ */

/* y, z = x > 0.5 anywhere ? (-x, x + x) : (relu(x), x), by a condition that is computed or not. */
#define BRANCHES                                                                                   \
    "library {\n"                                                                                  \
    "  function { signature { name: 'yes' input_arg { name: 'a' } output_arg { name: 'p' }\n"      \
    "      output_arg { name: 'q' } }\n"                                                           \
    "    node_def { name: 'n' op: 'Neg' input: 'a' }\n"                                            \
    "    node_def { name: 's' op: 'AddV2' input: 'a' input: 'a' }\n"                               \
    "    ret { key: 'p' value: 'n:y:0' } ret { key: 'q' value: 's:z:0' } }\n"                      \
    "  function { signature { name: 'no' input_arg { name: 'b' } output_arg { name: 'v' }\n"       \
    "      output_arg { name: 'w' } }\n"                                                           \
    "    node_def { name: 'r' op: 'Relu' input: 'b' }\n"                                           \
    "    ret { key: 'v' value: 'r:activations:0' } ret { key: 'w' value: 'b' } }\n"                \
    "}\n"
#define IF(condition, then, otherwise)                                                             \
    "node { name: 'if' op: 'StatelessIf' input: '" condition "' input: 'x'\n"                      \
    "  attr { key: 'then_branch' value { func { name: '" then "' } } }\n"                          \
    "  attr { key: 'else_branch' value { func { name: '" otherwise "' } } } }\n"                   \
    "node { name: 'y' op: 'Sub' input: 'if' input: 'if:1' }\n"

static void put_condition(rq_buf *text)
{
    put_input(text, H, W, C);
    put_ints(text, "all", (const int[]){0, 1, 2, 3}, 4);
    put_const(text, "limit", (const float[]){0.5f}, NULL, 0);
    rq_buf_append(text, "node { name: 'm' op: 'Max' input: 'x' input: 'all' }\n"
                        "node { name: 'c' op: 'Greater' input: 'm' input: 'limit' }\n" BRANCHES);
}

/* (-x) - (x + x) or relu(x) - x */
static void assert_branch(const rq_tensor *got, const float *x, bool yes)
{
    float want[H * W * C];
    for (int i = 0; i < H * W * C; i++) want[i] = yes ? -3 * x[i] : fmaxf(x[i], 0) - x[i];
    assert_near_f32(got->data, want, H * W * C, 1e-6f, 0);
}

static void test_if(void **state)
{
    rq_buf text = {0};
    import_run r;
    float small[H * W * C];
    put_condition(&text);
    rq_buf_append(&text, IF("c", "yes", "no"));
    open_graph(state, &r, &text);
    import_fill(input, H * W * C, 5);
    assert_int_equal(import_count(&r, "If"), 1);
    for (int i = 0; i < H * W * C; i++) small[i] = input[i] * 0.4f;
    assert_branch(import_compute(&r, input), input, true);
    assert_branch(import_compute(&r, small), small, false);
    import_close(&r);
}

/* The condition is a constant, as a learning phase is: the other branch is gone. */
static void test_if_of_a_constant(void **state)
{
    for (int value = 0; value < 2; value++) {
        rq_buf text = {0};
        import_run r;
        put_input(&text, H, W, C);
        rq_buf_printf(&text,
                      BRANCHES "node { name: 'k' op: 'Const' attr { key: 'value' value { tensor {"
                               " dtype: DT_BOOL tensor_shape { } bool_val: %s } } } }\n",
                      value ? "true" : "false");
        rq_buf_append(&text, IF("k", "yes", "no"));
        open_graph(state, &r, &text);
        import_fill(input, H * W * C, 5);
        assert_int_equal(import_count(&r, "If"), 0);
        assert_int_equal(import_count(&r, "ReLU"), value ? 0 : 1);
        assert_branch(import_compute(&r, input), input, value);
        import_close(&r);
    }
}

/* As tf.cond of TensorFlow 1 writes it: x is switched for each branch; inside the branch that is
 * taken when the condition holds there is another condition; a branch may have no switch. */
#define NODE(name, op, inputs) "node { name: '" name "' op: '" op "' " inputs " }\n"
#define IN(name) "input: '" name "' "

static void put_switched(rq_buf *text, const char *merged)
{
    put_condition(text);
    put_const(text, "higher", (const float[]){0.9f}, NULL, 0);
    put_const(text, "k", (const float[]){7.0f}, NULL, 0);
    rq_buf_printf(
        text,
        NODE("y", "Merge", "%s") NODE("d", "Greater", IN("m") IN("higher"))
            NODE("p", "Identity", IN("c")) NODE("s", "Switch", IN("x") IN("p"))
                NODE("r", "Relu", IN("s:0")) NODE("a", "Neg", IN("s:1"))
                    NODE("pd", "Switch", IN("d") IN("p")) NODE("t", "Switch", IN("a") IN("pd:1"))
                        NODE("u", "Merge", IN("t:0") IN("v")) NODE("v", "Sub", IN("t:1") IN("k")),
        merged);
}

/* relu(x) up to 0.5; -x up to 0.9; -x - 7 above. */
static void test_switch_and_merge(void **state)
{
    static const char *const orders[] = {IN("r") IN("u"), IN("u") IN("r")};
    static const float factors[] = {0.4f, 0.8f, 1.0f};
    for (int order = 0; order < 2; order++) {
        rq_buf text = {0};
        import_run r;
        put_switched(&text, orders[order]);
        open_graph(state, &r, &text);
        import_fill(input, H * W * C, 5);
        assert_int_equal(import_count(&r, "If"), 1); /* another is inside */
        for (int level = 0; level < 3; level++) {
            float x[H * W * C], want[H * W * C];
            for (int i = 0; i < H * W * C; i++) {
                x[i] = input[i] * factors[level];
                want[i] = level ? -x[i] - (level == 2 ? 7.0f : 0.0f) : fmaxf(x[i], 0);
            }
            assert_near_f32(import_compute(&r, x)->data, want, H * W * C, 1e-6f, 0);
        }
        import_close(&r);
    }
}

/* Two conditions of one predicate, the second of what the first gives, in no scopes that tell them
 * apart: relu(x) and that minus k, or -x and that again negative, up to 0.5 and above. */
static void test_conditions_in_a_row(void **state)
{
    static const float factors[] = {0.4f, 1.0f};
    rq_buf text = {0};
    import_run r;
    put_condition(&text);
    put_const(&text, "k", (const float[]){7.0f}, NULL, 0);
    rq_buf_append(&text, NODE("s", "Switch", IN("x") IN("c")) NODE("a", "Relu", IN("s:0"))
                             NODE("b", "Neg", IN("s:1")) NODE("first", "Merge", IN("a") IN("b"))
                                 NODE("t", "Switch", IN("first") IN("c"))
                                     NODE("d", "Sub", IN("t:0") IN("k")) NODE("e", "Neg", IN("t:1"))
                                         NODE("y", "Merge", IN("d") IN("e")));
    open_graph(state, &r, &text);
    import_fill(input, H * W * C, 5);
    assert_int_equal(import_count(&r, "If"), 2);
    for (int above = 0; above < 2; above++) {
        float x[H * W * C], want[H * W * C];
        for (int i = 0; i < H * W * C; i++) {
            x[i] = input[i] * factors[above];
            want[i] = above ? x[i] : fmaxf(x[i], 0) - 7.0f;
        }
        assert_near_f32(import_compute(&r, x)->data, want, H * W * C, 1e-6f, 0);
    }
    import_close(&r);
}

static void assert_unmapped(void **state, rq_buf *text, const char *node, const char *why)
{
    rq_framework_model *s = NULL;
    rq_import_result result;
    const char *path = scratch_file(state, "graph.pbtxt", text->data, text->length);
    rq_buf_free(text);
    assert_ok(rq_import_open(&s, &(rq_import_files){.model = path}));
    assert_ok(rq_import_graph(&result, s, NULL));
    size_t i = 0;
    while (i < result.n_unmapped && strcmp(result.unmapped[i].node->name, node) != 0) i++;
    assert_true(i < result.n_unmapped);
    assert_non_null(strstr(result.unmapped[i].why, why));
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&s);
}

static void test_loops_are_listed(void **state)
{
    rq_buf text = {0};
    put_condition(&text);
    rq_buf_append(&text, NODE("y", "Merge", IN("x") IN("n")) NODE("s", "Switch", IN("y") IN("c"))
                             NODE("t", "Neg", IN("s:1")) NODE("n", "NextIteration", IN("t"))
                                 NODE("z", "Exit", IN("s")));
    assert_unmapped(state, &text, "z", "loops");
    put_condition(&text);
    rq_buf_append(&text, NODE("z", "While", IN("x")));
    assert_unmapped(state, &text, "z", "loops");
}

/* A branch is computed when it is taken: its result may have another shape than the other's. */
static void test_branches_of_two_shapes(void **state)
{
    rq_buf text = {0};
    import_run r;
    float small[H * W * C], most = 0;
    put_condition(&text);
    rq_buf_append(&text, NODE("p", "Switch", IN("x") IN("c")) NODE("a", "Max", IN("p:1") IN("all"))
                             NODE("y", "Merge", IN("p") IN("a")));
    open_graph(state, &r, &text);
    import_fill(input, H * W * C, 5);
    for (int i = 0; i < H * W * C; i++) {
        small[i] = input[i] * 0.4f;
        most = fmaxf(most, input[i]);
    }
    const rq_tensor *got = import_compute(&r, input);
    assert_int_equal(got->shape.rank, 0);
    assert_near_f32(got->data, &most, 1, 0, 0);
    assert_near_f32(import_compute(&r, small)->data, small, H * W * C, 0, 0);
    import_close(&r);
}

static void test_if_refused(void **state)
{
    rq_buf text = {0};
    rq_framework_model *s = NULL;
    put_condition(&text);
    rq_buf_append(&text, IF("c", "yes", "gone"));
    const char *path = scratch_file(state, "graph.pbtxt", text.data, text.length);
    rq_buf_free(&text);
    assert_fails(rq_import_open(&s, &(rq_import_files){.model = path}), RQ_EFORMAT,
                 "no else_branch");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
        TEST(test_convolution),
        TEST(test_layout_ends_in_a_mean),
        TEST(test_depthwise),
        TEST(test_movement_channels_first),
        TEST(test_variables_without_values),
        TEST(test_if),
        TEST(test_if_of_a_constant),
        TEST(test_switch_and_merge),
        TEST(test_conditions_in_a_row),
        TEST(test_loops_are_listed),
        TEST(test_branches_of_two_shapes),
        TEST(test_if_refused),
        cmocka_unit_test(test_shared_models),
        cmocka_unit_test(test_shared_graph_without_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
