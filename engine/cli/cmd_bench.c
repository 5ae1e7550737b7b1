/* requant bench: how fast models run, on which backend, and why. */
#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/base/progress.h"
#include "engine/base/threads.h"
#include "engine/workbench/bench/bench.h"
#include "engine/workbench/bench/machine.h"
#include "engine/api/options/model_options.h"
#include "engine/cli/command.h"
#include "engine/ir/ir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MODELS 64
#define MAX_BACKENDS 16

typedef struct state {
    const rq_args *args;
    rq_workload workload;               /* how models are run */
    const char *backends[MAX_BACKENDS]; /* NULL: the default */
    size_t n_backends, n_models;
    rq_graph *graphs[MAX_MODELS];
    double read_seconds[MAX_MODELS];
    rq_bench bench;
} state;

/* -- options -------------------------------------------------------------------------------- */

/* "onednn,openvino"; without one, the default backend. */
static rq_status split_backends(state *s)
{
    const char *text = s->workload.exec.backend;
    s->n_backends = 1;
    if (!text) return RQ_OK;
    for (s->n_backends = 0; text; s->n_backends++) {
        if (s->n_backends == MAX_BACKENDS)
            return rq_fail(RQ_EARG, "--backend %s: at most %d are possible",
                           s->workload.exec.backend, MAX_BACKENDS);
        const char *comma = strchr(text, ',');
        size_t length = comma ? (size_t)(comma - text) : strlen(text);
        char *name = rq_arena_strndup(s->workload.arena, text, length);
        if (!name) return RQ_ENOMEM;
        s->backends[s->n_backends] = name;
        text = comma ? comma + 1 : NULL;
    }
    return RQ_OK;
}

static rq_status read_options(state *s)
{
    const rq_args *args = s->args;
    int64_t streams;
    RQ_TRY(rq_workload_open(&s->workload));
    RQ_TRY(rq_model_options_read(&s->workload, rq_args_settings(args)));
    RQ_TRY(split_backends(s));
    RQ_TRY(rq_threads_option(&s->bench.threads, rq_args_settings(args)));
    RQ_TRY(rq_args_integer(&streams, args, "streams", rq_cpu_count(), 1, 1024));
    RQ_TRY(rq_settings_number(&s->bench.seconds, rq_args_settings(args), "seconds", 3, 0.01, 3600));
    s->bench.streams = (unsigned)streams;
    s->bench.per_layer = rq_args_has(args, "per-layer");
    s->bench.seed = 1;
    s->bench.cpu = rq_machine_cpu(s->workload.arena);
    s->bench.isa = rq_machine_isa();
    return RQ_OK;
}

/* -- models --------------------------------------------------------------------------------- */

/* Of the shapes given, those whose input this model has. */
static size_t pick_shapes(const state *s, const rq_graph *graph, rq_input_shape *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s->workload.exec.n_shapes; i++)
        if (rq_graph_find_parameter(graph, s->workload.shapes[i].name))
            out[n++] = s->workload.shapes[i];
    return n;
}

static rq_status check_shapes(const state *s)
{
    for (size_t i = 0; i < s->workload.exec.n_shapes; i++) {
        bool found = false;
        for (size_t m = 0; m < s->n_models; m++)
            found |= rq_graph_find_parameter(s->graphs[m], s->workload.shapes[i].name) != NULL;
        if (!found)
            return rq_fail(RQ_EARG, "--shape %s: no model has such an input",
                           rq_settings_at(rq_args_settings(s->args), "shape", i));
    }
    return RQ_OK;
}

static rq_status read_models(state *s)
{
    s->n_models = rq_args_operands(s->args);
    for (size_t m = 0; m < s->n_models; m++) {
        double started = rq_now();
        RQ_TRY(rq_ir_read(&s->graphs[m], rq_args_operand(s->args, m)));
        s->read_seconds[m] = rq_now() - started;
    }
    return check_shapes(s);
}

/* The file's name, if no other model has it too. */
static rq_status name_model(const char **out, const state *s, size_t model)
{
    const char *path = rq_args_operand(s->args, model);
    char *stem = rq_path_stem(path);
    if (!stem) return rq_fail_memory(strlen(path), "a name");
    bool unique = true;
    for (size_t m = 0; m < s->n_models; m++) {
        char *other = rq_path_stem(rq_args_operand(s->args, m));
        unique = unique && (m == model || (other && strcmp(other, stem) != 0));
        free(other);
    }
    *out = rq_arena_strdup(s->workload.arena, unique ? stem : path);
    free(stem);
    return *out ? RQ_OK : RQ_ENOMEM;
}

static rq_status plan_entry(rq_bench_entry *e, const state *s, const char *backend)
{
    rq_input_shape shapes[RQ_MAX_SHAPES];
    rq_exec_options exec = {.backend = backend,
                            .shapes = shapes,
                            .n_shapes = pick_shapes(s, e->graph, shapes),
                            .saturating = true, /* as deployments run */
                            .bf16 = s->workload.exec.bf16,
                            .threads = s->bench.threads,
                            .library = s->workload.exec.library};
    double started = rq_now();
    RQ_TRY(rq_model_create(&e->alone, e->graph, &exec));
    e->plan_seconds = rq_now() - started;
    e->backend = rq_backend_find(rq_model_backend(e->alone));
    e->version = rq_backend_version(e->backend, exec.library);
    exec.threads = 1;
    exec.streams = s->bench.streams;
    return rq_model_create(&e->shared, e->graph, &exec);
}

static rq_status open_entry(state *s, size_t model, const char *backend)
{
    rq_bench_entry *e = &s->bench.entries[s->bench.n];
    e->path = rq_args_operand(s->args, model);
    e->graph = s->graphs[model];
    e->read_seconds = s->read_seconds[model];
    RQ_TRY(name_model(&e->model, s, model));
    s->bench.n++;
    rq_status status = plan_entry(e, s, backend);
    return status == RQ_OK ? RQ_OK : rq_fail_prefix(status, "%s", e->path);
}

static rq_status open_entries(state *s)
{
    RQ_TRY(rq_calloc(&s->bench.entries, s->n_models * s->n_backends, sizeof *s->bench.entries,
                     "models"));
    for (size_t m = 0; m < s->n_models; m++)
        for (size_t b = 0; b < s->n_backends; b++) RQ_TRY(open_entry(s, m, s->backends[b]));
    return RQ_OK;
}

/* -- measuring and showing ------------------------------------------------------------------- */

static rq_status measure_latency(rq_bench *bench)
{
    const rq_model **models;
    rq_timing *timings = NULL;
    RQ_TRY(rq_calloc(&models, bench->n, sizeof *models, "models"));
    rq_status status = rq_calloc(&timings, bench->n, sizeof *timings, "timings");
    for (size_t i = 0; i < bench->n; i++) models[i] = bench->entries[i].alone;
    if (status == RQ_OK)
        status = rq_timing_measure(timings, models, bench->n, bench->seconds * (double)bench->n,
                                   bench->seed);
    for (size_t i = 0; status == RQ_OK && i < bench->n; i++) bench->entries[i].latency = timings[i];
    free(models);
    free(timings);
    return status;
}

static rq_status measure(rq_bench *bench)
{
    RQ_TRY(rq_peak_measure(&bench->peak, bench->threads));
    rq_log("latency, %zu interleaved, %.3g s each", bench->n, bench->seconds);
    RQ_TRY(measure_latency(bench));
    rq_log("throughput of %u streams", bench->streams);
    RQ_TRY(rq_bench_streams(bench));
    if (bench->per_layer) rq_log("layer by layer");
    return rq_bench_layers(bench);
}

static rq_status show(const rq_bench *bench, const char *path,
                      rq_status (*write)(rq_buf *out, const rq_bench *bench))
{
    rq_buf text = {0};
    rq_status status = write(&text, bench);
    if (status == RQ_OK && strcmp(path, "-") != 0)
        status = rq_write_file(path, text.data, text.length);
    else if (status == RQ_OK)
        fwrite(text.data, 1, text.length, stdout);
    rq_buf_free(&text);
    return status;
}

/* A file written to standard output takes the table's place there. */
static rq_status show_all(const state *s)
{
    const char *json = rq_args_get(s->args, "json", NULL), *csv = rq_args_get(s->args, "csv", NULL);
    if (json) RQ_TRY(show(&s->bench, json, rq_bench_json));
    if (csv) RQ_TRY(show(&s->bench, csv, rq_bench_csv));
    bool taken = (json && !strcmp(json, "-")) || (csv && !strcmp(csv, "-"));
    return taken ? RQ_OK : show(&s->bench, "-", rq_bench_text);
}

static void close_state(state *s)
{
    for (size_t i = 0; i < s->bench.n; i++) {
        rq_bench_entry *e = &s->bench.entries[i];
        rq_model_destroy(&e->alone);
        rq_model_destroy(&e->shared);
        free(e->layers);
    }
    free(s->bench.entries);
    for (size_t m = 0; m < s->n_models; m++) rq_graph_destroy(&s->graphs[m]);
    rq_workload_close(&s->workload);
}

static rq_status run(const rq_args *args)
{
    state s = {.args = args};
    rq_status status = read_options(&s);
    if (status == RQ_OK) status = read_models(&s);
    if (status == RQ_OK) status = open_entries(&s);
    if (status == RQ_OK) status = measure(&s.bench);
    if (status == RQ_OK) status = show_all(&s);
    close_state(&s);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(MODEL),
    RQ_OPTION("streams", "N", "concurrent inferences, for throughput", .fallback = "one per core"),
    RQ_OPTION("seconds", "S", "time of each measurement, per model and backend", .fallback = "3"),
    RQ_HEADING(OUTPUT),
    RQ_OPTION("per-layer", NULL,
              "time and kernel of each layer, and how close it is to the machine's limits"),
    RQ_OPTION("json", "FILE.json", "write the result as JSON; -: print it", .writes = true),
    RQ_OPTION("csv", "FILE.csv",
              "write a row per model and backend, with --per-layer per layer; -: print it",
              .writes = true),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_model_options, rq_common_options, NULL};
static const char *const details[] = {
    "Models and backends (--backend takes a comma-separated list here) run interleaved in short "
    "slices, so that a machine whose speed drifts is fair to all. Speed-ups are relative to the "
    "first; the range holds 80 % of the slices. Latency is measured with --threads inside one "
    "inference, throughput with --streams concurrent inferences on one thread each.",
    "The roofline: a layer needs at least its operations at the measured peak of the machine, or "
    "its bytes at the measured memory bandwidth, whichever takes longer.",
    NULL,
};
static const char *const examples[] = {
    "requant bench model.xml",
    "requant bench model.xml model-int8.xml --backend reference,openvino",
    "requant bench det.xml --shape 'x[1,3,640,640]' --per-layer --csv layers.csv",
    NULL,
};

const rq_command rq_command_bench = {
    .name = "bench",
    .operands = "MODEL.xml [MORE.xml ...]",
    .min_operands = 1,
    .max_operands = MAX_MODELS,
    .summary = "measure speed: latency, throughput, layer by layer; backends compared",
    .details = details,
    .options = options,
    .examples = examples,
    .run = run,
};
