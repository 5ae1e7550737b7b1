/* Metrics of predictions against numbers computed by others (tests/data/metrics/gen.py), and by
 * hand.
 */
#include "tests/unit/test_report_near.h"

#include "datasets/arrays/npy.h"
#include "engine/base/file.h"
#include "engine/base/text.h"
#include "reports/metrics/class_scores.h"
#include "reports/metrics/interval.h"
#include "reports/metrics/measure.h"
#include "reports/writers/class_ap_csv.h"

#include <unistd.h>

#define FOLDER "tests/data/metrics/"
#define METRIC(name) extern const rq_metric rq_metric_##name;
METRIC(coco)
METRIC(voc)
METRIC(mask)
METRIC(mask_same)
METRIC(psnr)
METRIC(ssim)
METRIC(error)
METRIC(words)
METRIC(characters)
METRIC(box_f1)
METRIC(kl)
METRIC(class_mean)

static rq_tensor array_of(const char *name)
{
    char path[128];
    rq_tensor t;
    snprintf(path, sizeof path, FOLDER "%s.npy", name);
    assert_ok(rq_npy_read(&t, path));
    return t;
}

/* Numbers of the line that begins with `name`. */
static size_t golden(const char *name, double out[RQ_MAX_FIGURES])
{
    char *text, *rest, *line;
    size_t size, n = 0;
    assert_ok(rq_read_file(&text, &size, FOLDER "golden.txt", 1 << 16));
    for (rest = text; (line = strsep(&rest, "\n"));) {
        char *first = strsep(&line, " ");
        if (strcmp(first, name) == 0) assert_true(rq_parse_f64_list(line, out, RQ_MAX_FIGURES, &n));
    }
    free(text);
    assert_true(n > 0);
    return n;
}

static void figures_of(double *out, const rq_metric *metric, const rq_records *records)
{
    size_t picks[64];
    assert_true(records->n <= 64);
    for (size_t i = 0; i < records->n; i++) picks[i] = i;
    if (metric->n_figures)
        metric->reduce_figures(out, records, picks, records->n);
    else
        *out = metric->reduce(records, picks, records->n);
}

static void score(rq_records *records, const rq_metric *metric, const rq_prediction *prediction,
                  const rq_prediction *truth)
{
    rq_metric_input input = {.prediction = prediction, .truth = truth, .label = -1};
    assert_ok(metric->score(records, &input));
    assert_ok(rq_records_end(records));
}

/* -- boxes ---------------------------------------------------------------------------------- */

enum { IMAGES = 40 };

static void add_boxes(rq_prediction *out, const rq_tensor *rows, int image, bool truth)
{
    size_t width = (size_t)rows->shape.d[1];
    rq_prediction_clear(out);
    rq_prediction_set_empty(out, RQ_PREDICTION_BOXES);
    for (size_t i = 0; i < (size_t)rows->shape.d[0]; i++) {
        const double *x = (const double *)rows->data + i * width;
        if ((int)x[0] != image) continue;
        rq_box box = {.class_id = (int32_t)x[1],
                      .flags = truth ? (uint32_t)x[7] : 0,
                      .score = truth ? 1 : x[6],
                      .area = truth ? x[6] : -1,
                      .x0 = x[2],
                      .y0 = x[3],
                      .x1 = x[4],
                      .y1 = x[5]};
        assert_ok(rq_prediction_add_box(out, &box));
    }
}

static void score_boxes(rq_records *records, const rq_metric *metric)
{
    rq_tensor truths = array_of("truths"), found = array_of("found");
    rq_prediction prediction = {0}, truth = {0};
    for (int i = 0; i < IMAGES; i++) {
        add_boxes(&truth, &truths, i, true);
        add_boxes(&prediction, &found, i, false);
        score(records, metric, &prediction, &truth);
    }
    rq_prediction_free(&prediction);
    rq_prediction_free(&truth);
    free(truths.data);
    free(found.data);
}

static void coco_equals_pycocotools(void **state)
{
    (void)state;
    double want[RQ_MAX_FIGURES], got[RQ_MAX_FIGURES];
    rq_records records = {0};
    score_boxes(&records, &rq_metric_coco);
    figures_of(got, &rq_metric_coco, &records);
    assert_int_equal(golden("coco", want), 12);
    for (int i = 0; i < 12; i++) {
        print_message("%s: %.6f, %.6f\n", rq_metric_coco.figures[i].name, got[i], want[i]);
        assert_near(got[i], want[i], 1e-6);
    }
    rq_records_free(&records);
}

static void voc_equals_the_development_kit(void **state)
{
    (void)state;
    double want[RQ_MAX_FIGURES], got[RQ_MAX_FIGURES];
    rq_records records = {0};
    score_boxes(&records, &rq_metric_voc);
    figures_of(got, &rq_metric_voc, &records);
    assert_int_equal(golden("voc", want), 2);
    assert_near(got[0], want[0], 1e-9);
    assert_near(got[1], want[1], 1e-9);
    rq_records_free(&records);
}

static rq_box square(int class_id, double score_of, double x, double side)
{
    return (rq_box){
        .class_id = class_id, .score = score_of, .area = -1, .x0 = x, .x1 = x + side, .y1 = side};
}

static void add_square(rq_prediction *a, int class_id, double score_of, double x)
{
    rq_box box = square(class_id, score_of, x, 10);
    assert_ok(rq_prediction_add_box(a, &box));
}

/* Found: right, right but of the wrong class, nothing there. By hand: AP of class 0 is 1/2 (one of
 * two), of class 1 nothing is true; images without truth only add errors. */
static void nothing_to_find_is_no_class(void **state)
{
    (void)state;
    rq_prediction prediction = {0}, truth = {0}, empty = {0};
    rq_records records = {0};
    double got[RQ_MAX_FIGURES];
    rq_prediction_set_empty(&empty, RQ_PREDICTION_BOXES);
    add_square(&truth, 0, 1, 0);
    add_square(&truth, 0, 1, 50);
    add_square(&prediction, 0, 0.9, 0);
    add_square(&prediction, 1, 0.8, 50);
    score(&records, &rq_metric_voc, &prediction, &truth);
    figures_of(got, &rq_metric_voc, &records);
    assert_near(got[0], 50, 1e-12);
    assert_near(got[1], 100 * 6.0 / 11, 1e-12); /* recalls 0 to 0.5 */
    score(&records, &rq_metric_voc, &prediction, &empty);
    figures_of(got, &rq_metric_voc, &records);
    assert_near(got[0], 50, 1e-12); /* the equally sure error comes second */
    rq_records_clear(&records);
    score(&records, &rq_metric_voc, &empty, &truth);
    figures_of(got, &rq_metric_voc, &records);
    assert_near(got[0], 0, 0);
    rq_records_clear(&records);
    score(&records, &rq_metric_voc, &empty, &empty);
    figures_of(got, &rq_metric_voc, &records);
    assert_true(isnan(got[0]));
    rq_records_free(&records);
    rq_prediction_free(&prediction);
    rq_prediction_free(&truth);
}

/* Three boxes before, two after, of which one pairs, one is of another class; faint ones are not
 * looked at. */
static void box_f1_by_hand(void **state)
{
    (void)state;
    rq_prediction before = {0}, after = {0}, empty = {0};
    rq_records records = {0};
    double got;
    add_square(&before, 0, 0.9, 0);
    add_square(&before, 0, 0.8, 1);
    add_square(&before, 1, 0.5, 50);
    add_square(&before, 1, 0.29, 80);
    add_square(&after, 0, 0.7, 0);
    add_square(&after, 2, 0.6, 50);
    add_square(&after, 2, 0.2, 50);
    score(&records, &rq_metric_box_f1, &after, &before);
    figures_of(&got, &rq_metric_box_f1, &records);
    assert_near(got, 100 * 2 * 1.0 / 5, 1e-12);
    score(&records, &rq_metric_box_f1, &before, &before);
    figures_of(&got, &rq_metric_box_f1, &records);
    assert_near(got, 100 * 2 * 4.0 / 11, 1e-12);
    rq_records_clear(&records);
    score(&records, &rq_metric_box_f1, &empty, &empty);
    figures_of(&got, &rq_metric_box_f1, &records);
    assert_near(got, 100, 0);
    rq_records_free(&records);
    rq_prediction_free(&before);
    rq_prediction_free(&after);
}

/* -- masks and images --------------------------------------------------------------------- */

static void add_mask(rq_prediction *out, const rq_tensor *masks, size_t i)
{
    size_t n = (size_t)(masks->shape.d[1] * masks->shape.d[2]);
    assert_ok(rq_prediction_make_mask(out, (int)masks->shape.d[2], (int)masks->shape.d[1]));
    memcpy(out->mask.classes, (const uint16_t *)masks->data + i * n, n * sizeof(uint16_t));
}

static void mask_equals_a_confusion_matrix(void **state)
{
    (void)state;
    rq_tensor truths = array_of("mask_truth"), found = array_of("mask_found");
    rq_prediction prediction = {0}, truth = {0};
    rq_records records = {0};
    double want[RQ_MAX_FIGURES], got[RQ_MAX_FIGURES];
    for (size_t i = 0; i < 3; i++) {
        add_mask(&truth, &truths, i);
        add_mask(&prediction, &found, i);
        score(&records, &rq_metric_mask, &prediction, &truth);
    }
    figures_of(got, &rq_metric_mask, &records);
    double iou[256], items[256], sum = 0, with = 0;
    size_t classes = rq_mask_count_classes(&records);
    assert_true(classes > 1 && classes <= 256);
    assert_ok(rq_mask_class_iou(iou, items, classes, &records));
    for (size_t c = 0; c < classes; c++)
        if (!isnan(iou[c])) sum += iou[c], with++;
    assert_near(sum / with, got[0], 1e-9); /* mean IoU */
    assert_int_equal(golden("mask", want), 3);
    for (int i = 0; i < 3; i++) assert_near(got[i], want[i], 1e-9);
    rq_records_clear(&records);
    score(&records, &rq_metric_mask_same, &prediction, &prediction);
    figures_of(got, &rq_metric_mask_same, &records);
    for (int i = 0; i < 3; i++) assert_near(got[i], 100, 0);
    rq_records_free(&records);
    rq_prediction_free(&prediction);
    rq_prediction_free(&truth);
    free(truths.data);
    free(found.data);
}

/* A mask of half the size over the left half: the right half does not count. */
static void masks_of_other_sizes_are_looked_up(void **state)
{
    (void)state;
    rq_prediction prediction = {0}, truth = {0};
    rq_records records = {0};
    double got[RQ_MAX_FIGURES];
    assert_ok(rq_prediction_make_mask(&truth, 8, 4));
    for (int i = 0; i < 32; i++) truth.mask.classes[i] = i % 8 < 2;
    assert_ok(rq_prediction_make_mask(&prediction, 2, 2));
    memcpy(prediction.mask.classes, ((uint16_t[]){1, 0, 1, 1}), 8);
    prediction.mask.x1 = prediction.mask.y1 = 4;
    score(&records, &rq_metric_mask, &prediction, &truth);
    figures_of(got, &rq_metric_mask, &records);
    assert_near(got[2], 75, 1e-12);             /* 12 of 16 */
    assert_near(got[1], 100 * 8.0 / 12, 1e-12); /* class 1: 8 both, 12 in the prediction */
    assert_near(got[0], 100 * (8.0 / 12 + 4.0 / 8) / 2, 1e-12);
    rq_records_free(&records);
    rq_prediction_free(&prediction);
    rq_prediction_free(&truth);
}

static void add_picture(rq_prediction *out, const char *name)
{
    rq_tensor t = array_of(name);
    assert_ok(rq_prediction_make_image(out, (int)t.shape.d[0], (int)t.shape.d[1], 3));
    memcpy(out->values, t.data, out->n_values * sizeof(float));
    free(t.data);
}

static void pictures_equal_scipy(void **state)
{
    (void)state;
    const struct {
        const char *name;
        const rq_metric *metric;
    } cases[] = {{"psnr", &rq_metric_psnr}, {"ssim", &rq_metric_ssim}, {"error", &rq_metric_error}};
    rq_prediction prediction = {0}, truth = {0};
    add_picture(&truth, "picture_truth");
    add_picture(&prediction, "picture_found");
    for (int i = 0; i < 3; i++) {
        rq_records records = {0};
        double want[RQ_MAX_FIGURES], got[RQ_MAX_FIGURES];
        size_t n = golden(cases[i].name, want);
        score(&records, cases[i].metric, &prediction, &truth);
        figures_of(got, cases[i].metric, &records);
        for (size_t k = 0; k < n; k++) assert_near(got[k], want[k], 1e-9);
        rq_records_free(&records);
    }
    rq_prediction_free(&prediction);
    rq_prediction_free(&truth);
}

static void sizes_that_differ_are_named(void **state)
{
    (void)state;
    rq_prediction a = {0}, b = {0};
    rq_records records = {0};
    rq_metric_input input = {.prediction = &a, .truth = &b};
    assert_ok(rq_prediction_make_image(&a, 2, 3, 1));
    assert_ok(rq_prediction_make_image(&b, 3, 2, 1));
    assert_fails(rq_metric_psnr.score(&records, &input), RQ_EARG, "3x2x1");
    assert_ok(rq_prediction_make_values(&b, 7));
    assert_fails(rq_metric_error.score(&records, &input), RQ_EARG, "7");
    input.truth = &a;
    assert_fails(rq_metric_ssim.score(&records, &input), RQ_EARG, "11x11");
    rq_records_free(&records);
    rq_prediction_free(&a);
    rq_prediction_free(&b);
}

/* -- texts and classes ---------------------------------------------------------------------- */

/* kitten, sitting: 3 edits of 7; equal; nothing read of "ab": 2 of 2. */
static void texts_by_hand(void **state)
{
    (void)state;
    const char *const pairs[][2] = {
        {"kitten", "sitting"}, {"caf\xC3\xA9", "caf\xC3\xA9"}, {"", "ab"}};
    rq_records words = {0}, characters = {0};
    double got;
    for (int i = 0; i < 3; i++) {
        rq_prediction prediction = {0}, truth = {0};
        assert_ok(rq_prediction_add_text(&prediction, pairs[i][0]));
        assert_ok(rq_prediction_add_text(&truth, pairs[i][1]));
        score(&words, &rq_metric_words, &prediction, &truth);
        score(&characters, &rq_metric_characters, &prediction, &truth);
        rq_prediction_free(&prediction);
        rq_prediction_free(&truth);
    }
    figures_of(&got, &rq_metric_words, &words);
    assert_near(got, 100.0 / 3, 1e-12);
    figures_of(&got, &rq_metric_characters, &characters);
    assert_near(got, 100 * (1 - 5.0 / 13), 1e-12);
    rq_records_free(&words);
    rq_records_free(&characters);
}

static double kl_of(const float *before, const float *after, int64_t n)
{
    rq_records records = {0};
    rq_output p = {"p", rq_shape_make(1, &n), before}, q = {"q", rq_shape_make(1, &n), after};
    rq_metric_input input = {.got = &q, .reference = &p, .n = 1, .label = -1};
    assert_ok(rq_metric_kl.score(&records, &input));
    double got = records.values[0];
    rq_records_free(&records);
    return got;
}

static void kl_by_hand(void **state)
{
    (void)state;
    const float p[] = {0.5f, 0.5f}, q[] = {0.25f, 0.75f}, logits[] = {7, 7};
    double want = 0.5 * log(2) + 0.5 * log(0.5 / 0.75);
    assert_near(kl_of(p, q, 2), want, 1e-7);
    assert_near(kl_of(logits, q, 2), want, 1e-7);
    assert_near(kl_of(p, p, 2), 0, 0);
    assert_true(isnan(kl_of(p, (float[]){NAN, 1}, 2)) && isnan(kl_of((float[]){1, NAN}, p, 2)));
}

/* Class 0: 3 of 4, class 2: 0 of 1; class 1 has no image. */
static void rare_classes_weigh_the_same(void **state)
{
    (void)state;
    const float says_0[] = {9, 1, 1}, says_1[] = {1, 9, 1};
    const struct {
        const float *x;
        int64_t label;
    } cases[] = {{says_0, 0}, {says_0, 0}, {says_0, 0}, {says_1, 0}, {says_0, 2}};
    rq_records records = {0};
    double got;
    for (int i = 0; i < 5; i++) {
        rq_output out = {"o", rq_shape_make(1, (int64_t[]){3}), cases[i].x};
        rq_metric_input input = {.got = &out, .n = 1, .label = cases[i].label};
        assert_ok(rq_metric_class_mean.score(&records, &input));
        assert_ok(rq_records_end(&records));
    }
    figures_of(&got, &rq_metric_class_mean, &records);
    assert_near(got, 37.5, 1e-12);
    rq_records_free(&records);
}

/* With one image a class, a mean over classes is a mean over images: so is its interval. */
typedef struct resampled {
    const rq_records *records;
    bool by_class;
} resampled;

static double resampled_mean(const void *ctx, const size_t *picks, size_t n)
{
    const resampled *r = ctx;
    if (r->by_class) return rq_metric_class_mean.reduce(r->records, picks, n);
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += rq_records_at(r->records, picks[i])[1];
    return 100 * sum / (double)n;
}

static void one_image_a_class_has_the_interval_of_images(void **state)
{
    (void)state;
    rq_records records = {0};
    rq_estimate by_class, by_image;
    for (int i = 0; i < 50; i++) {
        assert_ok(rq_records_push(&records, i));
        assert_ok(rq_records_push(&records, i % 3 != 0));
        assert_ok(rq_records_end(&records));
    }
    const rq_span any = {NAN, NAN};
    assert_ok(rq_bootstrap(&by_class, resampled_mean, &(resampled){&records, true}, 50, any, 1));
    assert_ok(rq_bootstrap(&by_image, resampled_mean, &(resampled){&records, false}, 50, any, 1));
    assert_near(by_class.value, by_image.value, 1e-9);
    assert_near(by_class.low, by_image.low, 1e-9);
    assert_near(by_class.high, by_image.high, 1e-9);
    rq_records_free(&records);
}

static void labels_too_large_for_a_class(void **state)
{
    (void)state;
    double labels[] = {0, 1e300}, weights[2];
    assert_fails(rq_class_weights(weights, labels, 2), RQ_EFORMAT, "no index of a class");
    labels[1] = -1;
    assert_ok(rq_class_weights(weights, labels, 2));
    assert_near(weights[0], 1, 0);
    assert_near(weights[1], 0, 0);
}

/* -- through a measurement ------------------------------------------------------------------ */

static void measure_boxes(rq_measure *measure, int lost_from)
{
    rq_tensor truths = array_of("truths"), found = array_of("found");
    rq_prediction before = {0}, after = {0}, truth = {0}, empty = {0};
    rq_scores *scores;
    const float nothing[1] = {0};
    rq_output out[2] = {{"o", rq_shape_make(1, (int64_t[]){1}), nothing},
                        {"o", rq_shape_make(1, (int64_t[]){0}), nothing}};
    assert_ok(rq_scores_create(&scores, measure));
    rq_prediction_set_empty(&empty, RQ_PREDICTION_BOXES);
    for (int i = 0; i < IMAGES; i++) {
        add_boxes(&truth, &truths, i, true);
        add_boxes(&before, &found, i, false);
        add_boxes(&after, &found, i, false);
        /* sizes of outputs may differ when answers are there */
        rq_sample_outputs sample = {
            &out[0], &out[i >= lost_from], -1, &before, i >= lost_from ? &empty : &after, &truth, 0,
            0};
        assert_ok(rq_measure_score(measure, scores, &sample));
        assert_ok(rq_measure_keep(measure, scores, (size_t)i));
    }
    rq_scores_destroy(&scores);
    rq_prediction_free(&before);
    rq_prediction_free(&after);
    rq_prediction_free(&truth);
    free(truths.data);
    free(found.data);
}

/* Boxes that people would draw, and masks of more than one class. */
static void what_predictions_hold_is_counted(void **state)
{
    (void)state;
    const rq_measure_options options = {
        .n_outputs = 0, .paired = true, .predictions = RQ_PREDICTION_BOXES | RQ_PREDICTION_MASK};
    rq_prediction none = {0}, some = {0};
    rq_measure *measure;
    rq_scores *scores;
    rq_prediction_set_empty(&none, RQ_PREDICTION_BOXES);
    assert_ok(rq_prediction_make_mask(&none, 2, 1));
    memset(none.mask.classes, 0, 2 * sizeof *none.mask.classes);
    add_square(&some, 1, 0.9, 0);
    add_square(&some, 1, 0.1, 50); /* too unsure to be drawn */
    assert_ok(rq_prediction_make_mask(&some, 2, 1));
    some.mask.classes[0] = 0, some.mask.classes[1] = 3;
    assert_ok(rq_measure_create(&measure, &options));
    assert_ok(rq_scores_create(&scores, measure));
    assert_true(isnan(rq_measure_found(measure, true)));
    for (size_t i = 0; i < 3; i++) {
        const rq_sample_outputs sample = {
            .label = -1, .before_prediction = &none, .after_prediction = i ? &none : &some};
        assert_ok(rq_measure_score(measure, scores, &sample));
        assert_ok(rq_measure_keep(measure, scores, i));
    }
    assert_near(rq_measure_found(measure, false), 0, 0);
    assert_near(rq_measure_found(measure, true), 2, 0); /* a box and a mask */
    rq_scores_destroy(&scores);
    rq_measure_destroy(&measure);
    rq_prediction_free(&none);
    rq_prediction_free(&some);
}

static void figures_become_rows_with_intervals(void **state)
{
    (void)state;
    const char *const names[] = {"o"};
    const rq_measure_options options = {.n_outputs = 1,
                                        .output_names = names,
                                        .paired = true,
                                        .predictions = RQ_PREDICTION_BOXES,
                                        .truths = RQ_PREDICTION_BOXES};
    rq_measure *measure;
    rq_arena *arena;
    rq_report_accuracy *rows;
    rq_report_image *images;
    rq_image_result *results;
    size_t n;
    double want[RQ_MAX_FIGURES];
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_measure_create(&measure, &options));
    measure_boxes(measure, 30);
    golden("coco", want);
    assert_ok(rq_measure_rows(&rows, &n, measure, arena));
    assert_int_equal(n, 12 + 2 + 1 + 2); /* COCO, VOC, box F1, SQNR and cosine */
    assert_string_equal(rows[1].metric, "COCO AP50");
    assert_near(rows[1].before.value, want[1], 1e-9);
    assert_true(rows[1].after.value < want[1]);
    assert_near(rows[1].delta.value, rows[1].after.value - want[1], 1e-9);
    assert_true(rows[1].before.low < want[1] && want[1] < rows[1].before.high);
    assert_true(rows[1].delta.high < 0 && rows[1].delta.low < rows[1].delta.value);
    assert_string_equal(rows[14].metric, "box F1");
    assert_near(rows[15].images, 30, 0); /* SQNR: where sizes are the same */
    assert_ok(rq_measure_worst(&images, &results, &n, measure, 5, arena));
    assert_string_equal(images[0].metric, "COCO AP");
    assert_true(images[0].before_value - images[0].after_value > 0);
    for (size_t i = 0; i < n; i++) {
        assert_true(results[i].image >= 30);
        double loss = images[i].before_value - images[i].after_value;
        if (i) assert_true(loss <= images[i - 1].before_value - images[i - 1].after_value);
    }
    rq_measure_destroy(&measure);
    rq_arena_destroy(&arena);
}

/* The report's rows are those of both models, what lost most first. */
static void check_class_scores(const rq_class_ap *after, size_t n, const rq_measure *measure,
                               rq_arena *arena)
{
    static const char *const names[] = {"zero", "one"};
    rq_report_class *classes;
    rq_class_ap *before;
    size_t n_classes, n_before;
    assert_ok(rq_class_ap_make(&before, &n_before, measure, true, arena));
    assert_ok(rq_class_scores_make(&classes, &n_classes, measure, names, 2, arena));
    assert_int_equal(n_classes, n);
    for (size_t i = 0; i < n; i++) {
        const rq_report_class *row = &classes[i];
        size_t k = 0;
        while (after[k].class_id != (int32_t)row->class_id) k++;
        assert_string_equal(row->metric, "AP50");
        assert_near(row->after, after[k].ap, 0);
        assert_near(row->before, before[k].ap, 0);
        assert_near(row->items, (double)after[k].objects, 0);
        if (row->class_id < 2) assert_string_equal(row->name, names[(size_t)row->class_id]);
        if (i)
            assert_true(classes[i - 1].before - classes[i - 1].after >= row->before - row->after);
    }
}

/* Their mean is the development kit's figure. */
static void class_aps_add_up(void **state)
{
    (void)state;
    const char *const names[] = {"o"};
    const rq_measure_options options = {.n_outputs = 1,
                                        .output_names = names,
                                        .paired = true,
                                        .predictions = RQ_PREDICTION_BOXES,
                                        .truths = RQ_PREDICTION_BOXES};
    rq_measure *measure;
    rq_arena *arena;
    rq_class_ap *rows;
    size_t n;
    double want[RQ_MAX_FIGURES], sum = 0;
    rq_buf text = {0};
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_measure_create(&measure, &options));
    measure_boxes(measure, IMAGES);
    golden("voc", want);
    assert_ok(rq_class_ap_make(&rows, &n, measure, false, arena));
    assert_true(n > 1);
    check_class_scores(rows, n, measure, arena);
    for (size_t i = 0; i < n; i++) {
        assert_true(rows[i].objects > 0);
        if (i) assert_true(rows[i].class_id > rows[i - 1].class_id);
        sum += rows[i].ap;
    }
    assert_near(sum / (double)n, want[0], 1e-9);
    rq_class_ap_csv(&text, rows, n, NULL, 0);
    assert_true(rq_starts_with(text.data, "class,name,objects,found,ap\n"));
    rq_buf_free(&text);
    rq_measure_destroy(&measure);
    rq_arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coco_equals_pycocotools),
        cmocka_unit_test(voc_equals_the_development_kit),
        cmocka_unit_test(nothing_to_find_is_no_class),
        cmocka_unit_test(box_f1_by_hand),
        cmocka_unit_test(mask_equals_a_confusion_matrix),
        cmocka_unit_test(masks_of_other_sizes_are_looked_up),
        cmocka_unit_test(pictures_equal_scipy),
        cmocka_unit_test(sizes_that_differ_are_named),
        cmocka_unit_test(texts_by_hand),
        cmocka_unit_test(kl_by_hand),
        cmocka_unit_test(rare_classes_weigh_the_same),
        cmocka_unit_test(one_image_a_class_has_the_interval_of_images),
        cmocka_unit_test(labels_too_large_for_a_class),
        cmocka_unit_test(class_aps_add_up),
        cmocka_unit_test(what_predictions_hold_is_counted),
        cmocka_unit_test(figures_become_rows_with_intervals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
