#include "engine/workbench/bench/bench_run.h"

#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/base/progress.h"
#include "engine/import/model_folder.h"
#include "engine/ir/ir.h"
#include "engine/run/recorded_request.h"
#include "engine/run/tensor_shapes.h"
#include "engine/run/workload.h"
#include "engine/workbench/bench/machine.h"

#include <stdlib.h>
#include <string.h>

typedef struct bench_run {
    rq_bench *bench;
    const rq_bench_job *job;
    rq_arena *arena;
    rq_input_shape *shapes; /* given, then recorded */
    size_t n_shapes;
} bench_run;

/* -- models --------------------------------------------------------------------------------- */

/* Of the shapes given, and of those recorded where an input is dynamic, what this model has. */
static size_t pick_shapes(rq_input_shape *out, const bench_run *r, const rq_graph *graph)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_shapes; i++) {
        const rq_node *node = rq_graph_find_parameter(graph, r->shapes[i].name);
        bool given = i < r->job->exec->n_shapes;
        if (node && (given || rq_tensor_shapes_is_open(graph, node, out, n)))
            out[n++] = r->shapes[i];
    }
    return n;
}

/* What the models record of themselves, and then of each other. */
static rq_status list_recorded(bench_run *r, size_t room)
{
    rq_graph *const *graphs = r->bench->graphs;
    size_t n = r->bench->n_graphs;
    for (size_t m = 0; m < n; m++)
        RQ_TRY(rq_recorded_shapes_take(r->shapes, &r->n_shapes, room, graphs[m], graphs[m], true,
                                       r->arena));
    for (size_t m = 0; m < n * n; m++)
        RQ_TRY(rq_recorded_shapes_take(r->shapes, &r->n_shapes, room, graphs[m / n], graphs[m % n],
                                       false, r->arena));
    return RQ_OK;
}

/* What is given, and then what is recorded. */
static rq_status list_shapes(bench_run *r)
{
    const rq_exec_options *given = r->job->exec;
    size_t room = given->n_shapes + RQ_MAX_SHAPES;
    r->shapes = rq_arena_alloc(r->arena, room, sizeof *r->shapes);
    if (!r->shapes) return RQ_ENOMEM;
    for (size_t i = 0; i < given->n_shapes; i++) r->shapes[r->n_shapes++] = given->shapes[i];
    return list_recorded(r, room);
}

static rq_status check_shapes(const bench_run *r)
{
    for (size_t i = 0; i < r->job->exec->n_shapes; i++) {
        const rq_input_shape *shape = &r->job->exec->shapes[i];
        char text[RQ_SHAPE_TEXT];
        bool found = false;
        for (size_t m = 0; m < r->bench->n_graphs; m++)
            found |= rq_graph_find_parameter(r->bench->graphs[m], shape->name) != NULL;
        if (!found)
            return rq_fail(RQ_EARG, "--shape %s%s: no model has such an input", shape->name,
                           rq_shape_text(&shape->shape, text));
    }
    return RQ_OK;
}

static rq_status read_models(bench_run *r, double *seconds)
{
    rq_bench *bench = r->bench;
    for (size_t m = 0; m < r->job->n_models; m++) {
        double started = rq_now();
        RQ_TRY(rq_import_refuse_other(r->job->models[m]));
        RQ_TRY(rq_ir_read(&bench->graphs[m], r->job->models[m]));
        bench->n_graphs++;
        seconds[m] = rq_now() - started;
    }
    RQ_TRY(check_shapes(r));
    return list_shapes(r);
}

/* The file's name, if no other model has it too. */
static rq_status name_model(const char **out, const bench_run *r, size_t model)
{
    const char *path = r->job->models[model];
    char *stem = rq_path_stem(path);
    if (!stem) return rq_fail_memory(strlen(path), "a name");
    bool unique = true;
    for (size_t m = 0; m < r->job->n_models; m++) {
        char *other = rq_path_stem(r->job->models[m]);
        unique = unique && (m == model || (other && strcmp(other, stem) != 0));
        free(other);
    }
    *out = rq_arena_strdup(r->arena, unique ? stem : path);
    free(stem);
    return *out ? RQ_OK : RQ_ENOMEM;
}

/* -- entries -------------------------------------------------------------------------------- */

static rq_status plan_entry(rq_bench_entry *e, const bench_run *r, const char *backend)
{
    const rq_exec_options *given = r->job->exec;
    rq_input_shape *shapes = rq_arena_alloc(r->arena, r->n_shapes, sizeof *shapes);
    if (!shapes) return RQ_ENOMEM;
    rq_exec_options exec = {.backend = backend,
                            .shapes = shapes,
                            .n_shapes = pick_shapes(shapes, r, e->graph),
                            .saturating = true, /* as deployments run */
                            .bf16 = given->bf16,
                            .threads = r->job->threads,
                            .library = given->library};
    double started = rq_now();
    RQ_TRY(rq_model_create(&e->alone, e->graph, &exec));
    e->plan_seconds = rq_now() - started;
    e->backend = rq_backend_find(rq_model_backend(e->alone));
    e->version = rq_backend_version(e->backend, exec.library);
    e->prefers_bf16 = rq_backend_prefers_bf16(e->backend, exec.library);
    exec.threads = 1;
    exec.streams = r->job->streams;
    return rq_model_create(&e->shared, e->graph, &exec);
}

static rq_status open_entry(bench_run *r, size_t model, const char *backend, double read_seconds)
{
    rq_bench_entry *e = &r->bench->entries[r->bench->n];
    e->path = r->job->models[model];
    e->graph = r->bench->graphs[model];
    e->read_seconds = read_seconds;
    RQ_TRY(name_model(&e->model, r, model));
    r->bench->n++;
    rq_status status = plan_entry(e, r, backend);
    return status == RQ_OK ? RQ_OK : rq_fail_prefix(status, "%s", e->path);
}

static rq_status open_entries(bench_run *r)
{
    const rq_bench_job *job = r->job;
    rq_bench *bench = r->bench;
    double *seconds = rq_arena_alloc(r->arena, job->n_models, sizeof *seconds);
    if (!seconds) return RQ_ENOMEM;
    RQ_TRY(rq_calloc(&bench->graphs, job->n_models, sizeof *bench->graphs, "models"));
    RQ_TRY(rq_calloc(&bench->entries, job->n_models * job->n_backends, sizeof *bench->entries,
                     "models"));
    RQ_TRY(read_models(r, seconds));
    for (size_t m = 0; m < job->n_models; m++)
        for (size_t b = 0; b < job->n_backends; b++)
            RQ_TRY(open_entry(r, m, job->backends[b], seconds[m]));
    return RQ_OK;
}

/* -- measuring ------------------------------------------------------------------------------ */

static rq_status measure_latency(rq_bench *bench)
{
    const rq_model **models;
    rq_timing *timings = NULL;
    RQ_TRY(rq_calloc(&models, bench->n, sizeof *models, "models"));
    rq_status status = rq_calloc(&timings, bench->n, sizeof *timings, "timings");
    for (size_t i = 0; i < bench->n; i++) models[i] = bench->entries[i].alone;
    if (status == RQ_OK)
        status =
            rq_timing_measure(timings, models, bench->n,
                              &(rq_timing_options){.seconds = bench->seconds * (double)bench->n,
                                                   .left = &bench->left,
                                                   .seed = bench->seed});
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
    rq_log("throughput of %u stream%s", bench->streams, rq_plural(bench->streams));
    RQ_TRY(rq_bench_streams(bench));
    if (bench->per_layer) rq_log("layer by layer");
    return rq_bench_layers(bench);
}

rq_status rq_bench_run(rq_bench *out, const rq_bench_job *job, rq_arena *arena)
{
    *out = (rq_bench){.threads = job->threads,
                      .bf16 = job->exec->bf16,
                      .streams = job->streams,
                      .seconds = job->seconds,
                      .left = RQ_MEASURING_SECONDS,
                      .seed = job->seed,
                      .per_layer = job->per_layer,
                      .cpu = rq_machine_cpu(arena),
                      .isa = rq_machine_isa()};
    bench_run r = {.bench = out, .job = job, .arena = arena};
    RQ_TRY(open_entries(&r));
    return measure(out);
}

void rq_bench_close(rq_bench *bench)
{
    for (size_t i = 0; i < bench->n; i++) {
        rq_bench_entry *e = &bench->entries[i];
        rq_model_destroy(&e->alone);
        rq_model_destroy(&e->shared);
        free(e->layers);
    }
    free(bench->entries);
    for (size_t m = 0; m < bench->n_graphs; m++) rq_graph_destroy(&bench->graphs[m]);
    free(bench->graphs);
    *bench = (rq_bench){0};
}
