/* The command line: what is accepted, and what the messages say. */
#include "tests/unit/test.h"

#include "engine/cli/command.h"

static const rq_keyword precisions[] = {
    {"int8", "small", NULL}, {"fp16", "half", "half"}, {NULL, NULL, NULL}};
static const rq_option own_options[] = {
    RQ_HEADING(OUTPUT),
    RQ_OPTION("output", "DIR", "a folder"),
    RQ_OPTION("precision", "P", "of numbers", .keywords = precisions, .fallback = "fp16"),
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR", "a folder"),
    RQ_OPTION("batch-size", "N", "a number"),
    RQ_OPTION("range_method", "NAME", "spelled with '_' in the table"),
    RQ_OPTION("ignore", "NAME", "may repeat", .repeats = true),
    RQ_OPTION("verbose", NULL, "a switch", .alias = "chatty"),
    RQ_OPTION("rounding-seconds", "N", "called otherwise once", .alias = "budget"),
    RQ_OPTIONS_END,
};
static const rq_short shorts[] = {{"-b", "batch-size"}, {"-bs", "batch-size"}, {NULL, NULL}};
static const rq_option *const tables[] = {own_options, rq_common_options, NULL};
static const rq_command command = {.name = "test",
                                   .operands = "MODEL.xml",
                                   .min_operands = 1,
                                   .max_operands = 1,
                                   .shorts = shorts,
                                   .options = tables};

typedef struct fixture {
    rq_args *args;
} fixture;

static int set_up(void **state)
{
    *state = calloc(1, sizeof(fixture));
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    rq_args_destroy(&f->args);
    free(f);
    return 0;
}

/* Words are split at spaces; the text must live as long as the arguments. */
static rq_status parse(fixture *f, char *line)
{
    char *words[32];
    int n = 0;
    for (char *word = strtok(line, " "); word && n < 32; word = strtok(NULL, " "))
        words[n++] = word;
    rq_args_destroy(&f->args);
    return rq_args_parse(&f->args, &command, n, words);
}

static void test_options_and_operands(void **state)
{
    fixture *f = *state;
    char line[] = "test --data images model.xml --verbose --threads 4";
    assert_ok(parse(f, line));
    assert_string_equal(rq_args_get(f->args, "data", ""), "images");
    assert_int_equal(rq_args_operands(f->args), 1);
    assert_string_equal(rq_args_operand(f->args, 0), "model.xml");
    assert_null(rq_args_operand(f->args, 1));
    assert_true(rq_args_has(f->args, "verbose"));
    assert_false(rq_args_has(f->args, "quiet"));
    assert_string_equal(rq_args_get(f->args, "output", "fallback"), "fallback");
    assert_string_equal(rq_args_get(f->args, "threads", ""), "4");
}

static void test_dash_and_underscore_are_the_same(void **state)
{
    fixture *f = *state;
    char dash[] = "test m --batch-size 3 --range-method mse",
         underscore[] = "test m --batch_size=3 --range_method mse";
    char *const lines[] = {dash, underscore};
    for (size_t i = 0; i < 2; i++) {
        assert_ok(parse(f, lines[i]));
        assert_string_equal(rq_args_get(f->args, "batch-size", ""), "3");
        assert_string_equal(rq_args_get(f->args, "range_method", ""), "mse");
    }
}

static void test_equals_form(void **state)
{
    fixture *f = *state;
    char line[] = "test m --data=a=b --output= --ignore=--odd";
    assert_ok(parse(f, line));
    assert_string_equal(rq_args_get(f->args, "data", NULL), "a=b");
    assert_string_equal(rq_args_get(f->args, "output", NULL), "");
    assert_string_equal(rq_args_get(f->args, "ignore", NULL), "--odd");
}

static void test_short_forms(void **state)
{
    fixture *f = *state;
    char line[] = "test m -o out", help[] = "test -h";
    assert_ok(parse(f, line));
    assert_string_equal(rq_args_get(f->args, "output", ""), "out");
    assert_ok(parse(f, help)); /* the operand may be missing then */
    assert_true(rq_args_has(f->args, "help"));
}

static void test_unknown_options(void **state)
{
    fixture *f = *state;
    char near[] = "test m --bacth-size 3", far[] = "test m --zzzzzzzz",
         longer[] = "test m --databases", prefix[] = "test m --dat x", empty[] = "test m --=3";
    assert_fails(parse(f, near), RQ_EARG,
                 "--bacth-size is not an option; did you mean --batch-size?");
    assert_null(f->args);
    assert_fails(parse(f, far), RQ_EARG, "--zzzzzzzz is not an option");
    assert_null(strstr(rq_error_text(), "did you mean"));
    assert_fails(parse(f, longer), RQ_EARG, "--databases is not an option");
    assert_fails(parse(f, prefix), RQ_EARG, "did you mean --data?");
    assert_fails(parse(f, empty), RQ_EARG, "is not an option");
}

static void test_given_twice(void **state)
{
    fixture *f = *state;
    char twice[] = "test m --data a --data b", spelled[] = "test m --batch-size 1 --batch_size=1";
    assert_fails(parse(f, twice), RQ_EARG, "--data is given twice");
    assert_fails(parse(f, spelled), RQ_EARG, "--batch-size is given twice");
}

static void test_repeated_option(void **state)
{
    fixture *f = *state;
    char line[] = "test m --ignore a --ignore=b --ignore c";
    assert_ok(parse(f, line));
    assert_int_equal(rq_settings_count(rq_args_settings(f->args), "ignore"), 3);
    assert_string_equal(rq_settings_at(rq_args_settings(f->args), "ignore", 0), "a");
    assert_string_equal(rq_settings_at(rq_args_settings(f->args), "ignore", 1), "b");
    assert_string_equal(rq_args_get(f->args, "ignore", ""), "c"); /* the last */
    assert_null(rq_settings_at(rq_args_settings(f->args), "ignore", 3));
    assert_int_equal(rq_settings_count(rq_args_settings(f->args), "data"), 0);
}

static void test_missing_value(void **state)
{
    fixture *f = *state;
    char last[] = "test m --data", before[] = "test m --data --verbose",
         negative[] = "test m --batch-size -1";
    assert_fails(parse(f, last), RQ_EARG, "--data needs DIR");
    assert_fails(parse(f, before), RQ_EARG, "--data needs DIR");
    assert_ok(parse(f, negative));
    assert_string_equal(rq_args_get(f->args, "batch-size", ""), "-1");
}

static void test_switch_takes_no_value(void **state)
{
    fixture *f = *state;
    char line[] = "test m --verbose=yes";
    assert_fails(parse(f, line), RQ_EARG,
                 "--verbose takes no value but true or false, found 'yes'");
    for (int i = 0; i <= 1; i++) { /* Model Optimizer takes neither */
        char number[] = "test model.xml --verbose=0";
        number[strlen(number) - 1] = (char)('0' + i);
        assert_fails(parse(f, number), RQ_EARG, "takes no value but true or false");
    }
}

static void test_operands_are_counted(void **state)
{
    fixture *f = *state;
    char none[] = "test --verbose", two[] = "test a.xml b.xml", dashes[] = "test -- --data";
    assert_fails(parse(f, none), RQ_EARG, "expected MODEL.xml");
    assert_fails(parse(f, two), RQ_EARG, "'b.xml' is one too many");
    assert_ok(parse(f, dashes));
    assert_string_equal(rq_args_operand(f->args, 0), "--data");
}

static void test_integers(void **state)
{
    fixture *f = *state;
    int64_t n;
    static const char *const bad[] = {
        "0", "9", "-1", "2.5", "4x", "", "0x4", "1e1", "four", "+", "99999999999999999999"};
    char line[64];
    snprintf(line, sizeof line, "test m --batch-size 8");
    assert_ok(parse(f, line));
    assert_ok(rq_args_integer(&n, f->args, "batch-size", 5, 1, 8));
    assert_int_equal(n, 8);
    assert_ok(rq_args_integer(&n, f->args, "threads", 5, 1, 8));
    assert_int_equal(n, 5);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char word[64], *words[] = {line, word, line};
        snprintf(word, sizeof word, "--batch-size=%s", bad[i]);
        rq_args_destroy(&f->args);
        assert_ok(rq_args_parse(&f->args, &command, 3, words));
        assert_fails(rq_args_integer(&n, f->args, "batch-size", 5, 1, 8), RQ_EARG,
                     "expected an integer from 1 to 8");
        assert_non_null(strstr(rq_error_text(), "--batch-size"));
    }
}

static void test_numbers(void **state)
{
    fixture *f = *state;
    double x;
    static const char *const bad[] = {"1.5", "-0.5", "nan", "inf", "", "x", "0.5x"};
    char line[] = "test m --batch-size 0.25";
    assert_ok(parse(f, line));
    assert_ok(rq_settings_number(&x, rq_args_settings(f->args), "batch-size", 1.0, 0.0, 1.0));
    assert_true(x == 0.25);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char word[64], *words[] = {line, word, line};
        snprintf(word, sizeof word, "--batch-size=%s", bad[i]);
        rq_args_destroy(&f->args);
        assert_ok(rq_args_parse(&f->args, &command, 3, words));
        assert_fails(rq_settings_number(&x, rq_args_settings(f->args), "batch-size", 1.0, 0.0, 1.0),
                     RQ_EARG, "expected a number from 0 to 1");
    }
}

static void test_keywords(void **state)
{
    fixture *f = *state;
    int word;
    char good[] = "test m --precision int8", other[] = "test m --precision half", none[] = "test m",
         bad[] = "test m --precision fp61";
    assert_ok(parse(f, good));
    assert_ok(rq_settings_keyword(&word, rq_args_settings(f->args), "precision", precisions, 1));
    assert_int_equal(word, 0);
    assert_ok(parse(f, other));
    assert_ok(rq_settings_keyword(&word, rq_args_settings(f->args), "precision", precisions, 0));
    assert_int_equal(word, 1);
    assert_ok(parse(f, none));
    assert_ok(rq_settings_keyword(&word, rq_args_settings(f->args), "precision", precisions, -1));
    assert_int_equal(word, -1);
    assert_ok(parse(f, bad));
    assert_fails(
        rq_settings_keyword(&word, rq_args_settings(f->args), "precision", precisions, 0), RQ_EARG,
        "--precision: 'fp61' is not one of its values; did you mean 'fp16'? There are int8, fp16");
}

static void test_other_names(void **state)
{
    fixture *f = *state;
    char old[] = "test m --budget 3 --chatty", new[] = "test m --rounding_seconds=4",
         both[] = "test m --budget 3 --rounding-seconds 4", near[] = "test m --budgit 3";
    assert_ok(parse(f, old));
    assert_string_equal(rq_args_get(f->args, "rounding-seconds", ""), "3");
    assert_true(rq_args_has(f->args, "verbose"));
    assert_ok(parse(f, new));
    assert_string_equal(rq_args_get(f->args, "rounding-seconds", ""), "4");
    assert_fails(parse(f, both), RQ_EARG, "--rounding-seconds is given twice");
    assert_fails(parse(f, near), RQ_EARG, "--budgit is not an option");
}

static void test_asking_for_values(void **state)
{
    fixture *f = *state;
    char asked[] = "test --precision help", equals[] = "test --precision=help --verbose",
         other[] = "test m --data help", none[] = "test m";
    assert_ok(parse(f, asked)); /* the operand may be missing then */
    assert_non_null(rq_args_asked(f->args));
    assert_string_equal(rq_args_asked(f->args)->name, "precision");
    assert_ok(parse(f, equals));
    assert_non_null(rq_args_asked(f->args));
    assert_ok(parse(f, other)); /* any word is a folder */
    assert_null(rq_args_asked(f->args));
    assert_ok(parse(f, none));
    assert_null(rq_args_asked(f->args));
}

static void test_options_are_listed_by_group(void **state)
{
    (void)state;
    rq_option_list list;
    rq_command_options(&list, &command);
    assert_int_equal(list.n, 13);
    assert_string_equal(list.option[0]->name, "data");
    assert_int_equal(list.group[0], RQ_GROUP_DATA);
    assert_string_equal(list.option[6]->name, "output");
    assert_int_equal(list.group[7], RQ_GROUP_OUTPUT);
    assert_string_equal(list.option[12]->name, "help");
    assert_int_equal(list.group[12], RQ_GROUP_GENERAL);
}

static void test_short_names(void **state)
{
    fixture *f = *state;
    char line[] = "test model.xml -o out -b 4";
    assert_ok(parse(f, line));
    assert_string_equal(rq_args_get(f->args, "output", ""), "out");
    assert_string_equal(rq_args_get(f->args, "batch-size", ""), "4");
    char twice[] = "test model.xml -b 4 --batch_size 5";
    assert_fails(parse(f, twice), RQ_EARG, "--batch-size is given twice");
    char last[] = "test model.xml -b";
    assert_fails(parse(f, last), RQ_EARG, "--batch-size needs N");
    char unknown[] = "test -x";
    assert_ok(parse(f, unknown));
    assert_string_equal(rq_args_operand(f->args, 0), "-x");
    char text[RQ_SHORT_TEXT];
    assert_string_equal(rq_short_text(&command, "batch-size", text), "-b, -bs, ");
    assert_string_equal(rq_short_text(&command, "help", text), "-h, ");
    assert_string_equal(rq_short_text(&command, "data", text), "");
}

static void test_switches_with_values(void **state)
{
    fixture *f = *state;
    char on[] = "test model.xml --verbose=True";
    assert_ok(parse(f, on));
    assert_true(rq_args_has(f->args, "verbose"));
    char off[] = "test model.xml --verbose=false";
    assert_ok(parse(f, off));
    assert_false(rq_args_has(f->args, "verbose"));
    char behind[] = "test --verbose True model.xml"; /* as Model Optimizer's scripts */
    assert_ok(parse(f, behind));
    assert_true(rq_args_has(f->args, "verbose"));
    assert_string_equal(rq_args_operand(f->args, 0), "model.xml");
    char off_behind[] = "test model.xml --verbose False";
    assert_ok(parse(f, off_behind));
    assert_false(rq_args_has(f->args, "verbose"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_options_and_operands),
        TEST(test_dash_and_underscore_are_the_same),
        TEST(test_equals_form),
        TEST(test_short_forms),
        TEST(test_unknown_options),
        TEST(test_given_twice),
        TEST(test_repeated_option),
        TEST(test_missing_value),
        TEST(test_switch_takes_no_value),
        TEST(test_operands_are_counted),
        TEST(test_integers),
        TEST(test_numbers),
        TEST(test_keywords),
        TEST(test_other_names),
        TEST(test_asking_for_values),
        TEST(test_options_are_listed_by_group),
        TEST(test_short_names),
        TEST(test_switches_with_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
