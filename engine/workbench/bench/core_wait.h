/* How long this process's threads waited for a core: what other processes take from it. */
#ifndef RQ_WORKBENCH_BENCH_CORE_WAIT_H
#define RQ_WORKBENCH_BENCH_CORE_WAIT_H

/* Seconds of all threads that are alive; NaN where the system does not tell. */
typedef struct rq_core_wait {
    double ran, waited;
} rq_core_wait;

rq_core_wait rq_core_wait_now(void);
/* 0..1: of the time between the two that threads ran or waited, how much they waited. NaN: not
 * known, or too little ran to tell. */
double rq_core_wait_share(const rq_core_wait *from, const rq_core_wait *to);

#endif
