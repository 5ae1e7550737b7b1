/* The result of requant bench as tables for people. */
#include "engine/base/threads.h"
#include "engine/base/version.h"
#include "engine/workbench/bench/bench.h"
#include "reports/metrics/speed_noise.h"
#include "reports/writers/table_text.h"

#include <stdio.h>
#include <stdlib.h>

#define CELL 64

static void end_table(rq_buf *out, rq_text_table *table)
{
    rq_text_table_write(out, table, "", "");
    out->failed |= table->failed;
    rq_text_table_free(table);
    rq_buf_append(out, "\n");
}

static const char *number(char *cell, const char *format, double x)
{
    snprintf(cell, CELL, format, x);
    return cell;
}

static void put_machine(rq_buf *out, const rq_bench *bench)
{
    rq_buf_printf(out, "requant " RQ_VERSION " on ");
    rq_buf_visible(out, bench->cpu ? bench->cpu : "an unknown CPU");
    rq_buf_printf(out, ", %u core%s\n", rq_cpu_count(), rq_plural(rq_cpu_count()));
    rq_buf_printf(
        out, "%u thread%s: measured peak %.1f GFLOP/s (FP32 matrix product), %.1f GB/s (copy)\n",
        bench->threads, rq_plural(bench->threads), bench->peak.flops / 1e9,
        bench->peak.bytes / 1e9);
}

/* Deployments run in what their backend has by default. */
static void put_floats(rq_buf *out, const rq_bench *bench)
{
    const rq_backend *other = NULL;
    for (size_t i = 0; i < bench->n; i++)
        if (!other && bench->entries[i].prefers_bf16) other = bench->entries[i].backend;
    rq_buf_printf(out, "floats in %s", bench->bf16 ? "bf16" : "f32");
    if (other && !bench->bf16)
        rq_buf_printf(out, "; by default %s runs FP32 models in bf16 here: --math bf16",
                      rq_backend_name(other));
    rq_buf_append(out, "\n\n");
}

/* -- speed ----------------------------------------------------------------------------------- */

/* A ratio that noise made up is not shown. */
static void put_ratio(char *ratio, char *range, const rq_interleaved_summary *s, const char *noise)
{
    if (noise) {
        snprintf(ratio, CELL, "-");
        snprintf(range, CELL, "noise");
        return;
    }
    snprintf(ratio, CELL, "%.2fx", s->ratio);
    snprintf(range, CELL, "%.2f .. %.2f", s->ratio_low, s->ratio_high);
}

static void put_latency(rq_buf *out, const rq_bench *bench)
{
    rq_text_table table = {0};
    char heading[CELL];
    snprintf(heading, sizeof heading, "latency, %u thread%s", bench->threads,
             rq_plural(bench->threads));
    rq_text_table_row(&table,
                      (const char *[]){heading, "backend", "median ms", "p90", "p99", "speed",
                                       "p10..p90", "runs"},
                      8);
    for (size_t i = 0; i < bench->n; i++) {
        const rq_bench_entry *e = &bench->entries[i];
        char median[CELL], p90[CELL], p99[CELL], ratio[CELL], range[CELL], runs[CELL];
        put_ratio(ratio, range, &e->latency.summary, e->latency.noise);
        snprintf(runs, sizeof runs, "%zu", e->latency.runs);
        rq_text_table_row(&table,
                          (const char *[]){e->model, rq_backend_name(e->backend),
                                           number(median, "%.3f", e->latency.median * 1e3),
                                           number(p90, "%.3f", e->latency.p90 * 1e3),
                                           number(p99, "%.3f", e->latency.p99 * 1e3), ratio, range,
                                           runs},
                          8);
    }
    end_table(out, &table);
}

static void put_throughput(rq_buf *out, const rq_bench *bench)
{
    rq_text_table table = {0};
    char heading[CELL];
    snprintf(heading, sizeof heading, "throughput, %u stream%s", bench->streams,
             rq_plural(bench->streams));
    rq_text_table_row(&table, (const char *[]){heading, "backend", "images/s", "speed", "p10..p90"},
                      5);
    for (size_t i = 0; i < bench->n; i++) {
        const rq_bench_entry *e = &bench->entries[i];
        char rate[CELL], ratio[CELL], range[CELL];
        put_ratio(ratio, range, &e->throughput, e->throughput_noise);
        rq_text_table_row(&table,
                          (const char *[]){e->model, rq_backend_name(e->backend),
                                           number(rate, "%.1f", e->throughput.rate), ratio, range},
                          5);
    }
    end_table(out, &table);
}

static void put_work(rq_buf *out, const rq_bench *bench)
{
    rq_text_table table = {0};
    rq_text_table_row(&table,
                      (const char *[]){"work", "backend", "GFLOP", "MB accessed", "FLOP/B",
                                       "reorders", "read ms", "plan ms"},
                      8);
    for (size_t i = 0; i < bench->n; i++) {
        const rq_bench_entry *e = &bench->entries[i];
        char flops[CELL], bytes[CELL], intensity[CELL], reorders[CELL], read[CELL], plan[CELL];
        snprintf(reorders, sizeof reorders, "%zu", e->reorders);
        rq_text_table_row(
            &table,
            (const char *[]){
                e->model, rq_backend_name(e->backend), number(flops, "%.3f", e->work.flops / 1e9),
                number(bytes, "%.1f", e->work.bytes / 1e6),
                number(intensity, "%.1f", e->work.bytes > 0 ? e->work.flops / e->work.bytes : 0),
                reorders, number(read, "%.1f", e->read_seconds * 1e3),
                number(plan, "%.1f", e->plan_seconds * 1e3)},
            8);
    }
    end_table(out, &table);
}

/* -- layers ---------------------------------------------------------------------------------- */

typedef struct layer_cells {
    char ms[CELL], share[CELL], rate[CELL], intensity[CELL], bound[CELL];
} layer_cells;

/* Time, share of all, GFLOP/s, FLOP per byte, and how near the roofline. */
static void fill_cells(layer_cells *c, double seconds, double total, const rq_work *work,
                       const rq_peak *peak)
{
    number(c->ms, "%.4f", seconds * 1e3);
    number(c->share, "%.1f %%", total > 0 ? 100 * seconds / total : 0);
    c->rate[0] = c->intensity[0] = c->bound[0] = '\0';
    if (seconds > 0 && work->flops > 0) number(c->rate, "%.1f", work->flops / seconds / 1e9);
    if (work->bytes > 0) number(c->intensity, "%.1f", work->flops / work->bytes);
    if (seconds > 0 && work->bytes > 0)
        number(c->bound, "%.0f %%", 100 * rq_bench_bound(work, peak) / seconds);
}

static double total_seconds(const rq_bench_entry *entry)
{
    double total = 0;
    for (size_t i = 0; i < entry->n_layers; i++) total += entry->layers[i].seconds;
    return total;
}

static rq_status put_types(rq_buf *out, const rq_bench *bench, const rq_bench_entry *entry)
{
    rq_text_table table = {0};
    rq_bench_type *types;
    size_t n;
    RQ_TRY(rq_bench_types(&types, &n, entry));
    rq_text_table_row(
        &table,
        (const char *[]){"type", "layers", "ms", "share", "GFLOP/s", "FLOP/B", "of roofline"}, 7);
    for (size_t i = 0; i < n; i++) {
        layer_cells c;
        char count[CELL];
        if (types[i].seconds <= 0) continue;
        snprintf(count, sizeof count, "%zu", types[i].count);
        fill_cells(&c, types[i].seconds, total_seconds(entry), &types[i].work, &bench->peak);
        rq_text_table_row(
            &table,
            (const char *[]){types[i].type, count, c.ms, c.share, c.rate, c.intensity, c.bound}, 7);
    }
    free(types);
    end_table(out, &table);
    return RQ_OK;
}

static void put_layers(rq_buf *out, const rq_bench *bench, const rq_bench_entry *entry)
{
    rq_text_table table = {.wide = 36};
    double total = total_seconds(entry);
    rq_text_table_row(&table,
                      (const char *[]){"layer", "type", "kernel", "ms", "share", "GFLOP/s",
                                       "FLOP/B", "of roofline"},
                      8);
    for (size_t i = 0; i < entry->n_layers; i++) {
        const rq_bench_layer *layer = &entry->layers[i];
        layer_cells c;
        if (layer->seconds <= 0 && !layer->kernel) continue;
        fill_cells(&c, layer->seconds, total, &layer->work, &bench->peak);
        rq_text_table_row(&table,
                          (const char *[]){layer->node->name, layer->node->type, layer->kernel,
                                           c.ms, c.share, c.rate, c.intensity, c.bound},
                          8);
    }
    end_table(out, &table);
}

static rq_status put_entry_layers(rq_buf *out, const rq_bench *bench, const rq_bench_entry *entry)
{
    rq_buf_visible(out, entry->model);
    rq_buf_printf(out, " on %s, ", rq_backend_name(entry->backend));
    if (!entry->timed_layers) {
        rq_buf_append(out, "layers: this backend reports no times\n\n");
        return RQ_OK;
    }
    rq_buf_append(out, "layers (more than 100 % of the roofline: INT8, or data in cache)\n\n");
    RQ_TRY(put_types(out, bench, entry));
    put_layers(out, bench, entry);
    return RQ_OK;
}

/* -- all ------------------------------------------------------------------------------------- */

static void put_noise(rq_buf *out, const rq_bench_entry *e, const char *what, const char *noise)
{
    if (!noise) return;
    rq_buf_printf(out, "not measurable now: the %s of ", what);
    rq_buf_visible(out, e->model);
    rq_buf_printf(out, " on %s: %s\n", rq_backend_name(e->backend), noise);
}

/* The rule once, where it said anything. */
static void put_noises(rq_buf *out, const rq_bench *bench)
{
    bool any = false;
    for (size_t i = 0; i < bench->n; i++) {
        const rq_bench_entry *e = &bench->entries[i];
        put_noise(out, e, "latency", e->latency.noise);
        put_noise(out, e, "throughput", e->throughput_noise);
        any |= e->latency.noise || e->throughput_noise;
    }
    if (any) rq_buf_append(out, RQ_SPEED_NOISE_RULE " Stop other processes and repeat.\n");
}

rq_status rq_bench_text(rq_buf *out, const rq_bench *bench)
{
    put_machine(out, bench);
    put_floats(out, bench);
    put_latency(out, bench);
    put_throughput(out, bench);
    put_work(out, bench);
    for (size_t i = 0; bench->per_layer && i < bench->n; i++)
        RQ_TRY(put_entry_layers(out, bench, &bench->entries[i]));
    put_noises(out, bench);
    return out->failed ? rq_fail_memory(out->length, "the result") : RQ_OK;
}
