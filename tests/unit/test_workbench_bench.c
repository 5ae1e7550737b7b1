/* How fast models are: turns, layers with their work, and the three forms of the result. */
#include "tests/unit/toy_quantize.h"

#include "engine/base/callbacks.h"
#include "engine/base/formats/json.h"
#include "engine/workbench/bench/bench_run.h"
#include "engine/workbench/bench/layer_times.h"
#include "engine/workbench/bench/machine.h"
#include "engine/workbench/bench/speed.h"
#include "tests/unit/scratch.h"
#include "tests/unit/test_report_near.h"

#define MODELS 2
/* Of conv1: 2 * 12 products at 256 places; 3 and 4 channels and its weights are moved. */
#define CONV1_FLOPS (2.0 * 12 * 256)
#define CONV1_BYTES (4.0 * (3 * 256 + 12 + 4 * 256))

typedef struct fixture {
    rq_bench bench;
    rq_bench_entry entries[MODELS];
    rq_graph *graphs[MODELS];
} fixture;

static void open_fixture(fixture *f, bool per_layer)
{
    static const char *const names[MODELS] = {"small", "la,rge"};
    const rq_exec_options exec = {.backend = "reference"};
    memset(f, 0, sizeof *f);
    f->bench = (rq_bench){.entries = f->entries,
                          .n = MODELS,
                          .threads = 1,
                          .streams = 2,
                          .seconds = 0.05,
                          .seed = 1,
                          .per_layer = per_layer,
                          .cpu = "A \"CPU\"",
                          .isa = "sse",
                          .peak = {.flops = 1e9, .bytes = 1e9}};
    for (size_t i = 0; i < MODELS; i++) {
        rq_bench_entry *e = &f->entries[i];
        e->model = names[i];
        e->path = "model.xml";
        e->backend = rq_backend_find("reference");
        f->graphs[i] = toy_graph(&(toy_net){.loud = 1, .classes = i > 0});
        e->graph = f->graphs[i];
        assert_ok(rq_model_create(&e->alone, e->graph, &exec));
        assert_ok(rq_model_create(&e->shared, e->graph, &exec));
    }
}

static void close_fixture(fixture *f)
{
    for (size_t i = 0; i < MODELS; i++) {
        free(f->entries[i].layers);
        rq_model_destroy(&f->entries[i].alone);
        rq_model_destroy(&f->entries[i].shared);
        rq_graph_destroy(&f->graphs[i]);
    }
}

static void measure(fixture *f)
{
    const rq_model *models[MODELS] = {f->entries[0].alone, f->entries[1].alone};
    rq_timing timings[MODELS];
    assert_ok(rq_timing_measure(timings, models, MODELS,
                                &(rq_timing_options){.seconds = f->bench.seconds, .seed = 1}));
    for (size_t i = 0; i < MODELS; i++) f->entries[i].latency = timings[i];
    assert_ok(rq_bench_streams(&f->bench));
    assert_ok(rq_bench_layers(&f->bench));
}

/* -- the whole run ---------------------------------------------------------------------------- */

/* The path of a model in a folder of its own. */
static const char *write_model(char *path, size_t room, void **state, const char *folder)
{
    char name[16];
    assert_int_equal(mkdir(scratch_path(state, folder), 0700), 0);
    snprintf(name, sizeof name, "%s/model", folder);
    toy_save(state, name, toy_graph(&(toy_net){.loud = 1}));
    snprintf(path, room, "%s/%s.xml", (const char *)*state, name);
    return path;
}

/* Two files of one name on two backends, and a shape that neither has an input for. */
static void test_run(void **state)
{
    char a[512], b[512];
    const char *const models[] = {write_model(a, sizeof a, state, "a"),
                                  write_model(b, sizeof b, state, "b")};
    const char *const backends[] = {"reference", NULL};
    rq_exec_options exec = {0};
    rq_bench_job job = {models, 2, backends, 2, &exec, 1, 2, 0.02, 1, true};
    rq_bench bench;
    rq_arena *arena;
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_bench_run(&bench, &job, arena));
    assert_int_equal(bench.n, 4);
    for (size_t i = 0; i < bench.n; i++) {
        const rq_bench_entry *e = &bench.entries[i];
        assert_string_equal(e->model, models[i / 2]); /* "model" alone would be both */
        assert_ptr_equal(e->backend, rq_backend_find(backends[i % 2]));
        assert_true(e->read_seconds > 0 && e->plan_seconds > 0 && e->latency.median > 0);
        assert_true(e->throughput.rate > 0 && e->timed_layers);
    }
    rq_bench_close(&bench);
    const rq_input_shape shape = {"y", {2, {1, 3}}};
    exec.shapes = &shape;
    exec.n_shapes = 1;
    assert_fails(rq_bench_run(&bench, &job, arena), RQ_EARG, "--shape y[1,3]: no model has");
    rq_bench_close(&bench);
    rq_arena_destroy(&arena);
}

/* -- measuring -------------------------------------------------------------------------------- */

static void test_times_and_layers(void **state)
{
    fixture f;
    (void)state;
    open_fixture(&f, true);
    measure(&f);
    for (size_t i = 0; i < MODELS; i++) {
        const rq_bench_entry *e = &f.entries[i];
        const rq_timing *t = &e->latency;
        assert_true(t->p10 > 0 && t->p10 <= t->median && t->median <= t->p90 && t->p90 <= t->p99);
        assert_true(t->runs >= 5 && t->summary.slices >= 5);
        assert_true(e->throughput.rate > 0 && e->throughput.slices >= 5);
        assert_true(e->session_bytes > 0 && e->timed_layers);
    }
    assert_near(f.entries[0].latency.summary.ratio, 1, 0);
    const rq_bench_layer *first = NULL;
    for (size_t k = 0; k < f.entries[0].n_layers; k++)
        if (!strcmp(f.entries[0].layers[k].node->name, "conv1")) first = &f.entries[0].layers[k];
    assert_non_null(first);
    assert_near(first->work.flops, CONV1_FLOPS, 0);
    assert_near(first->work.bytes, CONV1_BYTES, 0);
    assert_true(first->seconds > 0);
    assert_non_null(first->kernel);
    assert_true(f.entries[1].work.flops > f.entries[0].work.flops);
    close_fixture(&f);
}

static void test_layers_by_type(void **state)
{
    fixture f;
    rq_bench_type *types;
    size_t n;
    (void)state;
    open_fixture(&f, false);
    assert_ok(rq_bench_layers(&f.bench));
    assert_false(f.entries[0].timed_layers);
    for (size_t k = 0; k < f.entries[0].n_layers; k++)
        f.entries[0].layers[k].seconds = strcmp(f.entries[0].layers[k].node->type, "ReLU") ? 1 : 9;
    assert_ok(rq_bench_types(&types, &n, &f.entries[0]));
    assert_string_equal(types[0].type, "ReLU");
    assert_int_equal(types[0].count, 2);
    assert_near(types[0].seconds, 18, 0);
    assert_string_equal(types[1].type, "Convolution");
    assert_int_equal(types[1].count, 3);
    assert_near(types[1].work.flops, 2.0 * (12 + 16 + 16) * 256, 0);
    free(types);
    close_fixture(&f);
}

static void test_judging(void **state)
{
    (void)state;
    const rq_peak peak = {.flops = 100, .bytes = 10};
    assert_near(rq_bench_bound(&(rq_work){.flops = 1000, .bytes = 10}, &peak), 10, 0);
    assert_near(rq_bench_bound(&(rq_work){.flops = 1000, .bytes = 200}, &peak), 20, 0);
    assert_near(rq_bench_bound(&(rq_work){0}, &peak), 0, 0);
}

/* Both sides, node by node: what has the name of a layer can be set beside it. */
static void test_layer_times(void **state)
{
    rq_arena *arena;
    rq_node_times before, after;
    rq_graph *a = toy_graph(&(toy_net){.loud = 1}),
             *b = toy_graph(&(toy_net){.loud = 1, .classes = true});
    bool found = false;
    (void)state;
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_layer_times_measure(&before, &after, a, b, &(rq_exec_options){.threads = 1}, 0.02,
                                     1, arena));
    rq_graph_destroy(&a);
    rq_graph_destroy(&b); /* the lists are their own */
    assert_true(before.n >= 4 && after.n > before.n);
    for (size_t i = 0; i < after.n; i++) {
        assert_true(after.nodes[i].ms >= 0 && after.nodes[i].ms < 1000);
        found |= !strcmp(after.nodes[i].name, "classes") && !strcmp(after.nodes[i].type, "MatMul");
    }
    assert_true(found);
    rq_arena_destroy(&arena);
}

/* Whatever the workload runs on, they are timed on what a deployment runs on. */
static void test_speed_of_two(void **state)
{
    rq_workload w;
    rq_speed_result speeds[RQ_MAX_SPEEDS];
    size_t n;
    (void)state;
    toy_settings(&w, NULL);
    w.exec.library = "/nowhere"; /* whether or not OpenVINO is here */
    w.graph = toy_graph(&(toy_net){.loud = 1});
    const rq_backend *backend = rq_speed_backend(&w.exec);
    assert_non_null(backend);
    assert_null(rq_backend_missing(backend, NULL));
    assert_ok(rq_speed_measure(speeds, &n, &w, w.graph, w.graph, 0.02, NULL));
    assert_string_equal(w.exec.backend, "reference");
    bool bf16 = rq_backend_prefers_bf16(backend, NULL);
    assert_int_equal(n, bf16 ? 2 : 1); /* what deployments run comes first */
    assert_string_equal(speeds[0].precision, bf16 ? "bf16" : "f32");
    assert_string_equal(speeds[n - 1].precision, "f32");
    for (size_t i = 0; i < n; i++) {
        const rq_speed_result *speed = &speeds[i];
        assert_string_equal(speed->backend, rq_backend_name(backend));
        assert_true(speed->before.runs >= 5 && speed->after.runs >= 5);
        assert_true(speed->before.median > 0 && speed->after.median > 0);
    }
    rq_workload_close(&w);
}

static bool always(void *ctx)
{
    (void)ctx;
    return true;
}

static void test_stopped(void **state)
{
    fixture f;
    const rq_callbacks callbacks = {.cancelled = always};
    (void)state;
    open_fixture(&f, true);
    rq_callbacks_install(&callbacks);
    assert_fails(rq_bench_streams(&f.bench), RQ_ECANCELLED, "");
    assert_fails(rq_bench_layers(&f.bench), RQ_ECANCELLED, "interrupted");
    rq_callbacks_install(NULL);
    close_fixture(&f);
}

static void test_the_machine(void **state)
{
    rq_peak peak;
    rq_arena *arena;
    (void)state;
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_peak_measure(&peak, 1));
    assert_true(peak.flops > 1e7 && peak.bytes > 1e7);
    assert_true(rq_peak_memory() > 1e6);
    assert_non_null(rq_machine_isa());
    rq_arena_destroy(&arena);
}

/* -- showing ---------------------------------------------------------------------------------- */

/* Known figures in all entries. */
static void set_figures(fixture *f)
{
    bool per_layer = f->bench.per_layer;
    f->bench.per_layer = false; /* they are listed, and not timed */
    assert_ok(rq_bench_layers(&f->bench));
    f->bench.per_layer = per_layer;
    for (size_t i = 0; i < MODELS; i++) {
        rq_bench_entry *e = &f->entries[i];
        e->latency = (rq_timing){.median = 2e-3, .p10 = 1e-3, .p90 = 3e-3, .p99 = 4e-3, .runs = 70};
        e->latency.summary =
            (rq_interleaved_summary){500, i ? 0.5 : 0.01, i ? 0.25 : 1, 0.2, 0.3, 9};
        e->latency.noise = i ? "times vary more than the speed-up" : NULL;
        e->throughput = (rq_interleaved_summary){800, 0.02, 1, 1, 1, 9};
        for (size_t k = 0; k < e->n_layers; k++) e->layers[k].seconds = 1e-4;
        e->timed_layers = true;
    }
}

static void test_json(void **state)
{
    fixture f;
    rq_buf text = {0};
    rq_json *root;
    (void)state;
    open_fixture(&f, true);
    set_figures(&f);
    assert_ok(rq_bench_json(&text, &f.bench));
    assert_ok(rq_json_parse(&root, text.data, text.length, "bench"));
    assert_string_equal(rq_json_as_string(rq_json_get(rq_json_get(root, "machine"), "cpu"), NULL),
                        "A \"CPU\"");
    assert_int_equal(rq_json_as_integer(rq_json_get(root, "streams"), 0), 2);
    const rq_json *entries = rq_json_get(root, "entries"), *second = rq_json_at(entries, 1);
    assert_int_equal(rq_json_length(entries), MODELS);
    assert_string_equal(rq_json_as_string(rq_json_get(second, "model"), NULL), "la,rge");
    const rq_json *latency = rq_json_get(second, "latency");
    assert_near(rq_json_as_number(rq_json_get(latency, "median"), NAN), 2e-3, 0);
    assert_near(rq_json_as_number(rq_json_get(latency, "ratio"), NAN), 0.25, 0);
    assert_true(rq_json_as_bool(rq_json_get(latency, "noisy"), false));
    const rq_json *layers = rq_json_get(rq_json_at(entries, 0), "layers"), *layer = NULL;
    for (size_t k = 0; k < rq_json_length(layers); k++)
        if (!strcmp(rq_json_as_string(rq_json_get(rq_json_at(layers, k), "name"), ""), "conv1"))
            layer = rq_json_at(layers, k);
    assert_near(rq_json_as_number(rq_json_get(layer, "flops"), NAN), CONV1_FLOPS, 0);
    assert_near(rq_json_as_number(rq_json_get(layer, "roofline_seconds"), NAN), CONV1_BYTES / 1e9,
                1e-12);
    rq_json_free(&root);
    rq_buf_free(&text);
    close_fixture(&f);
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++) n++;
    return n;
}

static void test_csv(void **state)
{
    fixture f;
    rq_buf models = {0}, layers = {0};
    (void)state;
    open_fixture(&f, false);
    set_figures(&f);
    assert_ok(rq_bench_csv(&models, &f.bench));
    assert_int_equal(count(models.data, "\r\n"), 1 + MODELS);
    assert_non_null(
        strstr(models.data, "\r\n\"la,rge\",reference,0.002,0.001,0.003,0.004,70,0.5,0.25,"));
    f.bench.per_layer = true;
    assert_ok(rq_bench_csv(&layers, &f.bench));
    assert_int_equal(count(layers.data, "\r\n"), 1 + f.entries[0].n_layers + f.entries[1].n_layers);
    assert_non_null(strstr(layers.data, "\r\nsmall,reference,conv1,Convolution,"));
    assert_non_null(strstr(layers.data, ",0.0001,6144,7216,7.216e-06\r\n"));
    rq_buf_free(&models);
    rq_buf_free(&layers);
    close_fixture(&f);
}

static void test_text(void **state)
{
    fixture f;
    rq_buf text = {0};
    (void)state;
    open_fixture(&f, true);
    set_figures(&f);
    f.entries[1].timed_layers = false;
    assert_ok(rq_bench_text(&text, &f.bench));
    assert_non_null(strstr(text.data, "\nfloats in f32\n\n"));
    assert_non_null(strstr(text.data, "latency, 1 thread"));
    assert_non_null(strstr(text.data, "throughput, 2 streams"));
    assert_null(strstr(text.data, "0.25x")); /* noise */
    assert_non_null(strstr(text.data, "1.00x"));
    assert_non_null(strstr(text.data, "0.20 .. 0.30"));
    assert_non_null(strstr(text.data, "measured peak 1.0 GFLOP/s"));
    assert_non_null(strstr(text.data, "la,rge on reference, layers: this backend reports no"));
    assert_non_null(strstr(text.data, "not measurable now: the latency of la,rge on reference: "
                                      "times vary more"));
    assert_null(strstr(text.data, "the throughput of"));
    assert_int_equal(count(text.data, "conv1 "), 1); /* of the entry whose layers were timed */
    rq_buf_free(&text);
    f.entries[0].prefers_bf16 = true;
    assert_ok(rq_bench_text(&text, &f.bench));
    assert_non_null(strstr(text.data, "floats in f32; by default reference runs FP32 models in "
                                      "bf16 here: --math bf16\n"));
    rq_buf_free(&text);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_run, scratch_setup, scratch_teardown),
        cmocka_unit_test(test_times_and_layers),
        cmocka_unit_test(test_layers_by_type),
        cmocka_unit_test(test_judging),
        cmocka_unit_test(test_layer_times),
        cmocka_unit_test(test_speed_of_two),
        cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_the_machine),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
