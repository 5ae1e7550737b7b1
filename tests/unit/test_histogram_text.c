/* Histograms in characters: heights, range marks, colours, and nothing where nothing can be drawn.
 */
#include "tests/unit/test.h"

#include "reports/fields.h"
#include "reports/writers/histogram_text.h"

#include <math.h>

static rq_arena *arena;

static int setup(void **state)
{
    (void)state;
    return rq_arena_create(&arena);
}

static int teardown(void **state)
{
    (void)state;
    rq_arena_destroy(&arena);
    return 0;
}

/* 64 buckets over 0..64: one column each. */
static rq_report_histogram histogram(void)
{
    rq_report_histogram h;
    rq_record_clear(&h, &rq_histogram_type);
    assert_ok(rq_report_histogram_begin(&h, arena, 0, 64, 64));
    return h;
}

static rq_buf drawn(const rq_report_histogram *h, bool colour, bool unicode)
{
    rq_buf text = {0};
    rq_draw_style style = {colour, unicode};
    rq_histogram_draw(&text, h, &style);
    return text;
}

/* Line `i` of the drawing without its margin of four. */
static void line_of(char *out, const rq_buf *text, size_t i)
{
    const char *at = text->data;
    while (i--) at = strchr(at, '\n') + 1;
    size_t n = strcspn(at, "\n");
    assert_true(n > 4 && n < 400);
    memcpy(out, at + 4, n - 4);
    out[n - 4] = '\0';
}

static void heights_are_square_roots(void **state)
{
    (void)state;
    char line[400];
    rq_report_histogram h = histogram();
    h.counts.values[0] = 100; /* full: 40 steps */
    h.counts.values[1] = 25;  /* half of it: 20 steps, two lines and a half */
    h.counts.values[2] = 1e-9;
    rq_buf text = drawn(&h, false, false);
    static const char *const want[] = {"#  ", "#  ", "#: ", "## ", "##."};
    for (size_t i = 0; i < 5; i++) {
        line_of(line, &text, i);
        assert_memory_equal(line, want[i], 3);
        assert_int_equal(strspn(line + 3, " "), 61);
    }
    line_of(line, &text, 5);
    assert_int_equal(strspn(line, "-"), 64);
    rq_buf_free(&text);
    text = drawn(&h, false, true);
    line_of(line, &text, 2);
    assert_memory_equal(line, "\u2588\u2584 ", 7);
    rq_buf_free(&text);
}

static void the_range_is_marked(void **state)
{
    (void)state;
    char line[400];
    rq_report_histogram h = histogram();
    for (size_t i = 0; i < 64; i++) h.counts.values[i] = 1;
    h.low = 8.5;
    h.high = 60.5;
    rq_buf text = drawn(&h, true, false);
    line_of(line, &text, 5);
    assert_int_equal(strcspn(line, "["), 8);
    assert_int_equal(strcspn(line, "]"), 60);
    line_of(line, &text, 0);
    assert_true(rq_starts_with(line, "\033[31m########\033[0m#"));
    assert_true(rq_ends_with(line, "#\033[31m###\033[0m"));
    assert_non_null(strstr(text.data, "range 8.5 to 60.5"));
    rq_buf_free(&text);
    text = drawn(&h, false, false);
    assert_null(strchr(text.data, '\033'));
    rq_buf_free(&text);
}

static void more_buckets_than_columns_are_merged(void **state)
{
    (void)state;
    char line[400];
    rq_report_histogram h;
    rq_record_clear(&h, &rq_histogram_type);
    assert_ok(rq_report_histogram_begin(&h, arena, -1, 1, 640));
    h.counts.values[639] = 1;
    rq_buf text = drawn(&h, false, false);
    line_of(line, &text, 0);
    assert_int_equal(strspn(line, " "), 63);
    assert_string_equal(line + 63, "#");
    rq_buf_free(&text);
}

static void nothing_is_drawn_of_nothing(void **state)
{
    (void)state;
    static const double nasty[] = {0, NAN, INFINITY, -1};
    for (size_t i = 0; i < 4; i++) {
        rq_report_histogram h = histogram();
        h.counts.values[5] = nasty[i];
        rq_buf text = drawn(&h, true, true);
        assert_null(text.data);
        h.edges.values[64] = nasty[i];
        h.counts.values[5] = 1;
        text = drawn(&h, true, true);
        assert_null(text.data);
    }
    rq_report_histogram none;
    rq_record_clear(&none, &rq_histogram_type);
    rq_buf text = drawn(&none, true, true);
    assert_null(text.data);
    rq_report_histogram h = histogram();
    h.counts.values[0] = 1;
    h.low = -INFINITY;
    h.high = 1e308;
    text = drawn(&h, true, true);
    assert_null(strchr(text.data, ']'));
    rq_buf_free(&text);
}

static void unicode_follows_the_locale(void **state)
{
    (void)state;
    setenv("LC_ALL", "C", 1);
    setenv("LANG", "en_GB.UTF-8", 1);
    assert_false(rq_draw_may_unicode());
    unsetenv("LC_ALL");
    unsetenv("LC_CTYPE");
    assert_true(rq_draw_may_unicode());
    setenv("LC_CTYPE", "C.utf8", 1);
    setenv("LANG", "C", 1);
    assert_true(rq_draw_may_unicode());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heights_are_square_roots),
        cmocka_unit_test(the_range_is_marked),
        cmocka_unit_test(more_buckets_than_columns_are_merged),
        cmocka_unit_test(nothing_is_drawn_of_nothing),
        cmocka_unit_test(unicode_follows_the_locale),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
