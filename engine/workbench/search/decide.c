#include "engine/workbench/search/decide.h"

#include "engine/base/callbacks.h"
#include "engine/base/mem.h"
#include "engine/base/progress.h"
#include "engine/workbench/calibrate/calibrate_equalized.h"
#include "engine/workbench/search/bias_search.h"
#include "engine/workbench/search/decide_network.h"
#include "engine/workbench/search/range_search.h"
#include "engine/workbench/search/rounding_search.h"
#include "quant/detect_quantized.h"
#include "quant/finite_weights.h"
#include "quant/plan_create.h"

rq_status rq_decide_refuse_quantized(const rq_graph *graph, const char *remedy)
{
    rq_existing_quantization d = rq_detect_quantized(graph);
    if (!rq_is_quantized(&d)) return RQ_OK;
    return rq_fail(RQ_EARG,
                   "%s is quantized already (%zu FakeQuantize, %zu integer weight%s%s%s); "
                   "quantizing it again only adds error. Start from the FP32 model%s",
                   graph->path, d.n_fake_quantize, d.n_integer_weights,
                   rq_plural(d.n_integer_weights), d.marked_by ? ", made by " : "",
                   d.marked_by ? d.marked_by : "", remedy);
}

/* -- statistics ------------------------------------------------------------------------------ */

static void tell_reused(const char *path)
{
    rq_log("reusing statistics of %s: same model, preprocessing and images", path);
}

static rq_status run_images(rq_decider *d)
{
    rq_decision *out = d->out;
    rq_calibration calibration;
    const rq_decide_options *o = d->options;
    const rq_calibrate_options options = {
        .given = o->given_stats, .path = o->stats_path, .earlier = o->earlier_stats};
    rq_steps_start(d->steps, "calibrate");
    rq_status status = rq_calibrate_rest_run(&calibration, &out->workload, &options, &d->begun);
    if (status != RQ_OK && o->given_stats && out->model)
        return rq_fail_prefix(status, "the plan has cross-layer equalization: it needs the "
                                      "stats-equalized.h5 beside it (--stats), or images (--data)");
    RQ_TRY(status);
    out->stats = out->gathered = calibration.stats;
    out->saved_stats = calibration.path && calibration.path == options.path;
    out->ran_unequalized = !o->given_stats && rq_precision_has_ranges(o->plan.precision);
    if (calibration.reused && calibration.path) tell_reused(calibration.path);
    rq_steps_end(d->steps);
    return RQ_OK;
}

/* Of both networks, in one pass. */
static rq_status run_equalized(rq_decider *d)
{
    rq_decision *out = d->out;
    const rq_decide_options *o = d->options;
    rq_equalized_calibration calibration;
    const rq_calibrate_equalized_options options = {.scaled = d->scaled,
                                                    .path = o->stats_path,
                                                    .earlier = o->earlier_stats,
                                                    .equalized_path = o->stats_equalized_path,
                                                    .equalized_earlier = o->earlier_stats_equalized,
                                                    .begun = &d->begun};
    rq_steps_start(d->steps, "calibrate");
    RQ_TRY(rq_calibrate_equalized_run(&calibration, d->workload, &out->workload, &options));
    rq_stats_destroy(&calibration.stats.before);
    out->stats = out->gathered = calibration.stats.after;
    out->saved_stats = out->saved_stats_equalized = calibration.saved;
    if (calibration.reused) tell_reused(calibration.reused);
    rq_steps_end(d->steps);
    return RQ_OK;
}

static bool runs_images(const rq_decider *d)
{
    const rq_decide_options *o = d->options;
    return !o->lent && (o->given_stats || d->out->workload.data.name);
}

/* Of the activations, where they are needed. */
static rq_status gather(rq_decider *d)
{
    rq_decision *out = d->out;
    if (d->options->lent) {
        out->stats = d->options->lent;
        return rq_calibration_check(out->stats, "the statistics", &out->workload);
    }
    if (!runs_images(d)) return RQ_OK;
    return d->scaled.n && !d->options->given_stats ? run_equalized(d) : run_images(d);
}

rq_status rq_decide_check(const rq_workload *w, const rq_decide_options *o)
{
    if (o->given) return rq_plan_file_check(o->given, w->bound);
    return rq_precision_has_plan(o->plan.precision) ? rq_finite_weights_check(w->bound, &o->plan)
                                                    : RQ_OK;
}

/* -- the plan -------------------------------------------------------------------------------- */

static bool tries_ranges(const rq_decider *d)
{
    return rq_decider_may_search(d) && rq_range_search_is_open(&d->options->plan);
}

/* Of --range auto and --preset auto, with images at hand. */
static rq_status search_ranges(rq_range_search *search, rq_decider *d)
{
    const rq_decide_options *o = d->options;
    const rq_workload *w = &d->out->workload;
    *search = (rq_range_search){0};
    if (!tries_ranges(d)) return RQ_OK;
    rq_steps_start(d->steps, "ranges");
    RQ_TRY(rq_decider_need_images(d));
    RQ_TRY(rq_range_search_run(search, w, &d->images, d->out->stats, &o->plan));
    rq_steps_end(d->steps);
    return RQ_OK;
}

static rq_status create_plan(rq_decider *d)
{
    rq_range_search search;
    rq_status status = search_ranges(&search, d);
    rq_decision *out = d->out;
    const rq_decide_options *o = d->options;
    const rq_plan_inputs inputs = {.given = o->given,
                                   .point_ranges = search.point_ranges,
                                   .point_reason = search.reason,
                                   .ranges = &search.ranges,
                                   .memo = d->images.memo,
                                   .threads = out->workload.threads};
    if (status == RQ_OK) rq_steps_start(d->steps, "decide");
    if (status == RQ_OK)
        status =
            rq_quant_plan_create(&out->plan, out->workload.bound, out->stats, &o->plan, &inputs);
    rq_range_search_close(&search);
    RQ_TRY(status);
    rq_steps_end(d->steps);
    out->plan->equalizations = out->equalizations;
    out->plan->n_equalizations = out->n_equalizations;
    return RQ_OK;
}

/* Generated images tell ranges, but not which inputs go together. */
static bool rounds_adaptively(const rq_decider *d, const rq_plan_options *plan)
{
    return plan->rounding == RQ_ROUNDING_ADAPTIVE && rq_decision_has_real_images(&d->out->workload);
}

static rq_status adaptive_rounding(rq_decider *d)
{
    rq_decision *out = d->out;
    if (out->plan->options.rounding != RQ_ROUNDING_ADAPTIVE) return RQ_OK;
    if (!rounds_adaptively(d, &out->plan->options)) {
        out->plan->options.rounding = RQ_ROUNDING_NEAREST;
        if (out->stats && !out->workload.data.name)
            rq_log("weights are rounded to nearest: adaptive rounding needs images (--data)");
        return RQ_OK;
    }
    double budget = d->options->budget;
    const rq_rounding_options options = {.stats = out->stats,
                                         .work = d->options->rounding_work,
                                         .deadline = budget > 0 ? rq_now() + budget : 0};
    rq_steps_start(d->steps, "round");
    RQ_TRY(rq_decider_need_images(d));
    RQ_TRY(rq_rounding_search(out->plan, &out->workload, &d->images, &options));
    rq_steps_end(d->steps);
    return RQ_OK;
}

/* Those of a plan that is followed, too: it says that they are corrected, not by what. */
static bool corrects_biases(const rq_decider *d, const rq_plan_options *plan)
{
    return plan->bias_correction && rq_precision_has_ranges(plan->precision) &&
           rq_decision_has_real_images(&d->out->workload);
}

static rq_status correct_biases(rq_decider *d)
{
    rq_decision *out = d->out;
    if (!corrects_biases(d, &out->plan->options)) return RQ_OK;
    rq_steps_start(d->steps, "biases");
    RQ_TRY(rq_decider_need_images(d));
    RQ_TRY(rq_bias_search(out->plan, &out->workload, &d->images));
    rq_steps_end(d->steps);
    return RQ_OK;
}

/* -- all ------------------------------------------------------------------------------------- */

rq_decide_stages rq_decide_find_stages(const rq_workload *workload,
                                       const rq_decide_options *options)
{
    rq_decision decision = {.workload = *workload};
    const rq_decider d = {.out = &decision, .options = options};
    bool equalizes = rq_decide_network_may_change(&d);
    return (rq_decide_stages){.calibrates = runs_images(&d),
                              .equalizes = equalizes,
                              .tries_layers = rq_decider_may_search(&d) || equalizes,
                              .tries_ranges = tries_ranges(&d),
                              .rounds = rounds_adaptively(&d, &options->plan),
                              .corrects_biases = corrects_biases(&d, &options->plan)};
}

size_t rq_decide_count_steps(const rq_workload *workload, const rq_decide_options *options)
{
    const rq_decide_stages s = rq_decide_find_stages(workload, options);
    return 1 + s.calibrates + s.equalizes + s.tries_layers + s.tries_ranges + s.rounds +
           s.corrects_biases;
}

/* Unless that was done before all images ran. */
static rq_status find_noisy_layers(rq_decide_options *own, rq_decider *d)
{
    if (!rq_decider_may_search(d) || d->knows_noisy_layers) return RQ_OK;
    rq_steps_start(d->steps, "layers");
    RQ_TRY(rq_decider_need_images(d));
    RQ_TRY(rq_decider_find_noisy_layers(own, d, d->out->stats));
    rq_steps_end(d->steps);
    return RQ_OK;
}

static rq_status decide_all(rq_decide_options *own, rq_decider *d)
{
    RQ_TRY(rq_decide_network_follow(d));
    RQ_TRY(rq_decide_network_choose(own, d));
    RQ_TRY(gather(d));
    rq_model_end_lending(d->workload->lender); /* from here on most trials are of integers */
    rq_decider_tell_few_images(d);
    rq_begun_stats_close(&d->begun);
    RQ_TRY(find_noisy_layers(own, d));
    RQ_TRY(create_plan(d));
    RQ_TRY(adaptive_rounding(d));
    return correct_biases(d);
}

rq_status rq_decide_run(rq_decision *out, const rq_workload *workload,
                        const rq_decide_options *options, rq_steps *steps)
{
    *out = (rq_decision){.workload = *workload};
    rq_decide_options own = *options;
    rq_decider d = {.out = out, .options = &own, .steps = steps, .workload = workload};
    rq_status status = decide_all(&own, &d);
    rq_begun_stats_close(&d.begun);
    rq_search_images_close(&d.images);
    rq_mem_trim(); /* before the network and its quantized form run side by side */
    return status;
}
