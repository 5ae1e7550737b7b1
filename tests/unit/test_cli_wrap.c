#include "tests/unit/test.h"

#include "engine/cli/wrap.h"

static void check(const char *text, size_t columns, const char *want)
{
    rq_buf out = {0};
    rq_buf_wrap(&out, text, columns);
    assert_string_equal(out.data, want);
    rq_buf_free(&out);
}

static void lines_break_between_words(void **state)
{
    (void)state;
    check("one two three", 80, "one two three");
    check("one two three\n\nfour five", 8, "one two\nthree\n\nfour\nfive");
    check("incomprehensible words", 6, "incomprehensible\nwords");
    check("one two", 0, "one two");
    check("", 8, "");
}

static void what_follows_is_indented(void **state)
{
    (void)state;
    check("  one two three\n", 10, "  one two\n  three\n");
}

static void only_what_is_seen_counts(void **state)
{
    (void)state;
    check("\033[1mone\033[0m two", 7, "\033[1mone\033[0m two");
    check("\xc3\xa4\xc3\xb6\xc3\xbc two", 7, "\xc3\xa4\xc3\xb6\xc3\xbc two");
}

static void options_can_be_copied(void **state)
{
    (void)state;
    check("- exclude it  --ignore 'a' --ignore 'b'", 12, "- exclude it  --ignore 'a' --ignore 'b'");
    check("one two  \033[1m--ignore 'a b c'\033[0m", 7, "one two  \033[1m--ignore 'a b c'\033[0m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_break_between_words),
        cmocka_unit_test(what_follows_is_indented),
        cmocka_unit_test(only_what_is_seen_counts),
        cmocka_unit_test(options_can_be_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
