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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_found_replaced_and_missed),
        cmocka_unit_test(many_keys_stay_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
