/* The steps of a run and how long each took: for the report. */
#ifndef RQ_WORKBENCH_STEPS_H
#define RQ_WORKBENCH_STEPS_H

#include "reports/report.h"

#define RQ_MAX_STEPS 12 /* further ones are not listed */

typedef struct rq_steps {
    rq_report_step list[RQ_MAX_STEPS];
    size_t n;
    size_t at, expected; /* which one is under way, from 1; how many there will be, 0: not known */
    const char *name;    /* of that one */
    double started;      /* as rq_now */
} rq_steps;

void rq_steps_begin(rq_steps *steps, size_t expected);
/* `name` is kept. Tells the caller's callbacks. */
void rq_steps_start(rq_steps *steps, const char *name);
void rq_steps_end(rq_steps *steps); /* the one under way; one that fails has no end */

#endif
