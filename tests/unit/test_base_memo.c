#include "tests/unit/test.h"

#include "engine/base/memo.h"

#include <stdio.h>

static void what_was_kept_is_found(void **state)
{
    const double kept = 1.5, later = 2.5;
    double found = 0.0;
    float other = 0.0f;
    rq_memo *memo;
    (void)state;
    assert_ok(rq_memo_create(&memo));
    assert_false(rq_memo_find(&found, sizeof found, memo, "a"));
    assert_ok(rq_memo_keep(memo, "a", &kept, sizeof kept));
    assert_true(rq_memo_find(&found, sizeof found, memo, "a"));
    assert_true(found == kept);
    assert_false(rq_memo_find(&found, sizeof found, memo, "b"));
    assert_false(rq_memo_find(&other, sizeof other, memo, "a"));
    assert_ok(rq_memo_keep(memo, "a", &later, sizeof later));
    assert_true(rq_memo_find(&found, sizeof found, memo, "a"));
    assert_true(found == kept); /* the first stays */
    rq_memo_destroy(&memo);
    assert_null(memo);
    rq_memo_destroy(&memo);
    rq_memo_destroy(NULL);
}

static void many_are_kept_apart(void **state)
{
    rq_memo *memo;
    (void)state;
    assert_ok(rq_memo_create(&memo));
    for (int i = 0; i < 1000; i++) {
        char digest[RQ_DIGEST_TEXT];
        snprintf(digest, sizeof digest, "%d", i);
        assert_ok(rq_memo_keep(memo, digest, &i, sizeof i));
    }
    for (int i = 0; i < 1000; i++) {
        char digest[RQ_DIGEST_TEXT];
        int found = -1;
        snprintf(digest, sizeof digest, "%d", i);
        assert_true(rq_memo_find(&found, sizeof found, memo, digest));
        assert_int_equal(found, i);
    }
    rq_memo_destroy(&memo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_kept_is_found),
        cmocka_unit_test(many_are_kept_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
