/* What help is made of: filled lines, an option's sentence, patterns of files; and that the tables
 * of all commands are complete. */
#include "tests/unit/test.h"

#include "engine/cli/completion.h"
#include "engine/cli/help_text.h"
#include "engine/api/options/option_words.h"

static void lines_are_filled(void **state)
{
    (void)state;
    static const struct {
        const char *text, *filled;
        size_t at, indent, width;
    } cases[] = {
        {"", "", 0, 0, 10},
        {"one two", "one two", 0, 0, 7},
        {"one two", "one\ntwo", 0, 0, 6},
        {"one  two\n three", "one two\nthree", 0, 0, 9},
        {"one two three", "one\n  two\n  three", 4, 2, 7},
        {"incomprehensibilities a", "incomprehensibilities\na", 0, 0, 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_buf out = {0};
        rq_help_fill(&out, cases[i].text, cases[i].at, cases[i].indent, cases[i].width);
        assert_string_equal(out.data ? out.data : "", cases[i].filled);
        rq_buf_free(&out);
    }
}

static void rows_are_aligned(void **state)
{
    (void)state;
    rq_buf out = {0};
    setenv("COLUMNS", "40", 1);
    rq_help_row(&out, 2, "short", 10, "some words that need more than a line");
    rq_help_row(&out, 2, "rather-long", 10, "text");
    assert_string_equal(out.data, "  short   some words that need more than\n"
                                  "          a line\n"
                                  "  rather-long\n"
                                  "          text\n");
    rq_buf_free(&out);
}

static void widths_are_sensible(void **state)
{
    (void)state;
    setenv("COLUMNS", "100", 1);
    assert_int_equal(rq_help_width(), 100);
    setenv("COLUMNS", "3", 1);
    assert_int_equal(rq_help_width(), 40);
    setenv("COLUMNS", "wide", 1);
    assert_true(rq_help_width() >= 40);
}

static void sentences_say_words_default_and_repetition(void **state)
{
    (void)state;
    static const rq_keyword words[] = {
        {"a", "", NULL}, {"b", "", NULL}, {"c", "", NULL}, {NULL, NULL, NULL}};
    static const struct {
        rq_option option;
        const char *text;
    } cases[] = {
        {RQ_OPTION("x", NULL, "a switch"), "a switch"},
        {RQ_OPTION("x", "N", "a number", .fallback = "3"), "a number (default: 3)"},
        {RQ_OPTION("x", "N", "a word", .keywords = words, .fallback = "b"),
         "a word: a, b or c (default: b)"},
        {RQ_OPTION("x", "N", "a name", .list = rq_list_formats, .repeats = true),
         "a name (repeatable; 'help' lists them)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_buf out = {0};
        rq_help_sentence(&out, &cases[i].option);
        assert_string_equal(out.data, cases[i].text);
        rq_buf_free(&out);
    }
}

static void patterns_follow_from_arguments(void **state)
{
    (void)state;
    static const struct {
        const char *argument, *patterns;
    } cases[] = {
        {"N", ""},
        {"NAME[1,3,H,W]", ""},
        {"", ""},
        {"FILE", "*"},
        {"FILE.h5", "*.h5"},
        {"DIR", "/"},
        {"DIR|LIST", "/ *"},
        {"DIR|FILE.xml", "/ *.xml"},
        {"NAME=FILE.npy", "*.npy"},
        {"MODEL.xml [MORE.xml ...]", "*.xml *.xml"},
        {"MODEL", "*.xml *.onnx *.pb *.pbtxt *.prototxt *.caffemodel *.meta *.tflite"},
        {"PROFILE", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_buf out = {0};
        rq_completion_patterns(&out, cases[i].argument);
        assert_string_equal(out.data ? out.data : "", cases[i].patterns);
        rq_buf_free(&out);
    }
}

static void check_words(const rq_command *command, const rq_option *option)
{
    rq_word_list list;
    assert_ok(rq_words_open(&list, option));
    for (size_t i = 0; i < list.n; i++)
        if (!list.words[i].name[0] || !list.words[i].help[0])
            fail_msg("%s --%s: '%s' has no help", command->name, option->name, list.words[i].name);
    /* Configurations are found beside the program, not beside a test. */
    bool listed = option->keywords || (option->list && option->list != rq_list_configurations);
    if (listed && list.n < 2) fail_msg("%s --%s: no values", command->name, option->name);
    rq_words_close(&list);
}

static void check_option(const rq_command *command, const rq_option *option, rq_group group)
{
    const char *help = option->help;
    if (group == RQ_GROUP_NONE) fail_msg("%s --%s: no heading", command->name, option->name);
    if (!help || !help[0] || strchr(help, '\n') || strstr(help, "  ") ||
        (rq_ends_with(help, ".") && !rq_ends_with(help, "...")))
        fail_msg("%s --%s: help '%s'", command->name, option->name, help);
    if (option->alias && !strcmp(option->alias, option->name))
        fail_msg("%s --%s: its alias is its name", command->name, option->name);
    if (!option->argument && (option->keywords || option->list || option->fallback))
        fail_msg("%s --%s: a switch has no values", command->name, option->name);
    check_words(command, option);
}

static bool same_option(const rq_option *a, const char *name)
{
    return !strcmp(a->name, name) || (a->alias && !strcmp(a->alias, name));
}

static void tables_are_complete(void **state)
{
    (void)state;
    for (size_t c = 0; c < rq_command_count(); c++) {
        const rq_command *command = rq_command_at(c);
        rq_option_list list;
        rq_command_options(&list, command);
        assert_true(list.n < RQ_MAX_OPTIONS);
        assert_non_null(command->examples[0]);
        for (size_t i = 0; i < list.n; i++) {
            check_option(command, list.option[i], list.group[i]);
            for (size_t k = 0; k < i; k++)
                if (same_option(list.option[k], list.option[i]->name) ||
                    (list.option[i]->alias && same_option(list.option[k], list.option[i]->alias)))
                    fail_msg("%s: two options --%s", command->name, list.option[i]->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_filled),
        cmocka_unit_test(rows_are_aligned),
        cmocka_unit_test(widths_are_sensible),
        cmocka_unit_test(sentences_say_words_default_and_repetition),
        cmocka_unit_test(patterns_follow_from_arguments),
        cmocka_unit_test(tables_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
