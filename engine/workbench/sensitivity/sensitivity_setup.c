#include "engine/workbench/sensitivity/sensitivity_setup.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/calibrate/calibrate.h"
#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/search/rounding_run.h"
#include "quant/detect_quantized.h"
#include "quant/plan_create.h"

static rq_status refuse_quantized(const rq_graph *graph)
{
    rq_existing_quantization d = rq_detect_quantized(graph);
    if (!rq_is_quantized(&d)) return RQ_OK;
    return rq_fail(RQ_EARG, "%s is quantized already; start from the FP32 model", graph->path);
}

static rq_status calibrate(rq_setup *s, const rq_setup_options *options)
{
    rq_calibration calibration;
    const rq_calibrate_options how = {.path = options->stats_path, .given = options->given_stats};
    RQ_TRY(rq_calibrate_run(&calibration, s->workload, &how));
    s->stats = calibration.stats;
    if (calibration.reused && !how.given)
        rq_log("reusing statistics of %s: same model, preprocessing and images", how.path);
    return RQ_OK;
}

static rq_status adaptive_rounding(rq_setup *s, double seconds)
{
    const rq_rounding_options options = {.stats = s->stats, .seconds = seconds};
    if (seconds <= 0) s->plan->options.adaptive_rounding = false;
    return s->plan->options.adaptive_rounding ? rq_rounding_run(s->plan, s->workload, &options)
                                              : RQ_OK;
}

rq_status rq_setup_open(rq_setup *out, const rq_workload *workload, const rq_setup_options *options)
{
    *out = (rq_setup){.workload = workload};
    RQ_TRY(refuse_quantized(workload->graph));
    RQ_TRY(calibrate(out, options));
    const rq_plan_inputs inputs = {.threads = workload->threads};
    RQ_TRY(rq_quant_plan_create(&out->plan, workload->bound, out->stats, options->plan, &inputs));
    RQ_TRY(adaptive_rounding(out, options->fit_seconds));
    RQ_TRY(rq_build_int8(&out->quantized, workload->graph, out->plan));
    return rq_parts_create(&out->parts, out->plan, workload->bound);
}

void rq_setup_close(rq_setup *s)
{
    rq_parts_destroy(&s->parts);
    rq_quant_plan_destroy(&s->plan);
    rq_stats_destroy(&s->stats);
    rq_graph_destroy(&s->quantized);
}
