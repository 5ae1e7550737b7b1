#include "engine/workbench/quantize/quantize_job.h"

#include "engine/base/callbacks.h"
#include "engine/ir/ir.h"
#include "engine/ops/reshape_graph.h"
#include "engine/workbench/calibrate/calibrate.h"
#include "engine/workbench/search/bias_sequential.h"
#include "engine/workbench/search/range_search.h"
#include "engine/workbench/search/rounding_run.h"
#include "quant/plan_create.h"
#include "quant/plan_json.h"

rq_status rq_quantize_gather(rq_quantization *q)
{
    const rq_workload *w = &q->workload;
    const char *given = q->options->given_stats;
    if (q->options->lent) {
        q->stats = q->options->lent;
        return rq_calibration_check(q->stats, "the statistics", w);
    }
    if (!given && !w->data) return RQ_OK;
    rq_calibration calibration;
    const rq_calibrate_options options = {
        .given = given, .path = q->model ? q->paths.stats_equalized : q->paths.stats};
    rq_status status = rq_calibrate_run(&calibration, w, &options);
    if (status != RQ_OK && given && q->model)
        return rq_fail_prefix(status, "the plan has cross-layer equalization: it needs the "
                                      "stats-equalized.h5 beside it (--stats), or images (--data)");
    RQ_TRY(status);
    q->stats = q->gathered = calibration.stats;
    if (calibration.reused && !given)
        rq_log("reusing statistics of %s: same model, preprocessing and images", options.path);
    return RQ_OK;
}

/* --range auto, with images at hand. */
static rq_status search_ranges(rq_quantization *q, rq_range_search *search)
{
    const rq_quantize_options *o = q->options;
    *search = (rq_range_search){0};
    if (o->plan.range || o->given || !rq_quantize_has_ranges(o) ||
        !rq_quantize_has_real_images(&q->workload))
        return RQ_OK;
    RQ_TRY(rq_range_search_run(search, &q->workload, q->stats, &o->plan));
    rq_quantize_end_step(q, "ranges");
    return RQ_OK;
}

static rq_status create_plan(rq_quantization *q)
{
    rq_range_search search;
    rq_status status = search_ranges(q, &search);
    const rq_quantize_options *o = q->options;
    const rq_plan_inputs inputs = {.given = o->given,
                                   .point_estimators = search.point_estimators,
                                   .point_reason = search.reason,
                                   .threads = q->workload.threads};
    if (status == RQ_OK)
        status = rq_quant_plan_create(&q->plan, q->workload.bound, q->stats, &o->plan, &inputs);
    rq_range_search_close(&search);
    return status;
}

/* Generated images tell ranges, but not which inputs go together. */
static rq_status adaptive_rounding(rq_quantization *q)
{
    if (!q->plan->options.adaptive_rounding) return RQ_OK;
    if (!rq_quantize_has_real_images(&q->workload)) {
        q->plan->options.adaptive_rounding = false;
        if (q->stats && !q->workload.data)
            rq_log("weights are rounded to nearest: adaptive rounding needs images (--data)");
        return RQ_OK;
    }
    rq_quantize_end_step(q, "decide");
    const rq_rounding_options options = {.stats = q->stats,
                                         .seconds = q->options->rounding_seconds};
    RQ_TRY(rq_rounding_run(q->plan, &q->workload, &options));
    rq_quantize_end_step(q, "round");
    return RQ_OK;
}

static rq_status correct_biases(rq_quantization *q)
{
    if (!q->options->sequential_bias) return RQ_OK;
    if (!rq_quantize_has_real_images(&q->workload))
        return rq_fail(RQ_EARG, "--sequential-bias-correction needs images (--data)");
    RQ_TRY(rq_bias_sequential_run(q->plan, &q->workload));
    rq_quantize_end_step(q, "biases");
    return RQ_OK;
}

rq_status rq_quantize_decide(rq_quantization *q)
{
    RQ_TRY(create_plan(q));
    RQ_TRY(adaptive_rounding(q));
    RQ_TRY(correct_biases(q));
    q->plan->equalizations = q->equalizations;
    q->plan->n_equalizations = q->n_equalizations;
    return RQ_OK;
}

rq_status rq_quantize_save_plan(const rq_quantization *q, const char *path)
{
    return rq_quant_plan_save(q->plan, q->model ? q->model : q->workload.graph, path);
}

rq_status rq_quantize_apply(rq_graph **out, const rq_quantization *q, rq_fp16_report *report)
{
    const rq_workload *w = &q->workload;
    *out = NULL;
    rq_status status = q->options->fp16 ? rq_build_fp16(out, w->graph, report)
                                        : rq_build_int8(out, w->graph, q->plan);
    if (status == RQ_OK && !q->options->fp16 && q->options->float_fp16)
        status = rq_fp16_compress_float(*out, report);
    if (status == RQ_OK && w->reshaped && w->bound) status = rq_graph_make_static(*out, w->bound);
    if (status != RQ_OK) rq_graph_destroy(out);
    return status;
}

rq_status rq_quantize_build(rq_quantization *q)
{
    if (q->plan) RQ_TRY(rq_quantize_save_plan(q, q->paths.plan));
    RQ_TRY(rq_quantize_apply(&q->result, q, &q->fp16_report));
    return rq_ir_write(q->result, q->paths.xml);
}
