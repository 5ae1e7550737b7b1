/* Comparisons of runs: tests of differences by hand-counted pairs, alignment of layers,
 * comparability warnings, budgets, and that every form of output can take hostile names and nasty
 * numbers. */
#include "tests/unit/test_report_fixture.h"
#include "tests/unit/test_report_near.h"

#include "reports/compare/compare_writer.h"
#include "reports/metrics/interval.h"

#include <libxml/HTMLparser.h>

static rq_arena *arena;
static rq_report reports[3];
static rq_compare_run runs[3];
static rq_comparison comparison;

static int setup(void **state)
{
    (void)state;
    static const char *const names[] = {"first", "second", "third"};
    if (rq_arena_create(&arena) != RQ_OK) return -1;
    for (size_t k = 0; k < 3; k++) {
        sample_report(&reports[k], arena, 6, 2);
        runs[k] = (rq_compare_run){names[k], names[k], &reports[k], false};
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rq_arena_destroy(&arena);
    return 0;
}

static rq_compare_options no_budgets(void)
{
    return (rq_compare_options){.budgets = {NAN, NAN, NAN}};
}

static void compare_with(size_t n, const rq_budgets *budgets)
{
    rq_compare_options options = {.budgets = *budgets};
    assert_ok(rq_comparison_create(&comparison, runs, n, &options, arena));
}

static void compare(size_t n)
{
    rq_compare_options options = no_budgets();
    compare_with(n, &options.budgets);
}

static rq_buf written(const char *writer)
{
    rq_buf text = {0};
    rq_report_style style = {0};
    assert_ok(rq_compare_writer_find(writer)->write(&text, &comparison, &style));
    return text;
}

/* `n` images, of which those below wrong[k] are wrong in run k; the row of accuracy says the same.
 */
static void set_hits(size_t k, size_t n, size_t wrong)
{
    sample_validated(&reports[k], arena, n, 0, wrong);
    reports[k].accuracy[0].after = rq_wilson(n - wrong, n);
    reports[k].accuracy[0].after.value *= 100;
}

/* -- accuracy ------------------------------------------------------------------------------- */

static void shares_are_tested_by_mcnemar(void **state)
{
    (void)state;
    set_hits(0, 200, 10);
    set_hits(1, 200, 18); /* 8 images lost, none gained: p = 2 / 2^8 */
    set_hits(2, 200, 13); /* 3 lost: p = 2 / 2^3 */
    compare(3);
    const rq_compare_value *values = comparison.headline->values;
    assert_string_equal(comparison.headline->row->metric, "top-1");
    assert_near(values[1].change.value, -4, 1e-9);
    assert_near(values[1].p_value, 2.0 / 256, 1e-12);
    assert_near(values[1].worse, 8, 0);
    assert_near(values[1].better, 0, 0);
    assert_true(values[1].change.low < -4 && values[1].change.high > -4);
    assert_int_equal(values[1].significance, RQ_SIGNIFICANCE_WORSE);
    assert_near(values[2].p_value, 0.25, 1e-12);
    assert_int_equal(values[2].significance, RQ_SIGNIFICANCE_NONE);
}

static void equal_runs_are_the_same(void **state)
{
    (void)state;
    set_hits(0, 50, 5);
    set_hits(1, 50, 5);
    compare(2);
    assert_int_equal(comparison.headline->values[1].significance, RQ_SIGNIFICANCE_SAME);
    assert_near(comparison.headline->values[1].p_value, 1, 1e-12);
    assert_int_equal(comparison.n_images, 0);
    assert_int_equal(comparison.n_transitions, 0);
}

/* A mean over images, as cosine is: the interval is the bootstrap's and must hold the difference.
 */
static void means_have_a_bootstrapped_interval(void **state)
{
    (void)state;
    rq_rng rng;
    rq_rng_seed(&rng, 3);
    for (size_t k = 0; k < 2; k++) {
        double sum = 0;
        set_hits(k, 100, 0);
        reports[k].values[0].metric = "cosine";
        reports[k].values[0].output = "Softmax";
        for (size_t i = 0; i < 100; i++) {
            double x = 0.9 + 0.01 * (double)k + 0.001 * rq_rng_normal(&rng);
            reports[k].values[0].after.values[i] = x;
            sum += x;
        }
        reports[k].accuracy[4].after.value = sum / 100;
    }
    compare(2);
    const rq_compare_value *value = &comparison.metrics[4].values[1];
    assert_string_equal(comparison.metrics[4].row->metric, "cosine");
    assert_near(value->change.value, 0.01, 0.001);
    assert_true(value->change.low > 0.008 && value->change.high < 0.012);
    assert_int_equal(value->significance, RQ_SIGNIFICANCE_BETTER);
    assert_true(isnan(value->p_value));
}

/* 80 images of class 0 and 20 of class 1, each class half of the mean: 8 more right in class 0 are
 * 5 points, 2 more wrong in class 1 are 5 points back. */
static void means_over_classes_weigh_images(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        set_hits(k, 100, 0);
        reports[k].values[0].metric = reports[k].accuracy[4].metric = "per-class accuracy";
        reports[k].values[0].output = "Softmax";
        reports[k].accuracy[4].higher_is_better = true;
        for (size_t i = 0; i < 100; i++) {
            size_t wrong_below = i < 80 ? (k ? 0 : 8) : (k ? 82 : 80);
            reports[k].validated.labels.values[i] = i >= 80;
            reports[k].values[0].after.values[i] = i < wrong_below ? 0 : 100;
        }
    }
    reports[0].accuracy[4].after.value = 95;
    reports[1].accuracy[4].after.value = 95;
    compare(2);
    const rq_compare_value *value = &comparison.metrics[4].values[1];
    assert_string_equal(comparison.metrics[4].row->metric, "per-class accuracy");
    assert_near(value->change.value, 0, 1e-9);
    assert_true(value->change.low < -3 && value->change.high > 3);
    assert_int_equal(value->significance, RQ_SIGNIFICANCE_NONE);
}

/* SQNR of ten images: of the second run, nine are worse, and one is better. */
static void set_nine_of_ten_worse(void)
{
    for (size_t k = 0; k < 2; k++) {
        set_hits(k, 10, 0);
        reports[k].values[0].metric = "SQNR";
        reports[k].values[0].output = "Softmax";
        for (size_t i = 0; i < 10; i++)
            reports[k].values[0].after.values[i] = (double)i + (k ? (i < 9 ? -1 : 1) : 0);
    }
}

/* A metric that is no mean: no interval, but better and worse images are counted. */
static void other_metrics_get_the_sign_test(void **state)
{
    (void)state;
    set_nine_of_ten_worse();
    reports[1].accuracy[3].after.value = 18;
    compare(2);
    const rq_compare_value *value = &comparison.metrics[3].values[1];
    assert_true(isnan(value->change.low));
    assert_near(value->worse, 9, 0);
    assert_near(value->better, 1, 0);
    assert_near(value->p_value, 2.0 * (1 + 10) / 1024, 1e-12);
    assert_int_equal(value->significance, RQ_SIGNIFICANCE_WORSE);
}

/* 9 of 10 images are worse, p = 0.02, and the figure of all of them together is better. */
static void a_verdict_that_the_figure_contradicts_is_none(void **state)
{
    (void)state;
    set_nine_of_ten_worse();
    const double before = reports[0].accuracy[3].after.value, changes[] = {0.7, 0, NAN, -0.7};
    for (size_t i = 0; i < 4; i++) {
        reports[1].accuracy[3].after.value = before + changes[i];
        compare(2);
        const rq_compare_value *value = &comparison.metrics[3].values[1];
        assert_near(value->worse, 9, 0);
        assert_true(value->p_value < 0.05);
        assert_int_equal(value->significance,
                         changes[i] < 0 ? RQ_SIGNIFICANCE_WORSE : RQ_SIGNIFICANCE_NONE);
    }
}

static void a_metric_of_one_run_is_shown(void **state)
{
    (void)state;
    reports[1].n_accuracy = 1;
    reports[1].accuracy[0].metric = "mIoU";
    compare(2);
    assert_int_equal(comparison.n_metrics, 6);
    assert_null(comparison.metrics[0].values[1].row);
    assert_null(comparison.metrics[5].values[0].row);
    assert_non_null(comparison.metrics[5].values[1].row);
    rq_compare_options options = no_budgets();
    options.metric = "mIoU";
    assert_ok(rq_comparison_create(&comparison, runs, 2, &options, arena));
    assert_string_equal(comparison.headline->row->metric, "mIoU");
    options.metric = "F1";
    assert_fails(rq_comparison_create(&comparison, runs, 2, &options, arena), RQ_EARG, "mIoU");
}

/* -- comparability warnings
 * --------------------------------------------------------------------------------- */

static bool warnings(const char *about)
{
    for (size_t i = 0; i < comparison.n_warnings; i++)
        if (!strcmp(comparison.warnings[i].about, about)) return true;
    return false;
}

static void other_images_are_not_tested(void **state)
{
    (void)state;
    set_hits(0, 50, 5);
    set_hits(1, 50, 40);
    reports[1].validated.paths.values[49] = "other.jpg";
    compare(2);
    assert_true(warnings("images"));
    assert_int_equal(comparison.headline->values[1].significance, RQ_SIGNIFICANCE_UNKNOWN);
    assert_true(isnan(comparison.headline->values[1].p_value));
    assert_true(isnan(comparison.headline->values[1].change.value));
    assert_string_equal(rq_compare_verdict(&comparison.headline->values[1]),
                        "not tested: other images");
    assert_int_equal(comparison.n_images, 0);
}

/* The same images, yet other inputs: no form of output has a difference, a test or a best run. */
static void other_preprocessing_is_not_tested(void **state)
{
    (void)state;
    set_hits(0, 50, 5);
    set_hits(1, 50, 40);
    reports[1].data.preprocessing = "bgr";
    compare(2);
    for (size_t m = 0; m < comparison.n_metrics; m++) {
        const rq_compare_value *value = &comparison.metrics[m].values[1];
        assert_int_equal(value->significance, RQ_SIGNIFICANCE_UNKNOWN);
        assert_true(isnan(value->change.value) && isnan(value->p_value) && isnan(value->worse));
        assert_string_equal(rq_compare_verdict(value), "not tested: preprocessing");
    }
    assert_int_equal(comparison.n_images, 0);
    static const char *const writers[] = {"terminal", "html", "markdown", "json", "csv"};
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        rq_buf text = written(writers[i]);
        assert_non_null(strstr(text.data, "not tested: preprocessing"));
        assert_null(strstr(text.data, "40 worse"));
        assert_null(strstr(text.data, "change_from_first"));
        rq_buf_free(&text);
    }
    rq_buf html = written("html");
    assert_non_null(strstr(html.data, "not comparable</p><p class=small>images of the runs were "
                                      "preprocessed differently"));
    assert_null(strstr(html.data, "id=scatter"));
    rq_buf_free(&html);
}

/* The first rows of text and table, from the original's name to the end of its row. */
static void assert_original_row(const char *writer, const char *start, const char *end, bool shown)
{
    rq_buf text = written(writer);
    char *row = strstr(text.data, start);
    assert_non_null(row);
    *strstr(row, end) = '\0';
    if (!strstr(row, "89.2 %") == shown) fail_msg("%s: %s", writer, row);
    rq_buf_free(&text);
}

static void assert_original_accuracy(bool shown)
{
    compare(3);
    assert_original_row("terminal", "(original)", "\n", shown);
    assert_original_row("markdown", "| (original)", "\n", shown);
    assert_original_row("html", "<th scope=row>(original)", "</tr>", shown);
}

static void originals_that_differ_share_no_accuracy(void **state)
{
    (void)state;
    assert_original_accuracy(true);
    reports[2].accuracy[0].before.value -= 1;
    assert_original_accuracy(false);
    rq_buf html = written("html");
    assert_null(strstr(html.data, "(original): top-1"));
    rq_buf_free(&html);
    reports[2].accuracy[0].before.value = reports[0].accuracy[0].before.value;
    reports[2].data.preprocessing = "bgr";
    assert_original_accuracy(false);
    reports[2].data.preprocessing = reports[0].data.preprocessing;
    reports[1].data.validation_digest = "0123";
    assert_original_accuracy(false);
}

static void other_conditions_are_named(void **state)
{
    (void)state;
    compare(2);
    assert_int_equal(comparison.n_warnings, 1);
    assert_true(warnings("times"));
    reports[1].data.preprocessing = "bgr";
    reports[1].machine.cpu = "Another";
    reports[1].before.digest = "1";
    reports[1].data.digest = "2";
    reports[1].data.labelled = false;
    compare(2);
    static const char *const about[] = {"preprocessing", "machine", "model", "calibration",
                                        "labels"};
    for (size_t i = 0; i < 5; i++) assert_true(warnings(about[i]));
}

/* What a digest is of differs with the model's inputs. */
static void calibration_of_models_with_other_inputs_goes_by_its_folder(void **state)
{
    (void)state;
    reports[1].before.inputs = "input:0 [1,224,224,3] f32";
    reports[1].data.digest = "2";
    compare(2);
    assert_false(warnings("calibration"));
    reports[1].data.calibration_images++;
    compare(2);
    assert_true(warnings("calibration"));
}

static const rq_compare_cell *size_row(const char *name)
{
    const rq_compare_table *t = comparison.tables;
    while (strcmp(t->id, "size") != 0) t++;
    for (size_t i = 0; i < t->rows; i++)
        if (!strcmp(t->cells[i * t->n_columns].text, name)) return &t->cells[i * t->n_columns];
    return NULL;
}

/* An ONNX file's run has one row for its files, an IR's two. */
static void files_of_other_kinds_are_added_up(void **state)
{
    (void)state;
    static rq_report_size of_onnx[] = {{"file", "model", 8000, 5000}};
    static rq_report_size of_ir[] = {{"file", "xml", 1000, 1000}, {"file", "bin", 8000, 2000}};
    reports[0].sizes = of_ir;
    reports[0].n_sizes = 2;
    reports[1].sizes = of_ir;
    reports[1].n_sizes = 2;
    compare(2);
    assert_non_null(size_row("xml file"));
    assert_null(size_row("model files"));
    reports[1].sizes = of_onnx;
    reports[1].n_sizes = 1;
    compare(2);
    const rq_compare_cell *row = size_row("model files");
    assert_non_null(row);
    assert_null(size_row("xml file"));
    assert_null(size_row("model file"));
    assert_string_equal(row[1].text, "3.0 kB");
    assert_string_equal(row[2].text, "5.0 kB");
}

/* A narrow column would cut the middle, where they differ. */
static void long_settings_show_what_differs(void **state)
{
    (void)state;
    reports[0].data.preprocessing = "resize=shorter:256 crop=224x224 scale=1,1,2 decode=scaled";
    reports[1].data.preprocessing = "resize=shorter:256 crop=224x224 scale=1,1,1 decode=scaled";
    compare(2);
    const rq_compare_table *t = comparison.tables;
    while (strcmp(t->id, "settings") != 0) t++;
    const rq_compare_cell *row = t->cells;
    while (strcmp(row[0].text, "Preprocessing") != 0) row += t->n_columns;
    assert_string_equal(row[1].text, "scale=1,1,2");
    assert_string_equal(row[2].text, "scale=1,1,1");
}

/* -- layers and images ---------------------------------------------------------------------- */

static void layers_are_aligned_by_name(void **state)
{
    (void)state;
    reports[1].layers[2].name = "only here";
    reports[1].layers[3].precision_after = "f32";
    reports[1].layers[4].precision_after = "f32";
    reports[0].layers[3].precision_after = reports[0].layers[4].precision_after = "i8";
    reports[0].layers[5].sqnr_db = 30;
    reports[1].layers[5].sqnr_db = 22;
    compare(2);
    assert_int_equal(comparison.n_layers, 7);
    assert_string_equal(comparison.layers[6].name, "only here");
    assert_null(comparison.layers[6].rows[0]);
    assert_null(comparison.layers[2].rows[1]);
    assert_true(comparison.layers[2].missing && !comparison.layers[3].missing);
    assert_near(comparison.layers[5].spread_db, 8, 1e-12);
    assert_int_equal(comparison.n_transitions, 1);
    assert_string_equal(comparison.transitions[0].from, "i8");
    assert_int_equal(comparison.transitions[0].layers, 2);
}

static void newly_wrong_images_are_listed(void **state)
{
    (void)state;
    set_hits(0, 20, 2);
    set_hits(1, 20, 4); /* images 2 and 3 are newly wrong */
    compare(2);
    assert_int_equal(comparison.n_images, 2);
    assert_string_equal(comparison.images[0].path, "val/2.jpg");
    assert_true(comparison.images[0].newly_wrong);
    assert_near(comparison.images[0].first_class, comparison.images[0].label, 0);
    assert_near(comparison.images[1].class, comparison.images[1].label + 1, 0);
}

/* -- budgets -------------------------------------------------------------------------------- */

static void budgets_are_checked(void **state)
{
    (void)state;
    /* of the fixture: 0.8 points lost, 2.13 times as fast, 28.1 % of the size */
    rq_compare_options options = {.budgets = {0.8, 2.1, 0.3}};
    assert_ok(rq_comparison_create(&comparison, runs, 1, &options, arena));
    assert_int_equal(comparison.n_budgets, 3);
    assert_int_equal(rq_compare_count_budgets(&comparison, 0).by_state[RQ_BUDGET_MET], 3);
    assert_near(comparison.budgets[2].found, (412000.0 + 4871000) / (181000 + 18608032), 1e-12);
    options.budgets = (rq_budgets){0.7, 2.2, 0.28};
    assert_ok(rq_comparison_create(&comparison, runs, 1, &options, arena));
    const rq_budget_counts counts = rq_compare_count_budgets(&comparison, RQ_ALL_RUNS);
    assert_int_equal(counts.by_state[RQ_BUDGET_MISSED], 3);
    assert_int_equal(counts.n, 3);
    assert_int_equal(rq_compare_count_budgets(&comparison, 1).n, 0);
    assert_non_null(strstr(comparison.budgets[0].text, "first loses 0.8 points of top-1"));
}

static void a_budget_that_cannot_be_checked_is_missed(void **state)
{
    (void)state;
    rq_report_init(&reports[0]);
    rq_compare_options options = {.budgets = {100, 0, 100}};
    assert_ok(rq_comparison_create(&comparison, runs, 1, &options, arena));
    assert_int_equal(comparison.n_budgets, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(comparison.budgets[i].state, RQ_BUDGET_UNMEASURED);
        assert_string_equal(rq_budget_state_word(RQ_BUDGET_UNMEASURED), "not measured");
        assert_non_null(strstr(comparison.budgets[i].text, "cannot be checked"));
    }
    runs[0].original = true;
    assert_ok(rq_comparison_create(&comparison, runs, 1, &options, arena));
    assert_int_equal(comparison.n_budgets, 0);
}

/* Without labels the drop cannot exceed the share of changed answers. */
static void without_labels_agreement_bounds_the_drop(void **state)
{
    (void)state;
    reports[0].accuracy += 2;
    reports[0].n_accuracy = 3;
    rq_compare_options options = {.budgets = {4.4, NAN, NAN}};
    assert_ok(rq_comparison_create(&comparison, runs, 1, &options, arena));
    assert_near(comparison.budgets[0].found, 4.4, 1e-9);
    assert_int_equal(comparison.budgets[0].state, RQ_BUDGET_MET);
}

/* -- output --------------------------------------------------------------------------------- */

static const char evil[] =
    "</td><script>alert(1)</script>|`\033[31m\xe2\x80\xae\n=1+1,\"\n::error::##[error]x";
static const char to_the_left[] = "\xe2\x80\xae";

static void make_evil(rq_report *r)
{
    for (size_t p = 0; p < rq_report_n_parts; p++) {
        const rq_report_part *part = &rq_report_parts[p];
        bool one = part->count_offset == RQ_ONE_RECORD;
        char *at = (char *)r + part->offset;
        char *rows = one ? at : *(char **)at;
        size_t n = one ? 1 : *(size_t *)((char *)r + part->count_offset);
        for (size_t i = 0; i < n; i++)
            for (size_t f = 0; f < part->type->n; f++)
                if (part->type->fields[f].kind == RQ_FIELD_TEXT)
                    *(const char **)(rows + i * part->type->size + part->type->fields[f].offset) =
                        evil;
    }
    for (size_t i = 0; i < r->validated.paths.n; i++) r->validated.paths.values[i] = evil;
}

static size_t count_of(const char *text, const char *word)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, word)); at++) n++;
    return n;
}

/* What GitHub Actions would take for its own, in a log of what a command prints. */
static void assert_commands_nobody(const char *writer)
{
    rq_buf text = written(writer);
    for (const char *at = text.data, *line = at; at; line = at ? ++at : NULL) {
        if (!strncmp(line + strspn(line, " \t\r"), "::", 2)) fail_msg("%s: %.80s", writer, line);
        at = strchr(line, '\n');
    }
    if (strstr(text.data, "##[")) fail_msg("%s: ##[", writer);
    rq_buf_free(&text);
}

static void names_cannot_be_markup(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        make_evil(&reports[k]);
        runs[k].name = k ? evil : "=1+1";
    }
    compare(3);
    static const char *const printed[] = {"terminal", "markdown", "csv", "junit", "json"};
    for (size_t i = 0; i < sizeof printed / sizeof *printed; i++)
        assert_commands_nobody(printed[i]);
    rq_buf html = written("html"), markdown = written("markdown"), terminal = written("terminal"),
           csv = written("csv");
    assert_int_equal(count_of(html.data, "<script>"), 1);
    assert_null(strstr(html.data, "<script>alert"));
    assert_null(strstr(markdown.data, "<script"));
    assert_null(strstr(markdown.data, "</td>"));
    assert_null(strstr(terminal.data, "\033"));
    assert_null(strstr(html.data, to_the_left));
    assert_null(strstr(markdown.data, to_the_left));
    assert_null(strstr(terminal.data, to_the_left));
    assert_null(strstr(csv.data, "\r\n="));
    rq_buf_free(&html);
    rq_buf_free(&markdown);
    rq_buf_free(&terminal);
    rq_buf_free(&csv);
}

/* Every row of a Markdown table has as many cells as its heading. */
static void markdown_tables_are_whole(void **state)
{
    (void)state;
    compare(3);
    rq_buf text = written("markdown");
    size_t bars = 0, rows = 0;
    for (char *line = strtok(text.data, "\n"); line; line = strtok(NULL, "\n")) {
        if (line[0] != '|') {
            bars = 0;
            continue;
        }
        size_t now = count_of(line, "|") - count_of(line, "\\|");
        if (bars) assert_int_equal(now, bars);
        bars = now;
        rows++;
    }
    assert_true(rows > 20);
    rq_buf_free(&text);
}

/* What a reader needs stands in the first lines; a comment on GitHub has 64 kB at most. */
static void markdown_fits_a_comment(void **state)
{
    static char names[3][4000];
    (void)state;
    sample_report(&reports[0], arena, 3000, 0);
    for (size_t k = 0; k < 3; k++) {
        reports[k] = reports[0];
        memset(names[k], 'a' + (int)k, sizeof names[k] - 1);
        runs[k].name = names[k];
    }
    compare(3);
    rq_buf text = written("markdown");
    assert_true(text.length < 60000);
    assert_non_null(strstr(text.data, " more: --html, --json or --csv FILE"));
    assert_int_equal(count_of(text.data, "<details>"), count_of(text.data, "</details>"));
    rq_buf_free(&text);
}

static void the_answer_is_in_the_first_lines(void **state)
{
    (void)state;
    compare_with(3, &(rq_budgets){0.1, 100, 0.9});
    rq_buf text = written("markdown");
    const char *at = text.data, *details = strstr(text.data, "<details>");
    size_t lines = 0;
    assert_memory_equal(text.data, "## requant compare: FAIL", 24);
    for (; at < details; at++) lines += *at == '\n';
    assert_true(lines <= 20);
    assert_true(strstr(text.data, "| run | precision |") < details);
    rq_buf_free(&text);
}

static void junit_has_a_case_for_each_budget(void **state)
{
    (void)state;
    rq_buf plain, text;
    compare(3);
    plain = written("junit");
    assert_int_equal(count_of(plain.data, "<testcase"), 3);
    assert_non_null(strstr(plain.data, "tests=\"3\" failures=\"0\" errors=\"0\""));
    reports[2].n_speeds = 0;
    runs[1].name = "<&\x01\"";
    compare_with(3, &(rq_budgets){NAN, 100, 0.9});
    text = written("junit");
    assert_int_equal(count_of(text.data, "<testcase"), 6);
    assert_int_equal(count_of(text.data, "<failure"), 2);
    assert_int_equal(count_of(text.data, "<error"), 1);
    xmlDoc *document = xmlReadMemory(text.data, (int)text.length, "junit", NULL, XML_PARSE_NONET);
    assert_non_null(document);
    xmlFreeDoc(document);
    rq_buf_free(&plain);
    rq_buf_free(&text);
}

/* A line of each: what is missed, what cannot be checked, and the figures of every run. */
static void github_shows_errors_before_notices(void **state)
{
    (void)state;
    reports[2].n_speeds = 0;
    compare_with(3, &(rq_budgets){NAN, 100, 0.9});
    rq_buf text = written("github");
    assert_memory_equal(text.data,
                        "::error file=first,title=requant compare%3A budget missed::", 59);
    assert_int_equal(count_of(text.data, "::error file="), 2);
    assert_non_null(strstr(text.data, "\n::warning file=third,title=requant compare%3A budget not "
                                      "measured::third was not timed"));
    assert_int_equal(count_of(text.data, "\n::notice file="), 3);
    assert_non_null(strstr(text.data, "title=requant compare%3A second::precision "));
    rq_buf_free(&text);
}

/* Nothing in a name ends a line, or a property: no other command can stand in it. */
static void github_commands_cannot_be_forged(void **state)
{
    static const char forged[] = "a,title=b::c%0A\r\n::set-env name=PATH::x\033[31m";
    (void)state;
    for (size_t k = 0; k < 3; k++) runs[k].name = runs[k].path = k ? evil : forged;
    compare(3);
    rq_buf text = written("github");
    size_t lines = count_of(text.data, "\n");
    assert_int_equal(count_of(text.data, "\n::") + 1, lines);
    assert_non_null(strstr(text.data, "file=a%2Ctitle=b%3A%3Ac%250A%0D%0A%3A%3Aset-env name=PATH"));
    assert_null(strchr(text.data, '\r'));
    assert_null(strchr(text.data, '\033'));
    assert_null(strstr(text.data, to_the_left));
    rq_buf_free(&text);
}

/* GitHub shows ten of a level; the tenth says how many there are beyond. */
static void github_annotations_are_ten_of_a_level(void **state)
{
    static char names[13][16];
    rq_compare_run many[13];
    rq_compare_options options = {.budgets = {NAN, 100, NAN}};
    (void)state;
    for (size_t k = 0; k < 13; k++) {
        snprintf(names[k], sizeof names[k], "run %zu", k);
        many[k] = (rq_compare_run){names[k], names[k], &reports[k % 3], false};
    }
    assert_ok(rq_comparison_create(&comparison, many, 13, &options, arena));
    rq_buf text = written("github");
    assert_int_equal(count_of(text.data, "::error "), 10);
    assert_non_null(strstr(text.data, "::error title=requant compare%3A error::and 4 more: "));
    assert_int_equal(count_of(text.data, "::notice "), 10);
    rq_buf_free(&text);
}

static void nasty_numbers_reach_no_drawing(void **state)
{
    (void)state;
    static const double nasty[] = {NAN, INFINITY, -INFINITY, 1e308, -1e308, 5e-324};
    for (size_t i = 0; i < 6; i++) {
        for (size_t k = 0; k < 3; k++) {
            reports[k].accuracy[0].after.value = nasty[(i + k) % 6];
            reports[k].speeds[0].after_median_ms = nasty[(i + k + 1) % 6];
            reports[k].after.bin_bytes = nasty[(i + 2) % 6];
            reports[k].layers[i].sqnr_db = nasty[i];
        }
        compare(3);
        rq_buf html = written("html"), json = written("json");
        *strstr(html.data, "<dialog") = '\0';
        char *body = strstr(html.data, "<header>");
        assert_null(strstr(body, "=inf"));
        assert_null(strstr(body, "=-inf"));
        assert_null(strstr(body, "=nan"));
        assert_null(strstr(body, "=-nan"));
        rq_buf_free(&html);
        rq_buf_free(&json);
    }
}

static void an_empty_report_compares(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) rq_report_init(&reports[k]);
    compare(3);
    assert_null(comparison.headline);
    for (size_t i = 0; rq_compare_writers[i]; i++) {
        rq_buf text = written(rq_compare_writers[i]->name);
        rq_buf_free(&text);
    }
}

static size_t n_errors;

static void count_error(void *ctx, xmlErrorPtr error)
{
    (void)ctx;
    n_errors += error->code != XML_HTML_UNKNOWN_TAG;
}

static void the_page_is_well_formed(void **state)
{
    (void)state;
    set_hits(0, 20, 2);
    set_hits(1, 20, 4);
    set_hits(2, 20, 3);
    compare(3);
    rq_buf html = written("html");
    assert_int_equal(count_of(html.data, "<circle class='seg i8'"), 3);
    assert_non_null(strstr(html.data, "(original): top-1 89.2 %, 100.0 % of the time, 18.8 MB<"));
    assert_non_null(strstr(html.data, "second: top-1 80.0 %, 47.0 % of the time, 5.3 MB<"));
    assert_null(strstr(html.data, "http://"));
    assert_null(strstr(html.data, "https://"));
    xmlSetStructuredErrorFunc(NULL, count_error);
    xmlFreeDoc(htmlReadMemory(html.data, (int)html.length, "page", "utf-8", HTML_PARSE_NONET));
    xmlSetStructuredErrorFunc(NULL, NULL);
    assert_int_equal(n_errors, 0);
    rq_buf_free(&html);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(shares_are_tested_by_mcnemar),
        TEST(equal_runs_are_the_same),
        TEST(means_have_a_bootstrapped_interval),
        TEST(means_over_classes_weigh_images),
        TEST(other_metrics_get_the_sign_test),
        TEST(a_verdict_that_the_figure_contradicts_is_none),
        TEST(a_metric_of_one_run_is_shown),
        TEST(other_images_are_not_tested),
        TEST(other_preprocessing_is_not_tested),
        TEST(originals_that_differ_share_no_accuracy),
        TEST(other_conditions_are_named),
        TEST(calibration_of_models_with_other_inputs_goes_by_its_folder),
        TEST(files_of_other_kinds_are_added_up),
        TEST(long_settings_show_what_differs),
        TEST(layers_are_aligned_by_name),
        TEST(newly_wrong_images_are_listed),
        TEST(budgets_are_checked),
        TEST(a_budget_that_cannot_be_checked_is_missed),
        TEST(without_labels_agreement_bounds_the_drop),
        TEST(names_cannot_be_markup),
        TEST(markdown_tables_are_whole),
        TEST(markdown_fits_a_comment),
        TEST(the_answer_is_in_the_first_lines),
        TEST(junit_has_a_case_for_each_budget),
        TEST(github_shows_errors_before_notices),
        TEST(github_commands_cannot_be_forged),
        TEST(github_annotations_are_ten_of_a_level),
        TEST(nasty_numbers_reach_no_drawing),
        TEST(an_empty_report_compares),
        TEST(the_page_is_well_formed),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
