#include "engine/workbench/search/build_quantized.h"

#include "engine/base/version.h"
#include "engine/run/model_info.h"
#include "engine/run/recorded_request.h"
#include "engine/workbench/output_end.h"
#include "quant/apply.h"
#include "quant/nncf_info.h"
#include "reports/adapters/adapter.h"

#include <string.h>

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

static rq_status build_planned(rq_graph **out, const rq_graph *graph, const rq_quant_plan *plan)
{
    RQ_TRY(rq_graph_clone(out, graph));
    rq_status status = rq_quant_plan_apply(*out, plan);
    if (status == RQ_OK) status = mark_plan(*out, plan);
    if (status != RQ_OK) rq_graph_destroy(out);
    return status;
}

rq_status rq_build_int8(rq_graph **out, const rq_graph *graph, const rq_quant_plan *plan)
{
    RQ_TRY(build_planned(out, graph, plan));
    rq_status status = rq_graph_load(*out);
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

/* Images that the ranges are of; 0: not known. Of statistics that are read, and of the same images
 * run, it is the same number. */
static size_t count_images(const rq_workload *w, const rq_stats *stats)
{
    if (w->images.dataset) return w->images.dataset->n;
    return stats ? (size_t)rq_stats_origin_of(stats)->images_total : 0;
}

/* -- what the output is ----------------------------------------------------------------------- */

/* Sizes of the first input that images fit; 0: there is none. */
static rq_view view_of(const rq_workload *w)
{
    rq_image_plan plan;
    for (size_t i = 0; i < w->bound->n_parameters; i++) {
        const rq_node *node = w->graph->nodes[w->bound->parameters[i]];
        const rq_tensor *input = &w->bound->values[node->out[0]];
        if (input->shape.rank == 4 &&
            rq_preprocess_resolve(&plan, &w->request.preprocess, &input->shape, input->dtype,
                                  node->name) == RQ_OK)
            return (rq_view){.input_width = plan.width, .input_height = plan.height};
    }
    return (rq_view){0};
}

static const rq_adapter *guess_adapter(const rq_workload *w)
{
    const rq_bound *bound = w->bound;
    rq_output *outputs = rq_arena_alloc(w->arena, bound->n_results, sizeof *outputs);
    const rq_view view = view_of(w);
    rq_adapter_use use;
    for (size_t i = 0; outputs && i < bound->n_results; i++) {
        const rq_node *node = w->graph->nodes[bound->results[i]];
        outputs[i] = (rq_output){node->name, bound->values[node->in[0]].shape, NULL};
    }
    if (!outputs || view.input_width == 0) return NULL;
    rq_adapter_guess(&use, outputs, bound->n_results, &view, 0);
    return use.adapter;
}

static bool is_classifier(const rq_workload *w)
{
    int64_t classes;
    if (w->bound->n_results != 1) return false;
    rq_id value = w->graph->nodes[w->bound->results[0]]->in[0];
    return rq_shape_is_classes(&w->bound->values[value].shape) &&
           rq_output_end_find(&classes, w->graph, w->bound, value) == RQ_END_SOFTMAX;
}

/* By what was asked for, or what the graph tells where its shapes are known: the same whatever
 * images there are. */
static const char *model_type_of(const rq_workload *w)
{
    const char *asked = w->request.adapter;
    const rq_adapter *adapter = NULL;
    if (asked)
        adapter = rq_adapter_named(asked);
    else if (w->bound)
        adapter = is_classifier(w) ? rq_adapter_named("classification") : guess_adapter(w);
    return adapter ? adapter->model_type : NULL;
}

static rq_status describe(rq_graph *graph, const rq_workload *w, const rq_build_options *options)
{
    if (options->plan)
        RQ_TRY(rq_nncf_info_set(graph, options->plan, count_images(w, options->stats)));
    RQ_TRY(rq_recorded_request_set(graph, &w->request));
    RQ_TRY(rq_recorded_shapes_set(graph, w->exec.shapes, w->exec.n_shapes));
    RQ_TRY(rq_model_info_set(graph, &w->request.preprocess, &w->of_images.model_names));
    return rq_model_info_add(graph, "model_type", model_type_of(w));
}

rq_status rq_build_result(rq_graph **out, const rq_workload *w, const rq_build_options *options,
                          rq_fp16_report *report)
{
    *out = NULL;
    rq_status status = options->plan ? build_planned(out, w->graph, options->plan)
                                     : build_fp16(out, w->graph, report);
    if (status == RQ_OK && options->plan && options->float_fp16)
        status = rq_fp16_compress_float(*out, report);
    if (status == RQ_OK) status = describe(*out, w, options);
    if (status != RQ_OK) rq_graph_destroy(out);
    return status;
}
