#include "engine/base/callbacks.h"
#include "engine/base/text.h"
#include "tests/unit/test.h"

#include <pthread.h>

static void a_message_may_quote_the_last_one(void **state)
{
    (void)state;
    assert_int_equal(rq_fail(RQ_EIO, "cat.png: %d bytes", 3), RQ_EIO);
    assert_string_equal(rq_error_text(), "cat.png: 3 bytes");
    assert_int_equal(rq_fail(RQ_EFORMAT, "again: %s", rq_error_text()), RQ_EFORMAT);
    assert_string_equal(rq_error_text(), "again: cat.png: 3 bytes");
}

static void a_prefix_goes_before_and_keeps_the_code(void **state)
{
    (void)state;
    assert_int_equal(rq_fail_prefix(rq_fail(RQ_EARG, "no"), "image %d", 37), RQ_EARG);
    assert_string_equal(rq_error_text(), "image 37: no");
}

/* Names of files reach a terminal in messages, and must not command it. */
static void a_message_has_no_escape_sequences(void **state)
{
    (void)state;
    rq_fail(RQ_EIO, "a\x1b[31m\x7f\xc2\x9b"
                    "b\xc3\xa9\xc2: \tno\xe2\x81\xa6\xe2\x80\n");
    assert_string_equal(rq_error_text(), "a?[31m???b\xc3\xa9\xc2: \tno???\xe2\x80 ");
    rq_fail_prefix(RQ_EIO, "\r%s", "x");
    assert_string_equal(rq_error_text(), "?x: a?[31m???b\xc3\xa9\xc2: \tno???\xe2\x80 ");
}

static void no_name_begins_another_line(void **state)
{
    (void)state;
    rq_fail(RQ_EIO, "%s: is no image", "a.png\nrequant quantize: error: x\n::error::y");
    assert_string_equal(rq_error_text(),
                        "a.png requant quantize: error: x ?:error::y: is no image");
    rq_fail_lines(RQ_EIO, "two\n  lines");
    rq_fail_prefix(RQ_EIO, "%s", "::stop-commands::\nx");
    assert_string_equal(rq_error_text(), "?:stop-commands:: x: two\n  lines");
}

static void keep_line(void *ctx, const char *text)
{
    rq_buf_append(ctx, text);
    rq_buf_append(ctx, "|");
}

static void no_name_begins_another_line_of_a_log(void **state)
{
    (void)state;
    rq_buf log = {0};
    const rq_callbacks callbacks = {.ctx = &log, .log = keep_line},
                       *before = rq_callbacks_install(&callbacks);
    rq_log("%s is skipped", "::error::a\nb ##[error]c");
    rq_log_lines("two\nlines");
    rq_callbacks_install(before);
    assert_string_equal(log.data, "?:error::a b ?#[error]c is skipped|two\nlines|");
    rq_buf_free(&log);
}

static void long_messages_are_cut_not_overrun(void **state)
{
    (void)state;
    char *big = malloc(100000);
    assert_non_null(big);
    memset(big, 'x', 99999);
    big[99999] = '\0';
    rq_fail(RQ_EIO, "%s", big);
    size_t length = strlen(rq_error_text());
    assert_true(length > 1000 && length < 99999);
    rq_fail_prefix(RQ_EIO, "%s", big);
    assert_int_equal(strlen(rq_error_text()), length);
    free(big);
}

static void *fail_elsewhere(void *arg)
{
    (void)arg;
    assert_string_equal(rq_error_text(), "");
    rq_fail(RQ_EIO, "theirs");
    return NULL;
}

static void each_thread_has_its_own_text(void **state)
{
    (void)state;
    pthread_t thread;
    rq_fail(RQ_EIO, "ours");
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
    pthread_join(thread, NULL);
    assert_string_equal(rq_error_text(), "ours");
}

static rq_status try_it(rq_status given)
{
    RQ_TRY(given);
    return RQ_EARG;
}

static rq_status try_goto(rq_status given, int *cleaned)
{
    rq_status status;
    RQ_TRY_GOTO(given, out);
    return RQ_EARG;
out:
    (*cleaned)++;
    return status;
}

static void try_returns_on_failure_only(void **state)
{
    (void)state;
    int cleaned = 0;
    assert_int_equal(try_it(RQ_EIO), RQ_EIO);
    assert_int_equal(try_it(RQ_OK), RQ_EARG);
    assert_int_equal(try_goto(RQ_ENOMEM, &cleaned), RQ_ENOMEM);
    assert_int_equal(cleaned, 1);
    assert_int_equal(try_goto(RQ_OK, &cleaned), RQ_EARG);
    assert_int_equal(cleaned, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_may_quote_the_last_one),
        cmocka_unit_test(a_prefix_goes_before_and_keeps_the_code),
        cmocka_unit_test(a_message_has_no_escape_sequences),
        cmocka_unit_test(no_name_begins_another_line),
        cmocka_unit_test(no_name_begins_another_line_of_a_log),
        cmocka_unit_test(long_messages_are_cut_not_overrun),
        cmocka_unit_test(each_thread_has_its_own_text),
        cmocka_unit_test(try_returns_on_failure_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
