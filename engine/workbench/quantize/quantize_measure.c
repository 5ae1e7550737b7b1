#include "engine/workbench/bench/machine.h"
#include "engine/workbench/quantize/quantize_job.h"

#define SPEED_SECONDS 3.0
#define LAYER_SECONDS 1.0

/* Without --val, accuracy is measured on the calibration images, the same subset of them. */
static rq_status open_val(rq_quantization *q)
{
    const rq_workload *w = &q->workload;
    const rq_quantize_options *o = q->options;
    if (!o->val && !w->data) return RQ_OK;
    if (!o->val && !o->labels)
        return rq_images_draw(&q->val, &w->all, w->subset, w->seed, w->shuffle);
    return rq_workload_open_images(&q->val, w, o->val ? o->val : w->data, o->labels,
                                   o->val ? 0 : w->subset);
}

static rq_status measure_accuracy(rq_quantization *q)
{
    const rq_workload w = rq_workload_over(&q->workload, &q->val);
    const rq_evaluate_options options = {.before = w.graph, .after = q->result, .bound = w.bound};
    return rq_evaluate_run(&q->evaluation, &w, &options);
}

static rq_status measure_speed(rq_quantization *q)
{
    const rq_workload *w = &q->workload;
    rq_exec_options exec = w->exec;
    exec.backend = rq_backend_name(rq_speed_backend(&exec));
    exec.threads = w->threads;
    RQ_TRY(rq_speed_measure(&q->speed, w->graph, q->result, &exec, SPEED_SECONDS, w->seed));
    q->n_speeds = 1;
    return rq_layer_times_measure(&q->times_before, &q->times_after, w->graph, q->result, &exec,
                                  LAYER_SECONDS, w->seed, w->arena);
}

rq_status rq_quantize_measure(rq_quantization *q)
{
    RQ_TRY(open_val(q));
    if (!q->val.dataset) return RQ_OK;
    RQ_TRY(measure_accuracy(q));
    rq_quantize_end_step(q, "measure accuracy");
    q->peak_memory = rq_peak_memory(); /* before another runtime adds its own */
    RQ_TRY(measure_speed(q));
    rq_quantize_end_step(q, "measure speed");
    return RQ_OK;
}
