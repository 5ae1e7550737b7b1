/* Raw outputs to predictions, by values worked out by hand. */
#include "tests/unit/test_report_near.h"

#include "engine/base/file.h"
#include "reports/adapters/adapter.h"

/* A model input of 64x32 that shows the left half of an image of 256x64 at half its size. */
static const rq_view half = {
    .width = 256, .height = 64, .input_width = 64, .input_height = 32, .scale_x = 2, .scale_y = 2};

static rq_output output_of(const char *name, const float *data, int rank, const int64_t *d)
{
    return (rq_output){name, rq_shape_make(rank, d), data};
}

#define DIMS(...)                                                                                  \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[])                   \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static rq_status read_with(rq_prediction *out, const char *text, const rq_output *outputs, size_t n)
{
    rq_adapter_use use;
    rq_status status = rq_adapter_open(&use, text);
    if (status != RQ_OK) return status;
    status = rq_adapter_read(out, &use, outputs, n, &half);
    rq_adapter_close(&use);
    return status;
}

static void assert_box(const rq_box *box, int class_id, double score, double x0, double y0,
                       double x1, double y1)
{
    assert_int_equal(box->class_id, class_id);
    assert_near(box->score, score, 1e-6);
    assert_near(box->x0, x0, 1e-4);
    assert_near(box->y0, y0, 1e-4);
    assert_near(box->x1, x1, 1e-4);
    assert_near(box->y1, y1, 1e-4);
}

static void ssd_rows(void **state)
{
    (void)state;
    rq_prediction a = {0};
    const float rows[] = {0,  1, 0.5f,   0.25f, 0.5f, 0.5f, 1, /* 16..32, 16..32 of the input */
                          0,  3, 0.9f,   0,     0,    1,    1, /* */
                          0,  0, 0.99f,  0,     0,    1,    1, /* background */
                          0,  2, 0.001f, 0,     0,    1,    1, /* unsure */
                          0,  2, NAN,    0,     0,    1,    1, /* */
                          -1, 1, 1,      0,     0,    1,    1, /* the end */
                          0,  1, 1,      0,     0,    1,    1};
    rq_output out = output_of("o", rows, DIMS(1, 1, 7, 7));
    assert_ok(read_with(&a, "ssd", &out, 1));
    assert_int_equal(a.n_boxes, 2);
    assert_box(&a.boxes[0], 2, 0.9, 0, 0, 128, 64);
    assert_box(&a.boxes[1], 0, 0.5, 32, 32, 64, 64);
    assert_ok(read_with(&a, "ssd:first=0:score=0.95", &out, 1));
    assert_int_equal(a.n_boxes, 1);
    assert_int_equal(a.boxes[0].class_id, 0);
    rq_prediction_free(&a);
}

/* 64x32 has 8*4 + 4*2 + 2*1 = 42 cells. */
enum { CELLS = 42 };

static void yolov8_columns(void **state)
{
    (void)state;
    rq_prediction a = {0};
    static float x[6][CELLS];
    memset(x, 0, sizeof x);
    /* box 5 and 6 overlap by 0.9 in class 1, box 7 is of class 0, box 8 half outside */
    const float boxes[4][6] = {{10, 10, 10, 10, 0.1f, 0.8f},
                               {10, 10.5f, 10, 10, 0, 0.7f},
                               {10, 10, 10, 10, 0.6f, 0.2f},
                               {0, 0, 8, 8, 0, 0.5f}};
    for (int b = 0; b < 4; b++)
        for (int k = 0; k < 6; k++) x[k][5 + b] = boxes[b][k];
    rq_output out = output_of("o", &x[0][0], DIMS(1, 6, CELLS));
    assert_ok(read_with(&a, "yolov8", &out, 1));
    assert_int_equal(a.n_boxes, 3);
    assert_box(&a.boxes[0], 1, 0.8, 10, 10, 30, 30);
    assert_box(&a.boxes[1], 0, 0.6, 10, 10, 30, 30);
    assert_box(&a.boxes[2], 1, 0.5, 0, 0, 8, 8);
    assert_ok(read_with(&a, "yolov8:iou=0.95:keep=2", &out, 1));
    assert_int_equal(a.n_boxes, 2);
    assert_near(a.boxes[1].score, 0.7, 1e-6);
    rq_prediction_free(&a);
}

static void yolox_is_decoded(void **state)
{
    (void)state;
    rq_prediction a = {0};
    static float x[CELLS][6];
    memset(x, 0, sizeof x);
    /* stride 8: row 1, column 2; stride 32: column 1 */
    const float fine[6] = {0.5f, 0.25f, 0, logf(2), 0.5f, 0.5f};
    const float coarse[6] = {0, 0.5f, logf(0.5f), 0, 1, 0.75f};
    memcpy(x[8 + 2], fine, sizeof fine);
    memcpy(x[32 + 8 + 1], coarse, sizeof coarse);
    rq_output out = output_of("o", &x[0][0], DIMS(1, CELLS, 6));
    assert_ok(read_with(&a, "yolox", &out, 1));
    assert_int_equal(a.n_boxes, 2);
    /* centre (32, 16) of size 16x32; centre (20, 10) of size 8x16 */
    assert_box(&a.boxes[0], 0, 0.75, 48, 0, 80, 64);
    assert_box(&a.boxes[1], 0, 0.25, 32, 4, 48, 36);
    rq_prediction_free(&a);
}

static void yolov5_multiplies_objectness(void **state)
{
    (void)state;
    rq_prediction a = {0};
    static float x[3 * CELLS][7];
    memset(x, 0, sizeof x);
    const float row[7] = {16, 16, 8, 4, 0.5f, 0.2f, 0.8f};
    memcpy(x[100], row, sizeof row);
    rq_output out = output_of("o", &x[0][0], DIMS(1, 3 * CELLS, 7));
    assert_ok(read_with(&a, "yolov5", &out, 1));
    assert_int_equal(a.n_boxes, 1);
    assert_box(&a.boxes[0], 1, 0.4, 24, 28, 40, 36);
    assert_fails(read_with(&a, "yolov6", &out, 1), RQ_EFORMAT, "yolov6");
    rq_prediction_free(&a);
}

/* Heads of strides 32 (2x1 cells) and 16 (4x2); one class, so 18 channels. */
static void yolov3_with_and_without_sigmoid(void **state)
{
    (void)state;
    for (int activated = 0; activated < 2; activated++) {
        rq_prediction a = {0};
        static float coarse[18][2], fine[18][8];
        for (int c = 0; c < 18; c++) {
            bool size = c % 6 == 2 || c % 6 == 3;
            float rest = activated || size ? 0.0f : -20.0f;
            for (int i = 0; i < 2; i++) coarse[c][i] = rest;
            for (int i = 0; i < 8; i++) fine[c][i] = rest;
        }
        /* coarse, anchor 1, cell 1: the middle of the cell, twice as wide as the anchor */
        float middle = activated ? 0.5f : 0.0f, yes = activated ? 1.0f : 20.0f;
        coarse[6][1] = coarse[7][1] = middle;
        coarse[8][1] = logf(2);
        coarse[10][1] = coarse[11][1] = yes;
        rq_output outs[] = {output_of("c", &coarse[0][0], DIMS(1, 18, 1, 2)),
                            output_of("f", &fine[0][0], DIMS(1, 18, 2, 4))};
        assert_ok(read_with(&a, "yolov3:anchors=1,1,2,2,3,3,4,4,5,6,7,7", outs, 2));
        assert_int_equal(a.n_boxes, 1);
        /* centre (48, 16), size 10x6 in the input */
        assert_box(&a.boxes[0], 0, 1, 86, 26, 106, 38);
        assert_fails(read_with(&a, "yolov3:anchors=1,1", outs, 2), RQ_EARG, "expected 12");
        rq_prediction_free(&a);
    }
}

/* As above, with a quarter, a half and three quarters where sigmoids put them; in both layouts. */
static void yolov5_heads_in_both_layouts(void **state)
{
    (void)state;
    const char *adapter = "yolov5-heads:anchors=1,1,2,2,3,3,4,4,5,6,7,7";
    for (int activated = 0; activated < 2; activated++) {
        rq_prediction a = {0};
        static float rows[18][2], cells[3][2][6], fine[18 * 8];
        for (int i = 0; i < 18 * 8; i++) fine[i] = activated ? 0.0f : -20.0f;
        memcpy(rows, fine, sizeof rows);
        memcpy(cells, fine, sizeof cells);
        const float found[6] = {activated ? 0.25f : -logf(3), activated ? 0.5f : 0.0f,
                                activated ? 0.75f : logf(3),  activated ? 0.5f : 0.0f,
                                activated ? 1.0f : 20.0f,     activated ? 1.0f : 20.0f};
        for (int v = 0; v < 6; v++) rows[6 + v][1] = cells[1][1][v] = found[v];
        rq_output four[] = {output_of("c", &rows[0][0], DIMS(1, 18, 1, 2)),
                            output_of("f", fine, DIMS(1, 18, 2, 4))};
        rq_output five[] = {output_of("f", fine, DIMS(1, 3, 2, 4, 6)),
                            output_of("c", &cells[0][0][0], DIMS(1, 3, 1, 2, 6))};
        const rq_output *both[] = {four, five};
        for (int layout = 0; layout < 2; layout++) {
            assert_ok(read_with(&a, adapter, both[layout], 2));
            assert_int_equal(a.n_boxes, 1);
            /* centre ((1 - 0.5 + 0.5) * 32, (0 - 0.5 + 1) * 32), size 1.5^2 * 5 x 1^2 * 6 */
            assert_box(&a.boxes[0], 0, 1, 52.75, 26, 75.25, 38);
        }
        assert_fails(read_with(&a, "yolov5-heads", five, 2), RQ_EARG, "anchors of 2 heads");
        rq_prediction_free(&a);
    }
}

static void boxes_in_rows_and_in_columns(void **state)
{
    (void)state;
    rq_prediction a = {0};
    const float rows[] = {1, 2, 11, 12, 0.5f, 4, 1, 2, 11, 12, 0.6f, -1};
    rq_output six = output_of("out", rows, DIMS(1, 2, 6));
    assert_ok(read_with(&a, "boxes", &six, 1));
    assert_int_equal(a.n_boxes, 1);
    assert_box(&a.boxes[0], 4, 0.5, 2, 4, 22, 24);
    const float corners[] = {0.25f, 0.5f, 0.75f, 1}, scores[] = {0.9f}, labels[] = {3};
    rq_output three[] = {output_of("Labels", labels, DIMS(1, 1)),
                         output_of("detection_scores", scores, DIMS(1, 1)),
                         output_of("detection_boxes", corners, DIMS(1, 1, 4))};
    assert_ok(read_with(&a, "boxes:yx=1:normalised=1:first=1", three, 3));
    assert_int_equal(a.n_boxes, 1);
    assert_box(&a.boxes[0], 2, 0.9, 64, 16, 128, 48);
    three[1].shape.d[1] = 2;
    assert_fails(read_with(&a, "boxes", three, 3), RQ_EFORMAT, "one value for each of 1");
    rq_prediction_free(&a);
}

/* Two texts on a grid of 16x8 cells (4x4 input pixels each); a speck; touching by a corner. */
static void text_boxes_are_blobs(void **state)
{
    (void)state;
    rq_prediction a = {0};
    static float map[8][16];
    memset(map, 0, sizeof map);
    for (int y = 1; y < 4; y++)
        for (int x = 1; x < 4; x++) map[y][x] = 0.8f;
    for (int y = 4; y < 7; y++)
        for (int x = 4; x < 7; x++) map[y][x] = 0.6f;
    for (int y = 0; y < 3; y++)
        for (int x = 10; x < 14; x++) map[y][x] = 0.9f;
    map[6][14] = 1;
    rq_output out = output_of("o", &map[0][0], DIMS(1, 1, 8, 16));
    assert_ok(read_with(&a, "text-boxes:unclip=0", &out, 1));
    assert_int_equal(a.n_boxes, 2);
    assert_box(&a.boxes[0], 0, 0.9, 80, 0, 112, 24);
    assert_box(&a.boxes[1], 0, 0.7, 8, 8, 56, 56);
    /* 4x3 cells: grown by 12 * 7 / 14 = 6 cells = 48 pixels, cut at the top */
    assert_ok(read_with(&a, "text-boxes:unclip=7:score=0.8", &out, 1));
    assert_int_equal(a.n_boxes, 1);
    assert_box(&a.boxes[0], 0, 0.9, 32, 0, 160, 64);
    rq_prediction_free(&a);
}

static void segmentation_of_both_layouts(void **state)
{
    (void)state;
    rq_prediction a = {0};
    const float nchw[2][2][3] = {{{1, 2, 3}, {1, 1, 1}}, {{0, 5, 3}, {NAN, 2, 0}}};
    const float nhwc[3][3][2] = {
        {{1, 0}, {2, 5}, {3, 3}}, {{1, NAN}, {1, 2}, {1, 0}}, {{0, 1}, {0, 0}, {0, -1}}};
    const uint16_t want[6] = {0, 1, 0, 0, 1, 0};
    rq_output out = output_of("o", &nchw[0][0][0], DIMS(1, 2, 2, 3));
    assert_ok(read_with(&a, "segmentation", &out, 1));
    assert_memory_equal(a.mask.classes, want, sizeof want);
    assert_near(a.mask.x1, 128, 0);
    assert_near(a.mask.y1, 64, 0);
    out = output_of("o", &nhwc[0][0][0], DIMS(1, 3, 3, 2));
    assert_ok(read_with(&a, "segmentation", &out, 1));
    assert_int_equal(a.mask.width, 3);
    assert_int_equal(a.mask.classes[6], 1);
    assert_memory_equal(a.mask.classes, want, sizeof want);
    rq_prediction_free(&a);
}

static void one_channel_is_a_probability_or_a_logit(void **state)
{
    (void)state;
    rq_prediction a = {0};
    const float shares[4] = {0.4f, 0.6f, 1, 0}, logits[4] = {0.4f, -3, 2, -0.1f};
    rq_output out = output_of("o", shares, DIMS(1, 2, 2, 1));
    assert_ok(read_with(&a, "segmentation", &out, 1));
    assert_memory_equal(a.mask.classes, ((uint16_t[]){0, 1, 1, 0}), 8);
    out.data = logits;
    assert_ok(read_with(&a, "segmentation", &out, 1));
    assert_memory_equal(a.mask.classes, ((uint16_t[]){1, 0, 1, 0}), 8);
    rq_prediction_free(&a);
}

/* Steps: a a - a b b -, "-" the blank. */
static void ctc_collapses_repeats_then_drops_blanks(void **state)
{
    (void)state;
    rq_prediction a = {0};
    static float steps[7][3];
    const int path[7] = {1, 1, 0, 1, 2, 2, 0};
    for (int t = 0; t < 7; t++)
        for (int c = 0; c < 3; c++) steps[t][c] = c == path[t];
    rq_output out = output_of("o", &steps[0][0], DIMS(1, 7, 3));
    assert_ok(read_with(&a, "ctc", &out, 1));
    assert_int_equal(a.n_symbols, 3);
    assert_memory_equal(a.symbols, ((int32_t[]){1, 1, 2}), 12);
    char path_name[] = "/tmp/rq-charset-XXXXXX", text[64];
    int fd = mkstemp(path_name);
    assert_true(fd >= 0);
    assert_ok(rq_write_file(path_name, "\xE6\x96\x87\r\nz\n", 7));
    snprintf(text, sizeof text, "ctc:charset=%s", path_name);
    assert_ok(read_with(&a, text, &out, 1));
    assert_memory_equal(a.symbols, ((int32_t[]){0x6587, 0x6587, 'z'}), 12);
    remove(path_name);
    assert_ok(read_with(&a, "ctc:blank=-1", &out, 1));
    assert_memory_equal(a.symbols, ((int32_t[]){1, 0, 1, 0}), 16);
    rq_prediction_free(&a);
}

static void models_tell_what_the_user_does_not(void **state)
{
    rq_adapter_use use;
    (void)state;
    assert_ok(rq_adapter_open(&use, "yolov8"));
    assert_ok(rq_adapter_suggest(&use, "yolov8", "iou", "0.6"));
    assert_true(use.settings.iou == 0.6);
    assert_ok(rq_adapter_suggest(&use, "yolov8:iou=0.5", "iou", "0.7"));
    assert_ok(rq_adapter_suggest(&use, NULL, "iou", "7"));      /* no such value */
    assert_ok(rq_adapter_suggest(&use, NULL, "iou", NULL));     /* it says nothing */
    assert_ok(rq_adapter_suggest(&use, NULL, "charset", "ab")); /* no setting of boxes */
    assert_true(use.settings.iou == 0.6);
    rq_adapter_close(&use);
    assert_ok(rq_adapter_open(&use, "ctc"));
    assert_ok(rq_adapter_suggest(&use, "ctc", "charset", "a\n\xE6\x96\x87\n"));
    assert_int_equal(use.settings.n_charset, 2);
    assert_int_equal(use.settings.charset[1], 0x6587);
    rq_adapter_close(&use);
}

static void pictures_become_bytes_in_rows(void **state)
{
    (void)state;
    rq_prediction a = {0};
    const float nchw[3][1][2] = {{{0, 1}}, {{0.2f, 0.4f}}, {{0.6f, 0.8f}}};
    rq_output out = output_of("o", &nchw[0][0][0], DIMS(1, 3, 1, 2));
    assert_ok(read_with(&a, "picture", &out, 1));
    assert_near_f32(a.values, (float[]){0, 51, 153, 255, 102, 204}, 6, 1e-4, 0);
    assert_int_equal(a.columns, 2);
    assert_ok(read_with(&a, "picture:range=2", &out, 1));
    assert_near_f32(a.values, (float[]){0, 25.5f, 76.5f}, 3, 1e-4, 0);
    rq_prediction_free(&a);
}

static void values_and_directions(void **state)
{
    (void)state;
    rq_prediction a = {0};
    const float x[] = {3, 4}, y[] = {5}, zero[2] = {0};
    rq_output outs[] = {output_of("x", x, DIMS(1, 2)), output_of("y", y, DIMS(1))};
    assert_ok(read_with(&a, "regression", outs, 2));
    assert_near_f32(a.values, (float[]){3, 4, 5}, 3, 0, 0);
    assert_ok(read_with(&a, "embedding", outs, 2));
    assert_int_equal(a.n_values, 2);
    assert_near_f32(a.values, (float[]){0.6f, 0.8f}, 2, 1e-7, 0);
    outs[0].data = zero;
    assert_ok(read_with(&a, "embedding", outs, 1));
    assert_near_f32(a.values, zero, 2, 0, 0);
    rq_prediction_free(&a);
}

static const char *guess(unsigned truths, size_t n, const rq_output *outputs)
{
    rq_adapter_use use;
    rq_adapter_guess(&use, outputs, n, &half, truths);
    return use.adapter ? use.adapter->name : "none";
}

static void guesses_only_what_is_safe(void **state)
{
    (void)state;
    rq_output classes = output_of("o", NULL, DIMS(1, 1000));
    rq_output ssd = output_of("o", NULL, DIMS(1, 1, 100, 7));
    rq_output v8 = output_of("o", NULL, DIMS(1, 24, CELLS));
    rq_output v5 = output_of("o", NULL, DIMS(1, 3 * CELLS, 85));
    rq_output x = output_of("o", NULL, DIMS(1, CELLS, 6));
    rq_output list = output_of("o", NULL, DIMS(RQ_DYNAMIC, 6));
    rq_output map = output_of("o", NULL, DIMS(1, 1, 32, 64));
    rq_output scores = output_of("o", NULL, DIMS(1, 21, 32, 64));
    rq_output v5_heads[] = {output_of("a", NULL, DIMS(1, 3, 2, 4, 85)),
                            output_of("b", NULL, DIMS(1, 3, 1, 2, 85))};
    rq_output heads[] = {output_of("a", NULL, DIMS(1, 255, 1, 2)),
                         output_of("b", NULL, DIMS(1, 255, 2, 4)),
                         output_of("c", NULL, DIMS(1, 255, 4, 8))};
    assert_string_equal(guess(0, 1, &classes), "none");
    assert_string_equal(guess(RQ_PREDICTION_CLASS, 1, &classes), "classification");
    assert_string_equal(guess(0, 1, &ssd), "ssd");
    assert_string_equal(guess(0, 1, &v8), "yolov8");
    assert_string_equal(guess(0, 1, &v5), "yolov5");
    assert_string_equal(guess(0, 3, heads), "yolov3");
    assert_string_equal(guess(0, 2, v5_heads), "yolov5-heads");
    assert_string_equal(guess(RQ_PREDICTION_BOXES, 1, &x), "none");
    assert_string_equal(guess(0, 1, &list), "none");
    assert_string_equal(guess(RQ_PREDICTION_BOXES, 1, &list), "boxes");
    assert_string_equal(guess(0, 1, &map), "none");
    assert_string_equal(guess(RQ_PREDICTION_BOXES, 1, &map), "text-boxes");
    assert_string_equal(guess(RQ_PREDICTION_MASK, 1, &map), "segmentation");
    assert_string_equal(guess(RQ_PREDICTION_MASK, 1, &scores), "segmentation");
    assert_string_equal(guess(RQ_PREDICTION_IMAGE, 1, &map), "image");
    assert_string_equal(guess(0, 0, NULL), "none");
}

static void settings_are_checked(void **state)
{
    (void)state;
    rq_adapter_use use;
    assert_fails(rq_adapter_open(&use, "yolo8"), RQ_EARG, "did you mean");
    assert_fails(rq_adapter_open(&use, "nothing-near"), RQ_EARG, "there are classification");
    assert_fails(rq_adapter_open(&use, "ssd:iou=0.5"), RQ_EARG, "there are score, first");
    assert_fails(rq_adapter_open(&use, "ssd:score=2"), RQ_EARG, "from 0 to 1");
    assert_fails(rq_adapter_open(&use, "ssd:score"), RQ_EARG, "key=value");
    assert_fails(rq_adapter_open(&use, "ssd:=1"), RQ_EARG, "ssd has no setting ''"); /* and ends */
    assert_fails(rq_adapter_open(&use, "ssd::"), RQ_EARG, "key=value");
    assert_fails(rq_adapter_open(&use, "ssd:sco=1"), RQ_EARG,
                 "no setting 'sco'; did you mean 'score'?");
    assert_fails(rq_adapter_open(&use, "yolov3:anchors=1,2,3"), RQ_EARG, "widths and heights");
    assert_fails(rq_adapter_open(&use, "ctc:charset=/nonexistent"), RQ_EIO, "nonexistent");
}

static void settings_have_defaults_and_help(void **state)
{
    (void)state;
    rq_adapter_use use;
    assert_ok(rq_adapter_open(&use, "ssd:score=0.3"));
    assert_true(use.settings.score == 0.3 && use.settings.first == 1);
    for (size_t i = 0; rq_adapters[i]; i++) {
        assert_non_null(rq_adapters[i]->help);
        for (const rq_adapter_setting *s = rq_adapters[i]->settings; s && s->name; s++) {
            assert_non_null(s->help);
            assert_non_null(strchr(rq_adapter_setting_text(s), '=')); /* a setting there is */
            assert_true(!isnan(s->otherwise) || strstr(s->help, "default"));
        }
    }
}

static void shapes_that_do_not_fit_are_named(void **state)
{
    (void)state;
    rq_prediction a = {0};
    const float x[6] = {0};
    rq_output out = output_of("prob", x, DIMS(1, 6));
    const char *const names[] = {"ssd",   "yolov8",     "yolov5",       "yolov6",
                                 "yolox", "yolov3",     "yolov5-heads", "segmentation",
                                 "ctc",   "text-boxes", "image"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_fails(read_with(&a, names[i], &out, 1), RQ_EFORMAT, "output 'prob' [1,6]");
    rq_prediction_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ssd_rows),
        cmocka_unit_test(yolov8_columns),
        cmocka_unit_test(yolox_is_decoded),
        cmocka_unit_test(yolov5_multiplies_objectness),
        cmocka_unit_test(yolov3_with_and_without_sigmoid),
        cmocka_unit_test(yolov5_heads_in_both_layouts),
        cmocka_unit_test(boxes_in_rows_and_in_columns),
        cmocka_unit_test(text_boxes_are_blobs),
        cmocka_unit_test(segmentation_of_both_layouts),
        cmocka_unit_test(one_channel_is_a_probability_or_a_logit),
        cmocka_unit_test(ctc_collapses_repeats_then_drops_blanks),
        cmocka_unit_test(models_tell_what_the_user_does_not),
        cmocka_unit_test(pictures_become_bytes_in_rows),
        cmocka_unit_test(values_and_directions),
        cmocka_unit_test(guesses_only_what_is_safe),
        cmocka_unit_test(settings_are_checked),
        cmocka_unit_test(settings_have_defaults_and_help),
        cmocka_unit_test(shapes_that_do_not_fit_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
