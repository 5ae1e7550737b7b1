/* TensorFlow's loops: frames of TensorFlow 1 and functions of TensorFlow 2, lists, and cells. */
#include "tests/unit/tf_text.h"

enum { T = 20, N = 2, I = 3, S = 4 };

#define NODE(name, op, inputs) "node { name: '" name "' op: '" op "' " inputs " }\n"
#define IN(name) "input: '" name "' "
#define DTYPE(key) "attr { key: '" key "' value { type: DT_FLOAT } } "

static float input[T * N * I];

static void put_data(rq_buf *text)
{
    rq_buf_printf(text,
                  "node { name: 'x' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT }"
                  " } attr { key: 'shape' value { shape { dim { size: %d } dim { size: %d } dim {"
                  " size: %d } } } } }\n",
                  T, N, I);
}

static void put_int(rq_buf *text, const char *name, int value)
{
    rq_buf_printf(text,
                  "node { name: '%s' op: 'Const' attr { key: 'value' value { tensor { dtype:"
                  " DT_INT32 tensor_shape { } int_val: %d } } } }\n",
                  name, value);
}

/* A frame of two states: a counter up to `end`, and another, whose body is to be put. */
static void put_frame(rq_buf *text, const char *first, const char *end, const char *next)
{
    rq_buf_printf(
        text,
        NODE("l/e", "Enter", IN("zero")) NODE("l/f", "Enter", "input: '%s'") NODE(
            "l/m", "Merge", IN("l/e") IN("l/n")) NODE("l/a", "Merge", IN("l/f") IN("l/o"))
            NODE("l/end", "Enter", "input: '%s'") NODE("l/less", "Less", IN("l/m") IN("l/end"))
                NODE("l/c", "LoopCond", IN("l/less")) NODE("l/s", "Switch", IN("l/m") IN("l/c"))
                    NODE("l/t", "Switch", IN("l/a") IN("l/c")) NODE("l/i", "Identity", IN("l/s:1"))
                        NODE("l/v", "Identity", IN("l/t:1")) NODE("l/one", "Enter", IN("one"))
                            NODE("l/add", "AddV2", IN("l/i") IN("l/one"))
                                NODE("l/n", "NextIteration", IN("l/add"))
                                    NODE("l/o", "NextIteration", "input: '%s'")
                                        NODE("l/x", "Exit", IN("l/t:0")),
        first, end, next);
}

static void put_numbers(rq_buf *text, int end)
{
    put_int(text, "zero", 0);
    put_int(text, "one", 1);
    put_int(text, "end", end);
}

/* v = v / 2 + i, `trips` times. */
static void put_halving(rq_buf *text, int trips)
{
    put_data(text);
    put_numbers(text, trips);
    put_const(text, "half", (const float[]){0.5f}, NULL, 0);
    put_frame(text, "x", "end", "l/sum");
    rq_buf_append(text, NODE("l/mul", "Mul", IN("l/v") IN("half"))
                            NODE("l/cast", "Cast",
                                 IN("l/i") "attr { key: 'DstT' value { type:"
                                           " DT_FLOAT } }")
                                NODE("l/sum", "AddV2", IN("l/mul") IN("l/cast")));
}

static void assert_halved(const rq_tensor *got, int trips)
{
    float want[T * N * I];
    for (int k = 0; k < T * N * I; k++) {
        want[k] = input[k];
        for (int i = 0; i < trips; i++) want[k] = want[k] * 0.5f + (float)i;
    }
    assert_near_f32(got->data, want, T * N * I, 1e-6f, 1e-6f);
}

/* A few trips stand one behind the other, many are a Loop. */
static void test_frame(void **state)
{
    static const int trips[] = {0, 1, 5, 100};
    for (size_t i = 0; i < sizeof trips / sizeof *trips; i++) {
        rq_buf text = {0};
        import_run r;
        put_halving(&text, trips[i]);
        open_graph(state, &r, &text);
        import_fill(input, T * N * I, 3);
        assert_int_equal(import_count(&r, "Loop"), trips[i] > 16);
        assert_halved(import_compute(&r, input), trips[i]);
        import_close(&r);
    }
}

/* -- lists ----------------------------------------------------------------------------------- */

/* The list of x's parts is read element by element; what comes out is written to another. */
static void put_list(rq_buf *text, const char *item)
{
    put_data(text);
    put_numbers(text, T);
    put_ints(text, "all",
             (const int[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19},
             T);
    rq_buf_append(text, NODE("in", "TensorArrayV3", IN("end") DTYPE("dtype"))
                            NODE("parts", "TensorArrayScatterV3",
                                 IN("in") IN("all") IN("x") IN("in:1") DTYPE("T"))
                                NODE("out", "TensorArrayV3", IN("end") DTYPE("dtype")));
    put_frame(text, "out:1", "end", "l/write");
    rq_buf_printf(text,
                  NODE("l/parts", "Enter", IN("parts")) NODE("l/in", "Enter", IN("in"))
                      NODE("l/out", "Enter", IN("out"))
                          NODE("l/read", "TensorArrayReadV3", IN("l/in") IN("l/i") IN("l/parts"))
                              NODE("l/write", "TensorArrayWriteV3",
                                   IN("l/out") IN("l/i") "input: '%s' " IN("l/v"))
                                  NODE("y", "TensorArrayGatherV3", IN("out") IN("all") IN("l/x")),
                  item);
}

/* tf.map_fn of what has a form for all elements at once. */
static void test_map_at_once(void **state)
{
    rq_buf text = {0};
    import_run r;
    float want[T * N * I];
    put_list(&text, "l/tanh");
    rq_buf_append(&text, NODE("l/tanh", "Tanh", IN("l/read")));
    open_graph(state, &r, &text);
    import_fill(input, T * N * I, 3);
    assert_int_equal(import_count(&r, "TensorIterator") + import_count(&r, "Loop"), 0);
    assert_int_equal(import_count(&r, "Tanh"), 1);
    for (int k = 0; k < T * N * I; k++) want[k] = tanhf(input[k]);
    assert_near_f32(import_compute(&r, input)->data, want, T * N * I, 1e-6f, 1e-6f);
    import_close(&r);
}

/* Of what has none: slices in, slices out, nothing is carried. */
static void test_map(void **state)
{
    rq_buf text = {0};
    import_run r;
    float want[T * N * I];
    put_list(&text, "l/reversed");
    put_ints(&text, "axes", (const int[]){1}, 1);
    rq_buf_append(&text, NODE("l/axes", "Enter", IN("axes"))
                             NODE("l/reversed", "ReverseV2", IN("l/read") IN("l/axes")));
    open_graph(state, &r, &text);
    import_fill(input, T * N * I, 3);
    assert_int_equal(import_count(&r, "TensorIterator"), 1);
    assert_int_equal(import_count(&r, "Gather") + import_count(&r, "ScatterUpdate"), 0);
    for (int k = 0; k < T * N * I; k++) want[k] = input[k - k % I + I - 1 - k % I];
    assert_near_f32(import_compute(&r, input)->data, want, T * N * I, 1e-6f, 1e-6f);
    import_close(&r);
}

/* -- functions ------------------------------------------------------------------------------- */

/* h = tanh([x_t, h] W + b) as StatelessWhile over a TensorList; h's last value. */
static void put_rnn(rq_buf *text, const float *weights, const float *bias)
{
    const float zeros[N * S] = {0};
    put_data(text);
    put_numbers(text, T);
    put_ints(text, "shape", (const int[]){N, I}, 2);
    put_const(text, "w", weights, (int[]){I + S, S}, 2);
    put_const(text, "b", bias, (int[]){S}, 1);
    put_const(text, "h0", zeros, (int[]){N, S}, 2);
    rq_buf_append(
        text,
        NODE("list", "TensorListFromTensor", IN("x") IN("shape") DTYPE("element_dtype"))
            NODE("loop", "StatelessWhile",
                 IN("zero") IN("h0") IN("list") IN("w")
                     IN("b") "attr { key: 'cond' value { func { name: 'goes' } } } "
                             "attr { key: 'body' value { func { name: 'step' } } } ")
                NODE("y", "Identity",
                     IN("loop:1")) "library {\n"
                                   "  function { signature { name: 'goes' input_arg { name: 'i' } "
                                   "input_arg { name: 'h' }\n"
                                   "      input_arg { name: 'l' } input_arg { name: 'w' } "
                                   "input_arg { name: 'b' }\n"
                                   "      output_arg { name: 'go' } }\n"
                                   "    node_def { name: 'n' op: 'Const' attr { key: 'value' value "
                                   "{ tensor { dtype: DT_INT32\n"
                                   "      tensor_shape { } int_val: 20 } } } }\n"
                                   "    node_def { name: 'less' op: 'Less' input: 'i' input: "
                                   "'n:output:0' }\n"
                                   "    ret { key: 'go' value: 'less:z:0' } }\n"
                                   "  function { signature { name: 'step' input_arg { name: 'i' } "
                                   "input_arg { name: 'h' }\n"
                                   "      input_arg { name: 'l' } input_arg { name: 'w' } "
                                   "input_arg { name: 'b' }\n"
                                   "      output_arg { name: 'io' } output_arg { name: 'ho' } "
                                   "output_arg { name: 'lo' }\n"
                                   "      output_arg { name: 'wo' } output_arg { name: 'bo' } }\n"
                                   "    node_def { name: 'c1' op: 'Const' attr { key: 'value' "
                                   "value { tensor { dtype: DT_INT32\n"
                                   "      tensor_shape { } int_val: 1 } } } }\n"
                                   "    node_def { name: 'sh' op: 'Const' attr { key: 'value' "
                                   "value { tensor { dtype: DT_INT32\n"
                                   "      tensor_shape { dim { size: 2 } } int_val: 2 int_val: 3 } "
                                   "} } }\n"
                                   "    node_def { name: 'inc' op: 'AddV2' input: 'i' input: "
                                   "'c1:output:0' }\n"
                                   "    node_def { name: 'get' op: 'TensorListGetItem' input: 'l' "
                                   "input: 'i'\n"
                                   "      input: 'sh:output:0' attr { key: 'element_dtype' value { "
                                   "type: DT_FLOAT } } }\n"
                                   "    node_def { name: 'cat' op: 'ConcatV2' input: 'get:item:0' "
                                   "input: 'h'\n"
                                   "      input: 'c1:output:0' attr { key: 'N' value { i: 2 } } }\n"
                                   "    node_def { name: 'mm' op: 'MatMul' input: 'cat:output:0' "
                                   "input: 'w' }\n"
                                   "    node_def { name: 'ba' op: 'BiasAdd' input: 'mm:product:0' "
                                   "input: 'b' }\n"
                                   "    node_def { name: 'th' op: 'Tanh' input: 'ba:output:0' }\n"
                                   "    ret { key: 'io' value: 'inc:z:0' } ret { key: 'ho' value: "
                                   "'th:y:0' }\n"
                                   "    ret { key: 'lo' value: 'l' } ret { key: 'wo' value: 'w' }\n"
                                   "    ret { key: 'bo' value: 'b' } } }\n");
}

static void step_rnn(float *h, const float *x, const float *weights, const float *bias)
{
    float next[N * S];
    for (int n = 0; n < N; n++)
        for (int s = 0; s < S; s++) {
            double sum = (double)bias[s];
            for (int i = 0; i < I; i++) sum += (double)x[n * I + i] * (double)weights[i * S + s];
            for (int k = 0; k < S; k++)
                sum += (double)h[n * S + k] * (double)weights[(I + k) * S + s];
            next[n * S + s] = tanhf((float)sum);
        }
    memcpy(h, next, sizeof next);
}

static void test_recurrent_function(void **state)
{
    rq_buf text = {0};
    import_run r;
    float weights[(I + S) * S], bias[S], h[N * S] = {0};
    import_fill(weights, (I + S) * S, 1);
    import_fill(bias, S, 2);
    put_rnn(&text, weights, bias);
    open_graph(state, &r, &text);
    import_fill(input, T * N * I, 3);
    assert_int_equal(import_count(&r, "RNNSequence"), 1);
    assert_int_equal(import_count(&r, "Loop") + import_count(&r, "TensorIterator"), 0);
    for (int t = 0; t < T; t++) step_rnn(h, input + t * N * I, weights, bias);
    assert_near_f32(import_compute(&r, input)->data, h, N * S, 1e-5f, 1e-5f);
    import_close(&r);
}

/* -- damaged --------------------------------------------------------------------------------- */

static void assert_refused(void **state, rq_buf *text, const char *why)
{
    rq_framework_model *s = NULL;
    const char *path = scratch_file(state, "graph.pbtxt", text->data, text->length);
    rq_buf_free(text);
    assert_fails(rq_import_open(&s, &(rq_import_files){.model = path}), RQ_EUNSUPPORTED, why);
}

/* Loop k's body is loop k + 1. */
static void test_nested_too_deep(void **state)
{
    enum { DEPTH = 300 };
    rq_buf text = {0};
    put_data(&text);
    put_const(&text, "k", (const float[]){3.0f}, NULL, 0);
    for (int d = 0; d < DEPTH; d++)
        rq_buf_printf(&text,
                      "node { name: 'e%d' op: 'Enter' input: '%s%d' }\n"
                      "node { name: 'm%d' op: 'Merge' input: 'e%d' input: 'n%d' }\n"
                      "node { name: 'l%d' op: 'Less' input: 'm%d' input: 'k' }\n"
                      "node { name: 'c%d' op: 'LoopCond' input: 'l%d' }\n"
                      "node { name: 's%d' op: 'Switch' input: 'm%d' input: 'c%d' }\n"
                      "node { name: 'i%d' op: 'Neg' input: 's%d:1' }\n"
                      "node { name: 'n%d' op: 'NextIteration' input: '%s%d' }\n"
                      "node { name: 'x%d' op: 'Exit' input: 's%d' }\n",
                      d, d ? "i" : "x0#", d ? d - 1 : 0, d, d, d, d, d, d, d, d, d, d, d, d, d,
                      d + 1 < DEPTH ? "x" : "i", d + 1 < DEPTH ? d + 1 : d, d, d);
    rq_buf_append(&text, "node { name: 'x0#0' op: 'Identity' input: 'x' }\n");
    assert_refused(state, &text, "nested more than 64 deep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
        TEST(test_frame),           TEST(test_map),
        TEST(test_map_at_once),     TEST(test_recurrent_function),
        TEST(test_nested_too_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
