/* Branches by number: a _SwitchN sends a tensor into one of several, a Merge takes what comes out.
 */
#include "tests/unit/tf_text.h"

static void put(rq_buf *text, const char *name, const char *op, const char *a, const char *b,
                const char *c)
{
    const char *in[] = {a, b, c};
    rq_buf_printf(text, "node { name: '%s' op: '%s'", name, op);
    for (int i = 0; i < 3; i++)
        if (in[i]) rq_buf_printf(text, " input: '%s'", in[i]);
    rq_buf_append(text, " }\n");
}

/* Branch 0 negates, 1 doubles, 2 (and what is behind it) takes from 1; the number is the sum of x.
 */
static void put_branches(rq_buf *text, const char *switched)
{
    static const float one = 1, two = 2;
    put_input(text, 1, 1, 2);
    put_ints(text, "axes", (int[]){0, 1, 2, 3}, 4);
    put_const(text, "one", &one, NULL, 0);
    put_const(text, "two", &two, NULL, 0);
    put(text, "sum", "Sum", "x", "axes", NULL);
    rq_buf_append(text, "node { name: 'number' op: 'Cast' input: 'sum' attr { key: 'DstT' value { "
                        "type: DT_INT32 } } }\n");
    put(text, "c/s", "_SwitchN", switched, "number", NULL);
    put(text, "c/zero", "Neg", "c/s", NULL, NULL);
    put(text, "c/first", "Mul", "c/s:1", "two", NULL);
    put(text, "c/second", "Sub", "one", "c/s:2", NULL);
}

static float run(import_run *r, float a)
{
    return ((const float *)import_compute(r, (float[]){a, 0})->data)[0];
}

static void merge_of_three(void **state)
{
    rq_buf text = {0};
    import_run r;
    put_branches(&text, "x");
    put(&text, "c/merge", "Merge", "c/first", "c/zero", "c/second");
    put(&text, "y", "Identity", "c/merge", NULL, NULL);
    open_graph(state, &r, &text);
    assert_int_equal(import_count(&r, "If"), 1); /* another in it */
    assert_true(run(&r, 0) == 0 && run(&r, 0.5f) == -0.5f);
    assert_true(run(&r, 1) == 2);
    assert_true(run(&r, 2) == -1 && run(&r, 9) == -8 && run(&r, -3) == 4);
    import_close(&r);
}

/* What is around a branch stays around it: the inner Merge is of branch 1. */
static void merge_in_a_branch(void **state)
{
    rq_buf text = {0};
    import_run r;
    put_branches(&text, "x");
    put(&text, "c/more", "Greater", "c/i:1", "one", NULL);
    put(&text, "c/i", "_SwitchN", "sum", "number", NULL);
    put(&text, "d/s", "Switch", "c/first", "c/more", NULL);
    put(&text, "d/no", "Neg", "d/s", NULL, NULL);
    put(&text, "d/yes", "Abs", "d/s:1", NULL, NULL);
    put(&text, "d/merge", "Merge", "d/no", "d/yes", NULL);
    put(&text, "c/merge", "Merge", "c/zero", "d/merge", "c/second");
    put(&text, "y", "Identity", "c/merge", NULL, NULL);
    open_graph(state, &r, &text);
    assert_true(run(&r, 0.5f) == -0.5f);
    assert_true(run(&r, 1) == -2 && run(&r, 1.5f) == 3);
    assert_true(run(&r, 2) == -1);
    import_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merge_of_three),
        cmocka_unit_test(merge_in_a_branch),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
