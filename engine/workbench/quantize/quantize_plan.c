#include "engine/base/callbacks.h"
#include "engine/workbench/search/bias_sequential.h"
#include "engine/workbench/calibrate/calibrate.h"
#include "engine/workbench/quantize/quantize_job.h"
#include "engine/workbench/search/range_search.h"
#include "engine/workbench/search/rounding_run.h"
#include "engine/ir/ir.h"
#include "engine/ops/common/reshape_graph.h"
#include "quant/plan_json.h"

#define ROUNDING_SECONDS 120.0

rq_status rq_quantizing_gather(rq_quantizing *q)
{
    rq_subject *s = &q->subject;
    const char *given = rq_args_get(s->args, "stats", NULL);
    if (!given && !s->data) return RQ_OK;
    if (!given) RQ_TRY(rq_subject_images(&q->calib, s, NULL));
    rq_calibration job = {.graph = s->graph,
                          .bound = s->bound,
                          .exec = &s->exec,
                          .request = &s->request,
                          .args = s->args,
                          .images = given ? NULL : &q->calib,
                          .given = given,
                          .data = s->data,
                          .threads = s->threads,
                          .path = q->model ? q->paths.stats_equalized : q->paths.stats};
    rq_status status = rq_calibrate(&q->stats, &job);
    if (status != RQ_OK && given && q->model)
        return rq_fail_prefix(status, "the plan moves scales between layers, so it needs the "
                                      "stats-equalized.h5 beside it, or images");
    RQ_TRY(status);
    if (job.reused && !given)
        rq_log("statistics of %s are reused: same model, preprocessing and images", job.path);
    return RQ_OK;
}

/* --range auto, with images at hand. */
static rq_status search_ranges(rq_quantizing *q, rq_range_search *search)
{
    rq_subject *s = &q->subject;
    *search = (rq_range_search){0};
    if (q->plan_options.range || q->given || !rq_quantizing_has_ranges(q) ||
        !rq_quantizing_has_real_images(q))
        return RQ_OK;
    rq_output_error_job job = {.graph = s->graph,
                               .exec = &s->exec,
                               .request = &s->request,
                               .args = s->args,
                               .data = s->data,
                               .seed = s->seed,
                               .threads = s->threads};
    RQ_TRY(rq_range_search_run(search, &q->plan_options, s->bound, q->stats, &job));
    rq_quantizing_end_step(q, "ranges");
    return RQ_OK;
}

static rq_status create_plan(rq_quantizing *q)
{
    rq_range_search search;
    rq_plan_options options = q->plan_options;
    rq_status status = search_ranges(q, &search);
    options.point_ranges = search.point_ranges;
    options.point_reason = search.reason;
    if (status == RQ_OK) status = rq_plan_create(&q->plan, q->subject.bound, q->stats, &options);
    rq_range_search_close(&search);
    return status;
}

/* Made-up pictures tell ranges, but not which inputs go together. */
static rq_status fit_codes(rq_quantizing *q)
{
    rq_subject *s = &q->subject;
    double budget;
    RQ_TRY(rq_settings_number(&budget, rq_args_settings(s->args), "budget", ROUNDING_SECONDS, 0.0,
                              1e9));
    if (!q->plan->options.fit_codes) return RQ_OK;
    if (!rq_quantizing_has_real_images(q)) {
        q->plan->options.fit_codes = false;
        if (q->stats && !s->data)
            rq_log("weights are rounded to the nearest code: fitting them needs images, --data");
        return RQ_OK;
    }
    rq_quantizing_end_step(q, "decide");
    rq_rounding_job job = {.graph = s->graph,
                           .bound = s->bound,
                           .stats = q->stats,
                           .exec = &s->exec,
                           .request = &s->request,
                           .args = s->args,
                           .data = s->data,
                           .subset = s->subset,
                           .seed = s->seed,
                           .threads = s->threads,
                           .seconds = budget};
    RQ_TRY(rq_rounding_run(q->plan, &job));
    rq_quantizing_end_step(q, "round");
    return RQ_OK;
}

/* --sequential-bias-correction */
static rq_status correct_biases(rq_quantizing *q)
{
    rq_subject *s = &q->subject;
    if (!rq_args_has(s->args, "sequential-bias-correction")) return RQ_OK;
    if (!rq_quantizing_has_real_images(q))
        return rq_fail(RQ_EARG, "--sequential-bias-correction needs images: --data");
    const rq_bias_sequence job = {.graph = s->graph,
                                  .bound = s->bound,
                                  .exec = &s->exec,
                                  .request = &s->request,
                                  .args = s->args,
                                  .data = s->data,
                                  .subset = s->subset,
                                  .seed = s->seed,
                                  .threads = s->threads};
    RQ_TRY(rq_bias_sequence_run(q->plan, &job));
    rq_quantizing_end_step(q, "biases");
    return RQ_OK;
}

rq_status rq_quantizing_build(rq_quantizing *q)
{
    rq_subject *s = &q->subject;
    if (q->fp16) {
        RQ_TRY(rq_build_fp16(&q->result, s->graph, &q->fp16_report));
    } else {
        RQ_TRY(create_plan(q));
        RQ_TRY(fit_codes(q));
        RQ_TRY(correct_biases(q));
        q->plan->moves = q->moves;
        q->plan->n_moves = q->n_moves;
        RQ_TRY(rq_plan_save(q->plan, q->model ? q->model : s->graph, q->paths.plan));
        RQ_TRY(rq_build_int8(&q->result, s->graph, q->plan));
        if (q->rest_fp16) RQ_TRY(rq_fp16_compress_rest(q->result, &q->fp16_report));
    }
    if (s->reshaped && s->bound) RQ_TRY(rq_graph_make_static(q->result, s->bound));
    return rq_ir_write(q->result, q->paths.xml);
}
