#include "engine/workbench/bench/machine.h"
#include "engine/workbench/quantize/quantize_job.h"

#define SPEED_SECONDS 3.0
#define LAYER_SECONDS 1.0

/* Without --val, accuracy is measured on the calibration images, the same subset of them. */
static rq_status open_val(rq_quantizing *q)
{
    rq_subject *s = &q->subject;
    const char *val = rq_args_get(s->args, "val", NULL),
               *labels = rq_args_get(s->args, "labels", NULL);
    if (val) return rq_images_open(&q->val, &s->request, val, labels, 0, s->seed);
    return s->data ? rq_subject_images(&q->val, s, labels) : RQ_OK;
}

static rq_status measure_accuracy(rq_quantizing *q)
{
    rq_subject *s = &q->subject;
    q->measuring = (rq_measuring){.before = s->graph,
                                  .after = q->result,
                                  .bound = s->bound,
                                  .exec = &s->exec,
                                  .request = &s->request,
                                  .args = s->args,
                                  .images = &q->val,
                                  .threads = s->threads,
                                  .seed = s->seed};
    return rq_measuring_run(&q->measuring);
}

static rq_status measure_speed(rq_quantizing *q)
{
    rq_subject *s = &q->subject;
    rq_exec_options exec = s->exec;
    exec.backend = rq_backend_name(rq_speed_backend());
    exec.threads = s->threads;
    RQ_TRY(rq_speed_measure(&q->speed, s->graph, q->result, &exec, SPEED_SECONDS, s->seed));
    q->n_speeds = 1;
    return rq_layer_times_measure(&q->times_before, &q->times_after, s->graph, q->result, &exec,
                                  LAYER_SECONDS, s->seed, s->choice.arena);
}

rq_status rq_quantizing_measure(rq_quantizing *q)
{
    RQ_TRY(open_val(q));
    if (!q->val.dataset) return RQ_OK;
    RQ_TRY(measure_accuracy(q));
    rq_quantizing_end_step(q, "measure accuracy");
    q->peak_memory = rq_peak_memory(); /* before another runtime adds its own */
    RQ_TRY(measure_speed(q));
    rq_quantizing_end_step(q, "measure speed");
    return RQ_OK;
}
