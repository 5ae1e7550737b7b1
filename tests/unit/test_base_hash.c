#include "tests/unit/test.h"

#include "engine/base/hash.h"

static void digest_of(char digest[RQ_DIGEST_TEXT], const char *data, size_t size, size_t step)
{
    rq_hasher *hasher = NULL;
    assert_ok(rq_hasher_create(&hasher));
    for (size_t at = 0; at < size; at += step)
        rq_hasher_update(hasher, data + at, size - at < step ? size - at : step);
    rq_hasher_finish(&hasher, digest);
    assert_null(hasher);
}

/* XXH3-128 with seed 0 of the empty input, from the xxHash specification's reference tool. */
static void the_empty_digest_is_the_published_one(void **state)
{
    (void)state;
    char digest[RQ_DIGEST_TEXT];
    digest_of(digest, "", 0, 1);
    assert_string_equal(digest, "99aa06d3014798d86001c324468d497f");
    assert_true(rq_hash64("", 0) == 0x2d06800538d394c2);
}

static void pieces_give_the_digest_of_the_whole(void **state)
{
    (void)state;
    enum { SIZE = 300000 };
    char *data = malloc(SIZE), whole[RQ_DIGEST_TEXT], other[RQ_DIGEST_TEXT];
    assert_non_null(data);
    for (size_t i = 0; i < SIZE; i++) data[i] = (char)(i * 31 + i / 251);
    digest_of(whole, data, SIZE, SIZE);
    for (size_t step = 7; step < SIZE; step = step * 13 + 1) {
        digest_of(other, data, SIZE, step);
        assert_string_equal(other, whole);
    }
    data[SIZE / 2] ^= 1;
    digest_of(other, data, SIZE, SIZE);
    assert_string_not_equal(other, whole);
    free(data);
}

static void texts_do_not_run_together(void **state)
{
    (void)state;
    char digests[2][RQ_DIGEST_TEXT];
    static const char *const lists[2][2] = {{"ab", "c"}, {"a", "bc"}};
    for (int k = 0; k < 2; k++) {
        rq_hasher *hasher = NULL;
        assert_ok(rq_hasher_create(&hasher));
        rq_hasher_text(hasher, lists[k][0]);
        rq_hasher_text(hasher, lists[k][1]);
        rq_hasher_finish(&hasher, digests[k]);
    }
    assert_string_not_equal(digests[0], digests[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_empty_digest_is_the_published_one),
        cmocka_unit_test(pieces_give_the_digest_of_the_whole),
        cmocka_unit_test(texts_do_not_run_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
