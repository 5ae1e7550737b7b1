#include "engine/workbench/bench/layer_times.h"

#include "engine/base/mem.h"
#include "engine/base/numbers.h"
#include "engine/base/progress.h"
#include "engine/run/seeded_session.h"
#include "engine/workbench/bench/core_wait.h"
#include "reports/metrics/speed_noise.h"

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

static rq_status run_round(side *s, size_t round)
{
    RQ_TRY(rq_seeded_session_run(&s->seeded));
    const double *spent = rq_session_node_seconds(s->seeded.session);
    for (size_t i = 0; i < s->n_nodes; i++)
        s->passed[round * s->n_nodes + i] = spent[i] - s->spent[i];
    if (s->n_nodes) memcpy(s->spent, spent, s->n_nodes * sizeof *spent);
    return RQ_OK;
}

static double median_ms(const side *s, size_t node, size_t rounds)
{
    double times[MAX_ROUNDS];
    for (size_t t = 0; t < rounds; t++) times[t] = s->passed[t * s->n_nodes + node];
    return 1e3 * rq_median(times, rounds);
}

static rq_status list_times(rq_node_times *out, const side *s, size_t rounds, rq_arena *arena)
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
        time->ms = median_ms(s, node->id, rounds);
        if (!time->name || !time->type) return RQ_ENOMEM;
    }
    return RQ_OK;
}

static rq_status race(side sides[2], double seconds, size_t *rounds)
{
    double started = rq_now();
    for (*rounds = 0; *rounds < MAX_ROUNDS; ++*rounds) {
        if (*rounds >= MIN_ROUNDS && rq_now() - started > seconds) break;
        RQ_TRY(run_round(&sides[0], *rounds));
        RQ_TRY(run_round(&sides[1], *rounds));
    }
    return RQ_OK;
}

/* -- noise ---------------------------------------------------------------------------------- */

/* All nodes of a round together. */
static double round_seconds(const side *s, size_t round)
{
    double sum = 0;
    for (size_t i = 0; i < s->n_nodes; i++) sum += s->passed[round * s->n_nodes + i];
    return sum;
}

static const char *noise_of(const side sides[2], size_t rounds, double waited)
{
    double times[2][MAX_ROUNDS], ratios[MAX_ROUNDS];
    for (size_t r = 0; r < rounds; r++) {
        times[0][r] = round_seconds(&sides[0], r);
        times[1][r] = round_seconds(&sides[1], r);
        ratios[r] = times[0][r] / times[1][r];
    }
    rq_sort_f64(times[0], rounds);
    rq_sort_f64(times[1], rounds);
    rq_sort_f64(ratios, rounds);
    return rq_speed_noise(&(rq_speed_facts){
        .ratio = rq_quantile(times[0], rounds, 0.5) / rq_quantile(times[1], rounds, 0.5),
        .first_spread = rq_quantile(times[0], rounds, 0.9) / rq_quantile(times[0], rounds, 0.1),
        .spread = rq_quantile(times[1], rounds, 0.9) / rq_quantile(times[1], rounds, 0.1),
        .round_ratio = rq_quantile(ratios, rounds, 0.5),
        .round_ratio_low = rq_quantile(ratios, rounds, 0.1),
        .round_ratio_high = rq_quantile(ratios, rounds, 0.9),
        .waited = waited});
}

static rq_status race_with_noise(const char **noise, side sides[2], double seconds, size_t *rounds)
{
    rq_core_wait from = rq_core_wait_now();
    RQ_TRY(race(sides, seconds, rounds));
    rq_core_wait to = rq_core_wait_now();
    *noise = noise_of(sides, *rounds, rq_core_wait_share(&from, &to));
    return RQ_OK;
}

rq_status rq_layer_times_measure(rq_node_times *before, rq_node_times *after,
                                 const rq_graph *graph_before, const rq_graph *graph_after,
                                 const rq_exec_options *exec, double seconds, uint64_t seed,
                                 rq_arena *arena)
{
    side sides[2];
    size_t rounds;
    memset(sides, 0, sizeof sides);
    *before = *after = (rq_node_times){0};
    rq_status status = open_side(&sides[0], graph_before, exec, seed);
    if (status == RQ_OK) status = open_side(&sides[1], graph_after, exec, seed);
    if (status == RQ_OK) status = race_with_noise(&after->noise, sides, seconds, &rounds);
    if (status == RQ_OK) status = list_times(before, &sides[0], rounds, arena);
    if (status == RQ_OK) status = list_times(after, &sides[1], rounds, arena);
    close_side(&sides[0]);
    close_side(&sides[1]);
    return status == RQ_EUNSUPPORTED ? RQ_OK : status;
}
