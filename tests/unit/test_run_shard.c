/* Parts of a list of images: what is asked for, and which images it is. */
#include "tests/unit/test.h"

#include "engine/run/shard.h"

static void test_what_is_asked_for(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",           "3",   "3/",  "/8",   "0/8",   "9/8",   "-1/8",
        "3/-8",       "x/8", "3/x", "3//8", "3/8/9", "3.5/8", "3/99999999999999999999",
        "1/536870913"};
    rq_shard shard;
    assert_ok(rq_shard_parse(&shard, "3/8"));
    assert_int_equal(shard.index, 3);
    assert_int_equal(shard.count, 8);
    assert_ok(rq_shard_parse(&shard, "1/1"));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char quoted[64];
        snprintf(quoted, sizeof quoted, "--shard '%s': expected K/N", wrong[i]);
        assert_fails(rq_shard_parse(&shard, wrong[i]), RQ_EARG, quoted);
    }
}

/* One behind the other they are the list, and none has more than one image above another. */
static void test_parts_are_the_list(void **state)
{
    (void)state;
    for (size_t total = 0; total < 50; total++)
        for (size_t count = 1; count < 20; count++) {
            size_t next = 0, least = total, most = 0;
            for (size_t k = 1; k <= count; k++) {
                rq_image_span slice = rq_shard_span(&(rq_shard){k, count}, total);
                assert_int_equal(slice.first, next);
                next += slice.n;
                least = slice.n < least ? slice.n : least;
                most = slice.n > most ? slice.n : most;
            }
            assert_int_equal(next, total);
            assert_true(most - least <= 1);
        }
}

static void test_no_shard_is_all(void **state)
{
    (void)state;
    rq_image_span slice = rq_shard_span(&(rq_shard){0, 0}, 7);
    assert_int_equal(slice.first, 0);
    assert_int_equal(slice.n, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_asked_for),
        cmocka_unit_test(test_parts_are_the_list),
        cmocka_unit_test(test_no_shard_is_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
