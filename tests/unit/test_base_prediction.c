/* Boxes, masks and texts: the form that truth and predictions share. */
#include "tests/unit/test.h"

#include "engine/base/prediction.h"

static void boxes_are_put_right_and_broken_ones_left_out(void **state)
{
    (void)state;
    rq_prediction a = {0};
    assert_ok(rq_prediction_add_box(&a, &(rq_box){.score = 1, .x0 = 5, .y0 = 7, .x1 = 2, .y1 = 1}));
    assert_ok(rq_prediction_add_box(&a, &(rq_box){.score = NAN, .x1 = 2, .y1 = 1}));
    assert_ok(rq_prediction_add_box(&a, &(rq_box){.score = 1, .x1 = INFINITY, .y1 = 1}));
    assert_int_equal(a.n_boxes, 1);
    assert_int_equal(a.has, RQ_PREDICTION_BOXES);
    assert_true(a.boxes[0].x0 == 2 && a.boxes[0].x1 == 5 && a.boxes[0].y0 == 1 &&
                a.boxes[0].y1 == 7);
    rq_prediction_clear(&a);
    assert_int_equal(a.n_boxes, 0);
    assert_int_equal(a.has, 0);
    rq_prediction_free(&a);
}

/* By hand: 2x2 squares a step apart share 1 of 7. */
static void iou_by_hand(void **state)
{
    (void)state;
    rq_box a = {.x1 = 2, .y1 = 2}, b = {.x0 = 1, .y0 = 1, .x1 = 3, .y1 = 3};
    rq_box far = {.x0 = 9, .y0 = 9, .x1 = 10, .y1 = 10},
           point = {.x0 = 1, .y0 = 1, .x1 = 1, .y1 = 1};
    assert_true(fabs(rq_box_iou(&a, &b) - 1.0 / 7) < 1e-15);
    assert_true(rq_box_iou(&a, &a) == 1);
    assert_true(rq_box_iou(&a, &far) == 0);
    assert_true(rq_box_iou(&point, &point) == 0);
    assert_true(rq_box_overlap(&a, &b) == 1);
}

static void text_is_code_points(void **state)
{
    (void)state;
    rq_prediction a = {0};
    assert_ok(rq_prediction_add_text(&a, "a\xC3\xA9\xE6\x96\x87\xF0\x9F\x98\x80"));
    const int32_t want[] = {'a', 0xE9, 0x6587, 0x1F600};
    assert_int_equal(a.n_symbols, 4);
    assert_memory_equal(a.symbols, want, sizeof want);
    rq_prediction_clear(&a);
    /* a lone continuation, an overlong slash, a surrogate, a sequence cut short */
    assert_ok(rq_prediction_add_text(&a, "\x80"
                                         "\xC0\xAF"
                                         "\xED\xA0\x80"
                                         "\xE6\x96"));
    for (size_t i = 0; i < a.n_symbols; i++) assert_int_equal(a.symbols[i], 0xFFFD);
    assert_int_equal(a.n_symbols, 8);
    rq_prediction_free(&a);
}

static void masks_are_looked_up_by_place(void **state)
{
    (void)state;
    rq_prediction a = {0};
    assert_ok(rq_prediction_make_mask(&a, 2, 1));
    a.mask.classes[0] = 7, a.mask.classes[1] = 9;
    a.mask.x0 = 10, a.mask.x1 = 30, a.mask.y0 = 0, a.mask.y1 = 5;
    assert_int_equal(rq_mask_at(&a.mask, 10, 0), 7);
    assert_int_equal(rq_mask_at(&a.mask, 19.99, 4.99), 7);
    assert_int_equal(rq_mask_at(&a.mask, 20, 2), 9);
    assert_int_equal(rq_mask_at(&a.mask, 30, 2), RQ_MASK_IGNORED);
    assert_int_equal(rq_mask_at(&a.mask, 9.99, 2), RQ_MASK_IGNORED);
    assert_int_equal(rq_mask_at(&a.mask, NAN, 2), RQ_MASK_IGNORED);
    rq_prediction_free(&a);
}

static void sizes_from_files_are_bounded(void **state)
{
    (void)state;
    rq_prediction a = {0};
    assert_fails(rq_prediction_make_mask(&a, INT32_MAX, INT32_MAX), RQ_EFORMAT, "mask");
    assert_fails(rq_prediction_make_mask(&a, 0, 5), RQ_EFORMAT, "mask");
    assert_fails(rq_prediction_make_image(&a, INT32_MAX, INT32_MAX, 3), RQ_EFORMAT, "image");
    assert_fails(rq_prediction_make_values(&a, SIZE_MAX), RQ_EFORMAT, "values");
    assert_int_equal(a.has, 0);
    rq_prediction_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_are_put_right_and_broken_ones_left_out),
        cmocka_unit_test(iou_by_hand),
        cmocka_unit_test(text_is_code_points),
        cmocka_unit_test(masks_are_looked_up_by_place),
        cmocka_unit_test(sizes_from_files_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
