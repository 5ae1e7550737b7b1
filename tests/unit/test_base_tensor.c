#include "tests/unit/test.h"

#include "engine/base/tensor.h"

static rq_shape shape_of(int rank, int64_t a, int64_t b, int64_t c)
{
    return rq_shape_make(rank, (const int64_t[]){a, b, c});
}

static void shapes_count_and_compare(void **state)
{
    (void)state;
    rq_shape s = shape_of(3, 2, 3, 5), other = shape_of(3, 2, 3, 4),
             dynamic = shape_of(2, -1, 3, 0);
    rq_shape scalar = RQ_SHAPE_SCALAR;
    assert_int_equal(rq_shape_count(&s), 30);
    assert_int_equal(rq_shape_count(&scalar), 1);
    assert_int_equal(rq_shape_span(&s, 1, 3), 15);
    assert_int_equal(rq_shape_span(&s, 1, 1), 1);
    assert_true(rq_shape_equal(&s, &s));
    assert_false(rq_shape_equal(&s, &other));
    assert_false(rq_shape_equal(&s, &scalar));
    assert_true(rq_shape_is_static(&s));
    assert_true(rq_shape_is_static(&scalar));
    assert_false(rq_shape_is_static(&dynamic));
    assert_false(rq_shape_is_static(&(rq_shape){.rank = -1}));
    int64_t strides[RQ_MAX_RANK];
    rq_shape_strides(&s, strides);
    assert_int_equal(strides[0], 15);
    assert_int_equal(strides[1], 5);
    assert_int_equal(strides[2], 1);
}

static void shapes_print(void **state)
{
    (void)state;
    char text[RQ_SHAPE_TEXT];
    rq_shape s = shape_of(3, 1, -1, 224), scalar = RQ_SHAPE_SCALAR, widest = {.rank = RQ_MAX_RANK};
    assert_string_equal(rq_shape_text(&s, text), "[1,?,224]");
    assert_string_equal(rq_shape_text(&scalar, text), "[]");
    assert_string_equal(rq_shape_text(&(rq_shape){.rank = -1}, text), "[?...]");
    for (int i = 0; i < RQ_MAX_RANK; i++) widest.d[i] = INT64_MIN;
    rq_shape_text(&widest, text);
    assert_int_equal(strlen(text), RQ_MAX_RANK * 21 + 1);
    assert_int_equal(text[strlen(text) - 1], ']');
}

static void hostile_shapes_are_refused(void **state)
{
    (void)state;
    rq_shape negative = shape_of(2, 3, -2, 0), dynamic = shape_of(2, 3, -1, 0);
    rq_shape huge = shape_of(3, INT64_C(1) << 40, INT64_C(1) << 40, 1);
    rq_shape hidden = shape_of(3, INT64_C(1) << 40, INT64_C(1) << 40, 0);
    rq_shape limit = shape_of(2, RQ_MAX_ELEMENTS / 2, 2, 0);
    rq_shape beyond = shape_of(2, RQ_MAX_ELEMENTS / 2 + 1, 2, 0), empty = shape_of(2, 0, 7, 0);
    assert_fails(rq_shape_check(&negative, true, "conv1"), RQ_EFORMAT, "conv1");
    assert_fails(rq_shape_check(&negative, false, "conv1"), RQ_EFORMAT, "conv1");
    assert_fails(rq_shape_check(&dynamic, false, "conv1"), RQ_EFORMAT, "[3,?]");
    assert_ok(rq_shape_check(&dynamic, true, "conv1"));
    assert_fails(rq_shape_check(&huge, false, "conv1"), RQ_EFORMAT, "elements");
    assert_fails(rq_shape_check(&hidden, false, "conv1"), RQ_EFORMAT, "elements");
    assert_ok(rq_shape_check(&limit, false, "conv1"));
    assert_fails(rq_shape_check(&beyond, false, "conv1"), RQ_EFORMAT, "elements");
    assert_ok(rq_shape_check(&empty, false, "conv1"));
    assert_fails(rq_shape_check(&(rq_shape){.rank = 11}, true, "conv1"), RQ_EUNSUPPORTED, "11");
    assert_fails(rq_shape_check(&(rq_shape){.rank = -1}, false, "conv1"), RQ_EFORMAT, "[?...]");
    assert_ok(rq_shape_check(&(rq_shape){.rank = -1}, true, "conv1"));
}

static void axes_are_normalised(void **state)
{
    (void)state;
    int axis = 0;
    assert_ok(rq_axis_normalize(&axis, -1, 4, "softmax"));
    assert_int_equal(axis, 3);
    assert_ok(rq_axis_normalize(&axis, -4, 4, "softmax"));
    assert_int_equal(axis, 0);
    assert_ok(rq_axis_normalize(&axis, 3, 4, "softmax"));
    assert_int_equal(axis, 3);
    assert_fails(rq_axis_normalize(&axis, 4, 4, "softmax"), RQ_EARG, "softmax");
    assert_fails(rq_axis_normalize(&axis, -5, 4, "softmax"), RQ_EARG, "[-4, 4)");
    assert_fails(rq_axis_normalize(&axis, INT64_MIN, 4, "softmax"), RQ_EARG, "softmax");
    assert_fails(rq_axis_normalize(&axis, 0, 0, "softmax"), RQ_EARG, "softmax");
}

static void tensors_know_their_bytes(void **state)
{
    (void)state;
    rq_tensor t = {.dtype = RQ_DT_I4, .shape = shape_of(1, 5, 0, 0)};
    assert_int_equal(rq_tensor_bytes(&t), 3);
    t.dtype = RQ_DT_F32;
    assert_int_equal(rq_tensor_bytes(&t), 20);
    assert_int_equal(rq_tensor_count(&t), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_count_and_compare),   cmocka_unit_test(shapes_print),
        cmocka_unit_test(hostile_shapes_are_refused), cmocka_unit_test(axes_are_normalised),
        cmocka_unit_test(tensors_know_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
