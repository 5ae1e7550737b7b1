#include "engine/workbench/search/build_quantized.h"

#include "engine/base/version.h"
#include "quant/apply.h"

static rq_status mark(rq_graph *graph, rq_precision precision)
{
    RQ_TRY(rq_graph_set_rt_info(graph, "requant/version", RQ_VERSION));
    return rq_graph_set_rt_info(graph, "requant/precision", rq_precision_word(precision));
}

static rq_status mark_plan(rq_graph *graph, const rq_quant_plan *plan)
{
    const rq_plan_options *o = &plan->options;
    RQ_TRY(mark(graph, o->precision));
    RQ_TRY(rq_graph_set_rt_info(graph, "requant/preset", rq_presets[o->preset].name));
    RQ_TRY(rq_graph_set_rt_info(graph, "requant/range", rq_plan_range_name(o)));
    return rq_graph_set_rt_info(graph, "requant/overflow_fix", rq_overflow_fixes[o->overflow].name);
}

rq_status rq_build_int8(rq_graph **out, const rq_graph *graph, const rq_quant_plan *plan)
{
    RQ_TRY(rq_graph_clone(out, graph));
    rq_status status = rq_quant_plan_apply(*out, plan);
    if (status == RQ_OK) status = mark_plan(*out, plan);
    if (status != RQ_OK) rq_graph_destroy(out);
    return status;
}

static rq_status build_fp16(rq_graph **out, const rq_graph *graph, rq_fp16_report *report)
{
    RQ_TRY(rq_graph_clone(out, graph));
    rq_status status = rq_fp16_compress(*out, report);
    if (status == RQ_OK) status = mark(*out, RQ_PRECISION_FP16);
    if (status != RQ_OK) rq_graph_destroy(out);
    return status;
}

rq_status rq_build_result(rq_graph **out, const rq_workload *w, const rq_build_options *options,
                          rq_fp16_report *report)
{
    *out = NULL;
    rq_status status = options->plan ? rq_build_int8(out, w->graph, options->plan)
                                     : build_fp16(out, w->graph, report);
    if (status == RQ_OK && options->plan && options->float_fp16)
        status = rq_fp16_compress_float(*out, report);
    if (status != RQ_OK) rq_graph_destroy(out);
    return status;
}
