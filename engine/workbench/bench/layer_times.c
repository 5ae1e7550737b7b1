#include "engine/workbench/bench/layer_times.h"

#include "engine/base/mem.h"
#include "engine/base/numbers.h"
#include "engine/base/progress.h"
#include "engine/run/seeded_session.h"

#include <stdlib.h>
#include <string.h>

#define ENGINE "onednn"
#define MIN_ROUNDS 5
#define MAX_ROUNDS 50

typedef struct side {
    rq_model *model;
    rq_seeded_session seeded;
    size_t n_nodes;
    double *spent;  /* by node: until now */
    double *passed; /* [round][node]: seconds of one inference */
} side;

static rq_status open_side(side *s, const rq_graph *graph, const rq_exec_options *exec,
                           uint64_t seed)
{
    rq_exec_options options = *exec;
    options.backend = ENGINE;
    RQ_TRY(rq_model_create(&s->model, graph, &options));
    RQ_TRY(rq_seeded_session_open(&s->seeded, s->model, seed));
    RQ_TRY(rq_session_time_nodes(s->seeded.session));
    RQ_TRY(rq_seeded_session_run(&s->seeded)); /* warm-up */
    const rq_bound *bound = rq_model_bound(s->model);
    const double *spent = rq_session_node_seconds(s->seeded.session);
    if (!bound || !spent) return RQ_OK;
    s->n_nodes = bound->graph->n_nodes;
    RQ_TRY(rq_calloc(&s->spent, s->n_nodes, sizeof *s->spent, "node times"));
    RQ_TRY(rq_calloc(&s->passed, MAX_ROUNDS * s->n_nodes, sizeof *s->passed, "node times"));
    memcpy(s->spent, spent, s->n_nodes * sizeof *spent);
    return RQ_OK;
}

static void close_side(side *s)
{
    rq_seeded_session_close(&s->seeded);
    rq_model_destroy(&s->model);
    free(s->spent);
    free(s->passed);
}

static rq_status run_round(side *s, size_t turn)
{
    RQ_TRY(rq_seeded_session_run(&s->seeded));
    const double *spent = rq_session_node_seconds(s->seeded.session);
    for (size_t i = 0; i < s->n_nodes; i++)
        s->passed[turn * s->n_nodes + i] = spent[i] - s->spent[i];
    if (s->n_nodes) memcpy(s->spent, spent, s->n_nodes * sizeof *spent);
    return RQ_OK;
}

static double median_ms(const side *s, size_t node, size_t turns)
{
    double times[MAX_ROUNDS];
    for (size_t t = 0; t < turns; t++) times[t] = s->passed[t * s->n_nodes + node];
    return 1e3 * rq_median(times, turns);
}

static rq_status list_times(rq_node_times *out, const side *s, size_t turns, rq_arena *arena)
{
    const rq_bound *bound = rq_model_bound(s->model);
    out->n = 0;
    out->nodes = rq_arena_alloc(arena, s->n_nodes, sizeof *out->nodes);
    if (!out->nodes) return RQ_ENOMEM;
    for (size_t i = 0; s->n_nodes && i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        if (bound->nodes[node->id].folded) continue;
        /* the engine's graph goes with the model */
        rq_node_time *time = &out->nodes[out->n++];
        time->name = rq_arena_strdup(arena, node->name);
        time->type = rq_arena_strdup(arena, node->type);
        time->ms = median_ms(s, node->id, turns);
        if (!time->name || !time->type) return RQ_ENOMEM;
    }
    return RQ_OK;
}

static rq_status race(side sides[2], double seconds, size_t *turns)
{
    double started = rq_now();
    for (*turns = 0; *turns < MAX_ROUNDS; ++*turns) {
        if (*turns >= MIN_ROUNDS && rq_now() - started > seconds) break;
        RQ_TRY(run_round(&sides[0], *turns));
        RQ_TRY(run_round(&sides[1], *turns));
    }
    return RQ_OK;
}

rq_status rq_layer_times_measure(rq_node_times *before, rq_node_times *after,
                                 const rq_graph *graph_before, const rq_graph *graph_after,
                                 const rq_exec_options *exec, double seconds, uint64_t seed,
                                 rq_arena *arena)
{
    side sides[2];
    size_t turns;
    memset(sides, 0, sizeof sides);
    before->n = after->n = 0;
    rq_status status = open_side(&sides[0], graph_before, exec, seed);
    if (status == RQ_OK) status = open_side(&sides[1], graph_after, exec, seed);
    if (status == RQ_OK) status = race(sides, seconds, &turns);
    if (status == RQ_OK) status = list_times(before, &sides[0], turns, arena);
    if (status == RQ_OK) status = list_times(after, &sides[1], turns, arena);
    close_side(&sides[0]);
    close_side(&sides[1]);
    return status == RQ_EUNSUPPORTED ? RQ_OK : status;
}
