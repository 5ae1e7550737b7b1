#include "tests/unit/test.h"

#include "reports/short_names.h"

#define MOST 8

static void check(const char *const *names, const char *const *want)
{
    rq_arena *arena;
    rq_short_names *shortened;
    size_t n = 0;
    while (names[n]) n++;
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_short_names_create(&shortened, names, n, arena));
    for (size_t i = 0; i < n; i++) assert_string_equal(rq_short_name(shortened, names[i]), want[i]);
    rq_short_names_destroy(&shortened);
    rq_arena_destroy(&arena);
}

/* Of PyTorch by way of ONNX: the type at the end says what the table's column says already. */
static void the_operator_at_the_end_goes(void **state)
{
    (void)state;
    check((const char *[MOST]){"/_conv_stem/Conv", "/_blocks.0/_depthwise_conv/Conv",
                               "/_blocks.0/_project_conv/Conv", "/_blocks.0/Add"},
          (const char *[MOST]){"_conv_stem", "_blocks.0/_depthwise_conv", "_blocks.0/_project_conv",
                               "_blocks.0/Add"});
    check((const char *[MOST]){"a/x/Conv/Convolution", "a/y/Conv/Convolution"},
          (const char *[MOST]){"x", "y"});
}

static void names_stay_unique(void **state)
{
    (void)state;
    check((const char *[MOST]){"a/Conv", "a/Conv_1", "b/Conv"},
          (const char *[MOST]){"a/Conv", "a/Conv_1", "b"});
    check((const char *[MOST]){"a", "a/Conv", "b/Conv"}, (const char *[MOST]){"a", "a/Conv", "b"});
    check((const char *[MOST]){"a/b/c", "a/b"}, (const char *[MOST]){"b/c", "b"});
}

/* Of PaddlePaddle, of TensorFlow. */
static void what_all_begin_with_goes(void **state)
{
    (void)state;
    check((const char *[MOST]){"p2o.Conv.1", "p2o.Conv.12", "p2o.MatMul.0"},
          (const char *[MOST]){"Conv.1", "Conv.12", "MatMul.0"});
    check((const char *[MOST]){"model/conv2d_1/Conv2D", "model/conv2d_2/Conv2D"},
          (const char *[MOST]){"conv2d_1", "conv2d_2"});
}

/* Layers that an importer made have names without parts. */
static void names_without_parts_do_not_count(void **state)
{
    (void)state;
    check((const char *[MOST]){"jax/net/Dense_0/MatMul", "Unsqueeze__115", "jax/net/Conv_0/Conv2D"},
          (const char *[MOST]){"Dense_0", "Unsqueeze__115", "Conv_0"});
    check((const char *[MOST]){"net/a/x", "a", "net/a", "net/b"},
          (const char *[MOST]){"net/a/x", "a", "net/a", "net/b"});
}

static void one_name_stays(void **state)
{
    (void)state;
    check((const char *[MOST]){"/a/Conv"}, (const char *[MOST]){"/a/Conv"});
    check((const char *[MOST]){"conv1", "conv2"}, (const char *[MOST]){"conv1", "conv2"});
    assert_string_equal(rq_short_name(NULL, "a/b"), "a/b");
    assert_null(rq_short_name(NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_operator_at_the_end_goes),
        cmocka_unit_test(names_stay_unique),
        cmocka_unit_test(what_all_begin_with_goes),
        cmocka_unit_test(names_without_parts_do_not_count),
        cmocka_unit_test(one_name_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
