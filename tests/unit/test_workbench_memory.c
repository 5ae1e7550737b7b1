/* Procedures whose memory runs out, at one allocation after the other: they say so, give nothing
 * half-made, and keep nothing. */
#include "tests/unit/toy_workload.h"

#include "engine/workbench/compare/compare_read.h"
#include "engine/workbench/evaluate/evaluate.h"
#include "engine/workbench/lint/lint.h"
#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/search/output_error.h"
#include "engine/workbench/sensitivity/sensitivity.h"
#include "quant/plan_create.h"
#include "tests/unit/faulty_memory.h"

#define ROUNDS 150 /* allocations that fail, spread over all that a procedure makes */

typedef struct fixture {
    rq_workload w;
    rq_stats *stats;
    rq_quant_plan *plan;
    rq_graph *quantized;
} fixture;

typedef rq_status procedure(const fixture *f);

static rq_status calibrate(const fixture *f)
{
    rq_calibration c;
    rq_status status = rq_calibrate_run(&c, &f->w, &(rq_calibrate_options){.path = NULL});
    if (status != RQ_OK) assert_null(c.stats);
    rq_stats_destroy(&c.stats);
    return status;
}

static rq_status evaluate(const fixture *f)
{
    rq_evaluation e;
    const rq_evaluate_options options = {
        .before = f->w.graph, .after = f->quantized, .bound = f->w.bound};
    rq_status status = rq_evaluate_run(&e, &f->w, &options);
    rq_evaluation_close(&e);
    return status;
}

static rq_status lint(const fixture *f)
{
    rq_lint l;
    rq_status status = rq_lint_run(&l, &f->w, &(rq_lint_options){.n_varied = 4});
    rq_lint_close(&l);
    return status;
}

static rq_status match(const fixture *f)
{
    rq_arena *arena = NULL;
    rq_id *same;
    rq_status status = rq_arena_create(&arena);
    if (status == RQ_OK) status = rq_compare_match(&same, f->w.graph, f->quantized, arena);
    rq_arena_destroy(&arena);
    return status;
}

static rq_status read_plan(const fixture *f)
{
    rq_plan_file *plan;
    rq_status status = rq_compare_read_plan(&plan, f->w.bound);
    if (status == RQ_OK) rq_plan_file_destroy(&plan);
    return status;
}

static rq_status analyze(const fixture *f)
{
    rq_parts *parts = NULL;
    rq_sensitivity found = {0};
    rq_status status = rq_parts_create(&parts, f->plan, f->w.bound);
    const rq_sensitivity_options options = {.parts = parts, .quantized = f->quantized};
    if (status == RQ_OK) status = rq_sensitivity_run(&found, &f->w, &options);
    rq_sensitivity_close(&found);
    rq_parts_destroy(&parts);
    return status;
}

static rq_status output_error(const fixture *f)
{
    rq_output_error *error = NULL;
    rq_output_scores scores = {0};
    const rq_output_error_options options = {.title = "test", .images = &f->w.images};
    rq_status status = rq_output_error_open(&error, &f->w, &options);
    if (status == RQ_OK)
        status = rq_output_error_score(&scores, error,
                                       &(rq_output_error_score_options){.graph = f->quantized});
    rq_output_scores_close(&scores);
    rq_output_error_close(&error);
    return status;
}

static void open_fixture(fixture *f)
{
    toy_open(&f->w, toy_graph(&(toy_net){.loud = 1, .classes = true}), "generated:4:1");
    f->w.threads = 1;
    f->stats = toy_stats(&f->w);
    assert_ok(rq_quant_plan_create(&f->plan, f->w.bound, f->stats, &toy_plan, NULL));
    assert_ok(rq_build_int8(&f->quantized, f->w.graph, f->plan));
}

static void close_fixture(fixture *f)
{
    rq_graph_destroy(&f->quantized);
    rq_quant_plan_destroy(&f->plan);
    rq_stats_destroy(&f->stats);
    rq_workload_close(&f->w);
}

/* How many allocations it makes where none fails. */
static long count_allocations(procedure *run, const fixture *f)
{
    const long many = 1L << 40;
    assert_ok(run(f)); /* what a library keeps for good is there now */
    atomic_store(&faulty_left, many);
    assert_ok(run(f));
    return many - atomic_exchange(&faulty_left, 0);
}

static void fail_each(procedure *run)
{
    fixture f;
    open_fixture(&f);
    long n = count_allocations(run, &f), step = n / ROUNDS + 1;
    assert_true(!FAULTY_MEMORY || n > 2);
    for (long at = 1; at <= n; at += step) {
        long before = atomic_load(&faulty_held);
        atomic_store(&faulty_left, at);
        rq_status status = run(&f);
        atomic_store(&faulty_left, 0);
        long kept = atomic_load(&faulty_held) - before;
        if (status != RQ_ENOMEM) fail_msg("allocation %ld of %ld failed: gave %d", at, n, status);
        if (kept) fail_msg("allocation %ld of %ld failed: %ld blocks are kept", at, n, kept);
    }
    close_fixture(&f);
}

#define TEST(name)                                                                                 \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        fail_each(name);                                                                           \
    }
TEST(calibrate)
TEST(evaluate)
TEST(lint)
TEST(match)
TEST(read_plan)
TEST(analyze)
TEST(output_error)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calibrate),    cmocka_unit_test(test_evaluate),
        cmocka_unit_test(test_lint),         cmocka_unit_test(test_match),
        cmocka_unit_test(test_read_plan),    cmocka_unit_test(test_analyze),
        cmocka_unit_test(test_output_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
