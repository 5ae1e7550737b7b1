/* Files that change as one: killed at any step of a commit, the next run finds all old ones or puts
 * all new ones in place; one run at a time; and nothing is left behind. */
#include "tests/unit/scratch.h"

#include "engine/base/file.h"
#include "engine/base/staging/staging.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>

#define N_FILES 4
#define FOLDER ".requant"

static const char *const names[N_FILES] = {"model.xml", "model.bin", "plan.json", "stats.h5"};
static const char *const kept[] = {"stats.h5", NULL};

/* -- dying at a step ------------------------------------------------------------------------- */

static int steps, last_step; /* calls that change names; the one that is not survived, 0: none */

static void count_step(void)
{
    if (++steps == last_step) _exit(9);
}

/* In place of the C library's. */
int rename(const char *from, const char *to)
{
    count_step();
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlink(const char *path)
{
    count_step();
    return unlinkat(AT_FDCWD, path, 0);
}

/* -- a run ----------------------------------------------------------------------------------- */

static const char *out_dir(void **state)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/out", (const char *)*state);
    return path;
}

static void write_in(const char *dir, const char *name, const char *text)
{
    char *path = rq_path_join(dir, name);
    if (rq_write_file(path, text, strlen(text)) != RQ_OK) _exit(10);
    free(path);
}

static rq_status stage(void **state, const char *text)
{
    rq_staging *staging;
    RQ_TRY(rq_staging_open(&staging, out_dir(state), FOLDER, "out", kept));
    for (int i = 0; i < N_FILES; i++) write_in(rq_staging_path(staging), names[i], text);
    rq_status status = rq_staging_commit(staging, names, N_FILES);
    rq_staging_close(&staging);
    return status;
}

static bool has_text(void **state, const char *name, const char *text)
{
    char *path = rq_path_join(out_dir(state), name), *found = NULL;
    size_t size;
    bool has =
        rq_is_file(path) && rq_read_file(&found, &size, path, 100) == RQ_OK && !strcmp(found, text);
    free(found);
    free(path);
    return has;
}

static int count_with(void **state, const char *text)
{
    int n = 0;
    for (int i = 0; i < N_FILES; i++) n += has_text(state, names[i], text);
    return n;
}

static int entries(const char *path)
{
    int n = 0;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return n;
}

/* What it ended with: 9 where it died at that step. */
static int in_child(rq_status (*run)(void **state, const char *text), void **state,
                    const char *text, int step)
{
    int result;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        steps = 0;
        last_step = step;
        _exit(run(state, text) == RQ_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    return WEXITSTATUS(result);
}

/* -- tests ----------------------------------------------------------------------------------- */

static void a_commit_moves_all_and_leaves_nothing_else(void **state)
{
    assert_ok(stage(state, "old"));
    assert_int_equal(count_with(state, "old"), N_FILES);
    assert_int_equal(entries(out_dir(state)), N_FILES);
    assert_ok(stage(state, "new"));
    assert_int_equal(count_with(state, "new"), N_FILES);
    assert_int_equal(entries(out_dir(state)), N_FILES);
}

/* The first file is there only where all others are of the same run. */
static void check_after_death(void **state)
{
    int fresh = count_with(state, "new"), old = count_with(state, "old");
    if (has_text(state, names[0], "old")) assert_int_equal(old, N_FILES);
    if (has_text(state, names[0], "new")) assert_int_equal(fresh, N_FILES);
    bool changed = old < N_FILES;
    rq_staging *staging;
    assert_ok(rq_staging_open(&staging, out_dir(state), FOLDER, "out", kept));
    assert_int_equal(count_with(state, "new") + count_with(state, "old"), N_FILES);
    assert_true(count_with(state, "new") % N_FILES == 0);
    if (changed) assert_int_equal(count_with(state, "new"), N_FILES);
    rq_staging_close(&staging);
}

static void killed_at_any_step_all_files_are_of_one_run(void **state)
{
    int step = 1, forwards = 0;
    for (;; step++) {
        assert_ok(stage(state, "old"));
        int code = in_child(stage, state, "new", step);
        if (code == 0) break;
        assert_int_equal(code, 9);
        check_after_death(state);
        forwards += count_with(state, "new") == N_FILES;
        assert_ok(stage(state, "old"));
        assert_int_equal(entries(out_dir(state)), N_FILES);
    }
    assert_true(step > 2 * N_FILES && forwards > N_FILES && forwards < step - 2);
}

#define STALE "stale.h5"

static rq_status stage_and_drop(void **state, const char *text)
{
    rq_staging *staging;
    RQ_TRY(rq_staging_open(&staging, out_dir(state), FOLDER, "out", kept));
    for (int i = 0; i < N_FILES; i++) write_in(rq_staging_path(staging), names[i], text);
    rq_staging_drop(staging, STALE);
    rq_status status = rq_staging_commit(staging, names, N_FILES);
    rq_staging_close(&staging);
    return status;
}

/* Killed at any step it is there with the old files, and not with the new ones. */
static void a_stale_file_goes_with_the_old_ones(void **state)
{
    int step = 1, code = 9;
    for (; code != 0; step++) {
        assert_ok(stage(state, "old"));
        write_in(out_dir(state), STALE, "old");
        code = in_child(stage_and_drop, state, "new", step);
        assert_true(code == 0 || code == 9);
        if (has_text(state, names[0], "new")) assert_false(has_text(state, STALE, "old"));
        rq_staging *staging;
        assert_ok(rq_staging_open(&staging, out_dir(state), FOLDER, "out", kept));
        rq_staging_close(&staging);
        assert_int_equal(has_text(state, STALE, "old"), count_with(state, "old") == N_FILES);
    }
    assert_int_equal(entries(out_dir(state)), N_FILES);
    assert_ok(stage_and_drop(state, "new")); /* it is not there */
}

/* -- two files ------------------------------------------------------------------------------- */

static rq_status write_pair(void **state, const char *text)
{
    rq_writer *lead, *other;
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", out_dir(state), names[0]);
    RQ_TRY(rq_writer_open(&lead, path));
    snprintf(path, sizeof path, "%s/%s", out_dir(state), names[1]);
    RQ_TRY(rq_writer_open(&other, path));
    RQ_TRY(rq_writer_write(lead, text, strlen(text)));
    RQ_TRY(rq_writer_write(other, text, strlen(text)));
    return rq_writer_commit_pair(&lead, &other);
}

static void killed_at_any_step_a_pair_is_of_one_run(void **state)
{
    int step = 1;
    assert_ok(rq_make_dirs(out_dir(state)));
    for (;; step++) {
        assert_ok(write_pair(state, "old"));
        if (in_child(write_pair, state, "new", step) == 0) break;
        if (has_text(state, names[0], "old")) assert_true(has_text(state, names[1], "old"));
        if (has_text(state, names[0], "new")) assert_true(has_text(state, names[1], "new"));
    }
    assert_true(step > 3);
    assert_ok(write_pair(state, "new"));
    assert_int_equal(entries(out_dir(state)), 2);
}

/* -- more of staging ------------------------------------------------------------------------- */

/* What a run may go on from stays, until one ends well; all else goes. */
static void leftovers_go(void **state)
{
    rq_staging *staging;
    for (int i = 0; i < 2; i++) {
        assert_ok(rq_staging_open(&staging, out_dir(state), FOLDER, "out", kept));
        assert_int_equal(entries(rq_staging_path(staging)), i ? 2 : 1); /* the lock */
        for (int k = 0; k < N_FILES; k++) write_in(rq_staging_path(staging), names[k], "half");
        write_in(rq_staging_path(staging), "model.xml.requant-tmp-0", "half");
        rq_staging_close(&staging);
        assert_int_equal(entries(out_dir(state)), 1);
    }
    assert_ok(stage(state, "new"));
    assert_int_equal(entries(out_dir(state)), N_FILES);
}

static void a_folder_made_for_nothing_goes(void **state)
{
    rq_staging *staging;
    assert_ok(rq_staging_open(&staging, out_dir(state), FOLDER, "out", kept));
    rq_staging_close(&staging);
    assert_false(rq_is_dir(out_dir(state)));
    assert_ok(rq_make_dirs(out_dir(state)));
    assert_ok(rq_staging_open(&staging, out_dir(state), FOLDER, "out", kept));
    rq_staging_close(&staging);
    assert_int_equal(entries(out_dir(state)), 0);
}

static void a_second_run_is_refused(void **state)
{
    char process[32];
    rq_staging *first, *second;
    snprintf(process, sizeof process, "process %ld", (long)getpid());
    assert_ok(rq_staging_open(&first, out_dir(state), FOLDER, "out", kept));
    assert_fails(rq_staging_open(&second, out_dir(state), FOLDER, "out", kept), RQ_EIO, process);
    assert_int_equal(in_child(stage, state, "new", 0), 1);
    rq_staging_close(&first);
    assert_ok(rq_staging_open(&second, out_dir(state), FOLDER, "out", kept));
    rq_staging_close(&second);
    rq_staging_close(&second);
    rq_staging_close(NULL);
}

static void what_is_no_regular_file_is_not_replaced(void **state)
{
    char *plan = rq_path_join(out_dir(state), "plan.json");
    assert_ok(stage(state, "old"));
    assert_int_equal(remove(plan), 0);
    assert_ok(rq_make_dirs(plan));
    assert_fails(stage(state, "new"), RQ_EIO, "plan.json: cannot write");
    assert_int_equal(count_with(state, "old"), N_FILES - 1);
    assert_int_equal(entries(out_dir(state)), N_FILES + 1); /* the statistics are kept */
    assert_int_equal(rmdir(plan), 0);
    free(plan);
    assert_ok(stage(state, "new"));
}

/* What it leads to would be swept. */
static void a_link_is_no_folder(void **state)
{
    rq_staging *staging;
    char mine[4200], link[4200];
    snprintf(mine, sizeof mine, "%s/mine", (const char *)*state);
    snprintf(link, sizeof link, "%s/%s", out_dir(state), FOLDER);
    assert_ok(rq_make_dirs(mine));
    assert_ok(rq_make_dirs(out_dir(state)));
    write_in(mine, "letter.txt", "dear");
    assert_int_equal(symlink(mine, link), 0);
    assert_fails(rq_staging_open(&staging, out_dir(state), FOLDER, "out", kept), RQ_EIO,
                 "out/.requant: expected a folder of its own");
    assert_int_equal(entries(mine), 1);
    assert_int_equal(unlinkat(AT_FDCWD, link, 0), 0);
}

/* A journal moves files of its folder, to beside it. */
static void a_foreign_journal_moves_nothing(void **state)
{
    static const char *const texts[] = {
        "{\"format\": \"requant journal\", \"version\": 1, \"files\": [\"../plan.json\"]}",
        "{\"format\": \"requant journal\", \"version\": 1, \"files\": []}",
        "{\"format\": \"requant journal\", \"version\": 1, \"files\":[\"a\"],\"stale\":[\"../a\"]}",
        "{\"format\": \"requant journal\", \"version\": 1, \"files\":[\"a\"],\"stale\":[\"a\"]}",
        "{\"format\": \"requant journal\", \"version\": 2, \"files\": [\"plan.json\"]}",
        "{}"};
    rq_staging *staging;
    char folder[4200];
    assert_ok(stage(state, "old"));
    snprintf(folder, sizeof folder, "%s/%s", out_dir(state), FOLDER);
    assert_ok(rq_make_dirs(folder));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_in(folder, "journal.json", texts[i]);
        assert_fails(rq_staging_open(&staging, out_dir(state), FOLDER, "out", kept), RQ_EFORMAT,
                     "journal.json: is no journal");
    }
    assert_int_equal(count_with(state, "old"), N_FILES);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_commit_moves_all_and_leaves_nothing_else),
        IN_FOLDER(killed_at_any_step_all_files_are_of_one_run),
        IN_FOLDER(a_stale_file_goes_with_the_old_ones),
        IN_FOLDER(killed_at_any_step_a_pair_is_of_one_run),
        IN_FOLDER(leftovers_go),
        IN_FOLDER(a_folder_made_for_nothing_goes),
        IN_FOLDER(a_second_run_is_refused),
        IN_FOLDER(what_is_no_regular_file_is_not_replaced),
        IN_FOLDER(a_link_is_no_folder),
        IN_FOLDER(a_foreign_journal_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
