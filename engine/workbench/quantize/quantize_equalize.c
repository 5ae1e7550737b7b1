#include "engine/workbench/quantize/quantize_job.h"
#include "engine/workbench/search/equalize_search.h"

/* From now on, all is about the equalized network. */
static void take_equalized(rq_quantization *q, rq_graph *graph, rq_bound *bound)
{
    q->model = q->workload.graph;
    q->workload.graph = q->changed = graph;
    q->workload.bound = q->changed_bound = bound;
}

rq_status rq_quantize_follow_equalizations(rq_quantization *q)
{
    const rq_workload *w = &q->workload;
    rq_graph *graph;
    rq_bound *bound = NULL;
    if (q->options->given->n_equalizations == 0) return RQ_OK;
    q->n_equalizations = q->options->given->n_equalizations;
    RQ_TRY(rq_plan_file_equalizations(&q->equalizations, q->options->given, w->bound, w->arena));
    RQ_TRY(rq_graph_clone(&graph, w->graph));
    rq_status status = rq_equalize_apply(graph, w->bound, q->equalizations, q->n_equalizations);
    if (status == RQ_OK) status = rq_bind(&bound, graph, w->exec.shapes, w->exec.n_shapes);
    if (status == RQ_OK)
        take_equalized(q, graph, bound);
    else
        rq_graph_destroy(&graph);
    return status;
}

rq_status rq_quantize_equalize(rq_quantization *q)
{
    const rq_quantize_options *o = q->options;
    if (!o->equalize || o->given || o->given_stats || o->lent || !rq_quantize_has_ranges(o) ||
        !rq_quantize_has_real_images(&q->workload))
        return RQ_OK;
    rq_equalization found;
    const rq_equalize_options options = {
        .plan = &o->plan, .stats = q->stats, .stats_path = q->paths.stats_equalized};
    RQ_TRY(rq_equalize_search(&found, &q->workload, &options));
    rq_quantize_end_step(q, "equalize");
    if (!found.graph) return RQ_OK;
    take_equalized(q, found.graph, found.bound);
    rq_stats_destroy(&q->gathered);
    q->stats = q->gathered = found.stats;
    q->equalizations = found.equalizations;
    q->n_equalizations = found.n_equalizations;
    return RQ_OK;
}
