#include "engine/workbench/search/equalize_search.h"
#include "engine/workbench/quantize/quantize_job.h"

/* From now on, all is about a network whose scales have moved. */
static void take_moved(rq_quantizing *q, rq_graph *graph, rq_bound *bound)
{
    q->model = q->subject.graph;
    q->model_bound = q->subject.bound;
    q->subject.graph = graph;
    q->subject.bound = bound;
}

rq_status rq_quantizing_follow_moves(rq_quantizing *q)
{
    rq_subject *s = &q->subject;
    rq_graph *graph;
    rq_bound *bound = NULL;
    if (q->given->n_moves == 0) return RQ_OK;
    q->n_moves = q->given->n_moves;
    RQ_TRY(rq_plan_file_moves(&q->moves, q->given, s->bound, s->choice.arena));
    RQ_TRY(rq_graph_clone(&graph, s->graph));
    rq_status status = rq_equalize_apply(graph, s->bound, q->moves, q->n_moves);
    if (status == RQ_OK) status = rq_bind(&bound, graph, s->choice.shapes, s->choice.n_shapes);
    if (status == RQ_OK)
        take_moved(q, graph, bound);
    else
        rq_graph_destroy(&graph);
    return status;
}

rq_status rq_quantizing_equalize(rq_quantizing *q)
{
    rq_subject *s = &q->subject;
    static const char *const ways[] = {"auto", "off", NULL};
    int how;
    RQ_TRY(rq_settings_choice(&how, rq_args_settings(s->args), "equalize", ways, 0));
    if (how == 1 || q->given || !rq_quantizing_has_ranges(q) || !q->calib.dataset ||
        !rq_quantizing_has_real_images(q))
        return RQ_OK;
    rq_equalizing job = {.graph = s->graph,
                         .bound = s->bound,
                         .options = &q->plan_options,
                         .exec = &s->exec,
                         .request = &s->request,
                         .args = s->args,
                         .images = &q->calib,
                         .data = s->data,
                         .stats_path = q->paths.stats_equalized,
                         .subset = s->subset,
                         .seed = s->seed,
                         .threads = s->threads,
                         .arena = s->choice.arena};
    RQ_TRY(rq_equalizing_run(&job));
    rq_quantizing_end_step(q, "equalize");
    if (!job.changed) return RQ_OK;
    take_moved(q, job.changed, job.changed_bound);
    rq_stats_destroy(&q->stats);
    q->stats = job.changed_stats;
    q->moves = job.moves;
    q->n_moves = job.n_moves;
    return RQ_OK;
}
