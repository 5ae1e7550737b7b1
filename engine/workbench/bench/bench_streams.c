/* Throughput: several sessions at once, each in its own thread, all on one plan. */
#include "engine/base/progress.h"
#include "engine/base/threads.h"
#include "engine/workbench/bench/bench.h"
#include "engine/run/seeded_session.h"
#include "reports/metrics/speed_noise.h"

#include <math.h>
#include <stdlib.h>

#define SLICE_SECONDS 0.3
#define SLICE_RUNS                                                                                 \
    5 /* so that the end of a slice, when not all streams are busy, weighs little                  \
       */
#define MIN_SLICES 8

typedef struct stream {
    rq_seeded_session seeded;
    double started, ended;
    size_t runs; /* between the two */
} stream;

typedef struct stream_run {
    const rq_bench *bench;
    stream *streams; /* [entry * bench->streams + stream] */
    stream *now;     /* those of the entry whose turn it is */
    double seconds;  /* of a slice */
} stream_run;

static rq_status work(void *ctx, unsigned worker, size_t i)
{
    const stream_run *r = ctx;
    stream *s = &r->now[i];
    (void)worker;
    RQ_TRY(rq_seeded_session_run(&s->seeded)); /* warms the caches; not counted */
    s->runs = 0;
    s->started = s->ended = rq_now();
    while (s->ended - s->started < r->seconds) {
        RQ_TRY(rq_seeded_session_run(&s->seeded));
        s->runs++;
        s->ended = rq_now();
    }
    return RQ_OK;
}

static rq_status slice(void *ctx, size_t entry, double seconds, double *rate)
{
    stream_run *r = ctx;
    unsigned n = r->bench->streams;
    double longest = SLICE_RUNS * r->bench->entries[entry].latency.median;
    r->now = &r->streams[entry * n];
    r->seconds = seconds > longest ? seconds : longest;
    RQ_TRY(rq_parallel_for(n, n, work, r));
    double first = r->now[0].started, last = r->now[0].ended, runs = 0;
    for (unsigned i = 0; i < n; i++) {
        const stream *s = &r->now[i];
        if (s->started < first) first = s->started;
        if (s->ended > last) last = s->ended;
        runs += (double)s->runs;
    }
    *rate = runs / (last - first);
    return RQ_OK;
}

static rq_status open_streams(rq_bench *bench, stream_run *r)
{
    unsigned n = bench->streams;
    for (size_t e = 0; e < bench->n; e++) {
        rq_bench_entry *entry = &bench->entries[e];
        for (unsigned i = 0; i < n; i++)
            RQ_TRY(rq_seeded_session_open(&r->streams[e * n + i].seeded, entry->shared,
                                          bench->seed + i));
        entry->session_bytes = rq_session_bytes(r->streams[e * n].seeded.session);
    }
    return RQ_OK;
}

/* Rates of slices in place of times of inferences, which several streams have at once. */
static const char *noise_of(const rq_interleaved_summary *s, const rq_interleaved_summary *first)
{
    return rq_speed_noise(
        &(rq_speed_facts){.ratio = s == first ? (double)NAN : s->rate / first->rate,
                          .first_spread = 1 + first->spread,
                          .spread = 1 + s->spread,
                          .round_ratio = s->ratio,
                          .round_ratio_low = s->ratio_low,
                          .round_ratio_high = s->ratio_high,
                          .waited = NAN});
}

static rq_status measure_once(rq_bench *bench, stream_run *r, rq_interleaved_summary *summaries,
                              rq_measuring *measuring)
{
    double share = bench->seconds / MIN_SLICES;
    rq_interleaved interleaved = {.n = bench->n,
                                  .seconds = bench->seconds * (double)bench->n,
                                  .slice_seconds = share < SLICE_SECONDS ? share : SLICE_SECONDS,
                                  .slice = slice,
                                  .ctx = r,
                                  .measuring = measuring};
    RQ_TRY(rq_interleaved_run(summaries, &interleaved));
    for (size_t e = 0; e < bench->n; e++) {
        bench->entries[e].throughput = summaries[e];
        bench->entries[e].throughput_noise = noise_of(&summaries[e], &summaries[0]);
    }
    return RQ_OK;
}

/* NULL: all are stable. */
static const char *find_noise(const rq_bench *bench)
{
    for (size_t e = 0; e < bench->n; e++)
        if (bench->entries[e].throughput_noise) return bench->entries[e].throughput_noise;
    return NULL;
}

static rq_status measure(rq_bench *bench, stream_run *r, rq_interleaved_summary *summaries)
{
    rq_measuring measuring;
    RQ_TRY(open_streams(bench, r));
    rq_measuring_begin(&measuring, "throughput", bench->seconds * (double)bench->n);
    rq_status status;
    do status = measure_once(bench, r, summaries, &measuring);
    while (status == RQ_OK && rq_measuring_again(&measuring, find_noise(bench), &bench->left));
    rq_measuring_end(&measuring);
    return status;
}

rq_status rq_bench_streams(rq_bench *bench)
{
    stream_run r = {.bench = bench};
    size_t n = bench->n * bench->streams;
    rq_interleaved_summary *summaries = NULL;
    rq_status status = rq_calloc(&r.streams, n, sizeof *r.streams, "streams");
    if (status == RQ_OK) status = rq_calloc(&summaries, bench->n, sizeof *summaries, "timings");
    if (status == RQ_OK) status = measure(bench, &r, summaries);
    for (size_t i = 0; r.streams && i < n; i++) rq_seeded_session_close(&r.streams[i].seeded);
    free(r.streams);
    free(summaries);
    return status;
}
