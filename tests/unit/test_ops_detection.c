/* Object detection: values worked out by hand, bad input. */
#include "tests/unit/test.h"
#include "tests/unit/op_harness.h"

static op_run r;

static int teardown(void **state)
{
    (void)state;
    op_close(&r);
    return 0;
}

static void prior_box_by_hand(void **state)
{
    (void)state;
    int64_t layer[] = {1, 2}, image[] = {8, 16};
    rq_tensor in[] = {TENSOR(RQ_DT_I64, layer, 2), TENSOR(RQ_DT_I64, image, 2)};
    /* Squares of 4 and sqrt(4 * 16) pixels around (4, 4) and (12, 4). */
    assert_ok(op_open(&r, "PriorBox", "opset1",
                      ATTRS("min_size", "4", "max_size", "16", "offset", "0.5", "variance", "0.5"),
                      in, 2, 1));
    op_expect(&r, 0, "[2,16]",
              WANT(.125, .25, .375, .75, 0, 0, .5, 1, .625, .25, .875, .75, .5, 0, 1, 1, .5, .5, .5,
                   .5, .5, .5, .5, .5, .5, .5, .5, .5, .5, .5, .5, .5));
}

static void prior_box_refuses(void **state)
{
    (void)state;
    int64_t layer[] = {1, 2}, image[] = {8, 0};
    rq_tensor in[] = {TENSOR(RQ_DT_I64, layer, 2), TENSOR(RQ_DT_I64, image, 2)};
    assert_fails(op_open(&r, "PriorBox", "opset8", ATTRS("min_size", "4", "offset", "0"), in, 2, 1),
                 RQ_EFORMAT, "height and a width");
    op_close(&r);
    image[1] = 8;
    assert_fails(op_open(&r, "PriorBox", "opset8",
                         ATTRS("fixed_size", "4", "density", "1e9", "offset", "0"), in, 2, 1),
                 RQ_EFORMAT, "density");
    op_close(&r);
    assert_fails(op_open(&r, "PriorBoxClustered", "opset1",
                         ATTRS("width", "4,5", "height", "1", "offset", "0"), in, 2, 1),
                 RQ_EFORMAT, "2 widths but 1 heights");
}

/* Three priors as they are; 0 and 1 overlap by half. Classes: background and two more. */
static float location[12], scores[] = {.1f, .9f, .2f, .1f, .8f, .3f, .1f, .05f, .7f};
static float priors[] = {0, 0, 1, .5f, 0, 0, 1, 1, 0, .5f, .5f, 1};

#define DETECTION_INPUTS                                                                           \
    {                                                                                              \
        TENSOR(RQ_DT_F32, location, 1, 12), TENSOR(RQ_DT_F32, scores, 1, 9),                       \
            TENSOR(RQ_DT_F32, priors, 1, 1, 12)                                                    \
    }
#define DETECTION(...)                                                                             \
    ATTRS("normalized", "true", "variance_encoded_in_target", "true", "nms_threshold", "0.4",      \
          "code_type", "caffe.PriorBoxParameter.CORNER", __VA_ARGS__)

static void detections_by_hand(void **state)
{
    (void)state;
    rq_tensor in[] = DETECTION_INPUTS;
    float want[] = {0, 1, .9f, 0, 0, 1, .5f, 0,  2, .7f, 0, .5f, .5f, 1,
                    0, 2, .3f, 0, 0, 1, 1,   -1, 0, 0,   0, 0,   0,   0};
    assert_ok(op_open(&r, "DetectionOutput", "opset8",
                      DETECTION("keep_top_k", "4", "confidence_threshold", "0.25"), in, 3, 1));
    assert_int_equal(r.out[0].shape.d[2], 4);
    assert_near_f32(r.out[0].data, want, 28, 0, 0);
    op_close(&r);
    float best[] = {0, 0, .9f, 0, 0, 1, .5f}; /* each prior for its best class only */
    assert_ok(op_open(&r, "DetectionOutput", "opset8",
                      DETECTION("keep_top_k", "1", "decrease_label_id", "true"), in, 3, 1));
    assert_near_f32(r.out[0].data, best, 7, 0, 0);
}

static void detections_refuse(void **state)
{
    (void)state;
    rq_tensor in[] = DETECTION_INPUTS;
    in[1] = TENSOR(RQ_DT_F32, scores, 1, 8);
    assert_fails(op_open(&r, "DetectionOutput", "opset8", DETECTION("keep_top_k", "4"), in, 3, 1),
                 RQ_EFORMAT, "scores have shape [1,8], expected 6");
    op_close(&r);
    in[1] = TENSOR(RQ_DT_F32, scores, 1, 9);
    assert_fails(op_open(&r, "DetectionOutput", "opset1",
                         DETECTION("keep_top_k", "4", "num_classes", "4"), in, 3, 1),
                 RQ_EFORMAT, "expected 12");
    op_close(&r);
    in[2] = TENSOR(RQ_DT_F32, priors, 1, 1, 11);
    assert_fails(op_open(&r, "DetectionOutput", "opset8", DETECTION("keep_top_k", "4"), in, 3, 1),
                 RQ_EFORMAT, "priors have shape [1,1,11]");
    op_close(&r);
    in[2] = TENSOR(RQ_DT_I32, priors, 1, 1, 12);
    assert_fails(op_open(&r, "DetectionOutput", "opset8", DETECTION("keep_top_k", "4"), in, 3, 1),
                 RQ_EFORMAT, "floating point");
}

static void suppression_by_hand(void **state)
{
    (void)state;
    float boxes[] = {0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 1, 1}; /* the last with swapped corners */
    float score[] = {.5f, .9f, .75f}, iou = .5f, threshold = .25f, sigma = .5f;
    int64_t most = 3;
    rq_tensor in[] = {TENSOR(RQ_DT_F32, boxes, 1, 3, 4), TENSOR(RQ_DT_F32, score, 1, 1, 3),
                      SCALAR(RQ_DT_I64, &most),          SCALAR(RQ_DT_F32, &iou),
                      SCALAR(RQ_DT_F32, &threshold),     SCALAR(RQ_DT_F32, &sigma)};
    assert_ok(op_open(&r, "NonMaxSuppression", "opset5", NULL, in, 5, 3));
    op_expect(&r, 0, "[2,3]", WANT(0, 0, 1, 0, 0, 2));
    op_expect(&r, 2, "[1]", WANT(2));
    op_close(&r);
    threshold = 0; /* soft: box 0 stays with .5 * exp(-1) */
    assert_ok(op_open(&r, "NonMaxSuppression", "opset5", NULL, in, 6, 3));
    op_expect(&r, 0, "[3,3]", WANT(0, 0, 1, 0, 0, 2, 0, 0, 0));
    assert_float_equal(((float *)r.out[1].data)[8], .5 * exp(-1), 1e-6);
    op_close(&r);
    most = -1;
    assert_fails(op_open(&r, "NonMaxSuppression", "opset5", NULL, in, 5, 3), RQ_EARG, "-1 boxes");
    op_close(&r);
    in[1] = TENSOR(RQ_DT_F32, score, 1, 3, 1);
    assert_fails(op_open(&r, "NonMaxSuppression", "opset5", NULL, in, 2, 3), RQ_EFORMAT,
                 "do not fit");
}

static void regions_by_hand(void **state)
{
    (void)state;
    float map[16], rois[] = {0, 0, 0, 1, 1}, whole[] = {0, 0, 4, 4};
    int64_t image = 0;
    for (int i = 0; i < 16; i++) map[i] = (float)i;
    rq_tensor in[] = {TENSOR(RQ_DT_F32, map, 1, 1, 4, 4), TENSOR(RQ_DT_F32, rois, 1, 5)};
    const char *const *max = ATTRS("pooled_h", "1", "pooled_w", "2", "spatial_scale", "1");
    assert_ok(op_open(&r, "ROIPooling", "opset2", max, in, 2, 1));
    op_expect(&r, 0, "[1,1,1,2]", WANT(4, 5));
    op_close(&r);
    /* Group 2: each quarter of the map from a channel of its own. */
    float quarters[16] = {1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4};
    rq_tensor position[] = {TENSOR(RQ_DT_F32, quarters, 1, 4, 2, 2), TENSOR(RQ_DT_F32, rois, 1, 5)};
    assert_ok(op_open(&r, "PSROIPooling", "opset1",
                      ATTRS("output_dim", "1", "group_size", "2", "spatial_scale", "1"), position,
                      2, 1));
    op_expect(&r, 0, "[1,1,2,2]", WANT(1, 2, 3, 4));
    op_close(&r);
    /* One sample a bin, in its middle: at 1 and 3, the latter on the border. */
    rq_tensor align[] = {in[0], TENSOR(RQ_DT_F32, whole, 1, 4), TENSOR(RQ_DT_I64, &image, 1)};
    const char *const *average = ATTRS("pooled_h", "2", "pooled_w", "2", "sampling_ratio", "1",
                                       "spatial_scale", "1", "mode", "avg");
    assert_ok(op_open(&r, "ROIAlign", "opset3", average, align, 3, 1));
    op_expect(&r, 0, "[1,1,2,2]", WANT(5, 7, 13, 15));
    op_close(&r);
    image = 1;
    assert_fails(op_open(&r, "ROIAlign", "opset3", average, align, 3, 1), RQ_EARG, "image 1");
    op_close(&r);
    rois[0] = NAN;
    assert_fails(op_open(&r, "ROIPooling", "opset2", max, in, 2, 1), RQ_EARG, "image nan");
    op_close(&r);
    rois[0] = 0; /* no number, or far away: nothing read outside the map */
    rois[1] = NAN;
    rois[3] = 1e30f;
    assert_ok(op_open(&r, "ROIPooling", "opset2", max, in, 2, 1));
}

static void yolo_by_hand(void **state)
{
    (void)state;
    float x[8] = {0}, in_order[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    rq_tensor in[] = {TENSOR(RQ_DT_F32, x, 1, 8, 1, 1)};
    const char *const *softmax =
        ATTRS("coords", "4", "classes", "3", "num", "1", "axis", "1", "end_axis", "3");
    x[2] = 3; /* width and height stay */
    x[5] = x[6] = x[7] = 100;
    assert_ok(op_open(&r, "RegionYolo", "opset1", softmax, in, 1, 1));
    float want[] = {.5f, .5f, 3, 0, .5f, 1 / 3.f, 1 / 3.f, 1 / 3.f};
    assert_near_f32(r.out[0].data, want, 8, 1e-7, 0);
    op_close(&r);
    assert_fails(
        op_open(&r, "RegionYolo", "opset1",
                ATTRS("coords", "4", "classes", "4", "num", "1", "axis", "1", "end_axis", "3"), in,
                1, 1),
        RQ_EFORMAT, "8 channels, expected 9");
    op_close(&r);
    rq_tensor square[] = {TENSOR(RQ_DT_F32, in_order, 1, 4, 1, 2)};
    assert_fails(op_open(&r, "ReorgYolo", "opset2", ATTRS("stride", "2"), square, 1, 1), RQ_EFORMAT,
                 "must divide");
    op_close(&r);
    float cells[16];
    for (int i = 0; i < 16; i++) cells[i] = (float)i;
    square[0] = TENSOR(RQ_DT_F32, cells, 1, 4, 2, 2); /* read as one plane of 4 x 4 */
    assert_ok(op_open(&r, "ReorgYolo", "opset2", ATTRS("stride", "2"), square, 1, 1));
    op_expect(&r, 0, "[1,16,1,1]", WANT(0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15));
}

static void ctc_by_hand(void **state)
{
    (void)state;
    float x[] = {1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0}; /* classes 0 0 blank 0 1 */
    int32_t length[] = {5};
    rq_tensor in[] = {TENSOR(RQ_DT_F32, x, 1, 5, 3), TENSOR(RQ_DT_I32, length, 1)};
    assert_ok(op_open(&r, "CTCGreedyDecoderSeqLen", "opset6", NULL, in, 2, 2));
    op_expect(&r, 0, "[1,5]", WANT(0, 0, 1, -1, -1));
    op_expect(&r, 1, "[1]", WANT(3));
    op_close(&r);
    length[0] = 6;
    assert_fails(op_open(&r, "CTCGreedyDecoderSeqLen", "opset6", NULL, in, 2, 2), RQ_EARG,
                 "length 6");
    op_close(&r);
    float mask[] = {1, 1, 1, 1, 0};
    rq_tensor masked[] = {TENSOR(RQ_DT_F32, x, 5, 1, 3), TENSOR(RQ_DT_F32, mask, 5, 1)};
    assert_ok(op_open(&r, "CTCGreedyDecoder", "opset1", ATTRS("ctc_merge_repeated", "false"),
                      masked, 2, 1));
    op_expect(&r, 0, "[1,5,1,1]", WANT(0, 0, 0, -1, -1));
}

/* One anchor of 16 pixels; the second cell's lies outside, but for a strip. */
static void proposals_by_hand(void **state)
{
    (void)state;
    float score[] = {0, 0, .75f, .5f}, delta[8] = {0}, image[] = {16, 20, 1};
    rq_tensor in[] = {TENSOR(RQ_DT_F32, score, 1, 2, 1, 2), TENSOR(RQ_DT_F32, delta, 1, 4, 1, 2),
                      TENSOR(RQ_DT_F32, image, 3)};
    const char *const *attrs =
        ATTRS("base_size", "16", "pre_nms_topn", "9", "post_nms_topn", "3", "nms_thresh", "0.5",
              "feat_stride", "16", "min_size", "2", "ratio", "1", "scale", "1");
    assert_ok(op_open(&r, "Proposal", "opset4", attrs, in, 3, 2));
    /* Sides count one pixel more than corners are apart; moved by 0, that pixel is kept. */
    op_expect(&r, 0, "[3,5]", WANT(0, 0, 0, 16, 15, 0, 16, 0, 19, 15, -1, 0, 0, 0, 0));
    op_expect(&r, 1, "[3]", WANT(.75, .5, 0));
    op_close(&r);
    in[1] = TENSOR(RQ_DT_F32, delta, 1, 8, 1, 1);
    assert_fails(op_open(&r, "Proposal", "opset4", attrs, in, 3, 2), RQ_EFORMAT, "1 anchors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(prior_box_by_hand, teardown),
        cmocka_unit_test_teardown(prior_box_refuses, teardown),
        cmocka_unit_test_teardown(detections_by_hand, teardown),
        cmocka_unit_test_teardown(detections_refuse, teardown),
        cmocka_unit_test_teardown(suppression_by_hand, teardown),
        cmocka_unit_test_teardown(regions_by_hand, teardown),
        cmocka_unit_test_teardown(yolo_by_hand, teardown),
        cmocka_unit_test_teardown(ctc_by_hand, teardown),
        cmocka_unit_test_teardown(proposals_by_hand, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
