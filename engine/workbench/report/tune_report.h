/* The files of a tuned model: what quantize writes, with the layers that were kept. */
#ifndef RQ_WORKBENCH_REPORT_TUNE_REPORT_H
#define RQ_WORKBENCH_REPORT_TUNE_REPORT_H

#include "engine/workbench/report/finish.h"
#include "engine/workbench/tune/tune.h"

typedef struct rq_tuned {
    rq_partial_plan *partial;
    rq_report_budget budget;
    rq_report_note note;
    rq_report_trial *trials; /* in the tune's arena */
    rq_finished finished;
} rq_tuned;

/* Finishes the best trial. Of `options`, workload, model, plan, statistics and images are taken
 * from the tune. After a failure too, to be closed, before the tune. */
rq_status rq_tune_write(rq_tuned *out, const rq_tuning *tune, const rq_finish_options *options);
void rq_tuned_close(rq_tuned *tuned);

#endif
