#include "engine/workbench/search/decide.h"

#include "datasets/generated.h"
#include "engine/base/callbacks.h"
#include "engine/base/progress.h"
#include "engine/workbench/calibrate/calibrate.h"
#include "engine/workbench/search/bias_search.h"
#include "engine/workbench/search/equalize_search.h"
#include "engine/workbench/search/filter_banks.h"
#include "engine/workbench/search/noisy_layers.h"
#include "engine/workbench/search/range_search.h"
#include "engine/workbench/search/rounding_search.h"
#include "quant/detect_quantized.h"
#include "quant/finite_weights.h"
#include "quant/plan_create.h"
#include "reports/limits.h"

typedef struct decider {
    rq_decision *out;
    const rq_decide_options *options;
    rq_steps *steps;
    const rq_workload *workload; /* before anything is equalized */
    rq_search_images images;     /* of it; {0}: no search asked yet */
} decider;

bool rq_decide_has_real_images(const rq_workload *workload)
{
    return workload->data.name && !rq_is_generated(workload->data.name);
}

rq_status rq_decide_refuse_quantized(const rq_graph *graph, const char *remedy)
{
    rq_existing_quantization d = rq_detect_quantized(graph);
    if (!rq_is_quantized(&d)) return RQ_OK;
    return rq_fail(RQ_EARG,
                   "%s is quantized already (%zu FakeQuantize, %zu integer weights%s%s); "
                   "quantizing it again only adds error. Start from the FP32 model%s",
                   graph->path, d.n_fake_quantize, d.n_integer_weights,
                   d.marked_by ? ", made by " : "", d.marked_by ? d.marked_by : "", remedy);
}

/* Ranges are decided here, and there are images to try them on. */
static bool may_search(const decider *d)
{
    return !d->options->given && rq_precision_has_ranges(d->options->plan.precision) &&
           rq_decide_has_real_images(&d->out->workload);
}

/* Ranges are of all images: the holdout ones judge what they helped to make. */
static void tell_few_images(const decider *d)
{
    const rq_decide_options *o = d->options;
    size_t n = d->workload->images.dataset->n;
    if (!d->images.enough || n >= RQ_LIMIT_CALIBRATION_IMAGES || o->given_stats || o->lent ||
        !rq_precision_has_ranges(o->plan.precision))
        return;
    rq_log("ranges are made of all %zu images, holdout images too: their figures flatter, until "
           "there are %d or more",
           n, RQ_LIMIT_CALIBRATION_IMAGES);
}

/* What all searches share. */
static rq_status need_images(decider *d)
{
    if (d->images.workload) return RQ_OK;
    RQ_TRY(rq_search_images_open(&d->images, d->workload));
    tell_few_images(d);
    return RQ_OK;
}

/* Rules for layers that INT8 would drown in noise, into the options. */
static rq_status find_noisy_layers(rq_decide_options *own, decider *d)
{
    const rq_workload *w = &d->out->workload;
    if (!may_search(d)) return RQ_OK;
    rq_steps_start(d->steps, "layers");
    RQ_TRY(need_images(d));
    RQ_TRY(rq_filter_banks_find(&own->plan, w, d->out->stats, d->images.memo));
    RQ_TRY(rq_noisy_layers_find(&own->plan, w, d->out->stats, d->images.memo));
    rq_steps_end(d->steps);
    return RQ_OK;
}

/* -- equalization ---------------------------------------------------------------------------- */

/* From now on, all is about the equalized network. */
static void take_equalized(rq_decision *out, rq_graph *graph, rq_bound *bound)
{
    out->model = out->workload.graph;
    out->changed = graph;
    out->changed_bound = bound;
    rq_workload_take_bound(&out->workload, graph, bound);
}

/* The moves of scales that the given plan lists. */
static rq_status follow_equalizations(decider *d)
{
    rq_decision *out = d->out;
    const rq_workload *w = &out->workload;
    const rq_plan_file *given = d->options->given;
    rq_graph *graph;
    rq_bound *bound = NULL;
    if (!given || given->n_equalizations == 0) return RQ_OK;
    out->n_equalizations = given->n_equalizations;
    RQ_TRY(rq_plan_file_equalizations(&out->equalizations, given, w->bound, w->arena));
    RQ_TRY(rq_graph_clone(&graph, w->graph));
    rq_status status = rq_equalize_apply(graph, w->bound, out->equalizations, out->n_equalizations);
    if (status == RQ_OK) status = rq_bind(&bound, graph, w->exec.shapes, w->exec.n_shapes);
    if (status == RQ_OK)
        take_equalized(out, graph, bound);
    else
        rq_graph_destroy(&graph);
    return status;
}

static bool could_equalize(const decider *d)
{
    const rq_decide_options *o = d->options;
    bool for_weights = o->plan.precision == RQ_PRECISION_INT4_WEIGHTS && !o->given &&
                       rq_decide_has_real_images(&d->out->workload);
    return o->equalize != RQ_EQUALIZE_OFF && !o->lent && (may_search(d) || for_weights);
}

static bool may_equalize(const decider *d)
{
    if (!could_equalize(d)) return false;
    if (d->options->given_stats)
        rq_log("scaling of channels is not tried, as given statistics (--stats) are not of the "
               "network that it would make");
    return !d->options->given_stats;
}

/* Where the outputs gain by it. */
static rq_status equalize(decider *d)
{
    const rq_decide_options *o = d->options;
    rq_decision *out = d->out;
    rq_equalization found;
    if (!may_equalize(d)) return RQ_OK;
    rq_steps_start(d->steps, "equalize");
    const rq_equalize_options options = {.plan = &o->plan,
                                         .stats = out->stats,
                                         .stats_path = o->stats_equalized_path,
                                         .earlier_stats = o->earlier_stats_equalized};
    RQ_TRY(need_images(d));
    RQ_TRY(rq_equalize_search(&found, &out->workload, &d->images, &options));
    rq_steps_end(d->steps);
    if (!found.graph) return RQ_OK;
    take_equalized(out, found.graph, found.bound);
    rq_stats_destroy(&out->gathered);
    out->stats = out->gathered = found.stats;
    out->saved_stats_equalized = found.stats_path && found.stats_path == o->stats_equalized_path;
    out->equalizations = found.equalizations;
    out->n_equalizations = found.n_equalizations;
    return RQ_OK;
}

/* -- statistics ------------------------------------------------------------------------------ */

static rq_status run_images(decider *d)
{
    rq_decision *out = d->out;
    rq_calibration calibration;
    const rq_decide_options *o = d->options;
    const rq_calibrate_options options = {
        .given = o->given_stats,
        .path = out->model ? o->stats_equalized_path : o->stats_path,
        .earlier = out->model ? o->earlier_stats_equalized : o->earlier_stats};
    rq_steps_start(d->steps, "calibrate");
    rq_status status = rq_calibrate_run(&calibration, &out->workload, &options);
    if (status != RQ_OK && o->given_stats && out->model)
        return rq_fail_prefix(status, "the plan has cross-layer equalization: it needs the "
                                      "stats-equalized.h5 beside it (--stats), or images (--data)");
    RQ_TRY(status);
    out->stats = out->gathered = calibration.stats;
    bool saved = calibration.path && calibration.path == options.path;
    *(out->model ? &out->saved_stats_equalized : &out->saved_stats) = saved;
    if (calibration.reused && calibration.path)
        rq_log("reusing statistics of %s: same model, preprocessing and images", calibration.path);
    rq_steps_end(d->steps);
    return RQ_OK;
}

static bool runs_images(const decider *d)
{
    const rq_decide_options *o = d->options;
    return !o->lent && (o->given_stats || d->out->workload.data.name);
}

/* Of the activations, where they are needed. */
static rq_status gather(decider *d)
{
    rq_decision *out = d->out;
    if (d->options->lent) {
        out->stats = d->options->lent;
        return rq_calibration_check(out->stats, "the statistics", &out->workload);
    }
    return runs_images(d) ? run_images(d) : RQ_OK;
}

rq_status rq_decide_check(const rq_workload *w, const rq_decide_options *o)
{
    if (o->given) return rq_plan_file_check(o->given, w->bound);
    return rq_precision_has_plan(o->plan.precision) ? rq_finite_weights_check(w->bound, &o->plan)
                                                    : RQ_OK;
}

/* -- the plan -------------------------------------------------------------------------------- */

/* Of --range auto and --preset auto, with images at hand. */
static rq_status search_ranges(rq_range_search *search, decider *d)
{
    const rq_decide_options *o = d->options;
    const rq_workload *w = &d->out->workload;
    *search = (rq_range_search){0};
    if (!may_search(d)) return RQ_OK;
    rq_steps_start(d->steps, "ranges");
    RQ_TRY(need_images(d));
    RQ_TRY(rq_range_search_run(search, w, &d->images, d->out->stats, &o->plan));
    rq_steps_end(d->steps);
    return RQ_OK;
}

static rq_status create_plan(decider *d)
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
static rq_status adaptive_rounding(decider *d)
{
    rq_decision *out = d->out;
    if (out->plan->options.rounding != RQ_ROUNDING_ADAPTIVE) return RQ_OK;
    if (!rq_decide_has_real_images(&out->workload)) {
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
    RQ_TRY(need_images(d));
    RQ_TRY(rq_rounding_search(out->plan, &out->workload, &d->images, &options));
    rq_steps_end(d->steps);
    return RQ_OK;
}

/* Those of a plan that is followed, too: it says that they are corrected, not by what. */
static bool corrects_biases(const decider *d, const rq_plan_options *plan)
{
    return plan->bias_correction && rq_precision_has_ranges(plan->precision) &&
           rq_decide_has_real_images(&d->out->workload);
}

static rq_status correct_biases(decider *d)
{
    rq_decision *out = d->out;
    if (!corrects_biases(d, &out->plan->options)) return RQ_OK;
    rq_steps_start(d->steps, "biases");
    RQ_TRY(need_images(d));
    RQ_TRY(rq_bias_search(out->plan, &out->workload, &d->images));
    rq_steps_end(d->steps);
    return RQ_OK;
}

/* -- all ------------------------------------------------------------------------------------- */

size_t rq_decide_count_steps(const rq_workload *workload, const rq_decide_options *options)
{
    rq_decision decision = {.workload = *workload};
    const decider d = {.out = &decision, .options = options};
    bool rounds =
        options->plan.rounding == RQ_ROUNDING_ADAPTIVE && rq_decide_has_real_images(workload);
    size_t searches = may_search(&d) ? 2 : 0; /* layers, ranges */
    bool corrects = corrects_biases(&d, &options->plan);
    return 1 + searches + runs_images(&d) + may_equalize(&d) + rounds + corrects;
}

static rq_status decide_all(rq_decide_options *own, decider *d)
{
    RQ_TRY(find_noisy_layers(own, d));
    RQ_TRY(equalize(d));
    RQ_TRY(create_plan(d));
    RQ_TRY(adaptive_rounding(d));
    return correct_biases(d);
}

rq_status rq_decide_run(rq_decision *out, const rq_workload *workload,
                        const rq_decide_options *options, rq_steps *steps)
{
    *out = (rq_decision){.workload = *workload};
    rq_decide_options own = *options;
    decider d = {.out = out, .options = &own, .steps = steps, .workload = workload};
    RQ_TRY(follow_equalizations(&d));
    RQ_TRY(gather(&d));
    rq_status status = decide_all(&own, &d);
    rq_search_images_close(&d.images);
    return status;
}

const rq_graph *rq_decision_model(const rq_decision *decision)
{
    return decision->model ? decision->model : decision->workload.graph;
}

void rq_decision_close(rq_decision *decision)
{
    rq_quant_plan_destroy(&decision->plan);
    rq_stats_destroy(&decision->gathered);
    rq_bound_destroy(&decision->changed_bound);
    rq_graph_destroy(&decision->changed);
}
