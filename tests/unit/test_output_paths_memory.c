/* Naming what is written beside an earlier result, while memory runs out at one allocation after
 * the other: the names are the same, or there are none. */
#include "tests/unit/test.h"

#include "engine/base/file.h"
#include "engine/workbench/output_paths.h"
#include "tests/unit/faulty_memory.h"
#include "tests/unit/scratch.h"

static char folder[4096], model[4200], source[4200];

/* The report in the folder is of the model that is written again. */
static void put_earlier(void **state)
{
    static const char report[] = "{\"after\": {\"path\": \"out/net.xml\"}}";
    snprintf(folder, sizeof folder, "%s", scratch_path(state, "out"));
    assert_ok(rq_make_dirs(folder));
    snprintf(model, sizeof model, "%s/net.xml", folder);
    snprintf(source, sizeof source, "%s/source.xml", folder);
    assert_ok(rq_write_file(scratch_path(state, "out/report.json"), report, sizeof report - 1));
    assert_ok(rq_write_file(scratch_path(state, "out/plan.json"), "{}", 2));
    assert_ok(rq_write_file(source, "x", 1));
}

/* Whether allocation number `at` was reached. */
static bool named_at(long at, const char *output, rq_status want)
{
    rq_arena *arena;
    rq_output_paths paths;
    assert_ok(rq_arena_create(&arena));
    atomic_store(&faulty_left, at);
    rq_status status = rq_output_paths_make(&paths, output, source, "int8", arena);
    bool reached = atomic_exchange(&faulty_left, 0) <= 0;
    if (status != RQ_ENOMEM && status != want)
        fail_msg("allocation %ld: gave %d, expected %d", at, status, want);
    if (status == RQ_OK) assert_string_equal(paths.prefix, "");
    rq_arena_destroy(&arena);
    return reached;
}

static void another_name_is_never_taken(void **state)
{
    put_earlier(state);
    long at = 1;
    while (FAULTY_MEMORY && named_at(at, model, RQ_OK)) at++;
    assert_true(!FAULTY_MEMORY || at > 10);
}

static void the_model_itself_is_never_written(void **state)
{
    put_earlier(state);
    long at = 1;
    while (FAULTY_MEMORY && named_at(at, source, RQ_EARG)) at++;
    named_at(0, source, RQ_EARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_name_is_never_taken, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(the_model_itself_is_never_written, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
