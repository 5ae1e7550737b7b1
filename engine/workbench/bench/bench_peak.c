#include "engine/workbench/bench/bench_peak.h"

#include "engine/base/mem.h"
#include "engine/base/progress.h"
#include "engine/base/threads.h"
#include "engine/ops/common/blas.h"

#include <stdlib.h>
#include <string.h>

#define MATRIX ((size_t)384) /* rows and columns: three matrices of 576 KiB */
#define COPIED_BYTES                                                                               \
    ((size_t)256 << 20)                  /* by all threads together: more than their caches hold   \
                                          */
#define MIN_COPY_BYTES ((size_t)4 << 20) /* by one */
#define ROUNDS 5                         /* the best one counts: the question is what is possible */
#define ROUND_SECONDS 0.04

typedef struct probe {
    size_t buffer_bytes; /* each worker has two */
    double (*work)(const struct probe *p, float *a,
                   float *b); /* a piece; returns how much it was */
    float **buffers;          /* two per worker */
    double *rate;             /* by worker: work a second in this round */
} probe;

static double multiply(const probe *p, float *a, float *b)
{
    (void)p;
    size_t n = MATRIX * MATRIX;
    rq_blas_sgemm(false, false, MATRIX, MATRIX, MATRIX, a, a + n, 0.0f, b);
    return 2.0 * (double)(n * MATRIX);
}

static double copy(const probe *p, float *a, float *b)
{
    memcpy(b, a, p->buffer_bytes);
    return 2.0 * (double)p->buffer_bytes;
}

static rq_status work(void *ctx, unsigned worker, size_t i)
{
    const probe *p = ctx;
    double started = rq_now(), done = 0;
    (void)worker;
    while (rq_now() - started < ROUND_SECONDS)
        done += p->work(p, p->buffers[2 * i], p->buffers[2 * i + 1]);
    p->rate[i] = done / (rq_now() - started);
    return RQ_OK;
}

static rq_status measure(double *best, probe *p, unsigned threads)
{
    for (size_t i = 0; i < 2 * (size_t)threads; i++) {
        RQ_TRY(rq_alloc_aligned(&p->buffers[i], p->buffer_bytes, "a measurement of the machine"));
        memset(p->buffers[i], 0, p->buffer_bytes); /* touched, so that it is there */
    }
    for (int round = 0; round < ROUNDS; round++) {
        RQ_TRY(rq_parallel_for(threads, threads, work, p));
        double sum = 0;
        for (unsigned t = 0; t < threads; t++) sum += p->rate[t];
        if (sum > *best) *best = sum;
    }
    return RQ_OK;
}

static rq_status run_probe(double *best, probe p, unsigned threads)
{
    *best = 0;
    rq_status status = rq_calloc(&p.buffers, 2 * (size_t)threads, sizeof *p.buffers, "buffers");
    if (status == RQ_OK) status = rq_calloc(&p.rate, threads, sizeof *p.rate, "rates");
    if (status == RQ_OK) status = measure(best, &p, threads);
    for (size_t i = 0; p.buffers && i < 2 * (size_t)threads; i++) free(p.buffers[i]);
    free(p.buffers);
    free(p.rate);
    return status;
}

rq_status rq_peak_measure(rq_peak *out, unsigned threads)
{
    size_t share = COPIED_BYTES / threads;
    probe arithmetic = {.buffer_bytes = 2 * MATRIX * MATRIX * sizeof(float), .work = multiply};
    probe memory = {.buffer_bytes = share < MIN_COPY_BYTES ? MIN_COPY_BYTES : share, .work = copy};
    RQ_TRY(run_probe(&out->flops, arithmetic, threads));
    return run_probe(&out->bytes, memory, threads);
}
