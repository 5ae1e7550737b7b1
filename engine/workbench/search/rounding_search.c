#include "engine/workbench/search/rounding_search.h"

#include "engine/base/callbacks.h"
#include "quant/plan_codes.h"

#define NOT_CONFIRMED "nearest: adaptive rounding does not improve the outputs on holdout images"
#define WHAT "adaptive rounding: output SQNR on holdout images"
/* To fit to, at least: by experiment. More images do not make the rounding of networks that see
 * pictures better; sequences, of which padding is a part, are poorer in what differs. */
#define IMAGES 24
#define SEQUENCES 48

static size_t wanted_of(const rq_search_images *images)
{
    return images->fit.dataset->tensors ? SEQUENCES : IMAGES;
}

/* `fit` is the workload over the images to fit to. */
static rq_status keep_the_better(rq_quant_plan *plan, const rq_workload *fit,
                                 rq_output_error *error, const rq_rounding_options *options)
{
    rq_output_scores before = {0}, after = {0};
    const rq_output_rival rival = {.scores = &before};
    rq_output_error_score_options scored = {.graph = fit->graph, .plan = plan, .title = "round"};
    rq_plan_codes nearest;
    RQ_TRY(rq_plan_codes_copy(&nearest, plan, fit->bound));
    rq_status status = rq_output_error_score(&before, error, &scored);
    if (status == RQ_OK) status = rq_rounding_run(plan, fit, options);
    scored.rival = &rival;
    if (status == RQ_OK) status = rq_output_error_score(&after, error, &scored);
    if (status == RQ_OK && !rq_output_scores_confirm(WHAT, &before, &after, 0.0))
        rq_plan_codes_restore(plan, &nearest, NOT_CONFIRMED);
    rq_output_scores_close(&before);
    rq_output_scores_close(&after);
    return status;
}

static rq_status search(rq_quant_plan *plan, const rq_workload *w, rq_search_images *images,
                        const rq_rounding_options *options)
{
    rq_output_error *outputs;
    rq_images fit;
    RQ_TRY(rq_search_images_outputs(&outputs, images, "round"));
    RQ_TRY(rq_search_images_fit(&fit, images, wanted_of(images)));
    const rq_workload some = rq_workload_over(w, &fit);
    rq_status status = keep_the_better(plan, &some, outputs, options);
    rq_images_close(&fit);
    return status;
}

rq_status rq_rounding_search(rq_quant_plan *plan, const rq_workload *workload,
                             rq_search_images *images, const rq_rounding_options *options)
{
    if (images->enough) return search(plan, workload, images, options);
    rq_log("weights are rounded to nearest: too few images to validate anything else on");
    return RQ_OK;
}
