#include "tests/unit/test.h"

#include "engine/base/map.h"

static void keys_are_found_replaced_and_missed(void **state)
{
    (void)state;
    rq_map *map = NULL;
    assert_ok(rq_map_create(&map));
    assert_int_equal(rq_map_get(map, "conv1"), RQ_NONE);
    assert_ok(rq_map_put(map, "conv1", 1));
    assert_ok(rq_map_put(map, "", 2));
    assert_int_equal(rq_map_get(map, "conv1"), 1);
    assert_int_equal(rq_map_get(map, ""), 2);
    assert_int_equal(rq_map_get(map, "conv"), RQ_NONE);
    assert_ok(rq_map_put(map, "conv1", 0));
    assert_int_equal(rq_map_get(map, "conv1"), 0);
    rq_map_destroy(&map);
    assert_null(map);
    rq_map_destroy(&map);
    rq_map_destroy(NULL);
}

static void many_keys_stay_apart(void **state)
{
    (void)state;
    enum { N = 20000 };
    static char keys[N][16];
    rq_map *map = NULL;
    assert_ok(rq_map_create(&map));
    for (uint32_t i = 0; i < N; i++) {
        snprintf(keys[i], sizeof keys[i], "layer/%u", i);
        assert_ok(rq_map_put(map, keys[i], i));
    }
    for (uint32_t i = 0; i < N; i++) {
        char key[16];
        snprintf(key, sizeof key, "layer/%u", i);
        assert_int_equal(rq_map_get(map, key), i);
    }
    assert_int_equal(rq_map_get(map, "layer/20000"), RQ_NONE);
    rq_map_destroy(&map);
}

static uint32_t add_bytes(rq_map *map, const char *data, size_t size, uint32_t id)
{
    uint32_t found;
    assert_ok(rq_map_add_bytes(&found, map, data, size, id));
    return found;
}

static void bytes_and_numbers_are_keys_too(void **state)
{
    (void)state;
    enum { N = 5000 };
    static const char zeros[4] = {0}, word[] = "abc";
    uint32_t found;
    rq_map *map = NULL;
    assert_ok(rq_map_create(&map));
    assert_ok(rq_map_put(map, "abc", 3));
    assert_int_equal(add_bytes(map, zeros, 4, 1), 1);
    assert_int_equal(add_bytes(map, zeros, 3, 2), 2);
    for (uint64_t i = 0; i < N; i++) {
        assert_ok(rq_map_add_number(&found, map, i << 33, (uint32_t)i));
        assert_int_equal(found, i);
    }
    assert_int_equal(add_bytes(map, (char[4]){0}, 4, 9), 1);
    assert_int_equal(add_bytes(map, zeros, 3, 9), 2);
    assert_int_equal(add_bytes(map, word, 3, 9), 3);
    assert_int_equal(add_bytes(map, word, 4, 10), 10);
    for (uint64_t i = 0; i < N; i++) assert_int_equal(rq_map_get_number(map, i << 33), i);
    assert_ok(rq_map_add_number(&found, map, (uint64_t)7 << 33, 1));
    assert_int_equal(found, 7);
    assert_int_equal(rq_map_get_number(map, UINT64_MAX), RQ_NONE);
    assert_int_equal(rq_map_get_number(map, 3), RQ_NONE); /* not the bytes of that size */
    rq_map_destroy(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_found_replaced_and_missed),
        cmocka_unit_test(many_keys_stay_apart),
        cmocka_unit_test(bytes_and_numbers_are_keys_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
