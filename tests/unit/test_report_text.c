/* The terminal's summary, the CSV, units, verdicts, advice and histograms. */
#include "tests/unit/test_report_fixture.h"
#include "tests/unit/test_report_near.h"

#include "reports/limits.h"
#include "reports/summary.h"
#include "reports/writers/table_text.h"
#include "reports/units.h"

#include <fcntl.h>
#include <unistd.h>

static rq_arena *arena;
static rq_report report;

static int setup(void **state)
{
    (void)state;
    return rq_arena_create(&arena);
}

static int teardown(void **state)
{
    (void)state;
    rq_arena_destroy(&arena);
    return 0;
}

static rq_buf written(const char *writer, bool colour)
{
    rq_buf text = {0};
    rq_report_style style = {.colour = colour, .columns = 80};
    assert_ok(rq_report_writer_find(writer)->write(&text, &report, &style));
    return text;
}

static void assert_has(const rq_buf *text, const char *part)
{
    if (!strstr(text->data, part)) fail_msg("'%s' is not in:\n%s", part, text->data);
}

static void numbers_as_people_read_them(void **state)
{
    (void)state;
    static const struct {
        rq_unit unit;
        double x;
        const char *text;
    } cases[] = {
        {RQ_UNIT_BYTES, 0, "0 B"},           {RQ_UNIT_BYTES, 999, "999 B"},
        {RQ_UNIT_BYTES, 999951, "1.0 MB"},   {RQ_UNIT_BYTES, 18608032, "18.6 MB"},
        {RQ_UNIT_COUNT, 407e6, "407.0 M"},   {RQ_UNIT_COUNT, 12, "12"},
        {RQ_UNIT_SHARE, 0.123, "12.3 %"},    {RQ_UNIT_SHARE, 0.0021, "0.21 %"},
        {RQ_UNIT_SHARE, 1e-7, "<0.01 %"},    {RQ_UNIT_SHARE, 0, "0.00 %"},
        {RQ_UNIT_DB, 21.44, "21.4 dB"},      {RQ_UNIT_DB, INFINITY, "identical"},
        {RQ_UNIT_DB, -INFINITY, "-inf dB"},  {RQ_UNIT_DB, NAN, "-"},
        {RQ_UNIT_MS, 0.0414, "0.041 ms"},    {RQ_UNIT_MS, 13.42, "13.4 ms"},
        {RQ_UNIT_MS, 1234.5, "1234 ms"},     {RQ_UNIT_SECONDS, 4.9, "4.90 s"},
        {RQ_UNIT_COSINE, 0.99876, "0.9988"}, {RQ_UNIT_REAL, -0.7236598, "-0.7237"},
        {RQ_UNIT_INDEX, 42, "42"},           {RQ_UNIT_INDEX, INFINITY, "inf"},
        {RQ_UNIT_INDEX, 1e300, "1e+300"},
    };
    char text[RQ_NUMBER_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(rq_unit_text(cases[i].unit, cases[i].x, text), cases[i].text);
    assert_string_equal(rq_change_text("%", -0.84, text), "-0.8 points");
    assert_string_equal(rq_change_text("%", -0.0, text), "0.0 points");
    assert_string_equal(rq_change_text("dB", 1.25, text), "+1.2 dB");
    assert_string_equal(rq_metric_text("", 0.99341, text), "0.9934");
    assert_string_equal(rq_ratio_text(400, 100, text), "25.0 %");
    assert_string_equal(rq_ratio_text(0, 100, text), "-");
    assert_string_equal(rq_ratio_text(80, 39944, text), "499x");
    assert_string_equal(rq_ratio_text(24, 224664, text), ">1000x"); /* of next to nothing */
    assert_string_equal(rq_factor_text(13.42, 6.31, text), "2.13x");
    assert_string_equal(rq_interval_text("%", &(rq_estimate){1, 0.04, 2}, text), "[0.0, 2.0]");
    assert_string_equal(rq_change_text("%", -0.04, text), "0.0 points");
    assert_string_equal(rq_change_text("%", -0.06, text), "-0.1 points");
    assert_string_equal(rq_interval_text("%", &(rq_estimate){0, -0.04, 0.04}, text), "[0.0, 0.0]");
    assert_string_equal(rq_interval_text("%", &RQ_NO_ESTIMATE, text), "");
}

static void terminal_tells_all_four_answers(void **state)
{
    (void)state;
    sample_report(&report, arena, 90, 0);
    rq_buf text = written("terminal", false);
    assert_has(&text, "efficientnet-lite0 FP32 -> INT8\n");
    assert_has(&text,
               "Accuracy preserved. top-1 is 88.4 % (-0.8 points, not significant), 3.56x smaller, "
               "2.13x faster with onednn, floats in f32.");
    assert_has(&text, "[-2.1, 0.5]");
    assert_has(&text, "18.8 MB");
    assert_has(&text, "warning: val/broken.jpg");
    assert_has(&text, "peak memory 96.4 MB");
    assert_null(strchr(text.data, '\033'));
    for (const char *line = text.data; *line; line += strcspn(line, "\n") + 1) {
        size_t n = strcspn(line, "\n");
        bool is_prose = !strncmp(line, "  decode 3.1", 12) || !strncmp(line, "  - ", 4);
        bool is_table = n > 2 && line[0] == ' ' && line[1] == ' ' && line[2] != ' ' && !is_prose;
        if (is_table) assert_in_range(n, 1, 80);
        assert_true(n == 0 || line[n - 1] != ' ');
    }
    rq_buf_free(&text);
    text = written("terminal", true);
    assert_has(&text, "\033[1;32mAccuracy preserved.\033[0m");
    rq_buf_free(&text);
}

/* 5961x was printed once. */
static void noise_is_no_speed_up(void **state)
{
    (void)state;
    sample_report(&report, arena, 4, 0);
    report.speeds[0].before_median_ms = 6.31 * 5961;
    report.speeds[0].noise = "other processes used the CPU";
    rq_buf text = written("terminal", false);
    assert_null(strstr(text.data, "5961"));
    assert_null(strstr(text.data, "faster"));
    assert_has(&text, "speed is not measurable now: other processes used the CPU");
    rq_buf_free(&text);
    text = written("html", false);
    assert_null(strstr(text.data, "5961"));
    assert_has(&text, "<tr class=noise>");
    assert_has(&text, "not measurable now");
    rq_buf_free(&text);
}

static void names_cannot_steer_the_terminal(void **state)
{
    (void)state;
    sample_report(&report, arena, 4, 0);
    for (size_t i = 0; i < 4; i++)
        report.layers[i].name = "x\033[2J\r\n\xe2\x80\xae\xc2\x9b"
                                "1my\x7f";
    report.before.name = "\033]0;pwned\a";
    report.images[0].path = "\x1b[31m.jpg";
    report.notes[0].text = "\x1b[31mnote";
    rq_buf text = written("terminal", false);
    for (const char *at = text.data; *at; at++)
        assert_true((unsigned char)*at >= 0x20 ? *at != 0x7f : *at == '\n');
    assert_null(strstr(text.data, "\xc2\x9b"));
    assert_null(strstr(text.data, "\xe2\x80\xae")); /* from here to the left */
    assert_has(&text, "x?[2J????1my?");
    rq_buf_free(&text);
}

static void long_names_keep_both_ends(void **state)
{
    (void)state;
    rq_text_table table = {.wide = 12};
    rq_text_table_row(&table, (const char *[]){"name", "n"}, 2);
    rq_text_table_row(&table, (const char *[]){"abcdefghijklmnopqrstuvwxyz", "1"}, 2);
    rq_text_table_row(&table, (const char *[]){"\xc3\xa9\xc3\xa9", "22"}, 2);
    rq_buf text = {0};
    rq_text_table_write(&text, &table, "<", ">");
    assert_string_equal(text.data, "<  name           n>\n  abc..tuvwxyz   1\n  \xc3\xa9\xc3\xa9  "
                                   "          22\n");
    rq_buf_free(&text);
    rq_text_table_free(&table);
}

static void csv_quotes_what_needs_it(void **state)
{
    (void)state;
    sample_report(&report, arena, 4, 0);
    report.layers[0].name = "a,\"b\"\n";
    report.layers[1].name = "=cmd|'/c calc'!A1";
    report.layers[2].name = NULL;
    report.layers[3].name = "plain";
    report.layers[0].sqnr_db = INFINITY;
    report.layers[1].sqnr_db = NAN;
    rq_buf text = written("csv", false);
    assert_true(
        rq_starts_with(text.data, "order,name,type,precision_before,precision_after,sqnr_db,"));
    assert_has(&text, "\r\n0,\"a,\"\"b\"\"?\",Convolution,f32,i8,inf,");
    assert_has(&text, "\r\n1,\"'=cmd|'/c calc'!A1\",GroupConvolution,f32,i8,,");
    assert_has(&text, "\r\n2,,Convolution,");
    assert_has(&text, "\r\n3,plain,Add,");
    rq_buf_free(&text);
}

static rq_verdict verdict_of(const rq_report_accuracy *row)
{
    rq_report r;
    rq_summary summary;
    rq_report_init(&r);
    rq_report_accuracy copy = *row;
    r.accuracy = &copy;
    r.n_accuracy = 1;
    rq_summarise(&summary, &r);
    return summary.verdict;
}

static void verdicts_follow_the_limits(void **state)
{
    (void)state;
    rq_report_accuracy row = {
        .unit = "%", .higher_is_better = true, .before = {50, 0, 0}, .delta = RQ_NO_ESTIMATE};
    assert_int_equal(verdict_of(&row), RQ_VERDICT_UNKNOWN);
    row.delta.value = 0.4;
    assert_int_equal(verdict_of(&row), RQ_VERDICT_GOOD);
    row.delta.value = -1;
    assert_int_equal(verdict_of(&row), RQ_VERDICT_GOOD);
    row.delta.value = -1.1;
    assert_int_equal(verdict_of(&row), RQ_VERDICT_REVIEW);
    row.delta.value = -3.1;
    assert_int_equal(verdict_of(&row), RQ_VERDICT_BAD);
    row =
        (rq_report_accuracy){.metric = "SQNR", .unit = "dB", .compares = true, .after = {19, 0, 0}};
    assert_int_equal(verdict_of(&row), RQ_VERDICT_REVIEW);
    row.after.value = INFINITY;
    assert_int_equal(verdict_of(&row), RQ_VERDICT_GOOD);
    row.after.value = -INFINITY; /* bad, and noise */
    assert_int_equal(verdict_of(&row), RQ_VERDICT_SUSPICIOUS);
    row.metric = "agreement", row.unit = "%", row.after.value = 97;
    assert_int_equal(verdict_of(&row), RQ_VERDICT_REVIEW);
    row.metric = "PSNR to before", row.unit = "dB", row.after.value = 25; /* SQNR would be good */
    assert_int_equal(verdict_of(&row), RQ_VERDICT_BAD);
    row.metric = "SSIM to before", row.unit = ""; /* no cosine */
    assert_int_equal(verdict_of(&row), RQ_VERDICT_UNKNOWN);
}

/* Of the user's own, and of errors: in percent of what it was. */
static void a_metric_without_percent_is_judged_by_its_value(void **state)
{
    (void)state;
    rq_report_accuracy row = {
        .metric = "score", .unit = "", .higher_is_better = true, .before = {0.5, 0, 0}};
    row.delta.value = -0.004;
    assert_int_equal(verdict_of(&row), RQ_VERDICT_GOOD);
    row.delta.value = -0.01;
    assert_int_equal(verdict_of(&row), RQ_VERDICT_REVIEW);
    row.delta.value = -0.1;
    assert_int_equal(verdict_of(&row), RQ_VERDICT_BAD);
    row.higher_is_better = false;
    assert_int_equal(verdict_of(&row), RQ_VERDICT_GOOD);
    row.before.value = row.delta.value = 0;
    assert_int_equal(verdict_of(&row), RQ_VERDICT_GOOD);
}

/* 30 dB on the mean hide no output of 5 dB, unless the user says that it does not count. */
static void a_mean_does_not_hide_a_bad_output(void **state)
{
    (void)state;
    rq_report r;
    rq_summary summary;
    rq_report_accuracy rows[] = {
        {.metric = "mean SQNR", .unit = "dB", .compares = true, .after = {30, 0, 0}},
        {.metric = "SQNR", .output = "a", .unit = "dB", .compares = true, .after = {55, 0, 0}},
        {.metric = "SQNR", .output = "b", .unit = "dB", .compares = true, .after = {5, 0, 0}}};
    rq_report_output outputs[] = {{.name = "a", .kind = "tensor", .weight = 1},
                                  {.name = "b", .kind = "tensor", .weight = 1}};
    rq_report_init(&r);
    r.accuracy = rows, r.n_accuracy = 3, r.outputs = outputs, r.n_outputs = 2;
    rq_summarise(&summary, &r);
    assert_int_equal(summary.verdict, RQ_VERDICT_REVIEW);
    outputs[1].weight = 0;
    rq_summarise(&summary, &r);
    assert_int_equal(summary.verdict, RQ_VERDICT_GOOD);
}

/* AP was 0 and is 0: what compares the two models decides. */
static void nothing_to_lose_is_no_verdict(void **state)
{
    (void)state;
    rq_report r;
    rq_summary summary;
    rq_report_accuracy rows[2] = {
        {.metric = "COCO AP", .unit = "%", .higher_is_better = true, .before = {0.01, 0, 0}},
        {.metric = "box F1", .unit = "%", .compares = true, .after = {40, 0, 0}}};
    rq_report_init(&r);
    r.accuracy = rows;
    r.n_accuracy = 2;
    rq_summarise(&summary, &r);
    assert_ptr_equal(summary.headline.accuracy, &rows[1]);
    assert_ptr_equal(summary.headline.uninformative, &rows[0]);
    assert_int_equal(summary.verdict, RQ_VERDICT_SUSPICIOUS);
    assert_ok(rq_report_advise(&r, arena));
    bool said = false;
    for (size_t i = 0; i < r.n_advice; i++) said |= !!strstr(r.advice[i].text, "COCO AP");
    assert_true(said);
    assert_int_equal(verdict_of(&rows[0]), RQ_VERDICT_SUSPICIOUS);
    rows[0].before.value = 30;
    rq_summarise(&summary, &r);
    assert_ptr_equal(summary.headline.accuracy, &rows[0]);
    assert_null(summary.headline.uninformative);
}

static void worst_layers_are_sorted(void **state)
{
    (void)state;
    static const double db[] = {30, NAN, 12, INFINITY, -INFINITY, 12, 50};
    sample_report(&report, arena, 7, 0);
    for (size_t i = 0; i < 7; i++) report.layers[i].sqnr_db = db[i];
    const rq_report_layer *list[4];
    assert_int_equal(rq_worst_layers(list, 4, &report), 4);
    static const size_t order[] = {4, 2, 5, 0}; /* equal ones in execution order */
    for (size_t i = 0; i < 4; i++) assert_ptr_equal(list[i], &report.layers[order[i]]);
    const rq_report_layer *all[7];
    assert_int_equal(rq_worst_layers(all, 7, &report), 5);
}

/* A layer that stayed in floating point shows others' noise, however much that is. */
static void worst_layers_are_quantized(void **state)
{
    (void)state;
    static const char *const after[] = {"f32", "i8", "f32", "f16"};
    sample_report(&report, arena, 4, 0);
    for (size_t i = 0; i < 4; i++) {
        report.layers[i].sqnr_db = 10 + (double)i;
        report.layers[i].precision_before = "f32";
        report.layers[i].precision_after = after[i];
        report.layers[i].noise_share = 0;
    }
    const rq_report_layer *list[4];
    assert_int_equal(rq_worst_layers(list, 4, &report), 2);
    assert_ptr_equal(list[0], &report.layers[1]);
    assert_ptr_equal(list[1], &report.layers[3]);
    report.layers[2].noise_share = 0.5; /* planned in i8, ran in f32 */
    assert_int_equal(rq_worst_layers(list, 4, &report), 3);
    assert_ptr_equal(list[1], &report.layers[2]);
}

static const char *option_of(const char *begin)
{
    for (size_t i = 0; i < report.n_advice; i++)
        if (report.advice[i].option && rq_starts_with(report.advice[i].option, begin))
            return report.advice[i].option;
    return NULL;
}

static const char *text_of(const char *begin)
{
    for (size_t i = 0; i < report.n_advice; i++)
        if (rq_starts_with(report.advice[i].text, begin)) return report.advice[i].text;
    return NULL;
}

/* Rules advise what cannot be tried; what can be is the caller's, who has tried it. */
static void advice_fits_the_numbers(void **state)
{
    (void)state;
    sample_report(&report, arena, 30, 0);
    report.n_advice = 1; /* the caller's own stays in front */
    report.advice[0].text = "mine";
    report.accuracy[0].delta = (rq_estimate){-6, -9, -3};
    report.layers[9].noise_share = 0.4;
    report.layers[9].clipped_share = 0.4;
    report.speeds[0].after_median_ms = 13;
    assert_ok(rq_report_advise(&report, arena));
    assert_string_equal(report.advice[0].text, "mine");
    assert_null(option_of("--ignore"));
    assert_non_null(option_of("requant tune efficientnet-lite0.xml"));
    assert_null(option_of("--preset"));
    assert_null(option_of("--range"));
    assert_non_null(option_of("--val"));
    assert_non_null(text_of("INT8 gives little speed-up"));
    for (size_t i = 1; i < report.n_advice; i++)
        assert_true(isnan(report.advice[i].before_db) && isnan(report.advice[i].time_share));
    report.speeds[0].after_median_ms = 2 * report.speeds[0].before_median_ms;
    assert_ok(rq_report_advise(&report, arena));
    assert_non_null(text_of("INT8 gives no speed-up"));
    report.n_advice = 0;
    report.speeds[0].noise = "other processes used the CPU";
    assert_ok(rq_report_advise(&report, arena));
    assert_null(text_of("INT8 gives"));
}

/* Few images to calibrate with: said where figures are of the same images, or show a loss. */
static void few_images_to_calibrate_with(void **state)
{
    (void)state;
    sample_report(&report, arena, 30, 0);
    report.n_advice = 0;
    report.data.calibration_images = 16;
    assert_ok(rq_report_advise(&report, arena));
    assert_null(text_of("Calibrate with 100 images or more")); /* others show no loss */
    report.n_advice = 0;
    report.data.validation = report.data.calibration;
    assert_ok(rq_report_advise(&report, arena));
    assert_non_null(strstr(text_of("Calibrate with 100 images or more"), "ranges of 16"));
    assert_non_null(strstr(text_of("Use "), " on these 500 images."));
    report.n_advice = 0;
    report.data.calibration_images = 100;
    assert_ok(rq_report_advise(&report, arena));
    assert_null(text_of("Calibrate with"));
    assert_non_null(strstr(rq_limits_of_images, "fewer than 100 to calibrate INT8"));
}

/* The budget of the command is the verdict's limit. */
static void tuning_is_advised_with_a_budget(void **state)
{
    (void)state;
    static const struct {
        const char *metric, *unit;
        bool compares;
        double before, after;
        const char *command;
    } cases[] = {{"top-1", "%", false, 80, 74, "requant tune m.xml --max-drop 1"},
                 {"COCO AP", "%", false, 30, 20, "requant tune m.xml --max-drop 2%"},
                 {"mean error", "", false, 30, 20, "requant tune m.xml --max-drop 1%"},
                 {"agreement", "%", true, NAN, 90, "requant tune m.xml --max-drop 2"},
                 {"SQNR", "dB", true, NAN, 12, "requant tune m.xml --min-sqnr 20"},
                 {"cosine", "", true, NAN, 0.9, "requant tune m.xml --min-sqnr 20"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double after = cases[i].after;
        sample_report(&report, arena, 30, 0);
        report.tool.tune = "requant tune m.xml";
        report.n_advice = 0;
        report.n_accuracy = 1;
        report.accuracy[0] = (rq_report_accuracy){.metric = cases[i].metric,
                                                  .unit = cases[i].unit,
                                                  .compares = cases[i].compares,
                                                  .higher_is_better = true,
                                                  .images = 500,
                                                  .before = {cases[i].before, NAN, NAN},
                                                  .after = {after, NAN, NAN},
                                                  .delta = {after - cases[i].before, NAN, NAN}};
        assert_ok(rq_report_advise(&report, arena));
        assert_string_equal(option_of("requant tune"), cases[i].command);
    }
    report.accuracy[0].after.value = 1; /* no loss */
    report.n_advice = 0;
    assert_ok(rq_report_advise(&report, arena));
    assert_null(option_of("requant tune"));
}

/* A loss, or a model that grew, is never left without a next step. */
static void there_is_a_next_step(void **state)
{
    (void)state;
    sample_report(&report, arena, 30, 0);
    report.n_advice = 0;
    report.accuracy[0].delta = (rq_estimate){-6, -7, -5};
    assert_ok(rq_report_advise(&report, arena));
    assert_non_null(option_of("requant tune"));
    report.n_advice = 0;
    report.settings.precision = "int4-weights";
    report.data.calibration_images = NAN;
    assert_ok(rq_report_advise(&report, arena));
    assert_non_null(option_of("--data"));
    assert_non_null(option_of("--ratio 0.8"));
    assert_non_null(option_of("--precision int8-weights"));
    assert_null(option_of("requant tune"));
    report.n_advice = 0;
    report.settings.precision = "int8-weights";
    assert_ok(rq_report_advise(&report, arena));
    assert_non_null(option_of("--ignore '"));
    report.n_advice = 0;
    report.after.bin_bytes = 2 * report.before.bin_bytes;
    assert_ok(rq_report_advise(&report, arena));
    assert_non_null(text_of("The model grew"));
}

static void histograms_keep_every_count(void **state)
{
    (void)state;
    rq_report_histogram h;
    assert_ok(rq_report_histogram_begin(&h, arena, -1, 3, 8));
    assert_int_equal(h.edges.n, 9);
    assert_near(h.edges.values[2], 0, 1e-15);
    rq_report_histogram_add(&h, 0.1, 0.2, 5);   /* within bucket 2: [0, 0.5) */
    rq_report_histogram_add(&h, 0, 2, 8);       /* four buckets, 2 each */
    rq_report_histogram_add(&h, -9, -8, 1);     /* below: the first */
    rq_report_histogram_add(&h, 3, 3, 4);       /* the end belongs to the last */
    rq_report_histogram_add(&h, 2.25, 2.75, 6); /* half in bucket 6, half in 7 */
    const double want[] = {1, 0, 7, 2, 2, 2, 3, 7};
    for (size_t i = 0; i < 8; i++) assert_near(h.counts.values[i], want[i], 1e-12);
    assert_ok(rq_report_histogram_begin(&h, arena, 5, 5, 4)); /* one value only */
    rq_report_histogram_add(&h, 5, 5, 3);
    double sum = 0;
    for (size_t i = 0; i < 4; i++) sum += h.counts.values[i];
    assert_near(sum, 3, 0);
    assert_ok(rq_report_histogram_begin(&h, arena, -3e38, 3e38, 4));
    rq_report_histogram_add(&h, 1e38, 1e38, 1);
    assert_near(h.counts.values[2], 1, 0);
    assert_fails(rq_report_histogram_begin(&h, arena, 1, 0, 4), RQ_EARG, "histogram");
    assert_fails(rq_report_histogram_begin(&h, arena, NAN, 0, 4), RQ_EARG, "histogram");
    assert_fails(rq_report_histogram_begin(&h, arena, 0, 1, 0), RQ_EARG, "histogram");
}

static void colour_is_for_terminals_that_want_it(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    assert_false(rq_report_may_colour(ends[1])); /* no terminal */
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0) {
        assert_true(rq_report_may_colour(master));
        setenv("NO_COLOR", "", 1);
        assert_true(rq_report_may_colour(master));
        setenv("NO_COLOR", "1", 1);
        assert_false(rq_report_may_colour(master));
        unsetenv("NO_COLOR");
        setenv("TERM", "dumb", 1);
        assert_false(rq_report_may_colour(master));
    }
    if (master >= 0) close(master);
    close(ends[0]);
    close(ends[1]);
}

/* A column that may go, names that are cut, columns below: each only where it must be. */
static void tables_fit_the_line(void **state)
{
    static const char name[] = "a/long/name/of/a/layer";
    const struct {
        size_t width;
        const char *want;
    } rows[] = {
        {60,
         "  layer                     type  number\n  a/long/name/of/a/layer  MatMul      12\n"},
        {39, "  layer                   number\n  a/long/name/of/a/layer      12\n"},
        {30, "  layer                 number\n  a/long..e/of/a/layer      12\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rq_text_table table = {.width = rows[i].width, .optional = 1};
        rq_buf text = {0};
        rq_text_table_row(&table, (const char *[]){"layer", "type", "number"}, 3);
        rq_text_table_row(&table, (const char *[]){name, "MatMul", "12"}, 3);
        rq_text_table_write(&text, &table, "", "");
        assert_string_equal(text.data, rows[i].want);
        rq_buf_free(&text);
        rq_text_table_free(&table);
    }
}

static void columns_follow_below(void **state)
{
    (void)state;
    rq_text_table table = {.width = 20};
    rq_buf text = {0};
    rq_text_table_row(&table, (const char *[]){"run", "first", "second", "third"}, 4);
    rq_text_table_row(&table, (const char *[]){"a", "1", "2", "3"}, 4);
    rq_text_table_write(&text, &table, "", "");
    assert_string_equal(text.data, "  run  first  second\n  a        1       2\n"
                                   "\n  run  third\n  a        3\n");
    rq_buf_free(&text);
    rq_text_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_as_people_read_them),
        cmocka_unit_test_setup_teardown(terminal_tells_all_four_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(noise_is_no_speed_up, setup, teardown),
        cmocka_unit_test_setup_teardown(names_cannot_steer_the_terminal, setup, teardown),
        cmocka_unit_test(long_names_keep_both_ends),
        cmocka_unit_test_setup_teardown(csv_quotes_what_needs_it, setup, teardown),
        cmocka_unit_test(verdicts_follow_the_limits),
        cmocka_unit_test(a_metric_without_percent_is_judged_by_its_value),
        cmocka_unit_test(a_mean_does_not_hide_a_bad_output),
        cmocka_unit_test_setup_teardown(nothing_to_lose_is_no_verdict, setup, teardown),
        cmocka_unit_test_setup_teardown(worst_layers_are_sorted, setup, teardown),
        cmocka_unit_test_setup_teardown(worst_layers_are_quantized, setup, teardown),
        cmocka_unit_test_setup_teardown(advice_fits_the_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(few_images_to_calibrate_with, setup, teardown),
        cmocka_unit_test_setup_teardown(tuning_is_advised_with_a_budget, setup, teardown),
        cmocka_unit_test_setup_teardown(there_is_a_next_step, setup, teardown),
        cmocka_unit_test_setup_teardown(histograms_keep_every_count, setup, teardown),
        cmocka_unit_test(colour_is_for_terminals_that_want_it),
        cmocka_unit_test(tables_fit_the_line),
        cmocka_unit_test(columns_follow_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
