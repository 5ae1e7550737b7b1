#include "tests/unit/test.h"

#include "engine/base/text.h"
#include "reports/writers/table_text.h"

static void a_buffer_grows(void **state)
{
    (void)state;
    rq_buf buf = {0};
    for (int i = 0; i < 5000; i++) rq_buf_printf(&buf, "%d,", i % 10);
    rq_buf_append(&buf, "end");
    rq_buf_append_n(&buf, "abcdef", 2);
    assert_false(buf.failed);
    assert_int_equal(buf.length, 10005);
    assert_int_equal(strlen(buf.data), 10005);
    assert_memory_equal(buf.data, "0,1,2,", 6);
    assert_string_equal(buf.data + 9998, "9,endab");
    rq_buf_free(&buf);
    assert_null(buf.data);
    rq_buf_free(&buf);
}

static void a_buffer_that_cannot_grow_stays(void **state)
{
    (void)state;
    rq_buf buf = {0};
    rq_buf_append(&buf, "kept");
    rq_buf_append_n(&buf, "x", SIZE_MAX - 4);
    assert_true(buf.failed);
    assert_string_equal(buf.data, "kept");
    rq_buf_free(&buf);
}

/* What rq_arena_printf gives when memory runs out. */
static void test_buf_of_no_text(void **state)
{
    (void)state;
    void (*const put[])(rq_buf *, const char *) = {rq_buf_append, rq_buf_escape, rq_buf_in_quotes,
                                                   rq_buf_visible};
    for (size_t i = 0; i < sizeof put / sizeof *put; i++) {
        rq_buf buf = {0};
        put[i](&buf, NULL);
        assert_true(buf.failed);
        rq_buf_free(&buf);
    }
}

static void escaping_leaves_no_markup(void **state)
{
    (void)state;
    rq_buf buf = {0};
    rq_buf_escape(&buf, "<a href=\"x\">'&'\t\n\x01\x1f\xe2\x80\xae\xc3\xa9</a>");
    assert_string_equal(buf.data,
                        "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;\t\n\xc3\xa9&lt;/a&gt;");
    rq_buf_free(&buf);
    rq_buf_escape(&buf, "");
    assert_string_equal(buf.data, "");
    rq_buf_free(&buf);
}

/* In no line of a log does a name command whoever reads it: a terminal, or GitHub Actions. */
static void visible_names_command_nobody(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a\x1b[1m\tb\nc", "a?[1m?b?c"},
        {"\xe2\x80\xae.gnp", "?.gnp"},
        {"::error::x", "?:error::x"},
        {"a ::error::x", "a ?:error::x"},
        {"\n::error::x", "??:error::x"},
        {"\xc2\xa0::error::x", "\xc2\xa0?:error::x"},
        {"::::x", "?:::x"},
        {"aten::conv2d", "aten::conv2d"},
        {"a##[error]x", "a?#[error]x"},
        {"###[x", "#?#[x"},
        {"a#b##c#[", "a#b##c#["},
        {"a:b", "a:b"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_buf buf = {0};
        rq_buf_visible(&buf, cases[i][0]);
        assert_string_equal(buf.data, cases[i][1]);
        rq_buf_free(&buf);
    }
    rq_buf buf = {0};
    rq_buf_printf_visible(&buf, "%s:%d", "\r::x", 7);
    assert_string_equal(buf.data, "??:x:7");
    rq_buf_free(&buf);
}

static void whole_numbers_are_strict(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t x;
    } good[] = {{"0", 0},
                {" 42\n", 42},
                {"-7", -7},
                {"+7", 7},
                {"007", 7},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    static const char *const bad[] = {"",
                                      " ",
                                      "x",
                                      "1x",
                                      "1 2",
                                      "1.0",
                                      "0x10",
                                      "1e3",
                                      "- 1",
                                      "--1",
                                      "1,",
                                      "9223372036854775808",
                                      "-9223372036854775809"};
    int64_t x = 99;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(rq_parse_i64(good[i].text, &x));
        assert_true(x == good[i].x);
    }
    x = 99;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (rq_parse_i64(bad[i], &x)) fail_msg("'%s' was taken", bad[i]);
    assert_int_equal(x, 99);
}

static void numbers_are_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {"", " ", "x", "1x", "1..0", "1,0", "1 2", "1e", "1e999", "."};
    double x = 99;
    assert_true(rq_parse_f64(" 0.5 ", &x));
    assert_true(x == 0.5);
    assert_true(rq_parse_f64("-1e-3", &x));
    assert_true(x == -0.001);
    assert_true(rq_parse_f64("1e-400", &x)); /* the nearest double is 0 */
    assert_true(x == 0);
    assert_true(rq_parse_f64("inf", &x) && isinf(x));
    assert_true(rq_parse_f64("nan", &x) && isnan(x));
    x = 99;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (rq_parse_f64(bad[i], &x)) fail_msg("'%s' was taken", bad[i]);
    assert_true(x == 99);
}

static void lists_take_commas_or_blanks(void **state)
{
    (void)state;
    static const char *const good[] = {"1,3,224", "1 3 224", " 1, 3 ,224 ", "1\n3\t224"};
    static const char *const bad[] = {"1,3,",  ",1",  "1,,3", "1;3", "1,x",
                                      "1 3 x", "1-3", ",",    "[1]", "1,3,224,5"};
    int64_t numbers[3];
    size_t n = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(rq_parse_i64_list(good[i], numbers, 3, &n));
        assert_int_equal(n, 3);
        assert_int_equal(numbers[0], 1);
        assert_int_equal(numbers[1], 3);
        assert_int_equal(numbers[2], 224);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (rq_parse_i64_list(bad[i], numbers, 3, &n)) fail_msg("'%s' was taken", bad[i]);
    assert_true(rq_parse_i64_list("", numbers, 3, &n));
    assert_int_equal(n, 0);
    assert_true(rq_parse_i64_list("  ", numbers, 0, &n));
    assert_int_equal(n, 0);
    double values[2];
    assert_true(rq_parse_f64_list("0.485, 1e2", values, 2, &n));
    assert_int_equal(n, 2);
    assert_true(values[0] == 0.485 && values[1] == 100);
    assert_false(rq_parse_f64_list("1 2 3", values, 2, &n));
}

static void suggestions_are_near_or_none(void **state)
{
    (void)state;
    static const char *const options[] = {"--data", "--output", NULL, "--threads", "--preset"};
    static const struct {
        const char *word, *want;
    } cases[] = {{"--dtaa", "--data"},
                 {"--thread", "--threads"},
                 {"--Threads", "--threads"},
                 {"--outptu", "--output"},
                 {"--preset", "--preset"},
                 {"--perset", "--preset"},
                 {"--zzzzzzz", NULL},
                 {"", NULL},
                 {"x", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = rq_suggest(cases[i].word, options, 5);
        if (cases[i].want)
            assert_string_equal(got, cases[i].want);
        else
            assert_null(got);
    }
    static const char *const tiny[] = {"ab"};
    assert_null(rq_suggest("xy", tiny, 1)); /* nothing in common */
    assert_string_equal(rq_suggest("ba", tiny, 1), "ab");
    assert_null(rq_suggest("ab", NULL, 0));
    char big[300];
    memset(big, 'a', 299);
    big[299] = '\0';
    assert_null(rq_suggest(big, options, 5));
    assert_null(rq_suggest("aaa", (const char *const[]){big}, 1));
}

static void ends_and_starts(void **state)
{
    (void)state;
    assert_true(rq_ends_with("model.xml", ".xml"));
    assert_false(rq_ends_with("xml", ".xml"));
    assert_true(rq_ends_with("x", ""));
    assert_true(rq_starts_with("--data", "--"));
    assert_false(rq_starts_with("-", "--"));
}

static void sizes_read_well(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {{0, "0 B"},         {999, "999 B"},           {1000, "1.0 kB"},
                 {12000, "12.0 kB"}, {1400000, "1.4 MB"},      {999949, "999.9 kB"},
                 {999950, "1.0 MB"}, {18700000000, "18.7 GB"}, {UINT64_MAX, "18.4 EB"}};
    char text[RQ_SIZE_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(rq_size_text(cases[i].bytes, text), cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_grows),
        cmocka_unit_test(test_buf_of_no_text),
        cmocka_unit_test(a_buffer_that_cannot_grow_stays),
        cmocka_unit_test(escaping_leaves_no_markup),
        cmocka_unit_test(visible_names_command_nobody),
        cmocka_unit_test(whole_numbers_are_strict),
        cmocka_unit_test(numbers_are_strict),
        cmocka_unit_test(lists_take_commas_or_blanks),
        cmocka_unit_test(suggestions_are_near_or_none),
        cmocka_unit_test(ends_and_starts),
        cmocka_unit_test(sizes_read_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
