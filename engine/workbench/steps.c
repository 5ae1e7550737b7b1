#include "engine/workbench/steps.h"

#include "engine/base/progress.h"

void rq_steps_begin(rq_steps *steps)
{
    *steps = (rq_steps){.started = rq_now()};
}

void rq_steps_end(rq_steps *steps, const char *name)
{
    double now = rq_now();
    if (steps->n < RQ_MAX_STEPS)
        steps->list[steps->n++] = (rq_report_step){name, now - steps->started};
    steps->started = now;
}
