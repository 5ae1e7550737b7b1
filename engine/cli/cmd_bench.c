/* requant bench: how fast models run, on which backend, and why. */
#include "engine/base/file.h"
#include "engine/base/threads.h"
#include "engine/workbench/bench/bench_run.h"
#include "engine/api/options/model_options.h"
#include "engine/cli/command.h"
#include "engine/import/model_folder.h"
#include "reports/metrics/speed_noise.h"

#include <stdio.h>
#include <string.h>

#define MAX_MODELS 64
#define MAX_BACKENDS 16

typedef struct state {
    rq_workload workload; /* how models are run */
    const char *models[MAX_MODELS], *backends[MAX_BACKENDS];
    rq_bench_job job;
    rq_bench bench;
} state;

/* -- options -------------------------------------------------------------------------------- */

/* "onednn,openvino"; without one, the default backend. */
static rq_status split_backends(state *s)
{
    const char *text = s->workload.exec.backend;
    s->job.n_backends = 1;
    if (!text) return RQ_OK;
    for (s->job.n_backends = 0; text; s->job.n_backends++) {
        if (s->job.n_backends == MAX_BACKENDS)
            return rq_fail(RQ_EARG, "--backend %s: at most %d are possible",
                           s->workload.exec.backend, MAX_BACKENDS);
        const char *comma = strchr(text, ',');
        size_t length = comma ? (size_t)(comma - text) : strlen(text);
        char *name = rq_arena_strndup(s->workload.arena, text, length);
        if (!name) return RQ_ENOMEM;
        s->backends[s->job.n_backends] = name;
        text = comma ? comma + 1 : NULL;
    }
    return RQ_OK;
}

static rq_status read_options(state *s, const rq_args *args)
{
    rq_bench_job *job = &s->job;
    int64_t streams;
    RQ_TRY(rq_workload_open(&s->workload));
    RQ_TRY(rq_model_options_read(&s->workload, rq_args_settings(args)));
    RQ_TRY(split_backends(s));
    RQ_TRY(rq_threads_option(&job->threads, rq_args_settings(args)));
    RQ_TRY(rq_args_integer(&streams, args, "streams", rq_cpu_count(), 1, 1024));
    RQ_TRY(rq_settings_number(&job->seconds, rq_args_settings(args), "seconds", 3, 0.01, 3600));
    job->streams = (unsigned)streams;
    job->per_layer = rq_args_has(args, "per-layer");
    job->seed = 1;
    job->n_models = rq_args_operands(args);
    for (size_t m = 0; m < job->n_models; m++)
        RQ_TRY(rq_import_find_model(&s->models[m], rq_args_operand(args, m), s->workload.arena));
    job->models = s->models;
    job->backends = s->backends;
    job->exec = &s->workload.exec;
    return RQ_OK;
}

/* -- showing -------------------------------------------------------------------------------- */

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
static rq_status show_all(const rq_bench *bench, const rq_args *args)
{
    const char *json = rq_args_get(args, "json", NULL), *csv = rq_args_get(args, "csv", NULL);
    if (json) RQ_TRY(show(bench, json, rq_bench_json));
    if (csv) RQ_TRY(show(bench, csv, rq_bench_csv));
    bool taken = (json && !strcmp(json, "-")) || (csv && !strcmp(csv, "-"));
    return taken ? RQ_OK : show(bench, "-", rq_bench_text);
}

static rq_status run(const rq_args *args)
{
    state s = {0};
    rq_status status = read_options(&s, args);
    if (status == RQ_OK) status = rq_bench_run(&s.bench, &s.job, s.workload.arena);
    if (status == RQ_OK) status = show_all(&s.bench, args);
    rq_bench_close(&s.bench);
    rq_workload_close(&s.workload);
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
    RQ_SPEED_NOISE_RULE " What is noisy is measured again, for at most 30 s.",
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
