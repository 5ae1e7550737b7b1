#include "quant/plan.h"

#include <stdlib.h>

static bool is_observed_consumer(const rq_bound *bound, const rq_node *node)
{
    rq_role role = bound->nodes[node->id].op->role;
    if (rq_placement_is_fused(bound, node)) return false;
    return role == RQ_ROLE_WEIGHTED || role == RQ_ROLE_QUANTIZE || role == RQ_ROLE_PASS ||
           role == RQ_ROLE_CONCAT;
}

static bool is_watchable(const rq_bound *bound, rq_id value)
{
    return value != RQ_NONE && rq_dtype_is_float(bound->values[value].dtype) &&
           !rq_bound_is_constant(bound, value);
}

rq_status rq_plan_observed_values(uint8_t **observed, const rq_bound *bound)
{
    RQ_TRY(rq_calloc(observed, bound->graph->n_values, 1, "watched values"));
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        if (bound->nodes[node->id].folded || !is_observed_consumer(bound, node)) continue;
        for (uint32_t p = 0; p < node->n_in; p++)
            if (is_watchable(bound, node->in[p])) (*observed)[node->in[p]] = 1;
    }
    return RQ_OK;
}

static int checked_axis(const rq_shape *shape, int axis)
{
    return axis >= 0 && axis < shape->rank && shape->d[axis] != RQ_DYNAMIC ? axis : -1;
}

rq_status rq_plan_channel_axes(int **axes, const rq_bound *bound)
{
    size_t n = bound->graph->n_values;
    RQ_TRY(rq_calloc(axes, n, sizeof **axes, "channel axes"));
    for (rq_id v = 0; v < n; v++)
        (*axes)[v] =
            checked_axis(&bound->values[v].shape, bound->values[v].shape.rank > 1 ? 1 : -1);
    for (size_t i = bound->n_order; i-- > 0;) { /* the first reader has the last word */
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        if (bound->nodes[node->id].op->role != RQ_ROLE_WEIGHTED) continue;
        for (uint32_t p = 0; p < node->n_in; p++) {
            const rq_shape *shape = &bound->values[node->in[p]].shape;
            (*axes)[node->in[p]] = checked_axis(shape, rq_weight_summed_axis(bound, node, p));
        }
    }
    return RQ_OK;
}

void rq_quant_plan_destroy(rq_quant_plan **plan)
{
    if (!plan || !*plan) return;
    rq_placement_destroy(&(*plan)->placement);
    rq_arena_destroy(&(*plan)->arena);
    free(*plan);
    *plan = NULL;
}
