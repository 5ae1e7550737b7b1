/* Results that are refused: one case for each line of limits.def, and what must not be refused. */
#include "tests/unit/test.h"

#include "reports/fields.h"
#include "reports/limits.h"
#include "reports/summary.h"

static rq_report report;
static rq_report_accuracy rows[2];
static rq_report_output output;
static rq_summary summary;

/* top-1 of 80 % that stays, of 10 classes; the SQNR is good. */
static void begin(void)
{
    rq_report_init(&report);
    rq_record_clear(&rows[0], &rq_accuracy_type);
    rq_record_clear(&rows[1], &rq_accuracy_type);
    rq_record_clear(&output, &rq_output_type);
    rows[0].metric = "top-1", rows[0].unit = "%", rows[0].higher_is_better = true;
    rows[0].before = (rq_estimate){80, 74, 85};
    rows[0].after = (rq_estimate){80, 74, 85};
    rows[0].delta = (rq_estimate){0, -1, 1};
    rows[0].images = 200;
    rows[1].metric = "SQNR", rows[1].unit = "dB", rows[1].compares = true, rows[1].output = "y";
    rows[1].after = (rq_estimate){30, 29, 31};
    output.name = "y", output.kind = "classes", output.weight = 1, output.classes = 10;
    report.accuracy = rows, report.n_accuracy = 2;
    report.outputs = &output, report.n_outputs = 1;
    report.after.path = "out/model-int8.xml";
    report.tool.lint = "requant lint model.xml --data photos";
}

static bool is_advised(rq_arena *arena, const char *part)
{
    report.n_advice = 0;
    assert_ok(rq_report_advise(&report, arena));
    for (size_t i = 0; i < report.n_advice; i++)
        if (strstr(report.advice[i].text, part) ||
            (report.advice[i].option && !strcmp(report.advice[i].option, part)))
            return true;
    return false;
}

/* What is found is said once, among the suspicions. */
static void assert_found(const char *why, const char *headline)
{
    const rq_suspicions *all = &summary.suspicions;
    bool said = strstr(headline, why) != NULL;
    for (size_t i = 0; i < all->n; i++) {
        said = said || strstr(all->list[i].found, why);
        assert_null(strstr(headline, all->list[i].found));
    }
    if (!said) fail_msg("'%s' is not found; %s", why, headline);
    assert_non_null(strstr(headline, all->list[0].brief));
}

/* Refused with these words, with the command, and without advice to use it. */
static void assert_refused(const char *why)
{
    rq_buf text = {0}, command = {0};
    rq_arena *arena;
    rq_summarise(&summary, &report);
    assert_int_equal(summary.verdict, RQ_VERDICT_SUSPICIOUS);
    assert_string_equal(rq_summary_title(&summary), "Suspicious: check before use");
    rq_summary_sentence(&text, &summary);
    assert_found(why, text.data);
    assert_null(strstr(text.data, "requant ")); /* the command has a line of its own */
    rq_summary_command(&command, &summary);
    assert_string_equal(command.data, "requant lint model.xml --data photos");
    rq_buf_free(&command);
    assert_ok(rq_arena_create(&arena));
    assert_false(is_advised(arena, "Use "));
    assert_true(is_advised(arena, "requant lint model.xml --data photos"));
    assert_false(is_advised(arena, summary.suspicions.list[0].found));
    rq_arena_destroy(&arena);
    rq_buf_free(&text);
}

static void assert_verdict(rq_verdict verdict)
{
    rq_summarise(&summary, &report);
    assert_int_equal(summary.verdict, verdict);
    assert_int_equal(summary.suspicions.n, 0);
}

static void good_is_good(void **state)
{
    rq_arena *arena;
    (void)state;
    begin();
    assert_verdict(RQ_VERDICT_GOOD);
    assert_ok(rq_arena_create(&arena));
    assert_true(is_advised(arena, "Use out/model-int8.xml: the loss is at most 1 point."));
    rows[0].delta.value = 100 * (0.73 - 0.74); /* not quite -1 */
    assert_true(rows[0].delta.value < -1);
    assert_verdict(RQ_VERDICT_GOOD);
    rows[0].delta = (rq_estimate){0, -7, 7}; /* of few images */
    rows[0].images = 20;
    assert_verdict(RQ_VERDICT_GOOD);
    assert_true(is_advised(
        arena, "Use out/model-int8.xml: the loss is at most 1 point on these 20 images."));
    rq_arena_destroy(&arena);
}

/* A model that has nothing for its loss is none to use. */
static void what_gains_nothing_is_not_advised(void **state)
{
    rq_arena *arena;
    rq_report_speed speed = {.before_median_ms = 2, .after_median_ms = 1.95};
    (void)state;
    begin();
    assert_ok(rq_arena_create(&arena));
    report.before.xml_bytes = report.after.xml_bytes = 1000;
    report.before.bin_bytes = 9000;
    report.after.bin_bytes = 9050;
    report.speeds = &speed;
    report.n_speeds = 1;
    assert_verdict(RQ_VERDICT_GOOD);
    assert_false(is_advised(arena, "Use "));
    assert_true(is_advised(arena, "Keep the original, or allow a larger loss"));
    speed.after_median_ms = 1;
    assert_true(is_advised(arena, "Use out/model-int8.xml"));
    report.n_speeds = 0;
    report.after.bin_bytes = 3000;
    assert_true(is_advised(arena, "Use out/model-int8.xml"));
    rq_arena_destroy(&arena);
}

static void outputs_of_nan_and_of_nothing(void **state)
{
    (void)state;
    begin();
    output.nan_before = 3;
    assert_refused("original model holds NaN");
    begin();
    output.nan_after = 1;
    assert_refused("quantized model holds NaN");
    begin();
    output.constant_before = true;
    assert_refused("original model are the same for all images");
    begin();
    output.constant_after = true;
    assert_refused("quantized model are the same for all images");
    output.weight = 0; /* it counts for nothing */
    assert_verdict(RQ_VERDICT_GOOD);
}

/* Box F1 is 100 % where neither finds anything; AP of 0 has nothing to lose. */
static void nothing_is_found(void **state)
{
    (void)state;
    begin();
    rows[0].metric = "box F1", rows[0].compares = true, rows[0].after.value = 100;
    report.data.found_before = report.data.found_after = 0, report.data.validation_images = 9;
    assert_refused("Neither model finds anything in 9 images");
    report.data.found_after = 4;
    assert_refused("In 9 images nothing is found by the original model");
    report.data.found_before = 4;
    assert_verdict(RQ_VERDICT_GOOD);
    begin();
    rows[0].metric = "COCO AP", rows[0].before.value = 0.4;
    assert_refused("COCO AP of the original model is only 0.4 %");
}

static void near_chance(void **state)
{
    (void)state;
    begin();
    rows[0].before = (rq_estimate){14, 9.5, 20};
    assert_refused("not significantly above chance (10 % of 10 classes)");
    rows[0].before = (rq_estimate){4, 2, 8}; /* worse than chance is no better */
    assert_refused("above chance");
    rows[0].before = (rq_estimate){14, 10.5, 18};
    assert_verdict(RQ_VERDICT_GOOD);
    output.classes = NAN;
    rows[0].before.low = 1;
    assert_verdict(RQ_VERDICT_GOOD);
}

static void noise_and_wonders(void **state)
{
    (void)state;
    begin();
    rows[1].after.value = 0;
    assert_refused("SQNR of output y is 0.0 dB: noise");
    rows[1].after.value = RQ_LIMIT_NOISE_DB;
    assert_verdict(RQ_VERDICT_GOOD);
    rows[1].after.value = 0, output.kind = "boxes"; /* which may come in another order */
    assert_verdict(RQ_VERDICT_GOOD);
    rows[0].delta = (rq_estimate){-9, -12, -7}, rows[0].after.value = 71;
    output.kind = "classes";
    assert_refused("top-1 is 71.0 % (-9.0 points)"); /* what is lost is not hidden, */
    assert_true(rq_has_loss(&summary));              /* and what would help is tried */
    begin();
    rows[0].before = (rq_estimate){35, 30, 40}, rows[0].delta = (rq_estimate){57.5, 50, 64};
    assert_refused("better than the original by 57.5 points of top-1");
    rows[0].delta = (rq_estimate){3, -1, 7}; /* may be chance */
    assert_verdict(RQ_VERDICT_GOOD);
    rows[0].delta = (rq_estimate){0.4, 0.2, 0.6};
    assert_verdict(RQ_VERDICT_GOOD);
}

/* The figures are of requant's engine: they tell nothing of a model that OpenVINO runs otherwise.
 */
static void openvino_computes_otherwise(void **state)
{
    rq_report_deployment row = {.runtime = "OpenVINO 2026.4.1",
                                .output = "y",
                                .images = 8,
                                .sqnr_db = RQ_LIMIT_DEPLOYMENT_DB - 1,
                                .quantization_sqnr_db = 30};
    (void)state;
    begin();
    report.deployment = &row, report.n_deployment = 1;
    report.tool.lint = report.tool.evaluate = "requant lint model.xml --data photos";
    assert_refused(
        "OpenVINO 2026.4.1 computes other outputs than requant: the SQNR of y is 19.0 dB");
    assert_string_equal(summary.suspicions.list[0].rule, "deployment");
    assert_non_null(strstr(rq_limits_of_suspicion, summary.suspicions.list[0].limit));
    row.sqnr_db = -INFINITY; /* NaN where requant has none */
    assert_refused("computes other outputs");
    row.sqnr_db = RQ_LIMIT_DEPLOYMENT_DB;
    assert_verdict(RQ_VERDICT_GOOD);
    row.sqnr_db = 12, row.quantization_sqnr_db = 15; /* coarse: two right ways to round differ so */
    assert_verdict(RQ_VERDICT_GOOD);
    row.sqnr_db = 0, row.quantization_sqnr_db = 30, output.kind = "boxes"; /* in another order */
    assert_verdict(RQ_VERDICT_GOOD);
    row = (rq_report_deployment){.runtime = "OpenVINO 2026.4.1",
                                 .failure = "OpenVINO 2026.4.1 could not run the model"};
    assert_refused("OpenVINO 2026.4.1 could not run the model");
}

/* One point is much of an AP of 4 %. */
static void small_metrics_lose_relatively(void **state)
{
    char limit[RQ_LIMIT_TEXT];
    (void)state;
    begin();
    rows[0].metric = "COCO AP", rows[0].before = (rq_estimate){4.3, 3.4, 7.9};
    rows[0].delta = (rq_estimate){-0.9, -2, 0.2};
    assert_verdict(RQ_VERDICT_BAD);
    rows[0].delta.value = -0.2;
    assert_verdict(RQ_VERDICT_REVIEW);
    rows[0].delta.value = -0.08;
    assert_verdict(RQ_VERDICT_GOOD);
    assert_non_null(strstr(rq_summary_limit(&summary, limit), "at most 2 % of the original"));
    assert_non_null(strstr(rq_limits_of_loss, limit));
    assert_non_null(strstr(rq_limits_of_suspicion, "below 5 dB"));
}

static void without_labels_nothing_is_preserved(void **state)
{
    (void)state;
    begin();
    rows[0].metric = "agreement", rows[0].compares = true, rows[0].after.value = 99;
    assert_verdict(RQ_VERDICT_GOOD);
    assert_string_equal(rq_summary_title(&summary), "Close to the original model");
    rows[0].after.value = 90;
    assert_verdict(RQ_VERDICT_BAD);
    assert_string_equal(rq_summary_title(&summary), "Differs too much from the original model");
}

/* Tune says "met" and its report may not say otherwise. */
static void a_budget_decides(void **state)
{
    char limit[RQ_LIMIT_TEXT];
    (void)state;
    begin();
    report.budget.metric = "top-1", report.budget.max_drop = 5;
    rows[0].delta = (rq_estimate){-4, -6, -2}, rows[0].after.value = 76;
    assert_verdict(RQ_VERDICT_GOOD);
    assert_string_equal(rq_summary_title(&summary), "Within the budget");
    assert_string_equal(rq_summary_limit(&summary, limit),
                        "the budget is a loss of at most 5 points");
    report.budget.relative = true, report.budget.max_drop = 4; /* 3.2 points */
    assert_verdict(RQ_VERDICT_BAD);
    assert_string_equal(rq_summary_title(&summary), "Budget missed");
    report.budget =
        (rq_report_budget){.metric = "SQNR", .output = "y", .max_drop = NAN, .min_value = 29};
    assert_verdict(RQ_VERDICT_GOOD);
    assert_ptr_equal(summary.headline.accuracy, &rows[1]);
    report.budget.min_value = 31;
    assert_verdict(RQ_VERDICT_BAD);
    output.nan_after = 1;
    assert_refused("NaN"); /* whatever the budget says */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_is_good),
        cmocka_unit_test(what_gains_nothing_is_not_advised),
        cmocka_unit_test(outputs_of_nan_and_of_nothing),
        cmocka_unit_test(nothing_is_found),
        cmocka_unit_test(near_chance),
        cmocka_unit_test(noise_and_wonders),
        cmocka_unit_test(openvino_computes_otherwise),
        cmocka_unit_test(small_metrics_lose_relatively),
        cmocka_unit_test(without_labels_nothing_is_preserved),
        cmocka_unit_test(a_budget_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
