#include "engine/workbench/search/rounding_search.h"

#include "engine/base/callbacks.h"
#include "quant/plan_codes.h"

#define NOT_CONFIRMED "nearest: adaptive rounding does not improve the outputs on holdout images"
#define WHAT "adaptive rounding: output SQNR on holdout images"
/* Images to fit to, at least, by experiment: few do for pictures and INT8, unless the outputs leave
 * it open. Sequences are poorer in what differs, as padding is a part of them. */
#define FEW 24
#define MANY 48

typedef struct search {
    rq_quant_plan *plan;
    const rq_workload *workload;
    rq_search_images *images;
    rq_output_error *error;
    const rq_rounding_options *options;
    rq_plan_codes nearest;
    rq_output_scores before, after;
} search;

static rq_status score(rq_output_scores *out, const search *s, const rq_output_rival *rival)
{
    const rq_output_error_score_options scored = {
        .graph = s->workload->graph, .plan = s->plan, .rival = rival, .title = "round"};
    return rq_output_error_score(out, s->error, &scored);
}

/* Rounded anew, from the nearest codes, by n images at least; *used: by how many. */
static rq_status try_images(search *s, size_t n, size_t *used)
{
    const rq_output_rival rival = {.scores = &s->before};
    rq_images fit;
    rq_output_scores_close(&s->after);
    RQ_TRY(rq_plan_codes_copy(&s->nearest, s->plan, s->workload->bound));
    RQ_TRY(rq_search_images_fit(&fit, s->images, n));
    const rq_workload some = rq_workload_over(s->workload, &fit);
    *used = fit.dataset->n;
    rq_status status = rq_rounding_run(s->plan, &some, s->options);
    if (status == RQ_OK) status = score(&s->after, s, &rival);
    rq_images_close(&fit);
    return status;
}

/* They gain by the mean, which may be chance. */
static bool is_open(const search *s)
{
    const rq_output_gain gain = rq_output_scores_gain(&s->before, &s->after);
    return gain.image_mean > 0.0 && !rq_output_gain_is_confirmed(&gain, 0.0);
}

static size_t to_begin_with(const search *s)
{
    bool of_images = !s->images->fit.dataset->tensors;
    return of_images && s->plan->options.precision == RQ_PRECISION_INT8 ? FEW : MANY;
}

static rq_status keep_the_better(search *s)
{
    size_t used, all = s->images->fit.dataset->n;
    RQ_TRY(score(&s->before, s, NULL));
    RQ_TRY(try_images(s, to_begin_with(s), &used));
    if (used < MANY && used < all && is_open(s)) {
        rq_plan_codes_restore(s->plan, &s->nearest, NULL);
        RQ_TRY(try_images(s, MANY, &used));
    }
    bool confirmed = rq_output_scores_confirm(WHAT, &s->before, &s->after, 0.0);
    if (!confirmed) rq_plan_codes_restore(s->plan, &s->nearest, NOT_CONFIRMED);
    rq_output_scores_swap(&s->images->scores, confirmed ? &s->after : &s->before);
    return RQ_OK;
}

static rq_status search_images(rq_quant_plan *plan, const rq_workload *w, rq_search_images *images,
                               const rq_rounding_options *options)
{
    search s = {.plan = plan, .workload = w, .images = images, .options = options};
    RQ_TRY(rq_search_images_outputs(&s.error, images, "round"));
    rq_status status = keep_the_better(&s);
    rq_output_scores_close(&s.before);
    rq_output_scores_close(&s.after);
    return status;
}

rq_status rq_rounding_search(rq_quant_plan *plan, const rq_workload *workload,
                             rq_search_images *images, const rq_rounding_options *options)
{
    if (images->enough) return search_images(plan, workload, images, options);
    rq_log("weights are rounded to nearest: too few images to validate anything else on");
    return RQ_OK;
}
