#include "quant/decide_zero_points.h"

#include "quant/decide.h"

#include <math.h>
#include <stdlib.h>

#define ZERO_POINT_DB 0.5    /* less than this is chance */
#define ZERO_POINT_PRICE 0.1 /* dB that a percent of the readers' time has to bring */

/* Of the points of one group, which are alike. */
typedef struct reach {
    float low, high;
    double cost; /* percent of the time of those readers that lose most */
} reach;

static rq_status find_reach(reach *reaches, const rq_quant_plan *plan, const rq_bound *bound,
                            const rq_stats *stats, const rq_zero_point_cost *costs)
{
    for (size_t i = 0; i < plan->n_activations; i++) {
        const rq_point *point = &plan->placement->points[i];
        reach *r = &reaches[point->group];
        const rq_stats_value *value;
        RQ_TRY(rq_find_stats(&value, stats, bound->graph, point->value));
        r->cost = r->low == r->high ? costs[i].readers : fmax(r->cost, costs[i].readers);
        r->low = fminf(r->low, value->min);
        r->high = fmaxf(r->high, value->max);
    }
    return RQ_OK;
}

/* HSwish, Swish and their like go down to -0.4 and up to hundreds: symmetric codes would leave
 * almost half of the 256 idle. A zero point makes the step smaller by what the short side spares.
 */
static bool pays_zero_point(const reach *r)
{
    if (r->low >= 0.0f) return false;
    double gain = 20.0 * log10(2.0 * (double)fmaxf(-r->low, r->high) / ((double)r->high - r->low));
    return gain >= ZERO_POINT_DB + ZERO_POINT_PRICE * r->cost;
}

rq_status rq_decide_zero_points(bool *out, const rq_quant_plan *plan, const rq_bound *bound,
                                const rq_stats *stats)
{
    rq_zero_point_cost *costs = NULL;
    reach *reaches; /* by group */
    RQ_TRY(rq_calloc(&reaches, bound->graph->n_values, sizeof *reaches, "groups"));
    rq_status status =
        rq_zero_point_costs(&costs, bound, plan->placement, plan->options.zero_points);
    if (status == RQ_OK) status = find_reach(reaches, plan, bound, stats, costs);
    for (size_t i = 0; status == RQ_OK && i < plan->n_activations; i++)
        out[i] = pays_zero_point(&reaches[plan->placement->points[i].group]);
    free(costs);
    free(reaches);
    return status;
}
