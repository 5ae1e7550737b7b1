/* Layers: their work, kernels, and with --per-layer their times. */
#include "engine/base/callbacks.h"
#include "engine/base/progress.h"
#include "engine/base/mem.h"
#include "engine/base/threads.h"
#include "engine/ops/operators.h"
#include "engine/workbench/bench/bench.h"
#include "engine/run/seeded_session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIN_RUNS 3

/* -- what there is --------------------------------------------------------------------------- */

/* What a node that is computed within another's kernel reads of that one; a Pad is read from there.
 * Of two operands that could be that, either: they are as large. RQ_NONE: nothing. */
static rq_id value_within(const rq_bound *bound, const rq_node *node, const rq_uses *uses)
{
    if (rq_node_is(node, &rq_op_Pad)) return node->out[0];
    for (uint32_t i = 0; i < node->n_in; i++) {
        const rq_node *from =
            node->in[i] == RQ_NONE ? NULL : rq_value_producer(bound->graph, node->in[i]);
        if (from && from->n_in && !bound->nodes[from->id].folded && rq_uses_only(uses, node->in[i]))
            return node->in[i];
    }
    return RQ_NONE;
}

static void mark_within(bool *within, const rq_bench_entry *entry, const rq_bound *bound,
                        const rq_uses *uses)
{
    for (size_t i = 0; i < bound->n_order; i++) {
        rq_id id = bound->order[i];
        const char *kernel = rq_model_kernel(entry->alone, id);
        if (!kernel || strcmp(kernel, RQ_KERNEL_FUSED) != 0) continue;
        rq_id value = value_within(bound, bound->graph->nodes[id], uses);
        if (value != RQ_NONE) within[value] = true;
    }
}

static void add_layers(rq_bench_entry *entry, const rq_bound *bound, const rq_uses *uses,
                       const bool *within)
{
    for (size_t i = 0; i < bound->n_order; i++) {
        rq_id id = bound->order[i];
        rq_bench_layer layer = {.node = bound->graph->nodes[id],
                                .kernel = rq_model_kernel(entry->alone, id),
                                .work = rq_work_of(bound, id, uses, within)};
        entry->work.flops += layer.work.flops;
        entry->work.bytes += layer.work.bytes;
        if (!bound->nodes[id].folded) entry->layers[entry->n_layers++] = layer;
    }
}

static rq_status list_layers(rq_bench_entry *entry)
{
    const rq_bound *bound = rq_model_bound(entry->alone);
    rq_uses uses;
    bool *within;
    entry->reorders = rq_model_reorders(entry->alone);
    if (!bound) return RQ_OK;
    RQ_TRY(rq_calloc(&entry->layers, bound->n_order, sizeof *entry->layers, "layers"));
    RQ_TRY(rq_uses_create(&uses, bound->graph));
    rq_status status = rq_calloc(&within, bound->graph->n_values, sizeof *within, "values");
    if (status == RQ_OK) {
        mark_within(within, entry, bound, &uses);
        add_layers(entry, bound, &uses, within);
        free(within);
    }
    rq_uses_free(&uses);
    return status;
}

/* -- times ----------------------------------------------------------------------------------- */

typedef struct observation {
    rq_seeded_session seeded;
    double *warm_up; /* by node: spent before counting began */
    size_t runs;
} observation;

static rq_status open_watch(observation *w, const rq_bench_entry *entry, uint64_t seed)
{
    const rq_bound *bound = rq_model_bound(entry->alone);
    RQ_TRY(rq_seeded_session_open(&w->seeded, entry->alone, seed));
    RQ_TRY(rq_session_time_nodes(w->seeded.session));
    RQ_TRY(rq_seeded_session_run(&w->seeded));
    const double *spent = rq_session_node_seconds(w->seeded.session);
    if (!bound || !spent) return RQ_OK;
    RQ_TRY(rq_calloc(&w->warm_up, bound->graph->n_nodes, sizeof(double), "node times"));
    memcpy(w->warm_up, spent, bound->graph->n_nodes * sizeof(double));
    return RQ_OK;
}

static void keep_times(rq_bench_entry *entry, const observation *w)
{
    const double *spent = rq_session_node_seconds(w->seeded.session);
    for (size_t i = 0; w->warm_up && i < entry->n_layers; i++) {
        rq_id id = entry->layers[i].node->id;
        entry->layers[i].seconds = (spent[id] - w->warm_up[id]) / (double)w->runs;
        entry->timed_layers |= entry->layers[i].seconds > 0;
    }
}

static rq_status time_layers(rq_bench *bench, observation *observations)
{
    for (size_t e = 0; e < bench->n; e++)
        RQ_TRY(open_watch(&observations[e], &bench->entries[e], bench->seed));
    double started = rq_now(), total = bench->seconds * (double)bench->n;
    for (size_t round = 0; round < MIN_RUNS || rq_now() - started < total; round++)
        for (size_t e = 0; e < bench->n; e++) {
            if (rq_cancelled()) return rq_fail(RQ_ECANCELLED, "interrupted");
            RQ_TRY(rq_seeded_session_run(&observations[e].seeded));
            observations[e].runs++;
        }
    for (size_t e = 0; e < bench->n; e++) keep_times(&bench->entries[e], &observations[e]);
    return RQ_OK;
}

rq_status rq_bench_layers(rq_bench *bench)
{
    observation *observations;
    for (size_t e = 0; e < bench->n; e++) RQ_TRY(list_layers(&bench->entries[e]));
    if (!bench->per_layer) return RQ_OK;
    RQ_TRY(rq_calloc(&observations, bench->n, sizeof *observations, "timings"));
    rq_status status = time_layers(bench, observations);
    for (size_t e = 0; e < bench->n; e++) {
        rq_seeded_session_close(&observations[e].seeded);
        free(observations[e].warm_up);
    }
    free(observations);
    return status;
}

/* -- noise --------------------------------------------------------------------------------- */

double rq_bench_bound(const rq_work *work, const rq_peak *peak)
{
    return fmax(work->flops / peak->flops, work->bytes / peak->bytes);
}

static int slower_type(const void *a, const void *b)
{
    const rq_bench_type *x = a, *y = b;
    if (x->seconds != y->seconds) return x->seconds < y->seconds ? 1 : -1;
    return strcmp(x->type, y->type);
}

rq_status rq_bench_types(rq_bench_type **out, size_t *n, const rq_bench_entry *entry)
{
    *n = 0;
    RQ_TRY(rq_calloc(out, entry->n_layers, sizeof **out, "types of layers"));
    for (size_t i = 0; i < entry->n_layers; i++) {
        const rq_bench_layer *layer = &entry->layers[i];
        size_t t = 0;
        while (t < *n && strcmp((*out)[t].type, layer->node->type) != 0) t++;
        rq_bench_type *type = &(*out)[t];
        if (t == *n) (*out)[(*n)++].type = layer->node->type;
        type->count++;
        type->seconds += layer->seconds;
        type->work.flops += layer->work.flops;
        type->work.bytes += layer->work.bytes;
    }
    qsort(*out, *n, sizeof **out, slower_type);
    return RQ_OK;
}
