#include "engine/base/threads.h"

#include "engine/base/callbacks.h"
#include "engine/base/mem.h"

#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Indices are handed out in order, so all below a failing one have been handed out before it
 * and will be finished: the lowest failing index does not depend on the number of threads. */
typedef struct job {
    rq_work_fn *work, *merge;  /* merge may be NULL */
    bool (*enough)(void *ctx); /* may be NULL */
    void *ctx;
    const rq_callbacks *callbacks; /* of the calling thread, as the next */
    locale_t locale;
    size_t n;
    atomic_size_t next;    /* index to hand out */
    atomic_size_t failed;  /* lowest index that failed; SIZE_MAX: none */
    atomic_bool cancelled; /* said so once: for all workers */
    pthread_mutex_t mutex;
    pthread_cond_t turn; /* `merged` or `failed` changed */
    size_t merged;       /* under mutex: this many are merged, and this index is next */
    rq_status status;    /* under mutex: of index `failed` */
    char *message;       /* under mutex: of index `failed`; NULL if memory was short */
} job;

typedef struct worker {
    job *job;
    unsigned number;
    pthread_t thread;
} worker;

unsigned rq_cpu_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return (unsigned)CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN); /* more CPUs than a cpu_set_t can name */
    return n > 0 ? (unsigned)n : 1;
}

/* With the mutex held. The text is this thread's, the reader another. */
static void record_failure(job *j, size_t i, rq_status status)
{
    if (i >= atomic_load(&j->failed)) return;
    free(j->message);
    j->message = strdup(rq_error_text());
    j->status = status;
    atomic_store(&j->failed, i);
    pthread_cond_broadcast(&j->turn);
}

/* With the mutex held: waits for the turn of i, merges it, passes the turn on. */
static void merge_in_turn(job *j, unsigned number, size_t i)
{
    while (j->merged != i && atomic_load(&j->failed) > i) pthread_cond_wait(&j->turn, &j->mutex);
    if (j->merged != i || atomic_load(&j->failed) < i) return;
    rq_status status = j->merge(j->ctx, number, i);
    if (status != RQ_OK) {
        record_failure(j, i, status);
        return;
    }
    j->merged++;
    pthread_cond_broadcast(&j->turn);
}

static void run_one(job *j, unsigned number, size_t i)
{
    rq_status status = j->work(j->ctx, number, i);
    pthread_mutex_lock(&j->mutex);
    if (status != RQ_OK)
        record_failure(j, i, status);
    else if (j->merge)
        merge_in_turn(j, number, i);
    pthread_mutex_unlock(&j->mutex);
}

/* Asked before an index is taken, as long as there is one: what is taken is finished. */
static bool goes_on(job *j)
{
    if (atomic_load(&j->failed) != SIZE_MAX || atomic_load(&j->next) >= j->n) return false;
    if (j->enough && j->enough(j->ctx)) return false;
    if (rq_cancelled()) atomic_store(&j->cancelled, true);
    return !atomic_load(&j->cancelled);
}

static void *work_loop(void *arg)
{
    const worker *w = arg;
    job *j = w->job;
    const rq_callbacks *before = rq_callbacks_install(j->callbacks);
    locale_t locale = uselocale(j->locale);
    while (goes_on(j)) {
        size_t i = atomic_fetch_add(&j->next, 1);
        if (i >= j->n) break;
        run_one(j, w->number, i);
    }
    uselocale(locale);
    rq_callbacks_install(before);
    return NULL;
}

/* The calling thread is worker 0. Where the system gives fewer threads, fewer do the work. */
static void run_workers(worker *workers, unsigned threads)
{
    unsigned started = 1;
    while (started < threads &&
           pthread_create(&workers[started].thread, NULL, work_loop, &workers[started]) == 0)
        started++;
    work_loop(&workers[0]);
    for (unsigned k = 1; k < started; k++) pthread_join(workers[k].thread, NULL);
}

static rq_status outcome(const job *j)
{
    if (atomic_load(&j->failed) != SIZE_MAX)
        return rq_fail_lines(j->status, j->message ? j->message : "out of memory");
    if (atomic_load(&j->cancelled)) return rq_fail(RQ_ECANCELLED, "interrupted");
    return RQ_OK;
}

rq_status rq_parallel_ordered_until(unsigned threads, size_t n, rq_work_fn *work, rq_work_fn *merge,
                                    bool (*enough)(void *ctx), void *ctx)
{
    if (threads > n) threads = (unsigned)n;
    if (threads == 0) threads = 1;
    job j = {.work = work,
             .merge = merge,
             .enough = enough,
             .ctx = ctx,
             .callbacks = rq_callbacks_installed(),
             .locale = uselocale((locale_t)0),
             .n = n};
    atomic_init(&j.next, 0);
    atomic_init(&j.failed, SIZE_MAX);
    atomic_init(&j.cancelled, false);
    worker *workers;
    RQ_TRY(rq_calloc(&workers, threads, sizeof *workers, "threads"));
    for (unsigned k = 0; k < threads; k++) workers[k] = (worker){.job = &j, .number = k};
    pthread_mutex_init(&j.mutex, NULL);
    pthread_cond_init(&j.turn, NULL);
    run_workers(workers, threads);
    rq_status status = outcome(&j);
    pthread_cond_destroy(&j.turn);
    pthread_mutex_destroy(&j.mutex);
    free(j.message);
    free(workers);
    return status;
}

rq_status rq_parallel_ordered(unsigned threads, size_t n, rq_work_fn *work, rq_work_fn *merge,
                              void *ctx)
{
    return rq_parallel_ordered_until(threads, n, work, merge, NULL, ctx);
}

rq_status rq_parallel_for(unsigned threads, size_t n, rq_work_fn *fn, void *ctx)
{
    return rq_parallel_ordered(threads, n, fn, NULL, ctx);
}
