/* The result of requant bench as JSON: seconds, bytes and operations, unscaled. */
#include "engine/base/formats/json.h"
#include "engine/base/threads.h"
#include "engine/base/version.h"
#include "engine/workbench/bench/bench.h"

static void set(rq_json *object, const char *key, double x)
{
    rq_json_set(object, key, rq_json_number(x));
}

static void count(rq_json *object, const char *key, size_t n)
{
    rq_json_set(object, key, rq_json_integer((int64_t)n));
}

static void put_summary(rq_json *out, const rq_interleaved_summary *s, const char *noise)
{
    set(out, "per_second", s->rate);
    set(out, "spread", s->spread);
    rq_json_set(out, "noisy", rq_json_bool(noise != NULL));
    rq_json_set(out, "noise", rq_json_string(noise));
    set(out, "ratio", s->ratio);
    set(out, "ratio_p10", s->ratio_low);
    set(out, "ratio_p90", s->ratio_high);
    count(out, "slices", s->slices);
}

static rq_json *latency(const rq_timing *t)
{
    rq_json *out = rq_json_object();
    set(out, "median", t->median);
    set(out, "p10", t->p10);
    set(out, "p90", t->p90);
    set(out, "p99", t->p99);
    count(out, "runs", t->runs);
    put_summary(out, &t->summary, t->noise);
    set(out, "waited_share", t->waited);
    return out;
}

static rq_json *throughput(const rq_bench_entry *e)
{
    rq_json *out = rq_json_object();
    put_summary(out, &e->throughput, e->throughput_noise);
    return out;
}

static void put_work(rq_json *out, const rq_work *work)
{
    set(out, "flops", work->flops);
    set(out, "bytes", work->bytes);
}

static rq_json *one_layer(const rq_bench_layer *layer, const rq_bench *bench)
{
    rq_json *out = rq_json_object();
    rq_json_set(out, "name", rq_json_string(layer->node->name));
    rq_json_set(out, "type", rq_json_string(layer->node->type));
    rq_json_set(out, "kernel", rq_json_string(layer->kernel));
    set(out, "seconds", layer->seconds);
    put_work(out, &layer->work);
    set(out, "roofline_seconds", rq_bench_bound(&layer->work, &bench->peak));
    return out;
}

static rq_json *layers(const rq_bench_entry *entry, const rq_bench *bench)
{
    rq_json *out = rq_json_array();
    for (size_t i = 0; i < entry->n_layers; i++)
        rq_json_push(out, one_layer(&entry->layers[i], bench));
    return out;
}

static rq_json *one_entry(const rq_bench_entry *e, const rq_bench *bench)
{
    rq_json *out = rq_json_object();
    rq_json_set(out, "model", rq_json_string(e->model));
    rq_json_set(out, "path", rq_json_string(e->path));
    rq_json_set(out, "backend", rq_json_string(rq_backend_name(e->backend)));
    rq_json_set(out, "backend_version", rq_json_string(e->version));
    rq_json_set(out, "default_floats", rq_json_string(e->prefers_bf16 ? "bf16" : "f32"));
    set(out, "read_seconds", e->read_seconds);
    set(out, "plan_seconds", e->plan_seconds);
    count(out, "session_bytes", e->session_bytes);
    count(out, "reorders", e->reorders);
    put_work(out, &e->work);
    rq_json_set(out, "latency", latency(&e->latency));
    rq_json_set(out, "throughput", throughput(e));
    if (bench->per_layer && e->timed_layers) rq_json_set(out, "layers", layers(e, bench));
    return out;
}

static rq_json *machine(const rq_bench *bench)
{
    rq_json *out = rq_json_object();
    rq_json_set(out, "cpu", rq_json_string(bench->cpu));
    rq_json_set(out, "isa", rq_json_string(bench->isa));
    rq_json_set(out, "cores", rq_json_integer(rq_cpu_count()));
    set(out, "peak_flops_per_second", bench->peak.flops);
    set(out, "peak_bytes_per_second", bench->peak.bytes);
    return out;
}

rq_status rq_bench_json(rq_buf *out, const rq_bench *bench)
{
    rq_json *root = rq_json_object(), *entries = rq_json_array();
    rq_json_set(root, "requant", rq_json_string(RQ_VERSION));
    rq_json_set(root, "machine", machine(bench));
    rq_json_set(root, "floats", rq_json_string(bench->bf16 ? "bf16" : "f32"));
    rq_json_set(root, "threads", rq_json_integer(bench->threads));
    rq_json_set(root, "streams", rq_json_integer(bench->streams));
    set(root, "seconds", bench->seconds);
    for (size_t i = 0; i < bench->n; i++)
        rq_json_push(entries, one_entry(&bench->entries[i], bench));
    rq_json_set(root, "entries", entries);
    rq_status status = rq_json_dump(root, out, true);
    rq_json_free(&root);
    return status;
}
