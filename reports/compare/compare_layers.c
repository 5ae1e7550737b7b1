/* Layers of several runs, aligned by name, and what computes them. */
#include "reports/compare/compare.h"

#include "engine/base/map.h"

#include <math.h>
#include <string.h>

static rq_status add_layer(rq_comparison *c, rq_map *names, const rq_report_layer *row,
                           rq_arena *arena)
{
    rq_compare_layer *layer = &c->layers[c->n_layers];
    *layer = (rq_compare_layer){.name = row->name, .type = row->type, .spread_db = NAN};
    layer->rows = rq_arena_alloc(arena, c->n, sizeof *layer->rows);
    if (!layer->rows) return RQ_ENOMEM;
    return rq_map_put(names, row->name, (uint32_t)c->n_layers++);
}

static rq_status align(rq_comparison *c, rq_map *names, rq_arena *arena)
{
    for (size_t k = 0; k < c->n; k++)
        for (size_t i = 0; i < c->runs[k].report->n_layers; i++) {
            const rq_report_layer *row = &c->runs[k].report->layers[i];
            if (!row->name) continue;
            if (rq_map_get(names, row->name) == RQ_NONE) RQ_TRY(add_layer(c, names, row, arena));
            const rq_report_layer **slot = &c->layers[rq_map_get(names, row->name)].rows[k];
            if (!*slot) *slot = row;
        }
    return RQ_OK;
}

static void summarise(rq_compare_layer *layer, size_t n)
{
    double low = INFINITY, high = -INFINITY;
    size_t known = 0;
    for (size_t k = 0; k < n; k++) {
        const rq_report_layer *row = layer->rows[k];
        layer->missing = layer->missing || !row;
        if (!row || !isfinite(row->sqnr_db)) continue;
        low = fmin(low, row->sqnr_db);
        high = fmax(high, row->sqnr_db);
        known++;
    }
    if (known > 1) layer->spread_db = high - low;
}

/* -- precisions ----------------------------------------------------------------------------- */

static rq_compare_transition *find_transition(rq_comparison *c, size_t run, const char *from,
                                              const char *to)
{
    for (size_t i = 0; i < c->n_transitions; i++) {
        rq_compare_transition *t = &c->transitions[i];
        if (t->run == run && !strcmp(t->from, from) && !strcmp(t->to, to)) return t;
    }
    return NULL;
}

static void count_transition(rq_comparison *c, const rq_compare_layer *layer, size_t run)
{
    const rq_report_layer *first = layer->rows[0], *row = layer->rows[run];
    if (!first || !row || !first->precision_after || !row->precision_after) return;
    if (!strcmp(first->precision_after, row->precision_after)) return;
    rq_compare_transition *t =
        find_transition(c, run, first->precision_after, row->precision_after);
    if (!t) {
        t = &c->transitions[c->n_transitions++];
        *t = (rq_compare_transition){run, first->precision_after, row->precision_after, 0,
                                     layer->name};
    }
    t->layers++;
}

/* Pairs of distinct precisions are few, but a report may hold anything: as many as layers. */
static rq_status list_transitions(rq_comparison *c, rq_arena *arena)
{
    c->transitions = rq_arena_alloc(arena, c->n * c->n_layers, sizeof *c->transitions);
    if (!c->transitions) return RQ_ENOMEM;
    for (size_t k = 1; k < c->n; k++)
        for (size_t i = 0; i < c->n_layers; i++) count_transition(c, &c->layers[i], k);
    return RQ_OK;
}

rq_status rq_compare_layers(rq_comparison *out, rq_arena *arena)
{
    size_t most = 0;
    rq_map *names;
    for (size_t k = 0; k < out->n; k++) most += out->runs[k].report->n_layers;
    out->layers = rq_arena_alloc(arena, most, sizeof *out->layers);
    if (!out->layers) return RQ_ENOMEM;
    RQ_TRY(rq_map_create(&names));
    rq_status status = align(out, names, arena);
    rq_map_destroy(&names);
    for (size_t i = 0; i < out->n_layers; i++) summarise(&out->layers[i], out->n);
    return status == RQ_OK ? list_transitions(out, arena) : status;
}
