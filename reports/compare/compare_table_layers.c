/* Layers side by side, and which of them compute in another precision. */
#include "reports/compare/compare_table.h"

#include "reports/short_names.h"
#include "reports/units.h"

#include <math.h>
#include <stdlib.h>

#define BRIEF_LAYERS 10

rq_status rq_compare_table_transitions(rq_compare_table *out, const rq_comparison *c,
                                       rq_arena *arena)
{
    static const rq_compare_table like = {.id = "precisions",
                                          .title = "Precisions",
                                          .lead =
                                              "Layers whose precision differs from the first run."};
    static const rq_compare_column columns[] = {
        {"precision", false}, {"run", false}, {"layers", true}, {"for example", false}};
    RQ_TRY(rq_compare_table_begin(out, &like, columns, 4, c->n_transitions, arena));
    for (size_t i = 0; i < c->n_transitions; i++) {
        const rq_compare_transition *t = &c->transitions[i];
        rq_compare_cell *row = rq_compare_table_row(out);
        row[0] = rq_compare_text(rq_arena_printf(arena, "%s to %s", t->from, t->to));
        row[1] = rq_compare_text(c->runs[t->run].name);
        row[2] = rq_compare_unit(RQ_UNIT_INDEX, (double)t->layers, arena);
        row[3] = rq_compare_text(t->example);
    }
    out->brief = out->rows;
    return RQ_OK;
}

/* Those that differ most between the runs first, missing ones before all. */
static int by_difference(const void *a, const void *b)
{
    const rq_compare_layer *x = *(const rq_compare_layer *const *)a;
    const rq_compare_layer *y = *(const rq_compare_layer *const *)b;
    if (x->missing != y->missing) return x->missing ? -1 : 1;
    double dx = isnan(x->spread_db) ? -1 : x->spread_db;
    double dy = isnan(y->spread_db) ? -1 : y->spread_db;
    if (dx != dy) return dx > dy ? -1 : 1;
    return (x > y) - (x < y); /* of one array */
}

static rq_compare_cell layer_cell(const rq_report_layer *layer, rq_arena *arena)
{
    char buffer[RQ_NUMBER_TEXT];
    if (!layer) return (rq_compare_cell){.text = "missing", .sort = NAN, .mark = "watch"};
    const char *precision = layer->precision_after ? layer->precision_after : "-";
    rq_unit_text(RQ_UNIT_DB, layer->sqnr_db, buffer);
    return (rq_compare_cell){.text = rq_arena_printf(arena, "%s %s", precision, buffer),
                             .sort = layer->sqnr_db};
}

static rq_status sorted_layers(const rq_compare_layer ***out, const rq_comparison *c,
                               rq_arena *arena)
{
    *out = rq_arena_alloc(arena, c->n_layers, sizeof **out);
    if (!*out) return RQ_ENOMEM;
    for (size_t i = 0; i < c->n_layers; i++) (*out)[i] = &c->layers[i];
    qsort(*out, c->n_layers, sizeof **out, by_difference);
    return RQ_OK;
}

static rq_status name_layers(rq_short_names **out, const rq_comparison *c, rq_arena *arena)
{
    const char **names = rq_arena_alloc(arena, c->n_layers, sizeof *names);
    if (!names) return RQ_ENOMEM;
    for (size_t i = 0; i < c->n_layers; i++) names[i] = c->layers[i].name;
    return rq_short_names_create(out, names, c->n_layers, arena);
}

static void put_layer(rq_compare_table *out, const rq_compare_layer *layer, size_t n_runs,
                      const rq_short_names *names, rq_arena *arena)
{
    rq_compare_cell *row = rq_compare_table_row(out);
    row[0] = rq_compare_text(rq_short_name(names, layer->name));
    row[0].whole = layer->name;
    for (size_t k = 0; k < n_runs; k++) row[k + 1] = layer_cell(layer->rows[k], arena);
}

rq_status rq_compare_table_layers(rq_compare_table *out, const rq_comparison *c, rq_arena *arena)
{
    static const rq_compare_table like = {
        .id = "layers",
        .title = "Layers",
        .lead = "Precision of each layer, and SQNR of its output in dB (errors of earlier layers "
                "included). Layers that differ most between the runs come first."};
    rq_compare_column *columns;
    const rq_compare_layer **sorted;
    rq_short_names *names;
    RQ_TRY(rq_compare_columns_by_run(&columns, c, "layer", true, arena));
    RQ_TRY(rq_compare_table_begin(out, &like, columns, c->n + 1, c->n_layers, arena));
    RQ_TRY(sorted_layers(&sorted, c, arena));
    RQ_TRY(name_layers(&names, c, arena));
    for (size_t i = 0; i < c->n_layers; i++) put_layer(out, sorted[i], c->n, names, arena);
    rq_short_names_destroy(&names);
    out->brief = out->rows < BRIEF_LAYERS ? out->rows : BRIEF_LAYERS;
    return RQ_OK;
}
