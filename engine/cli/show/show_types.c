#include "engine/cli/show/show_types.h"
#include "reports/units.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int most_first(const void *a, const void *b)
{
    const rq_type_count *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return strcmp(x->type, y->type);
}

rq_status rq_types_count(rq_type_counts *out, const char *const *types, size_t n, rq_arena *arena)
{
    const char **sorted = rq_arena_alloc(arena, n, sizeof *sorted);
    out->n = 0;
    out->v = rq_arena_alloc(arena, n, sizeof *out->v);
    if (!sorted || !out->v) return RQ_ENOMEM;
    if (!n) return RQ_OK;
    memcpy(sorted, types, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_name);
    for (size_t i = 0; i < n; i++) {
        if (!i || strcmp(sorted[i], sorted[i - 1]) != 0) out->v[out->n++].type = sorted[i];
        out->v[out->n - 1].n++;
    }
    qsort(out->v, out->n, sizeof *out->v, most_first);
    return RQ_OK;
}

rq_status rq_types_of_graph(rq_type_counts *out, const rq_graph *graph, rq_arena *arena)
{
    size_t n = 0;
    const char **types = rq_arena_alloc(arena, graph->n_nodes, sizeof *types);
    if (!types) return RQ_ENOMEM;
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]) types[n++] = graph->nodes[i]->type;
    return rq_types_count(out, types, n, arena);
}

void rq_show_types(rq_show *show, const rq_type_counts *types, const char *title,
                   const char *counted)
{
    rq_text_table table = {.wide = RQ_SHOW_NAME};
    rq_text_table_row(&table, (const char *[]){title, counted}, 2);
    for (size_t i = 0; i < rq_show_rows(show, types->n); i++) {
        char count[RQ_NUMBER_TEXT];
        rq_unit_text(RQ_UNIT_INDEX, (double)types->v[i].n, count);
        rq_text_table_row(&table, (const char *[]){types->v[i].type, count}, 2);
    }
    rq_show_table(show, &table, types->n);
}

rq_json *rq_types_json(const rq_type_counts *types)
{
    rq_json *json = rq_json_object();
    for (size_t i = 0; i < types->n; i++)
        rq_json_set(json, types->v[i].type, rq_json_integer((int64_t)types->v[i].n));
    return json;
}
