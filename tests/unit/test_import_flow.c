/* If whose branches give different ranks, as exporters write "take away the axis if it is one". */
#include "tests/unit/test.h"

#include "tests/unit/framework_model_builder.h"

static rq_framework_model *branch_begin(rq_framework_model *parent)
{
    rq_framework_model *s = rq_arena_alloc(parent->arena, 1, sizeof *s);
    assert_non_null(s);
    *s = (rq_framework_model){.arena = parent->arena,
                              .parent = parent,
                              .framework = parent->framework,
                              .path = parent->path,
                              .name = "branch",
                              .opset = parent->opset};
    return s;
}

static void set_branch(rq_framework_model *s, rq_framework_node *node, const char *name,
                       rq_framework_model *branch)
{
    rq_framework_attr *attr = NULL;
    assert_ok(rq_framework_model_add_attr(&attr, s, node, name, RQ_FRAMEWORK_GRAPH));
    attr->graph = branch;
}

/* "single": whether x has one row; or an input of a shape says so. */
static void condition(rq_framework_model *s, const rq_shape *asked)
{
    SOURCE_INTS(s, "zero", 0);
    if (!asked) {
        SOURCE_INTS(s, "count", 1);
        source_node(s, "shape", "Shape", "x");
        source_node(s, "rows", "Gather", "shape zero");
        source_node(s, "single", "Equal", "rows count");
        return;
    }
    assert_ok(rq_framework_model_add_input(s, "single", RQ_DT_BOOL, asked));
}

/* y = 1 + (x of one row ? that row : x transposed) */
static rq_framework_model *squeeze_or_transpose(rq_shape x, const rq_shape *asked)
{
    rq_framework_model *s = source_begin(13);
    source_input(s, "x", x);
    source_scalar(s, "one", 1);
    condition(s, asked);
    rq_framework_node *node = source_node(s, "f", "If", "single");
    rq_framework_model *then = branch_begin(s), *otherwise = branch_begin(s);
    source_node(then, "squeezed", "Squeeze", "x zero");
    assert_ok(rq_framework_model_add_output(then, "squeezed"));
    SOURCE_LIST(otherwise, source_node(otherwise, "turned", "Transpose", "x"), "perm", 1, 0);
    assert_ok(rq_framework_model_add_output(otherwise, "turned"));
    set_branch(s, node, "then_branch", then);
    set_branch(s, node, "else_branch", otherwise);
    source_node(s, "y", "Add", "f one");
    assert_ok(rq_framework_model_add_output(s, "y"));
    return s;
}

/* What the IR will say of it. */
static void assert_floats(const rq_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node || strcmp(node->type, "If") != 0) continue;
        assert_int_equal(graph->values[node->out[0]]->dtype, RQ_DT_F32);
        assert_true(graph->values[node->in[0]]->shape.rank <= 1);
    }
}

/* A condition of this shape decides, where it is not the size of x. */
typedef struct decider {
    const bool *single;
    rq_shape shape;
} decider;

static void expect(rq_shape declared, rq_shape given, decider by, const char *shape,
                   const float *want)
{
    static const float x[] = {1, 2, 3, 4, 5, 6};
    char text[RQ_SHAPE_TEXT];
    rq_import_result result;
    import_run r = {.source = squeeze_or_transpose(declared, by.single ? &by.shape : NULL)};
    assert_ok(rq_import_graph(&result, r.source, NULL));
    r.graph = result.graph;
    assert_floats(r.graph);
    const rq_input_shape input = {"x", given};
    const rq_exec_options options = {.backend = "reference", .shapes = &input, .n_shapes = 1};
    assert_ok(rq_model_create(&r.model, r.graph, &options));
    assert_ok(rq_session_create(&r.session, r.model));
    const rq_tensor in[] = {{RQ_DT_F32, given, (void *)x},
                            {RQ_DT_BOOL, by.shape, (void *)by.single}};
    assert_ok(rq_session_run(r.session, in, NULL, NULL));
    const rq_tensor *y = rq_session_output(r.session, 0);
    assert_int_equal(y->dtype, RQ_DT_F32);
    assert_string_equal(rq_shape_text(&y->shape, text), shape);
    assert_near_f32(y->data, want, rq_tensor_count(y), 0, 0);
    import_close(&r);
}

static const decider size = {NULL, {0}};

static const float row[] = {2, 3, 4}, turned[] = {2, 5, 3, 6, 4, 7};

static void test_size_known(void **state)
{
    (void)state;
    expect(DIMS(1, 3), DIMS(1, 3), size, "[3]", row);
    expect(DIMS(2, 3), DIMS(2, 3), size, "[3,2]", turned);
}

static void test_size_told_by_the_input(void **state)
{
    (void)state;
    expect(DIMS(-1, 3), DIMS(1, 3), size, "[3]", row);
    expect(DIMS(-1, 3), DIMS(2, 3), size, "[3,2]", turned);
}

/* x does not fit the branch that is not taken. */
static void test_told_by_another_input(void **state)
{
    const bool no = false;
    (void)state;
    expect(DIMS(-1, 3), DIMS(2, 3), (decider){&no, RQ_SHAPE_SCALAR}, "[3,2]", turned);
}

static void test_nothing_known_of_the_size(void **state)
{
    const bool yes = true;
    (void)state;
    expect((rq_shape){.rank = -1}, DIMS(1, 3), (decider){&yes, RQ_SHAPE_SCALAR}, "[3]", row);
}

/* One element, but not of the rank that OpenVINO takes. */
static void test_a_condition_of_some_rank(void **state)
{
    const bool yes = true;
    (void)state;
    expect(DIMS(-1, 3), DIMS(1, 3), (decider){&yes, DIMS(1, 1)}, "[3]", row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size_known),
        cmocka_unit_test(test_size_told_by_the_input),
        cmocka_unit_test(test_told_by_another_input),
        cmocka_unit_test(test_nothing_known_of_the_size),
        cmocka_unit_test(test_a_condition_of_some_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
