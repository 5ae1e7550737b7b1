/* Times of layers and of operator types, from those of nodes. */
#include "engine/workbench/report/report_build.h"
#include "reports/fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static rq_status map_layers(rq_map *rows, const rq_report *out)
{
    for (size_t i = 0; i < out->n_layers; i++)
        RQ_TRY(rq_map_put(rows, out->layers[i].name, (uint32_t)i));
    return RQ_OK;
}

static void fill_layers(rq_report *out, const rq_map *rows, const rq_node_times *times, bool after)
{
    for (size_t i = 0; i < times->n; i++) {
        uint32_t row = rq_map_get(rows, times->nodes[i].name);
        if (row == RQ_NONE) continue;
        *(after ? &out->layers[row].after_ms : &out->layers[row].before_ms) = times->nodes[i].ms;
    }
}

/* -- types ---------------------------------------------------------------------------------- */

static rq_report_type_time *find_type(rq_report *out, const char *type)
{
    size_t i = 0;
    while (i < out->n_types && strcmp(out->types[i].type, type) != 0) i++;
    if (i == out->n_types)
        out->types[out->n_types++] = (rq_report_type_time){type, NAN, NAN, NAN, NAN, NULL};
    return &out->types[i];
}

static void add(double *to, double x)
{
    *to = isnan(*to) ? x : *to + x;
}

/* What another node computes has no time of its own and is not counted. */
static void sum_types(rq_report *out, const rq_node_times *times, bool after)
{
    for (size_t i = 0; i < times->n; i++) {
        const rq_node_time *node = &times->nodes[i];
        if (!(node->ms > 0)) continue;
        rq_report_type_time *type = find_type(out, node->type);
        add(after ? &type->after_layers : &type->before_layers, 1);
        add(after ? &type->after_ms : &type->before_ms, node->ms);
    }
}

static double known(double x)
{
    return isnan(x) ? 0 : x;
}

static int most_first(const void *a, const void *b)
{
    const rq_report_type_time *x = a, *y = b;
    double dx = known(x->before_ms) + known(x->after_ms);
    double dy = known(y->before_ms) + known(y->after_ms);
    if (dx != dy) return dx > dy ? -1 : 1;
    return strcmp(x->type, y->type);
}

rq_status rq_report_build_times(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    const rq_node_times *before = &facts->times_before, *after = &facts->times_after;
    rq_map *rows;
    if (before->n == 0) return RQ_OK;
    out->types = rq_report_rows(arena, &rq_type_time_type, before->n + after->n);
    if (!out->types) return RQ_ENOMEM;
    RQ_TRY(rq_map_create(&rows));
    rq_status status = map_layers(rows, out);
    if (status == RQ_OK) {
        fill_layers(out, rows, before, false);
        fill_layers(out, rows, after, true);
    }
    rq_map_destroy(&rows);
    sum_types(out, before, false);
    sum_types(out, after, true);
    for (size_t i = 0; i < out->n_types; i++) out->types[i].noise = after->noise;
    qsort(out->types, out->n_types, sizeof *out->types, most_first);
    return status;
}
