/* What outputs are taken for: each rule with a small graph, and what must not be taken for it. */
#include "tests/unit/toy_workload.h"

#include "engine/workbench/output_end.h"
#include "engine/workbench/output_kinds.h"

static rq_graph *start(rq_id *x, rq_shape shape)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "net"));
    *x = build_input(g, "x", RQ_DT_F32, shape);
    return g;
}

static rq_id one(rq_graph *g, const char *name, const char *type, rq_id x)
{
    return build(g, name, type, NO_ATTRS, INPUTS(x));
}

static rq_id two(rq_graph *g, const char *name, const char *type, rq_id a, rq_id b)
{
    return build(g, name, type, NO_ATTRS, INPUTS(a, b));
}

static rq_id sum(rq_graph *g, const char *type, rq_id x)
{
    rq_id axes = build_i64(g, "axes", SHAPE(1), (const int64_t[]){-1});
    return build(g, "sum", type, ATTRS("keep_dims", "true"), INPUTS(x, axes));
}

static rq_id number(rq_graph *g, const char *name, float value)
{
    return toy_constant(g, name, SHAPE(1), &value);
}

/* The kind of the only output; the graph is used up. */
static rq_found_kind kind_of(rq_graph *g, rq_id output, rq_workload *w)
{
    rq_found_kind found;
    rq_model *model;
    build_result(g, output);
    const rq_exec_options options = {.backend = "reference", .streams = 1};
    assert_ok(rq_model_create(&model, g, &options));
    rq_output_kinds_find(&found, w, model);
    rq_model_destroy(&model);
    rq_graph_destroy(&g);
    return found;
}

static void assert_kind(rq_graph *g, rq_id output, rq_output_kind kind)
{
    rq_workload w = {0};
    rq_found_kind found = kind_of(g, output, &w);
    assert_string_equal(rq_output_kind_word(found.kind), rq_output_kind_word(kind));
    assert_int_equal(found.evidence != NULL, kind != RQ_OUTPUT_TENSOR);
}

/* -- classes ---------------------------------------------------------------------------------- */

static void test_softmax(void **state)
{
    rq_id x;
    (void)state;
    rq_graph *g = start(&x, SHAPE(1, 5));
    assert_kind(g, build(g, "y", "SoftMax", ATTRS("axis", "1"), INPUTS(x)), RQ_OUTPUT_CLASSES);
    g = start(&x, SHAPE(1, 5));
    rq_id y = build_node(g, "y", "LogSoftmax", "opset5", ATTRS("axis", "-1"), INPUTS(x), 1)->out[0];
    assert_kind(g, y, RQ_OUTPUT_CLASSES);
    g = start(&x, SHAPE(1, 5)); /* over the batch: no classes */
    assert_kind(g, build(g, "y", "SoftMax", ATTRS("axis", "0"), INPUTS(x)), RQ_OUTPUT_TENSOR);
    g = start(&x, SHAPE(1, 5));
    assert_kind(g, one(g, "y", "ReLU", x), RQ_OUTPUT_TENSOR);
}

/* e^x / sum e^x, its reciprocal, and x - log sum e^x. */
static void test_softmax_spelled_out(void **state)
{
    rq_id x;
    (void)state;
    rq_graph *g = start(&x, SHAPE(1, 5));
    rq_id e = one(g, "e", "Exp", x);
    assert_kind(g, two(g, "y", "Divide", e, sum(g, "ReduceSum", e)), RQ_OUTPUT_CLASSES);
    g = start(&x, SHAPE(1, 5));
    e = one(g, "e", "Exp", x);
    rq_id inverse = two(g, "inverse", "Power", sum(g, "ReduceSum", e), number(g, "-1", -1));
    assert_kind(g, two(g, "y", "Multiply", e, inverse), RQ_OUTPUT_CLASSES);
    g = start(&x, SHAPE(1, 5));
    e = one(g, "e", "Exp", x);
    rq_id log = one(g, "log", "Log", sum(g, "ReduceSum", e));
    assert_kind(g, two(g, "y", "Subtract", x, log), RQ_OUTPUT_CLASSES);
    g = start(&x, SHAPE(1, 5)); /* shares of a sum are none */
    assert_kind(g, two(g, "y", "Divide", x, sum(g, "ReduceSum", x)), RQ_OUTPUT_TENSOR);
}

static void test_names(void **state)
{
    rq_id x;
    (void)state;
    rq_graph *g = start(&x, SHAPE(1, 5));
    assert_kind(g, one(g, "head/Logits", "ReLU", x), RQ_OUTPUT_CLASSES);
    g = start(&x, SHAPE(1, 5, 7, 7));
    assert_kind(g, one(g, "logits", "ReLU", x), RQ_OUTPUT_TENSOR); /* of no such shape */
    g = start(&x, SHAPE(1, 10));
    assert_kind(g, one(g, "face_landmarks", "ReLU", x), RQ_OUTPUT_LANDMARKS);
    g = start(&x, SHAPE(1, 10));
    assert_kind(g, one(g, "prob", "Sigmoid", x), RQ_OUTPUT_TENSOR); /* each by itself */
}

/* Labels are evidence where they fit; folders only where there are exactly as many. */
static void test_labels(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    rq_dataset dataset = {.labelled = true, .n_classes = 5, .class_names = names};
    rq_workload w = {.images = {.dataset = &dataset}};
    rq_id x;
    (void)state;
    rq_graph *g = start(&x, SHAPE(1, 5));
    assert_int_equal(kind_of(g, one(g, "y", "ReLU", x), &w).kind, RQ_OUTPUT_CLASSES);
    g = start(&x, SHAPE(1, 128)); /* people's folders, and what tells them apart */
    assert_int_equal(kind_of(g, one(g, "y", "ReLU", x), &w).kind, RQ_OUTPUT_TENSOR);
    assert_true(rq_labels_fit(&w.images, 128));
    dataset.n_sorted_names = 5; /* which of the 128 these five are is not known */
    assert_false(rq_labels_fit(&w.images, 128));
    assert_true(rq_labels_fit(&w.images, 5));
    dataset.n_sorted_names = 0;
    dataset.by_folder = true;
    assert_false(rq_labels_fit(&w.images, 128)); /* such as calib and val of 1000 classes */
    assert_true(rq_labels_fit(&w.images, 5));
    w.images.labels = "labels.txt";
    g = start(&x, SHAPE(1, 128));
    assert_int_equal(kind_of(g, one(g, "y", "ReLU", x), &w).kind, RQ_OUTPUT_CLASSES);
}

static void test_the_users_adapter(void **state)
{
    rq_workload w = {0};
    rq_id x;
    (void)state;
    w.request.adapter = "classification";
    rq_graph *g = start(&x, SHAPE(1, 5));
    assert_int_equal(kind_of(g, one(g, "y", "ReLU", x), &w).kind, RQ_OUTPUT_CLASSES);
    w.request.adapter = "embedding";
    g = start(&x, SHAPE(1, 5));
    assert_int_equal(kind_of(g, one(g, "logits", "ReLU", x), &w).kind, RQ_OUTPUT_EMBEDDING);
    w.request.adapter = "segmentation:threshold=0.4";
    g = start(&x, SHAPE(1, 1, 8, 8));
    assert_int_equal(kind_of(g, one(g, "y", "ReLU", x), &w).kind, RQ_OUTPUT_MASK);
    w.request.adapter = "none";
    g = start(&x, SHAPE(1, 5));
    rq_id y = build(g, "y", "SoftMax", ATTRS("axis", "1"), INPUTS(x));
    assert_int_equal(kind_of(g, y, &w).kind, RQ_OUTPUT_TENSOR);
}

/* -- embeddings ------------------------------------------------------------------------------- */

static void test_normalized(void **state)
{
    rq_id x;
    (void)state;
    rq_graph *g = start(&x, SHAPE(1, 8));
    rq_id axes = build_i64(g, "axes", SHAPE(1), (const int64_t[]){1});
    rq_id y =
        build(g, "y", "NormalizeL2", ATTRS("eps", "1e-12", "eps_mode", "add"), INPUTS(x, axes));
    assert_kind(g, y, RQ_OUTPUT_EMBEDDING);
    g = start(&x, SHAPE(1, 8));
    y = build_node(g, "length", "ReduceL2", "opset4", ATTRS("keep_dims", "true"),
                   INPUTS(x, build_i64(g, "axes", SHAPE(1), (const int64_t[]){1})), 1)
            ->out[0];
    assert_kind(g, two(g, "y", "Divide", x, two(g, "least", "Maximum", y, number(g, "e", 1e-9f))),
                RQ_OUTPUT_EMBEDDING);
}

/* x times (sum of x^2)^-0.5, as TensorFlow has it; a mean of squares is no length. */
static void test_normalized_spelled_out(void **state)
{
    rq_id x;
    (void)state;
    for (int mean = 0; mean < 2; mean++) {
        rq_graph *g = start(&x, SHAPE(1, 8));
        rq_id square = two(g, "square", "Multiply", x, x);
        rq_id total = sum(g, mean ? "ReduceMean" : "ReduceSum", square);
        rq_id least = two(g, "least", "Maximum", total, number(g, "e", 1e-9f));
        rq_id root = two(g, "root", "Power", least, number(g, "half", -0.5f));
        assert_kind(g, two(g, "y", "Multiply", x, root),
                    mean ? RQ_OUTPUT_TENSOR : RQ_OUTPUT_EMBEDDING);
    }
}

/* -- maps ------------------------------------------------------------------------------------- */

static void test_maps(void **state)
{
    rq_id x;
    (void)state;
    rq_graph *g = start(&x, SHAPE(1, 1, 8, 8));
    assert_kind(g, one(g, "y", "Sigmoid", x), RQ_OUTPUT_MASK);
    g = start(&x, SHAPE(1, 17, 8, 8)); /* points' heat maps */
    assert_kind(g, one(g, "y", "Sigmoid", x), RQ_OUTPUT_TENSOR);
    g = start(&x, SHAPE(1, 1, 8, 8));
    assert_kind(g, one(g, "disparity", "Sigmoid", x), RQ_OUTPUT_TENSOR);
    g = start(&x, SHAPE(1, 4, 8, 8));
    assert_kind(g, build(g, "y", "SoftMax", ATTRS("axis", "1"), INPUTS(x)), RQ_OUTPUT_MASK);
    g = start(&x, SHAPE(1, 8, 8, 4));
    assert_kind(g, build(g, "y", "SoftMax", ATTRS("axis", "3"), INPUTS(x)), RQ_OUTPUT_MASK);
    g = start(&x, SHAPE(1, 4, 8, 8)); /* attention over columns */
    assert_kind(g, build(g, "y", "SoftMax", ATTRS("axis", "3"), INPUTS(x)), RQ_OUTPUT_TENSOR);
    g = start(&x, SHAPE(1, 3, 8, 8));
    assert_kind(g, one(g, "y", "Sigmoid", x), RQ_OUTPUT_IMAGE);
    g = start(&x, SHAPE(1, 1, 8, 8));
    assert_kind(g, one(g, "y", "ReLU", x), RQ_OUTPUT_TENSOR);
}

/* Lines of an image, but not the steps of other sequences. */
static void test_symbols(void **state)
{
    rq_workload w = {0};
    rq_id x;
    (void)state;
    for (int tensors = 0; tensors < 2; tensors++) {
        rq_graph *g = start(&x, SHAPE(1, 6, 4, 5));
        rq_id shape = build_i64(g, "shape", SHAPE(3), (const int64_t[]){1, 24, 5});
        rq_id steps =
            build(g, "steps", "Reshape", ATTRS("special_zero", "false"), INPUTS(x, shape));
        rq_id y = build(g, "y", "SoftMax", ATTRS("axis", "2"), INPUTS(steps));
        w.request.tensors = tensors;
        assert_int_equal(kind_of(g, y, &w).kind, tensors ? RQ_OUTPUT_TENSOR : RQ_OUTPUT_TEXT);
    }
}

/* -- boxes ------------------------------------------------------------------------------------ */

/* What is gathered by what non-maximum suppression leaves; a TopK is none. */
static void test_selected(void **state)
{
    int64_t size;
    rq_id x;
    (void)state;
    for (int ranked = 0; ranked < 2; ranked++) {
        rq_graph *g = start(&x, SHAPE(1, 9, 4));
        rq_id best =
            build(g, "best", ranked ? "TopK" : "NonMaxSuppression", NO_ATTRS, INPUTS(x, x));
        rq_id y = build(g, "y", "Gather", NO_ATTRS, INPUTS(x, best));
        assert_int_equal(rq_output_end_find(&size, g, NULL, y),
                         ranked ? RQ_END_OTHER : RQ_END_SELECTED);
        rq_graph_destroy(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_softmax),
        cmocka_unit_test(test_softmax_spelled_out),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_the_users_adapter),
        cmocka_unit_test(test_normalized),
        cmocka_unit_test(test_normalized_spelled_out),
        cmocka_unit_test(test_maps),
        cmocka_unit_test(test_symbols),
        cmocka_unit_test(test_selected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
