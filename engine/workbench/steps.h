/* The steps of a run and how long each took: for the report. */
#ifndef RQ_WORKBENCH_STEPS_H
#define RQ_WORKBENCH_STEPS_H

#include "reports/report.h"

#define RQ_MAX_STEPS 12 /* further ones are not listed */

typedef struct rq_steps {
    rq_report_step list[RQ_MAX_STEPS];
    size_t n;
    double started; /* of the step that is under way, as rq_now */
} rq_steps;

void rq_steps_begin(rq_steps *steps);
/* Ends the step under way, and begins the next one. `name` is kept. */
void rq_steps_end(rq_steps *steps, const char *name);

#endif
