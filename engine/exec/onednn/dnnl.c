#include "engine/exec/onednn/dnnl_private.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

static const char *status_text(dnnl_status_t status)
{
    switch (status) {
    case dnnl_out_of_memory:
        return "out of memory";
    case dnnl_invalid_arguments:
        return "invalid arguments";
    case dnnl_unimplemented:
        return "not implemented";
    case dnnl_runtime_error:
        return "run-time error";
    default:
        return "failed";
    }
}

rq_status rq_dnn_check(dnnl_status_t status, const char *what)
{
    if (status == dnnl_success) return RQ_OK;
    rq_status code = status == dnnl_out_of_memory ? RQ_ENOMEM : RQ_EUNSUPPORTED;
    return rq_fail(code, "oneDNN: %s: %s", what, status_text(status));
}

bool rq_dnn_has_bf16(void)
{
    /* Sets of bits: later ones have those of earlier ones. */
    return (rq_dnn_isa() & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
}

rq_status rq_dnn_create(rq_dnn **out, unsigned threads)
{
    rq_dnn *dnn;
    *out = NULL;
    rq_dnn_isa(); /* settled before there are kernels */
    RQ_TRY(rq_dnn_check_memory());
    RQ_TRY(rq_calloc(&dnn, 1, sizeof *dnn, "oneDNN's engine"));
    dnn->threads = threads ? threads : 1;
    rq_status status = rq_arena_create(&dnn->arena);
    if (status == RQ_OK)
        status = rq_dnn_check(dnnl_engine_create(&dnn->engine, dnnl_cpu, 0), "creating an engine");
    if (status != RQ_OK) rq_dnn_destroy(&dnn);
    *out = dnn;
    return status;
}

void rq_dnn_destroy(rq_dnn **dnn)
{
    rq_dnn *d = *dnn;
    if (!d) return;
    for (size_t i = 0; i < d->n_primitives; i++) dnnl_primitive_destroy(d->primitives[i]->handle);
    free(d->primitives);
    rq_dnn_layouts_destroy(d);
    if (d->engine) dnnl_engine_destroy(d->engine);
    rq_arena_destroy(&d->arena);
    free(d);
    *dnn = NULL;
}

bool rq_dnn_pairs_saturate(void)
{
    static const dnnl_cpu_isa_t saturating[] = {
        dnnl_cpu_isa_sse41,
        dnnl_cpu_isa_avx,
        dnnl_cpu_isa_avx2,
        dnnl_cpu_isa_avx512_core,
    };
    dnnl_cpu_isa_t isa = rq_dnn_isa();
    for (size_t i = 0; i < sizeof saturating / sizeof saturating[0]; i++)
        if (isa == saturating[i]) return true;
    return false;
}

const char *rq_dnn_version(void)
{
    static _Thread_local char text[32];
    const dnnl_version_t *v = dnnl_version();
    snprintf(text, sizeof text, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
    return text;
}

int rq_dnn_threads(void)
{
    return omp_get_max_threads();
}

void rq_dnn_set_threads(int threads)
{
    omp_set_num_threads(threads);
}

/* libgomp's entry that `#pragma omp parallel` compiles to; oneDNN's own loops go through it, so the
 * team is the same. */
void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);

typedef struct team {
    void (*work)(void *ctx, size_t i);
    void *ctx;
    size_t n;
} team;

/* libgomp is not instrumented: how a team begins and ends has to be told to TSan. */
#ifdef __SANITIZE_THREAD__
#define RELEASE(team) __tsan_release(team)
#define ACQUIRE(team) __tsan_acquire(team)
#else
#define RELEASE(team)
#define ACQUIRE(team)
#endif

static void run_share(void *data)
{
    team *t = data;
    ACQUIRE(t);
    size_t threads = (size_t)omp_get_num_threads(), me = (size_t)omp_get_thread_num();
    size_t each = t->n / threads, more = t->n % threads;
    size_t begin = me * each + (me < more ? me : more), end = begin + each + (me < more);
    for (size_t i = begin; i < end; i++) t->work(t->ctx, i);
    RELEASE(t);
}

void rq_dnn_parallel(unsigned threads, size_t n, void (*work)(void *ctx, size_t i), void *ctx)
{
    team t = {work, ctx, n};
    if (threads > n) threads = (unsigned)n;
    if (threads > 1) {
        RELEASE(&t);
        GOMP_parallel(run_share, &t, threads, 0);
        ACQUIRE(&t);
        return;
    }
    for (size_t i = 0; i < n; i++) work(ctx, i);
}
