/* The result of requant bench as CSV (RFC 4180): a row per model and backend, or, with layers, a
 * row per layer. */
#include "engine/workbench/bench/bench.h"

#include <string.h>

static void put_text(rq_buf *out, const char *text)
{
    if (!text) return;
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted) rq_buf_append(out, "\"");
    for (; *text; text++) {
        if (*text == '"') rq_buf_append(out, "\"");
        rq_buf_append_n(out, text, 1);
    }
    if (quoted) rq_buf_append(out, "\"");
}

static void put_key(rq_buf *out, const rq_bench_entry *e)
{
    put_text(out, e->model);
    rq_buf_printf(out, ",%s", rq_backend_name(e->backend));
}

static void put_entry(rq_buf *out, const rq_bench_entry *e)
{
    const rq_timing *l = &e->latency;
    put_key(out, e);
    rq_buf_printf(out, ",%.9g,%.9g,%.9g,%.9g,%zu,%.6g,%.6g", l->median, l->p10, l->p90, l->p99,
                  l->runs, l->summary.spread, l->summary.ratio);
    rq_buf_printf(out, ",%.9g,%.6g,%.6g", e->throughput.rate, e->throughput.spread,
                  e->throughput.ratio);
    rq_buf_printf(out, ",%.9g,%.9g,%zu,%zu,%.17g,%.17g,", e->read_seconds, e->plan_seconds,
                  e->session_bytes, e->reorders, e->work.flops, e->work.bytes);
    put_text(out, l->noise);
    rq_buf_append(out, ",");
    put_text(out, e->throughput_noise);
    rq_buf_append(out, "\r\n");
}

static void put_layer(rq_buf *out, const rq_bench_entry *e, const rq_bench_layer *layer,
                      const rq_peak *peak)
{
    put_key(out, e);
    const char *const texts[] = {layer->node->name, layer->node->type, layer->kernel};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        rq_buf_append(out, ",");
        put_text(out, texts[i]);
    }
    rq_buf_printf(out, ",%.9g,%.17g,%.17g,%.9g\r\n", layer->seconds, layer->work.flops,
                  layer->work.bytes, rq_bench_bound(&layer->work, peak));
}

rq_status rq_bench_csv(rq_buf *out, const rq_bench *bench)
{
    rq_buf_append(out,
                  bench->per_layer
                      ? "model,backend,layer,type,kernel,seconds,flops,bytes,"
                        "roofline_seconds\r\n"
                      : "model,backend,latency_median,latency_p10,latency_p90,latency_p99,"
                        "latency_runs,latency_spread,latency_ratio,per_second,"
                        "per_second_spread,per_second_ratio,read_seconds,plan_seconds,"
                        "session_bytes,reorders,flops,bytes,latency_noise,per_second_noise\r\n");
    for (size_t i = 0; i < bench->n; i++) {
        const rq_bench_entry *e = &bench->entries[i];
        if (!bench->per_layer) put_entry(out, e);
        for (size_t k = 0; bench->per_layer && e->timed_layers && k < e->n_layers; k++)
            put_layer(out, e, &e->layers[k], &bench->peak);
    }
    return out->failed ? rq_fail_memory(out->length, "the result") : RQ_OK;
}
