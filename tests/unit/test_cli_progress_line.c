/* How far a command is, in one line. */
#include "tests/unit/test.h"

#include "engine/cli/progress_line.h"

static const char *text(const rq_progress_line *line, double now)
{
    static char buffer[160];
    rq_progress_line_text(buffer, sizeof buffer, line, now);
    return buffer;
}

static void a_part_says_which_it_is_of_how_many(void **state)
{
    rq_progress_line line;
    (void)state;
    rq_progress_line_open(&line, 0.1, 0);
    assert_true(rq_progress_line_part(&line, "equalize", 3, 7, 1));
    assert_string_equal(text(&line, 1), "[3/7] equalize");
    assert_false(rq_progress_line_step(&line, "trial", 0, 20, 1));
    assert_true(rq_progress_line_step(&line, "trial", 11, 20, 6.5));
    assert_string_equal(text(&line, 6.5), "[3/7] equalize  11/20  4 s left"); /* 9 of 2 a second */
}

/* What a part does before its first run, such as compiling models, is not done once more a step. */
static void what_comes_before_the_steps_does_not_count(void **state)
{
    rq_progress_line line;
    (void)state;
    rq_progress_line_open(&line, 0.1, 0);
    rq_progress_line_part(&line, "measure speed", 6, 7, 1);
    rq_progress_line_step(&line, "speed", 0, 6, 9);
    rq_progress_line_step(&line, "speed", 2, 6, 11);
    assert_string_equal(text(&line, 11), "[6/7] measure speed  2/6  4 s left");
}

/* Several runs over images, as a search makes them. */
static void the_number_only_grows(void **state)
{
    rq_progress_line line;
    size_t last = 0;
    (void)state;
    rq_progress_line_open(&line, 0, 0);
    rq_progress_line_part(&line, "ranges", 4, 7, 0);
    for (size_t run = 0; run < 3; run++)
        for (size_t done = 0; done <= 32; done++) {
            rq_progress_line_step(&line, "ranges", done, 32, (double)(run * 33 + done));
            assert_true(line.done >= last && line.done <= line.total);
            last = line.done;
        }
    assert_int_equal(last, 96);
}

/* A log of CI: a line every ten seconds, none in short work. */
static void lines_keep_their_distance(void **state)
{
    rq_progress_line line;
    size_t lines = 0;
    (void)state;
    rq_progress_line_open(&line, 10, 0);
    lines += rq_progress_line_part(&line, "calibrate", 1, 7, 0);
    for (size_t i = 0; i < 300; i++)
        lines += rq_progress_line_step(&line, "calibrate", i, 300, 0.1 * (double)i);
    assert_int_equal(lines, 2);
}

static void work_without_parts_is_known_by_its_title(void **state)
{
    rq_progress_line line;
    (void)state;
    rq_progress_line_open(&line, 0.1, 0);
    rq_progress_line_step(&line, "measure", 0, 4, 0);
    rq_progress_line_step(&line, "measure", 1, 4, 2);
    assert_string_equal(text(&line, 2), "measure  1/4  6 s left");
    rq_progress_line_step(&line, "lint", 0, 9, 8);
    assert_string_equal(text(&line, 8), "lint  0/9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_says_which_it_is_of_how_many),
        cmocka_unit_test(what_comes_before_the_steps_does_not_count),
        cmocka_unit_test(the_number_only_grows),
        cmocka_unit_test(lines_keep_their_distance),
        cmocka_unit_test(work_without_parts_is_known_by_its_title),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
