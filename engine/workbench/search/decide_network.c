#include "engine/workbench/search/decide_network.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/calibrate/calibrate.h"
#include "engine/workbench/search/equalize_search.h"

#include <math.h>

/* From now on, all is about the equalized network. */
static void take_equalized(rq_decision *out, rq_graph *graph, rq_bound *bound)
{
    out->model = out->workload.graph;
    out->changed = graph;
    out->changed_bound = bound;
    rq_workload_take_bound(&out->workload, graph, bound);
}

static rq_status find_scaled(rq_decider *d, const rq_graph *changed)
{
    rq_scaled_value *values;
    const rq_decision *out = d->out;
    RQ_TRY(rq_equalize_scaled_values(&values, &d->scaled.n, changed, d->workload->bound,
                                     out->equalizations, out->n_equalizations, d->workload->arena));
    d->scaled.values = values;
    return RQ_OK;
}

rq_status rq_decide_network_follow(rq_decider *d)
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
    if (status == RQ_OK) status = find_scaled(d, graph);
    if (status == RQ_OK) status = rq_bind(&bound, graph, w->exec.shapes, w->exec.n_shapes);
    if (status == RQ_OK)
        take_equalized(out, graph, bound);
    else
        rq_graph_destroy(&graph);
    return status;
}

static bool could_equalize(const rq_decider *d)
{
    const rq_decide_options *o = d->options;
    bool for_weights = o->plan.precision == RQ_PRECISION_INT4_WEIGHTS && !o->given &&
                       rq_decision_has_real_images(&d->out->workload);
    return o->equalize != RQ_EQUALIZE_OFF && !o->lent && (rq_decider_may_search(d) || for_weights);
}

bool rq_decide_network_may_change(const rq_decider *d)
{
    return could_equalize(d) && !d->options->given_stats;
}

static void tell_not_equalized(const rq_decider *d)
{
    if (could_equalize(d) && d->options->given_stats)
        rq_log("scaling of channels is not tried, as given statistics (--stats) are not of the "
               "network that it would make");
}

/* Where the outputs gain by it. */
static rq_status equalize(rq_decider *d)
{
    rq_decision *out = d->out;
    rq_equalization found;
    const rq_equalize_options options = {.plan = &d->options->plan, .stats = d->begun.stats};
    rq_steps_start(d->steps, "equalize");
    RQ_TRY(rq_equalize_search(&found, &out->workload, &d->images, &options));
    rq_steps_end(d->steps);
    if (!found.graph) return RQ_OK;
    take_equalized(out, found.graph, found.bound);
    d->scaled = found.scaled;
    rq_stats_destroy(&d->begun.stats);
    d->begun.stats = found.gathered;
    out->equalizations = found.equalizations;
    out->n_equalizations = found.n_equalizations;
    return RQ_OK;
}

static bool has_none(const rq_stats *stats)
{
    const rq_stats_origin *o = rq_stats_origin_of(stats);
    return o->images_bad == o->images_done;
}

/* None where none of them can be read: whoever runs all of them judges that. */
static rq_status gather_few(rq_decider *d)
{
    rq_begun_stats *few = &d->begun;
    rq_calibration calibration = {0};
    const rq_calibrate_options options = {.title = "layers"};
    RQ_TRY(rq_equalize_search_images(&few->images, &d->images));
    few->images.max_bad = (double)INFINITY;
    const rq_workload some = rq_workload_over(d->workload, &few->images);
    RQ_TRY(rq_calibrate_run(&calibration, &some, &options));
    few->stats = calibration.stats;
    if (has_none(few->stats)) rq_begun_stats_close(few);
    return RQ_OK;
}

static rq_status find_layers(rq_decide_options *own, rq_decider *d)
{
    rq_steps_start(d->steps, "layers");
    RQ_TRY(gather_few(d));
    if (d->begun.stats) RQ_TRY(rq_decider_find_noisy_layers(own, d, d->begun.stats));
    rq_steps_end(d->steps);
    return RQ_OK;
}

rq_status rq_decide_network_choose(rq_decide_options *own, rq_decider *d)
{
    tell_not_equalized(d);
    if (!rq_decide_network_may_change(d)) return RQ_OK;
    RQ_TRY(rq_decider_need_images(d));
    if (d->images.enough) RQ_TRY(find_layers(own, d));
    bool knows = d->begun.stats || !d->images.enough; /* that there are too few, too */
    return knows ? equalize(d) : RQ_OK;
}
