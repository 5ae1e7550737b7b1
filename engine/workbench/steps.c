#include "engine/workbench/steps.h"

#include "engine/base/progress.h"

void rq_steps_begin(rq_steps *steps, size_t expected)
{
    *steps = (rq_steps){.expected = expected};
}

void rq_steps_start(rq_steps *steps, const char *name)
{
    steps->name = name;
    steps->started = rq_now();
    steps->at++;
    rq_progress_part(name, steps->at, steps->at > steps->expected ? 0 : steps->expected);
}

void rq_steps_end(rq_steps *steps)
{
    double seconds = rq_now() - steps->started;
    if (steps->n < RQ_MAX_STEPS) steps->list[steps->n++] = (rq_report_step){steps->name, seconds};
}
