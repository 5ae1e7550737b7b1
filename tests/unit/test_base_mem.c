#include "tests/unit/test.h"

#include "engine/base/arena.h"
#include "engine/base/mem.h"

static void arithmetic_refuses_overflow(void **state)
{
    (void)state;
    size_t z = 7;
    int64_t i = 7;
    assert_false(rq_mul_size(&z, SIZE_MAX, 2));
    assert_false(rq_mul_size(&z, (size_t)1 << 32, (size_t)1 << 32));
    assert_false(rq_add_size(&z, SIZE_MAX, 1));
    assert_int_equal(z, 7); /* untouched */
    assert_true(rq_mul_size(&z, SIZE_MAX, 1));
    assert_true(z == SIZE_MAX);
    assert_true(rq_add_size(&z, 0, 0));
    assert_int_equal(z, 0);
    assert_false(rq_mul_i64(&i, INT64_MIN, -1));
    assert_false(rq_mul_i64(&i, INT64_C(1) << 62, 2));
    assert_false(rq_add_i64(&i, INT64_MIN, -1));
    assert_false(rq_add_i64(&i, INT64_MAX, 1));
    assert_int_equal(i, 7);
    assert_true(rq_mul_i64(&i, INT64_C(1) << 62, -2));
    assert_true(i == INT64_MIN);
    assert_int_equal(rq_round_up(0, 64), 0);
    assert_int_equal(rq_round_up(1, 64), 64);
    assert_int_equal(rq_round_up(64, 64), 64);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    float *p = NULL;
    assert_fails(rq_calloc(&p, SIZE_MAX / 2, 4, "weights"), RQ_ENOMEM, "weights");
    assert_fails(rq_calloc(&p, SIZE_MAX, 1, "weights"), RQ_ENOMEM, "weights");
    assert_fails(rq_calloc(&p, (size_t)1 << 61, 1, "weights"), RQ_ENOMEM, "2305843009213693952");
    assert_fails(rq_alloc_aligned(&p, SIZE_MAX - 3, "scratch"), RQ_ENOMEM, "scratch");
    assert_fails(rq_alloc_aligned(&p, (size_t)1 << 61, "scratch"), RQ_ENOMEM, "scratch");
    assert_null(p);
}

static void zero_elements_give_memory_to_free(void **state)
{
    (void)state;
    int *p = NULL;
    assert_ok(rq_calloc(&p, 0, sizeof *p, "nothing"));
    assert_non_null(p);
    assert_ok(rq_realloc(&p, 0, sizeof *p, "nothing"));
    assert_non_null(p);
    free(p);
    assert_ok(rq_alloc_aligned(&p, 0, "nothing"));
    assert_non_null(p);
    free(p);
}

static void aligned_memory_is_aligned(void **state)
{
    (void)state;
    for (size_t bytes = 1; bytes < 300; bytes += 37) {
        char *p = NULL;
        assert_ok(rq_alloc_aligned(&p, bytes, "scratch"));
        assert_int_equal((uintptr_t)p % RQ_ALIGN, 0);
        memset(p, 1, bytes);
        free(p);
    }
}

static void a_failed_realloc_keeps_the_array(void **state)
{
    (void)state;
    int *p = NULL;
    assert_ok(rq_calloc(&p, 4, sizeof *p, "numbers"));
    p[3] = 42;
    assert_fails(rq_realloc(&p, SIZE_MAX / 2, sizeof *p, "numbers"), RQ_ENOMEM, "numbers");
    assert_int_equal(p[3], 42);
    free(p);
}

static void growing_keeps_what_was_there(void **state)
{
    (void)state;
    unsigned *numbers = NULL;
    size_t capacity = 0, moves = 0;
    for (unsigned n = 0; n < 10000; n++) {
        size_t before = capacity;
        assert_ok(rq_grow(&numbers, &capacity, n, sizeof *numbers, "numbers"));
        assert_true(capacity > n);
        moves += capacity != before;
        numbers[n] = n * n;
    }
    assert_true(moves < 20); /* doubling, not creeping */
    for (unsigned n = 0; n < 10000; n++) assert_int_equal(numbers[n], n * n);
    size_t full = SIZE_MAX / 2 + 1;
    assert_fails(rq_grow(&numbers, &full, full, 1, "numbers"), RQ_ENOMEM, "numbers");
    free(numbers);
}

static void an_arena_gives_zeroed_aligned_memory_that_stays(void **state)
{
    (void)state;
    enum { N = 400 };
    rq_arena *arena = NULL;
    unsigned char *blocks[N];
    assert_ok(rq_arena_create(&arena));
    for (size_t i = 0; i < N; i++) {
        size_t size = i * i % 9001; /* below and above a chunk */
        blocks[i] = rq_arena_alloc(arena, size, 1);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        for (size_t k = 0; k < size; k++) assert_int_equal(blocks[i][k], 0);
        memset(blocks[i], (int)(i % 251), size);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < i * i % 9001; k++) assert_int_equal(blocks[i][k], i % 251);
    rq_arena_destroy(&arena);
    assert_null(arena);
    rq_arena_destroy(&arena);
    rq_arena_destroy(NULL);
}

static void an_arena_refuses_impossible_sizes(void **state)
{
    (void)state;
    rq_arena *arena = NULL;
    assert_ok(rq_arena_create(&arena));
    assert_null(rq_arena_alloc(arena, SIZE_MAX, 2));
    assert_non_null(strstr(rq_error_text(), "memory"));
    assert_null(rq_arena_alloc(arena, SIZE_MAX, 1));
    assert_null(rq_arena_alloc(arena, SIZE_MAX - 20, 1));
    assert_non_null(rq_arena_alloc(arena, 1, 1));
    rq_arena_destroy(&arena);
}

static void an_arena_copies_text(void **state)
{
    (void)state;
    rq_arena *arena = NULL;
    assert_ok(rq_arena_create(&arena));
    char text[] = "convolution";
    char *copy = rq_arena_strdup(arena, text);
    text[0] = 'X';
    assert_string_equal(copy, "convolution");
    assert_string_equal(rq_arena_strndup(arena, "abcdef", 3), "abc");
    assert_string_equal(rq_arena_strndup(arena, "ab", 100), "ab");
    assert_string_equal(rq_arena_strdup(arena, ""), "");
    assert_null(rq_arena_strdup(arena, NULL));
    assert_null(rq_arena_strndup(arena, NULL, 3));
    assert_string_equal(rq_arena_printf(arena, "%s.%d", "conv", 12), "conv.12");
    char *wide = rq_arena_printf(arena, "%20000d", 5);
    assert_int_equal(strlen(wide), 20000);
    assert_int_equal(wide[19999], '5');
    rq_arena_destroy(&arena);
}

/* An array of `count` elements that came from elsewhere, its capacity unknown (0). */
static void test_grow_keeps_room_for_what_is_there(void **state)
{
    (void)state;
    float *array;
    size_t capacity = 0, count = 34;
    assert_ok(rq_calloc(&array, count, sizeof *array, "a test"));
    for (size_t i = 0; i < count; i++) array[i] = (float)i;
    assert_ok(rq_grow(&array, &capacity, count, sizeof *array, "a test"));
    assert_true(capacity > count);
    for (size_t i = 0; i < count; i++) assert_true(array[i] == (float)i);
    free(array);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grow_keeps_room_for_what_is_there),
        cmocka_unit_test(arithmetic_refuses_overflow),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(zero_elements_give_memory_to_free),
        cmocka_unit_test(aligned_memory_is_aligned),
        cmocka_unit_test(a_failed_realloc_keeps_the_array),
        cmocka_unit_test(growing_keeps_what_was_there),
        cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_that_stays),
        cmocka_unit_test(an_arena_refuses_impossible_sizes),
        cmocka_unit_test(an_arena_copies_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
