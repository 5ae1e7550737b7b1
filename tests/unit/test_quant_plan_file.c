/* plan.json as an input: written and read back, edited, for another model, damaged. */
#include "tests/unit/test.h"

#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "quant/apply.h"
#include "quant/plan_file.h"
#include "quant/plan_json.h"
#include "tests/unit/graph_builder.h"
#include "tests/unit/quant_stats.h"
#include "tests/unit/scratch.h"

#define PATH_TEXT 4096

typedef struct fixture {
    void *scratch;
    char path[PATH_TEXT], again[PATH_TEXT];
    rq_graph *g, *edited;
    rq_bound *bound;
    rq_stats *stats;
    rq_quant_plan *plan, *followed;
    rq_plan_file *file;
    char *text; /* read last; the caller's */
} fixture;

/* x -> c1 + bias -> r1 -> depthwise -> c2 and c3, joined -> c4 */
static void build_network(rq_graph *g, int64_t channels)
{
    rq_id x = build_input(g, "x", RQ_DT_F32, SHAPE(1, 4, 8, 8));
    rq_id c1 = build_conv(g, "c1", x, channels, 4, 3);
    rq_id r1 = build_relu(g, "r1", build_with_const(g, "b1", "Add", c1, channels));
    rq_id w = build_weights(g, "dw/w", SHAPE(channels, 1, 1, 3, 3));
    rq_id dw = build(g, "dw", "GroupConvolution", ATTRS(WINDOW), INPUTS(r1, w));
    rq_id c2 = build_conv(g, "c2", dw, 3, channels, 1),
          c3 = build_conv(g, "c3", dw, 2, channels, 1);
    rq_id both = build(g, "join", "Concat", ATTRS("axis", "1"), INPUTS(c2, c3));
    build_result(g, build_conv(g, "c4", both, 4, 5, 1));
}

static void make_graph(fixture *f, int64_t channels)
{
    rq_bound_destroy(&f->bound);
    rq_graph_destroy(&f->g);
    assert_ok(rq_graph_create(&f->g, "test"));
    build_network(f->g, channels);
    assert_ok(rq_bind(&f->bound, f->g, NULL, 0));
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (!f || scratch_setup(&f->scratch)) return -1;
    snprintf(f->path, sizeof f->path, "%s", scratch_path(&f->scratch, "plan.json"));
    snprintf(f->again, sizeof f->again, "%s", scratch_path(&f->scratch, "again.json"));
    make_graph(f, 6);
    gather_stats(&f->stats, f->g);
    const rq_plan_options options = {.bias_correction = true};
    if (rq_quant_plan_create(&f->plan, f->bound, f->stats, &options, NULL) != RQ_OK) return -1;
    if (rq_quant_plan_save(f->plan, f->g, f->g, NULL, f->path) != RQ_OK) return -1;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    rq_quant_plan_destroy(&f->followed);
    rq_quant_plan_destroy(&f->plan);
    rq_plan_file_destroy(&f->file);
    rq_stats_destroy(&f->stats);
    rq_bound_destroy(&f->bound);
    rq_graph_destroy(&f->edited);
    rq_graph_destroy(&f->g);
    int result = scratch_teardown(&f->scratch);
    free(f);
    return result;
}

static char *load(fixture *f, const char *path)
{
    size_t size;
    assert_ok(rq_read_file(&f->text, &size, path, 1 << 20));
    return f->text;
}

/* Puts `to` in place of `length` bytes of plan.json from `at`; `text` is what it holds, freed. */
static void splice(fixture *f, char *text, size_t at, size_t length, const char *to)
{
    rq_buf out = {0};
    rq_buf_append_n(&out, text, at);
    rq_buf_append(&out, to);
    rq_buf_append(&out, text + at + length);
    assert_ok(rq_write_file(f->path, out.data, out.length));
    rq_buf_free(&out);
    free(text);
}

/* Where the first `what` after the first `after` is. */
static size_t find(const char *text, const char *after, const char *what)
{
    const char *start = strstr(text, after), *at = start ? strstr(start, what) : NULL;
    if (!at) fail_msg("no '%s' after '%s'", what, after);
    return at ? (size_t)(at - text) : 0;
}

/* Replaces the first `from` after `after` in plan.json. */
static void edit(fixture *f, const char *after, const char *from, const char *to)
{
    char *text = load(f, f->path);
    splice(f, text, find(text, after, from), strlen(from), to);
}

/* Replaces the list under `key` of the entry that has `after`. */
static void edit_list(fixture *f, const char *after, const char *key, const char *to)
{
    char *text = load(f, f->path);
    size_t start = find(text, after, key);
    start += strcspn(text + start, "[");
    splice(f, text, start, strcspn(text + start, "]") + 1, to);
}

static rq_status follow(fixture *f)
{
    rq_plan_file_destroy(&f->file);
    RQ_TRY(rq_plan_file_read(&f->file, f->path));
    const rq_plan_inputs inputs = {.given = f->file};
    return rq_quant_plan_create(&f->followed, f->bound, f->stats, &f->file->settings, &inputs);
}

static void digest_of(fixture *f, const rq_quant_plan *plan, char digest[33])
{
    rq_graph_destroy(&f->edited);
    assert_ok(rq_graph_clone(&f->edited, f->g));
    assert_ok(rq_quant_plan_apply(f->edited, plan));
    assert_ok(rq_graph_load(f->edited));
    assert_ok(rq_graph_digest(digest, f->edited));
}

static const rq_plan_activation *activation_of(const fixture *f, const rq_quant_plan *plan,
                                               const char *layer)
{
    for (size_t i = 0; i < plan->n_activations; i++)
        if (!strcmp(rq_value_producer(f->g, plan->activations[i].point.value)->name, layer))
            return &plan->activations[i];
    return NULL;
}

static const rq_plan_weight *weight_of(const fixture *f, const rq_quant_plan *plan,
                                       const char *layer)
{
    for (size_t i = 0; i < plan->n_weights; i++)
        if (!strcmp(f->g->nodes[plan->weights[i].point.node]->name, layer))
            return &plan->weights[i];
    return NULL;
}

/* -- round trip ----------------------------------------------------------------------------- */

static void test_same_plan_gives_same_bytes(void **state)
{
    fixture *f = *state;
    char before[33], after[33];
    assert_int_equal(f->plan->n_weights, 5);
    digest_of(f, f->plan, before);
    assert_ok(follow(f));
    digest_of(f, f->followed, after);
    assert_string_equal(before, after);
    assert_ok(rq_quant_plan_save(f->followed, f->g, f->g, NULL, f->again));
    char *first = load(f, f->path), *second = load(f, f->again);
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void test_settings_are_read(void **state)
{
    fixture *f = *state;
    const rq_plan_options options = {.preset = RQ_PRESET_MIXED,
                                     .overflow = RQ_OVERFLOW_ALL,
                                     .may_saturate = true,
                                     .range = "percentile"};
    rq_quant_plan_destroy(&f->plan);
    assert_ok(rq_quant_plan_create(&f->plan, f->bound, f->stats, &options, NULL));
    assert_ok(rq_quant_plan_save(f->plan, f->g, f->g, NULL, f->path));
    assert_ok(rq_plan_file_read(&f->file, f->path));
    const rq_plan_options *got = &f->file->settings;
    assert_int_equal(got->preset, RQ_PRESET_MIXED);
    assert_int_equal(got->overflow, RQ_OVERFLOW_ALL);
    assert_true(got->may_saturate);
    assert_false(got->bias_correction);
    assert_string_equal(got->range, "percentile");
    assert_int_equal(got->precision, RQ_PRECISION_INT8);
}

/* Models imported from Caffe may have none. */
static void test_model_without_name(void **state)
{
    fixture *f = *state;
    f->g->name = "";
    assert_ok(rq_quant_plan_save(f->plan, f->g, f->g, NULL, f->path));
    assert_ok(rq_plan_file_read(&f->file, f->path));
    assert_string_equal(f->file->model, "unnamed");
}

/* What OpenVINO ran is there to be read, and changes nothing. */
static void test_kernels_are_told(void **state)
{
    fixture *f = *state;
    const char **names = calloc(f->g->n_nodes, sizeof *names);
    const char **precisions = calloc(f->g->n_nodes, sizeof *precisions);
    rq_id c1 = f->plan->weights[0].point.node, c4 = f->plan->weights[4].point.node;
    char before[33], after[33];
    assert_non_null(names);
    assert_non_null(precisions);
    names[c1] = "brgconv_avx512_I8";
    precisions[c1] = "i8";
    names[c4] = "ref";
    const rq_plan_kernels kernels = {"OpenVINO 1", names, precisions};
    assert_ok(rq_quant_plan_save(f->plan, f->g, f->g, &kernels, f->path));
    char *text = load(f, f->path);
    assert_non_null(strstr(text, "\"kernel\": \"brgconv_avx512_I8\""));
    free(text);
    assert_ok(follow(f));
    assert_string_equal(f->file->runtime, "OpenVINO 1");
    assert_string_equal(rq_plan_file_weight_of(f->file, "c1", 1)->ran_in, "i8");
    assert_null(rq_plan_file_weight_of(f->file, "c4", 1)->ran_in);
    digest_of(f, f->plan, before);
    digest_of(f, f->followed, after);
    assert_string_equal(before, after);
    free(precisions);
    free(names);
}

/* -- edits ---------------------------------------------------------------------------------- */

static void test_edited_range_is_taken(void **state)
{
    fixture *f = *state;
    edit_list(f, "\"layer\": \"x\"", "\"low\"", "[-1.5]");
    edit_list(f, "\"layer\": \"x\"", "\"high\"", "[2.25]");
    edit(f, "\"layer\": \"x\"", "\"estimator\": \"mse\"", "\"estimator\": \"by hand\"");
    assert_ok(follow(f));
    const rq_plan_activation *a = activation_of(f, f->followed, "x");
    /* 0 is level 102 of 255: -1.5 to 2.25 has it there already. */
    assert_true(a->low[0] == -1.5f && a->high[0] == 2.25f);
    assert_string_equal(a->estimator, "by hand");
    const rq_plan_activation *other = activation_of(f, f->plan, "r1"),
                             *same = activation_of(f, f->followed, "r1");
    assert_memory_equal(same->high, other->high, other->n * sizeof *same->high);
}

/* 0 between two levels would turn every zero into something else. */
static void test_range_without_zero_is_widened(void **state)
{
    fixture *f = *state;
    edit_list(f, "\"layer\": \"x\"", "\"low\"", "[-1.0]");
    edit_list(f, "\"layer\": \"x\"", "\"high\"", "[2.2]");
    assert_ok(follow(f));
    const rq_plan_activation *a = activation_of(f, f->followed, "x");
    double level = -255.0 * a->low[0] / ((double)a->high[0] - a->low[0]);
    assert_true(a->low[0] <= -1.0f && a->high[0] >= 2.2f && a->high[0] - a->low[0] < 3.22f);
    assert_true(fabs(level - round(level)) < 1e-4);
}

static void test_joined_values_keep_one_range(void **state)
{
    fixture *f = *state;
    edit_list(f, "\"layer\": \"c3\"", "\"high\"", "[17.0]");
    assert_fails(follow(f), RQ_EFORMAT, "unified scale");
    edit_list(f, "\"layer\": \"c3\"", "\"low\"", "[0.0]");
    edit_list(f, "\"layer\": \"c2\"", "\"low\"", "[0.0]");
    edit_list(f, "\"layer\": \"c2\"", "\"high\"", "[17.0]");
    assert_ok(follow(f));
    assert_true(activation_of(f, f->followed, "c2")->high[0] == 17.0f);
    assert_true(activation_of(f, f->followed, "c3")->high[0] == 17.0f);
}

static void remove_entry(fixture *f, const char *list)
{
    char *text = load(f, f->path);
    size_t start = find(text, list, "{");
    splice(f, text, start, find(text + start, "{", "},") + 2, "");
}

/* An entry that is gone is decided from the statistics, as if for the first time. */
static void test_removed_range_is_decided_anew(void **state)
{
    fixture *f = *state;
    remove_entry(f, "\"activations\"");
    assert_ok(follow(f));
    assert_int_equal(f->file->n_activations, f->plan->n_activations - 1);
    const rq_plan_activation *a = activation_of(f, f->followed, "x"),
                             *old = activation_of(f, f->plan, "x");
    assert_true(a->low[0] == old->low[0] && a->high[0] == old->high[0]);
}

static void test_edited_scales_are_taken(void **state)
{
    fixture *f = *state;
    edit_list(f, "\"layer\": \"c3\",\n      \"type\"", "\"scales\"", "[0.25, 0.125]");
    assert_ok(follow(f));
    const rq_plan_weight *w = weight_of(f, f->followed, "c3");
    const float *weights = rq_graph_find(f->g, "c3/w")->data;
    assert_true(w->codes.scales[0] == 0.25f && w->codes.scales[1] == 0.125f);
    for (int i = 0; i < 6; i++)
        assert_int_equal(w->codes.codes[i], (int)nearbyint(weights[i] / 0.25));
}

static void test_layer_is_switched_off(void **state)
{
    fixture *f = *state;
    char digest[33];
    edit(f, "\"layer\": \"c2\",\n      \"type\"", "\"int8\"", "\"fp32\"");
    assert_ok(follow(f));
    assert_int_equal(f->followed->n_weights, 4);
    assert_null(weight_of(f, f->followed, "c2"));
    rq_id c2 = rq_graph_find(f->g, "c2")->id;
    assert_string_equal(f->followed->placement->ignored[c2], "ignored in plan.json");
    digest_of(f, f->followed, digest);
    assert_string_equal(rq_graph_find(f->edited, "c2")->type, "Convolution");
    assert_string_equal(rq_value_producer(f->edited, rq_graph_find(f->edited, "c2")->in[1])->type,
                        "Const");
    assert_ok(rq_quant_plan_save(f->followed, f->g, f->g, NULL, f->path)); /* and it stays off */
    rq_quant_plan_destroy(&f->followed);
    assert_ok(follow(f));
    assert_null(weight_of(f, f->followed, "c2"));
}

static void test_layer_with_weights_only(void **state)
{
    fixture *f = *state;
    char digest[33];
    edit(f, "\"layer\": \"c4\",\n      \"type\"", "\"int8\"", "\"int8-weights\"");
    assert_ok(follow(f));
    assert_null(weight_of(f, f->followed, "c4"));
    assert_int_equal(f->followed->n_compressed, 1);
    assert_int_equal(f->followed->compressed[0].precision, RQ_PRECISION_INT8_WEIGHTS);
    assert_false(f->followed->compressed[0].codes.scheme.asymmetric); /* beside FakeQuantize */
    assert_null(activation_of(f, f->followed, "c2"));                 /* nobody asks any more */
    digest_of(f, f->followed, digest);
    const rq_node *c4 = rq_graph_find(f->edited, "c4");
    assert_string_equal(rq_value_producer(f->edited, c4->in[0])->type, "Concat");
    assert_string_equal(rq_value_producer(f->edited, c4->in[1])->type, "Convert");
}

/* -- refusals ------------------------------------------------------------------------------- */

static void test_other_model_is_refused(void **state)
{
    fixture *f = *state;
    make_graph(f, 7);
    assert_fails(follow(f), RQ_EFORMAT, "layer 'c1' is of 7 channels, in the plan of 6");
    make_graph(f, 6);
    rq_node *c4 = rq_graph_find(f->g, "c4");
    assert_ok(rq_graph_rename(f->g, c4, "c5"));
    assert_fails(follow(f), RQ_EFORMAT, "layer 'c4' is absent, in the plan Convolution");
    make_graph(f, 6);
    assert_ok(rq_node_set_attr(f->g, rq_graph_find(f->g, "c1"), "auto_pad", "valid"));
    assert_fails(follow(f), RQ_EFORMAT, "but other weights or attributes");
}

typedef struct mistake {
    const char *after, *from, *to, *message;
} mistake;

static void test_mistakes_are_named(void **state)
{
    static const mistake mistakes[] = {
        {"", "requant plan", "a plan", "is not a plan"},
        {"", "\"version\": 2", "\"version\": 9", "version: found 9"},
        {"", "\"settings\"", "\"setings\"", "did you mean 'settings'"},
        {"", "\"performance\"", "\"fast\"", "settings: preset: found \"fast\""},
        {"", "\"range\": \"auto\"", "\"range\": \"best\"", "unknown estimator 'best'"},
        {"", "\"levels\": 256", "\"levels\": 1", "value 'x': levels: found 1"},
        {"\"low\"", "[", "[7, ", "low"},
        {"\"activations\"", "\"estimator\"", "\"estimatr\"", "did you mean 'estimator'"},
        {"\"scales\"", "[", "[-1, ", "layer 'c1': scales: number 0 is -1"},
        {"\"scales\"", "[", "[1, ", "layer 'c1': found of 7, expected what"},
        {"\"weights\"", "\"int8\"", "\"int4\"", "precision: found \"int4\""},
        {"\"weights\"", "\"c2\"", "\"c1\"", "'c1:1' occurs twice"},
        {"\"ignored_layers\"", "[", "[3", "ignored_layers[0]: found 3, expected an object"},
        {"\"ignored_layers\"", "[", "[{\"layer\":\"nix\",\"type\":\"Add\"}",
         "layer 'nix': expected one of "},
        {"", "\"ignored_layers\"", "\"kept\": [], \"ignored_layers\"",
         "kept: is an earlier name of 'ignored_layers', which is there too"},
        {"\"activations\"", "\"consumers\"", "\"readers\": [], \"consumers\"",
         "value 'x': readers: is an earlier name of 'consumers'"},
        {"\"activations\"", "\"estimator\"", "\"choice\": \"a\", \"estimator\"",
         "value 'x': choice: is an earlier name of 'estimator_reason'"},
        {"\"layer\": \"r1\"", "\"at\": \"output\"", "\"at\": \"inside\"", "at: found \"inside\""},
        {"\"layer\": \"r1\"", "\"at\": \"output\"", "\"at\": \"input\"",
         "value 'r1': at: found input, expected output"},
        {"\"layer\": \"x\"", "\"c1:0\"", "\"c4:0\"",
         "value 'x': consumers: found 'c4:0', expected inputs that read the value"},
        {"\"layer\": \"x\"", "\"c1:0\"", "1", "value 'x': consumers: [0]: expected a text"},
        {"\"layer\": \"dw\"", "\"c2:0\",", "",
         "value 'dw': at: found output, expected input, as 'c2:0' is not among the consumers"},
        {"\"value\": \"r1\"", "\"layer\": \"r1\"", "\"layer\": \"c1\"",
         "value 'r1': layer: found c1, expected r1"},
        {"\"weights\"", "\"axis\": 0", "\"axis\": 1", "layer 'c1': axis: found 1, expected 0"},
        {"\"weights\"", "\"c1\"", "\"c11\"", "layer 'c11': expected one of "},
        {"\"weights\"", "\"c1\"", "\"c11\"", "did you mean 'c1"},
        {"", "{", "{{", ":1:2:"},
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        assert_ok(rq_quant_plan_save(f->plan, f->g, f->g, NULL, f->path));
        edit(f, mistakes[i].after, mistakes[i].from, mistakes[i].to);
        assert_int_equal(follow(f), RQ_EFORMAT);
        if (!strstr(rq_error_text(), mistakes[i].message))
            fail_msg("'%s' lacks '%s'", rq_error_text(), mistakes[i].message);
        if (!strstr(rq_error_text(), f->path)) fail_msg("'%s' names no file", rq_error_text());
    }
}

typedef struct log_text {
    char text[2048];
} log_text;

static void take_log(void *ctx, const char *text)
{
    log_text *log = ctx;
    size_t at = strlen(log->text);
    snprintf(log->text + at, sizeof log->text - at, "%s\n", text);
}

/* Follows the plan and returns what was logged. */
static const char *follow_logged(fixture *f, log_text *log)
{
    const rq_callbacks callbacks = {.ctx = log, .log = take_log};
    *log = (log_text){""};
    rq_quant_plan_destroy(&f->followed);
    rq_callbacks_install(&callbacks);
    assert_ok(follow(f));
    rq_callbacks_install(NULL);
    return log->text;
}

/* What a plan leaves open, or says in vain, is told. */
static void test_differences_are_logged(void **state)
{
    fixture *f = *state;
    log_text log;
    assert_string_equal(follow_logged(f, &log), "");
    remove_entry(f, "\"activations\"");
    assert_non_null(strstr(follow_logged(f, &log), "no ranges of these values, decided from the "
                                                   "statistics: 'x'\n"));
    remove_entry(f, "\"weights\"");
    assert_non_null(strstr(follow_logged(f, &log), "which are quantized all the same"));
    assert_non_null(strstr(log.text, "): 'c1'\n"));
    assert_ok(rq_quant_plan_save(f->plan, f->g, f->g, NULL, f->path));
    edit(f, "\"layer\": \"c4\",\n      \"type\"", "\"int8\"", "\"fp32\"");
    assert_non_null(strstr(follow_logged(f, &log), "ranges that are not used"));
    assert_non_null(strstr(log.text, ": 'c2', 'c3'\n"));
}

static void test_byte_order_mark(void **state)
{
    fixture *f = *state;
    edit(f, "", "{", "\xEF\xBB\xBF{");
    assert_ok(follow(f));
}

/* Every beginning of a plan is refused without harm. */
static void test_cut_plan_is_refused(void **state)
{
    fixture *f = *state;
    char *text = load(f, f->path);
    size_t length = strlen(text);
    for (size_t n = 0; n + 2 < length; n += 97) {
        assert_ok(rq_write_file(f->path, text, n));
        assert_int_equal(rq_plan_file_read(&f->file, f->path), RQ_EFORMAT);
        assert_null(f->file);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_plan_gives_same_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_settings_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_model_without_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_kernels_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_edited_range_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_range_without_zero_is_widened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_joined_values_keep_one_range, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_removed_range_is_decided_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_edited_scales_are_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_layer_is_switched_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_layer_with_weights_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_model_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mistakes_are_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_differences_are_logged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_byte_order_mark, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_plan_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
