/* A commit whose memory runs out, at one allocation after the other, and again while it is closed:
 * the next run finds all of the old files or all of the new ones. */
#include "tests/unit/test.h"

#include "engine/base/file.h"
#include "engine/base/staging/staging.h"
#include "tests/unit/faulty_memory.h"
#include "tests/unit/scratch.h"

static const char *const names[] = {"first", "second", "third"};
#define N_NAMES (sizeof names / sizeof *names)

static void put(void **state, const char *folder, const char *text)
{
    for (size_t i = 0; i < N_NAMES; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_ok(rq_write_file(scratch_path(state, path), text, strlen(text)));
    }
}

static bool have(void **state, const char *want)
{
    for (size_t i = 0; i < N_NAMES; i++) {
        char path[64], *text;
        size_t size;
        snprintf(path, sizeof path, "out/%s", names[i]);
        if (rq_read_file(&text, &size, scratch_path(state, path), 100) != RQ_OK) return false;
        bool same = !strcmp(text, want);
        free(text);
        if (!same) return false;
    }
    return true;
}

static rq_staging *opened(void **state)
{
    rq_staging *staging;
    assert_ok(rq_staging_open(&staging, scratch_path(state, "out"), ".own", "out", NULL));
    return staging;
}

/* The number of allocations that the commit made. */
static long commit_without(void **state, long at)
{
    put(state, "out", "old");
    rq_staging *staging = opened(state);
    put(state, "out/.own", "new");
    atomic_store(&faulty_left, at);
    rq_status status = rq_staging_commit(staging, names, N_NAMES);
    long made = at - atomic_exchange(&faulty_left, 1);
    rq_staging_close(&staging);
    atomic_store(&faulty_left, 0);
    staging = opened(state);
    rq_staging_close(&staging);
    if (status != RQ_OK && strstr(rq_error_text(), ":-1:")) /* jansson's where it said nothing */
        fail_msg("allocation %ld: gave %d, '%s'", at, status, rq_error_text());
    if (!have(state, "new") && (status == RQ_OK || !have(state, "old")))
        fail_msg("allocation %ld: files are lost", at);
    return made;
}

static void no_file_is_lost(void **state)
{
    assert_ok(rq_make_dirs(scratch_path(state, "out")));
    long n = commit_without(state, 1L << 40);
    assert_true(!FAULTY_MEMORY || n > 20);
    for (long at = 1; at <= n; at++) commit_without(state, at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_file_is_lost, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
