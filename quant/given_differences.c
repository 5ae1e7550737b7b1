#include "quant/given_differences.h"

#include "engine/base/callbacks.h"
#include "engine/base/text.h"

#include <string.h>

#define SHOWN 3 /* names in a message */

typedef struct differences {
    const rq_plan_file *file;
    const rq_placement *placement;
    const rq_bound *bound;
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

static rq_status log_names(const differences *d, name_list *list, const char *what)
{
    bool failed = list->text.failed;
    if (list->n > SHOWN) rq_buf_printf(&list->text, " and %zu more", list->n - SHOWN);
    if (list->n && !failed) rq_log("%s: %s: %s", d->file->path, what, list->text.data);
    rq_buf_free(&list->text);
    return failed ? rq_fail_memory(list->n, "a message") : RQ_OK;
}

/* -- activations ------------------------------------------------------------------------------- */

static const rq_point *point_of(const differences *d, const char *name)
{
    rq_id value = rq_graph_find_value(d->bound->graph, name);
    for (size_t i = 0; i < d->placement->n_points; i++)
        if (d->placement->points[i].value == value) return &d->placement->points[i];
    return NULL;
}

static rq_status log_unused(const differences *d)
{
    name_list gone = {0}, other = {0};
    for (size_t i = 0; i < d->file->n_activations; i++) {
        const rq_plan_file_activation *a = &d->file->activations[i];
        const rq_point *point = point_of(d, a->value);
        if (!point) add_name(&gone, a->value);
        if (point && point->axis != a->axis) add_name(&other, a->value);
    }
    rq_status status = log_names(d, &gone,
                                 "ranges that are not used, as no layer in INT8 asks for these "
                                 "values quantized");
    rq_status second = log_names(d, &other,
                                 "ranges that are not used, as per tensor or per channel is no "
                                 "choice there; decided from the statistics");
    return status != RQ_OK ? status : second;
}

/* A range of another value of the group will do. */
static bool has_range(const differences *d, const rq_point *point)
{
    for (size_t i = 0; i < d->file->n_activations; i++) {
        const rq_point *other = point_of(d, d->file->activations[i].value);
        if (other && other->group == point->group) return true;
    }
    return false;
}

static rq_status log_open(const differences *d)
{
    name_list open = {0};
    char buffer[512];
    for (size_t i = 0; i < d->placement->n_points; i++) {
        const rq_point *point = &d->placement->points[i];
        if (!has_range(d, point))
            add_name(&open, rq_value_name(d->bound->graph, point->value, buffer, sizeof buffer));
    }
    return log_names(d, &open, "no ranges of these values, decided from the statistics");
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

static rq_status log_weights(const differences *d)
{
    name_list added = {0}, off = {0};
    for (size_t i = 0; i < d->placement->n_weights; i++) {
        const rq_weight_point *w = &d->placement->weights[i];
        const char *layer = d->bound->graph->nodes[w->node]->name;
        if (!rq_plan_file_weight_of(d->file, layer, w->port)) add_name(&added, layer);
    }
    for (size_t i = 0; i < d->file->n_weights; i++) {
        const rq_plan_file_weight *w = &d->file->weights[i];
        if (w->precision == RQ_PRECISION_INT8 && !computes_in_int8(d, w->layer))
            add_name(&off, w->layer);
    }
    rq_status status =
        log_names(d, &added,
                  "no weights of these layers, which are quantized all the same (\"precision\": "
                  "\"fp32\" keeps a layer in floating point)");
    rq_status second = log_names(d, &off,
                                 "layers that stay in floating point in spite of "
                                 "\"precision\": \"int8\"");
    return status != RQ_OK ? status : second;
}

rq_status rq_given_differences_log(const rq_plan_file *file, const rq_placement *placement,
                                   const rq_bound *bound)
{
    const differences d = {file, placement, bound};
    RQ_TRY(log_unused(&d));
    RQ_TRY(log_open(&d));
    return log_weights(&d);
}
