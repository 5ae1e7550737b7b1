#include "engine/workbench/quantize/quantize_job.h"

#include "engine/workbench/quantize/first_checks.h"
#include "engine/workbench/quantize/resources.h"

static rq_status open_output(rq_quantization *q, const rq_workload *w)
{
    const rq_quantize_options *o = q->options;
    rq_precision precision = o->decide.plan.precision;
    const rq_resources needed = rq_resources_estimate(w, &o->decide, o->speed_seconds);
    RQ_TRY(rq_output_folder_open(&q->output, o->output, w->graph->path,
                                 rq_precision_word(precision), w->arena));
    return rq_resources_check(&needed, q->output.paths.dir);
}

static size_t count_steps(const rq_workload *workload, const rq_quantize_options *options)
{
    bool plans = rq_precision_has_plan(options->decide.plan.precision);
    size_t decides = plans ? rq_decide_count_steps(workload, &options->decide) : 0;
    return decides + rq_finish_count_steps(workload, options->val.name || workload->data.name,
                                           options->speed_seconds);
}

rq_status rq_quantize_decide(rq_quantization *out, rq_workload *workload,
                             const rq_quantize_options *options)
{
    *out = (rq_quantization){.options = options};
    RQ_TRY(open_output(out, workload));
    RQ_TRY(rq_first_checks_run(workload));
    out->decision.workload = *workload;
    rq_steps_begin(&out->steps, count_steps(workload, options));
    if (!rq_precision_has_plan(options->decide.plan.precision)) return RQ_OK;
    rq_decide_options decide = options->decide;
    rq_finish_keep_stats(&decide, &out->output);
    return rq_decide_run(&out->decision, workload, &decide, &out->steps);
}

rq_finish_options rq_quantize_finish_options(rq_quantization *q)
{
    const rq_quantize_options *o = q->options;
    return (rq_finish_options){.workload = &q->decision.workload,
                               .model = q->decision.model,
                               .build = {q->decision.plan, o->float_fp16, q->decision.stats},
                               .asked = &o->decide,
                               .stats = q->decision.stats,
                               .output = &q->output,
                               .qdq = o->qdq,
                               .val = &q->val,
                               .val_source = o->val,
                               .thumbnails = o->thumbnails,
                               .speed_seconds = o->speed_seconds,
                               .command = o->command,
                               .lint = o->lint,
                               .evaluate = o->evaluate,
                               .tune = o->tune,
                               .target_isa = o->target_isa,
                               .steps = &q->steps};
}

static rq_status run(rq_quantization *out, rq_workload *workload,
                     const rq_quantize_options *options)
{
    rq_images val; /* before the first image is run: its labels may be wrong */
    RQ_TRY(rq_finish_open_val(&val, workload, &options->val, options->labels));
    rq_status status = rq_quantize_decide(out, workload, options);
    out->val = val;
    RQ_TRY(status);
    const rq_finish_options finish = rq_quantize_finish_options(out);
    RQ_TRY(rq_finish_run(&out->finished, &finish));
    return rq_finish_commit(&out->output, &out->decision, false);
}

rq_status rq_quantize_run(rq_quantization *out, rq_workload *workload,
                          const rq_quantize_options *options)
{
    *out = (rq_quantization){0};
    return rq_output_folder_end(&out->output, run(out, workload, options));
}

void rq_quantization_close(rq_quantization *q)
{
    rq_finished_close(&q->finished); /* its graph before the one that it was cloned from */
    rq_images_close(&q->val);
    rq_decision_close(&q->decision);
    rq_output_folder_close(&q->output);
}
