/* Planning for the onednn backend while memory runs out, at one allocation after the other: it says
 * so, or runs what it runs else. Another kernel would give other numbers. */
#include "tests/unit/test.h"

#include "engine/exec/exec.h"
#include "tests/unit/faulty_memory.h"
#include "tests/unit/graph_builder.h"

#define NODES 64

static rq_graph *small_network(void)
{
    rq_graph *g;
    assert_ok(rq_graph_create(&g, "test"));
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 3, 8, 8));
    rq_id a = build_relu(g, "relu", build_conv(g, "conv", x, 16, 3, 3));
    rq_id b = build_conv(g, "other", a, 16, 16, 1);
    rq_id sum = build(g, "sum", "Add", NO_ATTRS, INPUTS(a, b));
    rq_id channel = build_i64(g, "channel", SHAPE(1), (const int64_t[]){1});
    rq_id places = build_i64(g, "places", SHAPE(2), (const int64_t[]){2, 3});
    rq_id flat = build_i64(g, "flat", SHAPE(2), (const int64_t[]){1, -1});
    build_result(
        g, build(g, "means", "ReduceMean", ATTRS("keep_dims", "false"), INPUTS(sum, channel)));
    rq_id few = build(g, "few", "ReduceMean", ATTRS("keep_dims", "false"), INPUTS(sum, places));
    build_result(g, build(g, "shares", "SoftMax", ATTRS("axis", "1"), INPUTS(few)));
    rq_id mean = build(g, "mean", "ReduceMean", ATTRS("keep_dims", "true"), INPUTS(sum, places));
    rq_id both = build(g, "both", "Concat", ATTRS("axis", "1"), INPUTS(mean, mean));
    rq_id row = build(g, "row", "Reshape", ATTRS("special_zero", "false"), INPUTS(both, flat));
    rq_id product =
        build(g, "product", "MatMul", NO_ATTRS, INPUTS(row, build_weights(g, "m", SHAPE(32, 8))));
    build_result(g, build(g, "classes", "SoftMax", ATTRS("axis", "1"), INPUTS(product)));
    assert_true(g->n_nodes <= NODES);
    return g;
}

/* By node; the names are the program's. */
static rq_status plan(const char *kernels[NODES], const rq_graph *g)
{
    rq_model *model;
    const rq_exec_options options = {.backend = "onednn"};
    RQ_TRY(rq_model_create(&model, g, &options));
    for (size_t i = 0; i < g->n_nodes; i++) {
        const char *kernel = rq_model_kernel(model, (rq_id)i);
        kernels[i] = kernel ? strdup(kernel) : NULL;
    }
    rq_model_destroy(&model);
    return RQ_OK;
}

static void drop(const char *kernels[NODES])
{
    for (size_t i = 0; i < NODES; i++) {
        free((char *)(uintptr_t)kernels[i]);
        kernels[i] = NULL;
    }
}

static void no_other_kernel_runs_for_want_of_memory(void **state)
{
    (void)state;
    const long many = 1L << 40;
    const char *want[NODES] = {NULL}, *got[NODES] = {NULL};
    rq_graph *g = small_network();
    atomic_store(&faulty_ours, true);
    atomic_store(&faulty_left, many);
    assert_ok(plan(want, g));
    long n = many - atomic_exchange(&faulty_left, 0), refused = 0;
    for (long at = 1; at <= n; at++) {
        atomic_store(&faulty_left, at);
        rq_status status = plan(got, g);
        atomic_store(&faulty_left, 0);
        if (status != RQ_OK && status != RQ_ENOMEM)
            fail_msg("allocation %ld of %ld failed: gave %d, '%s'", at, n, status, rq_error_text());
        for (size_t i = 0; i < g->n_nodes && status == RQ_OK; i++)
            if (strcmp(want[i] ? want[i] : "", got[i] ? got[i] : ""))
                fail_msg("allocation %ld of %ld failed: node %zu runs %s, not %s", at, n, i,
                         got[i] ? got[i] : "nothing", want[i] ? want[i] : "nothing");
        refused += status == RQ_ENOMEM;
        drop(got);
    }
    assert_true(!FAULTY_MEMORY || refused > 20);
    drop(want);
    rq_graph_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_other_kernel_runs_for_want_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
