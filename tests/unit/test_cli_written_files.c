/* What a command writes is not what it reads. */
#include "tests/unit/scratch.h"

#include "engine/cli/written_files.h"

static char scratch_before[4096];

/* In the scratch folder: paths of the tests are short. */
static int set_up(void **state)
{
    if (scratch_setup(state) != 0 || !getcwd(scratch_before, sizeof scratch_before)) return -1;
    if (chdir(*state) != 0 || mkdir("run", 0777) != 0) return -1;
    const char *const files[] = {"a.xml",           "a.bin",         "b.xml",        "labels.txt",
                                 "run/report.json", "run/plan.json", "run/stats.h5", "in.npy"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        scratch_file(state, files[i], files[i], strlen(files[i]));
    return link("b.xml", "hard.xml") || symlink("a.bin", "soft.csv");
}

static int tear_down(void **state)
{
    return chdir(scratch_before) != 0 ? -1 : scratch_teardown(state);
}

/* Words are split at spaces. */
static rq_status check(const char *line_)
{
    char line[256], *words[32];
    int n = 0;
    rq_args *args;
    snprintf(line, sizeof line, "%s", line_);
    for (char *word = strtok(line, " "); word && n < 32; word = strtok(NULL, " "))
        words[n++] = word;
    const rq_command *command = rq_command_find(words[0]);
    assert_non_null(command);
    assert_ok(rq_args_parse(&args, command, n, words));
    rq_status status = rq_written_files_check(command, args);
    rq_args_destroy(&args);
    return status;
}

static void test_what_is_read_is_not_replaced(void **state)
{
    (void)state;
    const struct {
        const char *line, *option, *file;
    } cases[] = {
        {"compare run/report.json --html run/report.json", "--html", "run/report.json"},
        {"compare run --csv run/plan.json", "--csv", "run/plan.json"},
        {"compare run/report.json --markdown run/plan.json", "--markdown", "run/plan.json"},
        {"compare run --html ./run/../run/stats.h5", "--html", "run/stats.h5"},
        {"compare a.xml b.xml --data run --json b.xml", "--json", "b.xml"},
        {"compare a.xml b.xml --data run --json hard.xml", "--json", "hard.xml"},
        {"bench a.xml --json a.xml", "--json", "a.xml"},
        {"bench a.xml b.xml --csv a.bin", "--csv", "a.bin"},
        {"analyze a.xml --data run --csv a.bin", "--csv", "a.bin"},
        {"analyze a.xml --data run --csv soft.csv", "--csv", "a.bin"},
        {"analyze a.xml --data run --stats run/stats.h5 --csv run/stats.h5", "--csv", "stats.h5"},
        {"analyze a.xml --data run --input x=in.npy --csv in.npy", "--csv", "in.npy"},
        {"evaluate a.xml --data run --classes a.xml", "--classes", "a.xml"},
        {"evaluate a.xml --data run --labels labels.txt --classes labels.txt", "--classes",
         "labels.txt"},
        {"calibrate a.xml --data run -o a.xml", "--output", "a.xml"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_fails(check(cases[i].line), RQ_EARG, cases[i].option);
        assert_non_null(strstr(rq_error_text(), cases[i].file));
    }
}

static void test_two_options_do_not_write_one_file(void **state)
{
    (void)state;
    assert_fails(check("bench a.xml --json new.txt --csv new.txt"), RQ_EARG, "--json and --csv");
    assert_fails(check("compare run --html run/new --csv ./run/new"), RQ_EARG,
                 "both write run/new");
    assert_ok(check("bench a.xml --json new.json --csv new.csv"));
    assert_ok(check("compare run --html new/a --csv run/a"));
}

static void test_other_files_may_be_written(void **state)
{
    (void)state;
    assert_ok(check("compare run --html run/compare.html --json -"));
    assert_ok(check("bench a.xml --json b.xml")); /* not read by this command */
    assert_ok(check("analyze a.xml --data - --csv - --json"));
    assert_ok(check("calibrate a.xml --data run -o run/stats.h5"));
    assert_ok(check("quantize a.xml --data run --plan run/plan.json -o run"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_read_is_not_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_two_options_do_not_write_one_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_files_may_be_written, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
