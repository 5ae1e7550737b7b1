#include "engine/workbench/search/decider.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/search/filter_banks.h"
#include "engine/workbench/search/noisy_layers.h"
#include "reports/limits.h"

bool rq_decider_may_search(const rq_decider *d)
{
    return !d->options->given && rq_precision_has_ranges(d->options->plan.precision) &&
           rq_decision_has_real_images(&d->out->workload);
}

/* Of all that could be read. */
void rq_decider_tell_few_images(const rq_decider *d)
{
    const rq_decide_options *o = d->options;
    if (!d->images.enough || !d->out->stats || o->given_stats || o->lent ||
        !rq_precision_has_ranges(o->plan.precision))
        return;
    const rq_stats_origin *origin = rq_stats_origin_of(d->out->stats);
    size_t n = origin->images_done - origin->images_bad;
    if (n >= RQ_LIMIT_CALIBRATION_IMAGES) return;
    rq_log("ranges are made of all %zu images, holdout images too: their figures flatter, until "
           "there are %d or more",
           n, RQ_LIMIT_CALIBRATION_IMAGES);
}

rq_status rq_decider_need_images(rq_decider *d)
{
    if (d->images.workload) return RQ_OK;
    RQ_TRY(rq_search_images_open(&d->images, d->workload));
    rq_decider_tell_few_images(d);
    return RQ_OK;
}

rq_status rq_decider_find_noisy_layers(rq_decide_options *own, rq_decider *d, const rq_stats *stats)
{
    const rq_workload *w = &d->out->workload;
    if (!rq_decider_may_search(d)) return RQ_OK;
    RQ_TRY(rq_filter_banks_find(&own->plan, w, stats, d->images.memo));
    RQ_TRY(rq_noisy_layers_find(&own->plan, w, stats, d->images.memo));
    d->knows_noisy_layers = true;
    return RQ_OK;
}
