/* Measuring until it is stable, told as progress in seconds: how long a run takes is known before,
 * and how long it may go on after it at most. */
#ifndef RQ_WORKBENCH_BENCH_MEASURING_H
#define RQ_WORKBENCH_BENCH_MEASURING_H

#include "engine/base/progress.h"

#include <stdbool.h>

typedef struct rq_measuring {
    rq_progress progress; /* of whole seconds */
    double started, run_started;
    bool again;
} rq_measuring;

/* The first run, of about so many seconds. */
void rq_measuring_begin(rq_measuring *measuring, const char *title, double seconds);
void rq_measuring_tick(rq_measuring *measuring); /* now and then */
/* After a run. *left: seconds that may still be measured, which go down; NULL: none. Whether to run
 * once more, because of `noise` (NULL: it is stable), where that fits in. */
bool rq_measuring_again(rq_measuring *measuring, const char *noise, double *left);
void rq_measuring_end(rq_measuring *measuring); /* after a failure, too */

#endif
