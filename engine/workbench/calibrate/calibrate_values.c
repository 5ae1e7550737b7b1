#include "engine/workbench/calibrate/calibrate_values.h"

#include "calib/stats_select.h"
#include "engine/base/mem.h"
#include "engine/exec/exec.h"

#include <stdlib.h>
#include <string.h>

#define MAX_NAME 512

/* -- choosing -------------------------------------------------------------------------------- */

/* Channels whose number goes with the input's shape have no statistics of their own. */
static void drop_dynamic_channels(rq_calibrate_values *c)
{
    const rq_graph *graph = c->bound->graph;
    for (rq_id v = 0; v < graph->n_values; v++) {
        const rq_shape *shape = graph->values[v] ? &graph->values[v]->shape : NULL;
        int axis = c->axes[v];
        if (shape && axis >= 0 && axis < shape->rank && shape->d[axis] == RQ_DYNAMIC)
            c->axes[v] = -1;
    }
}

/* Not those sized at run time: their channels may change from image to image. */
static rq_status choose_observed(rq_calibrate_values *c)
{
    size_t n = c->bound->graph->n_values;
    RQ_TRY(rq_plan_observed_values(&c->observed, c->bound));
    RQ_TRY(rq_plan_channel_axes(&c->axes, c->bound));
    for (rq_id v = 0; v < n; v++)
        if (c->observed[v] && !rq_shape_is_static(&c->bound->values[v].shape)) c->observed[v] = 0;
    drop_dynamic_channels(c);
    for (rq_id v = 0; v < n; v++)
        if (c->observed[v] && c->axes[v] == 1) c->observed[v] = RQ_OBSERVED_ANY_ORDER;
    return RQ_OK;
}

rq_status rq_calibrate_values_choose(rq_calibrate_values *out, const rq_bound *bound,
                                     const rq_scaled_values *scaled)
{
    *out = (rq_calibrate_values){.bound = bound, .scaled = *scaled};
    RQ_TRY(choose_observed(out));
    RQ_TRY(rq_calloc(&out->index, bound->graph->n_values, sizeof *out->index, "statistics"));
    return rq_calloc(&out->scaled_index, scaled->n, sizeof *out->scaled_index, "scaled values");
}

void rq_calibrate_values_close(rq_calibrate_values *values)
{
    free(values->scaled_index);
    free(values->index);
    free(values->axes);
    free(values->observed);
    *values = (rq_calibrate_values){0};
}

static bool gathers_scaled(const rq_calibrate_values *c, const rq_scaled_value *v)
{
    return c->observed[v->value] &&
           rq_scaled_value_fits(v, &c->bound->values[v->value].shape, c->axes[v->value]);
}

/* -- in the statistics ------------------------------------------------------------------------ */

static rq_status add(uint32_t *index, const rq_calibrate_values *c, rq_stats *stats, rq_id value,
                     const char *name)
{
    for (uint32_t i = 0; i < rq_stats_count(stats); i++)
        if (!strcmp(rq_stats_at(stats, i)->name, name)) {
            *index = i;
            return RQ_OK;
        }
    return rq_stats_add_value(stats, index, name, &c->bound->values[value].shape, c->axes[value]);
}

rq_status rq_calibrate_values_add(rq_calibrate_values *c, rq_stats *stats)
{
    const rq_graph *graph = c->bound->graph;
    char buffer[MAX_NAME];
    for (rq_id v = 0; v < graph->n_values; v++)
        if (c->observed[v])
            RQ_TRY(add(&c->index[v], c, stats, v, rq_value_name(graph, v, buffer, sizeof buffer)));
    for (size_t i = 0; i < c->scaled.n; i++) {
        const rq_scaled_value *v = &c->scaled.values[i];
        c->scaled_index[i] = RQ_NONE;
        if (gathers_scaled(c, v)) RQ_TRY(add(&c->scaled_index[i], c, stats, v->value, v->kept_as));
    }
    return RQ_OK;
}

static bool is_in(const rq_stats *stats, const char *name, int axis)
{
    const rq_stats_value *value = rq_stats_find(stats, name);
    return value && value->axis == axis;
}

bool rq_calibrate_values_are_in(const rq_calibrate_values *c, const rq_stats *stats, bool *others)
{
    const rq_graph *graph = c->bound->graph;
    size_t n = 0;
    char buffer[MAX_NAME];
    for (rq_id v = 0; v < graph->n_values; v++) {
        if (!c->observed[v]) continue;
        if (!is_in(stats, rq_value_name(graph, v, buffer, sizeof buffer), c->axes[v])) return false;
        n++;
    }
    for (size_t i = 0; i < c->scaled.n; i++) {
        const rq_scaled_value *v = &c->scaled.values[i];
        if (!gathers_scaled(c, v)) continue;
        if (!is_in(stats, v->kept_as, c->axes[v->value])) return false;
        n++;
    }
    *others = n != rq_stats_count(stats);
    return true;
}

static void mark(bool *wanted, const rq_calibrate_values *c)
{
    for (rq_id v = 0; v < c->bound->graph->n_values; v++)
        if (c->observed[v]) wanted[c->index[v]] = true;
    for (size_t i = 0; i < c->scaled.n; i++)
        if (c->scaled_index[i] != RQ_NONE) wanted[c->scaled_index[i]] = true;
}

static rq_status select_marked(rq_stats **out, const rq_stats *from, const bool *wanted)
{
    rq_stats_choice *choices;
    size_t n = 0;
    RQ_TRY(rq_calloc(&choices, rq_stats_count(from), sizeof *choices, "values"));
    for (uint32_t i = 0; i < rq_stats_count(from); i++) {
        const char *name = rq_stats_at(from, i)->name;
        if (wanted[i]) choices[n++] = (rq_stats_choice){name, name};
    }
    rq_status status = rq_stats_select(out, from, choices, n);
    free(choices);
    return status;
}

rq_status rq_calibrate_values_select(rq_stats **out, const rq_calibrate_values *values,
                                     const rq_stats *from)
{
    bool *wanted;
    RQ_TRY(rq_calloc(&wanted, rq_stats_count(from), sizeof *wanted, "values"));
    mark(wanted, values);
    rq_status status = select_marked(out, from, wanted);
    free(wanted);
    return status;
}
