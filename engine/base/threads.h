/* Workers.
 *
 * Results never depend on the number of threads: `work` calls may run in any order, `merge`
 * calls are strictly in the order of i. */
#ifndef RQ_BASE_THREADS_H
#define RQ_BASE_THREADS_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Called as fn(ctx, worker, i); worker is in [0, threads) and runs one call at a time. */
typedef rq_status rq_work_fn(void *ctx, unsigned worker, size_t i);

unsigned rq_cpu_count(void); /* CPUs this process may run on; at least 1 */

/* fn for every i in [0, n). The first failure (lowest i that failed) stops the rest and is
 * returned, its message carried to the calling thread; the caller's callbacks (callbacks.h) and
 * locale are carried to the workers. RQ_ECANCELLED once the callback `cancelled` said so. */
rq_status rq_parallel_for(unsigned threads, size_t n, rq_work_fn *fn, void *ctx);

/* work(i) in parallel, then merge(i) by the same worker, one at a time, in order of i.
 * On cancellation or failure, merges done are always a prefix 0..k-1. */
rq_status rq_parallel_ordered(unsigned threads, size_t n, rq_work_fn *work, rq_work_fn *merge,
                              void *ctx);

/* The same, until enough(ctx), which any worker asks before it takes an i, says so: what was taken
 * is finished and merged, and that is RQ_OK. */
rq_status rq_parallel_ordered_until(unsigned threads, size_t n, rq_work_fn *work, rq_work_fn *merge,
                                    bool (*enough)(void *ctx), void *ctx);

#endif
