#include "tests/unit/test.h"

#include "engine/base/progress.h"
#include "engine/cli/console.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

static int saved_stderr = -1;

/* From here on stderr goes to fd, which is closed. */
static void redirect_stderr(int fd)
{
    assert_true(fd >= 0);
    fflush(stderr);
    saved_stderr = dup(STDERR_FILENO);
    assert_true(dup2(fd, STDERR_FILENO) >= 0);
    close(fd);
}

static void restore_stderr(void)
{
    fflush(stderr);
    assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
    close(saved_stderr);
}

static void run_progress(bool quiet)
{
    rq_progress progress;
    const rq_callbacks *before = rq_callbacks_install(rq_console_open(quiet, false));
    rq_progress_begin(&progress, "calibrate", 3);
    for (int i = 0; i < 3; i++) {
        nanosleep(&(struct timespec){0, 110000000}, NULL);
        rq_progress_step(&progress);
    }
    rq_log("a line of talk");
    rq_progress_end(&progress);
    rq_callbacks_install(before);
}

static size_t read_some(int fd, char *text, size_t size)
{
    ssize_t n = read(fd, text, size - 1);
    text[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

static void a_pipe_gets_the_talk_and_no_progress(void **state)
{
    (void)state;
    int ends[2];
    char text[4096];
    assert_int_equal(pipe(ends), 0);
    redirect_stderr(ends[1]);
    run_progress(false);
    restore_stderr();
    read_some(ends[0], text, sizeof text);
    assert_string_equal(text, "a line of talk\n");
    close(ends[0]);
}

static int open_terminal(int *master)
{
    *master = posix_openpt(O_RDWR | O_NOCTTY);
    if (*master < 0 || grantpt(*master) != 0 || unlockpt(*master) != 0) return -1;
    return open(ptsname(*master), O_RDWR | O_NOCTTY);
}

static void a_terminal_gets_a_line_that_goes_away(void **state)
{
    (void)state;
    int master, terminal = open_terminal(&master);
    char text[4096];
    if (terminal < 0) skip();
    redirect_stderr(terminal);
    run_progress(false);
    run_progress(true);
    restore_stderr();
    size_t n = read_some(master, text, sizeof text);
    assert_non_null(strstr(text, "calibrate  1/3"));
    assert_non_null(strstr(text, "s left"));
    assert_non_null(strstr(text, "calibrate  2/3"));
    const char *talk = strstr(text, "\r\033[Ka line of talk"); /* on a cleared line */
    assert_non_null(talk);
    assert_string_equal(text + n - strlen("talk\r\n"), "talk\r\n"); /* quiet added nothing */
    close(master);
}

static void the_clock_goes_forward(void **state)
{
    (void)state;
    double before = rq_now();
    nanosleep(&(struct timespec){0, 2000000}, NULL);
    assert_true(rq_now() - before >= 0.002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipe_gets_the_talk_and_no_progress),
        cmocka_unit_test(a_terminal_gets_a_line_that_goes_away),
        cmocka_unit_test(the_clock_goes_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
