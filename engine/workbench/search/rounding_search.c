#include "engine/workbench/search/rounding_search.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/search/output_error.h"
#include "engine/workbench/search/search_images.h"
#include "quant/plan_codes.h"

#define NOT_CONFIRMED "nearest: adaptive rounding does not improve the outputs on holdout images"
#define IMAGES 48 /* to fit to, at least */

static rq_status score(rq_output_scores *out, rq_output_error *error, const rq_workload *w,
                       const rq_quant_plan *plan)
{
    rq_graph *graph;
    *out = (rq_output_scores){0};
    RQ_TRY(rq_build_int8(&graph, w->graph, plan));
    rq_status status = rq_output_error_score(out, error, graph);
    rq_graph_destroy(&graph);
    return status;
}

static void tell(const rq_output_scores *before, const rq_output_scores *after,
                 const rq_output_gain *gain, bool confirmed)
{
    rq_log(
        "adaptive rounding: output SQNR on holdout images %.1f dB vs %.1f dB without (%.2f dB an "
        "image, at least %.2f): %s",
        rq_output_scores_decibel(after), rq_output_scores_decibel(before), gain->image_mean,
        gain->image_mean_low, confirmed ? "applied" : "discarded");
}

/* `fit` is the workload over the images to fit to. */
static rq_status keep_the_better(rq_quant_plan *plan, const rq_workload *fit,
                                 rq_output_error *error, const rq_rounding_options *options)
{
    rq_output_scores before = {0}, after = {0};
    rq_plan_codes nearest;
    RQ_TRY(rq_plan_codes_copy(&nearest, plan, fit->bound));
    rq_status status = score(&before, error, fit, plan);
    if (status == RQ_OK) status = rq_rounding_run(plan, fit, options);
    if (status == RQ_OK) status = score(&after, error, fit, plan);
    if (status == RQ_OK) {
        const rq_output_gain gain = rq_output_scores_gain(&before, &after);
        bool confirmed = rq_output_gain_is_confirmed(&gain, 0.0);
        tell(&before, &after, &gain, confirmed);
        if (!confirmed) rq_plan_codes_restore(plan, &nearest, NOT_CONFIRMED);
    }
    rq_output_scores_close(&before);
    rq_output_scores_close(&after);
    return status;
}

static rq_status search(rq_quant_plan *plan, const rq_workload *w, const rq_search_images *images,
                        const rq_rounding_options *options)
{
    const rq_output_error_options kept = {.title = "round", .images = &images->holdout};
    const rq_workload some = rq_workload_over(w, &images->fit);
    rq_output_error *error;
    RQ_TRY(rq_output_error_open(&error, w, &kept));
    rq_status status = keep_the_better(plan, &some, error, options);
    rq_output_error_close(&error);
    return status;
}

rq_status rq_rounding_search(rq_quant_plan *plan, const rq_workload *workload,
                             const rq_rounding_options *options)
{
    rq_search_images images;
    RQ_TRY(rq_search_images_open(&images, workload, IMAGES));
    rq_status status = RQ_OK;
    if (images.enough)
        status = search(plan, workload, &images, options);
    else
        rq_log("weights are rounded to nearest: too few images to validate anything else on");
    rq_search_images_close(&images);
    return status;
}
