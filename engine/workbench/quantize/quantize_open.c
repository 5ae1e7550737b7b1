#include "engine/workbench/quantize/quantize_job.h"

#include "calib/stats_file.h"
#include "datasets/dataset.h"
#include "datasets/generated.h"
#include "engine/base/callbacks.h"
#include "engine/base/text.h"
#include "engine/workbench/preparation.h"
#include "quant/detect_quantized.h"
#include "quant/placement/target_placement.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define GENERATED_IMAGES 100

/* A graph that was lent stays as it is. */
static rq_status strip(rq_workload *w)
{
    if (w->lent) {
        rq_graph *copy;
        RQ_TRY(rq_graph_clone(&copy, w->graph));
        w->graph = copy;
        w->lent = false;
    }
    return rq_strip_quantization(w->graph);
}

/* What computes nothing is no model, also where it would not be run. */
static rq_status refuse_without_output(const rq_graph *graph)
{
    rq_id *results;
    size_t n;
    RQ_TRY(rq_graph_list(&results, &n, graph, "Result"));
    free(results);
    return n ? RQ_OK
             : rq_fail(RQ_EFORMAT, "%s: no output: expected a layer of type Result", graph->path);
}

static rq_status accept_quantized(rq_workload *w, bool requantize)
{
    rq_existing_quantization d = rq_detect_quantized(w->graph);
    if (!rq_is_quantized(&d)) return RQ_OK;
    if (!requantize) return rq_decide_refuse_quantized(w->graph, ", or use --requantize");
    rq_log("%s is quantized already: its ranges are removed, its rounded weights are used",
           w->graph->path);
    return strip(w);
}

static bool are_arrays(const rq_data_source *data, const char *format)
{
    const rq_dataset_options of = {.data = data->name, .given = data->given, .format = format};
    return data->name && rq_dataset_is_tensors(&of);
}

/* Without data the statistics tell whether inputs were arrays; without these what the result is
 * measured on. */
static rq_status ask_others(rq_workload *w, const rq_quantize_options *o)
{
    rq_stats *loaded = NULL;
    const rq_stats *stats = o->decide.lent;
    if (w->data.name) return RQ_OK;
    if (!stats && !o->decide.given_stats) {
        w->request.tensors = are_arrays(&o->val, w->of_images.format);
        return RQ_OK;
    }
    if (!stats) RQ_TRY(rq_stats_load(&loaded, o->decide.given_stats));
    const char *preprocess = rq_stats_origin_of(stats ? stats : loaded)->preprocess;
    w->request.tensors = preprocess && !strcmp(preprocess, RQ_NO_IMAGES);
    rq_stats_destroy(&loaded);
    return RQ_OK;
}

/* Pictures made up where ranges are needed and nobody gives any. */
static rq_status choose_data(rq_workload *w, const rq_quantize_options *o)
{
    if (w->data.name || o->decide.given_stats || o->decide.lent ||
        !rq_precision_has_ranges(o->decide.plan.precision))
        return RQ_OK;
    RQ_TRY(rq_image_request_check(&w->request, w->graph));
    w->data.name =
        rq_arena_printf(w->arena, RQ_GENERATED_PREFIX "%d:%" PRIu64, GENERATED_IMAGES, w->seed);
    rq_log("no --data: calibrating on %d generated images; expect lower accuracy than with real "
           "images, and check it with --val",
           GENERATED_IMAGES);
    return w->data.name ? RQ_OK : RQ_ENOMEM;
}

/* But for FP16, images of searches are run more than once; all others for statistics, and where
 * they are measured on, too far apart to hold them. */
static rq_status list_images(rq_workload *w, const rq_quantize_options *o)
{
    if (!w->data.name) return RQ_OK;
    if (rq_precision_has_plan(o->decide.plan.precision)) RQ_TRY(rq_workload_keep_images(w, false));
    return rq_workload_list(w, NULL);
}

/* Without data, shapes follow from what the result is measured on. */
static rq_status fit_to_val(rq_workload *w, const rq_data_source *val)
{
    w->data = *val;
    rq_status status = rq_workload_fit(w);
    w->data = (rq_data_source){0};
    rq_images_close(&w->images);
    rq_images_close(&w->all);
    return status;
}

/* What the target misses is said together with what fitting misses: one more command is enough. */
static rq_status fit(rq_workload *w, const rq_quantize_options *o)
{
    rq_target target = o->decide.plan.target;
    bool has_ranges = rq_precision_has_ranges(o->decide.plan.precision);
    bool fits = w->data.name || has_ranges || o->val.name;
    bool to_val = !w->data.name && !has_ranges && o->val.name;
    rq_status status = to_val ? fit_to_val(w, &o->val) : fits ? rq_workload_fit(w) : RQ_OK;
    bool sized = fits && status == RQ_OK;
    if (status == RQ_EARG && !w->make_static)
        RQ_TRY(rq_target_check_shapes(w->graph, target, NULL, 0));
    RQ_TRY(status);
    if (w->make_static) return RQ_OK;
    return rq_target_check_shapes(w->graph, target, w->exec.shapes, sized ? w->exec.n_shapes : 0);
}

/* To FP16 and no further: nothing is run, and each constant is read when it is written. */
static bool only_converts(const rq_workload *w, const rq_quantize_options *o)
{
    return !rq_precision_has_plan(o->decide.plan.precision) && !w->data.name && !o->val.name &&
           !w->make_static;
}

static bool to_onnx(const rq_quantize_options *o)
{
    return o->output && rq_ends_with(o->output, ".onnx");
}

rq_status rq_quantize_open(rq_workload *w, rq_quantize_options *o)
{
    RQ_TRY(refuse_without_output(w->graph));
    RQ_TRY(choose_data(w, o));
    if (w->data.name || o->val.name) RQ_TRY(rq_backend_check_observes(&w->exec));
    RQ_TRY(ask_others(w, o));
    bool streams = only_converts(w, o) && !o->requantize && !to_onnx(o);
    if (!streams) RQ_TRY(rq_graph_load(w->graph));
    RQ_TRY(accept_quantized(w, o->requantize));
    if (to_onnx(o)) RQ_TRY(rq_to_onnx_check(w->graph));
    if (only_converts(w, o)) return RQ_OK;
    RQ_TRY(fit(w, o));
    if (rq_precision_has_plan(o->decide.plan.precision)) RQ_TRY(rq_preparation_run(w));
    RQ_TRY(rq_preparation_scope(&o->decide.plan.scope, w));
    RQ_TRY(rq_preparation_bind(w));
    RQ_TRY(rq_decide_check(w, &o->decide));
    return list_images(w, o);
}
