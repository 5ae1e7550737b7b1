#include "engine/workbench/quantize/quantize_job.h"

#include "datasets/generated.h"
#include "engine/base/file.h"
#include "engine/base/progress.h"

bool rq_quantize_has_ranges(const rq_quantize_options *options)
{
    return !options->fp16 && options->plan.scope.precision == RQ_PRECISION_INT8;
}

bool rq_quantize_has_real_images(const rq_workload *workload)
{
    return workload->data && !rq_starts_with(workload->data, RQ_GENERATED_PREFIX);
}

void rq_quantize_end_step(rq_quantization *q, const char *name)
{
    double now = rq_now();
    if (q->n_steps < RQ_MAX_STEPS)
        q->steps[q->n_steps++] = (rq_report_step){name, now - q->step_started, NULL};
    q->step_started = now;
}

static rq_status choose_paths(rq_quantization *q)
{
    const rq_quantize_options *o = q->options;
    const char *suffix = o->fp16 ? "fp16" : rq_quantize_has_ranges(o) ? "int8" : "int8-weights";
    RQ_TRY(rq_output_paths_make(&q->paths, o->output, q->workload.graph->path, suffix,
                                q->workload.arena));
    return rq_make_dirs(q->paths.dir);
}

rq_status rq_quantize_run(rq_quantization *out, const rq_workload *workload,
                          const rq_quantize_options *options)
{
    *out = (rq_quantization){.options = options, .workload = *workload, .step_started = rq_now()};
    RQ_TRY(choose_paths(out));
    if (options->given) RQ_TRY(rq_quantize_follow_equalizations(out));
    rq_quantize_end_step(out, "read");
    if (!options->fp16) RQ_TRY(rq_quantize_gather(out));
    rq_quantize_end_step(out, "calibrate");
    RQ_TRY(rq_quantize_equalize(out));
    if (!options->fp16) RQ_TRY(rq_quantize_decide(out));
    RQ_TRY(rq_quantize_build(out));
    rq_quantize_end_step(
        out, out->plan && out->plan->options.adaptive_rounding ? "write" : "decide and write");
    RQ_TRY(rq_quantize_measure(out));
    return rq_quantize_report(out);
}

rq_status rq_quantize_plan(rq_quantization *out, const rq_workload *workload,
                           const rq_quantize_options *options)
{
    *out = (rq_quantization){.options = options, .workload = *workload, .step_started = rq_now()};
    if (options->given) RQ_TRY(rq_quantize_follow_equalizations(out));
    RQ_TRY(rq_quantize_gather(out));
    RQ_TRY(rq_quantize_equalize(out));
    return rq_quantize_decide(out);
}

void rq_quantization_close(rq_quantization *q)
{
    rq_evaluation_close(&q->evaluation);
    rq_images_close(&q->val);
    rq_quant_plan_destroy(&q->plan);
    rq_stats_destroy(&q->gathered);
    rq_graph_destroy(&q->result); /* before the graph it was cloned from */
    rq_bound_destroy(&q->changed_bound);
    rq_graph_destroy(&q->changed);
}
