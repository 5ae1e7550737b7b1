#include "quant/given_differences.h"

#include "engine/base/callbacks.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN 3 /* names in a message */

typedef struct differences {
    const rq_plan_file *file;
    const rq_placement *placement;
    const rq_bound *bound;
    const rq_point **points; /* by the file's activations; NULL where none is of the value */
    rq_given_differences *out;
    rq_arena *arena; /* of the texts in it */
} differences;

/* Names of one kind of difference, some of them spelled out. */
typedef struct name_list {
    rq_buf text;
    size_t n;
} name_list;

static void add_name(name_list *list, const char *name)
{
    if (list->n++ < SHOWN) rq_buf_printf(&list->text, "%s'%s'", list->n > 1 ? ", " : "", name);
}

static rq_status tell_names(const differences *d, name_list *list, const char *what)
{
    bool failed = list->text.failed;
    const char *text = NULL;
    if (list->n > SHOWN) rq_buf_printf(&list->text, " and %zu more", list->n - SHOWN);
    if (list->n && !failed)
        text = rq_arena_printf(d->arena, "%s: %s: %s", d->file->path, what, list->text.data);
    rq_buf_free(&list->text);
    if (!list->n) return RQ_OK;
    if (!text) return failed ? rq_fail_memory(list->n, "a message") : RQ_ENOMEM;
    rq_log("%s", text);
    d->out->text[d->out->n++] = text;
    return RQ_OK;
}

/* -- activations ------------------------------------------------------------------------------- */

static const rq_point *point_of(const differences *d, const char *name)
{
    rq_id value = rq_graph_find_value(d->bound->graph, name);
    for (size_t i = 0; i < d->placement->n_points; i++)
        if (d->placement->points[i].value == value) return &d->placement->points[i];
    return NULL;
}

static rq_status tell_gone(const differences *d)
{
    name_list gone = {0};
    for (size_t i = 0; i < d->file->n_activations; i++)
        if (!d->points[i]) add_name(&gone, d->file->activations[i].value);
    return tell_names(d, &gone,
                      "ranges that are not used, as no layer in INT8 asks for these values "
                      "quantized");
}

static rq_status tell_other_axis(const differences *d)
{
    name_list other = {0};
    for (size_t i = 0; i < d->file->n_activations; i++) {
        const rq_plan_file_activation *a = &d->file->activations[i];
        if (d->points[i] && d->points[i]->axis != a->axis) add_name(&other, a->value);
    }
    return tell_names(d, &other,
                      "ranges that are not used, as per tensor or per channel is no choice there; "
                      "decided from the statistics");
}

/* A range of another value of the group will do. */
static bool has_range(const differences *d, const rq_point *point)
{
    for (size_t i = 0; i < d->file->n_activations; i++)
        if (d->points[i] && d->points[i]->group == point->group) return true;
    return false;
}

static rq_status tell_open(const differences *d)
{
    name_list open = {0};
    char buffer[512];
    for (size_t i = 0; i < d->placement->n_points; i++) {
        const rq_point *point = &d->placement->points[i];
        if (!has_range(d, point))
            add_name(&open, rq_value_name(d->bound->graph, point->value, buffer, sizeof buffer));
    }
    return tell_names(d, &open, "no ranges of these values, decided from the statistics");
}

/* -- weights ----------------------------------------------------------------------------------- */

static bool computes_in_int8(const differences *d, const char *layer)
{
    for (size_t i = 0; i < d->placement->n_weights; i++) {
        const rq_weight_point *w = &d->placement->weights[i];
        if (w->precision == RQ_PRECISION_INT8 &&
            !strcmp(d->bound->graph->nodes[w->node]->name, layer))
            return true;
    }
    return false;
}

static rq_status tell_added(const differences *d)
{
    name_list added = {0};
    for (size_t i = 0; i < d->placement->n_weights; i++) {
        const rq_weight_point *w = &d->placement->weights[i];
        const char *layer = d->bound->graph->nodes[w->node]->name;
        if (!rq_plan_file_weight_of(d->file, layer, w->port)) add_name(&added, layer);
    }
    return tell_names(
        d, &added,
        "no weights of these layers, which are quantized all the same (\"precision\": "
        "\"fp32\" keeps a layer in floating point)");
}

static rq_status tell_off(const differences *d)
{
    name_list off = {0};
    for (size_t i = 0; i < d->file->n_weights; i++) {
        const rq_plan_file_weight *w = &d->file->weights[i];
        if (w->precision == RQ_PRECISION_INT8 && !computes_in_int8(d, w->layer))
            add_name(&off, w->layer);
    }
    return tell_names(d, &off,
                      "layers that stay in floating point in spite of \"precision\": \"int8\"");
}

static rq_status tell_all(const differences *d)
{
    RQ_TRY(tell_gone(d));
    RQ_TRY(tell_other_axis(d));
    RQ_TRY(tell_open(d));
    RQ_TRY(tell_added(d));
    return tell_off(d);
}

rq_status rq_given_differences_find(rq_given_differences *out, const rq_plan_file *file,
                                    const rq_placement *placement, const rq_bound *bound,
                                    rq_arena *arena)
{
    differences d = {
        .file = file, .placement = placement, .bound = bound, .out = out, .arena = arena};
    *out = (rq_given_differences){.n = 0};
    RQ_TRY(rq_calloc(&d.points, file->n_activations, sizeof *d.points, "a plan's values"));
    for (size_t i = 0; i < file->n_activations; i++)
        d.points[i] = point_of(&d, file->activations[i].value);
    rq_status status = tell_all(&d);
    free(d.points);
    return status;
}
