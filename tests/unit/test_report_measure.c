/* Measuring two models image by image. */
#include "tests/unit/test_report_near.h"

#include "engine/base/threads.h"
#include "engine/base/file.h"
#include "engine/base/text.h"
#include "reports/writers/confusion_csv.h"
#include "reports/fields.h"
#include "reports/metrics/measure.h"

enum { CLASSES = 6 };

typedef struct bench {
    rq_arena *arena;
    rq_measure *measure;
    rq_scores *scores;
    rq_report_accuracy *rows;
    size_t n_rows;
} bench;

static void begin(bench *b, const rq_measure_options *options)
{
    *b = (bench){0};
    assert_ok(rq_arena_create(&b->arena));
    assert_ok(rq_measure_create(&b->measure, options));
    assert_ok(rq_scores_create(&b->scores, b->measure));
}

static void end(bench *b)
{
    rq_scores_destroy(&b->scores);
    rq_measure_destroy(&b->measure);
    rq_arena_destroy(&b->arena);
}

static void rows_of(bench *b)
{
    assert_ok(rq_measure_rows(&b->rows, &b->n_rows, b->measure, b->arena));
}

static const rq_report_accuracy *row_of(const bench *b, const char *metric, const char *output)
{
    for (size_t i = 0; i < b->n_rows; i++) {
        const rq_report_accuracy *row = &b->rows[i];
        bool same = !strcmp(row->metric, metric);
        if (same && (!output || (row->output && !strcmp(row->output, output)))) return row;
    }
    return NULL;
}

static rq_output vector(const float *data, int64_t n)
{
    return (rq_output){"prob", rq_shape_make(2, (int64_t[]){1, n}), data};
}

static void add(bench *b, const float *before, const float *after, int64_t label, size_t image)
{
    rq_output x = vector(before, CLASSES), y = vector(after, CLASSES);
    rq_sample_outputs sample = {.before = &x, .after = &y, .label = label};
    assert_ok(rq_measure_score(b->measure, b->scores, &sample));
    assert_ok(rq_measure_keep(b->measure, b->scores, image));
}

static const char *const prob[] = {"prob"};
static const rq_measure_options labelled = {.n_outputs = 1,
                                            .output_names = prob,
                                            .kinds = (const rq_output_kind[]){RQ_OUTPUT_CLASSES},
                                            .labelled = true,
                                            .paired = true,
                                            .n_classes = CLASSES,
                                            .seed = 3};
static const float says[3][CLASSES] = {{9, 1, 2, 3, 4, 5}, {1, 9, 2, 3, 4, 5}, {1, 2, 9, 3, 4, 5}};

/* Four images of class 0: right/right, right/wrong, right/wrong, wrong/right; and one more that
 * both get wrong, differently. */
static void add_five(bench *b)
{
    add(b, says[0], says[0], 0, 10);
    add(b, says[0], says[1], 0, 11);
    add(b, says[0], says[2], 0, 12);
    add(b, says[1], says[0], 0, 13);
    add(b, says[1], says[2], 0, 14);
}

static void classification_with_labels(void **state)
{
    (void)state;
    bench b;
    begin(&b, &labelled);
    add_five(&b);
    rows_of(&b);
    assert_int_equal(b.n_rows, 7);
    const rq_report_accuracy *top1 = &b.rows[0];
    assert_string_equal(top1->metric, "top-1");
    assert_near(top1->before.value, 60, 1e-12);
    assert_near(top1->after.value, 40, 1e-12);
    assert_near(top1->after.low, 100 * rq_wilson(2, 5).low, 1e-12);
    assert_near(top1->delta.value, -20, 1e-12);
    assert_true(top1->delta.low < -20 && top1->delta.high > 0);
    assert_near(top1->lost, 2, 0);
    assert_near(top1->gained, 1, 0);
    assert_near(top1->p_value, 1, 1e-12); /* 2 of 3: as even as three can be */
    assert_near(top1->images, 5, 0);
    const rq_report_accuracy *top5 = row_of(&b, "top-5", NULL);
    /* class 0 scores 1, the lowest, in says[1] and says[2] */
    assert_near(top5->before.value, 60, 1e-12);
    const rq_report_accuracy *agreement = row_of(&b, "agreement", NULL);
    assert_true(agreement->compares && isnan(agreement->before.value));
    assert_near(agreement->after.value, 20, 1e-12);
    end(&b);
}

/* What outputs are by themselves: constant but for rounding, or NaN. */
static void outputs_that_say_nothing(void **state)
{
    (void)state;
    bench b;
    float nearly[CLASSES], broken[CLASSES], swapped[CLASSES];
    begin(&b, &labelled);
    for (size_t i = 0; i < CLASSES; i++) {
        nearly[i] = says[0][i] * (1 + 1e-8F);
        broken[i] = i == 2 ? NAN : says[0][i];
        swapped[i] = says[0][CLASSES - 1 - i]; /* the same numbers elsewhere are no constant */
    }
    add(&b, says[0], says[0], 0, 0);
    add(&b, nearly, says[0], 0, 1);
    assert_false(rq_measure_output_state(b.measure, 0, false).constant); /* of two images */
    add(&b, says[0], swapped, 0, 2);
    assert_true(rq_measure_output_state(b.measure, 0, false).constant);
    assert_false(rq_measure_output_state(b.measure, 0, true).constant);
    assert_near(rq_measure_output_state(b.measure, 0, true).nan, 0, 0);
    add(&b, says[0], broken, 0, 3);
    assert_near(rq_measure_output_state(b.measure, 0, true).nan, 1, 0);
    assert_near(rq_measure_output_state(b.measure, 0, false).nan, 0, 0);
    assert_true(isnan(rq_measure_found(b.measure, true))); /* nothing to find */
    end(&b);
}

/* After: 0 right twice, taken for 2 twice and for 1 once; one of class 3 without an answer. */
static void confusion_by_hand(void **state)
{
    (void)state;
    bench b;
    rq_confusion c;
    rq_buf text = {0};
    const float broken[CLASSES] = {NAN, NAN, NAN, NAN, NAN, NAN};
    begin(&b, &labelled);
    add_five(&b);
    add(&b, says[0], broken, 3, 15);
    add(&b, says[0], says[0], -1, 16);
    assert_ok(rq_confusion_make(&c, b.measure, b.arena));
    assert_int_equal(c.classes, 4);
    assert_int_equal(c.n_rows, 2);
    assert_int_equal(c.rows[0].images, 5);
    assert_int_equal(c.rows[0].right, 2);
    assert_near(c.rows[0].accuracy.value, 40, 1e-12);
    assert_int_equal(c.rows[0].taken_for, 2);
    assert_int_equal(c.rows[0].taken, 2);
    assert_int_equal(c.rows[1].class_id, 3);
    assert_int_equal(c.rows[1].images, 1);
    assert_int_equal(c.rows[1].taken_for, -1);
    const char *const names[] = {"=a", "b, \"c\"", "d", "e"}; /* the first must be no formula */
    rq_confusion_csv(&text, &c, names);
    assert_string_equal(text.data, "truth,\"'=a\",\"b, \"\"c\"\"\",d,e,none\n\"'=a\",2,1,2,0,0\n"
                                   "\"b, \"\"c\"\"\",0,0,0,0,0\nd,0,0,0,0,0\ne,0,0,0,0,1\n");
    rq_buf_free(&text);
    end(&b);
}

static void set_sqnr_is_a_ratio_of_sums(void **state)
{
    (void)state;
    bench b;
    begin(&b, &labelled);
    add_five(&b);
    rows_of(&b);
    /* every vector has power 81 + 1 + 4 + 9 + 16 + 25 = 136. Noise: 0; 0 against 1: (9-1)^2 +
     * (1-9)^2 = 128; 0 against 2: (9-1)^2 + (1-2)^2 + (2-9)^2 = 114; 128; 1 against 2: (9-2)^2 +
     * (2-9)^2 = 98. */
    double signal = 5 * 136, noise = 128 + 114 + 128 + 98;
    const rq_report_accuracy *sqnr = row_of(&b, "SQNR", "prob");
    assert_near(sqnr->after.value, 10 * log10(signal / noise), 1e-12);
    const rq_report_accuracy *cosine = row_of(&b, "cosine", "prob");
    /* dot = power - noise / 2, both of power 136 */
    assert_near(cosine->after.value, (5 * 136 - noise / 2) / (5 * 136), 1e-12);
    size_t n;
    const rq_image_result *images = rq_measure_images(b.measure, &n);
    assert_int_equal(n, 5);
    assert_true(images[0].sqnr_db == INFINITY);
    assert_near(images[1].sqnr_db, 10 * log10(136.0 / 128), 1e-12);
    assert_int_equal(images[2].image, 12);
    end(&b);
}

static void worst_images_come_first(void **state)
{
    (void)state;
    bench b;
    begin(&b, &labelled);
    add_five(&b);
    rq_report_image *rows;
    rq_image_result *results;
    size_t n;
    assert_ok(rq_measure_worst(&rows, &results, &n, b.measure, 4, b.arena));
    assert_int_equal(n, 4);
    static const size_t order[] = {11, 12, 14, 13};
    for (size_t i = 0; i < 4; i++) assert_int_equal(results[i].image, order[i]);
    assert_true(rows[0].newly_wrong && rows[1].newly_wrong && !rows[2].newly_wrong);
    assert_near(rows[0].before_class, 0, 0);
    assert_near(rows[0].after_class, 1, 0);
    assert_true(rows[0].before_score > 0.9 && rows[0].before_score < 1);
    assert_ok(rq_measure_worst(&rows, &results, &n, b.measure, 99, b.arena));
    assert_int_equal(n, 5);
    assert_int_equal(results[4].image, 10);
    end(&b);
}

static void outputs_that_are_nan_are_wrong_not_fatal(void **state)
{
    (void)state;
    const float broken[CLASSES] = {NAN, NAN, NAN, NAN, NAN, NAN};
    bench b;
    begin(&b, &labelled);
    add(&b, says[0], says[0], 0, 0);
    add(&b, says[0], broken, 0, 1);
    rows_of(&b);
    assert_near(b.rows[0].after.value, 50, 1e-12);
    assert_near(row_of(&b, "agreement", NULL)->after.value, 50, 1e-12);
    static const char *const none[] = {"SQNR", "cosine", "KL"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(isnan(row_of(&b, none[i], NULL)->after.value));
        assert_string_equal(row_of(&b, none[i], NULL)->why, "an output holds NaN in 1 of 2 images");
    }
    assert_null(b.rows[0].why);
    rq_report_image *rows;
    rq_image_result *results;
    size_t n;
    assert_ok(rq_measure_worst(&rows, &results, &n, b.measure, 1, b.arena));
    assert_int_equal(results[0].image, 1);
    assert_true(rows[0].newly_wrong && isnan(rows[0].after_class));
    end(&b);
}

static void images_without_label_count_only_label_free(void **state)
{
    (void)state;
    bench b;
    begin(&b, &labelled);
    add(&b, says[0], says[0], 0, 0);
    add(&b, says[0], says[1], -1, 1);
    rows_of(&b);
    assert_near(b.rows[0].images, 1, 0);
    assert_near(row_of(&b, "agreement", NULL)->images, 2, 0);
    end(&b);
}

static void maps_are_compared_per_output(void **state)
{
    (void)state;
    static const char *const names[] = {"boxes", "scores"};
    const rq_measure_options options = {.n_outputs = 2, .output_names = names, .paired = true};
    const float a[] = {3, 4, 0, 0}, near[] = {3.5f, 4, 0, 0};
    rq_shape shape = rq_shape_make(4, (int64_t[]){1, 1, 2, 2});
    rq_output before[] = {{"boxes", shape, a}, {"scores", shape, a}};
    rq_output after[] = {{"boxes", shape, near}, {"scores", shape, a}};
    rq_sample_outputs sample = {.before = before, .after = after, .label = -1};
    bench b;
    begin(&b, &options);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(rq_measure_score(b.measure, b.scores, &sample));
        assert_ok(rq_measure_keep(b.measure, b.scores, i));
    }
    rows_of(&b);
    assert_int_equal(b.n_rows, 5);
    assert_string_equal(b.rows[0].metric, "mean SQNR");
    assert_near(b.rows[0].after.value, 60, 1e-12); /* of 20 and, exact, 100 dB */
    assert_near(row_of(&b, "SQNR", "boxes")->after.value, 20, 1e-12);
    assert_true(isnan(row_of(&b, "SQNR", "boxes")->after.low)); /* all alike: nothing bounds it */
    assert_true(row_of(&b, "SQNR", "scores")->after.value == INFINITY);
    assert_near(row_of(&b, "cosine", "scores")->after.value, 1, 1e-12);
    end(&b);
}

static rq_output small_output(const char *name, const float *data)
{
    return (rq_output){name, rq_shape_make(2, (int64_t[]){1, 3}), data};
}

/* Two outputs, one of a millionth of the other's energy: 20 and 0 dB count alike, and by weight. */
static void every_output_counts_in_decibels(void **state)
{
    (void)state;
    static const char *const names[] = {"large", "small"};
    const float a[] = {3e3f, 0, 4e3f}, b_[] = {3e3f, 0, 4.5e3f};
    const float c[] = {3, 0, 4}, d[] = {0, 0, 0};
    rq_output before[] = {small_output("large", a), small_output("small", c)};
    rq_output after[] = {small_output("large", b_), small_output("small", d)};
    rq_sample_outputs sample = {.before = before, .after = after, .label = -1};
    const double weights[] = {1, 3};
    for (int weighted = 0; weighted < 2; weighted++) {
        rq_measure_options options = {.n_outputs = 2,
                                      .output_names = names,
                                      .paired = true,
                                      .weights = weighted ? weights : NULL};
        bench b;
        size_t n;
        begin(&b, &options);
        assert_ok(rq_measure_score(b.measure, b.scores, &sample));
        assert_ok(rq_measure_keep(b.measure, b.scores, 0));
        rows_of(&b);
        assert_near(row_of(&b, "mean SQNR", NULL)->after.value, weighted ? 5 : 10, 1e-6);
        assert_near(rq_measure_images(b.measure, &n)->sqnr_db, weighted ? 5 : 10, 1e-6);
        end(&b);
    }
}

/* The most likely class is asked of classes only, and then of each. */
static void metrics_follow_the_kinds(void **state)
{
    (void)state;
    static const char *const names[] = {"age", "points", "gender"};
    const rq_output_kind kinds[] = {RQ_OUTPUT_CLASSES, RQ_OUTPUT_LANDMARKS, RQ_OUTPUT_CLASSES};
    const float x[] = {1, 2, 3}, y[] = {3, 2, 1};
    rq_output before[] = {small_output("age", x), small_output("points", x),
                          small_output("gender", x)};
    rq_output after[] = {small_output("age", x), small_output("points", y),
                         small_output("gender", y)};
    rq_sample_outputs sample = {.before = before, .after = after, .label = -1};
    rq_measure_options options = {.n_outputs = 3, .output_names = names, .paired = true};
    for (int known = 0; known < 2; known++) {
        bench b;
        options.kinds = known ? kinds : NULL;
        options.n_classes = known ? 3 : 0;
        begin(&b, &options);
        assert_ok(rq_measure_score(b.measure, b.scores, &sample));
        assert_ok(rq_measure_keep(b.measure, b.scores, 0));
        rows_of(&b);
        assert_null(row_of(&b, "agreement", "points"));
        assert_int_equal(row_of(&b, "agreement", NULL) != NULL, known);
        if (known) assert_near(row_of(&b, "agreement", "age")->after.value, 100, 0);
        if (known) assert_near(row_of(&b, "agreement", "gender")->after.value, 0, 0);
        assert_int_equal(row_of(&b, "NME", NULL) != NULL, known);
        if (known) assert_near(row_of(&b, "NME", "points")->after.value, 100 * 4. / 3 / 2, 1e-6);
        if (known) assert_false(row_of(&b, "NME", "points")->higher_is_better);
        assert_null(row_of(&b, "NME", "age"));
        end(&b);
    }
    options.kinds = &(const rq_output_kind){RQ_OUTPUT_EMBEDDING};
    options.n_outputs = 1;
    bench b;
    begin(&b, &options);
    assert_ok(rq_measure_score(b.measure, b.scores, &sample));
    assert_ok(rq_measure_keep(b.measure, b.scores, 0));
    rows_of(&b);
    assert_string_equal(b.rows[0].metric, "cosine");
    assert_string_equal(b.rows[1].metric, "neighbours kept");
    assert_string_equal(b.rows[2].metric, "SQNR");
    end(&b);
}

/* Of four directions the second turns from the first to the third; the others find whom they found.
 */
static void nearest_neighbours(void **state)
{
    (void)state;
    static const char *const names[] = {"embedding"};
    static const float before[][3] = {{9, 0, 1}, {8, 1, 2}, {0, 9, 1}, {0, 8, 1}};
    static const float after[][3] = {{9, 0, 1}, {1, 8, 2}, {0, 9, 1}, {0, 8, 1}};
    const rq_measure_options options = {.n_outputs = 1,
                                        .output_names = names,
                                        .kinds = &(const rq_output_kind){RQ_OUTPUT_EMBEDDING},
                                        .paired = true};
    bench b;
    begin(&b, &options);
    for (size_t i = 0; i < 4; i++) {
        rq_output x = small_output("embedding", before[i]), y = small_output("embedding", after[i]);
        rq_sample_outputs sample = {.before = &x, .after = &y, .label = -1};
        assert_ok(rq_measure_score(b.measure, b.scores, &sample));
        assert_ok(rq_measure_keep(b.measure, b.scores, i));
    }
    rows_of(&b);
    const rq_report_accuracy *row = row_of(&b, "neighbours kept", NULL);
    assert_non_null(row);
    assert_true(row->after.value > 0 && row->after.value < 100);
    rq_report_values *values;
    size_t n, at = 0;
    assert_ok(rq_measure_values(&values, &n, b.measure, b.arena));
    while (at < n && strcmp(values[at].metric, "neighbours kept") != 0) at++;
    assert_true(at < n && values[at].after.n == 4);
    assert_true(values[at].after.values[1] == 0);
    assert_true(values[at].after.values[2] == 1 && values[at].after.values[3] == 1);
    end(&b);
}

/* It leads, whatever else there is, and every image keeps its own. */
static void the_users_metric_leads(void **state)
{
    (void)state;
    const float x[] = {1, 2, 3};
    rq_output out = small_output("y", x);
    for (int less = 0; less < 2; less++) {
        rq_measure_options options = {.n_outputs = 1,
                                      .output_names = prob,
                                      .paired = true,
                                      .user_scored = true,
                                      .less_is_better = less};
        bench b;
        size_t n;
        begin(&b, &options);
        for (size_t i = 0; i < 4; i++) {
            rq_sample_outputs sample = {.before = &out, .after = &out, .label = -1};
            sample.before_score = 10, sample.after_score = 9 + (double)i;
            assert_ok(rq_measure_score(b.measure, b.scores, &sample));
            assert_ok(rq_measure_keep(b.measure, b.scores, i));
        }
        rows_of(&b);
        assert_true(rq_starts_with(b.rows[0].metric, "score"));
        assert_near(b.rows[0].before.value, 10, 1e-12);
        assert_near(b.rows[0].after.value, 10.5, 1e-12);
        assert_true(b.rows[0].delta.low < 0.5 && b.rows[0].delta.high > 0.5);
        assert_int_equal(b.rows[0].higher_is_better, !less);
        assert_near(rq_measure_images(b.measure, &n)[3].after_value, 12, 0);
        end(&b);
    }
}

static void one_model_alone(void **state)
{
    (void)state;
    const rq_measure_options options = {.n_outputs = 1,
                                        .output_names = prob,
                                        .kinds = (const rq_output_kind[]){RQ_OUTPUT_CLASSES},
                                        .labelled = true,
                                        .n_classes = CLASSES};
    rq_output out = vector(says[0], CLASSES);
    rq_sample_outputs sample = {.after = &out};
    bench b;
    begin(&b, &options);
    assert_ok(rq_measure_score(b.measure, b.scores, &sample));
    assert_ok(rq_measure_keep(b.measure, b.scores, 0));
    rows_of(&b);
    assert_int_equal(b.n_rows, 3); /* top-1, top-5, per-class accuracy */
    assert_near(b.rows[0].after.value, 100, 0);
    assert_true(isnan(b.rows[0].before.value) && isnan(b.rows[0].delta.value));
    end(&b);
}

static void few_classes_have_no_top5(void **state)
{
    (void)state;
    const rq_measure_options options = {.n_outputs = 1,
                                        .output_names = prob,
                                        .kinds = (const rq_output_kind[]){RQ_OUTPUT_CLASSES},
                                        .labelled = true,
                                        .paired = true,
                                        .n_classes = 5};
    bench b;
    begin(&b, &options);
    rows_of(&b);
    assert_int_equal(b.n_rows, 6);
    assert_null(row_of(&b, "top-5", NULL));
    assert_true(isnan(b.rows[0].after.value)); /* nothing measured yet */
    end(&b);
}

static void refuses_what_cannot_be_compared(void **state)
{
    (void)state;
    bench b;
    begin(&b, &labelled);
    rq_output x = vector(says[0], CLASSES), y = vector(says[0], CLASSES - 1);
    rq_sample_outputs sample = {.before = &x, .after = &y};
    assert_fails(rq_measure_score(b.measure, b.scores, &sample), RQ_EARG, "5 values after, 6");
    sample = (rq_sample_outputs){.before = &x, .after = &x, .label = CLASSES};
    assert_fails(rq_measure_score(b.measure, b.scores, &sample), RQ_EARG, "label 6");
    end(&b);
}

/* -- threads -------------------------------------------------------------------------------- */

enum { IMAGES = 200, WORKERS = 3 };

typedef struct crowd {
    rq_measure *measure;
    rq_scores *scores[WORKERS];
} crowd;

static rq_status score_one(void *ctx, unsigned worker, size_t i)
{
    crowd *c = ctx;
    float before[CLASSES], after[CLASSES];
    for (size_t k = 0; k < CLASSES; k++) {
        before[k] = (float)((i * 7 + k * 5) % 11);
        after[k] = before[k] + (float)((i + k) % 5) * 0.7f;
    }
    rq_output x = vector(before, CLASSES), y = vector(after, CLASSES);
    rq_sample_outputs sample = {.before = &x, .after = &y, .label = (int64_t)(i % CLASSES)};
    return rq_measure_score(c->measure, c->scores[worker], &sample);
}

static rq_status keep_one(void *ctx, unsigned worker, size_t i)
{
    crowd *c = ctx;
    return rq_measure_keep(c->measure, c->scores[worker], i);
}

static rq_report_accuracy *measure_with(unsigned threads, rq_arena *arena, size_t *n)
{
    crowd c = {0};
    rq_report_accuracy *rows;
    assert_ok(rq_measure_create(&c.measure, &labelled));
    for (size_t i = 0; i < WORKERS; i++) assert_ok(rq_scores_create(&c.scores[i], c.measure));
    assert_ok(rq_parallel_ordered(threads, IMAGES, score_one, keep_one, &c));
    assert_ok(rq_measure_rows(&rows, n, c.measure, arena));
    for (size_t i = 0; i < WORKERS; i++) rq_scores_destroy(&c.scores[i]);
    rq_measure_destroy(&c.measure);
    return rows;
}

static void same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    rq_arena *arena;
    size_t n, m;
    assert_ok(rq_arena_create(&arena));
    rq_report_accuracy *one = measure_with(1, arena, &n), *many = measure_with(WORKERS, arena, &m);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++) {
        assert_memory_equal(&one[i].before, &many[i].before, sizeof one[i].before);
        assert_memory_equal(&one[i].after, &many[i].after, sizeof one[i].after);
        assert_memory_equal(&one[i].delta, &many[i].delta, sizeof one[i].delta);
    }
    rq_arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classification_with_labels),
        cmocka_unit_test(outputs_that_say_nothing),
        cmocka_unit_test(confusion_by_hand),
        cmocka_unit_test(set_sqnr_is_a_ratio_of_sums),
        cmocka_unit_test(worst_images_come_first),
        cmocka_unit_test(outputs_that_are_nan_are_wrong_not_fatal),
        cmocka_unit_test(images_without_label_count_only_label_free),
        cmocka_unit_test(maps_are_compared_per_output),
        cmocka_unit_test(every_output_counts_in_decibels),
        cmocka_unit_test(metrics_follow_the_kinds),
        cmocka_unit_test(nearest_neighbours),
        cmocka_unit_test(the_users_metric_leads),
        cmocka_unit_test(one_model_alone),
        cmocka_unit_test(few_classes_have_no_top5),
        cmocka_unit_test(refuses_what_cannot_be_compared),
        cmocka_unit_test(same_bits_for_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
